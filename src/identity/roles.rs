//! Who has which role on the pages: members of groups, and identities by name.

use crate::domain::{Caller, Role};
use crate::policy::Policy;

/// Who is given a role.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Which.
    pub role: Role,
    /// Groups of the policy, or of the directory.
    pub groups: Vec<String>,
    /// Identities.
    pub members: Vec<String>,
}

/// The roles of this deployment. By default nobody has any.
#[derive(Clone, Debug, Default)]
pub struct Roles(Vec<Grant>);

impl Roles {
    /// As the settings give them; a role may be given more than once.
    pub fn new(grants: impl IntoIterator<Item = Grant>) -> Self {
        Self(grants.into_iter().collect())
    }

    /// As the settings give them.
    pub fn grants(&self) -> &[Grant] {
        &self.0
    }

    /// The roles of a caller, by the policy in force: each once, in the order of [`Role::ALL`].
    pub fn of(&self, caller: &Caller, policy: &Policy) -> Vec<Role> {
        let has = |grant: &Grant| {
            let named = grant
                .members
                .iter()
                .any(|member| member.to_lowercase() == caller.identity.as_str().to_lowercase());
            named
                || grant.groups.iter().any(|group| {
                    caller.groups.contains(group) || policy.groups_of(caller).any(|known| known.id == *group)
                })
        };
        Role::ALL
            .into_iter()
            .filter(|role| self.0.iter().any(|grant| grant.role == *role && has(grant)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Identity, Pseudonym, Via};
    use jiff::civil::date;

    const POLICY: &str = r#"
[charter]
version = "1"
url = "https://neo.example/charte-ia"
acceptance = "off"
[contacts]
dsiun = "d@departement04.example"
rssi = "r@departement04.example"
dpo = "p@departement04.example"
[mention]
text = "Mention."
[[group]]
id = "comite"
members = ["A.Martin@departement04.example"]
idp_groups = ["annuaire-comite"]
[[backend]]
id = "simulateur"
dialect = "simulated"
[[tool]]
id = "simulateur"
name = "Simulateur"
level = 1
status = "validated"
decision = { reference = "DGS-1", date = 2025-06-12 }
review_before = 2040-01-01
purpose = "Essai"
data_used = "Essai"
legal_basis = "Mission d'intérêt public"
provider = "Essai"
hosting = "Union européenne"
backends = ["simulateur"]
models = ["simulateur"]
groups = ["*"]
"#;

    #[test]
    fn a_role_comes_from_a_group_or_from_a_name() {
        let policy = Policy::read(POLICY, "policy.toml", date(2026, 1, 1)).unwrap_or_else(|error| panic!("{error}"));
        let grant = |role, groups: &[&str], members: &[&str]| Grant {
            role,
            groups: groups.iter().map(ToString::to_string).collect(),
            members: members.iter().map(ToString::to_string).collect(),
        };
        let roles = Roles::new([
            grant(Role::Dpo, &[], &["Poste-Local"]),
            grant(Role::Committee, &["comite"], &["poste-local"]),
            grant(Role::Security, &["annuaire-rssi"], &[]),
            grant(Role::Security, &["annuaire-ssi"], &[]),
        ]);
        for (identity, groups, expected) in [
            ("a.martin@departement04.example", &[][..], &[Role::Committee][..]),
            ("b.roux@departement04.example", &["annuaire-comite"], &[Role::Committee]),
            (
                "b.roux@departement04.example",
                &["annuaire-rssi", "annuaire-ssi"],
                &[Role::Security],
            ),
            ("b.roux@departement04.example", &["autre"], &[]),
            ("poste-local", &[], &[Role::Committee, Role::Dpo]),
            ("poste-local@mal.example", &[], &[]),
        ] {
            let caller = Caller {
                identity: Identity::new(identity),
                pseudonym: Pseudonym::new("p"),
                recorded_as: Pseudonym::new("r"),
                groups: groups.iter().map(ToString::to_string).collect(),
                accepted_charters: Vec::new(),
                attestations: Vec::new(),
                direction: None,
                directory_is_stale: false,
                via: Via::Session,
            };
            assert_eq!(roles.of(&caller, &policy), expected, "{identity} {groups:?}");
        }
    }
}
