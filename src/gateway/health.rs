//! How each backend answered last, as requests saw it: nobody is asked for this.
//!
//! Kept in memory, one entry for each backend that was ever contacted; lost with the process. An answer counts from its
//! first byte: a stream that breaks off later is told in the ledger.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::StatusCode;

use crate::domain::Timestamp;
use crate::upstream::Failure;

/// How backends answered. Clones share it.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<HashMap<String, BackendHealth>>>);

/// How a backend answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackendHealth {
    /// When it last answered, whatever it said of the request.
    pub answered: Option<Timestamp>,
    /// When it last did not, and how.
    pub failed: Option<(Timestamp, Failing)>,
    /// How often it failed since it last answered.
    pub in_a_row: u64,
}

/// How a backend did not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// No connection.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// The connection broke.
    BrokeOff,
    /// It does not take the gateway's key.
    KeyRefused(u16),
    /// It is down or overloaded, as it says with this status.
    Unable(u16),
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Health({} backends)", self.known().len())
    }
}

impl fmt::Display for Failing {
    /// In French.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("injoignable"),
            Self::TimedOut => f.write_str("pas de réponse à temps"),
            Self::BrokeOff => f.write_str("connexion rompue"),
            Self::KeyRefused(status) => write!(f, "clé refusée (HTTP {status})"),
            Self::Unable(status) => write!(f, "en panne ou surchargé (HTTP {status})"),
        }
    }
}

impl Health {
    /// How this backend answered; all empty where it was never contacted.
    pub fn of(&self, backend: &str) -> BackendHealth {
        self.known().get(backend).copied().unwrap_or_default()
    }

    /// What came of a contact.
    pub(super) fn note(&self, backend: &str, at: Timestamp, came: Result<StatusCode, Failure>) {
        let failing = match came {
            Ok(status) => match failing(status) {
                None => return self.change(backend, |health| (health.answered, health.in_a_row) = (Some(at), 0)),
                Some(failing) => failing,
            },
            Err(Failure::Unreachable) => Failing::Unreachable,
            Err(Failure::TimedOut) => Failing::TimedOut,
            Err(Failure::BrokeOff) => Failing::BrokeOff,
            // Nobody was contacted.
            Err(Failure::NoKey) => return,
        };
        self.change(backend, |health| {
            health.failed = Some((at, failing));
            health.in_a_row += 1;
        });
    }

    fn change(&self, backend: &str, change: impl FnOnce(&mut BackendHealth)) {
        let mut known = self.known();
        match known.get_mut(backend) {
            Some(health) => change(health),
            None => change(known.entry(backend.to_owned()).or_default()),
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, BackendHealth>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failing(status: StatusCode) -> Option<Failing> {
    if is_about_the_key(status) {
        return Some(Failing::KeyRefused(status.as_u16()));
    }
    cannot_serve(status).then(|| Failing::Unable(status.as_u16()))
}

/// The backend is down or overloaded, which another may not be.
pub(super) fn cannot_serve(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504 | 529)
}

/// It is about the gateway's key, never the caller's.
pub(super) fn is_about_the_key(status: StatusCode) -> bool {
    matches!(status.as_u16(), 401 | 403 | 407)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_until_it_answers() {
        let health = Health::default();
        let status = |code| Ok(StatusCode::from_u16(code).expect("a status"));
        health.note("a", Timestamp(1), status(200));
        for (at, came, why, in_a_row) in [
            (2, Err(Failure::Unreachable), (2, Failing::Unreachable), 1),
            (3, Err(Failure::TimedOut), (3, Failing::TimedOut), 2),
            (4, status(503), (4, Failing::Unable(503)), 3),
            (5, status(401), (5, Failing::KeyRefused(401)), 4),
            (6, Err(Failure::NoKey), (5, Failing::KeyRefused(401)), 4),
        ] {
            health.note("a", Timestamp(at), came);
            let expected = BackendHealth {
                answered: Some(Timestamp(1)),
                failed: Some((Timestamp(why.0), why.1)),
                in_a_row,
            };
            assert_eq!(health.of("a"), expected, "{came:?}");
        }
        // What it says of a request that is wrong is an answer.
        health.note("a", Timestamp(7), status(400));
        assert_eq!(
            (health.of("a").answered, health.of("a").in_a_row),
            (Some(Timestamp(7)), 0)
        );
        assert_eq!(health.of("b"), BackendHealth::default());
    }
}
