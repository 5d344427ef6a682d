//! Words changed on their way out: whatever way a text is cut into events and events into bytes, the reader has the
//! same text as if the answer had come in one piece, in every place where a dialect tells it.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::{Flow, Stopped};

/// Puts a value in place of `[A]`, and stops at `STOP`.
struct Swap;

const NOTICE: &str = "Ceci est une « IA » [A].";
const VALUE: &str = "Zoé \"Z\"\n";

fn swap(text: &str, form: Form) -> Result<String, Stopped> {
    let quoted = Value::from(VALUE).to_string();
    let value = match form {
        Form::Prose => VALUE,
        Form::Json => &quoted[1..quoted.len() - 1],
    };
    if text.contains("STOP") {
        Err(Stopped)
    } else {
        Ok(text.replace("[A]", value))
    }
}

impl Words for Swap {
    fn whole(&self, text: &str, form: Form) -> Result<Option<String>, Stopped> {
        swap(text, form).map(|out| (out != text).then_some(out))
    }

    fn flow(&self, form: Form) -> Box<dyn Flow> {
        Box::new(Held {
            form,
            text: String::new(),
        })
    }
}

struct Held {
    form: Form,
    text: String,
}

impl Flow for Held {
    fn push(&mut self, piece: &str) -> Result<String, Stopped> {
        self.text.push_str(piece);
        let keep = ["[A", "[", "STO", "ST", "S"]
            .iter()
            .find(|end| self.text.ends_with(**end))
            .map_or(0, |end| end.len());
        let ready = self.text.drain(..self.text.len() - keep).collect::<String>();
        swap(&ready, self.form)
    }

    fn end(&mut self) -> Result<String, Stopped> {
        swap(&std::mem::take(&mut self.text), self.form)
    }

    fn holds(&self) -> bool {
        !self.text.is_empty()
    }
}

/// One dialect's way to tell a text and the arguments of a call in pieces, and to read them back.
struct Way {
    path: &'static str,
    framing: Framing,
    /// The documents of the stream.
    tell: fn(&[&str], &[&str]) -> Vec<Value>,
    /// What a reader makes of them: the text, and the arguments.
    read: fn(&[Value]) -> (String, String),
    done: &'static str,
}

fn texts(events: &[Value], pointer: &str) -> String {
    events
        .iter()
        .filter_map(|event| event.pointer(pointer)?.as_str())
        .collect()
}

const WAYS: &[Way] = &[
    Way {
        path: "/v1/chat/completions",
        framing: Framing::Events,
        tell: |text, arguments| {
            let chunk = |delta: Value, finish: Value| json!({ "id": "c", "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }] });
            let call = |piece: &&str| json!({ "tool_calls": [{ "index": 0, "function": { "arguments": piece } }] });
            text.iter()
                .map(|piece| chunk(json!({ "content": piece }), Value::Null))
                .chain(arguments.iter().map(|piece| chunk(call(piece), Value::Null)))
                .chain([chunk(json!({}), json!("stop"))])
                .collect()
        },
        read: |events| {
            (
                texts(events, "/choices/0/delta/content"),
                texts(events, "/choices/0/delta/tool_calls/0/function/arguments"),
            )
        },
        done: "data: [DONE]\n\n",
    },
    Way {
        path: "/v1/messages",
        framing: Framing::Events,
        tell: |text, arguments| {
            let delta =
                |index: u8, delta: Value| json!({ "type": "content_block_delta", "index": index, "delta": delta });
            let stop = |index: u8| json!({ "type": "content_block_stop", "index": index });
            text.iter()
                .map(|piece| delta(0, json!({ "type": "text_delta", "text": piece })))
                .chain([json!({ "type": "ping" }), stop(0)])
                .chain([json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "tool_use", "input": {} } })])
                .chain(
                    arguments
                        .iter()
                        .map(|piece| delta(1, json!({ "type": "input_json_delta", "partial_json": piece }))),
                )
                .chain([
                    stop(1),
                    json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" } }),
                ])
                .chain([json!({ "type": "message_stop" })])
                .collect()
        },
        read: |events| (texts(events, "/delta/text"), texts(events, "/delta/partial_json")),
        done: "",
    },
    Way {
        path: "/v1/responses",
        framing: Framing::Events,
        tell: |text, arguments| {
            let mut events: Vec<_> = text
                .iter()
                .map(|piece| json!({ "type": "response.output_text.delta", "output_index": 0, "delta": piece }))
                .collect();
            events.push(json!({ "type": "response.output_text.done", "output_index": 0, "text": text.concat() }));
            let piece = |piece: &&str| json!({ "type": "response.function_call_arguments.delta", "output_index": 1, "delta": piece });
            events.extend(arguments.iter().map(piece));
            events.push(json!({ "type": "response.function_call_arguments.done", "output_index": 1, "arguments": arguments.concat() }));
            let output = json!([{ "content": [{ "text": text.concat() }] }, { "call_id": "x", "arguments": arguments.concat() }]);
            events.push(json!({ "type": "response.completed", "response": { "output": output } }));
            events
        },
        read: |events| {
            let of =
                |kind: &str| -> Vec<Value> { events.iter().filter(|event| event["type"] == kind).cloned().collect() };
            let text = texts(&of("response.output_text.delta"), "/delta");
            let arguments = texts(&of("response.function_call_arguments.delta"), "/delta");
            assert_eq!(texts(events, "/text"), text);
            assert_eq!(texts(events, "/arguments"), arguments);
            assert_eq!(texts(events, "/response/output/0/content/0/text"), text);
            assert_eq!(texts(events, "/response/output/1/arguments"), arguments);
            (text, arguments)
        },
        done: "",
    },
    Way {
        path: "/v1beta/models/gemini-x:streamGenerateContent",
        framing: Framing::Events,
        tell: gemini,
        read: |events| {
            (
                texts(events, "/candidates/0/content/parts/0/text"),
                arguments_of_gemini(events),
            )
        },
        done: "",
    },
    Way {
        path: "/v1beta/models/gemini-x:streamGenerateContent",
        framing: Framing::Array,
        tell: gemini,
        read: |events| {
            (
                texts(events, "/candidates/0/content/parts/0/text"),
                arguments_of_gemini(events),
            )
        },
        done: "",
    },
];

/// Gemini tells arguments as JSON, whole.
fn gemini(text: &[&str], arguments: &[&str]) -> Vec<Value> {
    let answer =
        |parts: Value| json!({ "candidates": [{ "content": { "parts": parts, "role": "model" }, "index": 0 }] });
    let arguments: Value = serde_json::from_str(&arguments.concat()).expect("JSON");
    text.iter()
        .map(|piece| answer(json!([{ "text": piece }])))
        .chain([answer(json!([{ "functionCall": { "name": "f", "args": arguments } }]))])
        .chain([json!({ "candidates": [{ "finishReason": "STOP", "index": 0 }] })])
        .collect()
}

fn arguments_of_gemini(events: &[Value]) -> String {
    let calls: Vec<_> = events
        .iter()
        .filter_map(|event| event.pointer("/candidates/0/content/parts/0/functionCall/args"))
        .collect();
    assert_eq!(calls.len(), 1, "a call is told once");
    calls[0].to_string()
}

impl Way {
    fn stream(&self, events: &[Value]) -> String {
        match self.framing {
            Framing::Events => {
                events
                    .iter()
                    .map(|event| format!("data: {event}\n\n"))
                    .collect::<String>()
                    + self.done
            }
            Framing::Array => format!(
                "[{}\n]",
                events.iter().map(Value::to_string).collect::<Vec<_>>().join("\n,\r\n")
            ),
        }
    }

    fn events(&self, stream: &str) -> Vec<Value> {
        match self.framing {
            Framing::Events => stream
                .split("\n\n")
                .filter_map(|block| block.lines().find_map(|line| line.strip_prefix("data: ")))
                .filter(|data| *data != "[DONE]")
                .map(|data| serde_json::from_str(data).expect("JSON"))
                .collect(),
            Framing::Array => serde_json::from_str(stream).expect("a JSON array"),
        }
    }

    /// The stream as it leaves, cut into pieces of `size` bytes, and how it ended.
    fn through(&self, stream: &str, size: usize) -> (String, Result<(), Trouble>) {
        self.noticed(stream, size, None)
    }

    /// The same before a citizen.
    fn noticed(&self, stream: &str, size: usize, notice: Option<Notice>) -> (String, Result<(), Trouble>) {
        let call = resolve(Method::Post, self.path, None, &|_| false).expect("a known path");
        let editor = call.dialect.editor(call.endpoint, self.framing, None);
        let rewording = call.endpoint.rewording(Some(Arc::new(Swap)), Form::Prose, notice);
        let mut editor = StreamEditor::new(self.framing, rewording, editor);
        let mut out = Vec::new();
        let mut end = stream
            .as_bytes()
            .chunks(size)
            .try_for_each(|piece| editor.push(piece, &mut out));
        if end == Err(Trouble::Stopped) {
            let said = Said {
                because: Because::Content,
                code: "answer-blocked".into(),
                message: "Arrêt.".into(),
                request_id: "x".into(),
                links: Vec::new(),
            };
            editor.stop(&said, &mut out);
        } else {
            end = end.and(editor.finish(&mut out));
        }
        (String::from_utf8(out).expect("UTF-8"), end)
    }
}

/// `text` cut at the given places.
fn pieces<'t>(text: &'t str, cuts: &[usize]) -> Vec<&'t str> {
    let mut cuts: Vec<_> = cuts
        .iter()
        .map(|cut| text.floor_char_boundary(*cut))
        .chain([text.len()])
        .collect();
    cuts.sort_unstable();
    let mut from = 0;
    cuts.into_iter()
        .map(|cut| &text[std::mem::replace(&mut from, cut)..cut])
        .collect()
}

proptest! {
    #[test]
    fn a_text_is_the_same_however_it_is_cut(
        words in prop::collection::vec(prop::sample::select(vec!["[A]", "[", "A]", " é", "fin", "[A", "]", "S"]), 0..10),
        cuts in prop::collection::vec(0..40usize, 0..6),
        more in prop::collection::vec(0..40usize, 0..6),
        size in 1..200usize,
        public in any::<bool>(),
    ) {
        let notice = public.then(|| Notice::new(NOTICE));
        let text = words.concat();
        let arguments = json!({ "nom": text }).to_string();
        for way in WAYS {
            let stream = way.stream(&(way.tell)(&pieces(&text, &cuts), &pieces(&arguments, &more)));
            let (out, end) = way.noticed(&stream, size, notice.clone());
            prop_assert_eq!(end, Ok(()), "{}", way.path);
            let (told, called) = (way.read)(&way.events(&out));
            let shown = swap(&text, Form::Prose).expect("no stop");
            let opening = if public && !shown.is_empty() { format!("{NOTICE}\n\n") } else { String::new() };
            prop_assert_eq!(told, opening + &shown, "{}", way.path);
            let called: Value = serde_json::from_str(&called).expect("arguments stay JSON");
            prop_assert_eq!(&called["nom"], &Value::from(shown));
        }
    }
}

#[test]
fn what_is_not_changed_leaves_as_it_came() {
    for way in WAYS {
        let stream = way.stream(&(way.tell)(&["un ", "deux"], &["{\"a\":", "1}"]));
        for size in [1, 7, 4096] {
            assert_eq!(way.through(&stream, size).0, stream, "{}", way.path);
        }
    }
}

#[test]
fn an_answer_that_must_not_be_shown_ends_as_its_dialect_ends_one() {
    for way in WAYS {
        for text in [&["STOP", " suite"][..], &["avant ", "ST", "OP", " suite"]] {
            let stream = way.stream(&(way.tell)(text, &["{}"]));
            let (out, end) = way.through(&stream, 4096);
            assert_eq!(end, Err(Trouble::Stopped));
            assert!(!out.contains("STOP") && !out.contains("suite"), "{out}");
            let events = way.events(&out);
            let last = events.last().expect("an end").to_string();
            assert!(out.contains("Arrêt."), "{out}");
            let word = ["content_filter", "PROHIBITED_CONTENT", "message_stop"];
            assert!(word.iter().any(|word| last.contains(word)), "{last}");
        }
    }
}

#[test]
fn a_document_is_changed_everywhere_and_stays_json() {
    for (path, body, pointers) in [
        (
            "/v1/chat/completions",
            json!({ "choices": [
                { "index": 0, "message": { "content": "à [A]", "tool_calls": [{ "id": "1", "function": { "name": "f", "arguments": "{\"nom\":\"[A]\"}" } }] } },
                { "index": 1, "message": { "content": "[A] et [A]" } },
            ] }),
            &["/choices/0/message/content", "/choices/1/message/content"][..],
        ),
        (
            "/v1/messages",
            json!({ "content": [{ "type": "text", "text": "[A]" }, { "type": "tool_use", "input": { "nom": ["[A]"] } }] }),
            &["/content/0/text", "/content/1/input/nom/0"],
        ),
        (
            "/v1beta/models/gemini-x:generateContent",
            json!({ "candidates": [{ "content": { "parts": [{ "text": "[A]" }, { "functionCall": { "args": { "nom": "[A]" } } }] } }] }),
            &[
                "/candidates/0/content/parts/0/text",
                "/candidates/0/content/parts/1/functionCall/args/nom",
            ],
        ),
    ] {
        let call = resolve(Method::Post, path, None, &|_| false).expect("a known path");
        let body = body.to_string();
        let out = call
            .endpoint
            .reword(body.as_bytes(), Some(&Swap), Form::Prose, None)
            .expect("readable")
            .body
            .expect("changed");
        let (before, out): (Value, Value) = (
            serde_json::from_str(&body).expect("JSON"),
            serde_json::from_slice(&out).expect("JSON"),
        );
        for pointer in pointers {
            let text = |value: &Value| {
                value
                    .pointer(pointer)
                    .and_then(Value::as_str)
                    .expect("a text")
                    .to_owned()
            };
            assert_eq!(text(&out), text(&before).replace("[A]", VALUE), "{path} {pointer}");
        }
        if let Some(arguments) = out.pointer("/choices/0/message/tool_calls/0/function/arguments") {
            let arguments: Value = serde_json::from_str(arguments.as_str().expect("text")).expect("JSON");
            assert_eq!(arguments["nom"], VALUE);
        }
    }
}

/// The smallest PNG: one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

#[test]
fn an_image_that_a_model_made_leaves_with_its_mark() {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let marked = |data: &str| {
        let image = BASE64_STANDARD.decode(data).expect("base64");
        memchr::memmem::find(&image, b"trainedAlgorithmicMedia").is_some()
    };
    let part = json!([{ "text": "Voici." }, { "inlineData": { "mimeType": "image/png", "data": PIXEL } }]);
    let answer = json!({ "candidates": [{ "content": { "parts": part }, "finishReason": "STOP" }] });
    let way = WAYS.iter().find(|way| way.path.contains("gemini")).expect("one");
    let pointer = "/candidates/0/content/parts/1/inlineData/data";
    let call = resolve(Method::Post, way.path, None, &|_| false).expect("a known path");
    for words in [None, Some(Arc::new(Swap) as Arc<dyn Words>)] {
        let body = answer.to_string();
        let out = call
            .endpoint
            .reword(body.as_bytes(), words.as_deref(), Form::Prose, None)
            .expect("readable")
            .body
            .expect("marked");
        let out: Value = serde_json::from_slice(&out).expect("JSON");
        assert!(marked(out.pointer(pointer).and_then(Value::as_str).expect("an image")));
        let rewording = call.endpoint.rewording(words, Form::Prose, None);
        let mut editor = StreamEditor::new(
            way.framing,
            rewording,
            call.dialect.editor(call.endpoint, way.framing, None),
        );
        let mut out = Vec::new();
        editor
            .push(way.stream(std::slice::from_ref(&answer)).as_bytes(), &mut out)
            .expect("readable");
        let out = way.events(&String::from_utf8(out).expect("UTF-8"));
        assert!(marked(
            out[0].pointer(pointer).and_then(Value::as_str).expect("an image")
        ));
    }
    let path = "/v1/responses";
    let call = resolve(Method::Post, path, None, &|_| false).expect("a known path");
    let body = json!({ "output": [{ "type": "image_generation_call", "result": PIXEL }] }).to_string();
    let out = call
        .endpoint
        .reword(body.as_bytes(), None, Form::Prose, None)
        .expect("readable")
        .body
        .expect("marked");
    let out: Value = serde_json::from_slice(&out).expect("JSON");
    assert!(marked(out["output"][0]["result"].as_str().expect("an image")));
}
