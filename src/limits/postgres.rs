//! Counts in PostgreSQL, the central database: functions with their owner's rights (`migrations/postgres/0011_limits.sql`),
//! one call a request.
//!
//! Connections are few and lent for one call. One whose call failed or was given up is closed, so a hung server leaves
//! nothing behind. Commits do not wait for the disk: what a power cut of the server takes is half a second of counts.

use std::{
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::{ConnectOptions, PgConnection, Row, postgres::PgConnectOptions};
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

use super::LEASE;
use super::memory::Batch;
use super::plan::Plan;
use super::store::{Down, Found, signed, unsigned};
use crate::schema::{self, Engine, Standing};

/// Most connections of one gateway.
const CONNECTIONS: usize = 8;

/// The central database.
pub(super) struct Postgres {
    options: PgConnectOptions,
    idle: Mutex<Vec<PgConnection>>,
    room: Semaphore,
}

/// A connection for one call.
struct Lent<'p> {
    connection: PgConnection,
    home: &'p Postgres,
    _permit: SemaphorePermit<'p>,
}

impl Lent<'_> {
    /// The call went well: the connection may be lent again.
    fn back(self) {
        let mut idle = self.home.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(self.connection);
    }
}

impl Postgres {
    /// # Errors
    /// The address cannot be read.
    pub(super) fn new(url: &str, patience: Duration) -> Result<Self, sqlx::Error> {
        let patience = format!("{}ms", patience.as_millis().max(1));
        let options = PgConnectOptions::from_str(url)?
            .application_name("gardefou limits")
            .options([
                ("synchronous_commit", "off"),
                // Ends on the server's side too what this side has given up.
                ("statement_timeout", patience.as_str()),
                ("lock_timeout", patience.as_str()),
            ])
            .disable_statement_logging();
        Ok(Self {
            options,
            idle: Mutex::default(),
            room: Semaphore::new(CONNECTIONS),
        })
    }

    async fn lend(&self) -> Result<Lent<'_>, Down> {
        let permit = self.room.acquire().await.map_err(|_| Down::Unreachable)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        Ok(Lent {
            connection,
            home: self,
            _permit: permit,
        })
    }

    async fn connect(&self) -> Result<PgConnection, Down> {
        let mut connection = self.options.connect().await?;
        match schema::standing(&mut connection, Engine::Postgres).await? {
            Standing::Current => Ok(connection),
            // The ledger migrates it.
            Standing::Older | Standing::Newer | Standing::Other => Err(Down::Schema),
        }
    }

    /// Connections of before are not worth a try: the server may be another.
    fn forget(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) async fn take(&self, holder: Uuid, plan: &Plan) -> Result<Found, Down> {
        let mut lent = self.lend().await?;
        let keys: Vec<&str> = plan.lines.iter().map(|line| line.key.as_str()).collect();
        let column = |value: fn(&super::plan::Line) -> u64| -> Vec<i64> {
            plan.lines.iter().map(|line| signed(value(line))).collect()
        };
        let leasts: Vec<i64> = plan.lines.iter().map(|line| signed(line.amount(plan.least))).collect();
        let ends: Vec<i64> = plan.lines.iter().map(|line| line.ends).collect();
        let turn_keys: Vec<&str> = plan.turns.iter().map(|turn| turn.key.as_str()).collect();
        let turn_bounds: Vec<i64> = plan.turns.iter().map(|turn| signed(turn.bound)).collect();
        let row = sqlx::query(TAKE)
            .bind(holder)
            .bind(keys)
            .bind(column(|line| line.bound))
            .bind(column(|line| line.base))
            .bind(leasts)
            .bind(column(|line| line.unit))
            .bind(ends)
            .bind(turn_keys)
            .bind(turn_bounds)
            .bind(signed(plan.most))
            .fetch_one(&mut lent.connection)
            .await?;
        let taken: Option<bool> = row.try_get(0)?;
        let Some(taken) = taken else {
            lent.back();
            return Err(Down::Unknown);
        };
        let counts = |column: usize| -> Result<Vec<u64>, sqlx::Error> {
            let told: Vec<i64> = row.try_get(column)?;
            Ok(told.into_iter().map(unsigned).collect())
        };
        let found = Found {
            taken,
            used: counts(1)?,
            at_once: counts(2)?,
        };
        lent.back();
        Ok(found)
    }

    pub(super) async fn settle(&self, holder: Uuid, number: i64, batch: &Batch) -> Result<bool, Down> {
        let mut lent = self.lend().await?;
        let keys: Vec<&str> = batch.lines.iter().map(|(key, ..)| key.as_str()).collect();
        let ends: Vec<i64> = batch.lines.iter().map(|(_, ends, _)| *ends).collect();
        let deltas: Vec<i64> = batch.lines.iter().map(|(.., delta)| *delta).collect();
        let turn_keys: Vec<&str> = batch.turns.iter().map(|(key, _)| key.as_str()).collect();
        let turn_deltas: Vec<i64> = batch.turns.iter().map(|(_, delta)| *delta).collect();
        let done = sqlx::query_scalar(SETTLE)
            .bind(holder)
            .bind(number)
            .bind(keys)
            .bind(ends)
            .bind(deltas)
            .bind(turn_keys)
            .bind(turn_deltas)
            .fetch_one(&mut lent.connection)
            .await?;
        lent.back();
        Ok(done)
    }

    pub(super) async fn hold(&self, holder: Uuid) -> Result<bool, Down> {
        let mut lent = self.lend().await?;
        let held = sqlx::query_scalar(HOLD)
            .bind(holder)
            .bind(lease())
            .fetch_one(&mut lent.connection)
            .await?;
        lent.back();
        Ok(held)
    }

    pub(super) async fn rename(
        &self,
        leaving: Option<Uuid>,
        coming: Option<Uuid>,
        turns: &[(String, u64)],
    ) -> Result<i64, Down> {
        self.forget();
        let mut lent = self.lend().await?;
        let keys: Vec<&str> = turns.iter().map(|(key, _)| key.as_str()).collect();
        let under_way: Vec<i64> = turns.iter().map(|(_, under_way)| signed(*under_way)).collect();
        let last = sqlx::query_scalar(RENAME)
            .bind(leaving)
            .bind(coming)
            .bind(lease())
            .bind(keys)
            .bind(under_way)
            .fetch_one(&mut lent.connection)
            .await?;
        lent.back();
        Ok(last)
    }

    pub(super) async fn sweep(&self) -> Result<(), Down> {
        let mut lent = self.lend().await?;
        sqlx::query(SWEEP).execute(&mut lent.connection).await?;
        lent.back();
        Ok(())
    }
}

/// In milliseconds.
fn lease() -> i64 {
    i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX)
}

const TAKE: &str = "SELECT taken, used, at_once FROM take_limits($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const SETTLE: &str = "SELECT settle_limits($1, $2, $3, $4, $5, $6, $7)";
const HOLD: &str = "SELECT hold_limits($1, $2)";
const RENAME: &str = "SELECT rename_holder($1, $2, $3, $4, $5)";
const SWEEP: &str = "SELECT sweep_limits()";
