//! The simulated backend in OpenAI's Responses format, whole and as named events.

use serde_json::{Value, json};

use super::{
    Answer, Ask,
    openai::{EVENTS, JSON, chosen, function},
    wire::{self, MADE, Script, Unfit},
    wish::{Form, Part, Reply, Turn, Wish, steps},
};

/// Answers a request of the Responses API.
pub(super) fn answer(ask: &Ask<'_>) -> Result<Answer, Unfit> {
    let request = wire::read(ask.body)?;
    let replies = wish(&request)?.replies();
    // The Responses API gives one answer: there is no `n`.
    let reply = &replies[0];
    if wire::flag(&request, "stream")? {
        return Ok(stream(ask, &request, reply));
    }
    Ok(wire::whole_answer(200, JSON, &finished(ask, &request, reply)))
}

fn wish(request: &Value) -> Result<Wish<'_>, Unfit> {
    let format = request.pointer("/text/format").unwrap_or(&Value::Null);
    Ok(Wish {
        last: last(request)?,
        count: 1,
        limit: wire::whole(request, "max_output_tokens", 1, u64::MAX)?,
        form: match format.get("type").and_then(Value::as_str) {
            Some("json_object") => Form::Json(None),
            Some("json_schema") => Form::Json(format.get("schema")),
            _ => Form::Text,
        },
        functions: wire::list(request, "tools")?
            .into_iter()
            .flatten()
            .filter(|tool| tool.get("type").and_then(Value::as_str) == Some("function"))
            .filter_map(function)
            .collect(),
        choice: chosen(request.get("tool_choice"), "/name"),
    })
}

fn last(request: &Value) -> Result<Turn, Unfit> {
    if let Some(Value::String(text)) = request.get("input") {
        return Ok(Turn::Person(text.clone()));
    }
    let mut last = Turn::Person(String::new());
    for item in wire::filled(request, "input")? {
        let text = |name: &str| wire::text(item.get(name).unwrap_or(&Value::Null));
        let kind = item.get("type").and_then(Value::as_str);
        let role = item.get("role").and_then(Value::as_str);
        match (kind, role) {
            (Some("message") | None, Some("user")) => last = Turn::Person(text("content")?),
            (Some("message") | None, Some("system" | "developer" | "assistant")) => {}
            (Some("function_call_output"), _) => last = Turn::Outcome(text("output")?),
            (Some(kind), _) if kind != "message" => {}
            _ => return Err(Unfit::field("input[].role", "rôle inconnu ou absent")),
        }
    }
    Ok(last)
}

/// The response before anything is written, with the settings of the request given back.
fn begun(ask: &Ask<'_>, request: &Value) -> Value {
    let or = |name: &str, default: Value| request.get(name).cloned().unwrap_or(default);
    json!({
        "id": wire::id("resp_", ask.body),
        "object": "response",
        "created_at": MADE,
        "status": "in_progress",
        "background": false,
        "error": null,
        "incomplete_details": null,
        "instructions": or("instructions", Value::Null),
        "max_output_tokens": or("max_output_tokens", Value::Null),
        "metadata": or("metadata", json!({})),
        "model": ask.model,
        "output": [],
        "parallel_tool_calls": or("parallel_tool_calls", json!(true)),
        "previous_response_id": or("previous_response_id", Value::Null),
        "reasoning": { "effort": null, "summary": null },
        "service_tier": "default",
        "store": or("store", json!(true)),
        "temperature": or("temperature", json!(1.0)),
        "text": or("text", json!({ "format": { "type": "text" } })),
        "tool_choice": or("tool_choice", json!("auto")),
        "tools": or("tools", json!([])),
        "top_p": or("top_p", json!(1.0)),
        "truncation": "disabled",
        "usage": null,
        "user": null,
    })
}

fn finished(ask: &Ask<'_>, request: &Value, reply: &Reply) -> Value {
    let input = wire::input_tokens(request, &["input", "instructions", "tools", "text"]);
    let mut response = begun(ask, request);
    response["status"] = json!(status(reply));
    if reply.cut {
        response["incomplete_details"] = json!({ "reason": "max_output_tokens" });
    }
    response["output"] = json!([item(ask, reply)]);
    response["usage"] = json!({
        "input_tokens": input,
        "input_tokens_details": { "cached_tokens": 0 },
        "output_tokens": reply.tokens,
        "output_tokens_details": { "reasoning_tokens": 0 },
        "total_tokens": input + reply.tokens,
    });
    response
}

fn status(reply: &Reply) -> &'static str {
    if reply.cut { "incomplete" } else { "completed" }
}

/// The one item of the output, complete.
fn item(ask: &Ask<'_>, reply: &Reply) -> Value {
    match &reply.part {
        Part::Text(text) => json!({
            "id": item_id(ask, reply),
            "type": "message",
            "status": status(reply),
            "role": "assistant",
            "content": [text_part(text)],
        }),
        Part::Call { name, arguments } => json!({
            "id": item_id(ask, reply),
            "type": "function_call",
            "status": "completed",
            "call_id": wire::id("call_", ask.body),
            "name": name,
            "arguments": arguments.to_string(),
        }),
    }
}

fn item_id(ask: &Ask<'_>, reply: &Reply) -> String {
    let prefix = match reply.part {
        Part::Text(_) => "msg_",
        Part::Call { .. } => "fc_",
    };
    wire::id(prefix, ask.body)
}

fn text_part(text: &str) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] })
}

/// Numbers the events of a stream as it writes them.
struct Numbered {
    script: Script,
    next: u64,
}

impl Numbered {
    fn event(&mut self, kind: &str, mut data: Value) {
        data["type"] = json!(kind);
        data["sequence_number"] = json!(self.next);
        self.next += 1;
        self.script.event(kind, &data);
    }
}

fn stream(ask: &Ask<'_>, request: &Value, reply: &Reply) -> Answer {
    let mut out = Numbered {
        script: Script::default(),
        next: 0,
    };
    let response = begun(ask, request);
    out.event("response.created", json!({ "response": response }));
    out.event("response.in_progress", json!({ "response": response }));
    let mut opened = item(ask, reply);
    opened["status"] = json!("in_progress");
    match &reply.part {
        Part::Text(text) => {
            opened["content"] = json!([]);
            out.event(
                "response.output_item.added",
                json!({ "output_index": 0, "item": opened }),
            );
            message(&mut out, &item_id(ask, reply), text);
        }
        Part::Call { name, arguments } => {
            opened["arguments"] = json!("");
            out.event(
                "response.output_item.added",
                json!({ "output_index": 0, "item": opened }),
            );
            call(&mut out, &item_id(ask, reply), name, &arguments.to_string());
        }
    }
    let done = json!({ "output_index": 0, "item": item(ask, reply) });
    out.event("response.output_item.done", done);
    let end = format!("response.{}", status(reply));
    out.event(&end, json!({ "response": finished(ask, request, reply) }));
    out.script.answer(EVENTS)
}

fn message(out: &mut Numbered, id: &str, text: &str) {
    let at = |mut data: Value| {
        data["item_id"] = json!(id);
        data["output_index"] = json!(0);
        data["content_index"] = json!(0);
        data
    };
    out.event("response.content_part.added", at(json!({ "part": text_part("") })));
    out.script.pause();
    for words in steps(text) {
        let delta = at(json!({ "delta": words, "logprobs": [] }));
        out.event("response.output_text.delta", delta);
        out.script.pause();
    }
    let done = at(json!({ "text": text, "logprobs": [] }));
    out.event("response.output_text.done", done);
    let part = at(json!({ "part": text_part(text) }));
    out.event("response.content_part.done", part);
}

fn call(out: &mut Numbered, id: &str, name: &str, arguments: &str) {
    out.script.pause();
    for words in steps(arguments) {
        let delta = json!({ "item_id": id, "output_index": 0, "delta": words });
        out.event("response.function_call_arguments.delta", delta);
        out.script.pause();
    }
    let done = json!({ "item_id": id, "output_index": 0, "name": name, "arguments": arguments });
    out.event("response.function_call_arguments.done", done);
}
