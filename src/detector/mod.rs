//! Finds personal and sensitive data in French text: a text goes in, findings
//! come out. No file, no network, no clock, no thread; linear time; nothing of
//! the rest of the program is named here, so that it can become a crate.
//!
//! A scan reads like this page:
//! 1. `fold` makes the text plain ASCII and keeps the way back; `escape` undoes
//!    the escapes of other formats.
//! 2. `token` splits it; `lexicon` gives words and phrases their meaning.
//! 3. Recognisers leave candidates: `numbers` (with `checks`, `phone`), `codes`,
//!    `contact`, `secrets`, `titled`, and what the organisation added (`own`).
//! 4. `overlap` leaves one finding where several claim the same bytes.
//!
//! Policies (what to do about a finding) are not its business.

mod address;
mod checks;
mod codes;
mod contact;
mod dates;
mod escape;
mod facts;
mod finding;
mod fold;
mod gazetteer;
mod kind;
mod lexicon;
mod names;
mod numbers;
mod overlap;
mod own;
mod phone;
mod scan;
mod secrets;
mod settle;
mod titled;
mod token;

pub use finding::{Evidence, Finding, Findings};
pub use kind::{Class, Kind};
pub use own::{AllowList, BuildError, BuildProblem, Fault, OwnDetector};

use std::fmt;

/// Longest text that can be scanned, in bytes.
pub const MAX_TEXT: usize = 1 << 30;

/// The text is longer than `MAX_TEXT`: it was not scanned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the text is longer than {MAX_TEXT} bytes")
    }
}

impl std::error::Error for TooLong {}

/// The buffers of a scan. One a thread, used again and again.
#[derive(Default)]
pub struct Scratch {
    folded: fold::Folded,
    tokens: Vec<token::Token>,
    words: Vec<token::Token>,
    numbers: numbers::NumberScratch,
    names: names::NameScratch,
    facts: facts::FactScratch,
    found: Vec<Finding>,
}

/// Finds personal and sensitive data. Immutable: share it between threads.
#[derive(Default)]
pub struct Detector {
    own: own::Own,
}

impl Detector {
    /// The detector without additions. Cheap: its tables are made once.
    pub fn builtin() -> Self {
        Self::default()
    }

    /// The detector with what the organisation adds.
    ///
    /// # Errors
    /// Every detector that does not compile, is too large, or does not find
    /// its `matches` and leave its `misses`.
    pub fn new(own: &[OwnDetector], allow: &AllowList) -> Result<Self, BuildError> {
        Ok(Self {
            own: own::Own::new(own, allow)?,
        })
    }

    /// Finds what is in `text`.
    ///
    /// # Errors
    /// `TooLong` if it cannot be scanned: such a text must go nowhere.
    pub fn scan<'s>(&self, text: &str, scratch: &'s mut Scratch) -> Result<Findings<'s>, TooLong> {
        if text.len() > MAX_TEXT {
            return Err(TooLong);
        }
        scan::read(text, &mut scratch.folded, &mut scratch.tokens);
        let found = &mut scratch.found;
        found.clear();
        let length = scratch.folded.len();
        let view = scan::View {
            bytes: &scratch.folded.bytes,
            tokens: &scratch.tokens,
        };
        numbers::find(&view, &mut scratch.numbers, found);
        phone::find_bracketed(&view, found);
        codes::find_ibans(&view, found);
        codes::find_ribs(&view, found);
        codes::find_plates(&view, found);
        codes::find_cued(&view, found);
        contact::find_emails(&view, length, found);
        contact::find_ips(&view, found);
        secrets::find_prefixed(&view.bytes[..length], found);
        secrets::find_announced(&view, length, found);
        titled::find(&view, found);
        names::find(&view, &mut scratch.names, found);
        dates::find(&view, found);
        address::find(&view, found);
        names::find_repeats(&view, &mut scratch.names, found);
        self.own.find(&view.bytes[..length], found);
        overlap::resolve(found);
        settle::settle(&view, found);
        facts::find(&view, &mut scratch.facts, found);
        overlap::resolve(found);
        let words = &mut scratch.words;
        found.retain(|finding| !self.own.allows(finding, view.bytes, words));
        for finding in found.iter_mut() {
            (finding.start, finding.end) = scratch.folded.original(text, finding.start, finding.end);
        }
        Ok(Findings(found))
    }

    /// The name of a kind in answers, that of the organisation's own included.
    pub fn kind_name(&self, kind: Kind) -> &str {
        match kind {
            Kind::Custom(n) => self.own.id(n).unwrap_or(kind.name()),
            _ => kind.name(),
        }
    }
}

#[cfg(test)]
mod tests;
