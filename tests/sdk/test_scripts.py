"""The scripts are right: what the SDKs read from the backend without a gateway is what the scripts say."""

import contextlib

import pytest
from cases import NAMES, PLAYS, Case
from clients import Line
from complaints import CLASSES, RAISED, complaint
from scripted import SCRIPTS, Failure, ScriptedBackend
from ways import WAYS, Way, words

FAILURES = [name for name, script in SCRIPTS.items() if isinstance(script, Failure) and script.status != 200]
STREAMS = [way for way in WAYS if way.stream]


@pytest.mark.parametrize(("case", "way"), PLAYS, ids=NAMES)
def test_an_sdk_reads_the_script(direct: Line, case: Case, way: Way) -> None:
    assert way.ask(direct, case.script, wants=case.wants) == case.told(way, gateway=False)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("name", FAILURES)
def test_an_sdk_raises_the_error_of_its_status(direct: Line, way: Way, name: str) -> None:
    status = SCRIPTS[name].status
    with pytest.raises(RAISED) as raised:
        way.ask(direct, name)
    assert isinstance(raised.value, CLASSES[way.dialect][min(status, 500)])
    assert complaint(way, raised.value).status == status


@pytest.mark.parametrize("way", STREAMS, ids=lambda way: way.name)
@pytest.mark.parametrize("name", ["cut", "garbage"])
def test_a_broken_stream_breaks_after_some_words(direct: Line, way: Way, name: str) -> None:
    shown = []
    # Without a gateway each SDK has an exception of its own for it, and some none at all.
    with contextlib.suppress(Exception):
        for word in words(way, direct, name):
            shown.append(word)
    assert "".join(shown) == "La réunion est "


@pytest.mark.parametrize("way", STREAMS, ids=lambda way: way.name)
def test_a_caller_who_leaves_is_noticed(direct: Line, backend: ScriptedBackend, way: Way) -> None:
    stream = words(way, direct, "endless")
    assert next(stream).startswith("La ")
    stream.close()
    direct.close()
    assert backend.hung_up.wait(20)


@pytest.mark.parametrize("way", STREAMS, ids=lambda way: way.name)
def test_a_stepped_stream_waits(direct: Line, backend: ScriptedBackend, way: Way) -> None:
    stream = words(way, direct, "stepped")
    first = [next(stream) for _ in range(3)]
    assert "".join(first) == "La réunion est "
    backend.release()
    assert "".join(first + list(stream)) == SCRIPTS["stepped"].texts[0]


def test_requests_and_connections_are_counted(direct: Line, backend: ScriptedBackend) -> None:
    assert (backend.connections, backend.octets, backend.requests) == (0, 0, [])
    WAYS[0].ask(direct, "echo", "Bonjour à tous")
    assert backend.connections == 1
    assert backend.octets > 0
    assert [seen.path for seen in backend.requests] == ["/v1/chat/completions"]
    assert "Bonjour à tous" in backend.requests[0].text
