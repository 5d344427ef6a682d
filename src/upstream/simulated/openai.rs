//! The simulated backend in OpenAI's wire format: chat completions, embeddings, models.
//!
//! The Responses API has its own file. Source of the shapes: the OpenAI API reference, as read by
//! the official Python SDK 3.54.

use serde_json::{Value, json};

use super::{
    Answer, Ask, responses, vector,
    wire::{self, MADE, MOST_CANDIDATES, Script, Unfit},
    wish::{Choice, Form, Function, Part, Reply, Turn, Wish, steps},
};

pub(super) const JSON: &str = "application/json";
pub(super) const EVENTS: &str = "text/event-stream; charset=utf-8";

/// Answers a request of this dialect.
pub(super) fn answer(ask: &Ask<'_>) -> Result<Answer, Unfit> {
    match ask.endpoint {
        "chat.completions" => chat(ask),
        "responses" => responses::answer(ask),
        "embeddings" => embeddings(ask),
        "models" | "models.get" => Ok(models(ask)),
        _ => Err(Unfit::unknown("ce point d'accès")),
    }
}

/// An error body.
pub(super) fn error(unfit: &Unfit) -> Answer {
    let error = json!({
        "message": unfit.message,
        "type": "invalid_request_error",
        "param": null,
        "code": null,
    });
    wire::whole_answer(unfit.status, JSON, &json!({ "error": error }))
}

fn models(ask: &Ask<'_>) -> Answer {
    let card = |id: &str| json!({ "id": id, "object": "model", "created": MADE, "owned_by": "simulateur" });
    let body = match ask.model {
        "" => json!({ "object": "list", "data": [card("simulateur")] }),
        one => card(one),
    };
    wire::whole_answer(200, JSON, &body)
}

fn embeddings(ask: &Ask<'_>) -> Result<Answer, Unfit> {
    let request = wire::read(ask.body)?;
    let expected = "une chaîne, un tableau de chaînes ou de jetons est attendu";
    let unfit = || Unfit::field("input", expected);
    let inputs: Vec<Value> = match request.get("input").ok_or_else(unfit)? {
        Value::String(text) if !text.is_empty() => vec![json!(text)],
        Value::Array(items) if items.is_empty() => return Err(unfit()),
        Value::Array(items) if items.iter().all(Value::is_u64) => vec![json!(items)],
        Value::Array(items) if items.iter().all(|i| i.is_string() || i.is_array()) => items.clone(),
        _ => return Err(unfit()),
    };
    let dimension = wire::whole(&request, "dimensions", 1, vector::MOST_DIMENSIONS)?.unwrap_or(vector::DIMENSION);
    let as_base64 = match request.get("encoding_format").and_then(Value::as_str) {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => {
            return Err(Unfit::field("encoding_format", "float ou base64 est attendu"));
        }
    };
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| {
            let vector = vector::of(input.to_string().as_bytes(), dimension);
            let embedding = if as_base64 {
                json!(vector::base64(&vector))
            } else {
                json!(vector)
            };
            json!({ "object": "embedding", "index": index, "embedding": embedding })
        })
        .collect();
    let tokens: u64 = inputs.iter().map(tokens_of_input).sum();
    let body = json!({
        "object": "list",
        "data": data,
        "model": ask.model,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    });
    Ok(wire::whole_answer(200, JSON, &body))
}

/// Tokens of one input, which may already be cut in tokens.
fn tokens_of_input(input: &Value) -> u64 {
    match input {
        Value::String(text) => (text.len() as u64).div_ceil(4),
        Value::Array(tokens) => tokens.len() as u64,
        _ => 0,
    }
}

fn chat(ask: &Ask<'_>) -> Result<Answer, Unfit> {
    let request = wire::read(ask.body)?;
    let wish = wish(&request)?;
    let replies = wish.replies();
    let input = wire::input_tokens(&request, &["messages", "tools", "response_format"]);
    if wire::flag(&request, "stream")? {
        let options = request.get("stream_options").unwrap_or(&Value::Null);
        let figures = wire::flag(options, "include_usage")?.then(|| usage(input, &replies));
        return Ok(stream(ask, &replies, figures));
    }
    let choices: Vec<Value> = replies
        .iter()
        .enumerate()
        .map(|(index, reply)| choice(ask, index, reply))
        .collect();
    let mut body = envelope(ask, "chat.completion");
    body["choices"] = json!(choices);
    body["usage"] = usage(input, &replies);
    Ok(wire::whole_answer(200, JSON, &body))
}

fn wish(request: &Value) -> Result<Wish<'_>, Unfit> {
    let mut last = Turn::Person(String::new());
    for message in wire::filled(request, "messages")? {
        let content = message.get("content").unwrap_or(&Value::Null);
        let text = wire::text(content)?;
        match message.get("role").and_then(Value::as_str) {
            Some("user") => last = Turn::Person(text),
            Some("tool" | "function") => last = Turn::Outcome(text),
            Some("system" | "developer" | "assistant") => {}
            _ => return Err(Unfit::field("messages[].role", "rôle inconnu ou absent")),
        }
    }
    let recent = wire::whole(request, "max_completion_tokens", 1, u64::MAX)?;
    let old = wire::whole(request, "max_tokens", 1, u64::MAX)?;
    let format = request.get("response_format").unwrap_or(&Value::Null);
    Ok(Wish {
        last,
        count: wire::whole(request, "n", 1, MOST_CANDIDATES)?.unwrap_or(1),
        limit: recent.or(old),
        form: match format.get("type").and_then(Value::as_str) {
            Some("json_object") => Form::Json(None),
            Some("json_schema") => Form::Json(format.pointer("/json_schema/schema")),
            _ => Form::Text,
        },
        functions: wire::list(request, "tools")?
            .into_iter()
            .flatten()
            .filter_map(|tool| tool.get("function"))
            .filter_map(function)
            .collect(),
        choice: chosen(request.get("tool_choice"), "/function/name"),
    })
}

/// A function with its `name` and `parameters`.
pub(super) fn function(declared: &Value) -> Option<Function<'_>> {
    Some(Function {
        name: declared.get("name")?.as_str()?,
        parameters: declared.get("parameters"),
    })
}

/// The `tool_choice` of a request; `name` tells where an object names the function.
pub(super) fn chosen<'v>(choice: Option<&'v Value>, name: &str) -> Choice<'v> {
    match choice {
        Some(Value::String(word)) if word == "none" => Choice::Never,
        Some(Value::String(word)) if word == "required" => Choice::Must(None),
        Some(Value::Object(_)) => choice
            .and_then(|choice| choice.pointer(name)?.as_str())
            .map_or(Choice::Free, |name| Choice::Must(Some(name))),
        _ => Choice::Free,
    }
}

/// What every answer and every chunk opens with.
fn envelope(ask: &Ask<'_>, object: &str) -> Value {
    json!({
        "id": wire::id("chatcmpl-", ask.body),
        "object": object,
        "created": MADE,
        "model": ask.model,
        "service_tier": "default",
        "system_fingerprint": "fp_simulateur",
    })
}

fn usage(input: u64, replies: &[Reply]) -> Value {
    let output: u64 = replies.iter().map(|reply| reply.tokens).sum();
    json!({
        "prompt_tokens": input,
        "completion_tokens": output,
        "total_tokens": input + output,
        "prompt_tokens_details": { "cached_tokens": 0, "audio_tokens": 0 },
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

fn finish(reply: &Reply) -> &'static str {
    match reply.part {
        Part::Call { .. } => "tool_calls",
        Part::Text(_) if reply.cut => "length",
        Part::Text(_) => "stop",
    }
}

fn choice(ask: &Ask<'_>, index: usize, reply: &Reply) -> Value {
    let message = match &reply.part {
        Part::Text(text) => {
            json!({ "role": "assistant", "content": text, "refusal": null, "annotations": [] })
        }
        Part::Call { name, arguments } => {
            let function = json!({ "name": name, "arguments": arguments.to_string() });
            let call = json!({ "id": call_id(ask, index), "type": "function", "function": function });
            json!({
                "role": "assistant",
                "content": null,
                "refusal": null,
                "annotations": [],
                "tool_calls": [call],
            })
        }
    };
    json!({ "index": index, "message": message, "logprobs": null, "finish_reason": finish(reply) })
}

fn call_id(ask: &Ask<'_>, index: usize) -> String {
    wire::id("call_", ask.body) + &index.to_string()
}

/// The chunks: a first one with the role, the words of all answers in turn, their ends, the
/// figures where they are asked for, `[DONE]`.
fn stream(ask: &Ask<'_>, replies: &[Reply], figures: Option<Value>) -> Answer {
    let mut script = Script::default();
    let envelope = envelope(ask, "chat.completion.chunk");
    let chunk = |script: &mut Script, index: usize, delta: Value, end: Option<&str>| {
        let mut chunk = envelope.clone();
        let choice = json!({ "index": index, "delta": delta, "logprobs": null, "finish_reason": end });
        chunk["choices"] = json!([choice]);
        if figures.is_some() {
            chunk["usage"] = Value::Null;
        }
        script.data(&chunk, "\n");
    };
    for (index, reply) in replies.iter().enumerate() {
        chunk(&mut script, index, opening(ask, index, reply), None);
    }
    script.pause();
    let written: Vec<String> = replies.iter().map(written).collect();
    let written: Vec<Vec<&str>> = written.iter().map(|text| steps(text)).collect();
    for step in 0..written.iter().map(Vec::len).max().unwrap_or(0) {
        for (index, steps) in written.iter().enumerate() {
            let Some(words) = steps.get(step) else {
                continue;
            };
            let delta = match replies[index].part {
                Part::Text(_) => json!({ "content": words }),
                Part::Call { .. } => {
                    json!({ "tool_calls": [{ "index": 0, "function": { "arguments": words } }] })
                }
            };
            chunk(&mut script, index, delta, None);
            script.pause();
        }
    }
    for (index, reply) in replies.iter().enumerate() {
        chunk(&mut script, index, json!({}), Some(finish(reply)));
    }
    if let Some(figures) = &figures {
        let mut last = envelope.clone();
        last["choices"] = json!([]);
        last["usage"] = figures.clone();
        script.data(&last, "\n");
    }
    script.raw("data: [DONE]\n\n");
    script.answer(EVENTS)
}

fn opening(ask: &Ask<'_>, index: usize, reply: &Reply) -> Value {
    match &reply.part {
        Part::Text(_) => json!({ "role": "assistant", "content": "", "refusal": null }),
        Part::Call { name, .. } => {
            let function = json!({ "name": name, "arguments": "" });
            let call = json!({
                "index": 0,
                "id": call_id(ask, index),
                "type": "function",
                "function": function,
            });
            json!({ "role": "assistant", "content": null, "tool_calls": [call] })
        }
    }
}

/// What a stream writes word by word: the text, or the arguments of the call.
fn written(reply: &Reply) -> String {
    match &reply.part {
        Part::Text(text) => text.clone(),
        Part::Call { arguments, .. } => arguments.to_string(),
    }
}
