//! How a refusal becomes HTTP: the only place where one does.

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};

use crate::dialect::{Because, Dialect, Framing, Said};
use crate::domain::MentionForm;
use crate::gateway::{Live, Refusal, Refused};

use super::headers;

/// A refusal in the caller's dialect: as an error, or as the assistant's answer where a chat page asked for that.
/// It names the contacts of the policy that decided, and the pages of this gateway.
pub(super) fn answer(live: &Live, public_url: &str, refused: &Refused) -> Response {
    let said = refused
        .refusal
        .said_with_pages(live.policy.contacts(), &refused.entry, public_url);
    log(refused);
    let mut response = if refused.told_as_answer() {
        let model = refused.entry.model.as_deref().unwrap_or("gardefou");
        let body = refused
            .call
            .dialect
            .refusal(refused.call.endpoint, &said, model, refused.framing);
        let mut response = Response::new(Body::from(body));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, content_type(refused.framing));
        response
    } else {
        plain(refused.call.dialect, &said)
    };
    let entry = &refused.entry;
    // What was refused waited for no backend; of what failed there it is not known here how long.
    let own = refused.started.elapsed().as_secs_f64() * 1e3;
    let timing = refused.refusal.is_refusal().then_some((own, 0.0));
    headers::ours(response.headers_mut(), entry, MentionForm::None, timing);
    if refused.ends_upload() {
        let over = HeaderValue::from_static("cancelled");
        response.headers_mut().insert("x-goog-upload-status", over);
    }
    if let Refusal::Exceeded(exceeded) = &refused.refusal {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, exceeded.retry_after.into());
    }
    response
}

/// An error of a dialect, where nothing is known but its words.
pub(super) fn plain(dialect: &dyn Dialect, said: &Said) -> Response {
    let mut response = Response::new(Body::from(dialect.error(said)));
    *response.status_mut() = StatusCode::from_u16(said.because.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type(None));
    if let Ok(id) = HeaderValue::from_str(&said.request_id) {
        headers.insert("x-gardefou-request-id", id);
    }
    // The SDKs of OpenAI and Anthropic resend a 429 and any 5xx unless told not to.
    if !matches!(said.because, Because::Upstream | Because::Timeout) {
        headers.insert("x-should-retry", HeaderValue::from_static("false"));
    }
    response
}

fn content_type(framing: Option<Framing>) -> HeaderValue {
    HeaderValue::from_static(match framing {
        Some(Framing::Events) => "text/event-stream; charset=utf-8",
        Some(Framing::Array) | None => "application/json; charset=utf-8",
    })
}

/// Once, here, where it is handled.
fn log(refused: &Refused) {
    let (request, code) = (refused.entry.id, refused.refusal.code());
    if refused.refusal.is_refusal() {
        tracing::info!(%request, code, tool = refused.entry.tool, "request refused");
    } else {
        tracing::warn!(%request, code, error = %refused.refusal, tool = refused.entry.tool, "request failed");
    }
}
