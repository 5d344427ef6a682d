//! The office: small tables of the central database. Three of them the gateway must know by heart, the keys of callers,
//! who accepted which charter and who had which training; what callers say back (feedback, incidents) is only written here,
//! and so are the versions of the policy.
//!
//! A request never asks the database: [`Office::key`] looks into a snapshot in memory. A task asks every
//! [`POLL`] whether anything changed (one query, one row a topic), so a revoked key is refused in under a second, and
//! keeps a copy on disk for a start without a database. While the database is down the snapshot stays as it is: a valid
//! key stays valid, and a key revoked meanwhile too.

mod attestations;
mod books;
mod comments;
mod directory;
mod doubts;
mod key;
mod letters;
mod returns;
mod sessions;
pub mod sheet;
mod shelf;
mod snapshot;
mod store;
mod tickets;
mod versions;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{Mutex, Notify, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::domain::{Attestation, Clock, Timestamp};
use crate::schema::{self, SchemaError};
pub use attestations::{Attested, Imported};
pub use books::ToolLine;
pub use comments::Comment;
pub use directory::{Listed, Listing};
pub use doubts::{Doubted, FalsePositive};
pub use letters::{Claimed, DeadLetter, Letter, LetterCounts};
pub use returns::{Feedback, Incident, IncidentCategory, Opened, Sense};
pub use sessions::{IDLE, LONGEST, Opening};
use snapshot::Snapshot;
use store::{Open, Secrets, Store, patiently};
pub use tickets::{OVERDUE, Reply, Ticket};
pub use versions::{Because, ComesIntoForce, PolicyLoad, PolicyVersion};

/// Time between two looks at the database.
const POLL: Duration = Duration::from_millis(250);
/// After a look that failed.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a start waits for the database before it goes on with the copy.
const FIRST_LOOK: Duration = Duration::from_secs(2);

/// A key, without its text. `Debug` does not show whose it is.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Short public id.
    pub id: String,
    /// Identity known to the policy.
    pub owner: String,
    /// Groups of the policy.
    pub groups: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// Since when it is refused.
    pub revoked_at: Option<Timestamp>,
}

impl fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRecord")
            .field("id", &self.id)
            .field("groups", &self.groups.len())
            .field("expires_at", &self.expires_at)
            .field("revoked_at", &self.revoked_at)
            .finish_non_exhaustive()
    }
}

/// Why the office could not do what it was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum OfficeError {
    /// The database address is neither `sqlite:` nor `postgres:`, or cannot be read.
    Address,
    /// The database does not answer in time.
    TimedOut,
    /// The database said no.
    Database(sqlx::Error),
    /// The schema of the database is not what this program needs.
    Schema(SchemaError),
    /// The operating system gave no randomness.
    Chance,
    /// A rating is not from 1 to 5.
    Rating,
}

impl fmt::Display for OfficeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("l'adresse de la base de données doit commencer par sqlite: ou postgres:"),
            Self::TimedOut => f.write_str("la base de données ne répond pas à temps"),
            Self::Database(e) => f.write_str(&schema::in_french(e)),
            Self::Schema(e) => e.fmt(f),
            Self::Chance => f.write_str("le système ne fournit pas d'aléa"),
            Self::Rating => f.write_str("une note va de 1 à 5"),
        }
    }
}

impl std::error::Error for OfficeError {}

impl From<sqlx::Error> for OfficeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// The handle. Clones share one snapshot.
#[derive(Clone)]
pub struct Office {
    store: Store,
    secrets: Secrets,
    copy: Option<Arc<Path>>,
    clock: Clock,
    snapshot: watch::Sender<Arc<Snapshot>>,
    /// One reader of the database at a time, so that an older snapshot never replaces a newer one.
    refreshing: Arc<Mutex<()>>,
    /// What the policy in force says, for the committee's views.
    books: watch::Sender<Option<Arc<books::Books>>>,
    /// A version of the policy waits on disk for the database.
    versions: Arc<Notify>,
    /// For the pages, which ask each time who is signed in.
    sessions: sqlx::AnyPool,
}

/// The tasks that follow the database and keep in it the committee's books and the versions of the policy. Dropped, they
/// go on.
pub struct OfficeTask([JoinHandle<()>; 3]);

impl OfficeTask {
    /// Ends them.
    pub async fn shutdown(self) {
        for task in self.0 {
            task.abort();
            let _ = task.await;
        }
    }
}

impl Office {
    /// Reads the tables, or the local copy where the database does not answer, and follows them from then on.
    ///
    /// # Errors
    /// The address is unreadable. A database that is down is no error.
    pub async fn start(
        database_url: &str,
        local_copy: PathBuf,
        clock: Clock,
    ) -> Result<(Self, OfficeTask), OfficeError> {
        let office = Self::new(database_url, Some(local_copy.into()), clock)?;
        let mut open = None;
        let first = timeout(FIRST_LOOK, office.look(&mut open))
            .await
            .unwrap_or(Err(OfficeError::TimedOut));
        if let Err(error) = &first {
            tracing::warn!(%error, "the keys come from the local copy until the database answers");
            if let Some(copy) = office.copy.as_deref().and_then(Snapshot::read) {
                office.snapshot.send_replace(Arc::new(copy));
            }
        }
        let tasks = [
            tokio::spawn(office.clone().follow(open, first.is_ok())),
            tokio::spawn(office.clone().keep_books()),
            tokio::spawn(office.clone().keep_versions()),
        ];
        Ok((office, OfficeTask(tasks)))
    }

    /// For a program that does one thing and ends: reads the tables once and follows nothing.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn open(database_url: &str, clock: Clock) -> Result<Self, OfficeError> {
        let office = Self::new(database_url, None, clock)?;
        office.store.prepare().await?;
        office.refresh().await?;
        Ok(office)
    }

    /// For a program that looks whether a gateway could start: what a gateway keeps beside its outbox is read from
    /// `local_copy` on when it is asked for, and nothing is made.
    ///
    /// # Errors
    /// The address of the database is none.
    pub fn aside(database_url: &str, local_copy: PathBuf, clock: Clock) -> Result<Self, OfficeError> {
        Self::new(database_url, Some(local_copy.into()), clock)
    }

    /// As [`Office::open`], for a program that only looks and may not see the hashes of secrets: [`Office::key`] finds no
    /// key in it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn open_to_look(database_url: &str, clock: Clock) -> Result<Self, OfficeError> {
        let mut office = Self::new(database_url, None, clock)?;
        office.secrets = Secrets::Left;
        office.store.prepare().await?;
        office.refresh().await?;
        Ok(office)
    }

    fn new(database_url: &str, copy: Option<Arc<Path>>, clock: Clock) -> Result<Self, OfficeError> {
        let store = Store::new(database_url)?;
        let snapshot = watch::Sender::new(Arc::new(Snapshot::default()));
        Ok(Self {
            store,
            secrets: Secrets::Hashed,
            copy,
            clock,
            snapshot,
            refreshing: Arc::default(),
            books: books::unknown(),
            versions: Arc::default(),
            sessions: sessions::pool(database_url)?,
        })
    }

    /// Keys are known, from the database or from its copy. Where they are not, no key can be told from a wrong one.
    pub fn is_loaded(&self) -> bool {
        self.snapshot.borrow().revision.is_some()
    }

    /// The key behind a secret, without I/O; none where it is mistyped, unknown, revoked or expired.
    pub fn key(&self, secret: &str) -> Option<KeyRecord> {
        let hash = key::hash(secret)?;
        self.snapshot.borrow().key(&hash, (self.clock)())
    }

    /// Versions of the charter a caller accepted, without I/O.
    pub fn accepted_charters(&self, pseudonym: &str) -> Vec<String> {
        self.snapshot.borrow().charters(pseudonym)
    }

    /// Trainings a caller had, as they were imported, without I/O.
    pub fn attestations(&self, pseudonym: &str) -> Vec<Attestation> {
        self.snapshot.borrow().attestations(pseudonym)
    }

    /// Makes a key and returns it with its text, which is shown once and stored nowhere.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn create_key(
        &self,
        owner: &str,
        groups: &[String],
        expires_at: Option<Timestamp>,
    ) -> Result<(KeyRecord, String), OfficeError> {
        let (secret, hash) = new_secret()?;
        let record = KeyRecord {
            id: key::public_id()?,
            owner: owner.to_owned(),
            groups: groups.to_vec(),
            created_at: (self.clock)(),
            expires_at,
            revoked_at: None,
        };
        self.write(async |open| open.add_key(&hash, &record).await).await?;
        Ok((record, secret))
    }

    /// Every key ever made, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn list_keys(&self) -> Result<Vec<KeyRecord>, OfficeError> {
        let keys = patiently(async { self.store.open().await?.keys(Secrets::Left).await }).await?;
        Ok(keys.into_iter().map(snapshot::StoredKey::record).collect())
    }

    /// Revokes a key: refused here at once, by other gateways in under a second. False where no valid key has this id.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn revoke_key(&self, id: &str) -> Result<bool, OfficeError> {
        let now = (self.clock)();
        self.write(async |open| open.revoke_key(id, now).await).await
    }

    /// Replaces a key: the new one has its owner, groups and end, the old one is revoked. None where no valid key has
    /// this id.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn rotate_key(&self, id: &str) -> Result<Option<(KeyRecord, String)>, OfficeError> {
        let (secret, hash) = new_secret()?;
        let (new_id, now) = (key::public_id()?, (self.clock)());
        let record = self
            .write(async |open| open.replace_key(id, new_id.clone(), &hash, now).await)
            .await?;
        Ok(record.map(|record| (record, secret)))
    }

    /// Writes down that a caller accepted a version of the charter.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn accept_charter(&self, pseudonym: &str, version: &str) -> Result<(), OfficeError> {
        let now = (self.clock)();
        self.write(async |open| open.accept(pseudonym, version, now).await)
            .await
    }

    /// Writes, then reads, so that what was written counts here at once.
    async fn write<T>(&self, work: impl AsyncFnOnce(&mut Open) -> Result<T, OfficeError>) -> Result<T, OfficeError> {
        let done = patiently(async { work(&mut self.store.open().await?).await }).await?;
        // It is written; where it cannot be read now, the task reads it soon.
        let _ = self.refresh().await;
        Ok(done)
    }

    async fn refresh(&self) -> Result<(), OfficeError> {
        patiently(async {
            let mut open = None;
            self.look(&mut open).await
        })
        .await
    }

    /// One look at the database: reads the tables if they changed.
    async fn look(&self, open: &mut Option<Open>) -> Result<(), OfficeError> {
        let _one = self.refreshing.lock().await;
        let mut store = match open.take() {
            Some(store) => store,
            None => self.store.open().await?,
        };
        let known = self.snapshot.borrow().revision;
        if known != Some(store.revision().await?) {
            let new = Arc::new(store.snapshot(self.secrets).await?);
            self.snapshot.send_replace(Arc::clone(&new));
            self.keep(new).await;
        }
        *open = Some(store);
        Ok(())
    }

    /// Writes the local copy.
    async fn keep(&self, snapshot: Arc<Snapshot>) {
        let Some(path) = self.copy.clone() else { return };
        let written = tokio::task::spawn_blocking(move || snapshot.write(&path)).await;
        if !matches!(written, Ok(Ok(()))) {
            tracing::warn!("the local copy of the keys cannot be written");
        }
    }

    /// Looks for ever.
    async fn follow(self, mut open: Option<Open>, mut fine: bool) {
        loop {
            sleep(if fine { POLL } else { PAUSE }).await;
            let looked = patiently(self.look(&mut open)).await;
            if looked.is_ok() != fine {
                match &looked {
                    Ok(()) => tracing::info!("the keys come from the database again"),
                    Err(error) => tracing::warn!(%error, "the keys stay as they are until the database answers"),
                }
            }
            fine = looked.is_ok();
        }
    }
}

fn new_secret() -> Result<(String, key::KeyHash), OfficeError> {
    let secret = key::generate()?;
    let hash = key::hash(&secret).ok_or(OfficeError::Chance)?;
    Ok((secret, hash))
}
