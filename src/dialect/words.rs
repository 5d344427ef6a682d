//! Changing the words of an answer on their way out: masked values put back, what must not be shown taken out, images
//! marked as made by a model.
//!
//! Every string of an answer is words. In a stream some come in pieces, and what is to be changed may be cut between
//! two events, so each text that grows has a [`Flow`] of its own; what a flow keeps back leaves with the next piece
//! of the text, or in one more event, made after the last, before anything that follows the text.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};

use super::answer::is_thinking;
use super::notice::Opening;
use super::sse::{Block, Framing};
use super::stream::{Trouble, splice};
use super::table::{Rule, Shape};
use super::walk::{Unreadable, Visitor, walk};
use crate::domain::{Flow, Form, Words};
use crate::provenance;

/// Which text of an answer: its candidate, the kind of its words, the function call it belongs to.
type Key = (u64, Track, u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Track {
    Answer,
    Thought,
    Aside,
    Arguments,
}

/// A string of an answer.
struct Told {
    range: Range<usize>,
    text: String,
    rule: Rule,
    key: Key,
}

impl Told {
    /// Whether more of it may come.
    fn is_piece(&self) -> bool {
        matches!(self.rule, Rule::Answer | Rule::Aside | Rule::Arguments)
    }

    fn form(&self, answers: Form) -> Form {
        match self.rule {
            Rule::Arguments | Rule::ArgumentsAgain => Form::Json,
            Rule::Answer | Rule::Again if self.key.1 == Track::Answer => answers,
            _ => Form::Prose,
        }
    }
}

impl Told {
    /// The edit that puts `text` in its place, if it changed, and the notice before it if it is the first of the answer.
    fn change(
        &self,
        text: Option<String>,
        opening: Option<&mut Opening>,
        kind: &str,
    ) -> Option<(Range<usize>, Vec<u8>)> {
        let text = text.filter(|text| *text != self.text);
        let opening =
            opening.filter(|_| self.key.1 == Track::Answer && !text.as_ref().unwrap_or(&self.text).is_empty());
        let notice = match (opening, self.rule) {
            (Some(opening), Rule::Answer) => opening.before(self.key.0),
            (Some(opening), Rule::Again) => opening.before_again(self.key.0, kind),
            _ => None,
        };
        match (notice, text) {
            (None, text) => text.map(|text| (self.range.clone(), quoted(&text))),
            (Some(notice), Some(text)) => Some((self.range.clone(), quoted(&notice.open(&text)))),
            (Some(notice), None) => {
                let start = self.range.start + 1;
                Some((start..start, notice.escaped().to_vec()))
            }
        }
    }
}

/// All strings of a document, and what ends in it.
#[derive(Default)]
struct Heard {
    told: Vec<Told>,
    /// The candidates in it, and whether each ended or called a function.
    candidates: Vec<(u64, bool, bool)>,
    kind: Option<String>,
    failed: bool,
    candidate: (usize, u64),
    call: Option<(usize, u64)>,
    part: (usize, bool),
    ended: bool,
    calls: bool,
}

impl Visitor for Heard {
    fn open(&mut self, rule: Rule, _at: usize) {
        match rule {
            Rule::Candidate => {
                self.candidate = (self.told.len(), 0);
                (self.ended, self.calls) = (false, false);
            }
            Rule::Call => {
                self.call = Some((self.told.len(), 0));
                self.calls = true;
            }
            Rule::Part => self.part = (self.told.len(), false),
            Rule::Error => self.failed = true,
            _ => {}
        }
    }

    fn close(&mut self, rule: Rule, _range: Range<usize>) {
        match rule {
            Rule::Candidate => {
                let (from, index) = self.candidate;
                for told in &mut self.told[from..] {
                    told.key.0 = index;
                }
                self.candidates.push((index, self.ended, self.calls));
            }
            Rule::Call => {
                let Some((from, index)) = self.call.take() else { return };
                for told in &mut self.told[from..] {
                    told.key.2 = index;
                }
            }
            Rule::Part if self.part.1 => {
                for told in &mut self.told[self.part.0..] {
                    told.key.1 = Track::Thought;
                }
            }
            _ => {}
        }
    }

    fn string(&mut self, rule: Rule, range: Range<usize>, text: &str) -> Result<(), Unreadable> {
        match rule {
            Rule::Kind => self.kind = Some(text.to_owned()),
            Rule::PartKind => self.part.1 |= is_thinking(text),
            Rule::Finish => self.ended = true,
            Rule::Call => self.calls = true,
            Rule::Error => self.failed = true,
            _ => {
                let track = match rule {
                    Rule::Arguments | Rule::ArgumentsAgain => Track::Arguments,
                    Rule::Answer | Rule::Again => Track::Answer,
                    _ => Track::Aside,
                };
                self.told.push(Told {
                    range,
                    text: text.to_owned(),
                    rule,
                    key: (0, track, 0),
                });
            }
        }
        Ok(())
    }

    fn number(&mut self, rule: Rule, _range: Range<usize>, digits: &str) -> Result<(), Unreadable> {
        match (rule, &mut self.call) {
            (Rule::Index, _) => self.candidate.1 = digits.parse().unwrap_or(0),
            (Rule::CallIndex, Some(call)) => call.1 = digits.parse().unwrap_or(0),
            _ => {}
        }
        Ok(())
    }

    fn boolean(&mut self, rule: Rule, value: bool) -> Result<(), Unreadable> {
        self.part.1 |= rule == Rule::Thought && value;
        Ok(())
    }
}

impl Heard {
    fn read(json: &[u8], shape: &Shape) -> Result<Self, Trouble> {
        let mut heard = Self::default();
        walk(json, shape, &mut heard).map_err(|_| Trouble::Garbled)?;
        // Where every event has one place for all that grows, its kind says what grows.
        let kind = heard.kind.as_deref().unwrap_or_default();
        if matches!(
            kind,
            "response.reasoning_text.done" | "response.reasoning_summary_text.done"
        ) {
            heard.told.iter_mut().for_each(|told| told.key.1 = Track::Aside);
        }
        let rule = match kind.strip_suffix(".delta") {
            None | Some("response.output_text") => return Ok(heard),
            Some(kind) if kind.ends_with("call_arguments") => Rule::Arguments,
            Some(_) => Rule::Aside,
        };
        for told in heard.told.iter_mut().filter(|told| told.rule == Rule::Answer) {
            told.rule = rule;
            told.key.1 = if rule == Rule::Arguments {
                Track::Arguments
            } else {
                Track::Aside
            };
        }
        Ok(heard)
    }

    /// Whether a text that grew before is over, by what this event tells.
    fn ends(&self, key: &Key) -> bool {
        if self.told.iter().any(|told| told.is_piece() && told.key == *key) {
            return self.failed
                || self.candidates.iter().any(|(index, ended, calls)| {
                    // What is said before a call in the same event must not be told again after it.
                    *index == key.0 && (*ended || *calls && key.1 != Track::Arguments)
                });
        }
        match self.kind.as_deref() {
            Some("ping" | "keepalive") => false,
            Some(_) => true,
            None => {
                let other = |told: &Told| told.is_piece() && told.key.0 == key.0 && !told.text.is_empty();
                let ended = |&(index, ended, _): &(u64, bool, bool)| index == key.0 && ended;
                self.failed || self.candidates.iter().any(ended) || self.told.iter().any(other)
            }
        }
    }
}

/// A document with its words changed and its images marked; `None` where nothing changes.
pub(super) fn document(
    body: &[u8],
    shape: &Shape,
    words: Option<&dyn Words>,
    form: Form,
    mut opening: Option<&mut Opening>,
) -> Result<Option<Vec<u8>>, Trouble> {
    if words.is_none() && opening.is_none() && !may_hold_image(body, shape) {
        return Ok(None);
    }
    let mut changes = Vec::new();
    for told in Heard::read(body, shape)?.told {
        let text = whole(&told, words, form)?;
        changes.extend(told.change(text, opening.as_deref_mut(), ""));
    }
    Ok((!changes.is_empty()).then(|| splice(body, &changes)))
}

/// A string that is told whole, changed; `None` where nothing changes.
fn whole(told: &Told, words: Option<&dyn Words>, form: Form) -> Result<Option<String>, Trouble> {
    if told.rule == Rule::Image {
        let image = BASE64_STANDARD.decode(&told.text).ok();
        return Ok(image
            .and_then(|image| provenance::mark(&image))
            .map(|image| BASE64_STANDARD.encode(image)));
    }
    match words {
        Some(words) => Ok(words.whole(&told.text, told.form(form))?),
        None => Ok(None),
    }
}

/// Whether it is worth looking for an image: text seldom has these letters, and an image always begins with them.
fn may_hold_image(json: &[u8], shape: &Shape) -> bool {
    let beginnings = [&b"iVBORw0KGgo"[..], b"/9j/", b"UklGR"]; // PNG, JPEG and WebP, in base64
    shape.has_images()
        && beginnings
            .iter()
            .any(|beginning| memchr::memmem::find(json, beginning).is_some())
}

/// The words of one stream.
pub struct Rewording {
    shape: &'static Shape,
    words: Option<Arc<dyn Words>>,
    form: Form,
    opening: Option<Opening>,
    growing: BTreeMap<Key, Growing>,
}

/// A text that grows.
struct Growing {
    flow: Box<dyn Flow>,
    /// The last event with a piece of it, where the flow keeps something back.
    last: Option<Mold>,
}

/// An event as the mold of one more.
struct Mold {
    block: Block,
    piece: Range<usize>,
    /// The pieces of other texts in it.
    others: Vec<Range<usize>>,
}

impl Mold {
    fn fill(&self, text: &str, framing: Framing) -> Option<Block> {
        let data = self.block.data()?;
        let mut changes: Vec<_> = self.others.iter().map(|range| (range.clone(), quoted(""))).collect();
        changes.push((self.piece.clone(), quoted(text)));
        changes.sort_by_key(|(range, _)| range.start);
        let data = splice(data, &changes);
        Some(match framing {
            Framing::Events => self.block.with(&data),
            Framing::Array => Block::element(&data),
        })
    }
}

impl std::fmt::Debug for Rewording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rewording({} texts)", self.growing.len())
    }
}

impl Rewording {
    pub(super) fn new(
        shape: &'static Shape,
        words: Option<Arc<dyn Words>>,
        form: Form,
        opening: Option<Opening>,
    ) -> Self {
        Self {
            shape,
            words,
            form,
            opening,
            growing: BTreeMap::new(),
        }
    }

    /// Takes one block, gives it with its words changed, after what it brings to an end.
    pub(super) fn block(&mut self, block: Block, framing: Framing, out: &mut Vec<Block>) -> Result<(), Trouble> {
        let Some(data) = block.data().filter(|data| !data.is_empty() && *data != b"[DONE]") else {
            if framing == Framing::Array || block.data().is_some() {
                self.finish(framing, out)?;
            }
            out.push(block);
            return Ok(());
        };
        if self.words.is_none() && self.opening.is_none() && !may_hold_image(data, self.shape) {
            out.push(block);
            return Ok(());
        }
        let heard = Heard::read(data, self.shape)?;
        self.end_others(&heard, framing, out)?;
        let mut changes = Vec::new();
        for (index, told) in heard.told.iter().enumerate() {
            let text = if let Some(words) = self.words.clone().filter(|_| told.is_piece()) {
                let more = heard.told[index + 1..]
                    .iter()
                    .any(|next| next.is_piece() && next.key == told.key);
                Some(self.grow(&*words, told, !more && heard.ends(&told.key))?)
            } else {
                whole(told, self.words.as_deref(), self.form)?
            };
            let kind = heard.kind.as_deref().unwrap_or_default();
            changes.extend(told.change(text, self.opening.as_mut(), kind));
        }
        self.remember(&heard, &block);
        out.push(if changes.is_empty() {
            block
        } else {
            block.with(&splice(data, &changes))
        });
        Ok(())
    }

    /// What grew and is over leaves before the event that ends it.
    fn end_others(&mut self, heard: &Heard, framing: Framing, out: &mut Vec<Block>) -> Result<(), Trouble> {
        let touched = |key: &Key| heard.told.iter().any(|told| told.is_piece() && told.key == *key);
        let over: Vec<Key> = self
            .growing
            .keys()
            .filter(|key| !touched(key) && heard.ends(key))
            .copied()
            .collect();
        for key in over {
            if let Some(growing) = self.growing.remove(&key) {
                growing.end(key, self.opening.as_mut(), framing, out)?;
            }
        }
        Ok(())
    }

    fn grow(&mut self, words: &dyn Words, told: &Told, over: bool) -> Result<String, Trouble> {
        let form = told.form(self.form);
        let growing = self.growing.entry(told.key).or_insert_with(|| Growing {
            flow: words.flow(form),
            last: None,
        });
        let mut text = growing.flow.push(&told.text)?;
        if over {
            text.push_str(&growing.flow.end()?);
            self.growing.remove(&told.key);
        }
        Ok(text)
    }

    /// Keeps the event as a mold for the texts that keep something back.
    fn remember(&mut self, heard: &Heard, block: &Block) {
        for told in heard.told.iter().filter(|told| told.is_piece()) {
            let Some(growing) = self.growing.get_mut(&told.key) else {
                continue;
            };
            growing.last = growing.flow.holds().then(|| Mold {
                block: block.clone(),
                piece: told.range.clone(),
                others: heard
                    .told
                    .iter()
                    .filter(|other| other.is_piece() && other.range != told.range)
                    .map(|other| other.range.clone())
                    .collect(),
            });
        }
    }

    /// Everything is over.
    pub(super) fn finish(&mut self, framing: Framing, out: &mut Vec<Block>) -> Result<(), Trouble> {
        for (key, growing) in std::mem::take(&mut self.growing) {
            growing.end(key, self.opening.as_mut(), framing, out)?;
        }
        Ok(())
    }

    /// Bytes that the notice added to texts, so far.
    pub(super) fn added(&self) -> usize {
        self.opening.as_ref().map_or(0, Opening::length)
    }
}

impl Growing {
    fn end(
        mut self,
        (number, track, _): Key,
        opening: Option<&mut Opening>,
        framing: Framing,
        out: &mut Vec<Block>,
    ) -> Result<(), Trouble> {
        let mut rest = self.flow.end()?;
        if !rest.is_empty() {
            let first = opening
                .filter(|_| track == Track::Answer)
                .and_then(|opening| opening.before(number));
            if let Some(notice) = first {
                rest = notice.open(&rest);
            }
            out.extend(self.last.and_then(|mold| mold.fill(&rest, framing)));
        }
        Ok(())
    }
}

fn quoted(text: &str) -> Vec<u8> {
    serde_json::Value::from(text).to_string().into_bytes()
}
