//! The room's longer tests: the shipped policy and the fixtures word for word, a matrix of admissions, the damage a
//! typing slip can do, sizes.

mod admissions;
mod differences;
mod duties;
mod fixtures;
mod judgements;
mod pages;
mod registers;
mod replays;
mod schemas;
mod sizes;
mod slips;

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::domain::{Caller, Identity, Pseudonym, Via};

/// From the root of the repository.
pub(super) fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

pub(super) fn today() -> Date {
    Date::constant(2026, 11, 23)
}

pub(super) fn read(source: &str) -> Policy {
    Policy::read(source, "policy.toml", today()).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

pub(super) fn shipped() -> String {
    fs::read_to_string(path("config/policy.toml")).unwrap()
}

/// A caller with a key, in these groups, who accepted these versions of the charter.
pub(super) fn caller(id: &str, groups: &[&str], accepted: &[&str]) -> Caller {
    Caller {
        identity: Identity::new(id),
        pseudonym: Pseudonym::new("0"),
        recorded_as: Pseudonym::new("1"),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        accepted_charters: accepted.iter().map(|&version| version.to_owned()).collect(),
        attestations: Vec::new(),
        direction: None,
        directory_is_stale: false,
        via: Via::Key,
    }
}
