//! `GET /api/tools`: the committee's list, for the intranet. It is public and the same for everybody, so any origin may
//! read it (`Access-Control-Allow-Origin: *`: browsers send no cookie with it), and a reader that has it is told so.
//! Whether a tool is served depends on the day, and so does the list's tag.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::{civil::Date, fmt::rfc2822::DateTimePrinter};
use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::gateway::Live;
use crate::http::{App, footprints};
use crate::policy::{Reference, Tool, civil, midnight};

/// The list.
pub(in crate::http) async fn tools(State(app): State<App>, headers: HeaderMap) -> Response {
    let live = app.gateway.live.borrow().clone();
    let today = civil((app.gateway.clock)());
    let since = app.policy_state.borrow().since.max(midnight(today));
    let tag = format!("\"{}-{today}\"", live.policy.hash());
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|list| {
            list.split(',')
                .any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*")
        });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(list(&live, today)).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    // Asked again each time, answered in a few bytes while the policy stays.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    for (name, value) in [(header::ETAG, Some(tag)), (header::LAST_MODIFIED, http_date(since))] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

/// A moment as HTTP writes it (RFC 9110 §5.6.7).
fn http_date(at: Timestamp) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()
}

fn list(live: &Live, today: Date) -> Value {
    let tools: Vec<_> = live.policy.tools().iter().map(|tool| one(live, tool, today)).collect();
    json!({ "policy": live.policy.hash(), "tools": tools })
}

fn one(live: &Live, tool: &Tool, today: Date) -> Value {
    let reference = |one: &Option<Reference>| {
        one.as_ref()
            .map(|one| json!({ "reference": one.reference, "date": one.date.to_string() }))
    };
    let footprint = footprints::of(&live.policy, tool).map(|footprint| {
        json!({
            "output_tokens": footprints::ANSWER,
            "energy_kwh": footprint.energy_kwh,
            "co2e_kg": footprint.co2e_kg,
            "method": crate::footprint::VERSION,
        })
    });
    json!({
        "id": tool.id, "name": tool.name, "level": tool.level, "status": tool.status.name(),
        "served": tool.closed(today).is_none(),
        "purpose": tool.purpose, "data_used": tool.data_used, "provider": tool.provider,
        "hosting": tool.hosting, "models": tool.models,
        "accepts": tool.accepts.iter().map(|class| class.name()).collect::<Vec<_>>(),
        "decision": reference(&tool.decision),
        "evaluation": reference(&tool.evaluation),
        "review_before": tool.review_before.map(|day| day.to_string()),
        "valid_from": tool.valid_from.map(|day| day.to_string()),
        "valid_until": tool.valid_until.map(|day| day.to_string()),
        "legal_basis": tool.legal_basis,
        "groups": tool.groups, "domains": tool.domains, "training": tool.training,
        "routed": tool.routed, "audience": tool.audience.name(),
        "footprint_per_answer": footprint,
    })
}
