//! What waits for the database, read back from the outbox beside the writer: after a start, and when memory did not hold
//! it all.

use std::path::Path;

use sqlx::{Row as _, SqliteConnection};

use super::{file::connect, outbox::SETTLEMENT_BYTES};
use crate::domain::{Entry, Settlement};

/// A settled request as read back.
pub(super) struct Waiting {
    pub(super) n: i64,
    pub(super) settles: i64,
    pub(super) settled_at: i64,
    pub(super) entry: Box<Entry>,
    pub(super) settlement: Settlement,
    pub(super) bytes: u64,
}

/// A connection that only reads. Opened when it is needed, closed soon after.
pub(super) struct Reader(SqliteConnection);

impl Reader {
    pub(super) async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        connect(path, true).await.map(Self)
    }

    /// Settled requests with row numbers `first` to `last`, in order, at most `limit`.
    ///
    /// Never beyond `last`: a row that was committed a moment ago is there to be read, and is about to be handed over
    /// in memory as well; whoever took both would count it twice.
    pub(super) async fn waiting(&mut self, first: i64, last: i64, limit: usize) -> Result<Vec<Waiting>, sqlx::Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = sqlx::query(WAITING)
            .bind(first)
            .bind(last)
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

pub(super) fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, sqlx::Error> {
    // The position is enough to find the mistake; the text itself goes into no error.
    serde_json::from_str(text)
        .map_err(|e| sqlx::Error::Decode(format!("outbox row unreadable at column {}", e.column()).into()))
}

const WAITING: &str = "SELECT s.n, s.settles, s.settled_at, o.entry, s.settlement
    FROM outbox s JOIN outbox o ON o.n = s.settles
    WHERE s.n BETWEEN ? AND ? AND s.settles IS NOT NULL ORDER BY s.n LIMIT ?";
