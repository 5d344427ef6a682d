//! The rights of a person (RGPD art. 15, 17 and 20), for whoever holds the key of the pseudonyms: everything the
//! database and the outbox hold on them ([`export`]), and its erasure ([`erase`]).
//!
//! A person is found by their pseudonyms: the one without a year, and that of every year of which the database or the
//! outbox still holds anything. Rows from before pseudonyms had years carry the one without.

mod erase;
mod export;
mod own;

use std::{collections::BTreeMap, fmt, path::Path};

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row as _, SqlSafeStr, any::AnyRow};

pub use erase::{Erased, Erasure, erase};
pub use export::{Held, export};
pub use own::{Holdings, OwnRequest, OwnRequests};

use super::{file, journal::sqlite, reader};
use crate::domain::{Entry, Identity, Pseudonym, Settlement, Timestamp};
use crate::policy::civil;
use crate::schema::{self, Engine, SchemaError, Standing};

/// Makes the pseudonym of the person in a year, or without one.
pub type Names<'a> = &'a (dyn Fn(&Identity, Option<i16>) -> Pseudonym + Sync);

/// Whose data, and where they may be.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The person.
    pub identity: &'a Identity,
    /// By who holds the key.
    pub names: Names<'a>,
    /// `sqlite:…` or `postgres:…`.
    pub database_url: &'a str,
    /// The outbox of this machine's gateway. Those of other machines are not seen.
    pub outbox: &'a Path,
}

/// Why a right could not be granted.
#[derive(Debug)]
#[non_exhaustive]
pub enum PersonError {
    /// The database address is neither `sqlite:` nor `postgres:`.
    Address,
    /// The schema is not the one of this program.
    Schema(SchemaError),
    /// The schema is older than this program.
    Older,
    /// The outbox cannot be read.
    Outbox(sqlx::Error),
    /// So many rows of the person wait in the outbox: they would arrive after the erasure.
    Waiting(usize),
    /// The operating system gave no randomness.
    Chance,
    /// The database does not answer in time.
    TimedOut,
}

impl fmt::Display for PersonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("l'adresse de la base de données doit commencer par sqlite: ou postgres:"),
            Self::Schema(error) => error.fmt(f),
            Self::Older => f.write_str(
                "le schéma de la base de données est plus ancien que ce programme : lancez `gardefou ledger migrate`",
            ),
            Self::Outbox(_) => f.write_str("la file locale du journal ne peut pas être lue"),
            Self::Waiting(rows) => write!(
                f,
                "{rows} demande(s) de cette personne attendent encore dans la file locale : elles arriveraient dans la base \
                 après l'effacement. Laissez la passerelle les porter (/readyz dit ce qui attend), puis relancez"
            ),
            Self::Chance => f.write_str("le système ne fournit pas d'aléa"),
            Self::TimedOut => f.write_str("la base de données ne répond pas à temps"),
        }
    }
}

impl std::error::Error for PersonError {}

impl From<sqlx::Error> for PersonError {
    fn from(error: sqlx::Error) -> Self {
        Self::Schema(SchemaError::Database(error))
    }
}

/// A request that waits in the outbox.
struct Waiting {
    entry: Entry,
    settlement: Option<Settlement>,
}

/// By which right the tables are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Right {
    /// Whoever serves the rights of persons (`gardefou_dpo`): the tables themselves.
    Dpo,
    /// A gateway that shows somebody their own (`gardefou_gateway`): on PostgreSQL, functions that give the rows of
    /// pseudonyms.
    Own,
}

/// The database, and how a person is called in it.
struct Place {
    connection: AnyConnection,
    engine: Engine,
    right: Right,
    /// By pseudonym, the year.
    pseudonyms: BTreeMap<String, Option<i16>>,
}

impl Place {
    async fn open(subject: &Subject<'_>, right: Right) -> Result<Self, PersonError> {
        let engine = Engine::of(subject.database_url).ok_or(PersonError::Address)?;
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(subject.database_url).await?;
        match schema::standing(&mut connection, engine).await? {
            Standing::Current => {}
            Standing::Older => return Err(PersonError::Older),
            Standing::Newer => return Err(PersonError::Schema(SchemaError::Newer)),
            Standing::Other => return Err(PersonError::Schema(SchemaError::Other)),
        }
        let mut place = Self {
            connection,
            engine,
            right,
            pseudonyms: BTreeMap::new(),
        };
        let years = place.years().await?;
        let all = std::iter::once(None).chain(years.into_iter().map(Some));
        place.pseudonyms = all
            .map(|year| ((subject.names)(subject.identity, year).as_str().to_owned(), year))
            .collect();
        Ok(place)
    }

    /// Every civil year of which there may be anything. One too many does no harm.
    async fn years(&mut self) -> Result<Vec<i16>, sqlx::Error> {
        let mut years = Vec::new();
        let held = if self.by_functions() { OWN_YEARS } else { YEARS };
        for row in sqlx::query(held).fetch_all(&mut self.connection).await? {
            years.extend(row.try_get::<String, _>(0)?.parse::<i16>());
        }
        for row in sqlx::query(ROUGH_YEARS).fetch_all(&mut self.connection).await? {
            let year = i16::try_from(row.try_get::<i64, _>(0)?.saturating_add(1970)).unwrap_or_default();
            years.extend([year.saturating_sub(1), year, year.saturating_add(1)]);
        }
        years.sort_unstable();
        years.dedup();
        Ok(years)
    }

    fn by_functions(&self) -> bool {
        (self.right, self.engine) == (Right::Own, Engine::Postgres)
    }

    /// What stands after `FROM` for the person's rows of the journal, of a time or of all times.
    fn usage(&self, between: Option<(Timestamp, Timestamp)>) -> String {
        let instant = |at: Timestamp| match self.engine {
            Engine::Sqlite => format!("'{}'", sqlite::instant(at.0)),
            Engine::Postgres => format!("to_timestamp({} / 1000.0)", at.0),
        };
        let (since, before) = match between {
            Some((since, before)) => (instant(since), instant(before)),
            None if self.by_functions() => ("'-infinity'".into(), "'infinity'".into()),
            None => return "usage_events WHERE caller IN ({who})".into(),
        };
        if self.by_functions() {
            format!("usage_of(ARRAY[{{who}}]::text[], {since}, {before}) AS usage_events WHERE true")
        } else {
            format!("usage_events WHERE caller IN ({{who}}) AND occurred_at >= {since} AND occurred_at < {before}")
        }
    }

    /// What stands after `FROM` for the person's rows of a small table.
    fn table(&self, table: &str) -> String {
        if self.by_functions() && table == "workspace_events" {
            "workspace_of(ARRAY[{who}]::text[]) AS workspace_events WHERE true".into()
        } else {
            format!("{table} WHERE caller IN ({{who}})")
        }
    }

    /// The rows of a statement in which `{who}` stands for the person's pseudonyms.
    async fn rows(&mut self, sql: &str) -> Result<Vec<AnyRow>, sqlx::Error> {
        let sql = sql.replace("{who}", &marks(1, self.pseudonyms.len()));
        let query = sqlx::query(AssertSqlSafe(sql).into_sql_str());
        let query = self.pseudonyms.keys().fold(query, |query, name| query.bind(name));
        query.fetch_all(&mut self.connection).await
    }

    /// Keys of this owner, in any case: id, groups, when made, until when, revoked when.
    async fn keys(&mut self, identity: &Identity) -> Result<Vec<AnyRow>, sqlx::Error> {
        let own = identity.as_str().to_lowercase();
        let all = sqlx::query(KEYS).fetch_all(&mut self.connection).await?;
        let is_own = |row: &AnyRow| {
            row.try_get::<String, _>(5)
                .is_ok_and(|owner| owner.to_lowercase() == own)
        };
        Ok(all.into_iter().filter(is_own).collect())
    }
}

/// `$2, $3` for two parameters from the second on.
fn marks(first: usize, count: usize) -> String {
    let marks: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    marks.join(", ")
}

/// The person's requests in the outbox of this machine; none where there is no outbox.
async fn waiting(subject: &Subject<'_>) -> Result<Vec<Waiting>, PersonError> {
    if !subject.outbox.exists() {
        return Ok(Vec::new());
    }
    let mut connection = file::connect(subject.outbox, true).await.map_err(PersonError::Outbox)?;
    let known: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'outbox'")
        .fetch_one(&mut connection)
        .await
        .map_err(PersonError::Outbox)?;
    if known == 0 {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(WAITING)
        .fetch_all(&mut connection)
        .await
        .map_err(PersonError::Outbox)?;
    let mut found = Vec::new();
    for row in rows {
        let read = || -> Result<Waiting, sqlx::Error> {
            let settlement = row.try_get::<Option<String>, _>(1)?;
            Ok(Waiting {
                entry: reader::read(row.try_get(0)?)?,
                settlement: settlement.as_deref().map(reader::read).transpose()?,
            })
        };
        let waiting = read().map_err(PersonError::Outbox)?;
        let year = civil(waiting.entry.occurred_at).year();
        let own = [None, Some(year)].map(|year| (subject.names)(subject.identity, year));
        if own.iter().any(|name| name.as_str() == waiting.entry.caller) {
            found.push(waiting);
        }
    }
    Ok(found)
}

/// Writes down that a right was asked for and granted, without the person.
async fn journal(
    connection: &mut AnyConnection,
    kind: &str,
    asked_at: Timestamp,
    now: Timestamp,
    rows: usize,
    reason: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query(REQUEST)
        .bind(uuid::Uuid::now_v7().to_string())
        .bind(kind)
        .bind(asked_at.0)
        .bind(now.0)
        .bind(i64::try_from(rows).unwrap_or(i64::MAX))
        .bind(reason)
        .execute(connection)
        .await
        .map(|_| ())
}

const YEARS: &str = "SELECT DISTINCT substr(month, 1, 4) FROM usage_by_caller
    UNION SELECT DISTINCT substr(month, 1, 4) FROM workspace_events";

const OWN_YEARS: &str = "SELECT years_held()";

/// 31 557 600 000 ms are a year.
const ROUGH_YEARS: &str = "SELECT DISTINCT created_at_ms / 31557600000 FROM feedback
    UNION SELECT DISTINCT created_at_ms / 31557600000 FROM incidents";

const KEYS: &str = "SELECT id, groups, created_at_ms, expires_at_ms, revoked_at_ms, owner FROM api_keys
    ORDER BY created_at_ms, id";

const WAITING: &str = "SELECT o.entry, COALESCE(o.settlement,
        (SELECT s.settlement FROM outbox s WHERE s.settles = o.n AND s.n <> o.n))
    FROM outbox o WHERE o.entry IS NOT NULL ORDER BY o.n";

const REQUEST: &str = "INSERT INTO person_requests (id, kind, asked_at_ms, done_at_ms, rows, reason)
    VALUES ($1, $2, $3, $4, $5, $6)";
