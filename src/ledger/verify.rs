//! Verification: reads the chains of a database row by row, with bounded memory, in one snapshot, and names the first
//! row of each that is not what was written.
//!
//! A row is good where its chain value follows from the row before and from its own columns ([`super::row`]). Three
//! things are signed ([`super::signing`]) and weigh as follows. A **head** must agree with the row at its place: whoever
//! owns the database can recompute a whole chain, but not sign it. A **gap** that retention left bridges the rows it
//! names. An **erased** row has the hash it is given instead of its own chain value. Signatures count by keys that are
//! known from elsewhere than the database.

use std::collections::VecDeque;

use sqlx::{AnyConnection, Connection};

use super::{
    chains::{Ahead, Database, FIRST_ID, Gap, PAGE},
    evidence::{ChainReport, Evidence, Fault, FaultKind, VerifyError, VerifyReport},
    heads::SignedHead,
    signing::{PublicKeys, Statement},
    stored::Stored,
};
use crate::schema::{self, Engine, Standing};

/// Verifies every chain of a database. Changes nothing.
///
/// # Errors
/// The database cannot be read.
pub async fn verify(database_url: &str, evidence: &Evidence) -> Result<VerifyReport, VerifyError> {
    let engine = Engine::of(database_url).ok_or(VerifyError::Address)?;
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(database_url).await?;
    match schema::standing(&mut connection, engine).await? {
        Standing::Current => {}
        Standing::Older => return Err(VerifyError::Older),
        Standing::Newer => return Err(VerifyError::Schema(schema::SchemaError::Newer)),
        Standing::Other => return Err(VerifyError::Schema(schema::SchemaError::Other)),
    }
    let begin = match engine {
        Engine::Sqlite => "BEGIN",
        Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    };
    sqlx::query(begin).execute(&mut connection).await?;
    let mut database = Database::new(connection, engine);
    let keys = database.keys().await?;
    let mut instances = database.instances().await?;
    instances.extend(evidence.heads.keys().cloned());
    instances.sort();
    instances.dedup();
    let mut report = VerifyReport {
        unreadable_heads: evidence.torn,
        rows_lost: database.rows_lost().await?,
        ..VerifyReport::default()
    };
    for instance in instances {
        let chain = Chain::new(&mut database, evidence, &keys, instance).await?;
        report.chains.push(chain.verify().await?);
    }
    report.rows = report.chains.iter().map(|chain| chain.rows).sum();
    report.intact = report.chains.iter().all(|chain| chain.fault.is_none());
    Ok(report)
}

/// A chain under verification.
struct Chain<'a> {
    database: &'a mut Database,
    evidence: &'a Evidence,
    /// What the database says are keys.
    claimed: &'a PublicKeys,
    /// Heads that somebody kept elsewhere.
    kept: VecDeque<&'a SignedHead>,
    gaps: VecDeque<Gap>,
    heads: Ahead,
    erased: Ahead,
    report: ChainReport,
    /// The place that comes next, and the chain value on which it stands.
    next: i64,
    before: Vec<u8>,
}

/// What a signature is worth.
#[derive(PartialEq, Eq)]
enum Word {
    /// By a key that is known from elsewhere.
    Vouched,
    /// By a key of which only the database knows.
    Claimed,
    False,
}

impl<'a> Chain<'a> {
    async fn new(
        database: &'a mut Database,
        evidence: &'a Evidence,
        claimed: &'a PublicKeys,
        instance: String,
    ) -> Result<Self, sqlx::Error> {
        let gaps = database.gaps(&instance).await?;
        Ok(Self {
            database,
            evidence,
            claimed,
            kept: evidence.heads.get(&instance).into_iter().flatten().collect(),
            gaps,
            heads: Ahead::heads(),
            erased: Ahead::erased(),
            report: ChainReport {
                instance,
                ..ChainReport::default()
            },
            next: 1,
            before: Vec::new(),
        })
    }

    async fn verify(mut self) -> Result<ChainReport, sqlx::Error> {
        let found = self.walk().await?;
        self.report.fault = found;
        Ok(self.report)
    }

    /// The first fault.
    async fn walk(&mut self) -> Result<Option<Fault>, sqlx::Error> {
        let mut after = (i64::MIN, FIRST_ID.to_owned());
        loop {
            let page = self.database.page(&self.report.instance, &after).await?;
            let Some(last) = page.last() else { break };
            after = (last.seq, last.id.clone());
            for (i, row) in page.iter().enumerate() {
                if let Some(kind) = self.bridge(Some(row.seq)).await? {
                    return Ok(Some(fault(kind, row)));
                }
                if row.seq > self.next {
                    return Ok(Some(Fault {
                        until_seq: Some(row.seq - 1),
                        ..place(FaultKind::Deleted, self.next)
                    }));
                }
                if row.seq < self.next {
                    return Ok(Some(fault(FaultKind::Inserted, row)));
                }
                if let Some(kind) = self.stands(row).await? {
                    let mut window: Vec<&Stored> = page[i..].iter().collect();
                    let more = self.database.page(&self.report.instance, &after).await?;
                    window.extend(&more);
                    let kind = kind.unwrap_or_else(|| self.classify(&window));
                    return Ok(Some(fault(kind, row)));
                }
                self.next += 1;
                self.report.rows += 1;
                self.report.last_seq = row.seq;
                if let Some(found) = self.heads_at(row.seq).await? {
                    return Ok(Some(found));
                }
            }
        }
        if let Some(kind) = self.bridge(None).await? {
            return Ok(Some(place(kind, self.next)));
        }
        self.end().await
    }

    /// Goes over the gaps that begin at the next place, where the row at `seq` does not stand there.
    async fn bridge(&mut self, seq: Option<i64>) -> Result<Option<FaultKind>, sqlx::Error> {
        while self.gaps.front().is_some_and(|gap| gap.first < self.next) {
            self.gaps.pop_front();
        }
        while seq.is_none_or(|seq| seq > self.next)
            && let Some(gap) = self.gaps.pop_front_if(|gap| gap.first == self.next)
        {
            let Some((at, key_id, signature)) = gap.signed else {
                return Ok(Some(FaultKind::Signature));
            };
            let statement = Statement::Gap {
                instance: &self.report.instance,
                first: gap.first,
                last: gap.last,
                chain: &gap.chain,
            };
            let word = self.word(&key_id, &statement, at, &signature);
            if !self.is_believed(word, &key_id) {
                return Ok(Some(FaultKind::Signature));
            }
            self.report.removed += gap.last.abs_diff(gap.first) + 1;
            (self.next, self.before) = (gap.last + 1, gap.chain);
            // Nothing is left to compare the heads of removed rows with, but for the last.
            if self.heads_at(gap.last).await?.is_some() {
                return Ok(Some(FaultKind::Rewritten));
            }
        }
        Ok(None)
    }

    /// Whether a row stands on the one before; if not, what is wrong where that is known.
    async fn stands(&mut self, row: &Stored) -> Result<Option<Option<FaultKind>>, sqlx::Error> {
        let mark = self
            .erased
            .take(&mut self.database.connection, &self.report.instance, row.seq)
            .await?;
        if let Some(mark) = mark {
            let statement = Statement::Erased {
                instance: &self.report.instance,
                seq: mark.seq,
                chain: &mark.chain,
                row_hash: &mark.row_hash,
            };
            let word = self.word(&mark.key_id, &statement, mark.at, &mark.signature);
            if !self.is_believed(word, &mark.key_id) {
                return Ok(Some(Some(FaultKind::Signature)));
            }
            if mark.row_hash != row.hash() || mark.chain != row.chain {
                return Ok(Some(Some(FaultKind::Modified)));
            }
            self.report.erased += 1;
            self.before = mark.chain;
            return Ok(None);
        }
        if row.link(&self.before)[..] != row.chain {
            return Ok(Some(None));
        }
        self.before.clone_from(&row.chain);
        Ok(None)
    }

    /// Compares the heads at a place with the chain value there.
    async fn heads_at(&mut self, seq: i64) -> Result<Option<Fault>, sqlx::Error> {
        let mark = self
            .heads
            .take(&mut self.database.connection, &self.report.instance, seq)
            .await?;
        if let Some(mark) = mark {
            let statement = Statement::Head {
                instance: &self.report.instance,
                seq,
                chain: &mark.chain,
            };
            let word = self.word(&mark.key_id, &statement, mark.at, &mark.signature);
            let vouched = word == Word::Vouched;
            if !self.is_believed(word, &mark.key_id) {
                return Ok(Some(self.at(FaultKind::Signature, seq).await?));
            }
            if let Some(found) = self.compare(seq, &mark.chain, vouched).await? {
                return Ok(Some(found));
            }
        }
        while self.kept.front().is_some_and(|head| head.instance_seq < seq) {
            self.kept.pop_front();
        }
        while let Some(head) = self.kept.pop_front_if(|head| head.instance_seq == seq) {
            let vouched = head.is_signed_by(&self.evidence.keys);
            if !vouched && !head.is_signed_by(self.claimed) {
                return Ok(Some(self.at(FaultKind::Signature, seq).await?));
            }
            let chain = super::signing::unhex(&head.chain).unwrap_or_default();
            if let Some(found) = self.compare(seq, &chain, vouched).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    async fn compare(&mut self, seq: i64, chain: &[u8], vouched: bool) -> Result<Option<Fault>, sqlx::Error> {
        self.report.heads += 1;
        if chain != self.before {
            let first = self.report.vouched_seq + 1;
            let found = self.at(FaultKind::Rewritten, first).await?;
            return Ok(Some(Fault {
                until_seq: Some(seq).filter(|&seq| seq > first),
                ..found
            }));
        }
        if vouched {
            self.report.vouched_seq = seq;
        }
        Ok(None)
    }

    /// After the last row: the head, and what was signed of rows that are not there.
    async fn end(&mut self) -> Result<Option<Fault>, sqlx::Error> {
        let last = self.next - 1;
        let truncated = |until: i64| Fault {
            until_seq: Some(until).filter(|&until| until > last + 1),
            ..place(FaultKind::Truncated, last + 1)
        };
        let beyond = self
            .heads
            .beyond(&mut self.database.connection, &self.report.instance)
            .await?;
        let kept = self.kept.back().map(|head| head.instance_seq);
        let head = self.database.head(&self.report.instance).await?;
        let said = head.as_ref().map(|(seq, _)| *seq);
        if let Some(until) = [beyond, kept, said]
            .into_iter()
            .flatten()
            .max()
            .filter(|&seq| seq > last)
        {
            return Ok(Some(truncated(until)));
        }
        match head {
            Some((seq, chain)) if seq == last && chain == self.before => Ok(None),
            None if last == 0 => Ok(None),
            _ => Ok(Some(self.at(FaultKind::Head, last).await?)),
        }
    }

    /// What a row is that stands nowhere: `rows` are it and those behind it.
    fn classify(&self, rows: &[&Stored]) -> FaultKind {
        let [bad, behind @ ..] = rows else {
            return FaultKind::Modified;
        };
        for (i, other) in behind.iter().enumerate() {
            let here = other.link_at(self.next, &self.before);
            if here[..] == other.chain || here[..] == bad.chain {
                // The other belongs here. Either the two changed places, or this one pushed it away.
                let there = bad.link_at(self.next + 1, &here);
                let swapped = i > 0 || there[..] == bad.chain || there[..] == other.chain;
                return if swapped {
                    FaultKind::Reordered
                } else {
                    FaultKind::Inserted
                };
            }
        }
        // The rows behind fit at a later place: those before were taken out, and the places counted anew.
        let moved = behind
            .first()
            .is_some_and(|next| (1..=PAGE).any(|by| next.link_at(next.seq + by, &bad.chain)[..] == next.chain));
        if moved { FaultKind::Deleted } else { FaultKind::Modified }
    }

    fn word(&self, key_id: &str, statement: &Statement<'_>, at: i64, signature: &[u8]) -> Word {
        if self.evidence.keys.vouch(key_id, statement, at, signature) {
            Word::Vouched
        } else if !self.evidence.keys.has(key_id) && self.claimed.vouch(key_id, statement, at, signature) {
            Word::Claimed
        } else {
            Word::False
        }
    }

    /// A key that only the database knows is believed where nothing better can be asked for, and said.
    fn is_believed(&mut self, word: Word, key_id: &str) -> bool {
        if word == Word::Claimed {
            self.report.unknown_keys.insert(key_id.to_owned());
        }
        word == Word::Vouched || (word == Word::Claimed && !self.evidence.strict.holds_for(&self.report.instance))
    }

    /// A fault at a place, with the row there.
    async fn at(&mut self, kind: FaultKind, seq: i64) -> Result<Fault, sqlx::Error> {
        let before = (seq, FIRST_ID.to_owned());
        let rows = self.database.page(&self.report.instance, &before).await?;
        let row = rows.first().filter(|row| row.seq == seq);
        Ok(row.map_or_else(|| place(kind, seq), |row| fault(kind, row)))
    }
}

fn place(kind: FaultKind, instance_seq: i64) -> Fault {
    Fault {
        kind,
        instance_seq,
        until_seq: None,
        id: None,
        occurred_at_ms: None,
    }
}

fn fault(kind: FaultKind, row: &Stored) -> Fault {
    Fault {
        id: Some(row.id.clone()),
        occurred_at_ms: row.occurred_at,
        ..place(kind, row.seq)
    }
}
