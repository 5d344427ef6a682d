//! The rounds: claim a letter, send it, say how it went. One letter at a time, so a slow server has one conversation of
//! each gateway; a wait between rounds, cut short when an incident was opened here.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};

use super::Mailer;
use crate::domain::{Clock, Timestamp};
use crate::office::{Claimed, LetterCounts, Office, OfficeError};

/// When a letter that could not be delivered is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Pauses {
    /// After the first attempt; twice as long after each other.
    pub first: Duration,
    /// Longest.
    pub longest: Duration,
    /// From when on, after it was written, a letter is given up.
    pub give_up: Duration,
    /// Between two looks into the queue.
    pub round: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(30),
            longest: Duration::from_secs(6 * 3600),
            give_up: Duration::from_secs(5 * 24 * 3600),
            round: Duration::from_secs(10),
        }
    }
}

impl Pauses {
    /// When to try again; none where it is given up.
    fn again(&self, claimed: &Claimed, now: Timestamp) -> Option<Timestamp> {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let doubled = self.first.saturating_mul(1 << claimed.attempts.min(20));
        let next = now.0.saturating_add(millis(doubled.min(self.longest)));
        (next < claimed.created_at.0.saturating_add(millis(self.give_up))).then_some(Timestamp(next))
    }
}

/// How the post stands, for `/readyz` and `/metrics`.
#[derive(Clone, Debug, Default)]
pub struct PostState {
    /// As of the last look that succeeded.
    pub counts: LetterCounts,
    /// A word for why the last attempt failed; none where it did not.
    pub trouble: Option<String>,
    /// Letters that this gateway has delivered since its start.
    pub delivered: u64,
    /// Attempts of this gateway that failed since its start.
    pub failed: u64,
}

/// The handle. Clones share the rounds.
#[derive(Clone, Debug)]
pub struct Post {
    wake: Arc<Notify>,
    state: watch::Receiver<PostState>,
}

/// The task of the rounds. Dropped, it goes on.
#[derive(Debug)]
pub struct PostTask(JoinHandle<()>);

impl PostTask {
    /// Ends it. A letter that is being sent is sent again later, by whoever claims it.
    pub async fn shutdown(self) {
        self.0.abort();
        let _ = self.0.await;
    }
}

impl Post {
    /// Starts the rounds of this gateway.
    pub fn start(office: Office, mailer: Mailer, gateway: Arc<str>, pauses: Pauses, clock: Clock) -> (Self, PostTask) {
        let wake = Arc::new(Notify::new());
        let (publish, state) = watch::channel(PostState::default());
        let rounds = Rounds {
            office,
            mailer,
            gateway,
            pauses,
            clock,
            publish,
        };
        let task = tokio::spawn(rounds.walk(Arc::clone(&wake)));
        (Self { wake, state }, PostTask(task))
    }

    /// There is a letter: the next round begins at once.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// How the post stands.
    pub fn state(&self) -> PostState {
        self.state.borrow().clone()
    }
}

struct Rounds {
    office: Office,
    mailer: Mailer,
    gateway: Arc<str>,
    pauses: Pauses,
    clock: Clock,
    publish: watch::Sender<PostState>,
}

impl Rounds {
    async fn walk(self, wake: Arc<Notify>) {
        let mut fine = true;
        loop {
            let done = self.round().await;
            if done.is_ok() != fine {
                match &done {
                    Ok(()) => tracing::info!("the letters are read from the database again"),
                    Err(error) => tracing::warn!(%error, "the letters wait for the database"),
                }
            }
            fine = done.is_ok();
            tokio::select! {
                () = wake.notified() => {}
                () = tokio::time::sleep(self.pauses.round) => {}
            }
        }
    }

    /// Sends all that is due, or until one fails: the others would fail at the same server.
    async fn round(&self) -> Result<(), OfficeError> {
        while let Some(claimed) = self.office.claim_letter(&self.gateway, (self.clock)()).await? {
            if !self.send(&claimed).await? {
                break;
            }
        }
        let counts = self.office.letter_counts().await?;
        self.publish.send_modify(|state| state.counts = counts);
        Ok(())
    }

    /// Sends one letter; false where it was not taken.
    async fn send(&self, claimed: &Claimed) -> Result<bool, OfficeError> {
        let sent = self.mailer.send(claimed).await;
        let now = (self.clock)();
        match sent {
            Ok(()) => {
                self.publish.send_modify(|state| {
                    state.delivered += 1;
                    state.trouble = None;
                });
                // The server has it: what is asked here until it is written keeps the letter from going out twice.
                self.insist(&claimed.id, now).await?;
                Ok(true)
            }
            Err(failure) => {
                let (word, again) = (failure.word(), self.pauses.again(claimed, now));
                self.publish.send_modify(|state| {
                    state.failed += 1;
                    state.trouble = Some(word.clone());
                });
                if again.is_none() {
                    tracing::error!(letter = %claimed.id, why = %word, "a letter is given up");
                } else {
                    tracing::warn!(letter = %claimed.id, why = %word, "a letter could not be sent; tried again later");
                }
                self.office.letter_failed(&claimed.id, &word, again, now).await?;
                Ok(false)
            }
        }
    }

    /// Writes down a delivery, for as long as the claim holds.
    async fn insist(&self, id: &str, now: Timestamp) -> Result<(), OfficeError> {
        let mut tries = 0;
        loop {
            match self.office.letter_delivered(id, now).await {
                Err(error) if tries == 20 => return Err(error),
                Err(_) => tries += 1,
                Ok(()) => return Ok(()),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::office::Letter;

    #[test]
    fn pauses_grow_for_days_and_end() {
        let pauses = Pauses::default();
        let claimed = |attempts| Claimed {
            id: "1".into(),
            letter: Letter {
                recipient: String::new(),
                subject: String::new(),
                body: String::new(),
            },
            created_at: Timestamp(0),
            attempts,
        };
        let (mut now, mut attempts, mut seconds) = (0, 0, Vec::new());
        while let Some(next) = pauses.again(&claimed(attempts), Timestamp(now)) {
            seconds.push((next.0 - now) / 1000);
            (now, attempts) = (next.0, attempts + 1);
        }
        assert_eq!(&seconds[..4], [30, 60, 120, 240]);
        assert!(
            seconds.is_sorted() && seconds.last() == Some(&(6 * 3600)),
            "{seconds:?}"
        );
        assert!((20..40).contains(&seconds.len()), "{} attempts", seconds.len());
        assert!(now > 4 * 24 * 3_600_000, "for days");
    }
}
