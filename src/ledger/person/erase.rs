//! The erasure of a person: nothing points at them any more, the chain still holds, and published figures stay.
//!
//! One transaction. Rows of the ledger lose their caller and purpose, and each gets a signed record of the hash it has
//! from then on ([`crate::ledger::verify`] reads it). Where people are counted (the counts of a month, feedback,
//! incidents, Workspace) the pseudonym gives way to a random one, another each month, so that as many people are counted
//! as before. Acceptances, trainings, sessions and the line of the directory go, comments go, keys are revoked and lose
//! their owner. Descriptions of incidents stay: others follow them.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Row as _, SqlSafeStr};

use super::{PersonError, Place, Right, Subject, journal, marks, waiting};
use crate::domain::{Month, Timestamp};
use crate::ledger::{
    signing::{Signer, Statement, hex},
    stored,
};
use crate::policy::civil;
use crate::schema::Engine;

/// What is to be erased, by whom.
pub struct Erasure<'a> {
    /// The person.
    pub subject: Subject<'a>,
    /// Signs that the rows were changed for this reason.
    pub signer: &'a Signer,
    /// When the person asked.
    pub asked_at: Timestamp,
    /// When it is done.
    pub now: Timestamp,
    /// Why, for the journal of requests. Nothing that names the person.
    pub reason: Option<&'a str>,
    /// False: only counts, and changes nothing.
    pub for_good: bool,
}

/// What was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Erased {
    /// Rows of the ledger that lost their caller and purpose.
    pub usage_events: usize,
    /// Rows of counts under another name.
    pub counts: usize,
    /// Acceptances of the charter that are gone.
    pub charter_acceptances: usize,
    /// Trainings that are gone.
    pub attestations: usize,
    /// Sessions that are closed.
    pub sessions: usize,
    /// Lines of the directory and accounts of the issuer that are gone.
    pub directory: usize,
    /// Feedback without caller and comment.
    pub feedback: usize,
    /// Incidents without caller.
    pub incidents: usize,
    /// Uses of Workspace under another name.
    pub workspace_events: usize,
    /// Keys revoked, without owner.
    pub api_keys: usize,
}

impl Erased {
    /// How many things these are.
    pub const fn count(&self) -> usize {
        self.usage_events
            + self.counts
            + self.charter_acceptances
            + self.attestations
            + self.sessions
            + self.directory
            + self.feedback
            + self.incidents
            + self.workspace_events
            + self.api_keys
    }
}

/// Erases a person. All or nothing.
///
/// # Errors
/// Rows of the person wait in the outbox, or a database cannot be read or written.
pub async fn erase(erasure: Erasure<'_>) -> Result<Erased, PersonError> {
    let rows = waiting(&erasure.subject).await?.len();
    if rows > 0 {
        return Err(PersonError::Waiting(rows));
    }
    let mut place = Place::open(&erasure.subject, Right::Dpo).await?;
    let begin = match place.engine {
        // What is overwritten is not to be found in the file.
        Engine::Sqlite => ["PRAGMA secure_delete = ON", "BEGIN IMMEDIATE"].as_slice(),
        Engine::Postgres => &["BEGIN ISOLATION LEVEL REPEATABLE READ"],
    };
    for statement in begin {
        sqlx::query(*statement).execute(&mut place.connection).await?;
    }
    let erased = all(&mut place, &erasure).await?;
    if !erasure.for_good {
        sqlx::query("ROLLBACK").execute(&mut place.connection).await?;
        return Ok(erased);
    }
    let connection = &mut place.connection;
    journal(
        connection,
        "erase",
        erasure.asked_at,
        erasure.now,
        erased.count(),
        erasure.reason,
    )
    .await?;
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    if place.engine == Engine::Sqlite {
        // Pages that were copied long ago hold remains as well.
        for statement in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            sqlx::query(statement).execute(&mut *connection).await?;
        }
    }
    Ok(erased)
}

async fn all(place: &mut Place, erasure: &Erasure<'_>) -> Result<Erased, PersonError> {
    let mut erased = Erased {
        usage_events: rows(place, erasure).await?,
        ..Erased::default()
    };
    let mut others = Others::default();
    for table in COUNTS {
        erased.counts += renamed(place, table, &mut others).await?;
    }
    erased.workspace_events = renamed(place, "workspace_events", &mut Others::default()).await?;
    erased.charter_acceptances = changed(place, "DELETE FROM charter_acceptances WHERE caller IN ({who})").await?;
    erased.attestations = changed(place, "DELETE FROM attestations WHERE caller IN ({who})").await?;
    erased.sessions = changed(place, "DELETE FROM sessions WHERE caller IN ({who})").await?;
    erased.directory = changed(place, "DELETE FROM directory_people WHERE caller IN ({who})").await?
        + changed(place, "DELETE FROM subjects WHERE caller IN ({who})").await?;
    erased.feedback = unlinked(place, "feedback", ", comment = NULL, answer = NULL").await?;
    erased.incidents = unlinked(place, "incidents", "").await?;
    for key in place.keys(erasure.subject.identity).await? {
        let id: String = key.try_get(0)?;
        sqlx::query(REVOKE)
            .bind(format!("erased-{}", &chance()?[..8]))
            .bind(erasure.now.0)
            .bind(id)
            .execute(&mut place.connection)
            .await?;
        erased.api_keys += 1;
    }
    Ok(erased)
}

/// The rows of the ledger, and the records that make them good.
async fn rows(place: &mut Place, erasure: &Erasure<'_>) -> Result<usize, PersonError> {
    let sql = format!(
        "SELECT {}, instance FROM usage_events WHERE caller IN ({{who}})",
        stored::columns(place.engine)
    );
    let found = place.rows(&sql).await?;
    let (signer, at) = (erasure.signer, erasure.now.0);
    if !found.is_empty() {
        sqlx::query(KEEP_KEY)
            .bind(signer.key_id())
            .bind(signer.public_key().to_vec())
            .bind(at)
            .execute(&mut place.connection)
            .await?;
    }
    for row in &found {
        let instance: String = row.try_get(row.len() - 1)?;
        let then = stored::read_erased(row, place.engine)?;
        let row_hash = then.hash();
        let statement = Statement::Erased {
            instance: &instance,
            seq: then.seq,
            chain: &then.chain,
            row_hash: &row_hash,
        };
        sqlx::query(KEEP_ERASED)
            .bind(&instance)
            .bind(then.seq)
            .bind(then.chain.clone())
            .bind(row_hash.to_vec())
            .bind(at)
            .bind(signer.key_id())
            .bind(signer.sign(&statement, at))
            .execute(&mut place.connection)
            .await?;
    }
    changed(
        place,
        "UPDATE usage_events SET caller = '', purpose = NULL WHERE caller IN ({who})",
    )
    .await?;
    Ok(found.len())
}

/// How many rows a statement changed in which `{who}` stands for the person's pseudonyms.
async fn changed(place: &mut Place, sql: &str) -> Result<usize, sqlx::Error> {
    let sql = sql.replace("{who}", &marks(1, place.pseudonyms.len()));
    let query = sqlx::query(AssertSqlSafe(sql).into_sql_str());
    let query = place.pseudonyms.keys().fold(query, |query, name| query.bind(name));
    let done = query.execute(&mut place.connection).await?;
    Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
}

/// Random names by month and pseudonym.
#[derive(Default)]
struct Others(BTreeMap<(String, String), String>);

impl Others {
    fn name(&mut self, month: &str, caller: &str) -> Result<String, PersonError> {
        use std::collections::btree_map::Entry;
        Ok(match self.0.entry((month.to_owned(), caller.to_owned())) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => new.insert(chance()?).clone(),
        })
    }
}

/// As many digits as a pseudonym, of nobody.
fn chance() -> Result<String, PersonError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| PersonError::Chance)?;
    Ok(hex(&bytes))
}

/// Gives the person other names in a table that counts by month.
async fn renamed(place: &mut Place, table: &str, others: &mut Others) -> Result<usize, PersonError> {
    let sql = format!("SELECT DISTINCT month, caller FROM {table} WHERE caller IN ({{who}})");
    let mut count = 0;
    for row in place.rows(&sql).await? {
        let (month, caller): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let other = others.name(&month, &caller)?;
        let sql = format!("UPDATE {table} SET caller = $1 WHERE month = $2 AND caller = $3");
        let query = sqlx::query(AssertSqlSafe(sql).into_sql_str());
        let done = query
            .bind(other)
            .bind(month)
            .bind(caller)
            .execute(&mut place.connection)
            .await?;
        count += usize::try_from(done.rows_affected()).unwrap_or(usize::MAX);
    }
    Ok(count)
}

/// Gives the person other names in a table of single things, by the month of each.
async fn unlinked(place: &mut Place, table: &str, besides: &str) -> Result<usize, PersonError> {
    let mut others = Others::default();
    let sql = format!("SELECT id, created_at_ms, caller FROM {table} WHERE caller IN ({{who}})");
    let found = place.rows(&sql).await?;
    for row in &found {
        let (id, at, caller): (String, i64, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let month = Month::from(civil(Timestamp(at)));
        let other = others.name(&month.to_string(), &caller)?;
        let sql = format!("UPDATE {table} SET caller = $1, request_id = NULL{besides} WHERE id = $2");
        let query = sqlx::query(AssertSqlSafe(sql).into_sql_str());
        query.bind(other).bind(id).execute(&mut place.connection).await?;
    }
    Ok(found.len())
}

/// Counts by month and pseudonym.
const COUNTS: [&str; 5] = [
    "usage_by_caller",
    "usage_by_rule",
    "usage_by_class",
    "usage_by_failure",
    "usage_by_demand",
];

const KEEP_KEY: &str =
    "INSERT INTO ledger_keys (key_id, public_key, first_used_at_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

const KEEP_ERASED: &str =
    "INSERT INTO erased_rows (instance, instance_seq, chain, row_hash, erased_at_ms, key_id, signature)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

const REVOKE: &str = "UPDATE api_keys SET owner = $1, revoked_at_ms = COALESCE(revoked_at_ms, $2) WHERE id = $3";
