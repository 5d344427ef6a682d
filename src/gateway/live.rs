//! The policy in force, with what is made from it once so that no request has to.

use std::collections::HashMap;

use http::{HeaderName, HeaderValue};

use crate::dialect::{self, Mention, Notice};
use crate::policy::{Backend, Policy, SecretRef};
use crate::upstream::Road;

/// Finds a secret by its reference; none if it is not set. Read at the desk, where the environment is.
pub type Secrets<'s> = &'s dyn Fn(&SecretRef) -> Option<String>;

/// A policy ready for use.
pub struct Live {
    /// As the committee wrote it.
    pub policy: Policy,
    /// What ends an AI-made text.
    pub mention: Mention,
    /// What stands before the first answer to a citizen.
    pub notice: Notice,
    roads: HashMap<String, Road>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Live({})", self.policy.hash())
    }
}

impl Live {
    /// Makes a policy ready. A backend whose key is not set stays out of reach; the others work.
    pub fn new(policy: Policy, secrets: Secrets<'_>) -> Self {
        let roads = policy
            .backends()
            .iter()
            .map(|backend| (backend.id.clone(), road(backend, secrets)))
            .collect();
        let mention = Mention::new(&policy.mention().text);
        let notice = Notice::new(&policy.mention().public_notice);
        Self {
            policy,
            mention,
            notice,
            roads,
        }
    }

    /// The road to a backend.
    pub fn road(&self, backend: &Backend) -> &Road {
        // Every backend of the policy has its road from `new`.
        &self.roads[&backend.id]
    }

    /// Backends whose key is not set, with the name of what is missing.
    pub fn without_key(&self) -> impl Iterator<Item = (&str, &str)> {
        self.roads.iter().filter_map(|(id, road)| match road {
            Road::NoKey(name) => Some((id.as_str(), name.as_str())),
            _ => None,
        })
    }
}

fn road(backend: &Backend, secrets: Secrets<'_>) -> Road {
    let Some(base_url) = &backend.base_url else {
        return Road::Simulated;
    };
    let base_url = base_url.trim_end_matches('/').to_owned();
    let Some(reference) = &backend.api_key else {
        return Road::Http {
            base_url,
            credential: None,
        };
    };
    let key = secrets(reference).filter(|key| !key.is_empty());
    let named = dialect::ALL
        .iter()
        .find(|dialect| dialect.name() == backend.dialect.name());
    let credential = key.zip(named).and_then(|(key, dialect)| {
        let (header, scheme) = dialect.credential();
        let mut value = HeaderValue::from_str(&format!("{scheme}{key}")).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::from_static(header), value))
    });
    match credential {
        Some(credential) => Road::Http {
            base_url,
            credential: Some(credential),
        },
        None => Road::NoKey(reference.to_string()),
    }
}
