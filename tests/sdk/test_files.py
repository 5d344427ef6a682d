"""Files through the SDKs: read and screened before they leave, or kept."""

import base64
import io
import json

import pytest
from clients import Line
from gateway import Ledger
from google.genai import errors, types
from scripted import ScriptedBackend

HARMLESS = "Ordre du jour\n1. Budget 2026\n2. Travaux du collège\n"
LEAK = "nom;prénom;NIR\nRoux;Sylvie;2 64 05 04 070 012 56\n"


def as_chat(line: Line, text: str) -> object:
    data = "data:text/csv;base64," + base64.b64encode(text.encode()).decode()
    part = {"type": "file", "file": {"filename": "note.csv", "file_data": data}}
    return line.openai.chat.completions.create(model="gpt-text", messages=[{"role": "user", "content": [part]}])


def as_response(line: Line, text: str) -> object:
    data = "data:text/csv;base64," + base64.b64encode(text.encode()).decode()
    part = {"type": "input_file", "filename": "note.csv", "file_data": data}
    return line.openai.responses.create(model="gpt-text", input=[{"role": "user", "content": [part]}])


def as_message(line: Line, text: str) -> object:
    source = {"type": "text", "media_type": "text/plain", "data": text}
    content = [{"type": "document", "source": source}, {"type": "text", "text": "Résume."}]
    return line.anthropic.messages.create(model="claude-text", max_tokens=99, messages=[{"role": "user", "content": content}])


def as_inline(line: Line, text: str) -> object:
    part = types.Part.from_bytes(data=text.encode(), mime_type="text/csv")
    return line.gemini.models.generate_content(model="gemini-text", contents=["Résume.", part])


def as_deposit(line: Line, text: str) -> object:
    file = line.gemini.files.upload(file=io.BytesIO(text.encode()), config={"mime_type": "text/csv", "display_name": "Mme Roux"})
    return line.gemini.models.generate_content(model="gemini-text", contents=["Résume.", file])


ROADS = [as_chat, as_response, as_message, as_inline, as_deposit]


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.__name__)
def test_a_harmless_file_arrives_as_it_was(line: Line, backend: ScriptedBackend, road) -> None:
    road(line, HARMLESS)
    seen = b"".join(each.body for each in backend.requests)
    plain, coded = HARMLESS.encode(), base64.b64encode(HARMLESS.encode())
    assert plain in seen or coded in seen or json.dumps(HARMLESS).encode() in seen or json.dumps(HARMLESS, ensure_ascii=False).encode() in seen
    assert b"Mme Roux" not in seen


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.__name__)
def test_a_file_with_protected_data_never_arrives(line: Line, backend: ScriptedBackend, ledger: Ledger, road) -> None:
    with pytest.raises(Exception) as refusal:  # noqa: PT011  each SDK has its own error
        road(line, LEAK)
    assert "règle 8" in str(refusal.value)
    assert "Roux" not in str(refusal.value)
    assert backend.connections == 0
    row = ledger.row(line.heard.request_id)
    assert (row["decision"], row["outcome"]) == ("refused", "refused")
    assert "highly_personal" in json.loads(row["findings"])


def test_a_large_file_comes_in_pieces(line: Line, backend: ScriptedBackend) -> None:
    text = HARMLESS * 180_000  # more than the 8 MiB that the SDK sends at once
    file = line.gemini.files.upload(file=io.BytesIO(text.encode()), config={"mime_type": "text/plain"})
    assert file.name == "files/deposited"
    assert backend.requests[-1].body == text.encode()


def test_an_address_and_a_file_of_somebody_else_stay_here(line: Line, backend: ScriptedBackend) -> None:
    for uri in ("https://intranet.example/photo.png", "https://generativelanguage.googleapis.com/v1beta/files/autre"):
        with pytest.raises(errors.ClientError, match="règle 8"):
            line.gemini.models.generate_content(model="gemini-text", contents=[types.Part.from_uri(file_uri=uri, mime_type="image/png")])
    with pytest.raises(errors.ClientError, match="pas l'un des vôtres"):
        line.gemini.files.get(name="files/autre")
    assert backend.connections == 0
