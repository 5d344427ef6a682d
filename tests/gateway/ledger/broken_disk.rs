//! A disk that fails at its n-th write, sync or truncation, for every n: whatever fails, no request is served without
//! its record, what was refused is nowhere, and the ledger works again by itself. And a process that dies there.
//!
//! The faults come from below everything (`broken_disk.c`, put between the process and the C library), so SQLite's own
//! writes and checkpoints are among them.

use std::{
    collections::HashMap,
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use gardefou::{
    domain::{Entry, Outcome, Settlement},
    ledger::{Ledger, LedgerSettings, Unavailable},
};
use uuid::Uuid;

use super::{Folder, SOON, bare, completed, connect, entry, start, until};
use crate::support::disk::SmallDisk;

const CHILD: &str = "GARDEFOU_TEST_BROKEN_DISK";
/// Requests of one run: enough for several checkpoints on a small disk.
const REQUESTS: usize = 12;

/// Compiles the faults; a Rust toolchain has a C compiler to link with.
fn faults(folder: &Path) -> PathBuf {
    let library = folder.join("broken_disk.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateway/ledger/broken_disk.c");
    let done = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wall", "-Werror", "-O1", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status()
        .expect("a C compiler");
    assert!(done.success());
    library
}

/// Arms the n-th operation from now.
fn arm(kind: &str, n: usize) {
    let _ = File::open(format!("/broken-disk/{kind}/{n}"));
}

/// No more faults; whether one was met.
fn disarm() -> bool {
    File::open("/broken-disk/off").is_ok()
}

/// What callers were told.
#[derive(Default)]
struct Told {
    /// They have their answer, so these rows must be there, with this outcome.
    served: HashMap<Uuid, &'static str>,
    /// They were told that nothing was written.
    refused: Vec<Uuid>,
    /// The intent was written, the answer withheld.
    withheld: Vec<Uuid>,
}

impl Told {
    async fn ask(&mut self, ledger: &Ledger, number: usize) {
        if number % 4 == 3 {
            let entry = bare();
            let id = entry.id.0;
            match ledger.record(entry, Settlement::bare(Outcome::Refused, 400)).await {
                Ok(()) => drop(self.served.insert(id, "refused")),
                Err(why) => self.not_written(id, why),
            }
            return;
        }
        let entry = Entry {
            purpose: Some("x".repeat(600)),
            ..entry()
        };
        let id = entry.id.0;
        match ledger.open(entry).await {
            Ok(mut receipt) => {
                match receipt.synced().await {
                    Ok(()) => drop(self.served.insert(id, "completed")),
                    Err(why) => {
                        assert_eq!(why, Unavailable::NotSynced);
                        self.withheld.push(id);
                    }
                }
                receipt.settle(completed());
            }
            Err(why) => self.not_written(id, why),
        }
    }

    fn not_written(&mut self, id: Uuid, why: Unavailable) {
        assert!(
            matches!(why, Unavailable::NotWritten | Unavailable::NotSynced),
            "{why:?}"
        );
        self.refused.push(id);
    }

    /// What is in the journal is what was told.
    async fn check(&self, url: &str) {
        let rows = outcomes(url).await;
        for (id, outcome) in &self.served {
            assert_eq!(
                rows.get(id).map(String::as_str),
                Some(*outcome),
                "a request that was served"
            );
        }
        assert!(
            self.withheld.iter().all(|id| rows.contains_key(id)),
            "what may have left has a record"
        );
        let half = self.refused.iter().filter(|id| rows.contains_key(id)).count();
        assert_eq!(half, 0, "requests that were refused have a record");
    }
}

async fn outcomes(url: &str) -> HashMap<Uuid, String> {
    let sql = "SELECT id, outcome FROM usage_events";
    let rows: Vec<(String, String)> = sqlx::query_as(sql)
        .fetch_all(&mut connect(url).await)
        .await
        .expect("rows");
    let rows = rows
        .into_iter()
        .map(|(id, outcome)| (Uuid::parse_str(&id).expect("an id"), outcome));
    rows.collect()
}

/// One run with the n-th operation failing; false where there are fewer.
async fn run(disk: &Path, database: &Folder, kind: &str, n: usize) -> bool {
    let folder = disk.join(format!("{kind}-{n}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    let settings = LedgerSettings {
        outbox: folder.join("outbox.db"),
        ..database.settings(&database.sqlite())
    };
    let (ledger, tasks) = start(settings).await;
    let mut told = Told::default();
    arm(kind, n);
    for number in 0..REQUESTS {
        told.ask(&ledger, number).await;
    }
    // The removal of what was relayed is to fail as well.
    let flushed = ledger.flush(Duration::from_millis(200)).await;
    let met = disarm();
    assert!(
        met || flushed && told.refused.is_empty(),
        "nothing failed, and yet something did"
    );

    // Without a single request it finds out that the disk is well again.
    until("the outbox takes requests again", || ledger.status().outbox_up).await;
    told.ask(&ledger, 0).await;
    assert!(ledger.flush(SOON).await, "{:?}", ledger.status());
    assert!(tasks.shutdown().await);
    let status = ledger.status();
    assert_eq!(
        (status.open, status.waiting, status.bytes),
        (0, 0, 0),
        "all is accounted for"
    );
    told.check(&database.sqlite()).await;
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    met
}

/// What a child does: every n of one kind, or one n that it dies of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the body of processes that other tests start"]
async fn child() {
    #[expect(clippy::disallowed_methods, reason = "this is how a test tells its child what to do")]
    let Ok(told) = std::env::var(CHILD) else { return };
    let (kind, folder) = told.split_once(' ').expect("a kind and a folder");
    let Ok(n) = kind.parse() else {
        let database = Folder::new();
        let mut n = 1;
        while run(Path::new(folder), &database, kind, n).await {
            n += 1;
        }
        println!("operations: {}", n - 1);
        return;
    };
    let folder = Folder(folder.into());
    let (ledger, tasks) = start(folder.settings(&folder.sqlite())).await;
    arm("die", n);
    for number in 0..REQUESTS {
        let mut told = Told::default();
        told.ask(&ledger, number).await;
        told.served.keys().for_each(|id| println!("served {id}"));
    }
    assert!(ledger.flush(SOON).await && tasks.shutdown().await);
    std::mem::forget(folder);
}

/// A process whose disk fails.
fn failing(library: &Path, told: &str) -> Command {
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child
        .args(["--exact", "ledger::broken_disk::child", "--ignored", "--nocapture"])
        .env(CHILD, told)
        .env("LD_PRELOAD", library)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    child
}

#[test]
fn a_disk_that_fails_at_any_operation_loses_no_request_that_was_served() {
    let folder = Folder::new();
    let library = faults(&folder.0);
    let disk = SmallDisk::of(4);
    let children = ["eio", "done", "torn", "dead", "brimful"].map(|kind| {
        let told = format!("{kind} {}", disk.path().display());
        (kind, failing(&library, &told).spawn().expect("a child"))
    });
    for (kind, child) in children {
        let done = child.wait_with_output().expect("its end");
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(
            done.status.success(),
            "{kind}: {said}{}",
            String::from_utf8_lossy(&done.stderr)
        );
        let count = said
            .lines()
            .find_map(|line| line.strip_prefix("operations: ")?.parse::<usize>().ok());
        let count = count.expect("it counted");
        println!("{kind}: {count} operations");
        assert!(count >= 40, "{kind}: only {count} operations failed");
    }
}

#[tokio::test]
async fn a_process_that_dies_at_any_operation_of_its_disk_loses_no_request_that_was_served() {
    let tools = Folder::new();
    let library = faults(&tools.0);
    let mut deaths = 0;
    for n in 1.. {
        let folder = Folder::new();
        let child = failing(&library, &format!("{n} {}", folder.0.display()))
            .output()
            .expect("its end");
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        let died = child.status.code() == Some(99);
        assert!(
            died || child.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&child.stderr)
        );
        let (ledger, tasks) = folder.start(&folder.sqlite()).await;
        until("the database is there", || ledger.status().database_up).await;
        assert!(ledger.flush(SOON).await && tasks.shutdown().await);
        let rows = outcomes(&folder.sqlite()).await;
        let served = said
            .lines()
            .filter_map(|line| Uuid::parse_str(line.strip_prefix("served ")?).ok());
        for id in served {
            assert!(rows.contains_key(&id), "served before operation {n}, and nowhere");
        }
        if !died {
            break;
        }
        deaths += 1;
    }
    println!("{deaths} deaths");
    assert!(deaths >= 40);
}
