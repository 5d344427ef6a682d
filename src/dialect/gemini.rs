//! Google's wire format for Gemini: `generateContent`, its stream as events or as a growing array, embeddings,
//! counts, models. Every event is a whole answer of its own, so one table reads both.
//!
//! Its SDK raises on a comment or an `event:` line in a stream: only `data:` lines are ever written here.

use std::{collections::BTreeMap, ops::Range, sync::LazyLock};

use serde_json::json;

use super::answer::{self, Candidate};
use super::mention::Mention;
use super::said::{Because, Said};
use super::sse::{Block, Framing};
use super::stream::{self, Editor, Garbled, Report, Turn, form, write_event};
use super::table::{Field, Rule, field};
use super::{Dialect, Endpoint, Method, Shapes, Standing, Streams, Yields};
use crate::domain::Tokens;

/// The dialect.
#[derive(Debug)]
pub(super) struct Gemini;

const KEPT: Rule = Rule::Kept("un fichier déposé chez le fournisseur");
const INLINE: Rule = Rule::Attachment("un fichier joint");
const SIGNATURE: Rule = Rule::Opaque("signature de la pensée du modèle, que le fournisseur se rend à lui-même");

/// ai.google.dev, "Generating content".
const GENERATE_REQUEST: &[Field] = &[
    field("model", Rule::Word),
    field("contents[]", Rule::Message),
    field("contents[].role", Rule::Role),
    field("contents[].parts[]", Rule::Part),
    field("contents[].parts[].text", Rule::Said),
    field("contents[].parts[].thought", Rule::Thought),
    field("contents[].parts[].thoughtSignature", SIGNATURE),
    field("contents[].parts[].inlineData", INLINE),
    field("contents[].parts[].fileData", KEPT),
    field("contents[].parts[].functionCall.id", Rule::Word),
    field("contents[].parts[].functionCall.name", Rule::Word),
    field("contents[].parts[].functionCall.args", Rule::Free),
    field("contents[].parts[].functionResponse.id", Rule::Word),
    field("contents[].parts[].functionResponse.name", Rule::Word),
    field("contents[].parts[].functionResponse.response", Rule::Free),
    field("contents[].parts[].functionResponse.parts[].inlineData", INLINE),
    field("contents[].parts[].functionResponse.parts[].fileData", KEPT),
    field("contents[].parts[].executableCode.language", Rule::Word),
    field("contents[].parts[].executableCode.code", Rule::Text),
    field("contents[].parts[].codeExecutionResult.outcome", Rule::Word),
    field("contents[].parts[].codeExecutionResult.output", Rule::Text),
    field("systemInstruction", Rule::Instructions),
    field("systemInstruction.role", Rule::Role),
    field("systemInstruction.parts[].text", Rule::Instructions),
    field("systemInstruction.parts[].inlineData", INLINE),
    field("systemInstruction.parts[].fileData", KEPT),
    field("tools[].functionDeclarations[].name", Rule::Word),
    field("tools[].functionDeclarations[].description", Rule::Text),
    field("tools[].functionDeclarations[].parameters", Rule::Free),
    field("tools[].functionDeclarations[].parametersJsonSchema", Rule::Free),
    field("tools[].functionDeclarations[].response", Rule::Free),
    field("toolConfig", Rule::Free),
    field("safetySettings[].category", Rule::Word),
    field("safetySettings[].threshold", Rule::Word),
    field("cachedContent", Rule::Kept("un contenu gardé chez le fournisseur")),
    field("labels", Rule::Free),
    field("generationConfig", Rule::Config),
    field("generationConfig.maxOutputTokens", Rule::MaxTokens),
    field("generationConfig.responseMimeType", Rule::Format),
    field("generationConfig.responseSchema", Rule::Schema),
    field("generationConfig.responseJsonSchema", Rule::Schema),
    field("generationConfig.stopSequences", Rule::Text),
    field("generationConfig.responseModalities", Rule::Word),
    field("generationConfig.thinkingConfig.thinkingLevel", Rule::Word),
    field("generationConfig.speechConfig", Rule::Free),
];

const GENERATE_ANSWER: &[Field] = &[
    field("candidates", Rule::Candidates),
    field("candidates[]", Rule::Candidate),
    field("candidates[].index", Rule::Index),
    field("candidates[].content", Rule::Content),
    field("candidates[].content.parts", Rule::Parts),
    field("candidates[].content.parts[]", Rule::Part),
    field("candidates[].content.parts[].text", Rule::Answer),
    field("candidates[].content.parts[].thought", Rule::Thought),
    field("candidates[].content.parts[].inlineData.data", Rule::Image),
    field("candidates[].content.parts[].functionCall", Rule::Call),
    field("candidates[].finishReason", Rule::Finish),
    field("promptFeedback.blockReason", Rule::Blocked),
    field("usageMetadata", Rule::UsageSoFar),
    field("usageMetadata.promptTokenCount", Rule::InputTokens),
    field("usageMetadata.candidatesTokenCount", Rule::OutputTokens),
    field("usageMetadata.thoughtsTokenCount", Rule::OutputTokens),
    field("usageMetadata.impacts", Rule::Impacts),
    field("usageMetadata.carbon", Rule::Impacts),
    field("error", Rule::Error),
];

/// `generateContentRequest` holds what `generateContent` takes; the short form is `contents` alone.
const COUNT_REQUEST: &[Field] = &[
    field("contents[]", Rule::Message),
    field("contents[].role", Rule::Role),
    field("contents[].parts[].text", Rule::Text),
    field("contents[].parts[].thoughtSignature", SIGNATURE),
    field("contents[].parts[].inlineData", INLINE),
    field("contents[].parts[].fileData", KEPT),
    field("generateContentRequest.model", Rule::Word),
    field("generateContentRequest.contents[]", Rule::Message),
    field("generateContentRequest.contents[].role", Rule::Role),
    field("generateContentRequest.contents[].parts[].text", Rule::Text),
    field("generateContentRequest.contents[].parts[].thoughtSignature", SIGNATURE),
    field("generateContentRequest.contents[].parts[].inlineData", INLINE),
    field("generateContentRequest.contents[].parts[].fileData", KEPT),
    field("generateContentRequest.systemInstruction.parts[].text", Rule::Text),
    field("generateContentRequest.systemInstruction.parts[].inlineData", INLINE),
    field("generateContentRequest.systemInstruction.parts[].fileData", KEPT),
    field(
        "generateContentRequest.cachedContent",
        Rule::Kept("un contenu gardé chez le fournisseur"),
    ),
];

const COUNT_ANSWER: &[Field] = &[field("totalTokens", Rule::InputTokens), field("error", Rule::Error)];

const EMBED_REQUEST: &[Field] = &[
    field("model", Rule::Word),
    field("content.parts[].text", Rule::Text),
    field("content.parts[].inlineData", INLINE),
    field("content.parts[].fileData", KEPT),
    field("content.role", Rule::Word),
    field("taskType", Rule::Word),
    field("title", Rule::Text),
    field("requests[].model", Rule::Word),
    field("requests[].content.parts[].text", Rule::Text),
    field("requests[].content.parts[].inlineData", INLINE),
    field("requests[].content.parts[].fileData", KEPT),
    field("requests[].content.role", Rule::Word),
    field("requests[].taskType", Rule::Word),
    field("requests[].title", Rule::Text),
];

const EMBED_ANSWER: &[Field] = &[
    field("embedding.values", Rule::Unread),
    field("embeddings[].values", Rule::Unread),
    field("usageMetadata.promptTokenCount", Rule::InputTokens),
    field("error", Rule::Error),
];

const MODELS_ANSWER: &[Field] = &[field("models[].name", Rule::Unread)];

static GENERATE: LazyLock<Shapes> = LazyLock::new(|| Shapes::new(GENERATE_REQUEST, GENERATE_ANSWER, GENERATE_ANSWER));
static COUNT: LazyLock<Shapes> = LazyLock::new(|| Shapes::new(COUNT_REQUEST, COUNT_ANSWER, &[]));
static EMBED: LazyLock<Shapes> = LazyLock::new(|| Shapes::new(EMBED_REQUEST, EMBED_ANSWER, &[]));
static MODELS: LazyLock<Shapes> = LazyLock::new(|| Shapes::new(&[], MODELS_ANSWER, &[]));
static FILES: LazyLock<Shapes> = LazyLock::new(|| Shapes::new(&[], &[], &[]));

const fn generate(name: &'static str, paths: &'static [&'static str], streams: Streams) -> Endpoint {
    Endpoint {
        name,
        method: Method::Post,
        paths,
        yields: Yields::Text,
        streams,
        request: GENERATE_REQUEST,
        answer: GENERATE_ANSWER,
        event: GENERATE_ANSWER,
        max_tokens: Some("maxOutputTokens"),
        standing: Some(Standing::Parts("systemInstruction")),
        shapes: &GENERATE,
    }
}

const fn embed(name: &'static str, paths: &'static [&'static str]) -> Endpoint {
    Endpoint {
        name,
        method: Method::Post,
        paths,
        yields: Yields::Vectors,
        streams: Streams::Never,
        request: EMBED_REQUEST,
        answer: EMBED_ANSWER,
        event: &[],
        max_tokens: None,
        standing: None,
        shapes: &EMBED,
    }
}

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

const fn files(name: &'static str, method: Method, paths: &'static [&'static str]) -> Endpoint {
    Endpoint {
        name,
        method,
        paths,
        yields: Yields::Files,
        streams: Streams::Never,
        request: &[],
        answer: &[],
        event: &[],
        max_tokens: None,
        standing: None,
        shapes: &FILES,
    }
}

static ENDPOINTS: [Endpoint; 11] = [
    generate(
        "generateContent",
        &[
            "/v1beta/models/{model}:generateContent",
            "/v1/models/{model}:generateContent",
        ],
        Streams::Never,
    ),
    generate(
        "streamGenerateContent",
        &[
            "/v1beta/models/{model}:streamGenerateContent",
            "/v1/models/{model}:streamGenerateContent",
        ],
        Streams::Always,
    ),
    Endpoint {
        name: "countTokens",
        method: Method::Post,
        paths: &["/v1beta/models/{model}:countTokens", "/v1/models/{model}:countTokens"],
        yields: Yields::Count,
        streams: Streams::Never,
        request: COUNT_REQUEST,
        answer: COUNT_ANSWER,
        event: &[],
        max_tokens: None,
        standing: None,
        shapes: &COUNT,
    },
    embed(
        "embedContent",
        &["/v1beta/models/{model}:embedContent", "/v1/models/{model}:embedContent"],
    ),
    embed(
        "batchEmbedContents",
        &[
            "/v1beta/models/{model}:batchEmbedContents",
            "/v1/models/{model}:batchEmbedContents",
        ],
    ),
    models("models", &["/v1beta/models", "/v1/models"]),
    models("models.get", &["/v1beta/models/{model}", "/v1/models/{model}"]),
    files(
        "files.upload",
        Method::Post,
        &["/upload/v1beta/files", "/upload/v1/files"],
    ),
    files("files", Method::Get, &["/v1beta/files", "/v1/files"]),
    files("files.get", Method::Get, &["/v1beta/files/{file}", "/v1/files/{file}"]),
    files(
        "files.delete",
        Method::Delete,
        &["/v1beta/files/{file}", "/v1/files/{file}"],
    ),
];

impl Dialect for Gemini {
    fn name(&self) -> &'static str {
        "gemini"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        &ENDPOINTS
    }

    fn claims(&self, has_header: &dyn Fn(&str) -> bool, has_key_in_query: bool) -> bool {
        has_header("x-goog-api-key") || has_key_in_query
    }

    fn credential(&self) -> (&'static str, &'static str) {
        ("x-goog-api-key", "")
    }

    fn error(&self, said: &Said) -> Vec<u8> {
        let status = match said.because {
            Because::Invalid | Because::Content => "INVALID_ARGUMENT",
            Because::Unauthorized => "UNAUTHENTICATED",
            Because::Forbidden => "PERMISSION_DENIED",
            Because::NotFound => "NOT_FOUND",
            Because::TooLarge => "OUT_OF_RANGE",
            Because::Quota => "RESOURCE_EXHAUSTED",
            Because::Upstream | Because::Unavailable => "UNAVAILABLE",
            Because::Timeout => "DEADLINE_EXCEEDED",
        };
        let detail = json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": said.code, "domain": "gardefou", "metadata": { "request_id": said.request_id },
        });
        let mut details = vec![detail];
        if let Some(links) = said.help() {
            details.push(json!({ "@type": "type.googleapis.com/google.rpc.Help", "links": links }));
        }
        json!({ "error": { "code": said.because.status(), "message": said.worded(), "status": status, "details": details } })
            .to_string()
            .into_bytes()
    }

    fn error_event(&self, said: &Said, framing: Framing, started: bool) -> Vec<u8> {
        match framing {
            Framing::Array if started => [b",", &self.error(said)[..], b"]"].concat(),
            _ => stream::whole_stream(framing, &self.error(said)),
        }
    }

    fn refusal(&self, endpoint: &Endpoint, said: &Said, model: &str, framing: Option<Framing>) -> Vec<u8> {
        debug_assert_eq!(endpoint.yields, Yields::Text);
        let content = json!({ "role": "model", "parts": [{ "text": said.worded() }] });
        let candidate = json!({ "index": 0, "content": content, "finishReason": "PROHIBITED_CONTENT" });
        let answer = json!({
            "candidates": [candidate], "modelVersion": model, "responseId": said.request_id,
            "usageMetadata": { "promptTokenCount": 0, "candidatesTokenCount": 0, "totalTokenCount": 0 },
        });
        let answer = answer.to_string().into_bytes();
        framing.map_or(answer.clone(), |framing| stream::whole_stream(framing, &answer))
    }

    fn editor(&self, endpoint: &'static Endpoint, framing: Framing, mention: Option<Mention>) -> Box<dyn Editor> {
        Box::new(Answers {
            endpoint,
            framing,
            mention,
            turns: BTreeMap::new(),
            tokens: Tokens::default(),
            begun: false,
            whole: false,
            closed: false,
        })
    }
}

/// A stream of answers.
struct Answers {
    endpoint: &'static Endpoint,
    framing: Framing,
    mention: Option<Mention>,
    turns: BTreeMap<u64, Turn>,
    tokens: Tokens,
    /// An element was handed on.
    begun: bool,
    whole: bool,
    closed: bool,
}

impl Editor for Answers {
    fn block(&mut self, block: Block, out: &mut Vec<u8>) -> Result<(), Garbled> {
        let Some(data) = block.data().filter(|data| !data.is_empty()) else {
            // The end of an array, or a comment: the rest of an array cut short is not passed on.
            self.closed |= matches!(block.raw.trim_ascii(), b"]" | b"[]");
            if self.framing == Framing::Events || self.closed {
                out.extend_from_slice(&block.raw);
            }
            return Ok(());
        };
        let reading = answer::read(data, &self.endpoint.shapes.event).map_err(|_| Garbled)?;
        if reading.tokens != Tokens::default() {
            self.tokens = reading.tokens;
        }
        self.begun = true;
        self.whole |= reading.blocked || reading.error;
        let mut pieces = Vec::new();
        for candidate in &reading.candidates {
            let turn = self.turns.entry(candidate.index).or_default();
            turn.grow(candidate);
            if candidate.finish.is_some() && !turn.ended {
                turn.ended = true;
                self.whole = true;
                if let Some(mention) = turn.wants(self.mention.as_ref()) {
                    pieces.push(last_words(data, candidate, mention));
                }
            }
        }
        if pieces.is_empty() {
            out.extend_from_slice(&block.raw);
        } else {
            block.write_with(&stream::splice(data, &pieces), out);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        for (index, turn) in &mut self.turns {
            if turn.ended {
                continue;
            }
            turn.ended = true;
            if let Some(mention) = turn.wants(self.mention.as_ref()) {
                let text = mention.quoted();
                let text = String::from_utf8_lossy(&text);
                let more = format!(
                    "{{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":{text}}}],\"role\":\"model\"}},\"index\":{index}}}]}}"
                );
                match self.framing {
                    Framing::Events => write_event(None, more.as_bytes(), out),
                    Framing::Array => out.extend_from_slice(format!(",{more}").as_bytes()),
                }
            }
        }
        self.whole()
    }

    fn stop(&mut self, said: &Said, out: &mut Vec<u8>) {
        let indexes = stream::unended(&self.turns);
        let candidates: Vec<_> = indexes
            .iter()
            .map(|index| {
                let content = json!({ "role": "model", "parts": [{ "text": said.parting() }] });
                json!({ "index": index, "content": content, "finishReason": "PROHIBITED_CONTENT" })
            })
            .collect();
        self.last(candidates, out);
        for index in indexes {
            self.turns.entry(index).or_default().ended = true;
        }
    }

    fn cut(&mut self, out: &mut Vec<u8>) {
        let mut candidates = Vec::new();
        for index in stream::unended(&self.turns) {
            let turn = self.turns.entry(index).or_default();
            let mut last = json!({ "index": index, "finishReason": "MAX_TOKENS" });
            if let Some(mention) = turn.wants(self.mention.as_ref()) {
                last["content"] = json!({ "role": "model", "parts": [{ "text": mention.value() }] });
            }
            turn.ended = true;
            candidates.push(last);
        }
        self.last(candidates, out);
    }

    fn closing(&self) -> bool {
        self.whole
    }

    fn whole(&self) -> bool {
        self.whole && (self.framing == Framing::Events || self.closed)
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

impl Answers {
    /// The last event of the stream is one of ours.
    fn last(&mut self, candidates: Vec<serde_json::Value>, out: &mut Vec<u8>) {
        let last = json!({ "candidates": candidates }).to_string();
        match self.framing {
            Framing::Events => write_event(None, last.as_bytes(), out),
            Framing::Array => {
                let start = if self.begun { "," } else { "[" };
                out.extend_from_slice(format!("{start}{last}]").as_bytes());
            }
        }
        (self.whole, self.closed) = (true, true);
    }
}

/// Where the mention goes in the event that ends a candidate: into its text, or as a part of its own.
fn last_words(data: &[u8], candidate: &Candidate, mention: &Mention) -> (Range<usize>, Vec<u8>) {
    let part = [b"{\"text\":", &mention.quoted()[..], b"}"].concat();
    if let Some(text) = &candidate.text {
        return (stream::end_of(text), mention.escaped().to_vec());
    }
    if let Some(parts) = &candidate.parts {
        let empty = data[parts.start + 1..parts.end - 1].iter().all(u8::is_ascii_whitespace);
        let comma: &[u8] = if empty { b"" } else { b"," };
        return (stream::end_of(parts), [comma, &part].concat());
    }
    let (place, piece) = match &candidate.content {
        Some(content) => (content, [b"\"parts\":[", &part[..], b"]"].concat()),
        None => (
            &candidate.place,
            [b"\"content\":{\"parts\":[", &part[..], b"],\"role\":\"model\"}"].concat(),
        ),
    };
    let empty = data[place.start + 1..place.end - 1].iter().all(u8::is_ascii_whitespace);
    let comma: &[u8] = if empty { b"" } else { b"," };
    (place.start + 1..place.start + 1, [&piece, comma].concat())
}
