//! What somebody may see on the pages, beyond what everybody may (contract §3).

use std::fmt;

use serde::Deserialize;

/// A role on the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Sees the figures of the committee, aggregates only.
    Committee,
    /// Sees the state of the policy, the keys and what waits.
    PolicyAdmin,
    /// Receives reports of security.
    Security,
    /// Data protection officer.
    Dpo,
}

impl Role {
    /// All of them, in the order of contract §3.
    pub const ALL: [Self; 4] = [Self::Committee, Self::PolicyAdmin, Self::Security, Self::Dpo];

    /// As the settings write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Committee => "committee",
            Self::PolicyAdmin => "policy-admin",
            Self::Security => "security",
            Self::Dpo => "dpo",
        }
    }

    /// For a sentence in French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Committee => "membre du comité DATA-IA",
            Self::PolicyAdmin => "administration de la politique (DSIUN)",
            Self::Security => "sécurité (RSSI)",
            Self::Dpo => "délégué à la protection des données (DPO)",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
