//! The task beside the requests that keeps memory and store together: it tells the store what it does not know yet, says
//! that the gateway lives, notices a store that comes back, and removes what is over.
//!
//! A store that fails once is taken for down: requests no longer wait for it, and this task alone looks every second
//! whether it answers again. Then the gateway begins anew, under a new name with the turns it has: what was asked under the
//! old name and is done only now changes nothing that lasts. What was counted meanwhile is added to the store's counts.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until, timeout},
};
use uuid::Uuid;

use super::memory::{Batch, Memory};
use super::store::{Down, Store};
use crate::domain::Clock;

/// How long a gateway is taken to live after it last said so. Its requests under way count until then.
pub(super) const LEASE: Duration = Duration::from_secs(10);
/// Time between two such words.
const BEAT: Duration = Duration::from_secs(3);
/// Time between two looks at a store that is down.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Time between two sweeps.
const SWEEP: Duration = Duration::from_secs(600);
/// Time between two writings of a gateway that counts on its own.
const WRITE: Duration = Duration::from_millis(250);
/// Longest a piece of this task's work may take, which no request waits for.
const PATIENCE: Duration = Duration::from_secs(5);

/// A store with what is known of it.
pub(super) struct Kept {
    pub(super) store: Store,
    pub(super) memory: Arc<Memory>,
    /// Longest that a request waits for it.
    pub(super) patience: Duration,
    /// Why it is down.
    state: Mutex<Option<Down>>,
    /// It was reached, and may be asked.
    up: AtomicBool,
    holder: Mutex<Uuid>,
    /// There is something to tell.
    wake: Notify,
    /// How often the store was told everything.
    told: watch::Sender<u64>,
}

impl Kept {
    pub(super) fn new(store: Store, memory: Arc<Memory>, patience: Duration) -> Self {
        Self {
            store,
            memory,
            patience,
            state: Mutex::new(None),
            up: AtomicBool::new(false),
            holder: Mutex::new(Uuid::now_v7()),
            wake: Notify::new(),
            told: watch::Sender::new(0),
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.up.load(Ordering::Acquire)
    }

    /// Why it is down, if it is.
    pub(super) fn down(&self) -> Option<Down> {
        if self.is_up() {
            return None;
        }
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Some(state.unwrap_or(Down::Unreachable))
    }

    pub(super) fn holder(&self) -> Uuid {
        *self.holder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It failed: nobody waits for it until it answers again. Said once.
    pub(super) fn failed(&self, why: Down) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let known = state.replace(why).is_some();
        self.up.store(false, Ordering::Release);
        drop(state);
        if !known {
            tracing::warn!(
                store = self.store.name(),
                why = why.code(),
                "the store of the limits is down"
            );
        }
        self.wake.notify_one();
    }

    fn answers(&self, holder: Uuid) {
        *self.holder.lock().unwrap_or_else(PoisonError::into_inner) = holder;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let was_down = state.take().is_some();
        self.up.store(true, Ordering::Release);
        drop(state);
        if was_down {
            tracing::info!(store = self.store.name(), "the store of the limits is back");
        }
    }

    /// There is something to tell.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until the store has been told everything that is owed now, or it takes too long.
    pub(super) async fn told(&self) {
        let mut told = self.told.subscribe();
        let twice = async {
            // What is being told just now may not have everything; the next time has.
            for _ in 0..2 {
                let last = *told.borrow_and_update();
                self.wake();
                if told.wait_for(|told| *told > last).await.is_err() {
                    return;
                }
            }
        };
        let _ = timeout(self.patience, twice).await;
    }
}

/// The task.
pub(super) struct Keeper {
    kept: Arc<Kept>,
    clock: Clock,
    /// Number of the last batch that the store has.
    number: i64,
    /// A batch of which it is not known whether the store has it.
    uncertain: Option<Batch>,
    /// The name under which the gateway comes back.
    coming: Uuid,
}

impl Keeper {
    pub(super) fn new(kept: Arc<Kept>, clock: Clock) -> Self {
        Self {
            kept,
            clock,
            number: 0,
            uncertain: None,
            coming: Uuid::now_v7(),
        }
    }

    /// Until it is told to stop: then the store hears the rest, and that the gateway leaves.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let (mut beat, mut sweep) = (Instant::now() + BEAT, Instant::now() + SWEEP);
        let mut looked = Instant::now();
        loop {
            let until = if self.kept.is_up() { beat } else { looked + LOOK_AGAIN };
            tokio::select! {
                () = self.kept.wake.notified() => {}
                () = sleep_until(until) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
            let now = Instant::now();
            if !self.kept.is_up() {
                if now >= looked + LOOK_AGAIN {
                    looked = self.look().await;
                    beat = Instant::now() + BEAT;
                }
                continue;
            }
            if now >= beat {
                beat = now + BEAT;
                self.beat().await;
            }
            self.tell().await;
            if now >= sweep {
                sweep = now + SWEEP;
                self.sweep().await;
            }
            if !self.kept.store.is_shared() {
                // Nobody waits for this: many changes are written at once.
                tokio::select! {
                    () = tokio::time::sleep(WRITE) => {}
                    _ = stop.wait_for(|stop| *stop) => break,
                }
            }
        }
        if self.kept.is_up() {
            self.tell().await;
            let left = self.kept.store.rename(Some(self.kept.holder()), None, &[]);
            // A gateway that could not say so is taken for dead after its lease.
            let _ = timeout(PATIENCE, left).await;
        }
    }

    /// Whether the store answers; if so, begins anew there.
    pub(super) async fn look(&mut self) -> Instant {
        let turns = self.kept.memory.turns();
        let asked = self
            .kept
            .store
            .rename(Some(self.kept.holder()), Some(self.coming), &turns);
        match patiently(asked).await {
            Ok(last) => {
                if let Some(batch) = self.uncertain.take()
                    && last <= self.number
                {
                    self.kept.memory.owe_again(batch);
                }
                self.number = last;
                let holder = std::mem::replace(&mut self.coming, Uuid::now_v7());
                // Requests may ask again once the store has what was counted meanwhile.
                if self.settle(holder).await {
                    self.kept.answers(holder);
                } else {
                    *self.kept.holder.lock().unwrap_or_else(PoisonError::into_inner) = holder;
                }
            }
            Err(why) => self.kept.failed(why),
        }
        Instant::now()
    }

    async fn beat(&self) {
        match patiently(self.kept.store.hold(self.kept.holder())).await {
            Ok(true) => {}
            Ok(false) => self.kept.failed(Down::Unknown),
            Err(why) => self.kept.failed(why),
        }
    }

    async fn tell(&mut self) {
        if self.settle(self.kept.holder()).await {
            self.kept.told.send_modify(|told| *told += 1);
        }
    }

    /// Tells the store what it does not know. False where it is down.
    async fn settle(&mut self, holder: Uuid) -> bool {
        let batch = self.kept.memory.owed();
        if batch.is_empty() {
            return true;
        }
        let why = match patiently(self.kept.store.settle(holder, self.number + 1, &batch)).await {
            Ok(true) => {
                self.number += 1;
                return true;
            }
            Ok(false) => Down::Unknown,
            Err(why) => why,
        };
        if self.kept.store.is_shared() {
            self.uncertain = Some(batch);
        } else {
            // A transaction that was not committed left nothing.
            self.kept.memory.owe_again(batch);
        }
        self.kept.failed(why);
        false
    }

    async fn sweep(&self) {
        let now = (self.clock)().0;
        self.kept.memory.sweep(now);
        if let Err(why) = patiently(self.kept.store.sweep(now)).await {
            self.kept.failed(why);
        }
    }
}

async fn patiently<T>(work: impl Future<Output = Result<T, Down>>) -> Result<T, Down> {
    timeout(PATIENCE, work).await.unwrap_or(Err(Down::TimedOut))
}
