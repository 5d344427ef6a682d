//! What a change of the policy does to people's requests: who may use which tool, and what becomes of which data.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Sort, Whom};
use crate::detector::Class;
use crate::policy::explain::in_french;
use crate::policy::facts::Subject;
use crate::policy::terms::Action;
use crate::policy::{Policy, Tool};

/// Whom a tool that is in service is open to.
#[derive(Default, PartialEq)]
struct Open {
    everyone: bool,
    groups: BTreeSet<String>,
}

impl Open {
    fn of(tool: Option<&Tool>) -> Self {
        let Some(tool) = tool.filter(|tool| tool.status.is_served()) else {
            return Self::default();
        };
        Self {
            everyone: tool.open_to.is_none(),
            groups: tool.groups.iter().filter(|group| *group != "*").cloned().collect(),
        }
    }
}

/// Who gains or loses which tool. Dates, trainings and the charter are told as values.
pub(super) fn access(old: &Policy, new: &Policy) -> Vec<Change> {
    let ids: BTreeSet<&str> = old
        .tools
        .iter()
        .chain(&new.tools)
        .map(|tool| tool.id.as_str())
        .collect();
    let mut changes = Vec::new();
    for id in ids {
        let (was, now) = (old.tool(id), new.tool(id));
        let (before, after) = (Open::of(was), Open::of(now));
        let Some(tool) = now.or(was) else { continue };
        let mut add = |whom: Whom, gains: bool, aside: String| {
            let verb = if gains {
                "peuvent utiliser"
            } else {
                "ne peuvent plus utiliser"
            };
            changes.push(Change {
                whom,
                sort: Sort::Access,
                subject: Subject::Tool(id.to_owned()),
                key: "tool".to_owned(),
                before: if gains { "" } else { id }.to_owned(),
                after: if gains { id } else { "" }.to_owned(),
                sentence: format!("{verb} « {} » (`{id}`){aside}", tool.name),
            });
        };
        match (before.everyone, after.everyone) {
            (true, true) => {}
            (false, true) => {
                let already = listed(" ; avaient déjà cet outil : ", &before.groups);
                add(Whom::Everyone, true, already);
            }
            (true, false) => {
                let kept = listed(" ; le gardent : ", &after.groups);
                add(Whom::Everyone, false, kept);
            }
            (false, false) => {
                let gain: BTreeSet<_> = after.groups.difference(&before.groups).cloned().collect();
                let lose: BTreeSet<_> = before.groups.difference(&after.groups).cloned().collect();
                for (groups, gains) in [(gain, true), (lose, false)] {
                    if !groups.is_empty() {
                        add(Whom::Groups(groups), gains, String::new());
                    }
                }
            }
        }
    }
    changes
}

fn listed(before: &str, groups: &BTreeSet<String>) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    format!("{before}{}", groups.join(", "))
}

/// What is done about each class on its way to each tool that both policies serve, where that is something else.
pub(super) fn treatments(old: &Policy, new: &Policy) -> Vec<Change> {
    let mut tools: BTreeMap<(Whom, Class, &str, &str), Vec<&str>> = BTreeMap::new();
    for now in new.tools.iter().filter(|tool| tool.status.is_served()) {
        let Some(was) = old.tool(&now.id).filter(|tool| tool.status.is_served()) else {
            continue;
        };
        for class in Class::ALL {
            let (before, after) = (treated(old, was, class), treated(new, now, class));
            if before != after {
                let whom = super::whom(&Subject::Tool(now.id.clone()), old, new);
                tools.entry((whom, class, before, after)).or_default().push(&now.id);
            }
        }
    }
    let change = |((whom, class, before, after), tools): ((_, Class, &str, &str), Vec<&str>)| Change {
        whom,
        sort: Sort::Treatment,
        subject: Subject::Screening,
        key: format!("screening.actions.{}", class.name()),
        before: before.to_owned(),
        after: after.to_owned(),
        sentence: format!("{} vers {} : {before} → {after}", in_french(class), tools.join(", ")),
    };
    tools.into_iter().map(change).collect()
}

/// What becomes of a request with such data, in French.
fn treated(policy: &Policy, tool: &Tool, class: Class) -> &'static str {
    let observed = tool.observe || policy.observed.contains(&class);
    match tool.action(class) {
        Action::Pass => "acceptées",
        Action::Observe => "admises et comptées",
        _ if observed => "en observation (admises et comptées)",
        Action::Warn => "admises avec un avertissement",
        Action::Mask => "masquées",
        Action::Block => "refusées",
    }
}
