//! The policy that a gateway starts with: the one that is saved, if whoever must has signed it; else the last that was
//! in force.

use std::path::Path;

use crate::domain::{Clock, trouble};
use crate::gateway::Live;
use crate::http::{PolicyState, PolicyTrouble};
use crate::office::{Because, ComesIntoForce, Office, PolicyVersion};
use crate::policy::{Policy, Unsigned, authorised};
use crate::reload::{self, Saved};
use crate::settings::Settings;

use super::{No, read_policy, secret};

/// What is saved, and without mistakes.
pub(super) struct First {
    saved: Saved,
    policy: Policy,
}

/// What is in force, and how the file stands to it.
pub(super) struct InForce {
    pub(super) saved: Saved,
    pub(super) live: Live,
    pub(super) state: PolicyState,
}

impl First {
    /// Reads what is saved: with a broken policy there is nothing to serve.
    pub(super) fn read(settings: &Settings, clock: &Clock) -> Result<Self, No> {
        let path = settings.policy_path();
        let saved = reload::read(&path)
            .map_err(|why| No::Cannot(format!("la politique {} ne peut pas être lue : {why}", path.display())))?;
        let policy = read_policy(&saved.text, &path, clock)?;
        Ok(Self { saved, policy })
    }

    /// Puts in force what may be.
    pub(super) async fn in_force(
        self,
        settings: &Settings,
        office: &Office,
        instance: &str,
        clock: &Clock,
    ) -> Result<InForce, No> {
        let path = settings.policy_path();
        let last = office.last_policy().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "no policy was in force here yet, and what was elsewhere cannot be asked");
            None
        });
        let mut state = PolicyState::since(clock());
        let (policy, document) = match permitted(&self.saved, &self.policy, last.as_ref()) {
            Ok(signed_by) => {
                state.signed_by = signed_by;
                (self.policy, self.saved.text.clone())
            }
            Err(unsigned) => {
                let Some(last) = last else {
                    return Err(No::Cannot(format!(
                        "la politique {} n'est pas signée : {unsigned}.\n{}",
                        path.display(),
                        how_to_sign(&path)
                    )));
                };
                tracing::error!(
                    policy = last.hash,
                    "the saved policy is not signed, the last good one is in force: {unsigned}"
                );
                state.fails(PolicyTrouble::Unsigned(unsigned), clock());
                state.signed_by = last.signed_by;
                (read_policy(&last.document, &path, clock)?, last.document)
            }
        };
        office
            .comes_into_force(ComesIntoForce {
                instance,
                policy: &policy,
                document: &document,
                because: Because::Start,
                signed_by: &state.signed_by,
            })
            .map_err(|error| {
                No::Cannot(format!(
                    "la politique ne peut pas être consignée à côté de l'outbox : {}",
                    trouble(&error)
                ))
            })?;
        let live = Live::new(policy, &secret);
        for (backend, name) in live.without_key() {
            tracing::warn!(
                backend,
                "the key of a backend is not set ({name}): its tools answer with an error"
            );
        }
        Ok(InForce {
            saved: self.saved,
            live,
            state,
        })
    }
}

/// Who signed what is saved, where that is enough. What was in force last has been permitted already.
pub(super) fn permitted(saved: &Saved, policy: &Policy, last: Option<&PolicyVersion>) -> Result<Vec<String>, Unsigned> {
    let before = last.map_or(&[][..], |last| &last.signers);
    let signed_by = authorised(before, &policy.charter().signers, &saved.text, &saved.signatures);
    match last {
        Some(last) if last.full_hash == policy.full_hash() => Ok(signed_by.unwrap_or_else(|_| last.signed_by.clone())),
        _ => signed_by,
    }
}

/// What to do about a signature that is missing.
pub(super) fn how_to_sign(path: &Path) -> String {
    format!("Pour signer : gardefou policy sign {} --key CLÉ", path.display())
}
