//! Processes that are killed, and disks that are full.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use gardefou::ledger::LedgerSettings;
use tokio::time::sleep;
use uuid::Uuid;

use super::{Folder, SOON, by_id, completed, entry, rows, start};
use crate::support::postgres::Cluster;

const CHILD: &str = "GARDEFOU_TEST_CHILD";

/// What a child process does: this test, run by name with a folder in its environment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the body of a process that other tests start and kill"]
async fn child() {
    #[expect(clippy::disallowed_methods, reason = "this is how a test tells its child what to do")]
    let Ok(told) = std::env::var(CHILD) else { return };
    let (folder, url) = told.split_once(' ').expect("a folder and an address");
    let settings = LedgerSettings::new(url, Path::new(folder).join("outbox.db"), "essai-1");
    let (ledger, _tasks) = start(settings).await;
    println!("ready");
    let work = async |settles: bool| loop {
        let entry = entry();
        let id = entry.id;
        match ledger.open(entry).await {
            Ok(mut receipt) => {
                println!("open {id}");
                if !settles {
                    std::mem::forget(receipt);
                    sleep(Duration::from_millis(5)).await;
                    continue;
                }
                match receipt.synced().await {
                    Ok(()) => println!("synced {id}"),
                    Err(why) => println!("{}", why.code()),
                }
                receipt.settle(completed());
            }
            Err(why) => {
                println!("{}", why.code());
                sleep(Duration::from_millis(20)).await;
            }
        }
    };
    tokio::join!(
        work(true),
        work(true),
        work(true),
        work(true),
        work(true),
        work(true),
        work(false)
    );
}

struct Process {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Process {
    fn start(folder: &Folder, url: &str, before: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        let script = format!("{before} exec \"$0\" --exact ledger::death::child --ignored --nocapture");
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .arg(program)
            .env(CHILD, format!("{} {url}", folder.0.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a child");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let (send, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| drop(send.send(line))));
        Self { child, lines }
    }

    /// What it says, until it has said this `count` times.
    fn until(&self, word: &str, count: usize) -> Vec<String> {
        let mut said = Vec::new();
        let mut seen = 0;
        while seen < count {
            let line = self
                .lines
                .recv_timeout(SOON)
                .unwrap_or_else(|_| panic!("never said {word}"));
            seen += usize::from(line.starts_with(word));
            said.push(line);
        }
        said
    }

    /// Kills it, and takes what it had said until then.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("kill -9");
        self.child.wait().expect("its end");
        self.lines.iter().collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ids(said: &[String], word: &str) -> HashSet<Uuid> {
    said.iter()
        .filter_map(|line| Uuid::parse_str(line.strip_prefix(word)?.trim()).ok())
        .collect()
}

async fn killed_again_and_again(url: &str) {
    let folder = Folder::new();
    let mut said = Vec::new();
    for _ in 0..5 {
        let process = Process::start(&folder, url, "");
        said.extend(process.until("open", 200));
        said.extend(process.kill());
    }
    let (ledger, tasks) = folder.start(url).await;
    assert!(ledger.status().interrupted > 0, "the last life left requests open");
    assert!(ledger.flush(SOON).await);
    assert!(tasks.shutdown().await);
    let rows = rows(url).await;
    let by_id = by_id(&rows);
    let open = ids(&said, "open ");
    assert!(open.len() >= 1000);
    for id in &open {
        assert!(by_id.contains_key(id), "a request that was promised is in the journal");
    }
    let completed = by_id.values().filter(|&&outcome| outcome == "completed").count();
    let interrupted = by_id.values().filter(|&&outcome| outcome == "interrupted").count();
    assert!(completed > 500 && interrupted > 0 && completed + interrupted == rows.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_under_load_loses_nothing_on_sqlite() {
    let folder = Folder::new();
    killed_again_and_again(&folder.sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_under_load_loses_nothing_on_postgresql() {
    let cluster = Cluster::start().await;
    killed_again_and_again(&cluster.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_requests_and_room_lets_them_in_again() {
    let folder = Folder::new();
    // A database that is never there, so that the outbox only grows; files may have 500 blocks of 512 or 1024 bytes.
    let nowhere = "postgres://nobody@127.0.0.1:1/nowhere";
    let process = Process::start(&folder, nowhere, "trap '' XFSZ; ulimit -S -f 500;");
    let mut said = process.until("outbox-not-written", 20);
    let given = Command::new("prlimit")
        .args(["--pid", &process.child.id().to_string(), "--fsize=unlimited:unlimited"])
        .status()
        .expect("prlimit");
    assert!(given.success());
    let before = ids(&said, "open ").len();
    said.extend(process.until("synced", 100));
    said.extend(process.kill());
    let open = ids(&said, "open ");
    assert!(before > 10 && open.len() >= before + 100);

    let (ledger, tasks) = folder.start(&folder.sqlite()).await;
    assert!(ledger.flush(SOON).await);
    assert!(tasks.shutdown().await);
    let rows = rows(&folder.sqlite()).await;
    let by_id = by_id(&rows);
    assert!(
        open.iter().all(|id| by_id.contains_key(id)),
        "what was promised before, during and after is there"
    );
}
