//! The answer of a scan: where something is, what it is, and why we think so.
//! No type here holds any of the text.

use super::kind::{Class, Kind};
use std::ops::Deref;

/// One piece of personal data in a text.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Finding {
    /// First byte in the original text; always on a character boundary.
    pub start: u32,
    /// Byte after the last one in the original text; on a character boundary.
    pub end: u32,
    /// What was found.
    pub kind: Kind,
    /// Class of the charter it falls into.
    pub class: Class,
    /// How sure we are, from 0 to 1.
    pub score: f32,
    /// Why.
    pub evidence: Evidence,
    /// Seen, but never a reason to stop or mask: the SIRET of a public body,
    /// a hotline, a functional mailbox.
    pub informative: bool,
}

impl Finding {
    /// A finding of this kind, in its usual class.
    pub(super) fn new(start: u32, end: u32, kind: Kind, score: f32, evidence: Evidence) -> Self {
        Self {
            start,
            end,
            kind,
            class: kind.class(),
            score,
            evidence,
            informative: false,
        }
    }

    /// The same finding, for information only.
    pub(super) fn informative(self, informative: bool) -> Self {
        Self { informative, ..self }
    }

    /// Found by a detector of the organisation's own that is only tried: a reason to count, not to act.
    pub fn on_trial(&self) -> bool {
        self.evidence.has(Evidence::TRIAL)
    }
}

/// A set of named reasons.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Evidence(u32);

macro_rules! evidence {
    ($($constant:ident = $bit:literal, $name:literal;)*) => {
        impl Evidence {
            $(pub(super) const $constant: Evidence = Evidence(1 << $bit);)*
            const NAMES: &'static [(Evidence, &'static str)] = &[$((Evidence::$constant, $name)),*];
        }
    };
}

evidence! {
    CHECKSUM = 0, "checksum";
    FORMAT = 1, "format";
    CUE = 2, "cue";
    TITLE = 3, "title";
    FIRST_NAME = 4, "first_name";
    SURNAME = 5, "surname";
    LABEL = 6, "label";
    KINSHIP = 7, "kinship";
    LAYOUT = 8, "layout";
    POSTCODE = 9, "postcode";
    STREET = 10, "street";
    PREFIX = 11, "prefix";
    ENTROPY = 12, "entropy";
    LEXICON = 13, "lexicon";
    PERSON = 14, "person";
    REPEAT = 15, "repeat";
    DISGUISED = 16, "disguised";
    MODEL = 17, "model";
    OWN = 18, "own";
    QUASI = 19, "quasi_identifiers";
    TRIAL = 20, "trial";
}

impl Evidence {
    /// The names of the reasons in this set, such as `checksum` or `title`.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES
            .iter()
            .filter(move |(bit, _)| self.has(*bit))
            .map(|(_, name)| *name)
    }

    /// The names of all reasons there are.
    pub fn every_name() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(_, name)| *name)
    }

    /// This set and that one.
    pub(super) const fn with(self, other: Evidence) -> Evidence {
        Evidence(self.0 | other.0)
    }

    /// This set, and that one if so.
    pub(super) const fn with_if(self, so: bool, other: Evidence) -> Evidence {
        if so { self.with(other) } else { self }
    }

    pub(super) const fn has(self, other: Evidence) -> bool {
        self.0 & other.0 != 0
    }
}

/// The findings of one scan, by position, none over another.
#[derive(Debug)]
pub struct Findings<'s>(pub(super) &'s [Finding]);

impl Deref for Findings<'_> {
    type Target = [Finding];

    fn deref(&self) -> &[Finding] {
        self.0
    }
}
