//! Everything at once: callers at 400 requests a second, the gateway killed twenty times, its database stopped,
//! hung, restarted, read-only, full, slow and cut off. In the end every answer that a caller saw is in the table, once,
//! and says how it ended.
//!
//! The table alone is believed: what callers saw was noted by them. The run is as long as it must be for its counts
//! (kills, answers, faults), so a slow machine makes it longer and not weaker; past [`TOO_LONG`] it has failed.

mod load;

use std::{
    collections::HashMap,
    process::Child,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use serde_json::Value;
use sqlx::{Connection, PgConnection, Row};
use tokio::{sync::Mutex, time::sleep};
use uuid::Uuid;

use crate::support::{
    FakeUpstream,
    binary::Binary,
    disk::SmallDisk,
    gateway::policy,
    line::Line,
    postgres::Cluster,
    upstream::{chat, chat_stream},
};
use load::{End, Load, Seen, Shared};

/// 300 a second for 60 seconds.
const ANSWERS: usize = 18_000;
const KILLS: usize = 20;
const AT_LEAST: Duration = Duration::from_secs(60);
const TOO_LONG: Duration = Duration::from_secs(420);
/// A caller who left so shortly before a kill may not have been noticed.
const ALMOST: Duration = Duration::from_secs(5);

const OWNER: &str = "a.martin@departement04.example";

struct Row1 {
    outcome: String,
    seq: i64,
}

/// The gateway's lives, and when each was ended.
struct Lives<'a> {
    binary: &'a Binary,
    running: Mutex<Child>,
    kills: std::sync::Mutex<Vec<Instant>>,
}

impl<'a> Lives<'a> {
    fn first(binary: &'a Binary) -> Self {
        Self {
            binary,
            running: Mutex::new(binary.serve()),
            kills: std::sync::Mutex::default(),
        }
    }

    /// Kills it and starts it again.
    async fn another(&self, shared: &Shared) {
        let mut running = self.running.lock().await;
        running.kill().expect("kill -9");
        self.kills.lock().expect("no panic").push(Instant::now());
        running.wait().expect("its end");
        shared.life.fetch_add(1, Ordering::Relaxed);
        *running = tokio::task::block_in_place(|| self.binary.serve());
    }

    fn count(&self) -> usize {
        self.kills.lock().expect("no panic").len()
    }
}

impl Drop for Lives<'_> {
    fn drop(&mut self) {
        let running = self.running.get_mut();
        let _ = running.kill();
        let _ = running.wait();
    }
}

/// What `/readyz` says; nothing while the gateway is dead.
async fn ready(url: &str) -> Option<Value> {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let said = client.get(format!("{url}/readyz")).send().await.ok()?;
    serde_json::from_str(&said.text().await.ok()?).ok()
}

/// Waits until `/readyz` says of the database what is expected: `null` where all is well.
async fn until_said(url: &str, expected: &Value) {
    let since = Instant::now();
    loop {
        let said = ready(url).await.map(|said| said["database"]["why"].clone());
        if said.as_ref() == Some(expected) {
            return;
        }
        assert!(
            since.elapsed() < Duration::from_secs(90),
            "never said {expected}, but {said:?}"
        );
        sleep(Duration::from_millis(50)).await;
    }
}

/// One fault after the other, each until the gateway has said what is wrong, and again once it is mended.
async fn faults(cluster: &mut Cluster, line: &Line, url: &str) {
    const HELD: Duration = Duration::from_secs(2);
    let said = async |why: &str| {
        until_said(url, &Value::from(why)).await;
        sleep(HELD).await;
    };
    let mended = async || until_said(url, &Value::Null).await;

    cluster.stop();
    said("unreachable").await;
    cluster.resume().await;
    mended().await;

    // No life of the gateway is as long as its patience with a database that hangs, so it has nothing to say of it.
    cluster.hang();
    sleep(2 * HELD).await;
    cluster.thaw();
    mended().await;

    cluster
        .administer(&[
            "ALTER SYSTEM SET default_transaction_read_only = on",
            "SELECT pg_reload_conf()",
        ])
        .await;
    said("read-only").await;
    cluster
        .administer(&[
            "ALTER SYSTEM RESET default_transaction_read_only",
            "SELECT pg_reload_conf()",
        ])
        .await;
    mended().await;

    cluster.disk().fill();
    said("full").await;
    cluster.disk().free();
    mended().await;

    line.slow(Duration::from_millis(400));
    sleep(2 * HELD).await;
    line.slow(Duration::ZERO);
    for _ in 0..10 {
        line.cut();
        sleep(Duration::from_millis(150)).await;
    }
    // As `pg_ctl restart -m immediate`.
    cluster.stop();
    cluster.resume().await;
    mended().await;
}

/// The deployment: two tools on two backends, a key of somebody who accepted the charter.
async fn deployment(database: &str) -> (Binary, String) {
    let whole = FakeUpstream::start(chat("Voici une réponse.")).await;
    let words = ["Voici ", "une ", "réponse ", "qui ", "prend ", "son ", "temps", "."];
    let slow = FakeUpstream::start(chat_stream(&words).every(Duration::from_millis(15))).await;
    let (there, stream) = (policy(&whole), policy(&slow));
    let section = |text: &str, from: &str| text[text.find(from).expect("a section")..].to_owned();
    let of_streams = section(&stream, "[[backend]]\nid = \"gpt\"");
    let of_streams = of_streams.split("[[backend]]\nid = \"gemini\"").next().expect("a part");
    let of_streams = of_streams.replace("\"gpt\"", "\"flux\"").replace("gpt-*", "flux-*");
    let binary = Binary::with(&format!("{there}{of_streams}"), database);
    let key = binary.run(&["keys", "create", "--owner", OWNER]);
    (binary, key)
}

async fn accept_the_charter(url: &str, key: &str) {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = client.post(format!("{url}/api/charter/acceptance")).bearer_auth(key);
    let request = request.header("content-type", "application/json");
    let answer = request
        .body(r#"{"version":"2025-06"}"#)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 201);
    // Known to the gateway within a second, and to its copy on disk with it.
    sleep(Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_and_every_fault_of_the_database_under_load_lose_nothing() {
    let mut cluster = Cluster::on(SmallDisk::of(256)).await;
    let line = Line::to(cluster.address()).await;
    let (binary, key) = deployment(&format!("postgres://gardefou@{}/postgres", line.address)).await;
    let lives = Lives::first(&binary);
    accept_the_charter(&binary.url, &key).await;

    let since = Instant::now();
    let load = Load::on(&binary.url, &key);
    let weather = async {
        while since.elapsed() < AT_LEAST {
            faults(&mut cluster, &line, &binary.url).await;
        }
    };
    let deaths = async {
        for n in 0..KILLS {
            sleep(Duration::from_millis(1_200 + 173 * (n as u64 % 7))).await;
            lives.another(&load.shared).await;
        }
        while load.answered() < ANSWERS {
            assert!(
                since.elapsed() < TOO_LONG,
                "{} answers in {TOO_LONG:?}",
                load.answered()
            );
            sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::join!(weather, deaths);
    let took = since.elapsed();
    let shared = load.stop().await;
    until_said(&binary.url, &Value::Null).await;
    lives.another(&shared).await;
    let rows = everything(&cluster, &binary.url).await;
    let verified = binary.run(&["ledger", "verify"]);
    println!("{verified}");
    judge(&shared, &rows, &lives.kills.lock().expect("no panic"));
    println!(
        "{} requests, {} answers seen, {} rows, {} kills, {took:.0?}",
        shared.asked.load(Ordering::Relaxed),
        shared.seen.lock().expect("no panic").len(),
        rows.len(),
        lives.count(),
    );
}

/// The table, once nothing waits for it any more.
async fn everything(cluster: &Cluster, url: &str) -> HashMap<Uuid, Row1> {
    let since = Instant::now();
    loop {
        let said = ready(url).await.unwrap_or_default();
        if said["outbox"]["depth"] == 0 && said["status"] == "ok" {
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(120), "rows still wait: {said}");
        sleep(Duration::from_millis(100)).await;
    }
    let mut sql = PgConnection::connect(&cluster.url()).await.expect("the database");
    let all = sqlx::query("SELECT id, outcome, instance_seq FROM usage_events ORDER BY instance_seq");
    let all = all.fetch_all(&mut sql).await.expect("rows");
    let mut rows = HashMap::new();
    for (place, row) in all.iter().enumerate() {
        let seq: i64 = row.get(2);
        assert_eq!(seq, place as i64 + 1, "the chain has no gap and no fork");
        let outcome = row.get(1);
        let twice = rows.insert(row.get(0), Row1 { outcome, seq });
        assert!(twice.is_none(), "a request has two rows");
    }
    rows
}

fn judge(shared: &Shared, rows: &HashMap<Uuid, Row1>, kills: &[Instant]) {
    let seen = shared.seen.lock().expect("no panic");
    let wrong = shared.wrong.lock().expect("no panic");
    assert!(
        wrong.is_empty(),
        "{} wrong answers, such as {:?}",
        wrong.len(),
        wrong[0]
    );
    assert!(seen.len() >= ANSWERS && kills.len() >= KILLS);
    assert!(
        rows.len() as u64 <= shared.asked.load(Ordering::Relaxed),
        "nothing is invented"
    );
    let missing = seen.iter().filter(|seen| !rows.contains_key(&seen.id)).count();
    assert_eq!(
        missing,
        0,
        "answers of {} that callers saw are not in the table",
        seen.len()
    );

    // Endings are written in the order in which they are told, and before any request that comes later: an answer after
    // which the same life gave the same caller another one was written down as ended.
    let mut next: HashMap<usize, Option<usize>> = HashMap::new();
    let mut sealed = vec![false; seen.len()];
    for (place, one) in seen.iter().enumerate().rev() {
        let later = next.insert(one.worker, one.life).flatten();
        sealed[place] = one.life.is_some() && later == one.life;
    }
    assert!(sealed.iter().filter(|sealed| **sealed).count() > ANSWERS / 2);
    // That a caller left is noticed a little later; and who leaves may be reading what a gateway sent that has died
    // since it was asked.
    let died_soon_after = |seen: &Seen| {
        kills
            .iter()
            .any(|kill| *kill >= seen.asked && kill.saturating_duration_since(seen.at) < ALMOST)
    };
    let mut last: HashMap<usize, i64> = HashMap::new();
    for (one, sealed) in seen.iter().zip(sealed) {
        let row = &rows[&one.id];
        let expected: &[&str] = match one.end {
            End::Refused => &["refused"],
            End::Whole if sealed => &["completed"],
            End::Whole => &["completed", "interrupted"],
            // The rest may have been on its way before anybody noticed.
            End::Left if !died_soon_after(one) => &["client_gone", "completed"],
            End::Left => &["client_gone", "completed", "interrupted"],
            // Its last bytes may have been on their way when the process died.
            End::Broken => &["interrupted", "completed"],
        };
        assert!(
            expected.contains(&row.outcome.as_str()),
            "{one:?} is {} in the table; kills at {kills:?}",
            row.outcome
        );
        if matches!(one.end, End::Whole | End::Refused) {
            let before = last.insert(one.worker, row.seq).unwrap_or(0);
            assert!(
                before < row.seq,
                "a caller's requests stand in the order in which they ended"
            );
        }
    }
    for outcome in ["completed", "refused", "client_gone", "interrupted"] {
        let count = rows.values().filter(|row| row.outcome == outcome).count();
        println!("{outcome}: {count}");
        assert!(count > 0, "no request was {outcome}: the storm was none");
    }
}
