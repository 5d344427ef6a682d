//! The office's tables in the central database: one text for both engines, through sqlx's `Any` driver.
//!
//! A connection is opened for each piece of work and given up when it takes too long; these are rare, and a hung
//! server leaves nothing behind.

use std::{
    collections::{BTreeMap, HashMap},
    str::FromStr,
    time::Duration,
};

use sqlx::{AnyConnection, Connection, Row, any::AnyRow, sqlite::SqliteConnectOptions};

use super::{
    Feedback, Incident, KeyRecord, OfficeError,
    key::{KeyHash, hex},
    snapshot::{Revision, Snapshot, StoredKey},
};
use crate::domain::Timestamp;
use crate::schema::{self, Engine, Standing};
use uuid::Uuid;

/// Longest a piece of work may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Time between two looks at a schema that somebody migrates.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Where the database is.
#[derive(Clone)]
pub(super) struct Store {
    url: String,
    engine: Engine,
}

/// Whether the hashes of secrets are read: a gateway compares with them, whoever only looks may not see them.
#[derive(Clone, Copy)]
pub(super) enum Secrets {
    /// Read with the keys.
    Hashed,
    /// Left where they are.
    Left,
}

/// A connection, its schema up to date.
pub(super) struct Open(AnyConnection);

/// Gives up what takes too long. The connection must not be used after that.
pub(super) async fn patiently<T>(work: impl Future<Output = Result<T, OfficeError>>) -> Result<T, OfficeError> {
    tokio::time::timeout(PATIENCE, work)
        .await
        .unwrap_or(Err(OfficeError::TimedOut))
}

impl Store {
    /// # Errors
    /// The address is neither `sqlite:` nor `postgres:`.
    pub(super) fn new(url: &str) -> Result<Self, OfficeError> {
        sqlx::any::install_default_drivers();
        let engine = Engine::of(url).ok_or(OfficeError::Address)?;
        Ok(Self {
            url: url.to_owned(),
            engine,
        })
    }

    /// Brings the schema up to date first, however long that takes: for a program that may be alone.
    pub(super) async fn prepare(&self) -> Result<(), OfficeError> {
        let (mut connection, standing) = patiently(async {
            let mut connection = self.connect().await?;
            let standing = schema::standing(&mut connection, self.engine).await?;
            Ok((connection, standing))
        })
        .await?;
        if standing == Standing::Current {
            return Ok(());
        }
        schema::stand(&mut connection, self.engine)
            .await
            .map_err(OfficeError::Schema)
    }

    /// Connects. On PostgreSQL an older schema is waited for: the ledger migrates it, with more patience than this room
    /// has.
    pub(super) async fn open(&self) -> Result<Open, OfficeError> {
        let mut connection = self.connect().await?;
        while self.engine == Engine::Postgres
            && schema::standing(&mut connection, self.engine).await? == Standing::Older
        {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        schema::stand(&mut connection, self.engine)
            .await
            .map_err(OfficeError::Schema)?;
        Ok(Open(connection))
    }

    pub(super) fn engine(&self) -> Engine {
        self.engine
    }

    async fn connect(&self) -> Result<AnyConnection, OfficeError> {
        if self.engine == Engine::Sqlite {
            let options = SqliteConnectOptions::from_str(&self.url).map_err(|_| OfficeError::Address)?;
            schema::make_private(&options)?;
        }
        Ok(AnyConnection::connect(&self.url).await?)
    }
}

impl Open {
    /// For what another file of this room does with it.
    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.0
    }

    pub(super) async fn revision(&mut self) -> Result<Revision, OfficeError> {
        let rows = sqlx::query(REVISIONS).fetch_all(&mut self.0).await?;
        let read = |row: &AnyRow| Ok((row.try_get::<String, _>(0)?, row.try_get(1)?));
        let all: BTreeMap<String, i64> = rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?;
        Ok(["keys", "charters", "attestations", "directory"].map(|topic| all.get(topic).copied().unwrap_or_default()))
    }

    /// Everything a gateway must know. The revision is read first: what changes meanwhile makes the next one differ.
    pub(super) async fn snapshot(&mut self, secrets: Secrets) -> Result<Snapshot, OfficeError> {
        let revision = self.revision().await?;
        let keys = self.keys(secrets).await?;
        let mut charters: HashMap<String, Vec<String>> = HashMap::new();
        for row in sqlx::query(CHARTERS).fetch_all(&mut self.0).await? {
            charters.entry(row.try_get(0)?).or_default().push(row.try_get(1)?);
        }
        let attestations = self.attestations().await?;
        let directory = self.directory().await?;
        Ok(Snapshot::new(keys, charters, attestations, directory, revision))
    }

    /// Every key ever made, oldest first.
    pub(super) async fn keys(&mut self, secrets: Secrets) -> Result<Vec<StoredKey>, OfficeError> {
        let sql = match secrets {
            Secrets::Hashed => KEYS,
            Secrets::Left => KEYS_ALONE,
        };
        let rows = sqlx::query(sql).fetch_all(&mut self.0).await?;
        Ok(rows.iter().map(stored_key).collect::<Result<_, _>>()?)
    }

    pub(super) async fn add_key(&mut self, hash: &KeyHash, record: &KeyRecord) -> Result<(), OfficeError> {
        insert_key(&mut self.0, hash, record).await?;
        Ok(())
    }

    /// False where no valid key has this id.
    pub(super) async fn revoke_key(&mut self, id: &str, now: Timestamp) -> Result<bool, OfficeError> {
        Ok(revoke(&mut self.0, id, now).await?)
    }

    /// Revokes a key and adds one that takes over its owner, groups and end; none where no valid key has this id.
    pub(super) async fn replace_key(
        &mut self,
        id: &str,
        new_id: String,
        hash: &KeyHash,
        now: Timestamp,
    ) -> Result<Option<KeyRecord>, OfficeError> {
        let mut transaction = self.0.begin().await?;
        if !revoke(&mut transaction, id, now).await? {
            return Ok(None);
        }
        let row = sqlx::query(KEY).bind(id).fetch_one(&mut *transaction).await?;
        let old = stored_key(&row)?.record();
        let new = KeyRecord {
            id: new_id,
            created_at: now,
            revoked_at: None,
            ..old
        };
        insert_key(&mut transaction, hash, &new).await?;
        transaction.commit().await?;
        Ok(Some(new))
    }

    /// A second acceptance of the same version changes nothing.
    pub(super) async fn accept(&mut self, caller: &str, version: &str, at: Timestamp) -> Result<(), OfficeError> {
        sqlx::query(ACCEPT)
            .bind(caller)
            .bind(version)
            .bind(at.0)
            .execute(&mut self.0)
            .await?;
        Ok(())
    }

    pub(super) async fn accept_all(&mut self, all: &[(String, String, Timestamp)]) -> Result<(), OfficeError> {
        let mut transaction = self.0.begin().await?;
        for (caller, version, at) in all {
            sqlx::query(ACCEPT)
                .bind(caller)
                .bind(version)
                .bind(at.0)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    pub(super) async fn add_feedback(&mut self, all: &[Feedback]) -> Result<(), OfficeError> {
        let mut transaction = self.0.begin().await?;
        for feedback in all {
            sqlx::query(ADD_FEEDBACK)
                .bind(feedback.id.to_string())
                .bind(feedback.at.0)
                .bind(&feedback.caller)
                .bind(&feedback.direction)
                .bind(&feedback.tool)
                .bind(feedback.request.map(|id| id.to_string()))
                .bind(feedback.rating.map(i64::from))
                .bind(&feedback.comment)
                .bind(feedback.sense.map(super::Sense::name))
                .bind(feedback.less_contact.map(i64::from))
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    pub(super) async fn add_incidents(&mut self, all: &[Incident]) -> Result<(), OfficeError> {
        let mut transaction = self.0.begin().await?;
        for incident in all {
            super::tickets::add(&mut transaction, incident).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// False where no open incident has this id, or was opened later.
    pub(super) async fn close_incident(&mut self, id: Uuid, at: Timestamp) -> Result<bool, OfficeError> {
        let query = sqlx::query(CLOSE_INCIDENT).bind(at.0).bind(id.to_string());
        Ok(query.execute(&mut self.0).await?.rows_affected() == 1)
    }
}

async fn insert_key(connection: &mut AnyConnection, hash: &KeyHash, record: &KeyRecord) -> Result<(), sqlx::Error> {
    sqlx::query(ADD_KEY)
        .bind(&record.id)
        .bind(hex(hash))
        .bind(&record.owner)
        .bind(serde_json::Value::from(record.groups.clone()).to_string())
        .bind(record.created_at.0)
        .bind(record.expires_at.map(|at| at.0))
        .execute(connection)
        .await
        .map(|_| ())
}

async fn revoke(connection: &mut AnyConnection, id: &str, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(REVOKE).bind(now.0).bind(id).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

fn stored_key(row: &AnyRow) -> Result<StoredKey, sqlx::Error> {
    let groups: String = row.try_get(3)?;
    Ok(StoredKey {
        hash: row.try_get(0)?,
        id: row.try_get(1)?,
        owner: row.try_get(2)?,
        groups: serde_json::from_str(&groups).map_err(|e| sqlx::Error::Decode(e.into()))?,
        created_at: Timestamp(row.try_get(4)?),
        expires_at: row.try_get::<Option<i64>, _>(5)?.map(Timestamp),
        revoked_at: row.try_get::<Option<i64>, _>(6)?.map(Timestamp),
    })
}

const REVISIONS: &str = "SELECT topic, revision FROM office_changes";

const CHARTERS: &str = "SELECT caller, charter_version FROM charter_acceptances ORDER BY accepted_at_ms";

const KEYS: &str = "SELECT secret_hash, id, owner, groups, created_at_ms, expires_at_ms, revoked_at_ms
    FROM api_keys ORDER BY created_at_ms, id";

const KEYS_ALONE: &str = "SELECT '' AS secret_hash, id, owner, groups, created_at_ms, expires_at_ms, revoked_at_ms
    FROM api_keys ORDER BY created_at_ms, id";

const KEY: &str = "SELECT secret_hash, id, owner, groups, created_at_ms, expires_at_ms, revoked_at_ms
    FROM api_keys WHERE id = $1";

const ADD_KEY: &str = "INSERT INTO api_keys (id, secret_hash, owner, groups, created_at_ms, expires_at_ms)
    VALUES ($1, $2, $3, $4, $5, $6)";

const REVOKE: &str = "UPDATE api_keys SET revoked_at_ms = $1 WHERE id = $2 AND revoked_at_ms IS NULL";

const ACCEPT: &str = "INSERT INTO charter_acceptances (caller, charter_version, accepted_at_ms)
    VALUES ($1, $2, $3) ON CONFLICT (caller, charter_version) DO NOTHING";

const ADD_FEEDBACK: &str = "INSERT INTO feedback
    (id, created_at_ms, caller, direction, tool, request_id, rating, comment, sense, less_contact)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING";

const CLOSE_INCIDENT: &str = "UPDATE incidents SET status = 'closed', closed_at_ms = $1
    WHERE id = $2 AND status = 'open' AND created_at_ms <= $1";
