//! `/connexion` and `/deconnexion`: the way into a session, and out of it.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::{Shell, respond};
use crate::http::{
    App, cookies,
    forms::Submitted,
    visitor::{Known, Visitor, query_value, way_back},
};
use crate::identity::oidc::{Attempt, Issuer, NotBelieved, NotProven, Returned, SignedIn};
use crate::identity::{FORM_COOKIE, SESSION_COOKIE, Session, Ticket, cookie_in};
use crate::office::OfficeError;

/// What a browser keeps while it is at the issuer.
const AWAY_COOKIE: &str = "__Host-gardefou-sign-in";

/// Where to go afterwards.
#[derive(Deserialize)]
pub(in crate::http) struct Back {
    #[serde(default)]
    retour: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    shell: Shell<'a>,
    back: &'a str,
    /// `back`, as a value in a query.
    back_value: String,
    /// The issuer, where there is one.
    issuer: Option<&'a str>,
    /// Why a sign-in came to nothing.
    mistake: Option<String>,
}

impl<'a> SignIn<'a> {
    fn new(app: &'a App, visitor: &'a Visitor, back: &'a str) -> Self {
        Self {
            shell: Shell::new(visitor, "/connexion"),
            back,
            back_value: query_value(back),
            issuer: app.gateway.issuer.as_deref().map(Issuer::address),
            mistake: None,
        }
    }

    /// Nobody is signed in yet.
    fn may_sign_in(&self) -> bool {
        self.shell.who().is_none_or(Known::is_local)
    }
}

/// The page.
pub(in crate::http) async fn sign_in(
    State(app): State<App>,
    visitor: Visitor,
    back: Result<Query<Back>, QueryRejection>,
) -> Response {
    let asked = back.map_or_else(|_| String::new(), |Query(back)| back.retour);
    let page = SignIn::new(&app, &visitor, way_back(&asked));
    respond(&visitor, StatusCode::OK, &page)
}

/// Away to the issuer.
pub(in crate::http) async fn away(
    State(app): State<App>,
    visitor: Visitor,
    back: Result<Query<Back>, QueryRejection>,
) -> Response {
    let asked = back.map_or_else(|_| String::new(), |Query(back)| back.retour);
    let Some(issuer) = &app.gateway.issuer else {
        return respond(&visitor, StatusCode::NOT_FOUND, &SignIn::new(&app, &visitor, "/"));
    };
    match issuer.begin(way_back(&asked)).await {
        Ok(begun) => {
            let mut response = Redirect::to(&begun.address).into_response();
            no_store(&mut response);
            cookies::set(&mut response, AWAY_COOKIE, &begun.attempt.0, Some(600));
            response
        }
        Err(why) => refused(&app, &visitor, Why::NotProven(why)),
    }
}

/// With what the issuer sends a browser back.
#[derive(Deserialize)]
pub(in crate::http) struct Answer {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Back from the issuer: a session, or the reason why not. The attempt is over in any case.
pub(in crate::http) async fn back(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    answer: Result<Query<Answer>, QueryRejection>,
) -> Response {
    let signed_in = match answer {
        Ok(Query(answer)) => enter(&app, &headers, &answer).await,
        Err(_) => Err(Why::NotProven(NotProven::NotBegun)),
    };
    let mut response = match signed_in {
        Ok((ticket, back)) => {
            // The session before, if there was one, ends with its ticket.
            if let Some(old) = visitor.session_ticket() {
                let _ = app.gateway.office.close_session(&old.hash()).await;
            }
            let mut response = Redirect::to(way_back(&back)).into_response();
            no_store(&mut response);
            cookies::set(&mut response, SESSION_COOKIE, &ticket.text(), None);
            cookies::clear(&mut response, FORM_COOKIE);
            response
        }
        Err(why) => refused(&app, &visitor, why),
    };
    cookies::clear(&mut response, AWAY_COOKIE);
    response
}

/// Why a sign-in came to nothing.
enum Why {
    /// The issuer proves nobody.
    NotProven(NotProven),
    /// The sign-in has opened a session already.
    Twice,
    /// The address was another account's.
    OtherAccount,
    /// The database cannot be asked.
    Database(OfficeError),
}

async fn enter(app: &App, headers: &HeaderMap, answer: &Answer) -> Result<(Ticket, String), Why> {
    let gateway = &app.gateway;
    let issuer = gateway.issuer.as_ref().ok_or(Why::NotProven(NotProven::NotBegun))?;
    let attempt = cookie_in(headers, AWAY_COOKIE).map(|sealed| Attempt(sealed.to_owned()));
    let returned = Returned {
        code: answer.code.as_deref(),
        state: answer.state.as_deref(),
        issuer: answer.iss.as_deref(),
        error: answer.error.as_deref(),
    };
    let signed_in = issuer
        .finish(attempt.as_ref(), returned)
        .await
        .map_err(Why::NotProven)?;
    let SignedIn {
        person,
        back,
        sign_in,
        id_token,
    } = signed_in;
    let (caller, account) = gateway.account(issuer, &person);
    if !gateway
        .office
        .knows_account(&caller, &account)
        .await
        .map_err(Why::Database)?
    {
        return Err(Why::OtherAccount);
    }
    let session = Session {
        identity: person.email,
        groups: person.groups,
        id_token,
    };
    let opened = gateway.open_session(&session, &sign_in).await.map_err(Why::Database)?;
    opened.map(|ticket| (ticket, back)).ok_or(Why::Twice)
}

/// Says why, logs the reason once, and offers another try.
fn refused(app: &App, visitor: &Visitor, why: Why) -> Response {
    let mut page = SignIn::new(app, visitor, "/");
    let dsiun = &page.shell.contacts().dsiun;
    let (status, code) = match &why {
        Why::NotProven(NotProven::Unreachable(_)) => (StatusCode::BAD_GATEWAY, "issuer-unreachable"),
        Why::NotProven(why) => (StatusCode::FORBIDDEN, why.code()),
        Why::Twice => (StatusCode::FORBIDDEN, "used"),
        Why::OtherAccount => (StatusCode::FORBIDDEN, "other-account"),
        Why::Database(_) => (StatusCode::SERVICE_UNAVAILABLE, "database"),
    };
    match &why {
        Why::NotProven(NotProven::Unreachable(error)) => tracing::warn!(code, %error, "a sign-in failed"),
        Why::Database(error) => tracing::warn!(code, %error, "a sign-in failed"),
        _ => tracing::info!(code, "a sign-in was refused"),
    }
    page.mistake = Some(match why {
        Why::NotProven(NotProven::Unreachable(_)) => format!(
            "Le fournisseur d'identité ne répond pas. Réessayez dans quelques minutes ; si cela dure, prévenez la DSIUN \
             ({dsiun})."
        ),
        Why::NotProven(NotProven::Declined) => {
            "Le fournisseur d'identité n'a pas confirmé la connexion, ou vous l'avez annulée.".into()
        }
        Why::NotProven(NotProven::NotBegun) | Why::Twice => {
            "Cette connexion n'a pas été commencée dans ce navigateur, a déjà servi ou date de plus de dix minutes."
                .into()
        }
        Why::NotProven(NotProven::NotBelieved(NotBelieved::Domain)) => {
            "Ce compte n'est pas un compte de la collectivité. Connectez-vous avec votre compte professionnel.".into()
        }
        Why::NotProven(NotProven::NotBelieved(NotBelieved::NoEmail | NotBelieved::UnverifiedEmail)) => format!(
            "Le fournisseur d'identité ne garantit pas l'adresse électronique de ce compte. Adressez-vous à la DSIUN \
             ({dsiun})."
        ),
        Why::OtherAccount => format!(
            "Cette adresse a été celle d'un autre compte : pour ne pas mélanger deux personnes, la connexion est refusée. \
             Adressez-vous à la DSIUN ({dsiun})."
        ),
        Why::NotProven(NotProven::NotBelieved(_) | NotProven::Chance) => format!(
            "La réponse du fournisseur d'identité n'a pas pu être vérifiée ({code}). Si cela dure, donnez ce mot à \
             la DSIUN ({dsiun})."
        ),
        Why::Database(_) => {
            "La base de données ne répond pas : votre session ne peut pas être ouverte. Réessayez dans quelques minutes."
                .into()
        }
    });
    respond(visitor, status, &page)
}

/// Conversations that the assistant keeps in the browser go with the session.
pub(super) fn clear_storage(response: &mut Response) {
    let storage = HeaderValue::from_static("\"storage\"");
    response.headers_mut().insert("clear-site-data", storage);
}

fn no_store(response: &mut Response) {
    let value = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
}

/// Nothing but the token.
#[derive(Deserialize)]
pub(in crate::http) struct Nothing {}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut<'a> {
    shell: Shell<'a>,
    /// Where the issuer ends its own session.
    farewell: Option<String>,
}

/// The form of the shell that ends a session.
pub(in crate::http) async fn sign_out(
    State(app): State<App>,
    Submitted { visitor, .. }: Submitted<Nothing>,
) -> Response {
    if let Some(ticket) = visitor.session_ticket()
        && let Err(error) = app.gateway.office.close_session(&ticket.hash()).await
    {
        tracing::warn!(%error, "a session could not be closed");
        return super::barred::unchecked(&visitor).into_response();
    }
    let session = visitor.who().and_then(|known| known.session.as_ref());
    let farewell = match &app.gateway.issuer {
        // What the issuer does with its session is its own affair: ours is over whatever it answers.
        Some(issuer) => {
            issuer
                .farewell(session.and_then(|session| session.id_token.as_deref()))
                .await
        }
        None => Ok(None),
    };
    let gone = visitor.gone();
    let page = SignedOut {
        shell: Shell::new(&gone, ""),
        farewell: farewell.unwrap_or_default(),
    };
    let mut response = respond(&gone, StatusCode::OK, &page);
    for cookie in [SESSION_COOKIE, FORM_COOKIE] {
        cookies::clear(&mut response, cookie);
    }
    clear_storage(&mut response);
    response
}
