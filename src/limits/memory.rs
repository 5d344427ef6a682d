//! The counts of one gateway, in its memory. Exact: one lock, held for a few look-ups.
//!
//! Where a store stands behind, the memory remembers what the store does not know yet ([`Memory::owed`]), and what the
//! store said last ([`Memory::learn`]), so that a gateway that must count alone goes on from there.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::plan::{Exceeded, Plan, Room};

/// Beyond this many counters those whose window is over are swept.
const SWEEP: usize = 10_000;
/// How long a window is kept after its end, in milliseconds: a clock may be set back a little.
const GRACE: i64 = 60_000;

#[derive(Clone, Copy, Default)]
struct Counter {
    used: u64,
    ends: i64,
    /// What the store does not know of it.
    owed: i64,
    /// It is in the list of those that owe.
    listed: bool,
}

/// Requests under way, and what the store does not know of them.
#[derive(Clone, Copy, Default)]
struct Under {
    way: u64,
    owed: i64,
}

#[derive(Default)]
struct Counts {
    counters: HashMap<String, Counter>,
    turns: HashMap<String, Under>,
    owing: Vec<String>,
    sweep_at: usize,
}

/// The counts of one gateway.
#[derive(Default)]
pub(super) struct Memory {
    counts: Mutex<Counts>,
    /// A store is to hear of everything.
    stored: bool,
}

/// What a store is to be told: sorted by key, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Batch {
    /// Key, end of its window, and what is to be added.
    pub(super) lines: Vec<(String, i64, i64)>,
    /// Key, and how many more are under way, or fewer.
    pub(super) turns: Vec<(String, i64)>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.turns.is_empty()
    }
}

impl Memory {
    /// With a store behind it.
    pub(super) fn stored() -> Self {
        Self {
            stored: true,
            ..Self::default()
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // A panic elsewhere leaves counts, which are still counts.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From all or from none, on one's own.
    pub(super) fn take(&self, plan: &Plan) -> Result<Room, Exceeded> {
        let mut counts = self.counts();
        let used = |key: &str| counts.counters.get(key).map_or(0, |counter| counter.used);
        let used: Vec<_> = plan.lines.iter().map(|line| used(&line.key)).collect();
        let under_way = |key: &str| counts.turns.get(key).map_or(0, |under| under.way);
        let at_once: Vec<_> = plan.turns.iter().map(|turn| under_way(&turn.key)).collect();
        let room = plan.weigh(&used, &at_once)?;
        for line in &plan.lines {
            let amount = line.amount(room.granted);
            let counter = counts.counter(&line.key, line.ends);
            counter.used = counter.used.saturating_add(amount);
            if self.stored {
                counts.owe(&line.key, signed(amount));
            }
        }
        counts.begin(plan, i64::from(self.stored));
        Ok(room)
    }

    /// The store took it, and this much was used before.
    pub(super) fn learn(&self, plan: &Plan, used: &[u64], room: Room) {
        let mut counts = self.counts();
        for (line, used) in plan.lines.iter().zip(used) {
            let counter = counts.counter(&line.key, line.ends);
            let known = used.saturating_add(line.amount(room.granted));
            counter.used = known.saturating_add_signed(counter.owed);
        }
        counts.begin(plan, 0);
    }

    /// A request is over: adds what was used more, or less, than was reserved, and ends its turns.
    pub(super) fn end(&self, plan: &Plan, granted: u64, tokens: u64, nano_euros: u64) {
        let mut counts = self.counts();
        for (line, delta) in plan.corrections(granted, tokens, nano_euros) {
            let counter = counts.counter(&line.key, line.ends);
            counter.used = counter.used.saturating_add_signed(delta);
            if self.stored {
                counts.owe(&line.key, delta);
            }
        }
        for turn in &plan.turns {
            let Some(under) = counts.turns.get_mut(&turn.key) else {
                continue;
            };
            under.way = under.way.saturating_sub(1);
            under.owed -= i64::from(self.stored);
            if under.way == 0 && under.owed == 0 {
                counts.turns.remove(&turn.key);
            }
        }
    }

    /// What the store does not know, which is then taken for known.
    pub(super) fn owed(&self) -> Batch {
        let mut counts = self.counts();
        let mut batch = Batch::default();
        for key in std::mem::take(&mut counts.owing) {
            let Some(counter) = counts.counters.get_mut(&key) else {
                continue;
            };
            let (ends, delta) = (counter.ends, std::mem::take(&mut counter.owed));
            counter.listed = false;
            if delta != 0 {
                batch.lines.push((key, ends, delta));
            }
        }
        for (key, under) in &mut counts.turns {
            if under.owed != 0 {
                batch.turns.push((key.clone(), std::mem::take(&mut under.owed)));
            }
        }
        counts.turns.retain(|_, under| under.way > 0);
        batch.lines.sort_unstable();
        batch.turns.sort_unstable();
        batch
    }

    /// The store did not take it after all. Turns are not given back: a gateway that comes back tells all it has.
    pub(super) fn owe_again(&self, batch: Batch) {
        let mut counts = self.counts();
        for (key, ends, delta) in batch.lines {
            counts.counter(&key, ends);
            counts.owe(&key, delta);
        }
    }

    /// Requests under way, for a store that is to know them anew: nothing is owed of turns after that.
    pub(super) fn turns(&self) -> Vec<(String, u64)> {
        let mut counts = self.counts();
        counts.turns.retain(|_, under| under.way > 0);
        let mut turns: Vec<_> = counts
            .turns
            .iter_mut()
            .map(|(key, under)| {
                under.owed = 0;
                (key.clone(), under.way)
            })
            .collect();
        turns.sort_unstable();
        turns
    }

    /// What was used before a restart.
    pub(super) fn load(&self, counters: impl Iterator<Item = (String, u64, i64)>) {
        let mut counts = self.counts();
        for (key, used, ends) in counters {
            counts.counter(&key, ends).used = used;
        }
    }

    /// Forgets windows that are over.
    pub(super) fn sweep(&self, now: i64) {
        self.counts().sweep(now);
    }
}

impl Counts {
    fn counter(&mut self, key: &str, ends: i64) -> &mut Counter {
        // Two look-ups for a new counter, none of which copies the key of an old one.
        if !self.counters.contains_key(key) {
            let counter = Counter {
                ends,
                ..Counter::default()
            };
            self.counters.insert(key.to_owned(), counter);
        }
        self.counters.get_mut(key).expect("it was put there")
    }

    fn owe(&mut self, key: &str, delta: i64) {
        let Some(counter) = self.counters.get_mut(key) else {
            return;
        };
        counter.owed = counter.owed.saturating_add(delta);
        if !counter.listed {
            counter.listed = true;
            self.owing.push(key.to_owned());
        }
    }

    fn begin(&mut self, plan: &Plan, owed: i64) {
        for turn in &plan.turns {
            let under = self.turns.entry(turn.key.clone()).or_default();
            under.way += 1;
            under.owed += owed;
        }
        if self.counters.len() > self.sweep_at.max(SWEEP) {
            self.sweep(plan.now.0);
            // Many that are all in use are not looked at with every request.
            self.sweep_at = self.counters.len() * 2;
        }
    }

    fn sweep(&mut self, now: i64) {
        self.counters
            .retain(|_, counter| counter.ends.saturating_add(GRACE) > now);
    }
}

fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
