//! JSON Web Tokens in their compact form (RFC 7519, RFC 7515 §7.1): read, and believed once a key of the issuer signed
//! them. Nothing of a token is used before.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::NotBelieved;
use crate::keyfile::TokenKey;

/// Longest token, in bytes.
const LONGEST: usize = 16 * 1024;

/// What a token says of itself before it is believed.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// A token as it came.
pub(super) struct Token<'t> {
    header: Header,
    signed: &'t str,
    claims: Map<String, Value>,
    signature: Vec<u8>,
}

/// What a believed token says.
pub(super) type Claims = Map<String, Value>;

/// A key of the issuer, with its name.
#[derive(Clone, Debug)]
pub(super) struct IssuerKey {
    pub(super) kid: Option<String>,
    pub(super) key: TokenKey,
}

impl<'t> Token<'t> {
    /// Reads it; believes nothing.
    pub(super) fn read(text: &'t str) -> Result<Self, NotBelieved> {
        if text.len() > LONGEST {
            return Err(NotBelieved::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(NotBelieved::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(NotBelieved::Malformed)?;
        let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| NotBelieved::Malformed)?;
        let claims = serde_json::from_slice(&decoded(claims)?).map_err(|_| NotBelieved::Malformed)?;
        let signature = decoded(signature)?;
        Ok(Self {
            header,
            signed,
            claims,
            signature,
        })
    }

    /// Whether a key of this name is known, or there is no name to know.
    pub(super) fn has_key_in(&self, keys: &[IssuerKey]) -> bool {
        keys.iter().any(|key| self.may_be_of(key))
    }

    fn may_be_of(&self, key: &IssuerKey) -> bool {
        let named = self.header.kid.is_none() || self.header.kid == key.kid;
        named && self.header.alg == key.key.algorithm()
    }

    /// Believes it if a key of the issuer signed it: of that name, and of the kind that the token claims.
    pub(super) fn believe(self, keys: &[IssuerKey]) -> Result<Claims, NotBelieved> {
        if !matches!(self.header.alg.as_str(), "RS256" | "ES256") {
            return Err(NotBelieved::Algorithm);
        }
        // An extension that must be understood, and none is (RFC 7515 §4.1.11).
        if self.header.crit.is_some() {
            return Err(NotBelieved::Malformed);
        }
        let typ = self.header.typ.as_deref().map(str::to_ascii_lowercase);
        if !matches!(typ.as_deref(), None | Some("jwt" | "at+jwt" | "application/at+jwt")) {
            return Err(NotBelieved::Malformed);
        }
        if !self.has_key_in(keys) {
            return Err(NotBelieved::UnknownKey);
        }
        let signed = keys
            .iter()
            .any(|key| self.may_be_of(key) && key.key.signed(self.signed.as_bytes(), &self.signature));
        if signed {
            Ok(self.claims)
        } else {
            Err(NotBelieved::Signature)
        }
    }
}

/// The keys of a JWK set (RFC 7517) that are for signatures and of a kind we take; the others are left out.
pub(super) fn keys(set: &Value) -> Vec<IssuerKey> {
    let all = set["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(key).take(64).collect()
}

fn key(jwk: &Value) -> Option<IssuerKey> {
    if jwk["use"].as_str().is_some_and(|wanted| wanted != "sig") {
        return None;
    }
    let part = |name: &str| decoded(jwk[name].as_str()?).ok();
    let key = match jwk["kty"].as_str()? {
        "RSA" => TokenKey::rsa(part("n")?, part("e")?)?,
        "EC" if jwk["crv"] == "P-256" => TokenKey::p256(&part("x")?, &part("y")?)?,
        _ => return None,
    };
    if jwk["alg"].as_str().is_some_and(|alg| alg != key.algorithm()) {
        return None;
    }
    let kid = jwk["kid"].as_str().map(str::to_owned);
    Some(IssuerKey { kid, key })
}

fn decoded(text: &str) -> Result<Vec<u8>, NotBelieved> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| NotBelieved::Malformed)
}
