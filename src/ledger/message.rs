//! What the writer is asked for.

use tokio::sync::{mpsc, oneshot};

use super::{
    batch::{Relayed, Reply},
    receipt::Receipt,
};
use crate::domain::{Entry, Settlement};

pub(super) type Outgoing = mpsc::UnboundedSender<Message>;

/// One thing to do. The channel needs no bound: openings are counted before they are sent, each has one
/// ending, and the relay sends one message a batch.
pub(super) enum Message {
    /// Write the intent down.
    Open {
        entry: Box<Entry>,
        text: String,
        reply: Reply<Receipt>,
    },
    /// Write a request down that has already ended.
    Record {
        entry: Box<Entry>,
        text: String,
        settlement: Settlement,
        reply: Reply<()>,
    },
    /// Write down how it ended; none where the receipt was dropped.
    Settle {
        entry: Box<Entry>,
        intent: i64,
        bytes: u64,
        settlement: Option<Settlement>,
    },
    /// These rows are in the database.
    Relayed(Relayed),
    /// A sync failed: checkpoint.
    Repair,
    /// Answer when all that was asked before is committed.
    Barrier(oneshot::Sender<()>),
    /// Write what is left and end.
    Stop,
}
