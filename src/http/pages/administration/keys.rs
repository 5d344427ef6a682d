//! `/administration/cles`: the keys of programs. A key is shown once, in the answer to the form that made it; a log line
//! tells ids, never an owner or a key.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use jiff::{ToSpan, civil::Date};
use serde::Deserialize;

use super::super::{Shell, barred, moment, respond};
use super::unavailable;
use crate::domain::{Role, Timestamp};
use crate::http::{
    App,
    forms::Submitted,
    visitor::{Barred, Visitor},
};
use crate::office::KeyRecord;
use crate::policy::{Group, Policy, civil, midnight};

const HERE: &str = "/administration/cles";
/// Longest name of an owner, in characters.
const LONGEST: usize = 200;

/// A key in words.
struct KeyLine {
    id: String,
    owner: String,
    groups: String,
    created: String,
    expires: String,
    state: String,
    is_valid: bool,
}

impl KeyLine {
    fn new(record: &KeyRecord, now: Timestamp) -> Self {
        let is_over = record.expires_at.is_some_and(|at| at <= now);
        Self {
            id: record.id.clone(),
            owner: record.owner.clone(),
            groups: match record.groups.is_empty() {
                true => "aucun".into(),
                false => record.groups.join(", "),
            },
            created: moment(record.created_at),
            expires: record.expires_at.map_or_else(|| "jamais".into(), moment),
            state: match record.revoked_at {
                Some(at) => format!("révoquée le {}", moment(at)),
                None if is_over => "expirée".into(),
                None => "valable".into(),
            },
            is_valid: record.revoked_at.is_none() && !is_over,
        }
    }
}

/// What the form sent, to be shown again.
#[derive(Default)]
struct Sent {
    owner: String,
    groups: Vec<String>,
    until: String,
}

impl Sent {
    fn of(fields: Vec<(String, String)>) -> Self {
        let mut sent = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "responsable" => sent.owner = value.trim().to_owned(),
                "groupe" => sent.groups.push(value),
                "fin" => sent.until = value.trim().to_owned(),
                _ => {}
            }
        }
        sent
    }

    fn has(&self, group: &str) -> bool {
        self.groups.iter().any(|one| one == group)
    }

    /// When a key of this form expires; or what is wrong with it, by field.
    fn checked(&self, policy: &Policy, today: Date) -> Result<Option<Timestamp>, Vec<(&'static str, String)>> {
        let mut wrong = Vec::new();
        if self.owner.is_empty() {
            wrong.push(("responsable", "Dites qui répond de la clé.".into()));
        } else if self.owner.chars().count() > LONGEST || self.owner.chars().any(char::is_control) {
            let words = format!("Le responsable s'écrit sur une ligne, en {LONGEST} caractères au plus.");
            wrong.push(("responsable", words));
        }
        let known = |id: &String| policy.groups().iter().any(|group| group.id == *id);
        if !self.groups.iter().all(known) {
            let words = "Un groupe choisi n'est plus dans la politique : choisissez parmi ceux-ci.";
            wrong.push(("groupes", words.into()));
        }
        let until = match self.until.parse::<Date>() {
            _ if self.until.is_empty() => None,
            Ok(day) if day >= today => Some(midnight(day.saturating_add(1.day()))),
            Ok(_) => {
                wrong.push(("fin", "Ce jour est passé : la clé serait refusée aussitôt.".into()));
                None
            }
            Err(_) => {
                wrong.push(("fin", "Un jour s'écrit AAAA-MM-JJ, par exemple 2027-12-31.".into()));
                None
            }
        };
        if wrong.is_empty() { Ok(until) } else { Err(wrong) }
    }
}

#[derive(Template)]
#[template(path = "administration_keys.html")]
struct Page<'a> {
    shell: Shell<'a>,
    keys: Vec<KeyLine>,
    groups: &'a [Group],
    today: Date,
    sent: Sent,
    mistakes: Vec<(&'static str, String)>,
    done: Option<String>,
    /// Its id, and its text: the only time that it is shown.
    made: Option<(String, String)>,
}

impl<'a> Page<'a> {
    fn of(visitor: &'a Visitor, mut keys: Vec<KeyRecord>) -> Self {
        keys.reverse();
        Self {
            shell: Shell::below(visitor, "/administration"),
            keys: keys.iter().map(|record| KeyLine::new(record, visitor.at)).collect(),
            groups: visitor.live.policy.groups(),
            today: civil(visitor.at),
            sent: Sent::default(),
            mistakes: Vec::new(),
            done: None,
            made: None,
        }
    }

    fn mistake(&self, field: &str) -> Option<&str> {
        let mut all = self.mistakes.iter();
        all.find(|(of, _)| *of == field).map(|(_, words)| words.as_str())
    }
}

/// What was done before this page.
#[derive(Default, Deserialize)]
pub(in crate::http) struct Done {
    #[serde(default)]
    revoquee: String,
}

/// All of them, newest first.
pub(in crate::http) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    done: Result<Query<Done>, QueryRejection>,
) -> Result<Response, Barred> {
    visitor.require(Role::PolicyAdmin)?;
    let keys = match app.gateway.office.list_keys().await {
        Ok(keys) => keys,
        Err(error) => return Ok(unavailable(&visitor, HERE, &error)),
    };
    let Done { revoquee } = done.map_or_else(|_| Done::default(), |Query(done)| done);
    // Said of a key that is revoked only, whatever the address says.
    let revoked = keys.iter().find(|key| key.id == revoquee && key.revoked_at.is_some());
    let done = revoked.map(|key| format!("la clé {} est révoquée.", key.id));
    let mut page = Page::of(&visitor, keys);
    page.done = done;
    Ok(respond(&visitor, StatusCode::OK, &page))
}

/// A new one.
pub(in crate::http) async fn create(
    State(app): State<App>,
    Submitted { visitor, form }: Submitted<Vec<(String, String)>>,
) -> Result<Response, Barred> {
    let known = visitor.require(Role::PolicyAdmin)?;
    let office = &app.gateway.office;
    let sent = Sent::of(form);
    let checked = sent.checked(&visitor.live.policy, civil(visitor.at));
    let made = match &checked {
        Ok(until) => match office.create_key(&sent.owner, &sent.groups, *until).await {
            Ok((record, secret)) => {
                tracing::info!(
                    key = record.id,
                    by = known.caller.pseudonym.as_str(),
                    "a key was created on the page"
                );
                Some((record.id, secret))
            }
            Err(error) => return Ok(unavailable(&visitor, HERE, &error)),
        },
        Err(_) => None,
    };
    // The key exists: it is shown, whether the list can be read again or not.
    let keys = match office.list_keys().await {
        Err(error) if made.is_none() => return Ok(unavailable(&visitor, HERE, &error)),
        keys => keys.unwrap_or_default(),
    };
    let mut page = Page::of(&visitor, keys);
    page.made = made;
    let status = match checked {
        Ok(_) => StatusCode::OK,
        Err(mistakes) => {
            (page.mistakes, page.sent) = (mistakes, sent);
            StatusCode::BAD_REQUEST
        }
    };
    Ok(respond(&visitor, status, &page))
}

#[derive(Template)]
#[template(path = "administration_key.html")]
struct Confirm<'a> {
    shell: Shell<'a>,
    key: KeyLine,
}

/// Asks once more before a key is revoked.
pub(in crate::http) async fn confirm(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Barred> {
    visitor.require(Role::PolicyAdmin)?;
    let keys = match app.gateway.office.list_keys().await {
        Ok(keys) => keys,
        Err(error) => return Ok(unavailable(&visitor, HERE, &error)),
    };
    let Some(record) = keys.iter().find(|key| key.id == id) else {
        return Ok(barred::not_found(visitor).await);
    };
    let page = Confirm {
        shell: Shell::below(&visitor, "/administration"),
        key: KeyLine::new(record, visitor.at),
    };
    Ok(respond(&visitor, StatusCode::OK, &page))
}

/// The form has its token alone.
#[derive(Deserialize)]
pub(in crate::http) struct Nothing {}

/// Revokes it; a key that is revoked already stays so.
pub(in crate::http) async fn revoke(
    State(app): State<App>,
    Path(id): Path<String>,
    Submitted { visitor, form: _ }: Submitted<Nothing>,
) -> Result<Response, Barred> {
    let known = visitor.require(Role::PolicyAdmin)?;
    match app.gateway.office.revoke_key(&id).await {
        Ok(true) => {
            tracing::info!(
                key = id,
                by = known.caller.pseudonym.as_str(),
                "a key was revoked on the page"
            );
            Ok(Redirect::to(&format!("{HERE}?revoquee={id}")).into_response())
        }
        // Sent twice, or not there: the list tells which.
        Ok(false) => Ok(Redirect::to(HERE).into_response()),
        Err(error) => Ok(unavailable(&visitor, HERE, &error)),
    }
}
