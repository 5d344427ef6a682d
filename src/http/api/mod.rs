//! JSON for programs: the validated tools, the charter and its acceptance, a look at a text; feedback and incidents
//! (`returns`), the committee's figures (`usage`), and the description of all of it (`openapi`).

pub(super) mod openapi;
pub(super) mod returns;
pub(super) mod tools;
pub(super) mod usage;

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{Caller, Timestamp, Via};
use crate::gateway::{Inspector, Refusal};

use super::App;
use super::acceptance::{self, Accepted, NotAccepted};

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

/// Who asks, if they proved it: the local identity has nothing to accept.
async fn proven(app: &App, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let caller = app.gateway.recognise(headers, None, (app.gateway.clock)()).await?;
    if caller.via == Via::Local {
        return Err(Refusal::UnknownCaller { brought_one: false });
    }
    Ok(caller)
}

/// A caller accepts the charter in force, with their key or their session. To accept it again changes nothing.
pub(super) async fn accept_charter(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Json<Acceptance>, JsonRejection>,
) -> Response {
    let version = match &body {
        Ok(Json(Acceptance { version })) => version,
        Err(error) => return unreadable(error),
    };
    let accepted = match proven(&app, &headers).await {
        Ok(caller) => acceptance::accept(&app, &caller, version).await,
        Err(refusal) => Err(NotAccepted::from(refusal)),
    };
    match accepted {
        Ok(Accepted::Now) => (StatusCode::CREATED, Json(json!({ "version": version }))).into_response(),
        Ok(Accepted::Before) => Json(json!({ "version": version })).into_response(),
        Err(why) => problem(why.status(), why.code(), &why.to_string()),
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
pub(super) async fn scan(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Json<Scan>, JsonRejection>,
) -> Response {
    let Json(Scan { text, tool }) = match body {
        Ok(body) => body,
        Err(error) => return unreadable(&error),
    };
    let now = (app.gateway.clock)();
    if app.gateway.recognise(&headers, None, now).await.is_err() {
        return problem(
            StatusCode::UNAUTHORIZED,
            "bad-key",
            "Il faut une clé `gf_…` valable, ou une session.",
        );
    }
    let live = app.gateway.live.borrow().clone();
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

/// Who asks, with a key, a session or from this machine; or the answer to who may not.
async fn asker(app: &App, headers: &HeaderMap, at: Timestamp) -> Result<Caller, Box<Response>> {
    app.gateway.recognise(headers, None, at).await.map_err(|refusal| {
        let no = NotAccepted::from(refusal);
        let words = match no {
            NotAccepted::KeysUnknown => no.to_string(),
            _ => "Il faut une clé `gf_…` valable, ou une session.".into(),
        };
        Box::new(problem(no.status(), no.code(), &words))
    })
}

pub(super) fn problem(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({ "error": { "code": code, "message": message } }))).into_response()
}

/// A body that is not what is expected, without what stands in it.
pub(super) fn unreadable(error: &JsonRejection) -> Response {
    match error {
        JsonRejection::MissingJsonContentType(_) => problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-json",
            "Le corps doit être du JSON, annoncé par `content-type: application/json`.",
        ),
        JsonRejection::BytesRejection(_) => problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-long",
            "Le corps est trop long, ou n'est pas arrivé entier.",
        ),
        _ => problem(
            StatusCode::BAD_REQUEST,
            "unreadable",
            "Le corps n'est pas l'objet JSON attendu : /api/openapi.json décrit ses champs.",
        ),
    }
}
