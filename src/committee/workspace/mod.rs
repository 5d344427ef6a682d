//! Uses of Gemini inside Google Workspace, which no gateway sees (charter, level 1): counters beside ours, taken from
//! Google's own log.
//!
//! [`read`] makes [`Use`]s of an export; whoever holds the key of the pseudonyms makes [`Counted`] rows of them, and
//! [`Workspace::record`] writes those of a file in one transaction. A use that is known already is not counted again,
//! so a file may come twice and files may overlap.

mod export;

#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use sqlx::{AnyConnection, AssertSqlSafe, Connection, SqlSafeStr, sqlite::SqliteConnectOptions};

pub use export::{Broken, Export, Use, read};

use crate::domain::{Month, Pseudonym, Timestamp};
use crate::policy::civil;
use crate::schema::{self, Engine, SchemaError};

/// Rows of one `INSERT`, largest first: few statements are prepared, and none has more values than an engine takes.
const SIZES: [usize; 3] = [64, 8, 1];
/// Values of a row.
const COLUMNS: usize = 8;

/// A use without a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// [`Use::key`].
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// Who; none where the export names nobody.
    pub caller: Option<Pseudonym>,
    /// Direction of the caller in the policy in force.
    pub direction: Option<String>,
    /// Application, such as `gmail`.
    pub app: String,
    /// What was done, such as `summarize`.
    pub action: String,
    /// Google's `event_category`.
    pub category: String,
}

/// Why uses could not be written down.
#[derive(Debug)]
#[non_exhaustive]
pub enum WorkspaceError {
    /// The database address is neither `sqlite:` nor `postgres:`, or cannot be read.
    Address,
    /// The schema is not for this program.
    Schema(SchemaError),
    /// The database said no.
    Database(sqlx::Error),
}

impl fmt::Display for WorkspaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("l'adresse de la base de données doit commencer par sqlite: ou postgres:"),
            Self::Schema(error) => error.fmt(f),
            Self::Database(error) => f.write_str(&schema::in_french(error)),
        }
    }
}

impl std::error::Error for WorkspaceError {}

impl From<sqlx::Error> for WorkspaceError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// The table of uses.
pub struct Workspace(AnyConnection);

impl Workspace {
    /// Opens the central database, its schema brought up to date.
    ///
    /// # Errors
    /// The database cannot be reached, or is not for this program.
    pub async fn open(database_url: &str) -> Result<Self, WorkspaceError> {
        sqlx::any::install_default_drivers();
        let engine = Engine::of(database_url).ok_or(WorkspaceError::Address)?;
        if engine == Engine::Sqlite {
            let options = SqliteConnectOptions::from_str(database_url).map_err(|_| WorkspaceError::Address)?;
            schema::make_private(&options)?;
        }
        let mut connection = AnyConnection::connect(database_url).await?;
        schema::stand(&mut connection, engine)
            .await
            .map_err(WorkspaceError::Schema)?;
        Ok(Self(connection))
    }

    /// Writes rows down, all of them or none, and tells how many were not known yet.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn record(&mut self, rows: &[Counted]) -> Result<u64, WorkspaceError> {
        let mut transaction = self.0.begin().await?;
        let (mut new, mut left) = (0, rows);
        while let Some(size) = SIZES.into_iter().find(|&size| size <= left.len()) {
            let (now, later) = left.split_at(size);
            let mut query = sqlx::query(AssertSqlSafe(insert(size)).into_sql_str());
            for row in now {
                let day = civil(row.at);
                query = query
                    .bind(&row.key)
                    .bind(Month::from(day).to_string())
                    .bind(day.to_string())
                    .bind(row.caller.as_ref().map_or("", Pseudonym::as_str))
                    .bind(row.direction.as_deref().unwrap_or_default())
                    .bind(&row.app)
                    .bind(&row.action)
                    .bind(&row.category);
            }
            new += query.execute(&mut *transaction).await?.rows_affected();
            left = later;
        }
        transaction.commit().await?;
        Ok(new)
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Workspace")
    }
}

/// The names of the columns stand here once; nothing of a row is in the text.
fn insert(rows: usize) -> String {
    let values: Vec<String> = (0..rows)
        .map(|row| {
            let places: Vec<String> = (1..=COLUMNS).map(|at| format!("${}", row * COLUMNS + at)).collect();
            format!("({})", places.join(", "))
        })
        .collect();
    format!(
        "INSERT INTO workspace_events (event_key, month, occurred_on, caller, direction, app, action, category)
         VALUES {} ON CONFLICT (event_key) DO NOTHING",
        values.join(", ")
    )
}
