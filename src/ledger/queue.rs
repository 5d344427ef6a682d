//! What the writer hands to the relay: settled requests in order, in memory as far as they fit.
//!
//! When the relay falls behind, the queue stops taking and remembers which row numbers it did not take; the relay
//! reads those from the outbox, then memory serves again. So memory is bounded whatever the database does, and a
//! healthy ledger never reads what it just wrote.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::reader::Waiting;

/// About 1.5 KB each.
const CAPACITY: usize = 2048;

#[derive(Default)]
pub(super) struct Queue {
    held: Mutex<Held>,
    arrived: Notify,
}

#[derive(Default)]
struct Held {
    rows: VecDeque<Waiting>,
    /// First and last row number that is in the outbox only. All rows in memory come before the first.
    skipped: Option<(i64, i64)>,
}

/// What to send next.
pub(super) enum Next {
    Nothing,
    Rows(Vec<Waiting>),
    /// Read the outbox: the first and last row number that memory does not hold.
    Outbox(i64, i64),
}

impl Queue {
    /// A queue after a start: what is in the outbox up to `last` is to be read from there.
    pub(super) fn behind(last: i64) -> Self {
        let queue = Self::default();
        queue.held().skipped = (last > 0).then_some((0, last));
        queue
    }

    /// Takes rows that were just committed, in order.
    pub(super) fn push(&self, rows: impl Iterator<Item = Waiting>) {
        let mut held = self.held();
        for row in rows {
            match held.skipped {
                Some((first, _)) => held.skipped = Some((first, row.n)),
                None if held.rows.len() < CAPACITY => held.rows.push_back(row),
                None => held.skipped = Some((row.n, row.n)),
            }
        }
        drop(held);
        self.arrived.notify_one();
    }

    pub(super) fn next(&self, limit: usize) -> Next {
        let mut held = self.held();
        if !held.rows.is_empty() {
            let count = held.rows.len().min(limit);
            return Next::Rows(held.rows.drain(..count).collect());
        }
        held.skipped
            .map_or(Next::Nothing, |(first, last)| Next::Outbox(first, last))
    }

    /// The outbox was read up to `seen`. Memory takes over again once everything it did not take was read, what was
    /// committed while the outbox was being read included.
    pub(super) fn read_up_to(&self, seen: i64) {
        let mut held = self.held();
        held.skipped = held
            .skipped
            .map(|(_, last)| (seen + 1, last))
            .filter(|(first, last)| first <= last);
    }

    /// When the first row in memory was settled.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.held().rows.front().map(|row| row.settled_at)
    }

    pub(super) fn len(&self) -> usize {
        self.held().rows.len()
    }

    /// Resolves when there may be something to send.
    pub(super) async fn arrival(&self) {
        self.arrived.notified().await;
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
