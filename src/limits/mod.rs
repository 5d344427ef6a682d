//! What may be spent: requests, tokens and euros in a window, and requests under way, per caller, tool and group.
//!
//! A request is estimated before it leaves: [`Limits::take`] reserves what it may cost from every bound that concerns it,
//! or from none, and gives a [`Reservation`]. When its end is known, [`Reservation::settle`] corrects the counts to what
//! was used; a reservation that is dropped gives back all but the request itself.
//!
//! - `window`: what is counted, and over which time
//! - `plan`: what one request takes, and the arithmetic of it
//! - `memory`: the counts of one gateway

mod memory;
mod plan;
mod window;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use memory::Memory;
use plan::{Plan, Room};

pub use plan::{Exceeded, Scope, Spend, Whose};
pub use window::{Kind, Measure, Period};

use crate::domain::Timestamp;

impl Exceeded {
    /// For the ledger, such as `limits.tokens_per_day` or `limits.shared.euros_per_month`.
    pub fn rule(&self) -> String {
        format!("limits.{}{}", self.whose.word(), self.kind.name())
    }
}

/// All the counts. Clones share them.
#[derive(Clone, Default)]
pub struct Limits {
    memory: Arc<Memory>,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limits")
    }
}

impl Limits {
    /// Reserves what a request may cost, or says which bound is reached.
    ///
    /// # Errors
    /// A bound is reached; nothing was taken.
    pub async fn take(&self, scopes: &[Scope<'_>], spend: Spend, now: Timestamp) -> Result<Reservation, Exceeded> {
        let plan = Plan::new(scopes, spend, now);
        if plan.lines.is_empty() && plan.turns.is_empty() {
            return Ok(Reservation::default());
        }
        let room = self.memory.take(&plan)?;
        Ok(Reservation(Some(Box::new(Held {
            plan,
            room,
            memory: Arc::clone(&self.memory),
        }))))
    }
}

/// What a request may spend. Settled exactly once: by [`Reservation::settle`], or by its drop.
#[derive(Default)]
#[must_use = "a reservation that is dropped is given back"]
pub struct Reservation(Option<Box<Held>>);

struct Held {
    plan: Plan,
    room: Room,
    memory: Arc<Memory>,
}

impl std::fmt::Debug for Reservation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reservation({:?})", self.0.as_ref().map(|held| held.room))
    }
}

impl Reservation {
    /// Tokens that the answer may have before the tightest bound on tokens or euros is passed, those reserved for it
    /// included; none where nothing bounds them. Does not change.
    pub fn left(&self) -> Option<u64> {
        self.0.as_ref()?.room.left
    }

    /// Tokens reserved for the answer, where there was not room for all that were asked for.
    pub fn shortened(&self) -> Option<u64> {
        let held = self.0.as_ref()?;
        (held.room.granted < held.plan.most).then_some(held.room.granted)
    }

    /// What was used in the end: tokens of the prompt and of the answer, and billionths of a euro.
    pub fn settle(mut self, tokens: u64, nano_euros: u64) {
        self.end(tokens, nano_euros);
    }

    fn end(&mut self, tokens: u64, nano_euros: u64) {
        let Some(held) = self.0.take() else { return };
        let corrections = held.plan.corrections(held.room.granted, tokens, nano_euros);
        held.memory
            .correct(corrections.map(|(line, delta)| (line.key.as_str(), line.ends, delta)));
        held.memory
            .release(held.plan.turns.iter().map(|turn| turn.key.as_str()));
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.end(0, 0);
    }
}
