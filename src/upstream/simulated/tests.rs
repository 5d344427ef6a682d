//! Tests of the simulated backend, by the bytes it writes. The official SDKs read them in `tests/sdk`.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Answer, Ask, answer};

/// A request that chats, by dialect and endpoint, with the prompt where that dialect wants it.
fn chat(endpoint: &str, prompt: &str) -> Value {
    match endpoint {
        "chat.completions" => json!({ "messages": [{ "role": "user", "content": prompt }] }),
        "responses" => json!({ "input": [{ "role": "user", "content": prompt }] }),
        "messages" => {
            json!({ "max_tokens": 4000, "messages": [{ "role": "user", "content": prompt }] })
        }
        _ => json!({ "contents": [{ "role": "user", "parts": [{ "text": prompt }] }] }),
    }
}

const CHATS: [(&str, &str); 4] = [
    ("openai", "chat.completions"),
    ("openai", "responses"),
    ("anthropic", "messages"),
    ("gemini", "generateContent"),
];

fn ask_raw(dialect: &str, endpoint: &str, query: Option<&str>, body: &[u8]) -> Answer {
    answer(&Ask {
        dialect,
        endpoint,
        model: "simulateur",
        query,
        body,
    })
}

fn ask(dialect: &str, endpoint: &str, body: &Value) -> Value {
    let answer = ask_raw(dialect, endpoint, None, body.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{endpoint}");
    assert_eq!(answer.pieces.len(), 1, "{endpoint}");
    serde_json::from_slice(&answer.pieces[0]).unwrap()
}

/// What a reader of a JSON answer sees, and why it ended.
fn text_and_end(endpoint: &str, body: &Value) -> (String, String) {
    let (text, end) = match endpoint {
        "chat.completions" => ("/choices/0/message/content", "/choices/0/finish_reason"),
        "responses" => ("/output/0/content/0/text", "/status"),
        "messages" => ("/content/0/text", "/stop_reason"),
        _ => ("/candidates/0/content/parts/0/text", "/candidates/0/finishReason"),
    };
    let at = |path: &str| body.pointer(path).and_then(Value::as_str).unwrap_or_default();
    (at(text).to_owned(), at(end).to_owned())
}

/// A stream of a chat: its answer, and the JSON of its events.
fn streamed(dialect: &str, endpoint: &str, mut body: Value) -> (Answer, Vec<Value>) {
    let (endpoint, query) = match endpoint {
        "generateContent" => ("streamGenerateContent", Some("alt=sse")),
        other => (other, None),
    };
    if dialect != "gemini" {
        body["stream"] = json!(true);
    }
    let answer = ask_raw(dialect, endpoint, query, body.to_string().as_bytes());
    let text = String::from_utf8(answer.pieces.concat()).unwrap();
    let events = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    (answer, events)
}

/// What a reader of a stream sees in the end.
fn text_of_stream(events: &[Value]) -> String {
    let piece = |event: &Value| {
        let choice = event.pointer("/choices/0/delta/content");
        let delta = match event.get("delta") {
            Some(Value::String(_)) => event.get("delta"),
            other => other.and_then(|delta| delta.get("text")),
        };
        let part = event.pointer("/candidates/0/content/parts/0/text");
        let found = choice.or(delta).or(part).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    events.iter().map(piece).collect()
}

#[test]
fn every_dialect_gives_back_what_it_is_asked_to_repeat() {
    for (prompt, expected) in [
        ("echo: l'été", "l'été"),
        ("Consigne générale.\nRÉPÈTE\u{202f}: oui : oui", "oui : oui"),
        ("Écho :\n  un\n  deux ", "un\n  deux"),
        ("echo", ""),
        ("echo:", ""),
    ] {
        for (dialect, endpoint) in CHATS {
            let body = ask(dialect, endpoint, &chat(endpoint, prompt));
            let (text, _) = text_and_end(endpoint, &body);
            if prompt == "echo" {
                assert!(text.len() > 20, "{endpoint}: a word alone is no order");
            } else {
                assert_eq!(text, expected, "{endpoint}: {prompt}");
            }
        }
    }
    let body = ask("openai", "chat.completions", &chat("chat.completions", "Techo: non"));
    assert_ne!(text_and_end("chat.completions", &body).0, "non");
}

#[test]
fn a_stream_says_what_the_whole_answer_says() {
    for (dialect, endpoint) in CHATS {
        for prompt in ["Prépare un courriel", "echo: a  b\nc d", "echo: é", "merci"] {
            let request = chat(endpoint, prompt);
            let whole = text_and_end(endpoint, &ask(dialect, endpoint, &request)).0;
            let (answer, events) = streamed(dialect, endpoint, request);
            assert_eq!(text_of_stream(&events), whole, "{endpoint}: {prompt}");
            assert!(answer.content_type.starts_with("text/event-stream"));
            assert_eq!(answer.gap.as_millis(), 15);
        }
    }
}

#[test]
fn a_stream_leaves_word_by_word_and_never_without_end() {
    let long = format!("echo: {}", "mot ".repeat(50_000));
    for (dialect, endpoint) in CHATS {
        let (answer, _) = streamed(dialect, endpoint, chat(endpoint, "echo: un deux trois"));
        assert!((3..=5).contains(&answer.pieces.len()), "{endpoint}");
        assert!(!answer.pieces.iter().any(Bytes::is_empty), "{endpoint}");
        let mut request = chat(endpoint, &long);
        if endpoint == "messages" {
            request["max_tokens"] = json!(1_000_000);
        }
        let (answer, _) = streamed(dialect, endpoint, request);
        assert!((500..=520).contains(&answer.pieces.len()), "{endpoint}");
    }
}

#[test]
fn the_events_come_in_the_order_of_each_dialect() {
    let kinds = |events: &[Value]| {
        let mut kinds: Vec<String> = events
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect();
        kinds.dedup();
        kinds.join(" ")
    };
    let (_, events) = streamed("anthropic", "messages", chat("messages", "echo: un deux"));
    assert_eq!(
        kinds(&events),
        "message_start content_block_start ping content_block_delta content_block_stop message_delta message_stop"
    );
    let (_, events) = streamed("openai", "responses", chat("responses", "echo: un deux"));
    assert_eq!(
        kinds(&events),
        "response.created response.in_progress response.output_item.added response.content_part.added \
         response.output_text.delta response.output_text.done response.content_part.done \
         response.output_item.done response.completed"
    );
    for (rank, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], rank);
    }
    let (answer, events) = streamed("openai", "chat.completions", chat("chat.completions", "echo: un"));
    assert!(answer.pieces.concat().ends_with(b"data: [DONE]\n\n"));
    assert_eq!(events.last().unwrap()["choices"][0]["finish_reason"], "stop");
}

#[test]
fn figures_close_a_chat_stream_only_where_they_are_asked_for() {
    let mut request = chat("chat.completions", "echo: deux");
    let (_, events) = streamed("openai", "chat.completions", request.clone());
    assert!(events.iter().all(|event| event.get("usage").is_none()));
    request["stream_options"] = json!({ "include_usage": true });
    let (_, events) = streamed("openai", "chat.completions", request);
    let (last, before) = events.split_last().unwrap();
    assert!(before.iter().all(|event| event["usage"].is_null()));
    assert_eq!(last["choices"], json!([]));
    // « user » and « echo: deux »: 4 + 10 bytes; « deux »: 4 bytes.
    assert_eq!(last["usage"]["prompt_tokens"], 4);
    assert_eq!(last["usage"]["completion_tokens"], 1);
    assert_eq!(last["usage"]["total_tokens"], 5);
}

#[test]
fn gemini_writes_the_same_chunks_as_events_and_as_an_array() {
    let body = chat("generateContent", "Bonjour").to_string();
    let array = ask_raw("gemini", "streamGenerateContent", None, body.as_bytes());
    let (_, events) = streamed("gemini", "generateContent", chat("generateContent", "Bonjour"));
    let chunks: Vec<Value> = serde_json::from_slice(&array.pieces.concat()).unwrap();
    assert_eq!(chunks, events);
    assert!(array.content_type.starts_with("application/json"));
    let ends: Vec<bool> = chunks
        .iter()
        .map(|chunk| chunk["candidates"][0].get("finishReason").is_some())
        .collect();
    assert_eq!(ends.iter().filter(|end| **end).count(), 1);
    assert!(ends.last().unwrap());
}

#[test]
fn a_limit_of_tokens_cuts_and_says_so() {
    let cases = [
        ("chat.completions", "/max_tokens", "length"),
        ("chat.completions", "/max_completion_tokens", "length"),
        ("responses", "/max_output_tokens", "incomplete"),
        ("messages", "/max_tokens", "max_tokens"),
        ("generateContent", "/generationConfig/maxOutputTokens", "MAX_TOKENS"),
        ("generateContent", "/generation_config/max_output_tokens", "MAX_TOKENS"),
    ];
    for (endpoint, field, end) in cases {
        let (dialect, _) = CHATS.iter().find(|(_, e)| *e == endpoint).unwrap();
        let mut request = chat(endpoint, "echo: ééééééé");
        match field.trim_start_matches('/').split_once('/') {
            Some((outer, inner)) => request[outer] = json!({ inner: 2 }),
            None => request[&field[1..]] = json!(2),
        }
        let body = ask(dialect, endpoint, &request);
        assert_eq!(
            text_and_end(endpoint, &body),
            ("éééé".to_owned(), end.to_owned()),
            "{field}"
        );
    }
}

#[test]
fn no_answer_is_longer_than_a_model_would_give() {
    for (dialect, endpoint) in CHATS {
        let mut request = chat(endpoint, &format!("echo: {}", "é".repeat(200_000)));
        if endpoint == "messages" {
            request["max_tokens"] = json!(1_000_000);
        }
        let (text, end) = text_and_end(endpoint, &ask(dialect, endpoint, &request));
        assert_eq!(text.len(), 65_536 * 4, "{endpoint}");
        assert!(
            !matches!(end.as_str(), "stop" | "completed" | "end_turn" | "STOP"),
            "{end}"
        );
    }
}

#[test]
fn several_answers_are_as_many_and_differ() {
    let mut request = chat("chat.completions", "Prépare une réunion");
    request["n"] = json!(4);
    let body = ask("openai", "chat.completions", &request);
    let mut texts: Vec<&str> = (0..4)
        .map(|i| body["choices"][i]["message"]["content"].as_str().unwrap())
        .collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), 4);
    let mut request = chat("generateContent", "Prépare une réunion");
    request["generationConfig"] = json!({ "candidateCount": 3 });
    let body = ask("gemini", "generateContent", &request);
    assert_eq!(body["candidates"].as_array().unwrap().len(), 3);
    let (_, events) = streamed("gemini", "generateContent", request);
    let ends = events
        .iter()
        .flat_map(|event| event["candidates"].as_array().unwrap())
        .filter(|candidate| candidate.get("finishReason").is_some())
        .count();
    assert_eq!(ends, 3);
}

#[test]
fn a_wish_for_json_is_granted_with_the_keys_of_its_schema() {
    let schema = json!({
        "type": "object",
        "required": ["objet", "pages", "ton", "pieces", "suite"],
        "properties": {
            "objet": { "type": "string" },
            "pages": { "type": "integer", "minimum": 3 },
            "ton": { "enum": ["neutre", "ferme"] },
            "pieces": { "type": "array", "items": { "$ref": "#/$defs/piece" } },
            "suite": { "anyOf": [{ "type": "null" }, { "type": "boolean" }] },
            "facultatif": { "type": "string" },
        },
        "$defs": { "piece": { "type": "object", "properties": { "date": { "type": "string", "format": "date" } } } },
    });
    let expected = json!({
        "objet": "un objet",
        "pages": 3,
        "ton": "neutre",
        "pieces": [{ "date": "2026-01-15" }],
        "suite": true,
    });
    let forms = [
        json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "f", "schema": schema } } }),
        json!({ "text": { "format": { "type": "json_schema", "name": "f", "schema": schema } } }),
        json!({ "output_config": { "format": { "type": "json_schema", "schema": schema } } }),
        json!({ "generationConfig": { "responseMimeType": "application/json", "responseJsonSchema": schema } }),
    ];
    for ((dialect, endpoint), form) in CHATS.into_iter().zip(forms) {
        let mut request = chat(endpoint, "echo: un objet");
        for (name, value) in form.as_object().unwrap() {
            request[name] = value.clone();
        }
        let (text, _) = text_and_end(endpoint, &ask(dialect, endpoint, &request));
        let made: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(made, expected, "{endpoint}");
    }
    let mut request = chat("chat.completions", "echo: oui");
    request["response_format"] = json!({ "type": "json_object" });
    let (text, _) = text_and_end("chat.completions", &ask("openai", "chat.completions", &request));
    assert_eq!(text, r#"{"reponse":"oui"}"#);
}

#[test]
fn a_schema_without_end_has_an_end() {
    let schema = json!({
        "type": "OBJECT",
        "required": ["a", "b", "c"],
        "properties": { "a": { "$ref": "#" }, "b": { "$ref": "#" }, "c": { "type": "ARRAY", "minItems": "9000000", "items": { "$ref": "#" } } },
    });
    let mut request = chat("generateContent", "Une fiche");
    request["generationConfig"] = json!({ "responseMimeType": "application/json", "responseSchema": schema });
    let (text, _) = text_and_end("generateContent", &ask("gemini", "generateContent", &request));
    assert!(text.len() < 20_000, "{}", text.len());
    assert!(serde_json::from_str::<Value>(&text).unwrap().is_object());
}

/// The functions of a request, by endpoint.
fn with_functions(endpoint: &str, prompt: &str) -> Value {
    let schema = json!({ "type": "object", "properties": { "ville": { "type": "string" } } });
    let mut request = chat(endpoint, prompt);
    request["tools"] = match endpoint {
        "chat.completions" => json!([
            { "type": "function", "function": { "name": "heure", "parameters": {} } },
            { "type": "function", "function": { "name": "meteo", "parameters": schema } },
        ]),
        "responses" => json!([
            { "type": "web_search" },
            { "type": "function", "name": "meteo", "parameters": schema },
        ]),
        "messages" => json!([{ "name": "meteo", "input_schema": schema }]),
        _ => json!([{ "functionDeclarations": [{ "name": "meteo", "parameters": schema }] }]),
    };
    request
}

/// Name and arguments of the call in a JSON answer.
fn called(endpoint: &str, body: &Value) -> Option<(String, Value)> {
    let written = |value: &Value| serde_json::from_str(value.as_str().unwrap()).unwrap();
    let (name, arguments) = match endpoint {
        "chat.completions" => {
            let call = body.pointer("/choices/0/message/tool_calls/0/function")?;
            (&call["name"], written(&call["arguments"]))
        }
        "responses" => {
            let item = body.pointer("/output/0")?;
            (item.get("name")?, written(&item["arguments"]))
        }
        "messages" => {
            let block = body.pointer("/content/0")?;
            (block.get("name")?, block["input"].clone())
        }
        _ => {
            let call = body.pointer("/candidates/0/content/parts/0/functionCall")?;
            (&call["name"], call["args"].clone())
        }
    };
    Some((name.as_str()?.to_owned(), arguments))
}

#[test]
fn a_prompt_that_says_to_call_calls() {
    for (dialect, endpoint) in CHATS {
        for (prompt, city) in [
            (" Appelle meteo", "Digne-les-Bains"),
            ("appelle meteo, echo : Sisteron", "Sisteron"),
        ] {
            let body = ask(dialect, endpoint, &with_functions(endpoint, prompt));
            let expected = Some(("meteo".to_owned(), json!({ "ville": city })));
            assert_eq!(called(endpoint, &body), expected, "{endpoint}");
        }
        let quiet = with_functions(endpoint, "Quel temps fera-t-il ?");
        assert_eq!(called(endpoint, &ask(dialect, endpoint, &quiet)), None, "{endpoint}");
        let mut forbidden = with_functions(endpoint, "appelle meteo");
        match endpoint {
            "messages" => forbidden["tool_choice"] = json!({ "type": "none" }),
            "generateContent" => {
                forbidden["toolConfig"] = json!({ "functionCallingConfig": { "mode": "NONE" } });
            }
            _ => forbidden["tool_choice"] = json!("none"),
        }
        assert_eq!(
            called(endpoint, &ask(dialect, endpoint, &forbidden)),
            None,
            "{endpoint}"
        );
    }
}

#[test]
fn what_a_function_returned_is_told_and_no_call_follows() {
    let outcomes = [
        json!([{ "role": "tool", "tool_call_id": "c", "content": "12 degrés" }]),
        json!([{ "type": "function_call_output", "call_id": "c", "output": "12 degrés" }]),
        json!([{ "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "c", "content": "12 degrés" }] }]),
        json!([{ "role": "user", "parts": [{ "functionResponse": { "name": "meteo", "response": { "temps": "12 degrés" } } }] }]),
    ];
    for ((dialect, endpoint), outcome) in CHATS.into_iter().zip(outcomes) {
        let mut request = with_functions(endpoint, "appelle meteo");
        let turns = ["messages", "input", "contents"]
            .into_iter()
            .find(|name| request.get(name).is_some())
            .unwrap();
        let list = request[turns].as_array_mut().unwrap();
        list.extend(outcome.as_array().unwrap().iter().cloned());
        let body = ask(dialect, endpoint, &request);
        assert_eq!(called(endpoint, &body), None, "{endpoint}");
        let (text, _) = text_and_end(endpoint, &body);
        assert!(text.contains("12 degrés"), "{endpoint}: {text}");
    }
}

#[test]
fn embeddings_are_unit_vectors_of_the_size_asked_for() {
    let norm = |values: &Value| {
        let values = values.as_array().unwrap();
        let sum: f64 = values.iter().map(|x| x.as_f64().unwrap()).map(|x| x * x).sum();
        assert!((sum - 1.0).abs() < 1e-4, "{sum}");
        values.len()
    };
    let body = ask(
        "openai",
        "embeddings",
        &json!({ "input": ["a", "b"], "dimensions": 12 }),
    );
    assert_eq!(norm(&body["data"][1]["embedding"]), 12);
    assert_eq!(body["usage"]["prompt_tokens"], 2);
    let body = ask(
        "openai",
        "embeddings",
        &json!({ "input": [[1, 2], [3]], "encoding_format": "base64" }),
    );
    assert_eq!(body["data"].as_array().unwrap().len(), 2);
    // 8 floats of 4 bytes in base64.
    assert_eq!(body["data"][0]["embedding"].as_str().unwrap().len(), 44);
    let content = json!({ "parts": [{ "text": "a" }] });
    let body = ask("gemini", "embedContent", &json!({ "content": content }));
    assert_eq!(norm(&body["embedding"]["values"]), 8);
    let one = json!({ "content": content, "outputDimensionality": 3 });
    let body = ask("gemini", "batchEmbedContents", &json!({ "requests": [one, one] }));
    assert_eq!(norm(&body["embeddings"][1]["values"]), 3);
}

#[test]
fn tokens_are_counted_at_four_bytes() {
    let contents = json!({ "contents": [{ "parts": [{ "text": "x".repeat(40) }] }] });
    assert_eq!(ask("gemini", "countTokens", &contents)["totalTokens"], 10);
    let wrapped = json!({ "generateContentRequest": contents });
    assert_eq!(ask("gemini", "countTokens", &wrapped)["totalTokens"], 10);
    // The role counts with the text: 4 + 40 bytes.
    let messages = json!({ "messages": [{ "role": "user", "content": "x".repeat(40) }] });
    let body = ask("anthropic", "messages.count_tokens", &messages);
    assert_eq!(body["input_tokens"], 11);
}

#[test]
fn the_model_is_in_the_list_of_every_dialect() {
    for (dialect, id) in [
        ("openai", "/data/0/id"),
        ("anthropic", "/data/0/id"),
        ("gemini", "/models/0/name"),
    ] {
        let get = |model| Ask {
            dialect,
            endpoint: "models",
            model,
            query: None,
            body: b"",
        };
        let list: Value = serde_json::from_slice(&answer(&get("")).pieces[0]).unwrap();
        let name = list.pointer(id).unwrap().as_str().unwrap().to_owned();
        assert_eq!(name.trim_start_matches("models/"), "simulateur");
        let one: Value = serde_json::from_slice(&answer(&get("simulateur")).pieces[0]).unwrap();
        let field = if dialect == "gemini" { "name" } else { "id" };
        assert_eq!(one[field], name.as_str());
    }
}

#[test]
fn what_cannot_be_read_gets_the_error_of_its_dialect() {
    let bodies: [&[u8]; 9] = [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff\xfe",
        br#"{"messages":"non","input":3,"contents":{},"max_tokens":5}"#,
        br#"{"messages":[],"input":[],"contents":[],"max_tokens":5}"#,
        br#"{"messages":[3],"input":[3],"contents":[{"parts":[3]}],"max_tokens":5}"#,
        br#"{"messages":[{"role":"chef","content":"a"}],"input":[{"role":"chef"}],"contents":[{"role":"chef"}],"max_tokens":5}"#,
    ];
    let deep = "[".repeat(10_000);
    for (dialect, endpoint) in CHATS {
        for body in bodies.into_iter().chain([deep.as_bytes()]) {
            let answer = ask_raw(dialect, endpoint, None, body);
            assert_eq!((answer.status, answer.pieces.len()), (400, 1));
            let said: Value = serde_json::from_slice(&answer.pieces[0]).unwrap();
            let (kind, expected) = match dialect {
                "gemini" => (&said["error"]["status"], "INVALID_ARGUMENT"),
                _ => (&said["error"]["type"], "invalid_request_error"),
            };
            assert_eq!(kind, expected);
            assert!(said["error"]["message"].as_str().unwrap().ends_with('.'));
        }
    }
    let array = ask_raw("gemini", "streamGenerateContent", None, b"{");
    assert_eq!(array.pieces[0].first(), Some(&b'['));
}

#[test]
fn wrong_bounds_are_refused_and_unknown_endpoints_are_not_found() {
    let with = |name: &str, value: Value| {
        let mut request = chat("chat.completions", "Bonjour");
        request[name] = value;
        ask_raw("openai", "chat.completions", None, request.to_string().as_bytes()).status
    };
    for (name, value) in [
        ("n", json!(0)),
        ("n", json!(9)),
        ("n", json!("1")),
        ("max_tokens", json!(0)),
        ("max_tokens", json!(-1)),
        ("stream", json!("oui")),
        ("tools", json!({})),
    ] {
        assert_eq!(with(name, value.clone()), 400, "{name}: {value}");
    }
    assert_eq!(with("n", Value::Null), 200);
    let unlimited = json!({ "messages": [{ "role": "user", "content": "a" }] }).to_string();
    let answer = ask_raw("anthropic", "messages", None, unlimited.as_bytes());
    assert_eq!(answer.status, 400, "max_tokens is required");
    for dialect in ["openai", "gemini", "anthropic", "autre"] {
        assert_eq!(ask_raw(dialect, "images", None, b"{}").status, 404);
    }
}

#[test]
fn debug_shows_neither_prompt_nor_answer() {
    let body = chat("chat.completions", "echo: canari").to_string();
    let ask = Ask {
        dialect: "openai",
        endpoint: "chat.completions",
        model: "m",
        query: None,
        body: body.as_bytes(),
    };
    let shown = format!("{ask:?} {:?}", answer(&ask));
    assert!(!shown.contains("canari"), "{shown}");
    assert!(shown.contains("status: 200"));
}
