//! Who looks at a page: nobody known, the local identity of this machine, or somebody who signed in.
//!
//! Every page takes a [`Visitor`]: `async fn page(visitor: Visitor, …) -> Result<Response, Barred>`. It asks
//! [`Visitor::known`] or [`Visitor::require`] before it shows anything of anybody, answers with
//! [`Visitor::page`](super::pages), and takes forms as [`Submitted`](super::forms::Submitted).

use std::{
    convert::Infallible,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Redirect, Response},
};
use http::request::Parts;

use crate::domain::{Caller, Role, Timestamp, Via, percent_encoded};
use crate::gateway::Live;
use crate::identity::{FORM_COOKIE, SESSION_COOKIE, Session, Ticket, ticket_in};

use super::{App, cookies, pages};

/// Who looks at a page, with the policy that decides for the whole of it.
pub(super) struct Visitor {
    /// The policy in force when the page was asked for.
    pub(super) live: Arc<Live>,
    /// When it was asked for.
    pub(super) at: Timestamp,
    standing: Standing,
    /// What forms are bound to: the session, or a cookie for forms.
    ticket: Option<Ticket>,
    /// The ticket is new, and the browser must be given it where the page has a form.
    is_new: bool,
    /// The page has a form.
    has_form: AtomicBool,
    form_key: [u8; 32],
    /// Path and query, for the way back after signing in.
    here: String,
    can_sign_in: bool,
    is_https: bool,
}

/// What is known of a visitor.
enum Standing {
    /// Nobody known.
    Nobody,
    /// A session was brought, and the database does not say whose.
    Unchecked,
    /// This person.
    Known(Box<Known>),
}

/// Somebody known.
pub(super) struct Known {
    /// As the gateway knows them: groups, acceptances, trainings.
    pub(super) caller: Caller,
    /// What they may see.
    pub(super) roles: Vec<Role>,
    /// The session, where they signed in.
    pub(super) session: Option<Session>,
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.standing {
            Standing::Nobody => "Visitor(nobody)",
            Standing::Unchecked => "Visitor(unchecked)",
            Standing::Known(_) => "Visitor(known)",
        })
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Known({:?}, {:?})", self.caller.via, self.roles)
    }
}

impl Known {
    /// Their own name, for themselves alone.
    pub(super) fn name(&self) -> &str {
        self.caller.identity.as_str()
    }

    /// Whether they may see what this role may.
    pub(super) fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether they need no sign-in, being at this machine.
    pub(super) fn is_local(&self) -> bool {
        self.caller.via == Via::Local
    }
}

/// The answer to a visitor who may not see a page: where to sign in, or what is missing.
pub(super) struct Barred(Box<Response>);

impl Barred {
    pub(super) fn with(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl fmt::Debug for Barred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Barred({})", self.0.status())
    }
}

impl IntoResponse for Barred {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let gateway = &app.gateway;
        let (at, live) = ((gateway.clock)(), gateway.live.borrow().clone());
        let known = |caller: Caller, session| {
            let roles = app.roles.of(&caller, &live.policy);
            Standing::Known(Box::new(Known { caller, roles, session }))
        };
        let local = || {
            gateway
                .local_caller(at)
                .map_or(Standing::Nobody, |caller| known(caller, None))
        };
        let session = ticket_in(&parts.headers, SESSION_COOKIE);
        let (standing, ticket) = match session {
            None => (local(), None),
            Some(ticket) => match gateway.session(&ticket).await {
                Ok(Some(session)) => (known(gateway.session_caller(&session, at), Some(session)), Some(ticket)),
                Ok(None) => (local(), None),
                Err(error) => {
                    tracing::warn!(%error, "a session could not be looked up");
                    (Standing::Unchecked, None)
                }
            },
        };
        let kept = ticket.or_else(|| ticket_in(&parts.headers, FORM_COOKIE));
        let is_new = kept.is_none();
        Ok(Self {
            live,
            at,
            standing,
            ticket: kept.or_else(|| Ticket::draw().ok()),
            is_new,
            has_form: AtomicBool::new(false),
            form_key: gateway.pseudonyms.key_for("forms"),
            here: parts.uri.path_and_query().map_or("/", |here| here.as_str()).to_owned(),
            can_sign_in: app.can_sign_in(),
            is_https: app.public_url.starts_with("https:"),
        })
    }
}

impl Visitor {
    /// Who it is, where that is known.
    pub(super) fn who(&self) -> Option<&Known> {
        match &self.standing {
            Standing::Known(known) => Some(known),
            Standing::Nobody | Standing::Unchecked => None,
        }
    }

    /// Whether a session was brought that nobody can check now.
    pub(super) fn is_unchecked(&self) -> bool {
        matches!(self.standing, Standing::Unchecked)
    }

    /// Whether there is an issuer to sign in at.
    pub(super) fn can_sign_in(&self) -> bool {
        self.can_sign_in
    }

    pub(super) fn is_https(&self) -> bool {
        self.is_https
    }

    /// Somebody known, or the way to sign in.
    ///
    /// # Errors
    /// Nobody known (a redirection), or nobody can tell (503).
    pub(super) fn known(&self) -> Result<&Known, Barred> {
        match &self.standing {
            Standing::Known(known) => Ok(known),
            Standing::Nobody => Err(Barred::with(Redirect::to(&self.sign_in_address()).into_response())),
            Standing::Unchecked => Err(pages::barred::unchecked(self)),
        }
    }

    /// Somebody with a role, or a page that says which one is missing and whom to ask.
    ///
    /// # Errors
    /// As [`Visitor::known`], or the role is missing (403).
    pub(super) fn require(&self, role: Role) -> Result<&Known, Barred> {
        let known = self.known()?;
        if known.has(role) {
            Ok(known)
        } else {
            Err(pages::barred::forbidden(self, role))
        }
    }

    /// Where to sign in, with the way back to this page.
    pub(super) fn sign_in_address(&self) -> String {
        format!("/connexion?retour={}", query_value(way_back(&self.here)))
    }

    /// What a form of this page must bring back, in the field `jeton`.
    pub(super) fn form_token(&self) -> String {
        self.has_form.store(true, Ordering::Relaxed);
        let token = self.ticket.as_ref().map(|ticket| ticket.form_token(&self.form_key));
        token.unwrap_or_default()
    }

    /// Whether a form was written for this visitor.
    pub(super) fn wrote(&self, token: &str) -> bool {
        let ticket = self.ticket.as_ref().filter(|_| !self.is_new);
        ticket.is_some_and(|ticket| ticket.vouches_for(&self.form_key, token))
    }

    /// The ticket of the session, where there is one.
    pub(super) fn session_ticket(&self) -> Option<&Ticket> {
        let signed_in = self.who().is_some_and(|known| known.session.is_some());
        self.ticket.as_ref().filter(|_| signed_in)
    }

    /// The same visitor once the session is over: nobody known.
    pub(super) fn gone(self) -> Self {
        Self {
            standing: Standing::Nobody,
            ticket: None,
            is_new: true,
            has_form: AtomicBool::new(false),
            here: "/".into(),
            ..self
        }
    }

    /// Gives the browser the cookie that a form of this page needs.
    pub(super) fn give_cookie(&self, response: &mut Response) {
        if self.has_form.load(Ordering::Relaxed)
            && self.is_new
            && let Some(ticket) = &self.ticket
        {
            cookies::set(response, FORM_COOKIE, &ticket.text(), None);
        }
    }
}

/// A way back that stays on this site; the portal for anything else.
pub(super) fn way_back(asked: &str) -> &str {
    let plain = asked.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\');
    let here = asked.starts_with('/') && !asked.starts_with("//") && !asked.starts_with("/connexion");
    if plain && here && asked.len() <= 512 {
        asked
    } else {
        "/"
    }
}

/// A text as a value in a query.
pub(super) fn query_value(text: &str) -> String {
    percent_encoded(text, b"/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_never_leaves_this_site() {
        for (asked, expected) in [
            ("/outils", "/outils"),
            ("/comite?mois=2026-11&outil=gemini", "/comite?mois=2026-11&outil=gemini"),
            ("", "/"),
            ("outils", "/"),
            ("//mal.example", "/"),
            ("/\\mal.example", "/"),
            ("https://mal.example/", "/"),
            ("/\t/mal.example", "/"),
            ("/a\r\nset-cookie: x", "/"),
            ("/connexion?retour=/", "/"),
            ("/é", "/"),
        ] {
            assert_eq!(way_back(asked), expected, "{asked:?}");
        }
        assert_eq!(way_back(&format!("/{}", "a".repeat(512))), "/");
        assert_eq!(query_value("/comite?a=b&c=d é"), "/comite%3Fa%3Db%26c%3Dd%20%C3%A9");
    }
}
