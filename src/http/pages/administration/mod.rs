//! `/administration`: the state of the policy, for who keeps it (role policy-admin). The file stays the only truth:
//! nothing here writes it.
//!
//! - [`state`]: what is in force, what is not and why, what falls due, how the service is
//! - [`draft`]: a draft that is pasted, checked, tried, compared, and forgotten
//! - [`versions`]: every version that was in force, and what changed between two
//! - [`keys`]: the keys of programs

pub(in crate::http) mod draft;
pub(in crate::http) mod keys;
pub(in crate::http) mod state;
pub(in crate::http) mod versions;

use std::fmt;

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::{Shell, moment, respond};
use crate::domain::{Timestamp, counted};
use crate::http::visitor::Visitor;
use crate::office::{OfficeError, PolicyLoad};

/// One coming into force, in words.
struct LoadLine {
    at: String,
    hash: String,
    charter: String,
    reason: String,
    signed_by: String,
    instance: String,
}

impl From<PolicyLoad> for LoadLine {
    fn from(load: PolicyLoad) -> Self {
        Self {
            at: moment(load.at),
            hash: load.hash,
            charter: load.charter_version,
            reason: match load.reason.as_str() {
                "start" => "démarrage".into(),
                "reload" => "fichier enregistré".into(),
                _ => load.reason,
            },
            signed_by: match load.signed_by.is_empty() {
                true => "personne".into(),
                false => load.signed_by.join(", "),
            },
            instance: load.instance,
        }
    }
}

/// `aucune ligne`, `1 ligne`, `12 lignes`: `none` is the word for none of them.
fn several(count: impl fmt::Display + PartialOrd + From<u8>, none: &str, word: &str) -> String {
    if count == 0.into() {
        format!("{none} {word}")
    } else {
        counted(count, word)
    }
}

/// How long ago, in words.
fn ago(at: Timestamp, now: Timestamp) -> String {
    format!(
        "il y a {}",
        lasting(now.0.saturating_sub(at.0).max(0).unsigned_abs() / 1000)
    )
}

/// Seconds, in words.
fn lasting(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} jours", seconds / 86_400),
    }
}

#[derive(Template)]
#[template(path = "administration_down.html")]
struct Down<'a> {
    shell: Shell<'a>,
    current: &'a str,
    why: String,
}

/// The database cannot be asked.
fn unavailable(visitor: &Visitor, current: &str, error: &OfficeError) -> Response {
    tracing::warn!(%error, "the administration's pages cannot ask the database");
    let page = Down {
        shell: Shell::below(visitor, "/administration"),
        current,
        why: error.to_string(),
    };
    respond(visitor, StatusCode::SERVICE_UNAVAILABLE, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_words() {
        for (seconds, expected) in [
            (0, "il y a 0 s"),
            (59, "il y a 59 s"),
            (60, "il y a 1 min"),
            (7_199, "il y a 1 h"),
            (172_799, "il y a 47 h"),
            (172_800, "il y a 2 jours"),
        ] {
            assert_eq!(ago(Timestamp(1_000), Timestamp(1_000 + seconds * 1000)), expected);
        }
        // A clock that was put back.
        assert_eq!(ago(Timestamp(5_000), Timestamp(0)), "il y a 0 s");
    }
}
