"""What no SDK sends: an error in the dialect, nothing for the backend, and the next request works."""

import json

import pytest
from clients import Line
from gateway import Ledger
from scripted import ScriptedBackend
from ways import WAYS

CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"
GENERATE = "/v1beta/models/gemini-text:generateContent"
HELLO = [{"role": "user", "content": "Bonjour"}]

# What it is, path, body, statuses it may have.
BODIES = [
    ("broken-json", b'{"model": "gpt-text", "messages": [', {400}),
    ("not-json", b"bonjour", {400}),
    ("empty", b"", {400}),
    ("an-array", b"[]", {400}),
    ("wrong-types", b'{"model": 7, "messages": "x", "contents": 3}', {400, 403}),
    ("two-documents", json.dumps({"model": "gpt-text", "messages": HELLO}).encode() * 2, {400}),
    ("invalid-utf-8", b'{"model": "gpt-text", "messages": [{"role": "user", "content": "\xff\xfe"}]}', {400}),
    ("lone-surrogate", b'{"model": "gpt-text", "messages": [{"role": "user", "content": "\\ud800"}]}', {400}),
    ("a-bomb", b'{"model": "gpt-text", "messages": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", {400}),
    # A name of the dialect. One that it does not know may stand twice: both values are screened.
    ("twice-the-same-name", b'{"model": "gpt-text", "messages": [], "messages": [], "contents": [], "contents": []}', {400}),
    ("21-megabytes", b'{"model": "gpt-text", "messages": "' + b"a" * 21_000_000 + b'"}', {413}),
]
PATHS = [("openai", CHAT), ("anthropic", MESSAGES), ("gemini", GENERATE)]


@pytest.mark.parametrize(("dialect", "path"), PATHS, ids=[row[0] for row in PATHS])
@pytest.mark.parametrize(("body", "statuses"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_a_body_that_cannot_be_read(
    line: Line, backend: ScriptedBackend, ledger: Ledger, dialect: str, path: str, body: bytes, statuses: set[int]
) -> None:
    headers = {"authorization": f"Bearer {line.key}", "content-type": "application/json", "anthropic-version": "2023-06-01"}
    answer = line.http.post(line.address + path, content=body, headers=headers)
    assert answer.status_code in statuses
    error = answer.json()["error"]
    assert answer.headers["x-gardefou-request-id"] in error["message"]
    assert {"openai": "code", "anthropic": "type", "gemini": "status"}[dialect] in error
    assert answer.headers["x-should-retry"] == "false"
    assert (backend.connections, backend.requests) == (0, [])
    assert ledger.row(answer.headers["x-gardefou-request-id"])["outcome"] == "refused"
    assert WAYS[0].ask(line, "text").texts, "the next request works"


UNLISTED = [
    ("POST", "/v1/images/generations"),
    ("POST", "/v1/audio/transcriptions"),
    ("POST", "/v1/chat/completions/x"),
    ("GET", "/v1/files"),
    ("DELETE", "/v1/models/gpt-text"),
    ("POST", "/v1beta/models/gemini-text:predict"),
    ("POST", "/v1beta/cachedContents"),
    ("POST", "/v1/messages/batches"),
    ("POST", "/v1/../v1/images/generations"),
    ("POST", "/t/inconnu/v1/chat/completions"),
]


@pytest.mark.parametrize(("method", "path"), UNLISTED, ids=[f"{method}-{path}" for method, path in UNLISTED])
def test_a_path_that_is_not_listed_is_never_forwarded(line: Line, backend: ScriptedBackend, method: str, path: str) -> None:
    answer = line.http.request(
        method, line.address + path, headers={"authorization": f"Bearer {line.key}"}, json={"model": "gpt-text", "messages": HELLO}
    )
    assert answer.status_code in (400, 403, 404, 405)
    assert answer.headers["x-gardefou-request-id"]
    assert (backend.connections, backend.requests) == (0, [])
