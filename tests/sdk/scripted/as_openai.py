"""OpenAI's chat, embeddings and models, as the scripted backend speaks them."""

import json

from .scripts import PAUSE, TOKENS, Script, last_text, told

REFUSAL = "Je ne peux pas répondre à cette demande."


def usage() -> dict:
    """Figures, with the details that OpenAI adds."""
    prompt, completion = TOKENS
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0},
    }


def last_prompt(body: dict) -> str:
    """The last message's text."""
    return last_text(body["messages"][-1]["content"])


def finish(script: Script) -> str:
    """Why an answer ends, in OpenAI's words."""
    if script.calls:
        return "tool_calls"
    return {"stop": "stop", "length": "length"}.get(script.ends, "content_filter")


def calls(script: Script, *, numbered: bool) -> list[dict]:
    """Function calls; in a stream they are numbered."""
    return [
        ({"index": number} if numbered else {})
        | {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
        }
        for number, call in enumerate(script.calls)
    ]


def answer(script: Script, model: str, body: dict) -> dict:
    """A `chat.completion`."""
    choices = []
    for index, text in enumerate(script.spoken(last_prompt(body)) or (None,)):
        message = {"role": "assistant", "content": text, "refusal": None}
        if script.ends == "refused":
            message["refusal"] = REFUSAL
        if script.calls:
            message["tool_calls"] = calls(script, numbered=False)
        choices.append({"index": index, "message": message, "logprobs": None, "finish_reason": finish(script)})
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 1780000000,
        "model": model,
        "choices": choices,
        "usage": usage(),
        "system_fingerprint": "fp_scripted",
        "x_unknown": {"score": 0.12345678901234567890},
    }


def events(script: Script, model: str, body: dict) -> list:
    """The chunks of a stream; figures only where they were asked for."""
    texts = script.spoken(last_prompt(body))
    frame = {"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 1780000000, "model": model}
    asked = (body.get("stream_options") or {}).get("include_usage", False)
    out: list = []

    def chunk(index: int, delta: dict, reason: str | None = None) -> None:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
        out.append(event(frame | {"choices": [choice]} | ({"usage": None} if asked else {})))

    heads = range(max(len(texts), 1))
    for index in heads:
        chunk(index, {"role": "assistant", "content": ""})
    for step in told(texts):
        if step is PAUSE:
            out.append(PAUSE)
        else:
            chunk(step[0], {"content": step[1]})
    if script.ends == "refused":
        chunk(0, {"refusal": REFUSAL})
    for call in calls(script, numbered=True):
        arguments = call["function"].pop("arguments")
        chunk(0, {"tool_calls": [call | {"function": call["function"] | {"arguments": ""}}]})
        for part in (arguments[:9], arguments[9:]):
            chunk(0, {"tool_calls": [{"index": call["index"], "function": {"arguments": part}}]})
    for index in heads:
        chunk(index, {}, finish(script))
    if asked:
        out.append(event(frame | {"choices": [], "usage": usage()}))
    out.append(b"data: [DONE]\n\n")
    return out


def event(document: dict) -> bytes:
    """One event without a name."""
    return b"data: " + json.dumps(document, ensure_ascii=False).encode() + b"\n\n"


def embeddings(model: str, body: dict) -> dict:
    """One vector an input."""
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    data = [{"object": "embedding", "index": i, "embedding": [0.25, -0.5, float(i)]} for i in range(len(inputs))]
    return {"object": "list", "data": data, "model": model, "usage": {"prompt_tokens": TOKENS[0], "total_tokens": TOKENS[0]}}


def models() -> dict:
    """What the backend has."""
    entries = [{"id": name, "object": "model", "created": 1780000000, "owned_by": "scripted"} for name in ("gpt-text", "gpt-json")]
    return {"object": "list", "data": entries}


def error(status: int, message: str) -> dict:
    """An error body."""
    kind = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error"}.get(status, "server_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}
