//! PostgreSQL stopped, frozen, restarted, read-only, new and shared.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use gardefou::{
    domain::{Entry, Outcome, Settlement},
    ledger::{DatabaseState, Ledger, LedgerSettings, Trouble, Unavailable},
    office::Office,
};
use sqlx::{Connection, PgConnection, Row};
use tokio::time::sleep;
use uuid::Uuid;

use super::{Folder, SOON, bare, clock, completed, connect, entry, rows, start, until};
use crate::support::postgres::Cluster;

/// A load that goes on until it is told to stop: each worker opens, waits for the sync and settles, one request after
/// the other, and returns the ids it was promised, in order.
struct Load(
    Vec<tokio::task::JoinHandle<Vec<Uuid>>>,
    tokio::sync::watch::Sender<bool>,
);

impl Load {
    fn on(ledger: &Ledger, workers: usize) -> Self {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let worker = |ledger: Ledger, stopped: tokio::sync::watch::Receiver<bool>| async move {
            let mut promised = Vec::new();
            while !*stopped.borrow() {
                let entry = entry();
                let id = entry.id.0;
                let mut receipt = ledger.open(entry).await.expect("the outbox has room");
                receipt.synced().await.expect("the disk answers");
                receipt.settle(completed());
                promised.push(id);
                sleep(Duration::from_millis(5)).await;
            }
            promised
        };
        Self(
            (0..workers)
                .map(|_| tokio::spawn(worker(ledger.clone(), stopped.clone())))
                .collect(),
            stop,
        )
    }

    async fn stop(self) -> Vec<Vec<Uuid>> {
        self.1.send_replace(true);
        let mut promised = Vec::new();
        for worker in self.0 {
            promised.push(worker.await.expect("no worker failed"));
        }
        promised
    }
}

/// Every promise is kept, once, and each worker's requests stand in its order.
fn all_there_in_order(promised: &[Vec<Uuid>], rows: &[(Uuid, String)]) {
    let places: HashMap<Uuid, usize> = rows.iter().enumerate().map(|(place, (id, _))| (*id, place)).collect();
    assert_eq!(places.len(), rows.len(), "no request has two rows");
    assert_eq!(
        rows.len(),
        promised.iter().map(Vec::len).sum::<usize>(),
        "as many rows as promises"
    );
    for worker in promised {
        let own: Vec<usize> = worker
            .iter()
            .map(|id| *places.get(id).expect("a promised request is there"))
            .collect();
        assert!(own.is_sorted(), "rows stand in the order in which requests ended");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_stopped_frozen_and_restarted_under_load_loses_nothing() {
    let mut cluster = Cluster::start().await;
    let folder = Folder::new();
    let (ledger, tasks) = folder.start(&cluster.url()).await;
    let load = Load::on(&ledger, 8);
    until("rows arrive", || ledger.status().relayed > 50).await;

    cluster.stop();
    until("the outage is seen", || {
        matches!(ledger.status().database, DatabaseState::Down(_))
    })
    .await;
    sleep(Duration::from_secs(1)).await;
    assert!(
        ledger.status().depth > 50 && ledger.status().outbox_up,
        "requests go on from the outbox"
    );
    cluster.resume().await;
    until("the backlog is gone", || ledger.status().waiting < 50).await;

    for _ in 0..3 {
        cluster.hang();
        until("the frost is seen", || {
            ledger.status().database == DatabaseState::Down(Trouble::TimedOut)
        })
        .await;
        cluster.thaw();
        until("the backlog is gone", || ledger.status().waiting < 50).await;
    }
    for _ in 0..3 {
        cluster.stop();
        cluster.resume().await;
    }
    let promised = load.stop().await;
    assert!(ledger.flush(SOON).await, "{:?}", ledger.status());
    assert!(ledger.status().retries > 0);
    assert!(tasks.shutdown().await);
    let rows = rows(&cluster.url()).await;
    all_there_in_order(&promised, &rows);
    assert!(rows.iter().all(|(_, outcome)| outcome == "completed"));
}

#[tokio::test]
async fn a_read_only_database_is_named_and_waited_for() {
    let cluster = Cluster::start().await;
    let folder = Folder::new();
    let (ledger, tasks) = folder.start(&cluster.url()).await;
    ledger.open(entry()).await.expect("a receipt").settle(completed());
    assert!(ledger.flush(SOON).await);
    let mut sql = PgConnection::connect(&cluster.url()).await.expect("the database");
    let read_only = |word: &str| {
        sqlx::AssertSqlSafe(format!(
            "ALTER DATABASE postgres SET default_transaction_read_only = {word}"
        ))
    };
    sqlx::query(read_only("on")).execute(&mut sql).await.expect("read-only");
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'gardefou%'")
        .execute(&mut sql)
        .await
        .expect("cut connections");
    ledger.open(entry()).await.expect("a receipt").settle(completed());
    until("it is named", || {
        ledger.status().database == DatabaseState::Down(Trouble::ReadOnly)
    })
    .await;
    sqlx::query("SET default_transaction_read_only = off")
        .execute(&mut sql)
        .await
        .expect("leave to write");
    sqlx::query(read_only("off")).execute(&mut sql).await.expect("writable");
    assert!(ledger.flush(SOON).await);
    assert_eq!(rows(&cluster.url()).await.len(), 2);
    assert!(tasks.shutdown().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_start_together_on_an_empty_database() {
    let cluster = Cluster::start().await;
    let (here, there) = (Folder::new(), Folder::new());
    let gateway = async |folder: &Folder, name: &str| {
        let settings = LedgerSettings {
            instance: name.into(),
            ..folder.settings(&cluster.url())
        };
        let url = cluster.url();
        let office = Office::start(&url, folder.0.join("office.json"), clock());
        let (ledger, office) = tokio::join!(start(settings), office);
        (ledger, office.expect("an office"))
    };
    let (((ledger, tasks), (office, _)), ((other_ledger, other_tasks), (other_office, _))) =
        tokio::join!(gateway(&here, "essai-1"), gateway(&there, "essai-2"));
    // Where the schema takes its time to be made, a start goes on without the keys, and has them soon.
    for _ in 0..600 {
        if office.is_loaded() && other_office.is_loaded() {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    assert!(office.is_loaded() && other_office.is_loaded());
    let (own, others) = (
        entry(),
        Entry {
            instance: "essai-2".into(),
            ..entry()
        },
    );
    ledger.open(own.clone()).await.expect("a receipt").settle(completed());
    other_ledger
        .open(others.clone())
        .await
        .expect("a receipt")
        .settle(completed());
    assert!(ledger.flush(SOON).await && other_ledger.flush(SOON).await);
    let sql = "SELECT CAST(id AS TEXT) FROM usage_events WHERE instance_seq = 1 ORDER BY instance";
    let firsts = sqlx::query(sql)
        .fetch_all(&mut connect(&cluster.url()).await)
        .await
        .expect("rows");
    let firsts: Vec<String> = firsts.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        firsts,
        [own.id.to_string(), others.id.to_string()],
        "each gateway has a chain of its own"
    );

    let (record, secret) = office
        .create_key("a.martin@departement04.example", &[], None)
        .await
        .expect("a key");
    until("the other gateway knows the key", || {
        other_office.key(&secret).is_some()
    })
    .await;
    let since = Instant::now();
    assert!(office.revoke_key(&record.id).await.expect("the database"));
    until("the other gateway refuses the key", || {
        other_office.key(&secret).is_none()
    })
    .await;
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    office
        .accept_charter("9f86d081884c7d65", "2025-06")
        .await
        .expect("the database");
    until("the other gateway knows the acceptance", || {
        other_office.accepted_charters("9f86d081884c7d65") == ["2025-06"]
    })
    .await;
    assert!(tasks.shutdown().await && other_tasks.shutdown().await);
}

#[tokio::test]
async fn a_key_outlives_its_database() {
    let mut cluster = Cluster::start().await;
    let folder = Folder::new();
    let copy = folder.0.join("office.json");
    gardefou::schema::tend(&cluster.url()).await.expect("tables");
    let (office, _task) = Office::start(&cluster.url(), copy.clone(), clock())
        .await
        .expect("an office");
    let (_, secret) = office
        .create_key("a.martin@departement04.example", &[], None)
        .await
        .expect("a key");
    cluster.stop();
    sleep(Duration::from_millis(600)).await;
    assert!(
        office.key(&secret).is_some(),
        "a database that is stopped makes no key invalid"
    );
    let (again, _task) = Office::start(&cluster.url(), copy, clock()).await.expect("an office");
    assert!(again.key(&secret).is_some(), "nor does a start without it");
    cluster.resume().await;
    let since = Instant::now();
    while office
        .create_key("b.roux@departement04.example", &[], None)
        .await
        .is_err()
    {
        assert!(since.elapsed() < SOON, "the office finds its database again");
    }
    until("both follow again", || {
        again.key(&secret).is_some() && office.key(&secret).is_some()
    })
    .await;
}

#[tokio::test]
async fn an_outbox_at_its_bound_refuses_and_recovers_by_itself() {
    let mut cluster = Cluster::start().await;
    let url = cluster.url();
    cluster.stop();
    let folder = Folder::new();
    let (ledger, tasks) = start(LedgerSettings {
        outbox_max_rows: 10,
        ..folder.settings(&url)
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(ledger.open(entry()).await.expect("room for ten"));
    }
    assert_eq!(ledger.open(entry()).await.expect_err("no room"), Unavailable::Full);
    assert_eq!(
        ledger.record(bare(), Settlement::bare(Outcome::Refused, 400)).await,
        Err(Unavailable::Full)
    );
    assert!(!ledger.status().outbox_up);
    open.into_iter().for_each(|receipt| receipt.settle(completed()));
    cluster.resume().await;
    until("there is room again", || ledger.status().outbox_up).await;
    ledger.open(entry()).await.expect("room again").settle(completed());
    assert!(ledger.flush(SOON).await);
    let rows = rows(&url).await;
    assert_eq!(rows.iter().filter(|(_, outcome)| outcome == "completed").count(), 11);
    assert_eq!(rows.len(), 11, "what was refused left no trace");
    assert!(tasks.shutdown().await);
}
