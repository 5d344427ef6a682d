"""Anthropic's messages, counts and models, as the scripted backend speaks them."""

import json

from .scripts import PAUSE, TOKENS, Script, last_text, told


def last_prompt(body: dict) -> str:
    """The last message's text."""
    return last_text(body["messages"][-1]["content"])


def blocks(script: Script, body: dict) -> list[dict]:
    """The content: text where something is said, then function calls."""
    out: list[dict] = [{"type": "text", "text": text} for text in script.spoken(last_prompt(body))[:1]]
    for number, call in enumerate(script.calls):
        out.append({"type": "tool_use", "id": f"toolu_{number}", "name": call.name, "input": call.arguments})
    return out


def stop(script: Script) -> str:
    """Why an answer ends, in Anthropic's words."""
    if script.calls:
        return "tool_use"
    return {"stop": "end_turn", "length": "max_tokens"}.get(script.ends, "refusal")


def message(script: Script, model: str, content: list[dict], reason: str | None, output_tokens: int) -> dict:
    """A `message`."""
    return {
        "id": "msg_scripted", "type": "message", "role": "assistant", "model": model, "content": content,
        "stop_reason": reason, "stop_sequence": None,
        "usage": {"input_tokens": TOKENS[0], "output_tokens": output_tokens, "service_tier": "standard"},
        "x_unknown": {"score": 0.12345678901234567890},
    }  # fmt: skip


def answer(script: Script, model: str, body: dict) -> dict:
    """A whole message."""
    return message(script, model, blocks(script, body), stop(script), TOKENS[1])


def events(script: Script, model: str, body: dict) -> list:
    """The named events of a stream."""
    out: list = []

    def say(name: str, **fields: object) -> None:
        document = {"type": name} | fields
        out.append(f"event: {name}\ndata: {json.dumps(document, ensure_ascii=False)}\n\n".encode())

    say("message_start", message=message(script, model, [], None, 1))
    say("ping")
    for index, block in enumerate(blocks(script, body)):
        if block["type"] == "text":
            say("content_block_start", index=index, content_block={"type": "text", "text": ""})
            for step in told((block["text"],)):
                if step is PAUSE:
                    out.append(PAUSE)
                else:
                    say("content_block_delta", index=index, delta={"type": "text_delta", "text": step[1]})
        else:
            arguments = json.dumps(block["input"], ensure_ascii=False)
            say("content_block_start", index=index, content_block=block | {"input": {}})
            for piece in (arguments[:9], arguments[9:]):
                say("content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": piece})
        say("content_block_stop", index=index)
    say("message_delta", delta={"stop_reason": stop(script), "stop_sequence": None}, usage={"output_tokens": TOKENS[1]})
    say("message_stop")
    return out


def models() -> dict:
    """What the backend has."""
    entries = [
        {"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"} for name in ("claude-text", "claude-json")
    ]
    return {"data": entries, "has_more": False, "first_id": "claude-text", "last_id": "claude-json"}


def error(status: int, message: str) -> dict:
    """An error body."""
    kinds = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error", 503: "overloaded_error"}
    return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": message}, "request_id": "req_scripted"}
