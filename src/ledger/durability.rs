//! Group sync: makes what was committed to the outbox safe from a power cut, once for all who wait.
//!
//! **How.** `fdatasync` of the WAL, in a blocking thread, one at a time. It is enough: in WAL mode a commit is a run of
//! frames with checksums at the end of that file, and recovery keeps every run that is whole. A commit whose frames
//! have already moved into the database was synced there by the checkpoint, before SQLite reuses the WAL. The other
//! way, an empty commit under `synchronous=FULL`, would queue behind the writer and hold it for the time of the disk.
//! The file is opened by name each time, because SQLite may have made a new one; opening and closing it does not
//! disturb SQLite, whose POSIX locks are on the other two files.
//!
//! **When.** At once after a commit that someone will wait for, so that the disk works while the backend does, but not
//! more often than every [`PACE`], which shares its work (about 100 µs of CPU a sync) under load and adds nothing when
//! requests are rare; else by itself, every [`IDLE`].
//!
//! **If the disk says no.** The kernel may drop what it failed to write and succeed the next time, so a second
//! `fdatasync` proves nothing. Those who wait are refused, nothing new is accepted, and the writer is asked for a
//! checkpoint, which writes the pages again and syncs them; when that succeeds the ledger opens again.

use std::{
    fs::File,
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    error::Unavailable,
    file::{beside, sync_folder},
};

const PACE: Duration = Duration::from_millis(2);
const IDLE: Duration = Duration::from_millis(250);
/// A disk that takes longer is as good as gone for the request that waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// Commits are numbered from 1; this knows which are on disk.
pub(super) struct Durability {
    wal: PathBuf,
    committed: AtomicU64,
    state: watch::Sender<State>,
    wanted: Notify,
    broken: AtomicBool,
}

#[derive(Clone, Copy, Default)]
struct State {
    synced: u64,
    /// Commits up to here were refused to those who waited.
    refused: u64,
}

impl Durability {
    pub(super) fn new(outbox: &std::path::Path) -> io::Result<Arc<Self>> {
        sync_folder(outbox)?;
        Ok(Arc::new(Self {
            wal: beside(outbox, "-wal"),
            committed: AtomicU64::new(0),
            state: watch::Sender::new(State::default()),
            wanted: Notify::new(),
            broken: AtomicBool::new(false),
        }))
    }

    /// The writer committed: the number of that commit. Only the writer calls this. `awaited`: somebody will wait for
    /// it, so the sync starts now and hides behind the time the backend takes to answer.
    pub(super) fn commit(&self, awaited: bool) -> u64 {
        let number = self.committed.fetch_add(1, Ordering::Release) + 1;
        if awaited {
            self.wanted.notify_one();
        }
        number
    }

    /// The disk refused a sync and has not been repaired.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Acquire)
    }

    /// Waits until a commit is on disk.
    pub(super) async fn wait(&self, commit: u64) -> Result<(), Unavailable> {
        if self.state.borrow().synced >= commit {
            return Ok(());
        }
        let mut state = self.state.subscribe();
        let done = state.wait_for(|state| state.synced >= commit || state.refused >= commit);
        match timeout(PATIENCE, done).await {
            Ok(Ok(state)) if state.synced >= commit => Ok(()),
            Ok(_) => Err(Unavailable::NotSynced),
            Err(_) => Err(Unavailable::TooSlow),
        }
    }

    /// A checkpoint succeeded: everything committed before it is on disk.
    pub(super) fn repaired(&self) {
        let committed = self.committed.load(Ordering::Acquire);
        self.state
            .send_modify(|state| state.synced = state.synced.max(committed));
        self.broken.store(false, Ordering::Release);
    }

    /// Syncs for ever. `repair` asks the writer for a checkpoint.
    pub(super) async fn run(self: Arc<Self>, repair: impl Fn() + Send) {
        let mut last = Instant::now();
        loop {
            // Those who wait cost no more than they must: while nobody does, this wakes four times a second.
            if timeout(IDLE, self.wanted.notified()).await.is_ok() {
                sleep_until(last + PACE).await;
            }
            if self.committed.load(Ordering::Acquire) == self.state.borrow().synced && !self.is_broken() {
                continue;
            }
            last = Instant::now();
            if !self.sync().await {
                repair();
                sleep(Duration::from_millis(500)).await;
            }
        }
    }

    async fn sync(&self) -> bool {
        let target = self.committed.load(Ordering::Acquire);
        let wal = self.wal.clone();
        // Once broken, only a checkpoint proves anything.
        let was_broken = self.is_broken();
        let mut sync = tokio::task::spawn_blocking(move || File::open(wal)?.sync_data());
        let done = match timeout(PATIENCE, &mut sync).await {
            Ok(done) => done,
            Err(_) => {
                // It hangs: nobody else is to wait for it, but it still has the last word.
                self.refuse(target);
                sync.await
            }
        };
        if !matches!(done, Ok(Ok(()))) {
            self.refuse(target);
        } else if !was_broken {
            self.broken.store(false, Ordering::Release);
            self.state.send_modify(|state| state.synced = state.synced.max(target));
        }
        !self.is_broken()
    }

    /// Those who wait for this commit are refused, and nothing new is accepted.
    fn refuse(&self, commit: u64) {
        self.broken.store(true, Ordering::Release);
        self.state
            .send_modify(|state| state.refused = state.refused.max(commit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_disk_that_refuses_is_believed_until_a_checkpoint_proves_otherwise() {
        // No WAL stands beside this path, so every sync fails.
        let nowhere = std::env::temp_dir().join(format!("gardefou-no-outbox-{}", uuid::Uuid::now_v7()));
        let durability = Durability::new(&nowhere).unwrap();
        let (ask, mut asked) = tokio::sync::mpsc::unbounded_channel();
        let syncs = tokio::spawn(Arc::clone(&durability).run(move || ask.send(()).unwrap()));
        let commit = durability.commit(true);
        assert_eq!(durability.wait(commit).await, Err(Unavailable::NotSynced));
        assert!(durability.is_broken());
        asked.recv().await.unwrap();
        durability.repaired();
        assert!(!durability.is_broken());
        assert_eq!(durability.wait(commit).await, Ok(()));
        syncs.abort();
    }
}
