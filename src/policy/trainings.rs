//! Trainings, counted: how many people the policy attests, and how many it concerns. Never who.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;

use super::Policy;

impl Policy {
    /// How many people the policy names as holders of each training, by their last day. Who renewed it counts once.
    pub fn holders(&self) -> BTreeMap<(&str, Date), u32> {
        let mut holders = BTreeMap::new();
        for mine in self.index.attestations() {
            let mut last: BTreeMap<&str, Date> = BTreeMap::new();
            for attestation in mine.iter().map(|&at| &self.attestations[at]) {
                let day = last.entry(&attestation.training).or_insert(attestation.valid_until);
                *day = (*day).max(attestation.valid_until);
            }
            for held in last {
                *holders.entry(held).or_default() += 1;
            }
        }
        holders
    }

    /// The trainings that tools ask for, and how many agents each concerns: the members of those tools' groups. None
    /// where the policy does not name them all, because the directory says who belongs to a group.
    pub fn trainings(&self) -> BTreeMap<&str, Option<usize>> {
        let mut concerned: BTreeMap<&str, Option<HashSet<usize>>> = BTreeMap::new();
        for tool in &self.tools {
            let Some(training) = tool.training.as_deref() else {
                continue;
            };
            let groups = concerned.entry(training).or_insert_with(|| Some(HashSet::new()));
            for id in &tool.groups {
                let named = self.index.group(id).filter(|&at| self.groups[at].idp_groups.is_empty());
                match (named, groups.as_mut()) {
                    (Some(at), Some(groups)) => {
                        groups.insert(at);
                    }
                    _ => *groups = None,
                }
            }
        }
        concerned
            .into_iter()
            .map(|(training, groups)| (training, groups.map(|groups| self.index.people_in(&groups))))
            .collect()
    }
}
