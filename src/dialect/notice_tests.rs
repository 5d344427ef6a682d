//! The notice to the public on real shapes: before the first words that a citizen reads, once, and nowhere else.

use super::*;

const NOTICE: &str = "Vous parlez à une IA.";
const MENTION: &str = "Écrit avec une IA.";

const CHAT: &str = "/v1/chat/completions";
const RESPONSES: &str = "/v1/responses";
const MESSAGES: &str = "/v1/messages";
const GEMINI: &str = "/v1beta/models/gemini-x:streamGenerateContent";

fn call(path: &str) -> Call {
    resolve(Method::Post, path, None, &|_| false).expect("a known path")
}

/// Streams where `«` stands for what the notice adds and `»` for what the mention adds, in texts; a line is an event.
/// Events that the mention adds begin with `+`.
const STREAMS: &[(&str, &str, &[&str])] = &[
    (
        "two candidates each have it, an empty piece has not",
        CHAT,
        &[
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"choices":[{"index":1,"delta":{"content":"«b"}},{"index":0,"delta":{"content":"«a"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"c»"},"finish_reason":"stop"},{"index":1,"delta":{"content":"d»"},"finish_reason":"stop"}]}"#,
        ],
    ),
    (
        "reasoning is not the answer, and what comes before a call is read",
        CHAT,
        &[
            r#"{"choices":[{"index":0,"delta":{"reasoning_content":"je pense"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"«Je cherche"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#,
        ],
    ),
    (
        "a call alone has none",
        CHAT,
        &[
            r#"{"choices":[{"index":0,"delta":{"content":null,"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
        ],
    ),
    (
        "the first of two blocks, after the thinking",
        MESSAGES,
        &[
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"je pense"}}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"«a"}}"#,
            r#"{"type":"content_block_stop","index":1}"#,
            r#"{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"b"}}"#,
            r#"+{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"»"}}"#,
            r#"{"type":"content_block_stop","index":2}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#,
            r#"{"type":"message_stop"}"#,
        ],
    ),
    (
        "the first of two parts of the second of three items, wherever it is told again",
        RESPONSES,
        &[
            r#"{"type":"response.reasoning_text.delta","output_index":0,"delta":"je pense"}"#,
            r#"{"type":"response.reasoning_text.done","output_index":0,"text":"je pense"}"#,
            r#"{"type":"response.content_part.done","output_index":0,"part":{"type":"reasoning_text","text":"je pense"}}"#,
            r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","content":[{"type":"reasoning_text","text":"je pense"}]}}"#,
            r#"{"type":"response.output_text.delta","output_index":1,"delta":"«a"}"#,
            r#"{"type":"response.output_text.delta","output_index":1,"delta":"b"}"#,
            r#"{"type":"response.output_text.done","output_index":1,"text":"«ab"}"#,
            r#"{"type":"response.content_part.done","output_index":1,"part":{"type":"output_text","text":"«ab"}}"#,
            r#"{"type":"response.output_text.delta","output_index":1,"delta":"c"}"#,
            r#"{"type":"response.output_text.done","output_index":1,"text":"c"}"#,
            r#"{"type":"response.content_part.done","output_index":1,"part":{"type":"output_text","text":"c"}}"#,
            r#"{"type":"response.output_item.done","output_index":1,"item":{"type":"message","content":[{"type":"output_text","text":"«ab"},{"type":"output_text","text":"c"}]}}"#,
            r#"{"type":"response.output_text.delta","output_index":2,"delta":"d"}"#,
            r#"+{"type":"response.output_text.delta","output_index":2,"delta":"»"}"#,
            r#"{"type":"response.output_text.done","output_index":2,"text":"d»"}"#,
            r#"{"type":"response.completed","response":{"output":[{"type":"reasoning","content":[{"type":"reasoning_text","text":"je pense"}]},{"content":[{"type":"output_text","text":"«ab"},{"type":"output_text","text":"c"}]},{"content":[{"type":"output_text","text":"d»"}]}]}}"#,
        ],
    ),
    (
        "a response without pieces",
        RESPONSES,
        &[
            r#"{"type":"response.created","response":{"output":[]}}"#,
            r#"{"type":"response.completed","response":{"output":[{"content":[{"type":"output_text","text":"«a»"}]}]}}"#,
        ],
    ),
    (
        "two candidates of Gemini, one of which thinks",
        GEMINI,
        &[
            r#"{"candidates":[{"content":{"parts":[{"text":"je pense","thought":true},{"text":"«a"},{"text":"b"}]},"index":1}]}"#,
            r#"{"candidates":[{"content":{"parts":[{"text":"«c»"}]},"finishReason":"STOP","index":0},{"content":{"parts":[{"text":"d»"}]},"finishReason":"STOP","index":1}]}"#,
        ],
    ),
    (
        "an answer that is empty",
        GEMINI,
        &[r#"{"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"SAFETY"}]}"#],
    ),
];

fn stream(framing: Framing, events: impl Iterator<Item = String>) -> String {
    match framing {
        Framing::Events => events.map(|event| format!("data: {event}\n\n")).collect(),
        Framing::Array => format!("[{}]", events.collect::<Vec<_>>().join(",")),
    }
}

#[test]
fn it_stands_before_the_first_words_whatever_way_a_stream_is_cut() {
    let bare = |event: &str| event.replace(['«', '»'], "");
    let full = |event: &str| {
        let opened = event.trim_start_matches('+').replace('«', &format!("{NOTICE}\\n\\n"));
        opened.replace('»', &format!("\\n\\n{MENTION}"))
    };
    for (name, path, events) in STREAMS {
        let call = call(path);
        let framings = [Framing::Events, Framing::Array];
        for framing in framings.into_iter().take(if *path == GEMINI { 2 } else { 1 }) {
            let came = events.iter().filter(|event| !event.starts_with('+'));
            let input = stream(framing, came.map(|event| bare(event)));
            let expected = stream(framing, events.iter().map(|event| full(event)));
            for size in 1..=input.len() {
                let mention = Some(Mention::new(MENTION));
                let rewording = call.endpoint.rewording(None, Form::Prose, Some(Notice::new(NOTICE)));
                let mut editor =
                    StreamEditor::new(framing, rewording, call.dialect.editor(call.endpoint, framing, mention));
                let mut out = Vec::new();
                for piece in input.as_bytes().chunks(size) {
                    editor.push(piece, &mut out).expect("well formed");
                }
                editor.finish(&mut out).expect("whole");
                let out = String::from_utf8(out).expect("UTF-8");
                let out = out.replace("event: content_block_delta\n", "");
                assert_eq!(out, expected, "{name} by {size}");
            }
        }
    }
}

#[test]
fn its_own_length_is_not_the_answers() {
    let call = call(CHAT);
    let rewording = call.endpoint.rewording(None, Form::Prose, Some(Notice::new(NOTICE)));
    let mut editor = StreamEditor::new(
        Framing::Events,
        rewording,
        call.dialect.editor(call.endpoint, Framing::Events, None),
    );
    let event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"été\"}}]}\n\n";
    editor.push(event.as_bytes(), &mut Vec::new()).expect("well formed");
    assert_eq!(editor.report().length, "été".len());
}

#[test]
fn a_json_answer_opens_with_it_and_nothing_else_changes() {
    for (path, answer) in [
        (
            CHAT,
            r#"{"choices":[{"index":0,"message":{"content":"«a\u00e9","reasoning_content":"je pense"}},{"index":1,"message":{"content":"«b"}}]}"#,
        ),
        (
            CHAT,
            r#"{"choices":[{"message":{"content":[{"type":"text","text":"«a"},{"type":"text","text":"b"}]}}]}"#,
        ),
        (
            CHAT,
            r#"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"x","function":{"arguments":"{}"}}]}}]}"#,
        ),
        (CHAT, r#"{"choices":[{"message":{"content":""}}]}"#),
        (
            MESSAGES,
            r#"{"content":[{"type":"thinking","thinking":"je pense"},{"type":"text","text":"«a"},{"type":"text","text":"b"},{"type":"tool_use","input":{"a":"c"}}]}"#,
        ),
        (
            RESPONSES,
            r#"{"output":[{"type":"reasoning","summary":[{"text":"je pense"}],"content":[{"type":"reasoning_text","text":"je pense"}]},{"content":[{"text":"«a","type":"output_text"},{"text":"b"}]}]}"#,
        ),
        (
            "/v1/models/gemini-x:generateContent",
            r#"{"candidates":[{"content":{"parts":[{"text":"je pense","thought":true},{"text":"«a"},{"text":"b"}]}}]}"#,
        ),
        (
            "/v1/models/gemini-x:generateContent",
            r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#,
        ),
    ] {
        let bare = answer.replace('«', "");
        let notice = Notice::new(NOTICE);
        let out = call(path)
            .endpoint
            .reword(bare.as_bytes(), None, Form::Prose, Some(&notice))
            .expect("readable");
        let noticed = answer.contains('«');
        let full = answer.replace('«', &format!("{NOTICE}\\n\\n"));
        assert_eq!(out.noticed, noticed, "{answer}");
        let body = out.body.map(|body| String::from_utf8(body).expect("UTF-8"));
        assert_eq!(body, noticed.then_some(full));
    }
}

#[test]
fn it_is_found_wherever_it_stands_with_the_space_after_it() {
    let notice = Notice::new(NOTICE);
    for (text, left) in [
        (format!("{NOTICE}\n\nBonjour."), "Bonjour."),
        (format!("{NOTICE} \n{NOTICE}\n\nBonjour."), "Bonjour."),
        (format!("Bonjour. {NOTICE}"), "Bonjour. "),
        ("Vous parlez".into(), "Vous parlez"),
        (String::new(), ""),
    ] {
        let mut out = text.clone();
        let places: Vec<_> = notice.places(&text).collect();
        for place in places.into_iter().rev() {
            out.replace_range(place, "");
        }
        assert_eq!(out, left);
    }
}

#[test]
fn a_conversation_knows_whether_the_model_has_answered_in_it() {
    let refusal = "Non. [demande 019a3b5c-7d8e-7f00-8000-0123456789ab]";
    let chat = |turns: &[(&str, &str)]| {
        let turns: Vec<_> = turns
            .iter()
            .map(|(role, text)| format!(r#"{{"role":"{role}","content":"{text}"}}"#))
            .collect();
        format!(r#"{{"messages":[{}]}}"#, turns.join(","))
    };
    let called = r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":\"b c\"}"}}]},{"role":"tool","tool_call_id":"c","content":"fait"}"#;
    let cases: Vec<(&str, String, bool)> = vec![
        (CHAT, chat(&[("user", "a")]), false),
        (CHAT, chat(&[("system", "s"), ("assistant", "Bonjour, je suis Léa"), ("user", "a")]), false),
        (CHAT, chat(&[("user", "a"), ("assistant", "b"), ("user", "c")]), true),
        (CHAT, chat(&[("user", "a"), ("assistant", " "), ("user", "c")]), false),
        (CHAT, chat(&[("user", "a"), ("assistant", refusal), ("user", "c")]), false),
        // Words that the model is to go on from are no answer yet.
        (CHAT, chat(&[("user", "a"), ("assistant", "Voici")]), false),
        (CHAT, format!(r#"{{"messages":[{{"role":"user","content":"a"}},{called}]}}"#), false),
        (CHAT, format!(r#"{{"messages":[{{"role":"user","content":"a"}},{called},{{"role":"assistant","content":"b"}},{{"role":"user","content":"c"}}]}}"#), true),
        (MESSAGES, r#"{"system":"s","messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[{"type":"thinking","thinking":"je pense"},{"type":"tool_use","id":"t","name":"f","input":{"a":"b c"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"fait"}]}]}"#.into(), false),
        (MESSAGES, r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"text","text":"b"}]},{"role":"user","content":"c"}]}"#.into(), true),
        (GEMINI, r#"{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"je pense","thought":true},{"functionCall":{"name":"f","args":{"a":"b c"}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"r":"fait"}}}]}]}"#.into(), false),
        (GEMINI, r#"{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]},{"role":"user","parts":[{"text":"c"}]}]}"#.into(), true),
        (GEMINI, r#"{"contents":[{"parts":[{"text":"a"}]}]}"#.into(), false),
        (RESPONSES, r#"{"input":"a"}"#.into(), false),
        (RESPONSES, r#"{"input":"a","previous_response_id":null}"#.into(), false),
        (RESPONSES, r#"{"input":"a","previous_response_id":"resp_1"}"#.into(), true),
        (RESPONSES, r#"{"previous_response_id":"resp_1","input":[{"role":"user","content":[{"type":"input_text","text":"a"}]}]}"#.into(), true),
        // The provider keeps a turn of which only the call is known to have been.
        (RESPONSES, r#"{"previous_response_id":"resp_1","input":[{"type":"function_call_output","call_id":"c","output":"fait"}]}"#.into(), false),
        (RESPONSES, r#"{"input":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"output_text","text":"b"}]},{"role":"user","content":"c"}]}"#.into(), true),
        (RESPONSES, r#"{"input":[{"role":"user","content":"a"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"fait"}]}"#.into(), false),
    ];
    for (path, body, answered) in cases {
        let request = call(path).endpoint.read(body.as_bytes()).expect("readable");
        assert_eq!(request.answered, answered, "{body}");
    }
}
