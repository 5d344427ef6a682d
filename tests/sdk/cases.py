"""What each script must come to in the hands of an SDK's user: with the gateway in between, and without."""

from dataclasses import dataclass

from scripted import MENTION, SCRIPTS, TOKENS
from ways import WAYS, Told, Way

# The contract's join: a blank line before the mention.
TAIL = f"\n\n{MENTION}"

ENDS = {
    "openai": {"stop": "stop", "length": "length", "call": "tool_calls", "refused": "content_filter"},
    "responses": {"stop": "completed", "length": "max_output_tokens", "call": "completed", "refused": "completed"},
    "anthropic": {"stop": "end_turn", "length": "max_tokens", "call": "tool_use", "refused": "refusal"},
    "gemini": {"stop": "STOP", "length": "MAX_TOKENS", "call": "STOP", "refused": "SAFETY", "blocked": "PROHIBITED_CONTENT"},
}


@dataclass(frozen=True)
class Case:
    """A script, how it is asked for, and what becomes of its mention."""

    script: str
    # text: at the end of each text; header: the answer is for a program, or says nothing.
    mention: str
    wants: str | None = None
    # Substring of the ways that can play it.
    only: str = ""

    def suits(self, way: Way) -> bool:
        """Whether the dialect knows such an answer."""
        if self.wants == "two":
            return way.endpoint == "chat.completions" or way.dialect == "gemini"
        return self.only in way.name

    def told(self, way: Way, *, gateway: bool) -> Told:
        """What the user must be handed."""
        script = SCRIPTS[self.script]
        words = ENDS["responses" if way.endpoint == "responses" else way.dialect]
        signed = script.texts and script.texts[0].endswith(MENTION)
        tail = TAIL if gateway and self.mention == "text" and not signed else ""
        tokens = (TOKENS[0], None) if script.ends == "blocked" else TOKENS
        return Told(
            texts=[text + tail for text in script.texts],
            calls=[(call.name, call.arguments) for call in script.calls],
            finish=words["call" if script.calls else script.ends],
            tokens=tokens,
        )


CASES = [
    Case("text", "text"),
    Case("twins", "text", wants="two"),
    Case("long", "text"),
    Case("signed", "text"),
    Case("call", "header", wants="tool"),
    Case("talkcall", "header", wants="tool"),
    Case("mailcall", "header", wants="tool"),
    Case("json", "header", wants="json"),
    Case("refused", "header"),
    Case("blocked", "header", only="gemini"),
    Case("empty", "header"),
]

# Every case in every way that can play it, with a name for the reader of a report.
PLAYS = [(case, way) for case in CASES for way in WAYS if case.suits(way)]
NAMES = [f"{way.name}-{case.script}" for case, way in PLAYS]
