//! The outbox as a file: made private, locked, looked over for damage, opened.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, Row as _, SqlSafeStr, SqliteConnection,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    error::{StartError, Trouble},
    room,
};

/// Makes the folder, the file (readable by its owner alone: pseudonyms are personal data) and takes the lock.
pub(super) fn prepare(path: &Path) -> Result<File, StartError> {
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

pub(super) async fn connect(path: &Path, read_only: bool) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(false)
        .busy_timeout(Duration::from_secs(2))
        .pragma("wal_autocheckpoint", room::checkpoint_pages(path).to_string())
        .pragma("cache_size", "-2048")
        .pragma("temp_store", "MEMORY")
        .thread_name(|_| "outbox".to_owned())
        .pragma("query_only", if read_only { "1" } else { "0" })
        .disable_statement_logging()
        .connect()
        .await
}

/// A checkpoint that leaves the WAL empty.
pub(super) async fn truncate(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(connection)
        .await?;
    match row.get::<i64, _>(0) {
        0 => Ok(()),
        _ => Err(sqlx::Error::WorkerCrashed),
    }
}

/// Looks for damage before anything is written: a connection that may write would fold the WAL into a damaged file
/// when it is closed. Reads every page; so does counting what was left, a moment later.
pub(super) async fn inspect(path: &Path) -> Result<(), StartError> {
    let is_empty = |path: &Path| std::fs::metadata(path).map_or(true, |file| file.len() == 0);
    if is_empty(path) {
        // SQLite would delete a WAL without its file.
        return match is_empty(&beside(path, "-wal")) {
            true => Ok(()),
            false => Err(StartError::Damaged(path.to_owned())),
        };
    }
    let damaged = |e: sqlx::Error| match Trouble::of(&e) {
        Trouble::Schema => StartError::Damaged(path.to_owned()),
        _ => StartError::Outbox(e),
    };
    let reading = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut connection = reading.disable_statement_logging().connect().await.map_err(damaged)?;
    let said: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(&mut connection)
        .await
        .map_err(damaged)?;
    let known: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'outbox'")
        .fetch_one(&mut connection)
        .await
        .map_err(damaged)?;
    let unreadable: i64 = match known {
        0 => 0,
        _ => sqlx::query_scalar(UNREADABLE)
            .fetch_one(&mut connection)
            .await
            .map_err(damaged)?,
    };
    // A failure to close a connection that only read changes nothing.
    let _ = connection.close().await;
    if said == "ok" && unreadable == 0 {
        Ok(())
    } else {
        Err(StartError::Damaged(path.to_owned()))
    }
}

pub(super) async fn migrate(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
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

/// Rows of a form that this program never wrote.
const UNREADABLE: &str = "SELECT COUNT(*) FROM outbox WHERE json_valid(COALESCE(entry, '0')) = 0
    OR json_valid(COALESCE(settlement, '0')) = 0 OR (settles IS NULL AND entry IS NULL)";
