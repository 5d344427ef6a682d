//! The policy of a running gateway: what is saved is tried, and put in force whole or not at all.

use std::{io, path::PathBuf, sync::Arc};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use crate::domain::Clock;
use crate::gateway::Live;
use crate::http::{PolicyState, PolicyTrouble};
use crate::office::{Because, ComesIntoForce, Office};
use crate::policy::{Charter, Diagnostics, Policy, Unsigned, authorised, civil};
use crate::reload::{self, Found, Saved, Unreadable};

use super::secret;

/// Puts in force what is saved.
pub(super) struct Follower {
    /// The file, for messages.
    pub(super) path: PathBuf,
    pub(super) publish: watch::Sender<Arc<Live>>,
    pub(super) state: watch::Sender<PolicyState>,
    pub(super) office: Office,
    /// This gateway in the ledger.
    pub(super) instance: Arc<str>,
    pub(super) clock: Clock,
}

/// Why what was saved is not in force.
enum Refused {
    Unreadable(Unreadable),
    Invalid(Diagnostics),
    Unsigned(Unsigned),
    /// What decides is written down first, and that was not possible.
    NotKept(io::Error),
}

impl Follower {
    /// Follows the file, and SIGHUP, until the task is dropped. `known` is what the policy in force was read from.
    pub(super) async fn follow(self, known: Found) {
        let (ask, again) = mpsc::channel(1);
        let path = self.path.clone();
        let this = Arc::new(self);
        let changed = move |found| {
            let this = this.clone();
            async {
                // A large policy takes a second to try, and requests must not wait for that.
                let tried = tokio::task::spawn_blocking(move || this.found(found)).await;
                if let Err(error) = tried {
                    tracing::error!(%error, "a bug met the saved policy; the last good one stays in force");
                }
            }
        };
        tokio::join!(reload::watch(path, known, again, changed), hang_ups(ask));
    }

    fn found(&self, found: Found) {
        let in_force = found.map_err(Refused::Unreadable).and_then(|saved| {
            let live = self.tried(&saved)?;
            self.in_force(live, &saved)
        });
        if let Err(refused) = in_force {
            self.stays(refused);
        }
    }

    fn tried(&self, saved: &Saved) -> Result<Live, Refused> {
        let today = civil((self.clock)());
        let policy = Policy::read(&saved.text, &self.path.display().to_string(), today).map_err(Refused::Invalid)?;
        Ok(Live::new(policy, &secret))
    }

    fn in_force(&self, live: Live, saved: &Saved) -> Result<(), Refused> {
        let before = self.publish.borrow().clone();
        let (new, warnings) = (
            before.policy.full_hash() != live.policy.full_hash(),
            live.policy.warnings().len(),
        );
        let policy = live.policy.hash().to_owned();
        let signed_by = if new {
            let signed_by = permitted(before.policy.charter(), &live.policy, saved).map_err(Refused::Unsigned)?;
            let coming = ComesIntoForce {
                instance: &self.instance,
                policy: &live.policy,
                document: &saved.text,
                because: Because::Reload,
                signed_by: &signed_by,
            };
            self.office.comes_into_force(coming).map_err(Refused::NotKept)?;
            Some(signed_by)
        } else {
            None
        };
        self.publish.send_replace(Arc::new(live));
        let now = (self.clock)();
        let signers = signed_by.as_ref().map(|names| names.join(", "));
        self.state.send_modify(|state| {
            state.trouble = None;
            if let Some(signed_by) = signed_by {
                state.since = now;
                state.signed_by = signed_by;
                state.reloads += 1;
            }
        });
        match signers {
            Some(signed_by) => tracing::info!(policy, warnings, signed_by, "a new policy is in force"),
            None => tracing::info!(policy, "the policy in force was read again"),
        }
        Ok(())
    }

    fn stays(&self, refused: Refused) {
        let policy = self.publish.borrow().policy.hash().to_owned();
        let trouble = match refused {
            Refused::Unreadable(why) => {
                tracing::error!(
                    policy,
                    "the policy cannot be read, the last good one stays in force: {why}"
                );
                PolicyTrouble::Unreadable(why)
            }
            Refused::Invalid(diagnostics) => {
                tracing::error!(
                    policy,
                    "the saved policy cannot be used, the last good one stays in force\n{diagnostics}"
                );
                PolicyTrouble::Invalid(Arc::new(diagnostics))
            }
            Refused::Unsigned(unsigned) => {
                tracing::error!(
                    policy,
                    "the saved policy is not signed, the last good one stays in force: {unsigned}"
                );
                PolicyTrouble::Unsigned(unsigned)
            }
            Refused::NotKept(error) => {
                tracing::error!(
                    policy,
                    %error,
                    "the saved policy cannot be written down beside the outbox, the last good one stays in force"
                );
                PolicyTrouble::NotKept
            }
        };
        let now = (self.clock)();
        self.state.send_modify(|state| state.fails(trouble, now));
    }
}

/// Who signed what is saved, where that is enough for it to come after a policy with this charter.
fn permitted(before: &Charter, policy: &Policy, saved: &Saved) -> Result<Vec<String>, Unsigned> {
    let own = &policy.charter().signers;
    authorised(&before.signers, own, &saved.text, &saved.signatures)
}

/// Asks for a look at each SIGHUP.
async fn hang_ups(ask: mpsc::Sender<()>) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        tracing::error!("SIGHUP cannot be received; the policy is read when it is saved");
        return;
    };
    while hangup.recv().await.is_some() {
        // Full: a look is due already.
        let _ = ask.try_send(());
    }
}
