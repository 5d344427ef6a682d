//! Requests of the past, read again for whoever explains or replays them: what the policy looked at, page by page.
//!
//! Rows that wait in an outbox are not in the database yet, and not here.

use sqlx::{AssertSqlSafe, Row as _, SqlSafeStr, any::AnyRow};

use super::{chains::PAGE, journal::sqlite::instant};
use crate::domain::{Counts, Decision, Timestamp};
use crate::schema::{self, Engine, NotReadable};

/// What a row says of a request. `caller` is a pseudonym.
#[derive(Clone, Debug)]
pub struct PastRequest {
    /// Its id.
    pub id: String,
    /// When it arrived.
    pub occurred_at: Timestamp,
    /// Pseudonym of the caller in that year; empty where nobody was recognised, or the person was erased.
    pub caller: String,
    /// Direction of the caller.
    pub direction: Option<String>,
    /// Id of the tool.
    pub tool: Option<String>,
    /// Model asked for.
    pub model: Option<String>,
    /// `gemini`, `openai` or `anthropic`.
    pub dialect: String,
    /// A purpose was given.
    pub with_purpose: bool,
    /// What was decided.
    pub decision: Decision,
    /// By which rule.
    pub rule: Option<String>,
    /// Findings by class.
    pub findings: Counts,
    /// Findings by type.
    pub finding_types: Counts,
    /// Policy that decided.
    pub policy_hash: String,
    /// Charter in force.
    pub charter_version: String,
}

/// Gives `each` every request since an instant, in the order of their ids, which is that of their arrival.
///
/// # Errors
/// The database cannot be read, or its schema is not this program's.
pub async fn since(database_url: &str, from: Timestamp, mut each: impl FnMut(PastRequest)) -> Result<(), NotReadable> {
    let (mut connection, engine) = schema::open_to_read(database_url).await?;
    let (instant_mark, id_mark) = match engine {
        Engine::Postgres => ("to_timestamp($1::text::bigint / 1000.0)", "$2::uuid"),
        Engine::Sqlite => ("$1", "$2"),
    };
    let sql = format!(
        "SELECT {} FROM usage_events WHERE occurred_at >= {instant_mark} AND id > {id_mark} ORDER BY id LIMIT {PAGE}",
        columns(engine)
    );
    let mut after = super::chains::FIRST_ID.to_owned();
    loop {
        let query = sqlx::query(AssertSqlSafe(sql.as_str()).into_sql_str());
        let query = query.bind(match engine {
            Engine::Postgres => from.0.to_string(),
            Engine::Sqlite => instant(from.0),
        });
        let rows = query.bind(&after).fetch_all(&mut connection).await?;
        for row in &rows {
            let request = read(row)?;
            after.clone_from(&request.id);
            each(request);
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// Hashes of the policies that decided since an instant.
///
/// # Errors
/// As [`since`].
pub async fn policies_since(database_url: &str, from: Timestamp) -> Result<Vec<String>, NotReadable> {
    let (mut connection, engine) = schema::open_to_read(database_url).await?;
    let (sql, text) = match engine {
        Engine::Postgres => (POLICIES_POSTGRES, from.0.to_string()),
        Engine::Sqlite => (POLICIES_SQLITE, instant(from.0)),
    };
    let rows = sqlx::query(sql).bind(text).fetch_all(&mut connection).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// The request with this id; none where the ledger has none.
///
/// # Errors
/// As [`since`].
pub async fn one(database_url: &str, id: uuid::Uuid) -> Result<Option<PastRequest>, NotReadable> {
    let (mut connection, engine) = schema::open_to_read(database_url).await?;
    let mark = if engine == Engine::Postgres { "$1::uuid" } else { "$1" };
    let sql = format!("SELECT {} FROM usage_events WHERE id = {mark}", columns(engine));
    let row = sqlx::query(AssertSqlSafe(sql).into_sql_str())
        .bind(id.to_string())
        .fetch_optional(&mut connection)
        .await?;
    Ok(row.as_ref().map(read).transpose()?)
}

/// The columns, in the order in which [`read`] takes them.
fn columns(engine: Engine) -> String {
    let (at, text) = match engine {
        Engine::Postgres => ("(extract(epoch FROM occurred_at) * 1000)::bigint::text", "::text"),
        Engine::Sqlite => ("occurred_at", ""),
    };
    format!(
        "id{text}, {at}, caller, direction, tool, model, dialect, decision, rule, findings{text}, finding_types{text},
         policy_hash, charter_version, CASE WHEN purpose IS NULL THEN 0 ELSE 1 END"
    )
}

fn read(row: &AnyRow) -> Result<PastRequest, sqlx::Error> {
    let decision: String = row.try_get(7)?;
    Ok(PastRequest {
        id: row.try_get(0)?,
        occurred_at: at(&row.try_get::<String, _>(1)?)?,
        caller: row.try_get(2)?,
        direction: row.try_get(3)?,
        tool: row.try_get(4)?,
        model: row.try_get(5)?,
        dialect: row.try_get(6)?,
        decision: parsed(&format!("\"{decision}\""))?,
        rule: row.try_get(8)?,
        findings: parsed(&row.try_get::<String, _>(9)?)?,
        finding_types: parsed(&row.try_get::<String, _>(10)?)?,
        policy_hash: row.try_get(11)?,
        charter_version: row.try_get(12)?,
        with_purpose: with_purpose(row)?,
    })
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, sqlx::Error> {
    serde_json::from_str(text).map_err(|_| sqlx::Error::Decode("a value that this program does not write".into()))
}

/// An `int` of PostgreSQL, a 64-bit integer of SQLite.
fn with_purpose(row: &AnyRow) -> Result<bool, sqlx::Error> {
    let wide = row.try_get::<i64, _>(13);
    wide.or_else(|_| row.try_get::<i32, _>(13).map(i64::from))
        .map(|flag| flag != 0)
}

/// Milliseconds, or an instant of ISO 8601.
fn at(text: &str) -> Result<Timestamp, sqlx::Error> {
    let milliseconds = text.parse::<i64>().ok();
    let read = milliseconds.or_else(|| text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond()));
    read.map(Timestamp)
        .ok_or_else(|| sqlx::Error::Decode("an instant that cannot be read".into()))
}

const POLICIES_SQLITE: &str = "SELECT DISTINCT policy_hash FROM usage_events WHERE occurred_at >= $1";
const POLICIES_POSTGRES: &str = "SELECT DISTINCT policy_hash FROM usage_events
    WHERE occurred_at >= to_timestamp($1::text::bigint / 1000.0)";
