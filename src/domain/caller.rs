//! Who asks. The charter says "agent"; in our field that word means a program, so here it is *caller*.

use std::fmt;

use jiff::civil::Date;

/// The name by which policy and directory know a person or a program, an e-mail address as a rule.
///
/// It stays inside the process: the ledger holds a [`Pseudonym`], and `Debug` prints a length.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity(String);

impl Identity {
    /// An identity as written in a key, a claim or the settings.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name itself, for comparing with the policy. Never for a log.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} bytes)", self.0.len())
    }
}

/// A keyed hash of an [`Identity`] (RGPD art. 4.5): what the database calls `caller`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pseudonym(String);

impl Pseudonym {
    /// Wraps a hash made by the holder of the pseudonym key.
    pub fn new(hash: impl Into<String>) -> Self {
        Self(hash.into())
    }

    /// Lower-case hexadecimal, 32 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a caller proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A `gf_…` key.
    Key,
    /// No key on a loopback listener that has `identity.local`.
    Local,
    /// Signed in at the issuer, in a browser.
    Session,
    /// A token of the issuer, in a program.
    Token,
}

/// A training somebody had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// Name of the training in the policy.
    pub training: String,
    /// Last day.
    pub valid_until: Date,
}

/// A person or program that was recognised.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Name known to the policy.
    pub identity: Identity,
    /// Name for what outlives a year: acceptances of the charter, rates, files.
    pub pseudonym: Pseudonym,
    /// Name known to the ledger: another one each civil year.
    pub recorded_as: Pseudonym,
    /// Groups given by the key or the directory; the policy adds those of its own `members`.
    pub groups: Vec<String>,
    /// Versions of the charter this caller accepted. The local identity counts as having accepted.
    pub accepted_charters: Vec<String>,
    /// Trainings that were imported for this caller; the policy adds those it names.
    pub attestations: Vec<Attestation>,
    /// Direction that the directory says; the policy's own comes first.
    pub direction: Option<String>,
    /// Whether the directory of people and groups is older than this deployment allows: what needs it is closed.
    pub directory_is_stale: bool,
    /// How they were recognised.
    pub via: Via,
}
