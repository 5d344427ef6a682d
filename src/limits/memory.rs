//! The counts of one gateway, in its memory. Exact: one lock, held for a few look-ups.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::plan::{Exceeded, Plan, Room};

/// Beyond this many counters those whose window is over are swept.
const SWEEP: usize = 10_000;
/// How long a window is kept after its end, in milliseconds: a clock may be set back a little.
const GRACE: i64 = 60_000;

#[derive(Clone, Copy)]
struct Counter {
    used: u64,
    ends: i64,
}

#[derive(Default)]
struct Counts {
    counters: HashMap<String, Counter>,
    /// Requests under way.
    turns: HashMap<String, u64>,
    sweep_at: usize,
}

/// The counts of one gateway.
#[derive(Default)]
pub(super) struct Memory {
    counts: Mutex<Counts>,
}

impl Memory {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        // A panic elsewhere leaves counts, which are still counts.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From all or from none.
    pub(super) fn take(&self, plan: &Plan) -> Result<Room, Exceeded> {
        let mut counts = self.counts();
        let used = |key: &str| counts.counters.get(key).map_or(0, |counter| counter.used);
        let used: Vec<_> = plan.lines.iter().map(|line| used(&line.key)).collect();
        let under_way = |key: &str| counts.turns.get(key).copied().unwrap_or(0);
        let at_once: Vec<_> = plan.turns.iter().map(|turn| under_way(&turn.key)).collect();
        let room = plan.weigh(&used, &at_once)?;
        for line in &plan.lines {
            let counter = counts.counter(&line.key, line.ends);
            counter.used = counter.used.saturating_add(line.amount(room.granted));
        }
        for turn in &plan.turns {
            *counts.turns.entry(turn.key.clone()).or_default() += 1;
        }
        counts.sweep(plan.now.0);
        Ok(room)
    }

    /// Adds what was used more, or less, than was reserved.
    pub(super) fn correct<'k>(&self, corrections: impl Iterator<Item = (&'k str, i64, i64)>) {
        let mut counts = self.counts();
        for (key, ends, delta) in corrections {
            let counter = counts.counter(key, ends);
            counter.used = counter.used.saturating_add_signed(delta);
        }
    }

    /// Requests that had these turns are over.
    pub(super) fn release<'k>(&self, turns: impl Iterator<Item = &'k str>) {
        let mut counts = self.counts();
        for key in turns {
            if let Some(under_way) = counts.turns.get_mut(key) {
                *under_way = under_way.saturating_sub(1);
                if *under_way == 0 {
                    counts.turns.remove(key);
                }
            }
        }
    }
}

impl Counts {
    fn counter(&mut self, key: &str, ends: i64) -> &mut Counter {
        // Two look-ups for a new counter, none of which copies the key of an old one.
        if !self.counters.contains_key(key) {
            self.counters.insert(key.to_owned(), Counter { used: 0, ends });
        }
        self.counters.get_mut(key).expect("it was put there")
    }

    fn sweep(&mut self, now: i64) {
        if self.counters.len() > self.sweep_at.max(SWEEP) {
            self.counters
                .retain(|_, counter| counter.ends.saturating_add(GRACE) > now);
            // Many that are all in use are not looked at with every request.
            self.sweep_at = self.counters.len() * 2;
        }
    }
}
