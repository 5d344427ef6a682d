//! What the office knows, in memory and in a file beside the outbox, so that a database that is down never makes a
//! valid key invalid. The file holds hashes, never keys, and only its owner can read it.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::{
    KeyRecord,
    key::{KeyHash, hex, unhex},
};
use crate::domain::{Attestation, Timestamp};

/// How often each topic was changed: keys, acceptances, attestations, directory.
pub(super) type Revision = [i64; 4];

/// By pseudonym, each training with its last day as the table has it.
pub(super) type Trained = HashMap<String, Vec<(String, String)>>;

/// The directory as it was imported: by pseudonym, groups and direction; and when that was.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Directory {
    pub(super) people: HashMap<String, (Vec<String>, String)>,
    pub(super) imported_at: Option<Timestamp>,
}

/// Valid keys, acceptances and attestations, as of one revision of the database.
#[derive(Default)]
pub(super) struct Snapshot {
    keys: HashMap<KeyHash, KeyRecord>,
    charters: HashMap<String, Vec<String>>,
    attestations: Trained,
    pub(super) directory: Directory,
    /// None before anything was read.
    pub(super) revision: Option<Revision>,
}

/// A key as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredKey {
    pub(super) hash: String,
    pub(super) id: String,
    pub(super) owner: String,
    pub(super) groups: Vec<String>,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) revoked_at: Option<Timestamp>,
}

impl StoredKey {
    pub(super) fn record(self) -> KeyRecord {
        let Self {
            id,
            owner,
            groups,
            created_at,
            expires_at,
            revoked_at,
            ..
        } = self;
        KeyRecord {
            id,
            owner,
            groups,
            created_at,
            expires_at,
            revoked_at,
        }
    }
}

/// The file. A format that changes changes its number, and an unknown number is not read.
#[derive(Serialize, Deserialize)]
struct Copy {
    format: u32,
    revision: Revision,
    keys: Vec<StoredKey>,
    charters: HashMap<String, Vec<String>>,
    attestations: Trained,
    directory: Directory,
}

const FORMAT: u32 = 3;

impl Snapshot {
    pub(super) fn new(
        keys: Vec<StoredKey>,
        charters: HashMap<String, Vec<String>>,
        attestations: Trained,
        directory: Directory,
        revision: Revision,
    ) -> Self {
        let keys = keys.into_iter().filter(|key| key.revoked_at.is_none());
        let keys = keys.filter_map(|key| Some((unhex(&key.hash)?, key.record()))).collect();
        Self {
            keys,
            charters,
            attestations,
            directory,
            revision: Some(revision),
        }
    }

    pub(super) fn key(&self, hash: &KeyHash, now: Timestamp) -> Option<KeyRecord> {
        let valid = |record: &&KeyRecord| record.expires_at.is_none_or(|at| at > now);
        self.keys.get(hash).filter(valid).cloned()
    }

    pub(super) fn charters(&self, caller: &str) -> Vec<String> {
        self.charters.get(caller).cloned().unwrap_or_default()
    }

    pub(super) fn attestations(&self, caller: &str) -> Vec<Attestation> {
        let mine = self.attestations.get(caller).into_iter().flatten();
        // A day that cannot be read, put there by hand, attests nothing.
        mine.filter_map(|(training, valid_until)| {
            Some(Attestation {
                training: training.clone(),
                valid_until: valid_until.parse().ok()?,
            })
        })
        .collect()
    }

    /// Reads the file; none where there is none or it makes no sense.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let copy: Copy = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        (copy.format == FORMAT).then(|| {
            Self::new(
                copy.keys,
                copy.charters,
                copy.attestations,
                copy.directory,
                copy.revision,
            )
        })
    }

    /// Writes the file whole or not at all.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let keys = self.keys.iter().map(|(hash, record)| stored(hash, record)).collect();
        let revision = self.revision.unwrap_or_default();
        let copy = Copy {
            format: FORMAT,
            revision,
            keys,
            charters: self.charters.clone(),
            attestations: self.attestations.clone(),
            directory: self.directory.clone(),
        };
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file: File = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(&serde_json::to_vec(&copy)?)?;
        file.sync_all()?;
        fs::rename(&new, path)
    }
}

fn stored(hash: &KeyHash, record: &KeyRecord) -> StoredKey {
    let KeyRecord {
        id,
        owner,
        groups,
        created_at,
        expires_at,
        revoked_at,
    } = record.clone();
    StoredKey {
        hash: hex(hash),
        id,
        owner,
        groups,
        created_at,
        expires_at,
        revoked_at,
    }
}
