#!/usr/bin/env python3
"""Scores on texts of others, which are not in this repository: tests/corpus/others.py WHAT FILE [--gardefou BINARY]

    eds    blocks of text, values marked `[value](LABEL)`: characters covered, without DATE and HOPITAL
    hipe   newspapers in the format of HIPE-2022: spans of persons, civilities and titles left out
    names  a paragraph a line, persons in square brackets: spans of persons, by paragraph
    pages  public prose, a paragraph a line: sentences stopped; documents of 20 KB stopped, and false spans in them
    leaks  the same prose, each document with one text of the corpus to stop among its paragraphs

Each text goes through `gardefou scan --jsonl`; a span counts if it is shown there.
"""
import argparse
import json
import os
import random
import re
import subprocess
from collections import Counter, defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
#: Labels of eds-pseudo that count for nothing.
IGNORED = ("DATE", "HOPITAL")
#: What stands before a name and belongs to it in some annotations only.
TITLE = re.compile(
    r"(?:MM?\.?|MM\.|Mmes?\.?|Mlle\.?|Mgr\.?|Dr\.?|Pr\.?|Me|Maître|Monsieur|Madame|le|la|l'|lord|sir|saint|Saint|général|docteur|professeur|président|comte|duc|maréchal|abbé"
    r"|citoyen|sénateur|baron|prince|roi|reine|capitaine|colonel|commandant|sculpteur|royaliste|ministre)\s+"
)


def scan(binary, texts):
    """Whether each text is stopped, and its spans."""
    lines = "".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(texts))
    done = subprocess.run([binary, "scan", "--jsonl"], input=lines, capture_output=True, text=True, check=True, cwd="/")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(texts), done.stderr
    return [(answer["blocked"], answer["spans"]) for answer in answers]


def report(name, right, wrong, missed):
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    print(f"{name}: P {precision:.3f} R {recall:.3f} F1 {2 * precision * recall / max(1e-9, precision + recall):.3f}")


def unmarked(text, mark):
    """The text without its marks, and where the values stand: (start, end, label)."""
    plain, spans, at = "", [], 0
    for found in re.finditer(mark, text):
        plain += text[at:found.start()]
        spans.append((len(plain), len(plain) + len(found[1]), found[2] if found.lastindex > 1 else "PERSON"))
        plain += found[1]
        at = found.end()
    return plain + text[at:], spans


def eds(binary, content):
    documents = [unmarked(block, r"\[([^\]]*)\]\(([A-Z_]+)\)") for block in re.split(r"\n\s*\n", content)]
    counts, marked, covered = Counter(), Counter(), Counter()
    for (_, gold), (_, spans) in zip(documents, scan(binary, [text for text, _ in documents])):
        found = {at for span in spans for at in range(span["start"], span["end"])}
        wanted = {at for start, end, label in gold if label not in IGNORED for at in range(start, end)}
        ignored = {at for start, end, label in gold if label in IGNORED for at in range(start, end)}
        counts += Counter(right=len(found & wanted), wrong=len(found - wanted - ignored), missed=len(wanted - found))
        for start, end, label in gold:
            marked[label] += end - start
            covered[label] += len(found & set(range(start, end)))
    report(f"characters of {len(documents)} blocks", counts["right"], counts["wrong"], counts["missed"])
    print("  covered:", ", ".join(f"{label} {covered[label] / marked[label]:.2f}" for label in sorted(marked) if label not in IGNORED))


def newspapers(content):
    """Each document of a HIPE file with its persons; words cut at the end of a line are joined."""
    documents, text, spans = [], "", []
    for line in content.split("\n"):
        if line.startswith("# hipe2022:document_id") and text:
            documents.append((text, spans))
            text, spans = "", []
        if not line or line.startswith(("# ", "TOKEN")):
            continue
        token, tag, *_, misc = line.split("\t")
        tag, cut = tag.upper(), token.endswith("¬") and "EndOfLine" in misc
        start, text = len(text), text + (token[:-1] if cut else token)
        if tag.startswith("B-PER"):
            spans.append((start, len(text), "PERSON"))
        elif tag.startswith("I-PER") and spans:
            spans[-1] = (spans[-1][0], len(text), "PERSON")
        if not cut and ("NoSpaceAfter" not in misc or "EndOfLine" in misc):
            text += " "
    return documents + [(text, spans)]


def bare(text, start, end):
    """The bounds of a name without what stands before it, nor what follows a comma."""
    comma = text[start:end].find(",")
    end = start + comma if comma > 0 else end
    while title := TITLE.match(text[start:end]):
        start += title.end()
    return start, end


def persons(binary, documents):
    counts = Counter()
    for (text, gold), (_, spans) in zip(documents, scan(binary, [text for text, _ in documents])):
        wanted = {bare(text, start, end) for start, end, _ in gold}
        found = {bare(text, span["start"], span["end"]) for span in spans if span["type"] == "PERSON"}
        found = {(start, end) for start, end in found if end > start}
        counts += Counter(right=len(found & wanted), wrong=len(found - wanted), missed=len(wanted - found))
    report(f"persons of {len(documents)} texts", counts["right"], counts["wrong"], counts["missed"])


def documents_of(paragraphs, size=20_000):
    """Paragraphs one after the other, a document each time there are enough."""
    documents, lines, length = [], [], 0
    for paragraph in paragraphs:
        lines.append(paragraph)
        length += len(paragraph) + 1
        if length > size:
            documents.append("\n".join(lines) + "\n")
            lines, length = [], 0
    return documents


def pages(binary, content):
    paragraphs = content.split("\n")
    sentences = [sentence for paragraph in paragraphs for sentence in re.split(r"(?<=[.!?;])\s+", paragraph) if sentence]
    stopped = sum(blocked for blocked, _ in scan(binary, sentences))
    print(f"{len(sentences)} sentences, {stopped} stopped, 1 in {len(sentences) / max(1, stopped):.0f}")
    documents = documents_of(paragraphs)
    answers = scan(binary, documents)
    stopped, spans = sum(blocked for blocked, _ in answers), Counter(span["type"] for _, spans in answers for span in spans)
    print(f"{len(documents)} documents of 20 KB, {stopped} stopped ({100 * stopped / len(documents):.1f} %), {sum(spans.values()) / sum(map(len, documents)) * 1e4:.3f} spans per 10 KB: {dict(spans)}")


def leaks(binary, content):
    rng, documents, by_template = random.Random(11), documents_of(content.split("\n")), defaultdict(lambda: defaultdict(list))
    made = subprocess.run([os.path.join(HERE, "generate.py"), "1"], capture_output=True, text=True, check=True)
    for document in map(json.loads, made.stdout.splitlines()):
        if document["stop"]:
            by_template[document["group"]][document["template"]].append(document["text"])
    for group, templates in sorted(by_template.items()):
        texts = []
        for _ in range(400):
            lines = rng.choice(documents).split("\n")
            at = rng.randrange(len(lines))
            texts.append("\n".join(lines[:at] + [rng.choice(templates[rng.choice(list(templates))])] + lines[at:]))
        print(f"with a leak of {group}: {sum(blocked for blocked, _ in scan(binary, texts))} of {len(texts)} stopped")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("what", choices=("eds", "hipe", "names", "pages", "leaks"))
    arguments.add_argument("file")
    arguments.add_argument("--gardefou", default=os.path.join(HERE, "../../target/release/gardefou"))
    arguments = arguments.parse_args()
    binary = os.path.abspath(arguments.gardefou)
    with open(arguments.file, encoding="utf-8") as f:
        content = f.read()
    if arguments.what == "hipe":
        persons(binary, newspapers(content))
    elif arguments.what == "names":
        persons(binary, [unmarked(line, r"\[([^\]]*)\]") for line in content.split("\n") if line and not line.startswith("#")])
    else:
        {"eds": eds, "pages": pages, "leaks": leaks}[arguments.what](binary, content)


if __name__ == "__main__":
    main()
