//! The outbox: the local SQLite file that holds what is not in the database yet.
//!
//! One table, one connection that writes, rows only added and removed. A batch is one multi-row `INSERT`, its own
//! transaction: at saturation the cost of a request is its share of a batch.
//!
//! **What is safe when.** WAL mode, `synchronous=NORMAL`: a commit is in the operating system when it returns, so the
//! death of the process loses nothing, and no commit waits for the disk. Syncing is the work of [`super::durability`].
//! Checkpoints (SQLite's own, in the writer's thread) sync the WAL, then the database, before the WAL is reused.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use sqlx::{AssertSqlSafe, Connection, Row as _, SqlSafeStr, SqliteConnection};

use super::{
    error::StartError,
    file::{connect, inspect, migrate, prepare, truncate},
    room,
};
use crate::domain::{Settlement, Timestamp};

/// Rows of one `INSERT`: a batch takes the smallest that holds it and fills it up with NULLs, so that a few prepared
/// statements serve all sizes.
const SIZES: [usize; 14] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

/// Most rows in one batch.
pub(super) const MAX_BATCH: usize = SIZES[SIZES.len() - 1];

/// Unused pages that are worth giving back.
const WORTH_SHRINKING: i64 = 16;

/// What a request weighs in the outbox besides its entry: its settlement and the rows' own bytes. Rounded up.
pub(super) const SETTLEMENT_BYTES: u64 = 512;

/// One row to add.
pub(super) struct NewRow {
    pub(super) n: i64,
    pub(super) settles: Option<i64>,
    pub(super) entry: Option<String>,
    pub(super) settlement: Option<String>,
    pub(super) settled_at: Option<i64>,
}

/// What an earlier life left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Requests not yet in the database, those closed just now included.
    pub(super) requests: u64,
    /// Their weight.
    pub(super) bytes: u64,
    /// Requests that were open and are closed as interrupted.
    pub(super) interrupted: u64,
    /// Highest row number; 0 where there is none.
    pub(super) last: i64,
    /// When the oldest of them was settled.
    pub(super) oldest: Option<i64>,
}

/// The file, and the connection that writes it.
pub(super) struct Outbox {
    path: PathBuf,
    connection: Option<SqliteConnection>,
    /// Rows from this number on were not confirmed: they may be in the file or come up when it is repaired.
    doubtful: Option<i64>,
    has_room: bool,
    /// Most rows removed at once.
    chunk: usize,
    /// One gateway an outbox: two would close each other's open rows.
    _lock: File,
}

impl Outbox {
    /// Opens or makes the file, brings its schema up to date and closes what an earlier life left open.
    pub(super) async fn open(
        path: &Path,
        interrupted: &Settlement,
        now: Timestamp,
    ) -> Result<(Self, Found), StartError> {
        let lock = prepare(path)?;
        inspect(path).await?;
        let mut connection = connect(path, false).await.map_err(StartError::Outbox)?;
        migrate(&mut connection).await.map_err(StartError::Outbox)?;
        let settlement = json(interrupted);
        let closed = sqlx::query(CLOSE_OPEN)
            .bind(settlement)
            .bind(now.0)
            .execute(&mut connection)
            .await
            .map_err(StartError::Outbox)?
            .rows_affected();
        let row = sqlx::query(COUNT)
            .fetch_one(&mut connection)
            .await
            .map_err(StartError::Outbox)?;
        let requests: i64 = row.get(0);
        let length: i64 = row.get(1);
        let found = Found {
            requests: requests.unsigned_abs(),
            bytes: length.unsigned_abs() + requests.unsigned_abs() * SETTLEMENT_BYTES,
            interrupted: closed,
            last: row.get(2),
            oldest: row.get(3),
        };
        Ok((
            Self {
                path: path.to_owned(),
                connection: Some(connection),
                doubtful: None,
                has_room: room::is_left(path, true),
                // A row is less than a page.
                chunk: usize::try_from(room::checkpoint_pages(path)).unwrap_or(usize::MAX),
                _lock: lock,
            },
            found,
        ))
    }

    /// There is room for more on the disk, as of the last look.
    pub(super) fn has_room(&self) -> bool {
        self.has_room
    }

    /// Looks how full the disk is.
    pub(super) fn look_for_room(&mut self) {
        self.has_room = room::is_left(&self.path, self.has_room);
    }

    /// Adds up to [`MAX_BATCH`] rows, all or none, whose numbers only grow.
    pub(super) async fn append(&mut self, rows: Vec<NewRow>) -> Result<(), sqlx::Error> {
        let first = rows.first().map(|row| row.n);
        let size = SIZES.into_iter().find(|&size| size >= rows.len()).unwrap_or(rows.len());
        let mut query = sqlx::query(AssertSqlSafe(insert(size)).into_sql_str());
        for row in rows {
            query = query
                .bind(row.n)
                .bind(row.settles)
                .bind(row.entry)
                .bind(row.settlement)
                .bind(row.settled_at);
        }
        // Parameters left unbound are NULL to SQLite, and the statement skips rows without a number.
        let done = self.run(query).await.map(|_| ());
        if let (Err(_), Some(first)) = (&done, first) {
            self.doubt(first);
            // At once if possible, before anybody is told that nothing was written; else with the next attempt.
            let _ = self.connection().await;
        }
        done
    }

    /// An error does not say that nothing was written: rows from this number on are removed before anything else is
    /// done. Those who asked are told that they are not there, so they must not come up later; and endings among them
    /// are written again with the same numbers.
    pub(super) fn doubt(&mut self, first: i64) {
        self.doubtful = self.doubtful.or(Some(first));
        // Whatever state the connection is in, a new one is in a known state.
        self.connection = None;
    }

    /// Writes one page that changes nothing: whether the disk takes writes.
    pub(super) async fn probe(&mut self) -> Result<(), sqlx::Error> {
        self.run(sqlx::query("PRAGMA user_version = 1")).await.map(|_| ())
    }

    /// Removes rows by number; after an error, some of them. A few at a time, so that the WAL of a small disk stays
    /// within its bounds.
    pub(super) async fn remove(&mut self, numbers: &[i64]) -> Result<(), sqlx::Error> {
        for some in numbers.chunks(self.chunk) {
            self.run(sqlx::query(REMOVE).bind(json(some))).await?;
        }
        Ok(())
    }

    /// Gives the disk back what a backlog has left in the file as unused pages. Cheap where few rows are in it.
    pub(super) async fn shrink(&mut self) -> Result<(), sqlx::Error> {
        let connection = self.connection().await?;
        let unused: i64 = sqlx::query_scalar("PRAGMA freelist_count")
            .fetch_one(connection)
            .await?;
        if unused >= WORTH_SHRINKING {
            self.run(sqlx::query("VACUUM")).await?;
        }
        self.checkpoint().await?;
        self.look_for_room();
        Ok(())
    }

    /// Moves everything from the WAL into the database and syncs both. What a failed sync has left in doubt is
    /// written once more, from memory the kernel still holds, and synced anew.
    pub(super) async fn checkpoint(&mut self) -> Result<(), sqlx::Error> {
        truncate(self.connection().await?).await
    }

    /// Closes the file; SQLite folds the WAL into the database.
    pub(super) async fn close(mut self) {
        if let Some(connection) = self.connection.take() {
            // A failure leaves the WAL in place, where the next start finds it.
            let _ = connection.close().await;
        }
    }

    async fn run(
        &mut self,
        query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<u64, sqlx::Error> {
        let connection = self.connection().await?;
        let done = query.execute(connection).await;
        if done.is_err() {
            // Whatever state the connection is in, a new one is in a known state.
            self.connection = None;
        }
        done.map(|done| done.rows_affected())
    }

    async fn connection(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.path, false).await?,
        };
        if let Some(first) = self.doubtful {
            sqlx::query(FORGET).bind(first).execute(&mut connection).await?;
            // Frames of the WAL that nobody sees yet would be seen by the next recovery.
            let _ = truncate(&mut connection).await;
            self.doubtful = None;
        }
        Ok(self.connection.insert(connection))
    }
}

/// The text of a domain value. The types hold strings, numbers and maps with string keys.
pub(super) fn json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("these types have a JSON form, and memory does not fail")
}

fn insert(rows: usize) -> String {
    const ROW: &str = "(?,?,?,?,?),";
    let mut values = ROW.repeat(rows);
    values.pop();
    format!(
        "INSERT INTO outbox (n, settles, entry, settlement, settled_at) \
         SELECT column1, column2, column3, column4, column5 FROM (VALUES {values}) WHERE column1 IS NOT NULL"
    )
}

const REMOVE: &str = "DELETE FROM outbox WHERE n IN (SELECT value FROM json_each(?))";

const FORGET: &str = "DELETE FROM outbox WHERE n >= ?";

const CLOSE_OPEN: &str = "INSERT INTO outbox (n, settles, settlement, settled_at)
    SELECT (SELECT MAX(n) FROM outbox) + ROW_NUMBER() OVER (ORDER BY n), n, ?1, ?2 FROM outbox
    WHERE settles IS NULL AND n NOT IN (SELECT settles FROM outbox WHERE settles IS NOT NULL)";

/// The weight is in bytes, as that of each request when it leaves; the length of a text would be in characters.
const COUNT: &str = "SELECT COUNT(entry), COALESCE(SUM(LENGTH(CAST(entry AS BLOB))), 0), COALESCE(MAX(n), 0),
    MIN(settled_at) FROM outbox";
