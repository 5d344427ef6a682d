//! The simulated backend: an assistant that answers in three dialects with no key and no network,
//! for a first try of the gateway and for its tests.
//!
//! A request in, an answer out, always the same for the same request: no clock, no chance, no I/O.
//! Who calls turns the pieces into a body and waits [`Answer::gap`] between two of them.
//!
//! What a prompt can ask of it:
//! - « echo : … » or « répète : … » in the last text of the user gives that text back;
//! - a last text that opens with « appelle » calls one of the functions of the request;
//! - a wish for JSON is granted, with the required keys of the schema.
//!
//! [`wish`] is what was asked, the same in every dialect, [`words`] what is said to it; one file a
//! wire format reads the one and writes the other.

mod anthropic;
mod gemini;
mod openai;
mod responses;
mod schema;
mod vector;
mod wire;
mod wish;
mod words;

use std::{fmt, time::Duration};

use bytes::Bytes;

use wire::Unfit;

/// Pause between two pieces of a stream: a fast human-like flow that a test can still wait for.
const GAP: Duration = Duration::from_millis(15);

/// A request for the simulated backend.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    /// `openai`, `gemini` or `anthropic`.
    pub dialect: &'a str,
    /// Name of the endpoint in the ledger, as `chat.completions` or `streamGenerateContent`.
    pub endpoint: &'a str,
    /// The model asked for, empty where the request names none.
    pub model: &'a str,
    /// Query of the address, without `?`.
    pub query: Option<&'a str>,
    /// The body, empty for a GET.
    pub body: &'a [u8],
}

/// Holds a prompt: only its length is shown.
impl fmt::Debug for Ask<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask")
            .field("dialect", &self.dialect)
            .field("endpoint", &self.endpoint)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What the simulated backend answers.
#[derive(Clone)]
pub(super) struct Answer {
    /// HTTP status: 200, 400 for what it cannot read, 404 for what it does not offer.
    pub status: u16,
    /// Value of `content-type`.
    pub content_type: &'static str,
    /// The body: one piece, or one for each step of a stream.
    pub pieces: Vec<Bytes>,
    /// Pause between two pieces, zero where there is only one.
    pub gap: Duration,
}

/// May hold what the prompt said: only lengths are shown.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("pieces", &self.pieces.len())
            .field("bytes", &self.pieces.iter().map(Bytes::len).sum::<usize>())
            .finish_non_exhaustive()
    }
}

/// Answers a request. What cannot be read gets the dialect's own 400.
pub(super) fn answer(ask: &Ask<'_>) -> Answer {
    match ask.dialect {
        "gemini" => gemini::answer(ask).unwrap_or_else(|unfit| gemini::error(ask, &unfit)),
        "anthropic" => anthropic::answer(ask).unwrap_or_else(|unfit| anthropic::error(&unfit)),
        // The plain dialect also tells that a dialect is unknown.
        "openai" => openai::answer(ask).unwrap_or_else(|unfit| openai::error(&unfit)),
        _ => openai::error(&Unfit::unknown("ce dialecte")),
    }
}

#[cfg(test)]
mod tests;
