//! `GET /api/usage`: the committee's figures, from its views alone, for who has the committee's role.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{asker, problem};
use crate::domain::{Month, Role};
use crate::http::App;
use crate::policy::civil;

/// Which month.
#[derive(Deserialize)]
pub(in crate::http) struct Which {
    month: Option<String>,
}

/// The figures of a month, the last one that is over by default.
pub(in crate::http) async fn usage(
    State(app): State<App>,
    headers: HeaderMap,
    which: Result<Query<Which>, QueryRejection>,
) -> Response {
    let at = (app.gateway.clock)();
    let caller = match asker(&app, &headers, at).await {
        Ok(caller) => caller,
        Err(no) => return *no,
    };
    let live = app.gateway.live.borrow().clone();
    if !app.roles.of(&caller, &live.policy).contains(&Role::Committee) {
        let words = "Ces chiffres sont pour le comité : il faut le rôle `committee`.";
        return problem(StatusCode::FORBIDDEN, "not-committee", words);
    }
    let this = Month::from(civil(at));
    let month = which.ok().and_then(|Query(Which { month })| match month {
        None => Some(this.previous()),
        Some(text) => text.parse().ok().filter(|month| *month <= this),
    });
    let Some(month) = month else {
        let words = "`month` est un mois passé ou en cours, écrit AAAA-MM, par exemple 2026-11.";
        return problem(StatusCode::BAD_REQUEST, "bad-month", words);
    };
    match app.committee.figures(month, month).await {
        Ok(figures) => Json(json!({ "month": month, "figures": *figures })).into_response(),
        Err(error) => {
            tracing::warn!(%error, "the committee's figures cannot be read");
            let words = format!("Les chiffres ne peuvent pas être lus : {error}.");
            problem(StatusCode::SERVICE_UNAVAILABLE, "figures-unavailable", &words)
        }
    }
}
