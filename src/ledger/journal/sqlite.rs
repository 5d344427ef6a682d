//! The journal on SQLite: a laptop, a small body, tests.

use std::{collections::HashSet, str::FromStr, sync::Arc, time::Duration};

use jiff::Timestamp;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Row as _, SqlSafeStr, Sqlite, SqliteConnection,
    query::Query,
    sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use uuid::Uuid;

use crate::ledger::{
    error::StartError,
    row::{COLUMNS, Head, Row, Value},
};
use crate::schema;

/// Rows of one `INSERT`, largest first: a batch is cut into these, so that few statements are prepared.
const SIZES: [usize; 4] = [64, 16, 4, 1];

pub(super) fn options(url: &str, patience: Duration) -> Result<SqliteConnectOptions, StartError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|_| StartError::Address)?;
    Ok(options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A batch must be on disk before it leaves the outbox.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(patience / 2)
        .thread_name(|_| "journal".to_owned())
        .disable_statement_logging())
}

pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    schema::make_private(options)?;
    options.connect().await
}

pub(super) async fn head(connection: &mut SqliteConnection, instance: &str) -> Result<Head, sqlx::Error> {
    sqlx::query(MAKE_HEAD).bind(instance).execute(&mut *connection).await?;
    let row = sqlx::query(HEAD).bind(instance).fetch_one(connection).await?;
    Ok(Head {
        seq: row.try_get(0)?,
        chain: row.try_get(1)?,
    })
}

pub(super) async fn present(connection: &mut SqliteConnection, rows: &[Row]) -> Result<HashSet<Uuid>, sqlx::Error> {
    let list: Vec<String> = rows.iter().map(|row| row.entry.id.to_string()).collect();
    let list = serde_json::Value::from(list).to_string();
    let rows = sqlx::query(PRESENT).bind(list).fetch_all(connection).await?;
    rows.iter().map(|row| read_id(row.try_get(0)?)).collect()
}

fn read_id(text: &str) -> Result<Uuid, sqlx::Error> {
    Uuid::parse_str(text).map_err(|e| sqlx::Error::Decode(e.into()))
}

pub(super) async fn append(
    connection: &mut SqliteConnection,
    rows: &[Row],
    before: &Head,
    after: &Head,
) -> Result<bool, sqlx::Error> {
    let Some(first) = rows.first() else { return Ok(true) };
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let moved = sqlx::query(MOVE_HEAD)
        .bind(after.seq)
        .bind(&after.chain)
        .bind(&first.entry.instance)
        .bind(before.seq)
        .bind(&before.chain)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
    if moved != 1 {
        return Ok(false);
    }
    let mut texts = [const { None }; COLUMNS.len()];
    let mut left = rows;
    while let Some(size) = SIZES.into_iter().find(|&size| size <= left.len()) {
        let (now, later) = left.split_at(size);
        let mut query = sqlx::query(AssertSqlSafe(insert(size)).into_sql_str());
        for row in now {
            let values = row.values().into_iter().zip(&mut texts);
            query = values.fold(query, |query, (value, before)| bind(query, value, before));
        }
        query.execute(&mut *transaction).await?;
        left = later;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Binds the value of a column; `before` is the text the row before had there. Most rows share most of their texts,
/// which are then counted, not copied.
fn bind<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    value: Value<'_>,
    before: &mut Option<Arc<str>>,
) -> Query<'q, Sqlite, SqliteArguments> {
    match value {
        Value::Null => query.bind(None::<i64>),
        Value::Text(text) | Value::Counts(text) => match before {
            Some(same) if **same == *text => query.bind(Arc::clone(same)),
            _ => query.bind(Arc::clone(before.insert(text.into()))),
        },
        Value::Integer(n) => query.bind(n),
        Value::Boolean(b) => query.bind(i64::from(b)),
        Value::Real(x) => query.bind(x),
        Value::Instant(ms) => query.bind(instant(ms)),
        Value::Uuid(id) => query.bind(id.to_string()),
        Value::Bytes(bytes) => query.bind(bytes.to_vec()),
    }
}

/// ISO 8601 in UTC, always with milliseconds, so that texts sort as instants do. What no calendar holds is its number.
pub(in crate::ledger) fn instant(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |at| format!("{at:.3}"))
}

fn insert(rows: usize) -> String {
    let marks = vec!["?"; COLUMNS.len()].join(",");
    let values = vec![format!("({marks})"); rows].join(",");
    format!("INSERT INTO usage_events ({}) VALUES {values}", COLUMNS.join(","))
}

const MAKE_HEAD: &str =
    "INSERT INTO chain_heads (instance, instance_seq, chain) VALUES (?, 0, x'') ON CONFLICT (instance) DO NOTHING";

const HEAD: &str = "SELECT instance_seq, chain FROM chain_heads WHERE instance = ?";

const MOVE_HEAD: &str =
    "UPDATE chain_heads SET instance_seq = ?, chain = ? WHERE instance = ? AND instance_seq = ? AND chain = ?";

const PRESENT: &str = "SELECT id FROM usage_events WHERE id IN (SELECT value FROM json_each(?))";
