"""A backend of ours that plays scripts.

It speaks the three dialects on loopback, chooses what to answer by the name of the model (`gpt-text`, `claude-cut`,
`gemini-twins`: what follows the first hyphen names the script) and keeps every request it received.
"""

from .scripts import BACKEND_KEY, MENTION, SCRIPTS, TOKENS, Call, Failure, Script
from .server import Seen, ScriptedBackend

__all__ = ["BACKEND_KEY", "MENTION", "SCRIPTS", "TOKENS", "Call", "Failure", "Script", "ScriptedBackend", "Seen"]
