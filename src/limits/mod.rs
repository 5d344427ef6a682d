//! Rates: how many requests a minute and tokens a day a caller may spend on a tool.
//!
//! Counted in memory, exactly, in fixed windows of UTC: the answer to "when may I again?" is then a time, not a guess.
//! A token count is known only at the end of an answer, so a day's last request may pass its bound.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::domain::{Pseudonym, Timestamp};

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;
/// Beyond this many windows in memory the old ones are swept.
const SWEEP: usize = 10_000;

/// What a tool allows one caller. `None` is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Requests in one minute.
    pub requests_per_minute: Option<u64>,
    /// Tokens of prompts and answers in one day.
    pub tokens_per_day: Option<u64>,
}

/// A bound is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// Requests, or tokens.
    pub requests: bool,
    /// Until the window ends, in seconds, at least 1.
    pub retry_after: u64,
}

#[derive(Default)]
struct Window {
    minute: i64,
    requests: u64,
    day: i64,
    tokens: u64,
}

/// All the counts.
#[derive(Clone, Default)]
pub struct Limits {
    windows: Arc<Mutex<HashMap<(String, Pseudonym), Window>>>,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limits")
    }
}

impl Limits {
    /// Counts one request, or says that it is one too many.
    pub fn take(&self, tool: &str, caller: &Pseudonym, bounds: Bounds, now: Timestamp) -> Result<(), Exceeded> {
        if bounds == Bounds::default() {
            return Ok(());
        }
        self.with(tool, caller, now, |window| {
            if bounds.tokens_per_day.is_some_and(|most| window.tokens >= most) {
                return Err(Exceeded {
                    requests: false,
                    retry_after: until(now, DAY),
                });
            }
            if bounds.requests_per_minute.is_some_and(|most| window.requests >= most) {
                return Err(Exceeded {
                    requests: true,
                    retry_after: until(now, MINUTE),
                });
            }
            window.requests += 1;
            Ok(())
        })
    }

    /// Counts the tokens of an answer.
    pub fn spend(&self, tool: &str, caller: &Pseudonym, tokens: u64, now: Timestamp) {
        self.with(tool, caller, now, |window| window.tokens += tokens);
    }

    fn with<T>(&self, tool: &str, caller: &Pseudonym, now: Timestamp, count: impl FnOnce(&mut Window) -> T) -> T {
        // A panic elsewhere leaves counts, which are still counts.
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let (minute, day) = (now.0.div_euclid(MINUTE), now.0.div_euclid(DAY));
        if windows.len() > SWEEP {
            windows.retain(|_, window| window.day == day);
        }
        let window = windows.entry((tool.to_owned(), caller.clone())).or_default();
        if window.minute != minute {
            (window.minute, window.requests) = (minute, 0);
        }
        if window.day != day {
            (window.day, window.tokens) = (day, 0);
        }
        count(window)
    }
}

fn until(now: Timestamp, width: i64) -> u64 {
    let left = width - now.0.rem_euclid(width);
    u64::try_from(left).unwrap_or(0).div_ceil(1000).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_as_many_as_allowed_get_through() {
        let limits = Limits::default();
        let bounds = Bounds {
            requests_per_minute: Some(100),
            tokens_per_day: None,
        };
        let (alice, bob) = (Pseudonym::new("a"), Pseudonym::new("b"));
        let now = Timestamp(90_000);
        let passed = (0..150)
            .filter(|_| limits.take("t", &alice, bounds, now).is_ok())
            .count();
        assert_eq!(passed, 100);
        assert_eq!(
            limits.take("t", &alice, bounds, now),
            Err(Exceeded {
                requests: true,
                retry_after: 30
            })
        );
        assert!(limits.take("t", &bob, bounds, now).is_ok(), "each caller has their own");
        assert!(limits.take("u", &alice, bounds, now).is_ok(), "each tool too");
        assert!(
            limits.take("t", &alice, bounds, Timestamp(120_000)).is_ok(),
            "a new minute"
        );
    }

    #[test]
    fn tokens_are_counted_by_the_day() {
        let limits = Limits::default();
        let bounds = Bounds {
            requests_per_minute: None,
            tokens_per_day: Some(1000),
        };
        let alice = Pseudonym::new("a");
        limits.spend("t", &alice, 999, Timestamp(5));
        assert!(limits.take("t", &alice, bounds, Timestamp(6)).is_ok());
        limits.spend("t", &alice, 1, Timestamp(7));
        assert_eq!(
            limits.take("t", &alice, bounds, Timestamp(8)).map_err(|e| e.requests),
            Err(false)
        );
        assert!(limits.take("t", &alice, bounds, Timestamp(DAY)).is_ok());
    }
}
