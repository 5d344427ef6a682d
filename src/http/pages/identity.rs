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
    /// The directory: people, and hours since the import.
    directory: Option<(usize, u64)>,
    directory_is_stale: bool,
}

/// The page.
pub(in crate::http) async fn identity(State(app): State<App>, visitor: Visitor) -> Result<Response, Barred> {
    visitor.require(Role::PolicyAdmin)?;
    let office = &app.gateway.office;
    let page = Identity {
        shell: Shell::below(&visitor, "/administration"),
        has_local: app.gateway.local.is_some(),
        grants: app.roles.grants(),
        directory: office
            .directory_age()
            .map(|age| (office.directory_size(), age.as_secs() / 3600)),
        directory_is_stale: app.gateway.directory_is_stale(),
    };
    Ok(respond(&visitor, StatusCode::OK, &page))
}
