"""The official SDKs, pointed at one place, with an ear on the wire below them."""

from dataclasses import dataclass, field

import anthropic
import httpx2
import openai
from google import genai
from google.genai import types

# Seconds without a byte after which a test gives up; nothing here takes a tenth of it.
PATIENCE = 20


@dataclass
class Heard:
    """Every answer that came over the wire, resends included."""

    answers: list[httpx2.Response] = field(default_factory=list)

    def __call__(self, response: httpx2.Response) -> None:
        self.answers.append(response)

    @property
    def headers(self) -> httpx2.Headers:
        """Of the last answer."""
        return self.answers[-1].headers

    @property
    def request_id(self) -> str:
        """Of the last answer, as the gateway gave it."""
        return self.headers["x-gardefou-request-id"]


@dataclass
class Line:
    """Three SDKs and a bare HTTP client with the same key and address."""

    address: str
    key: str
    heard: Heard
    openai: openai.OpenAI
    anthropic: anthropic.Anthropic
    gemini: genai.Client
    http: httpx2.Client

    def close(self) -> None:
        """Hangs up."""
        self.http.close()


def connect(address: str, key: str, *, retries: int = 0, headers: dict[str, str] | None = None, prefix: str = "") -> Line:
    """What a user changes: base URL and key. `prefix` is the `/t/{tool}` that forces a tool."""
    heard = Heard()
    http = httpx2.Client(timeout=PATIENCE, event_hooks={"response": [heard]})
    base = address + prefix
    options = types.HttpOptions(base_url=base, headers=headers, httpx_client=http, timeout=PATIENCE * 1000)
    common = {"api_key": key, "max_retries": retries, "default_headers": headers, "http_client": http}
    return Line(
        address=address,
        key=key,
        heard=heard,
        openai=openai.OpenAI(base_url=f"{base}/v1", **common),
        anthropic=anthropic.Anthropic(base_url=base, **common),
        gemini=genai.Client(api_key=key, http_options=options),
        http=http,
    )
