//! The ledger, measured: how fast a backlog reaches the database after an outage, what a request costs in CPU, and
//! what its first byte waits for.
//!
//! `cargo bench --bench ledger` starts a PostgreSQL cluster of its own, whose commits wait for the disk. CPU is that of
//! this process (the gateway's part); the server's is not in it. Times on a shared machine drift: look at ratios.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on says where"
)]
#![allow(unreachable_pub, reason = "the stories share the vocabulary")]

#[path = "../tests/gateway/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the stories use the rest")]
mod support;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use gardefou::{
    domain::{Clock, Decision, Entry, MentionForm, Outcome, RequestId, Settlement, Timestamp, Tokens},
    ledger::{Ledger, LedgerSettings, LedgerTasks},
};
use support::postgres::Cluster;
use tokio::time::{sleep, sleep_until};
use uuid::Uuid;

/// Rows of the outage: three minutes at a thousand requests a second.
const BACKLOG: usize = 200_000;
const NOWHERE: &str = "postgres://nobody@127.0.0.1:1/nowhere";
/// Ticks of `/proc/self/stat` a second: USER_HZ, 100 on Linux.
const TICKS: f64 = 100.0;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let cluster = Cluster::durable().await;
        let folder = Folder::new();
        catch_up(&cluster, &folder).await;
        let sqlite = format!("sqlite://{}", folder.0.join("cost.db").display());
        cost("PostgreSQL", &cluster.url(), &folder).await;
        cost("SQLite", &sqlite, &folder).await;
        first_byte(&cluster.url(), &folder).await;
    });
}

/// From the end of an outage to the last row in the database, in batches of several sizes.
async fn catch_up(cluster: &Cluster, folder: &Folder) {
    let outbox = folder.0.join("backlog.db");
    let since = Instant::now();
    {
        let (ledger, tasks) = start(NOWHERE, &outbox, 256).await;
        together(&ledger, 64, BACKLOG, Work::Record).await;
        tasks.shutdown().await;
    }
    println!("{BACKLOG} requests written to the outbox in {:.1?}", since.elapsed());
    println!(
        "\ncatching up{:>28}{:>10}{:>16}{:>14}",
        "rows a batch", "rows/s", "CPU µs a row", "start, s"
    );
    let sqlite = |batch: usize| format!("sqlite://{}", folder.0.join(format!("backlog-{batch}.db")).display());
    for batch in [256, 1_024, 2_048, 4_096] {
        for (name, url) in [("PostgreSQL", cluster.url()), ("SQLite", sqlite(batch))] {
            let copy = folder.0.join("copy.db");
            std::fs::copy(&outbox, &copy).expect("a copy");
            let starting = Instant::now();
            let (ledger, tasks) = start(&url, &copy, batch).await;
            let starting = starting.elapsed();
            let (since, cpu) = (Instant::now(), cpu());
            assert!(ledger.flush(Duration::from_secs(600)).await);
            let (took, spent) = (since.elapsed().as_secs_f64(), self::cpu() - cpu);
            println!(
                "  {name:<12}{batch:>25}{:>10.0}{:>16.1}{:>14.2}",
                BACKLOG as f64 / took,
                spent * 1e6 / BACKLOG as f64,
                starting.as_secs_f64()
            );
            assert!(tasks.shutdown().await);
            if name == "PostgreSQL" {
                cluster.administer(&["TRUNCATE usage_events"]).await;
            }
        }
    }
}

/// CPU of a request in the ledger: opened, synced, settled, relayed.
async fn cost(name: &str, url: &str, folder: &Folder) {
    println!(
        "\none request, journal on {name}{:>20}{:>16}",
        "requests/s", "CPU µs each"
    );
    for (wide, requests) in [(1, 3_000), (64, 60_000)] {
        let (ledger, tasks) = start(url, &folder.0.join("cost-outbox.db"), 2_048).await;
        settled(&ledger).await;
        let (since, cpu) = (Instant::now(), cpu());
        together(&ledger, wide, requests, Work::Answer).await;
        assert!(ledger.flush(Duration::from_secs(60)).await);
        line(&format!("{wide} at a time"), requests, since, cpu);
        assert!(tasks.shutdown().await);
    }
    let (ledger, tasks) = start(url, &folder.0.join("cost-outbox.db"), 2_048).await;
    settled(&ledger).await;
    let idle = cpu();
    sleep(Duration::from_secs(5)).await;
    let idle = (cpu() - idle) / 5.0;
    let (since, cpu) = (Instant::now(), cpu());
    paced(&ledger, 3_000, Duration::ZERO).await;
    assert!(ledger.flush(Duration::from_secs(60)).await);
    line("300 a second", 3_000, since, cpu + idle * since.elapsed().as_secs_f64());
    assert!(tasks.shutdown().await);
}

fn line(what: &str, requests: usize, since: Instant, cpu: f64) {
    println!(
        "  {what:<26}{:>17.0}{:>16.1}",
        requests as f64 / since.elapsed().as_secs_f64(),
        (self::cpu() - cpu) * 1e6 / requests as f64
    );
}

/// What a first byte waits for at 300 requests a second, by how long the backend takes to give it.
async fn first_byte(url: &str, folder: &Folder) {
    println!(
        "\nfirst byte at 300/s, µs{:>18}{:>10}{:>10}{:>14}{:>10}{:>10}",
        "intent p50", "p99", "max", "sync p50", "p99", "max"
    );
    for backend in [0, 5, 50, 500] {
        let (ledger, tasks) = start(url, &folder.0.join("first-outbox.db"), 2_048).await;
        settled(&ledger).await;
        let (mut intents, mut syncs) = paced(&ledger, 3_000, Duration::from_millis(backend)).await;
        intents.sort_unstable();
        syncs.sort_unstable();
        let at = |all: &[Duration], part: f64| all[((all.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e6;
        println!(
            "  a backend of {backend:>3} ms{:>20.0}{:>10.0}{:>10.0}{:>14.0}{:>10.0}{:>10.0}",
            at(&intents, 0.5),
            at(&intents, 0.99),
            at(&intents, 1.0),
            at(&syncs, 0.5),
            at(&syncs, 0.99),
            at(&syncs, 1.0)
        );
        assert!(tasks.shutdown().await);
    }
}

#[derive(Clone, Copy)]
enum Work {
    /// A refusal.
    Record,
    /// A request that is answered.
    Answer,
}

/// So many requests by so many callers, as fast as it goes.
async fn together(ledger: &Ledger, wide: usize, requests: usize, work: Work) {
    let callers: Vec<_> = (0..wide)
        .map(|_| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                for _ in 0..requests / wide {
                    match work {
                        Work::Record => ledger.record(entry(), completed()).await.expect("room"),
                        Work::Answer => {
                            let mut receipt = ledger.open(entry()).await.expect("room");
                            receipt.synced().await.expect("the disk answers");
                            receipt.settle(completed());
                        }
                    }
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("no caller failed");
    }
}

/// 300 requests a second: how long the intent took, and how long the sync held the answer back once it was there.
async fn paced(ledger: &Ledger, requests: u32, backend: Duration) -> (Vec<Duration>, Vec<Duration>) {
    let start = Instant::now();
    let callers: Vec<_> = (0..requests)
        .map(|n| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                sleep_until((start + Duration::from_secs(1) / 300 * n).into()).await;
                let since = Instant::now();
                let mut receipt = ledger.open(entry()).await.expect("room");
                let intent = since.elapsed();
                if !backend.is_zero() {
                    sleep(backend).await;
                }
                let since = Instant::now();
                receipt.synced().await.expect("the disk answers");
                let sync = since.elapsed();
                receipt.settle(completed());
                (intent, sync)
            })
        })
        .collect();
    let (mut intents, mut syncs) = (Vec::new(), Vec::new());
    for caller in callers {
        let (intent, sync) = caller.await.expect("no caller failed");
        intents.push(intent);
        syncs.push(sync);
    }
    (intents, syncs)
}

async fn start(url: &str, outbox: &Path, relay_rows: usize) -> (Ledger, LedgerTasks) {
    let settings = LedgerSettings {
        relay_rows,
        ..LedgerSettings::new(url, outbox, "essai-1")
    };
    let clock: Clock = Arc::new(now);
    Ledger::start(settings, clock).await.expect("a ledger")
}

/// The database answers: its schema stands.
async fn settled(ledger: &Ledger) {
    while !ledger.status().database_up {
        sleep(Duration::from_millis(10)).await;
    }
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("gardefou-bench-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[expect(clippy::disallowed_methods, reason = "the benchmark is its own desk")]
fn now() -> Timestamp {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    Timestamp(i64::try_from(now.as_millis()).expect("before the year 292 million"))
}

fn entry() -> Entry {
    let id = Uuid::now_v7();
    Entry {
        id: RequestId(id),
        occurred_at: now(),
        caller: format!("9f86d081884c7d659a2feaa0c55a{:04x}", id.as_u128() % 400),
        direction: Some("Solidarités".into()),
        tool: Some("gemini".into()),
        tool_level: Some(1),
        model: Some("gemini-2.5-flash".into()),
        dialect: "gemini".into(),
        endpoint: "generateContent".into(),
        stream: true,
        purpose: None,
        decision: Decision::Masked,
        rule: Some("screening.personal".into()),
        findings: BTreeMap::from([("personal".into(), 2)]),
        finding_types: BTreeMap::from([("PERSON".into(), 1), ("PHONE".into(), 1)]),
        policy_hash: "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c".into(),
        charter_version: "2025-06".into(),
        instance: "essai-1".into(),
    }
}

fn completed() -> Settlement {
    Settlement {
        mention: MentionForm::Text,
        tokens: Tokens {
            input: Some(412),
            output: Some(388),
            estimated: false,
        },
        duration_ms: 1840,
        first_token_ms: Some(310),
        upstream_ms: Some(1835),
        overhead_us: Some(190),
        energy_kwh: Some((0.000_31, 0.000_92)),
        co2e_kg: Some((0.000_12, 0.000_37)),
        cost_eur: Some(0.001_1),
        footprint_version: Some("ecologits-0.11.3".into()),
        ..Settlement::bare(Outcome::Completed, 200)
    }
}

/// Seconds of CPU of this process, all threads.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<_> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
    let ticks: f64 = [11, 12]
        .map(|at| fields[at].parse::<f64>().expect("a number"))
        .iter()
        .sum();
    ticks / TICKS
}
