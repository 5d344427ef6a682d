"""The mistakes of a policy as SARIF 2.1.0, judged by an object model that is not ours: editors and code hosts read the
same places and words as people do."""

import json
import subprocess
from pathlib import Path

import pytest
from gateway import ROOT, binary
from sarif_pydantic import Sarif

FIXTURES = ROOT / "tests" / "fixtures" / "policies"
BROKEN = sorted((FIXTURES / "invalid").glob("*.toml"))


def said(path: Path, form: str) -> tuple[int, dict]:
    command = [binary(), "check", "--format", form, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def region(place: dict) -> tuple[int, int, int, int]:
    return place["line"], place["column"], place["line"], place["end_column"]


def found(location) -> tuple[int, int, int, int]:
    at = location.physical_location.region
    return at.start_line, at.start_column, at.end_line, at.end_column


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_policy_is_told_in_the_same_places(path):
    status, log = said(path, "sarif")
    assert status == 1
    (run,) = Sarif.model_validate(log).runs
    told = said(path, "json")[1]["diagnostics"]
    assert len(run.results) == len(told) > 0
    rules = run.tool.driver.rules
    for result, diagnostic in zip(run.results, told):
        assert (result.rule_id, result.level.value) == (diagnostic["code"], diagnostic["severity"])
        assert rules[result.rule_index].id == result.rule_id
        assert result.message.text.startswith(diagnostic["message"])
        assert [found(location) for location in result.locations] == [region(diagnostic)]
        related = [] if diagnostic["related"] is None else [region(diagnostic["related"])]
        assert [found(location) for location in result.related_locations] == related


def test_every_rule_has_a_french_title_and_a_page_that_is_there():
    status, log = said(ROOT / "config" / "policy.toml", "sarif")
    (run,) = Sarif.model_validate(log).runs
    assert (status, run.results) == (0, [])
    page = (ROOT / "docs" / "erreurs.md").read_text()
    for rule in run.tool.driver.rules:
        file, anchor = str(rule.help_uri).split("#")
        assert file == "docs/erreurs.md" and f"\n## {anchor.upper()}\n" in page
        assert rule.short_description.text


def test_a_form_that_the_command_does_not_have_is_no_answer():
    command = [binary(), "check", "--format", "pdf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 2 and "sarif" in done.stderr
