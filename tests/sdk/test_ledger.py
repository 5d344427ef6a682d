"""What is written down, and what never is."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from cases import TAIL
from clients import Line
from gateway import OWNER, STRANGER, Gateway, Ledger
from scripted import ScriptedBackend
from test_files import as_chat, as_deposit, as_inline, as_response
from ways import WAYS

# Words that only prompts, answers and keys of this run hold.
CANARIES = [
    "2 64 05 04 070 012 56",
    "264050407001256",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "jeanne.moreau@exemple.fr",
    "06 12 34 56 78",
    "Quand a lieu la réunion",
    "La réunion est fixée",
    "Ordre du jour",
    "Roux;Sylvie",
    "paul.petit@exemple.fr",
    *(MAILS := [f"agathe.estornel{number}@exemple.fr" for number in range(200)]),
    "Digne-les-Bains",
    "Question 19",
]


# A plain text source is words, and is masked; these are files, and stay here.
FILES = [as_chat, as_response, as_inline, as_deposit]


def test_many_at_once_each_get_their_own_answer_and_row(line: Line, backend: ScriptedBackend, ledger: Ledger) -> None:
    prompts = [f"Question {number} : quelle suite donner ?" for number in range(64)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda pair: WAYS[pair[0] % len(WAYS)].ask(line, "echo", pair[1]), enumerate(prompts)))
    assert [told.texts for told in answers] == [[prompt + TAIL] for prompt in prompts]
    ids = {answer.headers["x-gardefou-request-id"] for answer in line.heard.answers}
    assert len(ids) == len(prompts)
    rows = ledger.rows(ids)
    assert len(rows) == len(prompts)
    assert {row["outcome"] for row in rows} == {"completed"}


def test_two_hundred_values_never_reach_the_backend(line: Line, backend: ScriptedBackend) -> None:
    """In prompts by every way, JSON and stream, and in files by every road; the last tests look for them elsewhere."""
    for number, mail in enumerate(MAILS):
        if number % 5 == 4:
            with pytest.raises(Exception, match="règle 8"):
                FILES[number // 5 % len(FILES)](line, f"nom;courriel\nEstornel;{mail}\n")
        else:
            prompt = f"Écris à {mail}, merci."
            assert WAYS[number % len(WAYS)].ask(line, "echo", prompt).texts == [prompt + TAIL]
    assert len(backend.requests) == len(MAILS) * 4 // 5
    assert "estornel" not in "".join(seen.text.lower() for seen in backend.requests)


def test_one_caller_has_one_pseudonym_that_is_not_a_name(line: Line, ledger: Ledger) -> None:
    ids = set()
    for way in WAYS[:3]:
        way.ask(line, "text")
        ids.add(line.heard.request_id)
    callers = {row["caller"] for row in ledger.rows(ids)}
    assert len(callers) == 1
    caller = callers.pop()
    assert caller
    assert "martin" not in caller


def test_figures_of_time_and_energy_are_there(line: Line, ledger: Ledger) -> None:
    WAYS[1].ask(line, "text")
    row = ledger.row(line.heard.request_id)
    assert 0 <= row["upstream_ms"] <= row["duration_ms"]
    assert 0 <= row["first_token_ms"] <= row["duration_ms"]
    assert 0 < row["overhead_us"] < 1_000_000
    assert row["instance"]
    assert row["chain"]


@pytest.mark.last
def test_every_answered_request_is_in_the_table_once(gateway: Gateway, ledger: Ledger) -> None:
    """Whatever the other tests did. Without a known caller or path there need be no row."""
    known = [answer for answer in gateway.heard if answer.status_code not in (401, 404, 405)]
    ids = [answer.headers["x-gardefou-request-id"] for answer in known]
    assert len(ids) > 1
    assert len(ids) == len(set(ids)), "an id is given once"
    rows = ledger.rows(set(ids))
    assert len(rows) == len(ids)
    assert {row["id"] for row in rows} == set(ids)


@pytest.mark.last
def test_no_file_holds_a_word_of_a_prompt_or_an_answer_or_a_key(gateway: Gateway, ledger: Ledger) -> None:
    held = {path: path.read_bytes() for path in gateway.folder.rglob("*") if path.is_file() and path.suffix != ".toml"}
    assert {Path(path).name for path in held} >= {"gardefou.db", "outbox.db", "gardefou.log"}
    secrets = [*CANARIES, gateway.key, gateway.stranger_key]
    found = [(path.name, secrets.index(word)) for path, data in held.items() for word in secrets if word.encode() in data]
    assert found == []
    metrics = httpx2.get(f"{gateway.address}/metrics").text
    assert "gardefou" in metrics
    assert not [word for word in secrets if word in metrics]
    assert not [name for name in (OWNER, STRANGER) if name in str(ledger.everything())]
    assert OWNER not in gateway.log.read_text()
