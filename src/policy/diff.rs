//! What changes for whom from one policy to another, for the people who vote on it.
//!
//! Two kinds of lines: the **effects** (who gains or loses which tool, what becomes of which data) and the **values**,
//! one for each key that says something else ([`super::facts`] knows them all). A policy that only differs by comments,
//! order, spelling of a default or by its own tests does not differ.

mod effects;
mod told;

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::Policy;
use super::facts::{Fact, Subject, Value, facts};

/// For whom something changes. In the order in which it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// Every agent.
    Everyone,
    /// The members of these groups.
    Groups(BTreeSet<String>),
    /// Nobody's requests: figures, registers and papers.
    Papers,
}

/// What sort of line it is. In the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// An effect: somebody may use a tool, or may not any more.
    Access,
    /// An effect: something else is done about a class of data.
    Treatment,
    /// A part of the policy is new.
    Added,
    /// A part of the policy is gone.
    Removed,
    /// A key has another value.
    Value,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// For whom.
    pub whom: Whom,
    /// Which sort.
    pub sort: Sort,
    /// Whose key it is.
    pub subject: Subject,
    /// From the root of the file, `tool.status`; of a whole part, its section, `tool`.
    pub key: String,
    /// What was; empty where there was nothing. People are counted.
    pub before: String,
    /// What will be.
    pub after: String,
    /// The same in French.
    pub sentence: String,
}

/// What changes from one policy to another.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    changes: Vec<Change>,
}

/// What changes from `old` to `new`.
pub fn differences(old: &Policy, new: &Policy) -> Difference {
    let mut changes = effects::access(old, new);
    changes.extend(effects::treatments(old, new));
    let (before, after) = (facts(old), facts(new));
    let subjects: BTreeSet<&Subject> = before.keys().chain(after.keys()).collect();
    for subject in subjects {
        let whom = whom(subject, old, new);
        match (before.get(subject), after.get(subject)) {
            (Some(before), Some(after)) => {
                for (key, now) in after {
                    let was = before.get(key).filter(|was| was.value != now.value);
                    changes.extend(was.map(|was| value(&whom, subject, key, was, now)));
                }
            }
            (None, Some(_)) => changes.push(whole(whom, Sort::Added, subject, new)),
            (Some(_), None) => changes.push(whole(whom, Sort::Removed, subject, old)),
            (None, None) => {}
        }
    }
    changes.sort();
    Difference { changes }
}

impl Difference {
    /// The two mean the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Line by line, by whom it is for, effects first.
    pub fn iter(&self) -> std::slice::Iter<'_, Change> {
        self.changes.iter()
    }

    /// For programs: an array of objects with `whom` (`*`, `papers` or a list of groups), `sort`, `subject`, `key`,
    /// `before`, `after`, `text`.
    pub fn to_json(&self) -> Json {
        let line = |change: &Change| {
            json!({
                "whom": match &change.whom {
                    Whom::Everyone => json!("*"),
                    Whom::Papers => json!("papers"),
                    Whom::Groups(groups) => json!(groups),
                },
                "sort": match change.sort {
                    Sort::Access => "access",
                    Sort::Treatment => "treatment",
                    Sort::Added => "added",
                    Sort::Removed => "removed",
                    Sort::Value => "value",
                },
                "subject": change.subject.id(),
                "key": change.key,
                "before": change.before,
                "after": change.after,
                "text": change.sentence,
            })
        };
        self.changes.iter().map(line).collect()
    }
}

impl<'d> IntoIterator for &'d Difference {
    type Item = &'d Change;
    type IntoIter = std::slice::Iter<'d, Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Those whose requests it is about.
fn whom(subject: &Subject, old: &Policy, new: &Policy) -> Whom {
    let users = |which: &dyn Fn(&super::Tool) -> bool| {
        let tools = old.tools.iter().chain(&new.tools).filter(|tool| which(tool));
        let groups: BTreeSet<String> = tools.flat_map(|tool| tool.groups.iter().cloned()).collect();
        match () {
            () if groups.contains("*") => Whom::Everyone,
            () if groups.is_empty() => Whom::Papers,
            () => Whom::Groups(groups),
        }
    };
    match subject {
        Subject::Charter | Subject::Contacts | Subject::Mention | Subject::Screening | Subject::Allow => Whom::Everyone,
        Subject::Detector(_) | Subject::Masking | Subject::Limits => Whom::Everyone,
        Subject::Tool(id) => users(&|tool| tool.id == *id),
        Subject::Backend(id) => users(&|tool| tool.backends.contains(id)),
        Subject::Training(name) => users(&|tool| tool.training.as_ref() == Some(name)),
        Subject::Group(id) => Whom::Groups(BTreeSet::from([id.clone()])),
        Subject::Price(_) | Subject::Direction(_) | Subject::Organisation => Whom::Papers,
    }
}

/// Keys of a tool that only papers know: registers, decisions, texts.
const PAPERS: [&str; 19] = [
    "tool.proposed_on",
    "tool.decision.reference",
    "tool.decision.date",
    "tool.evaluation.reference",
    "tool.evaluation.date",
    "tool.purpose",
    "tool.data_used",
    "tool.legal_basis",
    "tool.provider",
    "tool.hosting",
    "tool.ai_act",
    "tool.data_subjects",
    "tool.recipients",
    "tool.retention",
    "tool.transfers",
    "tool.security",
    "tool.impact_assessment",
    "tool.fria",
    "tool.decision_individuelle",
];

fn value(whom: &Whom, subject: &Subject, key: &str, was: &Fact, now: &Fact) -> Change {
    let is_paper = PAPERS.contains(&key) || key.starts_with("backend.footprint.");
    let (before, after) = (told::plain(&was.value), told::plain(&now.value));
    let change = match (&was.value, &now.value) {
        (Value::Words(was), Value::Words(now)) => told::words(was, now),
        (Value::People(was), Value::People(now)) => told::people(was, now),
        _ => format!("{} → {}", told::quoted(&before), told::quoted(&after)),
    };
    Change {
        whom: if is_paper { Whom::Papers } else { whom.clone() },
        sort: Sort::Value,
        subject: subject.clone(),
        key: key.to_owned(),
        before,
        after,
        sentence: format!("{}, {} : {change}", told::subject(subject), now.label),
    }
}

fn whole(whom: Whom, sort: Sort, subject: &Subject, policy: &Policy) -> Change {
    let what = told::whole(subject, policy);
    let (before, after) = match sort {
        Sort::Added => (String::new(), what.clone()),
        _ => (what.clone(), String::new()),
    };
    let done = if sort == Sort::Added { "nouveau" } else { "retiré" };
    Change {
        whom,
        sort,
        subject: subject.clone(),
        key: subject.section().to_owned(),
        before,
        after,
        sentence: format!("{done} : {what}"),
    }
}
