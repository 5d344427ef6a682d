//! The notice to the public: before the first answer to a citizen, once a conversation, and never sent back.

use crate::support::gateway::{MENTION, policy};
use crate::support::upstream::{Reply, chat, chat_stream};
use crate::support::{FakeUpstream, TestGateway};
use serde_json::{Value, json};

const NOTICE: &str = "Vous échangez avec une intelligence artificielle.";

async fn before_citizens(upstream: &FakeUpstream) -> TestGateway {
    let policy = policy(upstream).replace("accepts = []", "audience = \"public\"\naccepts = []");
    TestGateway::with(&policy).await
}

#[tokio::test]
async fn a_conversation_opens_with_it_and_goes_on_without() {
    let upstream = FakeUpstream::start(chat("Voici.")).await;
    let gateway = before_citizens(&upstream).await;
    let mut messages = vec![json!({ "role": "assistant", "content": "Bonjour, je réponds à vos questions." })];
    for turn in 0..4 {
        messages.push(json!({ "role": "user", "content": format!("Question {turn}") }));
        let body = json!({ "model": "gpt-x", "messages": messages }).to_string();
        let heard = gateway.send("/v1/chat/completions", &body).await;
        let text = heard.json()["choices"][0]["message"]["content"]
            .as_str()
            .expect("text")
            .to_owned();
        let (opening, form) = match turn {
            0 => (format!("{NOTICE}\n\n"), "text"),
            _ => (String::new(), "none"),
        };
        assert_eq!(text, format!("{opening}Voici.\n\n{MENTION}"), "turn {turn}");
        assert_eq!(heard.header("x-gardefou-notice"), form, "turn {turn}");
        assert!(!upstream.last().body.contains("intelligence"), "turn {turn}");
        messages.push(json!({ "role": "assistant", "content": text }));
    }
    let sent: Value = serde_json::from_str(&upstream.last().body).expect("JSON");
    assert_eq!(sent["messages"][2]["content"], "Voici.");
}

#[tokio::test]
async fn a_stream_opens_with_it_around_a_masked_name() {
    let upstream = FakeUpstream::start(chat_stream(&["Mme [PERSON", "NE_1]", " est là"])).await;
    let gateway = before_citizens(&upstream).await;
    let body = r#"{"model":"gpt-x","stream":true,"messages":[{"role":"user","content":"Où est Mme Roux ?"}]}"#;
    let heard = gateway.send("/v1/chat/completions", body).await;
    assert_eq!(heard.header("x-gardefou-notice"), "text");
    let text: String = heard
        .events()
        .iter()
        .filter_map(|event| serde_json::from_str::<Value>(event).ok())
        .filter_map(|event| event["choices"][0]["delta"]["content"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(text, format!("{NOTICE}\n\nMme Roux est là\n\n{MENTION}"));
}

#[tokio::test]
async fn a_program_has_it_in_its_header_and_an_agent_not_at_all() {
    let json = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"{}"},"finish_reason":"stop"}]}"#;
    let upstream = FakeUpstream::start(Reply::json(json)).await;
    let gateway = before_citizens(&upstream).await;
    let body = r#"{"model":"gpt-x","response_format":{"type":"json_object"},"messages":[{"role":"user","content":"En JSON"}]}"#;
    let heard = gateway.send("/v1/chat/completions", body).await;
    assert_eq!(
        (heard.body.as_str(), heard.header("x-gardefou-notice")),
        (json, "header")
    );
    let call = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#;
    upstream.answer(Reply::json(call));
    let heard = gateway.ask("Appelle").await;
    assert_eq!(
        (heard.body.as_str(), heard.header("x-gardefou-notice")),
        (call, "header")
    );
    upstream.answer(chat("Voici."));
    let inside = TestGateway::before(&upstream).await;
    let heard = inside.ask("Bonjour").await;
    assert_eq!(heard.header("x-gardefou-notice"), "none");
    assert!(!heard.body.contains("intelligence"));
}
