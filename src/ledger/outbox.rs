//! The outbox: the local SQLite file that holds what is not in the database yet.
//!
//! One table, one connection that writes, rows only added and removed. A batch is one multi-row `INSERT`, its own
//! transaction: at saturation the cost of a request is its share of a batch.
//!
//! **What is safe when.** WAL mode, `synchronous=NORMAL`: a commit is in the operating system when it returns, so the
//! death of the process loses nothing, and no commit waits for the disk. Syncing is the work of [`super::durability`].
//! Checkpoints (SQLite's own, in the writer's thread) sync the WAL, then the database, before the WAL is reused.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, Connection, Row as _, SqlSafeStr, SqliteConnection,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::error::StartError;
use crate::domain::{Entry, Settlement, Timestamp};

/// Rows of one `INSERT`: a batch takes the smallest that holds it and fills it up with NULLs, so that a few prepared
/// statements serve all sizes.
const SIZES: [usize; 14] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

/// Most rows in one batch.
pub(super) const MAX_BATCH: usize = SIZES[SIZES.len() - 1];

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

/// A settled request as read back.
pub(super) struct Waiting {
    pub(super) n: i64,
    pub(super) settles: i64,
    pub(super) settled_at: i64,
    pub(super) entry: Box<Entry>,
    pub(super) settlement: Settlement,
    pub(super) bytes: u64,
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
                _lock: lock,
            },
            found,
        ))
    }

    /// Adds up to [`MAX_BATCH`] rows, all or none.
    pub(super) async fn append(&mut self, rows: Vec<NewRow>) -> Result<(), sqlx::Error> {
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
        self.run(query).await.map(|_| ())
    }

    /// Removes rows by number, all or none.
    pub(super) async fn remove(&mut self, numbers: &[i64]) -> Result<(), sqlx::Error> {
        self.run(sqlx::query(REMOVE).bind(json(numbers))).await.map(|_| ())
    }

    /// Moves everything from the WAL into the database and syncs both. What a failed sync has left in doubt is
    /// written once more, from memory the kernel still holds, and synced anew.
    pub(super) async fn checkpoint(&mut self) -> Result<(), sqlx::Error> {
        let connection = self.connection().await?;
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(connection)
            .await?;
        match row.get::<i64, _>(0) {
            0 => Ok(()),
            _ => Err(sqlx::Error::WorkerCrashed),
        }
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
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.path, false).await?,
        };
        Ok(self.connection.insert(connection))
    }
}

/// Reads what waits for the database, beside the writer. Opened when memory did not hold it all, closed soon after.
pub(super) struct Reader(SqliteConnection);

impl Reader {
    pub(super) async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        connect(path, true).await.map(Self)
    }

    /// Settled requests from row number `from` on, in order, at most `limit`.
    pub(super) async fn waiting(&mut self, from: i64, limit: usize) -> Result<Vec<Waiting>, sqlx::Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = sqlx::query(WAITING)
            .bind(from)
            .bind(limit)
            .fetch_all(&mut self.0)
            .await?;
        rows.iter().map(waiting).collect()
    }
}

fn waiting(row: &sqlx::sqlite::SqliteRow) -> Result<Waiting, sqlx::Error> {
    let entry: &str = row.try_get(3)?;
    Ok(Waiting {
        n: row.try_get(0)?,
        settles: row.try_get(1)?,
        settled_at: row.try_get(2)?,
        bytes: entry.len() as u64 + SETTLEMENT_BYTES,
        entry: Box::new(read(entry)?),
        settlement: read(row.try_get(4)?)?,
    })
}

/// The text of a domain value. The types hold strings, numbers and maps with string keys.
pub(super) fn json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("these types have a JSON form, and memory does not fail")
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, sqlx::Error> {
    // The position is enough to find the mistake; the text itself goes into no error.
    serde_json::from_str(text)
        .map_err(|e| sqlx::Error::Decode(format!("outbox row unreadable at column {}", e.column()).into()))
}

/// Makes the folder, the file (readable by its owner alone: pseudonyms are personal data) and takes the lock.
fn prepare(path: &Path) -> Result<File, StartError> {
    let private = |path: &Path| OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(StartError::Folder)?;
    }
    let lock = private(&beside(path, ".lock")).map_err(StartError::Folder)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StartError::InUse),
        Err(TryLockError::Error(e)) => return Err(StartError::Folder(e)),
    }
    private(path).map_err(StartError::Folder)?;
    Ok(lock)
}

/// `outbox.db` and `-wal` give `outbox.db-wal`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

async fn connect(path: &Path, read_only: bool) -> Result<SqliteConnection, sqlx::Error> {
    use sqlx::ConnectOptions;
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(false)
        .busy_timeout(Duration::from_secs(2))
        // 8 MB of WAL between checkpoints: rows mostly come and go within it, so few pages are written twice.
        .pragma("wal_autocheckpoint", "2000")
        .pragma("cache_size", "-2048")
        .thread_name(|_| "outbox".to_owned())
        .pragma("query_only", if read_only { "1" } else { "0" })
        .disable_statement_logging()
        .connect()
        .await
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let first = Migration::new(
        1,
        "outbox".into(),
        MigrationType::Simple,
        include_str!("../../migrations/outbox/0001_outbox.sql").into_sql_str(),
        false,
    );
    Migrator::with_migrations(vec![first])
        .run_direct(None, connection, false)
        .await
        .map_err(sqlx::Error::from)
}

/// Makes the folder entry of a new file safe from a power cut.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
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

const CLOSE_OPEN: &str = "INSERT INTO outbox (n, settles, settlement, settled_at)
    SELECT (SELECT MAX(n) FROM outbox) + ROW_NUMBER() OVER (ORDER BY n), n, ?1, ?2 FROM outbox
    WHERE settles IS NULL AND n NOT IN (SELECT settles FROM outbox WHERE settles IS NOT NULL)";

const COUNT: &str =
    "SELECT COUNT(entry), COALESCE(SUM(LENGTH(entry)), 0), COALESCE(MAX(n), 0), MIN(settled_at) FROM outbox";

const WAITING: &str = "SELECT s.n, s.settles, s.settled_at, o.entry, s.settlement
    FROM outbox s JOIN outbox o ON o.n = s.settles
    WHERE s.n >= ? AND s.settles IS NOT NULL ORDER BY s.n LIMIT ?";
