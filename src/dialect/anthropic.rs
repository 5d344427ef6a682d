//! Anthropic's wire format: messages made of blocks, and a stream of named events.
//!
//! The end of a text block is kept back until the next event: only then it is known whether the block was the last,
//! and the mention belongs at the end of the last. The two come together as a rule.

use std::sync::LazyLock;

use serde_json::json;

use super::answer;
use super::mention::Mention;
use super::said::{Because, Said};
use super::sse::{Block, Framing};
use super::stream::{Editor, Garbled, Report, Turn, form, write_event};
use super::table::{Field, Rule, field};
use super::{Dialect, Endpoint, Method, Shapes, Standing, Streams, Yields};
use crate::domain::Tokens;

/// The dialect.
#[derive(Debug)]
pub(super) struct Anthropic;

const FILE: Rule = Rule::Attachment("un fichier");
const KEPT: Rule = Rule::Kept("un fichier déposé chez le fournisseur");
const SIGNATURE: Rule = Rule::Opaque("signature de la pensée du modèle, que le fournisseur se rend à lui-même");
const SEALED: Rule = Rule::Opaque("contenu chiffré par le fournisseur, qu'il se rend à lui-même");

/// docs.anthropic.com, "Messages". A tool result holds blocks again.
const REQUEST: &[Field] = &[
    field("model", Rule::Model),
    field("stream", Rule::Stream),
    field("max_tokens", Rule::MaxTokens),
    field("system", Rule::Instructions),
    field("system[].type", Rule::Word),
    field("system[].text", Rule::Instructions),
    field("messages[]", Rule::Message),
    field("messages[].role", Rule::Role),
    field("messages[].content", Rule::Said),
    field("messages[].content[].type", Rule::Word),
    field("messages[].content[].text", Rule::Said),
    field("messages[].content[].citations", Rule::Free),
    field("messages[].content[].cache_control", Rule::Word),
    field("messages[].content[].thinking", Rule::Text),
    field("messages[].content[].signature", SIGNATURE),
    field("messages[].content[].data", SEALED),
    field("messages[].content[].id", Rule::Word),
    field("messages[].content[].name", Rule::Word),
    field("messages[].content[].input", Rule::Free),
    field("messages[].content[].tool_use_id", Rule::Word),
    field("messages[].content[].title", Rule::Text),
    field("messages[].content[].context", Rule::Text),
    field("messages[].content[].file_id", KEPT),
    field("messages[].content[].source", Rule::Source),
    field("messages[].content[].source.type", Rule::SourceKind),
    field("messages[].content[].source.media_type", Rule::MediaType),
    field("messages[].content[].source.data", FILE),
    field("messages[].content[].source.url", FILE),
    field("messages[].content[].source.file_id", KEPT),
    field("messages[].content[].source.content", Rule::Text),
    field("messages[].content[].source.content[].type", Rule::Word),
    field("messages[].content[].source.content[].text", Rule::Text),
    field("messages[].content[].source.content[].source", FILE),
    field("messages[].content[].content", Rule::Text),
    field("messages[].content[].content[].type", Rule::Word),
    field("messages[].content[].content[].text", Rule::Text),
    field("messages[].content[].content[].title", Rule::Text),
    field("messages[].content[].content[].encrypted_content", SEALED),
    field("messages[].content[].content[].source", Rule::Source),
    field("messages[].content[].content[].source.type", Rule::SourceKind),
    field("messages[].content[].content[].source.media_type", Rule::MediaType),
    field("messages[].content[].content[].source.data", FILE),
    field("messages[].content[].content[].source.url", FILE),
    field("messages[].content[].content[].source.file_id", KEPT),
    field("tools[].type", Rule::Word),
    field("tools[].name", Rule::Word),
    field("tools[].description", Rule::Text),
    field("tools[].input_schema", Rule::Free),
    field("tools[].cache_control", Rule::Word),
    field("tool_choice", Rule::Word),
    field("output_format.type", Rule::Format),
    field("output_format.schema", Rule::Free),
    field("output_config.format.type", Rule::Format),
    field("output_config.format.schema", Rule::Free),
    field("metadata", Rule::Free),
    field("stop_sequences", Rule::Text),
    field("thinking", Rule::Word),
    field("service_tier", Rule::Word),
    field("container", KEPT),
];

const ANSWER: &[Field] = &[
    field("", Rule::Candidate),
    field("content[].text", Rule::Answer),
    field("stop_reason", Rule::Finish),
    field("usage", Rule::Usage),
    field("usage.input_tokens", Rule::InputTokens),
    field("usage.cache_creation_input_tokens", Rule::InputTokens),
    field("usage.cache_read_input_tokens", Rule::InputTokens),
    field("usage.output_tokens", Rule::OutputTokens),
    field("usage.impacts", Rule::Impacts),
    field("usage.carbon", Rule::Impacts),
    field("error", Rule::Error),
];

const EVENT: &[Field] = &[
    field("", Rule::Candidate),
    field("type", Rule::Kind),
    field("index", Rule::Index),
    field("delta.text", Rule::Answer),
    field("delta.thinking", Rule::Aside),
    field("delta.partial_json", Rule::Arguments),
    field("delta.stop_reason", Rule::Finish),
    field("message.usage.input_tokens", Rule::InputTokens),
    field("message.usage.cache_creation_input_tokens", Rule::InputTokens),
    field("message.usage.cache_read_input_tokens", Rule::InputTokens),
    field("usage", Rule::Usage),
    field("usage.output_tokens", Rule::OutputTokens),
    field("usage.impacts", Rule::Impacts),
    field("usage.carbon", Rule::Impacts),
];

const COUNT_ANSWER: &[Field] = &[field("input_tokens", Rule::InputTokens), field("error", Rule::Error)];
const MODELS_ANSWER: &[Field] = &[field("data[].id", Rule::Unread)];

static MESSAGES: LazyLock<Shapes> = LazyLock::new(|| Shapes::new(REQUEST, ANSWER, EVENT));
static COUNT: LazyLock<Shapes> = LazyLock::new(|| Shapes::new(REQUEST, COUNT_ANSWER, &[]));
static MODELS: LazyLock<Shapes> = LazyLock::new(|| Shapes::new(&[], MODELS_ANSWER, &[]));

const fn models(name: &'static str, paths: &'static [&'static str]) -> Endpoint {
    Endpoint {
        name,
        method: Method::Get,
        paths,
        yields: Yields::Models,
        streams: Streams::Never,
        request: &[],
        answer: MODELS_ANSWER,
        event: &[],
        max_tokens: None,
        standing: None,
        shapes: &MODELS,
    }
}

static ENDPOINTS: [Endpoint; 4] = [
    Endpoint {
        name: "messages",
        method: Method::Post,
        paths: &["/v1/messages"],
        yields: Yields::Text,
        streams: Streams::OnRequest,
        request: REQUEST,
        answer: ANSWER,
        event: EVENT,
        max_tokens: Some("max_tokens"),
        standing: Some(Standing::Text("system")),
        shapes: &MESSAGES,
    },
    Endpoint {
        name: "messages.count_tokens",
        method: Method::Post,
        paths: &["/v1/messages/count_tokens"],
        yields: Yields::Count,
        streams: Streams::Never,
        request: REQUEST,
        answer: COUNT_ANSWER,
        event: &[],
        max_tokens: None,
        standing: None,
        shapes: &COUNT,
    },
    models("models", &["/v1/models"]),
    models("models.get", &["/v1/models/{model}"]),
];

impl Dialect for Anthropic {
    fn name(&self) -> &'static str {
        "anthropic"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn claims(&self, has_header: &dyn Fn(&str) -> bool, _has_key_in_query: bool) -> bool {
        has_header("anthropic-version")
    }

    fn credential(&self) -> (&'static str, &'static str) {
        ("x-api-key", "")
    }

    fn error(&self, said: &Said) -> Vec<u8> {
        let kind = match said.because {
            Because::Invalid | Because::Content => "invalid_request_error",
            Because::Unauthorized => "authentication_error",
            Because::Forbidden => "permission_error",
            Because::NotFound => "not_found_error",
            Because::TooLarge => "request_too_large",
            Because::Quota => "rate_limit_error",
            Because::Timeout => "timeout_error",
            Because::Unavailable => "overloaded_error",
            Because::Upstream => "api_error",
        };
        let mut error = json!({ "type": kind, "message": said.worded(), "code": said.code });
        if let Some(links) = said.help() {
            error["links"] = links;
        }
        json!({ "type": "error", "error": error, "request_id": said.request_id })
            .to_string()
            .into_bytes()
    }

    fn error_event(&self, said: &Said, _framing: Framing, _started: bool) -> Vec<u8> {
        let mut out = Vec::new();
        write_event(Some("error"), &self.error(said), &mut out);
        out
    }

    fn refusal(&self, endpoint: &Endpoint, said: &Said, model: &str, framing: Option<Framing>) -> Vec<u8> {
        debug_assert_eq!(endpoint.yields, Yields::Text);
        let text = said.worded();
        let message = |content: serde_json::Value, reason: Option<&str>| {
            json!({
                "id": format!("msg_{}", said.request_id), "type": "message", "role": "assistant", "model": model,
                "content": content, "stop_reason": reason, "stop_sequence": null,
                "usage": { "input_tokens": 0, "output_tokens": 0 },
            })
        };
        if framing.is_none() {
            let content = json!([{ "type": "text", "text": text }]);
            return message(content, Some("refusal")).to_string().into_bytes();
        }
        let events = [
            ("message_start", json!({ "message": message(json!([]), None) })),
            (
                "content_block_start",
                json!({ "index": 0, "content_block": { "type": "text", "text": "" } }),
            ),
            (
                "content_block_delta",
                json!({ "index": 0, "delta": { "type": "text_delta", "text": text } }),
            ),
            ("content_block_stop", json!({ "index": 0 })),
            (
                "message_delta",
                json!({ "delta": { "stop_reason": "refusal", "stop_sequence": null }, "usage": { "output_tokens": 0 } }),
            ),
            ("message_stop", json!({})),
        ];
        let mut out = Vec::new();
        for (name, mut event) in events {
            event["type"] = json!(name);
            write_event(Some(name), event.to_string().as_bytes(), &mut out);
        }
        out
    }

    fn editor(&self, endpoint: &'static Endpoint, _framing: Framing, mention: Option<Mention>) -> Box<dyn Editor> {
        Box::new(Events {
            endpoint,
            mention,
            turn: Turn::default(),
            tokens: Tokens::default(),
            begun: None,
            open: None,
            last: 0,
            held: None,
            whole: false,
        })
    }
}

/// The events of one message.
struct Events {
    endpoint: &'static Endpoint,
    mention: Option<Mention>,
    turn: Turn,
    tokens: Tokens,
    /// The block that has begun and not ended.
    begun: Option<u64>,
    /// The text block that is open, or whose end is held.
    open: Option<u64>,
    /// The number of the last block.
    last: u64,
    /// The end of a text block, which may be the last.
    held: Option<Block>,
    whole: bool,
}

impl Editor for Events {
    fn block(&mut self, block: Block, out: &mut Vec<u8>) -> Result<(), Garbled> {
        let Some(data) = block.data().filter(|data| !data.is_empty()) else {
            out.extend_from_slice(&block.raw);
            return Ok(());
        };
        let reading = answer::read(data, &self.endpoint.shapes.event).map_err(|_| Garbled)?;
        self.tokens.input = reading.tokens.input.or(self.tokens.input);
        self.tokens.output = reading.tokens.output.or(self.tokens.output);
        let Some(candidate) = reading.only() else {
            return Err(Garbled);
        };
        match reading.kind.as_deref().unwrap_or_default() {
            "content_block_delta" => {
                if candidate.text.is_some() {
                    self.open = Some(candidate.index);
                }
                self.turn.grow(candidate);
                out.extend_from_slice(&block.raw);
            }
            "content_block_stop" if self.open == Some(candidate.index) => {
                self.begun = None;
                self.held = Some(block);
            }
            "ping" => out.extend_from_slice(&block.raw),
            kind @ ("message_delta" | "message_stop" | "error") => {
                self.whole |= kind != "message_delta";
                self.turn.calls |= candidate.calls;
                self.end(out);
                out.extend_from_slice(&block.raw);
            }
            kind => {
                match kind {
                    "content_block_start" => self.begun = Some(candidate.index),
                    "content_block_stop" => self.begun = None,
                    _ => {}
                }
                self.last = self.last.max(candidate.index);
                if let Some(stop) = self.held.take() {
                    self.open = None;
                    out.extend_from_slice(&stop.raw);
                }
                out.extend_from_slice(&block.raw);
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        self.end(out);
        self.whole
    }

    fn stop(&mut self, said: &Said, out: &mut Vec<u8>) {
        self.held = None;
        let index = self.open.unwrap_or(self.last + 1);
        let start =
            json!({ "type": "content_block_start", "index": index, "content_block": { "type": "text", "text": "" } });
        let delta = json!({ "type": "content_block_delta", "index": index,
                            "delta": { "type": "text_delta", "text": said.parting() } });
        let stop = json!({ "type": "content_block_stop", "index": index });
        let end = json!({ "type": "message_delta", "delta": { "stop_reason": "refusal", "stop_sequence": null },
                          "usage": { "output_tokens": self.tokens.output.unwrap_or(0) } });
        let events = [
            ("content_block_start", start),
            ("content_block_delta", delta),
            ("content_block_stop", stop),
            ("message_delta", end),
            ("message_stop", json!({ "type": "message_stop" })),
        ];
        for (name, event) in events.iter().skip(usize::from(self.open.is_some())) {
            write_event(Some(name), event.to_string().as_bytes(), out);
        }
        self.turn.ended = true;
        self.whole = true;
    }

    fn cut(&mut self, out: &mut Vec<u8>) {
        let stop = |index: u64, out: &mut Vec<u8>| {
            let event = json!({ "type": "content_block_stop", "index": index });
            write_event(Some("content_block_stop"), event.to_string().as_bytes(), out);
        };
        if let Some(index) = self.begun.take().filter(|begun| self.open != Some(*begun)) {
            // What is open and no text is a call, or thinking: a step of a program.
            self.turn.calls = true;
            stop(index, out);
        }
        let open = self.open.filter(|_| self.held.is_none());
        self.end(out);
        if let Some(index) = open {
            stop(index, out);
        }
        let end = json!({ "type": "message_delta", "delta": { "stop_reason": "max_tokens", "stop_sequence": null },
                          "usage": { "output_tokens": self.tokens.output.unwrap_or(0) } });
        write_event(Some("message_delta"), end.to_string().as_bytes(), out);
        write_event(Some("message_stop"), br#"{"type":"message_stop"}"#, out);
        self.whole = true;
    }

    fn closing(&self) -> bool {
        self.turn.ended
    }

    fn whole(&self) -> bool {
        self.whole
    }

    fn report(&self) -> Report {
        Report {
            tokens: self.tokens,
            length: self.turn.length,
            mention: form([(self.turn.length, self.turn.calls)], self.mention.as_ref()),
        }
    }
}

impl Events {
    /// The message ends: the mention goes to the end of its last block, or into a block of its own if that is not text.
    fn end(&mut self, out: &mut Vec<u8>) {
        if let Some(mention) = self.turn.wants(self.mention.as_ref()).filter(|_| !self.turn.ended) {
            let index = self.open.unwrap_or(self.last + 1);
            let block = json!({ "type": "content_block_start", "index": index, "content_block": { "type": "text", "text": "" } });
            let stop = json!({ "type": "content_block_stop", "index": index });
            let text = mention.quoted();
            let text = String::from_utf8_lossy(&text);
            let delta = format!(
                "{{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{{\"type\":\"text_delta\",\"text\":{text}}}}}"
            );
            if self.open.is_none() {
                write_event(Some("content_block_start"), block.to_string().as_bytes(), out);
            }
            write_event(Some("content_block_delta"), delta.as_bytes(), out);
            if self.open.is_none() {
                write_event(Some("content_block_stop"), stop.to_string().as_bytes(), out);
            }
        }
        self.turn.ended = true;
        if let Some(stop) = self.held.take() {
            out.extend_from_slice(&stop.raw);
        }
    }
}
