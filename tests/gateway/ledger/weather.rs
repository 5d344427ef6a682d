//! Every other weather of the database, one story each: what the ledger says of it, and that the rows arrive once it is
//! over. Stopped, frozen under load and read-only are in `outage.rs`, all of it together in `storm/`.

use std::time::{Duration, Instant};

use gardefou::{
    domain::{Clock, Outcome, Settlement, Timestamp},
    ledger::{DatabaseState, Ledger, LedgerSettings, Trouble},
    office::Office,
};
use sqlx::{Connection, PgConnection};
use tokio::time::sleep;

use super::{Folder, SOON, clock, completed, entry, now, rows, start, until};
use crate::support::{disk::SmallDisk, line::Line, postgres::Cluster};

async fn ask(ledger: &Ledger, requests: usize) {
    for _ in 0..requests {
        let mut receipt = ledger.open(entry()).await.expect("the outbox takes requests");
        receipt.synced().await.expect("the disk answers");
        receipt.settle(completed());
    }
}

/// Requests go on, the ledger says why and how far behind it is.
async fn says(ledger: &Ledger, why: Trouble) {
    ask(ledger, 5).await;
    until("it is said", || ledger.status().database == DatabaseState::Down(why)).await;
    let status = ledger.status();
    assert!(status.outbox_up && !status.database_up);
    assert!(status.waiting >= 5 && status.oldest_age.is_some(), "{status:?}");
    assert_eq!(status.database.why(), Some(why.code()));
}

/// All is over: the rows are there, once each, in one chain.
async fn arrived(ledger: &Ledger, url: &str, count: usize) {
    assert!(ledger.flush(SOON).await, "{:?}", ledger.status());
    assert!(ledger.status().database_up && ledger.status().oldest_age.is_none());
    assert_eq!(rows(url).await.len(), count);
}

#[tokio::test]
async fn a_database_that_hangs_at_the_start_holds_nothing_up() {
    let cluster = Cluster::start().await;
    let folder = Folder::new();
    cluster.hang();
    let (ledger, tasks) = folder.start(&cluster.url()).await;
    says(&ledger, Trouble::TimedOut).await;
    cluster.thaw();
    arrived(&ledger, &cluster.url(), 5).await;
    assert!(tasks.shutdown().await);
}

#[tokio::test]
async fn a_database_without_room_is_waited_for() {
    let cluster = Cluster::on(SmallDisk::of(96)).await;
    let folder = Folder::new();
    let (ledger, tasks) = folder.start(&cluster.url()).await;
    ask(&ledger, 5).await;
    arrived(&ledger, &cluster.url(), 5).await;
    cluster.disk().fill();
    // What is left of the pages that the tables have already.
    let mut asked = 5;
    while ledger.status().database != DatabaseState::Down(Trouble::Full) {
        ask(&ledger, 50).await;
        asked += 50;
        assert!(asked < 20_000, "never full");
    }
    says(&ledger, Trouble::Full).await;
    cluster.disk().free();
    arrived(&ledger, &cluster.url(), asked + 5).await;
    assert!(tasks.shutdown().await);
}

#[tokio::test]
async fn a_slow_database_gets_its_rows_in_smaller_batches() {
    let cluster = Cluster::start().await;
    let line = Line::to(cluster.address()).await;
    let folder = Folder::new();
    let (ledger, tasks) = folder
        .start(&format!("postgres://gardefou@{}/postgres", line.address))
        .await;
    ask(&ledger, 5).await;
    assert!(ledger.flush(SOON).await);
    line.slow(Duration::from_millis(60));
    ask(&ledger, 400).await;
    arrived(&ledger, &cluster.url(), 405).await;
    line.slow(Duration::ZERO);
    for _ in 0..5 {
        line.cut();
        ask(&ledger, 5).await;
    }
    arrived(&ledger, &cluster.url(), 430).await;
    assert!(tasks.shutdown().await);
}

#[tokio::test]
async fn a_schema_newer_than_the_program_is_not_written_to() {
    let cluster = Cluster::start().await;
    let folder = Folder::new();
    let (ledger, tasks) = folder.start(&cluster.url()).await;
    ask(&ledger, 1).await;
    arrived(&ledger, &cluster.url(), 1).await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'tomorrow', true, 'x', 0)";
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'gardefou%'";
    cluster.administer(&[newer, cut]).await;
    says(&ledger, Trouble::Schema).await;
    cluster
        .administer(&["DELETE FROM _sqlx_migrations WHERE version = 9999"])
        .await;
    arrived(&ledger, &cluster.url(), 6).await;
    assert!(tasks.shutdown().await);
}

#[tokio::test]
async fn a_wrong_password_is_named_and_no_key_is_lost() {
    let cluster = Cluster::start().await;
    let role = "CREATE ROLE passerelle LOGIN SUPERUSER";
    cluster.administer(&[role]).await;
    let url = cluster.url().replace("gardefou@", "passerelle@");
    let folder = Folder::new();
    let (ledger, tasks) = folder.start(&url).await;
    ask(&ledger, 1).await;
    arrived(&ledger, &cluster.url(), 1).await;
    let (office, _task) = Office::start(&url, folder.0.join("office.json"), clock())
        .await
        .expect("an office");
    let since = Instant::now();
    let secret = loop {
        match office.create_key("a.martin@departement04.example", &[], None).await {
            Ok((_, secret)) => break secret,
            Err(error) => assert!(since.elapsed() < SOON, "{error}"),
        }
    };
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'passerelle'";
    cluster.administer(&["ALTER ROLE passerelle NOLOGIN", cut]).await;
    says(&ledger, Trouble::Denied).await;
    sleep(Duration::from_millis(600)).await;
    assert!(
        office.key(&secret).is_some(),
        "a key stays valid whatever becomes of the database"
    );
    cluster.administer(&["ALTER ROLE passerelle LOGIN"]).await;
    arrived(&ledger, &cluster.url(), 6).await;
    assert!(tasks.shutdown().await);
}

#[tokio::test]
async fn a_database_that_was_dropped_and_made_again_gets_the_rows_from_then_on() {
    let cluster = Cluster::start().await;
    cluster.administer(&["CREATE DATABASE usages"]).await;
    let url = cluster.url().replace("/postgres", "/usages");
    let folder = Folder::new();
    let (ledger, tasks) = folder.start(&url).await;
    ask(&ledger, 3).await;
    arrived(&ledger, &url, 3).await;
    cluster.administer(&["DROP DATABASE usages WITH (FORCE)"]).await;
    says(&ledger, Trouble::Schema).await;
    cluster.administer(&["CREATE DATABASE usages"]).await;
    // A chain of its own from 1: `rows` looks at it.
    arrived(&ledger, &url, 5).await;
    assert!(tasks.shutdown().await);
}

#[tokio::test]
async fn a_clock_that_jumps_stops_no_row() {
    const TEN_YEARS: i64 = 315_576_000_000;
    let cluster = Cluster::start().await;
    for url in [cluster.url(), String::new()] {
        let folder = Folder::new();
        let url = if url.is_empty() { folder.sqlite() } else { url };
        let jump = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
        let jumping: Clock = {
            let jump = jump.clone();
            std::sync::Arc::new(move || Timestamp(now().0 + jump.load(std::sync::atomic::Ordering::Relaxed)))
        };
        let settings: LedgerSettings = folder.settings(&url);
        let (ledger, tasks) = Ledger::start(settings, jumping.clone()).await.expect("a ledger");
        for by in [
            0,
            TEN_YEARS,
            -TEN_YEARS,
            0,
            -1_000_000_000_000_000,
            9_000_000_000_000_000,
            0,
        ] {
            let before = ledger.open(entry()).await.expect("a receipt");
            jump.store(by, std::sync::atomic::Ordering::Relaxed);
            let mut entry = entry();
            entry.occurred_at = jumping();
            let refused = Settlement::bare(Outcome::Refused, 400);
            ledger.record(entry, refused).await.expect("a record");
            // Closed with a duration that nobody can have measured.
            drop(before);
        }
        arrived(&ledger, &url, 14).await;
        assert!(tasks.shutdown().await);
    }
}

#[tokio::test]
async fn a_schema_that_nobody_vouches_for_is_left_alone() {
    let cluster = Cluster::start().await;
    let mut sql = PgConnection::connect(&cluster.url()).await.expect("the database");
    for script in [
        include_str!("../../../migrations/postgres/0001_usage.sql"),
        include_str!("../../../migrations/postgres/0002_office.sql"),
    ] {
        sqlx::raw_sql(script).execute(&mut sql).await.expect("the first schema");
    }
    drop(sql);
    let folder = Folder::new();
    // Made by hand, without a word of who made it: not for this program to change.
    let (ledger, tasks) = start(folder.settings(&cluster.url())).await;
    ask(&ledger, 3).await;
    until("it is said", || {
        matches!(ledger.status().database, DatabaseState::Down(_))
    })
    .await;
    assert!(
        ledger.status().outbox_up && !tasks.shutdown().await,
        "the rows wait in the outbox"
    );
}
