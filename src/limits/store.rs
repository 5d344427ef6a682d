//! Where gateways count together: one interface for PostgreSQL and Redis, and for the file in which a gateway that is
//! alone keeps its counts.

use std::fmt;

use uuid::Uuid;

use super::memory::Batch;
use super::plan::Plan;
use super::postgres::Postgres;
use super::redis::Redis;
use super::sqlite::Sqlite;

/// The store behind the memory.
pub(super) enum Store {
    /// The central database.
    Postgres(Postgres),
    /// Redis or Valkey.
    Redis(Redis),
    /// A file of SQLite: one gateway, which takes from its memory and writes its counts down.
    Sqlite(Sqlite),
}

/// What a store found. What is used is told as it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) taken: bool,
    pub(super) used: Vec<u64>,
    pub(super) at_once: Vec<u64>,
}

/// Why a store cannot be counted in. Never the words of a driver: they may repeat an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Down {
    /// It did not answer in time.
    TimedOut,
    /// No connection, or a broken one.
    Unreachable,
    /// It answered with an error.
    Refused,
    /// It does not know this gateway any more: it lost what it had.
    Unknown,
    /// Its tables are not those of this program.
    Schema,
}

impl Down {
    /// Stable, for `/readyz`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Schema => "schema",
        }
    }

    /// Of the store, in French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::TimedOut => "ne répond pas à temps",
            Self::Unreachable => "injoignable",
            Self::Refused => "répond par une erreur",
            Self::Unknown => "a oublié cette passerelle, qui se fait connaître de nouveau",
            Self::Schema => "n'a pas les tables de cette version du programme",
        }
    }
}

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Down {}

impl From<sqlx::Error> for Down {
    fn from(error: sqlx::Error) -> Self {
        match error {
            // 57014 is a statement that took longer than it may.
            sqlx::Error::Database(error) if error.code().as_deref() == Some("57014") => Self::TimedOut,
            sqlx::Error::Database(_) => Self::Refused,
            _ => Self::Unreachable,
        }
    }
}

impl Store {
    /// Its name in `/readyz`.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgres",
            Self::Redis(_) => "redis",
            Self::Sqlite(_) => "sqlite",
        }
    }

    /// Whether requests take from it.
    pub(super) const fn is_shared(&self) -> bool {
        !matches!(self, Self::Sqlite(_))
    }

    /// From all or from none, in one round trip.
    pub(super) async fn take(&self, holder: Uuid, plan: &Plan) -> Result<Found, Down> {
        match self {
            Self::Postgres(store) => store.take(holder, plan).await,
            Self::Redis(store) => store.take(holder, plan).await,
            Self::Sqlite(_) => Err(Down::Refused),
        }
    }

    /// Corrects counts and turns, once for each number. False where that was not the next.
    pub(super) async fn settle(&self, holder: Uuid, number: i64, batch: &Batch) -> Result<bool, Down> {
        match self {
            Self::Postgres(store) => store.settle(holder, number, batch).await,
            Self::Redis(store) => store.settle(holder, number, batch).await,
            Self::Sqlite(store) => store.write(batch).await.map(|()| true),
        }
    }

    /// The gateway lives. False where its name is not known.
    pub(super) async fn hold(&self, holder: Uuid) -> Result<bool, Down> {
        match self {
            Self::Postgres(store) => store.hold(holder).await,
            Self::Redis(store) => store.hold(holder).await,
            Self::Sqlite(_) => Ok(true),
        }
    }

    /// The gateway begins anew with these turns, or leaves. Says the number of its last batch.
    /// May be asked again with the same names.
    pub(super) async fn rename(
        &self,
        leaving: Option<Uuid>,
        coming: Option<Uuid>,
        turns: &[(String, u64)],
    ) -> Result<i64, Down> {
        match self {
            Self::Postgres(store) => store.rename(leaving, coming, turns).await,
            Self::Redis(store) => store.rename(leaving, coming, turns).await,
            Self::Sqlite(store) => store.look().await.map(|()| 0),
        }
    }

    /// Removes windows that are over. Redis does that by itself.
    pub(super) async fn sweep(&self, now: i64) -> Result<(), Down> {
        match self {
            Self::Postgres(store) => store.sweep().await,
            Self::Redis(_) => Ok(()),
            Self::Sqlite(store) => store.sweep(now).await,
        }
    }
}

/// As a signed number of a database.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count that a store told; none is negative.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
