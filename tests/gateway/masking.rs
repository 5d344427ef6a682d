//! Masking there and back: a value never reaches the backend, and the reader has it again wherever the model put its
//! placeholder.

use gardefou::dialect::{ALL, Endpoint, Method, Streams};
use serde_json::{Value, json};

use crate::support::gateway::{MENTION, policy};
use crate::support::upstream::{Reply, chat, chat_stream};
use crate::support::{FakeUpstream, TestGateway};

const LETTER: &str = "Écris à Mme Sylvie Garcin, 06 39 98 56 78, pour l'inviter.";

/// What models make of `[PERSONNE_1]`, and what the reader gets.
const MANGLED: [(&str, &str); 12] = [
    ("Chère Madame [PERSONNE_1],", "Chère Madame Sylvie Garcin,"),
    ("Madame [personne_1]", "Madame Sylvie Garcin"),
    ("Madame [Personne_1]", "Madame Sylvie Garcin"),
    ("Madame [PERSONNE_1 est invitée", "Madame Sylvie Garcin est invitée"),
    ("Madame PERSONNE_1] est", "Madame Sylvie Garcin est"),
    ("Madame PERSONNE_1 est", "Madame Sylvie Garcin est"),
    ("Mesdames [PERSONNES_1]", "Mesdames Sylvie Garcin"),
    ("Madame [PERSONNE 1]", "Madame Sylvie Garcin"),
    ("**[PERSONNE\\_1]** !", "**Sylvie Garcin** !"),
    ("`[PERSONNE_1]`", "`Sylvie Garcin`"),
    ("Madame [PER SONNE_1]", "Madame Sylvie Garcin"),
    ("[PERSONNE_2] et [TELEPHONE_1]", "[PERSONNE_2] et 06 39 98 56 78"),
];

#[tokio::test]
async fn the_reader_has_the_values_again_however_the_model_writes_their_places() {
    let upstream = FakeUpstream::start(chat("")).await;
    let gateway = TestGateway::before(&upstream).await;
    for (said, read) in MANGLED {
        upstream.answer(chat(said));
        let heard = gateway.ask(LETTER).await;
        let text = heard.json()["choices"][0]["message"]["content"].clone();
        assert_eq!(text, format!("{read}\n\n{MENTION}"), "{said}");
        assert!(!upstream.last().body.contains("Garcin") && !upstream.last().body.contains("56 78"));
        // The same, a letter an event, a byte a packet.
        let letters: Vec<String> = said.chars().map(String::from).collect();
        let mut reply = chat_stream(&letters.iter().map(String::as_str).collect::<Vec<_>>());
        let bytes = reply.pieces.concat();
        reply.pieces = bytes.chunks(1).map(bytes::Bytes::copy_from_slice).collect();
        upstream.answer(reply);
        let body = json!({ "model": "gpt-x", "stream": true, "messages": [{ "role": "user", "content": LETTER }] });
        let heard = gateway.send("/v1/chat/completions", &body.to_string()).await;
        assert_eq!(
            text_of(&heard.events()),
            format!("{read}\n\n{MENTION}"),
            "{said}, in a stream"
        );
    }
    let rows = gateway.rows(2 * MANGLED.len()).await;
    assert!(
        rows.iter()
            .all(|row| row.decision == "masked" && row.outcome == "completed")
    );
}

fn text_of(events: &[&str]) -> String {
    let events = events
        .iter()
        .filter_map(|event| serde_json::from_str::<Value>(event).ok());
    events
        .filter_map(|event| event["choices"][0]["delta"]["content"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn the_arguments_of_a_function_have_the_values_again_and_stay_json() {
    let upstream = FakeUpstream::start(chat("")).await;
    let gateway = TestGateway::before(&upstream).await;
    let arguments = r#"{"a":"[PERSONNE_1]","tel":"[TELEPHONE_1]"}"#;
    let call = json!({ "id": "1", "type": "function", "function": { "name": "envoyer", "arguments": arguments } });
    let choice = json!({ "index": 0, "message": { "role": "assistant", "content": null, "tool_calls": [call] }, "finish_reason": "tool_calls" });
    upstream.answer(Reply::json(&json!({ "choices": [choice] }).to_string()));
    let heard = gateway.ask(LETTER).await;
    let back = heard.json()["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"].clone();
    let back: Value = serde_json::from_str(back.as_str().expect("text")).expect("JSON");
    assert_eq!(back, json!({ "a": "Sylvie Garcin", "tel": "06 39 98 56 78" }));

    let input = json!({ "content": [{ "type": "tool_use", "id": "1", "name": "envoyer", "input": { "a": "[PERSONNE_1]" } }], "stop_reason": "tool_use" });
    upstream.answer(Reply::json(&input.to_string()));
    let body = json!({ "model": "claude-x", "max_tokens": 9, "messages": [{ "role": "user", "content": LETTER }] });
    let heard = gateway.send("/v1/messages", &body.to_string()).await;
    assert_eq!(heard.json()["content"][0]["input"]["a"], "Sylvie Garcin");
}

#[tokio::test]
async fn a_conversation_that_grows_begins_as_before() {
    let upstream = FakeUpstream::start(chat("J'écris à [PERSONNE_1].")).await;
    let gateway = TestGateway::before(&upstream).await;
    let mut messages = vec![json!({ "role": "system", "content": "Tu aides M. Karim Benali." })];
    let mut before: Option<Vec<Value>> = None;
    for (turn, question) in [
        LETTER,
        "Ajoute en copie jeanne.roux@exemple.fr.",
        "Et préviens Mme Chloé Maurel.",
    ]
    .into_iter()
    .enumerate()
    {
        messages.push(json!({ "role": "user", "content": question }));
        let body = json!({ "model": "gpt-x", "messages": messages }).to_string();
        let heard = gateway.send("/v1/chat/completions", &body).await;
        let answer = heard.json()["choices"][0]["message"]["content"].clone();
        assert!(
            answer
                .as_str()
                .is_some_and(|text| text.starts_with("J'écris à Karim Benali.")),
            "{answer}"
        );
        let sent: Value = serde_json::from_str(&upstream.last().body).expect("JSON");
        let sent = sent["messages"].as_array().expect("a list").clone();
        if let Some(before) = &before {
            assert_eq!(
                sent[..before.len()],
                before[..],
                "turn {turn}: what the provider has cached"
            );
        }
        before = Some(sent);
        messages.push(json!({ "role": "assistant", "content": answer }));
    }
    let last = upstream.last().body;
    for value in ["Benali", "Garcin", "Maurel", "jeanne.roux", "outil IA"] {
        assert!(!last.contains(value), "{value}");
    }
}

#[tokio::test]
async fn the_model_is_told_what_placeholders_are_only_when_there_are_some() {
    let upstream = FakeUpstream::start(chat("Bien.")).await;
    let gateway = TestGateway::before(&upstream).await;
    gateway.ask("Bonjour").await;
    assert!(!upstream.last().body.contains("repères"));
    let text = json!([{ "parts": [{ "text": LETTER }] }]);
    for (path, body, pointer) in [
        (
            "/v1/chat/completions",
            json!({ "model": "gpt-x", "messages": [{ "role": "user", "content": LETTER }] }),
            "/messages/0/content",
        ),
        (
            "/v1/chat/completions",
            json!({ "model": "gpt-x", "messages": [{ "role": "system", "content": "Sois bref." }, { "role": "user", "content": LETTER }] }),
            "/messages/0/content",
        ),
        (
            "/v1/responses",
            json!({ "model": "gpt-x", "input": LETTER }),
            "/instructions",
        ),
        (
            "/v1/responses",
            json!({ "model": "gpt-x", "instructions": null, "input": LETTER }),
            "/instructions",
        ),
        (
            "/v1/messages",
            json!({ "model": "claude-x", "max_tokens": 9, "messages": [{ "role": "user", "content": LETTER }] }),
            "/system",
        ),
        (
            "/v1/messages",
            json!({ "model": "claude-x", "max_tokens": 9, "system": [{ "type": "text", "text": "Sois bref." }], "messages": [{ "role": "user", "content": LETTER }] }),
            "/system/0/text",
        ),
        (
            "/v1beta/models/gemini-x:generateContent",
            json!({ "contents": text }),
            "/systemInstruction/parts/0/text",
        ),
        (
            "/v1beta/models/gemini-x:generateContent",
            json!({ "contents": text, "systemInstruction": { "parts": [{ "text": "Sois bref." }] } }),
            "/systemInstruction/parts/0/text",
        ),
    ] {
        gateway.send(path, &body.to_string()).await;
        let sent: Value = serde_json::from_str(&upstream.last().body).expect("JSON");
        let told = sent
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{path}: {sent}"));
        assert!(told.contains("repères entre crochets"), "{path}: {told}");
        assert_eq!(
            told.starts_with("Sois bref.\n\n"),
            body.to_string().contains("Sois bref."),
            "{path}"
        );
    }
    let quiet = TestGateway::with(&(policy(&upstream) + "\n[masking]\ninstruct = false\n")).await;
    quiet.ask(LETTER).await;
    assert!(!upstream.last().body.contains("repères"));
    assert!(upstream.last().body.contains("[PERSONNE_1]"));
}

/// A sentence that holds personal data found nowhere else.
fn canary(n: usize) -> (String, [String; 2]) {
    let (mail, phone) = (
        format!("agathe.estornel{n}@exemple.fr"),
        format!("06 39 98 {:02} {:02}", n / 100, n % 100),
    );
    (format!("Réponds à {mail} ou au {phone}, merci."), [mail, phone])
}

/// A body that holds `value` at `path`, on top of what the endpoint needs, and asks for a stream or not.
fn with(endpoint: &Endpoint, path: &str, value: &str, stream: bool) -> String {
    let mut body = match endpoint.name {
        "chat.completions" => json!({ "model": "gpt-x", "messages": [{ "role": "user", "content": "Bonjour" }] }),
        "responses" => json!({ "model": "gpt-x", "input": [{ "role": "user", "content": "Bonjour" }] }),
        "embeddings" => json!({ "model": "gpt-x", "input": "Bonjour" }),
        "messages" | "messages.count_tokens" => {
            json!({ "model": "claude-x", "max_tokens": 9, "messages": [{ "role": "user", "content": "Bonjour" }] })
        }
        _ => json!({}),
    };
    if stream && endpoint.streams == Streams::OnRequest {
        body["stream"] = true.into();
    }
    put(&mut body, path, value);
    body.to_string()
}

fn put(at: &mut Value, path: &str, value: &str) {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    let key = step.trim_end_matches("[]");
    let mut at = if key.is_empty() {
        at
    } else {
        if !at.is_object() {
            *at = json!({});
        }
        &mut at[key]
    };
    for _ in 0..step.matches("[]").count() {
        if !at.is_array() {
            *at = json!([]);
        }
        let list = at.as_array_mut().expect("just made");
        list.push(Value::Null);
        at = list.last_mut().expect("just pushed");
    }
    if rest.is_empty() {
        *at = value.into()
    } else {
        put(at, rest, value)
    }
}

#[tokio::test]
async fn no_field_of_any_endpoint_lets_a_value_through() {
    let upstream = FakeUpstream::start(chat("Bien.")).await;
    let gateway = TestGateway::before(&upstream).await;
    let (mut canaries, mut through, mut refused) = (Vec::new(), 0, 0);
    for dialect in ALL {
        let model = match dialect.name() {
            "openai" => "gpt-x",
            "anthropic" => "claude-x",
            _ => "gemini-x",
        };
        for endpoint in dialect
            .endpoints()
            .iter()
            .filter(|endpoint| endpoint.method == Method::Post)
        {
            let path = endpoint.paths[0].replace("{model}", model);
            let fields = endpoint
                .request
                .iter()
                .map(|field| field.path)
                .chain(["nouveau", "nouveau.*[].x"]);
            for field in fields {
                let (sentence, values) = canary(canaries.len() / 2);
                canaries.extend(values);
                let heard = gateway
                    .send(
                        &path,
                        &with(
                            endpoint,
                            &field.replace('*', "clef"),
                            &sentence,
                            canaries.len() % 4 == 2,
                        ),
                    )
                    .await;
                match heard.status {
                    200 => through += 1,
                    400..500 => refused += 1,
                    status => panic!("{path} {field}: {status} {}", heard.body),
                }
                assert!(!heard.body.contains("estornel"), "{path} {field}: {}", heard.body);
            }
        }
    }
    assert!(canaries.len() > 400, "{} values", canaries.len());
    assert!(through > 100 && refused > 30, "{through} masked, {refused} refused");
    assert_eq!(upstream.asked().len(), through);
    gateway.rows(through + refused).await;
    let written: Vec<u8> = gateway
        .files()
        .into_iter()
        .flat_map(|file| std::fs::read(file).expect("a file"))
        .collect();
    let sent: String = upstream
        .asked()
        .iter()
        .map(|asked| format!("{:?}{}", asked.headers, asked.body))
        .collect();
    for canary in canaries {
        assert!(!sent.contains(&canary), "{canary} was sent");
        assert!(
            memchr::memmem::find(&written, canary.as_bytes()).is_none(),
            "{canary} was written down"
        );
    }
}
