//! A stream that passes what is left to be spent ends there, in its own dialect, with the mention.

use serde_json::{Value, json};

use super::{limited, used};
use crate::support::gateway::{MENTION, policy};
use crate::support::upstream::Reply;
use crate::support::{FakeUpstream, TestGateway};

/// An answer of 400 bytes, then of many more if nobody stops it: 25 tokens an event, about.
fn endless(event: impl Fn(usize) -> Value, named: bool) -> Reply {
    let words = "Voici une longue phrase qui ne finit pas. ".repeat(3);
    let pieces = (0..200).map(|number| {
        let mut event = event(number);
        let text = event.to_string().replace("MOTS", &words[..100]);
        event = serde_json::from_str(&text).expect("JSON");
        let name = event["type"].as_str().filter(|_| named);
        let name = name.map_or_else(String::new, |name| format!("event: {name}\n"));
        format!("{name}data: {event}\n\n").into()
    });
    Reply {
        pieces: pieces.collect(),
        ..Reply::events(&[])
    }
    .every(std::time::Duration::from_millis(2))
    .hang()
}

fn chat(_: usize) -> Value {
    json!({ "id": "c", "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": { "content": "MOTS" }, "finish_reason": null }] })
}

fn message(number: usize) -> Value {
    match number {
        0 => json!({ "type": "message_start", "message": { "usage": { "input_tokens": 3 } } }),
        1 => json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        _ => json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": "MOTS" } }),
    }
}

fn gemini(number: usize) -> Value {
    json!({ "candidates": [{ "content": { "parts": [{ "text": "MOTS" }], "role": "model" }, "index": 0 }],
            "usageMetadata": { "promptTokenCount": 3, "candidatesTokenCount": 25 * (number + 1) } })
}

fn response(number: usize) -> Value {
    match number {
        0 => json!({ "type": "response.created", "sequence_number": 0, "response": { "id": "r", "output": [] } }),
        _ => {
            json!({ "type": "response.output_text.delta", "sequence_number": number, "item_id": "m", "output_index": 0,
                     "content_index": 0, "delta": "MOTS" })
        }
    }
}

/// A backend that does not keep the bound it was told of is stopped, whoever set it.
#[tokio::test]
async fn an_answer_is_no_longer_than_the_policy_lets_it_be() {
    let say = json!([{ "role": "user", "content": "Bonjour" }]);
    let body = json!({ "model": "gpt-x", "stream": true, "messages": say }).to_string();
    for section in ["tool", "group", "caller"] {
        let upstream = FakeUpstream::start(endless(chat, false)).await;
        let line = "limits = { max_output_tokens = 40 }";
        let policy = match section {
            "tool" => limited(&upstream, line),
            "group" => policy(&upstream).replace("members = [", &format!("{line}\nmembers = [\"poste-local\", ")),
            _ => policy(&upstream) + "\n[limits]\ncaller = { max_output_tokens = 40 }\n",
        };
        let gateway = TestGateway::with(&policy).await;
        let heard = gateway.send("/v1/chat/completions", &body).await;
        assert!(
            heard.body.contains("\"finish_reason\":\"length\""),
            "{section}: {}",
            heard.body
        );
        assert!(heard.body.contains(MENTION), "{section}: {}", heard.body);
        let asked = serde_json::from_str::<Value>(&upstream.last().body).expect("JSON");
        assert_eq!(
            asked["max_completion_tokens"], 40,
            "{section}: the backend is told first"
        );
        let row = &gateway.rows(1).await[0];
        assert_eq!(row.rule.as_deref(), Some("limits.max_output_tokens"), "{section}");
        let tokens = gateway.costs(1).await[0].output_tokens.expect("estimated");
        assert!((80..120).contains(&tokens), "{section}: {tokens} tokens");
    }
}

#[tokio::test]
async fn a_stream_ends_where_its_budget_does() {
    let say = json!([{ "role": "user", "content": "Bonjour" }]);
    for (tool, path, body, events, end) in [
        (
            "gpt",
            "/v1/chat/completions",
            json!({ "model": "gpt-x", "stream": true, "messages": say }),
            endless(chat, false),
            "\"finish_reason\":\"length\"",
        ),
        (
            "claude",
            "/v1/messages",
            json!({ "model": "claude-x", "stream": true, "max_tokens": 90, "messages": say }),
            endless(message, true),
            "\"stop_reason\":\"max_tokens\"",
        ),
        (
            "gemini",
            "/v1beta/models/gemini-x:streamGenerateContent?alt=sse",
            json!({ "contents": [{ "role": "user", "parts": [{ "text": "Bonjour" }] }] }),
            endless(gemini, false),
            "\"finishReason\":\"MAX_TOKENS\"",
        ),
        (
            "gpt",
            "/v1/responses",
            json!({ "model": "gpt-x", "stream": true, "input": "Bonjour" }),
            endless(response, true),
            "\"reason\":\"max_output_tokens\"",
        ),
    ] {
        let upstream = FakeUpstream::start(events).await;
        let gateway = TestGateway::with(&limited(&upstream, "shared_limits = { tokens_per_day = 100 }")).await;
        let heard = gateway.send(path, &body.to_string()).await;
        assert_eq!(heard.status, 200, "{path}");
        assert!(heard.body.contains(end), "{path}: {}", heard.body);
        assert!(heard.body.contains(MENTION), "{path}: {}", heard.body);
        assert!(heard.body.len() < 10_000, "{path}: {} bytes", heard.body.len());
        for _ in 0..500 {
            if upstream.cancelled() == 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(upstream.cancelled(), 1, "{path}: the backend is told to stop");
        let row = &gateway.rows(1).await[0];
        let told = (row.rule.as_deref(), row.outcome.as_str(), row.mention.as_str());
        assert_eq!(
            told,
            (Some("limits.shared.tokens_per_day"), "refused", "text"),
            "{path}"
        );
        let spent = used(&gateway.gateway.limits, tool).await;
        assert!((100..160).contains(&spent), "{path}: {spent}");
        let next = gateway.send(path, &body.to_string()).await;
        assert_eq!(next.status, 429, "{path}: {}", next.body);
    }
}
