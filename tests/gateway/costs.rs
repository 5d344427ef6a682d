//! What an answer costs: in its row, and for programs beside the tokens of OpenAI's answers.

use std::time::Duration;

use gardefou::footprint::{Impacts, impacts};
use serde_json::{Value, json};

use crate::support::gateway::{Cost, policy};
use crate::support::upstream::{Reply, chat_stream};
use crate::support::{FakeUpstream, TestGateway};

/// The usual policy with footprints and prices; each tool has the models of its provider.
fn priced(upstream: &FakeUpstream) -> String {
    let mut text = policy(upstream);
    for (backend, provider) in [("gpt", "openai"), ("gemini", "google_genai"), ("claude", "anthropic")] {
        let of = format!("[[backend]]\nid = \"{backend}\"\n");
        let footprint = format!("{of}footprint = {{ provider = \"{provider}\", zone = \"USA\" }}\n");
        assert!(text.contains(&of));
        text = text.replace(&of, &footprint);
        text.push_str(&format!(
            "[[price]]\nbackend = \"{backend}\"\nmodel = \"*\"\ninput = 2\noutput = 10\nuntil = 2029-12-31\n\
             [[price]]\nbackend = \"{backend}\"\nmodel = \"*\"\ninput = 4\noutput = 20\nfrom = 2030-01-01\n"
        ));
    }
    text
}

/// One way of asking: where, what, and what a backend answers, 5 tokens for 7.
struct Way {
    provider: &'static str,
    model: &'static str,
    path: &'static str,
    body: Value,
    reply: Reply,
}

fn way(provider: &'static str, model: &'static str, path: &'static str, body: Value, reply: Reply) -> Way {
    Way {
        provider,
        model,
        path,
        body,
        reply,
    }
}

fn ways() -> Vec<Way> {
    let turns = json!([{ "role": "user", "content": "Bonjour" }]);
    let gemini = json!({ "contents": [{ "parts": [{ "text": "Bonjour" }] }] });
    // Five tokens of thinking count as answer.
    let thought = r#"{"candidates":[{"content":{"parts":[{"text":"Oui"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2,"thoughtsTokenCount":5}}"#;
    let response = r#"{"id":"r","output":[{"content":[{"type":"output_text","text":"Oui"}]}],"usage":{"input_tokens":5,"output_tokens":7}}"#;
    let completed = format!(r#"{{"type":"response.completed","response":{response}}}"#);
    let claude = r#"{"content":[{"type":"text","text":"Oui"}],"stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":7}}"#;
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7}}"#;
    let told = r#"{"choices":[{"index":0,"message":{"content":"Oui"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":7}}"#;
    let chat = r#"{"choices":[{"index":0,"delta":{"content":"Oui"},"finish_reason":"stop"}]}"#;
    vec![
        way(
            "openai",
            "gpt-5",
            "/v1/chat/completions",
            json!({ "model": "gpt-5", "messages": turns }),
            Reply::json(told),
        ),
        way(
            "openai",
            "gpt-5",
            "/v1/chat/completions",
            json!({ "model": "gpt-5", "messages": turns, "stream": true }),
            Reply::events(&[chat, usage, "[DONE]"]),
        ),
        way(
            "openai",
            "gpt-5",
            "/v1/responses",
            json!({ "model": "gpt-5", "input": "Bonjour" }),
            Reply::json(response),
        ),
        way(
            "openai",
            "gpt-5",
            "/v1/responses",
            json!({ "model": "gpt-5", "input": "Bonjour", "stream": true }),
            Reply::events(&[&completed]),
        ),
        way(
            "google_genai",
            "gemini-2.5-flash",
            "/v1beta/models/gemini-2.5-flash:generateContent",
            gemini.clone(),
            Reply::json(thought),
        ),
        way(
            "google_genai",
            "gemini-2.5-flash",
            "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
            gemini,
            Reply::events(&[thought]),
        ),
        way(
            "anthropic",
            "claude-sonnet-4-5",
            "/v1/messages",
            json!({ "model": "claude-sonnet-4-5", "max_tokens": 9, "messages": turns }),
            Reply::json(claude),
        ),
        way(
            "anthropic",
            "claude-sonnet-4-5",
            "/v1/messages",
            json!({ "model": "claude-sonnet-4-5", "max_tokens": 9, "messages": turns, "stream": true }),
            Reply::events(&[
                r#"{"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Oui"}}"#,
                r#"{"type":"content_block_stop","index":0}"#,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}"#,
                r#"{"type":"message_stop"}"#,
            ]),
        ),
    ]
}

/// Between the figures of no time at all and those of the whole request; test and gateway have clocks of their own.
fn fits(cost: &Cost, provider: &str, model: &str, tokens: u64) {
    let of = |seconds: f64| impacts(provider, model, tokens, seconds, Some("USA")).expect("known");
    let (least, most): (Impacts, Impacts) = (of(0.0), of(cost.duration_ms as f64 / 1e3 + 0.002));
    for (found, from, to) in [
        (cost.energy_kwh_min, least.energy_kwh.min, most.energy_kwh.min),
        (cost.energy_kwh_max, least.energy_kwh.max, most.energy_kwh.max),
        (cost.co2e_kg_min, least.co2e_kg.min, most.co2e_kg.min),
        (cost.co2e_kg_max, least.co2e_kg.max, most.co2e_kg.max),
    ] {
        let found = found.expect("a figure");
        assert!(from < found && found <= to, "{from} < {found} <= {to} for {model}");
    }
    assert_eq!(cost.footprint_version.as_deref(), Some("ecologits-0.11.3"));
}

/// The last figures of usage that an answer tells.
fn usage(body: &str) -> Value {
    let documents = body.lines().map(|line| line.strip_prefix("data: ").unwrap_or(line));
    let told = documents.filter_map(|document| serde_json::from_str::<Value>(document).ok());
    let mut found = told.filter_map(|document| {
        let places = [
            &document["usage"],
            &document["response"]["usage"],
            &document["usageMetadata"],
        ];
        places.into_iter().find(|usage| usage.is_object()).cloned()
    });
    found.next_back().unwrap_or_default()
}

#[tokio::test]
async fn an_answer_has_its_footprint_and_its_price_in_every_dialect() {
    let upstream = FakeUpstream::start(Reply::json("{}")).await;
    let gateway = TestGateway::with(&priced(&upstream)).await;
    for (at, way) in ways().into_iter().enumerate() {
        upstream.answer(way.reply);
        let heard = gateway.send(way.path, &way.body.to_string()).await;
        assert_eq!(heard.status, 200, "{}", heard.body);
        let cost = gateway.costs(at + 1).await.pop().expect("a row");
        assert_eq!(
            (cost.input_tokens, cost.output_tokens),
            (Some(5), Some(7)),
            "{}",
            way.path
        );
        fits(&cost, way.provider, way.model, 7);
        assert!((cost.cost_eur.expect("a price") - 80e-6).abs() < 1e-12, "{cost:?}");
        let usage = usage(&heard.body);
        let told = |unit: &str, end: &str| usage["carbon"][unit][end].as_f64();
        let least = impacts(way.provider, way.model, 7, 0.0, Some("USA")).expect("known");
        for (least, told, written) in [
            (least.energy_kwh.min, told("kWh", "min"), cost.energy_kwh_min),
            (least.co2e_kg.max, told("kgCO2eq", "max"), cost.co2e_kg_max),
        ] {
            // The row of a stream counts the time to its very last byte; JSON is read to its last digit but one.
            let (told, written) = (told.expect("told"), written.expect("written"));
            assert!(
                least < told && told <= written * (1.0 + 1e-12),
                "{least} < {told} <= {written}"
            );
            let whole = way.body["stream"] != true && !way.path.contains("stream");
            assert!(
                !whole || told >= written * (1.0 - 1e-12),
                "what is told is what is written"
            );
        }
        assert_eq!(usage["impacts"]["kWh"], usage["carbon"]["kWh"]["max"]);
        assert_eq!(usage["impacts"]["kgCO2eq"], usage["carbon"]["kgCO2eq"]["max"]);
    }
}

#[tokio::test]
async fn an_unknown_model_or_price_is_nothing_and_not_zero() {
    let told = r#"{"choices":[{"index":0,"message":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":7}}"#;
    let upstream = FakeUpstream::start(Reply::json(told)).await;
    let (with, without) = (priced(&upstream), policy(&upstream));
    let unpriced = with.split("[[price]]").next().expect("the rest").to_owned();
    for (policy, model, footprint, cost) in [
        (&with, "gpt-5", true, true),
        (&with, "gpt-99", false, true),
        (&unpriced, "gpt-5", true, false),
        (&without, "gpt-5", false, false),
    ] {
        let gateway = TestGateway::with(policy).await;
        let body = json!({ "model": model, "messages": [{ "role": "user", "content": "Bonjour" }] });
        let heard = gateway.send("/v1/chat/completions", &body.to_string()).await;
        let row = gateway.costs(1).await.pop().expect("a row");
        let found = [row.energy_kwh_min, row.energy_kwh_max, row.co2e_kg_min, row.co2e_kg_max];
        assert!(found.iter().all(|figure| figure.is_some() == footprint), "{row:?}");
        assert_eq!(row.footprint_version.is_some(), footprint);
        assert_eq!(row.cost_eur.is_some(), cost);
        assert_eq!(heard.body.contains("impacts"), footprint, "{}", heard.body);
        if !footprint {
            assert_eq!(heard.body, told, "not a byte more");
        }
    }
}

#[tokio::test]
async fn an_error_of_the_backend_or_an_answer_nobody_saw_has_no_figures() {
    let upstream = FakeUpstream::start(Reply::json(r#"{"error":{"message":"non"}}"#).status(400)).await;
    let gateway = TestGateway::with(&priced(&upstream)).await;
    let body = json!({ "model": "gpt-5", "messages": [{ "role": "user", "content": "Bonjour" }] }).to_string();
    gateway.send("/v1/chat/completions", &body).await;
    upstream.answer(Reply::json("{\"choices\":").cut());
    gateway.send("/v1/chat/completions", &body).await;
    for row in gateway.costs(2).await {
        assert_eq!(
            (row.energy_kwh_max, row.cost_eur, row.footprint_version),
            (None, None, None)
        );
    }
}

#[tokio::test]
async fn a_caller_who_leaves_has_the_figures_of_what_was_made() {
    let words = ["Il était une fois dans un département ", "une passerelle "];
    let upstream = FakeUpstream::start(chat_stream(&words).every(Duration::from_millis(20)).hang()).await;
    let gateway = TestGateway::with(&priced(&upstream)).await;
    let body = json!({ "model": "gpt-5", "stream": true, "messages": [{ "role": "user", "content": "Bonjour" }] });
    let mut response = gateway
        .post("/v1/chat/completions")
        .body(body.to_string())
        .send()
        .await
        .expect("an answer");
    assert!(response.chunk().await.expect("bytes").is_some());
    drop(response);
    let row = gateway.costs(1).await.pop().expect("a row");
    let tokens = row.output_tokens.expect("estimated");
    assert!(row.tokens_estimated && tokens > 0, "{row:?}");
    fits(&row, "openai", "gpt-5", tokens.cast_unsigned());
    assert!(row.cost_eur.is_some_and(|cost| cost >= tokens as f64 * 10e-6));
}

#[tokio::test]
async fn a_price_changes_at_midnight_in_france() {
    let upstream = FakeUpstream::start(ways().remove(0).reply).await;
    let gateway = TestGateway::with(&priced(&upstream)).await;
    let body = json!({ "model": "gpt-5", "messages": [{ "role": "user", "content": "Bonjour" }] }).to_string();
    // 2029-12-31T22:59:59.999Z is the last moment of the year in France.
    let midnight = 1_893_452_400_000;
    for (now, expected) in [(midnight - 1, 80e-6), (midnight, 160e-6)] {
        gateway.at(now);
        let heard = gateway.send("/v1/chat/completions", &body).await;
        assert_eq!(heard.status, 200, "{}", heard.body);
        let rows = gateway.costs(if now < midnight { 1 } else { 2 }).await;
        let cost = rows.last().and_then(|row| row.cost_eur).expect("a price");
        assert!((cost - expected).abs() < 1e-12, "{cost} at {now}");
    }
}
