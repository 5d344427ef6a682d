//! What a visitor is told who cannot have a page, or whose form was not taken: what is missing, whom to ask, and what they
//! wrote.

use askama::Template;
use axum::response::Response;
use http::{Method, StatusCode, Uri};

use super::{Shell, respond, sign_in::clear_storage};
use crate::domain::Role;
use crate::http::{
    api::problem,
    visitor::{Barred, Visitor, query_value, way_back},
};

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFound<'a> {
    shell: Shell<'a>,
}

/// Any path that is not there. Programs are told in JSON.
pub(in crate::http) async fn nowhere(uri: Uri, visitor: Visitor) -> Response {
    if is_for_programs(&uri) {
        return problem(StatusCode::NOT_FOUND, "no-such-path", "Cette adresse n'existe pas.");
    }
    no_such_page(&visitor)
}

/// A page that is not there.
pub(in crate::http) async fn not_found(visitor: Visitor) -> Response {
    no_such_page(&visitor)
}

fn is_for_programs(uri: &Uri) -> bool {
    uri.path() == "/api" || uri.path().starts_with("/api/")
}

#[derive(Template)]
#[template(path = "not_this_way.html")]
struct NotThisWay<'a> {
    shell: Shell<'a>,
    /// It was only to be looked at.
    is_read: bool,
    /// The page whose form is sent there.
    page: &'a str,
}

/// A path that is there, and takes no such request. The router adds which ones it takes.
pub(in crate::http) async fn not_this_way(method: Method, uri: Uri, visitor: Visitor) -> Response {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    if is_for_programs(&uri) {
        let words = "Cette adresse n'accepte pas cette méthode ; l'en-tête `Allow` dit lesquelles.";
        return problem(status, "method-not-allowed", words);
    }
    let page = NotThisWay {
        shell: Shell::new(&visitor, ""),
        is_read: method == Method::GET || method == Method::HEAD,
        page: Some(page_of(uri.path()))
            .filter(|page| *page != uri.path())
            .unwrap_or("/"),
    };
    respond(&visitor, status, &page)
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
    /// It came from a session that is over, or from nobody known.
    SignedOut,
    /// It was not written for this visitor.
    Stale,
    /// It cannot be read.
    Unreadable,
}

/// What somebody wrote in a form: the name of each field, and its text. It goes back to them and nowhere else.
pub(in crate::http) type Written = Vec<(&'static str, String)>;

#[derive(Template)]
#[template(path = "not_taken.html")]
struct NotTakenPage<'a> {
    shell: Shell<'a>,
    title: &'static str,
    words: &'static str,
    /// Where to go on, in words and as an address.
    next: Option<(&'static str, String)>,
    written: Written,
}

/// A form was not taken: nothing was done.
pub(in crate::http) fn not_taken(visitor: &Visitor, why: NotTaken) -> Barred {
    given_back(visitor, why, "/", Written::new())
}

/// The same, with the way to the form, which was sent to `path`, and with what was written in it, to copy.
pub(in crate::http) fn given_back(visitor: &Visitor, why: NotTaken, path: &str, written: Written) -> Barred {
    let page = page_of(path);
    let is_sign_out = why == NotTaken::SignedOut && path == "/deconnexion";
    let (status, title, words, next) = match why {
        NotTaken::FromElsewhere => (
            StatusCode::FORBIDDEN,
            NOT_RECORDED,
            "Ce formulaire n'a pas été envoyé depuis cette page : rien n'a été enregistré. Ouvrez la page ici, puis \
             remplissez-le de nouveau.",
            None,
        ),
        NotTaken::SignedOut if is_sign_out => (
            StatusCode::FORBIDDEN,
            "Votre session est terminée",
            "Vous étiez déjà déconnecté : il n'y a rien d'autre à faire. Les conversations gardées dans ce navigateur \
             sont effacées.",
            None,
        ),
        NotTaken::SignedOut => (
            StatusCode::FORBIDDEN,
            "Votre session est terminée",
            "Vous n'êtes plus connecté : rien n'a été enregistré. Connectez-vous de nouveau, puis renvoyez le formulaire.",
            Some((
                "Se connecter de nouveau",
                format!("/connexion?retour={}", query_value(way_back(page))),
            )),
        ),
        NotTaken::Stale => (
            StatusCode::FORBIDDEN,
            NOT_RECORDED,
            "Ce formulaire a été ouvert avant votre connexion, ou votre navigateur refuse les cookies : rien n'a été \
             enregistré. Ouvrez la page de nouveau, puis remplissez-le.",
            Some(("Ouvrir la page de nouveau", page.to_owned())),
        ),
        NotTaken::Unreadable => (
            StatusCode::BAD_REQUEST,
            NOT_RECORDED,
            "Le formulaire n'a pas pu être lu, ou il est trop long : rien n'a été enregistré. Recommencez.",
            None,
        ),
    };
    let page = NotTakenPage {
        shell: Shell::new(visitor, ""),
        title,
        words,
        next,
        written,
    };
    let mut response = respond(visitor, status, &page);
    if is_sign_out {
        clear_storage(&mut response);
    }
    Barred::with(response)
}

const NOT_RECORDED: &str = "Formulaire non enregistré";

/// The page that has the form of an address which only takes forms; the address itself where it is a page as well.
fn page_of(path: &str) -> &str {
    match path {
        "/retours/reponse" => "/retours",
        "/comite/documents" => "/comite",
        "/mes-donnees/copie" => "/mes-donnees",
        "/deconnexion" => "/",
        page => page,
    }
}
