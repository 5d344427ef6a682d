//! Finds the tool of a model and the groups of a caller in constant time, however long the lists are.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::parts::{Group, Tool};
use super::terms::Speech;
use crate::domain::Caller;

/// Models of the tools that speak one dialect.
#[derive(Debug, Default)]
struct Models {
    exact: HashMap<String, usize>,
    /// Without their `*`.
    beginnings: HashMap<String, usize>,
    /// Lengths of the beginnings in bytes, longest first, each once: what a look-up has to try.
    lengths: Vec<usize>,
}

impl Models {
    fn new<'t>(tools: impl Iterator<Item = (usize, &'t Tool)>) -> Self {
        let mut models = Self::default();
        // Served tools come first and stay: one that replaces a withdrawn tool has its models.
        let mut tools: Vec<_> = tools.collect();
        tools.sort_by_key(|(_, tool)| !tool.status.is_served());
        for (at, tool) in tools {
            for pattern in &tool.models {
                match pattern.strip_suffix('*') {
                    Some(beginning) => models.beginnings.entry(beginning.to_owned()).or_insert(at),
                    None => models.exact.entry(pattern.clone()).or_insert(at),
                };
            }
        }
        models.lengths = models.beginnings.keys().map(String::len).collect();
        models.lengths.sort_unstable_by(|a, b| b.cmp(a));
        models.lengths.dedup();
        models
    }

    /// The tool with the most exact pattern, served or not: what the committee suspended by name is not served by a
    /// wider pattern.
    fn find(&self, model: &str) -> Option<usize> {
        self.exact.get(model).copied().or_else(|| {
            let beginnings = self.lengths.iter().filter_map(|&length| model.get(..length));
            beginnings
                .filter_map(|beginning| self.beginnings.get(beginning))
                .next()
                .copied()
        })
    }
}

/// Every look-up of a policy.
#[derive(Debug)]
pub(super) struct Index {
    tools: HashMap<String, usize>,
    /// In the order of [`Speech::ASKED`].
    models: [Models; 3],
    /// Of all tools, for telling that a model is listed in another dialect.
    any: Models,
    groups: HashMap<String, usize>,
    idp_groups: HashMap<String, Vec<usize>>,
    members: HashMap<String, Vec<usize>>,
    /// By holder: training, and position in the policy's list.
    attestations: HashMap<String, Vec<usize>>,
}

impl Index {
    /// `members` and `holders` pair a name with a position in the list of groups or attestations.
    pub(super) fn new<'n>(
        tools: &[Tool],
        speech_of: impl Fn(usize) -> Speech,
        groups: &[Group],
        members: impl Iterator<Item = (&'n str, usize)>,
        holders: impl Iterator<Item = (&'n str, usize)>,
    ) -> Self {
        let speaking = |dialect: &str| {
            // What is not served is refused by its name in every dialect.
            let of_dialect = tools.iter().enumerate().filter(|(_, tool)| {
                let speaks = tool.roads.iter().any(|&road| speech_of(road).speaks(dialect));
                speaks || tool.roads.is_empty() || !tool.status.is_served()
            });
            Models::new(of_dialect)
        };
        let mut idp_groups: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, group) in groups.iter().enumerate() {
            for name in &group.idp_groups {
                idp_groups.entry(name.clone()).or_default().push(at);
            }
        }
        Self {
            tools: tools
                .iter()
                .enumerate()
                .map(|(at, tool)| (tool.id.clone(), at))
                .collect(),
            models: Speech::ASKED.map(|speech| speaking(speech.name())),
            any: Models::new(tools.iter().enumerate()),
            groups: groups
                .iter()
                .enumerate()
                .map(|(at, group)| (group.id.clone(), at))
                .collect(),
            idp_groups,
            members: by_name(members),
            attestations: by_name(holders),
        }
    }

    pub(super) fn tool(&self, id: &str) -> Option<usize> {
        self.tools.get(id).copied()
    }

    pub(super) fn group(&self, id: &str) -> Option<usize> {
        self.groups.get(id).copied()
    }

    /// The tool of a model in a dialect; if there is none, the tool that has this model in another.
    pub(super) fn model(&self, dialect: &str, model: &str) -> Option<usize> {
        let asked = Speech::ASKED.iter().position(|speech| speech.name() == dialect)?;
        self.models[asked].find(model).or_else(|| self.any.find(model))
    }

    /// Positions of the caller's groups, in the order of the policy: those the policy says, and those the key or the
    /// directory says.
    pub(super) fn groups_of(&self, caller: &Caller) -> Vec<usize> {
        let mut found = self.groups_naming(caller.identity.as_str()).to_vec();
        for name in &caller.groups {
            found.extend(self.group(name));
            found.extend(self.idp_groups.get(name).into_iter().flatten());
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Positions of the groups whose `members` name this person, in the order of the policy.
    pub(super) fn groups_naming(&self, name: &str) -> &[usize] {
        self.members.get(folded(name).as_ref()).map_or(&[], Vec::as_slice)
    }

    /// Positions of the attestations of each holder.
    pub(super) fn attestations(&self) -> impl Iterator<Item = &[usize]> {
        self.attestations.values().map(Vec::as_slice)
    }

    /// How many people the policy names as members of one of these groups.
    pub(super) fn people_in(&self, groups: &HashSet<usize>) -> usize {
        let named = self.members.values();
        named.filter(|of| of.iter().any(|at| groups.contains(at))).count()
    }

    /// Everyone whom the groups name, in lower case, with the positions of their groups.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.members
            .iter()
            .map(|(name, groups)| (name.as_str(), groups.as_slice()))
    }

    /// Everyone who holds an attestation, in lower case, with the positions of theirs.
    pub(super) fn holders(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.attestations
            .iter()
            .map(|(name, held)| (name.as_str(), held.as_slice()))
    }

    /// Positions of the caller's attestations.
    pub(super) fn attestations_of(&self, caller: &Caller) -> &[usize] {
        self.attestations
            .get(folded(caller.identity.as_str()).as_ref())
            .map_or(&[], Vec::as_slice)
    }
}

fn by_name<'n>(names: impl Iterator<Item = (&'n str, usize)>) -> HashMap<String, Vec<usize>> {
    let mut map: HashMap<String, Vec<usize>> = HashMap::with_capacity(names.size_hint().0);
    for (name, at) in names {
        map.entry(folded(name).into_owned()).or_default().push(at);
    }
    map
}

/// E-mail addresses differ by case for nobody.
fn folded(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
