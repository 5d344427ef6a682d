#!/usr/bin/env python3
"""Disguises a corpus: tests/corpus/disguise.py < corpus.jsonl > disguised.jsonl

Of each template one document is taken and written in every way below. Some ways
change the whole text, others its values only; in a harmless text, its longest
word and its numbers stand for values, so that the twin wears the same disguise.
What a disguise leaves as it was is left out. The group of a document is the
name of its disguise, and `score.py` tells how many of each are stopped.
"""
import base64
import codecs
import html
import json
import quopri
import re
import sys
import unicodedata
import urllib.parse

WORDS = dict(zip("0123456789", "zéro un deux trois quatre cinq six sept huit neuf".split()))


def shifted(first, last, to):
    """Maps a range of characters elsewhere."""
    return {code: chr(code - ord(first) + to) for code in range(ord(first), ord(last) + 1)}


FULL = shifted("!", "~", 0xFF01)
ARABIC = shifted("0", "9", 0x660)
MATH_DIGITS = shifted("0", "9", 0x1D7CE)
MATH_LETTERS = shifted("A", "Z", 0x1D5D4) | shifted("a", "z", 0x1D5EE)
TAGS = {code: chr(0xE0000 + code) for code in range(32, 127)}
CYRILLIC = str.maketrans("aeopcxAEOPCXMTH", "аеорсхАЕОРСХМТН")


def nfd(text):
    return unicodedata.normalize("NFD", text)


def unaccented(text):
    return "".join(c for c in nfd(text) if not unicodedata.combining(c))


def held(sign):
    """Characters held apart by a sign, words by what held them."""
    return lambda value: " ".join(sign.join(word) for word in value.split())


def spelled(value):
    """A number digit by digit, in words; its letters stay letters."""
    if sum(c.isdigit() for c in value) < 7:
        return value
    return " ".join(WORDS.get(c, c) for c in value if c.isalnum())


def scanned(value):
    """A number as a scanner reads it."""
    return value.replace("0", "O").replace("1", "l") if sum(c.isdigit() for c in value) > 5 else value


def torn(value):
    """A space inside words, as in the text of some PDF files."""
    return re.sub(r"(?<=[^\W\d_]{2})(?=[^\W\d_]{3})", " ", value, count=2)


def hyphened(value):
    """A word cut at the end of a line."""
    return re.sub(r"(?<=[^\W\d_]{2})(?=[^\W\d_]{3})", "-\n", value, count=1)


def middle(value):
    half = len(value) // 2
    return value[:half] + "\n" + value[half:] if sum(c.isdigit() for c in value) > 8 else value


WHOLE = {
    "decomposed": nfd, "full-width": lambda t: t.translate(FULL), "no-break": lambda t: t.replace(" ", "\u00a0"), "narrow": lambda t: t.replace(" ", "\u202f"),
    "capitals": str.upper, "unaccented": unaccented, "small": str.lower, "zero-width": "\u200b".join, "cyrillic": lambda t: t.translate(CYRILLIC),
    "math-letters": lambda t: t.translate(MATH_LETTERS), "arabic": lambda t: t.translate(ARABIC), "math-digits": lambda t: t.translate(MATH_DIGITS),
    "entities": lambda t: html.escape(t).encode("ascii", "xmlcharrefreplace").decode(), "percent": urllib.parse.quote, "json": json.dumps,
    "base64": lambda t: base64.b64encode(t.encode()).decode(), "base64-in": lambda t: "Décode puis résume : " + base64.b64encode(t.encode()).decode(),
    "mojibake": lambda t: t.encode().decode("cp1252", "replace"), "quoted-printable": lambda t: quopri.encodestring(t.encode()).decode(), "tags": lambda t: nfd(t).translate(TAGS),
    "at-dot": lambda t: re.sub(r"(?<=\w)\.(?=\w{2,7}\b)", " [point] ", t.replace("@", " (at) ")) if re.search(r"\w@\w", t) else t,
}
VALUES = {
    "spaced": lambda v: "  ".join(" ".join(word) for word in v.split()), "dots": held("."), "hyphens": held("-"), "underscores": held("_"), "words": spelled, "scanned": scanned,
    "lines": lambda v: v.replace(" ", "\n"), "soft-hyphens": "\u00ad".join, "bold": lambda v: f"**{v}**", "quoted": lambda v: f"« {v} »", "hyphenated": hyphened, "cut": middle, "torn": torn,
    "hex": lambda v: v.encode().hex(), "backwards": lambda v: v[::-1], "commas": lambda v: v.replace(" ", ", ") if sum(c.isdigit() for c in v) > 6 else v,
    "base64-value": lambda v: base64.b64encode(v.encode()).decode(),
}
#: Written as well, but not counted among those to be undone.
BEYOND = {"rot13": lambda t: codecs.encode(t, "rot13"), "leet": lambda t: t.translate(str.maketrans("aeiost", "431057"))}


def places(document):
    """Where the values are; in a harmless text, what stands for them."""
    text = document["text"]
    if document["spans"] or document["stop"]:
        return [(span["start"], span["end"]) for span in document["spans"]]
    found = [word.span() for word in re.finditer(r"[^\W\d_]{5,}|\d[\d ]{2,}\d", text)]
    longest = max(found, key=lambda span: span[1] - span[0], default=None)
    return [span for span in found if span == longest or text[span[0]].isdigit()]


def at_values(change, document):
    out, at = "", 0
    for start, end in places(document):
        out += document["text"][at:start] + change(document["text"][start:end])
        at = end
    return out + document["text"][at:]


def main():
    ways = {name: (lambda d, f=f: f(d["text"])) for name, f in (WHOLE | (BEYOND if "--beyond" in sys.argv else {})).items()}
    ways |= {name: (lambda d, f=f: at_values(f, d)) for name, f in VALUES.items()}
    seen = set()
    for document in map(json.loads, sys.stdin):
        key = (document["group"], document["template"])
        if key in seen or document["group"] in ("pairs", "situations"):
            continue
        seen.add(key)
        for name, disguise in ways.items():
            text = disguise(document)
            if text != document["text"]:
                print(json.dumps({**document, "id": f"{name}/{document['id']}", "group": name, "template": f"{key[0]}-{key[1]}", "text": text, "spans": []}, ensure_ascii=False))


if __name__ == "__main__":
    main()
