//! What the ledger costs with PostgreSQL behind it. On SQLite: `src/ledger/tests.rs`.

use std::time::{Duration, Instant};

use gardefou::ledger::Ledger;

use super::{Folder, SOON, completed, entry, until};
use crate::support::postgres::Cluster;

/// CPU of a request in this process with the journal on PostgreSQL. Run alone, in release:
/// `cargo test --release --test gateway cost_on_postgresql -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a measurement, not a promise"]
async fn cost_on_postgresql() {
    let cluster = Cluster::start().await;
    for (wide, requests) in [(1, 4_000), (64, 60_000)] {
        let folder = Folder::new();
        let (ledger, tasks) = folder.start(&cluster.url()).await;
        until("the database answers", || ledger.status().database_up).await;
        let (before, since) = (cpu(), Instant::now());
        let work = |ledger: Ledger| async move {
            for _ in 0..requests / wide {
                let mut receipt = ledger.open(entry()).await.expect("a receipt");
                receipt.synced().await.expect("the disk answers");
                receipt.settle(completed());
            }
        };
        let workers: Vec<_> = (0..wide).map(|_| tokio::spawn(work(ledger.clone()))).collect();
        for worker in workers {
            worker.await.expect("no worker failed");
        }
        assert!(ledger.flush(SOON).await);
        println!(
            "{wide:4} at a time, outbox and PostgreSQL journal: {:6.1} µs CPU a request, {:6.0} requests/s",
            (cpu() - before).as_secs_f64() * 1e6 / requests as f64,
            requests as f64 / since.elapsed().as_secs_f64()
        );
        assert!(tasks.shutdown().await);
    }
}

/// User and system time of this process (proc(5): fields 14 and 15 of `stat`, in ticks of 10 ms).
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("/proc");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks = |field: &str| field.parse::<u64>().expect("a number");
    Duration::from_millis((ticks(fields[11]) + ticks(fields[12])) * 10)
}
