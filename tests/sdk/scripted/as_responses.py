"""OpenAI's Responses endpoint, as the scripted backend speaks it."""

import json

from .as_openai import REFUSAL
from .scripts import PAUSE, TOKENS, Script, last_text, told


def last_prompt(body: dict) -> str:
    """The last input's text."""
    given = body["input"]
    return given if isinstance(given, str) else last_text(given[-1].get("content", ""))


def items(script: Script, body: dict) -> list[dict]:
    """The output: a message where something is said, then function calls."""
    parts: list[dict] = [{"type": "output_text", "text": text, "annotations": []} for text in script.spoken(last_prompt(body))[:1]]
    if script.ends == "refused":
        parts.append({"type": "refusal", "refusal": REFUSAL})
    out: list[dict] = []
    if parts:
        status = "incomplete" if script.ends == "length" else "completed"
        out.append({"id": "msg_scripted", "type": "message", "status": status, "role": "assistant", "content": parts})
    for number, call in enumerate(script.calls):
        arguments = json.dumps(call.arguments, ensure_ascii=False)
        out.append({
            "id": f"fc_{number}", "type": "function_call", "status": "completed", "call_id": f"call_{number}",
            "name": call.name, "arguments": arguments,
        })  # fmt: skip
    return out


def response(script: Script, model: str, output: list[dict], status: str) -> dict:
    """A `response`."""
    done = status != "in_progress"
    return {
        "id": "resp_scripted", "object": "response", "created_at": 1780000000, "status": status, "model": model,
        "error": None, "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "instructions": None, "metadata": {}, "output": output, "parallel_tool_calls": True, "temperature": 1.0,
        "tool_choice": "auto", "tools": [], "top_p": 1.0, "x_unknown": {"score": 0.12345678901234567890},
        "usage": {
            "input_tokens": TOKENS[0], "input_tokens_details": {"cached_tokens": 0}, "output_tokens": TOKENS[1],
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": sum(TOKENS),
        } if done else None,
    }  # fmt: skip


def ending(script: Script) -> str:
    """How a response ends."""
    return "incomplete" if script.ends == "length" else "completed"


def answer(script: Script, model: str, body: dict) -> dict:
    """A whole response."""
    return response(script, model, items(script, body), ending(script))


def events(script: Script, model: str, body: dict) -> list:
    """The named events of a stream."""
    output = items(script, body)
    out: list = []
    number = 0

    def say(name: str, /, **fields: object) -> None:
        nonlocal number
        document = {"type": name, "sequence_number": number} | fields
        out.append(f"event: {name}\ndata: {json.dumps(document, ensure_ascii=False)}\n\n".encode())
        number += 1

    start = response(script, model, [], "in_progress")
    say("response.created", response=start)
    say("response.in_progress", response=start)
    for place, item in enumerate(output):
        if item["type"] == "message":
            say("response.output_item.added", output_index=place, item=item | {"status": "in_progress", "content": []})
            for index, part in enumerate(item["content"]):
                message_part(say, out, {"item_id": item["id"], "output_index": place, "content_index": index}, part)
        else:
            at = {"item_id": item["id"], "output_index": place}
            say("response.output_item.added", output_index=place, item=item | {"status": "in_progress", "arguments": ""})
            for piece in (item["arguments"][:9], item["arguments"][9:]):
                say("response.function_call_arguments.delta", delta=piece, **at)
            say("response.function_call_arguments.done", arguments=item["arguments"], name=item["name"], **at)
        say("response.output_item.done", output_index=place, item=item)
    say(f"response.{ending(script)}", response=response(script, model, output, ending(script)))
    return out


def message_part(say, out: list, at: dict, part: dict) -> None:
    """A part of a message: added, growing, done."""
    if part["type"] == "refusal":
        say("response.content_part.added", part=part | {"refusal": ""}, **at)
        say("response.refusal.delta", delta=part["refusal"], **at)
        say("response.refusal.done", refusal=part["refusal"], **at)
    else:
        say("response.content_part.added", part=part | {"text": ""}, **at)
        for step in told((part["text"],)):
            if step is PAUSE:
                out.append(PAUSE)
            else:
                say("response.output_text.delta", delta=step[1], logprobs=[], **at)
        say("response.output_text.done", text=part["text"], logprobs=[], **at)
    say("response.content_part.done", part=part, **at)
