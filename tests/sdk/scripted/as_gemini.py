"""Gemini's generation, counts, embeddings and models, as the scripted backend speaks them."""

from .scripts import PAUSE, TOKENS, Script, told


def last_prompt(body: dict) -> str:
    """The last content's text."""
    return body["contents"][-1]["parts"][-1].get("text", "")


def finish(script: Script) -> str:
    """Why an answer ends, in Gemini's words."""
    return {"stop": "STOP", "length": "MAX_TOKENS"}.get(script.ends, "SAFETY")


def frame(model: str, candidates: list[dict], *, last: bool = True) -> dict:
    """One answer, or one event of a stream, which is the same; the figures grow until the last."""
    prompt, output = TOKENS if last else (TOKENS[0], 1)
    return {
        "candidates": candidates,
        "usageMetadata": {"promptTokenCount": prompt, "candidatesTokenCount": output, "totalTokenCount": prompt + output},
        "modelVersion": model,
        "responseId": "scripted",
    }


def calls(script: Script) -> list[dict]:
    """Function calls, signed as thinking models sign them."""
    return [{"functionCall": {"name": call.name, "args": call.arguments}, "thoughtSignature": "c2lnbmF0dXJl"} for call in script.calls]


def candidate(index: int, parts: list[dict], reason: str | None) -> dict:
    """A candidate; one without parts has no content."""
    out: dict = {"content": {"parts": parts, "role": "model"}} if parts else {}
    if reason:
        out |= {"finishReason": reason}
    return out | {"index": index, "avgLogprobs": -0.12345678901234567890}


def blocked(model: str) -> dict:
    """The provider refuses the prompt."""
    prompt = TOKENS[0]
    return {
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": {"promptTokenCount": prompt, "totalTokenCount": prompt},
        "modelVersion": model,
    }


def answer(script: Script, model: str, body: dict) -> dict:
    """A whole answer."""
    if script.ends == "blocked":
        return blocked(model)
    texts = script.spoken(last_prompt(body)) or (None,)
    parts = [([{"text": text}] if text is not None else []) + calls(script) for text in texts]
    return frame(model, [candidate(index, each, finish(script)) for index, each in enumerate(parts)])


def events(script: Script, model: str, body: dict) -> list:
    """The documents of a stream, each a whole answer. The server frames them as events or as a growing array."""
    if script.ends == "blocked":
        return [blocked(model)]
    texts = script.spoken(last_prompt(body))
    out: list = []
    for step in told(texts):
        if step is PAUSE:
            out.append(PAUSE)
        else:
            out.append(frame(model, [candidate(step[0], [{"text": step[1]}], None)], last=False))
    if script.calls:
        out.append(frame(model, [candidate(0, calls(script), None)], last=False))
    # As Google's newest models do: the reason comes with an empty text.
    ending = [{"text": ""}] if texts else []
    out.append(frame(model, [candidate(index, ending, finish(script)) for index in range(max(len(texts), 1))]))
    return out


def embeddings(body: dict) -> dict:
    """One vector for one content, a list for many."""
    if "requests" in body:
        return {"embeddings": [{"values": [0.25, -0.5, float(i)]} for i in range(len(body["requests"]))]}
    return {"embedding": {"values": [0.25, -0.5, 0.0]}}


def model(name: str) -> dict:
    """One entry of the list."""
    return {"name": f"models/{name}", "displayName": name, "supportedGenerationMethods": ["generateContent"]}


def models() -> dict:
    """What the backend has."""
    return {"models": [model("gemini-text"), model("gemini-json")]}


def error(status: int, message: str) -> dict:
    """An error body."""
    word = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}.get(status, "INTERNAL")
    return {"error": {"code": status, "message": message, "status": word}}
