//! The committee's figures as plain data: one struct for each view, fields named and ordered as its columns.
//!
//! A figure that is `None` is not known or not shown (the month under way); it is never 0 in disguise.

use jiff::civil::Date;
use serde::Serialize;

use super::service::{ActivityCell, DemandCell, NewcomerCell, ServiceCell, ToolRefusalCell, TrainingLine, UpkeepLine};
use crate::domain::Month;

/// Everything the views say of a range of months, rows sorted by their key columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// `committee_usage_monthly`
    pub usage: Vec<UsageCell>,
    /// `committee_footprint_monthly`
    pub footprint: Vec<FootprintCell>,
    /// `committee_refusals_monthly`
    pub refusals: Vec<RefusalCell>,
    /// `committee_findings_monthly`
    pub findings: Vec<FindingCell>,
    /// `committee_adoption_monthly`
    pub adoption: Vec<AdoptionCell>,
    /// `committee_tools`, whatever the months
    pub tools: Vec<ToolLine>,
    /// `committee_feedback`
    pub feedback: Vec<FeedbackCell>,
    /// `committee_incidents`
    pub incidents: Vec<IncidentCell>,
    /// `committee_charter`, whatever the months
    pub charter: Vec<CharterLine>,
    /// `committee_workspace_monthly`
    pub workspace: Vec<WorkspaceCell>,
    /// `committee_service_monthly`
    pub service: Vec<ServiceCell>,
    /// `committee_activity_monthly`
    pub activity: Vec<ActivityCell>,
    /// `committee_newcomers_monthly`
    pub newcomers: Vec<NewcomerCell>,
    /// `committee_refusals_by_tool_monthly`
    pub tool_refusals: Vec<ToolRefusalCell>,
    /// `committee_demand_monthly`
    pub demand: Vec<DemandCell>,
    /// `committee_upkeep`, whatever the months
    pub upkeep: Vec<UpkeepLine>,
    /// `committee_training`, whatever the months
    pub training: Vec<TrainingLine>,
}

/// A line of `committee_usage_monthly`: requests of a tool by a direction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UsageCell {
    /// The month.
    pub month: Month,
    /// Id of the tool; `autres outils` where several are one line, `hors liste` for requests without a tool.
    pub tool: String,
    /// Level of the tool; none where tools are merged.
    pub tool_level: Option<i64>,
    /// The direction, or one of its services; `autres directions`, `autres services`, `sans direction`.
    pub direction: String,
    /// Distinct callers.
    pub people: Option<i64>,
    /// Requests.
    pub requests: Option<i64>,
    /// Tokens of the prompts.
    pub input_tokens: Option<i64>,
    /// Tokens of the answers.
    pub output_tokens: Option<i64>,
    /// Euros, of the requests whose price is known.
    pub cost_eur: Option<f64>,
    /// Requests whose price is known.
    pub cost_known: Option<i64>,
    /// The month is under way.
    pub provisional: bool,
}

/// A line of `committee_footprint_monthly`: the same cells as [`UsageCell`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FootprintCell {
    /// The month.
    pub month: Month,
    /// As in [`UsageCell`].
    pub tool: String,
    /// As in [`UsageCell`].
    pub direction: String,
    /// Distinct callers.
    pub people: Option<i64>,
    /// Requests.
    pub requests: Option<i64>,
    /// Requests that were answered: their output tokens are known.
    pub answered: Option<i64>,
    /// Requests whose footprint is known.
    pub footprint_known: Option<i64>,
    /// Electricity of those in kWh, least.
    pub energy_kwh_min: Option<f64>,
    /// Electricity of those in kWh, most.
    pub energy_kwh_max: Option<f64>,
    /// Emissions of those in kg CO2e, least.
    pub co2e_kg_min: Option<f64>,
    /// Emissions of those in kg CO2e, most.
    pub co2e_kg_max: Option<f64>,
    /// The month is under way.
    pub provisional: bool,
}

/// A line of `committee_refusals_monthly`: what the policy decided other than to let through.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RefusalCell {
    /// The month.
    pub month: Month,
    /// `refused`, `masked`, `warned`, or `allowed` for rules that only observe.
    pub decision: String,
    /// Id of the rule; `autres règles` where several are one line.
    pub rule: String,
    /// Class of data of a screening rule.
    pub class: Option<String>,
    /// Distinct callers.
    pub people: Option<i64>,
    /// Requests.
    pub requests: Option<i64>,
    /// The month is under way.
    pub provisional: bool,
}

/// A line of `committee_findings_monthly`: what the detector saw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingCell {
    /// The month.
    pub month: Month,
    /// Class of data; `answer:` before it where it was seen in an answer; `autres classes`.
    pub class: String,
    /// Distinct callers.
    pub people: Option<i64>,
    /// Findings.
    pub findings: Option<i64>,
    /// The month is under way.
    pub provisional: bool,
}

/// A line of `committee_adoption_monthly`: people only.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AdoptionCell {
    /// The month.
    pub month: Month,
    /// The direction; `ensemble` for all of them.
    pub direction: String,
    /// Distinct callers.
    pub people: Option<i64>,
    /// Agents of the direction as the policy tells.
    pub agents: Option<i64>,
    /// The month is under way.
    pub provisional: bool,
}

/// A line of `committee_tools`: the committee's list, as the policy in force has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolLine {
    /// Id in the policy.
    pub tool: String,
    /// Name for people.
    pub name: String,
    /// 1 to 3.
    pub level: i64,
    /// `proposed`, `studied`, `trial`, `validated`, `suspended` or `withdrawn`.
    pub status: String,
    /// The decision's reference.
    pub decision_reference: Option<String>,
    /// The decision's day.
    #[serde(serialize_with = "day")]
    pub decision_date: Option<Date>,
    /// When it must be reviewed.
    #[serde(serialize_with = "day")]
    pub review_before: Option<Date>,
    /// When it ends, as a trial does.
    #[serde(serialize_with = "day")]
    pub valid_until: Option<Date>,
    /// First month with a published line of its own.
    pub first_month: Option<Month>,
    /// Last month with a published line of its own.
    pub last_month: Option<Month>,
    /// Requests of its published lines.
    pub requests: Option<i64>,
    /// When it was proposed to the committee.
    #[serde(serialize_with = "day")]
    pub proposed_on: Option<Date>,
    /// Days from then to the decision.
    pub days_to_decision: Option<i64>,
}

/// A line of `committee_feedback`: what callers say of a tool.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeedbackCell {
    /// The month.
    pub month: Month,
    /// Id of the tool; `autres outils` where several are one line.
    pub tool: String,
    /// Distinct callers.
    pub people: Option<i64>,
    /// How many times they said something.
    pub answers: Option<i64>,
    /// Mean of the ratings, 1 to 5.
    pub rating_mean: Option<f64>,
    /// The month is under way.
    pub provisional: bool,
}

/// A line of `committee_incidents`: reports of a month, by category.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IncidentCell {
    /// The month they were reported in.
    pub month: Month,
    /// What kind; `autres catégories` where several are one line.
    pub category: String,
    /// Distinct callers.
    pub people: Option<i64>,
    /// Reported.
    pub opened: Option<i64>,
    /// Of those, closed since.
    pub closed: Option<i64>,
    /// Mean time from report to closing, in hours, of those closed.
    pub mean_hours_to_close: Option<f64>,
    /// Of those, open for more than fifteen days, or closed after more.
    pub open_over_15_days: Option<i64>,
    /// The month is under way.
    pub provisional: bool,
}

/// A line of `committee_charter`: who accepted which version.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CharterLine {
    /// Version of the charter.
    pub charter_version: String,
    /// Distinct callers.
    pub people: Option<i64>,
}

/// A line of `committee_workspace_monthly`: Gemini inside Google Workspace, which no gateway sees.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkspaceCell {
    /// The month.
    pub month: Month,
    /// The application; `autres applications` where several are one line.
    pub app: String,
    /// Distinct callers.
    pub people: Option<i64>,
    /// Events that Google counted.
    pub events: Option<i64>,
    /// The month is under way.
    pub provisional: bool,
}

/// A day as `2026-11-28`.
fn day<S: serde::Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
    day.map(|day| day.to_string()).serialize(to)
}
