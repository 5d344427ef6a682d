//! The journal on PostgreSQL: idiomatic types, one statement a batch.

use std::{collections::HashSet, str::FromStr, time::Duration};

use sqlx::{
    AssertSqlSafe, ConnectOptions, PgConnection, Postgres, Row as _, SqlSafeStr,
    migrate::MigrateError,
    postgres::{PgArguments, PgConnectOptions},
    query::Query,
};
use uuid::Uuid;

use crate::ledger::{
    error::StartError,
    row::{COLUMNS, Head, Row, Value},
};

pub(super) fn options(url: &str, instance: &str, patience: Duration) -> Result<PgConnectOptions, StartError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| StartError::Address)?;
    Ok(options
        .application_name(&format!("gardefou {instance}"))
        .options([
            // A batch must be on disk before it leaves the outbox, whatever the server's default.
            ("synchronous_commit", "on"),
            // Ends on the server's side too what this side has given up.
            (
                "statement_timeout",
                format!("{}ms", patience.as_millis().max(1)).as_str(),
            ),
            (
                "lock_timeout",
                format!("{}ms", (patience / 2).as_millis().max(1)).as_str(),
            ),
        ])
        .disable_statement_logging())
}

pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let mut connection = options.connect().await?;
    let encoding: String = sqlx::query_scalar("SHOW server_encoding")
        .fetch_one(&mut connection)
        .await?;
    if encoding != "UTF8" {
        // One row it cannot hold would stop all those behind it.
        return Err(MigrateError::Source(format!("the database holds {encoding}, not UTF8").into()).into());
    }
    Ok(connection)
}

pub(super) async fn head(connection: &mut PgConnection, instance: &str) -> Result<Head, sqlx::Error> {
    sqlx::query(MAKE_HEAD).bind(instance).execute(&mut *connection).await?;
    let row = sqlx::query(HEAD).bind(instance).fetch_one(connection).await?;
    Ok(Head {
        seq: row.try_get(0)?,
        chain: row.try_get(1)?,
    })
}

pub(super) async fn present(connection: &mut PgConnection, rows: &[Row]) -> Result<HashSet<Uuid>, sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.entry.id.0).collect();
    let first = rows.iter().map(Row::instant).min();
    let last = rows.iter().map(Row::instant).max();
    let found = sqlx::query(PRESENT).bind(ids).bind(first).bind(last);
    found
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| row.try_get(0))
        .collect()
}

/// Makes the partitions of these rows' months.
pub(super) async fn make_months(connection: &mut PgConnection, instants: &[i64]) -> Result<(), sqlx::Error> {
    sqlx::query(MAKE_MONTHS).bind(instants).execute(connection).await?;
    Ok(())
}

pub(super) async fn append(
    connection: &mut PgConnection,
    rows: &[Row],
    before: &Head,
    after: &Head,
) -> Result<bool, sqlx::Error> {
    let Some(first) = rows.first() else { return Ok(true) };
    let query = sqlx::query(AssertSqlSafe(statement()).into_sql_str())
        .bind(after.seq)
        .bind(&after.chain)
        .bind(&first.entry.instance)
        .bind(before.seq)
        .bind(&before.chain);
    let query = columns(rows).into_iter().fold(query, Array::bind);
    let inserted = query.execute(connection).await?.rows_affected();
    Ok(inserted == rows.len() as u64)
}

/// The values of one column.
enum Array<'a> {
    Text(Vec<Option<&'a str>>),
    Integer(Vec<Option<i64>>),
    Boolean(Vec<Option<bool>>),
    Real(Vec<Option<f64>>),
    Uuid(Vec<Uuid>),
    Bytes(Vec<&'a [u8]>),
}

impl<'a> Array<'a> {
    /// An empty column of the type [`TYPES`] gives it.
    fn of(parameter: &str, rows: usize) -> Self {
        match parameter {
            "uuid" => Self::Uuid(Vec::with_capacity(rows)),
            "bigint" => Self::Integer(Vec::with_capacity(rows)),
            "boolean" => Self::Boolean(Vec::with_capacity(rows)),
            "double precision" => Self::Real(Vec::with_capacity(rows)),
            "bytea" => Self::Bytes(Vec::with_capacity(rows)),
            _ => Self::Text(Vec::with_capacity(rows)),
        }
    }

    fn push(&mut self, value: Value<'a>) {
        match (self, value) {
            (Self::Text(all), Value::Text(text) | Value::Counts(text)) => all.push(Some(text)),
            (Self::Text(all), _) => all.push(None),
            (Self::Integer(all), Value::Integer(n) | Value::Instant(n)) => all.push(Some(n)),
            (Self::Integer(all), _) => all.push(None),
            (Self::Boolean(all), Value::Boolean(b)) => all.push(Some(b)),
            (Self::Boolean(all), _) => all.push(None),
            (Self::Real(all), Value::Real(x)) => all.push(Some(x)),
            (Self::Real(all), _) => all.push(None),
            (Self::Uuid(all), Value::Uuid(id)) => all.push(id),
            (Self::Bytes(all), Value::Bytes(bytes)) => all.push(bytes),
            // An array that is too short makes UNNEST give NULL, which NOT NULL refuses: nothing is half written.
            (Self::Uuid(_) | Self::Bytes(_), _) => {}
        }
    }

    fn bind<'q>(query: Query<'q, Postgres, PgArguments>, array: Self) -> Query<'q, Postgres, PgArguments>
    where
        'a: 'q,
    {
        match array {
            Self::Text(all) => query.bind(all),
            Self::Integer(all) => query.bind(all),
            Self::Boolean(all) => query.bind(all),
            Self::Real(all) => query.bind(all),
            Self::Uuid(all) => query.bind(all),
            Self::Bytes(all) => query.bind(all),
        }
    }
}

fn columns(rows: &[Row]) -> Vec<Array<'_>> {
    let mut arrays: Vec<Array<'_>> = TYPES
        .iter()
        .map(|(parameter, _)| Array::of(parameter, rows.len()))
        .collect();
    for row in rows {
        for (array, value) in arrays.iter_mut().zip(row.values()) {
            array.push(value);
        }
    }
    arrays
}

/// For each of [`COLUMNS`]: the type of its parameter, and how the column is made of it where that differs.
const TYPES: [(&str, &str); COLUMNS.len()] = [
    ("uuid", ""),
    ("bigint", "timestamptz 'epoch' + {} * interval '1 millisecond'"),
    ("text", ""),
    ("text", ""),
    ("text", ""),
    ("bigint", "{}::smallint"),
    ("text", ""),
    ("text", ""),
    ("text", ""),
    ("boolean", ""),
    ("text", ""),
    ("text", ""),
    ("text", ""),
    ("text", "{}::jsonb"),
    ("text", "{}::jsonb"),
    ("text", ""),
    ("bigint", "{}::smallint"),
    ("text", ""),
    ("bigint", ""),
    ("bigint", ""),
    ("boolean", ""),
    ("bigint", ""),
    ("bigint", ""),
    ("bigint", ""),
    ("bigint", ""),
    ("double precision", ""),
    ("double precision", ""),
    ("double precision", ""),
    ("double precision", ""),
    ("double precision", ""),
    ("text", ""),
    ("text", ""),
    ("text", ""),
    ("bytea", ""),
    ("bigint", ""),
    ("text", ""),
];

/// One statement, so one transaction: moves the head if it is where we believe, and inserts only if it moved.
fn statement() -> String {
    let (mut made, mut given) = (String::new(), String::new());
    for (i, (name, (parameter, how))) in COLUMNS.into_iter().zip(TYPES).enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let column = format!("r.{name}");
        let made_of = if how.is_empty() {
            column
        } else {
            how.replace("{}", &column)
        };
        made = made + comma + &made_of;
        given = format!("{given}{comma}${}::{parameter}[]", i + 6);
    }
    let names = COLUMNS.join(", ");
    format!(
        "WITH moved AS (
            UPDATE chain_heads SET instance_seq = $1, chain = $2
            WHERE instance = $3 AND instance_seq = $4 AND chain = $5 RETURNING instance)
         INSERT INTO usage_events ({names})
         SELECT {made} FROM UNNEST({given}) AS r ({names}) WHERE EXISTS (SELECT FROM moved)"
    )
}

const MAKE_HEAD: &str =
    "INSERT INTO chain_heads (instance, instance_seq, chain) VALUES ($1, 0, '') ON CONFLICT (instance) DO NOTHING";

const HEAD: &str = "SELECT instance_seq, chain FROM chain_heads WHERE instance = $1";

/// The instants spare the months that cannot have these rows.
const PRESENT: &str = "SELECT id FROM usage_events WHERE id = ANY($1)
    AND occurred_at BETWEEN timestamptz 'epoch' + $2 * interval '1 millisecond'
    AND timestamptz 'epoch' + $3 * interval '1 millisecond'";

const MAKE_MONTHS: &str =
    "SELECT make_usage_months(ARRAY(SELECT timestamptz 'epoch' + ms * interval '1 millisecond' FROM unnest($1) AS ms))";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_durable_and_has_an_end_whatever_the_server_says() {
        let options = options("postgres://u:secret@db/x", "essai-1", Duration::from_secs(10)).unwrap();
        let asked = options.get_options().unwrap();
        for expected in [
            "synchronous_commit=on",
            "statement_timeout=10000ms",
            "lock_timeout=5000ms",
        ] {
            assert!(asked.contains(expected), "{asked}");
        }
    }
}
