//! What is asked: every text of a request in one buffer, each with its place in the body.
//!
//! One buffer, because what is split over two parts of a message is still one sentence to the detector;
//! places, because what is masked or taken out is cut from the bytes the caller sent, and nothing else moves.

use std::{fmt, ops::Range};

/// Who wrote a segment, as far as the dialect tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The caller, or a program of theirs: user and system text, tool definitions and results.
    Caller,
    /// The model, in an earlier turn: text we may have ended with the mention.
    Model,
}

/// Where a segment stands in the request body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A JSON value: the bytes from its first to its last, quotes included.
    Value(Range<usize>),
    /// A value inside a string that itself holds JSON (arguments of a function call):
    /// the index of that string in [`Prompt::containers`], and the bytes inside its decoded text.
    Inner(usize, Range<usize>),
}

/// One text of a request.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its bytes in [`Prompt::text`].
    pub span: Range<usize>,
    /// Its bytes in the body.
    pub place: Place,
    /// Who wrote it.
    pub author: Author,
    /// It can hold a placeholder. A JSON number cannot: what is found there and is to be masked refuses the request.
    pub maskable: bool,
    /// It holds for the whole conversation, as instructions and tools do, and is none of its turns.
    pub standing: bool,
}

/// A string of the body that holds JSON.
pub struct Container {
    /// Its bytes in the body, quotes included.
    pub place: Range<usize>,
    /// Its text without JSON escapes.
    pub text: String,
}

/// Every text of one request.
#[derive(Default)]
pub struct Prompt {
    /// All segments one after the other, each followed by a line break (two at the end of a message).
    pub text: String,
    /// In the order of [`Prompt::text`].
    pub segments: Vec<Segment>,
    /// Strings that hold JSON, in the order of the body.
    pub containers: Vec<Container>,
}

impl Prompt {
    /// The text of one segment.
    pub fn text_of(&self, segment: &Segment) -> &str {
        &self.text[segment.span.clone()]
    }

    /// Whether a byte of [`Prompt::text`] stands in a segment that holds for the whole conversation.
    pub fn is_standing(&self, at: usize) -> bool {
        let index = self.segments.partition_point(|s| s.span.end <= at);
        self.segments.get(index).is_some_and(|s| s.standing)
    }

    /// Indexes of the segments that share bytes with `span`.
    pub fn touched(&self, span: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        let first = self.segments.partition_point(|s| s.span.end <= span.start);
        (first..self.segments.len()).take_while(move |&i| self.segments[i].span.start < span.end)
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Prompt({} bytes in {} segments)",
            self.text.len(),
            self.segments.len()
        )
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Container({:?}, {} bytes)", self.place, self.text.len())
    }
}
