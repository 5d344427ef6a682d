//! Forms of pages: short, sent from a page of ours, written for this very visitor. All of that is checked here, once.

use axum::{
    Form, RequestExt,
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request},
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::identity::is_from_here;

use super::{
    App,
    pages::barred::{self, NotTaken},
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
            return Err(no(NotTaken::Stale));
        }
        match Form::<T>::from_request(again(body), &()).await {
            Ok(Form(form)) => Ok(Self { visitor, form }),
            Err(_) => Err(no(NotTaken::Unreadable)),
        }
    }
}
