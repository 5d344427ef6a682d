//! Who is signed in to the pages. A page asks the database, unlike a request: a session that was closed on one gateway
//! is closed on all of them at once. Where the database does not answer, nobody is let in.

use std::time::Duration;

use sqlx::{AnyPool, Row, any::AnyPoolOptions};

use super::{Office, OfficeError};
use crate::domain::{Pseudonym, Timestamp};

/// How long a session lasts that is not used.
pub const IDLE: Duration = Duration::from_secs(2 * 3600);
/// How long any session lasts: a working day.
pub const LONGEST: Duration = Duration::from_secs(12 * 3600);
/// Time between two notes of its use.
const NOTED: Duration = Duration::from_secs(60);
/// Longest a page waits for the database.
const PATIENCE: Duration = Duration::from_secs(3);
/// Connections for the pages of one gateway.
const CONNECTIONS: u32 = 4;

/// A session to be opened.
#[derive(Clone, Copy)]
pub struct Opening<'a> {
    /// Hash of the secret in the cookie.
    pub id: &'a str,
    /// Whose it is, without a year.
    pub caller: &'a Pseudonym,
    /// What the secret opens.
    pub sealed: &'a str,
    /// Hash of the sign-in: a second session of the same is refused.
    pub sign_in: &'a str,
}

impl std::fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opening")
    }
}

pub(super) fn pool(url: &str) -> Result<AnyPool, OfficeError> {
    let options = AnyPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE);
    options.connect_lazy(url).map_err(|_| OfficeError::Address)
}

async fn soon<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, OfficeError> {
    let done = tokio::time::timeout(PATIENCE, work).await;
    Ok(done.map_err(|_| OfficeError::TimedOut)??)
}

impl Office {
    /// Opens a session; false where this sign-in has opened one already. Sessions that are over are removed.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn open_session(&self, opening: Opening<'_>) -> Result<bool, OfficeError> {
        let now = (self.clock)();
        soon(async {
            sqlx::query(SWEEP)
                .bind(before(now, LONGEST))
                .bind(before(now, IDLE))
                .execute(&self.sessions)
                .await?;
            let opened = sqlx::query(OPEN)
                .bind(opening.id)
                .bind(opening.caller.as_str())
                .bind(opening.sealed)
                .bind(opening.sign_in)
                .bind(now.0)
                .bind(now.0)
                .execute(&self.sessions)
                .await?;
            Ok(opened.rows_affected() == 1)
        })
        .await
    }

    /// What a session holds, sealed; none where there is none, or it is over.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn session(&self, id: &str) -> Result<Option<String>, OfficeError> {
        let now = (self.clock)();
        soon(async {
            let row = sqlx::query(FIND)
                .bind(id)
                .bind(before(now, LONGEST))
                .bind(before(now, IDLE))
                .fetch_optional(&self.sessions)
                .await?;
            let Some(row) = row else { return Ok(None) };
            if row.try_get::<i64, _>(1)? < before(now, NOTED) {
                sqlx::query(NOTE).bind(now.0).bind(id).execute(&self.sessions).await?;
            }
            row.try_get(0).map(Some)
        })
        .await
    }

    /// Closes a session, on every gateway. One that is not there is closed.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn close_session(&self, id: &str) -> Result<(), OfficeError> {
        soon(async {
            sqlx::query(CLOSE).bind(id).execute(&self.sessions).await?;
            Ok(())
        })
        .await
    }
}

impl Office {
    /// Whether an account is the one that had this address first; the first to come is remembered.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn knows_account(&self, caller: &Pseudonym, account: &Pseudonym) -> Result<bool, OfficeError> {
        let now = (self.clock)();
        soon(async {
            sqlx::query(REMEMBER)
                .bind(caller.as_str())
                .bind(account.as_str())
                .bind(now.0)
                .execute(&self.sessions)
                .await?;
            let row = sqlx::query(REMEMBERED)
                .bind(caller.as_str())
                .fetch_one(&self.sessions)
                .await?;
            Ok(row.try_get::<String, _>(0)? == account.as_str())
        })
        .await
    }
}

fn before(now: Timestamp, time: Duration) -> i64 {
    now.0 - i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

const SWEEP: &str = "DELETE FROM sessions WHERE opened_at_ms <= $1 OR seen_at_ms <= $2";

const OPEN: &str = "INSERT INTO sessions (id, caller, sealed, sign_in, opened_at_ms, seen_at_ms)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (sign_in) DO NOTHING";

const FIND: &str = "SELECT sealed, seen_at_ms FROM sessions WHERE id = $1 AND opened_at_ms > $2 AND seen_at_ms > $3";

const NOTE: &str = "UPDATE sessions SET seen_at_ms = $1 WHERE id = $2";

const REMEMBER: &str = "INSERT INTO subjects (caller, subject, seen_at_ms) VALUES ($1, $2, $3)
    ON CONFLICT (caller) DO NOTHING";

const REMEMBERED: &str = "SELECT subject FROM subjects WHERE caller = $1";

const CLOSE: &str = "DELETE FROM sessions WHERE id = $1";
