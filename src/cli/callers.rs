//! Who is behind a pseudonym of the ledger: the people whom policies name, the owners of keys, the local identity. Only
//! who holds the key of the pseudonyms can tell, and nothing of it is printed.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use crate::domain::{Caller, Identity, Timestamp, Via};
use crate::identity::Pseudonyms;
use crate::office::{KeyRecord, Office};
use crate::policy::{Policy, civil};
use crate::schema::{self, Standing};
use crate::settings::Settings;

use super::{No, clock, serve::pseudonyms};

/// Everyone who is known by name.
pub(super) struct Callers {
    pseudonyms: Pseudonyms,
    local: Option<Identity>,
    office: Option<Office>,
    keys: Vec<KeyRecord>,
    people: BTreeSet<String>,
    /// How old the directory may be.
    directory_max_age: Option<Duration>,
    /// By year, the name behind each pseudonym.
    names: HashMap<i16, HashMap<String, String>>,
}

impl Callers {
    /// Those whom these policies name, and those whom the database knows, where there is one that can be read.
    pub(super) async fn known(settings: &Settings, policies: &[&Policy]) -> Result<Self, No> {
        let readable = matches!(
            schema::look(&settings.database.url).await,
            Ok((_, _, Standing::Current))
        );
        let office = if readable {
            Some(
                Office::open_to_look(&settings.database.url, clock())
                    .await
                    .map_err(No::cannot)?,
            )
        } else {
            None
        };
        let keys = match &office {
            Some(office) => office.list_keys().await.map_err(No::cannot)?,
            None => Vec::new(),
        };
        let local = settings.identity.local.as_deref().map(Identity::new);
        let named = policies.iter().flat_map(|policy| policy.people());
        let owners = keys.iter().map(|key| Identity::new(key.owner.as_str()));
        let people = named.chain(owners).chain(local.clone());
        let people = people.map(|identity| identity.as_str().to_lowercase()).collect();
        Ok(Self {
            pseudonyms: pseudonyms(settings)?,
            local,
            office,
            keys,
            people,
            directory_max_age: settings.directory_max_age(),
            names: HashMap::new(),
        })
    }

    /// The small tables, where the database can be read.
    pub(super) fn office(&self) -> Option<&Office> {
        self.office.as_ref()
    }

    /// Everyone who may have had this pseudonym at this time: nobody, or one person once for each set of groups that
    /// their keys had.
    pub(super) fn behind(&mut self, pseudonym: &str, at: Timestamp) -> Vec<Caller> {
        let year = civil(at).year();
        if !self.names.contains_key(&year) {
            let name = |name: &String| {
                let pseudonym = self.pseudonyms.of_year(&Identity::new(name.as_str()), year);
                (pseudonym.as_str().to_owned(), name.clone())
            };
            let names = self.people.iter().map(name).collect();
            self.names.insert(year, names);
        }
        match self.names[&year].get(pseudonym) {
            Some(name) => self.with_keys(&Identity::new(name.as_str()), at),
            None => Vec::new(),
        }
    }

    /// Somebody, once for each set of groups that their keys of that time give.
    pub(super) fn with_keys(&self, identity: &Identity, at: Timestamp) -> Vec<Caller> {
        let own = identity.as_str().to_lowercase();
        let valid = |key: &&KeyRecord| {
            key.owner.to_lowercase() == own
                && key.created_at <= at
                && [key.revoked_at, key.expires_at]
                    .into_iter()
                    .flatten()
                    .all(|end| end > at)
        };
        let groups: BTreeSet<BTreeSet<&String>> = self
            .keys
            .iter()
            .filter(valid)
            .map(|key| key.groups.iter().collect())
            .collect();
        let without = groups.is_empty().then(BTreeSet::new);
        let all = groups.into_iter().chain(without);
        all.map(|groups| self.caller(identity, groups.into_iter().cloned().collect(), at))
            .collect()
    }

    /// Somebody in these groups, with what the database knows of them.
    pub(super) fn caller(&self, identity: &Identity, groups: Vec<String>, at: Timestamp) -> Caller {
        let pseudonym = self.pseudonyms.of(identity);
        let is_local = self.local.as_ref().is_some_and(|local| local == identity);
        let office = self.office.as_ref();
        let listed = office
            .map(|office| office.listed(pseudonym.as_str()))
            .unwrap_or_default();
        let mut groups = groups;
        groups.extend(
            listed
                .groups
                .into_iter()
                .filter(|group| !groups.contains(group))
                .collect::<Vec<_>>(),
        );
        let age = office.and_then(Office::directory_age);
        Caller {
            direction: listed.direction,
            directory_is_stale: self
                .directory_max_age
                .is_some_and(|most| age.is_none_or(|age| age > most)),
            recorded_as: self.pseudonyms.at(identity, at),
            accepted_charters: office.map_or_else(Vec::new, |office| office.accepted_charters(pseudonym.as_str())),
            attestations: office.map_or_else(Vec::new, |office| office.attestations(pseudonym.as_str())),
            via: if is_local { Via::Local } else { Via::Key },
            identity: identity.clone(),
            pseudonym,
            groups,
        }
    }
}
