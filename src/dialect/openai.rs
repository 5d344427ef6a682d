//! OpenAI's wire format, as OpenAI, Mistral, vLLM, Ollama and most others speak it: chat, embeddings, models.
//! The newer Responses endpoint has its own events and its own file, `responses.rs`.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::json;

use super::answer::{self, Candidate};
use super::mention::Mention;
use super::responses;
use super::said::{Because, Said};
use super::sse::{Block, Framing};
use super::stream::{self, Editor, Garbled, Report, Turn, form, write_event};
use super::table::{Field, Rule, field};
use super::{Dialect, Endpoint, Method, Shapes, Standing, Streams, Yields};
use crate::domain::Tokens;

/// The dialect.
#[derive(Debug)]
pub(super) struct OpenAi;

const IMAGE: Rule = Rule::Attachment("une image");
const FILE: Rule = Rule::Attachment("un fichier");
const SOUND: Rule = Rule::Attachment("un enregistrement sonore");

/// platform.openai.com, "Create chat completion".
const CHAT_REQUEST: &[Field] = &[
    field("model", Rule::Model),
    field("stream", Rule::Stream),
    field("stream_options", Rule::Word),
    field("max_tokens", Rule::MaxTokens),
    field("max_completion_tokens", Rule::MaxTokens),
    field("messages", Rule::Turns),
    field("messages[]", Rule::Message),
    field("messages[].role", Rule::Role),
    field("messages[].name", Rule::Text),
    field("messages[].content", Rule::Said),
    field("messages[].content[].type", Rule::Word),
    field("messages[].content[].text", Rule::Said),
    field("messages[].content[].refusal", Rule::Text),
    field("messages[].content[].image_url", IMAGE),
    field("messages[].content[].input_audio", SOUND),
    field("messages[].content[].video_url", Rule::Attachment("une vidéo")),
    field("messages[].content[].audio_url", SOUND),
    field("messages[].content[].file", FILE),
    field("messages[].refusal", Rule::Text),
    field("messages[].reasoning_content", Rule::Text),
    field("messages[].audio.id", Rule::Kept("un enregistrement sonore")),
    field("messages[].tool_call_id", Rule::Word),
    field("messages[].tool_calls[].id", Rule::Word),
    field("messages[].tool_calls[].type", Rule::Word),
    field("messages[].tool_calls[].function.name", Rule::Word),
    field("messages[].tool_calls[].function.arguments", Rule::Text),
    field("messages[].tool_calls[].custom.name", Rule::Word),
    field("messages[].tool_calls[].custom.input", Rule::Text),
    field("messages[].function_call.name", Rule::Word),
    field("messages[].function_call.arguments", Rule::Text),
    field("tools[].type", Rule::Word),
    field("tools[].function.name", Rule::Word),
    field("tools[].function.description", Rule::Text),
    field("tools[].function.parameters", Rule::Free),
    field("functions[].name", Rule::Word),
    field("functions[].description", Rule::Text),
    field("functions[].parameters", Rule::Free),
    field("tool_choice", Rule::Word),
    field("function_call", Rule::Word),
    field("response_format.type", Rule::Format),
    field("response_format.json_schema", Rule::Free),
    field("prediction.type", Rule::Word),
    field("prediction.content", Rule::Text),
    field("prediction.content[].text", Rule::Text),
    field("stop", Rule::Text),
    field("metadata", Rule::Free),
    field("user", Rule::Text),
    field("safety_identifier", Rule::Text),
    field("prompt_cache_key", Rule::Text),
    field("web_search_options", Rule::Free),
    field("modalities", Rule::Word),
    field("reasoning_effort", Rule::Word),
    field("service_tier", Rule::Word),
    field("verbosity", Rule::Word),
];

const CHAT_ANSWER: &[Field] = &[
    field("choices", Rule::Candidates),
    field("choices[]", Rule::Candidate),
    field("choices[].index", Rule::Index),
    field("choices[].message.content", Rule::Answer),
    field("choices[].message.content[].text", Rule::Answer),
    field("choices[].message.tool_calls[]", Rule::Call),
    field("choices[].message.tool_calls[].function.arguments", Rule::Arguments),
    field("choices[].message.function_call", Rule::Call),
    field("choices[].message.function_call.arguments", Rule::Arguments),
    field("choices[].finish_reason", Rule::Finish),
    field("usage", Rule::Usage),
    field("usage.prompt_tokens", Rule::InputTokens),
    field("usage.completion_tokens", Rule::OutputTokens),
    field("usage.impacts", Rule::Impacts),
    field("usage.carbon", Rule::Impacts),
    field("error", Rule::Error),
];

const CHAT_EVENT: &[Field] = &[
    field("choices", Rule::Candidates),
    field("choices[]", Rule::Candidate),
    field("choices[].index", Rule::Index),
    field("choices[].delta.content", Rule::Answer),
    field("choices[].delta.reasoning_content", Rule::Aside),
    field("choices[].delta.reasoning", Rule::Aside),
    field("choices[].delta.refusal", Rule::Aside),
    field("choices[].delta.tool_calls[]", Rule::Call),
    field("choices[].delta.tool_calls[].index", Rule::CallIndex),
    field("choices[].delta.tool_calls[].function.arguments", Rule::Arguments),
    field("choices[].delta.function_call", Rule::Call),
    field("choices[].delta.function_call.arguments", Rule::Arguments),
    field("choices[].finish_reason", Rule::Finish),
    field("usage", Rule::Usage),
    field("usage.prompt_tokens", Rule::InputTokens),
    field("usage.completion_tokens", Rule::OutputTokens),
    field("usage.impacts", Rule::Impacts),
    field("usage.carbon", Rule::Impacts),
    field("error", Rule::Error),
];

const EMBEDDINGS_REQUEST: &[Field] = &[
    field("model", Rule::Model),
    field("input", Rule::TextOnly),
    field("encoding_format", Rule::Word),
    field("user", Rule::Text),
];

const EMBEDDINGS_ANSWER: &[Field] = &[
    field("data[].embedding", Rule::Unread),
    field("usage.prompt_tokens", Rule::InputTokens),
    field("error", Rule::Error),
];

const MODELS_ANSWER: &[Field] = &[field("data[].id", Rule::Unread)];

static CHAT: LazyLock<Shapes> = LazyLock::new(|| Shapes::new(CHAT_REQUEST, CHAT_ANSWER, CHAT_EVENT));
static EMBEDDINGS: LazyLock<Shapes> = LazyLock::new(|| Shapes::new(EMBEDDINGS_REQUEST, EMBEDDINGS_ANSWER, &[]));
static MODELS: LazyLock<Shapes> = LazyLock::new(|| Shapes::new(&[], MODELS_ANSWER, &[]));

static ENDPOINTS: [Endpoint; 5] = [
    Endpoint {
        name: "chat.completions",
        method: Method::Post,
        paths: &["/v1/chat/completions"],
        yields: Yields::Text,
        streams: Streams::OnRequest,
        request: CHAT_REQUEST,
        answer: CHAT_ANSWER,
        event: CHAT_EVENT,
        max_tokens: Some("max_completion_tokens"),
        standing: Some(Standing::Message),
        shapes: &CHAT,
    },
    responses::ENDPOINT,
    Endpoint {
        name: "embeddings",
        method: Method::Post,
        paths: &["/v1/embeddings"],
        yields: Yields::Vectors,
        streams: Streams::Never,
        request: EMBEDDINGS_REQUEST,
        answer: EMBEDDINGS_ANSWER,
        event: &[],
        max_tokens: None,
        standing: None,
        shapes: &EMBEDDINGS,
    },
    Endpoint {
        name: "models",
        method: Method::Get,
        paths: &["/v1/models"],
        yields: Yields::Models,
        streams: Streams::Never,
        request: &[],
        answer: MODELS_ANSWER,
        event: &[],
        max_tokens: None,
        standing: None,
        shapes: &MODELS,
    },
    Endpoint {
        name: "models.get",
        method: Method::Get,
        paths: &["/v1/models/{model}"],
        yields: Yields::Models,
        streams: Streams::Never,
        request: &[],
        answer: &[],
        event: &[],
        max_tokens: None,
        standing: None,
        shapes: &MODELS,
    },
];

impl Dialect for OpenAi {
    fn name(&self) -> &'static str {
        "openai"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn credential(&self) -> (&'static str, &'static str) {
        ("authorization", "Bearer ")
    }

    fn upstream_path<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix("/v1").unwrap_or(path)
    }

    fn error(&self, said: &Said) -> Vec<u8> {
        let kind = match said.because {
            Because::Unauthorized => "authentication_error",
            Because::Forbidden => "permission_error",
            Because::Quota => "rate_limit_error",
            Because::Upstream | Because::Timeout | Because::Unavailable => "server_error",
            Because::Invalid | Because::Content | Because::NotFound | Because::TooLarge => "invalid_request_error",
        };
        let mut error = json!({ "message": said.worded(), "type": kind, "param": null, "code": said.code });
        if let Some(links) = said.help() {
            error["links"] = links;
        }
        json!({ "error": error, "request_id": said.request_id })
            .to_string()
            .into_bytes()
    }

    fn error_event(&self, said: &Said, framing: Framing, _started: bool) -> Vec<u8> {
        stream::whole_stream(framing, &self.error(said))
    }

    fn refusal(&self, endpoint: &Endpoint, said: &Said, model: &str, framing: Option<Framing>) -> Vec<u8> {
        if endpoint.name == responses::ENDPOINT.name {
            return responses::refusal(said, model, framing.is_some());
        }
        let id = format!("chatcmpl-{}", said.request_id);
        let text = said.worded();
        let usage = json!({ "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0 });
        if framing.is_none() {
            let message = json!({ "role": "assistant", "content": text, "refusal": null });
            let choice = json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": "content_filter" });
            return json!({ "id": id, "object": "chat.completion", "created": 0, "model": model, "choices": [choice], "usage": usage })
                .to_string()
                .into_bytes();
        }
        let mut out = Vec::new();
        for (delta, finish) in [
            (json!({ "role": "assistant", "content": text }), None),
            (json!({}), Some("content_filter")),
        ] {
            let choice = json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish });
            let chunk = json!({ "id": id, "object": "chat.completion.chunk", "created": 0, "model": model, "choices": [choice] });
            write_event(None, chunk.to_string().as_bytes(), &mut out);
        }
        write_event(None, b"[DONE]", &mut out);
        out
    }

    fn editor(&self, endpoint: &'static Endpoint, _framing: Framing, mention: Option<Mention>) -> Box<dyn Editor> {
        if endpoint.name == responses::ENDPOINT.name {
            return Box::new(responses::Events::new(endpoint, mention));
        }
        Box::new(Chunks {
            endpoint,
            mention,
            turns: BTreeMap::new(),
            tokens: Tokens::default(),
            last: Vec::new(),
            done: false,
        })
    }
}

/// A stream of `chat.completion.chunk`s.
struct Chunks {
    endpoint: &'static Endpoint,
    mention: Option<Mention>,
    turns: BTreeMap<u64, Turn>,
    tokens: Tokens,
    /// The last chunk that had candidates: the mold of one more.
    last: Vec<u8>,
    done: bool,
}

impl Editor for Chunks {
    fn block(&mut self, block: Block, out: &mut Vec<u8>) -> Result<(), Garbled> {
        let Some(data) = block.data().filter(|data| !data.is_empty()) else {
            out.extend_from_slice(&block.raw);
            return Ok(());
        };
        if data == b"[DONE]" {
            self.end_all(out);
            self.done = true;
            out.extend_from_slice(&block.raw);
            return Ok(());
        }
        let reading = answer::read(data, &self.endpoint.shapes.event).map_err(|_| Garbled)?;
        if reading.tokens != Tokens::default() {
            self.tokens = reading.tokens;
        }
        if reading.error {
            self.end_all(out);
            self.done = true;
        }
        let mut inside = Vec::new();
        for candidate in &reading.candidates {
            let turn = self.turns.entry(candidate.index).or_default();
            turn.grow(candidate);
            if candidate.finish.is_none() || turn.ended {
                continue;
            }
            turn.ended = true;
            let Some(mention) = turn.wants(self.mention.as_ref()) else {
                continue;
            };
            match &candidate.text {
                Some(text) => inside.push((stream::end_of(text), mention.escaped())),
                None => write_event(None, &one_more(data, candidate, mention), out),
            }
        }
        if !reading.candidates.is_empty() && self.turns.values().any(|turn| !turn.ended) {
            self.last.clear();
            self.last.extend_from_slice(data);
        }
        if inside.is_empty() {
            out.extend_from_slice(&block.raw);
        } else {
            block.write_with(&stream::splice(data, &inside), out);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        let whole = self.whole();
        self.end_all(out);
        whole
    }

    fn stop(&mut self, said: &Said, out: &mut Vec<u8>) {
        let indexes = stream::unended(&self.turns);
        for index in indexes {
            for (delta, finish) in [
                (json!({ "content": said.parting() }), None),
                (json!({}), Some("content_filter")),
            ] {
                let choice = json!({ "index": index, "delta": delta, "logprobs": null, "finish_reason": finish });
                let chunk = json!({ "id": format!("chatcmpl-{}", said.request_id), "object": "chat.completion.chunk",
                                    "created": 0, "model": "", "choices": [choice] });
                write_event(None, chunk.to_string().as_bytes(), out);
            }
            self.turns.entry(index).or_default().ended = true;
        }
        write_event(None, b"[DONE]", out);
        self.done = true;
    }

    fn cut(&mut self, out: &mut Vec<u8>) {
        let unended = if self.last.is_empty() {
            Vec::new()
        } else {
            stream::unended(&self.turns)
        };
        self.end_all(out);
        for index in unended {
            let choice =
                format!("[{{\"index\":{index},\"delta\":{{}},\"logprobs\":null,\"finish_reason\":\"length\"}}]");
            write_event(None, &with_choices(&self.last, choice.as_bytes()), out);
        }
        write_event(None, b"[DONE]", out);
        self.done = true;
    }

    fn whole(&self) -> bool {
        // Some servers end without `[DONE]`: what counts is that every candidate said why it ended.
        self.done || (!self.turns.is_empty() && self.turns.values().all(|turn| turn.ended))
    }

    fn report(&self) -> Report {
        let turns = self.turns.values().map(|turn| (turn.length, turn.calls));
        Report {
            tokens: self.tokens,
            length: self.turns.values().map(|turn| turn.length).sum(),
            mention: form(turns, self.mention.as_ref()),
        }
    }
}

impl Chunks {
    /// Candidates that were cut short get the mention too.
    fn end_all(&mut self, out: &mut Vec<u8>) {
        for (&index, turn) in &mut self.turns {
            if turn.ended {
                continue;
            }
            turn.ended = true;
            if let Some(mention) = turn.wants(self.mention.as_ref()) {
                let candidate = Candidate {
                    index,
                    ..Candidate::default()
                };
                write_event(None, &one_more(&self.last, &candidate, mention), out);
            }
        }
    }
}

/// A chunk like `mold` whose only delta is the mention.
fn one_more(mold: &[u8], candidate: &Candidate, mention: &Mention) -> Vec<u8> {
    let choices = [
        format!("[{{\"index\":{},\"delta\":{{\"content\":", candidate.index).as_bytes(),
        &mention.quoted(),
        b"},\"logprobs\":null,\"finish_reason\":null}]",
    ]
    .concat();
    with_choices(mold, &choices)
}

/// A chunk like `mold` with other choices.
fn with_choices(mold: &[u8], choices: &[u8]) -> Vec<u8> {
    static SHAPE: LazyLock<super::Shape> = LazyLock::new(|| super::Shape::new(CHAT_EVENT, Rule::Unread));
    // The mold was read once already, as the chunk it is.
    let Ok(reading) = answer::read(mold, &SHAPE) else {
        return Vec::new();
    };
    let mut places = Vec::new();
    if let Some(place) = reading.candidates_place {
        places.push((place, choices));
    }
    if let Some(place) = reading.usage_place {
        places.push((place, b"null"));
    }
    places.sort_by_key(|(place, _)| place.start);
    stream::splice(mold, &places)
}
