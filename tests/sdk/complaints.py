"""What an SDK raises, taken apart the same way for all three."""

from collections.abc import Callable
from dataclasses import dataclass

import anthropic
import openai
import pytest
from google.genai import errors
from ways import Way

# Class by status, where each SDK has one.
CLASSES = {
    "openai": {
        400: openai.BadRequestError,
        401: openai.AuthenticationError,
        403: openai.PermissionDeniedError,
        404: openai.NotFoundError,
        413: openai.APIStatusError,
        429: openai.RateLimitError,
        500: openai.InternalServerError,
    },
    "anthropic": {
        400: anthropic.BadRequestError,
        401: anthropic.AuthenticationError,
        403: anthropic.PermissionDeniedError,
        404: anthropic.NotFoundError,
        413: anthropic.RequestTooLargeError,
        429: anthropic.RateLimitError,
        500: anthropic.InternalServerError,
    },
    "gemini": dict.fromkeys((400, 401, 403, 404, 413, 429), errors.ClientError) | {500: errors.ServerError},
}

# The dialect's own word for a refusal by status.
WORDS = {
    "openai": {
        400: "invalid_request_error",
        401: "authentication_error",
        403: "permission_error",
        404: "invalid_request_error",
        429: "rate_limit_error",
    },
    "anthropic": {
        400: "invalid_request_error",
        401: "authentication_error",
        403: "permission_error",
        404: "not_found_error",
        429: "rate_limit_error",
    },
    "gemini": {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"},
}


@dataclass
class Complaint:
    """An exception of an SDK."""

    kind: type
    status: int
    # The message of the error body, as a program would show it.
    message: str
    # The dialect's word for it.
    word: str | None


def complaint(way: Way, error: Exception) -> Complaint:
    """Reads what an SDK raised."""
    if way.dialect == "gemini":
        return Complaint(type(error), error.code, error.message or "", error.status)
    if way.dialect == "anthropic":
        body = error.body if isinstance(error.body, dict) else {}
        inner = body.get("error", {})
        return Complaint(type(error), error.status_code, inner.get("message", ""), inner.get("type"))
    body = error.body if isinstance(error.body, dict) else {}
    return Complaint(type(error), getattr(error, "status_code", 0), body.get("message", ""), body.get("type"))


# Whatever an SDK may raise for an answer with an error.
RAISED = (openai.APIError, anthropic.APIError, errors.APIError)


def refusal(way: Way, status: int, ask: Callable[[], object]) -> Complaint:
    """What the SDK raises, which must be the class of that status, said in the dialect's own word."""
    with pytest.raises(RAISED) as raised:
        ask()
    assert type(raised.value) is CLASSES[way.dialect][status]
    read = complaint(way, raised.value)
    assert read.status == status
    assert read.word == WORDS[way.dialect][status]
    return read
