//! `/administration/identite`: how people are recognised here, and who has which role.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;

use super::{Shell, respond};
use crate::domain::Role;
use crate::http::{
    App,
    visitor::{Barred, Visitor},
};
use crate::identity::Grant;

#[derive(Template)]
#[template(path = "identity.html")]
struct Identity<'a> {
    shell: Shell<'a>,
    has_local: bool,
    grants: &'a [Grant],
}

/// The page.
pub(in crate::http) async fn identity(State(app): State<App>, visitor: Visitor) -> Result<Response, Barred> {
    visitor.require(Role::PolicyAdmin)?;
    let page = Identity {
        shell: Shell::new(&visitor, "/administration"),
        has_local: app.gateway.local.is_some(),
        grants: app.roles.grants(),
    };
    Ok(respond(&visitor, StatusCode::OK, &page))
}
