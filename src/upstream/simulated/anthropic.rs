//! The simulated backend in Anthropic's wire format: messages, whole and as named events, count of
//! tokens, models. Source of the shapes: the Messages API reference, as read by the official
//! Python SDK 2.12.

use serde_json::{Value, json};

use super::{
    Answer, Ask,
    wire::{self, Script, Unfit},
    wish::{Choice, Form, Function, Part, Reply, Turn, Wish, steps},
};

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream; charset=utf-8";
const READ: [&str; 4] = ["messages", "system", "tools", "output_config"];

/// Answers a request of this dialect.
pub(super) fn answer(ask: &Ask<'_>) -> Result<Answer, Unfit> {
    match ask.endpoint {
        "messages" => messages(ask),
        "messages.count_tokens" => {
            let request = wire::read(ask.body)?;
            last(&request)?;
            let body = json!({ "input_tokens": wire::input_tokens(&request, &READ) });
            Ok(wire::whole_answer(200, JSON, &body))
        }
        "models" | "models.get" => Ok(models(ask)),
        _ => Err(Unfit::unknown("ce point d'accès")),
    }
}

/// An error body.
pub(super) fn error(unfit: &Unfit) -> Answer {
    let kind = match unfit.status {
        404 => "not_found_error",
        _ => "invalid_request_error",
    };
    let error = json!({ "type": kind, "message": unfit.message });
    let body = json!({ "type": "error", "error": error, "request_id": null });
    wire::whole_answer(unfit.status, JSON, &body)
}

fn models(ask: &Ask<'_>) -> Answer {
    let card = |id: &str| {
        json!({
            "type": "model",
            "id": id,
            "display_name": "Simulateur",
            // wire::MADE in the form of RFC 3339.
            "created_at": "2025-01-01T00:00:00Z",
        })
    };
    let body = match ask.model {
        "" => json!({
            "data": [card("simulateur")],
            "has_more": false,
            "first_id": "simulateur",
            "last_id": "simulateur",
        }),
        one => card(one),
    };
    wire::whole_answer(200, JSON, &body)
}

fn messages(ask: &Ask<'_>) -> Result<Answer, Unfit> {
    let request = wire::read(ask.body)?;
    let replies = wish(&request)?.replies();
    // The Messages API gives one answer: there is no `n`.
    let reply = &replies[0];
    let input = wire::input_tokens(&request, &READ);
    if wire::flag(&request, "stream")? {
        return Ok(stream(ask, input, reply));
    }
    let mut message = envelope(ask, input);
    message["content"] = json!(block(ask, reply).as_slice());
    message["stop_reason"] = json!(stop(reply));
    message["usage"]["output_tokens"] = json!(reply.tokens);
    Ok(wire::whole_answer(200, JSON, &message))
}

fn wish(request: &Value) -> Result<Wish<'_>, Unfit> {
    let limit = wire::whole(request, "max_tokens", 1, u64::MAX)?
        .ok_or_else(|| Unfit::field("max_tokens", "ce champ est obligatoire"))?;
    let format = request
        .pointer("/output_config/format")
        .or_else(|| request.get("output_format"))
        .unwrap_or(&Value::Null);
    let choice = request.get("tool_choice").unwrap_or(&Value::Null);
    Ok(Wish {
        last: last(request)?,
        count: 1,
        limit: Some(limit),
        form: match format.get("type").and_then(Value::as_str) {
            Some("json_schema") => Form::Json(format.get("schema")),
            _ => Form::Text,
        },
        functions: wire::list(request, "tools")?
            .into_iter()
            .flatten()
            .filter_map(|tool| {
                Some(Function {
                    name: tool.get("name")?.as_str()?,
                    // A tool of the provider (web search, …) has no schema: it is not called.
                    parameters: Some(tool.get("input_schema")?),
                })
            })
            .collect(),
        choice: match choice.get("type").and_then(Value::as_str) {
            Some("none") => Choice::Never,
            Some("any") => Choice::Must(None),
            Some("tool") => Choice::Must(choice.get("name").and_then(Value::as_str)),
            _ => Choice::Free,
        },
    })
}

fn last(request: &Value) -> Result<Turn, Unfit> {
    let mut last = Turn::Person(String::new());
    for message in wire::filled(request, "messages")? {
        let content = message.get("content").unwrap_or(&Value::Null);
        let text = wire::text(content)?;
        match message.get("role").and_then(Value::as_str) {
            Some("user") => last = outcome(content)?.map_or(Turn::Person(text), Turn::Outcome),
            Some("assistant" | "system") => {}
            _ => return Err(Unfit::field("messages[].role", "rôle inconnu ou absent")),
        }
    }
    Ok(last)
}

/// What a function returned, where a message brings that.
fn outcome(content: &Value) -> Result<Option<String>, Unfit> {
    let kind = |block: &&Value| block.get("type").and_then(Value::as_str) == Some("tool_result");
    let Some(block) = content.as_array().and_then(|all| all.iter().find(kind)) else {
        return Ok(None);
    };
    wire::text(block.get("content").unwrap_or(&Value::Null)).map(Some)
}

/// A message before anything is written in it.
fn envelope(ask: &Ask<'_>, input: u64) -> Value {
    json!({
        "id": wire::id("msg_", ask.body),
        "type": "message",
        "role": "assistant",
        "model": ask.model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": {
            "input_tokens": input,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 0,
            "service_tier": "standard",
        },
    })
}

/// The one block of the content; none for an empty text.
fn block(ask: &Ask<'_>, reply: &Reply) -> Option<Value> {
    match &reply.part {
        Part::Text(text) if text.is_empty() => None,
        Part::Text(text) => Some(json!({ "type": "text", "text": text })),
        Part::Call { name, arguments } => Some(json!({
            "type": "tool_use",
            "id": wire::id("toolu_", ask.body),
            "name": name,
            "input": arguments,
        })),
    }
}

fn stop(reply: &Reply) -> &'static str {
    match reply.part {
        Part::Call { .. } => "tool_use",
        Part::Text(_) if reply.cut => "max_tokens",
        Part::Text(_) => "end_turn",
    }
}

fn stream(ask: &Ask<'_>, input: u64, reply: &Reply) -> Answer {
    let mut script = Script::default();
    let event = |script: &mut Script, kind: &str, mut data: Value| {
        data["type"] = json!(kind);
        script.event(kind, &data);
    };
    let message = envelope(ask, input);
    event(&mut script, "message_start", json!({ "message": message }));
    if let Some(mut opened) = block(ask, reply) {
        let (text, kind, field) = match &reply.part {
            Part::Text(text) => (text.clone(), "text_delta", "text"),
            Part::Call { arguments, .. } => (arguments.to_string(), "input_json_delta", "partial_json"),
        };
        match kind {
            "text_delta" => opened["text"] = json!(""),
            _ => opened["input"] = json!({}),
        }
        let start = json!({ "index": 0, "content_block": opened });
        event(&mut script, "content_block_start", start);
        event(&mut script, "ping", json!({}));
        script.pause();
        for words in steps(&text) {
            let mut delta = json!({ "type": kind });
            delta[field] = json!(words);
            event(
                &mut script,
                "content_block_delta",
                json!({ "index": 0, "delta": delta }),
            );
            script.pause();
        }
        event(&mut script, "content_block_stop", json!({ "index": 0 }));
    }
    let end = json!({ "stop_reason": stop(reply), "stop_sequence": null });
    let figures = json!({ "output_tokens": reply.tokens });
    event(&mut script, "message_delta", json!({ "delta": end, "usage": figures }));
    event(&mut script, "message_stop", json!({}));
    script.answer(EVENTS)
}
