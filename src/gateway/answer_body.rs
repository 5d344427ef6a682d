//! The body of an answer as the caller receives it: the only body wrapper, the same for every dialect.
//!
//! Pieces of the backend are decoded, edited and handed on as they come. Its end, its failure and its being dropped
//! each settle the account exactly once.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::dialect::{Dialect, Said, StreamEditor, Trouble};
use crate::domain::Outcome;
use crate::upstream;

use super::account::Account;

/// An answer on its way out.
pub struct AnswerBody {
    state: State,
    account: Option<Account>,
}

/// How to tell a caller that the answer stops here.
pub(super) struct Ending {
    pub(super) dialect: &'static dyn Dialect,
    /// Because the backend failed.
    pub(super) broken: Said,
    /// Because the rest must not be shown.
    pub(super) stopped: Said,
}

enum State {
    Whole { bytes: Bytes, outcome: Outcome },
    Stream(Box<Streaming>),
    Over,
}

struct Streaming {
    body: upstream::Body,
    editor: StreamEditor,
    ending: Ending,
    /// Something was handed over.
    started: bool,
    /// It was longer than what is left to be spent.
    spent: bool,
}

impl std::fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.state {
            State::Whole { bytes, .. } => write!(f, "AnswerBody({} bytes)", bytes.len()),
            State::Stream(_) => f.write_str("AnswerBody(stream)"),
            State::Over => f.write_str("AnswerBody(over)"),
        }
    }
}

impl AnswerBody {
    pub(super) fn whole(bytes: Bytes, account: Account) -> Self {
        Self {
            state: State::Whole {
                bytes,
                outcome: Outcome::Completed,
            },
            account: Some(account),
        }
    }

    /// An answer of the gateway itself, without content.
    pub(super) fn own() -> Self {
        Self {
            state: State::Over,
            account: None,
        }
    }

    pub(super) fn error(bytes: Bytes, account: Account) -> Self {
        Self {
            state: State::Whole {
                bytes,
                outcome: Outcome::UpstreamError,
            },
            account: Some(account),
        }
    }

    pub(super) fn stream(body: upstream::Body, editor: StreamEditor, ending: Ending, account: Account) -> Self {
        let streaming = Streaming {
            body,
            editor,
            ending,
            started: false,
            spent: false,
        };
        Self {
            state: State::Stream(Box::new(streaming)),
            account: Some(account),
        }
    }

    fn settle(&mut self, outcome: Outcome) {
        self.state = State::Over;
        if let Some(account) = self.account.take() {
            account.settle(outcome);
        }
    }
}

impl Streaming {
    /// The next bytes for the caller; at the end, with how it ended.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<(Vec<u8>, Option<Outcome>)> {
        loop {
            let piece = ready!(self.body.poll_next(cx));
            let mut out =
                Vec::with_capacity(piece.as_ref().map_or(0, |piece| piece.as_ref().map_or(0, Bytes::len)) + 64);
            let outcome = match piece {
                Some(Ok(piece)) => match self.editor.push(&piece, &mut out) {
                    Ok(()) => None,
                    Err(trouble) => Some(self.stop(trouble, &mut out)),
                },
                Some(Err(_)) => Some(self.stop(Trouble::Garbled, &mut out)),
                None => match self.editor.finish(&mut out) {
                    Ok(()) => Some(Outcome::Completed),
                    Err(trouble) => Some(self.over(trouble, &mut out)),
                },
            };
            self.started |= !out.is_empty();
            if outcome.is_some() || !out.is_empty() {
                return Poll::Ready((out, outcome));
            }
        }
    }

    /// Nothing more of the backend's stream is handed on: what was shown gets its mention, and its end is told in the
    /// caller's dialect.
    fn stop(&mut self, trouble: Trouble, out: &mut Vec<u8>) -> Outcome {
        if trouble == Trouble::Garbled {
            // What the editor says of the end is known already.
            let _ = self.editor.finish(out);
        }
        self.over(trouble, out)
    }

    fn over(&mut self, trouble: Trouble, out: &mut Vec<u8>) -> Outcome {
        let Ending {
            dialect,
            broken,
            stopped,
        } = &self.ending;
        match trouble {
            Trouble::Stopped => {
                self.editor.stop(stopped, out);
                Outcome::Refused
            }
            Trouble::Spent => {
                self.spent = true;
                match self.editor.cut(out) {
                    Ok(()) => Outcome::Refused,
                    Err(trouble) => self.over(trouble, out),
                }
            }
            Trouble::Garbled => {
                tracing::warn!(request = broken.request_id, "the backend's stream broke off");
                let started = self.started || !out.is_empty();
                out.extend(dialect.error_event(broken, self.editor.framing(), started));
                Outcome::UpstreamError
            }
        }
    }
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = &mut *self;
        let (bytes, outcome) = match &mut this.state {
            State::Over => return Poll::Ready(None),
            State::Whole { bytes, outcome } => (std::mem::take(bytes), Some(*outcome)),
            State::Stream(streaming) => {
                let (out, outcome) = ready!(streaming.poll_next(cx));
                if let Some(account) = &mut this.account {
                    account.report = streaming.editor.report();
                    account.whole = streaming.editor.whole();
                    account.spent |= streaming.spent;
                }
                (out.into(), outcome)
            }
        };
        if let Some(account) = &mut this.account {
            account.release();
        }
        if let Some(outcome) = outcome {
            this.settle(outcome);
        }
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.state, State::Over)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::Whole { bytes, .. } => SizeHint::with_exact(bytes.len() as u64),
            State::Stream(_) => SizeHint::default(),
            State::Over => SizeHint::with_exact(0),
        }
    }
}
