//! The wire formats: what an SDK says and hears. A request leaves in the dialect in which it came.
//!
//! One file a dialect. It lists the endpoints with a table of their fields ([`table`]) and gives four small things:
//! error bodies, a refusal told as an answer, the editor of its streams, and where the key goes. Everything else
//! is shared: one walk reads requests and answers ([`walk`], [`read`], [`answer`]), one decoder cuts streams
//! ([`sse`]), and edits are splices, so bytes that need no change pass unchanged.
//!
//! Pure: bytes in, bytes out. Who may ask, and what may leave, is decided elsewhere.

mod answer;
mod anthropic;
mod attachment;
pub mod coverage;
mod gemini;
mod mention;
mod metering;
mod notice;
mod openai;
mod read;
mod responses;
mod route;
mod said;
mod sse;
mod stream;
mod table;
mod walk;
mod words;

use std::{
    fmt::Debug,
    ops::Range,
    sync::{Arc, LazyLock},
};

use crate::domain::{Form, Meter, Words};

pub use attachment::{Attachment, Content};
pub use mention::Mention;
pub use metering::Metering;
pub use notice::Notice;
pub use read::{Request, is_word};
pub use route::{Call, Method, likely, resolve};
pub use said::{Because, Link, Said};
pub use sse::Framing;
pub use stream::{Budget, Editor, Garbled, Report, StreamEditor, Trouble};
pub use table::{Field, Rule};
pub use walk::Unreadable;

use notice::Opening;
use table::Shape;

/// Every dialect we speak. A new one is its file and its line here.
/// A path that several share goes to the first, unless a later one claims it.
pub static ALL: [&dyn Dialect; 3] = [&openai::OpenAi, &gemini::Gemini, &anthropic::Anthropic];

/// A wire format.
pub trait Dialect: Sync + Debug {
    /// Its name in the policy and the ledger.
    fn name(&self) -> &'static str;

    /// What can be asked in it.
    fn endpoints(&self) -> &'static [Endpoint];

    /// Whether a request to a path that several dialects share is meant for this one.
    fn claims(&self, _has_header: &dyn Fn(&str) -> bool, _has_key_in_query: bool) -> bool {
        false
    }

    /// The header that carries a backend's key, and the word before it.
    fn credential(&self) -> (&'static str, &'static str);

    /// Path of a request below a backend's `base_url`, which is what this dialect's SDK is given.
    fn upstream_path<'p>(&self, path: &'p str) -> &'p str {
        path
    }

    /// An error body.
    fn error(&self, said: &Said) -> Vec<u8>;

    /// An error as the last event of a stream, of which something was `started` or not.
    fn error_event(&self, said: &Said, framing: Framing, started: bool) -> Vec<u8>;

    /// A refusal told as the assistant's answer, for chat pages that hide errors.
    fn refusal(&self, endpoint: &Endpoint, said: &Said, model: &str, framing: Option<Framing>) -> Vec<u8>;

    /// The editor of one stream.
    fn editor(&self, endpoint: &'static Endpoint, framing: Framing, mention: Option<Mention>) -> Box<dyn Editor>;
}

/// What an endpoint gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yields {
    /// Text for a reader: it carries the mention.
    Text,
    /// Numbers for a program.
    Vectors,
    /// A count of tokens: nothing is generated.
    Count,
    /// The models there are.
    Models,
    /// What the provider says of files it keeps.
    Files,
}

/// When an endpoint answers with a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    /// Never.
    Never,
    /// When the body says `"stream": true`.
    OnRequest,
    /// Always: as events with `alt=sse`, else as a growing array.
    Always,
}

/// Where standing instructions go in a request that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A string under this key of the body.
    Text(&'static str),
    /// Parts with a text under this key of the body.
    Parts(&'static str),
    /// A first message by `system`.
    Message,
}

/// How instructions are added to a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Addition {
    /// To the end of this segment of the prompt.
    Append(usize),
    /// By putting this JSON in place of these bytes of the body.
    Splice(Range<usize>, String),
}

/// One thing that can be asked.
#[derive(Debug)]
pub struct Endpoint {
    /// Its name in the ledger.
    pub name: &'static str,
    /// GET, POST or DELETE.
    pub method: Method,
    /// Its paths, with `{model}` where the model stands, and `{file}` where the name of a file does.
    pub paths: &'static [&'static str],
    /// What it gives.
    pub yields: Yields,
    /// When it streams.
    pub streams: Streams,
    /// The fields of its request.
    pub request: &'static [Field],
    /// The fields of its answer.
    pub answer: &'static [Field],
    /// The fields of an event of its stream.
    pub event: &'static [Field],
    /// The field that bounds the tokens of the answer, where a request may leave it out.
    pub max_tokens: Option<&'static str>,
    /// Where it takes standing instructions, if it does.
    pub standing: Option<Standing>,
    /// The tables, compiled when first used.
    pub shapes: &'static LazyLock<Shapes>,
}

/// A JSON answer with its words changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reworded {
    /// `None` where nothing changes.
    pub body: Option<Vec<u8>>,
    /// The notice stands in it.
    pub noticed: bool,
}

/// The tables of an endpoint, compiled.
#[derive(Debug)]
pub struct Shapes {
    request: Shape,
    answer: Shape,
    event: Shape,
}

impl Shapes {
    /// Compiles the tables of an endpoint.
    pub fn new(request: &[Field], answer: &[Field], event: &[Field]) -> Self {
        Self {
            request: Shape::new(request, Rule::Unknown),
            answer: Shape::new(answer, Rule::Unread),
            event: Shape::new(event, Rule::Unread),
        }
    }
}

impl Endpoint {
    /// Reads a request.
    pub fn read(&self, body: &[u8]) -> Result<Request, Unreadable> {
        if self.method != Method::Post || self.yields == Yields::Files {
            return Ok(Request::default());
        }
        read::read(body, &self.shapes.request)
    }

    /// How `text` is added to the standing instructions of a request; `None` where the endpoint takes none.
    pub fn instruct(&self, body: &[u8], request: &Request, text: &str) -> Option<Addition> {
        let standing = self.standing?;
        if let Some(segment) = request.instructions {
            return Some(Addition::Append(segment));
        }
        let text = serde_json::Value::from(text);
        let value = match standing {
            Standing::Parts(_) => serde_json::json!({ "parts": [{ "text": text }] }),
            Standing::Text(_) => text,
            Standing::Message => serde_json::json!({ "role": "system", "content": text }),
        };
        if let Some(place) = request
            .no_instructions
            .clone()
            .filter(|_| standing != Standing::Message)
        {
            return Some(Addition::Splice(place, value.to_string()));
        }
        let (at, json) = match standing {
            Standing::Text(key) | Standing::Parts(key) => (
                body.iter().position(|byte| *byte == b'{')? + 1,
                format!("\"{key}\":{value}"),
            ),
            Standing::Message => (request.turns? + 1, value.to_string()),
        };
        let next = body[at..].iter().find(|byte| !byte.is_ascii_whitespace());
        let comma = if matches!(next, Some(b']' | b'}')) { "" } else { "," };
        Some(Addition::Splice(at..at, json + comma))
    }

    /// Changes the words of a JSON answer, marks the images in it and puts the notice before its first text. `form` is
    /// that of its texts.
    ///
    /// # Errors
    /// It cannot be read, or must not be shown.
    pub fn reword(
        &self,
        body: &[u8],
        words: Option<&dyn Words>,
        form: Form,
        notice: Option<&Notice>,
    ) -> Result<Reworded, Trouble> {
        let shape = &self.shapes.answer;
        let mut opening = notice.map(|notice| Opening::new(shape, notice.clone()));
        let body = words::document(body, shape, words, form, opening.as_mut())?;
        let noticed = opening.is_some_and(|opening| opening.is_told());
        Ok(Reworded { body, noticed })
    }

    /// Changes the words of a stream, marks the images in it and puts the notice before its first text; `None` where
    /// there is nothing to do.
    pub fn rewording(
        &self,
        words: Option<Arc<dyn Words>>,
        form: Form,
        notice: Option<Notice>,
    ) -> Option<words::Rewording> {
        let shape = &self.shapes.event;
        let needed = words.is_some() || notice.is_some() || shape.has_images();
        let opening = notice.map(|notice| Opening::new(shape, notice));
        needed.then(|| words::Rewording::new(shape, words, form, opening))
    }

    /// Tells what a stream costs beside its figures of usage; `None` where there is no place for it.
    pub fn metering(&self, meter: Option<Arc<dyn Meter>>) -> Option<Metering> {
        Metering::new(&self.shapes.event, meter?)
    }

    /// Ends every text of a JSON answer with the mention, reads its figures and tells beside them what it costs, where
    /// there is a place for it. No mention is given for an answer that is for a program.
    pub fn edit(
        &self,
        body: &[u8],
        mention: Option<&Mention>,
        meter: Option<&dyn Meter>,
    ) -> Result<(Option<Vec<u8>>, Report), Unreadable> {
        let reading = answer::read(body, &self.shapes.answer)?;
        let meter = meter.filter(|_| self.shapes.answer.has_impacts());
        let generates = self.yields == Yields::Text;
        Ok(stream::edit_document(body, &reading, mention, meter, generates))
    }
}

#[cfg(test)]
mod budget_tests;
#[cfg(test)]
mod notice_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod words_tests;
