//! Telling beside the tokens of an answer what it costs, for the programs that read it there: `usage.impacts` and
//! `usage.carbon` in OpenAI's dialect, as the State's own gateway has them.
//!
//! The tables say where: only the endpoints that name [`Rule::Impacts`] have it. A backend that tells such figures itself
//! is left to tell them. An answer without figures of usage has none of these either.

use std::{ops::Range, sync::Arc};

use crate::domain::Meter;

use super::answer::{self, Reading};
use super::sse::Block;
use super::stream;
use super::table::Shape;

/// The key that stands in every document with figures of usage.
const USAGE: &[u8] = b"\"usage\"";

/// Adds to the figures of usage of a stream.
pub struct Metering {
    shape: &'static Shape,
    meter: Arc<dyn Meter>,
}

impl Metering {
    /// None where the table has no place for it.
    pub(super) fn new(shape: &'static Shape, meter: Arc<dyn Meter>) -> Option<Self> {
        shape.has_impacts().then_some(Self { shape, meter })
    }

    /// The same block, with more in its figures of usage, if it has any. What cannot be read is the editor's affair.
    pub(super) fn block(&self, block: Block) -> Block {
        let Some(data) = block.data().filter(|data| has_usage(data)) else {
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
}

/// Whether it is worth reading: OpenAI says `"usage":null` in every chunk but the last.
fn has_usage(json: &[u8]) -> bool {
    let keys = json.windows(USAGE.len()).enumerate().filter(|(_, word)| *word == USAGE);
    keys.map(|(at, _)| &json[at + USAGE.len()..]).any(|rest| {
        let value = rest.iter().find(|byte| !byte.is_ascii_whitespace() && **byte != b':');
        value == Some(&b'{')
    })
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

    const CHAT: &str = "/v1/chat/completions";
    const RESPONSES: &str = "/v1/responses";

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
            // Unknown, without figures, told by the backend itself, and dialects that have no place for it.
            (CHAT, r#"{"choices":[],"usage":{"completion_tokens":13}}"#, None),
            (CHAT, r#"{"choices":[],"usage":{}}"#, None),
            (CHAT, r#"{"choices":[],"usage":null}"#, None),
            (CHAT, r#"{"choices":[]}"#, None),
            (CHAT, r#"{"usage":{"completion_tokens":2,"impacts":{"kWh":1}}}"#, None),
            (CHAT, r#"{"usage":{"completion_tokens":2,"carbon":null}}"#, None),
            ("/v1/messages", r#"{"usage":{"output_tokens":2}}"#, None),
            (
                "/v1beta/models/gemini-x:generateContent",
                r#"{"usageMetadata":{"candidatesTokenCount":2}}"#,
                None,
            ),
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

    const STREAMS: [(&str, &str, &str); 4] = [
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
            assert_eq!(has_usage(json.as_bytes()), expected, "{json}");
        }
    }

    #[test]
    fn only_the_dialect_that_has_a_place_for_it_is_metered() {
        for (path, expected) in [
            (CHAT, true),
            (RESPONSES, true),
            ("/v1/messages", false),
            ("/v1/embeddings", false),
        ] {
            assert_eq!(
                call(path).endpoint.metering(Some(Arc::new(Costs))).is_some(),
                expected,
                "{path}"
            );
        }
    }
}
