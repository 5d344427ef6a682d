//! Looking at the words of an answer, for the tools whose policy asks for it: the same detector and the same
//! judgement as for a prompt, on text that comes in pieces.
//!
//! To mask or block, a piece is handed on only when its sentence is over or grows too long; what was handed on stays
//! in view for a while, since a fact is about someone named before. To observe, nothing waits.

use std::sync::{Arc, Mutex, PoisonError};

use crate::detector::Finding;
use crate::domain::{Counts, Flow, Form, Stopped, Words};
use crate::policy::{Action, Answers, Tool};

use super::Live;
use super::screening::scan;

/// Longest text that waits for the end of its sentence, in bytes.
const WAITING: usize = 320;
/// Text already handed on that is looked at again, in bytes.
const BEHIND: usize = 512;
/// Text that is looked at once at a time where nothing is held, in bytes.
const OBSERVED: usize = 8 * 1024;

/// What was found in one answer, by class.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(Arc<Mutex<Counts>>);

impl Seen {
    /// So far.
    pub(super) fn counts(&self) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, class: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(class.to_owned()).or_default() += 1;
    }
}

/// The words of an answer of one tool, under one policy.
#[derive(Clone)]
pub(super) struct Screening {
    live: Arc<Live>,
    /// Id of the tool.
    tool: String,
    answers: Answers,
    seen: Seen,
    /// What is done with the words that may be shown.
    then: Option<Arc<dyn Words>>,
}

impl Screening {
    /// For a tool whose answers are looked at; `then` changes the words that may be shown.
    pub(super) fn new(live: &Arc<Live>, tool: &Tool, then: Option<Arc<dyn Words>>) -> Option<Self> {
        (tool.answers != Answers::Off).then(|| Self {
            live: live.clone(),
            tool: tool.id.clone(),
            answers: tool.answers,
            seen: Seen::default(),
            then,
        })
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.clone()
    }

    /// `text` as it may be shown. What is found before `from` was dealt with already.
    fn show(&self, text: &str, from: usize) -> Result<String, Stopped> {
        let policy = &self.live.policy;
        let tool = policy.tool(&self.tool).ok_or(Stopped)?;
        let judged = scan(policy.detector(), text, |findings| {
            let actions = policy.judge(tool, findings).actions;
            let late = |(finding, _): &(&Finding, &Action)| finding.end as usize > from && !finding.informative;
            let found = findings.iter().zip(&actions).filter(late);
            let observed = |finding: &Finding| policy.observed_in(tool, finding);
            found
                .map(|(finding, action)| (*finding, *action, observed(finding)))
                .collect::<Vec<_>>()
        });
        // A text that cannot be scanned is not shown.
        let found = judged.map_err(|_| Stopped)?;
        let mut out = text[from..].to_owned();
        for (finding, action, observed) in found.iter().rev() {
            self.seen.add(finding.class.name());
            if let Some(observed) = observed {
                self.seen.add(observed);
            }
            let stops = matches!(action, Action::Mask | Action::Block);
            match self.answers {
                Answers::Block if stops => return Err(Stopped),
                Answers::Mask if stops => {
                    let start = (finding.start as usize).max(from) - from;
                    let name = finding.kind.placeholder().to_lowercase().replace('_', " ");
                    out.replace_range(
                        start..finding.end as usize - from,
                        &format!("[{name} : donnée masquée]"),
                    );
                }
                _ => {}
            }
        }
        Ok(out)
    }
}

impl Words for Screening {
    fn whole(&self, text: &str, form: Form) -> Result<Option<String>, Stopped> {
        let shown = self.show(text, 0)?;
        let changed = match &self.then {
            Some(then) => then.whole(&shown, form)?,
            None => None,
        };
        Ok(changed.or_else(|| (shown != text).then_some(shown)))
    }

    fn flow(&self, form: Form) -> Box<dyn Flow> {
        Box::new(Pieces {
            screening: self.clone(),
            then: self.then.as_ref().map(|then| then.flow(form)),
            text: String::new(),
            from: 0,
        })
    }
}

/// One text that grows.
struct Pieces {
    screening: Screening,
    then: Option<Box<dyn Flow>>,
    /// What was handed on lately, and what waits.
    text: String,
    /// Where what waits begins.
    from: usize,
}

impl Pieces {
    /// How much of what waits may be looked at now.
    fn ready(&self) -> usize {
        let waiting = &self.text[self.from..];
        if self.screening.answers == Answers::Observe {
            return if waiting.len() >= OBSERVED {
                self.text.len()
            } else {
                self.from
            };
        }
        let stop = waiting
            .rmatch_indices(['\n', ' '])
            .find(|(at, _)| ends_sentence(&waiting[..=*at]))
            .map(|(at, _)| at + 1);
        let word = || waiting.rfind(char::is_whitespace).unwrap_or(waiting.len());
        match stop {
            Some(stop) => self.from + stop,
            None if waiting.len() > WAITING => self.from + word(),
            None => self.from,
        }
    }

    fn show(&mut self, to: usize) -> Result<String, Stopped> {
        let shown = self.screening.show(&self.text[..to], self.from)?;
        let behind = self.text.ceil_char_boundary(to.saturating_sub(BEHIND));
        self.text.drain(..behind);
        self.from = to - behind;
        Ok(shown)
    }

    fn then(&mut self, shown: String) -> Result<String, Stopped> {
        match &mut self.then {
            Some(then) => then.push(&shown),
            None => Ok(shown),
        }
    }
}

/// Whether a text that ends with white space ends a sentence: not after an abbreviation such as `M.`
fn ends_sentence(text: &str) -> bool {
    let Some(words) = text.strip_suffix(' ') else {
        return true;
    };
    let last = words
        .rsplit(|c: char| !c.is_alphanumeric())
        .find(|word| !word.is_empty());
    words.ends_with(['!', '?']) || words.ends_with('.') && last.is_some_and(|word| word.chars().count() > 2)
}

impl Flow for Pieces {
    fn push(&mut self, piece: &str) -> Result<String, Stopped> {
        self.text.push_str(piece);
        let to = self.ready();
        if self.screening.answers == Answers::Observe {
            if to > self.from {
                self.show(to)?;
            }
            return self.then(piece.to_owned());
        }
        if to == self.from {
            return Ok(String::new());
        }
        let shown = self.show(to)?;
        self.then(shown)
    }

    fn end(&mut self) -> Result<String, Stopped> {
        let shown = self.show(self.text.len())?;
        let shown = if self.screening.answers == Answers::Observe {
            String::new()
        } else {
            shown
        };
        let mut out = self.then(shown)?;
        if let Some(then) = &mut self.then {
            out.push_str(&then.end()?);
        }
        Ok(out)
    }

    fn holds(&self) -> bool {
        let held = self.screening.answers != Answers::Observe && self.from < self.text.len();
        held || self.then.as_ref().is_some_and(|then| then.holds())
    }
}
