//! OpenAI's Responses endpoint: one response with a list of items, and a stream of named events.
//!
//! An item's text is told four times: as it grows, when it is done, when its part is done, when its item is done,
//! and once more in the completed response. The three that end a message are kept back until the next event tells
//! whether the message is the last; then the mention goes into all of them, after one more delta.

mod cut;

use std::sync::LazyLock;

use serde_json::json;

use super::answer::{self, Reading};
use super::mention::Mention;
use super::said::Said;
use super::sse::Block;
use super::stream::{self, Editor, Garbled, Report, Turn, form, write_event};
use super::table::{Field, Rule, field};
use super::{Endpoint, Method, Shapes, Standing, Streams, Yields};
use crate::domain::Tokens;

const IMAGE: Rule = Rule::Attachment("une image");
const FILE: Rule = Rule::Attachment("un fichier");
const KEPT: Rule = Rule::Kept("un fichier déposé chez le fournisseur");

/// platform.openai.com, "Create a model response".
const REQUEST: &[Field] = &[
    field("model", Rule::Model),
    field("stream", Rule::Stream),
    field("instructions", Rule::Instructions),
    field("max_output_tokens", Rule::MaxTokens),
    field("previous_response_id", Rule::Earlier),
    field(
        "conversation",
        Rule::Kept("une conversation gardée chez le fournisseur"),
    ),
    field("prompt", Rule::Kept("une consigne gardée chez le fournisseur")),
    field("input", Rule::Said),
    field("input[]", Rule::Message),
    field("input[].type", Rule::Word),
    field("input[].id", Rule::Word),
    field("input[].status", Rule::Word),
    field("input[].role", Rule::Role),
    field("input[].content", Rule::Said),
    field("input[].content[].type", Rule::Word),
    field("input[].content[].text", Rule::Said),
    field("input[].content[].refusal", Rule::Text),
    field("input[].content[].annotations", Rule::Free),
    field("input[].content[].image_url", IMAGE),
    field("input[].content[].file_id", KEPT),
    field("input[].content[].file_data", FILE),
    field("input[].content[].file_url", FILE),
    field("input[].content[].filename", Rule::Text),
    field(
        "input[].content[].input_audio",
        Rule::Attachment("un enregistrement sonore"),
    ),
    field("input[].call_id", Rule::Word),
    field("input[].name", Rule::Word),
    field("input[].arguments", Rule::Text),
    field("input[].input", Rule::Text),
    field("input[].output", Rule::Text),
    field("input[].output[].type", Rule::Word),
    field("input[].output[].text", Rule::Text),
    field("input[].output[].image_url", IMAGE),
    field("input[].output[].file_id", KEPT),
    field("input[].output[].file_data", FILE),
    field("input[].output[].file_url", FILE),
    field("input[].summary[].type", Rule::Word),
    field("input[].summary[].text", Rule::Text),
    field("input[].result", IMAGE),
    field(
        "input[].encrypted_content",
        Rule::Opaque("pensée du modèle, chiffrée par le fournisseur, qu'il se rend à lui-même"),
    ),
    field("tools[].type", Rule::Word),
    field("tools[].name", Rule::Word),
    field("tools[].description", Rule::Text),
    field("tools[].parameters", Rule::Free),
    field("tool_choice", Rule::Word),
    field("text.format.type", Rule::Format),
    field("text.format.name", Rule::Word),
    field("text.format.schema", Rule::Free),
    field("metadata", Rule::Free),
    field("user", Rule::Text),
    field("safety_identifier", Rule::Text),
    field("prompt_cache_key", Rule::Text),
    field("include", Rule::Word),
    field("reasoning", Rule::Word),
    field("truncation", Rule::Word),
    field("service_tier", Rule::Word),
];

const ANSWER: &[Field] = &[
    field("", Rule::Candidate),
    field("output[].content[]", Rule::Part),
    field("output[].content[].type", Rule::PartKind),
    field("output[].content[].text", Rule::Answer),
    field("output[].call_id", Rule::Call),
    field("output[].arguments", Rule::Arguments),
    field("output[].result", Rule::Image),
    field("usage", Rule::Usage),
    field("usage.input_tokens", Rule::InputTokens),
    field("usage.output_tokens", Rule::OutputTokens),
    field("usage.impacts", Rule::Impacts),
    field("usage.carbon", Rule::Impacts),
    field("error", Rule::Error),
];

/// The same places for every event: each has at most one of them. A `delta` is a piece of the text, or of what the
/// event's kind says; all other texts are told whole.
const EVENT: &[Field] = &[
    field("", Rule::Candidate),
    field("type", Rule::Kind),
    field("output_index", Rule::Index),
    field("delta", Rule::Answer),
    field("text", Rule::Again),
    field("part", Rule::Part),
    field("part.type", Rule::PartKind),
    field("part.text", Rule::Again),
    field("arguments", Rule::ArgumentsAgain),
    field("item.content[]", Rule::Part),
    field("item.content[].type", Rule::PartKind),
    field("item.content[].text", Rule::Again),
    field("item.call_id", Rule::Call),
    field("item.arguments", Rule::ArgumentsAgain),
    field("item.result", Rule::Image),
    field("partial_image_b64", Rule::Image),
    field("response.output[].content[]", Rule::Part),
    field("response.output[].content[].type", Rule::PartKind),
    field("response.output[].content[].text", Rule::Again),
    field("response.output[].call_id", Rule::Call),
    field("response.output[].arguments", Rule::ArgumentsAgain),
    field("response.output[].result", Rule::Image),
    field("response.usage", Rule::Usage),
    field("response.usage.input_tokens", Rule::InputTokens),
    field("response.usage.output_tokens", Rule::OutputTokens),
    field("response.usage.impacts", Rule::Impacts),
    field("response.usage.carbon", Rule::Impacts),
];

static SHAPES: LazyLock<Shapes> = LazyLock::new(|| Shapes::new(REQUEST, ANSWER, EVENT));

/// `POST /v1/responses`.
pub(super) const ENDPOINT: Endpoint = Endpoint {
    name: "responses",
    method: Method::Post,
    paths: &["/v1/responses"],
    yields: Yields::Text,
    streams: Streams::OnRequest,
    request: REQUEST,
    answer: ANSWER,
    event: EVENT,
    max_tokens: Some("max_output_tokens"),
    standing: Some(Standing::Text("instructions")),
    shapes: &SHAPES,
};

/// The id of the only message of a refusal.
fn message_id(said: &Said) -> String {
    format!("msg_{}", said.request_id)
}

fn part(said: &Said) -> serde_json::Value {
    json!({ "type": "output_text", "text": said.worded(), "annotations": [] })
}

fn message(said: &Said) -> serde_json::Value {
    json!({ "id": message_id(said), "type": "message", "role": "assistant", "status": "incomplete", "content": [part(said)] })
}

fn response(said: &Said, model: &str, status: &str, output: serde_json::Value) -> serde_json::Value {
    let details = (status == "incomplete").then(|| json!({ "reason": "content_filter" }));
    json!({
        "id": format!("resp_{}", said.request_id), "object": "response", "created_at": 0, "status": status,
        "model": model, "error": null, "incomplete_details": details, "instructions": null, "metadata": {},
        "output": output, "parallel_tool_calls": false, "temperature": null, "tool_choice": "none", "tools": [],
        "top_p": null,
        "usage": { "input_tokens": 0, "input_tokens_details": { "cached_tokens": 0 },
                   "output_tokens": 0, "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": 0 },
    })
}

/// A whole response whose only message says why there is none.
fn refused(said: &Said, model: &str) -> serde_json::Value {
    response(said, model, "incomplete", json!([message(said)]))
}

/// A refusal told as the assistant's answer.
pub(super) fn refusal(said: &Said, model: &str, streamed: bool) -> Vec<u8> {
    if !streamed {
        return refused(said, model).to_string().into_bytes();
    }
    let (item_id, part) = (message_id(said), part(said));
    let opening =
        json!({ "id": item_id, "type": "message", "role": "assistant", "status": "in_progress", "content": [] });
    let empty = json!({ "type": "output_text", "text": "", "annotations": [] });
    let at = json!({ "item_id": item_id, "output_index": 0, "content_index": 0 });
    let events = [
        (
            "response.created",
            json!({ "response": response(said, model, "in_progress", json!([])) }),
        ),
        (
            "response.output_item.added",
            json!({ "output_index": 0, "item": opening }),
        ),
        ("response.content_part.added", with(&at, json!({ "part": empty }))),
        (
            "response.output_text.delta",
            with(&at, json!({ "delta": part["text"], "logprobs": [] })),
        ),
        (
            "response.output_text.done",
            with(&at, json!({ "text": part["text"], "logprobs": [] })),
        ),
        ("response.content_part.done", with(&at, json!({ "part": part }))),
        (
            "response.output_item.done",
            json!({ "output_index": 0, "item": message(said) }),
        ),
        ("response.incomplete", json!({ "response": refused(said, model) })),
    ];
    let mut out = Vec::new();
    for (number, (name, event)) in events.into_iter().enumerate() {
        let event = with(&event, json!({ "type": name, "sequence_number": number }));
        write_event(Some(name), event.to_string().as_bytes(), &mut out);
    }
    out
}

fn with(base: &serde_json::Value, more: serde_json::Value) -> serde_json::Value {
    let mut all = base.clone();
    if let (Some(all), serde_json::Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
    all
}

/// The events of one response.
pub(super) struct Events {
    endpoint: &'static Endpoint,
    mention: Option<Mention>,
    turn: Turn,
    tokens: Tokens,
    /// Events that end a message, with where its text stands in them.
    held: Vec<(Block, Option<std::ops::Range<usize>>)>,
    /// The last delta, the mold of one more.
    delta: Option<Block>,
    /// The response as it began, and the text of its last message so far, as it stands inside a JSON string: for an answer
    /// that is cut.
    created: Option<Block>,
    said: Vec<u8>,
    whole: bool,
}

impl Events {
    /// Nothing seen yet.
    pub(super) fn new(endpoint: &'static Endpoint, mention: Option<Mention>) -> Self {
        Self {
            endpoint,
            mention,
            turn: Turn::default(),
            tokens: Tokens::default(),
            held: Vec::new(),
            delta: None,
            created: None,
            said: Vec::new(),
            whole: false,
        }
    }

    /// The message that was held is not the last: it leaves as it came.
    fn release(&mut self, out: &mut Vec<u8>) {
        if !self.held.is_empty() {
            self.said.clear();
        }
        for (block, _) in self.held.drain(..) {
            out.extend_from_slice(&block.raw);
        }
    }

    /// The message that was held is the last: one more delta, and the mention in what ends it.
    fn end(&mut self, out: &mut Vec<u8>) {
        let wanted = self.turn.wants(self.mention.as_ref()).filter(|_| !self.turn.ended);
        let Some(mention) = wanted else {
            return self.release(out);
        };
        if let Some(delta) = &self.delta
            && let Some(event) = self.more(delta, &String::from_utf8_lossy(&mention.quoted()))
        {
            delta.write_with(&event, out);
        }
        for (block, text) in &self.held {
            write_ended(block, text.as_ref(), mention, out);
        }
        self.held.clear();
        self.turn.ended = true;
    }

    /// A delta like this one with another text, in its quotes.
    fn more(&self, delta: &Block, quoted: &str) -> Option<Vec<u8>> {
        let data = delta.data()?;
        let reading = answer::read(data, &self.endpoint.shapes.event).ok()?;
        let text = reading.only()?.text.clone()?;
        Some(stream::splice(data, &[(text, quoted)]))
    }

    fn last(&mut self, block: &Block, reading: &Reading, out: &mut Vec<u8>) {
        if let Some(candidate) = reading.only() {
            self.turn.calls |= candidate.calls;
            if self.turn.length == 0 {
                self.turn.grow(candidate);
            }
        }
        self.tokens = reading.tokens;
        self.whole = true;
        let wanted = self.turn.wants(self.mention.as_ref()).cloned();
        self.end(out);
        let text = reading.only().and_then(|candidate| candidate.text.as_ref());
        match wanted {
            Some(mention) => write_ended(block, text, &mention, out),
            None => out.extend_from_slice(&block.raw),
        }
    }
}

/// A block whose text ends with the mention.
fn write_ended(block: &Block, text: Option<&std::ops::Range<usize>>, mention: &Mention, out: &mut Vec<u8>) {
    match (block.data(), text) {
        (Some(data), Some(text)) => {
            block.write_with(&stream::splice(data, &[(stream::end_of(text), mention.escaped())]), out)
        }
        _ => out.extend_from_slice(&block.raw),
    }
}

impl Editor for Events {
    fn block(&mut self, block: Block, out: &mut Vec<u8>) -> Result<(), Garbled> {
        let Some(data) = block.data().filter(|data| !data.is_empty() && *data != b"[DONE]") else {
            out.extend_from_slice(&block.raw);
            return Ok(());
        };
        let reading = answer::read(data, &self.endpoint.shapes.event).map_err(|_| Garbled)?;
        let text = reading.only().and_then(|candidate| candidate.text.clone());
        let calls = reading.only().is_some_and(|candidate| candidate.calls);
        match reading.kind.as_deref().unwrap_or_default() {
            "response.output_text.delta" => {
                self.release(out);
                if let Some(candidate) = reading.only() {
                    self.turn.grow(candidate);
                }
                if let Some(text) = text {
                    self.said.extend_from_slice(&data[text.start + 1..text.end - 1]);
                }
                out.extend_from_slice(&block.raw);
                self.delta = Some(block);
            }
            "response.output_text.done" | "response.content_part.done" | "response.output_item.done"
                if text.is_some() && self.turn.length > 0 && !calls =>
            {
                self.held.push((block, text));
            }
            "response.completed" | "response.incomplete" | "response.failed" => self.last(&block, &reading, out),
            "response.created" => {
                out.extend_from_slice(&block.raw);
                self.created = Some(block);
            }
            "error" => {
                self.end(out);
                self.whole = true;
                out.extend_from_slice(&block.raw);
            }
            _ => {
                self.turn.calls |= calls;
                self.release(out);
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
        // What was held ends a text that must not be shown again.
        self.held.clear();
        if let Some(delta) = &self.delta
            && let Some(event) = self.more(delta, &serde_json::Value::from(said.parting()).to_string())
        {
            delta.write_with(&event, out);
        }
        let event =
            json!({ "type": "response.incomplete", "sequence_number": u32::MAX, "response": refused(said, "") });
        write_event(Some("response.incomplete"), event.to_string().as_bytes(), out);
        self.turn.ended = true;
        self.whole = true;
    }

    fn cut(&mut self, out: &mut Vec<u8>) {
        let ending = self.held.is_empty() && !self.turn.calls;
        let wanted = self.turn.wants(self.mention.as_ref()).filter(|_| !self.turn.ended);
        let text = [&self.said[..], wanted.map_or(&[][..], Mention::escaped)].concat();
        let text = serde_json::from_slice([b"\"", &text[..], b"\""].concat().as_slice()).unwrap_or_default();
        self.end(out);
        cut::write(self.created.as_ref(), self.delta.as_ref(), text, ending, out);
        self.turn.ended = true;
        self.whole = true;
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
