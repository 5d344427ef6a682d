//! What a person may see of their own on the pages: pages of their requests, whether a request is theirs, and a copy of
//! everything. Nobody is named but by whoever signed in, so nobody sees anybody else's.

use std::{collections::BTreeMap, fmt, path::Path, sync::Arc, time::Duration};

use serde_json::{Map, Value};
use sqlx::Row as _;
use uuid::Uuid;

use super::{Held, Names, PersonError, Place, Right, Subject, export, waiting};
use crate::domain::{Counts, Identity, RequestId, Timestamp};
use crate::ledger::stored;

/// Longest a page waits.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest a copy of everything may take.
const COPY: Duration = Duration::from_secs(60);

/// Where what is held on people is.
#[derive(Clone)]
pub struct Holdings {
    database_url: Arc<str>,
    outbox: Arc<Path>,
}

impl fmt::Debug for Holdings {
    /// The address may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Holdings")
    }
}

/// A request, as its caller may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRequest {
    /// Id of the tool.
    pub tool: Option<String>,
    /// Direction of the caller then.
    pub direction: Option<String>,
    /// `allowed`, `warned`, `masked` or `refused`.
    pub decision: String,
}

/// One page of a person's requests, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnRequests {
    /// The rows of the journal, fields named as its columns, without the chain.
    pub rows: Vec<Map<String, Value>>,
    /// How many there are on all pages.
    pub count: i64,
    /// Of all pages, how many of each decision.
    pub decisions: BTreeMap<String, i64>,
    /// Of all pages, how many findings of each class.
    pub findings: BTreeMap<String, i64>,
}

impl Holdings {
    /// In this database, and in the outbox of this machine.
    pub fn new(database_url: &str, outbox: &Path) -> Self {
        Self {
            database_url: database_url.into(),
            outbox: outbox.into(),
        }
    }

    fn subject<'a>(&'a self, identity: &'a Identity, names: Names<'a>) -> Subject<'a> {
        Subject {
            identity,
            names,
            database_url: &self.database_url,
            outbox: &self.outbox,
        }
    }

    /// A copy of everything; the request is counted in the journal of requests, without the person.
    ///
    /// # Errors
    /// The database or the outbox cannot be read.
    pub async fn copy(&self, identity: &Identity, names: Names<'_>, now: Timestamp) -> Result<Held, PersonError> {
        let held = export::held(self.subject(identity, names), now, now, Right::Own);
        tokio::time::timeout(COPY, held)
            .await
            .unwrap_or(Err(PersonError::TimedOut))
    }

    /// All but requests: acceptances, trainings, keys, sessions and what was given back. Not counted as a request.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn around(&self, identity: &Identity, names: Names<'_>) -> Result<Held, PersonError> {
        let subject = self.subject(identity, names);
        let read = async {
            let mut place = Place::open(&subject, Right::Own).await?;
            let mut held = Held::default();
            export::small(&subject, &mut place, &mut held).await?;
            Ok(held)
        };
        tokio::time::timeout(PATIENCE, read)
            .await
            .unwrap_or(Err(PersonError::TimedOut))
    }

    /// A page of the person's requests of a time.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn requests(
        &self,
        identity: &Identity,
        names: Names<'_>,
        (since, before): (Timestamp, Timestamp),
        (offset, most): (u32, u32),
    ) -> Result<OwnRequests, PersonError> {
        let read = async {
            let mut place = Place::open(&self.subject(identity, names), Right::Own).await?;
            let from = place.usage(Some((since, before)));
            let mut own = OwnRequests::default();
            let counts = format!("SELECT decision, CAST(findings AS text), COUNT(*) FROM {from} GROUP BY 1, 2");
            for row in place.rows(&counts).await? {
                let (decision, findings, count): (String, String, i64) =
                    (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
                own.count += count;
                *own.decisions.entry(decision).or_default() += count;
                // What this program did not write is counted as nothing found.
                for (class, found) in serde_json::from_str::<Counts>(&findings).unwrap_or_default() {
                    *own.findings.entry(class).or_default() += i64::from(found).saturating_mul(count);
                }
            }
            let sql = format!(
                "SELECT {} FROM {from} ORDER BY occurred_at DESC, instance, instance_seq DESC LIMIT {most} OFFSET {offset}",
                stored::columns(place.engine)
            );
            let rows = place.rows(&sql).await?;
            let read = |row| stored::read_for_person(row, place.engine);
            own.rows = rows.iter().map(read).collect::<Result<_, _>>()?;
            Ok(own)
        };
        tokio::time::timeout(PATIENCE, read)
            .await
            .unwrap_or(Err(PersonError::TimedOut))
    }

    /// A request, where it is the person's own: in the database, or still in the outbox of this machine.
    ///
    /// # Errors
    /// The database or the outbox cannot be read.
    pub async fn request(
        &self,
        identity: &Identity,
        names: Names<'_>,
        id: RequestId,
    ) -> Result<Option<OwnRequest>, PersonError> {
        let Some(at) = arrival(id.0) else { return Ok(None) };
        let subject = self.subject(identity, names);
        let read = async {
            let mut place = Place::open(&subject, Right::Own).await?;
            // Its id tells when it arrived, so that one month is looked at.
            let from = place.usage(Some((at, Timestamp(at.0 + 1))));
            let sql = format!(
                "SELECT tool, direction, decision FROM {from} AND CAST(id AS text) = '{}'",
                id.0.hyphenated()
            );
            if let Some(row) = place.rows(&sql).await?.first() {
                return Ok(Some(OwnRequest {
                    tool: row.try_get(0)?,
                    direction: row.try_get(1)?,
                    decision: row.try_get(2)?,
                }));
            }
            let all = waiting(&subject).await?;
            let own = all.into_iter().find(|one| one.entry.id == id);
            Ok(own.map(|one| OwnRequest {
                tool: one.entry.tool,
                direction: one.entry.direction,
                decision: one.entry.decision.name().to_owned(),
            }))
        };
        tokio::time::timeout(PATIENCE, read)
            .await
            .unwrap_or(Err(PersonError::TimedOut))
    }
}

/// When a request arrived, by its id (RFC 9562 §5.7).
fn arrival(id: Uuid) -> Option<Timestamp> {
    let (seconds, nanoseconds) = id.get_timestamp()?.to_unix();
    let ms = i64::try_from(seconds).ok()?.checked_mul(1000)?;
    (id.get_version_num() == 7).then(|| Timestamp(ms + i64::from(nanoseconds / 1_000_000)))
}
