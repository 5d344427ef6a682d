//! `/`: where people arrive, and what programs are to be given.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;

use super::{Shell, respond};
use crate::http::{App, visitor::Visitor};

#[derive(Template)]
#[template(path = "portal.html")]
struct Portal<'a> {
    shell: Shell<'a>,
    url: &'a str,
}

/// The page.
pub(in crate::http) async fn portal(State(app): State<App>, visitor: Visitor) -> Response {
    let page = Portal {
        shell: Shell::new(&visitor, "/"),
        url: &app.public_url,
    };
    respond(&visitor, StatusCode::OK, &page)
}
