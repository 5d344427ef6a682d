//! Letters on their way: written in the transaction of what they tell of, sent by one gateway at a time, kept until they
//! are delivered. A gateway claims one for [`LEASE`]; where it dies meanwhile, another takes it over, and a letter that
//! was delivered in that moment comes twice: at least once, exactly once in all other cases.

use std::time::Duration;

use sqlx::{AnyConnection, Row, any::AnyRow};
use uuid::Uuid;

use super::{Office, OfficeError, store::patiently};
use crate::domain::Timestamp;

/// How long a claim holds: longer than any conversation with a mail server may take.
const LEASE: Duration = Duration::from_secs(180);
/// How long a delivered letter is remembered.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);

/// A letter. Holds no word of a caller, nor a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// E-mail address, a contact of the policy.
    pub recipient: String,
    /// What it is about.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// A letter that this gateway is to send now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Its id, for the `Message-ID` as well: the same at each attempt, so a copy is known for one.
    pub id: String,
    /// The letter.
    pub letter: Letter,
    /// When it was written.
    pub created_at: Timestamp,
    /// How often it was tried before.
    pub attempts: u32,
}

/// A letter that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id.
    pub id: String,
    /// To whom.
    pub recipient: String,
    /// What it is about.
    pub subject: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// A word for what went wrong last.
    pub trouble: Option<String>,
}

/// How the post stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LetterCounts {
    /// Letters on their way.
    pub waiting: i64,
    /// When the oldest of them was written.
    pub oldest: Option<Timestamp>,
    /// Letters that were given up.
    pub dead: i64,
}

impl Office {
    /// Claims the letter that has waited longest among those due; none where there is none.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn claim_letter(&self, gateway: &str, now: Timestamp) -> Result<Option<Claimed>, OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            let row = sqlx::query(CLAIM)
                .bind(gateway)
                .bind(after(now, LEASE))
                .bind(now.0)
                .fetch_optional(open.connection())
                .await?;
            Ok(row.as_ref().map(claimed).transpose()?)
        })
        .await
    }

    /// The mail server took a letter.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn letter_delivered(&self, id: &str, now: Timestamp) -> Result<(), OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            let sweep = sqlx::query(SWEEP).bind(after(now, Duration::ZERO) - millis(REMEMBERED));
            sqlx::query(DELIVERED)
                .bind(now.0)
                .bind(id)
                .execute(open.connection())
                .await?;
            sweep.execute(open.connection()).await?;
            Ok(())
        })
        .await
    }

    /// A letter could not be delivered: it is tried again at that moment, or given up.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn letter_failed(
        &self,
        id: &str,
        trouble: &str,
        again_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            sqlx::query(FAILED)
                .bind(again_at.unwrap_or(now).0)
                .bind(again_at.is_none().then_some(now.0))
                .bind(trouble)
                .bind(id)
                .execute(open.connection())
                .await?;
            Ok(())
        })
        .await
    }

    /// How the post stands.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn letter_counts(&self) -> Result<LetterCounts, OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            let row = sqlx::query(COUNTS).fetch_one(open.connection()).await?;
            Ok(LetterCounts {
                waiting: row.try_get(0)?,
                oldest: row.try_get::<Option<i64>, _>(1)?.map(Timestamp),
                dead: row.try_get(2)?,
            })
        })
        .await
    }

    /// Letters that were given up, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            let rows = sqlx::query(DEAD).fetch_all(open.connection()).await?;
            Ok(rows.iter().map(dead).collect::<Result<Vec<_>, _>>()?)
        })
        .await
    }

    /// Tries a letter again that was given up. False where none was under this id.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn revive_letter(&self, id: &str, now: Timestamp) -> Result<bool, OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            let revive = sqlx::query(REVIVE).bind(now.0).bind(id);
            Ok(revive.execute(open.connection()).await?.rows_affected() == 1)
        })
        .await
    }
}

/// Puts a letter on its way.
pub(super) async fn add(connection: &mut AnyConnection, letter: &Letter, at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(ADD)
        .bind(Uuid::now_v7().to_string())
        .bind(at.0)
        .bind(&letter.recipient)
        .bind(&letter.subject)
        .bind(&letter.body)
        .execute(connection)
        .await
        .map(|_| ())
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn after(now: Timestamp, time: Duration) -> i64 {
    now.0.saturating_add(millis(time))
}

fn claimed(row: &AnyRow) -> Result<Claimed, sqlx::Error> {
    Ok(Claimed {
        id: row.try_get(0)?,
        letter: Letter {
            recipient: row.try_get(1)?,
            subject: row.try_get(2)?,
            body: row.try_get(3)?,
        },
        created_at: Timestamp(row.try_get(4)?),
        attempts: u32::try_from(row.try_get::<i64, _>(5)?).unwrap_or(u32::MAX),
    })
}

fn dead(row: &AnyRow) -> Result<DeadLetter, sqlx::Error> {
    Ok(DeadLetter {
        id: row.try_get(0)?,
        recipient: row.try_get(1)?,
        subject: row.try_get(2)?,
        created_at: Timestamp(row.try_get(3)?),
        attempts: row.try_get(4)?,
        trouble: row.try_get(5)?,
    })
}

const ADD: &str = "INSERT INTO letters (id, created_at_ms, recipient, subject, body, attempts, due_at_ms)
    VALUES ($1, $2, $3, $4, $5, 0, $2)";

/// Said twice: the outer one is asked again of a row that another gateway claimed meanwhile.
const CLAIM: &str = "UPDATE letters SET claimed_by = $1, claimed_until_ms = $2
    WHERE id = (SELECT id FROM letters WHERE delivered_at_ms IS NULL AND dead_at_ms IS NULL AND due_at_ms <= $3
            AND (claimed_until_ms IS NULL OR claimed_until_ms <= $3) ORDER BY due_at_ms, id LIMIT 1)
        AND delivered_at_ms IS NULL AND dead_at_ms IS NULL AND (claimed_until_ms IS NULL OR claimed_until_ms <= $3)
    RETURNING id, recipient, subject, body, created_at_ms, attempts";

const DELIVERED: &str = "UPDATE letters
    SET delivered_at_ms = $1, attempts = attempts + 1, claimed_by = NULL, claimed_until_ms = NULL, trouble = NULL
    WHERE id = $2";

const FAILED: &str = "UPDATE letters SET due_at_ms = $1, dead_at_ms = $2, trouble = $3, attempts = attempts + 1,
        claimed_by = NULL, claimed_until_ms = NULL
    WHERE id = $4 AND delivered_at_ms IS NULL";

const SWEEP: &str = "DELETE FROM letters WHERE delivered_at_ms < $1";

const COUNTS: &str = "SELECT count(CASE WHEN delivered_at_ms IS NULL AND dead_at_ms IS NULL THEN 1 END),
        min(CASE WHEN delivered_at_ms IS NULL AND dead_at_ms IS NULL THEN created_at_ms END),
        count(dead_at_ms)
    FROM letters";

const DEAD: &str = "SELECT id, recipient, subject, created_at_ms, attempts, trouble FROM letters
    WHERE dead_at_ms IS NOT NULL ORDER BY created_at_ms, id";

const REVIVE: &str = "UPDATE letters SET dead_at_ms = NULL, due_at_ms = $1 WHERE id = $2 AND dead_at_ms IS NOT NULL";
