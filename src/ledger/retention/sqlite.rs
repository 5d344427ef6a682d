//! Retention on SQLite: rows are deleted, in one transaction with what they leave.

use sqlx::{Connection, Row, SqliteConnection};

use super::{COMMENTS, DAY, DESCRIPTIONS, Gap, Retention, USES, bounds};
use crate::domain::{Month, Timestamp};
use crate::ledger::{
    journal::{KEEP_KEY, instant},
    signing::Signer,
};
use crate::policy::civil;
use crate::schema;

/// The months that have rows, in order.
pub(super) async fn months(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(MONTHS).fetch_all(connection).await
}

/// Removes a month.
pub(super) async fn retire(
    connection: &mut SqliteConnection,
    month: Month,
    retention: &Retention,
    now: Timestamp,
    signer: Option<&Signer>,
) -> Result<u64, sqlx::Error> {
    let name = month.to_string();
    let (start, end) = bounds(month);
    let (start, end) = (instant(start.0), instant(end.0));
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let runs = sqlx::query(RUNS)
        .bind(&start)
        .bind(&end)
        .fetch_all(&mut *transaction)
        .await?;
    if runs.is_empty() {
        return Ok(0);
    }
    if !kept(&mut transaction, &name).await? {
        sqlx::raw_sql(schema::CLOSE_MONTHS).execute(&mut *transaction).await?;
        if !kept(&mut transaction, &name).await? {
            return Err(sqlx::Error::Protocol(format!("the figures of {name} are not kept")));
        }
    }
    if let Some(signer) = signer {
        let keep = sqlx::query(KEEP_KEY)
            .bind(signer.key_id())
            .bind(signer.public_key())
            .bind(now.0);
        keep.execute(&mut *transaction).await?;
    }
    for row in &runs {
        let gap = Gap {
            instance: row.try_get(0)?,
            first: row.try_get(1)?,
            last: row.try_get(2)?,
            chain: row.try_get(3)?,
        };
        sqlx::query(LEAVE_GAP)
            .bind(&gap.instance)
            .bind(gap.first)
            .bind(gap.last)
            .bind(&gap.chain)
            .bind(signer.map(|_| now.0))
            .bind(signer.map(Signer::key_id))
            .bind(gap.signed(signer, now))
            .execute(&mut *transaction)
            .await?;
    }
    for forget in FORGET {
        // Rows that came after the month was closed are in none of its figures.
        sqlx::query(forget).bind(&name).execute(&mut *transaction).await?;
    }
    let ends = sqlx::query(ENDS)
        .bind(&start)
        .bind(&end)
        .fetch_one(&mut *transaction)
        .await?;
    sqlx::query(JOURNAL)
        .bind(&name)
        .bind(ends.try_get::<i64, _>(0)?)
        .bind(day(ends.try_get(1)?))
        .bind(day(ends.try_get(2)?))
        .bind(instant(now.0))
        .bind(retention.days)
        .bind(&retention.justification)
        .execute(&mut *transaction)
        .await?;
    let removed = sqlx::query(REMOVE)
        .bind(&start)
        .bind(&end)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(removed.rows_affected())
}

/// The committee's figures of the month are kept.
async fn kept(connection: &mut SqliteConnection, month: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(KEPT).bind(month).fetch_one(connection).await
}

/// The day of an instant, in France.
fn day(instant: &str) -> String {
    let at: Option<jiff::Timestamp> = instant.parse().ok();
    at.map_or_else(
        || instant.to_owned(),
        |at| civil(Timestamp(at.as_millisecond())).to_string(),
    )
}

/// Empties old comments and descriptions, removes old uses of Workspace.
pub(super) async fn retire_words(connection: &mut SqliteConnection, now: Timestamp) -> Result<(), sqlx::Error> {
    for (empty, days) in [
        (EMPTY_COMMENTS, COMMENTS),
        (EMPTY_DESCRIPTIONS, DESCRIPTIONS),
        (REMOVE_REPLIES, DESCRIPTIONS),
    ] {
        sqlx::query(empty)
            .bind(now.0 - days * DAY)
            .execute(&mut *connection)
            .await?;
    }
    let oldest = Month::from(civil(Timestamp(now.0 - USES * DAY)));
    let remove = sqlx::query(REMOVE_USES).bind(oldest.to_string());
    remove.execute(connection).await.map(|_| ())
}

/// As in the triggers that count (`0003_schema.sql`).
const MONTHS: &str = "SELECT DISTINCT strftime('%Y-%m', occurred_at,
        CASE WHEN substr(occurred_at, 6, 2) BETWEEN '03' AND '09' THEN '+2 hours' ELSE '+1 hours' END) AS month
    FROM usage_events WHERE month IS NOT NULL ORDER BY 1";

const RUNS: &str = "SELECT r.instance, r.first_seq, r.last_seq, e.chain FROM (
        SELECT instance, min(instance_seq) AS first_seq, max(instance_seq) AS last_seq FROM (
            SELECT instance, instance_seq,
                instance_seq - row_number() OVER (PARTITION BY instance ORDER BY instance_seq) AS run
            FROM usage_events WHERE occurred_at >= ? AND occurred_at < ?) AS n
        GROUP BY instance, run) AS r
    JOIN usage_events AS e ON e.instance = r.instance AND e.instance_seq = r.last_seq
    ORDER BY r.instance, r.first_seq";

const KEPT: &str = "SELECT EXISTS (SELECT 1 FROM kept_months WHERE month >= ?)";

const LEAVE_GAP: &str =
    "INSERT INTO retention_gaps (instance, first_seq, last_seq, chain, signed_at_ms, key_id, signature)
    VALUES (?, ?, ?, ?, ?, ?, ?)";

const FORGET: [&str; 6] = [
    "DELETE FROM usage_by_caller WHERE month = ?",
    "DELETE FROM usage_by_rule WHERE month = ?",
    "DELETE FROM usage_by_class WHERE month = ?",
    "DELETE FROM usage_by_delay WHERE month = ?",
    "DELETE FROM usage_by_failure WHERE month = ?",
    "DELETE FROM usage_by_demand WHERE month = ?",
];

const ENDS: &str = "SELECT count(*), min(occurred_at), max(occurred_at) FROM usage_events
    WHERE occurred_at >= ? AND occurred_at < ?";

const JOURNAL: &str =
    "INSERT INTO retention_journal (month, rows, first_day, last_day, removed_at, retention_days, justification)
    VALUES (?, ?, ?, ?, ?, ?, ?)";

const REMOVE: &str = "DELETE FROM usage_events WHERE occurred_at >= ? AND occurred_at < ?";

const EMPTY_COMMENTS: &str = "UPDATE feedback SET comment = NULL, answer = NULL
    WHERE (comment IS NOT NULL OR answer IS NOT NULL) AND created_at_ms < ?";

const EMPTY_DESCRIPTIONS: &str = "UPDATE incidents SET description = '', excerpt = NULL
    WHERE (description <> '' OR excerpt IS NOT NULL) AND created_at_ms < ?";

const REMOVE_REPLIES: &str = "DELETE FROM incident_replies WHERE at_ms < ?";

const REMOVE_USES: &str = "DELETE FROM workspace_events WHERE month < ?";
