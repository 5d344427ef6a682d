//! Trainings that callers had, as the DSIUN imports them: kept by pseudonym, known by heart to every gateway, and read
//! beside those that the policy names.

use std::{collections::BTreeMap, fmt, time::Duration};

use jiff::civil::Date;
use sqlx::Row;
use tokio::time::timeout;

use super::{
    Office, OfficeError,
    snapshot::Trained,
    store::{Open, Store, patiently},
};
use crate::domain::{Pseudonym, Timestamp};
use crate::schema::Engine;

/// Longest import: a hundred thousand lines take seconds.
const IMPORT: Duration = Duration::from_secs(600);

/// A training of a caller, to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// Who, without a year.
    pub caller: Pseudonym,
    /// Name of the training in the policy.
    pub training: String,
    /// Last day.
    pub valid_until: Date,
}

/// What an import did.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Trainings that were not known.
    pub new: usize,
    /// Trainings whose last day is another one now.
    pub changed: usize,
    /// Trainings that were known as they are.
    pub known: usize,
    /// Trainings that were taken out.
    pub removed: usize,
}

impl fmt::Debug for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{} ~{} ={} -{}", self.new, self.changed, self.known, self.removed)
    }
}

impl Office {
    /// Keeps these trainings, all of them or none; where one is given twice, the later day counts. A day that is already
    /// kept gives way to the new one. `replace` takes out every other training.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn import_attestations(&self, all: &[Attested], replace: bool) -> Result<Imported, OfficeError> {
        let mut wanted: BTreeMap<(&str, &str), Date> = BTreeMap::new();
        for one in all {
            let day = wanted
                .entry((one.caller.as_str(), &one.training))
                .or_insert(one.valid_until);
            *day = one.valid_until.max(*day);
        }
        let mut open = patiently(self.store.open()).await?;
        let now = (self.clock)();
        let done = timeout(IMPORT, import(&mut open, &self.store, &wanted, replace, now))
            .await
            .map_err(|_| OfficeError::TimedOut)??;
        // It is written; where it cannot be read now, the task reads it soon.
        let _ = self.refresh().await;
        Ok(done)
    }
}

async fn import(
    open: &mut Open,
    store: &Store,
    wanted: &BTreeMap<(&str, &str), Date>,
    replace: bool,
    now: Timestamp,
) -> Result<Imported, OfficeError> {
    // SQLite takes its lock before it reads: another writer in between would end the import. A connection that is
    // dropped in the middle takes everything back.
    let begin = match store.engine() {
        Engine::Sqlite => "BEGIN IMMEDIATE",
        Engine::Postgres => "BEGIN",
    };
    sqlx::query(begin).execute(open.connection()).await?;
    let mut done = Imported::default();
    let known: BTreeMap<(String, String), String> = open
        .rows()
        .await?
        .into_iter()
        .map(|(caller, training, day)| ((caller, training), day))
        .collect();
    for ((caller, training), day) in wanted {
        let day = day.to_string();
        match known.get(&((*caller).to_owned(), (*training).to_owned())) {
            Some(kept) if *kept == day => {
                done.known += 1;
                continue;
            }
            Some(_) => done.changed += 1,
            None => done.new += 1,
        }
        sqlx::query(KEEP)
            .bind(*caller)
            .bind(*training)
            .bind(day)
            .bind(now.0)
            .execute(open.connection())
            .await?;
    }
    let gone = known
        .keys()
        .filter(|(caller, training)| replace && !wanted.contains_key(&(caller.as_str(), training.as_str())));
    for (caller, training) in gone {
        sqlx::query(REMOVE)
            .bind(caller)
            .bind(training)
            .execute(open.connection())
            .await?;
        done.removed += 1;
    }
    sqlx::query("COMMIT").execute(open.connection()).await?;
    Ok(done)
}

impl Open {
    /// Caller, training, last day.
    async fn rows(&mut self) -> Result<Vec<(String, String, String)>, OfficeError> {
        let rows = sqlx::query(ALL).fetch_all(self.connection()).await?;
        let read = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)));
        Ok(read.collect::<Result<_, sqlx::Error>>()?)
    }

    /// What the snapshot holds of them.
    pub(super) async fn attestations(&mut self) -> Result<Trained, OfficeError> {
        let mut trained = Trained::new();
        for (caller, training, day) in self.rows().await? {
            trained.entry(caller).or_default().push((training, day));
        }
        Ok(trained)
    }
}

const ALL: &str = "SELECT caller, training, valid_until FROM attestations";

const KEEP: &str = "INSERT INTO attestations (caller, training, valid_until, imported_at_ms) VALUES ($1, $2, $3, $4)
    ON CONFLICT (caller, training) DO UPDATE SET valid_until = excluded.valid_until,
        imported_at_ms = excluded.imported_at_ms";

const REMOVE: &str = "DELETE FROM attestations WHERE caller = $1 AND training = $2";
