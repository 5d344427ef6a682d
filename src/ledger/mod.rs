//! The ledger: every request is written down before it leaves, and is in the database in the end, exactly once.
//!
//! 1. [`Ledger::open`] puts the intent into the **outbox**, a local SQLite file, through the one **writer**. When it
//!    returns, the death of the process loses nothing; [`Receipt::synced`] adds the power cut.
//! 2. [`Receipt::settle`] says how it ended; a receipt that is dropped says so too.
//! 3. The **relay** takes what ended, in order, to the **journal** (`usage_events`, in PostgreSQL or SQLite), links it
//!    into the chain of this instance, and lets the outbox forget it.
//!
//! A database that is down only makes the outbox grow, up to its bounds; an outbox that cannot be written stops the
//! gateway ([`Unavailable`]), because what is not written down does not leave. A start closes what an earlier life
//! left open as `interrupted`.
//!
//! Of what is written: `signing`, `heads` and `witness` sign the chain as it grows, [`verify()`] and `chains`
//! read it again, [`past`] gives requests back to who explains them, `retention` removes old months, [`person`] serves the rights of a person. The committee's views are
//! left to the room `committee`.

mod batch;
mod chains;
mod durability;
mod error;
mod evidence;
mod file;
mod heads;
mod journal;
mod message;
mod outbox;
pub mod past;
pub mod person;
mod queue;
mod reader;
mod receipt;
mod recorded;
mod relay;
mod retention;
mod room;
mod row;
mod signing;
mod status;
mod stored;
mod verify;
mod witness;
mod writer;

#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

pub use error::{StartError, Trouble, Unavailable};
pub use evidence::{ChainReport, Evidence, Fault, FaultKind, Strict, VerifyError, VerifyReport};
pub use receipt::Receipt;
pub use recorded::{NotRecorded, record};
pub use retention::{COMMENTS as COMMENT_DAYS, DESCRIPTIONS as DESCRIPTION_DAYS, Retention, USES as WORKSPACE_DAYS};
pub use room::{Room, room};
pub use signing::{PublicKeys, Signer};
pub use status::{ChainState, DatabaseState, LedgerStatus};
pub use verify::verify;

use crate::domain::{Clock, Entry, Outcome, Settlement};
use batch::Reply;
use durability::Durability;
use journal::{Address, Journal};
use message::{Message, Outgoing};
use outbox::{Outbox, json};
use queue::Queue;
use relay::{Relay, Size};
use retention::Sweeper;
use status::Gauges;
use witness::Witness;
use writer::{Bounds, Writer};

/// Longest entry, in bytes of its JSON form. A purpose of 16 000 characters fits.
const MAX_ENTRY: usize = 64 * 1024;
/// A disk that takes longer to take an intent is as good as gone for the request that waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a stop waits for the database.
const LAST_CHANCE: Duration = Duration::from_secs(3);

/// Where the ledger writes, and how much it may hold.
#[derive(Clone)]
pub struct LedgerSettings {
    /// `sqlite://path` or `postgres://user@host/db`.
    pub database_url: String,
    /// The outbox file; its folder is made if it is missing. On a disk, never on tmpfs.
    pub outbox: PathBuf,
    /// Name of this gateway, as in the entries; the database's operator sees it beside the connection.
    pub instance: String,
    /// Most requests in the outbox, open or waiting for the database. By default a million: about a day of an outage
    /// at ten requests a second.
    pub outbox_max_rows: u64,
    /// Most bytes of requests in the outbox. By default 2 GiB.
    pub outbox_max_bytes: u64,
    /// Most requests under way. By default 20 000.
    pub max_open: u64,
    /// How long the database may take for a batch before the connection is given up and the batch sent again. By
    /// default 10 s; a whole number of milliseconds, at least one.
    pub database_patience: Duration,
    /// Who signs the heads of the chain; by default nobody.
    pub signer: Option<Arc<Signer>>,
    /// How long a head may wait for its signature. By default a minute.
    pub sign_every: Duration,
    /// How long rows are kept in the database; none: for ever. By default none.
    pub retention: Option<Retention>,
    /// Most rows sent to the database at once, when it is behind. By default 1 024: fewer cost more syncs, more gain
    /// nothing (`benches/ledger.rs`).
    pub relay_rows: usize,
}

impl LedgerSettings {
    /// Settings with the default bounds.
    pub fn new(database_url: impl Into<String>, outbox: impl Into<PathBuf>, instance: impl Into<String>) -> Self {
        Self {
            database_url: database_url.into(),
            outbox: outbox.into(),
            instance: instance.into(),
            outbox_max_rows: 1_000_000,
            outbox_max_bytes: 2 << 30,
            max_open: 20_000,
            database_patience: Duration::from_secs(10),
            signer: None,
            sign_every: Duration::from_secs(60),
            retention: None,
            relay_rows: 1_024,
        }
    }
}

impl std::fmt::Debug for LedgerSettings {
    /// The address may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LedgerSettings")
            .field(
                "database_url",
                &format_args!("{}:…", self.database_url.split(':').next().unwrap_or_default()),
            )
            .field("outbox", &self.outbox)
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}

/// The handle by which requests are written down. Clones share one ledger.
#[derive(Clone)]
pub struct Ledger {
    writer: Outgoing,
    gauges: Arc<Gauges>,
    clock: Clock,
    max_open: u64,
}

/// The work behind a [`Ledger`]. Dropped without [`LedgerTasks::shutdown`], it ends at once, as in a crash.
#[must_use = "dropping the tasks stops the ledger"]
pub struct LedgerTasks {
    ledger: Ledger,
    writer: JoinHandle<()>,
    relay: JoinHandle<()>,
    farewell: mpsc::Sender<oneshot::Sender<()>>,
    syncs: JoinHandle<()>,
    sweeper: Option<JoinHandle<()>>,
}

impl Ledger {
    /// Opens the outbox, closes what an earlier life left open, and starts the writer and the relay. The database may
    /// be down.
    ///
    /// # Errors
    /// The outbox cannot be opened or is another gateway's, or the database address is unreadable.
    pub async fn start(settings: LedgerSettings, clock: Clock) -> Result<(Self, LedgerTasks), StartError> {
        let address = Address::parse(&settings)?;
        let sweeper = settings.retention.clone().map(|retention| Sweeper {
            address: address.clone(),
            retention,
            clock: Arc::clone(&clock),
            signer: settings.signer.clone(),
        });
        let interrupted = Settlement::bare(Outcome::Interrupted, 0);
        let (outbox, found) = Outbox::open(&settings.outbox, &interrupted, clock()).await?;
        let durability = Durability::new(&settings.outbox).map_err(StartError::Folder)?;
        let (outgoing, incoming) = mpsc::unbounded_channel();
        let gauges = Arc::new(Gauges::default());
        gauges.stored.store(found.requests, Relaxed);
        gauges.settled.store(found.requests, Relaxed);
        gauges.bytes.store(found.bytes, Relaxed);
        gauges.oldest.store(found.oldest.unwrap_or_default(), Relaxed);
        gauges.interrupted.store(found.interrupted, Relaxed);
        let queue = Arc::new(Queue::behind(found.last));
        let witness = Witness::new(
            settings.signer,
            &settings.outbox,
            settings.sign_every,
            Arc::clone(&clock),
            Arc::clone(&gauges),
        )?;
        let (farewell, asked) = mpsc::channel(1);

        let writer = Writer {
            outbox,
            last: found.last,
            bounds: Bounds {
                rows: settings.outbox_max_rows,
                bytes: settings.outbox_max_bytes,
            },
            incoming,
            outgoing: outgoing.clone(),
            durability: Arc::clone(&durability),
            queue: Arc::clone(&queue),
            gauges: Arc::clone(&gauges),
            clock: Arc::clone(&clock),
        };
        let relay = Relay {
            address,
            outbox: settings.outbox,
            size: Size::at_most(settings.relay_rows),
            queue,
            writer: outgoing.clone(),
            gauges: Arc::clone(&gauges),
            instance: settings.instance,
            witness,
            farewell: asked,
        };
        let repair = outgoing.clone();
        let ledger = Self {
            writer: outgoing,
            gauges,
            clock,
            max_open: settings.max_open,
        };
        let tasks = LedgerTasks {
            ledger: ledger.clone(),
            writer: tokio::spawn(writer.run()),
            farewell,
            relay: tokio::spawn(relay.run()),
            sweeper: sweeper.map(|sweeper| tokio::spawn(sweeper.run())),
            syncs: tokio::spawn(durability.run(move || drop(repair.send(Message::Repair)))),
        };
        Ok((ledger, tasks))
    }

    /// Gateways that wrote rows into the database, by name, with how many each wrote. Starts nothing.
    ///
    /// # Errors
    /// The database cannot be read; [`Trouble::Other`] where its address cannot.
    pub async fn instances(settings: &LedgerSettings) -> Result<Vec<(String, i64)>, Trouble> {
        let address = Address::parse(settings).map_err(|_| Trouble::Other)?;
        Journal::connect(&address).await?.instances().await
    }

    /// Writes the intent of a request. When it returns, the death of the process loses nothing; the sync to disk goes
    /// on by itself.
    ///
    /// # Errors
    /// The request could not be written down: it must not leave.
    pub async fn open(&self, entry: Entry) -> Result<Receipt, Unavailable> {
        self.ask(entry, |entry, text, reply| Message::Open { entry, text, reply })
            .await
    }

    /// Writes a request that ended without a backend, such as a refusal, opening and ending in one step.
    ///
    /// # Errors
    /// The request could not be written down.
    pub async fn record(&self, entry: Entry, settlement: Settlement) -> Result<(), Unavailable> {
        self.ask(entry, |entry, text, reply| Message::Record {
            entry,
            text,
            settlement,
            reply,
        })
        .await
    }

    async fn ask<T>(
        &self,
        entry: Entry,
        message: impl FnOnce(Box<Entry>, String, Reply<T>) -> Message,
    ) -> Result<T, Unavailable> {
        let text = json(&entry);
        if text.len() > MAX_ENTRY {
            return Err(Unavailable::TooLarge);
        }
        if self.gauges.open.fetch_add(1, Relaxed) >= self.max_open {
            self.gauges.open.fetch_sub(1, Relaxed);
            return Err(Unavailable::TooManyOpen);
        }
        let (reply, answer) = oneshot::channel();
        if self.writer.send(message(Box::new(entry), text, reply)).is_err() {
            self.gauges.open.fetch_sub(1, Relaxed);
            return Err(Unavailable::Stopped);
        }
        match timeout(PATIENCE, answer).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(Unavailable::Stopped),
            Err(_) => Err(Unavailable::TooSlow),
        }
    }

    /// How the ledger is. No I/O.
    pub fn status(&self) -> LedgerStatus {
        self.gauges.status((self.clock)())
    }

    /// Waits until what was settled before this call is in the database; false where `patience` ends first.
    pub async fn flush(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let (reply, committed) = oneshot::channel();
        if self.writer.send(Message::Barrier(reply)).is_err() {
            return false;
        }
        if !matches!(timeout(patience, committed).await, Ok(Ok(()))) {
            return false;
        }
        let target = self.gauges.settled.load(Relaxed);
        while self.gauges.relayed.load(Relaxed) < target {
            if Instant::now() >= deadline {
                return false;
            }
            sleep(Duration::from_millis(5)).await;
        }
        true
    }
}

impl LedgerTasks {
    /// Ends the ledger: nothing new is taken, the relay has a few seconds to empty the outbox, what remains waits on
    /// disk for the next start. True where nothing remains.
    pub async fn shutdown(mut self) -> bool {
        let ledger = self.ledger.clone();
        ledger.gauges.stopping.store(true, Relaxed);
        let empty = ledger.flush(LAST_CHANCE).await;
        if empty {
            // The last head is signed; where the database does not hear of it, the file here does.
            let (reply, signed) = oneshot::channel();
            if self.farewell.send(reply).await.is_ok() {
                let _ = timeout(LAST_CHANCE, signed).await;
            }
        }
        if let Some(sweeper) = &self.sweeper {
            sweeper.abort();
        }
        self.relay.abort();
        let _ = (&mut self.relay).await;
        let _ = ledger.writer.send(Message::Stop);
        let _ = (&mut self.writer).await;
        self.syncs.abort();
        let _ = (&mut self.syncs).await;
        empty
    }
}

impl Drop for LedgerTasks {
    fn drop(&mut self) {
        self.writer.abort();
        self.relay.abort();
        self.syncs.abort();
        if let Some(sweeper) = &self.sweeper {
            sweeper.abort();
        }
    }
}
