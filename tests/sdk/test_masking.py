"""Personal data that may not leave as it is leaves as a placeholder."""

import json
import re

import pytest
from cases import TAIL
from clients import Line
from gateway import Ledger
from scripted import ScriptedBackend
from ways import WAYS, Way

PLACEHOLDER = re.compile(r"\[[A-ZÉÈ_]+_1\]")

# What it is, how it is written, its type in the ledger.
VALUES = [
    ("a mail address", "jeanne.moreau@exemple.fr", "EMAIL"),
    ("a telephone number", "06 12 34 56 78", "PHONE"),
    ("a number plate", "GA-123-BC", "PLATE"),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize(("value", "kind"), [row[1:] for row in VALUES], ids=[row[0] for row in VALUES])
def test_the_backend_sees_a_placeholder(line: Line, backend: ScriptedBackend, ledger: Ledger, way: Way, value: str, kind: str) -> None:
    told = way.ask(line, "text", f"Rédige une réponse à l'usager ({value}), immatriculé dans le département, s'il te plaît.")
    assert told.texts
    assert len(backend.requests) == 1
    seen = backend.requests[0].text
    assert value not in seen
    assert len(PLACEHOLDER.findall(seen)) == 1
    assert "s'il te plaît" in seen, "the rest of the prompt is as it was"
    assert line.heard.headers["x-gardefou-decision"] == "masked"
    assert line.heard.headers["x-gardefou-findings"] == "personal=1"
    row = ledger.row(line.heard.request_id)
    assert (row["decision"], row["outcome"]) == ("masked", "completed")
    assert json.loads(row["findings"]) == {"personal": 1}
    assert json.loads(row["finding_types"]) == {kind: 1}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_one_person_has_one_placeholder_through_the_prompt(line: Line, backend: ScriptedBackend, way: Way) -> None:
    turns = [
        ("user", "L'adresse est jeanne.moreau@exemple.fr."),
        ("assistant", "J'écris à jeanne.moreau@exemple.fr."),
        ("user", "Et aussi à paul.petit@exemple.fr, puis encore à jeanne.moreau@exemple.fr."),
    ]
    way.talk(line, "text", turns)
    seen = backend.requests[0].text
    assert "@exemple.fr" not in seen
    marks = re.findall(r"\[[A-ZÉÈ_]+_\d+\]", seen)
    assert len(marks) == 4
    assert marks[0] == marks[1] == marks[3] != marks[2]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_the_reader_has_the_values_again(line: Line, backend: ScriptedBackend, way: Way) -> None:
    prompt = "Écris à jeanne.moreau@exemple.fr (06 12 34 56 78) que « le dossier » est complet.\nMerci."
    told = way.ask(line, "echo", prompt)
    assert told.texts == [prompt + TAIL]
    assert "jeanne.moreau" not in backend.requests[0].text


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_the_arguments_of_a_function_have_the_values_again(line: Line, backend: ScriptedBackend, way: Way) -> None:
    prompt = "Écris à jeanne.moreau@exemple.fr, ou appelle le 06 12 34 56 78."
    told = way.ask(line, "mailcall", prompt, "tool")
    arguments = {"à": "jeanne.moreau@exemple.fr", "texte": "Rappelez le 06 12 34 56 78, dit « jeanne.moreau@exemple.fr »."}
    assert told.calls == [("envoyer", arguments)]
    assert told.texts[0].startswith("J'écris à jeanne.moreau@exemple.fr, pas à [COURRIEL_2].")
    assert "jeanne.moreau" not in backend.requests[0].text


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_what_the_provider_has_cached_stays_as_it_was(line: Line, backend: ScriptedBackend, way: Way) -> None:
    turns: list[tuple[str, str]] = []
    for question in ("Écris à jeanne.moreau@exemple.fr.", "Et à paul.petit@exemple.fr.", "Rappelle le 06 12 34 56 78."):
        turns.append(("user", question))
        told = way.talk(line, "echo", turns)
        turns.append(("assistant", told.texts[0]))
    sent = [re.findall(r"\[[A-Z]+_\d\]", seen.text) for seen in backend.requests]
    for before, after in zip(sent, sent[1:], strict=False):
        assert after[: len(before)] == before
    assert "exemple.fr" not in backend.requests[-1].text
