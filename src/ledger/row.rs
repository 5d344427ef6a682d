//! One row of `usage_events`: its columns, its canonical bytes, its place in the chain.
//!
//! The columns stand in one table here ([`COLUMNS`], [`Row::values`]); both engines and the chain read it.
//!
//! **Canonical form.** The line `gardefou-usage-1\n`, then for each column of [`COLUMNS`] but `chain`, in that order
//! and where it is not NULL: name, `=`, length of the value in bytes, `:`, value, `\n`. Values: text as UTF-8;
//! integers in decimal; booleans `0` or `1`; instants as milliseconds since 1970 in decimal; UUIDs in lower-case
//! hexadecimal with hyphens; counts as a JSON object without spaces, keys in byte order; reals as the 16 hexadecimal
//! digits of their IEEE 754 bits, so that nobody has to agree on rounding. A column that is added later is NULL in
//! older rows and so does not disturb them.
//!
//! **Chain.** `chain = SHA-256(previous chain ‖ canonical form)`, the previous one of the first row being empty.
//! Chains are per instance; `instance_seq` counts from 1 and is part of the canonical form.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::{Counts, Entry, Outcome, Settlement};

/// The columns of contract §8 in its order, then the place in the chain, then what was added later.
pub(super) const COLUMNS: [&str; 36] = [
    "id",
    "occurred_at",
    "caller",
    "direction",
    "tool",
    "tool_level",
    "model",
    "dialect",
    "endpoint",
    "stream",
    "purpose",
    "decision",
    "rule",
    "findings",
    "finding_types",
    "mention",
    "http_status",
    "outcome",
    "input_tokens",
    "output_tokens",
    "tokens_estimated",
    "duration_ms",
    "first_token_ms",
    "upstream_ms",
    "overhead_us",
    "energy_kwh_min",
    "energy_kwh_max",
    "co2e_kg_min",
    "co2e_kg_max",
    "cost_eur",
    "policy_hash",
    "charter_version",
    "instance",
    "chain",
    "instance_seq",
    "footprint_version",
];

/// 9999-12-31T23:59:59.999Z.
const LAST_INSTANT: i64 = 253_402_300_799_999;

/// A value of a column, before an engine gives it its own type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Text(&'a str),
    Integer(i64),
    Boolean(bool),
    Real(f64),
    /// Milliseconds since 1970.
    Instant(i64),
    Uuid(Uuid),
    /// A JSON object of counts, canonical.
    Counts(&'a str),
    Bytes(&'a [u8]),
}

/// Where the chain of an instance stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) seq: i64,
    /// Empty before the first row.
    pub(super) chain: Vec<u8>,
}

/// A request that ended, ready for the journal.
pub(super) struct Row {
    pub(super) entry: Box<Entry>,
    pub(super) settlement: Settlement,
    pub(super) findings: String,
    pub(super) finding_types: String,
    pub(super) seq: i64,
    pub(super) chain: [u8; 32],
}

impl Row {
    /// A row outside any chain yet.
    pub(super) fn new(mut entry: Box<Entry>, mut settlement: Settlement) -> Self {
        let answer = settlement.answer_findings.iter();
        entry
            .findings
            .extend(answer.map(|(class, count)| (format!("answer:{class}"), *count)));
        entry.rule = settlement.rule.take().or(entry.rule);
        for text in texts(&mut entry).chain(&mut settlement.footprint_version) {
            // PostgreSQL holds no NUL in text, and one such row would stop all those behind it.
            if text.contains('\0') {
                *text = text.replace('\0', "\u{FFFD}");
            }
        }
        for counts in [&mut entry.findings, &mut entry.finding_types] {
            if counts.keys().any(|name| name.contains('\0')) {
                *counts = std::mem::take(counts)
                    .into_iter()
                    .map(|(k, n)| (k.replace('\0', "\u{FFFD}"), n))
                    .collect();
            }
        }
        let (findings, finding_types) = (counts(&entry.findings), counts(&entry.finding_types));
        Self {
            entry,
            settlement,
            findings,
            finding_types,
            seq: 0,
            chain: [0; 32],
        }
    }

    /// Makes this row the next of a chain and moves the head onto it.
    pub(super) fn link(&mut self, head: &mut Head) {
        self.seq = head.seq + 1;
        self.chain = link(&head.chain, &self.canonical());
        head.seq = self.seq;
        head.chain = self.chain.to_vec();
    }

    /// When the request arrived, in milliseconds since 1970. No engine refuses an instant between 1970 and 9999, so no
    /// row is refused for its instant.
    pub(super) fn instant(&self) -> i64 {
        self.entry.occurred_at.0.clamp(0, LAST_INSTANT)
    }

    /// Status the caller saw; an ending nobody saw has none, and what HTTP does not know is none.
    pub(super) fn http_status(&self) -> Option<i64> {
        Some(i64::from(self.settlement.http_status)).filter(|status| (100..1000).contains(status))
    }

    /// Unknown where the process died, since nobody was there to measure.
    pub(super) fn duration_ms(&self) -> Option<i64> {
        let lost = self.settlement.outcome == Outcome::Interrupted && self.settlement.duration_ms == 0;
        (!lost).then(|| integer(self.settlement.duration_ms))
    }

    /// The values of [`COLUMNS`].
    pub(super) fn values(&self) -> [Value<'_>; COLUMNS.len()] {
        use Value::{Boolean, Bytes, Instant, Integer, Text};
        let (e, s) = (&self.entry, &self.settlement);
        [
            Value::Uuid(e.id.0),
            Instant(self.instant()),
            Text(&e.caller),
            text(&e.direction),
            text(&e.tool),
            e.tool_level.map_or(Value::Null, |level| Integer(i64::from(level))),
            text(&e.model),
            Text(&e.dialect),
            Text(&e.endpoint),
            Boolean(e.stream),
            text(&e.purpose),
            Text(e.decision.name()),
            text(&e.rule),
            Value::Counts(&self.findings),
            Value::Counts(&self.finding_types),
            Text(s.mention.name()),
            self.http_status().map_or(Value::Null, Integer),
            Text(s.outcome.name()),
            count(s.tokens.input),
            count(s.tokens.output),
            Boolean(s.tokens.estimated),
            self.duration_ms().map_or(Value::Null, Integer),
            count(s.first_token_ms),
            count(s.upstream_ms),
            count(s.overhead_us),
            real(s.energy_kwh.map(|(least, _)| least)),
            real(s.energy_kwh.map(|(_, most)| most)),
            real(s.co2e_kg.map(|(least, _)| least)),
            real(s.co2e_kg.map(|(_, most)| most)),
            real(s.cost_eur),
            Text(&e.policy_hash),
            Text(&e.charter_version),
            Text(&e.instance),
            Bytes(&self.chain),
            Integer(self.seq),
            text(&s.footprint_version),
        ]
    }

    /// The bytes that are hashed. See the head of this file.
    fn canonical(&self) -> Vec<u8> {
        let mut canonical = Canonical::default();
        for (name, value) in COLUMNS.into_iter().zip(self.values()) {
            canonical.put(name, value);
        }
        canonical.bytes
    }
}

/// The bytes that are hashed, column by column. See the head of this file.
pub(super) struct Canonical {
    pub(super) bytes: Vec<u8>,
}

impl Default for Canonical {
    fn default() -> Self {
        let mut bytes = Vec::with_capacity(1536);
        bytes.extend_from_slice(b"gardefou-usage-1\n");
        Self { bytes }
    }
}

impl Canonical {
    /// The next of [`COLUMNS`].
    pub(super) fn put(&mut self, name: &str, value: Value<'_>) {
        let (bytes, mut digits) = (&mut self.bytes, [0; 20]);
        match value {
            Value::Null | Value::Bytes(_) => {}
            Value::Text(text) | Value::Counts(text) => field(bytes, name, text.as_bytes()),
            Value::Integer(n) | Value::Instant(n) => field(bytes, name, decimal(n, &mut digits)),
            Value::Boolean(b) => field(bytes, name, if b { b"1" } else { b"0" }),
            Value::Real(x) => field(bytes, name, format!("{:016x}", x.to_bits()).as_bytes()),
            Value::Uuid(id) => field(
                bytes,
                name,
                id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes(),
            ),
        }
    }
}

/// The chain value of a row that stands on `before`.
pub(super) fn link(before: &[u8], canonical: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(before);
    hash.update(canonical);
    hash.finalize().into()
}

fn field(bytes: &mut Vec<u8>, name: &str, value: &[u8]) {
    let length = i64::try_from(value.len()).unwrap_or(i64::MAX);
    let mut digits = [0; 20];
    for part in [name.as_bytes(), b"=", decimal(length, &mut digits), b":", value, b"\n"] {
        bytes.extend_from_slice(part);
    }
}

/// Decimal digits without an allocation: a row has thirty numbers.
fn decimal(n: i64, digits: &mut [u8; 20]) -> &[u8] {
    let mut left = n.unsigned_abs();
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if n < 0 {
        first -= 1;
        digits[first] = b'-';
    }
    &digits[first..]
}

/// Every text of an entry that did not come from a closed list of ours.
fn texts(entry: &mut Entry) -> impl Iterator<Item = &mut String> {
    let always = [
        &mut entry.caller,
        &mut entry.dialect,
        &mut entry.endpoint,
        &mut entry.policy_hash,
        &mut entry.charter_version,
        &mut entry.instance,
    ];
    let sometimes = [
        &mut entry.direction,
        &mut entry.tool,
        &mut entry.model,
        &mut entry.purpose,
        &mut entry.rule,
    ];
    always.into_iter().chain(sometimes.into_iter().flatten())
}

fn counts(counts: &Counts) -> String {
    serde_json::to_string(counts).expect("a map of strings to numbers has a JSON form, and memory does not fail")
}

fn text(value: &Option<String>) -> Value<'_> {
    value.as_deref().map_or(Value::Null, Value::Text)
}

fn real(value: Option<f64>) -> Value<'static> {
    // NaN and infinities are no figures; PostgreSQL would take them and sums would be lost in them. Beyond 1e100 its
    // counts overflow, and one such row would stop all those behind it. SQLite keeps no sign of a zero, so there is none
    // to hash.
    let figure = value.filter(|x| x.abs() < 1e100);
    figure.map_or(Value::Null, |x| Value::Real(x + 0.0))
}

fn count(value: Option<u64>) -> Value<'static> {
    value.map_or(Value::Null, |n| Value::Integer(integer(n)))
}

/// The columns hold 32 bits with a sign: more tokens than any model takes, 24 days in milliseconds.
fn integer(n: u64) -> i64 {
    i64::from(i32::try_from(n).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_those_of_rust() {
        for n in [0, 1, 9, 10, 99, 1_700_000_000_123, i64::MAX, -1, -10, i64::MIN] {
            assert_eq!(decimal(n, &mut [0; 20]), n.to_string().as_bytes());
        }
    }
}
