//! Retention on PostgreSQL: partitions are dropped by functions with their owner's rights (`0008_retention.sql`).

use sqlx::{Connection, PgConnection, Row};

use super::{Gap, Retention};
use crate::domain::{Month, Timestamp};
use crate::ledger::{journal::KEEP_KEY, signing::Signer};
use crate::schema;

/// The months of the partitions, in order.
pub(super) async fn months(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(MONTHS).fetch_all(connection).await
}

/// Removes a month; nothing where another gateway is at it.
pub(super) async fn retire(
    connection: &mut PgConnection,
    month: Month,
    retention: &Retention,
    now: Timestamp,
    signer: Option<&Signer>,
) -> Result<u64, sqlx::Error> {
    let month = month.to_string();
    sqlx::query(NO_HURRY).execute(&mut *connection).await?;
    // What the committee sees of it stays.
    schema::close_months(connection, schema::Engine::Postgres).await?;
    let mut transaction = connection.begin().await?;
    let alone: bool = sqlx::query_scalar(ALONE).fetch_one(&mut *transaction).await?;
    if !alone {
        return Ok(0);
    }
    let found = sqlx::query(RUNS).bind(&month).fetch_all(&mut *transaction).await?;
    let gaps = found.iter().map(|row| {
        Ok(Gap {
            instance: row.try_get(0)?,
            first: row.try_get(1)?,
            last: row.try_get(2)?,
            chain: row.try_get(3)?,
        })
    });
    let gaps = gaps.collect::<Result<Vec<_>, sqlx::Error>>()?;
    let signatures: Vec<_> = gaps.iter().map(|gap| gap.signed(signer, now)).collect();
    if let Some(signer) = signer {
        let keep = sqlx::query(KEEP_KEY)
            .bind(signer.key_id())
            .bind(signer.public_key())
            .bind(now.0);
        keep.execute(&mut *transaction).await?;
    }
    let removed: i64 = sqlx::query_scalar(RETIRE)
        .bind(&month)
        .bind(i32::try_from(retention.days).unwrap_or(i32::MAX))
        .bind(&retention.justification)
        .bind(gaps.iter().map(|gap| gap.instance.as_str()).collect::<Vec<_>>())
        .bind(gaps.iter().map(|gap| gap.first).collect::<Vec<_>>())
        .bind(gaps.iter().map(|gap| gap.last).collect::<Vec<_>>())
        .bind(gaps.iter().map(|gap| gap.chain.as_slice()).collect::<Vec<_>>())
        .bind(signer.map(|_| now.0))
        .bind(signer.map(Signer::key_id))
        .bind(signatures)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(removed.unsigned_abs())
}

/// Empties old comments and descriptions, removes old uses of Workspace.
pub(super) async fn retire_words(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(WORDS).execute(connection).await.map(|_| ())
}

const MONTHS: &str =
    "SELECT replace(substr(relname, 14), '_', '-') FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'usage_events'::regclass ORDER BY 1";

/// The session's limit is that of a batch of rows; closing and removing months takes longer.
const NO_HURRY: &str = "SET statement_timeout = 0";

const ALONE: &str = "SELECT pg_try_advisory_xact_lock(hashtextextended('gardefou: retention', 0))";

const RUNS: &str = "SELECT instance, first_seq, last_seq, chain FROM usage_month_runs($1)";

const RETIRE: &str = "SELECT retire_usage_month($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const WORDS: &str = "SELECT retire_words()";
