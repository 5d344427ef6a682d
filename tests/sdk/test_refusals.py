"""Refusals: the dialect's own error, in French, and a backend that sees nothing at all."""

import re

import pytest
from clients import Line, connect
from complaints import refusal
from gateway import Gateway, Ledger
from scripted import ScriptedBackend
from ways import WAYS, Way

CONTACTS = re.compile(r"(dsiun|rssi|dpo)@departement04\.example")

# What it is, a prompt, what of it must never come back, its class, how the message may name that class.
FORBIDDEN = [
    (
        "a-social-security-number",
        "Le NIR de Mme Roux est 2 64 05 04 070 012 56",
        "64 05 04",
        "highly_personal",
        r"hautement personnel|sécurité sociale|\bNIR\b",
    ),
    (
        "an-access-token",
        "Vérifie ce jeton : ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "16C7e42F",
        "secret",
        r"secret|mot de passe|jeton|clé",
    ),
]
EACH_WAY = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)


def untouched(backend: ScriptedBackend) -> bool:
    """Not a connection, not a byte."""
    return (backend.connections, backend.octets, backend.requests) == (0, 0, [])


@EACH_WAY
@pytest.mark.parametrize(("prompt", "value", "group", "named"), [row[1:] for row in FORBIDDEN], ids=[row[0] for row in FORBIDDEN])
def test_what_may_not_leave_does_not_leave(
    gateway: Gateway, stubborn: Line, backend: ScriptedBackend, ledger: Ledger, way: Way, prompt: str, value: str, group: str, named: str
) -> None:
    told = refusal(way, 400, lambda: way.ask(stubborn, "text", prompt))
    assert re.search(named, told.message, re.IGNORECASE), "what was found is named by its class"
    assert value not in told.message
    assert "charte" in told.message.lower(), "the rule it rests on"
    assert CONTACTS.search(told.message), "whom to ask"
    headers = stubborn.heard.headers
    request_id = headers["x-gardefou-request-id"]
    assert request_id in told.message
    assert headers["x-gardefou-decision"] == "refused"
    assert f"{group}=1" in headers["x-gardefou-findings"].split(",")
    assert headers["x-gardefou-mention"] == "none"
    assert headers["x-should-retry"] == "false"
    assert len(stubborn.heard.answers) == 1, "the SDK does not send it again"
    assert untouched(backend)
    row = ledger.row(request_id)
    assert (row["outcome"], row["decision"], row["http_status"]) == ("refused", "refused", 400)
    assert row["rule"]
    assert f'"{group}"' in row["findings"]


# What is asked, by script name after the tool's prefix, and what happens.
MODELS = [
    ("unknown-model", "inconnu-1"),
    ("suspended-tool", "ancien-text"),
    ("tool-of-another-group", "voirie-text"),
    ("empty-suffix-of-nothing", "gp"),
]


@EACH_WAY
@pytest.mark.parametrize("model", [row[1] for row in MODELS], ids=[row[0] for row in MODELS])
def test_a_tool_that_is_not_for_you(stubborn: Line, backend: ScriptedBackend, ledger: Ledger, way: Way, model: str) -> None:
    told = refusal(way, 403, lambda: way.tell(stubborn, model, [("user", "Bonjour")], None))
    request_id = stubborn.heard.request_id
    assert request_id in told.message
    assert CONTACTS.search(told.message)
    assert stubborn.heard.headers["x-should-retry"] == "false"
    assert len(stubborn.heard.answers) == 1
    assert untouched(backend)
    row = ledger.row(request_id)
    assert (row["outcome"], row["decision"], row["http_status"]) == ("refused", "refused", 403)


@EACH_WAY
def test_the_tool_of_a_group_serves_that_group(gateway: Gateway, backend: ScriptedBackend, way: Way) -> None:
    line = connect(gateway.address, gateway.stranger_key)
    assert way.tell(line, "voirie-text", [("user", "Bonjour")], None).texts
    assert line.heard.headers["x-gardefou-tool"] == "voirie"
    line.close()


WRONG_KEYS = ["gf_0123456789abcdefghijklmnopqrstuvwxyz0123456789", "sk-proj-1234", "gf_"]


@EACH_WAY
@pytest.mark.parametrize("key", WRONG_KEYS)
def test_a_key_that_is_not_ours(gateway: Gateway, backend: ScriptedBackend, way: Way, key: str) -> None:
    line = connect(gateway.address, key, retries=2)
    told = refusal(way, 401, lambda: way.ask(line, "text"))
    assert line.heard.request_id in told.message
    assert line.heard.headers["x-should-retry"] == "false"
    assert key not in told.message
    assert len(line.heard.answers) == 1
    assert untouched(backend)
    line.close()


def test_no_key_at_all(gateway: Gateway, line: Line, backend: ScriptedBackend) -> None:
    body = {"model": "gpt-text", "messages": [{"role": "user", "content": "Bonjour"}]}
    answer = line.http.post(f"{line.address}/v1/chat/completions", json=body)
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "authentication_error"
    assert untouched(backend)
    line.heard.answers.clear()


def test_a_revoked_key_is_refused(gateway: Gateway, backend: ScriptedBackend) -> None:
    key = gateway.new_key("c.blanc@departement04.example", "solidarites")
    line = connect(gateway.address, key)
    way = WAYS[0]
    assert gateway.until(lambda: way.ask(line, "text"), 1.0), "a new key is good within a second"
    identity = gateway.key_id("c.blanc@departement04.example")
    assert gateway.command("keys", "revoke", identity).returncode == 0
    assert gateway.until(lambda: refusal(way, 401, lambda: way.ask(line, "text")), 1.0), "and a revoked one bad"
    line.close()


def test_more_than_the_quota(stubborn: Line, backend: ScriptedBackend, ledger: Ledger) -> None:
    """Two a minute. A refusal is no reason to try again at once: SDKs resend a 429 unless told not to."""
    way = WAYS[0]
    for _ in range(2):
        assert way.tell(stubborn, "rare-text", [("user", "Bonjour")], None).texts
    told = refusal(way, 429, lambda: way.tell(stubborn, "rare-text", [("user", "Bonjour")], None))
    assert stubborn.heard.request_id in told.message
    assert stubborn.heard.headers["x-should-retry"] == "false"
    assert len(stubborn.heard.answers) == 3
    assert len(backend.requests) == 2
    row = ledger.row(stubborn.heard.request_id)
    assert (row["outcome"], row["http_status"], row["tool"]) == ("refused", 429, "rare")


AS_AN_ANSWER = {
    "chat.completions": "content_filter",
    "responses": "content_filter",
    "messages": "refusal",
    "generateContent": "PROHIBITED_CONTENT",
    "streamGenerateContent": "PROHIBITED_CONTENT",
}


@EACH_WAY
def test_chat_pages_that_hide_errors_show_a_refusal_as_the_answer(
    gateway: Gateway, backend: ScriptedBackend, ledger: Ledger, way: Way
) -> None:
    line = connect(gateway.address, gateway.key, headers={"x-gardefou-refusal": "message"})
    told = way.ask(line, "text", FORBIDDEN[0][1])
    assert told.finish == AS_AN_ANSWER[way.endpoint]
    assert len(told.texts) == 1
    assert re.search(FORBIDDEN[0][4], told.texts[0], re.IGNORECASE)
    assert FORBIDDEN[0][2] not in told.texts[0]
    assert line.heard.request_id in told.texts[0]
    assert line.heard.headers["x-gardefou-decision"] == "refused"
    assert line.heard.answers[-1].status_code == 200
    assert untouched(backend)
    row = ledger.row(line.heard.request_id)
    assert (row["outcome"], row["decision"], row["http_status"]) == ("refused", "refused", 200)
    gateway.heard += line.heard.answers
    line.close()


def test_the_same_asked_for_in_the_query(line: Line, backend: ScriptedBackend) -> None:
    asked = [{"role": "user", "content": FORBIDDEN[0][1]}]
    told = line.openai.chat.completions.create(model="gpt-text", messages=asked, extra_query={"refusal": "message"})
    assert told.choices[0].finish_reason == "content_filter"
    assert untouched(backend)
