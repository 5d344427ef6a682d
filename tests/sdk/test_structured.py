"""The SDKs' helpers for structured output, which fail on one character too many."""

import pytest
from clients import Line
from pydantic import BaseModel


class Commune(BaseModel):
    """What the script `json` holds."""

    ville: str
    habitants: int


DIGNE = Commune(ville="Digne-les-Bains", habitants=16333)


def by_openai_chat(line: Line) -> Commune:
    """`client.chat.completions.parse`."""
    asked = [{"role": "user", "content": "Quelle commune ?"}]
    return line.openai.chat.completions.parse(model="gpt-json", messages=asked, response_format=Commune).choices[0].message.parsed


def by_openai_chat_stream(line: Line) -> Commune:
    """`client.chat.completions.stream`."""
    asked = [{"role": "user", "content": "Quelle commune ?"}]
    with line.openai.chat.completions.stream(model="gpt-json", messages=asked, response_format=Commune) as stream:
        return stream.get_final_completion().choices[0].message.parsed


def by_openai_responses(line: Line) -> Commune:
    """`client.responses.parse`."""
    return line.openai.responses.parse(model="gpt-json", input="Quelle commune ?", text_format=Commune).output_parsed


def by_anthropic(line: Line) -> Commune:
    """`client.messages.parse`."""
    asked = [{"role": "user", "content": "Quelle commune ?"}]
    return line.anthropic.messages.parse(model="claude-json", max_tokens=300, messages=asked, output_format=Commune).parsed_output


def by_gemini(line: Line) -> Commune:
    """`response_schema`, read into `response.parsed`."""
    config = {"response_mime_type": "application/json", "response_schema": Commune}
    return line.gemini.models.generate_content(model="gemini-json", contents="Quelle commune ?", config=config).parsed


@pytest.mark.parametrize(
    "parse", [by_openai_chat, by_openai_chat_stream, by_openai_responses, by_anthropic, by_gemini], ids=lambda parse: parse.__name__
)
def test_a_parsed_answer_parses(line: Line, parse) -> None:
    assert parse(line) == DIGNE
    assert line.heard.headers["x-gardefou-mention"] == "header"
