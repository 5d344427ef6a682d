//! What must hold of a believed token before it says who somebody is (OpenID Connect Core §3.1.3.7). Pure: the clock is
//! passed in.

use serde_json::Value;

use super::{NotBelieved, OidcSettings, token::Claims};
use crate::domain::Timestamp;

/// How far two clocks may be apart, in seconds.
const SKEW: i64 = 60;
/// Most groups that are taken from a token.
const GROUPS: usize = 1000;

/// Who a token is about.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Address, in small letters.
    pub email: String,
    /// The issuer's own name for the account.
    pub subject: String,
    /// Groups that the claims name.
    pub groups: Vec<String>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({} groups)", self.groups.len())
    }
}

/// What an ID token must say.
pub(super) fn check_id_token(
    claims: &Claims,
    settings: &OidcSettings,
    nonce: &str,
    now: Timestamp,
) -> Result<(), NotBelieved> {
    check_origin(claims, settings, &settings.client_id, now)?;
    if claims.get("iat").and_then(seconds).is_none() {
        return Err(NotBelieved::Malformed);
    }
    let audiences = claims.get("aud").map_or(0, |aud| aud.as_array().map_or(1, Vec::len));
    match text(claims, "azp") {
        Some(azp) if azp != settings.client_id => return Err(NotBelieved::Audience),
        None if audiences > 1 => return Err(NotBelieved::Audience),
        _ => {}
    }
    if text(claims, "nonce") != Some(nonce) {
        return Err(NotBelieved::Nonce);
    }
    check_domain(claims, settings)
}

/// What a token of a program must say.
pub(super) fn check_bearer(claims: &Claims, settings: &OidcSettings, now: Timestamp) -> Result<(), NotBelieved> {
    let audience = settings.api_audience.as_deref().unwrap_or(&settings.client_id);
    check_origin(claims, settings, audience, now)?;
    check_domain(claims, settings)
}

/// What the issuer says of a person outside a token must be of the same account, and of us where it says for whom.
pub(super) fn check_userinfo(userinfo: &Claims, settings: &OidcSettings, subject: &str) -> Result<(), NotBelieved> {
    if text(userinfo, "sub") != Some(subject) {
        return Err(NotBelieved::Subject);
    }
    if text(userinfo, "iss").is_some_and(|issuer| issuer != settings.issuer) {
        return Err(NotBelieved::Issuer);
    }
    if userinfo.contains_key("aud") && !is_for(userinfo, &settings.client_id) {
        return Err(NotBelieved::Audience);
    }
    Ok(())
}

/// Who it is, from the claims of a token and what was asked for besides.
pub(super) fn person(claims: &Claims, settings: &OidcSettings) -> Result<Person, NotBelieved> {
    let subject = text(claims, "sub").filter(|subject| !subject.is_empty());
    let email = text(claims, "email").map(str::to_lowercase);
    let email = email.filter(|email| is_address(email)).ok_or(NotBelieved::NoEmail)?;
    // Some issuers write the word.
    let verified = claims
        .get("email_verified")
        .map(|value| value == true || value == "true");
    match verified {
        Some(true) => {}
        None if settings.accept_unverified_email => {}
        _ => return Err(NotBelieved::UnverifiedEmail),
    }
    let named = settings.groups_claim.as_deref().and_then(|claim| claims.get(claim));
    let groups = match named {
        Some(Value::Array(all)) => all
            .iter()
            .filter_map(Value::as_str)
            .take(GROUPS)
            .map(str::to_owned)
            .collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    };
    Ok(Person {
        email,
        subject: subject.ok_or(NotBelieved::Malformed)?.to_owned(),
        groups,
    })
}

fn check_origin(claims: &Claims, settings: &OidcSettings, audience: &str, now: Timestamp) -> Result<(), NotBelieved> {
    if text(claims, "iss") != Some(&settings.issuer) {
        return Err(NotBelieved::Issuer);
    }
    if !is_for(claims, audience) {
        return Err(NotBelieved::Audience);
    }
    let now = now.0.div_euclid(1000);
    let expires = claims.get("exp").and_then(seconds).ok_or(NotBelieved::Expired)?;
    if expires.saturating_add(SKEW) <= now {
        return Err(NotBelieved::Expired);
    }
    for name in ["iat", "nbf"] {
        if let Some(value) = claims.get(name) {
            let from = seconds(value).ok_or(NotBelieved::Malformed)?;
            if from.saturating_sub(SKEW) > now {
                return Err(NotBelieved::NotYet);
            }
        }
    }
    Ok(())
}

fn check_domain(claims: &Claims, settings: &OidcSettings) -> Result<(), NotBelieved> {
    let Some(wanted) = &settings.hosted_domain else {
        return Ok(());
    };
    let domain = text(claims, "hd");
    if domain.is_some_and(|domain| domain.eq_ignore_ascii_case(wanted)) {
        Ok(())
    } else {
        Err(NotBelieved::Domain)
    }
}

fn is_for(claims: &Claims, audience: &str) -> bool {
    match claims.get("aud") {
        Some(Value::String(one)) => one == audience,
        Some(Value::Array(all)) => all.iter().any(|one| one == audience),
        _ => false,
    }
}

fn text<'c>(claims: &'c Claims, name: &str) -> Option<&'c str> {
    claims.get(name)?.as_str()
}

/// Seconds since 1970, as whole or broken numbers.
fn seconds(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a float saturates")]
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

/// Enough of an address to be one name and never another one: the policy's members are addresses.
fn is_address(email: &str) -> bool {
    let plain = email.chars().all(|c| !c.is_whitespace() && !c.is_control());
    let parts = email.split_once('@').filter(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.contains('@') && !domain.starts_with('.')
    });
    plain && email.len() <= 254 && parts.is_some()
}
