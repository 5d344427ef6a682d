//! What callers write to us in their own words, made fit to be kept: looked at as a request to a level-1 tool would be.
//! What such a tool would receive masked is kept masked; what it would not receive is not kept at all.

use crate::detector::{Class, Scratch, TooLong};
use crate::policy::{Action, Policy};

use super::Inspector;

/// What may be kept of a text.
#[derive(Clone, PartialEq, Eq)]
pub enum Kept {
    /// This, with a placeholder for each value that was masked.
    Words(String),
    /// Nothing: these classes of data are in it, each once, in the order of the charter.
    Nothing(Vec<Class>),
}

impl std::fmt::Debug for Kept {
    /// The words are the caller's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Words(words) => write!(f, "Words({} bytes)", words.len()),
            Self::Nothing(classes) => write!(f, "Nothing({classes:?})"),
        }
    }
}

/// Looks at a text that is to be kept.
///
/// # Errors
/// It is longer than the detector takes.
pub fn kept(policy: &Policy, text: &str) -> Result<Kept, TooLong> {
    let mut scratch = Scratch::default();
    let findings = policy.detector().scan(text, &mut scratch)?;
    let strict = policy.tools().iter().find(|tool| tool.level == 1 && !tool.observe);
    let mut classes: Vec<Class> = match strict {
        Some(tool) => {
            let actions = policy.judge(tool, &findings).actions;
            let blocked = findings
                .iter()
                .zip(actions)
                .filter(|(_, action)| *action == Action::Block);
            blocked.map(|(finding, _)| finding.class).collect()
        }
        // No tool of this policy says what may be masked.
        None => findings
            .iter()
            .filter(|finding| !finding.informative)
            .map(|finding| finding.class)
            .collect(),
    };
    classes.sort_unstable();
    classes.dedup();
    if !classes.is_empty() {
        return Ok(Kept::Nothing(classes));
    }
    match Inspector::new(policy, None) {
        Some(mut inspector) => inspector.mask(text).map(Kept::Words),
        None => Ok(Kept::Words(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::BUILT_IN;
    use crate::policy::civil;

    #[test]
    fn what_may_not_leave_is_not_kept_and_what_is_masked_is_kept_masked() {
        let now = civil(crate::domain::Timestamp(1_790_000_000_000));
        let policy = Policy::read(BUILT_IN, "built_in.toml", now).expect("correct");
        for (text, expected) in [
            (
                "La réponse était fausse.",
                Kept::Words("La réponse était fausse.".into()),
            ),
            (
                "Elle parlait de Mme Roux, jeanne.roux@exemple.fr.",
                Kept::Words("Elle parlait de Mme [PERSONNE_1], [COURRIEL_1].".into()),
            ),
            (
                "Le NIR 2 64 05 04 070 012 56 est apparu.",
                Kept::Nothing(vec![Class::HighlyPersonal]),
            ),
        ] {
            assert_eq!(kept(&policy, text), Ok(expected), "{text}");
        }
        assert!(!format!("{:?}", Kept::Words("Mme Roux".into())).contains("Roux"));
    }
}
