//! What a visitor is told who cannot have a page, or whose form was not taken: what is missing, and whom to ask.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::{Shell, respond};
use crate::domain::Role;
use crate::http::visitor::{Barred, Visitor};

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFound<'a> {
    shell: Shell<'a>,
}

/// Any path that is not there.
pub(in crate::http) async fn not_found(visitor: Visitor) -> Response {
    no_such_page(&visitor)
}

/// What is not there, or not for this visitor to know of.
pub(in crate::http) fn no_such_page(visitor: &Visitor) -> Response {
    let shell = Shell::new(visitor, "");
    respond(visitor, StatusCode::NOT_FOUND, &NotFound { shell })
}

#[derive(Template)]
#[template(path = "forbidden.html")]
struct Forbidden<'a> {
    shell: Shell<'a>,
    role: Role,
}

/// The role is missing.
pub(in crate::http) fn forbidden(visitor: &Visitor, role: Role) -> Barred {
    let shell = Shell::new(visitor, "");
    Barred::with(respond(visitor, StatusCode::FORBIDDEN, &Forbidden { shell, role }))
}

#[derive(Template)]
#[template(path = "unchecked.html")]
struct Unchecked<'a> {
    shell: Shell<'a>,
}

/// The database does not say whose session this is.
pub(in crate::http) fn unchecked(visitor: &Visitor) -> Barred {
    let shell = Shell::new(visitor, "");
    Barred::with(respond(visitor, StatusCode::SERVICE_UNAVAILABLE, &Unchecked { shell }))
}

/// Why a form was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum NotTaken {
    /// Another site sent it.
    FromElsewhere,
    /// It was not written for this visitor, or for a session that is over.
    Stale,
    /// It cannot be read.
    Unreadable,
}

#[derive(Template)]
#[template(path = "not_taken.html")]
struct NotTakenPage<'a> {
    shell: Shell<'a>,
    words: &'static str,
}

/// A form was not taken: nothing was done.
pub(in crate::http) fn not_taken(visitor: &Visitor, why: NotTaken) -> Barred {
    let (status, words) = match why {
        NotTaken::FromElsewhere => (
            StatusCode::FORBIDDEN,
            "Ce formulaire n'a pas été envoyé depuis cette page : rien n'a été enregistré. Ouvrez la page ici, puis \
             remplissez-le de nouveau.",
        ),
        NotTaken::Stale => (
            StatusCode::FORBIDDEN,
            "Ce formulaire a été ouvert avant votre connexion, ou votre navigateur refuse les cookies : rien n'a été \
             enregistré. Revenez à la page, rechargez-la, puis remplissez-le de nouveau.",
        ),
        NotTaken::Unreadable => (
            StatusCode::BAD_REQUEST,
            "Le formulaire n'a pas pu être lu, ou il est trop long : rien n'a été enregistré. Recommencez.",
        ),
    };
    let shell = Shell::new(visitor, "");
    Barred::with(respond(visitor, status, &NotTakenPage { shell, words }))
}
