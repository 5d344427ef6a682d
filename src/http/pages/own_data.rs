//! `/mes-donnees`: what is held on whoever looks, and nobody else (RGPD art. 15 and 20): their requests by pages, what
//! the small tables hold, a copy of everything, a way to contest a refusal, and whom to ask for the rest.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Shell, barred, moment, respond};
use crate::domain::Timestamp;
use crate::http::{
    App,
    forms::Submitted,
    visitor::{Barred, Visitor},
};
use crate::ledger::person::{Held, OwnRequests};
use crate::policy::{Policy, civil};
use crate::report::{pack, person};

/// Days of requests that the page shows; the copy has all of them.
const DAYS: i64 = 90;
/// Requests on a page.
const ON_A_PAGE: u32 = 50;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Which page.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Which {
    page: Option<u32>,
}

/// A request as the page shows it.
struct Line {
    id: String,
    at: String,
    tool: String,
    decision: &'static str,
    /// Where it did not end as decided.
    ended: Option<&'static str>,
    rule: String,
    findings: String,
    purpose: String,
    is_refused: bool,
    /// Number of the ticket by which its refusal is contested.
    contested: Option<String>,
}

#[derive(Template)]
#[template(path = "own_data.html")]
struct Page<'a> {
    shell: Shell<'a>,
    days: i64,
    lines: Vec<Line>,
    count: i64,
    decisions: Vec<(&'static str, i64)>,
    findings: Vec<(String, i64)>,
    policy: &'a Policy,
    held: Held,
    page: u32,
    pages: u32,
}

impl Page<'_> {
    /// What a field of an object says, for the page.
    fn field(&self, object: &Value, name: &str) -> String {
        match &object[name] {
            Value::String(text) if name == "valid_until" => person::day(text),
            Value::String(text) => person::instant(text).map_or_else(|| text.clone(), moment),
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    /// The name of a training, where the policy has one.
    fn training(&self, object: &Value) -> String {
        let id = self.field(object, "training");
        let named = self.policy.training(&id).and_then(|training| training.name.clone());
        named.unwrap_or(id)
    }
}

fn line(row: &Map<String, Value>, policy: &Policy, held: &Held) -> Line {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let counts = row.get("findings").and_then(Value::as_object).into_iter().flatten();
    let found: Vec<_> = counts
        .map(|(name, count)| format!("{} : {count}", person::found(name)))
        .collect();
    let (id, tool, decision, outcome) = (text("id"), text("tool"), text("decision"), text("outcome"));
    let is_refused = decision == "refused";
    let as_decided = outcome == "completed" || (is_refused && outcome == "refused");
    let rule = text("rule");
    Line {
        at: person::instant(&text("occurred_at")).map_or_else(String::new, moment),
        tool: policy.tool(&tool).map_or(tool, |tool| tool.name.clone()),
        decision: person::decision(&decision, 1),
        ended: person::ended(&outcome).filter(|_| !as_decided),
        rule: if rule.is_empty() { rule } else { pack::rule(&rule) },
        findings: found.join(", "),
        purpose: text("purpose"),
        is_refused,
        contested: contested(held, &id),
        id,
    }
}

/// The ticket by which a person contests the refusal of a request.
fn contested(held: &Held, request: &str) -> Option<String> {
    let contests = |incident: &&Value| incident["category"] == "contest" && incident["request_id"] == request;
    let ticket = held.incidents.iter().find(contests)?;
    ticket["ticket"].as_str().map(str::to_owned)
}

/// The decisions of all requests, in words.
fn decided(counts: &BTreeMap<String, i64>) -> Vec<(&'static str, i64)> {
    let words = |(word, &count): (&String, &i64)| (person::decision(word, count), count);
    counts.iter().map(words).collect()
}

/// What was found in all requests, in words.
fn found(counts: &BTreeMap<String, i64>) -> Vec<(String, i64)> {
    counts
        .iter()
        .map(|(name, &count)| (person::found(name), count))
        .collect()
}

/// The page.
pub(in crate::http) async fn page(
    State(app): State<App>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Barred> {
    let known = visitor.known()?;
    let (identity, names) = (&known.caller.identity, app.gateway.pseudonyms.names());
    let page = which.page.unwrap_or(1).clamp(1, 10_000);
    let time = (Timestamp(visitor.at.0 - DAYS * DAY_MS), Timestamp(visitor.at.0 + 1));
    let place = ((page - 1) * ON_A_PAGE, ON_A_PAGE);
    let read = async {
        let requests = app.holdings.requests(identity, &names, time, place).await?;
        let held = app.holdings.around(identity, &names).await?;
        Ok::<_, crate::ledger::person::PersonError>((requests, held))
    };
    let (requests, held): (OwnRequests, Held) = read.await.map_err(|error| {
        tracing::warn!(%error, "what is held on a person could not be read");
        barred::unchecked(&visitor)
    })?;
    let pages = u32::try_from(requests.count)
        .unwrap_or(u32::MAX)
        .div_ceil(ON_A_PAGE)
        .max(1);
    let policy = &visitor.live.policy;
    let page = Page {
        shell: Shell::new(&visitor, "/mes-donnees"),
        days: DAYS,
        lines: requests.rows.iter().map(|row| line(row, policy, &held)).collect(),
        count: requests.count,
        decisions: decided(&requests.decisions),
        findings: found(&requests.findings),
        policy,
        held,
        page,
        pages,
    };
    Ok(respond(&visitor, StatusCode::OK, &page))
}

/// In which form.
#[derive(Deserialize)]
pub(in crate::http) struct Form {
    #[serde(default)]
    format: String,
}

/// A copy of everything, as a file.
pub(in crate::http) async fn copy(
    State(app): State<App>,
    Submitted { visitor, form }: Submitted<Form>,
) -> Result<Response, Barred> {
    let known = visitor.known()?;
    let names = app.gateway.pseudonyms.names();
    let held = app.holdings.copy(&known.caller.identity, &names, visitor.at).await;
    let held = held.map_err(|error| {
        tracing::warn!(%error, "a copy of what is held on a person could not be made");
        barred::unchecked(&visitor)
    })?;
    let day = civil(visitor.at).to_string();
    let (kind, end, text) = if form.format == "csv" {
        ("text/csv; charset=utf-8", "csv", table(&held))
    } else {
        let document = person::document(known.name(), &day, app.retention_days, &held);
        ("application/json", "json", format!("{document:#}\n"))
    };
    let name = format!("attachment; filename=\"mes-donnees-{day}.{end}\"");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, text).into_response())
}

/// Everything as one table for a spreadsheet: the list, the number of the thing in it, the field and its value. Begins
/// with a mark, so that spreadsheets know its letters; a value that would be a formula has a quote before it.
fn table(held: &Held) -> String {
    let mut rows = csv::WriterBuilder::new().delimiter(b';').from_writer(vec![]);
    let mut put = |cells: [&str; 4]| {
        // Writing to memory cannot fail.
        let _ = rows.write_record(cells);
    };
    put(["liste", "numéro", "champ", "valeur"]);
    for (_, title, list) in person::sections(held) {
        for (number, one) in list.iter().enumerate() {
            let number = (number + 1).to_string();
            for (label, text) in person::fields(one) {
                let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
                let text = if risky { format!("'{text}") } else { text };
                put([title, &number, label, &text]);
            }
        }
    }
    let bytes = rows.into_inner().unwrap_or_default();
    format!("\u{feff}{}", String::from_utf8_lossy(&bytes))
}
