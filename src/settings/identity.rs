//! `[identity]`: who callers are, how people sign in, and who has which role.

use std::fmt;

use serde::Deserialize;

use super::reference;
use crate::domain::Role;
use crate::identity::oidc::OidcSettings;
use crate::policy::SecretRef;

/// Who callers are.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySettings {
    /// Who callers without a key are. Loopback listeners only.
    pub local: Option<String>,
    /// The key of the pseudonyms.
    #[serde(deserialize_with = "reference")]
    pub pseudonym_key: SecretRef,
    /// How old the imported directory may be, in hours; older, tools of level 3 are closed.
    pub directory_max_age_hours: Option<u32>,
    /// Browser sign-in.
    pub oidc: Option<Oidc>,
    /// Who may see the pages of the committee and of the administration.
    #[serde(default)]
    pub role: Vec<RoleSection>,
}

/// Sign-in by OpenID Connect.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// The issuer's address.
    pub issuer: String,
    /// Ours at the issuer.
    pub client_id: String,
    /// Where the secret is kept.
    #[serde(deserialize_with = "reference")]
    pub client_secret: SecretRef,
    /// The only domain whose accounts are let in, by the claim `hd`.
    pub hosted_domain: Option<String>,
    /// What is asked for besides `openid`.
    #[serde(default = "email")]
    pub scopes: Vec<String>,
    /// PKCE; some issuers refuse what they do not know.
    #[serde(default = "yes")]
    pub pkce: bool,
    /// The claim that names groups.
    pub groups_claim: Option<String>,
    /// For whom tokens of programs must be; `client_id` by default.
    pub api_audience: Option<String>,
    /// Whether an address counts of which the issuer does not say that it was verified.
    #[serde(default)]
    pub accept_unverified_email: bool,
}

fn email() -> Vec<String> {
    vec!["email".into()]
}

const fn yes() -> bool {
    true
}

impl Oidc {
    /// For the room that signs people in.
    pub fn settings(&self, secret: String, public_url: &str) -> OidcSettings {
        let home = public_url.trim_end_matches('/');
        OidcSettings {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: secret,
            hosted_domain: self.hosted_domain.clone(),
            scopes: self.scopes.clone(),
            pkce: self.pkce,
            groups_claim: self.groups_claim.clone(),
            api_audience: self.api_audience.clone(),
            accept_unverified_email: self.accept_unverified_email,
            redirect_uri: format!("{home}/connexion/retour"),
            home: format!("{home}/"),
        }
    }
}

/// Who has a role on the pages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleSection {
    /// Which.
    pub role: Role,
    /// Groups of the policy or of the directory whose members have it.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Identities that have it by name, such as the local one.
    #[serde(default)]
    pub members: Vec<String>,
}

impl fmt::Debug for IdentitySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentitySettings(local: {})", self.local.is_some())
    }
}
