//! Reading an answer, or one event of a stream of it: where its text ends, how it ended, what it cost.

use std::ops::Range;

use crate::domain::Tokens;

use super::table::{Rule, Shape};
use super::walk::{Unreadable, Visitor, walk};

/// One candidate of an answer, as far as one document or event tells.
#[derive(Debug, Default)]
pub(super) struct Candidate {
    /// Its number; 0 where the dialect has only one.
    pub index: u64,
    /// Bytes of its last text, quotes included.
    pub text: Option<Range<usize>>,
    /// Bytes of all its text, without escapes.
    pub length: usize,
    /// The end of its text, no longer than a mention may be.
    pub tail: String,
    /// Why it ended.
    pub finish: Option<String>,
    /// It calls a function.
    pub calls: bool,
    /// Its own bytes.
    pub place: Range<usize>,
    /// Bytes of the object around its parts.
    pub content: Option<Range<usize>>,
    /// Bytes of the list of its parts.
    pub parts: Option<Range<usize>>,
}

/// What an answer, or one event, says.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// In the order of the bytes.
    pub candidates: Vec<Candidate>,
    /// Bytes of the list of candidates.
    pub candidates_place: Option<Range<usize>>,
    /// Bytes of the figures of usage.
    pub usage_place: Option<Range<usize>>,
    /// What the figures say.
    pub tokens: Tokens,
    /// The backend itself says what the answer costs.
    pub impacts: bool,
    /// What kind of event this is.
    pub kind: Option<String>,
    /// The provider refused the prompt.
    pub blocked: bool,
    /// An error stands in place of an answer.
    pub error: bool,
}

impl Reading {
    /// The one candidate of a dialect that has no list of them.
    pub(super) fn only(&self) -> Option<&Candidate> {
        self.candidates.first()
    }
}

/// Whether a part of this kind is the model's thinking.
pub(super) fn is_thinking(kind: &str) -> bool {
    !matches!(kind, "text" | "output_text")
}

/// Longest end of a text that is kept to see whether the model wrote the mention itself, in bytes.
const TAIL: usize = 512;

/// Keeps the last bytes of a text that grows.
pub(super) fn keep_tail(tail: &mut String, more: &str) {
    tail.push_str(more);
    if tail.len() > TAIL {
        let cut = tail.ceil_char_boundary(tail.len() - TAIL);
        tail.drain(..cut);
    }
}

/// Reads an answer along a dialect's table.
pub(super) fn read(json: &[u8], shape: &Shape) -> Result<Reading, Unreadable> {
    let mut reader = Reader::default();
    walk(json, shape, &mut reader)?;
    Ok(reader.reading)
}

#[derive(Default)]
struct Reader {
    reading: Reading,
    /// An open candidate.
    current: Option<Candidate>,
    /// The text before an open part, and whether the part is thinking.
    part: Option<(Option<Range<usize>>, usize, bool)>,
}

impl Visitor for Reader {
    fn open(&mut self, rule: Rule, _at: usize) {
        match rule {
            Rule::Candidate => self.current = Some(Candidate::default()),
            Rule::Part => {
                let text = self.current.as_ref().map_or((None, 0), |c| (c.text.clone(), c.length));
                self.part = Some((text.0, text.1, false));
            }
            Rule::Call => self.call(),
            Rule::Error => self.reading.error = true,
            Rule::Impacts => self.reading.impacts = true,
            _ => {}
        }
    }

    fn close(&mut self, rule: Rule, range: Range<usize>) {
        match rule {
            Rule::Candidates => self.reading.candidates_place = Some(range),
            Rule::Usage | Rule::UsageSoFar => self.reading.usage_place = Some(range),
            Rule::Candidate => {
                if let Some(mut candidate) = self.current.take() {
                    candidate.place = range;
                    self.reading.candidates.push(candidate);
                }
            }
            Rule::Part => {
                if let (Some((text, length, true)), Some(candidate)) = (self.part.take(), &mut self.current) {
                    candidate.text = text;
                    candidate.length = length;
                }
            }
            Rule::Content => {
                if let Some(candidate) = &mut self.current {
                    candidate.content = Some(range);
                }
            }
            Rule::Parts => {
                if let Some(candidate) = &mut self.current {
                    candidate.parts = Some(range);
                }
            }
            _ => {}
        }
    }

    fn string(&mut self, rule: Rule, range: Range<usize>, text: &str) -> Result<(), Unreadable> {
        match (rule, &mut self.current) {
            (Rule::Answer | Rule::Again, Some(candidate)) if !text.is_empty() => {
                candidate.text = Some(range);
                candidate.length += text.len();
                keep_tail(&mut candidate.tail, text);
            }
            (Rule::Finish, Some(candidate)) => {
                candidate.calls |= matches!(text, "tool_use" | "tool_calls" | "function_call");
                candidate.finish = Some(text.to_owned());
            }
            (Rule::Call, _) => self.call(),
            (Rule::PartKind, _) => {
                if let Some(part) = &mut self.part {
                    part.2 |= is_thinking(text);
                }
            }
            (Rule::Kind, _) => self.reading.kind = Some(text.to_owned()),
            (Rule::Blocked, _) => self.reading.blocked = true,
            (Rule::Error, _) => self.reading.error = true,
            _ => {}
        }
        Ok(())
    }

    fn number(&mut self, rule: Rule, _range: Range<usize>, digits: &str) -> Result<(), Unreadable> {
        let count = || digits.parse::<u64>().unwrap_or(0);
        let tokens = &mut self.reading.tokens;
        match (rule, &mut self.current) {
            (Rule::Index, Some(candidate)) => candidate.index = count(),
            (Rule::InputTokens, _) => tokens.input = Some(tokens.input.unwrap_or(0) + count()),
            (Rule::Impacts, _) => self.reading.impacts = true,
            (Rule::OutputTokens, _) => tokens.output = Some(tokens.output.unwrap_or(0) + count()),
            _ => {}
        }
        Ok(())
    }

    fn null(&mut self, rule: Rule, _range: Range<usize>) {
        self.reading.impacts |= rule == Rule::Impacts;
    }

    fn boolean(&mut self, rule: Rule, value: bool) -> Result<(), Unreadable> {
        if let (Rule::Thought, Some(part)) = (rule, &mut self.part) {
            part.2 |= value;
        }
        Ok(())
    }
}

impl Reader {
    fn call(&mut self) {
        if let Some(candidate) = &mut self.current {
            candidate.calls = true;
        }
    }
}
