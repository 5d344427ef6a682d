//! Pages for people, rendered here from templates that are compiled in: no request to another host, no script but those
//! in `/assets`.
//!
//! To add one: a file here with its template, a line in `router.rs`, an entry in [`shell`]'s navigation. The template
//! extends `base.html` and has a field `shell`; the handler answers with [`respond`].

pub(super) mod accessibility;
pub(super) mod administration;
pub(super) mod assistant;
pub(super) mod barred;
pub(super) mod charter;
pub(super) mod committee;
pub(super) mod feedback;
pub(super) mod identity;
pub(super) mod incidents;
pub(super) mod own_data;
pub(super) mod portal;
pub(super) mod shell;
pub(super) mod sign_in;
pub(super) mod tools;
mod typography;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::{returns::Wrong, visitor::Visitor};
use crate::domain::Timestamp;
use crate::policy::local;

pub(super) use shell::Shell;

/// Nothing from elsewhere, nothing inline, nobody's frame.
const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                   form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every page says to a browser besides.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not `no-referrer`: forms would then say that they come from nowhere.
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // A page knows who looks at it.
    (header::CACHE_CONTROL, "no-store"),
];

/// What is wrong with a form: by field, in words.
#[derive(Default)]
pub(super) struct Mistakes(Vec<(&'static str, String)>);

impl Mistakes {
    /// From what a check found, each beside the field of the page that has it.
    fn of(wrong: &[Wrong], fields: &[(&'static str, &'static str)]) -> Self {
        let place = |wrong: &Wrong| {
            let field = fields.iter().find(|(field, _)| *field == wrong.field);
            field.map_or("formulaire", |(_, place)| *place)
        };
        Self(wrong.iter().map(|wrong| (place(wrong), wrong.words.clone())).collect())
    }

    /// All of them, for the summary.
    fn list(&self) -> &[(&'static str, String)] {
        &self.0
    }

    /// What is wrong with a field.
    fn at(&self, field: &str) -> Option<&str> {
        let wrong = self.0.iter().find(|(wrong, _)| *wrong == field);
        wrong.map(|(_, words)| words.as_str())
    }
}

/// A day and an hour, for people.
fn moment(at: Timestamp) -> String {
    local(at).strftime("%d/%m/%Y à %H:%M").to_string()
}

/// What a form calls its sending, so that one that comes twice is one.
fn sending() -> String {
    let mut chance = [0; 16];
    // Without the system's randomness two forms may be one sending, and the second is then not recorded twice.
    let _ = getrandom::fill(&mut chance);
    crate::keyfile::hex(&chance)
}

/// A page for this visitor.
pub(super) fn respond(visitor: &Visitor, status: StatusCode, template: &impl Template) -> Response {
    let html = match template.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut response = (status, Html(typography::bound(&html))).into_response();
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if visitor.is_https() {
        let always = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, always);
    }
    visitor.give_cookie(&mut response);
    response
}
