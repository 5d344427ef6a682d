//! `[limits]`: bounds of length and time, and the store where gateways count together.

use std::time::Duration;

use serde::Deserialize;

use super::{Unusable, some_reference};
use crate::policy::SecretRef;

/// Bounds, each with a safe default.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Longest body, in bytes.
    pub max_body_bytes: usize,
    /// Longest wait for the head of a request, in milliseconds.
    pub header_timeout_ms: u64,
    /// Longest wait for its body, in milliseconds.
    pub body_timeout_ms: u64,
    /// Longest wait for a connection to a backend, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Longest wait for the first byte of an answer, in milliseconds.
    pub first_byte_timeout_ms: u64,
    /// Longest silence in the middle of an answer, in milliseconds.
    pub idle_timeout_ms: u64,
    /// Redis or Valkey where gateways count together, `redis://…` or `rediss://…`, without a password; by default they do
    /// in the database.
    pub redis: Option<String>,
    /// What it asks for.
    #[serde(deserialize_with = "some_reference")]
    pub redis_password: Option<SecretRef>,
    /// Longest that a request waits for the store of the limits, in milliseconds.
    pub store_timeout_ms: u64,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            max_body_bytes: 20_971_520,
            header_timeout_ms: 10_000,
            body_timeout_ms: 60_000,
            connect_timeout_ms: 5_000,
            first_byte_timeout_ms: 120_000,
            idle_timeout_ms: 60_000,
            redis: None,
            redis_password: None,
            store_timeout_ms: 250,
        }
    }
}

/// Whether an address has a password in front of its host.
fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once('@').is_some_and(|(user, _)| user.contains(':'))
}

impl LimitSettings {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        match &self.redis {
            Some(url) if !url.starts_with("redis://") && !url.starts_with("rediss://") => {
                Err("`limits.redis` doit commencer par `redis://`, ou par `rediss://` pour une liaison chiffrée.")
            }
            Some(url) if has_password(url) => Err(
                "`limits.redis` contient un mot de passe : écrivez-le ailleurs, et dites où avec \
                 `redis_password = { env = \"…\" }` ou `{ file = \"…\" }`.",
            ),
            None if self.redis_password.is_some() => Err(
                "`limits.redis_password` est donné sans `limits.redis` : donnez l'adresse, ou retirez le mot de passe.",
            ),
            _ if !(10..=5_000).contains(&self.store_timeout_ms) => {
                Err("`limits.store_timeout_ms` va de 10 à 5000 millisecondes : une demande attend pendant ce temps.")
            }
            _ => Ok(()),
        }
    }

    /// Where limits are counted; `secret` reads a secret by its reference.
    ///
    /// # Errors
    /// The password is not set.
    pub fn store(
        &self,
        database: &str,
        secret: &dyn Fn(&SecretRef) -> Option<String>,
    ) -> Result<crate::limits::StoreSettings, Unusable> {
        let password = match &self.redis_password {
            None => None,
            Some(reference) => Some(secret(reference).ok_or_else(|| {
                Unusable(format!(
                    "`limits.redis_password` : le mot de passe n'est pas là ({reference})"
                ))
            })?),
        };
        let address = |url: &String| crate::limits::RedisAddress {
            url: url.clone(),
            password,
        };
        Ok(crate::limits::StoreSettings {
            database: database.to_owned(),
            redis: self.redis.as_ref().map(address),
            patience: Duration::from_millis(self.store_timeout_ms),
        })
    }

    /// As durations.
    pub const fn patience(&self) -> crate::upstream::Patience {
        crate::upstream::Patience {
            connect: Duration::from_millis(self.connect_timeout_ms),
            first_byte: Duration::from_millis(self.first_byte_timeout_ms),
            idle: Duration::from_millis(self.idle_timeout_ms),
        }
    }

    /// The bounds of the edge.
    pub const fn edge(&self) -> crate::http::Edge {
        crate::http::Edge {
            max_body_bytes: self.max_body_bytes,
            header_timeout: Duration::from_millis(self.header_timeout_ms),
            body_timeout: Duration::from_millis(self.body_timeout_ms),
        }
    }
}
