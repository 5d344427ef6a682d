//! The journal: `usage_events` in the central database, PostgreSQL or SQLite, chosen by the address.
//!
//! **Exactly once.** Rows and the head of their chain change in one transaction, and only if the head is still where
//! the relay believes it is; the primary key refuses an id it has. So a batch is in the journal whole or not at all,
//! and a batch whose fate is unknown (a connection cut at the wrong moment, a server that wakes up after it was given
//! up) is found out by asking: [`Journal::head`], [`Journal::present`]. `ON CONFLICT DO NOTHING` would be weaker: it
//! would move the head over rows that were not inserted.

mod postgres;
mod sqlite;

use std::{collections::HashSet, time::Duration};

use uuid::Uuid;

use super::{
    error::{StartError, Trouble},
    row::{Head, Row},
};

/// Longest a statement may take before the connection is given up.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Where the journal is.
#[derive(Clone)]
pub(super) enum Address {
    Sqlite(sqlx::sqlite::SqliteConnectOptions),
    Postgres(Box<sqlx::postgres::PgConnectOptions>),
}

impl Address {
    /// Reads an address such as `sqlite://data/gardefou.db` or `postgres://user@host/db`.
    pub(super) fn parse(url: &str, instance: &str) -> Result<Self, StartError> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => sqlite::options(url).map(Self::Sqlite),
            "postgres" | "postgresql" => {
                postgres::options(url, instance).map(|options| Self::Postgres(Box::new(options)))
            }
            _ => Err(StartError::Address),
        }
    }
}

/// A connection to the journal, its schema up to date.
pub(super) enum Journal {
    Sqlite(sqlx::SqliteConnection),
    Postgres(Box<sqlx::PgConnection>),
}

/// Gives up what takes too long. The connection must not be used after that.
async fn patiently<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Trouble> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(|e| Trouble::of(&e)),
        Err(_) => Err(Trouble::TimedOut),
    }
}

impl Journal {
    pub(super) async fn connect(address: &Address) -> Result<Self, Trouble> {
        match address {
            Address::Sqlite(options) => patiently(sqlite::connect(options)).await.map(Self::Sqlite),
            Address::Postgres(options) => patiently(postgres::connect(options))
                .await
                .map(|connection| Self::Postgres(Box::new(connection))),
        }
    }

    /// Where the chain of an instance stands.
    pub(super) async fn head(&mut self, instance: &str) -> Result<Head, Trouble> {
        match self {
            Self::Sqlite(connection) => patiently(sqlite::head(connection, instance)).await,
            Self::Postgres(connection) => patiently(postgres::head(connection, instance)).await,
        }
    }

    /// Which of these requests the journal has.
    pub(super) async fn present(&mut self, ids: &[Uuid]) -> Result<HashSet<Uuid>, Trouble> {
        match self {
            Self::Sqlite(connection) => patiently(sqlite::present(connection, ids)).await,
            Self::Postgres(connection) => patiently(postgres::present(connection, ids)).await,
        }
    }

    /// Adds linked rows of one instance and moves the head from `before` to `after`; false, and nothing done, where
    /// the head is elsewhere.
    pub(super) async fn append(&mut self, rows: &[Row], before: &Head, after: &Head) -> Result<bool, Trouble> {
        match self {
            Self::Sqlite(connection) => patiently(sqlite::append(connection, rows, before, after)).await,
            Self::Postgres(connection) => patiently(postgres::append(connection, rows, before, after)).await,
        }
    }

    /// Asks for a sign of life.
    pub(super) async fn ping(&mut self) -> Result<(), Trouble> {
        use sqlx::Connection;
        match self {
            Self::Sqlite(connection) => patiently(connection.ping()).await,
            Self::Postgres(connection) => patiently(connection.ping()).await,
        }
    }
}
