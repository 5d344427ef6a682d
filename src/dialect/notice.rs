//! The notice that stands before the first answer to a citizen: they talk to an AI (AI Act, art. 50(1): at the latest
//! when the interaction begins), and how it is taken out again.
//!
//! It opens the first text that a reader sees of each candidate, once. It is put where words are changed, after
//! them, so the detector never reads it; no event is added for it and none waits. Like the mention, it comes back in
//! the history of the conversation and must go, or the model writes it itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::table::{Rule, Shape};

/// What the policy says must stand before the first answer to a citizen.
#[derive(Clone, Debug)]
pub struct Notice {
    text: String,
    /// The text and a blank line.
    opening: String,
    /// The same, as they stand inside a JSON string.
    escaped: Vec<u8>,
}

impl Notice {
    /// From the words of the policy.
    pub fn new(text: &str) -> Self {
        let opening = format!("{text}\n\n");
        let quoted = serde_json::Value::from(opening.as_str()).to_string();
        Self {
            text: text.to_owned(),
            escaped: quoted.as_bytes()[1..quoted.len() - 1].to_vec(),
            opening,
        }
    }

    /// Where it stands in a text, with the white space after it.
    pub fn places<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        let mut from = 0;
        std::iter::from_fn(move || {
            if self.text.is_empty() {
                return None;
            }
            let start = from + text[from..].find(&self.text)?;
            let after = start + self.text.len();
            from = text.len() - text[after..].trim_start().len();
            Some(start..from)
        })
    }
}

/// The notice on its way into one answer.
#[derive(Debug)]
pub(super) struct Opening {
    notice: Notice,
    /// The answer has a list of candidates; else what is numbered are parts of the only one.
    several: bool,
    /// The candidates that have it, each with the number of the text where it stands.
    told: BTreeMap<u64, u64>,
    /// The kinds of events that told that text again.
    again: BTreeSet<String>,
}

impl Opening {
    /// Not told yet.
    pub(super) fn new(shape: &Shape, notice: Notice) -> Self {
        Self {
            notice,
            several: shape.rule(shape.root()) != Rule::Candidate,
            told: BTreeMap::new(),
            again: BTreeSet::new(),
        }
    }

    /// It stands in a text.
    pub(super) fn is_told(&self) -> bool {
        !self.told.is_empty()
    }

    /// Bytes that it added to texts, so far.
    pub(super) fn length(&self) -> usize {
        self.told.len() * self.notice.opening.len()
    }

    /// Before a text, or a piece of one, that is not empty: the words that open it, if it is the first.
    pub(super) fn before(&mut self, number: u64) -> Option<&Notice> {
        let candidate = if self.several { number } else { 0 };
        let first = !self.told.contains_key(&candidate);
        self.told.entry(candidate).or_insert(number);
        first.then_some(&self.notice)
    }

    /// The same before a text that an event of this kind tells whole, once more or for the first time.
    pub(super) fn before_again(&mut self, number: u64, kind: &str) -> Option<&Notice> {
        // The last events tell all texts, without a number.
        let all = matches!(kind, "response.completed" | "response.incomplete" | "response.failed");
        let first = *self.told.entry(0).or_insert(number);
        ((all || first == number) && self.again.insert(kind.to_owned())).then_some(&self.notice)
    }
}

impl Notice {
    /// Puts it before a text.
    pub(super) fn open(&self, text: &str) -> String {
        [&self.opening, text].concat()
    }

    /// It and a blank line, for inside a JSON string.
    pub(super) fn escaped(&self) -> &[u8] {
        &self.escaped
    }
}
