"""Streams that wait, break off, or lose their reader."""

import pytest
from cases import TAIL
from clients import Line
from complaints import RAISED, complaint
from gateway import Ledger
from scripted import SCRIPTS, ScriptedBackend
from ways import WAYS, Way, words

STREAMS = [way for way in WAYS if way.stream]
EACH_STREAM = pytest.mark.parametrize("way", STREAMS, ids=lambda way: way.name)


@EACH_STREAM
def test_no_word_is_held_back(line: Line, backend: ScriptedBackend, way: Way) -> None:
    """The backend says three words and waits until the reader has them."""
    stream = words(way, line, "stepped")
    first = ""
    while first != "La réunion est ":
        first += next(stream)
    backend.release()
    assert first + "".join(stream) == SCRIPTS["stepped"].texts[0] + TAIL


@EACH_STREAM
@pytest.mark.parametrize("script", ["cut", "garbage"])
def test_what_was_shown_bears_the_mention_and_then_the_error_is_said(line: Line, ledger: Ledger, way: Way, script: str) -> None:
    shown = ""
    with pytest.raises(RAISED) as raised:
        for word in words(way, line, script):
            shown += word
    assert shown == "La réunion est " + TAIL
    request_id = line.heard.request_id
    assert request_id in complaint(way, raised.value).message
    row = ledger.row(request_id)
    assert (row["outcome"], row["mention"], row["http_status"]) == ("upstream_error", "text", 200)
    assert way.ask(line, "text").texts == [SCRIPTS["text"].texts[0] + TAIL], "the next request works"


@EACH_STREAM
def test_a_reader_who_leaves_stops_the_backend(line: Line, backend: ScriptedBackend, ledger: Ledger, way: Way) -> None:
    stream = words(way, line, "endless")
    assert next(stream).startswith("La ")
    stream.close()
    line.http.close()
    assert backend.hung_up.wait(20)
    row = ledger.row(line.heard.request_id)
    assert (row["outcome"], row["stream"]) == ("client_gone", 1)
