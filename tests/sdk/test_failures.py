"""A backend that says no, or that is not even one: the SDK raises what it would raise without the gateway."""

import pytest
from clients import Line
from complaints import CLASSES, RAISED, complaint
from gateway import Ledger
from scripted import SCRIPTS, ScriptedBackend
from ways import WAYS, Way

# Script, status as an SDK sees it (500 for any of 5xx).
FAILURES = [("bad", 400), ("busy", 429), ("broken", 500), ("overloaded", 500), ("page", 500), ("okpage", 500)]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize(("script", "status"), FAILURES, ids=[name for name, _ in FAILURES])
def test_an_error_keeps_its_class(line: Line, backend: ScriptedBackend, ledger: Ledger, way: Way, script: str, status: int) -> None:
    with pytest.raises(RAISED) as raised:
        way.ask(line, script)
    assert isinstance(raised.value, CLASSES[way.dialect][status])
    told = complaint(way, raised.value)
    assert told.message, "it is told in the dialect's own error body"
    assert "<html" not in told.message
    assert "127.0.0.1" not in told.message, "the address of the backend is nobody's business"
    assert len(backend.requests) == 1, "what was sent is not sent again"
    row = ledger.row(line.heard.request_id)
    assert row["outcome"] == "upstream_error"
    assert row["http_status"] == told.status


@pytest.mark.parametrize("way", [way for way in WAYS if not way.stream], ids=lambda way: way.name)
def test_the_providers_own_words_arrive(line: Line, way: Way) -> None:
    """A programmer who sent a wrong parameter must read which."""
    with pytest.raises(RAISED) as raised:
        way.ask(line, "bad")
    assert SCRIPTS["bad"].message in complaint(way, raised.value).message
