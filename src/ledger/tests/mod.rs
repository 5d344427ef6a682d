//! The ledger on SQLite: promises that need no server. Those of PostgreSQL and of killed processes are in
//! `tests/gateway/ledger/`.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use sqlx::{Connection, Row as _, SqliteConnection};
use uuid::Uuid;

use super::*;
use crate::domain::{Decision, MentionForm, RequestId, Timestamp, Tokens};

mod damage;

const SOON: Duration = Duration::from_secs(10);

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "gardefou-ledger-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn settings(&self) -> LedgerSettings {
        let database = format!("sqlite://{}", self.0.join("gardefou.db").display());
        LedgerSettings::new(database, self.0.join("outbox.db"), "essai-1")
    }

    /// So that the outbox only grows.
    fn settings_without_database(&self) -> LedgerSettings {
        LedgerSettings {
            database_url: "postgres://nobody@127.0.0.1:1/nowhere".into(),
            ..self.settings()
        }
    }

    async fn start(&self) -> (Ledger, LedgerTasks) {
        Ledger::start(self.settings(), clock()).await.unwrap()
    }

    /// The journal as (id, outcome), in the order of the chain.
    async fn rows(&self) -> Vec<(Uuid, String)> {
        let mut connection = connect(&self.0.join("gardefou.db")).await;
        let rows = sqlx::query("SELECT id, outcome FROM usage_events ORDER BY instance_seq");
        let rows = rows.fetch_all(&mut connection).await.unwrap();
        rows.iter()
            .map(|row| (Uuid::parse_str(row.get(0)).unwrap(), row.get(1)))
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn connect(path: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap()
}

#[expect(clippy::disallowed_methods, reason = "this is the desk of the tests")]
fn clock() -> Clock {
    Arc::new(|| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Timestamp(i64::try_from(now.as_millis()).unwrap())
    })
}

fn entry() -> Entry {
    Entry {
        id: RequestId(Uuid::now_v7()),
        occurred_at: clock()(),
        caller: "9f86d081884c7d659a2feaa0c55ad015".into(),
        direction: Some("Solidarités".into()),
        tool: Some("gemini".into()),
        tool_level: Some(1),
        model: Some("gemini-2.5-flash".into()),
        dialect: "gemini".into(),
        endpoint: "generateContent".into(),
        stream: true,
        purpose: Some("Compte rendu de réunion".into()),
        decision: Decision::Masked,
        rule: Some("screening.personal".into()),
        findings: BTreeMap::from([("personal".into(), 2)]),
        finding_types: BTreeMap::from([("PERSON".into(), 1), ("PHONE".into(), 1)]),
        policy_hash: "b5bb9d8014a0f9b1".into(),
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

#[tokio::test]
async fn a_request_is_opened_settled_and_in_the_database() {
    let folder = Folder::new();
    let (ledger, tasks) = folder.start().await;
    let entry = entry();
    let mut receipt = ledger.open(entry.clone()).await.unwrap();
    assert_eq!(ledger.status().open, 1);
    receipt.synced().await.unwrap();
    receipt.settle(completed());
    assert!(ledger.flush(SOON).await);
    assert_eq!(folder.rows().await, [(entry.id.0, "completed".to_owned())]);
    assert!(tasks.shutdown().await);
    let status = ledger.status();
    assert_eq!(
        (status.open, status.waiting, status.bytes, status.relayed),
        (0, 0, 0, 1)
    );
}

#[tokio::test]
async fn a_receipt_that_is_dropped_closes_its_request_as_interrupted() {
    let folder = Folder::new();
    let (ledger, tasks) = folder.start().await;
    let entry = entry();
    drop(ledger.open(entry.clone()).await.unwrap());
    assert!(tasks.shutdown().await);
    assert_eq!(folder.rows().await, [(entry.id.0, "interrupted".to_owned())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_at_once_each_have_one_row() {
    let folder = Folder::new();
    let (ledger, tasks) = folder.start().await;
    let callers = (0..1000).map(|i| {
        let ledger = ledger.clone();
        tokio::spawn(async move {
            let entry = entry();
            let id = entry.id.0;
            match i % 3 {
                0 => ledger
                    .record(entry, Settlement::bare(Outcome::Refused, 400))
                    .await
                    .unwrap(),
                1 => ledger.open(entry).await.unwrap().settle(completed()),
                _ => {
                    let mut receipt = ledger.open(entry).await.unwrap();
                    receipt.synced().await.unwrap();
                    receipt.settle(completed());
                }
            }
            id
        })
    });
    let mut expected = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        expected.push(caller.await.unwrap());
    }
    assert!(tasks.shutdown().await);
    let mut found: Vec<Uuid> = folder.rows().await.into_iter().map(|(id, _)| id).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_handler_that_panics_leaves_an_interrupted_row() {
    let folder = Folder::new();
    let (ledger, tasks) = folder.start().await;
    let (asked, handler) = (entry(), ledger.clone());
    let id = asked.id.0;
    let task = tokio::spawn(async move {
        let _receipt = handler.open(asked).await.unwrap();
        panic!("a bug");
    });
    assert!(task.await.unwrap_err().is_panic());
    assert!(tasks.shutdown().await);
    assert_eq!(folder.rows().await, [(id, "interrupted".to_owned())]);
}

#[tokio::test]
async fn a_caller_who_hangs_up_while_the_intent_is_written_leaves_no_open_row() {
    let folder = Folder::new();
    let (ledger, tasks) = folder.start().await;
    for patience in [0, 20, 50, 100, 200, 400, 800] {
        let _ = timeout(Duration::from_micros(patience), ledger.open(entry()))
            .await
            .map(|opened| drop(opened.unwrap()));
    }
    assert!(tasks.shutdown().await);
    let status = ledger.status();
    assert_eq!((status.open, status.waiting, status.bytes), (0, 0, 0));
    assert!(folder.rows().await.iter().all(|(_, outcome)| outcome == "interrupted"));
}

#[tokio::test]
async fn what_was_open_when_the_process_died_is_closed_by_the_next_start() {
    let folder = Folder::new();
    let (ledger, tasks) = folder.start().await;
    let (ended, open) = (entry(), entry());
    ledger.open(ended.clone()).await.unwrap().settle(completed());
    assert!(ledger.flush(SOON).await);
    let receipt = ledger.open(open.clone()).await.unwrap();
    let (writer, gauges) = (tasks.writer.abort_handle(), Arc::clone(&ledger.gauges));
    drop(tasks);
    while !writer.is_finished() {
        sleep(Duration::from_millis(1)).await;
    }
    drop(receipt);
    assert_eq!(gauges.open.load(Relaxed), 1, "nobody heard how it ended");
    assert_eq!(ledger.open(entry()).await.unwrap_err(), Unavailable::Stopped);

    let (ledger, tasks) = folder.start().await;
    assert_eq!(ledger.status().interrupted, 1);
    assert!(tasks.shutdown().await);
    let expected = [
        (ended.id.0, "completed".to_owned()),
        (open.id.0, "interrupted".to_owned()),
    ];
    assert_eq!(folder.rows().await, expected);
    let mut connection = connect(&folder.0.join("gardefou.db")).await;
    let unknown = "SELECT http_status IS NULL AND duration_ms IS NULL FROM usage_events WHERE outcome = 'interrupted'";
    assert!(
        sqlx::query(unknown)
            .fetch_one(&mut connection)
            .await
            .unwrap()
            .get::<bool, _>(0)
    );
}

#[tokio::test]
async fn an_outbox_has_one_gateway() {
    let folder = Folder::new();
    let (_ledger, tasks) = folder.start().await;
    let second = Ledger::start(folder.settings(), clock()).await;
    assert!(matches!(second, Err(StartError::InUse)));
    assert!(tasks.shutdown().await);
    let (_ledger, _tasks) = folder.start().await;
}

#[tokio::test]
async fn a_file_that_is_no_outbox_is_refused_at_the_start() {
    let folder = Folder::new();
    std::fs::write(folder.0.join("outbox.db"), "ceci n'est pas une base".repeat(100)).unwrap();
    let start = Ledger::start(folder.settings(), clock()).await.err().unwrap();
    assert!(
        matches!(start, StartError::Damaged(_)) && start.to_string().contains("sans les effacer"),
        "{start}"
    );
    for url in ["mysql://root@db/x", "sqlite", ""] {
        let settings = LedgerSettings {
            database_url: url.into(),
            ..folder.settings()
        };
        assert!(
            matches!(Ledger::start(settings, clock()).await, Err(StartError::Address)),
            "{url}"
        );
    }
}

#[tokio::test]
async fn bounds_refuse_and_say_which() {
    let folder = Folder::new();
    let nowhere = folder.settings_without_database();
    let settings = LedgerSettings {
        max_open: 2,
        outbox_max_bytes: 8_000,
        ..nowhere
    };
    let (ledger, _tasks) = Ledger::start(settings, clock()).await.unwrap();
    let long = Entry {
        purpose: Some("x".repeat(MAX_ENTRY)),
        ..entry()
    };
    assert_eq!(ledger.open(long).await.unwrap_err(), Unavailable::TooLarge);
    let (first, _second) = (ledger.open(entry()).await.unwrap(), ledger.open(entry()).await.unwrap());
    assert_eq!(ledger.open(entry()).await.unwrap_err(), Unavailable::TooManyOpen);
    first.settle(completed());
    let mut written = 0;
    let why = loop {
        match ledger.record(entry(), completed()).await {
            Ok(()) => written += 1,
            // The ending of the first may take a moment to be written.
            Err(Unavailable::TooManyOpen) => sleep(Duration::from_millis(5)).await,
            Err(why) => break why,
        }
    };
    assert_eq!(why, Unavailable::Full);
    assert!((3..=8).contains(&written), "{written} rows in 8 KB");
    assert!(!ledger.status().outbox_up);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_memory_holds_waits_in_the_outbox_and_arrives_in_order() {
    let folder = Folder::new();
    let blocker = folder.0.join("base");
    std::fs::write(&blocker, "").unwrap();
    let database_url = format!("sqlite://{}", blocker.join("gardefou.db").display());
    let (ledger, tasks) = Ledger::start(
        LedgerSettings {
            database_url,
            ..folder.settings()
        },
        clock(),
    )
    .await
    .unwrap();
    let mut expected = Vec::new();
    for _ in 0..60 {
        let entries: Vec<Entry> = (0..100).map(|_| entry()).collect();
        expected.extend(entries.iter().map(|entry| entry.id.0));
        let all = entries.into_iter().map(|entry| ledger.open(entry));
        let mut receipts = Vec::new();
        for opening in all {
            receipts.push(opening.await.unwrap());
        }
        receipts.into_iter().for_each(|receipt| receipt.settle(completed()));
        if expected.len() == 3000 {
            assert!(
                matches!(ledger.status().database, DatabaseState::Down(_)),
                "a file stands where a folder should"
            );
            std::fs::remove_file(&blocker).unwrap();
        }
    }
    assert!(ledger.flush(SOON).await, "{:?}", ledger.status());
    assert!(tasks.shutdown().await);
    std::fs::rename(blocker.join("gardefou.db"), folder.0.join("gardefou.db")).unwrap();
    let found: Vec<Uuid> = folder.rows().await.into_iter().map(|(id, _)| id).collect();
    assert!(
        found == expected,
        "{} of {} rows, in order",
        found.len(),
        expected.len()
    );
}

#[tokio::test]
async fn a_torn_end_of_the_file_costs_only_what_was_torn() {
    let folder = Folder::new();
    let (ledger, tasks) = Ledger::start(folder.settings_without_database(), clock())
        .await
        .unwrap();
    let mut expected = Vec::new();
    for _ in 0..40 {
        let entry = entry();
        expected.push(entry.id.0);
        ledger.open(entry).await.unwrap().settle(completed());
        ledger.flush(Duration::ZERO).await;
    }
    // As a power cut would leave it: the files as they are now, the last of them cut short or overwritten.
    let now = |name: &str| std::fs::read(folder.0.join(name)).unwrap();
    let (database, wal) = (now("outbox.db"), now("outbox.db-wal"));
    assert!(wal.len() > 40 * 4096);
    drop(tasks);
    for (torn, garbage) in [(1, 0), (4000, 0), (5000, 0), (60_000, 0), (0, 3000), (0, 50_000)] {
        let after = Folder::new();
        let mut end = wal[..wal.len() - torn].to_vec();
        let from = end.len() - garbage;
        end[from..].fill(0xA5);
        std::fs::write(after.0.join("outbox.db"), &database).unwrap();
        std::fs::write(after.0.join("outbox.db-wal"), &end).unwrap();
        let (ledger, tasks) = after.start().await;
        assert!(ledger.flush(SOON).await);
        assert!(tasks.shutdown().await);
        let rows = after.rows().await;
        let found: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        assert!(
            expected.starts_with(&found),
            "a torn end of {torn} or {garbage} bytes leaves a beginning"
        );
        assert!(found.len() >= 20, "and not too short a one: {}", found.len());
        let whole = rows.iter().filter(|(_, outcome)| outcome == "completed").count();
        assert!(whole < expected.len(), "the last ending was torn");
    }
}

#[tokio::test]
async fn the_chain_follows_from_the_rows() {
    let folder = Folder::new();
    for _ in 0..2 {
        let (ledger, tasks) = folder.start().await;
        for _ in 0..3 {
            ledger.open(entry()).await.unwrap().settle(completed());
        }
        assert!(ledger.flush(SOON).await);
        assert!(tasks.shutdown().await);
    }
    let mut connection = connect(&folder.0.join("gardefou.db")).await;
    let rows = sqlx::query("SELECT instance_seq, chain FROM usage_events ORDER BY instance_seq");
    let rows = rows.fetch_all(&mut connection).await.unwrap();
    let places: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        places,
        [1, 2, 3, 4, 5, 6],
        "a restart goes on where the last life ended"
    );
    let head = sqlx::query("SELECT instance_seq, chain FROM chain_heads")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        (head.get::<i64, _>(0), head.get::<Vec<u8>, _>(1)),
        (6, rows[5].get::<Vec<u8>, _>(1))
    );
}

#[tokio::test]
async fn a_gateway_that_changes_its_name_starts_another_chain() {
    let folder = Folder::new();
    let (ledger, tasks) = folder.start().await;
    for instance in ["essai-1", "essai-2", "essai-2", "essai-1"] {
        let entry = Entry {
            instance: instance.into(),
            ..entry()
        };
        ledger.open(entry).await.unwrap().settle(completed());
    }
    assert!(ledger.flush(SOON).await);
    assert!(tasks.shutdown().await);
    let mut connection = connect(&folder.0.join("gardefou.db")).await;
    let heads = sqlx::query("SELECT instance, instance_seq FROM chain_heads ORDER BY instance");
    let heads = heads.fetch_all(&mut connection).await.unwrap();
    let heads: Vec<(String, i64)> = heads.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(heads, [("essai-1".into(), 2), ("essai-2".into(), 2)]);
}

#[tokio::test]
async fn files_are_private_and_settings_do_not_tell_passwords() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let (ledger, _tasks) = folder.start().await;
    ledger.open(entry()).await.unwrap().settle(completed());
    assert!(ledger.flush(SOON).await);
    for name in ["outbox.db", "outbox.db-wal", "gardefou.db", "gardefou.db-wal"] {
        let mode = std::fs::metadata(folder.0.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
    let settings = LedgerSettings::new("postgres://u:motdepasse@db/x", "outbox.db", "essai-1");
    assert!(!format!("{settings:?}").contains("motdepasse"));
}

/// CPU of a request in the ledger, by how many are under way at a time, with the relay and without (no database).
/// Run alone, in release: `cargo test --release --lib ledger::tests::cost -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a measurement, not a promise"]
async fn cost_of_a_request() {
    for (wide, requests) in [(1, 4_000), (8, 20_000), (64, 60_000), (256, 60_000)] {
        for relay in [true, false] {
            let folder = Folder::new();
            let settings = if relay {
                folder.settings()
            } else {
                folder.settings_without_database()
            };
            let (ledger, tasks) = Ledger::start(settings, clock()).await.unwrap();
            sleep(Duration::from_millis(200)).await;
            let (before, since) = (cpu(), Instant::now());
            let workers = (0..wide).map(|_| tokio::spawn(work(ledger.clone(), requests / wide)));
            for worker in workers.collect::<Vec<_>>() {
                worker.await.unwrap();
            }
            assert_eq!(ledger.flush(SOON * u32::from(relay)).await, relay);
            let (cpu, took) = (cpu() - before, since.elapsed());
            println!(
                "{wide:4} at a time, {}: {:6.1} µs CPU a request, {:6.0} requests/s",
                if relay {
                    "outbox and SQLite journal"
                } else {
                    "outbox alone             "
                },
                cpu.as_secs_f64() * 1e6 / requests as f64,
                requests as f64 / took.as_secs_f64()
            );
            drop(tasks);
        }
    }
}

async fn work(ledger: Ledger, requests: u64) {
    for _ in 0..requests {
        let mut receipt = ledger.open(entry()).await.unwrap();
        receipt.synced().await.unwrap();
        receipt.settle(completed());
    }
}

/// User and system time of this process (proc(5): fields 14 and 15 of `stat`, in ticks of 10 ms).
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}
