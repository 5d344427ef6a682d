//! Forms of pages: short, sent from a page of ours, written for this very visitor. All of that is checked here, once.

use axum::{
    Form, RequestExt,
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request},
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::identity::{SESSION_COOKIE, is_from_here, ticket_in};

use super::{
    App,
    pages::barred::{self, NotTaken, Written},
    visitor::{Barred, Visitor},
};

/// A form that its visitor sent from our page. `T` needs no field for the token.
#[derive(Debug)]
pub(super) struct Submitted<T> {
    /// Who sent it.
    pub(super) visitor: Visitor,
    /// What is in it.
    pub(super) form: T,
}

/// The field that every form has.
#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    jeton: String,
}

/// Fields in which people write, with their names: what is given back where a form was not taken. No key is among them.
const WRITTEN: [(&str, &str); 8] = [
    ("description", "Ce qui s'est passé"),
    ("extrait", "Extrait de la réponse"),
    ("commentaire", "Commentaire"),
    ("reponse", "Réponse"),
    ("demande", "Numéro de la demande"),
    ("note", "Note"),
    ("responsable", "Responsable de la clé"),
    ("texte", "Texte de la politique"),
];

impl<T: DeserializeOwned> FromRequest<App> for Submitted<T> {
    type Rejection = Barred;

    async fn from_request(request: Request, app: &App) -> Result<Self, Barred> {
        let limited = request.with_limited_body();
        let (mut parts, body) = limited.into_parts();
        let Ok(visitor) = Visitor::from_request_parts(&mut parts, app).await;
        let no = |why| barred::not_taken(&visitor, why);
        if !is_from_here(&parts.headers, &app.public_url) {
            return Err(no(NotTaken::FromElsewhere));
        }
        if visitor.is_unchecked() {
            return Err(barred::unchecked(&visitor));
        }
        let again = |body: Bytes| Request::from_parts(parts.clone(), Body::from(body));
        let whole = Request::from_parts(parts.clone(), body);
        let Ok(body) = Bytes::from_request(whole, &()).await else {
            return Err(no(NotTaken::Unreadable));
        };
        let token = Form::<Token>::from_request(again(body.clone()), &()).await;
        let Ok(Form(Token { jeton })) = token else {
            return Err(no(NotTaken::Unreadable));
        };
        if !visitor.wrote(&jeton) {
            let path = parts.uri.path();
            // A session that is over leaves its cookie; a browser that was closed leaves none.
            let had_session = ticket_in(&parts.headers, SESSION_COOKIE).is_some();
            let over = visitor.who().is_none() && (had_session || path != "/charte") && visitor.can_sign_in();
            let why = if over { NotTaken::SignedOut } else { NotTaken::Stale };
            let form = Form::<Vec<(String, String)>>::from_request(again(body), &()).await;
            let sent = form.map_or_else(|_| Vec::new(), |Form(sent)| sent);
            return Err(barred::given_back(&visitor, why, path, written(sent)));
        }
        match Form::<T>::from_request(again(body), &()).await {
            Ok(Form(form)) => Ok(Self { visitor, form }),
            Err(_) => Err(no(NotTaken::Unreadable)),
        }
    }
}

/// What its author wrote in a form.
fn written(sent: Vec<(String, String)>) -> Written {
    let name = |field: &str| WRITTEN.iter().find(|(known, _)| *known == field).map(|(_, name)| *name);
    sent.into_iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .filter_map(|(field, text)| Some((name(&field)?, text)))
        .collect()
}
