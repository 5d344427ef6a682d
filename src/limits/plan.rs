//! What one request takes: a line for each bound that concerns it, decided together. One request takes from all of them
//! or from none.
//!
//! The arithmetic is here, once. A store holds figures and applies it at one moment: the memory calls [`Plan::weigh`];
//! the scripts of the shared stores do the same sum and tell the figures they found, of which `weigh` then says the rest.

use super::window::{Kind, Measure, Windows};
use crate::domain::{Pseudonym, Timestamp};
use crate::policy::Limits;

/// The least answer that is worth a request, in tokens.
const LEAST_ANSWER: u64 = 16;

/// The largest count: what every store holds exactly (Lua, in Redis, counts in doubles). Nine million euros.
pub(super) const MOST: u64 = (1 << 53) - 1;

/// Whose bound it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// One caller's, on one tool.
    Caller,
    /// A tool's, all callers together.
    Tool,
    /// A group's, on all tools: its id.
    Group(String),
    /// One caller's, on all tools.
    CallerOnAll,
}

impl Whose {
    /// In the rule of the ledger, before the name of the kind.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Caller => "",
            Self::Tool => "shared.",
            Self::Group(_) => "group.",
            Self::CallerOnAll => "caller.",
        }
    }
}

/// Some bounds, and whose they are.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    whose: Whose,
    /// What its counters are called.
    name: String,
    limits: &'a Limits,
}

impl<'a> Scope<'a> {
    /// What one caller may spend on a tool.
    pub fn caller(caller: &Pseudonym, tool: &str, limits: &'a Limits) -> Self {
        Self::new(Whose::Caller, format!("caller/{}/{tool}", caller.as_str()), limits)
    }

    /// What all callers may spend on a tool.
    pub fn tool(tool: &str, limits: &'a Limits) -> Self {
        Self::new(Whose::Tool, format!("tool/{tool}"), limits)
    }

    /// What a group may spend on all tools.
    pub fn group(group: &str, limits: &'a Limits) -> Self {
        Self::new(Whose::Group(group.to_owned()), format!("group/{group}"), limits)
    }

    /// What one caller may spend on all tools.
    pub fn caller_on_all(caller: &Pseudonym, limits: &'a Limits) -> Self {
        Self::new(Whose::CallerOnAll, format!("all/{}", caller.as_str()), limits)
    }

    fn new(whose: Whose, name: String, limits: &'a Limits) -> Self {
        Self { whose, name, limits }
    }
}

/// What a request may cost, told before it leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spend {
    /// Tokens of the prompt, about.
    pub input: u64,
    /// The most tokens that its answer may have, or what answers have as a rule; zero where there is no answer.
    pub output: u64,
    /// What the prompt costs, in billionths of a euro.
    pub input_price: u64,
    /// What a token of the answer costs, in billionths of a euro.
    pub output_price: u64,
}

/// A bound, and what the request takes from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) key: String,
    pub(super) kind: Kind,
    pub(super) whose: Whose,
    pub(super) bound: u64,
    /// Whatever is answered.
    pub(super) base: u64,
    /// For each token of the answer.
    pub(super) unit: u64,
    /// End of its window, in milliseconds since 1970.
    pub(super) ends: i64,
}

impl Line {
    /// What an answer of so many tokens takes.
    pub(super) fn amount(&self, output: u64) -> u64 {
        self.base.saturating_add(self.unit.saturating_mul(output)).min(MOST)
    }

    /// What an answer that came takes.
    fn actual(&self, tokens: u64, nano_euros: u64) -> u64 {
        match self.kind {
            Kind::In(Measure::Tokens, _) => tokens,
            Kind::In(Measure::Euros, _) => nano_euros,
            _ => self.base,
        }
    }
}

/// A bound on what is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) key: String,
    pub(super) whose: Whose,
    pub(super) bound: u64,
}

/// What one request takes, from all or from none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// By key, each once.
    pub(super) lines: Vec<Line>,
    /// By key, each once.
    pub(super) turns: Vec<Turn>,
    /// Tokens of the answer that are reserved if there is room.
    pub(super) most: u64,
    /// Tokens of the answer for which there must be room.
    pub(super) least: u64,
    pub(super) now: Timestamp,
}

/// A bound is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// Which.
    pub kind: Kind,
    /// Whose.
    pub whose: Whose,
    /// The bound itself; of money in billionths of a euro.
    pub bound: u64,
    /// Until there is room again, in seconds, at least 1.
    pub retry_after: u64,
    /// The request alone is more than the bound: to wait is of no use.
    pub alone: bool,
}

/// There is room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// Tokens of the answer that are reserved.
    pub(super) granted: u64,
    /// Tokens that the answer may have before a bound is passed; none where no bound counts them.
    pub(super) left: Option<u64>,
    /// The line of that bound.
    pub(super) tightest: Option<usize>,
}

impl Plan {
    pub(super) fn new(scopes: &[Scope<'_>], spend: Spend, now: Timestamp) -> Self {
        let windows = Windows::at(now);
        let (mut lines, mut turns) = (Vec::new(), Vec::new());
        for scope in scopes {
            for (measure, period) in Kind::COUNTED {
                let kind = Kind::In(measure, period);
                let Some(bound) = kind.bound(scope.limits) else {
                    continue;
                };
                let (base, unit) = match measure {
                    Measure::Requests => (1, 0),
                    Measure::Tokens => (spend.input, 1),
                    Measure::Euros => (spend.input_price, spend.output_price),
                };
                let (window, ends) = windows.of(period);
                lines.push(Line {
                    key: format!("{}/{}/{window}", scope.name, kind.name()),
                    kind,
                    whose: scope.whose.clone(),
                    bound: bound.min(MOST),
                    base: base.min(MOST),
                    unit: if spend.output == 0 { 0 } else { unit.min(MOST) },
                    ends,
                });
            }
            if let Some(bound) = scope.limits.concurrent_requests {
                turns.push(Turn {
                    key: format!("{}/{}", scope.name, Kind::AtOnce.name()),
                    whose: scope.whose.clone(),
                    bound,
                });
            }
        }
        // One order for all, so that no two wait for each other.
        lines.sort_by(|a, b| a.key.cmp(&b.key));
        lines.dedup_by(|a, b| a.key == b.key);
        turns.sort_by(|a, b| a.key.cmp(&b.key));
        turns.dedup_by(|a, b| a.key == b.key);
        Self {
            lines,
            turns,
            most: spend.output,
            least: spend.output.min(LEAST_ANSWER),
            now,
        }
    }

    /// Whether there is room, given what is used of each line and how many have each turn. Of several bounds that are
    /// reached, the one that holds longest is told.
    pub(super) fn weigh(&self, used: &[u64], at_once: &[u64]) -> Result<Room, Exceeded> {
        let full = |(line, used): &(&Line, &u64)| used.saturating_add(line.amount(self.least)) > line.bound;
        if let Some((line, _)) = self
            .lines
            .iter()
            .zip(used)
            .filter(full)
            .max_by_key(|(line, _)| line.ends)
        {
            return Err(Exceeded {
                kind: line.kind,
                whose: line.whose.clone(),
                bound: line.bound,
                retry_after: seconds(line.ends.saturating_sub(self.now.0)),
                alone: line.amount(self.least) > line.bound,
            });
        }
        if let Some((turn, _)) = self
            .turns
            .iter()
            .zip(at_once)
            .find(|(turn, under_way)| **under_way >= turn.bound)
        {
            return Err(Exceeded {
                kind: Kind::AtOnce,
                whose: turn.whose.clone(),
                bound: turn.bound,
                retry_after: 1,
                alone: false,
            });
        }
        let rest = |(line, used): (&Line, &u64)| (line.bound - used.saturating_add(line.base)).checked_div(line.unit);
        let lefts = self.lines.iter().zip(used).map(rest).enumerate();
        let tightest = lefts.filter_map(|(line, left)| Some((left?, line))).min();
        let left = tightest.map(|(left, _)| left);
        Ok(Room {
            granted: left.map_or(self.most, |left| left.min(self.most)),
            left,
            tightest: tightest.map(|(_, line)| line),
        })
    }

    /// What is to be added to each line when the answer is known; most often less than nothing.
    pub(super) fn corrections(&self, granted: u64, tokens: u64, nano_euros: u64) -> impl Iterator<Item = (&Line, i64)> {
        self.lines.iter().filter_map(move |line| {
            let (actual, reserved) = (line.actual(tokens, nano_euros), line.amount(granted));
            let signed = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
            let delta = signed(actual).saturating_sub(signed(reserved));
            (delta != 0).then_some((line, delta))
        })
    }
}

fn seconds(milliseconds: i64) -> u64 {
    u64::try_from(milliseconds).unwrap_or(0).div_ceil(1000).max(1)
}
