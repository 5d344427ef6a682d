"""The scripts: what the backend answers, said once for all dialects."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# What the backend wants as its key. The keys that callers bring must never get here.
BACKEND_KEY = "backend-key-5d1b"

# The words of the policy under which the gateway runs, here for the script of a model that writes them itself.
MENTION = "Ce message a été généré avec l'aide d'un outil IA."

# Tokens of the prompt and of the answer, as every script reports them.
TOKENS = (21, 17)

# Accents, quotes, a line break and a character outside the basic plane: what a careless edit breaks.
WORDS = "La réunion est fixée à mardi, 14 h 30.\nL'ordre du jour suit : « budget » & \"suivi\" 🗓."


@dataclass(frozen=True)
class Call:
    """A function call of the model."""

    name: str
    arguments: dict


@dataclass(frozen=True)
class Script:
    """An answer."""

    # One a candidate. Empty: the model says nothing.
    texts: tuple[str, ...] = (WORDS,)
    # Function calls after the text.
    calls: tuple[Call, ...] = ()
    # Why it ends: stop | length | refused | blocked (the provider refuses the prompt; Gemini only).
    ends: str = "stop"
    # What becomes of its stream after three words:
    # whole | cut (connection dropped) | garbage | stepped (waits for a sign) | endless (waits for the caller to leave).
    stream: str = "whole"
    # Answer with the last text of the prompt, as received.
    echo: bool = False

    def spoken(self, prompt: str) -> tuple[str, ...]:
        """The texts, one a candidate."""
        return (prompt,) if self.echo else self.texts


@dataclass(frozen=True)
class Failure:
    """An error, as a provider gives it, or a page, as a proxy in between does."""

    status: int
    page: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "The scripted backend says no"


WEATHER = Call("meteo", {"ville": "Digne-les-Bains", "jours": 3, "détail": "précipitations \"fortes\""})

# What a model does with the placeholders of a prompt that has one address and one telephone number.
WRITING = Call("envoyer", {"à": "[COURRIEL_1]", "texte": "Rappelez le [TELEPHONE_1], dit « [COURRIEL_1] »."})

SCRIPTS: dict[str, Script | Failure] = {
    "text": Script(),
    "echo": Script(echo=True),
    "twins": Script(texts=(WORDS, "Autre tournure : rendez-vous mardi.")),
    "call": Script(texts=(), calls=(WEATHER,)),
    "talkcall": Script(texts=("Je consulte la météo.",), calls=(WEATHER,)),
    "mailcall": Script(texts=("J'écris à [courriel_1], pas à [COURRIEL_2].",), calls=(WRITING,)),
    "json": Script(texts=('{"ville": "Digne-les-Bains", "habitants": 16333}',)),
    "long": Script(ends="length"),
    "refused": Script(texts=(), ends="refused"),
    "blocked": Script(texts=(), ends="blocked"),
    "empty": Script(texts=()),
    "signed": Script(texts=(f"{WORDS}\n\n{MENTION}",)),
    "cut": Script(stream="cut"),
    "garbage": Script(stream="garbage"),
    "stepped": Script(stream="stepped"),
    "endless": Script(stream="endless"),
    "bad": Failure(400, message="Unsupported parameter: temperature"),
    "busy": Failure(429, headers={"retry-after": "1"}),
    "broken": Failure(500),
    "overloaded": Failure(503),
    "page": Failure(502, page=True),
    "okpage": Failure(200, page=True),
}

# Where a stream of a script stops, waits or breaks.
PAUSE = object()


def script_of(model: str) -> Script | Failure:
    """The script a model's name chooses; unknown names answer `text`."""
    return SCRIPTS.get(model.partition("-")[2], SCRIPTS["text"])


def last_text(content: str | list[dict]) -> str:
    """The text of a message, or of its last part; nothing where that is no text."""
    return content if isinstance(content, str) else content[-1].get("text", "")


def pieces(text: str) -> Iterator[str]:
    """A text as a stream brings it, word by word."""
    return iter(re.findall(r"\s*\S+\s*", text))


def told(texts: tuple[str, ...]) -> Iterator[tuple[int, str] | object]:
    """Words of all candidates in turn, with a pause after the third."""
    streams = {index: pieces(text) for index, text in enumerate(texts)}
    count = 0
    while streams:
        for index in list(streams):
            word = next(streams[index], None)
            if word is None:
                del streams[index]
                continue
            yield index, word
            count += 1
            if count == 3:
                yield PAUSE
