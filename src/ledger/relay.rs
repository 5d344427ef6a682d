//! The relay: takes what waits, in order, to the journal. For ever: a database that is down, hung, full or restarted
//! only makes it wait.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};

use super::{
    batch::Relayed,
    error::Trouble,
    journal::{Address, Journal},
    message::{Message, Outgoing},
    queue::{Next, Queue},
    reader::{Reader, Waiting},
    row::{Head, Row},
    status::Gauges,
    witness::Witness,
};

/// Rows of one batch, while the database keeps up.
const BATCH: usize = 256;
/// Fewest rows of one batch, where the database is slow.
const SMALLEST: usize = 16;
/// How long the first row waits for company: a batch costs one sync of the database.
const GATHER: Duration = Duration::from_millis(25);
/// First pause after a failure; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often an idle database is asked for a sign of life.
const PING: Duration = Duration::from_secs(5);

pub(super) struct Relay {
    pub(super) address: Address,
    pub(super) outbox: PathBuf,
    /// Rows of one batch.
    pub(super) size: Size,
    pub(super) queue: Arc<Queue>,
    pub(super) writer: Outgoing,
    pub(super) gauges: Arc<Gauges>,
    /// The instance of new rows.
    pub(super) instance: String,
    pub(super) witness: Witness,
    /// Asks for a last signature.
    pub(super) farewell: mpsc::Receiver<oneshot::Sender<()>>,
}

/// A connection and what is known of the journal behind it.
struct Line {
    journal: Journal,
    /// The instance whose chain is being written, and where that chain stands.
    head: Option<(String, Head)>,
    /// The fate of the last batch before this line is unknown: what comes next may already be there.
    uncertain: bool,
}

impl Relay {
    /// Relays until it is dropped.
    pub(super) async fn run(mut self) {
        let mut line = None;
        let mut reader = None;
        loop {
            let batch = self.next(&mut line, &mut reader).await;
            let relayed = Relayed {
                numbers: batch.iter().flat_map(|row| [row.settles, row.n]).collect(),
                requests: batch.len() as u64,
                bytes: batch.iter().map(|row| row.bytes).sum(),
            };
            self.deliver(&mut line, batch).await;
            self.count(&relayed);
            // Nobody listens any more only while the process ends; the next start finds the rows in the journal.
            let _ = self.writer.send(Message::Relayed(relayed));
        }
    }

    /// The next batch, never empty. While there is none, keeps an eye on the database.
    async fn next(&mut self, line: &mut Option<Line>, reader: &mut Option<Reader>) -> Vec<Waiting> {
        loop {
            match self.queue.next(self.size.now.min(BATCH)) {
                Next::Rows(rows) => {
                    *reader = None;
                    return rows;
                }
                Next::Outbox(first, last) => match self.read(reader, first, last, self.size.now).await {
                    Ok(rows) if rows.is_empty() => {}
                    Ok(rows) => return rows,
                    Err(_) => {
                        *reader = None;
                        tracing::error!("the outbox cannot be read");
                        sleep(LONGEST_PAUSE).await;
                    }
                },
                Next::Nothing => {
                    *reader = None;
                    self.watch(line).await;
                }
            }
        }
    }

    async fn read(
        &self,
        reader: &mut Option<Reader>,
        first: i64,
        last: i64,
        limit: usize,
    ) -> Result<Vec<Waiting>, sqlx::Error> {
        let open = match reader.take() {
            Some(open) => open,
            None => Reader::open(&self.outbox).await?,
        };
        let open = reader.insert(open);
        let rows = open.waiting(first, last, limit).await?;
        // Fewer than asked for: no row up to `last` is left to find.
        let full = rows.last().filter(|_| rows.len() == limit);
        self.queue.read_up_to(full.map_or(last, |row| row.n));
        Ok(rows)
    }

    /// Waits for rows. The first waits a little for others.
    async fn watch(&mut self, line: &mut Option<Line>) {
        if line.is_none() {
            let connected = self.connect().await;
            self.report(connected.as_ref().map(|_| ()).map_err(|trouble| *trouble));
            *line = connected.ok();
        }
        let queue = Arc::clone(&self.queue);
        tokio::select! {
            arrived = timeout(PING.min(self.witness.every), queue.arrival()) => if arrived.is_ok() {
                if queue.len() < BATCH {
                    sleep(GATHER).await;
                }
                return;
            },
            Some(reply) = self.farewell.recv() => {
                self.sign(line).await;
                let _ = reply.send(());
                return;
            }
        }
        if let Some(open) = line
            && let Err(trouble) = open.journal.ping().await
        {
            self.report(Err(trouble));
            *line = None;
        }
        if self.witness.is_due() {
            self.sign(line).await;
        }
    }

    /// Signs the head of the chain. What the database did not take is given to it with the next one.
    async fn sign(&mut self, line: &mut Option<Line>) {
        if let Some(open) = line
            && let Err(trouble) = self.witness.sign(&mut open.journal).await
        {
            self.report(Err(trouble));
            *line = None;
        }
    }

    /// Takes a batch to the journal, however long it takes.
    async fn deliver(&mut self, line: &mut Option<Line>, batch: Vec<Waiting>) {
        if let Some(first) = batch.first() {
            self.gauges.oldest.store(first.settled_at, Relaxed);
        }
        let mut rows: Vec<Row> = batch
            .into_iter()
            .map(|waiting| Row::new(waiting.entry, waiting.settlement))
            .collect();
        let mut pause = FIRST_PAUSE;
        while let Err(trouble) = self.attempt(line, &mut rows).await {
            *line = None;
            if trouble == Trouble::TimedOut {
                self.size.shrink();
            }
            self.gauges.retries.fetch_add(1, Relaxed);
            self.report(Err(trouble));
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.size.grow();
        self.report(Ok(()));
        if self.witness.is_due() {
            self.sign(line).await;
        }
    }

    async fn attempt(&mut self, line: &mut Option<Line>, rows: &mut Vec<Row>) -> Result<(), Trouble> {
        let open = match line.take() {
            Some(open) => open,
            None => self.connect().await?,
        };
        line.insert(open).send(rows, self.size.now, &mut self.witness).await
    }

    async fn connect(&mut self) -> Result<Line, Trouble> {
        let mut journal = Journal::connect(&self.address).await?;
        self.witness
            .compare(&self.instance, &journal.head(&self.instance).await?);
        Ok(Line {
            journal,
            head: None,
            uncertain: true,
        })
    }

    fn count(&self, relayed: &Relayed) {
        self.gauges.relayed.fetch_add(relayed.requests, Relaxed);
        let next = self.queue.oldest();
        if self.gauges.waiting() == 0 {
            self.gauges.oldest.store(0, Relaxed);
        } else if let Some(oldest) = next {
            self.gauges.oldest.store(oldest, Relaxed);
        }
    }

    /// Keeps the state of the database, and logs it when it changes.
    fn report(&self, state: Result<(), Trouble>) {
        if self.gauges.set_database(state) {
            let waiting = self.gauges.waiting();
            match state {
                Ok(()) => tracing::info!(waiting, "the database takes rows"),
                Err(trouble) => tracing::warn!(
                    why = trouble.code(),
                    waiting,
                    "the database takes no rows, the outbox keeps them"
                ),
            }
        }
    }
}

/// How many rows the database is sent at once: many, because each batch costs it a sync; fewer where they do not
/// arrive in time, so that a slow database still takes some.
pub(super) struct Size {
    now: usize,
    most: usize,
}

impl Size {
    pub(super) fn at_most(rows: usize) -> Self {
        Self { now: rows, most: rows }
    }

    fn shrink(&mut self) {
        self.now = (self.now / 4).max(SMALLEST);
    }

    fn grow(&mut self) {
        self.now = (self.now + self.now / 4).min(self.most);
    }
}

impl Line {
    /// Sends rows in order; those that arrived leave `rows`, so that a second attempt goes on where the first ended.
    async fn send(&mut self, rows: &mut Vec<Row>, most: usize, witness: &mut Witness) -> Result<(), Trouble> {
        if self.uncertain {
            let present = self.journal.present(rows).await?;
            rows.retain(|row| !present.contains(&row.entry.id.0));
        }
        while let Some(first) = rows.first() {
            let instance = first.entry.instance.clone();
            let run = rows.iter().take(most);
            let run = run.take_while(|row| row.entry.instance == instance).count();
            if witness.is_of_another(&instance) {
                witness.sign(&mut self.journal).await?;
            }
            let before = self.head(&instance).await?;
            let mut after = before.clone();
            rows[..run].iter_mut().for_each(|row| row.link(&mut after));
            if !self.journal.append(&rows[..run], &before, &after).await? {
                // Somebody moved the head: an attempt of ours that was given up and went through after all, or another
                // gateway of the same name. Look again before going on.
                return Err(Trouble::Other);
            }
            witness.written(&instance, &after, run as u64);
            self.head = Some((instance, after));
            rows.drain(..run);
            self.uncertain = false;
        }
        Ok(())
    }

    async fn head(&mut self, instance: &str) -> Result<Head, Trouble> {
        match &self.head {
            Some((name, head)) if name == instance => Ok(head.clone()),
            _ => self.journal.head(instance).await,
        }
    }
}
