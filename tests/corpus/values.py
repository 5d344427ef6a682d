"""Invented values for the templates of this folder: persons, numbers with valid keys, and numbers of things that
look like those of persons. Every value is drawn from a `random.Random`, so that a seed makes one corpus.
"""
import base64
import unicodedata

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
MONTHS = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"]
HEALTH = ["la dépression", "un cancer du sein", "l'épilepsie", "la schizophrénie", "la sclérose en plaques", "un diabète de type 1", "la maladie de Parkinson", "l'endométriose", "l'alcoolisme", "une hépatite C", "l'anorexie", "un trouble bipolaire", "l'insuffisance rénale", "l'autisme", "la maladie d'Alzheimer", "un AVC", "la toxicomanie", "un burn-out", "la trisomie 21", "une hernie discale"]
VULNERABLE = ["la mesure de curatelle", "la mesure de tutelle", "le placement en famille d'accueil", "la perte d'autonomie", "l'information préoccupante", "les violences conjugales", "l'assistance éducative", "l'hébergement d'urgence", "la demande d'asile", "le placement à l'aide sociale à l'enfance", "la maltraitance", "l'habilitation familiale", "le sans-abrisme", "l'isolement"]
SENSITIVE = ["l'appartenance syndicale", "l'orientation sexuelle", "les convictions religieuses", "la condamnation pour vol", "le casier judiciaire", "l'origine ethnique", "l'incarcération", "l'homosexualité", "la transition de genre", "la pratique du ramadan", "l'adhésion à la CGT", "la garde à vue"]
FINANCE = ["le surendettement", "les dettes de loyer", "la saisie sur salaire", "le découvert bancaire", "l'interdiction bancaire", "les impayés de loyer", "l'indu de RSA", "le crédit revolving", "l'expulsion locative", "la commission de surendettement"]


def digits(rng, n):
    return "".join(rng.choice("0123456789") for _ in range(n))


def luhn(body):
    total = sum(d if i % 2 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(map(int, reversed(body))))
    return body + str(-total % 10)


def groups(text, *lengths):
    parts, at = [], 0
    for length in lengths:
        parts.append(text[at:at + length])
        at += length
    return parts


def nir(rng):
    month, department = rng.randint(1, 12), rng.choice(["04", "13", "75", "2A", "2B", "99", "69", "974"])
    commune = f"{rng.randint(1, 400):03}" if len(department) == 2 else f"{rng.randint(1, 24):02}"
    body = f"{rng.choice('12')}{rng.randint(30, 99):02}{month:02}{department}{commune}{rng.randint(1, 600):03}"
    key = 97 - int(body.replace("2A", "19").replace("2B", "18")) % 97
    full = f"{body}{key:02}"
    parts = groups(full, 1, 2, 2, 2, 3, 3, 2)
    return rng.choice([full, " ".join(parts), "\u202f".join(parts), f"{body} {key:02}", ".".join(parts), "-".join(parts)])


def spi(rng):
    body = rng.choice("0123") + digits(rng, 9)
    full = f"{body}{int(body) % 511:03}"
    return rng.choice([full, full, " ".join(groups(full, 2, 2, 3, 3, 3))])


def bank(rng):
    bank, branch, account = digits(rng, 5), digits(rng, 5), digits(rng, 10) + rng.choice("0123456789ABMR")
    value = {"A": "1", "B": "2", "M": "4", "R": "9"}.get(account[-1], account[-1])
    return bank, branch, account, 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account[:-1] + value)) % 97


def iban_of(country, bban):
    code = "".join(str(int(c, 36)) for c in bban + country + "00")
    return f"{country}{98 - int(code) % 97:02}{bban}"


def iban(rng):
    if rng.random() < 0.1:
        full = rng.choice([iban_of("DE", digits(rng, 18)), iban_of("BE", digits(rng, 12)), iban_of("ES", digits(rng, 20)), iban_of("IT", "X" + digits(rng, 22))])
    else:
        first, branch, account, key = bank(rng)
        full = iban_of("FR", f"{first}{branch}{account}{key:02}")
    spaced = " ".join(full[i:i + 4] for i in range(0, len(full), 4))
    return rng.choice([full, spaced, spaced, spaced.replace(" ", "\u00a0"), full.lower()])


def rib(rng):
    first, branch, account, key = bank(rng)
    return rng.choice([" ", "|", "  "]).join([first, branch, account, f"{key:02}"])


def card(rng):
    if rng.random() < 0.1:
        full = luhn(rng.choice(["34", "37"]) + digits(rng, 12))
        return rng.choice([full, " ".join(groups(full, 4, 6, 5))])
    full = luhn(rng.choice(["4970", "5132", "4532", "5555", "4974", "2720"]) + digits(rng, 11))
    parts = groups(full, 4, 4, 4, 4)
    return rng.choice([full, " ".join(parts), "-".join(parts), "\u00a0".join(parts)])


def national(rng, number):
    pairs = groups(number[1:], 2, 2, 2, 2)
    zero = ["0" + number[0]] + pairs
    return rng.choice(["0" + number, " ".join(zero), ".".join(zero), "-".join(zero), "\u00a0".join(zero), f"+33 {number[0]} " + " ".join(pairs), f"+33{number}", f"+33 (0){number[0]} " + " ".join(pairs), f"0033 {number[0]} " + " ".join(pairs)])


def passphrase(rng):
    return rng.choice(["Soleil", "Verdon", "Lavande", "Tchoupi", "Mistral04"]) + digits(rng, 3) + rng.choice("!#$?*")


def token(rng):
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    text = lambda n: "".join(rng.choice(letters) for _ in range(n))
    part = lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")
    return rng.choice([f"ghp_{text(36)}", f"sk-proj-{text(40)}", f"glpat-{text(20)}", f"AKIA{text(16).upper()}", f"hf_{text(34)}", part('{"alg":"HS256","typ":"JWT"}') + "." + part('{"sub":"' + digits(rng, 8) + '"}') + "." + text(43), text(40), f"{text(8)}-{text(24)}"])


def plate(rng):
    letters = lambda: rng.choice("ABCDEFGHJKLMNPQRTVWXYZ") + rng.choice("ABCDEFGHJKLMNPQRTVWXYZ")
    number = rng.randint(101, 999)
    siv = [letters(), str(number), letters()]
    return rng.choice(["-".join(siv), "-".join(siv), "-".join(siv), " ".join(siv), "".join(siv), f"{rng.randint(12, 999)} {rng.choice('ABCDFGHJKL')}{letters()} {rng.choice(['04', '13', '05', '2A'])}"])


def ean(rng):
    body = "3" + digits(rng, 11)
    return body + str(-sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(body)) % 10)


def amount(rng):
    whole = f"{rng.randint(1, 999)} {rng.randint(0, 999):03}" + rng.choice(["", f" {rng.randint(0, 999):03}"])
    return rng.choice([f"{whole} €", f"{whole},{rng.randint(0, 99):02} €", f"{whole} euros", f"{whole},00 € HT", whole.replace(" ", "\u202f") + "\u00a0€", f"{rng.randint(100, 99999)}.{rng.randint(0, 99):02}"])


def birth(rng):
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1931, 2016)
    return rng.choice([f"{day:02}/{month:02}/{year}", f"{day:02}.{month:02}.{year}", f"{day:02}-{month:02}-{year}", f"{day} {MONTHS[month - 1]} {year}", f"{day:02}/{month:02}/{year % 100:02}", f"{year}-{month:02}-{day:02}"])


def plain(text):
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def email(rng, first, last):
    first, last = (plain(part).lower().replace(" ", "").replace("'", "") for part in (first, last))
    local = rng.choice([f"{first}.{last}", f"{first}.{last}", f"{first}_{last}", f"{first[0]}{last}{rng.randint(1, 99)}", f"{last}.{first}", f"{first}-{last}", f"{first}{rng.randint(1950, 2010)}"])
    return local + "@" + rng.choice(["orange.fr", "gmail.com", "laposte.net", "departement.example", "wanadoo.fr", "mail.sous-domaine.example"])


#: Slots of persons' numbers: type of the gold span, and how a value is made.
MARKED = {
    "nir": ("NIR", nir), "spi": ("SPI", spi), "iban": ("IBAN", iban), "rib": ("IBAN", rib), "card": ("CARD", card),
    "phone": ("PHONE", lambda rng: national(rng, rng.choice("67") + digits(rng, 8))),
    "land": ("PHONE", lambda rng: national(rng, "4" + rng.choice(["92", "42", "90"]) + digits(rng, 6))),
    "plate": ("PLATE", plate),
    "caf": ("CAF", lambda rng: rng.choice("123456789") + digits(rng, 6) + rng.choice(["", "", "", " " + rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ")])),
    "rpps": ("RPPS", lambda rng: rng.choice([luhn("10" + digits(rng, 8)), luhn("8" + digits(rng, 9))])),
    "ine": ("INE", lambda rng: rng.choice([digits(rng, 10) + rng.choice("ABCDEFGHJKL"), digits(rng, 9) + rng.choice("ABCDEFGH") + rng.choice("ABCDEFGH")])),
    "matricule": ("MATRICULE", lambda rng: rng.choice([digits(rng, 5), "A" + digits(rng, 5), "T" + digits(rng, 5), digits(rng, 7), "D" + digits(rng, 7), f"MAT-{digits(rng, 4)}"])),
    "case": ("CASE_ID", lambda rng: rng.choice([f"2023-{digits(rng, 5)}", digits(rng, 6), f"04-{digits(rng, 6)}", f"MDPH04-2024-{digits(rng, 5)}", f"2024/{digits(rng, 4)}", f"SOL-{digits(rng, 7)}", digits(rng, 8), f"24-{digits(rng, 5)}-A"])),
    "cni": ("CNI", lambda rng: rng.choice([f"{rng.randint(10, 22)}{rng.randint(1, 12):02}04" + digits(rng, 6), rng.choice("DFHKTX") + "".join(rng.choice("0123456789CFGHJKLMNPRTVWXYZ") for _ in range(7)) + digits(rng, 1)])),
    "passport": ("PASSPORT", lambda rng: f"{rng.randint(10, 24)}{rng.choice('ABCDEF')}{rng.choice('HKLPR')}" + digits(rng, 5)),
    "licence": ("LICENCE", lambda rng: rng.choice([f"{rng.randint(76, 99)}{rng.randint(1, 12):02}04" + digits(rng, 6), f"{rng.randint(13, 24)}{rng.choice('ABCDEF')}{rng.choice('HKLPR')}" + digits(rng, 5)])),
    "ip": ("IP", lambda rng: rng.choice([f"{rng.choice([2, 78, 82, 90, 176, 203])}.{rng.randint(1, 254)}.{rng.randint(0, 254)}.{rng.randint(1, 254)}", f"2a01:cb{rng.randint(10, 99)}:{rng.randint(100, 999)}:{rng.randint(1000, 9999)}::{rng.randint(1, 99)}", f"2001:861:{rng.randint(1000, 9999)}:{rng.randint(10, 99)}f0:a{rng.randint(10, 99)}:{rng.randint(1000, 9999)}:c0de:{rng.randint(1, 99)}"])),
    "siret": ("SIRET", lambda rng: siret(rng)),
    "password": ("SECRET", passphrase), "token": ("SECRET", token), "pin": ("SECRET", lambda rng: digits(rng, 4)),
    "address": ("ADDRESS", lambda rng: f"{rng.randint(1, 180)}{rng.choice(['', '', ' bis'])} {rng.choice(WAYS)}, {rng.choice(TOWNS)}"),
    "dob": ("BIRTHDATE", birth),
    "health": ("HEALTH", lambda rng: rng.choice(HEALTH)), "vulnerable": ("VULNERABLE", lambda rng: rng.choice(VULNERABLE)),
    "sensitive": ("SENSITIVE", lambda rng: rng.choice(SENSITIVE)), "finance": ("FINANCE", lambda rng: rng.choice(FINANCE)),
}


def siret(rng):
    full = luhn(luhn(rng.choice("45789") + digits(rng, 7)) + "000" + digits(rng, 1))
    return rng.choice([full, " ".join(groups(full, 3, 3, 3, 5)), f"{full[:9]} {full[9:]}"])


def siren(rng):
    return luhn(rng.choice("45789") + digits(rng, 7))


#: Slots of things that are nobody's.
PLAIN = {
    "order": lambda rng: rng.choice(["45", "20", "10"]) + digits(rng, 8), "order15": lambda rng: rng.choice("456789") + digits(rng, 14),
    "order16": lambda rng: rng.choice("1789") + digits(rng, 15), "order14": lambda rng: "2" + digits(rng, 13), "order7": lambda rng: rng.choice("123456789") + digits(rng, 6),
    "order6": lambda rng: digits(rng, 6), "order5": lambda rng: rng.choice("123456789") + digits(rng, 4), "ean": ean,
    "isbn": lambda rng: f"978-2-{digits(rng, 4)}-{digits(rng, 4)}-{digits(rng, 1)}", "marche": lambda rng: rng.choice([f"24-DSI-{digits(rng, 4)}", f"2024M{digits(rng, 4)}", f"25PA{digits(rng, 3)}", f"2025-{digits(rng, 3)}-TVX"]),
    "delib": lambda rng: rng.choice([f"2024-{digits(rng, 3)}", f"CP-2024-06-{digits(rng, 3)}", f"D-VI-{rng.randint(1, 40)}", f"24-{digits(rng, 4)}"]), "article": lambda rng: rng.choice([f"L. {rng.randint(111, 799)}-{rng.randint(1, 40)}", f"R. {rng.randint(111, 799)}-{rng.randint(1, 40)}-{rng.randint(1, 9)}", f"L{rng.randint(1111, 6999)}-{rng.randint(1, 40)}", str(rng.randint(1, 2200))]),
    "stamp": lambda rng: rng.choice(["17", "16"]) + digits(rng, rng.choice([8, 11])), "iso": lambda rng: f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:00Z",
    "siren": lambda rng: rng.choice([siren(rng), " ".join(groups(siren(rng), 3, 3, 3))]), "tva": lambda rng: (lambda s: f"FR{(12 + 3 * (int(s) % 97)) % 97:02}{s}")(siren(rng)), "finess": lambda rng: luhn("04078" + digits(rng, 3)),
    "version": lambda rng: rng.choice([f"{rng.randint(1, 20)}.{rng.randint(0, 30)}.{rng.randint(0, 20)}", f"{rng.randint(1, 9)}.{rng.randint(0, 9)}.{rng.randint(0, 9)}.{rng.randint(0, 9)}", f"v{rng.randint(1, 20)}.{rng.randint(0, 30)}"]), "amount": amount, "year": lambda rng: str(rng.randint(2015, 2025)),
    "office": lambda rng: national(rng, "492" + digits(rng, 6)), "green": lambda rng: rng.choice([f"0 800 {digits(rng, 3)} {digits(rng, 3)}", f"08 {rng.choice(['00', '10', '20', '92'])} {digits(rng, 2)} {digits(rng, 2)} {digits(rng, 2)}", "3646"]),
    "tracking": lambda rng: rng.choice([f"6A{digits(rng, 11)}", f"RR{digits(rng, 9)}FR", f"1A{digits(rng, 11)}"]), "private": lambda rng: rng.choice([f"192.168.{rng.randint(0, 254)}.{rng.randint(1, 254)}", f"10.{rng.randint(0, 254)}.{rng.randint(0, 254)}.{rng.randint(1, 254)}"]), "port": lambda rng: str(rng.choice([80, 443, 8080, 5432, 3000])),
    "parcel": lambda rng: rng.choice([f"AB {rng.randint(1, 999)}", f"section C n° {rng.randint(1, 999)}", f"04070 000 AB {rng.randint(1, 9999):04}"]), "insee": lambda rng: rng.choice(["04070", "04112", "04209", "04088"]), "road": lambda rng: str(rng.choice([4085, 907, 17, 900])), "count": lambda rng: rng.choice([f"{rng.randint(1, 99)} {digits(rng, 3)}", str(rng.randint(100, 99999))]),
    "lambert": lambda rng: f"{rng.randint(900000, 999999)}.{digits(rng, 2)}", "cerfa": lambda rng: f"{rng.randint(10000, 16999)}*{rng.randint(1, 9):02}", "decree": lambda rng: str(rng.randint(100, 1800)), "nor": lambda rng: f"INTB{digits(rng, 7)}{rng.choice('CDJ')}",
    "uuid": lambda rng: "-".join("".join(rng.choice("0123456789abcdef") for _ in range(n)) for n in (8, 4, 4, 4, 12)), "hash": lambda rng: "".join(rng.choice("0123456789abcdef") for _ in range(20)), "hex": lambda rng: "".join(rng.choice("0123456789ABCDEF") for _ in range(6)),
    "serial": lambda rng: rng.choice([f"SN{digits(rng, 8)}", f"CND{digits(rng, 4)}X{digits(rng, 2)}", f"VNB3{digits(rng, 5)}"]), "account": lambda rng: str(rng.randint(10000, 79999)), "ral": lambda rng: str(rng.randint(1000, 9023)), "small": lambda rng: str(rng.randint(6, 48)),
}


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
        """What stands for a slot, and the type of its span, if it has one."""
        if slot in MARKED:
            kind, make = MARKED[slot]
            return make(self.rng), kind
        if slot in PLAIN:
            return PLAIN[slot](self.rng), None
        if slot in ("name", "caps", "lower"):
            self.person()
        first, last = self.first, self.last
        return {
            "name": lambda: (self.rng.choice([f"{first} {last}", f"{first} {last.upper()}", f"{last.upper()} {first}"]), "PERSON"),
            "caps": lambda: (f"{last} {first}".upper(), "PERSON"),
            "lower": lambda: (f"{plain(first)} {plain(last)}".lower(), "PERSON"),
            "first": lambda: (first, "PERSON"), "last": lambda: (last, "PERSON"), "LAST": lambda: (last.upper(), "PERSON"),
            "initial": lambda: (f"{first[0]}.", None),
            "civil": lambda: (self.rng.choice(["M.", "Mme", "Monsieur", "Madame", "Mlle"]), None),
            "email": lambda: (email(self.rng, first, last), "EMAIL"),
        }[slot]()
