//! Everything that is held on a person, as data.

use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::{Row as _, any::AnyRow};

use super::{PersonError, Place, Right, Subject, journal, waiting};
use crate::domain::Timestamp;
use crate::ledger::{journal::sqlite::instant, stored};

/// What is held on a person. Lists of objects whose fields are the columns of the tables.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Held {
    /// Names under which the person is known: pseudonym, and its year.
    pub pseudonyms: Vec<Value>,
    /// Rows of the ledger.
    pub usage_events: Vec<Map<String, Value>>,
    /// Requests that wait on this machine for the database.
    pub waiting: Vec<Value>,
    /// Acceptances of the charter.
    pub charter_acceptances: Vec<Value>,
    /// Trainings, as they were imported.
    pub attestations: Vec<Value>,
    /// Sessions on the pages.
    pub sessions: Vec<Value>,
    /// Groups and direction, as the directory was imported.
    pub directory: Vec<Value>,
    /// When an account of the issuer first signed in under the person's address.
    pub subjects: Vec<Value>,
    /// What the person said of answers and tools.
    pub feedback: Vec<Value>,
    /// What the person reported.
    pub incidents: Vec<Value>,
    /// What was answered to that.
    pub incident_replies: Vec<Value>,
    /// Keys, without their text.
    pub api_keys: Vec<Value>,
    /// Uses of Gemini inside Workspace.
    pub workspace_events: Vec<Value>,
}

impl Held {
    /// How many things these are.
    pub fn count(&self) -> usize {
        self.usage_events.len()
            + self.waiting.len()
            + self.charter_acceptances.len()
            + self.attestations.len()
            + self.sessions.len()
            + self.directory.len()
            + self.subjects.len()
            + self.feedback.len()
            + self.incidents.len()
            + self.incident_replies.len()
            + self.api_keys.len()
            + self.workspace_events.len()
    }
}

/// Gathers what is held on a person, and writes down that it was asked for, without the person.
///
/// # Errors
/// The database or the outbox cannot be read.
pub async fn export(subject: Subject<'_>, asked_at: Timestamp, now: Timestamp) -> Result<Held, PersonError> {
    held(subject, asked_at, now, Right::Dpo).await
}

/// The same, by one of the two rights.
pub(super) async fn held(
    subject: Subject<'_>,
    asked_at: Timestamp,
    now: Timestamp,
    right: Right,
) -> Result<Held, PersonError> {
    let mut place = Place::open(&subject, right).await?;
    let held = gather(&subject, &mut place).await?;
    journal(&mut place.connection, "export", asked_at, now, held.count(), None).await?;
    Ok(held)
}

async fn gather(subject: &Subject<'_>, place: &mut Place) -> Result<Held, PersonError> {
    let mut held = Held {
        pseudonyms: place
            .pseudonyms
            .iter()
            .map(|(name, year)| json!({ "pseudonym": name, "year": year }))
            .collect(),
        ..Held::default()
    };
    // The outbox first: what is relayed meanwhile is then seen twice, not never.
    for one in waiting(subject).await? {
        held.waiting
            .push(json!({ "entry": one.entry, "settlement": one.settlement }));
    }
    let sql = format!(
        "SELECT {} FROM {} ORDER BY occurred_at, instance, instance_seq",
        stored::columns(place.engine),
        place.usage(None)
    );
    for row in place.rows(&sql).await? {
        held.usage_events.push(stored::read_for_person(&row, place.engine)?);
    }
    small(subject, place, &mut held).await?;
    Ok(held)
}

/// What the small tables hold: all but requests.
pub(super) async fn small(subject: &Subject<'_>, place: &mut Place, held: &mut Held) -> Result<(), PersonError> {
    for (columns, table, order, list) in [
        (
            &["charter_version", "accepted_at_ms"][..],
            "charter_acceptances",
            "accepted_at_ms",
            &mut held.charter_acceptances,
        ),
        (
            &["training", "valid_until", "imported_at_ms"],
            "attestations",
            "training",
            &mut held.attestations,
        ),
        (
            &["opened_at_ms", "seen_at_ms"],
            "sessions",
            "opened_at_ms",
            &mut held.sessions,
        ),
        (
            &["groups", "direction"],
            "directory_people",
            "direction",
            &mut held.directory,
        ),
        (&["seen_at_ms"], "subjects", "seen_at_ms", &mut held.subjects),
        (
            &[
                "id",
                "created_at_ms",
                "direction",
                "tool",
                "request_id",
                "rating",
                "sense",
                "less_contact",
                "comment",
                "answer",
                "answered_at_ms",
            ],
            "feedback",
            "created_at_ms, id",
            &mut held.feedback,
        ),
        (
            &[
                "id",
                "ticket",
                "created_at_ms",
                "tool",
                "request_id",
                "category",
                "description",
                "excerpt",
                "status",
                "closed_at_ms",
            ],
            "incidents",
            "created_at_ms, id",
            &mut held.incidents,
        ),
        (
            &["occurred_on", "direction", "app", "action", "category"],
            "workspace_events",
            "occurred_on, event_key",
            &mut held.workspace_events,
        ),
    ] {
        let sql = format!(
            "SELECT {} FROM {} ORDER BY {order}",
            columns.join(", "),
            place.table(table)
        );
        for row in place.rows(&sql).await? {
            list.push(object(&row, columns)?);
        }
    }
    for row in place.rows(REPLIES).await? {
        held.incident_replies
            .push(object(&row, &["ticket", "at_ms", "role", "words"])?);
    }
    let columns = ["id", "groups", "created_at_ms", "expires_at_ms", "revoked_at_ms"];
    for row in place.keys(subject.identity).await? {
        held.api_keys.push(object(&row, &columns)?);
    }
    Ok(())
}

/// A row of texts, numbers and instants; `…_at_ms` becomes `…_at` in ISO 8601.
fn object(row: &AnyRow, columns: &[&str]) -> Result<Value, sqlx::Error> {
    let mut object = Map::new();
    for (i, &name) in columns.iter().enumerate() {
        match name.strip_suffix("_ms") {
            Some(name) => {
                let at = row.try_get::<Option<i64>, _>(i)?;
                object.insert(name.to_owned(), at.map_or(Value::Null, |at| instant(at).into()));
            }
            None if name == "rating" || name == "less_contact" => {
                object.insert(name.to_owned(), row.try_get::<Option<i64>, _>(i)?.into());
            }
            None => {
                let text = row.try_get::<Option<String>, _>(i)?;
                let read = text
                    .as_deref()
                    .filter(|_| name == "groups")
                    .and_then(|text| serde_json::from_str(text).ok());
                object.insert(name.to_owned(), read.unwrap_or_else(|| text.into()));
            }
        }
    }
    Ok(object.into())
}

const REPLIES: &str =
    "SELECT ticket, at_ms, role, words FROM incident_replies JOIN incidents ON incidents.id = incident_id
    WHERE caller IN ({who}) ORDER BY at_ms, incident_replies.id";
