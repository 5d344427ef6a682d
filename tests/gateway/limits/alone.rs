//! One gateway: what was reserved is corrected however a request ends, and a restart opens no fresh budget.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{limited, used};
use crate::support::binary::Binary;
use crate::support::gateway::heard;
use crate::support::upstream::{Reply, chat, chat_stream};
use crate::support::{FakeUpstream, TestGateway};

/// Waits until so many tokens are counted: an ending is noticed a moment after it is seen.
async fn assert_used(gateway: &TestGateway, expected: u64, why: &str) {
    let since = Instant::now();
    loop {
        let used = used(&gateway.gateway.limits, "gpt").await;
        if used == expected {
            return;
        }
        assert!(
            since.elapsed() < Duration::from_secs(10),
            "{why}: {used}, not {expected}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_was_reserved_is_corrected_however_a_request_ends() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let lines = "shared_limits = { tokens_per_day = 1_000_000, concurrent_requests = 1 }";
    let gateway = TestGateway::with(&limited(&upstream, lines)).await;
    let stream = r#"{"model":"gpt-x","stream":true,"messages":[{"role":"user","content":"Bonjour"}]}"#;

    assert_eq!(gateway.ask("Bonjour").await.status, 200);
    assert_used(&gateway, 12, "as the backend told").await;

    upstream.answer(Reply::json("{}").status(500));
    assert_eq!(gateway.ask("Bonjour").await.status, 502);
    assert_used(&gateway, 12 + 3, "a backend that failed cost the prompt, about").await;

    upstream.answer(Reply {
        wait: Duration::from_secs(60),
        ..chat("Bonjour")
    });
    let leaving = gateway.post("/v1/chat/completions").timeout(Duration::from_millis(200));
    let left = leaving.body(stream.replace("true", "false")).send().await;
    assert!(left.is_err(), "the caller left before the answer");
    assert_used(&gateway, 15, "nothing came").await;

    upstream.answer(chat_stream(&["Voici ", "le ", "début."]).hang());
    let mut response = gateway
        .post("/v1/chat/completions")
        .body(stream)
        .send()
        .await
        .expect("an answer");
    let first = response.chunk().await.expect("bytes");
    assert!(first.is_some_and(|piece| !piece.is_empty()));
    drop(response);
    let since = Instant::now();
    while upstream.cancelled() == 0 {
        assert!(since.elapsed() < Duration::from_secs(10), "the backend is told to stop");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let after = used(&gateway.gateway.limits, "gpt").await;
    assert!((16..40).contains(&after), "what was shown, about: {after}");

    // Its turn was given back each time: only one request may be under way.
    upstream.answer(chat("Bonjour"));
    assert_eq!(gateway.ask("Bonjour").await.status, 200);
    assert_used(&gateway, after + 12, "and the next one counts as ever").await;
}

#[tokio::test]
async fn a_refused_prompt_gives_back_its_tokens_and_its_turn() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let lines = "shared_limits = { tokens_per_day = 1_000_000, requests_per_day = 2, concurrent_requests = 1 }";
    let gateway = TestGateway::with(&limited(&upstream, lines)).await;
    assert_eq!(gateway.ask("Son NIR est 2 64 05 04 070 012 56").await.status, 400);
    assert_used(&gateway, 0, "nothing left").await;
    assert_eq!(gateway.ask("Bonjour").await.status, 200);
    assert_eq!(
        gateway.ask("Bonjour").await.status,
        429,
        "the refused one was a request"
    );
}

#[tokio::test]
async fn a_bug_gives_back_what_it_held() {
    use gardefou::limits::{Limits, Scope, Spend};
    use gardefou::policy::{self, StoreDown};
    let limits = Limits::default();
    let bounds = policy::Limits {
        tokens_per_day: Some(super::MUCH),
        concurrent_requests: Some(1),
        ..policy::Limits::default()
    };
    let spend = Spend {
        input: 5,
        output: 100,
        ..Spend::default()
    };
    let taking = limits.clone();
    let bug = tokio::spawn(async move {
        let scopes = [Scope::tool("gpt", &bounds)];
        let asked = taking
            .reserve(&scopes, spend, super::now(), StoreDown::Closed)
            .expect("room");
        let _held = asked.done().await.expect("room");
        assert!(
            taking.reserve(&scopes, spend, super::now(), StoreDown::Closed).is_err(),
            "one at a time"
        );
        panic!("a bug");
    });
    assert!(bug.await.is_err());
    assert_eq!(used(&limits, "gpt").await, 0);
    let scopes = [Scope::tool("gpt", &bounds)];
    assert!(limits.reserve(&scopes, spend, super::now(), StoreDown::Closed).is_ok());
}

#[tokio::test]
async fn an_answer_may_have_what_is_left() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::with(&limited(&upstream, "limits = { tokens_per_day = 100 }")).await;
    gateway.ask("Bonjour").await;
    let sent: Value = serde_json::from_str(&upstream.last().body).expect("JSON");
    assert_eq!(sent["max_completion_tokens"], 97, "all but the prompt: {sent}");
    let asked = json!({ "model": "gpt-x", "max_tokens": 40, "messages": [{ "role": "user", "content": "Bonjour" }] });
    gateway.send("/v1/chat/completions", &asked.to_string()).await;
    let sent: Value = serde_json::from_str(&upstream.last().body).expect("JSON");
    assert_eq!(sent["max_tokens"], 40, "there is room for less than that: {sent}");
    for _ in 0..7 {
        gateway.ask("Bonjour").await;
    }
    assert_eq!(
        gateway.ask("Bonjour").await.status,
        429,
        "and nothing where no answer has room"
    );
}

/// Both ways to go: killed, and asked to stop.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_opens_no_fresh_budget() {
    let policy = Binary::policy().replace(
        "id = \"simulateur\"\nname",
        "id = \"simulateur\"\nshared_limits = { requests_per_day = 3 }\nname",
    );
    assert!(policy.contains("shared_limits = { requests_per_day = 3 }"));
    let gateway = Binary::with(&policy, "sqlite://data/gardefou.db");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let ask = async || {
        let asked = client
            .post(format!("{}/v1/chat/completions", gateway.url))
            .header("content-type", "application/json")
            .body(r#"{"model":"simulateur","messages":[{"role":"user","content":"Bonjour"}]}"#);
        heard(asked).await.status
    };
    let mut child = gateway.serve();
    assert_eq!(ask().await, 200);
    tokio::time::sleep(Duration::from_millis(1_500)).await; // it is written down a few times a second
    child.kill().expect("killed");
    child.wait().expect("dead");

    let mut child = gateway.serve();
    assert_eq!(ask().await, 200);
    let asked = std::process::Command::new("kill").arg(child.id().to_string()).status();
    assert!(asked.expect("a signal").success());
    assert!(child.wait().expect("its end").success());

    let mut child = gateway.serve();
    assert_eq!((ask().await, ask().await), (200, 429));
    child.kill().expect("killed");
    child.wait().expect("dead");
}
