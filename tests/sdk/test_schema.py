"""The schema of a policy, judged by a validator that is not ours: what the gateway takes is valid under it, and a key
that the gateway does not know is not."""

import json
import subprocess
import tomllib
from pathlib import Path

import jsonschema
import pytest
from gateway import ROOT, binary

FIXTURES = ROOT / "tests" / "fixtures" / "policies"


@pytest.fixture(scope="module")
def validator():
    printed = subprocess.run([binary(), "schema"], capture_output=True, text=True, check=True).stdout
    schema = json.loads(printed)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def policy(path: Path) -> dict:
    """As JSON, in which days are texts."""
    return json.loads(json.dumps(tomllib.loads(path.read_text()), default=str))


def files(*folders: Path) -> list[Path]:
    found = sorted(path for folder in folders for path in folder.glob("*.toml") if path.name != "gardefou.toml")
    assert found
    return found


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def with_unknown_keys() -> list[Path]:
    """Those that are TOML: a validator sees nothing of a file that is not."""
    said = {path: path.with_suffix(".expected").read_text() for path in files(FIXTURES / "invalid")}
    return [path for path, words in said.items() if "[P002]" in words and "[P001]" not in words]


@pytest.mark.parametrize("path", files(ROOT / "config", FIXTURES / "valid", FIXTURES / "warned"), ids=named)
def test_what_the_gateway_takes_is_valid(validator, path):
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(policy(path))]
    assert errors == []


@pytest.mark.parametrize("path", with_unknown_keys(), ids=named)
def test_a_key_that_the_gateway_does_not_know_is_not(validator, path):
    assert "additionalProperties" in {error.validator for error in validator.iter_errors(policy(path))}


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("charter", "acceptance", "peut-être"),
        ("charter", "version", " "),
        ("tool", "level", 4),
        ("tool", "status", "valide"),
        ("tool", "accepts", ["health"]),
        ("tool", "review_before", "2027-02-30"),
        ("tool", "limits", {"tokens_per_day": 0}),
        ("tool", "purpose", None),
        ("backend", "api_key", "en clair"),
        ("backend", "base_url", None),
        ("tool", "grace_days", 367),
    ],
)
def test_a_value_that_the_gateway_refuses_is_not(validator, table, key, value):
    written = policy(FIXTURES / "valid" / "longest.toml")
    section = written[table][0] if isinstance(written[table], list) else written[table]
    if value is None:
        del section[key]
    else:
        section[key] = value
    assert not validator.is_valid(written)
