#!/usr/bin/env python3
"""Scores a scan: tests/corpus/score.py corpus.jsonl answers.jsonl [--errors]

`answers.jsonl` is what `gardefou scan --jsonl` says of `corpus.jsonl`. Prints,
for each group, the share of documents stopped (mean over templates, test split
apart), for each type the spans found exactly and in part, and the recall of
names by their origin.
"""
import json
import sys
from collections import Counter, defaultdict


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        documents = [json.loads(line) for line in f]
    with open(sys.argv[2], encoding="utf-8") as f:
        answers = {a["id"]: a for a in map(json.loads, f)}
    stopped, spans, origins = defaultdict(list), Counter(), defaultdict(Counter)
    for document in documents:
        answer = answers[document["id"]]
        stopped[document["group"], document["split"], document["template"]].append(answer["blocked"])
        if answer["blocked"] != document["stop"] and "--errors" in sys.argv:
            print("error:", document["id"], repr(document["text"][:120]))
        for gold in document["spans"]:
            exact = any((s["start"], s["end"]) == (gold["start"], gold["end"]) for s in answer["spans"])
            partly = any(s["start"] < gold["end"] and gold["start"] < s["end"] for s in answer["spans"])
            spans.update([(gold["type"], "all")] + [(gold["type"], "exact")] * exact + [(gold["type"], "partly")] * partly)
            if gold["type"] == "PERSON":
                origins[document["origin"]].update(["all"] + ["found"] * partly)
    for group, split in sorted({key[:2] for key in stopped}):
        shares = [sum(v) / len(v) for key, v in stopped.items() if key[:2] == (group, split)]
        print(f"{group:12} {split:4} templates {len(shares):3} stopped {sum(shares) / len(shares):.3f}")
    for kind in sorted({key[0] for key in spans}):
        total = spans[kind, "all"]
        print(f"{kind:12} {total:5} exact {spans[kind, 'exact'] / total:.3f} partly {spans[kind, 'partly'] / total:.3f}")
    for origin, counts in sorted(origins.items()):
        print(f"names of {origin:8} {counts['all']:4} recall {counts['found'] / counts['all']:.3f}")


main()
