//! How the policy file stands: what `/readyz`, `/metrics` and the administration's page tell of it.

use std::sync::Arc;

use crate::domain::Timestamp;
use crate::policy::{Diagnostics, Unsigned};
use crate::reload::Unreadable;

/// Why what is saved as the policy is not in force.
#[derive(Clone, Debug)]
pub enum PolicyTrouble {
    /// It cannot be read.
    Unreadable(Unreadable),
    /// It has mistakes.
    Invalid(Arc<Diagnostics>),
    /// Nobody who may has signed it.
    Unsigned(Unsigned),
    /// It cannot be written down beside the outbox.
    NotKept,
}

/// How the policy file stands.
#[derive(Clone, Debug)]
pub struct PolicyState {
    /// What was saved last cannot be used, and since when; the policy before it is in force.
    pub trouble: Option<(PolicyTrouble, Timestamp)>,
    /// Since when the policy in force is.
    pub since: Timestamp,
    /// Names of those who signed it; empty where nobody had to.
    pub signed_by: Vec<String>,
    /// New policies that were put in force since the start.
    pub reloads: u64,
    /// Saves that could not be used since the start.
    pub failures: u64,
}

impl PolicyState {
    /// A policy is in force since then, and nothing else was saved.
    pub fn since(since: Timestamp) -> Self {
        Self {
            trouble: None,
            since,
            signed_by: Vec::new(),
            reloads: 0,
            failures: 0,
        }
    }

    /// What was saved cannot be used.
    pub fn fails(&mut self, trouble: PolicyTrouble, now: Timestamp) {
        self.trouble = Some((trouble, now));
        self.failures += 1;
    }

    /// What is wrong.
    pub(super) fn why(&self) -> Option<&PolicyTrouble> {
        self.trouble.as_ref().map(|(trouble, _)| trouble)
    }
}

impl PolicyTrouble {
    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(why) => why.code(),
            Self::Invalid(_) => "invalid",
            Self::Unsigned(_) => "unsigned",
            Self::NotKept => "not_kept",
        }
    }

    /// A French sentence without a word of the file but the names of signers.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unreadable(why) => why.to_string(),
            Self::Invalid(_) => "le fichier enregistré contient des erreurs".into(),
            Self::Unsigned(unsigned) => unsigned.to_string(),
            Self::NotKept => "la version enregistrée n'a pas pu être consignée sur le disque".into(),
        }
    }

    /// All of it, in French, for those who may see the file: its mistakes, with lines of it and their carets.
    pub fn details(&self) -> String {
        match self {
            Self::Invalid(diagnostics) => diagnostics.to_string(),
            other => other.sentence(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    #[test]
    fn lines_of_the_file_are_for_those_who_may_see_it() {
        let today = jiff::civil::date(2026, 11, 24);
        let diagnostics = Policy::read("[charter]\nversoin = \"2025-06\"\n", "policy.toml", today).unwrap_err();
        let trouble = PolicyTrouble::Invalid(Arc::new(diagnostics));
        assert!(trouble.details().contains("versoin = \"2025-06\"") && trouble.details().contains("^^^^^^^"));
        assert_eq!(trouble.sentence(), "le fichier enregistré contient des erreurs");
        let missing = PolicyTrouble::Unreadable(Unreadable::Missing);
        assert_eq!(missing.details(), "le fichier n'existe pas");
    }
}
