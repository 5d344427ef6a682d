//! JSON for programs: the validated tools, the charter and its acceptance.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::Identity;
use crate::gateway::Inspector;
use crate::identity::{Presented, presented};

use super::App;

/// The tools that are served, for the intranet.
pub(super) async fn tools(State(app): State<App>) -> Json<Value> {
    let live = app.gateway.live.borrow().clone();
    let tools: Vec<_> = live
        .policy
        .tools()
        .iter()
        .map(|tool| {
            json!({
                "id": tool.id, "name": tool.name, "level": tool.level, "status": tool.status.name(),
                "purpose": tool.purpose, "data_used": tool.data_used, "provider": tool.provider,
                "hosting": tool.hosting, "models": tool.models,
                "accepts": tool.accepts.iter().map(|class| class.name()).collect::<Vec<_>>(),
            })
        })
        .collect();
    Json(json!({ "policy": live.policy.hash(), "tools": tools }))
}

/// The charter in force.
pub(super) async fn charter(State(app): State<App>) -> Json<Value> {
    let live = app.gateway.live.borrow().clone();
    let charter = live.policy.charter();
    Json(json!({ "version": charter.version, "url": charter.url, "acceptance": charter.acceptance.name() }))
}

/// The body of an acceptance.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Acceptance {
    version: String,
}

/// A caller accepts the charter in force, with their key.
pub(super) async fn accept_charter(State(app): State<App>, headers: HeaderMap, body: Json<Acceptance>) -> Response {
    let gateway = &app.gateway;
    let record = match presented(&headers, None) {
        Presented::Key(key) => gateway.office.key(&key),
        Presented::Nothing => None,
    };
    let Some(record) = record else {
        return problem(
            StatusCode::UNAUTHORIZED,
            "bad-key",
            "Il faut une clé `gf_…` valable pour accepter la charte.",
        );
    };
    let live = gateway.live.borrow().clone();
    let version = &live.policy.charter().version;
    if body.version != *version {
        let message = format!("La version en vigueur de la charte est « {version} ».");
        return problem(StatusCode::CONFLICT, "other-version", &message);
    }
    let pseudonym = gateway.pseudonyms.of(&Identity::new(record.owner));
    match gateway.office.accept_charter(pseudonym.as_str(), version).await {
        Ok(()) => (StatusCode::CREATED, Json(json!({ "version": version }))).into_response(),
        Err(error) => {
            tracing::error!(%error, "an acceptance of the charter could not be written");
            problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "not-recorded",
                "L'acceptation n'a pas pu être enregistrée. Réessayez plus tard.",
            )
        }
    }
}

/// A text to look at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scan {
    text: String,
    tool: Option<String>,
}

/// What the gateway would see in a text, for whoever may ask it something. Nothing is sent, logged or kept.
pub(super) async fn scan(State(app): State<App>, headers: HeaderMap, body: Json<Scan>) -> Response {
    let known = match presented(&headers, None) {
        Presented::Key(key) => app.gateway.office.key(&key).is_some(),
        Presented::Nothing => app.gateway.local.is_some(),
    };
    if !known {
        return problem(StatusCode::UNAUTHORIZED, "bad-key", "Il faut une clé `gf_…` valable.");
    }
    let live = app.gateway.live.borrow().clone();
    let Json(Scan { text, tool }) = body;
    // Long texts take a while: the other requests of this thread go on elsewhere.
    let seen = tokio::task::spawn_blocking(move || {
        let mut inspector = Inspector::new(&live.policy, tool.as_deref())?;
        Some(inspector.inspect(&text))
    })
    .await;
    match seen {
        Ok(Some(Ok(inspection))) => Json(inspection).into_response(),
        Ok(Some(Err(_))) => problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "text-too-long",
            "Le texte est trop long.",
        ),
        Ok(None) => problem(StatusCode::NOT_FOUND, "unknown-tool", "La politique n'a pas cet outil."),
        Err(_) => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal-error",
            "Le texte n'a pas pu être examiné.",
        ),
    }
}

fn problem(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({ "error": { "code": code, "message": message } }))).into_response()
}
