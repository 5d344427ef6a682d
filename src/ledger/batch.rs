//! One round of the writer: what was asked, as rows to add and to remove, with those who wait for them.

use tokio::sync::oneshot;

use super::{
    error::Unavailable,
    outbox::{NewRow, json},
    reader::Waiting,
    receipt::Receipt,
};
use crate::domain::{Entry, Settlement};

/// Answers somebody who waits.
pub(super) type Reply<T> = oneshot::Sender<Result<T, Unavailable>>;

/// Who learns what became of a row, and what it holds.
pub(super) enum Kind {
    /// A request that opens: its text, and who waits for the receipt.
    Open { text: String, reply: Reply<Receipt> },
    /// A request that opened and ended at once.
    Record {
        text: String,
        settlement: Settlement,
        reply: Reply<()>,
    },
    /// The end of the request whose row is `intent`.
    Settle { intent: i64, settlement: Settlement },
}

/// A row to add.
pub(super) struct Asked {
    pub(super) n: i64,
    /// Weight of the whole request.
    pub(super) bytes: u64,
    /// Milliseconds since 1970.
    pub(super) asked_at: i64,
    pub(super) entry: Box<Entry>,
    pub(super) kind: Kind,
}

impl Asked {
    /// The row as the outbox takes it. Endings may be asked for again, so they are made anew from their value.
    pub(super) fn row(&mut self) -> NewRow {
        let n = self.n;
        match &mut self.kind {
            Kind::Open { text, .. } => NewRow {
                n,
                settles: None,
                entry: Some(std::mem::take(text)),
                settlement: None,
                settled_at: None,
            },
            Kind::Record { text, settlement, .. } => NewRow {
                n,
                settles: Some(n),
                entry: Some(std::mem::take(text)),
                settlement: Some(json(settlement)),
                settled_at: Some(self.asked_at),
            },
            Kind::Settle { intent, settlement } => NewRow {
                n,
                settles: Some(*intent),
                entry: None,
                settlement: Some(json(settlement)),
                settled_at: Some(self.asked_at),
            },
        }
    }

    /// What it has become now that it is written.
    pub(super) fn written(self) -> Written {
        let Self {
            n,
            bytes,
            asked_at: settled_at,
            entry,
            kind,
        } = self;
        let ended = |entry, settles, settlement, reply| {
            Written::Ended(
                Box::new(Waiting {
                    n,
                    settles,
                    settled_at,
                    entry,
                    settlement,
                    bytes,
                }),
                reply,
            )
        };
        match kind {
            Kind::Open { reply, .. } => Written::Opened {
                entry,
                intent: n,
                bytes,
                reply,
            },
            Kind::Record { settlement, reply, .. } => ended(entry, n, settlement, Some(reply)),
            Kind::Settle { intent, settlement } => ended(entry, intent, settlement, None),
        }
    }
}

/// A row that was written.
pub(super) enum Written {
    /// A receipt is due.
    Opened {
        entry: Box<Entry>,
        intent: i64,
        bytes: u64,
        reply: Reply<Receipt>,
    },
    /// The relay may have it.
    Ended(Box<Waiting>, Option<Reply<()>>),
}

/// Rows that are in the database and leave the outbox.
#[derive(Default)]
pub(super) struct Relayed {
    pub(super) numbers: Vec<i64>,
    pub(super) requests: u64,
    pub(super) bytes: u64,
}

/// What is to be done in one round.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<Asked>,
    pub(super) relayed: Relayed,
    pub(super) barriers: Vec<oneshot::Sender<()>>,
    pub(super) repair: bool,
    pub(super) stop: bool,
    /// A row has somebody waiting.
    pub(super) awaited: bool,
}

impl Batch {
    /// Somebody waits: write now.
    pub(super) fn is_urgent(&self) -> bool {
        self.awaited || self.repair || self.stop || !self.barriers.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.relayed.numbers.is_empty() && !self.is_urgent()
    }
}
