//! The journal: `usage_events` in the central database, PostgreSQL or SQLite, chosen by the address.
//!
//! **Exactly once.** Rows and the head of their chain change in one transaction, and only if the head is still where
//! the relay believes it is; the primary key refuses an id it has. So a batch is in the journal whole or not at all,
//! and a batch whose fate is unknown (a connection cut at the wrong moment, a server that wakes up after it was given
//! up) is found out by asking: [`Journal::head`], [`Journal::present`]. `ON CONFLICT DO NOTHING` would be weaker: it
//! would move the head over rows that were not inserted.

mod postgres;
mod signatures;
pub(super) mod sqlite;

pub(super) use signatures::KEEP_KEY;
pub(super) use sqlite::instant;

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use uuid::Uuid;

use super::{
    LedgerSettings,
    error::{StartError, Trouble},
    heads::SignedHead,
    row::{Head, Row},
};
use crate::schema::{self, SchemaError};

/// Where the journal is, and how long it may take for anything.
#[derive(Clone)]
pub(super) struct Address {
    engine: Engine,
    patience: Duration,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Box<sqlx::sqlite::SqliteConnectOptions>),
    Postgres(Box<sqlx::postgres::PgConnectOptions>),
}

impl Address {
    /// Reads an address such as `sqlite://data/gardefou.db` or `postgres://user@host/db`.
    pub(super) fn parse(settings: &LedgerSettings) -> Result<Self, StartError> {
        let (url, patience) = (settings.database_url.as_str(), settings.database_patience);
        let engine = match url.split_once(':').map_or("", |(scheme, _)| scheme) {
            "sqlite" => Engine::Sqlite(Box::new(sqlite::options(url, patience)?)),
            "postgres" | "postgresql" => {
                Engine::Postgres(Box::new(postgres::options(url, &settings.instance, patience)?))
            }
            _ => return Err(StartError::Address),
        };
        Ok(Self { engine, patience })
    }
}

/// A connection to the journal, its schema up to date.
pub(super) struct Journal {
    pub(super) line: Line,
    patience: Duration,
    /// Hours since 1970 whose months have their partition, as far as this connection asked. A month of Paris begins on
    /// a whole hour, so no calendar is needed here. PostgreSQL only.
    hours: HashSet<i64>,
}

/// Either engine.
pub(super) enum Line {
    Sqlite(sqlx::SqliteConnection),
    Postgres(Box<sqlx::PgConnection>),
}

/// Gives up what takes too long. The connection must not be used after that.
async fn within<T>(patience: Duration, work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Trouble> {
    match tokio::time::timeout(patience, work).await {
        Ok(done) => done.map_err(|e| Trouble::of(&e)),
        Err(_) => Err(Trouble::TimedOut),
    }
}

impl Journal {
    /// Connects. A schema that is older than the program is migrated, which may take as long as it takes.
    pub(super) async fn connect(address: &Address) -> Result<Self, Trouble> {
        let patience = address.patience;
        let stands = |done: Result<(), SchemaError>| done.map_err(|e| Trouble::of(&e.into()));
        let line = match &address.engine {
            Engine::Sqlite(options) => {
                let mut connection = within(patience, sqlite::connect(options)).await?;
                stands(schema::stand(&mut connection, schema::Engine::Sqlite).await)?;
                Line::Sqlite(connection)
            }
            Engine::Postgres(options) => {
                let mut connection = within(patience, postgres::connect(options)).await?;
                stands(schema::stand(&mut connection, schema::Engine::Postgres).await)?;
                Line::Postgres(Box::new(connection))
            }
        };
        Ok(Self {
            line,
            patience,
            hours: HashSet::new(),
        })
    }

    /// Where the chain of an instance stands.
    pub(super) async fn head(&mut self, instance: &str) -> Result<Head, Trouble> {
        match &mut self.line {
            Line::Sqlite(connection) => within(self.patience, sqlite::head(connection, instance)).await,
            Line::Postgres(connection) => within(self.patience, postgres::head(connection, instance)).await,
        }
    }

    /// Which of these requests the journal has.
    pub(super) async fn present(&mut self, rows: &[Row]) -> Result<HashSet<Uuid>, Trouble> {
        match &mut self.line {
            Line::Sqlite(connection) => within(self.patience, sqlite::present(connection, rows)).await,
            Line::Postgres(connection) => within(self.patience, postgres::present(connection, rows)).await,
        }
    }

    /// Adds linked rows of one instance and moves the head from `before` to `after`; false, and nothing done, where
    /// the head is elsewhere.
    pub(super) async fn append(&mut self, rows: &[Row], before: &Head, after: &Head) -> Result<bool, Trouble> {
        match &mut self.line {
            Line::Sqlite(connection) => within(self.patience, sqlite::append(connection, rows, before, after)).await,
            Line::Postgres(connection) => {
                let hour = |row: &Row| row.instant() / 3_600_000;
                let new: BTreeSet<i64> = rows.iter().map(hour).filter(|h| !self.hours.contains(h)).collect();
                if !new.is_empty() {
                    let instants: Vec<i64> = new.iter().map(|hour| hour * 3_600_000).collect();
                    within(self.patience, postgres::make_months(connection, &instants)).await?;
                    self.hours.extend(new);
                }
                within(self.patience, postgres::append(connection, rows, before, after)).await
            }
        }
    }

    /// Gateways that wrote rows, with how many each wrote.
    pub(super) async fn instances(&mut self) -> Result<Vec<(String, i64)>, Trouble> {
        match &mut self.line {
            Line::Sqlite(connection) => {
                within(self.patience, sqlx::query_as(INSTANCES).fetch_all(&mut *connection)).await
            }
            Line::Postgres(connection) => {
                within(self.patience, sqlx::query_as(INSTANCES).fetch_all(&mut **connection)).await
            }
        }
    }

    /// Keeps a signed head, and the key that signed it. What is there already stays.
    pub(super) async fn keep_head(&mut self, head: &SignedHead, public_key: &[u8]) -> Result<(), Trouble> {
        match &mut self.line {
            Line::Sqlite(connection) => {
                within(self.patience, signatures::in_sqlite(connection, head, public_key)).await
            }
            Line::Postgres(connection) => {
                within(self.patience, signatures::in_postgres(connection, head, public_key)).await
            }
        }
    }

    /// Asks for a sign of life.
    pub(super) async fn ping(&mut self) -> Result<(), Trouble> {
        use sqlx::Connection;
        match &mut self.line {
            Line::Sqlite(connection) => within(self.patience, connection.ping()).await,
            Line::Postgres(connection) => within(self.patience, connection.ping()).await,
        }
    }
}

const INSTANCES: &str = "SELECT instance, instance_seq FROM chain_heads WHERE instance_seq > 0 ORDER BY instance";
