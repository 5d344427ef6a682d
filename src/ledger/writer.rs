//! The writer: the one task that writes the outbox.
//!
//! It takes what is asked of it in batches. Openings and refusals have somebody waiting, so a batch that holds one is
//! written at once; endings have nobody waiting and linger a few milliseconds for company. A batch that cannot be
//! written refuses those who wait and keeps the endings for the next attempt, so that nothing is half recorded.
//!
//! While the disk is at fault the writer tries it again by itself: a gateway that says it is not ready is sent no
//! requests, so it must not need one to find out that all is well again.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};

use super::{
    batch::{Asked, Batch, Kind, Relayed, Reply, Written},
    durability::Durability,
    error::Unavailable,
    message::{Message, Outgoing},
    outbox::{MAX_BATCH, Outbox, SETTLEMENT_BYTES},
    queue::Queue,
    receipt::Receipt,
    status::Gauges,
};
use crate::domain::{Clock, Entry, Outcome, Settlement};

/// How long endings wait for others.
const LINGER: Duration = Duration::from_millis(5);
/// How long after a failure the disk is tried again, if nothing else is asked before.
const RETRY: Duration = Duration::from_millis(200);

/// What must not be passed.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

pub(super) struct Writer {
    pub(super) outbox: Outbox,
    /// Number of the last row.
    pub(super) last: i64,
    pub(super) bounds: Bounds,
    pub(super) incoming: mpsc::UnboundedReceiver<Message>,
    pub(super) outgoing: Outgoing,
    pub(super) durability: Arc<Durability>,
    pub(super) queue: Arc<Queue>,
    pub(super) gauges: Arc<Gauges>,
    pub(super) clock: Clock,
}

impl Writer {
    /// Writes until it is told to stop.
    pub(super) async fn run(mut self) {
        let mut batch = Batch::default();
        while !batch.stop {
            self.collect(&mut batch).await;
            self.write(&mut batch).await;
        }
        self.finish(batch).await;
    }

    /// Writes what is still in the channel. Openings are refused; what cannot be written stays open in the file and is
    /// closed by the next start.
    async fn finish(mut self, mut batch: Batch) {
        self.incoming.close();
        while let Ok(message) = self.incoming.try_recv() {
            self.take(message, &mut batch);
        }
        self.write(&mut batch).await;
        self.outbox.close().await;
    }

    /// Fills the batch: waits for a first message, takes what is there, lingers if nobody waits.
    async fn collect(&mut self, batch: &mut Batch) {
        let first = if batch.is_empty() && !self.is_troubled() {
            self.incoming.recv().await
        } else {
            timeout(RETRY, self.incoming.recv()).await.ok().flatten()
        };
        self.outbox.look_for_room();
        let Some(first) = first else { return };
        self.take(first, batch);
        // Those who are ready to ask get their turn before the statement is sent.
        tokio::task::yield_now().await;
        let deadline = Instant::now() + LINGER;
        while batch.rows.len() < MAX_BATCH {
            let message = match self.incoming.try_recv() {
                Ok(message) => message,
                Err(_) if batch.is_urgent() => return,
                Err(_) => match timeout_at(deadline, self.incoming.recv()).await {
                    Ok(Some(message)) => message,
                    _ => return,
                },
            };
            self.take(message, batch);
        }
    }

    fn take(&mut self, message: Message, batch: &mut Batch) {
        match message {
            Message::Open { entry, text, reply } => match self.refusal() {
                None => self.push(entry, None, Kind::Open { text, reply }, batch),
                Some(why) => self.refuse(reply, why),
            },
            Message::Record {
                entry,
                text,
                settlement,
                reply,
            } => match self.refusal() {
                None => self.push(
                    entry,
                    None,
                    Kind::Record {
                        text,
                        settlement,
                        reply,
                    },
                    batch,
                ),
                Some(why) => self.refuse(reply, why),
            },
            Message::Settle {
                entry,
                intent,
                bytes,
                settlement,
            } => {
                let settlement = settlement.unwrap_or_else(|| self.interrupted(&entry));
                self.push(entry, Some(bytes), Kind::Settle { intent, settlement }, batch);
            }
            Message::Relayed(relayed) => {
                batch.relayed.numbers.extend(relayed.numbers);
                batch.relayed.requests += relayed.requests;
                batch.relayed.bytes += relayed.bytes;
            }
            Message::Repair => batch.repair = true,
            Message::Barrier(reply) => batch.barriers.push(reply),
            Message::Stop => batch.stop = true,
        }
    }

    /// Why nothing new is accepted now, if so.
    fn refusal(&self) -> Option<Unavailable> {
        let why = match () {
            () if self.gauges.stopping.load(Relaxed) => return Some(Unavailable::Stopped),
            () if self.durability.is_broken() => Unavailable::NotSynced,
            () if self.is_full() => Unavailable::Full,
            () if !self.outbox.has_room() => Unavailable::NoRoom,
            () => return None,
        };
        self.report(Some(why));
        Some(why)
    }

    fn is_full(&self) -> bool {
        let rows = self.gauges.stored.load(Relaxed);
        rows >= self.bounds.rows || self.gauges.bytes.load(Relaxed) >= self.bounds.bytes
    }

    fn refuse<T>(&self, reply: Reply<T>, why: Unavailable) {
        self.gauges.open.fetch_sub(1, Relaxed);
        // Nobody waiting any more is fine.
        let _ = reply.send(Err(why));
    }

    /// An ending nobody told: how long it took is known, what the caller saw is not.
    fn interrupted(&self, entry: &Entry) -> Settlement {
        let duration_ms = (self.clock)()
            .0
            .saturating_sub(entry.occurred_at.0)
            .max(1)
            .unsigned_abs();
        Settlement {
            duration_ms,
            ..Settlement::bare(Outcome::Interrupted, 0)
        }
    }

    /// Adds a row to the batch. One that opens a request (`weighed` is none) takes room for it, its ending included;
    /// the room is given back when it is relayed or could not be written.
    fn push(&mut self, entry: Box<Entry>, weighed: Option<u64>, kind: Kind, batch: &mut Batch) {
        let bytes = weighed.unwrap_or_else(|| match &kind {
            Kind::Open { text, .. } | Kind::Record { text, .. } => text.len() as u64 + SETTLEMENT_BYTES,
            Kind::Settle { .. } => 0,
        });
        if weighed.is_none() {
            self.gauges.stored.fetch_add(1, Relaxed);
            self.gauges.bytes.fetch_add(bytes, Relaxed);
            batch.awaited = true;
        }
        self.last += 1;
        batch.rows.push(Asked {
            n: self.last,
            bytes,
            asked_at: (self.clock)().0,
            entry,
            kind,
        });
    }

    /// Writes the batch. What could not be written and must be stays in it.
    async fn write(&mut self, batch: &mut Batch) {
        if std::mem::take(&mut batch.repair) {
            match self.outbox.checkpoint().await {
                Ok(()) => self.durability.repaired(),
                Err(_) => self.report(Some(Unavailable::NotSynced)),
            }
        }
        let mut written = true;
        while written && !batch.rows.is_empty() {
            written = self.write_some(batch).await;
        }
        batch.awaited = false;
        if !batch.relayed.numbers.is_empty() && self.outbox.remove(&batch.relayed.numbers).await.is_ok() {
            self.removed(std::mem::take(&mut batch.relayed));
        }
        if written && self.is_troubled() {
            self.try_again().await;
        }
        if batch.rows.is_empty() {
            for reply in batch.barriers.drain(..) {
                let _ = reply.send(());
            }
        }
    }

    /// Writes up to [`MAX_BATCH`] rows of the batch in one statement.
    async fn write_some(&mut self, batch: &mut Batch) -> bool {
        let now = batch.rows.len().min(MAX_BATCH);
        let rows = batch.rows[..now].iter_mut().map(Asked::row).collect();
        let done = self.outbox.append(rows).await;
        if done.is_ok() {
            self.works();
            self.committed(batch.rows.drain(..now).collect());
            return true;
        }
        self.report(Some(Unavailable::NotWritten));
        let kept = batch.rows.drain(..).filter_map(|asked| self.failed(asked)).collect();
        batch.rows = kept;
        false
    }

    /// The rows are safe from the death of the process: tells those who wait, and the relay.
    fn committed(&self, rows: Vec<Asked>) {
        let commit = self
            .durability
            .commit(rows.iter().any(|asked| matches!(asked.kind, Kind::Open { .. })));
        let mut ended = Vec::new();
        for asked in rows {
            match asked.written() {
                Written::Opened {
                    entry,
                    intent,
                    bytes,
                    reply,
                } => {
                    let (writer, durability) = (self.outgoing.clone(), Arc::clone(&self.durability));
                    // The asker may be gone: then the receipt comes back, is dropped, and so closes its row.
                    drop(reply.send(Ok(Receipt::new(entry, intent, commit, bytes, writer, durability))));
                }
                Written::Ended(waiting, reply) => {
                    ended.push(*waiting);
                    reply.map(|reply| reply.send(Ok(())));
                }
            }
        }
        if let Some(first) = ended.first() {
            let count = ended.len() as u64;
            self.gauges.open.fetch_sub(count, Relaxed);
            let none_waited = self.gauges.waiting() == 0;
            self.gauges.settled.fetch_add(count, Relaxed);
            if none_waited {
                self.gauges.oldest.store(first.settled_at, Relaxed);
            }
            self.queue.push(ended.into_iter());
        }
    }

    /// The row was not written: who waits is told, an ending is kept.
    fn failed(&self, asked: Asked) -> Option<Asked> {
        match asked.kind {
            Kind::Settle { .. } => return Some(asked),
            Kind::Open { reply, .. } => self.refuse(reply, Unavailable::NotWritten),
            Kind::Record { reply, .. } => self.refuse(reply, Unavailable::NotWritten),
        }
        self.gauges.stored.fetch_sub(1, Relaxed);
        self.gauges.bytes.fetch_sub(asked.bytes, Relaxed);
        None
    }

    fn removed(&self, relayed: Relayed) {
        self.gauges.stored.fetch_sub(relayed.requests, Relaxed);
        self.gauges.bytes.fetch_sub(relayed.bytes, Relaxed);
        self.works();
    }

    /// A write succeeded: requests are taken again, if there is room for them.
    fn works(&self) {
        if !self.is_full() && self.outbox.has_room() && !self.durability.is_broken() {
            self.report(None);
        }
    }

    /// Looks whether the disk is well again.
    async fn try_again(&mut self) {
        // The outbox itself may have filled the disk: once all that waited is in the database, its file is mostly air.
        if !self.outbox.has_room() && self.gauges.waiting() == 0 && self.outbox.shrink().await.is_err() {
            return;
        }
        if self.outbox.probe().await.is_ok() {
            self.works();
        }
    }

    /// Requests are refused for a reason that ends without anybody telling.
    fn is_troubled(&self) -> bool {
        let why = self.gauges.outbox();
        why.is_some_and(|why| why != Unavailable::Full)
    }

    /// Keeps the state of the outbox, and logs it when it changes.
    fn report(&self, state: Option<Unavailable>) {
        if self.gauges.set_outbox(state) {
            match state {
                Some(why) => tracing::error!(why = why.code(), "the outbox takes no requests"),
                None => tracing::info!("the outbox takes requests again"),
            }
        }
    }
}
