//! Signing in by OpenID Connect: the authorization code flow with state, nonce and PKCE, and tokens of the issuer that
//! programs bring.
//!
//! The order of a sign-in: [`Issuer::begin`] sends the browser away with an [`Attempt`] sealed in its cookie,
//! [`Issuer::finish`] takes it back, exchanges the code, believes the ID token and says who it is. `token` reads and
//! believes, `claims` says what must hold, `web` asks; the three know nothing of one another.

mod claims;
mod flow;
mod token;
mod web;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::domain::{Clock, Timestamp};
use crate::keyfile::hex;
pub use claims::Person;
pub use flow::{Attempt, Begun, Returned, SignedIn};
use token::{Claims, IssuerKey, Token};
pub use web::Unreachable;
use web::{Description, Web};

/// How long a description and keys are used before they are asked for again.
const FRESH: Duration = Duration::from_secs(3600);
/// How long keys are used while the issuer does not answer.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// Shortest time between two looks for a key that is not known.
const LOOKS: Duration = Duration::from_secs(10);

/// What the settings say of the issuer.
#[derive(Clone)]
pub struct OidcSettings {
    /// Its address, as it writes it itself.
    pub issuer: String,
    /// Our name at the issuer.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: String,
    /// The only domain whose accounts are let in, by the claim `hd`.
    pub hosted_domain: Option<String>,
    /// What is asked for; `openid` is always.
    pub scopes: Vec<String>,
    /// Whether the exchange is bound to the browser by PKCE.
    pub pkce: bool,
    /// The claim that names groups.
    pub groups_claim: Option<String>,
    /// For whom tokens of programs must be; our own name by default.
    pub api_audience: Option<String>,
    /// Whether an address counts of which the issuer does not say that it was verified.
    pub accept_unverified_email: bool,
    /// Where the browser comes back.
    pub redirect_uri: String,
    /// Where the browser goes after the issuer has ended its own session.
    pub home: String,
}

impl fmt::Debug for OidcSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OidcSettings({})", self.issuer)
    }
}

/// Why a token says nothing of anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotBelieved {
    /// It cannot be read, or asks for what is not understood.
    Malformed,
    /// Neither RS256 nor ES256.
    Algorithm,
    /// The issuer has no such key.
    UnknownKey,
    /// The key did not sign it.
    Signature,
    /// Of another issuer.
    Issuer,
    /// For somebody else.
    Audience,
    /// Its time is over, or it has none.
    Expired,
    /// Its time has not come.
    NotYet,
    /// Of another sign-in.
    Nonce,
    /// Of another domain.
    Domain,
    /// Of another account than it began with.
    Subject,
    /// Without an address.
    NoEmail,
    /// With an address that the issuer did not verify.
    UnverifiedEmail,
}

impl NotBelieved {
    /// Stable name, kebab-case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown-key",
            Self::Signature => "signature",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Expired => "expired",
            Self::NotYet => "not-yet",
            Self::Nonce => "nonce",
            Self::Domain => "domain",
            Self::Subject => "subject",
            Self::NoEmail => "no-email",
            Self::UnverifiedEmail => "unverified-email",
        }
    }
}

/// Why somebody was not recognised by the issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotProven {
    /// The issuer cannot be asked.
    Unreachable(Unreachable),
    /// A token is not believed.
    NotBelieved(NotBelieved),
    /// The browser did not begin this sign-in, or long ago.
    NotBegun,
    /// The issuer or the person said no.
    Declined,
    /// The operating system gave no randomness.
    Chance,
}

impl NotProven {
    /// Stable name, kebab-case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable(_) => "issuer-unreachable",
            Self::NotBelieved(why) => why.code(),
            Self::NotBegun => "not-begun",
            Self::Declined => "declined",
            Self::Chance => "no-randomness",
        }
    }
}

impl From<Unreachable> for NotProven {
    fn from(why: Unreachable) -> Self {
        Self::Unreachable(why)
    }
}

impl From<NotBelieved> for NotProven {
    fn from(why: NotBelieved) -> Self {
        Self::NotBelieved(why)
    }
}

/// An issuer, with what it last said of itself.
pub struct Issuer {
    settings: OidcSettings,
    web: Web,
    clock: Clock,
    known: Mutex<Known>,
    /// One question for keys at a time: the others wait for its answer.
    asking: tokio::sync::Mutex<()>,
    /// Seals attempts.
    key: [u8; 32],
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issuer({})", self.settings.issuer)
    }
}

/// What the issuer said, and when.
#[derive(Default)]
struct Known {
    description: Option<(Timestamp, Arc<Description>)>,
    keys: Option<(Timestamp, Arc<[IssuerKey]>)>,
    /// When keys were last asked for, whatever came of it.
    looked: Option<Timestamp>,
}

impl Issuer {
    /// Asks nothing yet. `key` seals what a browser keeps while it is away; every gateway must have the same.
    ///
    /// # Errors
    /// The issuer's address has no TLS and is not on this machine, or the proxy's makes no sense.
    pub fn new(settings: OidcSettings, proxy: Option<&str>, key: [u8; 32], clock: Clock) -> Result<Self, Unreachable> {
        if !web::is_safe(&settings.issuer) {
            return Err(Unreachable::Untrusted);
        }
        Ok(Self {
            web: Web::new(&settings.issuer, proxy)?,
            settings,
            clock,
            known: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            key,
        })
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.settings.issuer
    }

    /// When its keys were last had, and when they were last asked for: the second is later where it did not answer.
    /// Nobody is asked for this.
    pub fn heard(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let known = self.known();
        (known.keys.as_ref().map(|(at, _)| *at), known.looked)
    }

    /// A keyed name of an account, which no other account of any issuer has.
    pub fn account(&self, subject: &str) -> String {
        // In digits, because small and capital letters are not the same here.
        format!("{}\n{}", self.settings.issuer, hex(subject.as_bytes()))
    }

    /// Who a program is that brings this token.
    ///
    /// # Errors
    /// The token is not believed, or the issuer's keys cannot be had.
    pub async fn bearer(&self, token: &str) -> Result<Person, NotProven> {
        let claims = self.believe(token).await?;
        claims::check_bearer(&claims, &self.settings, (self.clock)())?;
        Ok(claims::person(&claims, &self.settings)?)
    }

    /// Believes a token that a key of the issuer signed. A key that is not known is looked for once, and not often.
    async fn believe(&self, token: &str) -> Result<Claims, NotProven> {
        let token = Token::read(token)?;
        let mut keys = self.keys(false).await?;
        if !token.has_key_in(&keys) {
            keys = self.keys(true).await?;
        }
        Ok(token.believe(&keys)?)
    }

    async fn description(&self) -> Result<Arc<Description>, Unreachable> {
        let now = (self.clock)();
        let known = self.known().description.clone();
        if let Some((at, description)) = known
            && within(at, now, FRESH)
        {
            return Ok(description);
        }
        let description = Arc::new(self.web.description(&self.settings.issuer).await?);
        self.known().description = Some((now, description.clone()));
        Ok(description)
    }

    /// The issuer's keys; `again` where one of them is missing. Whoever needs no new ones waits for nobody.
    async fn keys(&self, again: bool) -> Result<Arc<[IssuerKey]>, Unreachable> {
        let now = (self.clock)();
        let seen = self.known().keys.clone();
        if let Some((at, keys)) = &seen
            && within(*at, now, FRESH)
            && !again
        {
            return Ok(keys.clone());
        }
        let _one = self.asking.lock().await;
        let (keys, looked) = {
            let known = self.known();
            (known.keys.clone(), known.looked)
        };
        let age = |keys: &Option<(Timestamp, Arc<[IssuerKey]>)>| keys.as_ref().map(|(at, _)| *at);
        let renewed = age(&keys) != age(&seen);
        if let Some((_, keys)) = keys.filter(|_| renewed) {
            return Ok(keys);
        }
        let old = seen.filter(|(at, _)| within(*at, now, KEPT)).map(|(_, keys)| keys);
        if looked.is_some_and(|at| within(at, now, LOOKS)) {
            return old.ok_or(Unreachable::Silent);
        }
        self.known().looked = Some(now);
        match self.ask_keys().await {
            Ok(keys) => {
                self.known().keys = Some((now, keys.clone()));
                Ok(keys)
            }
            Err(why) => {
                tracing::warn!(error = %why, "the issuer's keys cannot be had");
                old.ok_or(why)
            }
        }
    }

    async fn ask_keys(&self) -> Result<Arc<[IssuerKey]>, Unreachable> {
        let set = self.web.json(&self.description().await?.jwks_uri).await?;
        Ok(token::keys(&set).into())
    }

    /// Held for an instant, never while the issuer is asked.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether less than this has passed. A clock that was put back counts as nothing passed for as long.
fn within(at: Timestamp, now: Timestamp, time: Duration) -> bool {
    u128::from(now.0.abs_diff(at.0)) < time.as_millis()
}
