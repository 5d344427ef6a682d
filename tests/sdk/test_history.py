"""A long chat: the reader sees the mention at each turn, the model never."""

import pytest
from cases import TAIL
from clients import Line
from scripted import MENTION, ScriptedBackend
from ways import WAYS, Way

TURNS = 20


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_twenty_turns(line: Line, backend: ScriptedBackend, way: Way) -> None:
    turns: list[tuple[str, str]] = []
    for number in range(TURNS):
        question = f"Question {number} : et ensuite ?"
        turns.append(("user", question))
        told = way.talk(line, "echo", turns)
        assert told.texts == [question + TAIL]
        turns.append(("assistant", told.texts[0]))
    assert len(backend.requests) == TURNS
    assert [seen.text.count(MENTION) for seen in backend.requests] == [0] * TURNS
    for number in range(TURNS):
        assert backend.requests[-1].text.count(f"Question {number} :") == (1 if number == TURNS - 1 else 2)


def test_the_chat_of_google_genai(line: Line, backend: ScriptedBackend) -> None:
    """`client.chats` keeps the history itself."""
    chat = line.gemini.chats.create(model="gemini-echo")
    for number in range(TURNS):
        assert chat.send_message(f"Question {number} ?").text == f"Question {number} ?{TAIL}"
    assert [seen.text.count(MENTION) for seen in backend.requests] == [0] * TURNS
