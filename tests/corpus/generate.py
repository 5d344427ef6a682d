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
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
ORIGINS = {
    "french": (["Sylvie", "Jean-Pierre", "Karine", "Thierry", "Élodie", "Mathis", "Chloé", "Gérard", "Anne-Sophie", "Léo", "Romain", "Monique"],
               ["Lefebvre", "Garcin", "Arnaud", "Roux", "Giraud", "Le Goff", "Maurel", "Isnard", "Reynaud", "Pascal", "Blanc", "Chevalier", "Estornel", "de Villeneuve", "Petit"]),
    "maghreb": (["Karim", "Fatima", "Mohamed", "Yasmina", "Samir", "Nadia", "Rachid", "Amel"], ["Benali", "Haddad", "El Amrani", "Bouzid", "Cherif", "Ait Ouali", "Mansouri", "Ziani"]),
    "africa": (["Amadou", "Fatoumata", "Mamadou", "Aminata", "Ousmane", "Awa"], ["Diallo", "Traoré", "Ndiaye", "Koné", "Camara", "Mbemba", "Sow"]),
    "asia": (["Linh", "Minh", "Mei", "Sunil", "Priya", "Huong"], ["Nguyen", "Tran", "Zhang", "Patel", "Pham", "Singh"]),
    "europe": (["Giulia", "Paulo", "Svetlana", "Andrzej", "Ilie", "Carmen", "Lorenzo"], ["Rossi", "Ferreira", "Kowalski", "Popescu", "Gonzalez", "Dos Santos", "Ivanova"]),
    "turkey": (["Mehmet", "Ayse", "Emre"], ["Yilmaz", "Kaya", "Demir"]),
}
WAYS = ["rue des Lavandes", "avenue du Général de Gaulle", "chemin du Stade", "impasse des Oliviers", "boulevard Gassendi", "route de Nice", "allée des Mimosas", "place de l'Église", "montée Saint-Lazare", "quartier les Plantiers"]
TOWNS = ["04000 Digne-les-Bains", "04100 Manosque", "04200 Sisteron", "04300 Forcalquier", "04330 Barrême", "04120 Castellane", "04700 Oraison", "13100 Aix-en-Provence"]


def digits(rng, n):
    return "".join(rng.choice("0123456789") for _ in range(n))


def luhn(body):
    total = sum(d if i % 2 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(map(int, reversed(body))))
    return body + str(-total % 10)


def nir(rng):
    month, department = rng.randint(1, 12), rng.choice(["04", "13", "75", "2A", "2B", "99", "69"])
    body = f"{rng.choice('12')}{rng.randint(30, 99):02}{month:02}{department}{rng.randint(1, 400):03}{rng.randint(1, 600):03}"
    key = 97 - int(body.replace("2A", "19").replace("2B", "18")) % 97
    full = f"{body}{key:02}"
    parts = [full[0:1], full[1:3], full[3:5], full[5:7], full[7:10], full[10:13], full[13:15]]
    return rng.choice([full, " ".join(parts), "\u202f".join(parts), f"{body} {key:02}", ".".join(parts)])


def spi(rng):
    body = rng.choice("0123") + digits(rng, 9)
    full = f"{body}{int(body) % 511:03}"
    return rng.choice([full, f"{full[:2]} {full[2:4]} {full[4:7]} {full[7:10]} {full[10:]}"])


def iban(rng):
    bank, branch, account = digits(rng, 5), digits(rng, 5), digits(rng, 11)
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    bban = f"{bank}{branch}{account}{key:02}"
    check = 98 - int(bban + "152700") % 97
    full = f"FR{check:02}{bban}"
    return rng.choice([full, " ".join(full[i:i + 4] for i in range(0, 27, 4))])


def card(rng):
    full = luhn(rng.choice(["4970", "5132", "4532", "5555"]) + digits(rng, 11))
    return rng.choice([full, " ".join(full[i:i + 4] for i in range(0, 16, 4))])


def phone(rng):
    number = rng.choice("67") + digits(rng, 8)
    pairs = [number[1:3], number[3:5], number[5:7], number[7:9]]
    return rng.choice(["0" + number, " ".join(["0" + number[0]] + pairs), ".".join(["0" + number[0]] + pairs), "+33 " + number[0] + " " + " ".join(pairs), "\u00a0".join(["0" + number[0]] + pairs)])


def plain(text):
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


class Values:
    """The values of one document: a template may name several persons."""

    def __init__(self, rng):
        self.rng = rng
        self.origin = rng.choice(list(ORIGINS))
        self.person()

    def person(self):
        first, last = ORIGINS[self.origin]
        self.first, self.last = self.rng.choice(first), self.rng.choice(last)

    def value(self, slot):
        rng = self.rng
        if slot in ("name", "caps", "lower"):
            self.person()
        if slot == "name":
            return rng.choice([f"{self.first} {self.last}", f"{self.first} {self.last.upper()}", f"{self.last.upper()} {self.first}"])
        if slot == "caps":
            return f"{self.last} {self.first}".upper()
        if slot == "lower":
            return f"{plain(self.first)} {plain(self.last)}".lower()
        simple = {
            "first": lambda: self.first, "last": lambda: self.last, "LAST": lambda: self.last.upper(),
            "civil": lambda: rng.choice(["M.", "Mme", "Monsieur", "Madame", "Mlle"]), "initial": lambda: f"{self.first[0]}.",
            "nir": lambda: nir(rng), "spi": lambda: spi(rng), "iban": lambda: iban(rng), "card": lambda: card(rng), "phone": lambda: phone(rng),
            "email": lambda: f"{plain(self.first)}.{plain(self.last)}@".lower().replace(" ", "") + rng.choice(["orange.fr", "gmail.com", "laposte.net", "departement.example"]),
            "plate": lambda: "".join(rng.choice("ABCDEFGHJKLMNPQRSTVWXYZ") for _ in range(2)).replace("SS", "SA") + f"-{rng.randint(101, 999)}-" + "".join(rng.choice("ABCDEFGHJKLMNPQRTVWXYZ") for _ in range(2)),
            "caf": lambda: rng.choice("123456789") + digits(rng, 6), "rpps": lambda: luhn("10" + digits(rng, 8)), "ine": lambda: digits(rng, 10) + rng.choice("ABCDEFGH"),
            "matricule": lambda: rng.choice(["A", "", "T"]) + digits(rng, 5), "case": lambda: rng.choice([f"2023-{digits(rng, 5)}", digits(rng, 6), f"04-{digits(rng, 6)}"]),
            "cni": lambda: f"{rng.randint(10, 22)}{rng.randint(1, 12):02}04" + digits(rng, 6), "passport": lambda: f"{rng.randint(10, 24)}{rng.choice('ABCDEF')}{rng.choice('HKLPR')}" + digits(rng, 5),
            "password": lambda: rng.choice(["Soleil", "Verdon", "Lavande", "Tchoupi"]) + digits(rng, 3) + rng.choice("!#$?"),
            "address": lambda: f"{rng.randint(1, 180)}{rng.choice(['', '', ' bis'])} {rng.choice(WAYS)}, {rng.choice(TOWNS)}",
            "dob": lambda: rng.choice([f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/{rng.randint(1931, 2016)}", f"{rng.randint(1, 28)} {rng.choice(['mars', 'juin', 'août', 'décembre'])} {rng.randint(1931, 2016)}"]),
        }
        return simple[slot]()


TYPES = {"name": "PERSON", "caps": "PERSON", "lower": "PERSON", "first": "PERSON", "last": "PERSON", "LAST": "PERSON", "address": "ADDRESS", "dob": "BIRTHDATE", "nir": "NIR", "spi": "SPI", "iban": "IBAN", "card": "CARD", "phone": "PHONE", "email": "EMAIL", "plate": "PLATE", "caf": "CAF", "rpps": "RPPS", "ine": "INE", "matricule": "MATRICULE", "case": "CASE_ID", "cni": "CNI", "passport": "PASSPORT", "password": "SECRET"}


def fill(template, rng):
    values, text, spans, at = Values(rng), "", [], 0
    for slot in re.finditer(r"\{(\w+)\}", template):
        text += template[at:slot.start()]
        value = values.value(slot[1])
        if slot[1] in TYPES:
            spans.append({"start": len(text), "end": len(text) + len(value), "type": TYPES[slot[1]]})
        text += value
        at = slot.end()
    return text + template[at:], spans, values.origin


def main():
    seed, copies = int(sys.argv[1]) if len(sys.argv) > 1 else 1, 12
    for group in ("identifiers", "persons", "facts", "situations", "generic", "harmless"):
        with open(os.path.join(HERE, group + ".txt"), encoding="utf-8") as f:
            templates = [line.rstrip("\n").replace("\\n", "\n").replace("\\t", "\t") for line in f if line.strip() and not line.startswith("#")]
        for n, template in enumerate(templates):
            code = hashlib.sha256(template.encode()).digest()[0]
            for copy in range(copies if "{" in template else 1):
                text, spans, origin = fill(template, random.Random(f"{seed}/{group}/{n}/{copy}"))
                document = {"id": f"{group}-{n}-{copy}", "group": group, "template": n, "split": "test" if code < 102 else "dev", "origin": origin, "stop": group in ("identifiers", "persons", "facts", "situations"), "text": text, "spans": spans}
                print(json.dumps(document, ensure_ascii=False))


if __name__ == "__main__":
    main()
