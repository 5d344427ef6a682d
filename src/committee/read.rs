//! The views, read: one statement each, all in one transaction that sees one state of the database.
//!
//! The statements cast what the engines type differently, so that one text serves both.

use std::{fmt, time::Duration};

use jiff::civil::Date;
use sqlx::{AnyConnection, Connection, Row, any::AnyRow};

use super::figures::{
    AdoptionCell, CharterLine, FeedbackCell, Figures, FindingCell, FootprintCell, IncidentCell, RefusalCell, ToolLine,
    UsageCell, WorkspaceCell,
};
use super::service::{self, ACTIVITY, DEMAND, NEWCOMERS, SERVICE, TOOL_REFUSALS, TRAINING, UPKEEP};
use crate::domain::Month;
use crate::schema::{self, Engine};

/// Longest that a database may take to be reached.
const REACH: Duration = Duration::from_secs(10);
/// Longest that all views together may take: months that were never closed are counted anew.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why the figures cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum CommitteeError {
    /// The database address is neither `sqlite:` nor `postgres:`, or cannot be read.
    Address,
    /// The database does not answer in time.
    TimedOut,
    /// The database has no views for the committee: nobody migrated it yet.
    NoViews,
    /// This account may not read the views.
    NotAllowed,
    /// The database said no, or said nothing.
    Database(sqlx::Error),
}

impl fmt::Display for CommitteeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("l'adresse de la base de données doit commencer par sqlite: ou postgres:"),
            Self::TimedOut => f.write_str("la base de données ne répond pas à temps"),
            Self::NoViews => f.write_str(
                "la base de données n'a pas les vues du comité : démarrez la passerelle une fois, ou lancez `gardefou ledger migrate`",
            ),
            Self::NotAllowed => f.write_str(
                "ce compte ne peut pas lire les vues du comité : il doit être membre de gardefou_committee \
                 (`database.committee_url` ou COMMITTEE_DATABASE_URL, pour `report` et la page du comité)",
            ),
            Self::Database(error) => f.write_str(&schema::in_french(error)),
        }
    }
}

impl std::error::Error for CommitteeError {}

impl From<sqlx::Error> for CommitteeError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(said) = &error {
            // SQLSTATE of PostgreSQL; SQLite has no code of its own for a missing table.
            match said.code().as_deref() {
                Some("42P01") => return Self::NoViews,
                Some("42501") => return Self::NotAllowed,
                _ if said.message().starts_with("no such table") => return Self::NoViews,
                _ => {}
            }
        }
        Self::Database(error)
    }
}

/// A connection that reads the committee's views and nothing else.
pub struct Committee {
    connection: AnyConnection,
    engine: Engine,
}

impl Committee {
    /// Connects. Changes nothing: a database without the views is an error.
    ///
    /// # Errors
    /// The address is unreadable, the database cannot be reached, or it does not show the views to this account.
    pub async fn open(database_url: &str) -> Result<Self, CommitteeError> {
        let engine = Engine::of(database_url).ok_or(CommitteeError::Address)?;
        sqlx::any::install_default_drivers();
        let reached = tokio::time::timeout(REACH, AnyConnection::connect(database_url)).await;
        let mut connection = match reached.map_err(|_| CommitteeError::TimedOut)? {
            Ok(connection) => connection,
            Err(sqlx::Error::Configuration(_)) => return Err(CommitteeError::Address),
            Err(error) => return Err(error.into()),
        };
        if engine == Engine::Postgres {
            // Compiling these queries takes longer than running them.
            sqlx::query("SET jit = off").execute(&mut connection).await?;
        }
        sqlx::query("SELECT tool FROM committee_tools LIMIT 1")
            .fetch_optional(&mut connection)
            .await?;
        Ok(Self { connection, engine })
    }

    /// What the views say of the months from `first` to `last`, both included.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn figures(&mut self, first: Month, last: Month) -> Result<Figures, CommitteeError> {
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let read = async {
            let mut transaction = self.connection.begin_with(begin).await?;
            let figures = all(&mut transaction, (first.to_string(), last.to_string())).await?;
            transaction.commit().await?;
            Ok(figures)
        };
        tokio::time::timeout(PATIENCE, read)
            .await
            .unwrap_or(Err(CommitteeError::TimedOut))
    }
}

async fn all(connection: &mut AnyConnection, months: (String, String)) -> Result<Figures, CommitteeError> {
    Ok(Figures {
        usage: rows(connection, USAGE, Some(&months), usage).await?,
        footprint: rows(connection, FOOTPRINT, Some(&months), footprint).await?,
        refusals: rows(connection, REFUSALS, Some(&months), refusal).await?,
        findings: rows(connection, FINDINGS, Some(&months), finding).await?,
        adoption: rows(connection, ADOPTION, Some(&months), adoption).await?,
        tools: rows(connection, TOOLS, None, tool).await?,
        feedback: rows(connection, FEEDBACK, Some(&months), feedback).await?,
        incidents: rows(connection, INCIDENTS, Some(&months), incident).await?,
        charter: rows(connection, CHARTER, None, charter).await?,
        workspace: rows(connection, WORKSPACE, Some(&months), workspace).await?,
        service: rows(connection, SERVICE, Some(&months), service::service).await?,
        activity: rows(connection, ACTIVITY, Some(&months), service::activity).await?,
        newcomers: rows(connection, NEWCOMERS, Some(&months), service::newcomers).await?,
        tool_refusals: rows(connection, TOOL_REFUSALS, Some(&months), service::tool_refusal).await?,
        demand: rows(connection, DEMAND, Some(&months), service::demand).await?,
        upkeep: rows(connection, UPKEEP, None, service::upkeep).await?,
        training: rows(connection, TRAINING, None, service::training).await?,
    })
}

/// Runs one statement. Sorted here, because the engines sort texts differently.
async fn rows<T>(
    connection: &mut AnyConnection,
    statement: &'static str,
    months: Option<&(String, String)>,
    read: fn(&mut Columns<'_>) -> Result<(Key, T), sqlx::Error>,
) -> Result<Vec<T>, CommitteeError> {
    let mut query = sqlx::query(statement);
    if let Some((first, last)) = months {
        query = query.bind(first).bind(last);
    }
    let rows = query.fetch_all(connection).await?;
    let mut read = rows
        .iter()
        .map(|row| read(&mut Columns { row, next: 0 }))
        .collect::<Result<Vec<_>, _>>()?;
    read.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(read.into_iter().map(|(_, row)| row).collect())
}

/// What rows of a view are sorted by.
pub(super) type Key = (Option<Month>, String, String);

/// The columns of a row, taken one after the other in the order of the statement.
pub(super) struct Columns<'a> {
    row: &'a AnyRow,
    next: usize,
}

impl Columns<'_> {
    fn at(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    pub(super) fn text(&mut self) -> Result<String, sqlx::Error> {
        self.row.try_get(self.at())
    }

    pub(super) fn maybe_text(&mut self) -> Result<Option<String>, sqlx::Error> {
        self.row.try_get(self.at())
    }

    pub(super) fn count(&mut self) -> Result<Option<i64>, sqlx::Error> {
        self.row.try_get(self.at())
    }

    pub(super) fn real(&mut self) -> Result<Option<f64>, sqlx::Error> {
        self.row.try_get(self.at())
    }

    pub(super) fn flag(&mut self) -> Result<bool, sqlx::Error> {
        Ok(self.row.try_get::<i64, _>(self.at())? != 0)
    }

    pub(super) fn month(&mut self) -> Result<Month, sqlx::Error> {
        self.text()?
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }

    fn maybe_month(&mut self) -> Result<Option<Month>, sqlx::Error> {
        let read = self.maybe_text()?.map(|text| text.parse()).transpose();
        read.map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }

    fn maybe_date(&mut self) -> Result<Option<Date>, sqlx::Error> {
        let read = self.maybe_text()?.map(|text| text.parse()).transpose();
        read.map_err(|error: jiff::Error| sqlx::Error::Decode(Box::new(error)))
    }
}

fn usage(row: &mut Columns<'_>) -> Result<(Key, UsageCell), sqlx::Error> {
    let cell = UsageCell {
        month: row.month()?,
        tool: row.text()?,
        tool_level: row.count()?,
        direction: row.text()?,
        people: row.count()?,
        requests: row.count()?,
        input_tokens: row.count()?,
        output_tokens: row.count()?,
        cost_eur: row.real()?,
        cost_known: row.count()?,
        provisional: row.flag()?,
    };
    Ok(((Some(cell.month), cell.tool.clone(), cell.direction.clone()), cell))
}

fn footprint(row: &mut Columns<'_>) -> Result<(Key, FootprintCell), sqlx::Error> {
    let cell = FootprintCell {
        month: row.month()?,
        tool: row.text()?,
        direction: row.text()?,
        people: row.count()?,
        requests: row.count()?,
        answered: row.count()?,
        footprint_known: row.count()?,
        energy_kwh_min: row.real()?,
        energy_kwh_max: row.real()?,
        co2e_kg_min: row.real()?,
        co2e_kg_max: row.real()?,
        provisional: row.flag()?,
    };
    Ok(((Some(cell.month), cell.tool.clone(), cell.direction.clone()), cell))
}

fn refusal(row: &mut Columns<'_>) -> Result<(Key, RefusalCell), sqlx::Error> {
    let cell = RefusalCell {
        month: row.month()?,
        decision: row.text()?,
        rule: row.text()?,
        class: row.maybe_text()?,
        people: row.count()?,
        requests: row.count()?,
        provisional: row.flag()?,
    };
    Ok(((Some(cell.month), cell.decision.clone(), cell.rule.clone()), cell))
}

fn finding(row: &mut Columns<'_>) -> Result<(Key, FindingCell), sqlx::Error> {
    let cell = FindingCell {
        month: row.month()?,
        class: row.text()?,
        people: row.count()?,
        findings: row.count()?,
        provisional: row.flag()?,
    };
    Ok(((Some(cell.month), cell.class.clone(), String::new()), cell))
}

fn adoption(row: &mut Columns<'_>) -> Result<(Key, AdoptionCell), sqlx::Error> {
    let cell = AdoptionCell {
        month: row.month()?,
        direction: row.text()?,
        people: row.count()?,
        agents: row.count()?,
        provisional: row.flag()?,
    };
    Ok(((Some(cell.month), cell.direction.clone(), String::new()), cell))
}

fn tool(row: &mut Columns<'_>) -> Result<(Key, ToolLine), sqlx::Error> {
    let line = ToolLine {
        tool: row.text()?,
        name: row.text()?,
        level: row.count()?.unwrap_or_default(),
        status: row.text()?,
        decision_reference: row.maybe_text()?,
        decision_date: row.maybe_date()?,
        review_before: row.maybe_date()?,
        valid_until: row.maybe_date()?,
        first_month: row.maybe_month()?,
        last_month: row.maybe_month()?,
        requests: row.count()?,
        proposed_on: row.maybe_date()?,
        days_to_decision: row.count()?,
    };
    Ok(((None, line.tool.clone(), String::new()), line))
}

fn feedback(row: &mut Columns<'_>) -> Result<(Key, FeedbackCell), sqlx::Error> {
    let cell = FeedbackCell {
        month: row.month()?,
        tool: row.text()?,
        people: row.count()?,
        answers: row.count()?,
        rating_mean: row.real()?,
        provisional: row.flag()?,
    };
    Ok(((Some(cell.month), cell.tool.clone(), String::new()), cell))
}

fn incident(row: &mut Columns<'_>) -> Result<(Key, IncidentCell), sqlx::Error> {
    let cell = IncidentCell {
        month: row.month()?,
        category: row.text()?,
        people: row.count()?,
        opened: row.count()?,
        closed: row.count()?,
        mean_hours_to_close: row.real()?,
        open_over_15_days: row.count()?,
        provisional: row.flag()?,
    };
    Ok(((Some(cell.month), cell.category.clone(), String::new()), cell))
}

fn charter(row: &mut Columns<'_>) -> Result<(Key, CharterLine), sqlx::Error> {
    let line = CharterLine {
        charter_version: row.text()?,
        people: row.count()?,
    };
    Ok(((None, line.charter_version.clone(), String::new()), line))
}

fn workspace(row: &mut Columns<'_>) -> Result<(Key, WorkspaceCell), sqlx::Error> {
    let cell = WorkspaceCell {
        month: row.month()?,
        app: row.text()?,
        people: row.count()?,
        events: row.count()?,
        provisional: row.flag()?,
    };
    Ok(((Some(cell.month), cell.app.clone(), String::new()), cell))
}

const USAGE: &str = "SELECT month, tool, CAST(tool_level AS bigint), direction, people, requests, input_tokens,
        output_tokens, CAST(cost_eur AS double precision), cost_known,
        CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_usage_monthly WHERE month >= $1 AND month <= $2";

const FOOTPRINT: &str = "SELECT month, tool, direction, people, requests, answered, footprint_known,
        CAST(energy_kwh_min AS double precision), CAST(energy_kwh_max AS double precision),
        CAST(co2e_kg_min AS double precision), CAST(co2e_kg_max AS double precision),
        CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_footprint_monthly WHERE month >= $1 AND month <= $2";

const REFUSALS: &str = "SELECT month, decision, rule, class, people, requests,
        CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_refusals_monthly WHERE month >= $1 AND month <= $2";

const FINDINGS: &str = "SELECT month, class, people, findings,
        CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_findings_monthly WHERE month >= $1 AND month <= $2";

const ADOPTION: &str = "SELECT month, direction, people, agents,
        CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_adoption_monthly WHERE month >= $1 AND month <= $2";

const TOOLS: &str = "SELECT tool, name, CAST(level AS bigint), status, decision_reference, decision_date,
        review_before, valid_until, first_month, last_month, requests, proposed_on, days_to_decision
    FROM committee_tools";

const FEEDBACK: &str = "SELECT month, tool, people, answers, CAST(rating_mean AS double precision),
        CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_feedback WHERE month >= $1 AND month <= $2";

const INCIDENTS: &str = "SELECT month, category, people, opened, closed,
        CAST(mean_hours_to_close AS double precision), open_over_15_days,
        CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_incidents WHERE month >= $1 AND month <= $2";

const CHARTER: &str = "SELECT charter_version, people FROM committee_charter";

const WORKSPACE: &str = "SELECT month, app, people, events,
        CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_workspace_monthly WHERE month >= $1 AND month <= $2";
