"""Every place in a request where a prompt can hide is read: each holds the same number, and each is refused."""

import json

import pytest
from clients import Line
from scripted import ScriptedBackend

NIR = "Le NIR de Mme Roux est 2 64 05 04 070 012 56"
HELLO = {"role": "user", "content": "Bonjour"}
SCHEMA = {"type": "object", "properties": {"ville": {"type": "string", "description": NIR}}}
ARGUMENTS = json.dumps({"note": {"texte": [NIR]}})
CALLED = {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": ARGUMENTS}}]}
CALLS = {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}
USED = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {}}]}


def result(content: object) -> list[dict]:
    """Anthropic's result of a tool."""
    return [HELLO, USED, {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": content}]}]


CHAT = {
    "system": {"messages": [{"role": "system", "content": NIR}, HELLO]},
    "developer": {"messages": [{"role": "developer", "content": NIR}, HELLO]},
    "second-part": {"messages": [{"role": "user", "content": [{"type": "text", "text": "Bonjour"}, {"type": "text", "text": NIR}]}]},
    "assistant": {"messages": [HELLO, {"role": "assistant", "content": NIR}, HELLO]},
    "call-arguments": {"messages": [HELLO, CALLED, {"role": "tool", "tool_call_id": "c1", "content": "fait"}]},
    "tool-result": {"messages": [HELLO, CALLS, {"role": "tool", "tool_call_id": "c1", "content": NIR}]},
    "tool-description": {"messages": [HELLO], "tools": [{"type": "function", "function": {"name": "f", "description": NIR}}]},
    "tool-schema": {"messages": [HELLO], "tools": [{"type": "function", "function": {"name": "f", "parameters": SCHEMA}}]},
    "schema": {
        "messages": [HELLO],
        "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": SCHEMA}},
    },
    "stop": {"messages": [HELLO], "stop": [NIR]},
    "user": {"messages": [HELLO], "user": NIR},
    "metadata": {"messages": [HELLO], "metadata": {"note": NIR}},
    "prediction": {"messages": [HELLO], "prediction": {"type": "content", "content": NIR}},
    "unknown-field": {"messages": [HELLO], "extra_body": {"x_new": {"deep": [NIR]}}},
}
RESPONSES = {
    "input": {"input": NIR},
    "item": {"input": [{"role": "user", "content": [{"type": "input_text", "text": NIR}]}]},
    "instructions": {"input": "Bonjour", "instructions": NIR},
    "call-arguments": {"input": [{"type": "function_call", "call_id": "c1", "name": "f", "arguments": ARGUMENTS}]},
    "call-output": {"input": [{"type": "function_call_output", "call_id": "c1", "output": NIR}]},
    "tool-description": {
        "input": "Bonjour",
        "tools": [{"type": "function", "name": "f", "description": NIR, "parameters": {}, "strict": False}],
    },
}
MESSAGES = {
    "system": {"system": NIR, "messages": [HELLO]},
    "system-part": {"system": [{"type": "text", "text": NIR}], "messages": [HELLO]},
    "part": {"messages": [{"role": "user", "content": [{"type": "text", "text": NIR}]}]},
    "call-input": {
        "messages": [HELLO, {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {"note": [NIR]}}]}]
    },
    "tool-result": {"messages": result(NIR)},
    "tool-result-part": {"messages": result([{"type": "text", "text": NIR}])},
    "tool-description": {"messages": [HELLO], "tools": [{"name": "f", "description": NIR, "input_schema": {"type": "object"}}]},
    "stop": {"messages": [HELLO], "stop_sequences": [NIR]},
    "document": {
        "messages": [
            {
                "role": "user",
                "content": [{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": NIR}}],
            }
        ]
    },
}
GENERATE = {
    "text": {"contents": [{"role": "user", "parts": [{"text": "Bonjour"}, {"text": NIR}]}]},
    "model-turn": {"contents": [{"role": "model", "parts": [{"text": NIR}]}, {"role": "user", "parts": [{"text": "Bonjour"}]}]},
    "system": {"contents": [{"parts": [{"text": "Bonjour"}]}], "systemInstruction": {"parts": [{"text": NIR}]}},
    "system-snake": {"contents": [{"parts": [{"text": "Bonjour"}]}], "system_instruction": {"parts": [{"text": NIR}]}},
    "call-args": {"contents": [{"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"note": [NIR]}}}]}]},
    "call-response": {"contents": [{"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"r": NIR}}}]}]},
    "tool-description": {
        "contents": [{"parts": [{"text": "Bonjour"}]}],
        "tools": [{"functionDeclarations": [{"name": "f", "description": NIR}]}],
    },
    "schema": {
        "contents": [{"parts": [{"text": "Bonjour"}]}],
        "generationConfig": {"responseMimeType": "application/json", "responseSchema": SCHEMA},
    },
}


def chat(line: Line, body: dict) -> object:
    """Through the SDK."""
    return line.openai.chat.completions.create(model="gpt-text", **body)


def responses(line: Line, body: dict) -> object:
    """Through the SDK."""
    return line.openai.responses.create(model="gpt-text", **body)


def messages(line: Line, body: dict) -> object:
    """Through the SDK."""
    return line.anthropic.messages.create(model="claude-text", max_tokens=300, **body)


def generate(line: Line, body: dict) -> object:
    """By hand: google-genai leaves out what it does not know and renames the rest."""
    url = f"{line.address}/v1beta/models/gemini-text:generateContent"
    return line.http.post(url, json=body, headers={"x-goog-api-key": line.key}).raise_for_status()


PLACES = [
    (f"{ask.__name__}-{name}", ask, body)
    for ask, bodies in ((chat, CHAT), (responses, RESPONSES), (messages, MESSAGES), (generate, GENERATE))
    for name, body in bodies.items()
]


@pytest.mark.parametrize(("ask", "body"), [row[1:] for row in PLACES], ids=[row[0] for row in PLACES])
def test_the_number_is_found_there(line: Line, backend: ScriptedBackend, ask, body: dict) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011: each client has its own; the status is what counts
        ask(line, body)
    assert raised.value.response.status_code == 400
    assert (backend.connections, backend.requests) == (0, [])
    assert "64 05 04" not in line.heard.answers[-1].text
    assert line.heard.headers["x-gardefou-decision"] == "refused"


def harmless(body: object) -> object:
    """The same request without the number."""
    text = json.dumps(body, ensure_ascii=False)
    return json.loads(text.replace("2 64 05 04 070 012 56", "inconnu").replace("Mme Roux", "cette personne"))


# A field that nobody knows is refused whatever it holds.
KNOWN = [row for row in PLACES if "unknown" not in row[0]]


@pytest.mark.parametrize(("ask", "body"), [row[1:] for row in KNOWN], ids=[row[0] for row in KNOWN])
def test_the_same_without_the_number_is_answered(line: Line, backend: ScriptedBackend, ask, body: dict) -> None:
    """So that it is the number which is refused, and not the place."""
    ask(line, harmless(body))
    assert len(backend.requests) == 1


PDF = {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}


def attached(part: dict) -> dict:
    """A message with one part."""
    return {"messages": [{"role": "user", "content": [part]}]}


ATTACHMENTS = [
    ("an-image", chat, attached({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}})),
    ("a-file", chat, attached({"type": "file", "file": {"file_id": "file-1"}})),
    ("a-pdf", messages, attached({"type": "document", "source": PDF})),
    ("inline-data", generate, {"contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]}]}),
    ("file-data", generate, {"contents": [{"parts": [{"fileData": {"fileUri": "https://example.org/x"}}]}]}),
]


@pytest.mark.parametrize(("ask", "body"), [row[1:] for row in ATTACHMENTS], ids=[row[0] for row in ATTACHMENTS])
def test_what_cannot_be_read_does_not_leave(line: Line, backend: ScriptedBackend, ask, body: dict) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011
        ask(line, body)
    assert raised.value.response.status_code == 400
    assert (backend.connections, backend.requests) == (0, [])
