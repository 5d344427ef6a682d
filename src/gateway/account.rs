//! The account of one request that left: what it costs in time and tokens, settled exactly once.
//!
//! However a request ends (the whole answer, a caller who leaves, a backend that dies, a bug), the account is either
//! settled with a word or dropped, and dropping settles it too: one message to the ledger, no work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::dialect::{Budget, Report};
use crate::domain::{MentionForm, Outcome, Settlement, Tokens};
use crate::ledger::{Receipt, Unavailable};
use crate::limits::Reservation;
use crate::policy::Limits;

use super::answers::Seen;
use super::costs::Costs;
use super::spending;

/// How many times the tokens that an answer may have are surely too many: where the backend does not tell, they are reckoned
/// from the length of its text, and an answer that keeps to its bound must not be cut.
const DOUBT: u64 = 2;

/// One request on its way.
pub(super) struct Account {
    receipt: Option<Receipt>,
    reservation: Reservation,
    started: Instant,
    /// Time the caller took to send the body.
    received: Duration,
    /// Bytes of the prompt.
    prompt: usize,
    contacted: Option<Instant>,
    heard: Option<Instant>,
    released: Option<Instant>,
    /// Status the caller sees.
    pub(super) status: u16,
    /// What the answer turned out to be, so far.
    pub(super) report: Report,
    /// The answer is whole, should the caller leave now.
    pub(super) whole: bool,
    /// Tokens beyond which it is surely longer than the policy lets one answer be.
    most: Option<u64>,
    /// It was ended where its budget was.
    pub(super) spent: bool,
    /// What is found in the answer, where it is looked at.
    pub(super) seen: Option<Seen>,
    /// How what was answered is reckoned, once a backend has answered.
    pub(super) costs: Option<Arc<Costs>>,
}

impl Account {
    pub(super) fn new(
        receipt: Receipt,
        reservation: Reservation,
        started: Instant,
        received: Duration,
        prompt: usize,
    ) -> Self {
        Self {
            receipt: Some(receipt),
            reservation,
            started,
            received,
            prompt,
            contacted: None,
            heard: None,
            released: None,
            status: 499, // nginx's word for a caller who left before an answer
            report: Report::default(),
            whole: false,
            most: None,
            spent: false,
            seen: None,
            costs: None,
        }
    }

    /// A backend is about to be contacted.
    pub(super) fn contact(&mut self) {
        self.contacted.get_or_insert_with(Instant::now);
    }

    /// A backend has answered.
    pub(super) fn hear(&mut self) {
        self.heard = Some(Instant::now());
    }

    /// The first byte of the answer is handed over.
    pub(super) fn release(&mut self) {
        self.released.get_or_insert_with(Instant::now);
    }

    /// Waits until the request is on disk, which it must be before anything of its answer is released.
    pub(super) async fn synced(&mut self) -> Result<(), Unavailable> {
        match &mut self.receipt {
            Some(receipt) => receipt.synced().await,
            None => Ok(()),
        }
    }

    /// Time in the gateway itself, so far: before a backend was contacted and since it answered.
    pub(super) fn overhead(&self) -> Duration {
        let before = self
            .contacted
            .map_or(Duration::ZERO, |at| at.duration_since(self.started));
        let after = self.heard.map_or(Duration::ZERO, |at| {
            self.released.unwrap_or_else(Instant::now).duration_since(at)
        });
        (before + after).saturating_sub(self.received)
    }

    /// Time waited for backends.
    pub(super) fn upstream(&self) -> Option<Duration> {
        Some(self.heard?.duration_since(self.contacted?))
    }

    /// How long the answer may become before it passes a bound on tokens or euros, or is `most` tokens long beyond doubt:
    /// the backend was told of that bound, and is stopped where it does not keep it. None where nothing bounds it.
    pub(super) fn budget(&mut self, most: Option<u64>) -> Option<Budget> {
        self.most = most.map(|most| most.saturating_mul(DOUBT));
        Some(Budget {
            left: self.reservation.left().into_iter().chain(self.most).min()?,
            tokens: spending::tokens,
        })
    }

    /// The rule that bounds its length.
    fn bound(&self) -> Option<String> {
        match (self.most, self.reservation.left()) {
            (Some(most), left) if left.is_none_or(|left| most < left) => Some("limits.max_output_tokens".to_owned()),
            _ => self.reservation.tightest(),
        }
    }

    /// The end.
    pub(super) fn settle(mut self, outcome: Outcome) {
        self.close(outcome);
    }

    fn close(&mut self, outcome: Outcome) {
        let Some(receipt) = self.receipt.take() else { return };
        if let Some(costs) = &self.costs {
            costs.end();
        }
        let tokens = self.tokens();
        let failed = matches!(outcome, Outcome::UpstreamError | Outcome::Interrupted) && self.report.length == 0;
        let mut settlement = Settlement {
            outcome,
            http_status: self.status,
            mention: if failed { MentionForm::None } else { self.report.mention },
            tokens,
            duration_ms: milliseconds(self.started.elapsed()),
            first_token_ms: self.released.map(|at| milliseconds(at.duration_since(self.started))),
            upstream_ms: self.upstream().map(milliseconds),
            overhead_us: u64::try_from(self.overhead().as_micros()).ok(),
            energy_kwh: None,
            co2e_kg: None,
            cost_eur: None,
            footprint_version: None,
            answer_findings: self.seen.as_ref().map(|seen| seen.counts()).unwrap_or_default(),
            rule: if self.spent { self.bound() } else { None },
        };
        if let Some(costs) = &self.costs {
            let shown = self.report.length > 0 || self.report.tokens.output.is_some();
            costs.settle(&tokens, shown, &mut settlement);
        }
        let spent = tokens.input.unwrap_or(0).saturating_add(tokens.output.unwrap_or(0));
        let euros = settlement.cost_eur.map_or(0, Limits::nano_euros);
        std::mem::take(&mut self.reservation).settle(spent, euros);
        receipt.settle(settlement);
    }

    /// As the backend counted, or from the length of the texts.
    fn tokens(&self) -> Tokens {
        let told = self.report.tokens;
        if self.heard.is_none() || (told.input.is_some() && (told.output.is_some() || self.report.length == 0)) {
            return told;
        }
        let estimate = |bytes: usize| Some(spending::tokens(bytes));
        Tokens {
            input: told.input.or_else(|| estimate(self.prompt)),
            output: told.output.or_else(|| estimate(self.report.length)),
            estimated: true,
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let outcome = match self.whole {
            _ if std::thread::panicking() => Outcome::Interrupted,
            true => Outcome::Completed,
            false => Outcome::ClientGone,
        };
        self.close(outcome);
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
