#!/usr/bin/env python3
"""Fills the templates of this folder: tests/corpus/generate.py [SEED] > corpus.jsonl

One object a line: id, group, template, split, text, stop (whether a level-1
tool must stop it), spans (of the values, in code points). Templates are split
by a hash of their text: nothing of a `test` template is ever in `dev`.
"""
import hashlib
import json
import os
import random
import re
import sys

from values import Values

HERE = os.path.dirname(os.path.abspath(__file__))
#: Group: how often a template with slots is filled, and whether its documents must be stopped.
GROUPS = {
    "identifiers": (36, True), "persons": (36, True), "facts": (36, True), "situations": (1, True),
    "numbers": (72, False), "generic": (1, False), "harmless": (1, False), "pairs": (36, None),
}


def fill(template, rng):
    values, text, spans, at = Values(rng), "", [], 0
    for slot in re.finditer(r"\{(\w+)\}", template):
        text += template[at:slot.start()]
        value, kind = values.value(slot[1])
        # First and last name side by side are one name.
        if kind == "PERSON" and spans and spans[-1]["type"] == kind and text[spans[-1]["end"]:] == " ":
            spans[-1]["end"] = len(text) + len(value)
        elif kind:
            spans.append({"start": len(text), "end": len(text) + len(value), "type": kind})
        text += value
        at = slot.end()
    return text + template[at:], spans, values.origin


def templates(group):
    """The lines of a file, each with whether it must be stopped."""
    stop = GROUPS[group][1]
    with open(os.path.join(HERE, group + ".txt"), encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                line = line.rstrip("\n").replace("\\n", "\n").replace("\\t", "\t")
                yield (line[2:], line[0] == "+") if stop is None else (line, stop)


def documents(seed):
    """Every document of the corpus."""
    for group, (copies, _) in GROUPS.items():
        for n, (template, stop) in enumerate(templates(group)):
            code = hashlib.sha256(template.encode()).digest()[0]
            # Each half of a minimal pair goes where the first goes.
            if group == "pairs":
                code = n // 2 * 37 % 256
            for copy in range(copies if re.search(r"\{\w+\}", template) else 1):
                text, spans, origin = fill(template, random.Random(f"{seed}/{group}/{n}/{copy}"))
                # What is said in general is of nobody.
                if not stop:
                    spans = [span for span in spans if span["type"] == "SIRET"]
                yield {"id": f"{group}-{n}-{copy}", "group": group, "template": n, "split": "test" if code < 102 else "dev", "origin": origin, "stop": stop, "text": text, "spans": spans}


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    for document in documents(seed):
        print(json.dumps(document, ensure_ascii=False))


if __name__ == "__main__":
    main()
