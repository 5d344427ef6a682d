//! The mention: at the end of what a reader reads, once, and never sent back.

use crate::support::gateway::MENTION;
use crate::support::upstream::{Reply, chat, chat_stream};
use crate::support::{FakeUpstream, TestGateway};

#[tokio::test]
async fn a_twenty_turn_chat_shows_it_every_turn_and_sends_it_never() {
    let upstream = FakeUpstream::start(chat("Voici.")).await;
    let gateway = TestGateway::before(&upstream).await;
    let mut messages = Vec::new();
    for turn in 0..20 {
        messages.push(serde_json::json!({ "role": "user", "content": format!("Question {turn}") }));
        let body = serde_json::json!({ "model": "gpt-x", "messages": messages }).to_string();
        let heard = gateway.send("/v1/chat/completions", &body).await;
        let text = heard.json()["choices"][0]["message"]["content"]
            .as_str()
            .expect("text")
            .to_owned();
        assert_eq!(text, format!("Voici.\n\n{MENTION}"));
        assert!(!upstream.last().body.contains("outil IA"), "turn {turn}");
        messages.push(serde_json::json!({ "role": "assistant", "content": text }));
    }
    let sent: serde_json::Value = serde_json::from_str(&upstream.last().body).expect("JSON");
    assert_eq!(sent["messages"][1]["content"], "Voici.");
}

#[tokio::test]
async fn a_stream_ends_with_it_and_every_event_passes_as_it_comes() {
    let upstream = FakeUpstream::start(chat_stream(&["Bon", "jour"])).await;
    let gateway = TestGateway::before(&upstream).await;
    let body = r#"{"model":"gpt-x","stream":true,"messages":[{"role":"user","content":"Bonjour"}]}"#;
    let heard = gateway.send("/v1/chat/completions", body).await;
    assert_eq!(heard.header("x-gardefou-mention"), "text");
    let events = heard.events();
    let text: String = events
        .iter()
        .filter_map(|event| serde_json::from_str::<serde_json::Value>(event).ok())
        .filter_map(|event| event["choices"][0]["delta"]["content"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(text, format!("Bonjour\n\n{MENTION}"));
    assert_eq!(events.last(), Some(&"[DONE]"));
    assert_eq!(gateway.rows(1).await[0].mention, "text");
}

#[tokio::test]
async fn what_is_for_a_program_is_not_touched() {
    let json =
        r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"{\"a\":1}"},"finish_reason":"stop"}]}"#;
    let upstream = FakeUpstream::start(Reply::json(json)).await;
    let gateway = TestGateway::before(&upstream).await;
    let body = r#"{"model":"gpt-x","response_format":{"type":"json_object"},"messages":[{"role":"user","content":"En JSON"}]}"#;
    let heard = gateway.send("/v1/chat/completions", body).await;
    assert_eq!(
        (heard.body.as_str(), heard.header("x-gardefou-mention")),
        (json, "header")
    );
    let call = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#;
    upstream.answer(Reply::json(call));
    let heard = gateway.ask("Appelle").await;
    assert_eq!(
        (heard.body.as_str(), heard.header("x-gardefou-mention")),
        (call, "header")
    );
    let vectors = r#"{"object":"list","data":[{"embedding":[0.1,0.2]}],"usage":{"prompt_tokens":3}}"#;
    upstream.answer(Reply::json(vectors));
    let heard = gateway
        .send("/v1/embeddings", r#"{"model":"gpt-x","input":"texte"}"#)
        .await;
    assert_eq!(
        (heard.body.as_str(), heard.header("x-gardefou-mention")),
        (vectors, "header")
    );
    let rows = gateway.rows(3).await;
    assert!(
        rows.iter()
            .all(|row| row.mention == "header" && row.outcome == "completed"),
        "{rows:?}"
    );
}

#[tokio::test]
async fn fields_that_we_do_not_know_come_back_byte_for_byte() {
    let answer = r#"{ "candidates":[{"content":{"parts":[{"text":"a","thoughtSignature":"c2ln=="}],"role":"model"},"groundingMetadata":{"x":[1.50,2e3]},"finishReason":"STOP"}],"nouveau":{"é":null} }"#;
    let upstream = FakeUpstream::start(Reply::json(answer)).await;
    let gateway = TestGateway::before(&upstream).await;
    let asked = r#"{ "contents":[{"parts":[{"text":"a","thoughtSignature":"c2ln=="}]}],"futur":{"b":1.50} }"#;
    let heard = gateway.send("/v1beta/models/gemini-x:generateContent", asked).await;
    assert_eq!(upstream.last().body, asked);
    assert_eq!(
        heard.body,
        answer.replacen("\"a\"", &format!("\"a\\n\\n{MENTION}\""), 1)
    );
}
