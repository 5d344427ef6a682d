//! However a request ends, there is one row and it says how.

use std::time::Duration;

use crate::support::gateway::{heard, policy};
use crate::support::upstream::{Reply, chat, chat_stream};
use crate::support::{FakeUpstream, TestGateway};

const STREAM: &str = r#"{"model":"gpt-x","stream":true,"messages":[{"role":"user","content":"Bonjour"}]}"#;

#[tokio::test]
async fn a_whole_answer_is_completed_with_the_figures_of_the_backend() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    let heard = gateway.ask("Bonjour").await;
    let row = &gateway.rows(1).await[0];
    assert_eq!(row.id, heard.header("x-gardefou-request-id"));
    assert_eq!(
        (row.outcome.as_str(), row.http_status, row.mention.as_str()),
        ("completed", 200, "text")
    );
    assert_eq!((row.input_tokens, row.output_tokens), (Some(5), Some(7)));
    assert_eq!(row.tool.as_deref(), Some("gpt"));
    assert_eq!(row.caller.len(), 32, "a pseudonym, not a name");
    assert!(heard.header("server-timing").contains("gardefou;dur="));
}

#[tokio::test]
async fn a_caller_who_leaves_in_the_middle_ends_the_backends_work_too() {
    let reply = chat_stream(&["un ", "deux "]).every(Duration::from_millis(20)).hang();
    let pieces = reply.pieces[..2].to_vec();
    let upstream = FakeUpstream::start(Reply { pieces, ..reply }).await;
    let gateway = TestGateway::before(&upstream).await;
    let mut response = gateway
        .post("/v1/chat/completions")
        .body(STREAM)
        .send()
        .await
        .expect("an answer");
    assert!(response.chunk().await.expect("bytes").is_some());
    drop(response);
    assert_eq!(gateway.rows(1).await[0].outcome, "client_gone");
    for _ in 0..200 {
        if upstream.cancelled() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the backend went on");
}

#[tokio::test]
async fn a_caller_who_leaves_before_the_answer_is_recorded_too() {
    let upstream = FakeUpstream::start(Reply {
        wait: Duration::from_secs(30),
        ..chat("tard")
    })
    .await;
    let gateway = TestGateway::before(&upstream).await;
    let request = gateway
        .post("/v1/chat/completions")
        .body(r#"{"model":"gpt-x","messages":[]}"#)
        .send();
    assert!(tokio::time::timeout(Duration::from_millis(300), request).await.is_err());
    assert_eq!(gateway.rows(1).await[0].outcome, "client_gone");
}

#[tokio::test]
async fn a_caller_who_leaves_at_the_last_word_has_had_all_of_it() {
    let upstream = FakeUpstream::start(chat_stream(&["un"]).hang()).await;
    let gateway = TestGateway::before(&upstream).await;
    let mut response = gateway
        .post("/v1/chat/completions")
        .body(STREAM)
        .send()
        .await
        .expect("an answer");
    let mut seen = String::new();
    while !seen.contains("[DONE]") {
        seen.push_str(&String::from_utf8_lossy(
            &response.chunk().await.expect("bytes").expect("more"),
        ));
    }
    drop(response);
    assert_eq!(gateway.rows(1).await[0].outcome, "completed");
}

#[tokio::test]
async fn a_backend_that_dies_in_the_middle_is_told_in_the_callers_dialect() {
    let cases = [
        (
            "/v1/chat/completions",
            STREAM,
            chat_stream(&["un ", "deux "]),
            "\"error\"",
        ),
        (
            "/v1/messages",
            r#"{"model":"claude-x","max_tokens":9,"stream":true,"messages":[]}"#,
            Reply::events(&[r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"un "}}"#]),
            "event: error",
        ),
        (
            "/v1beta/models/gemini-x:streamGenerateContent?alt=sse",
            r#"{"contents":[]}"#,
            Reply::events(&[r#"{"candidates":[{"content":{"parts":[{"text":"un "}]}}]}"#]),
            "UNAVAILABLE",
        ),
    ];
    for (path, body, reply, error) in cases {
        let pieces = reply.pieces[..1].to_vec();
        let upstream = FakeUpstream::start(Reply { pieces, ..reply }.every(Duration::from_millis(20)).cut()).await;
        let gateway = TestGateway::before(&upstream).await;
        let heard = gateway.send(path, body).await;
        assert_eq!(heard.status, 200);
        let mention = heard
            .body
            .find("outil IA")
            .unwrap_or_else(|| panic!("the mention: {}", heard.body));
        let at = heard
            .body
            .find(error)
            .unwrap_or_else(|| panic!("{error}: {}", heard.body));
        assert!(
            mention < at && heard.body.contains(heard.header("x-gardefou-request-id")),
            "{}",
            heard.body
        );
        assert_eq!(gateway.rows(1).await[0].outcome, "upstream_error", "{path}");
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_short_or_is_garbage_is_an_error_of_the_backend() {
    for reply in [
        Reply::events(&[r#"{"choices":[{"index":0,"delta":{"content":"un"}}]}"#]),
        Reply::events(&["<html>"]),
        Reply::events(&[]),
        Reply::json("<html>Bad gateway</html>").of_type("text/html"),
        Reply::json("{\"choices\":[{").of_type("application/json"),
    ] {
        let upstream = FakeUpstream::start(reply).await;
        let gateway = TestGateway::before(&upstream).await;
        let heard = gateway.send("/v1/chat/completions", STREAM).await;
        assert!(heard.body.contains("illisible"), "{}", heard.body);
        assert_eq!(gateway.rows(1).await[0].outcome, "upstream_error");
        upstream.answer(chat("Bonjour"));
        assert_eq!(gateway.ask("Bonjour").await.status, 200, "the next request works");
    }
}

#[tokio::test]
async fn a_backend_that_says_no_is_heard_in_the_dialect_but_not_about_our_key() {
    let own = r#"{"error":{"message":"context too long","type":"invalid_request_error"}}"#;
    let cases = [
        (Reply::json(own).status(400), 400, "context too long"),
        (Reply::json(own).status(429), 429, "context too long"),
        (
            Reply::json(r#"{"error":{"message":"Incorrect API key: cle-du***"}}"#).status(401),
            502,
            "la DSIUN",
        ),
        (
            Reply::json("<html>no</html>").of_type("text/html").status(500),
            502,
            "code 500",
        ),
        (
            Reply::json("<html>no</html>").of_type("text/html").status(404),
            404,
            "code 404",
        ),
    ];
    for (reply, status, words) in cases {
        let upstream = FakeUpstream::start(reply).await;
        let gateway = TestGateway::before(&upstream).await;
        let heard = gateway.ask("Bonjour").await;
        assert_eq!(heard.status, status, "{}", heard.body);
        assert!(
            heard.body.contains(words) && !heard.body.contains("cle-du"),
            "{}",
            heard.body
        );
        let row = &gateway.rows(1).await[0];
        assert_eq!(
            (row.outcome.as_str(), row.http_status),
            ("upstream_error", i64::from(status))
        );
    }
}

#[tokio::test]
async fn a_backend_that_is_down_leaves_its_place_to_the_next() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let two = policy(&upstream).replace("backends = [\"gpt\"]", "backends = [\"mort\", \"gpt\"]")
        + "\n[[backend]]\nid = \"mort\"\ndialect = \"openai\"\nbase_url = \"http://127.0.0.1:1/v1\"\n";
    let gateway = TestGateway::with(&two).await;
    assert_eq!(gateway.ask("Bonjour").await.status, 200);
    let alone = two.replace("backends = [\"mort\", \"gpt\"]", "backends = [\"mort\"]");
    let gateway = TestGateway::with(&alone).await;
    let heard = gateway.ask("Bonjour").await;
    assert_eq!(heard.status, 502);
    assert!(heard.body.contains("injoignable"), "{}", heard.body);
    assert_eq!(gateway.rows(1).await[0].outcome, "upstream_error");
}

#[tokio::test]
async fn a_backend_that_says_nothing_is_not_waited_for() {
    let upstream = FakeUpstream::start(Reply {
        wait: Duration::from_secs(30),
        ..chat("tard")
    })
    .await;
    let gateway = TestGateway::before(&upstream).await;
    let heard = heard(
        gateway
            .post("/v1/chat/completions")
            .body(r#"{"model":"gpt-x","messages":[]}"#),
    )
    .await;
    assert_eq!(heard.status, 504, "{}", heard.body);
    upstream.answer(chat_stream(&["un "]).hang());
    let reply = chat_stream(&["un "]).hang();
    upstream.answer(Reply {
        pieces: reply.pieces[..1].to_vec(),
        ..reply
    });
    let heard = gateway.send("/v1/chat/completions", STREAM).await;
    assert!(heard.body.contains("\"error\""), "the silence ends: {}", heard.body);
}

#[tokio::test]
async fn a_bug_in_the_middle_ends_one_request_and_is_recorded() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    // The first look at the clock is the arrival, the second the admission.
    gateway.fuse.store(2, std::sync::atomic::Ordering::SeqCst);
    let heard = gateway.ask("Bonjour").await;
    assert_eq!(heard.status, 503, "{}", heard.body);
    assert_eq!(heard.header("x-should-retry"), "false");
    assert_eq!(gateway.ask("Bonjour").await.status, 200, "the next request works");
    let rows = gateway.rows(2).await;
    let bug = rows
        .iter()
        .find(|row| row.id == heard.header("x-gardefou-request-id"))
        .expect("its row");
    assert_eq!((bug.outcome.as_str(), bug.http_status), ("interrupted", 503));
}
