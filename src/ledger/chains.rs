//! What a database holds of its chains, as verification reads it: rows, and what was signed about them, page by page.

use std::collections::VecDeque;

use sqlx::{AnyConnection, AssertSqlSafe, Row as _, SqlSafeStr, any::AnyRow};

use super::{
    signing::PublicKeys,
    stored::{self, Stored},
};
use crate::schema::Engine;

/// Rows read at once, and how far a row that was moved is looked for.
pub(super) const PAGE: i64 = 1000;

/// Before all ids.
pub(super) const FIRST_ID: &str = "00000000-0000-0000-0000-000000000000";

/// Something signed about one row.
pub(super) struct Mark {
    pub(super) seq: i64,
    pub(super) chain: Vec<u8>,
    pub(super) at: i64,
    pub(super) key_id: String,
    pub(super) signature: Vec<u8>,
    /// Of an erased row.
    pub(super) row_hash: Vec<u8>,
}

/// Rows that retention removed.
pub(super) struct Gap {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) chain: Vec<u8>,
    /// Nobody signed it where there is none.
    pub(super) signed: Option<(i64, String, Vec<u8>)>,
}

/// A database whose chains are read.
pub(super) struct Database {
    pub(super) connection: AnyConnection,
    engine: Engine,
}

/// Marks of a chain in the order of their places, read page by page.
pub(super) struct Ahead {
    sql: &'static str,
    page: VecDeque<Mark>,
    after: i64,
    ended: bool,
}

impl Ahead {
    /// The signed heads.
    pub(super) fn heads() -> Self {
        Self::new(HEADS)
    }

    /// The rows that were erased for a person.
    pub(super) fn erased() -> Self {
        Self::new(ERASED)
    }

    fn new(sql: &'static str) -> Self {
        Self {
            sql,
            page: VecDeque::new(),
            after: 0,
            ended: false,
        }
    }

    /// The mark at this place; earlier ones are left behind.
    pub(super) async fn take(
        &mut self,
        connection: &mut AnyConnection,
        instance: &str,
        seq: i64,
    ) -> Result<Option<Mark>, sqlx::Error> {
        loop {
            while self.page.front().is_some_and(|mark| mark.seq < seq) {
                self.page.pop_front();
            }
            if !self.page.is_empty() || self.ended {
                return Ok(self.page.pop_front_if(|mark| mark.seq == seq));
            }
            let rows = sqlx::query(self.sql)
                .bind(instance)
                .bind(self.after.max(seq - 1))
                .bind(PAGE)
                .fetch_all(&mut *connection)
                .await?;
            self.ended = rows.is_empty();
            self.page = rows.iter().map(mark).collect::<Result<_, _>>()?;
            self.after = self.page.back().map_or(self.after, |mark| mark.seq);
        }
    }

    /// The last place that has a mark and was not asked for.
    pub(super) async fn beyond(
        &mut self,
        connection: &mut AnyConnection,
        instance: &str,
    ) -> Result<Option<i64>, sqlx::Error> {
        let mut last = self.page.back().map(|mark| mark.seq);
        while !self.ended {
            self.page.clear();
            let after = self.after;
            self.take(connection, instance, after + 1).await?;
            last = last.max(Some(self.after).filter(|&seq| seq > after));
        }
        Ok(last)
    }
}

fn mark(row: &AnyRow) -> Result<Mark, sqlx::Error> {
    Ok(Mark {
        seq: row.try_get(0)?,
        chain: row.try_get(1)?,
        at: row.try_get(2)?,
        key_id: row.try_get(3)?,
        signature: row.try_get(4)?,
        row_hash: row.try_get(5)?,
    })
}

impl Database {
    pub(super) fn new(connection: AnyConnection, engine: Engine) -> Self {
        Self { connection, engine }
    }

    /// Every gateway that left anything.
    pub(super) async fn instances(&mut self) -> Result<Vec<String>, sqlx::Error> {
        let rows = sqlx::query(INSTANCES).fetch_all(&mut self.connection).await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    /// Places up to the heads of the chains that hold no row, and that no gap of retention explains.
    pub(super) async fn rows_lost(&mut self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(ROWS_LOST).fetch_one(&mut self.connection).await
    }

    pub(super) async fn keys(&mut self) -> Result<PublicKeys, sqlx::Error> {
        let mut keys = PublicKeys::default();
        for row in sqlx::query(KEYS).fetch_all(&mut self.connection).await? {
            keys.add(row.try_get(0)?);
        }
        Ok(keys)
    }

    pub(super) async fn head(&mut self, instance: &str) -> Result<Option<(i64, Vec<u8>)>, sqlx::Error> {
        let row = sqlx::query(HEAD)
            .bind(instance)
            .fetch_optional(&mut self.connection)
            .await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
    }

    pub(super) async fn gaps(&mut self, instance: &str) -> Result<VecDeque<Gap>, sqlx::Error> {
        let rows = sqlx::query(GAPS).bind(instance).fetch_all(&mut self.connection).await?;
        let gap = |row: &AnyRow| {
            let (at, key_id, signature): (Option<i64>, Option<String>, Option<Vec<u8>>) =
                (row.try_get(3)?, row.try_get(4)?, row.try_get(5)?);
            Ok(Gap {
                first: row.try_get(0)?,
                last: row.try_get(1)?,
                chain: row.try_get(2)?,
                signed: at
                    .zip(key_id)
                    .zip(signature)
                    .map(|((at, key_id), signature)| (at, key_id, signature)),
            })
        };
        rows.iter().map(gap).collect()
    }

    /// The rows of a chain behind a place.
    pub(super) async fn page(&mut self, instance: &str, (seq, id): &(i64, String)) -> Result<Vec<Stored>, sqlx::Error> {
        let (columns, uuid) = (
            stored::columns(self.engine),
            if self.engine == Engine::Postgres { "::uuid" } else { "" },
        );
        let sql = format!(
            "SELECT {columns} FROM usage_events
             WHERE instance = $1 AND instance_seq >= $2 AND (instance_seq > $2 OR id > $3{uuid})
             ORDER BY instance_seq, id LIMIT {PAGE}"
        );
        let rows = sqlx::query(AssertSqlSafe(sql).into_sql_str())
            .bind(instance)
            .bind(*seq)
            .bind(id)
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter().map(|row| stored::read(row, self.engine)).collect()
    }
}

/// The gateways of rows are looked up one by one along the index, not read from every row.
const INSTANCES: &str = "WITH RECURSIVE named (name) AS (
        SELECT MIN(instance) FROM usage_events
        UNION ALL
        SELECT (SELECT MIN(instance) FROM usage_events WHERE instance > named.name) FROM named
        WHERE named.name IS NOT NULL)
    SELECT name FROM named WHERE name IS NOT NULL
    UNION SELECT instance FROM chain_heads
    UNION SELECT instance FROM chain_signatures
    UNION SELECT instance FROM retention_gaps
    UNION SELECT instance FROM erased_rows";

const ROWS_LOST: &str = "SELECT CAST(COALESCE(SUM(h.instance_seq
        - (SELECT COUNT(*) FROM usage_events AS e
            WHERE e.instance = h.instance AND e.instance_seq > 0 AND e.instance_seq <= h.instance_seq)
        - (SELECT COALESCE(SUM(g.last_seq - g.first_seq + 1), 0) FROM retention_gaps AS g
            WHERE g.instance = h.instance AND g.last_seq <= h.instance_seq)), 0) AS BIGINT)
    FROM chain_heads AS h";

const KEYS: &str = "SELECT public_key FROM ledger_keys";

const HEAD: &str = "SELECT instance_seq, chain FROM chain_heads WHERE instance = $1";

const GAPS: &str = "SELECT first_seq, last_seq, chain, signed_at_ms, key_id, signature
    FROM retention_gaps WHERE instance = $1 ORDER BY first_seq";

const HEADS: &str = "SELECT instance_seq, chain, signed_at_ms, key_id, signature, signature
    FROM chain_signatures WHERE instance = $1 AND instance_seq > $2 ORDER BY instance_seq LIMIT $3";

const ERASED: &str = "SELECT instance_seq, chain, erased_at_ms, key_id, signature, row_hash
    FROM erased_rows WHERE instance = $1 AND instance_seq > $2 ORDER BY instance_seq LIMIT $3";
