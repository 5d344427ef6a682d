//! For machines that watch: alive, ready, and figures for Prometheus.

use std::{fmt::Write, sync::atomic::Ordering};

use axum::{Json, extract::State, response::IntoResponse};
use http::{StatusCode, header};
use serde_json::json;

use super::{App, PolicyTrouble};
use crate::ledger::ChainState;
use crate::ledger::Unavailable;
use crate::limits::Down;

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Whether requests can be served, and what is down. With the database down they are: the outbox keeps the rows.
pub(super) async fn ready(State(app): State<App>) -> impl IntoResponse {
    let ledger = app.gateway.ledger.status();
    let policy = app.policy_state.borrow().clone();
    let live = app.gateway.live.borrow().clone();
    let limits = app.gateway.limits.status();
    let word = |fine: bool| if fine { "ok" } else { "down" };
    let missing: Vec<_> = live.without_key().map(|(backend, _)| backend.to_owned()).collect();
    let body = json!({
        "status": match (ledger.outbox_up, ledger.database_up && policy.trouble.is_none() && limits.down.is_none()) {
            (false, _) => "down",
            (true, false) => "degraded",
            (true, true) => "ok",
        },
        "policy": {
            "status": if policy.trouble.is_some() { "last_good" } else { "ok" },
            "why": policy.why().map(PolicyTrouble::code),
            "says": policy.why().map(PolicyTrouble::sentence),
            "trouble_since_ms": policy.trouble.as_ref().map(|(_, since)| since.0),
            "since_ms": policy.since.0,
            "hash": live.policy.hash(),
            "signed_by": policy.signed_by,
            "failures": policy.failures,
            "charter": live.policy.charter().version,
        },
        "database": { "status": word(ledger.database_up), "why": ledger.database.why() },
        "outbox": {
            "status": word(ledger.outbox_up),
            "why": ledger.outbox.map(Unavailable::code),
            "depth": ledger.depth,
            "waiting": ledger.waiting,
            "oldest_seconds": ledger.oldest_age.map(|age| age.as_secs()),
        },
        "chain": {
            "status": ledger.chain.name(),
            "signature_age_seconds": ledger.signature_age.map(|age| age.as_secs()),
        },
        "limits": {
            "status": word(limits.down.is_none()),
            "why": limits.down.map(Down::code),
            "store": limits.name,
        },
        "mail": mail(&app),
        "backends_without_key": missing,
    });
    let status = if ledger.outbox_up {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(body))
}

/// How the post stands. Letters that wait are no reason to send requests elsewhere.
fn mail(app: &App) -> serde_json::Value {
    let Some(post) = &app.post else {
        return json!({ "status": "off" });
    };
    let state = post.state();
    let now = (app.gateway.clock)();
    json!({
        "status": if state.trouble.is_some() || state.counts.dead > 0 { "troubled" } else { "ok" },
        "why": state.trouble,
        "waiting": state.counts.waiting,
        "oldest_seconds": state.counts.oldest.map(|oldest| (now.0 - oldest.0).max(0) / 1000),
        "dead": state.counts.dead,
    })
}

/// Prometheus text format 0.0.4.
pub(super) async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let ledger = app.gateway.ledger.status();
    let policy = app.policy_state.borrow().clone();
    let mut text = String::new();
    let mut gauge = |name: &str, kind: &str, help: &str, value: u64| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
    };
    let oldest = ledger.oldest_age.map_or(0, |age| age.as_secs());
    gauge(
        "gardefou_outbox_rows",
        "gauge",
        "Rows not yet in the database.",
        ledger.depth,
    );
    gauge(
        "gardefou_outbox_waiting_rows",
        "gauge",
        "Those of them whose request has ended.",
        ledger.waiting,
    );
    gauge(
        "gardefou_outbox_bytes",
        "gauge",
        "Weight of the rows not yet in the database.",
        ledger.bytes,
    );
    gauge(
        "gardefou_outbox_oldest_seconds",
        "gauge",
        "Age of the oldest row that waits for the database.",
        oldest,
    );
    gauge(
        "gardefou_outbox_up",
        "gauge",
        "1 if the outbox can be written.",
        ledger.outbox_up.into(),
    );
    gauge(
        "gardefou_database_up",
        "gauge",
        "1 if the database can be written.",
        ledger.database_up.into(),
    );
    gauge(
        "gardefou_limits_store_up",
        "gauge",
        "1 if the store of the limits can be counted in.",
        app.gateway.limits.status().down.is_none().into(),
    );
    gauge(
        "gardefou_chain_behind",
        "gauge",
        "1 if the database lost rows that it had when a head of the chain was signed.",
        (ledger.chain == ChainState::Behind).into(),
    );
    if let Some(age) = ledger.signature_age {
        gauge(
            "gardefou_chain_signature_age_seconds",
            "gauge",
            "Age of the last signed head of the chain.",
            age.as_secs(),
        );
    }
    gauge(
        "gardefou_unrecognised_requests_total",
        "counter",
        "Requests without a good key, which are nobody's and have no row.",
        app.unrecognised.load(Ordering::Relaxed),
    );
    gauge(
        "gardefou_relayed_rows_total",
        "counter",
        "Rows written to the database.",
        ledger.relayed,
    );
    gauge(
        "gardefou_relay_retries_total",
        "counter",
        "Batches that had to be tried again.",
        ledger.retries,
    );
    gauge(
        "gardefou_policy_broken",
        "gauge",
        "1 if what is saved as the policy cannot be used: the last good one is in force.",
        policy.trouble.is_some().into(),
    );
    gauge(
        "gardefou_policy_since_timestamp_seconds",
        "gauge",
        "Since when the policy in force is, in seconds since 1970.",
        u64::try_from(policy.since.0 / 1000).unwrap_or_default(),
    );
    gauge(
        "gardefou_policy_reloads_total",
        "counter",
        "New policies that were put in force since the start.",
        policy.reloads,
    );
    gauge(
        "gardefou_policy_failures_total",
        "counter",
        "Saves of the policy that could not be used.",
        policy.failures,
    );
    if let Some(post) = &app.post {
        let state = post.state();
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        gauge(
            "gardefou_letters_waiting",
            "gauge",
            "Letters about incidents that are on their way.",
            count(state.counts.waiting),
        );
        gauge(
            "gardefou_letters_dead",
            "gauge",
            "Letters that were given up.",
            count(state.counts.dead),
        );
        gauge(
            "gardefou_letters_delivered_total",
            "counter",
            "Letters that this gateway delivered.",
            state.delivered,
        );
        gauge(
            "gardefou_letters_failed_total",
            "counter",
            "Attempts of this gateway that failed.",
            state.failed,
        );
    }
    let live = app.gateway.live.borrow().clone();
    // A hash is made of digits: nothing in it needs an escape.
    let _ = writeln!(
        text,
        "# HELP gardefou_policy_info The policy in force, by its hash.\n# TYPE gardefou_policy_info gauge\n\
         gardefou_policy_info{{policy=\"{}\"}} 1",
        live.policy.hash()
    );
    if let Some(trouble) = policy.why() {
        let _ = writeln!(
            text,
            "# HELP gardefou_policy_trouble Why what is saved as the policy is not in force.\n\
             # TYPE gardefou_policy_trouble gauge\ngardefou_policy_trouble{{why=\"{}\"}} 1",
            trouble.code()
        );
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}
