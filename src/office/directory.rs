//! The directory of people, their groups and their direction, as it is imported: kept by pseudonym, known by heart to
//! every gateway, and worth as much as it is fresh.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use sqlx::Row;
use tokio::time::timeout;

use super::{
    Imported, Office, OfficeError,
    snapshot::Directory,
    store::{Open, Store, patiently},
};
use crate::domain::{Pseudonym, Timestamp};
use crate::schema::Engine;

/// Longest import.
const IMPORT: Duration = Duration::from_secs(600);

/// Somebody of the directory, to be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Listing {
    /// Who, without a year.
    pub caller: Pseudonym,
    /// Names of groups.
    pub groups: Vec<String>,
    /// Direction; empty where there is none.
    pub direction: String,
}

impl std::fmt::Debug for Listing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listing({} groups)", self.groups.len())
    }
}

/// What the directory says of somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Names of groups; none for who is not in it.
    pub groups: Vec<String>,
    /// Direction, where there is one.
    pub direction: Option<String>,
}

impl Office {
    /// What the directory says of a caller, without I/O.
    pub fn listed(&self, pseudonym: &str) -> Listed {
        let snapshot = self.snapshot.borrow();
        let found = snapshot.directory.people.get(pseudonym).cloned();
        found.map_or_else(Listed::default, |(groups, direction)| Listed {
            groups,
            direction: Some(direction).filter(|direction| !direction.is_empty()),
        })
    }

    /// How long ago the directory was imported, without I/O; none where it never was.
    pub fn directory_age(&self) -> Option<Duration> {
        let at = self.snapshot.borrow().directory.imported_at?;
        let passed = (self.clock)().0.saturating_sub(at.0);
        Some(Duration::from_millis(u64::try_from(passed).unwrap_or_default()))
    }

    /// How many people the directory has, without I/O.
    pub fn directory_size(&self) -> usize {
        self.snapshot.borrow().directory.people.len()
    }

    /// Puts this directory in the place of the one before, whole or not at all. Where somebody is given twice, all
    /// their groups count and the last direction.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn import_directory(&self, all: &[Listing]) -> Result<Imported, OfficeError> {
        let mut wanted: BTreeMap<&str, (Vec<&str>, &str)> = BTreeMap::new();
        for one in all {
            let (groups, direction) = wanted.entry(one.caller.as_str()).or_default();
            groups.extend(one.groups.iter().map(String::as_str));
            groups.sort_unstable();
            groups.dedup();
            *direction = &one.direction;
        }
        let wanted = wanted
            .into_iter()
            .map(|(caller, (groups, direction))| (caller, (serde_json::json!(groups).to_string(), direction)))
            .collect();
        let mut open = patiently(self.store.open()).await?;
        let now = (self.clock)();
        let done = timeout(IMPORT, import(&mut open, &self.store, &wanted, now))
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
    wanted: &BTreeMap<&str, (String, &str)>,
    now: Timestamp,
) -> Result<Imported, OfficeError> {
    // As for attestations: SQLite takes its lock before it reads.
    let begin = match store.engine() {
        Engine::Sqlite => "BEGIN IMMEDIATE",
        Engine::Postgres => "BEGIN",
    };
    sqlx::query(begin).execute(open.connection()).await?;
    let mut done = Imported::default();
    let known = open.people().await?;
    for (caller, (groups, direction)) in wanted {
        match known.get(*caller) {
            Some((kept, place)) if kept == groups && place == direction => {
                done.known += 1;
                continue;
            }
            Some(_) => done.changed += 1,
            None => done.new += 1,
        }
        sqlx::query(KEEP)
            .bind(*caller)
            .bind(groups)
            .bind(*direction)
            .execute(open.connection())
            .await?;
    }
    for caller in known.keys().filter(|caller| !wanted.contains_key(caller.as_str())) {
        sqlx::query(REMOVE).bind(caller).execute(open.connection()).await?;
        done.removed += 1;
    }
    sqlx::query(STAMP).bind(now.0).execute(open.connection()).await?;
    sqlx::query("COMMIT").execute(open.connection()).await?;
    Ok(done)
}

impl Open {
    /// Caller; groups as they are stored, and direction.
    async fn people(&mut self) -> Result<HashMap<String, (String, String)>, OfficeError> {
        let rows = sqlx::query(ALL).fetch_all(self.connection()).await?;
        let read = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?))));
        Ok(read.collect::<Result<_, sqlx::Error>>()?)
    }

    /// What the snapshot holds of it.
    pub(super) async fn directory(&mut self) -> Result<Directory, OfficeError> {
        let row = sqlx::query(STAMPED).fetch_optional(self.connection()).await?;
        let imported_at = row.map(|row| row.try_get(0)).transpose()?.map(Timestamp);
        let read = |(caller, (groups, direction)): (String, (String, String))| {
            let groups = serde_json::from_str(&groups).map_err(|e| sqlx::Error::Decode(e.into()))?;
            Ok((caller, (groups, direction)))
        };
        let people = self
            .people()
            .await?
            .into_iter()
            .map(read)
            .collect::<Result<_, sqlx::Error>>()?;
        Ok(Directory { people, imported_at })
    }
}

const ALL: &str = "SELECT caller, groups, direction FROM directory_people";

const KEEP: &str = "INSERT INTO directory_people (caller, groups, direction) VALUES ($1, $2, $3)
    ON CONFLICT (caller) DO UPDATE SET groups = excluded.groups, direction = excluded.direction";

const REMOVE: &str = "DELETE FROM directory_people WHERE caller = $1";

const STAMPED: &str = "SELECT imported_at_ms FROM directory_import WHERE id = 1";

const STAMP: &str = "INSERT INTO directory_import (id, imported_at_ms) VALUES (1, $1)
    ON CONFLICT (id) DO UPDATE SET imported_at_ms = excluded.imported_at_ms";
