//! The authorization code flow (OpenID Connect Core §3.1): away to the issuer, and back.

use std::{fmt, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Claims, Issuer, NotBelieved, NotProven,
    claims::{self, Person},
    web::{Description, Told, encoded},
    within,
};
use crate::domain::Timestamp;
use crate::keyfile::{hex, seal, unhex, unseal};

/// How long a browser may be away.
const AWAY: Duration = Duration::from_secs(600);
/// What a sealed attempt is for.
const LABEL: &str = "sign-in";

/// What the browser keeps while it is away, sealed. It cannot be made, read or changed outside.
#[derive(Serialize, Deserialize)]
struct Kept {
    state: String,
    nonce: String,
    verifier: String,
    back: String,
    at: i64,
}

/// A sign-in that begins.
pub struct Begun {
    /// Where to send the browser.
    pub address: String,
    /// What its cookie keeps.
    pub attempt: Attempt,
}

/// What a cookie keeps of a sign-in, in hexadecimal.
#[derive(Clone)]
pub struct Attempt(pub String);

/// With what a browser came back.
#[derive(Clone, Copy)]
pub struct Returned<'r> {
    /// `code`.
    pub code: Option<&'r str>,
    /// `state`.
    pub state: Option<&'r str>,
    /// `iss` (RFC 9207).
    pub issuer: Option<&'r str>,
    /// `error`.
    pub error: Option<&'r str>,
}

/// Somebody who signed in.
pub struct SignedIn {
    /// Who.
    pub person: Person,
    /// Where they wanted to go.
    pub back: String,
    /// A name of this sign-in that no other has.
    pub sign_in: String,
    /// For the end of the session, where the issuer wants to know of it.
    pub id_token: Option<String>,
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Begun")
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt")
    }
}

impl fmt::Debug for Returned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Returned(code: {})", self.code.is_some())
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedIn({:?})", self.person)
    }
}

/// What the token endpoint answers.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

impl Issuer {
    /// Begins a sign-in that leads back to a path of ours.
    ///
    /// # Errors
    /// The issuer does not say where to go.
    pub async fn begin(&self, back: &str) -> Result<Begun, NotProven> {
        let description = self.description().await?;
        let kept = Kept {
            state: chance()?,
            nonce: chance()?,
            verifier: chance()?,
            back: back.to_owned(),
            at: (self.clock)().0,
        };
        let settings = &self.settings;
        let mut scopes = vec!["openid"];
        scopes.extend(
            settings
                .scopes
                .iter()
                .map(String::as_str)
                .filter(|scope| *scope != "openid"),
        );
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&kept.verifier));
        let scope = scopes.join(" ");
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", &*settings.client_id),
            ("redirect_uri", &*settings.redirect_uri),
            ("scope", &scope),
            ("state", &kept.state),
            ("nonce", &kept.nonce),
        ];
        if settings.pkce {
            query.extend([("code_challenge", &*challenge), ("code_challenge_method", "S256")]);
        }
        // Lets Google's page offer the right accounts; what counts is the claim.
        if let Some(domain) = &settings.hosted_domain {
            query.push(("hd", domain));
        }
        let json = serde_json::to_vec(&kept).map_err(|_| NotProven::Chance)?;
        let sealed = seal(&self.key, LABEL, &json).map_err(|_| NotProven::Chance)?;
        Ok(Begun {
            address: with_query(&description.authorization_endpoint, &query),
            attempt: Attempt(hex(&sealed)),
        })
    }

    /// Ends a sign-in: who came back?
    ///
    /// # Errors
    /// Nobody whom the issuer proves to be in this browser, now, for us.
    pub async fn finish(&self, attempt: Option<&Attempt>, returned: Returned<'_>) -> Result<SignedIn, NotProven> {
        let now = (self.clock)();
        let kept = attempt
            .and_then(|attempt| self.unseal(attempt))
            .ok_or(NotProven::NotBegun)?;
        let same = returned.state.is_some_and(|state| state == kept.state);
        if !same || !within(Timestamp(kept.at), now, AWAY) {
            return Err(NotProven::NotBegun);
        }
        let description = self.description().await?;
        // Another issuer's answer under our state (RFC 9207 §2.4).
        let wanted = description.authorization_response_iss_parameter_supported;
        if returned.issuer.map_or(wanted, |issuer| issuer != self.settings.issuer) {
            return Err(NotBelieved::Issuer.into());
        }
        let code = returned
            .code
            .filter(|_| returned.error.is_none())
            .ok_or(NotProven::Declined)?;
        let tokens = self.exchange(&description, code, &kept.verifier).await?;
        let mut claims = self.believe(&tokens.id_token).await?;
        claims::check_id_token(&claims, &self.settings, &kept.nonce, now)?;
        self.complete(&description, &mut claims, tokens.access_token.as_deref())
            .await?;
        Ok(SignedIn {
            person: claims::person(&claims, &self.settings)?,
            back: kept.back,
            sign_in: hex(&Sha256::digest(&kept.state)),
            id_token: description.end_session_endpoint.is_some().then_some(tokens.id_token),
        })
    }

    /// Where the issuer ends its own session, if it does.
    ///
    /// # Errors
    /// The issuer does not say.
    pub async fn farewell(&self, id_token: Option<&str>) -> Result<Option<String>, NotProven> {
        let description = self.description().await?;
        let Some(address) = &description.end_session_endpoint else {
            return Ok(None);
        };
        let state = chance()?;
        let mut query = vec![
            ("post_logout_redirect_uri", &*self.settings.home),
            ("client_id", &self.settings.client_id),
            ("state", &state),
        ];
        if let Some(id_token) = id_token {
            query.push(("id_token_hint", id_token));
        }
        Ok(Some(with_query(address, &query)))
    }

    fn unseal(&self, attempt: &Attempt) -> Option<Kept> {
        serde_json::from_slice(&unseal(&self.key, LABEL, &unhex(&attempt.0)?)?).ok()
    }

    async fn exchange(&self, description: &Description, code: &str, verifier: &str) -> Result<Tokens, NotProven> {
        let settings = &self.settings;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &*settings.redirect_uri),
        ];
        if settings.pkce {
            form.push(("code_verifier", verifier));
        }
        let secret = (&*settings.client_id, &*settings.client_secret);
        let methods = &description.token_endpoint_auth_methods_supported;
        let has = |method: &str| methods.iter().any(|own| own == method);
        let basic = methods.is_empty() || has("client_secret_basic");
        if !basic {
            form.extend([("client_id", secret.0), ("client_secret", secret.1)]);
        }
        let told = self
            .web
            .post(&description.token_endpoint, &form, basic.then_some(secret));
        let told = told.await.map_err(|why| match why {
            // A code that was used, or is not of this browser.
            super::Unreachable::Status(400 | 401) => NotProven::Declined,
            why => why.into(),
        })?;
        serde_json::from_value(told).map_err(|_| NotBelieved::Malformed.into())
    }

    /// Asks for what the ID token does not say: the address, or groups.
    async fn complete(
        &self,
        description: &Description,
        claims: &mut Claims,
        access_token: Option<&str>,
    ) -> Result<(), NotProven> {
        let groups = self.settings.groups_claim.as_deref();
        let complete = claims.contains_key("email") && groups.is_none_or(|claim| claims.contains_key(claim));
        let (Some(address), Some(access_token), false) = (&description.userinfo_endpoint, access_token, complete)
        else {
            return Ok(());
        };
        let userinfo = match self.web.userinfo(address, access_token).await? {
            Told::Json(told) => serde_json::from_value(told).map_err(|_| NotBelieved::Malformed)?,
            // Signed, as ProConnect does.
            Told::Token(token) => self.believe(&token).await?,
        };
        let subject = claims
            .get("sub")
            .and_then(|subject| subject.as_str())
            .unwrap_or_default();
        claims::check_userinfo(&userinfo, &self.settings, subject)?;
        // What was verified is the address that stands beside it.
        if !claims.contains_key("email") {
            claims.remove("email_verified");
        }
        for name in ["email", "email_verified"].into_iter().chain(groups) {
            if let Some(value) = userinfo.get(name).filter(|_| !claims.contains_key(name)) {
                claims.insert(name.to_owned(), value.clone());
            }
        }
        Ok(())
    }
}

/// 256 bits, in 64 digits.
fn chance() -> Result<String, NotProven> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| NotProven::Chance)?;
    Ok(hex(&bytes))
}

fn with_query(address: &str, query: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = query
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}{}", pairs.join("&"))
}
