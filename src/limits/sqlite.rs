//! The counts of a gateway that is alone, written down in its database so that a restart finds them again: a few times
//! a second, and once more at its end. What dies with the process is a quarter of a second of counts.

use std::{str::FromStr, time::Duration};

use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::Mutex;

use super::memory::Batch;
use super::store::{Down, unsigned};
use crate::schema::{self, Engine};

/// How long the ledger's writing may be waited for.
const BUSY: Duration = Duration::from_secs(5);

/// A file of SQLite.
pub(super) struct Sqlite {
    options: SqliteConnectOptions,
    connection: Mutex<Option<SqliteConnection>>,
}

impl Sqlite {
    /// # Errors
    /// The address cannot be read.
    pub(super) fn new(url: &str) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::from_str(url)?;
        schema::make_private(&options)?;
        Ok(Self {
            options: options.busy_timeout(BUSY).disable_statement_logging(),
            connection: Mutex::new(None),
        })
    }

    async fn connect(&self) -> Result<SqliteConnection, Down> {
        let mut connection = self.options.connect().await?;
        schema::stand(&mut connection, Engine::Sqlite)
            .await
            .map_err(|_| Down::Schema)?;
        Ok(connection)
    }

    /// Every window that is not over: key, what was used, end.
    pub(super) async fn load(&self, now: i64) -> Result<Vec<(String, u64, i64)>, Down> {
        let mut connection = self.connect().await?;
        let rows = sqlx::query(LOAD).bind(now).fetch_all(&mut connection).await?;
        *self.connection.lock().await = Some(connection);
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, unsigned(row.try_get(1)?), row.try_get(2)?)))
            .collect()
    }

    /// All of it or nothing.
    pub(super) async fn write(&self, batch: &Batch) -> Result<(), Down> {
        if batch.lines.is_empty() {
            return Ok(());
        }
        let mut place = self.connection.lock().await;
        // One whose writing failed is not used again.
        let mut connection = match place.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        for (key, ends, delta) in &batch.lines {
            let added = sqlx::query(ADD).bind(key).bind(delta).bind(ends);
            added.execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        *place = Some(connection);
        Ok(())
    }

    /// Whether it can be reached again.
    pub(super) async fn look(&self) -> Result<(), Down> {
        let mut place = self.connection.lock().await;
        if place.is_none() {
            *place = Some(self.connect().await?);
        }
        Ok(())
    }

    pub(super) async fn sweep(&self, now: i64) -> Result<(), Down> {
        if let Some(connection) = &mut *self.connection.lock().await {
            sqlx::query(SWEEP).bind(now).execute(connection).await?;
        }
        Ok(())
    }
}

const LOAD: &str = "SELECT key, used, ends_ms FROM limit_counts WHERE ends_ms > $1";
const ADD: &str = "INSERT INTO limit_counts (key, used, ends_ms) VALUES ($1, MAX(0, $2), $3)
    ON CONFLICT (key) DO UPDATE SET used = MAX(0, used + $2)";
const SWEEP: &str = "DELETE FROM limit_counts WHERE ends_ms < $1 - 3600000";
