//! The events that end a response which may not become longer: what its last message said, told whole, and the response
//! as incomplete.

use serde_json::{Value, json};

use super::with;
use crate::dialect::sse::Block;
use crate::dialect::stream::write_event;

/// After the last delta: ends its message if that is still open, and the response.
pub(super) fn write(created: Option<&Block>, delta: Option<&Block>, text: Value, open: bool, out: &mut Vec<u8>) {
    let delta = event(delta);
    let mut number = delta["sequence_number"].as_u64().unwrap_or(0);
    let mut write = |name: &str, more: Value| {
        number += 1;
        let event = with(&json!({ "type": name, "sequence_number": number }), more);
        write_event(Some(name), event.to_string().as_bytes(), out);
    };
    let part = json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] });
    let item = json!({ "id": delta["item_id"], "type": "message", "role": "assistant", "status": "incomplete", "content": [part] });
    let spoke = part["text"].as_str().is_some_and(|text| !text.is_empty());
    if open && spoke {
        let at = json!({ "item_id": delta["item_id"], "output_index": delta["output_index"],
                         "content_index": delta["content_index"] });
        write(
            "response.output_text.done",
            with(&at, json!({ "text": part["text"], "logprobs": [] })),
        );
        write("response.content_part.done", with(&at, json!({ "part": part })));
        write(
            "response.output_item.done",
            json!({ "output_index": delta["output_index"], "item": item }),
        );
    }
    let begun = event(created)["response"].take();
    let output = if spoke { json!([item]) } else { json!([]) };
    let end = json!({ "object": "response", "status": "incomplete",
                      "incomplete_details": { "reason": "max_output_tokens" }, "output": output });
    let begun = if begun.is_object() { begun } else { json!({}) };
    write("response.incomplete", json!({ "response": with(&begun, end) }));
}

fn event(block: Option<&Block>) -> Value {
    block
        .and_then(|block| serde_json::from_slice(block.data()?).ok())
        .unwrap_or_default()
}
