//! Who is asking: the one place where what somebody brought becomes a [`Caller`], for requests and for pages alike.

use http::HeaderMap;

use crate::domain::{Caller, Identity, Pseudonym, Timestamp, Via};
use crate::identity::oidc::{Issuer, NotProven, Person};
use crate::identity::{Presented, SESSION_COOKIE, Session, Ticket, is_from_here, presented, ticket_in};
use crate::office::{OfficeError, Opening};
use crate::policy::civil;

use super::{Gateway, Refusal};

/// The header in which a script of a page brings back the token of its page, as forms do in a field.
const PAGE_TOKEN: &str = "x-gardefou-jeton";
/// Years before this one of which people see their own feedback and incidents.
const YEARS: i16 = 4;

impl Gateway {
    /// Who sends a request with these headers, at this moment. A key counts before all else, good or bad; a session
    /// counts for what our own pages send, which say so by a token that was written for them: a cookie alone proves
    /// nothing, browsers send it with whatever another site makes them ask.
    ///
    /// # Errors
    /// Nobody who may ask, or nobody can tell yet.
    pub async fn recognise(&self, headers: &HeaderMap, query: Option<&str>, at: Timestamp) -> Result<Caller, Refusal> {
        match (presented(headers, query), &self.issuer) {
            (Presented::Key(key), _) => return self.key_caller(&key, at),
            (Presented::Token(token), Some(issuer)) => return self.token_caller(issuer, &token, at).await,
            (Presented::Token(_) | Presented::Nothing, _) => {}
        }
        let session = ticket_in(headers, SESSION_COOKIE)
            .filter(|ticket| is_from_here(headers, &self.public_url) && self.wrote(ticket, headers));
        if let Some(ticket) = session {
            match self.session(&ticket).await {
                Ok(Some(session)) => return Ok(self.session_caller(&session, at)),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "a session could not be looked up");
                    return Err(Refusal::KeysUnknown);
                }
            }
        }
        self.local_caller(at)
            .ok_or(Refusal::UnknownCaller { brought_one: false })
    }

    /// Who a token of the issuer is about. It is the local identity in no case.
    async fn token_caller(&self, issuer: &Issuer, token: &str, at: Timestamp) -> Result<Caller, Refusal> {
        match issuer.bearer(token).await {
            Ok(person) => Ok(self.caller(Identity::new(person.email), person.groups, Via::Token, at)),
            Err(why) => {
                tracing::info!(code = why.code(), "a token was refused");
                Err(match why {
                    NotProven::Unreachable(_) => Refusal::KeysUnknown,
                    _ => Refusal::UnknownCaller { brought_one: true },
                })
            }
        }
    }

    /// Whether a page of ours, written for the holder of this ticket, sends a request.
    fn wrote(&self, ticket: &Ticket, headers: &HeaderMap) -> bool {
        let token = headers.get(PAGE_TOKEN).and_then(|token| token.to_str().ok());
        token.is_some_and(|token| ticket.vouches_for(&self.pseudonyms.key_for("forms"), token))
    }

    /// The owner of a key.
    ///
    /// # Errors
    /// It is no good key, or nobody can tell yet.
    pub fn key_caller(&self, key: &str, at: Timestamp) -> Result<Caller, Refusal> {
        match self.office.key(key) {
            Some(record) => Ok(self.caller(Identity::new(record.owner), record.groups, Via::Key, at)),
            None if !self.office.is_loaded() => Err(Refusal::KeysUnknown),
            None => Err(Refusal::UnknownCaller { brought_one: true }),
        }
    }

    /// The local identity, where this listener has one.
    pub fn local_caller(&self, at: Timestamp) -> Option<Caller> {
        let identity = self.local.clone()?;
        Some(self.caller(identity, Vec::new(), Via::Local, at))
    }

    /// Who is signed in.
    pub fn session_caller(&self, session: &Session, at: Timestamp) -> Caller {
        let identity = Identity::new(session.identity.clone());
        self.caller(identity, session.groups.clone(), Via::Session, at)
    }

    /// The session of a ticket; none where there is none, or it is over.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn session(&self, ticket: &Ticket) -> Result<Option<Session>, OfficeError> {
        let sealed = self.office.session(&ticket.hash()).await?;
        Ok(sealed.and_then(|sealed| Session::unseal(ticket, &sealed)))
    }

    /// Opens a session under a ticket of its own; none where this sign-in has opened one already.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn open_session(&self, session: &Session, sign_in: &str) -> Result<Option<Ticket>, OfficeError> {
        let ticket = Ticket::draw().map_err(|_| OfficeError::Chance)?;
        let sealed = session.seal(&ticket).map_err(|_| OfficeError::Chance)?;
        let caller = self.pseudonyms.of(&Identity::new(session.identity.clone()));
        let opening = Opening {
            id: &ticket.hash(),
            caller: &caller,
            sealed: &sealed,
            sign_in,
        };
        Ok(self.office.open_session(opening).await?.then_some(ticket))
    }

    /// Whether the directory must be fresh and is not. One that was never imported is not fresh.
    pub fn directory_is_stale(&self) -> bool {
        let fresh = |most| self.office.directory_age().is_some_and(|age| age <= most);
        self.directory_max_age.is_some_and(|most| !fresh(most))
    }

    /// Under which names an account of the issuer is remembered: the person's, and its own.
    pub fn account(&self, issuer: &Issuer, person: &Person) -> (Pseudonym, Pseudonym) {
        let name = |text: String| self.pseudonyms.of(&Identity::new(text));
        (name(person.email.clone()), name(issuer.account(&person.subject)))
    }

    /// Every name under which the small tables may hold something of a caller: the one without a year, and those of the
    /// years for which words are kept.
    pub fn names_of(&self, caller: &Caller, at: Timestamp) -> Vec<Pseudonym> {
        let year = civil(at).year();
        let years = (year - YEARS..=year).rev();
        let names = years.map(|year| self.pseudonyms.of_year(&caller.identity, year));
        names.chain([caller.pseudonym.clone()]).collect()
    }

    /// Everything that is known of somebody whose name was proven.
    fn caller(&self, identity: Identity, groups: Vec<String>, via: Via, at: Timestamp) -> Caller {
        let pseudonym = self.pseudonyms.of(&identity);
        let mut groups = groups;
        let listed = self.office.listed(pseudonym.as_str());
        for group in listed.groups {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        Caller {
            direction: listed.direction,
            directory_is_stale: self.directory_is_stale(),
            recorded_as: self.pseudonyms.at(&identity, at),
            accepted_charters: self.office.accepted_charters(pseudonym.as_str()),
            attestations: self.office.attestations(pseudonym.as_str()),
            identity,
            pseudonym,
            groups,
            via,
        }
    }
}
