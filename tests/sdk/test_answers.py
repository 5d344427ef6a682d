"""An SDK's user is handed what the backend said, with the mention at its end where a person reads it."""

import json

import pytest
from cases import CASES, NAMES, PLAYS, TAIL, Case
from clients import Line
from gateway import Ledger
from scripted import SCRIPTS, TOKENS, ScriptedBackend
from ways import WAYS, Way, chat_arguments, gemini_arguments, messages_arguments

# In a stream the header leaves before it is known whether a function will be called or anything said.
KNOWN_FROM_THE_START = {"text", "twins", "long", "signed", "json"}


@pytest.mark.parametrize(("case", "way"), PLAYS, ids=NAMES)
def test_the_answer_ends_with_the_mention_where_a_person_reads_it(
    line: Line, backend: ScriptedBackend, ledger: Ledger, case: Case, way: Way
) -> None:
    assert way.ask(line, case.script, wants=case.wants) == case.told(way, gateway=True)
    assert len(backend.requests) == 1
    if not way.stream or case.script in KNOWN_FROM_THE_START:
        assert line.heard.headers["x-gardefou-mention"] == case.mention
    row = ledger.row(line.heard.request_id)
    expected = {
        "outcome": "completed",
        "decision": "allowed",
        "mention": case.mention,
        "dialect": way.dialect,
        "endpoint": way.endpoint,
        "stream": int(way.stream),
        "http_status": 200,
        "model": way.model(case.script),
        "tool": way.model("").rstrip("-"),
        "tool_level": 1,
        "direction": "Solidarités",
        "input_tokens": TOKENS[0],
        "charter_version": "2025-06",
    }
    if case.script != "blocked":
        expected |= {"output_tokens": TOKENS[1], "tokens_estimated": 0}
    assert {name: row[name] for name in expected} == expected


def raw(line: Line, path: str, body: dict, **headers: str) -> bytes:
    """The bytes of an answer."""
    answer = line.http.post(line.address + path, json=body, headers={"authorization": f"Bearer {line.key}", **headers})
    assert answer.status_code == 200
    return answer.content


JSON_MODE = [
    ("openai", "/v1/chat/completions", chat_arguments("gpt-json", [("user", "Donne la commune.")], "json")),
    ("anthropic", "/v1/messages", messages_arguments("claude-json", [("user", "Donne la commune.")], "json")),
    (
        "gemini",
        "/v1beta/models/gemini-json:generateContent",
        {"contents": [{"parts": [{"text": "Donne la commune."}]}], "generationConfig": {"responseMimeType": "application/json"}},
    ),
]


@pytest.mark.parametrize(("dialect", "path", "body"), JSON_MODE, ids=[row[0] for row in JSON_MODE])
def test_an_answer_for_a_program_keeps_every_byte(line: Line, direct: Line, dialect: str, path: str, body: dict) -> None:
    version = {"anthropic-version": "2023-06-01"} if dialect == "anthropic" else {}
    key = {"x-goog-api-key": direct.key} if dialect == "gemini" else {}
    assert raw(line, path, body, **version) == raw(direct, path, body, **version, **key)


@pytest.mark.parametrize(("dialect", "path", "body"), JSON_MODE, ids=[row[0] for row in JSON_MODE])
def test_the_mention_is_all_that_is_added(line: Line, direct: Line, dialect: str, path: str, body: dict) -> None:
    """Unknown fields, order, spaces and long fractions stay; the mention is put in where the text ends."""
    version = {"anthropic-version": "2023-06-01"} if dialect == "anthropic" else {}
    key = {"x-goog-api-key": direct.key} if dialect == "gemini" else {}
    path = path.replace("gemini-json", "gemini-text")
    body = {name: value for name, value in body.items() if name not in ("response_format", "output_config", "generationConfig")}
    body |= {"model": body["model"].replace("json", "text")} if "model" in body else {}
    before, after = raw(direct, path, body, **version, **key), raw(line, path, body, **version)
    added = json.dumps(TAIL, ensure_ascii=False).strip('"').encode()
    assert after.count(added) == 1
    assert after.replace(added, b"") == before


def test_gemini_streams_a_growing_array_too(line: Line) -> None:
    """Without `alt=sse`, as older programs ask: an array whose parts are whole answers."""
    body = {"contents": [{"role": "user", "parts": [{"text": "Quand a lieu la réunion ?"}]}]}
    path = "/v1beta/models/gemini-text:streamGenerateContent"
    answers = json.loads(raw(line, path, body))
    texts = [part["text"] for answer in answers for each in answer["candidates"] for part in each["content"]["parts"]]
    assert "".join(texts) == SCRIPTS["text"].texts[0] + TAIL
    assert answers[-1]["candidates"][0]["finishReason"] == "STOP"
    assert answers[-1]["usageMetadata"]["candidatesTokenCount"] == TOKENS[1]


@pytest.mark.parametrize("way", [way for way in WAYS if way.dialect == "gemini"], ids=lambda way: way.name)
def test_the_key_in_the_query_is_as_good_as_in_a_header(line: Line, backend: ScriptedBackend, way: Way) -> None:
    arguments = gemini_arguments(way.model("text"), [("user", "Bonjour")], None)
    contents = [each.model_dump(exclude_none=True) for each in arguments["contents"]]
    answer = line.http.post(f"{line.address}/v1beta/models/gemini-text:{way.endpoint}?key={line.key}", json={"contents": contents})
    assert answer.status_code == 200
    assert line.key not in backend.requests[0].text


def test_the_gateway_knows_every_case_the_backend_plays() -> None:
    """A script that nobody asks for proves nothing."""
    whole = {name for name, script in SCRIPTS.items() if getattr(script, "stream", None) == "whole"}
    assert whole - {"echo"} == {case.script for case in CASES}
