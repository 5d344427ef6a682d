//! The policies that came into force, as files beside the outbox: one for each coming into force that the database does
//! not have yet, and always the last one. A file is synced before the policy decides anything, so whatever happens to
//! the process or to the database, every version that decided a request can be found again.
//!
//! Files are numbered, because clocks go back; only their owner reads them, because a policy may name people.

use std::{
    fmt, fs,
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::versions::Because;
use crate::domain::Timestamp;
use crate::policy::PolicySigner;

/// A policy that came into force. `Debug` shows no document.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) hash: String,
    pub(super) full_hash: String,
    pub(super) at: Timestamp,
    pub(super) instance: String,
    pub(super) because: Because,
    pub(super) charter_version: String,
    pub(super) signed_by: Vec<String>,
    pub(super) signers: Vec<Signer>,
    pub(super) document: String,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Kept({}, {:?}, {} bytes)",
            self.hash,
            self.because,
            self.document.len()
        )
    }
}

/// A [`PolicySigner`] as it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Signer {
    name: String,
    key: String,
}

impl From<&PolicySigner> for Signer {
    fn from(PolicySigner { name, key }: &PolicySigner) -> Self {
        Self {
            name: name.clone(),
            key: key.clone(),
        }
    }
}

impl From<Signer> for PolicySigner {
    fn from(Signer { name, key }: Signer) -> Self {
        Self { name, key }
    }
}

/// The folder.
pub(super) struct Shelf(PathBuf);

impl Shelf {
    pub(super) fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Adds a file, safe from a power cut once this returns.
    pub(super) fn keep(&self, kept: &Kept) -> io::Result<()> {
        self.make()?;
        let number = self.numbers()?.last().map_or(1, |last| last + 1);
        let (path, new) = (self.path(number), self.0.join("new"));
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(&serde_json::to_vec(kept)?)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        File::open(&self.0)?.sync_all()
    }

    /// Makes the folder, which outlives a power cut as what is in it does.
    fn make(&self) -> io::Result<()> {
        if !self.0.is_dir() {
            fs::create_dir_all(&self.0)?;
            if let Some(above) = self.0.parent().filter(|above| !above.as_os_str().is_empty()) {
                File::open(above)?.sync_all()?;
            }
        }
        Ok(())
    }

    /// Numbers of the files, oldest first. A folder that is not there is empty.
    pub(super) fn numbers(&self) -> io::Result<Vec<u64>> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let number: Option<u64> = name.to_str().and_then(|name| name.strip_suffix(".json")?.parse().ok());
            numbers.extend(number);
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    pub(super) fn read(&self, number: u64) -> io::Result<Kept> {
        Ok(serde_json::from_slice(&fs::read(self.path(number))?)?)
    }

    /// The last one that came into force here, if any.
    pub(super) fn last(&self) -> io::Result<Option<Kept>> {
        self.numbers()?.last().map(|&number| self.read(number)).transpose()
    }

    pub(super) fn forget(&self, number: u64) -> io::Result<()> {
        fs::remove_file(self.path(number))
    }

    fn path(&self, number: u64) -> PathBuf {
        self.0.join(format!("{number:08}.json"))
    }
}
