//! The life of a request. Read [`Gateway::handle`] first: it is the whole of it.
//!
//! Each stage is a type that only the stage before can make, and that the next one consumes. Only [`Screened`] has
//! a road out, and it demands a [`Receipt`](crate::ledger::Receipt): unscreened text has no way to a backend, and
//! nothing leaves unrecorded. The tidy test lets this room alone name `upstream`.

mod account;
mod answer_body;
mod answers;
mod attached;
mod costs;
mod deposits;
mod forward;
mod health;
mod inspect;
mod kept;
mod live;
mod models;
mod recognise;
mod refusal;
mod screening;
mod spending;
mod spent;
mod stages;
mod uploads;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::sync::watch;

use crate::dialect::Call;
use crate::domain::{Clock, Entry, Identity, Outcome, RequestId, Settlement, Timestamp};
use crate::identity::{Pseudonyms, oidc::Issuer};
use crate::ledger::Ledger;
use crate::limits::Limits;
use crate::office::Office;
use crate::reading::Reader;
use crate::upstream::Upstream;

use uploads::Gathered;

pub use answer_body::AnswerBody;
pub use attached::Withheld;
pub use deposits::Deposits;
pub use forward::Forwarded;
pub use health::{BackendHealth, Failing, Health};
pub use inspect::{BUILT_IN, Inspection, Inspector, Span};
pub use kept::{Kept, kept};
pub use live::{Live, Secrets};
pub use refusal::{Refusal, Refused, named};
pub use stages::{BodyError, BodyFuture, Head, Incoming};

/// Everything a request may need on its way.
#[derive(Clone)]
pub struct Gateway {
    /// The policy in force, ready for use.
    pub live: watch::Receiver<Arc<Live>>,
    /// Keys and acceptances.
    pub office: Office,
    /// Where it is written down.
    pub ledger: Ledger,
    /// The way out.
    pub upstream: Upstream,
    /// How backends answered last.
    pub health: Health,
    /// Reads attached files, each in a process of its own.
    pub reader: Arc<Reader>,
    /// Files on their way to a provider, and whose those are that it keeps.
    pub deposits: Deposits,
    /// Where callers reach the gateway, for the addresses it hands out; without a slash at its end.
    pub public_url: Arc<str>,
    /// Longest file that is taken in pieces, in bytes.
    pub max_file: usize,
    /// What may be spent.
    pub limits: Limits,
    /// Names for the ledger.
    pub pseudonyms: Pseudonyms,
    /// Who callers without a key are, on a loopback listener.
    pub local: Option<Identity>,
    /// Who proves who people are, besides our own keys.
    pub issuer: Option<Arc<Issuer>>,
    /// How old the directory may be; none where nothing depends on it.
    pub directory_max_age: Option<Duration>,
    /// The time.
    pub clock: Clock,
    /// Name of this gateway in the ledger.
    pub instance: Arc<str>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gateway({})", self.instance)
    }
}

impl Gateway {
    /// The life of a request.
    ///
    /// One policy decides it from start to end, a refusal's words included; its hash is in the row, so any decision can
    /// be explained later.
    pub async fn handle(&self, live: &Arc<Live>, incoming: Incoming) -> Result<Forwarded, Box<Refused>> {
        let incoming = match self.gather(live, incoming).await? {
            Gathered::Whole(incoming) => *incoming,
            Gathered::Answered(answer) => return Ok(*answer),
        };
        let identified = incoming.identify(self, live).await?;
        let admitted = identified.admit(self, live).await?;
        let screened = admitted.screen(self, live).await?;
        screened.head.opened.store(true, Ordering::Relaxed);
        let receipt = match self.ledger.open(screened.entry().clone()).await {
            Ok(receipt) => receipt,
            Err(unavailable) => return Err(screened.unrecorded(&unavailable)),
        };
        screened.forward(self, live, receipt).await
    }

    /// Writes a refusal down before it is told: refused requests matter most to the committee.
    /// What cannot be written down is told as unavailable.
    pub async fn record(&self, mut refused: Box<Refused>) -> Box<Refused> {
        if !refused.to_record {
            return refused;
        }
        let settlement = Settlement {
            duration_ms: refused.elapsed_ms(),
            ..Settlement::bare(Outcome::Refused, refused.status())
        };
        if let Err(unavailable) = self.ledger.record(refused.entry.clone(), settlement).await {
            tracing::error!(error = %unavailable, request = %refused.entry.id, "a refusal could not be recorded");
            refused.refusal = Refusal::NotRecorded;
        }
        refused
    }

    /// Writes down a request that a bug of ours ended before its row was opened.
    pub async fn record_panic(&self, entry: Entry) {
        let settlement = Settlement::bare(Outcome::Interrupted, Refusal::Panicked.because().status());
        if let Err(unavailable) = self.ledger.record(entry, settlement).await {
            tracing::error!(error = %unavailable, "a request that a bug ended could not be recorded");
        }
    }

    /// A row for a request of which nothing is left but its id: the gateway itself failed.
    pub fn unknown(&self, live: &Live, id: RequestId, at: Timestamp, call: &Call) -> Entry {
        stages::blank(id, at, call, live, &self.instance)
    }
}
