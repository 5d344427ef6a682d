"""What an answer costs the planet: the same figures as EcoLogits gives, in the row and beside the tokens."""

import json
import math
import random
import subprocess

import pytest
from clients import Line
from ecologits.electricity_mix_repository import electricity_mixes
from ecologits.model_repository import models
from ecologits.tracers.utils import llm_impacts
from gateway import Ledger, binary
from scripted import ScriptedBackend
from scripted.scripts import TOKENS

VERSION = "ecologits-0.11.3"
CASES = 1000

# The same figures under our names and theirs.
FIGURES = {"energy_kwh": "energy", "co2e_kg": "gwp", "adpe_kg_sb": "adpe", "primary_energy_mj": "pe", "water_l": "wcf"}


def ends(impact: object) -> tuple[float, float]:
    """Least and most; one number is both."""
    value = impact.value
    return (value.min, value.max) if hasattr(value, "min") else (value, value)


def cases() -> list[dict]:
    """Of any model on any electricity, short and long, fast and slow; some that nobody knows."""
    chance = random.Random(20261124)
    known = sorted((model.provider.value, model.name) for model in models.list_models())
    zones = sorted(mix.zone for mix in electricity_mixes.list_electricity_mixes())
    made = []
    for number in range(CASES):
        provider, model = chance.choice(known)
        latency = chance.choice([None, 0.0, round(math.exp(chance.uniform(-4, 5)), 3)])
        zone = chance.choice([None, "FRA", "USA", chance.choice(zones)])
        if number % 50 == 0:
            model += "-x"
        if number % 50 == 1:
            zone = "ZZZ"
        tokens = chance.choice([0, 1, chance.randrange(2000), chance.randrange(200_000)])
        made.append({"id": number, "provider": provider, "model": model, "tokens": tokens, "latency": latency, "zone": zone})
    return made


def test_a_thousand_cases_come_out_as_in_the_package() -> None:
    asked = cases()
    lines = "".join(json.dumps(case) + "\n" for case in asked)
    ran = subprocess.run([binary(), "footprint", "--jsonl"], input=lines, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [case["id"] for case in asked]
    compared = errors = 0
    for case, answer in zip(asked, answers, strict=True):
        latency = math.inf if case["latency"] is None else case["latency"]
        theirs = llm_impacts(case["provider"], case["model"], case["tokens"], latency, case["zone"])
        assert answer["version"] == VERSION
        if theirs.has_errors:
            assert answer["error"] == theirs.errors[0].code, case
            assert "energy_kwh" not in answer
            errors += 1
            continue
        assert sorted(answer.get("warnings", [])) == sorted(warning.code for warning in theirs.warnings or []), case
        for ours, name in FIGURES.items():
            for end, expected in zip(("min", "max"), ends(getattr(theirs, name)), strict=True):
                found = answer[ours][end]
                assert abs(found - expected) <= 1e-12 * abs(expected), (case, ours, end)
                compared += 1
    assert (errors, compared) == (CASES // 25, (CASES - CASES // 25) * len(FIGURES) * 2)


def told(line: Line, way: str) -> object:
    """The figures of usage of one answer, as openai-python gives them."""
    turns = [{"role": "user", "content": "Bonjour"}]
    match way:
        case "chat":
            return line.openai.chat.completions.create(model="gpt-5", messages=turns).usage
        case "chat-stream":
            asked = {"model": "gpt-5", "messages": turns, "stream": True, "stream_options": {"include_usage": True}}
            return [chunk.usage for chunk in line.openai.chat.completions.create(**asked) if chunk.usage][-1]
        case "responses":
            return line.openai.responses.create(model="gpt-5", input="Bonjour").usage
        case _:
            events = list(line.openai.responses.create(model="gpt-5", input="Bonjour", stream=True))
            return events[-1].response.usage


def bounds(provider: str, model: str, row: dict) -> tuple:
    """What EcoLogits says of the same answer in no time, and in all the time of the request."""
    return tuple(llm_impacts(provider, model, TOKENS[1], seconds, "FRA") for seconds in (0.0, row["duration_ms"] / 1000 + 0.002))


def check(row: dict, provider: str, model: str) -> None:
    """The row has the figures of EcoLogits."""
    least, most = bounds(provider, model, row)
    for column, name in (("energy_kwh", "energy"), ("co2e_kg", "gwp")):
        for end, low, high in zip(("min", "max"), ends(getattr(least, name)), ends(getattr(most, name)), strict=True):
            assert low < row[f"{column}_{end}"] <= high * (1 + 1e-12), (column, end)
    assert row["footprint_version"] == VERSION


def agrees(usage: dict, row: dict) -> None:
    """What the caller is told is what the row has."""
    carbon, impacts = usage["carbon"], usage["impacts"]
    for unit, column in (("kWh", "energy_kwh"), ("kgCO2eq", "co2e_kg")):
        for end in ("min", "max"):
            # The row of a stream counts the time to its very last byte.
            assert 0 < carbon[unit][end] <= row[f"{column}_{end}"] * (1 + 1e-12)
        assert impacts[unit] == carbon[unit]["max"]


@pytest.mark.parametrize("way", ["chat", "chat-stream", "responses", "responses-stream"])
def test_openai_python_keeps_what_an_answer_costs(line: Line, backend: ScriptedBackend, ledger: Ledger, way: str) -> None:
    usage = told(line, way)
    row = ledger.row(line.heard.request_id)
    check(row, "openai", "gpt-5")
    agrees(usage.model_extra, row)
    assert row["cost_eur"] == pytest.approx((TOKENS[0] * 1.25 + TOKENS[1] * 10) / 1e6)


def test_anthropic_keeps_it_too(line: Line, backend: ScriptedBackend, ledger: Ledger) -> None:
    asked = {"model": "claude-opus-5", "max_tokens": 99, "messages": [{"role": "user", "content": "Bonjour"}]}
    usages = [line.anthropic.messages.create(**asked).usage]
    ids = [line.heard.request_id]
    with line.anthropic.messages.stream(**asked) as stream:
        usages += [event.usage for event in stream if event.type == "message_delta"]
    ids.append(line.heard.request_id)
    for usage, request_id in zip(usages, ids, strict=True):
        row = ledger.row(request_id)
        check(row, "anthropic", "claude-opus-5")
        agrees(usage.model_extra, row)


def test_google_genai_passes_over_it(line: Line, backend: ScriptedBackend, ledger: Ledger) -> None:
    """It keeps no field that it does not know, and takes answers that have some."""
    asked = {"model": "gemini-2.5-flash", "contents": "Bonjour"}
    answer = line.gemini.models.generate_content(**asked)
    assert answer.usage_metadata.candidates_token_count == TOKENS[1]
    row = ledger.row(line.heard.request_id)
    check(row, "google_genai", "gemini-2.5-flash")
    agrees(line.heard.answers[-1].json()["usageMetadata"], row)
    chunks = list(line.gemini.models.generate_content_stream(**asked))
    assert chunks[-1].usage_metadata.candidates_token_count == TOKENS[1]
    check(ledger.row(line.heard.request_id), "google_genai", "gemini-2.5-flash")


def test_an_unknown_model_has_no_figure(line: Line, backend: ScriptedBackend, ledger: Ledger) -> None:
    answer = line.openai.chat.completions.create(model="gpt-text", messages=[{"role": "user", "content": "Bonjour"}])
    assert not hasattr(answer.usage, "impacts")
    row = ledger.row(line.heard.request_id)
    figures = ("energy_kwh_min", "energy_kwh_max", "co2e_kg_min", "co2e_kg_max", "footprint_version", "cost_eur")
    assert [row[name] for name in figures] == [None] * 6
