//! Incidents as tickets: a number for people, replies, an end. Every reader says whose tickets it asks for, or that it
//! may see all of them.

use std::time::Duration;

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row, SqlSafeStr, any::AnyRow};
use uuid::Uuid;

use super::{
    Incident, IncidentCategory, Letter, Office, OfficeError, Opened, letters,
    store::{Open, patiently},
};
use crate::domain::{Pseudonym, Timestamp};
use crate::policy::civil;

/// From when on a ticket that is open is late, as in the committee's figures.
pub const OVERDUE: Duration = Duration::from_secs(15 * 24 * 3600);

/// An incident as people follow it.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its number, such as `S-2026-0042`.
    pub number: String,
    /// Id of the incident.
    pub id: Uuid,
    /// When it was reported.
    pub at: Timestamp,
    /// Pseudonym of who reported it.
    pub caller: String,
    /// Id of the tool.
    pub tool: Option<String>,
    /// The request it is about.
    pub request: Option<String>,
    /// What it is about.
    pub category: IncidentCategory,
    /// In the caller's words.
    pub description: String,
    /// Part of the answer.
    pub excerpt: Option<String>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// When somebody in charge answered first.
    pub answered_at: Option<Timestamp>,
}

impl std::fmt::Debug for Ticket {
    /// The words are the caller's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ticket({}, {:?})", self.number, self.category)
    }
}

impl Ticket {
    /// Time from the report to its end, or until now.
    pub fn age(&self, now: Timestamp) -> Duration {
        let until = self.closed_at.unwrap_or(now);
        Duration::from_millis(u64::try_from(until.0 - self.at.0).unwrap_or_default())
    }

    /// Open for too long.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.closed_at.is_none() && self.age(now) > OVERDUE
    }
}

/// What was answered to a ticket.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// When.
    pub at: Timestamp,
    /// `security`, `dpo` or `author`.
    pub role: String,
    /// After screening.
    pub words: String,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.role, self.words.len())
    }
}

impl Office {
    /// The tickets of somebody, by all their pseudonyms, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn tickets_of(&self, callers: &[Pseudonym]) -> Result<Vec<Ticket>, OfficeError> {
        let sql = format!("{TICKETS} WHERE caller IN ({}) {ORDER}", marks(callers.len()));
        self.read(sql, callers.iter().map(Pseudonym::as_str)).await
    }

    /// All tickets, open ones first, newest first: for the RSSI and the DPO.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn tickets(&self) -> Result<Vec<Ticket>, OfficeError> {
        self.read(format!("{TICKETS} {OPEN_FIRST}"), std::iter::empty()).await
    }

    /// A ticket with what was answered to it. Who asks sees to it that it is theirs.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn ticket(&self, number: &str) -> Result<Option<(Ticket, Vec<Reply>)>, OfficeError> {
        let sql = format!("{TICKETS} WHERE ticket = $1 {ORDER}");
        let Some(ticket) = self.read(sql, std::iter::once(number)).await?.pop() else {
            return Ok(None);
        };
        let replies = patiently(async {
            let mut open = self.store.open().await?;
            let rows = sqlx::query(REPLIES)
                .bind(ticket.id.to_string())
                .fetch_all(open.connection())
                .await?;
            let read = |row: &AnyRow| {
                Ok(Reply {
                    at: Timestamp(row.try_get(0)?),
                    role: row.try_get(1)?,
                    words: row.try_get(2)?,
                })
            };
            Ok(rows.iter().map(read).collect::<Result<Vec<_>, sqlx::Error>>()?)
        })
        .await?;
        Ok(Some((ticket, replies)))
    }

    /// Answers a ticket.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn reply(&self, ticket: &Ticket, reply: &Reply) -> Result<(), OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            sqlx::query(ADD_REPLY)
                .bind(Uuid::now_v7().to_string())
                .bind(ticket.id.to_string())
                .bind(reply.at.0)
                .bind(&reply.role)
                .bind(&reply.words)
                .execute(open.connection())
                .await?;
            Ok(())
        })
        .await
    }

    async fn read<'a>(&self, sql: String, binds: impl Iterator<Item = &'a str>) -> Result<Vec<Ticket>, OfficeError> {
        patiently(async {
            let mut open = self.store.open().await?;
            let query = sqlx::query(AssertSqlSafe(sql).into_sql_str());
            let query = binds.fold(query, |query, bind| query.bind(bind));
            let rows = query.fetch_all(open.connection()).await?;
            Ok(rows.iter().map(ticket).collect::<Result<Vec<_>, _>>()?)
        })
        .await
    }
}

/// `$1, $2` for so many parameters.
pub(super) fn marks(count: usize) -> String {
    (1..=count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

fn ticket(row: &AnyRow) -> Result<Ticket, sqlx::Error> {
    let (id, category): (String, String) = (row.try_get(1)?, row.try_get(6)?);
    Ok(Ticket {
        number: row.try_get(0)?,
        id: id.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        at: Timestamp(row.try_get(2)?),
        caller: row.try_get(3)?,
        tool: row.try_get(4)?,
        request: row.try_get(5)?,
        category: IncidentCategory::read(&category).unwrap_or(IncidentCategory::Other),
        description: row.try_get(7)?,
        excerpt: row.try_get(8)?,
        closed_at: row.try_get::<Option<i64>, _>(9)?.map(Timestamp),
        answered_at: row.try_get::<Option<i64>, _>(10)?.map(Timestamp),
    })
}

impl Open {
    pub(super) async fn open_incident(
        &mut self,
        incident: &Incident,
        letters: impl FnOnce(&str) -> Vec<Letter>,
    ) -> Result<Opened, OfficeError> {
        let mut transaction = self.connection().begin().await?;
        if let Some(ticket) = add(&mut transaction, incident).await? {
            for letter in letters(&ticket) {
                letters::add(&mut transaction, &letter, incident.at).await?;
            }
            transaction.commit().await?;
            return Ok(Opened { ticket, is_new: true });
        }
        // The number that was taken for it goes back with the transaction.
        transaction.rollback().await?;
        let ticket = sqlx::query(NUMBER)
            .bind(incident.id.to_string())
            .fetch_one(self.connection())
            .await?;
        Ok(Opened {
            ticket: ticket.try_get(0)?,
            is_new: false,
        })
    }
}

/// Adds an incident under the next number of its year; none where its id is there.
pub(super) async fn add(connection: &mut AnyConnection, incident: &Incident) -> Result<Option<String>, sqlx::Error> {
    let year = i64::from(civil(incident.at).year());
    // Another gateway that opens an incident waits here, so numbers are never given twice and none is left out.
    let next: i64 = sqlx::query(NEXT)
        .bind(year)
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    let ticket = format!("S-{year}-{next:04}");
    let added = sqlx::query(ADD)
        .bind(incident.id.to_string())
        .bind(incident.at.0)
        .bind(&incident.caller)
        .bind(&incident.tool)
        .bind(incident.request.map(|id| id.to_string()))
        .bind(incident.category.name())
        .bind(&incident.description)
        .bind(&incident.excerpt)
        .bind(&ticket)
        .execute(connection)
        .await?;
    Ok((added.rows_affected() == 1).then_some(ticket))
}

const TICKETS: &str = "SELECT ticket, id, created_at_ms, caller, tool, request_id, category, description, excerpt,
        closed_at_ms, (SELECT min(at_ms) FROM incident_replies WHERE incident_id = incidents.id AND role <> 'author')
    FROM incidents";

const ORDER: &str = "ORDER BY created_at_ms DESC, id DESC LIMIT 500";

const OPEN_FIRST: &str =
    "ORDER BY CASE WHEN closed_at_ms IS NULL THEN 0 ELSE 1 END, created_at_ms DESC, id DESC LIMIT 500";

const REPLIES: &str = "SELECT at_ms, role, words FROM incident_replies WHERE incident_id = $1 ORDER BY at_ms, id";

const ADD_REPLY: &str =
    "INSERT INTO incident_replies (id, incident_id, at_ms, role, words) VALUES ($1, $2, $3, $4, $5)";

const NUMBER: &str = "SELECT ticket FROM incidents WHERE id = $1";

const NEXT: &str = "INSERT INTO ticket_numbers (year, last) VALUES ($1, 1)
    ON CONFLICT (year) DO UPDATE SET last = ticket_numbers.last + 1 RETURNING last";

const ADD: &str = "INSERT INTO incidents
    (id, created_at_ms, caller, tool, request_id, category, description, excerpt, ticket, status)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open') ON CONFLICT (id) DO NOTHING";
