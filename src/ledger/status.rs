//! How the ledger is: figures kept as the work is done, read without I/O by `/readyz` and `/metrics`.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use super::error::{Trouble, Unavailable};
use crate::domain::Timestamp;

/// A look at the ledger.
#[derive(Clone, Debug)]
pub struct LedgerStatus {
    /// A request can be written down now. The database has no say in it.
    pub outbox_up: bool,
    /// Why not.
    pub outbox: Option<Unavailable>,
    /// The database answered the last time it was asked.
    pub database_up: bool,
    /// What it said.
    pub database: DatabaseState,
    /// Rows that are not in the database yet: requests under way and requests that ended.
    pub depth: u64,
    /// Requests under way.
    pub open: u64,
    /// Requests that ended and are not in the database yet.
    pub waiting: u64,
    /// Weight of the outbox in bytes.
    pub bytes: u64,
    /// How long ago the oldest request that waits for the database ended.
    pub oldest_age: Option<Duration>,
    /// Rows put into the database since the start.
    pub relayed: u64,
    /// Batches that had to be sent again since the start.
    pub retries: u64,
    /// Requests of an earlier life closed as interrupted at the start.
    pub interrupted: u64,
    /// What the signed heads kept here say of the database.
    pub chain: ChainState,
    /// How long ago a head of the chain was signed.
    pub signature_age: Option<Duration>,
}

/// What the heads of the chain that were signed and kept beside the outbox say of the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChainState {
    /// The database did not tell its head yet.
    #[default]
    Unknown,
    /// Nothing is signed here.
    Unsigned,
    /// The database has at least what it had when the last head was signed.
    Whole,
    /// The database lost rows that it had.
    Behind,
}

impl ChainState {
    /// Stable word for `/readyz`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Unsigned => "unsigned",
            Self::Whole => "ok",
            Self::Behind => "behind",
        }
    }

    /// Of the chain, in French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Unknown => "pas encore comparée à la base de données",
            Self::Unsigned => "rien n'est encore signé ici",
            Self::Whole => "entière : la base de données a tout ce qui fut signé",
            Self::Behind => "rompue : la base de données a perdu des lignes qu'elle avait (`gardefou ledger verify`)",
        }
    }
}

/// Whether the database answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseState {
    /// Not tried yet.
    Unknown,
    /// It answered the last time it was asked.
    Reachable,
    /// It did not, and why.
    Down(Trouble),
}

impl DatabaseState {
    /// Stable kebab-case word for why it takes no rows; none where it does.
    pub const fn why(self) -> Option<&'static str> {
        match self {
            Self::Unknown => Some("not-tried-yet"),
            Self::Reachable => None,
            Self::Down(trouble) => Some(trouble.code()),
        }
    }

    /// Of the database, in French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Unknown => "pas encore interrogée",
            Self::Reachable => "répond",
            Self::Down(trouble) => trouble.french(),
        }
    }
}

/// The figures behind [`LedgerStatus`].
#[derive(Default)]
pub(super) struct Gauges {
    pub(super) open: AtomicU64,
    /// Open and waiting requests in the file.
    pub(super) stored: AtomicU64,
    /// Requests that ended, those found at the start included. Like `relayed` it only grows, so that one can wait for
    /// the other to catch up.
    pub(super) settled: AtomicU64,
    pub(super) bytes: AtomicU64,
    /// Milliseconds since 1970; 0 where nothing waits.
    pub(super) oldest: AtomicI64,
    pub(super) relayed: AtomicU64,
    pub(super) retries: AtomicU64,
    pub(super) interrupted: AtomicU64,
    pub(super) stopping: AtomicBool,
    /// When a head was last signed, in milliseconds since 1970; 0: never.
    pub(super) signed_at: AtomicI64,
    chain: Mutex<ChainState>,
    database: Mutex<Option<Result<(), Trouble>>>,
    outbox: Mutex<Option<Unavailable>>,
}

impl Gauges {
    /// Requests that ended and are not in the database.
    pub(super) fn waiting(&self) -> u64 {
        let relayed = self.relayed.load(Relaxed);
        self.settled.load(Relaxed).saturating_sub(relayed)
    }

    /// Says how the database is; true where that is news.
    pub(super) fn set_database(&self, state: Result<(), Trouble>) -> bool {
        let mut held = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        held.replace(state) != Some(state)
    }

    /// Says how the chain is. A loss stays said.
    pub(super) fn set_chain(&self, state: ChainState) {
        let mut held = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        if *held != ChainState::Behind {
            *held = state;
        }
    }

    /// Says how the outbox is; true where that is news.
    pub(super) fn set_outbox(&self, state: Option<Unavailable>) -> bool {
        let mut held = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *held, state) != state
    }

    pub(super) fn outbox(&self) -> Option<Unavailable> {
        *self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self, now: Timestamp) -> LedgerStatus {
        let database = *self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = self.oldest.load(Relaxed);
        let signed_at = self.signed_at.load(Relaxed);
        let since = |at: i64| Duration::from_millis(now.0.saturating_sub(at).max(0).unsigned_abs());
        let outbox = self.outbox();
        let (open, waiting) = (self.open.load(Relaxed), self.waiting());
        LedgerStatus {
            outbox_up: outbox.is_none(),
            outbox,
            database_up: database == Some(Ok(())),
            database: match database {
                None => DatabaseState::Unknown,
                Some(Ok(())) => DatabaseState::Reachable,
                Some(Err(trouble)) => DatabaseState::Down(trouble),
            },
            depth: open + waiting,
            open,
            waiting,
            bytes: self.bytes.load(Relaxed),
            oldest_age: (oldest > 0).then(|| since(oldest)),
            relayed: self.relayed.load(Relaxed),
            retries: self.retries.load(Relaxed),
            interrupted: self.interrupted.load(Relaxed),
            chain: *self.chain.lock().unwrap_or_else(PoisonError::into_inner),
            signature_age: (signed_at > 0).then(|| since(signed_at)),
        }
    }
}
