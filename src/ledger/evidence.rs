//! What verification knows from elsewhere than the database, and what it says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    path::Path,
};

use serde::Serialize;

use super::{
    heads::{self, SignedHead},
    signing::PublicKeys,
};
use crate::schema::{self, SchemaError};

/// What somebody knows who does not believe the database.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pub(super) heads: BTreeMap<String, Vec<SignedHead>>,
    pub(super) torn: usize,
    pub(super) keys: PublicKeys,
    pub(super) strict: Strict,
}

/// Whose signatures must be by a key that is known from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Strict {
    /// Nobody's: a key that only the database knows is said, and no fault.
    #[default]
    Nobody,
    /// Those of this gateway, whose keys are here.
    Instance(String),
    /// Everybody's.
    All,
}

impl Strict {
    pub(super) fn holds_for(&self, instance: &str) -> bool {
        match self {
            Self::Nobody => false,
            Self::Instance(name) => name == instance,
            Self::All => true,
        }
    }
}

impl Evidence {
    /// Keys that are believed, and whose signatures must be by one of them.
    pub fn new(keys: PublicKeys, strict: Strict) -> Self {
        Self {
            keys,
            strict,
            ..Self::default()
        }
    }

    /// Heads are known from elsewhere.
    pub fn has_heads(&self) -> bool {
        !self.heads.is_empty()
    }

    /// Adds the heads of a file such as `heads.jsonl`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn with_heads(mut self, path: &Path) -> io::Result<Self> {
        let (heads, torn) = heads::read(path)?;
        self.torn += torn;
        for head in heads {
            self.heads.entry(head.instance.clone()).or_default().push(head);
        }
        for heads in self.heads.values_mut() {
            heads.sort_by_key(|head| head.instance_seq);
        }
        Ok(self)
    }
}

/// Why verification could not be done.
#[derive(Debug)]
#[non_exhaustive]
pub enum VerifyError {
    /// The database address is neither `sqlite:` nor `postgres:`.
    Address,
    /// The schema is not the one of this program, or cannot be read.
    Schema(SchemaError),
    /// The schema is older than this program.
    Older,
    /// The database said no, or something that makes no sense.
    Database(sqlx::Error),
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("l'adresse de la base de données doit commencer par sqlite: ou postgres:"),
            Self::Schema(error) => error.fmt(f),
            Self::Older => f.write_str(
                "le schéma de la base de données est plus ancien que ce programme : lancez `gardefou ledger migrate`",
            ),
            Self::Database(error) => f.write_str(&schema::in_french(error)),
        }
    }
}

impl std::error::Error for VerifyError {}

impl From<sqlx::Error> for VerifyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A column of the row is not what was written.
    Modified,
    /// Rows are missing before others.
    Deleted,
    /// The row stands at the place of another.
    Reordered,
    /// The row was never written.
    Inserted,
    /// Rows are missing at the end.
    Truncated,
    /// Everything from here on fits together, but not with what was signed.
    Rewritten,
    /// A signature is forged, or by a key that nobody vouches for.
    Signature,
    /// The rows fit together, but not with the head.
    Head,
}

impl FaultKind {
    /// In French, for the administrator.
    pub const fn in_french(self) -> &'static str {
        match self {
            Self::Modified => "ligne modifiée",
            Self::Deleted => "ligne supprimée",
            Self::Reordered => "ligne déplacée",
            Self::Inserted => "ligne ajoutée",
            Self::Truncated => "fin de la chaîne supprimée",
            Self::Rewritten => "chaîne réécrite : elle ne correspond plus à une tête signée",
            Self::Signature => "signature fausse, ou par une clé que rien n'atteste",
            Self::Head => "la tête de la chaîne ne correspond pas aux lignes",
        }
    }
}

/// The first place of a chain where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// Place of the first bad row; of the first that may be, where `until_seq` says more.
    pub instance_seq: i64,
    /// Last place where it may be, where that is not known exactly; last missing row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_seq: Option<i64>,
    /// The row there; of a deleted one nobody knows.
    pub id: Option<String>,
    /// Milliseconds since 1970.
    pub occurred_at_ms: Option<i64>,
}

/// What was found in the chain of one gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChainReport {
    /// The gateway.
    pub instance: String,
    /// Rows that were recomputed, up to the first fault.
    pub rows: u64,
    /// Of these, rows whose caller was erased at the person's wish.
    pub erased: u64,
    /// Rows that retention removed.
    pub removed: u64,
    /// Place of the last good row.
    pub last_seq: i64,
    /// Heads that were compared with the rows, in the database and in the file.
    pub heads: u64,
    /// Up to here a known key vouches for the rows.
    pub vouched_seq: i64,
    /// Keys that signed and of which only the database knows.
    pub unknown_keys: BTreeSet<String>,
    /// The first thing that is wrong.
    pub fault: Option<Fault>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Nothing is wrong.
    pub intact: bool,
    /// Rows that were recomputed.
    pub rows: u64,
    /// Places of the chains, up to their heads, without a row that a gap of retention explains. Deleted rows, or rows that
    /// never came.
    pub rows_lost: i64,
    /// Lines of the file of heads that are none; the last one may be torn by a power cut.
    pub unreadable_heads: usize,
    /// By gateway, in the order of their names.
    pub chains: Vec<ChainReport>,
}
