//! `/charte`: what the charter asks, whom to ask, and a form in which the holder of a key accepts the version in force.
//! It works without a script; what was typed is never shown again.

use askama::Template;
use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde::Deserialize;

use crate::gateway::Live;
use crate::http::{
    App,
    acceptance::{self, Accepted, NotAccepted},
};
use crate::policy::Acceptance;

use super::page_under;

/// As other pages, with a form that is sent here and nowhere else.
const CSP: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "charter.html")]
struct Charter<'a> {
    version: &'a str,
    url: &'a str,
    mention: &'a str,
    dsiun: &'a str,
    rssi: &'a str,
    dpo: &'a str,
    /// Whether it is accepted at all.
    asked: bool,
    /// What came of the form.
    done: Option<&'static str>,
    /// What is wrong with the form: the field, and the words.
    mistakes: Vec<(&'static str, String)>,
}

impl<'a> Charter<'a> {
    fn of(live: &'a Live) -> Self {
        let (charter, contacts) = (live.policy.charter(), live.policy.contacts());
        Self {
            version: &charter.version,
            url: &charter.url,
            mention: &live.policy.mention().text,
            dsiun: &contacts.dsiun,
            rssi: &contacts.rssi,
            dpo: &contacts.dpo,
            asked: charter.acceptance != Acceptance::Off,
            done: None,
            mistakes: Vec::new(),
        }
    }

    fn mistake(&self, field: &str) -> Option<&str> {
        let mistake = self.mistakes.iter().find(|(wrong, _)| *wrong == field);
        mistake.map(|(_, words)| words.as_str())
    }

    fn respond(&self, status: StatusCode) -> Response {
        let mut response = page_under(CSP, status, self);
        // What the page says of a key is for whoever typed it.
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// The page.
pub(in crate::http) async fn read(State(app): State<App>) -> Response {
    let live = app.gateway.live.borrow().clone();
    Charter::of(&live).respond(StatusCode::OK)
}

/// What the form sends.
#[derive(Deserialize)]
pub(in crate::http) struct Sent {
    /// The key.
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
    headers: HeaderMap,
    sent: Result<Form<Sent>, FormRejection>,
) -> Response {
    let live = app.gateway.live.borrow().clone();
    let mut page = Charter::of(&live);
    if !is_from_here(&headers, &app.public_url) {
        let words = "Ce formulaire n'a pas été envoyé depuis cette page : rien n'a été enregistré. Remplissez-le ici.";
        page.mistakes.push(("cle", words.into()));
        return page.respond(StatusCode::FORBIDDEN);
    }
    let Ok(Form(sent)) = sent else {
        page.mistakes
            .push(("cle", "Le formulaire n'a pas pu être lu. Recommencez.".into()));
        return page.respond(StatusCode::BAD_REQUEST);
    };
    let key = sent.cle.trim();
    if key.is_empty() {
        page.mistakes
            .push(("cle", "Collez votre clé, qui commence par « gf_ ».".into()));
    }
    if sent.accord.is_empty() {
        page.mistakes
            .push(("accord", "Cochez la case si vous acceptez la charte.".into()));
    }
    if !page.mistakes.is_empty() {
        return page.respond(StatusCode::BAD_REQUEST);
    }
    match acceptance::accept(&app, Some(key), &sent.version).await {
        Ok(Accepted::Now) => page.done = Some("C'est enregistré : vous avez accepté cette version de la charte."),
        Ok(Accepted::Before) => page.done = Some("Vous aviez déjà accepté cette version de la charte."),
        Err(why) => {
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
            page.mistakes.push(("cle", words));
            return page.respond(why.status());
        }
    }
    page.respond(StatusCode::OK)
}

/// Another site may not send this form in somebody's browser. Browsers say where a form comes from: all of them in
/// `Origin`, newer ones in `Sec-Fetch-Site` too. Who says neither is no browser, and has `/api/charter/acceptance`.
fn is_from_here(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return false;
    }
    let Some(origin) = text("origin") else {
        return text("sec-fetch-site").is_some();
    };
    let authority = |address: &str| address.parse::<Uri>().ok().and_then(|uri| uri.authority().cloned());
    // Behind a proxy the name of the host may be another one than in the settings, and both are ours: no other site
    // can choose what a browser writes into `Host`.
    authority(origin).is_some_and(|from| {
        let host = text("host").is_some_and(|host| from.as_str().eq_ignore_ascii_case(host));
        host || authority(public_url) == Some(from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_another_site_is_known_by_where_it_comes_from() {
        let here = "https://ia.departement04.example";
        for (site, origin, wanted) in [
            (Some("same-origin"), Some("https://ia.departement04.example"), true),
            (None, Some("https://ia.departement04.example"), true),
            (None, Some("http://127.0.0.1:8080"), true),
            (Some("same-origin"), None, true),
            (Some("cross-site"), Some("https://ia.departement04.example"), false),
            (Some("same-site"), Some("https://autre.departement04.example"), false),
            (Some("same-origin"), Some("https://mal.example"), false),
            (None, Some("https://mal.example"), false),
            (None, Some("https://ia.departement04.example.mal.example"), false),
            (None, Some("null"), false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("host", HeaderValue::from_static("127.0.0.1:8080"));
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                if let Some(value) = value {
                    headers.insert(name, HeaderValue::from_static(value));
                }
            }
            assert_eq!(is_from_here(&headers, here), wanted, "{site:?} {origin:?}");
        }
    }
}
