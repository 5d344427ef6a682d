//! `/charte`: what the charter asks, whom to ask, and a form in which somebody accepts the version in force: whoever is
//! signed in, or the holder of a key. It works without a script; what was typed is never shown again.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;

use super::{Shell, respond};
use crate::http::{
    App,
    acceptance::{self, Accepted, NotAccepted},
    forms::Submitted,
    visitor::{Known, Visitor},
};
use crate::policy::Acceptance;

#[derive(Template)]
#[template(path = "charter.html")]
struct Charter<'a> {
    shell: Shell<'a>,
    version: &'a str,
    url: &'a str,
    mention: &'a str,
    dsiun: &'a str,
    rssi: &'a str,
    dpo: &'a str,
    /// Whether it is accepted at all.
    asked: bool,
    /// Whether the visitor needs no form.
    has_accepted: bool,
    /// Whether nobody is signed in.
    needs_key: bool,
    /// What came of the form.
    done: Option<&'static str>,
    /// What is wrong with the form: the field, and the words.
    mistakes: Vec<(&'static str, String)>,
}

impl<'a> Charter<'a> {
    fn of(visitor: &'a Visitor) -> Self {
        let policy = &visitor.live.policy;
        let (charter, contacts) = (policy.charter(), policy.contacts());
        let signed_in = signed_in(visitor);
        Self {
            shell: Shell::new(visitor, "/charte"),
            version: &charter.version,
            url: &charter.url,
            mention: &policy.mention().text,
            dsiun: &contacts.dsiun,
            rssi: &contacts.rssi,
            dpo: &contacts.dpo,
            asked: charter.acceptance != Acceptance::Off,
            has_accepted: signed_in.is_some_and(|known| known.caller.accepted_charters.contains(&charter.version)),
            needs_key: signed_in.is_none(),
            done: None,
            mistakes: Vec::new(),
        }
    }

    fn mistake(&self, field: &str) -> Option<&str> {
        let mistake = self.mistakes.iter().find(|(wrong, _)| *wrong == field);
        mistake.map(|(_, words)| words.as_str())
    }
}

/// Who accepts without a key. The local identity counts as having accepted, and may try a key here.
fn signed_in(visitor: &Visitor) -> Option<&Known> {
    visitor.who().filter(|known| !known.is_local())
}

/// The page.
pub(in crate::http) async fn read(visitor: Visitor) -> Response {
    respond(&visitor, StatusCode::OK, &Charter::of(&visitor))
}

/// What the form sends.
#[derive(Deserialize)]
pub(in crate::http) struct Sent {
    /// The key, where nobody is signed in.
    #[serde(default)]
    cle: String,
    /// The version that the page showed.
    #[serde(default)]
    version: String,
    /// The box, once ticked.
    #[serde(default)]
    accord: String,
}

/// The form.
pub(in crate::http) async fn accept(
    State(app): State<App>,
    Submitted { visitor, form: sent }: Submitted<Sent>,
) -> Response {
    let mut page = Charter::of(&visitor);
    let key = sent.cle.trim();
    if page.needs_key && key.is_empty() {
        page.mistakes
            .push(("cle", "Collez votre clé, qui commence par « gf_ ».".into()));
    }
    if sent.accord.is_empty() {
        page.mistakes
            .push(("accord", "Cochez la case si vous acceptez la charte.".into()));
    }
    if !page.mistakes.is_empty() {
        return respond(&visitor, StatusCode::BAD_REQUEST, &page);
    }
    let caller = match signed_in(&visitor) {
        Some(known) => Ok(known.caller.clone()),
        None => app.gateway.key_caller(key, visitor.at).map_err(NotAccepted::from),
    };
    let accepted = match caller {
        Ok(caller) => acceptance::accept(&app, &caller, &sent.version).await,
        Err(why) => Err(why),
    };
    match accepted {
        Ok(Accepted::Now) => page.done = Some("votre acceptation de cette version de la charte est enregistrée."),
        Ok(Accepted::Before) => page.done = Some("vous aviez déjà accepté cette version de la charte."),
        Err(why) => {
            let field = if page.needs_key { "cle" } else { "accord" };
            let words = match &why {
                NotAccepted::BadKey => format!(
                    "Cette clé n'est pas valable : elle est inconnue, expirée ou révoquée. Vérifiez que vous l'avez \
                     collée entière, ou demandez-en une autre à la DSIUN ({}).",
                    page.dsiun
                ),
                NotAccepted::OtherVersion(version) => format!(
                    "La charte a changé pendant que vous la lisiez : la version en vigueur est « {version} ». Lisez-la, \
                     puis acceptez-la."
                ),
                NotAccepted::KeysUnknown | NotAccepted::NotRecorded => why.to_string(),
            };
            page.mistakes.push((field, words));
            return respond(&visitor, why.status(), &page);
        }
    }
    respond(&visitor, StatusCode::OK, &page)
}
