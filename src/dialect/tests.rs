//! The three dialects on real shapes: prompts in, texts out; answers and streams in, the same with a mention out.

use super::*;
use crate::domain::MentionForm;

const MENTION: &str = "Écrit avec une IA.";

fn call(path: &str, query: Option<&str>) -> Call {
    resolve(Method::Post, path, query, &|_| false).expect("a known path")
}

/// Runs a stream cut into pieces of one size, and what it turned out to be.
fn streamed(call: &Call, framing: Framing, mention: bool, text: &str, size: usize) -> (String, bool, Report) {
    let mention = mention.then(|| Mention::new(MENTION));
    let mut editor = StreamEditor::new(framing, None, call.dialect.editor(call.endpoint, framing, mention));
    let mut out = Vec::new();
    let fine = text
        .as_bytes()
        .chunks(size)
        .all(|piece| editor.push(piece, &mut out).is_ok());
    let end = editor.finish(&mut out);
    (
        String::from_utf8(out).expect("UTF-8"),
        fine && end.is_ok(),
        editor.report(),
    )
}

struct Stream {
    name: &'static str,
    path: &'static str,
    framing: Framing,
    input: &'static str,
    expected: &'static str,
    form: MentionForm,
}

const fn events(name: &'static str, path: &'static str, input: &'static str, expected: &'static str) -> Stream {
    Stream {
        name,
        path,
        framing: Framing::Events,
        input,
        expected,
        form: MentionForm::Text,
    }
}

const CHAT: &str = "/v1/chat/completions";
const RESPONSES: &str = "/v1/responses";
const MESSAGES: &str = "/v1/messages";
const GEMINI: &str = "/v1beta/models/gemini-x:streamGenerateContent";

const STREAMS: &[Stream] = &[
    events(
        "a chat ends with one more chunk before the one that says why",
        CHAT,
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"é\"},\"finish_reason\":null}],\"usage\":null}\n\n: ping\n\ndata: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"é\"},\"finish_reason\":null}],\"usage\":null}\n\n: ping\n\ndata: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\n\\nÉcrit avec une IA.\"},\"logprobs\":null,\"finish_reason\":null}]}\n\ndata: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    ),
    events(
        "a chat whose last words come with the reason",
        CHAT,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"length\"}]}\r\n\r\ndata: [DONE]\r\n\r\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\\n\\nÉcrit avec une IA.\"},\"finish_reason\":\"length\"}]}\r\n\r\ndata: [DONE]\r\n\r\n",
    ),
    events(
        "two candidates each have theirs",
        CHAT,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"}}]}\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"}}]}\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"\\n\\nÉcrit avec une IA.\"},\"logprobs\":null,\"finish_reason\":null}]}\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\n\\nÉcrit avec une IA.\"},\"logprobs\":null,\"finish_reason\":null}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
    ),
    Stream {
        form: MentionForm::Header,
        ..events(
            "a function call is left alone",
            CHAT,
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Je cherche\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Je cherche\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
        )
    },
    events(
        "the model wrote the mention itself: once is enough",
        CHAT,
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\\n\\nÉcrit avec\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" une IA.\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\\n\\nÉcrit avec\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" une IA.\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    ),
    events(
        "a message ends inside its last block",
        MESSAGES,
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":7}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":7}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\\n\\nÉcrit avec une IA.\"}}\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    ),
    Stream {
        form: MentionForm::Header,
        ..events(
            "a message that uses a tool is left alone",
            MESSAGES,
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\"}}\n\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\"}}\n\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
        )
    },
    events(
        "Gemini's last event has text",
        GEMINI,
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}],\"role\":\"model\"}}]}\r\n\r\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\",\"thoughtSignature\":\"x==\"}],\"role\":\"model\"},\"finishReason\":\"STOP\"}]}\r\n\r\n",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}],\"role\":\"model\"}}]}\r\n\r\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\\n\\nÉcrit avec une IA.\",\"thoughtSignature\":\"x==\"}],\"role\":\"model\"},\"finishReason\":\"STOP\"}]}\r\n\r\n",
    ),
    events(
        "Gemini's last event has no text",
        GEMINI,
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\ndata: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\\n\\nÉcrit avec une IA.\"}],\"role\":\"model\"},\"finishReason\":\"STOP\"}]}\n\n",
    ),
    Stream {
        framing: Framing::Array,
        ..events(
            "Gemini's growing array",
            GEMINI,
            "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n,\r\n{\"candidates\":[{\"content\":{\"parts\":[]},\"finishReason\":\"STOP\"}]}\n]",
            "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n,\r\n{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\\n\\nÉcrit avec une IA.\"}]},\"finishReason\":\"STOP\"}]}\n]",
        )
    },
    Stream {
        form: MentionForm::Header,
        ..events(
            "the model's thinking is not an answer",
            GEMINI,
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"je pense\",\"thought\":true}]},\"finishReason\":\"STOP\"}]}\n\n",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"je pense\",\"thought\":true}]},\"finishReason\":\"STOP\"}]}\n\n",
        )
    },
    events(
        "a response tells its text five times, and each ends with the mention",
        RESPONSES,
        "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"a\"}\n\ndata: {\"type\":\"response.output_text.done\",\"output_index\":0,\"text\":\"a\"}\n\ndata: {\"type\":\"response.content_part.done\",\"part\":{\"text\":\"a\"}}\n\ndata: {\"type\":\"response.output_item.done\",\"item\":{\"content\":[{\"text\":\"a\"}]}}\n\ndata: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"content\":[{\"text\":\"a\"}]}],\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n",
        "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"a\"}\n\ndata: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"\\n\\nÉcrit avec une IA.\"}\n\ndata: {\"type\":\"response.output_text.done\",\"output_index\":0,\"text\":\"a\\n\\nÉcrit avec une IA.\"}\n\ndata: {\"type\":\"response.content_part.done\",\"part\":{\"text\":\"a\\n\\nÉcrit avec une IA.\"}}\n\ndata: {\"type\":\"response.output_item.done\",\"item\":{\"content\":[{\"text\":\"a\\n\\nÉcrit avec une IA.\"}]}}\n\ndata: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"content\":[{\"text\":\"a\\n\\nÉcrit avec une IA.\"}]}],\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n",
    ),
];

#[test]
fn a_stream_ends_with_the_mention_whatever_way_it_is_cut() {
    for stream in STREAMS {
        let call = call(stream.path, None);
        for size in 1..=stream.input.len() {
            let (out, fine, report) = streamed(&call, stream.framing, true, stream.input, size);
            assert_eq!(out, stream.expected, "{} by {size}", stream.name);
            assert!(fine, "{}", stream.name);
            assert_eq!(report.mention, stream.form, "{}", stream.name);
        }
    }
}

#[test]
fn a_stream_for_a_program_passes_byte_for_byte() {
    for stream in STREAMS {
        let call = call(stream.path, None);
        for size in [1, 7, 64, 4096] {
            let (out, fine, _) = streamed(&call, stream.framing, false, stream.input, size);
            assert_eq!(out, stream.input, "{}", stream.name);
            assert!(fine, "{}", stream.name);
        }
    }
}

proptest::proptest! {
    /// Cut at two places of chance, at any place of any stream: the same bytes leave.
    #[test]
    fn any_two_cuts_change_nothing(which in 0..STREAMS.len(), one in 0.0..1.0, two in 0.0..1.0) {
        let stream = &STREAMS[which];
        let call = call(stream.path, None);
        let place = |part: f64| (part * stream.input.len() as f64) as usize;
        let (first, second) = (place(one).min(place(two)), place(one).max(place(two)));
        let mention = Some(Mention::new(MENTION));
        let mut editor = StreamEditor::new(stream.framing, None, call.dialect.editor(call.endpoint, stream.framing, mention));
        let mut out = Vec::new();
        let bytes = stream.input.as_bytes();
        for piece in [&bytes[..first], &bytes[first..second], &bytes[second..]] {
            editor.push(piece, &mut out).expect("well formed");
        }
        editor.finish(&mut out).expect("whole");
        proptest::prop_assert_eq!(String::from_utf8(out).expect("UTF-8"), stream.expected);
    }

    /// No bytes of a backend make us panic.
    #[test]
    fn garbage_is_told_not_crashed_on(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), which in 0..STREAMS.len(), cut in 0..400usize) {
        let stream = &STREAMS[which];
        let call = call(stream.path, None);
        let mut editor = StreamEditor::new(stream.framing, None, call.dialect.editor(call.endpoint, stream.framing, Some(Mention::new(MENTION))));
        let start = &stream.input.as_bytes()[..cut.min(stream.input.len())];
        let mut out = Vec::new();
        let _ = editor.push(start, &mut out).and_then(|()| editor.push(&bytes, &mut out));
        let _ = editor.finish(&mut out);
    }
}

#[test]
fn a_stream_cut_short_shows_the_mention_and_is_not_whole() {
    for (path, framing, start, end) in [
        (
            CHAT,
            Framing::Events,
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n",
            "\\n\\nÉcrit avec une IA.\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n",
        ),
        (
            MESSAGES,
            Framing::Events,
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"text\":\"a\"}}\n\n",
            "\\n\\nÉcrit avec une IA.\"}}\n\n",
        ),
        (
            GEMINI,
            Framing::Events,
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n",
            "\\n\\nÉcrit avec une IA.\"}],\"role\":\"model\"},\"index\":0}]}\n\n",
        ),
        (
            GEMINI,
            Framing::Array,
            "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}",
            "\\n\\nÉcrit avec une IA.\"}],\"role\":\"model\"},\"index\":0}]}",
        ),
        (
            RESPONSES,
            Framing::Events,
            "data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n",
            "\\n\\nÉcrit avec une IA.\"}\n\n",
        ),
    ] {
        let (out, fine, _) = streamed(&call(path, None), framing, true, start, 5);
        assert!(out.starts_with(start) && out.ends_with(end), "{path}: {out}");
        assert!(!fine, "{path}");
    }
}

#[test]
fn a_stream_that_is_not_of_its_dialect_is_garbled() {
    for path in [CHAT, MESSAGES, RESPONSES, GEMINI] {
        let (_, fine, _) = streamed(&call(path, None), Framing::Events, true, "data: <html>\n\n", 3);
        assert!(!fine, "{path}");
        let (_, fine, _) = streamed(&call(path, None), Framing::Events, true, "", 1);
        assert!(!fine, "{path}");
    }
}

#[test]
fn a_json_answer_ends_with_the_mention_and_nothing_else_changes() {
    let cases = [
        (
            CHAT,
            r#"{"x":1.50,"choices":[{"index":0,"message":{"content":"a\u00e9"}},{"index":1,"message":{"content":"b"}}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#,
            Some(
                r#"{"x":1.50,"choices":[{"index":0,"message":{"content":"a\u00e9\n\nÉcrit avec une IA."}},{"index":1,"message":{"content":"b\n\nÉcrit avec une IA."}}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#,
            ),
            MentionForm::Text,
        ),
        (
            CHAT,
            r#"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"x"}]}}]}"#,
            None,
            MentionForm::Header,
        ),
        (
            CHAT,
            r#"{"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]}"#,
            None,
            MentionForm::Header,
        ),
        (
            CHAT,
            r#"{"choices":[{"message":{"content":null,"refusal":"Non."}}]}"#,
            None,
            MentionForm::Header,
        ),
        (
            MESSAGES,
            r#"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"stop_reason":"max_tokens"}"#,
            Some(
                r#"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b\n\nÉcrit avec une IA."}],"stop_reason":"max_tokens"}"#,
            ),
            MentionForm::Text,
        ),
        (
            MESSAGES,
            r#"{"content":[{"type":"text","text":"a"},{"type":"tool_use","input":{}}],"stop_reason":"tool_use"}"#,
            None,
            MentionForm::Header,
        ),
        (
            RESPONSES,
            r#"{"output":[{"type":"reasoning","summary":[{"text":"je pense"}]},{"content":[{"type":"output_text","text":"a"}]}]}"#,
            Some(
                r#"{"output":[{"type":"reasoning","summary":[{"text":"je pense"}]},{"content":[{"type":"output_text","text":"a\n\nÉcrit avec une IA."}]}]}"#,
            ),
            MentionForm::Text,
        ),
        (
            "/v1/models/gemini-x:generateContent",
            r#"{"candidates":[{"content":{"parts":[{"text":"a"},{"text":"je pense","thought":true}]},"finishReason":"STOP"}]}"#,
            Some(
                r#"{"candidates":[{"content":{"parts":[{"text":"a\n\nÉcrit avec une IA."},{"text":"je pense","thought":true}]},"finishReason":"STOP"}]}"#,
            ),
            MentionForm::Text,
        ),
        (
            "/v1/models/gemini-x:generateContent",
            r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#,
            None,
            MentionForm::Header,
        ),
    ];
    let mention = Mention::new(MENTION);
    for (path, answer, expected, form) in cases {
        let call = call(path, None);
        let (edited, report) = call
            .endpoint
            .edit(answer.as_bytes(), Some(&mention), None)
            .expect("readable");
        assert_eq!(
            edited.map(|e| String::from_utf8(e).expect("UTF-8")).as_deref(),
            expected,
            "{path}"
        );
        assert_eq!(report.mention, form, "{answer}");
    }
}

#[test]
fn tokens_are_those_of_the_backend_thinking_included() {
    for (path, answer, input, output) in [
        (CHAT, r#"{"usage":{"prompt_tokens":3,"completion_tokens":2}}"#, 3, 2),
        (
            MESSAGES,
            r#"{"usage":{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":2}}"#,
            7,
            2,
        ),
        (
            "/v1beta/models/gemini-x:generateContent",
            r#"{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"thoughtsTokenCount":5}}"#,
            3,
            7,
        ),
    ] {
        let (_, report) = call(path, None)
            .endpoint
            .edit(answer.as_bytes(), None, None)
            .expect("readable");
        assert_eq!(
            (report.tokens.input, report.tokens.output),
            (Some(input), Some(output)),
            "{path}"
        );
    }
}

#[test]
#[expect(clippy::type_complexity, reason = "a table of cases")]
fn a_path_leads_to_one_endpoint_of_one_dialect() {
    let cases: &[(
        Method,
        &str,
        Option<&str>,
        &str,
        Option<(&str, &str, Option<&str>, Option<&str>)>,
    )] = &[
        (
            Method::Post,
            "/v1/chat/completions",
            None,
            "",
            Some(("openai", "chat.completions", None, None)),
        ),
        (
            Method::Post,
            "/t/albert/v1/chat/completions",
            None,
            "",
            Some(("openai", "chat.completions", None, Some("albert"))),
        ),
        (
            Method::Post,
            "/v1beta/models/gemini-2.5-pro:generateContent",
            None,
            "",
            Some(("gemini", "generateContent", Some("gemini-2.5-pro"), None)),
        ),
        (
            Method::Post,
            "/v1/models/gemini-x:embedContent",
            None,
            "",
            Some(("gemini", "embedContent", Some("gemini-x"), None)),
        ),
        (
            Method::Get,
            "/v1/models",
            None,
            "",
            Some(("openai", "models", None, None)),
        ),
        (
            Method::Get,
            "/v1/models",
            None,
            "anthropic-version",
            Some(("anthropic", "models", None, None)),
        ),
        (
            Method::Get,
            "/v1/models",
            None,
            "x-goog-api-key",
            Some(("gemini", "models", None, None)),
        ),
        (
            Method::Get,
            "/v1/models",
            Some("key=x"),
            "",
            Some(("gemini", "models", None, None)),
        ),
        (
            Method::Get,
            "/v1/models/gpt-x",
            None,
            "",
            Some(("openai", "models.get", Some("gpt-x"), None)),
        ),
        (Method::Get, "/v1/chat/completions", None, "", None),
        (Method::Post, "/v1/files", None, "", None),
        (Method::Get, "/v1/files", None, "", None),
        (
            Method::Get,
            "/v1/files/abc",
            None,
            "x-goog-api-key",
            Some(("gemini", "files.get", None, None)),
        ),
        (
            Method::Post,
            "/t/gemini/upload/v1beta/files",
            None,
            "",
            Some(("gemini", "files.upload", None, Some("gemini"))),
        ),
        (Method::Post, "/v1beta/models/a/b:generateContent", None, "", None),
        (Method::Post, "/v1beta/models/:generateContent", None, "", None),
        (Method::Post, "/v1beta/models/x:generateContent/..", None, "", None),
        (Method::Post, "/v1/chat/completions/", None, "", None),
        (Method::Post, "//v1/chat/completions", None, "", None),
    ];
    for (method, path, query, header, expected) in cases {
        let call = resolve(*method, path, *query, &|name| name == *header);
        let found = call
            .as_ref()
            .map(|c| (c.dialect.name(), c.endpoint.name, c.model.as_deref(), c.tool.as_deref()));
        assert_eq!(found, *expected, "{path}");
    }
}

#[test]
fn every_place_a_prompt_can_hide_is_read() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            CHAT,
            r#"{"model":"m","messages":[{"role":"system","content":"s 1"},{"role":"user","name":"n 1","content":[{"type":"text","text":"t 1"}]},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":\"v 1\"}"}}]},{"role":"tool","tool_call_id":"c","content":"{\"r\":[\"v 2\"]}"}],"tools":[{"type":"function","function":{"name":"f","description":"d 1","parameters":{"properties":{"x":{"description":"d 2"}}}}}],"user":"u 1","neuf":["x 1"]}"#,
            &["s 1", "n 1", "t 1", "v 1", "v 2", "d 1", "d 2", "u 1", "x 1"],
        ),
        (
            RESPONSES,
            r#"{"model":"m","instructions":"i 1","input":[{"role":"user","content":[{"type":"input_text","text":"t 1"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":\"v 1\"}"},{"type":"function_call_output","call_id":"c","output":"o 1"}]}"#,
            &["i 1", "t 1", "v 1", "o 1"],
        ),
        (RESPONSES, r#"{"model":"m","input":"t 1"}"#, &["t 1"]),
        (
            "/v1/embeddings",
            r#"{"model":"m","input":["a 1","a 2"]}"#,
            &["a 1", "a 2"],
        ),
        (
            MESSAGES,
            r#"{"model":"m","max_tokens":5,"system":[{"type":"text","text":"s 1"}],"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"r 1"}]},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d 1"},"title":"t 2"}]},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"a":"v 1"}}]}]}"#,
            &["s 1", "r 1", "d 1", "t 2", "v 1"],
        ),
        (
            "/v1beta/models/gemini-x:generateContent",
            r#"{"system_instruction":{"parts":[{"text":"s 1"}]},"contents":[{"role":"user","parts":[{"text":"t 1"},{"functionResponse":{"name":"f","response":{"r":"v 1"}}}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":"v 2"}},"thoughtSignature":"0123456789=="}]}],"tools":[{"functionDeclarations":[{"name":"f","description":"d 1"}]}]}"#,
            &["s 1", "t 1", "v 1", "v 2", "0123456789==", "d 1"],
        ),
        (
            "/v1beta/models/gemini-x:batchEmbedContents",
            r#"{"requests":[{"model":"models/x","content":{"parts":[{"text":"a 1"}]}}]}"#,
            &["a 1"],
        ),
        (
            "/v1beta/models/gemini-x:countTokens",
            r#"{"generateContentRequest":{"model":"models/x","contents":[{"parts":[{"text":"a 1"}]}]}}"#,
            &["a 1"],
        ),
    ];
    for (path, body, expected) in cases {
        let request = call(path, None).endpoint.read(body.as_bytes()).expect("readable");
        let prompt = &request.prompt;
        let texts: Vec<_> = prompt.segments.iter().map(|s| prompt.text_of(s)).collect();
        assert_eq!(texts, *expected, "{path}");
        assert!(request.attachments.is_empty(), "{path}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_in_every_dialect() {
    let cases = [
        (
            CHAT,
            r#"{"messages":[{"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]}]}"#,
        ),
        (
            CHAT,
            r#"{"messages":[{"content":[{"type":"file","file":{"file_id":"f"}}]}]}"#,
        ),
        (
            CHAT,
            r#"{"messages":[{"content":[{"type":"input_audio","input_audio":{"data":"AA"}}]}]}"#,
        ),
        (
            RESPONSES,
            r#"{"input":[{"role":"user","content":[{"type":"input_image","image_url":"https://x/y.png"}]}]}"#,
        ),
        (
            RESPONSES,
            r#"{"input":[{"role":"user","content":[{"type":"input_file","file_url":"https://x/y.pdf"}]}]}"#,
        ),
        (
            MESSAGES,
            r#"{"messages":[{"content":[{"type":"image","source":{"type":"base64","data":"AA"}}]}]}"#,
        ),
        (
            MESSAGES,
            r#"{"messages":[{"content":[{"type":"document","source":{"type":"url","url":"https://x"}}]}]}"#,
        ),
        (
            "/v1beta/models/g:generateContent",
            r#"{"contents":[{"parts":[{"inline_data":{"mime_type":"image/png","data":"AA"}}]}]}"#,
        ),
        (
            "/v1beta/models/g:generateContent",
            r#"{"contents":{"parts":{"fileData":{"fileUri":"https://x"}}}}"#,
        ),
    ];
    for (path, body) in cases {
        let request = call(path, None).endpoint.read(body.as_bytes()).expect("readable");
        assert_eq!(request.attachments.len(), 1, "{path} {body}");
    }
    let tokens = call("/v1/embeddings", None).endpoint.read(br#"{"input":[[1,2]]}"#);
    assert_eq!(tokens.unwrap_err(), Unreadable::Tokens);
}

#[test]
fn an_answer_for_a_program_is_recognised() {
    for (path, body, structured) in [
        (CHAT, r#"{"response_format":{"type":"json_object"}}"#, true),
        (CHAT, r#"{"response_format":{"type":"text"}}"#, false),
        (
            RESPONSES,
            r#"{"text":{"format":{"type":"json_schema","schema":{}}}}"#,
            true,
        ),
        (RESPONSES, r#"{"text":{"format":{"type":"text"}}}"#, false),
        (
            "/v1beta/models/g:generateContent",
            r#"{"generationConfig":{"responseMimeType":"application/json"}}"#,
            true,
        ),
        (
            "/v1beta/models/g:generateContent",
            r#"{"generation_config":{"response_schema":{"type":"OBJECT"}}}"#,
            true,
        ),
        (
            "/v1beta/models/g:generateContent",
            r#"{"generationConfig":{"maxOutputTokens":7}}"#,
            false,
        ),
        (MESSAGES, r#"{"output_format":{"type":"json_schema"}}"#, true),
    ] {
        let request = call(path, None).endpoint.read(body.as_bytes()).expect("readable");
        assert_eq!(request.structured, structured, "{body}");
    }
}

#[test]
fn coverage_page_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/coverage.md");
    let page = coverage::page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &page).expect("docs/ can be written");
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == page,
        "docs/coverage.md is not current: run the test with UPDATE=1"
    );
}
