//! `/connexion` and `/deconnexion`: the way into a session, and out of it.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;

use super::{Shell, respond};
use crate::http::{
    App, cookies,
    forms::Submitted,
    visitor::{Visitor, way_back},
};
use crate::identity::{FORM_COOKIE, SESSION_COOKIE};

/// Where to go afterwards.
#[derive(Deserialize)]
pub(in crate::http) struct Back {
    #[serde(default)]
    retour: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    shell: Shell<'a>,
    back: &'a str,
}

/// The page.
pub(in crate::http) async fn sign_in(visitor: Visitor, back: Result<Query<Back>, QueryRejection>) -> Response {
    let asked = back.map_or_else(|_| String::new(), |Query(back)| back.retour);
    let page = SignIn {
        shell: Shell::new(&visitor, "/connexion"),
        back: way_back(&asked),
    };
    respond(&visitor, StatusCode::OK, &page)
}

/// Nothing but the token.
#[derive(Deserialize)]
pub(in crate::http) struct Nothing {}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut<'a> {
    shell: Shell<'a>,
}

/// The form of the shell that ends a session.
pub(in crate::http) async fn sign_out(
    State(app): State<App>,
    Submitted { visitor, .. }: Submitted<Nothing>,
) -> Response {
    if let Some(ticket) = visitor.session_ticket()
        && let Err(error) = app.gateway.office.close_session(&ticket.hash()).await
    {
        tracing::warn!(%error, "a session could not be closed");
        return super::barred::unchecked(&visitor).into_response();
    }
    let gone = visitor.gone();
    let page = SignedOut {
        shell: Shell::new(&gone, ""),
    };
    let mut response = respond(&gone, StatusCode::OK, &page);
    for cookie in [SESSION_COOKIE, FORM_COOKIE] {
        cookies::clear(&mut response, cookie);
    }
    response
}
