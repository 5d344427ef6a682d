//! Finds personal and sensitive data in French text: a text goes in, findings
//! come out. No file, no network, no clock, no thread; linear time; nothing of
//! the rest of the program is named here, so that it can become a crate.
//!
//! A scan reads like this page:
//! 1. `fold` makes the text plain ASCII and keeps the way back; `escape` undoes
//!    the escapes of other formats.
//! 2. `token` splits it; `lexicon` gives words and phrases their meaning; `places` lists the
//!    tokens at which recognisers begin.
//! 3. Recognisers leave candidates: `numbers` (with `runs`, `checks`, `phone`, `registers`), `codes`,
//!    `cued`, `contact`, `secrets`, `titled`, `names` (with `name_words`,
//!    `announced`, `gazetteer`), `dates`, `cells`, `address` (with `town`),
//!    `table`, and what the organisation added (`own`).
//! 4. `disguise` (with `decode`, `spelled`, `torn`) undoes what hides text from them, and they look again.
//! 5. `settle` tells what is public; `facts` (with `sentences`, `someone`, `details`) ties terms of health, vulnerability,
//!    opinion and money to the persons found; `overlap` leaves one finding where
//!    several claim the same bytes.
//!
//! Policies (what to do about a finding) are not its business.

mod address;
mod announced;
mod bits;
mod cells;
mod checks;
mod codes;
mod contact;
mod cued;
mod dates;
mod decode;
mod details;
mod disguise;
mod escape;
mod facts;
mod finding;
mod fold;
mod gazetteer;
mod kind;
mod lexicon;
mod mend;
mod model;
mod name_words;
mod names;
mod numbers;
mod overlap;
mod own;
mod phone;
mod placeholder;
mod places;
mod registers;
mod runs;
mod scan;
mod secrets;
mod sentences;
mod settle;
mod someone;
mod spelled;
mod table;
mod titled;
mod token;
mod torn;
mod town;

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
    outer: Buffers,
    levels: [Level; 2],
    words: Vec<token::Token>,
}

/// The buffers of one level of disguise.
#[derive(Default)]
struct Level {
    inner: Buffers,
    undone: Vec<disguise::Undone>,
}

/// The buffers of one reading.
#[derive(Default)]
struct Buffers {
    reading: scan::Reading,
    numbers: runs::NumberScratch,
    names: names::NameScratch,
    model: model::ModelScratch,
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
        self.identify(text, &mut scratch.outer);
        let Buffers {
            reading, model, found, ..
        } = &mut scratch.outer;
        overlap::resolve(found);
        model::find(&reading.view(), model, found);
        self.undo(&mut scratch.outer, &mut scratch.levels);
        let Buffers {
            reading, facts, found, ..
        } = &mut scratch.outer;
        let view = reading.view();
        judge(&view, facts, found);
        self.own.try_out(&view.bytes[..reading.folded.len()], found);
        let words = &mut scratch.words;
        found.retain(|finding| !self.own.allows(finding, view.bytes, words));
        for finding in found.iter_mut() {
            (finding.start, finding.end) = reading.folded.original(text, finding.start, finding.end);
            // An escape that stands for nothing may hide the end of a line: it is not part of the value.
            let value = &text[finding.start as usize..finding.end as usize];
            finding.end -= (value.len() - value.trim_end().len()) as u32;
        }
        Ok(Findings(found))
    }

    /// Reads `text` and finds what identifies someone, or is secret.
    fn identify(&self, text: &str, buffers: &mut Buffers) {
        buffers.reading.read(text);
        let Buffers {
            reading,
            numbers,
            names,
            found,
            ..
        } = buffers;
        let length = reading.folded.len();
        let view = reading.view();
        let bytes = &view.bytes[..length];
        found.clear();
        numbers::find(&view, numbers, found);
        phone::find_bracketed(&view, found);
        phone::find_foreign(&view, found);
        codes::find_ibans(&view, found);
        codes::find_ribs(&view, found);
        codes::find_ribs_in_parts(&view, found);
        codes::find_plates(&view, found);
        cued::find_cued(&view, found);
        contact::find_emails(&view, length, found);
        contact::find_ips(&view, found);
        contact::find_devices(&view, length, found);
        contact::find_coordinates(&view, found);
        secrets::find_prefixed(bytes, found);
        secrets::find_announced(&view, length, found);
        titled::find(&view, found);
        names::find(&view, names, found);
        someone::find_aged(&view, found);
        someone::find_described(&view, found);
        table::find(&view, found);
        dates::find(&view, found);
        address::find(&view, found);
        cells::find(&view, found);
        cued::find_in_rows(&view, found);
        names::find_repeats(&view, names, found);
        self.own.find(bytes, found);
    }

    /// Undoes the disguises of the text just read and looks into them, as deep
    /// as there are levels.
    fn undo(&self, outer: &mut Buffers, levels: &mut [Level]) {
        let Some((level, deeper)) = levels.split_first_mut() else {
            return;
        };
        let Level { inner, undone } = level;
        disguise::find(&outer.reading.view(), outer.reading.folded.len(), undone);
        for disguise in undone.drain(..) {
            self.identify(&disguise.text, inner);
            self.undo(inner, deeper);
            let Buffers {
                reading, facts, found, ..
            } = &mut *inner;
            judge(&reading.view(), facts, found);
            let before = outer.found.len();
            for finding in found.iter().filter(|f| !f.informative) {
                let (start, end) = reading.folded.original(&disguise.text, finding.start, finding.end);
                let Some(covered) = disguise.covered(finding, start as usize..end as usize) else {
                    continue;
                };
                // Of what is found in the same pieces the gravest stays.
                match outer.found[before..].last_mut().filter(|f| f.end > covered.start) {
                    Some(last) if last.class >= covered.class => {
                        last.end = last.end.max(covered.end);
                    }
                    Some(last) => {
                        *last = Finding {
                            start: last.start,
                            end: last.end.max(covered.end),
                            ..covered
                        };
                    }
                    None => outer.found.push(covered),
                }
            }
        }
    }

    /// The name of a kind in answers, that of the organisation's own included.
    pub fn kind_name(&self, kind: Kind) -> &str {
        match kind {
            Kind::Custom(n) => self.own.id(n).unwrap_or(kind.name()),
            _ => kind.name(),
        }
    }
}

/// Tells what only informs, and what is said of whom.
fn judge(view: &scan::View, facts: &mut facts::FactScratch, found: &mut Vec<Finding>) {
    overlap::resolve(found);
    settle::settle(view, found);
    facts::find(view, facts, found);
    overlap::resolve(found);
}

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod disguise_tests;
#[cfg(test)]
mod tests;
