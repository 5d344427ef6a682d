//! The figures beside usage: the service, how much an active agent asks, new users, refusals by tool, demand, upkeep
//! and trainings. One struct for each view, fields named and ordered as its columns; the statement that reads it.

use serde::Serialize;

use super::read::{Columns, Key};
use crate::domain::Month;

/// A line of `committee_service_monthly`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceCell {
    /// The month.
    pub month: Month,
    /// Requests.
    pub requests: Option<i64>,
    /// Of those, neither answered nor refused: a backend or the gateway failed. A multiple of five.
    pub failed: Option<i64>,
    /// Requests that were served, in hundredths.
    pub availability: Option<f64>,
    /// What the gateway adds, median, in microseconds; cut to two significant digits, as the two that follow.
    pub overhead_p50_us: Option<i64>,
    /// The same, which 99 of 100 requests do not exceed.
    pub overhead_p99_us: Option<i64>,
    /// The wait for the backend, median, in milliseconds.
    pub upstream_p50_ms: Option<i64>,
    /// Reports of the month, those that `committee_incidents` shows.
    pub incidents: Option<i64>,
    /// Rows that are missing in the chains and that no retention explains.
    pub rows_lost: Option<i64>,
    /// The month is under way.
    pub provisional: bool,
}

/// A line of `committee_activity_monthly`: the class of the agent in the middle.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActivityCell {
    /// The month.
    pub month: Month,
    /// The direction; `ensemble` for all of them.
    pub direction: String,
    /// Distinct callers.
    pub people: Option<i64>,
    /// Least number of requests of the class.
    pub median_from: Option<i64>,
    /// Most; none in the last class.
    pub median_to: Option<i64>,
    /// Never: months that are over only.
    pub provisional: bool,
}

/// A line of `committee_newcomers_monthly`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewcomerCell {
    /// The month.
    pub month: Month,
    /// Callers who accepted a charter for the first time; none where it is not to be accepted.
    pub people: Option<i64>,
    /// The month is under way.
    pub provisional: bool,
}

/// A line of `committee_refusals_by_tool_monthly`: those of [`super::RefusalCell`], divided by tool.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolRefusalCell {
    /// The month.
    pub month: Month,
    /// As in [`super::RefusalCell`].
    pub decision: String,
    /// As in [`super::RefusalCell`].
    pub rule: String,
    /// Id of the tool; `autres outils` where several are one line, `hors liste` for requests without a tool.
    pub tool: String,
    /// Distinct callers.
    pub people: Option<i64>,
    /// Requests.
    pub requests: Option<i64>,
    /// The month is under way.
    pub provisional: bool,
}

/// A line of `committee_demand_monthly`: what was asked for and is not listed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DemandCell {
    /// The month.
    pub month: Month,
    /// `unknown-tool` or `no-tool-for-model`.
    pub rule: String,
    /// Family of models, such as `gpt-*`; `autre`: none that the gateway knows; `autres familles` where several are one
    /// line.
    pub family: String,
    /// Distinct callers.
    pub people: Option<i64>,
    /// Requests.
    pub requests: Option<i64>,
    /// The month is under way.
    pub provisional: bool,
}

/// A line of `committee_upkeep`: the last time that something was done for the ledger.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UpkeepLine {
    /// `retention`, `signature` or `verification`.
    pub task: String,
    /// Instant in UTC, `YYYY-MM-DDTHH:MM:SSZ`; none: never.
    pub last_at: Option<String>,
    /// Last month that retention removed; `intact` or `altered`.
    pub result: Option<String>,
    /// Gateways that signed, or were verified.
    pub instances: Option<i64>,
    /// Rows that retention removed in all, or that were recomputed.
    pub rows: Option<i64>,
    /// Rows that were missing and that no retention explains.
    pub rows_lost: Option<i64>,
}

/// A line of `committee_training`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainingLine {
    /// Its name in the policy.
    pub training: String,
    /// People with a valid attestation.
    pub people: Option<i64>,
    /// Agents concerned; none where the policy does not name them all.
    pub agents: Option<i64>,
}

pub(super) fn service(row: &mut Columns<'_>) -> Result<(Key, ServiceCell), sqlx::Error> {
    let cell = ServiceCell {
        month: row.month()?,
        requests: row.count()?,
        failed: row.count()?,
        availability: row.real()?,
        overhead_p50_us: row.count()?,
        overhead_p99_us: row.count()?,
        upstream_p50_ms: row.count()?,
        incidents: row.count()?,
        rows_lost: row.count()?,
        provisional: row.flag()?,
    };
    Ok(((Some(cell.month), String::new(), String::new()), cell))
}

pub(super) fn activity(row: &mut Columns<'_>) -> Result<(Key, ActivityCell), sqlx::Error> {
    let cell = ActivityCell {
        month: row.month()?,
        direction: row.text()?,
        people: row.count()?,
        median_from: row.count()?,
        median_to: row.count()?,
        provisional: row.flag()?,
    };
    Ok(((Some(cell.month), cell.direction.clone(), String::new()), cell))
}

pub(super) fn newcomers(row: &mut Columns<'_>) -> Result<(Key, NewcomerCell), sqlx::Error> {
    let cell = NewcomerCell {
        month: row.month()?,
        people: row.count()?,
        provisional: row.flag()?,
    };
    Ok(((Some(cell.month), String::new(), String::new()), cell))
}

pub(super) fn tool_refusal(row: &mut Columns<'_>) -> Result<(Key, ToolRefusalCell), sqlx::Error> {
    let cell = ToolRefusalCell {
        month: row.month()?,
        decision: row.text()?,
        rule: row.text()?,
        tool: row.text()?,
        people: row.count()?,
        requests: row.count()?,
        provisional: row.flag()?,
    };
    let second = format!("{}\0{}", cell.rule, cell.tool);
    Ok(((Some(cell.month), cell.decision.clone(), second), cell))
}

pub(super) fn demand(row: &mut Columns<'_>) -> Result<(Key, DemandCell), sqlx::Error> {
    let cell = DemandCell {
        month: row.month()?,
        rule: row.text()?,
        family: row.text()?,
        people: row.count()?,
        requests: row.count()?,
        provisional: row.flag()?,
    };
    Ok(((Some(cell.month), cell.rule.clone(), cell.family.clone()), cell))
}

pub(super) fn upkeep(row: &mut Columns<'_>) -> Result<(Key, UpkeepLine), sqlx::Error> {
    let line = UpkeepLine {
        task: row.text()?,
        last_at: row.maybe_text()?,
        result: row.maybe_text()?,
        instances: row.count()?,
        rows: row.count()?,
        rows_lost: row.count()?,
    };
    Ok(((None, line.task.clone(), String::new()), line))
}

pub(super) fn training(row: &mut Columns<'_>) -> Result<(Key, TrainingLine), sqlx::Error> {
    let line = TrainingLine {
        training: row.text()?,
        people: row.count()?,
        agents: row.count()?,
    };
    Ok(((None, line.training.clone(), String::new()), line))
}

pub(super) const SERVICE: &str = "SELECT month, requests, failed, CAST(availability AS double precision),
        overhead_p50_us, overhead_p99_us, upstream_p50_ms, incidents, rows_lost,
        CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_service_monthly WHERE month >= $1 AND month <= $2";

pub(super) const ACTIVITY: &str = "SELECT month, direction, people, median_from, median_to,
        CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_activity_monthly WHERE month >= $1 AND month <= $2";

pub(super) const NEWCOMERS: &str = "SELECT month, people, CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_newcomers_monthly WHERE month >= $1 AND month <= $2";

pub(super) const TOOL_REFUSALS: &str = "SELECT month, decision, rule, tool, people, requests,
        CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_refusals_by_tool_monthly WHERE month >= $1 AND month <= $2";

pub(super) const DEMAND: &str = "SELECT month, rule, family, people, requests,
        CAST(CASE WHEN provisional THEN 1 ELSE 0 END AS bigint)
    FROM committee_demand_monthly WHERE month >= $1 AND month <= $2";

pub(super) const UPKEEP: &str = "SELECT task, last_at, result, CAST(instances AS bigint), CAST(rows AS bigint),
        CAST(rows_lost AS bigint)
    FROM committee_upkeep";

pub(super) const TRAINING: &str = "SELECT training, people, agents FROM committee_training";
