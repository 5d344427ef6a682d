//! The first pages for people: where they are, which tools are validated, what the charter asks.
//! Rendered here from templates that are compiled in; no script, no request to another host.

pub(super) mod charter;

use askama::Template;
use axum::{
    extract::State,
    response::{Html, IntoResponse, Response},
};
use http::{StatusCode, header};

use crate::policy::Tool;

use super::App;

/// Nothing from elsewhere, no script, nobody's frame.
const CSP: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "portal.html")]
struct Portal<'a> {
    url: &'a str,
    dsiun: &'a str,
}

#[derive(Template)]
#[template(path = "tools.html")]
struct Tools<'a> {
    tools: Vec<&'a Tool>,
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFound;

/// `/`
pub(super) async fn portal(State(app): State<App>) -> Response {
    let live = app.gateway.live.borrow().clone();
    page(
        StatusCode::OK,
        &Portal {
            url: &app.public_url,
            dsiun: &live.policy.contacts().dsiun,
        },
    )
}

/// `/outils`
pub(super) async fn tools(State(app): State<App>) -> Response {
    let live = app.gateway.live.borrow().clone();
    let mut tools: Vec<_> = live.policy.tools().iter().collect();
    tools.sort_by_key(|tool| tool.level);
    page(StatusCode::OK, &Tools { tools })
}

/// Any other path.
pub(super) async fn not_found() -> Response {
    page(StatusCode::NOT_FOUND, &NotFound)
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    page_under(CSP, status, template)
}

fn page_under(csp: &'static str, status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (
            status,
            [
                (header::CONTENT_SECURITY_POLICY, csp),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ],
            Html(html),
        )
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
