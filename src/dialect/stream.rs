//! Editing an answer on its way out, whole or in pieces.
//!
//! A stream goes through a pure state machine: bytes in, bytes out, whatever way they are cut. The decoder gives
//! whole blocks, the dialect's [`Editor`] lets them pass or adds to them, and nothing waits but what an editor
//! must see the end of. A stream that ends too early, or that is not what it should be, ends with the mention
//! under the text that was shown and an error in the caller's dialect.

use std::{collections::BTreeMap, ops::Range};

use crate::domain::{MentionForm, Meter, Stopped, Tokens};

use super::answer::{Candidate, Reading, keep_tail};
use super::mention::Mention;
use super::metering::{self, Metering};
use super::said::Said;
use super::sse::{Block, Decoder, Framing};
use super::words::Rewording;

/// What an answer turned out to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// As the backend counted.
    pub tokens: Tokens,
    /// Bytes of text in it.
    pub length: usize,
    /// Where the mention stands.
    pub mention: MentionForm,
}

/// The backend's stream is not of its dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbled;

/// Why the rest of an answer is not handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is not of its dialect.
    Garbled,
    /// It must not be shown.
    Stopped,
    /// It is longer than what is left to be spent.
    Spent,
}

/// How long an answer may become.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// In tokens.
    pub left: u64,
    /// Tokens of a text of so many bytes, where the backend does not tell.
    pub tokens: fn(usize) -> u64,
}

impl From<Garbled> for Trouble {
    fn from(Garbled: Garbled) -> Self {
        Self::Garbled
    }
}

impl From<Stopped> for Trouble {
    fn from(Stopped: Stopped) -> Self {
        Self::Stopped
    }
}

/// The part of editing that differs by dialect.
pub trait Editor: Send {
    /// Takes one block, appends what leaves to `out`.
    fn block(&mut self, block: Block, out: &mut Vec<u8>) -> Result<(), Garbled>;

    /// The stream is over: appends what was kept back, and the mention where text was shown and not yet ended.
    /// Tells whether the answer had come to its end.
    fn finish(&mut self, out: &mut Vec<u8>) -> bool;

    /// The rest must not be shown: ends the answer as the dialect ends one that was filtered, with these words.
    fn stop(&mut self, said: &Said, out: &mut Vec<u8>);

    /// It may not become longer: ends the answer as the dialect ends one that has all the tokens it may have, with the
    /// mention.
    fn cut(&mut self, out: &mut Vec<u8>);

    /// The answer has come to its end, though the connection may still be open.
    fn whole(&self) -> bool;

    /// It was told why the answer ended: what is still to come is no text.
    fn closing(&self) -> bool {
        self.whole()
    }

    /// What it was.
    fn report(&self) -> Report;
}

/// A stream on its way out.
pub struct StreamEditor {
    decoder: Decoder,
    rewording: Option<Rewording>,
    metering: Option<Metering>,
    budget: Option<Budget>,
    editor: Box<dyn Editor>,
    blocks: Vec<Block>,
    reworded: Vec<Block>,
}

impl std::fmt::Debug for StreamEditor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StreamEditor({:?})", self.decoder.framing())
    }
}

impl StreamEditor {
    /// Cuts and edits; where words are to be changed, before anything else sees them.
    pub fn new(framing: Framing, rewording: Option<Rewording>, editor: Box<dyn Editor>) -> Self {
        Self {
            decoder: Decoder::new(framing),
            rewording,
            metering: None,
            budget: None,
            editor,
            blocks: Vec::new(),
            reworded: Vec::new(),
        }
    }

    /// Tells beside its figures of usage what the answer costs.
    #[must_use]
    pub fn metered(self, metering: Option<Metering>) -> Self {
        Self { metering, ..self }
    }

    /// Ends where its budget does, at the event that passes it.
    #[must_use]
    pub fn within(self, budget: Option<Budget>) -> Self {
        Self { budget, ..self }
    }

    /// Takes bytes of the backend, gives bytes for the caller.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Trouble> {
        let cut = self.decoder.push(bytes, &mut self.blocks);
        for block in std::mem::take(&mut self.blocks) {
            self.take(block, out)?;
            if self.is_spent() {
                return Err(Trouble::Spent);
            }
        }
        cut.map_err(|_| Trouble::Garbled)
    }

    fn is_spent(&self) -> bool {
        self.budget.as_ref().is_some_and(|budget| {
            let report = self.report();
            let tokens = report.tokens.output.unwrap_or_else(|| (budget.tokens)(report.length));
            tokens > budget.left && !self.editor.closing()
        })
    }

    fn take(&mut self, block: Block, out: &mut Vec<u8>) -> Result<(), Trouble> {
        let Some(rewording) = &mut self.rewording else {
            let block = metered(self.metering.as_ref(), block);
            return Ok(self.editor.block(block, out)?);
        };
        let fine = rewording.block(block, self.decoder.framing(), &mut self.reworded);
        self.edit(out)?;
        fine
    }

    fn edit(&mut self, out: &mut Vec<u8>) -> Result<(), Trouble> {
        for block in self.reworded.drain(..) {
            self.editor.block(metered(self.metering.as_ref(), block), out)?;
        }
        Ok(())
    }

    /// The backend's stream is over. `Ok` if the answer is whole.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Trouble> {
        let mut fine = Ok(());
        if let Some(rest) = self.decoder.finish() {
            fine = self.take(rest, out);
        }
        if let Some(rewording) = &mut self.rewording {
            fine = fine.and(rewording.finish(self.decoder.framing(), &mut self.reworded));
            fine = fine.and(self.edit(out));
        }
        if !self.editor.finish(out) {
            fine = fine.and(Err(Trouble::Garbled));
        }
        fine
    }

    /// The rest must not be shown: the answer ends here, with these words.
    pub fn stop(&mut self, said: &Said, out: &mut Vec<u8>) {
        self.editor.stop(said, out);
    }

    /// It may not become longer: what was kept back leaves, and the answer ends with its mention.
    pub fn cut(&mut self, out: &mut Vec<u8>) -> Result<(), Trouble> {
        if let Some(rewording) = &mut self.rewording {
            let fine = rewording.finish(self.decoder.framing(), &mut self.reworded);
            fine.and(self.edit(out))?;
        }
        self.editor.cut(out);
        Ok(())
    }

    /// The answer has come to its end: a caller who leaves now has all of it.
    pub fn whole(&self) -> bool {
        self.editor.whole()
    }

    /// What it was, so far.
    pub fn report(&self) -> Report {
        let report = self.editor.report();
        let added = self.rewording.as_ref().map_or(0, Rewording::added);
        Report {
            length: report.length.saturating_sub(added),
            ..report
        }
    }

    /// How it is cut.
    pub fn framing(&self) -> Framing {
        self.decoder.framing()
    }
}

fn metered(metering: Option<&Metering>, block: Block) -> Block {
    match metering {
        Some(metering) => metering.block(block),
        None => block,
    }
}

/// One candidate of a stream, as it grows.
#[derive(Debug, Default)]
pub(super) struct Turn {
    tail: String,
    /// Bytes of text so far.
    pub length: usize,
    /// It calls a function.
    pub calls: bool,
    /// It has ended, and the mention with it.
    pub ended: bool,
}

impl Turn {
    /// What one event adds.
    pub(super) fn grow(&mut self, candidate: &Candidate) {
        self.length += candidate.length;
        self.calls |= candidate.calls;
        keep_tail(&mut self.tail, &candidate.tail);
    }

    /// Text for a reader that does not end with the mention yet.
    /// An answer that calls a function is a step of a program, not a text for a reader.
    pub(super) fn wants<'m>(&self, mention: Option<&'m Mention>) -> Option<&'m Mention> {
        mention.filter(|m| self.length > 0 && !self.calls && !m.ends(&self.tail))
    }
}

/// The candidates that have not ended; the first where none has begun.
pub(super) fn unended(turns: &BTreeMap<u64, Turn>) -> Vec<u64> {
    if turns.is_empty() {
        return vec![0];
    }
    turns
        .iter()
        .filter(|(_, turn)| !turn.ended)
        .map(|(&index, _)| index)
        .collect()
}

/// The mention's place, from what is known at the end: `text` where any reader sees it.
pub(super) fn form(turns: impl IntoIterator<Item = (usize, bool)>, mention: Option<&Mention>) -> MentionForm {
    let shown = turns.into_iter().any(|(length, calls)| length > 0 && !calls);
    if shown && mention.is_some() {
        MentionForm::Text
    } else {
        MentionForm::Header
    }
}

/// A whole answer: the mention goes to the end of the last text of each candidate, and what it costs to its figures.
/// Nothing is given back where nothing changes.
pub(super) fn edit_document(
    body: &[u8],
    reading: &Reading,
    mention: Option<&Mention>,
    meter: Option<&dyn Meter>,
    generates: bool,
) -> (Option<Vec<u8>>, Report) {
    let mut splices = Vec::new();
    for candidate in &reading.candidates {
        let mut turn = Turn::default();
        turn.grow(candidate);
        if let (Some(mention), Some(text)) = (turn.wants(mention), &candidate.text) {
            splices.push((end_of(text), mention.escaped()));
        }
    }
    let added = meter.and_then(|meter| metering::addition(body, reading, meter));
    if let Some((place, members)) = &added {
        splices.push((place.clone(), members.as_bytes()));
        splices.sort_by_key(|(place, _)| place.start);
    }
    let turns = reading.candidates.iter().map(|c| (c.length, c.calls));
    let report = Report {
        tokens: reading.tokens,
        length: reading.candidates.iter().map(|c| c.length).sum(),
        mention: if generates {
            form(turns, mention)
        } else {
            MentionForm::None
        },
    };
    ((!splices.is_empty()).then(|| splice(body, &splices)), report)
}

/// A copy of `json` with other bytes at rising places; an empty place only gains.
pub(super) fn splice<W: AsRef<[u8]>>(json: &[u8], changes: &[(Range<usize>, W)]) -> Vec<u8> {
    let more: usize = changes.iter().map(|(_, with)| with.as_ref().len()).sum();
    let mut out = Vec::with_capacity(json.len() + more);
    let mut from = 0;
    for (place, with) in changes {
        out.extend_from_slice(&json[from..place.start]);
        out.extend_from_slice(with.as_ref());
        from = place.end;
    }
    out.extend_from_slice(&json[from..]);
    out
}

/// The end of a string inside its quotes, or of a list inside its bracket: where more is added to it.
pub(super) fn end_of(value: &Range<usize>) -> Range<usize> {
    value.end - 1..value.end - 1
}

/// Appends an event with one document.
pub(super) fn write_event(name: Option<&str>, data: &[u8], out: &mut Vec<u8>) {
    if let Some(name) = name {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\n\n");
}

/// The bytes of a refusal or error as the only event, or element, of a stream.
pub(super) fn whole_stream(framing: Framing, document: &[u8]) -> Vec<u8> {
    match framing {
        Framing::Events => [b"data: ", document, b"\n\n"].concat(),
        Framing::Array => [b"[", document, b"]"].concat(),
    }
}
