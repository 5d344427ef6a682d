//! The real program with its outbox on a small disk: filled by others, filled by itself, full at its start.

use std::{
    collections::HashSet,
    path::Path,
    process::Child,
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::Value;
use sqlx::{AnyConnection, Connection, Row};
use tokio::time::sleep;

use crate::support::{binary::Binary, disk::SmallDisk, postgres::Cluster};

const SOON: Duration = Duration::from_secs(60);
const ASK: &str = r#"{"model":"simulateur","messages":[{"role":"user","content":"Bonjour"}]}"#;

/// Ends with the test, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A caller who remembers the ids of the answers it saw.
struct Caller<'a> {
    binary: &'a Binary,
    client: Client,
    seen: HashSet<String>,
}

impl<'a> Caller<'a> {
    fn of(binary: &'a Binary) -> Self {
        // Lives of the gateway end: no connection outlasts its request.
        let client = Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .build()
            .expect("a client");
        Self {
            binary,
            client,
            seen: HashSet::new(),
        }
    }

    /// Asks once: true where it was answered, false where it was refused as it must be.
    async fn ask(&mut self) -> bool {
        let request = self.client.post(format!("{}/v1/chat/completions", self.binary.url));
        let request = request.header("content-type", "application/json");
        // A purpose is part of the row.
        let request = request.header("x-gardefou-purpose", "Compte rendu de la réunion. ".repeat(40));
        let answer = request.body(ASK).send().await.expect("an answer");
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .map(|value| value.to_str().expect("ASCII").to_owned())
        };
        let (status, retry) = (answer.status().as_u16(), header("x-should-retry"));
        let id = header("x-gardefou-request-id").expect("an id");
        let text = answer.text().await.expect("a text");
        if status == 200 {
            self.seen.insert(id);
            return true;
        }
        assert_eq!((status, retry.as_deref()), (503, Some("false")), "{text}");
        assert!(
            text.contains("La demande n'a pas été transmise") && text.contains("ne peut pas être enregistré"),
            "{text}"
        );
        false
    }

    async fn until_refused(&mut self) {
        let since = Instant::now();
        while self.ask().await {
            assert!(since.elapsed() < SOON, "never refused");
        }
    }

    async fn ready(&self) -> (u16, Value) {
        let answer = self
            .client
            .get(format!("{}/readyz", self.binary.url))
            .send()
            .await
            .expect("an answer");
        (
            answer.status().as_u16(),
            serde_json::from_str(&answer.text().await.expect("a text")).expect("JSON"),
        )
    }

    /// Nobody asks anything but `/readyz`, as a load balancer does.
    async fn until_ready(&self) -> Value {
        let since = Instant::now();
        loop {
            let (status, said) = self.ready().await;
            if status == 200 {
                return said;
            }
            assert!(since.elapsed() < SOON, "{said}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Every answer seen is in the table once, and nothing else is.
    async fn check(&self, database: &str) {
        let since = Instant::now();
        while self.ready().await.1["outbox"]["depth"] != 0 {
            assert!(since.elapsed() < SOON, "rows still wait");
            sleep(Duration::from_millis(50)).await;
        }
        sqlx::any::install_default_drivers();
        let mut sql = AnyConnection::connect(database).await.expect("the database");
        let rows = sqlx::query("SELECT CAST(id AS TEXT) FROM usage_events")
            .fetch_all(&mut sql)
            .await
            .expect("rows");
        let rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(rows.len(), self.seen.len(), "what was refused left no trace");
        assert_eq!(rows.into_iter().collect::<HashSet<_>>(), self.seen);
    }
}

fn gateway(database: &str, disk: &SmallDisk) -> Binary {
    Binary::keeping(&Binary::policy(), database, disk.path())
}

#[tokio::test]
async fn a_disk_filled_by_others_refuses_requests_until_there_is_room_again() {
    let disk = SmallDisk::of(16);
    let database = "sqlite://data/gardefou.db";
    let binary = gateway(database, &disk);
    let running = Running(binary.serve());
    let mut caller = Caller::of(&binary);
    for _ in 0..2 {
        for _ in 0..20 {
            assert!(caller.ask().await);
        }
        disk.fill();
        caller.until_refused().await;
        assert!(!caller.ask().await, "and it stays so");
        let (status, said) = caller.ready().await;
        assert_eq!(
            (status, &said["status"], &said["outbox"]["why"]),
            (503, &"down".into(), &"disk-full".into()),
            "{said}"
        );
        disk.free();
        assert_eq!(caller.until_ready().await["outbox"]["why"], Value::Null);
    }
    assert!(caller.ask().await);
    let file = sqlite(&binary.folder);
    caller.check(&file).await;
    drop(running);
    let said = binary.said();
    for (words, times) in [
        ("the outbox takes no requests", 2),
        ("the outbox takes requests again", 2),
    ] {
        let lines = said.matches(words).count();
        assert!(
            (times..times + 5).contains(&lines),
            "a line for a change, not for a request: {said}"
        );
    }
}

#[tokio::test]
async fn an_outbox_that_has_filled_its_own_disk_is_emptied_without_help() {
    let mut cluster = Cluster::start().await;
    let disk = SmallDisk::of(4);
    let binary = gateway(&cluster.url(), &disk);
    let running = Running(binary.serve());
    let mut caller = Caller::of(&binary);
    assert!(caller.ask().await);
    caller.until_ready().await;
    cluster.stop();
    caller.until_refused().await;
    let (_, said) = caller.ready().await;
    assert_eq!(said["outbox"]["why"], "disk-full", "{said}");
    assert!(said["outbox"]["waiting"].as_u64().expect("a count") > 100, "{said}");
    assert!(
        said["outbox"]["oldest_seconds"].is_u64() && said["database"]["status"] == "down",
        "{said}"
    );
    cluster.resume().await;
    caller.until_ready().await;
    // And it has its room back, for more than a request or two.
    for _ in 0..100 {
        assert!(caller.ask().await);
    }
    caller.check(&cluster.url()).await;
    drop(running);
}

#[tokio::test]
async fn a_start_on_a_full_disk_says_so_and_loses_nothing() {
    let disk = SmallDisk::of(8);
    let binary = gateway("sqlite://data/gardefou.db", &disk);
    let mut caller = Caller::of(&binary);
    let mut running = Running(binary.serve());
    for _ in 0..20 {
        assert!(caller.ask().await);
    }
    disk.fill();
    running.0.kill().expect("kill -9");
    running.0.wait().expect("its end");
    // Whether a start must write depends on what was under way when the process died.
    let started = match binary.try_to_serve() {
        Ok(started) => {
            let started = Running(started);
            assert!(!caller.ask().await);
            Some(started)
        }
        Err(status) => {
            assert!(status == Some(2) && binary.said().contains("le disque est plein"));
            None
        }
    };
    disk.free();
    let _started = started.unwrap_or_else(|| Running(binary.serve()));
    caller.until_ready().await;
    assert!(caller.ask().await);
    caller.check(&sqlite(&binary.folder)).await;
}

fn sqlite(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("data/gardefou.db").display())
}
