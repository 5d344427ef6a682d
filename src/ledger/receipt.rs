//! The receipt: proof that a request is written down. Only the ledger makes one, and forwarding demands one.

use std::sync::Arc;

use super::{
    durability::Durability,
    error::Unavailable,
    message::{Message, Outgoing},
};
use crate::domain::{Entry, RequestId, Settlement};

/// Proof that a request is in the outbox, safe from the death of the process.
///
/// Dropped without being settled (a panic, a caller who hung up before the answer), it closes its row as
/// `interrupted`, with one non-blocking send.
#[must_use = "a receipt that is dropped closes its request as interrupted"]
pub struct Receipt {
    entry: Option<Box<Entry>>,
    id: RequestId,
    intent: i64,
    commit: u64,
    bytes: u64,
    writer: Outgoing,
    durability: Arc<Durability>,
}

impl Receipt {
    pub(super) fn new(
        entry: Box<Entry>,
        intent: i64,
        commit: u64,
        bytes: u64,
        writer: Outgoing,
        durability: Arc<Durability>,
    ) -> Self {
        Self {
            id: entry.id,
            entry: Some(entry),
            intent,
            commit,
            bytes,
            writer,
            durability,
        }
    }

    /// The request this receipt is for.
    pub fn id(&self) -> RequestId {
        self.id
    }

    /// Resolves when the row is on disk, safe from a power cut. The sync is shared by all who wait for one.
    ///
    /// # Errors
    /// The disk refused or is too slow: then the answer must not be released.
    pub async fn synced(&mut self) -> Result<(), Unavailable> {
        self.durability.wait(self.commit).await
    }

    /// Writes down how the request ended. One non-blocking send: room was reserved when the receipt was made.
    pub fn settle(mut self, settlement: Settlement) {
        self.send(Some(settlement));
    }

    fn send(&mut self, settlement: Option<Settlement>) {
        if let Some(entry) = self.entry.take() {
            // Nobody listens any more only when the ledger has stopped; the row is then open in the outbox, and the
            // next start closes it.
            let (intent, bytes) = (self.intent, self.bytes);
            let _ = self.writer.send(Message::Settle {
                entry,
                intent,
                bytes,
                settlement,
            });
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.send(None);
    }
}

impl std::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Receipt({})", self.id)
    }
}
