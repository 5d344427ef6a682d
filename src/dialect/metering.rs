//! Telling beside the tokens of an answer what it costs, for the programs that read it there: `usage.impacts` and
//! `usage.carbon`, as the State's own gateway has them, and the same two in Gemini's `usageMetadata`.
//!
//! The tables say where: only the endpoints that name [`Rule::Impacts`] have it. A backend that tells such figures itself
//! is left to tell them. An answer without figures of usage has none of these either. Every SDK passes over fields that
//! it does not know, and no event of ours is added: Gemini's would raise on one.

use std::{ops::Range, sync::Arc};

use memchr::memmem::Finder;

use crate::domain::Meter;

use super::answer::{self, Reading};
use super::sse::Block;
use super::stream;
use super::table::{Rule, Shape};

/// Adds to the figures of usage of a stream.
pub struct Metering {
    shape: &'static Shape,
    meter: Arc<dyn Meter>,
    /// The key of the figures, in quotes.
    usage: Finder<'static>,
    /// The key that only the last event with figures has, in quotes, where every event has figures.
    last: Option<Finder<'static>>,
}

impl Metering {
    /// None where the table has no place for it.
    pub(super) fn new(shape: &'static Shape, meter: Arc<dyn Meter>) -> Option<Self> {
        let key = |rule| {
            shape
                .named(rule)
                .map(|name| Finder::new(&format!("\"{name}\"")).into_owned())
        };
        let so_far = key(Rule::UsageSoFar);
        let last = key(Rule::Finish).filter(|_| so_far.is_some());
        let usage = so_far.or_else(|| key(Rule::Usage))?;
        shape.has_impacts().then_some(Self {
            shape,
            meter,
            usage,
            last,
        })
    }

    /// The same block, with more in its figures of usage, if it has any. What cannot be read is the editor's affair.
    pub(super) fn block(&self, block: Block) -> Block {
        let Some(data) = block.data().filter(|data| self.has_figures(data)) else {
            return block;
        };
        let Ok(reading) = answer::read(data, self.shape) else {
            return block;
        };
        match addition(data, &reading, &*self.meter) {
            Some(addition) => block.with(&stream::splice(data, &[addition])),
            None => block,
        }
    }

    /// Whether it is worth reading: OpenAI says `"usage":null` in every chunk but the last, Gemini the figures so far.
    fn has_figures(&self, json: &[u8]) -> bool {
        let is_last = |last: &Finder| last.find(json).is_some();
        self.last.as_ref().is_none_or(is_last)
            && self.usage.find_iter(json).any(|at| {
                let rest = &json[at + self.usage.needle().len()..];
                let value = rest.iter().find(|byte| !byte.is_ascii_whitespace() && **byte != b':');
                value == Some(&b'{')
            })
    }
}

/// What is added to the figures of usage of a document, and where.
pub(super) fn addition(json: &[u8], reading: &Reading, meter: &dyn Meter) -> Option<(Range<usize>, String)> {
    let usage = reading.usage_place.clone().filter(|_| !reading.impacts)?;
    let members = meter.members(&reading.tokens)?;
    let end = stream::end_of(&usage);
    let inside = &json[usage.start + 1..end.start];
    let empty = inside.iter().all(u8::is_ascii_whitespace);
    Some((end, if empty { members } else { format!(",{members}") }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Call, Framing, Mention, Method, StreamEditor, resolve};
    use crate::domain::Tokens;

    /// Costs its tokens; an answer of 13 tokens has no figure.
    struct Costs;

    impl Meter for Costs {
        fn members(&self, tokens: &Tokens) -> Option<String> {
            let output = tokens.output.filter(|output| *output != 13)?;
            Some(format!(r#""impacts":{{"kWh":{output}}}"#))
        }
    }

    fn call(path: &str) -> Call {
        resolve(Method::Post, path, None, &|_| false).expect("a known path")
    }

    fn metering(path: &str) -> Metering {
        call(path)
            .endpoint
            .metering(Some(Arc::new(Costs)))
            .expect("a place for it")
    }

    const CHAT: &str = "/v1/chat/completions";
    const RESPONSES: &str = "/v1/responses";
    const GENERATE: &str = "/v1beta/models/gemini-x:generateContent";
    const EMBED: &str = "/v1beta/models/gemini-x:embedContent";

    #[test]
    fn a_whole_answer_says_beside_its_tokens_what_it_costs() {
        for (path, answer, expected) in [
            (
                CHAT,
                r#"{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":3,"completion_tokens":2} }"#,
                Some(
                    r#"{"choices":[{"message":{"content":"a\n\nIA"}}],"usage":{"prompt_tokens":3,"completion_tokens":2,"impacts":{"kWh":2}} }"#,
                ),
            ),
            (
                CHAT,
                r#"{"usage":{"completion_tokens":2 },"choices":[{"message":{"content":"a"}}]}"#,
                Some(
                    r#"{"usage":{"completion_tokens":2 ,"impacts":{"kWh":2}},"choices":[{"message":{"content":"a\n\nIA"}}]}"#,
                ),
            ),
            (
                RESPONSES,
                r#"{"output":[],"usage":{"input_tokens":3,"output_tokens":2}}"#,
                Some(r#"{"output":[],"usage":{"input_tokens":3,"output_tokens":2,"impacts":{"kWh":2}}}"#),
            ),
            (
                "/v1/messages",
                r#"{"content":[],"usage":{"output_tokens":2}}"#,
                Some(r#"{"content":[],"usage":{"output_tokens":2,"impacts":{"kWh":2}}}"#),
            ),
            (
                GENERATE,
                r#"{"usageMetadata":{"candidatesTokenCount":2,"thoughtsTokenCount":3}}"#,
                Some(r#"{"usageMetadata":{"candidatesTokenCount":2,"thoughtsTokenCount":3,"impacts":{"kWh":5}}}"#),
            ),
            // Unknown, without figures, told by the backend itself, and endpoints that have no place for it.
            (CHAT, r#"{"choices":[],"usage":{"completion_tokens":13}}"#, None),
            (CHAT, r#"{"choices":[],"usage":{}}"#, None),
            (CHAT, r#"{"choices":[],"usage":null}"#, None),
            (CHAT, r#"{"choices":[]}"#, None),
            (CHAT, r#"{"usage":{"completion_tokens":2,"impacts":{"kWh":1}}}"#, None),
            (CHAT, r#"{"usage":{"completion_tokens":2,"carbon":null}}"#, None),
            (
                GENERATE,
                r#"{"usageMetadata":{"candidatesTokenCount":2,"carbon":{}}}"#,
                None,
            ),
            (EMBED, r#"{"usageMetadata":{"promptTokenCount":2}}"#, None),
        ] {
            let mention = Mention::new("IA");
            let edited = call(path)
                .endpoint
                .edit(answer.as_bytes(), Some(&mention), Some(&Costs));
            let (edited, _) = edited.expect("readable");
            let edited = edited.map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
            assert_eq!(edited.as_deref(), expected, "{answer}");
        }
    }

    const STREAMS: [(&str, &str, &str); 7] = [
        (
            CHAT,
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"é\"},\"finish_reason\":\"stop\"}],\"usage\":null}\n\ndata: {\"choices\":[],\"usage\":{\"completion_tokens\":2}}\r\n\r\ndata: [DONE]\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"é\\n\\nIA\"},\"finish_reason\":\"stop\"}],\"usage\":null}\n\ndata: {\"choices\":[],\"usage\":{\"completion_tokens\":2,\"impacts\":{\"kWh\":2}}}\r\n\r\ndata: [DONE]\n\n",
        ),
        // Mistral tells its figures with the reason of the end.
        (
            CHAT,
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\\n\\nIA\"},\"finish_reason\":\"stop\"}],\"usage\":{\"completion_tokens\":2,\"impacts\":{\"kWh\":2}}}\n\ndata: [DONE]\n\n",
        ),
        (
            RESPONSES,
            "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"output\":[],\"usage\":null}}\n\nevent: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"output\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}}\n\n",
            "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"output\":[],\"usage\":null}}\n\nevent: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"output\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":2,\"impacts\":{\"kWh\":2}}}}\n\n",
        ),
        // Anthropic tells them as the message grows, and at its end.
        (
            "/v1/messages",
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2,\"impacts\":{\"kWh\":2}}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ),
        // Gemini tells them in every event: only the last is the answer's.
        (
            "/v1beta/models/gemini-x:streamGenerateContent",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}]}}],\"usageMetadata\":{\"candidatesTokenCount\":1}}\n\ndata: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"candidatesTokenCount\":2}}\n\n",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}]}}],\"usageMetadata\":{\"candidatesTokenCount\":1}}\n\ndata: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"candidatesTokenCount\":2,\"impacts\":{\"kWh\":2}}}\n\n",
        ),
        (
            "/v1beta/models/gemini-x:streamGenerateContent",
            "data: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"candidatesTokenCount\":13}}\n\n",
            "data: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"candidatesTokenCount\":13}}\n\n",
        ),
        (
            CHAT,
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"completion_tokens\":13}}\n\ndata: [DONE]\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"completion_tokens\":13}}\n\ndata: [DONE]\n\n",
        ),
    ];

    #[test]
    fn a_stream_says_it_too_whatever_way_it_is_cut() {
        for (path, input, expected) in STREAMS {
            for size in 1..=input.len() {
                let call = call(path);
                let editor = call
                    .dialect
                    .editor(call.endpoint, Framing::Events, Some(Mention::new("IA")));
                let metering = call.endpoint.metering(Some(Arc::new(Costs)));
                let mut editor = StreamEditor::new(Framing::Events, None, editor).metered(metering);
                let mut out = Vec::new();
                for piece in input.as_bytes().chunks(size) {
                    editor.push(piece, &mut out).expect("well formed");
                }
                editor.finish(&mut out).expect("whole");
                assert_eq!(String::from_utf8(out).expect("UTF-8"), expected, "{size}");
                assert!(editor.report().tokens.output.is_some());
            }
        }
    }

    #[test]
    fn a_chunk_without_figures_is_not_read() {
        for (json, expected) in [
            (r#"{"choices":[],"usage":{"a":1}}"#, true),
            ("{\"usage\"\n: {}}", true),
            (r#"{"usage":null,"response":{"usage":{}}}"#, true),
            (r#"{"choices":[],"usage":null}"#, false),
            (r#"{"content":"il dit \"usage\":{}"}"#, false),
            (r#"{"usage""#, false),
            ("", false),
        ] {
            assert_eq!(metering(CHAT).has_figures(json.as_bytes()), expected, "{json}");
        }
    }

    #[test]
    fn only_what_writes_text_is_metered() {
        for (path, expected) in [
            (CHAT, true),
            (RESPONSES, true),
            ("/v1/messages", true),
            (GENERATE, true),
            ("/v1/embeddings", false),
            (EMBED, false),
        ] {
            assert_eq!(
                call(path).endpoint.metering(Some(Arc::new(Costs))).is_some(),
                expected,
                "{path}"
            );
        }
    }
}
