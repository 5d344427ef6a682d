//! `POST /api/feedback` and `POST /api/incidents`.

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use super::{asker, problem, unreadable};
use crate::http::{
    App,
    returns::{self, Reported, Said, Wrong},
};
use crate::office::{IncidentCategory, Sense};

/// Up or down, for programs that know no more.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Thumb {
    Up,
    Down,
}

/// The body of feedback.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct FeedbackBody {
    request_id: Option<String>,
    tool: Option<String>,
    rating: Option<u8>,
    thumb: Option<Thumb>,
    sense: Option<Sense>,
    less_contact: Option<bool>,
    comment: Option<String>,
    #[serde(default)]
    anonymous: bool,
}

/// A caller says what an answer or a tool was worth.
pub(in crate::http) async fn feedback(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Json<FeedbackBody>, JsonRejection>,
) -> Response {
    let Json(body) = match body {
        Ok(body) => body,
        Err(error) => return unreadable(&error),
    };
    let at = (app.gateway.clock)();
    let caller = match asker(&app, &headers, at).await {
        Ok(caller) => caller,
        Err(no) => return *no,
    };
    if body.rating.is_some() && body.thumb.is_some() {
        let words = "Donnez `rating` ou `thumb`, pas les deux.";
        return problem(StatusCode::BAD_REQUEST, "two-ratings", words);
    }
    // The ends of the scale, so that one column serves both.
    let thumb = body.thumb.map(|thumb| match thumb {
        Thumb::Up => 5,
        Thumb::Down => 1,
    });
    let said = Said {
        request_id: body.request_id,
        tool: body.tool,
        rating: body.rating.or(thumb),
        sense: body.sense,
        less_contact: body.less_contact,
        comment: body.comment,
        anonymous: body.anonymous,
        key: sending(&headers),
    };
    let live = app.gateway.live.borrow().clone();
    match returns::feedback(&app, &live, &caller, at, said).await {
        Ok(id) => (StatusCode::CREATED, Json(json!({ "id": id }))).into_response(),
        Err(wrong) => refused(&wrong),
    }
}

/// The body of an incident.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct IncidentBody {
    category: String,
    description: String,
    request_id: Option<String>,
    excerpt: Option<String>,
}

/// A caller reports what went wrong: the RSSI and the DPO hear of it.
pub(in crate::http) async fn incidents(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Json<IncidentBody>, JsonRejection>,
) -> Response {
    let Json(body) = match body {
        Ok(body) => body,
        Err(error) => return unreadable(&error),
    };
    let at = (app.gateway.clock)();
    let caller = match asker(&app, &headers, at).await {
        Ok(caller) => caller,
        Err(no) => return *no,
    };
    let Some(category) = IncidentCategory::read(&body.category) else {
        let words: Vec<_> = IncidentCategory::ALL.iter().map(|category| category.name()).collect();
        let words = format!("`category` est l'un de ces mots : {}.", words.join(", "));
        return problem(StatusCode::BAD_REQUEST, "bad-category", &words);
    };
    let reported = Reported {
        category,
        description: body.description,
        excerpt: body.excerpt,
        request_id: body.request_id,
        key: sending(&headers),
    };
    let live = app.gateway.live.borrow().clone();
    match returns::incident(&app, &live, &caller, at, reported).await {
        Ok(opened) => {
            let url = format!("{}/signalements/{}", app.public_url, opened.ticket);
            let status = if opened.is_new {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            let body = json!({ "ticket": opened.ticket, "status_url": url, "mail": app.post.is_some() });
            let mut response = (status, Json(body)).into_response();
            if let Ok(url) = HeaderValue::from_str(&url) {
                response.headers_mut().insert(header::LOCATION, url);
            }
            response
        }
        Err(wrong) => refused(&wrong),
    }
}

/// What a program calls this sending, so that it may send it again.
fn sending(headers: &HeaderMap) -> Option<String> {
    let key = headers.get("idempotency-key")?;
    // A key that is not plain text is told of as too long a one: neither is a key.
    Some(key.to_str().map_or_else(|_| "?".repeat(200), str::to_owned))
}

/// All that is wrong, the first of it in words.
fn refused(wrong: &[Wrong]) -> Response {
    let first = wrong.first();
    let status = first.map_or(StatusCode::BAD_REQUEST, |first| first.status);
    let all: Vec<_> = wrong
        .iter()
        .map(|one| json!({ "code": one.code, "field": one.field, "message": one.words }))
        .collect();
    let body = json!({
        "error": {
            "code": first.map(|first| first.code),
            "message": first.map(|first| first.words.as_str()),
            "all": all,
        }
    });
    let mut response = (status, Json(body)).into_response();
    if status == StatusCode::TOO_MANY_REQUESTS {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    response
}
