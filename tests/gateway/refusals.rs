//! What is refused never reaches a backend, and the caller learns in French what to do.

use crate::support::gateway::{heard, policy};
use crate::support::upstream::chat;
use crate::support::{FakeUpstream, TestGateway};

const NIR: &str = "2 64 05 04 070 012 56";

/// Every AI endpoint, with a body that holds a given text.
fn everywhere(text: &str) -> Vec<(&'static str, String)> {
    let text = serde_json::Value::from(text);
    vec![
        (
            "/v1/chat/completions",
            format!(r#"{{"model":"gpt-x","messages":[{{"role":"user","content":{text}}}]}}"#),
        ),
        (
            "/v1/chat/completions",
            format!(r#"{{"model":"gpt-x","stream":true,"messages":[{{"role":"user","content":{text}}}]}}"#),
        ),
        ("/v1/responses", format!(r#"{{"model":"gpt-x","input":{text}}}"#)),
        (
            "/v1/responses",
            format!(r#"{{"model":"gpt-x","stream":true,"input":{text}}}"#),
        ),
        ("/v1/embeddings", format!(r#"{{"model":"gpt-x","input":{text}}}"#)),
        (
            "/v1/messages",
            format!(r#"{{"model":"claude-x","max_tokens":9,"messages":[{{"role":"user","content":{text}}}]}}"#),
        ),
        (
            "/v1/messages",
            format!(
                r#"{{"model":"claude-x","max_tokens":9,"stream":true,"messages":[{{"role":"user","content":{text}}}]}}"#
            ),
        ),
        (
            "/v1/messages/count_tokens",
            format!(r#"{{"model":"claude-x","messages":[{{"role":"user","content":{text}}}]}}"#),
        ),
        (
            "/v1beta/models/gemini-x:generateContent",
            format!(r#"{{"contents":[{{"parts":[{{"text":{text}}}]}}]}}"#),
        ),
        (
            "/v1beta/models/gemini-x:streamGenerateContent?alt=sse",
            format!(r#"{{"contents":[{{"parts":[{{"text":{text}}}]}}]}}"#),
        ),
        (
            "/v1beta/models/gemini-x:streamGenerateContent",
            format!(r#"{{"contents":[{{"parts":[{{"text":{text}}}]}}]}}"#),
        ),
        (
            "/v1/models/gemini-x:generateContent",
            format!(r#"{{"contents":[{{"parts":[{{"text":{text}}}]}}]}}"#),
        ),
        (
            "/v1beta/models/gemini-x:countTokens",
            format!(r#"{{"contents":[{{"parts":[{{"text":{text}}}]}}]}}"#),
        ),
        (
            "/v1beta/models/gemini-x:embedContent",
            format!(r#"{{"content":{{"parts":[{{"text":{text}}}]}}}}"#),
        ),
        (
            "/v1beta/models/gemini-x:batchEmbedContents",
            format!(r#"{{"requests":[{{"model":"models/gemini-x","content":{{"parts":[{{"text":{text}}}]}}}}]}}"#),
        ),
        (
            "/t/gpt/v1/chat/completions",
            format!(r#"{{"model":"gpt-x","messages":[{{"role":"user","content":{text}}}]}}"#),
        ),
    ]
}

#[tokio::test]
async fn a_social_security_number_never_leaves_by_any_road() {
    let upstream = FakeUpstream::start(chat("jamais")).await;
    let gateway = TestGateway::before(&upstream).await;
    let roads = everywhere(&format!("Le NIR de Mme Roux est {NIR}"));
    for (path, body) in &roads {
        let heard = gateway.send(path, body).await;
        assert_eq!(heard.status, 400, "{path} {}", heard.body);
        assert_eq!(heard.header("x-gardefou-decision"), "refused", "{path}");
        assert!(
            heard.header("x-gardefou-findings").contains("highly_personal=1"),
            "{path} {:?}",
            heard.headers
        );
        assert_eq!(heard.header("x-should-retry"), "false");
        assert!(
            heard.body.contains("règle 8") && heard.body.contains("dsiun@departement04.example"),
            "{}",
            heard.body
        );
        assert!(
            heard.body.contains(heard.header("x-gardefou-request-id")),
            "the id is in the words too"
        );
        assert!(
            !heard.body.contains("64 05") && !heard.body.contains("Roux"),
            "no value: {}",
            heard.body
        );
    }
    assert_eq!(upstream.connections(), 0);
    let rows = gateway.rows(roads.len()).await;
    assert!(
        rows.iter()
            .all(|row| row.outcome == "refused" && row.decision == "refused" && row.http_status == 400)
    );
    assert!(
        rows.iter().all(|row| row.findings.contains("highly_personal")),
        "{rows:?}"
    );
}

/// Walks the dialects: an endpoint that is listed there is served, and what no table names is not.
#[tokio::test]
async fn every_endpoint_of_every_dialect_is_screened() {
    let upstream = FakeUpstream::start(chat("jamais")).await;
    let gateway = TestGateway::before(&upstream).await;
    let models = [("openai", "gpt-x"), ("gemini", "gemini-x"), ("anthropic", "claude-x")];
    for dialect in gardefou::dialect::ALL {
        let model = models
            .iter()
            .find(|(name, _)| *name == dialect.name())
            .expect("a model for every dialect")
            .1;
        for endpoint in dialect
            .endpoints()
            .iter()
            .filter(|e| e.method == gardefou::dialect::Method::Post && e.yields != gardefou::dialect::Yields::Files)
        {
            for path in endpoint.paths {
                let in_path = path.contains("{model}");
                let named = if in_path {
                    String::new()
                } else {
                    format!(r#""model":"{model}","#)
                };
                let body = format!(r#"{{{named}"un_champ_que_personne_ne_connait":["{NIR}"]}}"#);
                let heard = gateway.send(&path.replace("{model}", model), &body).await;
                assert_eq!(heard.status, 400, "{path}: {}", heard.body);
                assert!(heard.body.contains("règle 8"), "{path}: {}", heard.body);
            }
        }
    }
    for prefix in gardefou::http::AI_PREFIXES {
        for path in [
            format!("{prefix}/inconnu"),
            format!("{prefix}/files"),
            format!("{prefix}/models/x:predict"),
        ] {
            let heard = gateway.send(&path, "{}").await;
            assert_eq!(heard.status, 404, "{path}");
            assert!(heard.body.contains("n'existe pas"), "{path}: {}", heard.body);
        }
    }
    assert_eq!(upstream.connections(), 0);
}

#[tokio::test]
async fn an_unlisted_tool_is_refused_and_named_whom_to_ask() {
    let upstream = FakeUpstream::start(chat("jamais")).await;
    let gateway = TestGateway::before(&upstream).await;
    for (path, body) in [
        ("/v1/chat/completions", r#"{"model":"mistral-large","messages":[]}"#),
        ("/v1/messages", r#"{"model":"gpt-x","messages":[]}"#),
        ("/v1beta/models/autre:generateContent", r#"{"contents":[]}"#),
        ("/t/inconnu/v1/chat/completions", r#"{"model":"gpt-x","messages":[]}"#),
    ] {
        let heard = gateway.send(path, body).await;
        assert_eq!(heard.status, 403, "{path} {}", heard.body);
        assert!(heard.body.contains("dsiun@departement04.example"), "{}", heard.body);
    }
    assert_eq!(upstream.connections(), 0);
    assert_eq!(gateway.rows(4).await.len(), 4);
}

#[tokio::test]
async fn an_attachment_is_refused_until_it_can_be_read() {
    let upstream = FakeUpstream::start(chat("jamais")).await;
    let gateway = TestGateway::before(&upstream).await;
    let body = r#"{"model":"gpt-x","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}"#;
    let heard = gateway.send("/v1/chat/completions", body).await;
    assert_eq!((heard.status, upstream.connections()), (400, 0));
    assert!(heard.body.contains("une image"), "{}", heard.body);
    assert_eq!(gateway.rows(1).await[0].rule.as_deref(), Some("attachment"));
}

#[tokio::test]
async fn a_chat_page_that_hides_errors_gets_the_refusal_as_an_answer() {
    let upstream = FakeUpstream::start(chat("jamais")).await;
    let gateway = TestGateway::before(&upstream).await;
    for (path, body) in everywhere(&format!("Le NIR de Mme Roux est {NIR}")) {
        let mark = if path.contains('?') { '&' } else { '?' };
        let by_query = gateway.send(&format!("{path}{mark}refusal=message"), &body).await;
        let by_header = heard(
            gateway
                .post(path)
                .header("x-gardefou-refusal", "message")
                .body(body.clone()),
        )
        .await;
        assert_eq!(by_query.status, by_header.status);
        let for_a_reader = !path.contains("mbed") && !path.contains("ount");
        assert_eq!(by_query.status, if for_a_reader { 200 } else { 400 }, "{path}");
        assert_eq!(by_query.header("x-gardefou-decision"), "refused");
        assert!(by_query.body.contains("règle 8"), "{path} {}", by_query.body);
        let marker = match path {
            _ if !for_a_reader => continue,
            path if path.contains("gemini") => "PROHIBITED_CONTENT",
            path if path.contains("messages") => "refusal",
            _ => "content_filter",
        };
        assert!(by_query.body.contains(marker), "{path} {}", by_query.body);
        let streamed = body.contains("\"stream\":true") || path.contains("alt=sse");
        assert_eq!(
            by_query.header("content-type").starts_with("text/event-stream"),
            streamed,
            "{path}"
        );
    }
    assert_eq!(upstream.connections(), 0);
}

#[tokio::test]
async fn what_is_to_be_masked_leaves_as_a_placeholder() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    let heard = gateway
        .ask("Écris à jeanne.roux@exemple.fr et rappelle jeanne.roux@exemple.fr au 06 39 98 56 78.")
        .await;
    assert_eq!(heard.status, 200, "{}", heard.body);
    assert_eq!(heard.header("x-gardefou-decision"), "masked");
    assert_eq!(heard.header("x-gardefou-findings"), "personal=3");
    let sent: serde_json::Value = serde_json::from_str(&upstream.last().body).expect("JSON");
    assert_eq!(
        sent["messages"][1]["content"],
        "Écris à [COURRIEL_1] et rappelle [COURRIEL_1] au [TELEPHONE_1]."
    );
    assert_eq!(gateway.rows(1).await[0].decision, "masked");
}

#[tokio::test]
async fn an_observed_tool_lets_through_and_records() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::with(&policy(&upstream).replace("accepts = []", "accepts = []\nobserve = true")).await;
    let heard = gateway.ask(&format!("NIR {NIR}")).await;
    assert_eq!(heard.status, 200, "{}", heard.body);
    assert!(upstream.last().body.contains(NIR));
    assert!(gateway.rows(1).await[0].findings.contains("highly_personal"));
}

#[tokio::test]
async fn an_observed_class_or_detector_lets_through_and_records() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let own = "[[detector]]\nid = \"dossier\"\nclass = \"vulnerable\"\npattern = 'MISTRAL \\d+'\nobserve = true\n";
    let observing = policy(&upstream) + "\n[screening]\nobserve = [\"highly_personal\"]\n" + own;
    let gateway = TestGateway::with(&observing).await;
    let told = gateway.ask(&format!("NIR {NIR}")).await;
    assert_eq!(
        (told.status, told.header("x-gardefou-decision")),
        (200, "allowed"),
        "{}",
        told.body
    );
    assert_eq!(told.header("x-gardefou-findings"), "highly_personal=1");
    assert!(upstream.last().body.contains(NIR));
    // Something else decides, and the observations count all the same.
    let told = gateway
        .ask(&format!("NIR {NIR} et MISTRAL 42, écrire à jeanne.roux@exemple.fr"))
        .await;
    assert_eq!(told.header("x-gardefou-decision"), "masked", "{}", told.body);
    let sent = upstream.last().body;
    assert!(sent.contains(NIR) && sent.contains("MISTRAL 42") && !sent.contains("jeanne.roux"));
    let rows = gateway.rows(2).await;
    assert_eq!(rows[0].rule.as_deref(), Some("observe.refused.highly_personal"));
    assert_eq!(rows[1].rule.as_deref(), Some("screening.personal"));
    for row in &rows {
        assert!(
            row.findings.contains("\"observe.refused.highly_personal\":1"),
            "{}",
            row.findings
        );
    }
    assert!(
        rows[1].findings.contains("\"observe.refused.dossier\":1"),
        "{}",
        rows[1].findings
    );
}

#[tokio::test]
async fn the_rate_of_a_tool_is_exact_and_says_when_to_come_back() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let limited = policy(&upstream).replace("accepts = []", "accepts = []\nlimits = { requests_per_minute = 3 }");
    let gateway = TestGateway::with(&limited).await;
    // Seven in a row touch at most two of the clock's minutes: at most six pass.
    let mut statuses = Vec::new();
    for _ in 0..7 {
        let heard = gateway.ask("Bonjour").await;
        if heard.status == 429 {
            assert!(
                heard
                    .header("retry-after")
                    .parse::<u64>()
                    .is_ok_and(|seconds| (1..=60).contains(&seconds))
            );
            assert_eq!(heard.header("x-should-retry"), "false");
        }
        statuses.push(heard.status);
    }
    let passed = statuses.iter().filter(|status| **status == 200).count();
    assert!((3..=6).contains(&passed), "{statuses:?}");
    assert_eq!(passed, upstream.asked().len());
}

#[tokio::test]
async fn the_bound_on_tokens_is_put_in_or_lowered() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let limited = policy(&upstream).replace("accepts = []", "accepts = []\nlimits = { max_output_tokens = 50 }");
    let gateway = TestGateway::with(&limited).await;
    for (path, body, expected) in [
        (
            "/v1/chat/completions",
            r#"{"model":"gpt-x","messages":[]}"#,
            r#"{"max_completion_tokens":50,"model":"gpt-x","messages":[]}"#,
        ),
        (
            "/v1/chat/completions",
            r#"{"model":"gpt-x","max_tokens": 51,"messages":[]}"#,
            r#"{"model":"gpt-x","max_tokens": 50,"messages":[]}"#,
        ),
        (
            "/v1/chat/completions",
            r#"{"model":"gpt-x","max_tokens":49,"messages":[]}"#,
            r#"{"model":"gpt-x","max_tokens":49,"messages":[]}"#,
        ),
        (
            "/v1beta/models/gemini-x:generateContent",
            r#"{"contents":[]}"#,
            r#"{"generationConfig":{"maxOutputTokens":50},"contents":[]}"#,
        ),
        (
            "/v1beta/models/gemini-x:generateContent",
            r#"{"generationConfig":{ }}"#,
            r#"{"generationConfig":{"maxOutputTokens":50 }}"#,
        ),
        (
            "/v1beta/models/gemini-x:generateContent",
            r#"{"generationConfig":{"topK":1}}"#,
            r#"{"generationConfig":{"maxOutputTokens":50,"topK":1}}"#,
        ),
    ] {
        gateway.send(path, body).await;
        assert_eq!(upstream.last().body, expected);
    }
}

#[tokio::test]
async fn a_purpose_is_recorded_without_what_the_detector_knows() {
    let upstream = FakeUpstream::start(chat("Bonjour")).await;
    let gateway = TestGateway::before(&upstream).await;
    let body = r#"{"model":"gpt-x","messages":[]}"#;
    let purpose = "Réponse à jeanne.roux@exemple.fr";
    heard(
        gateway
            .post("/v1/chat/completions")
            .header("x-gardefou-purpose", purpose)
            .body(body),
    )
    .await;
    assert!(
        upstream.last().headers.get("x-gardefou-purpose").is_none(),
        "it stays in the house"
    );
    assert_eq!(
        gateway.rows(1).await[0].purpose.as_deref(),
        Some("Réponse à [COURRIEL_1]")
    );
}
