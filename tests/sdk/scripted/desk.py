"""From a request to what is played: which dialect, which script, which body or stream."""

import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from . import as_anthropic, as_gemini, as_openai, as_responses
from .scripts import BACKEND_KEY, PAUSE, Failure, Script, script_of

PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def path(self) -> str:
        """Without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        """The query, taken apart."""
        return parse_qs(urlsplit(self.target).query)

    def header(self, name: str) -> str | None:
        """The first of that name."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def json(self) -> dict:
        """The body, read."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """All of it, to look for what must not be there; JSON escapes undone."""
        head = "\n".join([self.target, *(f"{name}: {value}" for name, value in self.headers)])
        try:
            body = json.dumps(json.loads(self.body), ensure_ascii=False)
        except ValueError:
            body = self.body.decode(errors="replace")
        return f"{head}\n\n{body}"


@dataclass(frozen=True)
class Play:
    """What to send back: a body, or the pieces of a stream."""

    status: int = 200
    kind: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    # Pieces of a stream, with PAUSE where the script stops, waits or breaks.
    pieces: tuple = ()
    # What happens at the pause: see `Script.stream`.
    stream: str = "whole"


def document(value: dict, status: int = 200, headers: dict[str, str] | None = None) -> Play:
    """A JSON answer, laid out so that one that was parsed and printed again would look different."""
    return Play(status=status, headers=headers or {}, body=json.dumps(value, ensure_ascii=False, indent=1).encode())


def play(seen: Seen) -> Play:
    """What this request gets."""
    if seen.path in ("/upload/v1beta/files", "/upload/v1/files"):
        return as_gemini_files(seen)
    dialect, verb, model = what(seen)
    if dialect is None:
        return document({"error": "no such path"}, 404)
    speak = {"openai": as_openai, "responses": as_openai, "anthropic": as_anthropic, "gemini": as_gemini}[dialect]
    if key(seen, dialect) != BACKEND_KEY:
        return document(speak.error(401, "The scripted backend does not know this key"), 401)
    if verb in LISTS:
        return document(LISTS[verb](seen, model))
    script = script_of(model)
    if isinstance(script, Failure):
        if script.page:
            return Play(status=script.status, kind="text/html", headers=script.headers, body=PAGE)
        return document(speak.error(script.status, script.message), script.status, script.headers)
    return generate(seen, dialect, verb, model, script)


def as_gemini_files(seen: Seen) -> Play:
    """A resumable upload, as Google takes one: an address first, then the bytes."""
    if seen.header("x-goog-api-key") != BACKEND_KEY:
        return document(as_gemini.error(401, "The scripted backend does not know this key"), 401)
    if seen.header("x-goog-upload-command") == "start":
        place = f"http://{seen.header('host')}/upload/v1beta/files?upload_id=of-the-provider&upload_protocol=resumable"
        return Play(headers={"x-goog-upload-url": place, "x-goog-upload-status": "active"})
    uri = f"http://{seen.header('host')}/v1beta/files/deposited"
    return document({"file": {"name": "files/deposited", "uri": uri, "mimeType": "text/csv", "state": "ACTIVE"}})


def generate(seen: Seen, dialect: str, verb: str, model: str, script: Script) -> Play:
    """An answer of a script, whole or as a stream."""
    speak = {"openai": as_openai, "responses": as_responses, "anthropic": as_anthropic, "gemini": as_gemini}[dialect]
    body = seen.json
    if dialect == "gemini":
        if verb == "generateContent":
            return document(speak.answer(script, model, body))
        documents = speak.events(script, model, body)
        if seen.query.get("alt") == ["sse"]:
            return Play(kind="text/event-stream", pieces=tuple(gemini_events(documents)), stream=script.stream)
        return Play(pieces=tuple(gemini_array(documents)), stream=script.stream)
    if not body.get("stream"):
        return document(speak.answer(script, model, body))
    return Play(kind="text/event-stream; charset=utf-8", pieces=tuple(speak.events(script, model, body)), stream=script.stream)


def gemini_events(documents: list):
    """As with `alt=sse`: Google ends its lines with CR LF."""
    for each in documents:
        yield each if each is PAUSE else b"data: " + json.dumps(each, ensure_ascii=False).encode() + b"\r\n\r\n"


def gemini_array(documents: list):
    """As without: one array that grows."""
    before = b"["
    for each in documents:
        if each is PAUSE:
            yield each
        else:
            yield before + json.dumps(each, ensure_ascii=False, indent=2).encode()
            before = b"\n,\r\n"
    yield b"\n]\n"


def key(seen: Seen, dialect: str) -> str | None:
    """The key, where this dialect puts it."""
    if dialect == "gemini":
        return seen.header("x-goog-api-key")
    bearer = (seen.header("authorization") or "").removeprefix("Bearer ")
    # Anthropic's own SDK moved from its header to a bearer token; the provider takes both.
    return seen.header("x-api-key") or bearer if dialect == "anthropic" else bearer


def what(seen: Seen) -> tuple[str | None, str, str]:
    """Dialect, verb and model of a request."""
    if seen.method == "GET":
        return listed(seen)
    if generated := re.fullmatch(r"/v1(?:beta)?/models/([^/:]+):(\w+)", seen.path):
        return "gemini", generated[2], generated[1]
    found = {
        "/v1/chat/completions": ("openai", "chat"),
        "/v1/embeddings": ("openai", "embeddings"),
        "/v1/responses": ("responses", "responses"),
        "/v1/messages": ("anthropic", "messages"),
        "/v1/messages/count_tokens": ("anthropic", "count_tokens"),
    }.get(seen.path)
    return (*found, seen.json["model"]) if found else (None, "", "")


def listed(seen: Seen) -> tuple[str | None, str, str]:
    """Lists of models: one path for three dialects, told apart by the headers."""
    found = re.fullmatch(r"/(v1|v1beta)/models(?:/([^/:]+))?", seen.path)
    if not found:
        return None, "", ""
    if seen.header("x-goog-api-key"):
        dialect = "gemini"
    elif seen.header("anthropic-version"):
        dialect = "anthropic"
    else:
        dialect = "openai"
    verb = f"{dialect}.model" if found[2] else f"{dialect}.models"
    return dialect, verb, found[2] or ""


def one_of(models: list[dict], name: str) -> dict:
    """The entry of that name, or the first under that name."""
    return next((entry for entry in models if entry["id"] == name), models[0] | {"id": name})


LISTS = {
    "openai.models": lambda seen, model: as_openai.models(),
    "openai.model": lambda seen, model: one_of(as_openai.models()["data"], model),
    "anthropic.models": lambda seen, model: as_anthropic.models(),
    "anthropic.model": lambda seen, model: one_of(as_anthropic.models()["data"], model),
    "gemini.models": lambda seen, model: as_gemini.models(),
    "gemini.model": lambda seen, model: as_gemini.model(model),
    "embeddings": lambda seen, model: as_openai.embeddings(model, seen.json),
    "embedContent": lambda seen, model: as_gemini.embeddings(seen.json),
    "batchEmbedContents": lambda seen, model: as_gemini.embeddings(seen.json),
    "count_tokens": lambda seen, model: {"input_tokens": 21},
    "countTokens": lambda seen, model: {"totalTokens": 21},
}
