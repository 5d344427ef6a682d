//! The words of a difference.

use std::collections::BTreeSet;
use std::fmt;

use super::{Difference, Whom};
use crate::policy::Policy;
use crate::policy::facts::{Subject, Value};

impl Subject {
    /// Its section in the file.
    pub const fn section(&self) -> &'static str {
        match self {
            Self::Charter => "charter",
            Self::Contacts => "contacts",
            Self::Mention => "mention",
            Self::Screening => "screening",
            Self::Allow => "allow",
            Self::Detector(_) => "detector",
            Self::Masking => "masking",
            Self::Limits => "limits",
            Self::Tool(_) => "tool",
            Self::Group(_) => "group",
            Self::Training(_) => "attestation",
            Self::Backend(_) => "backend",
            Self::Price(_) => "price",
            Self::Direction(_) => "direction",
            Self::Organisation => "organisation",
        }
    }

    /// Its section and its name, `tool:gemini`.
    pub fn id(&self) -> String {
        match self.name() {
            Some(name) => format!("{}:{name}", self.section()),
            None => self.section().to_owned(),
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Tool(name) | Self::Group(name) | Self::Training(name) | Self::Backend(name) => Some(name),
            Self::Detector(name) | Self::Price(name) | Self::Direction(name) => Some(name),
            _ => None,
        }
    }
}

/// A subject in French.
pub(super) fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Charter => "charte".into(),
        Subject::Contacts => "contacts".into(),
        Subject::Mention => "mention".into(),
        Subject::Screening => "contrôle des données".into(),
        Subject::Allow => "exceptions du détecteur".into(),
        Subject::Detector(id) => format!("détecteur `{id}`"),
        Subject::Masking => "masquage".into(),
        Subject::Limits => "plafonds de tous les outils".into(),
        Subject::Tool(id) => format!("outil `{id}`"),
        Subject::Group(id) => format!("groupe `{id}`"),
        Subject::Training(name) => format!("formation `{name}`"),
        Subject::Backend(id) => format!("service `{id}`"),
        Subject::Price(name) => format!("prix de `{name}`"),
        Subject::Direction(name) => format!("direction « {name} »"),
        Subject::Organisation => "organisme".into(),
    }
}

/// A whole part, with what matters of a tool.
pub(super) fn whole(part: &Subject, policy: &Policy) -> String {
    let tool = match part {
        Subject::Tool(id) => policy.tool(id),
        _ => None,
    };
    let Some(tool) = tool else { return subject(part) };
    let accepts: Vec<&str> = tool.accepts.iter().map(|class| class.name()).collect();
    format!(
        "outil « {} » (`{}`), niveau {}, statut {}, groupes {}, modèles {}, données acceptées : {}",
        tool.name,
        tool.id,
        tool.level,
        tool.status,
        tool.groups.join(", "),
        quoted(&tool.models.join(", ")),
        if accepts.is_empty() {
            "aucune".into()
        } else {
            accepts.join(", ")
        }
    )
}

/// A value as a text; people are counted.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Words(words) => words.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        Value::People(people) => people.len().to_string(),
    }
}

/// A text within a sentence.
pub(super) fn quoted(text: &str) -> String {
    match text {
        "" => "rien".into(),
        text if text.contains(' ') => format!("« {text} »"),
        text => text.to_owned(),
    }
}

/// Words that come and go.
pub(super) fn words(was: &BTreeSet<String>, now: &BTreeSet<String>) -> String {
    let list = |sign: &str, words: Vec<&String>| {
        let words: Vec<&str> = words.into_iter().map(String::as_str).collect();
        (!words.is_empty()).then(|| format!("{sign} {}", words.join(", ")))
    };
    let gone = list("−", was.difference(now).collect());
    let come = list("+", now.difference(was).collect());
    come.into_iter().chain(gone).collect::<Vec<_>>().join(" ; ")
}

/// People who come and go, in figures.
pub(super) fn people(was: &BTreeSet<String>, now: &BTreeSet<String>) -> String {
    let (come, gone) = (now.difference(was).count(), was.difference(now).count());
    let told = [(come, "de plus"), (gone, "de moins")];
    let told = told.iter().filter(|(count, _)| *count > 0);
    told.map(|(count, words)| format!("{count} {words}"))
        .collect::<Vec<_>>()
        .join(", ")
}

impl fmt::Display for Difference {
    /// One part for each whom.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "Rien ne change : les deux politiques disent la même chose.");
        }
        let mut last = None;
        for change in self {
            if last != Some(&change.whom) {
                let gap = if last.is_some() { "\n" } else { "" };
                writeln!(f, "{gap}{}", heading(&change.whom))?;
                last = Some(&change.whom);
            }
            writeln!(f, "  {}", change.sentence)?;
        }
        Ok(())
    }
}

fn heading(whom: &Whom) -> String {
    match whom {
        Whom::Everyone => "Pour tous les agents".into(),
        Whom::Groups(groups) => {
            let groups: Vec<String> = groups.iter().map(|group| format!("« {group} »")).collect();
            let plural = if groups.len() > 1 { "les groupes" } else { "le groupe" };
            format!("Pour {plural} {}", groups.join(", "))
        }
        Whom::Papers => "Dans les registres et les chiffres, sans effet sur les demandes".into(),
    }
}
