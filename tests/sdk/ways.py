"""The ways to ask for a text: each SDK, JSON and stream, behind one question, with what its user is handed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from clients import Line
from google.genai import types

SCHEMA = {
    "type": "object",
    "properties": {"ville": {"type": "string"}, "jours": {"type": "integer"}},
    "required": ["ville"],
    "additionalProperties": False,
}
ABOUT = "Donne les prévisions d'une commune"


@dataclass
class Told:
    """What an SDK hands its user."""

    # One a candidate; an answer without text has none.
    texts: list[str]
    # Name and arguments of function calls.
    calls: list[tuple[str, dict]]
    # Why it ended, in the dialect's own word.
    finish: str | None
    # Of the prompt and of the answer.
    tokens: tuple[int | None, int | None]


@dataclass(frozen=True)
class Way:
    """One way."""

    name: str
    dialect: str
    endpoint: str
    stream: bool
    # Asks with the SDK: line, model, messages as (role, text), what is wanted: None | "tool" | "json" | "two".
    tell: Callable[[Line, str, list[tuple[str, str]], str | None], Told]

    def model(self, script: str) -> str:
        """The model whose name chooses a script."""
        return {"openai": "gpt", "anthropic": "claude", "gemini": "gemini"}[self.dialect] + f"-{script}"

    def ask(self, line: Line, script: str, prompt: str = "Quand a lieu la réunion ?", wants: str | None = None) -> Told:
        """One question."""
        return self.tell(line, self.model(script), [("user", prompt)], wants)

    def talk(self, line: Line, script: str, turns: list[tuple[str, str]]) -> Told:
        """A question after others."""
        return self.tell(line, self.model(script), turns, None)


def chat_arguments(model: str, turns: list[tuple[str, str]], wants: str | None) -> dict:
    """The arguments of OpenAI's chat."""
    function = {"name": "meteo", "description": ABOUT, "parameters": SCHEMA}
    more = {
        None: {},
        "tool": {"tools": [{"type": "function", "function": function}]},
        "json": {"response_format": {"type": "json_object"}},
        "two": {"n": 2},
    }[wants]
    return {"model": model, "messages": [{"role": role, "content": text} for role, text in turns], **more}


def chat_told(answer) -> Told:
    """From a `ChatCompletion`."""
    calls = [c.function for choice in answer.choices for c in choice.message.tool_calls or []]
    return Told(
        texts=[choice.message.content for choice in answer.choices if choice.message.content],
        calls=[(call.name, json.loads(call.arguments)) for call in calls],
        finish=answer.choices[0].finish_reason,
        tokens=(answer.usage.prompt_tokens, answer.usage.completion_tokens) if answer.usage else (None, None),
    )


def chat(line: Line, model: str, turns: list, wants: str | None) -> Told:
    """`client.chat.completions.create`."""
    return chat_told(line.openai.chat.completions.create(**chat_arguments(model, turns, wants)))


def chat_stream(line: Line, model: str, turns: list, wants: str | None) -> Told:
    """`client.chat.completions.create(stream=True)`, put together by hand, as most programs do."""
    texts: dict[int, str] = {}
    calls: dict[int, list[str]] = {}
    finish, tokens = None, (None, None)
    arguments = chat_arguments(model, turns, wants)
    for chunk in line.openai.chat.completions.create(stream=True, stream_options={"include_usage": True}, **arguments):
        for choice in chunk.choices:
            texts[choice.index] = texts.get(choice.index, "") + (choice.delta.content or "")
            for call in choice.delta.tool_calls or []:
                held = calls.setdefault(call.index, ["", ""])
                held[0] += call.function.name or ""
                held[1] += call.function.arguments or ""
            finish = choice.finish_reason or finish
        if chunk.usage:
            tokens = (chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
    return Told([text for _, text in sorted(texts.items()) if text], [(n, json.loads(a)) for n, a in calls.values()], finish, tokens)


def responses_arguments(model: str, turns: list, wants: str | None) -> dict:
    """The arguments of OpenAI's responses."""
    more = {
        None: {},
        "tool": {"tools": [{"type": "function", "name": "meteo", "description": ABOUT, "parameters": SCHEMA, "strict": False}]},
        "json": {"text": {"format": {"type": "json_object"}}},
    }[wants]
    asked = turns[0][1] if len(turns) == 1 else [{"role": role, "content": text} for role, text in turns]
    return {"model": model, "input": asked, **more}


def responses_told(answer) -> Told:
    """From a `Response`."""
    return Told(
        texts=[answer.output_text] if answer.output_text else [],
        calls=[(item.name, json.loads(item.arguments)) for item in answer.output if item.type == "function_call"],
        finish=answer.incomplete_details.reason if answer.incomplete_details else answer.status,
        tokens=(answer.usage.input_tokens, answer.usage.output_tokens),
    )


def responses(line: Line, model: str, turns: list, wants: str | None) -> Told:
    """`client.responses.create`."""
    return responses_told(line.openai.responses.create(**responses_arguments(model, turns, wants)))


def responses_stream(line: Line, model: str, turns: list, wants: str | None) -> Told:
    """`client.responses.create(stream=True)`: the text is told five times, and every time the same."""
    grown, parts, last, numbers = "", [], None, []
    for event in line.openai.responses.create(stream=True, **responses_arguments(model, turns, wants)):
        numbers.append(event.sequence_number)
        if event.type == "response.output_text.delta":
            grown += event.delta
        elif event.type == "response.output_text.done":
            parts.append(event.text)
        elif event.type == "response.content_part.done" and event.part.type == "output_text":
            parts.append(event.part.text)
        elif event.type == "response.output_item.done" and event.item.type == "message":
            parts += [part.text for part in event.item.content if part.type == "output_text"]
        elif event.type in ("response.completed", "response.incomplete"):
            last = event.response
    told = responses_told(last)
    assert parts == [grown] * len(parts), "the same text each time it is told"
    assert "".join(told.texts) == grown
    assert numbers == sorted(numbers)
    return told


def messages_arguments(model: str, turns: list, wants: str | None) -> dict:
    """The arguments of Anthropic's messages."""
    more = {
        None: {},
        "tool": {"tools": [{"name": "meteo", "description": ABOUT, "input_schema": SCHEMA}]},
        "json": {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    }[wants]
    return {"model": model, "max_tokens": 300, "messages": [{"role": role, "content": text} for role, text in turns], **more}


def messages_told(answer) -> Told:
    """From a `Message`."""
    return Told(
        texts=[text] if (text := "".join(block.text for block in answer.content if block.type == "text")) else [],
        calls=[(block.name, block.input) for block in answer.content if block.type == "tool_use"],
        finish=answer.stop_reason,
        tokens=(answer.usage.input_tokens, answer.usage.output_tokens),
    )


def messages(line: Line, model: str, turns: list, wants: str | None) -> Told:
    """`client.messages.create`."""
    return messages_told(line.anthropic.messages.create(**messages_arguments(model, turns, wants)))


def messages_stream(line: Line, model: str, turns: list, wants: str | None) -> Told:
    """`client.messages.stream`: the SDK's own accumulator, beside the text as it grew."""
    with line.anthropic.messages.stream(**messages_arguments(model, turns, wants)) as stream:
        grown = "".join(stream.text_stream)
        told = messages_told(stream.get_final_message())
    assert "".join(told.texts) == grown
    return told


def gemini_arguments(model: str, turns: list, wants: str | None) -> dict:
    """The arguments of Gemini's generation."""
    declared = types.FunctionDeclaration(name="meteo", description=ABOUT, parameters_json_schema=SCHEMA)
    more = {
        None: {},
        "tool": {
            "tools": [types.Tool(function_declarations=[declared])],
            "automatic_function_calling": types.AutomaticFunctionCallingConfig(disable=True),
        },
        "json": {"response_mime_type": "application/json"},
        "two": {"candidate_count": 2},
    }[wants]
    contents = [types.Content(role="model" if role == "assistant" else role, parts=[types.Part(text=text)]) for role, text in turns]
    return {"model": model, "contents": contents, "config": types.GenerateContentConfig(**more)}


def gemini_told(answers: list) -> Told:
    """From the `GenerateContentResponse`s of one question."""
    texts: dict[int, str] = {}
    calls, finish, tokens = [], None, (None, None)
    for answer in answers:
        for candidate in answer.candidates or []:
            for part in (candidate.content.parts if candidate.content else None) or []:
                texts[candidate.index or 0] = texts.get(candidate.index or 0, "") + (part.text or "")
                if part.function_call:
                    calls.append((part.function_call.name, part.function_call.args))
            finish = candidate.finish_reason.value if candidate.finish_reason else finish
        if answer.prompt_feedback and answer.prompt_feedback.block_reason:
            finish = answer.prompt_feedback.block_reason.value
        if answer.usage_metadata:
            tokens = (answer.usage_metadata.prompt_token_count, answer.usage_metadata.candidates_token_count)
    return Told([text for _, text in sorted(texts.items()) if text], calls, finish, tokens)


def generate(line: Line, model: str, turns: list, wants: str | None) -> Told:
    """`client.models.generate_content`."""
    return gemini_told([line.gemini.models.generate_content(**gemini_arguments(model, turns, wants))])


def generate_stream(line: Line, model: str, turns: list, wants: str | None) -> Told:
    """`client.models.generate_content_stream`."""
    return gemini_told(list(line.gemini.models.generate_content_stream(**gemini_arguments(model, turns, wants))))


WAYS = [
    Way("openai-chat", "openai", "chat.completions", False, chat),
    Way("openai-chat-stream", "openai", "chat.completions", True, chat_stream),
    Way("openai-responses", "openai", "responses", False, responses),
    Way("openai-responses-stream", "openai", "responses", True, responses_stream),
    Way("anthropic", "anthropic", "messages", False, messages),
    Way("anthropic-stream", "anthropic", "messages", True, messages_stream),
    Way("gemini", "gemini", "generateContent", False, generate),
    Way("gemini-stream", "gemini", "streamGenerateContent", True, generate_stream),
]


def words(way: Way, line: Line, script: str) -> Iterator[str]:
    """The text of a stream as it comes, for streams that do not come to their end."""
    turns = [("user", "Quand a lieu la réunion ?")]
    model = way.model(script)
    if way.name == "openai-chat-stream":
        for chunk in line.openai.chat.completions.create(stream=True, **chat_arguments(model, turns, None)):
            yield from (choice.delta.content for choice in chunk.choices if choice.delta.content)
    elif way.name == "openai-responses-stream":
        for event in line.openai.responses.create(stream=True, **responses_arguments(model, turns, None)):
            if event.type == "response.output_text.delta":
                yield event.delta
    elif way.name == "anthropic-stream":
        with line.anthropic.messages.stream(**messages_arguments(model, turns, None)) as stream:
            yield from stream.text_stream
    else:
        for answer in line.gemini.models.generate_content_stream(**gemini_arguments(model, turns, None)):
            if answer.text:
                yield answer.text
