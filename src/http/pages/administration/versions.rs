//! `/administration/versions`: every version of the policy that was in force, its text, and what changed between two.
//! Texts may name people: they are for who keeps the policy.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::Response,
};
use http::StatusCode;
use serde::Deserialize;

use super::super::{Shell, barred, moment, respond};
use super::{LoadLine, unavailable};
use crate::domain::Role;
use crate::http::{
    App,
    visitor::{Barred, Visitor},
};
use crate::office::PolicyVersion;
use crate::policy::{Policy, civil, differences};

/// Comings into force that are shown.
const MOST: u32 = 200;

#[derive(Template)]
#[template(path = "administration_versions.html")]
struct List<'a> {
    shell: Shell<'a>,
    in_force: &'a str,
    loads: &'a [LoadLine],
    /// One line for each version, the last one that came into force first.
    versions: Vec<&'a LoadLine>,
    is_cut: bool,
}

/// All of them.
pub(in crate::http) async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, Barred> {
    visitor.require(Role::PolicyAdmin)?;
    let loads: Vec<LoadLine> = match app.gateway.office.policy_loads(MOST).await {
        Ok(loads) => loads.into_iter().map(LoadLine::from).collect(),
        Err(error) => return Ok(unavailable(&visitor, "/administration/versions", &error)),
    };
    let mut versions: Vec<&LoadLine> = Vec::new();
    for load in &loads {
        if versions.iter().all(|version| version.hash != load.hash) {
            versions.push(load);
        }
    }
    let page = List {
        shell: Shell::below(&visitor, "/administration"),
        in_force: visitor.live.policy.hash(),
        versions,
        is_cut: loads.len() >= MOST as usize,
        loads: &loads,
    };
    Ok(respond(&visitor, StatusCode::OK, &page))
}

#[derive(Template)]
#[template(path = "administration_version.html")]
struct One<'a> {
    shell: Shell<'a>,
    version: &'a PolicyVersion,
    since: String,
    in_force: &'a str,
    is_in_force: bool,
}

/// The text of one.
pub(in crate::http) async fn version(
    State(app): State<App>,
    visitor: Visitor,
    Path(hash): Path<String>,
) -> Result<Response, Barred> {
    visitor.require(Role::PolicyAdmin)?;
    let version = match app.gateway.office.policy_version(&hash).await {
        Ok(Some(version)) => version,
        Ok(None) => return Ok(barred::not_found(visitor).await),
        Err(error) => return Ok(unavailable(&visitor, "/administration/versions", &error)),
    };
    let in_force = visitor.live.policy.hash();
    let page = One {
        shell: Shell::below(&visitor, "/administration"),
        since: moment(version.since),
        in_force,
        is_in_force: in_force == version.hash,
        version: &version,
    };
    Ok(respond(&visitor, StatusCode::OK, &page))
}

/// Which two.
#[derive(Default, Deserialize)]
pub(in crate::http) struct Two {
    #[serde(default)]
    ancienne: String,
    #[serde(default)]
    nouvelle: String,
}

#[derive(Template)]
#[template(path = "administration_comparison.html")]
struct Comparison<'a> {
    shell: Shell<'a>,
    old: &'a str,
    new: &'a str,
    /// What changes; or the version that cannot be read any more, with its mistakes.
    told: Result<String, (String, String)>,
}

/// What changed from one to another.
pub(in crate::http) async fn comparison(
    State(app): State<App>,
    visitor: Visitor,
    two: Result<Query<Two>, QueryRejection>,
) -> Result<Response, Barred> {
    visitor.require(Role::PolicyAdmin)?;
    let Two { ancienne, nouvelle } = two.map_or_else(|_| Two::default(), |Query(two)| two);
    let office = &app.gateway.office;
    let (old, new) = match tokio::try_join!(office.policy_version(&ancienne), office.policy_version(&nouvelle)) {
        Ok((Some(old), Some(new))) => (old, new),
        Ok(_) => return Ok(barred::not_found(visitor).await),
        Err(error) => return Ok(unavailable(&visitor, "/administration/versions", &error)),
    };
    let told = tokio::task::spawn_blocking(move || compared(&old, &new)).await;
    let told = told.unwrap_or_else(|_| {
        tracing::error!("a bug met two versions of the policy");
        Ok("La comparaison s'est arrêtée sur une erreur du programme.".into())
    });
    let page = Comparison {
        shell: Shell::below(&visitor, "/administration"),
        old: &ancienne,
        new: &nouvelle,
        told,
    };
    Ok(respond(&visitor, StatusCode::OK, &page))
}

fn compared(old: &PolicyVersion, new: &PolicyVersion) -> Result<String, (String, String)> {
    Ok(differences(&read(old)?, &read(new)?).to_string())
}

/// As of the day on which it was in force: what was right then may be late today.
fn read(version: &PolicyVersion) -> Result<Policy, (String, String)> {
    let refused = |mistakes: crate::policy::Diagnostics| (version.hash.clone(), mistakes.to_string());
    Policy::read(&version.document, &version.hash, civil(version.since)).map_err(refused)
}
