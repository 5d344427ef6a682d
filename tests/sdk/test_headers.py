"""What the gateway says in headers, and what it keeps to itself."""

import re

import pytest
from clients import Line, connect
from gateway import Gateway, Ledger
from scripted import BACKEND_KEY, ScriptedBackend
from ways import WAYS, Way

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
EACH_WAY = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)


@EACH_WAY
def test_every_answer_says_what_was_decided(line: Line, ledger: Ledger, way: Way) -> None:
    way.ask(line, "text")
    headers = line.heard.headers
    assert UUID7.fullmatch(headers["x-gardefou-request-id"])
    assert headers["x-gardefou-tool"] == way.model("").rstrip("-")
    assert headers["x-gardefou-decision"] == "allowed"
    assert headers["x-gardefou-mention"] == "text"
    assert re.search(r"\bgardefou;dur=\d+(\.\d+)?", headers["server-timing"])
    assert re.search(r"\bupstream;dur=\d+(\.\d+)?", headers["server-timing"])
    assert ledger.row(line.heard.request_id)["policy_hash"] == headers["x-gardefou-policy"]


@EACH_WAY
def test_the_callers_key_never_reaches_a_backend(line: Line, backend: ScriptedBackend, way: Way) -> None:
    way.ask(line, "text")
    seen = backend.requests[0]
    assert line.key not in seen.text
    assert "gf_" not in seen.text
    assert BACKEND_KEY in seen.text
    assert not [name for name, _ in seen.headers if name.startswith("x-gardefou") or name == "cookie"]


@EACH_WAY
def test_a_purpose_is_recorded_and_stays_here(gateway: Gateway, backend: ScriptedBackend, ledger: Ledger, way: Way) -> None:
    line = connect(gateway.address, gateway.key, headers={"x-gardefou-purpose": "compte rendu de reunion"})
    way.ask(line, "text")
    assert "compte rendu" not in backend.requests[0].text
    assert ledger.row(line.heard.request_id)["purpose"] == "compte rendu de reunion"
    gateway.heard += line.heard.answers
    line.close()


@EACH_WAY
def test_a_path_may_force_the_tool(gateway: Gateway, backend: ScriptedBackend, way: Way) -> None:
    tool = way.model("").rstrip("-")
    line = connect(gateway.address, gateway.key, prefix=f"/t/{tool}")
    assert way.ask(line, "text").texts
    assert line.heard.headers["x-gardefou-tool"] == tool
    assert not backend.requests[0].path.startswith("/t/")
    gateway.heard += line.heard.answers
    line.close()
