"""What does not generate text: vectors, counts, lists."""

import pytest
from clients import Line
from gateway import Ledger
from google.genai import types
from scripted import ScriptedBackend


def openai_vectors(line: Line) -> list:
    """`client.embeddings.create`."""
    made = line.openai.embeddings.create(model="gpt-embed", input=["Un texte.", "Un autre."], encoding_format="float")
    assert made.usage.prompt_tokens == 21
    return [each.embedding for each in made.data]


def gemini_vectors(line: Line) -> list:
    """`client.models.embed_content`."""
    contents = [types.Content(parts=[types.Part(text=text)]) for text in ("Un texte.", "Un autre.")]
    made = line.gemini.models.embed_content(model="gemini-embed", contents=contents)
    return [each.values for each in made.embeddings]


@pytest.mark.parametrize("embed", [openai_vectors, gemini_vectors], ids=lambda embed: embed.__name__)
def test_vectors_arrive_as_they_are(line: Line, ledger: Ledger, embed) -> None:
    assert embed(line) == [[0.25, -0.5, 0.0], [0.25, -0.5, 1.0]]
    assert line.heard.headers["x-gardefou-mention"] == "header"
    assert ledger.row(line.heard.request_id)["outcome"] == "completed"


def anthropic_count(line: Line) -> int:
    """`client.messages.count_tokens`."""
    return line.anthropic.messages.count_tokens(model="claude-text", messages=[{"role": "user", "content": "Bonjour"}]).input_tokens


def gemini_count(line: Line) -> int:
    """`client.models.count_tokens`."""
    return line.gemini.models.count_tokens(model="gemini-text", contents="Bonjour").total_tokens


@pytest.mark.parametrize("count", [anthropic_count, gemini_count], ids=lambda count: count.__name__)
def test_a_count_arrives_as_it_is(line: Line, ledger: Ledger, count) -> None:
    assert count(line) == 21
    assert line.heard.headers["x-gardefou-mention"] == "none"
    assert ledger.row(line.heard.request_id)["outcome"] == "completed"


LISTS = [
    ("openai", lambda line: [each.id for each in line.openai.models.list()], "gpt-text"),
    ("anthropic", lambda line: [each.id for each in line.anthropic.models.list()], "claude-text"),
    ("gemini", lambda line: [each.name for each in line.gemini.models.list()], "models/gemini-text"),
]


@pytest.mark.parametrize(("names", "served"), [row[1:] for row in LISTS], ids=[row[0] for row in LISTS])
def test_a_list_of_models_names_those_one_may_use(line: Line, names, served: str) -> None:
    """One path for three dialects: each SDK is answered in its own."""
    assert served in names(line)


PLACES = [
    ("openai-embeddings", lambda line, text: line.openai.embeddings.create(model="gpt-embed", input=["Un texte.", text])),
    ("gemini-embeddings", lambda line, text: line.gemini.models.embed_content(model="gemini-embed", contents=["Un texte.", text])),
    ("gemini-count", lambda line, text: line.gemini.models.count_tokens(model="gemini-text", contents=text)),
    (
        "anthropic-count",
        lambda line, text: line.anthropic.messages.count_tokens(model="claude-text", messages=[{"role": "user", "content": text}]),
    ),
]


@pytest.mark.parametrize("ask", [row[1] for row in PLACES], ids=[row[0] for row in PLACES])
def test_they_are_screened_too(line: Line, backend: ScriptedBackend, ask) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011: each SDK has its own; the status is what counts
        ask(line, "Le NIR de Mme Roux est 2 64 05 04 070 012 56")
    assert getattr(raised.value, "status_code", getattr(raised.value, "code", None)) == 400
    assert (backend.connections, backend.requests) == (0, [])
