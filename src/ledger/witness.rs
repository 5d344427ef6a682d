//! The witness of the chain: signs the head the relay has written, and looks whether the database still has what it had.
//!
//! A head is signed a minute after the last one, or ten thousand rows, and at a stop; a tail that has become quiet too.
//! The signature goes to `heads.jsonl` first and to the database after that, so the local file never knows less than
//! the database. When the relay connects, a head of the database that is behind the last one known here means that rows
//! were lost, whoever took them: the log says so, [`ChainState::Behind`] stays until `heads.jsonl` is put away, and
//! service goes on. What was added between the last signature and a start is vouched for by nobody until then.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    error::{StartError, Trouble},
    heads::{HeadsFile, SignedHead},
    journal::Journal,
    row::Head,
    signing::{Signer, hex},
    status::{ChainState, Gauges},
};
use crate::domain::Clock;

/// Rows after which a head is signed, however short ago the last one was.
const ROWS: u64 = 10_000;

/// A head that nobody signed yet.
struct Unsigned {
    instance: String,
    head: Head,
    rows: u64,
    since: Instant,
}

pub(super) struct Witness {
    signer: Option<Arc<Signer>>,
    /// None while a blocking task writes it, and where nothing is signed.
    file: Option<HeadsFile>,
    pub(super) every: Duration,
    unsigned: Option<Unsigned>,
    /// The last head this process wrote or found.
    known: Option<(String, Head)>,
    /// Signed and kept here; the database has not heard of it yet.
    owed: Vec<SignedHead>,
    clock: Clock,
    gauges: Arc<Gauges>,
}

impl Witness {
    /// # Errors
    /// The file of the heads cannot be read.
    pub(super) fn new(
        signer: Option<Arc<Signer>>,
        outbox: &Path,
        every: Duration,
        clock: Clock,
        gauges: Arc<Gauges>,
    ) -> Result<Self, StartError> {
        let file = match signer {
            Some(_) => Some(HeadsFile::open(outbox).map_err(StartError::Heads)?),
            None => None,
        };
        if let Some(file) = &file {
            gauges
                .signed_at
                .store(file.last_signed_at().unwrap_or_default(), Relaxed);
        } else {
            gauges.set_chain(ChainState::Unsigned);
        }
        Ok(Self {
            signer,
            file,
            every,
            unsigned: None,
            known: None,
            owed: Vec::new(),
            clock,
            gauges,
        })
    }

    /// Compares the head that a database tells with what is known here.
    pub(super) fn compare(&mut self, instance: &str, head: &Head) {
        let Some(file) = &self.file else { return };
        let kept = file.last(instance).map(|last| (last.instance_seq, last.chain.clone()));
        let written = self.known.as_ref().filter(|(name, _)| name == instance);
        let written = written.map(|(_, head)| (head.seq, hex(&head.chain)));
        let expected = kept.clone().max(written);
        let differs =
            expected.is_some_and(|(seq, chain)| head.seq < seq || (head.seq == seq && hex(&head.chain) != chain));
        if differs || file.went_back(instance) {
            self.gauges.set_chain(ChainState::Behind);
            tracing::error!(
                instance,
                "the database lost rows of the ledger: its chain is behind the heads signed here; \
                 `gardefou ledger verify --heads heads.jsonl` says which"
            );
        } else {
            self.gauges.set_chain(ChainState::Whole);
        }
        let signed = kept.is_some_and(|(seq, chain)| seq == head.seq && hex(&head.chain) == chain);
        if head.seq > 0 && !signed && self.unsigned.is_none() {
            self.written(instance, head, 0);
        }
        self.known = Some((instance.to_owned(), head.clone()));
    }

    /// So many rows more are in the database, and the chain stands there.
    pub(super) fn written(&mut self, instance: &str, head: &Head, rows: u64) {
        if self.signer.is_none() {
            return;
        }
        self.known = Some((instance.to_owned(), head.clone()));
        match &mut self.unsigned {
            Some(unsigned) if unsigned.instance == instance => {
                unsigned.head = head.clone();
                unsigned.rows += rows;
            }
            _ => {
                self.unsigned = Some(Unsigned {
                    instance: instance.to_owned(),
                    head: head.clone(),
                    rows,
                    since: Instant::now(),
                });
            }
        }
    }

    /// It is time to sign, or to tell the database what was signed.
    pub(super) fn is_due(&self) -> bool {
        !self.owed.is_empty()
            || self
                .unsigned
                .as_ref()
                .is_some_and(|unsigned| unsigned.rows >= ROWS || unsigned.since.elapsed() >= self.every)
    }

    /// The chain of another instance comes next: what is left of this one is signed first.
    pub(super) fn is_of_another(&self, instance: &str) -> bool {
        self.unsigned
            .as_ref()
            .is_some_and(|unsigned| unsigned.instance != instance)
    }

    /// Signs what is not signed yet.
    ///
    /// # Errors
    /// The database did not take it; it is owed, and given with the next one. A local file that cannot be written only
    /// makes the age of the last signature grow.
    pub(super) async fn sign(&mut self, journal: &mut Journal) -> Result<(), Trouble> {
        let Some(signer) = self.signer.clone() else {
            return Ok(());
        };
        if let Some(unsigned) = self.unsigned.take() {
            let signed = SignedHead::new(&unsigned.instance, &unsigned.head, &signer, (self.clock)().0);
            match self.keep(signed.clone()).await {
                Ok(()) => {
                    self.gauges.signed_at.store(signed.signed_at_ms, Relaxed);
                    self.owed.push(signed);
                }
                Err(error) => {
                    tracing::error!(why = %error.kind(), "a signed head of the chain cannot be kept beside the outbox");
                    self.unsigned = Some(Unsigned {
                        since: Instant::now(),
                        rows: 0,
                        ..unsigned
                    });
                }
            }
        }
        while let Some(signed) = self.owed.first() {
            journal.keep_head(signed, signer.public_key()).await?;
            self.owed.remove(0);
        }
        Ok(())
    }

    /// Writes the local file, where a slow disk keeps nobody waiting.
    async fn keep(&mut self, signed: SignedHead) -> std::io::Result<()> {
        let Some(mut file) = self.file.take() else {
            return Err(std::io::ErrorKind::NotFound.into());
        };
        let (file, done) = tokio::task::spawn_blocking(move || {
            let done = file.append(signed);
            (file, done)
        })
        .await
        .map_err(std::io::Error::other)?;
        self.file = Some(file);
        done
    }
}
