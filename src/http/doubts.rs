//! `POST /api/false-positives`: a caller says that a finding was no protected data. It is counted, by type, class, tool and
//! day; a text is not asked for and would be refused.

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::{
    App,
    api::{problem, unreadable},
};
use crate::detector::{Class, Kind};
use crate::office::FalsePositive;
use crate::policy::{Policy, civil};

/// What the script of the assistant sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    /// As `scan` names it.
    #[serde(rename = "type")]
    kind: String,
    class: String,
    tool: String,
}

/// Counts a report.
pub(super) async fn report(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Json<Report>, JsonRejection>,
) -> Response {
    let Json(report) = match body {
        Ok(body) => body,
        Err(error) => return unreadable(&error),
    };
    let gateway = &app.gateway;
    let now = (gateway.clock)();
    if gateway.recognise(&headers, None, now).await.is_err() {
        return problem(
            StatusCode::UNAUTHORIZED,
            "bad-key",
            "Il faut une clé `gf_…` valable, ou une session.",
        );
    }
    let live = gateway.live.borrow().clone();
    if !is_known(&report, &live.policy) {
        return problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unknown-finding",
            "Ce type, cette classe ou cet outil n'existe pas.",
        );
    }
    let report = FalsePositive {
        day: civil(now),
        kind: report.kind,
        class: report.class,
        tool: report.tool,
    };
    match gateway.office.count_false_positive(&report).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            tracing::error!(%error, "a false positive could not be counted");
            problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "not-recorded",
                "Le signalement n'a pas pu être compté. Réessayez plus tard.",
            )
        }
    }
}

/// Only words of the policy and of the detector are written down: what a caller made up is not.
fn is_known(report: &Report, policy: &Policy) -> bool {
    let built_in = Kind::BUILTIN.iter().any(|kind| kind.name() == report.kind);
    let detector = policy.detector();
    let own = || {
        let ids = (0..u16::MAX).map(|n| detector.kind_name(Kind::Custom(n)));
        ids.take_while(|id| *id != Kind::Custom(0).name())
            .any(|id| id == report.kind)
    };
    (built_in || own()) && Class::from_name(&report.class).is_some() && policy.tool(&report.tool).is_some()
}
