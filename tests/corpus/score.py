#!/usr/bin/env python3
"""Scores a scan: tests/corpus/score.py corpus.jsonl answers.jsonl [--errors] [--test]

`answers.jsonl` is what `gardefou scan --jsonl` says of `corpus.jsonl`. Prints
the share of documents stopped in each group; for each type the precision and
the recall of its spans, the same for identifiers with a format together; and
the recall of names by their origin. Shares come with a 95 % interval (Wilson)
and, as "macro", the mean over templates. `--test` keeps the test split only.

A span predicted counts as right if a span of the same type is there in the
document ("exact": the same bounds; "overlap": some characters in common).
"""
import json
import sys
from collections import Counter, defaultdict

#: Types whose values have a form that can be told.
FORMATS = ("NIR", "SPI", "IBAN", "CARD", "PHONE", "EMAIL", "PLATE", "IP", "MATRICULE", "INE", "RPPS", "CAF", "SIRET", "CNI", "PASSPORT", "LICENCE", "CASE_ID", "SECRET")
#: Types whose values are words.
TERMS = ("HEALTH", "VULNERABLE", "SENSITIVE", "FINANCE")


def wilson(hits, total):
    """The share and its 95 % interval."""
    if not total:
        return "     -"
    z, p = 1.96, hits / total
    middle, half = p + z * z / (2 * total), z * (p * (1 - p) / total + z * z / (4 * total * total)) ** 0.5
    low, high = (middle - half) / (1 + z * z / total), (middle + half) / (1 + z * z / total)
    return f"{100 * p:6.2f} [{100 * max(low, 0):.1f}–{100 * high:.1f}]"


def match(span, others, exact):
    """Whether one of the others has its type and its place."""
    if exact:
        return any(s["type"] == span["type"] and s["start"] == span["start"] and s["end"] == span["end"] for s in others)
    return any(s["type"] == span["type"] and s["start"] < span["end"] and span["start"] < s["end"] for s in others)


def macro(rates):
    """Mean over templates of their shares."""
    return 100 * sum(hits / total for hits, total in rates.values()) / len(rates) if rates else float("nan")


class Tally:
    """Hits and totals, by template."""

    def __init__(self):
        self.by_template = defaultdict(lambda: [0, 0])

    def add(self, template, hit):
        self.by_template[template][0] += hit
        self.by_template[template][1] += 1

    def total(self):
        return sum(t for _, t in self.by_template.values())

    def __str__(self):
        hits = sum(h for h, _ in self.by_template.values())
        return f"{wilson(hits, self.total())} macro {macro(self.by_template):6.2f}"


def print_group(key, tally):
    hits = sum(h for h, _ in tally.by_template.values())
    print(f"{' '.join(key):22} templates {len(tally.by_template):3} documents {tally.total():5} stopped {wilson(hits, tally.total())} macro {macro(tally.by_template):.2f}")


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        documents = [json.loads(line) for line in f]
    with open(sys.argv[2], encoding="utf-8") as f:
        answers = {a["id"]: a for a in map(json.loads, f)}
    if "--test" in sys.argv:
        documents = [d for d in documents if d["split"] == "test"]
    stopped, origins, shown = defaultdict(Tally), defaultdict(Tally), Counter()
    recall, precision = defaultdict(Tally), defaultdict(Tally)
    for document in documents:
        answer, gold = answers[document["id"]], document["spans"]
        template = (document["group"], document["template"])
        group = document["group"]
        wanted = {True: "to stop", False: "harmless"}[document["stop"]]
        stopped[group, wanted].add(template, answer["blocked"])
        for span in gold:
            for how in ("exact", "overlap"):
                hit = match(span, answer["spans"], how == "exact")
                for kind in [span["type"]] + ["with a format"] * (span["type"] in FORMATS):
                    recall[kind, how].add(template, hit)
            if span["type"] == "PERSON":
                origins[document["origin"]].add(template, any(s["start"] < span["end"] and span["start"] < s["end"] for s in answer["spans"]))
        marked = {span["type"] for span in gold}
        # Situations have no gold spans, and only some templates mark their terms: nothing can be said of the others.
        judged = [s for s in answer["spans"] if not document["stop"] or gold and (s["type"] not in TERMS or s["type"] in marked)]
        for span in judged:
            for how in ("exact", "overlap"):
                hit = match(span, gold, how == "exact")
                for kind in [span["type"]] + ["with a format"] * (span["type"] in FORMATS):
                    precision[kind, how].add(template, hit)
        of_form = [s for s in judged if s["type"] in FORMATS]
        wrong = answer["blocked"] != document["stop"] or any(not match(s, answer["spans"], True) for s in gold if s["type"] in FORMATS) or any(not match(s, gold, True) for s in of_form)
        if wrong and "--errors" in sys.argv and shown[template] < 2:
            shown[template] += 1
            found = [(s["type"], document["text"][s["start"]:s["end"]]) for s in answer["spans"]]
            print("error:", document["id"], repr(document["text"][:160]), found)
    harmless = sum(not d["stop"] for d in documents)
    print(f"{len(documents)} documents, {100 * harmless / len(documents):.0f} % harmless")
    for key in sorted(stopped):
        print_group(key, stopped[key])
    for wanted in ("to stop", "harmless"):
        means = [macro(tally.by_template) for key, tally in stopped.items() if key[1] == wanted]
        print(f"mean over groups, {wanted}: {sum(means) / max(1, len(means)):.2f}")
    for kind in sorted({kind for kind, _ in recall}):
        for how in ("exact", "overlap"):
            print(f"{kind:14} {recall[kind, how].total():6} {how:7} recall {recall[kind, how]}  precision {precision[kind, how]}")
    for origin, tally in sorted(origins.items()):
        print(f"names of {origin:8} {tally.total():5} recall {tally}")


if __name__ == "__main__":
    main()
