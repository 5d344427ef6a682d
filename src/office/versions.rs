//! Every policy that was in force, so that a decision can be explained years later: the document of each version in
//! `policy_versions`, by the hash that requests carry, and each coming into force in `policy_loads`.
//!
//! A version is kept on disk first (see [`shelf`](super::shelf)), before it decides anything, and from there carried to
//! the database as soon as that answers, in order, none left out.

use std::{fmt, io, path::Path, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Connection, Row, any::AnyRow};
use tokio::time::sleep;

use super::{
    Office, OfficeError,
    shelf::{Kept, Shelf, Signer},
    store::patiently,
};
use crate::domain::Timestamp;
use crate::policy::{Policy, PolicySigner};
use crate::schema::Engine;

/// After something that did not succeed.
const PAUSE: Duration = Duration::from_secs(2);

/// Why a policy came into force. The words of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// A gateway started with it.
    Start,
    /// It replaced another in a running gateway.
    Reload,
}

impl Because {
    /// Its word in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Reload => "reload",
        }
    }
}

/// A policy comes into force.
#[derive(Clone, Copy)]
pub struct ComesIntoForce<'a> {
    /// The gateway.
    pub instance: &'a str,
    /// The policy.
    pub policy: &'a Policy,
    /// What it was read from.
    pub document: &'a str,
    /// Why.
    pub because: Because,
    /// Names of those who signed it; empty where nobody had to.
    pub signed_by: &'a [String],
}

/// A version of the policy as it was kept. `Debug` shows no document: it may name people.
#[derive(Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// 16 hexadecimal digits, as in `usage_events.policy_hash`.
    pub hash: String,
    /// SHA-256 of the document, 64 hexadecimal digits.
    pub full_hash: String,
    /// Version of the charter that it names.
    pub charter_version: String,
    /// Who may put the version after it in force; empty: whoever can write the file.
    pub signers: Vec<PolicySigner>,
    /// When it came into force last.
    pub since: Timestamp,
    /// In which gateway.
    pub instance: String,
    /// Names of those who signed it; empty where nobody had to.
    pub signed_by: Vec<String>,
    /// The text of the policy.
    pub document: String,
}

impl fmt::Debug for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolicyVersion({}, {} bytes)", self.hash, self.document.len())
    }
}

/// One coming into force, without the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLoad {
    /// Since when.
    pub at: Timestamp,
    /// In which gateway.
    pub instance: String,
    /// Of which version: see [`PolicyVersion::hash`].
    pub hash: String,
    /// Version of the charter that it names.
    pub charter_version: String,
    /// Why: `start` or `reload`.
    pub reason: String,
    /// Names of those who signed it; empty where nobody had to.
    pub signed_by: Vec<String>,
}

impl Office {
    /// Keeps a policy on disk, then announces it. To be called before it decides anything, where waiting for the disk is
    /// allowed.
    ///
    /// # Errors
    /// It cannot be written down: then it must not come into force.
    pub fn comes_into_force(&self, coming: ComesIntoForce<'_>) -> io::Result<()> {
        let ComesIntoForce { policy, .. } = coming;
        if let Some(shelf) = self.shelf() {
            shelf.keep(&Kept {
                hash: policy.hash().to_owned(),
                full_hash: policy.full_hash().to_owned(),
                at: (self.clock)(),
                instance: coming.instance.to_owned(),
                because: coming.because,
                charter_version: policy.charter().version.clone(),
                signed_by: coming.signed_by.to_vec(),
                signers: policy.charter().signers.iter().map(Signer::from).collect(),
                document: coming.document.to_owned(),
            })?;
            self.versions.notify_one();
        }
        self.announce(policy);
        Ok(())
    }

    /// The version that came into force last here, as kept beside the outbox.
    pub fn last_policy_here(&self) -> Option<PolicyVersion> {
        let last = self.shelf()?.last().unwrap_or_else(|error| {
            tracing::error!(%error, "the last policy cannot be read beside the outbox");
            None
        });
        last.map(PolicyVersion::from)
    }

    /// The version that came into force last: here, or in any gateway where none ever did here.
    ///
    /// # Errors
    /// The database cannot be read, and there is nothing here.
    pub async fn last_policy(&self) -> Result<Option<PolicyVersion>, OfficeError> {
        if let Some(here) = self.last_policy_here() {
            return Ok(Some(here));
        }
        patiently(async {
            let mut open = self.store.open().await?;
            let hash: Option<String> = sqlx::query_scalar(LAST).fetch_optional(open.connection()).await?;
            match hash {
                Some(hash) => version(open.connection(), &hash).await,
                None => Ok(None),
            }
        })
        .await
    }

    /// The version with this hash, as in `usage_events.policy_hash`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn policy_version(&self, hash: &str) -> Result<Option<PolicyVersion>, OfficeError> {
        patiently(async { version(self.store.open().await?.connection(), hash).await }).await
    }

    /// The last `most` times that a policy came into force, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn policy_loads(&self, most: u32) -> Result<Vec<PolicyLoad>, OfficeError> {
        let rows = patiently(async {
            let mut open = self.store.open().await?;
            let query = sqlx::query(LOADS).bind(i64::from(most));
            Ok(query.fetch_all(open.connection()).await?)
        })
        .await?;
        Ok(rows.iter().map(load).collect::<Result<_, _>>()?)
    }

    /// Carries what is on disk to the database for ever.
    pub(super) async fn keep_versions(self) {
        let Some(folder) = self.versions_folder() else { return };
        let mut carried = 0;
        loop {
            match self.carry(&folder, carried).await {
                Ok(last) => {
                    carried = last;
                    self.versions.notified().await;
                }
                Err(error) => {
                    tracing::debug!(%error, "the versions of the policy wait for the database");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Carries what comes after `carried`, and says what came last.
    async fn carry(&self, folder: &Path, mut carried: u64) -> Result<u64, OfficeError> {
        let numbers = on_disk(folder, |shelf| shelf.numbers()).await?;
        let last = numbers.last().copied().unwrap_or_default();
        for number in numbers {
            if number > carried {
                match on_disk(folder, move |shelf| shelf.read(number)).await {
                    Ok(kept) => self.carry_one(kept).await?,
                    Err(error) => {
                        tracing::error!(%error, number, "a version of the policy cannot be read beside the outbox");
                        continue;
                    }
                }
                carried = number;
            }
            // The last one stays: a start asks for it.
            if number < last && on_disk(folder, move |shelf| shelf.forget(number)).await.is_err() {
                tracing::warn!(
                    number,
                    "a version of the policy that the database has cannot be removed"
                );
            }
        }
        Ok(last)
    }

    async fn carry_one(&self, kept: Kept) -> Result<(), OfficeError> {
        let engine = self.store.engine();
        patiently(async {
            let mut open = self.store.open().await?;
            Ok(add(open.connection(), engine, &kept).await?)
        })
        .await
    }

    fn shelf(&self) -> Option<Shelf> {
        self.versions_folder().map(|folder| Shelf::at(&folder))
    }

    /// Beside the outbox, as the local copy.
    fn versions_folder(&self) -> Option<Arc<Path>> {
        self.copy.as_ref().map(|copy| copy.with_file_name("policies").into())
    }
}

impl From<Kept> for PolicyVersion {
    fn from(kept: Kept) -> Self {
        Self {
            hash: kept.hash,
            full_hash: kept.full_hash,
            charter_version: kept.charter_version,
            signers: kept.signers.into_iter().map(PolicySigner::from).collect(),
            since: kept.at,
            instance: kept.instance,
            signed_by: kept.signed_by,
            document: kept.document,
        }
    }
}

/// Files may be slow.
async fn on_disk<T: Send + 'static>(
    folder: &Path,
    work: impl FnOnce(Shelf) -> io::Result<T> + Send + 'static,
) -> Result<T, OfficeError> {
    let shelf = Shelf::at(folder);
    tokio::task::spawn_blocking(move || work(shelf))
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
        .map_err(|error| OfficeError::Database(error.into()))
}

async fn add(connection: &mut AnyConnection, engine: Engine, kept: &Kept) -> Result<(), sqlx::Error> {
    let json = |error: serde_json::Error| sqlx::Error::Encode(error.into());
    let mut transaction = connection.begin().await?;
    let add_version = match engine {
        Engine::Sqlite => ADD_VERSION_SQLITE,
        Engine::Postgres => ADD_VERSION_POSTGRES,
    };
    sqlx::query(add_version)
        .bind(&kept.hash)
        .bind(kept.at.0)
        .bind(&kept.instance)
        .bind(&kept.charter_version)
        .bind(&kept.document)
        .bind(&kept.full_hash)
        .bind(serde_json::to_string(&kept.signers).map_err(json)?)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(ADD_LOAD)
        .bind(&kept.instance)
        .bind(kept.at.0)
        .bind(&kept.hash)
        .bind(kept.because.name())
        .bind(serde_json::to_string(&kept.signed_by).map_err(json)?)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

async fn version(connection: &mut AnyConnection, hash: &str) -> Result<Option<PolicyVersion>, OfficeError> {
    let row = sqlx::query(VERSION).bind(hash).fetch_optional(connection).await?;
    let read = |row: AnyRow| {
        let signers: Vec<Signer> = list(&row, 3)?;
        Ok::<_, sqlx::Error>(PolicyVersion {
            hash: row.try_get(0)?,
            full_hash: row.try_get(1)?,
            charter_version: row.try_get(2)?,
            signers: signers.into_iter().map(PolicySigner::from).collect(),
            since: Timestamp(row.try_get(4)?),
            instance: row.try_get(5)?,
            signed_by: list(&row, 6)?,
            document: row.try_get(7)?,
        })
    };
    Ok(row.map(read).transpose()?)
}

fn load(row: &AnyRow) -> Result<PolicyLoad, sqlx::Error> {
    Ok(PolicyLoad {
        at: Timestamp(row.try_get(0)?),
        instance: row.try_get(1)?,
        hash: row.try_get(2)?,
        charter_version: row.try_get(3)?,
        reason: row.try_get(4)?,
        signed_by: list(row, 5)?,
    })
}

/// A JSON list in a column.
fn list<T: for<'de> Deserialize<'de>>(row: &AnyRow, column: usize) -> Result<Vec<T>, sqlx::Error> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))
}

const ADD_VERSION_SQLITE: &str = "INSERT INTO policy_versions
        (policy_hash, first_loaded_at, instance, charter_version, document, full_hash, signers)
    VALUES ($1, strftime('%Y-%m-%dT%H:%M:%fZ', $2 / 1000.0, 'unixepoch'), $3, $4, $5, $6, $7)
    ON CONFLICT (policy_hash) DO NOTHING";

const ADD_VERSION_POSTGRES: &str = "INSERT INTO policy_versions
        (policy_hash, first_loaded_at, instance, charter_version, document, full_hash, signers)
    VALUES ($1, timestamptz 'epoch' + CAST($2 AS bigint) * interval '1 millisecond', $3, $4, $5, $6, $7)
    ON CONFLICT (policy_hash) DO NOTHING";

const ADD_LOAD: &str = "INSERT INTO policy_loads (instance, loaded_at_ms, policy_hash, reason, signed_by)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (instance, loaded_at_ms, policy_hash) DO NOTHING";

const VERSION: &str = "SELECT v.policy_hash, v.full_hash, v.charter_version, v.signers, l.loaded_at_ms, l.instance,
        l.signed_by, v.document
    FROM policy_versions v JOIN policy_loads l ON l.policy_hash = v.policy_hash
    WHERE v.policy_hash = $1 ORDER BY l.loaded_at_ms DESC LIMIT 1";

const LAST: &str = "SELECT policy_hash FROM policy_loads ORDER BY loaded_at_ms DESC LIMIT 1";

const LOADS: &str = "SELECT l.loaded_at_ms, l.instance, l.policy_hash, v.charter_version, l.reason, l.signed_by
    FROM policy_loads l JOIN policy_versions v ON v.policy_hash = l.policy_hash
    ORDER BY l.loaded_at_ms DESC LIMIT $1";
