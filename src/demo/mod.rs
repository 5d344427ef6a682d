//! A store full of plausible usage, so that a newcomer sees a real report at once.
//!
//! [`Plan::imagine`] makes up what about four hundred numbered agents did; [`fill`] writes it down the way everything
//! is written down: requests through the ledger with an outbox of its own, so that the chain is intact, the rest
//! through the office and the table of Workspace. Every row of the journal says `demo` as its gateway.
//! The committee's list has what the policy in force says and, until a gateway starts, the tools that only the
//! demonstration has. A store that holds rows of a real gateway is refused, unless its owner decides otherwise by name.

mod calendar;
mod chance;
mod house;
mod requests;
mod story;
mod tools;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::task::JoinSet;

pub use story::{Plan, Story};

use crate::committee::workspace::{Workspace, WorkspaceError};
use crate::domain::Clock;
use crate::ledger::{Ledger, LedgerSettings, StartError, Trouble, Unavailable};
use crate::office::{Office, OfficeError};
use crate::policy::Policy;

/// The gateway that the rows say they came through.
pub const INSTANCE: &str = "demo";
/// Most closed months: with the one under way they stay within the year for which rows are kept.
pub const MOST_MONTHS: u8 = 11;
/// Requests that wait for one commit of the outbox.
const ABREAST: usize = 512;
/// How long the database may take for what is left at the end.
const PATIENCE: Duration = Duration::from_secs(600);

/// Why there is no demonstration.
#[derive(Debug)]
#[non_exhaustive]
pub enum DemoError {
    /// The store has a demonstration already: so many requests.
    Done(i64),
    /// The store holds rows of these gateways.
    Inhabited(Vec<String>),
    /// The database does not answer as it should.
    Database(Trouble),
    /// The ledger cannot start.
    Start(StartError),
    /// The ledger takes no row.
    Ledger(Unavailable),
    /// The outbox could not be emptied in time.
    Late,
    /// The office takes no row.
    Office(OfficeError),
    /// The table of Workspace takes no row.
    Workspace(WorkspaceError),
}

impl fmt::Display for DemoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(requests) => write!(
                f,
                "cette base a déjà une démonstration ({requests} demandes) ; rien n'y a été ajouté. Pour une autre, \
                 indiquez une base vide (DATABASE_URL)"
            ),
            Self::Inhabited(instances) => write!(
                f,
                "cette base contient des demandes réelles (passerelle {}) ; rien n'y a été ajouté. Indiquez une base vide \
                 (DATABASE_URL), ou `--force` pour y mêler des données inventées, ce que rien ne défera",
                instances.join(", ")
            ),
            Self::Database(trouble) => write!(f, "la base de données ne répond pas comme attendu ({})", trouble.code()),
            Self::Start(error) => error.fmt(f),
            Self::Ledger(unavailable) => unavailable.fmt(f),
            Self::Late => f.write_str("la base de données n'a pas tout reçu à temps ; recommencez sur une base vide"),
            Self::Office(error) => error.fmt(f),
            Self::Workspace(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DemoError {}

/// Where it is written.
pub struct Store<'s> {
    /// The central database.
    pub database_url: &'s str,
    /// A folder on disk for the outbox, which is gone in the end.
    pub folder: &'s Path,
    /// Rows of other gateways are no obstacle.
    pub force: bool,
}

/// Checks that the store may be filled, and changes nothing but its schema.
///
/// # Errors
/// It may not.
pub async fn check(store: &Store<'_>) -> Result<(), DemoError> {
    let instances = Ledger::instances(&store.settings())
        .await
        .map_err(DemoError::Database)?;
    if let Some((_, requests)) = instances.iter().find(|(instance, _)| instance == INSTANCE) {
        return Err(DemoError::Done(*requests));
    }
    if !instances.is_empty() && !store.force {
        let names = instances.into_iter().map(|(instance, _)| instance);
        return Err(DemoError::Inhabited(names.collect()));
    }
    Ok(())
}

/// Writes a story into a store that [`check`] allows.
///
/// # Errors
/// The store may not be filled, or takes no row. What was written stays: a second attempt needs an empty store.
pub async fn fill(story: Story, policy: &Policy, store: &Store<'_>, clock: Clock) -> Result<(), DemoError> {
    check(store).await?;
    let office = Office::open(store.database_url, clock.clone())
        .await
        .map_err(DemoError::Office)?;
    // What an attempt that died left behind is not in the database, and is made up anew.
    store.clear();
    let (ledger, tasks) = Ledger::start(store.settings(), clock).await.map_err(DemoError::Start)?;
    let mut left = story.requests.into_iter().peekable();
    while left.peek().is_some() {
        // On one thread, tasks start in the order in which they are made, so rows keep the order of their instants.
        let mut abreast = JoinSet::new();
        for (entry, settlement) in left.by_ref().take(ABREAST) {
            let ledger = ledger.clone();
            abreast.spawn(async move { ledger.record(entry, settlement).await });
        }
        while let Some(done) = abreast.join_next().await {
            done.unwrap_or(Err(Unavailable::Stopped)).map_err(DemoError::Ledger)?;
        }
    }
    let all_there = ledger.flush(PATIENCE).await;
    tasks.shutdown().await;
    if !all_there {
        return Err(DemoError::Late);
    }
    store.clear();
    office
        .accept_charters(&story.acceptances)
        .await
        .map_err(DemoError::Office)?;
    office.add_feedback(&story.feedback).await.map_err(DemoError::Office)?;
    let (incidents, closed): (Vec<_>, Vec<_>) = story.incidents.into_iter().unzip();
    office.add_incidents(&incidents).await.map_err(DemoError::Office)?;
    for (incident, closed) in incidents.iter().zip(closed) {
        if let Some(at) = closed {
            office
                .close_incident(incident.id, at)
                .await
                .map_err(DemoError::Office)?;
        }
    }
    office
        .enter(policy, story.tools, story.directions)
        .await
        .map_err(DemoError::Office)?;
    let mut workspace = Workspace::open(store.database_url)
        .await
        .map_err(DemoError::Workspace)?;
    workspace.record(&story.workspace).await.map_err(DemoError::Workspace)?;
    Ok(())
}

impl Store<'_> {
    fn settings(&self) -> LedgerSettings {
        LedgerSettings {
            // One batch may meet a checkpoint of a database that has just been made.
            database_patience: Duration::from_secs(60),
            ..LedgerSettings::new(self.database_url, self.outbox(), INSTANCE)
        }
    }

    fn outbox(&self) -> PathBuf {
        self.folder.join("demo-outbox.db")
    }

    /// Removes the outbox, which nobody needs.
    fn clear(&self) {
        let outbox = self.outbox();
        for end in ["", "-wal", "-shm", ".lock"] {
            let mut name = outbox.as_os_str().to_owned();
            name.push(end);
            // A file that stays is empty and in nobody's way.
            let _ = std::fs::remove_file(name);
        }
    }
}
