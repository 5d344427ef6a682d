//! A table of trainings as a spreadsheet or a learning platform exports it: CSV with commas, semicolons or tabs, headed
//! in French or English, in any order of columns. Every mistake is told with its line, and none repeats what stands
//! there: it may be a name.

use std::{borrow::Cow, fmt};

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use jiff::civil::Date;

use crate::domain::{Identity, Month};

/// A training somebody had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who.
    pub holder: Identity,
    /// Name of the training.
    pub training: String,
    /// Last day.
    pub valid_until: Date,
}

/// A mistake of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// From 1.
    pub line: u64,
    /// What is wrong, in French.
    pub what: String,
}

impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ligne {} : {}", self.line, self.what)
    }
}

/// A person of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub holder: Identity,
    /// Names of groups.
    pub groups: Vec<String>,
    /// Direction; empty where there is none.
    pub direction: String,
}

/// A column: name, name in French, and all names it may have once folded.
type Column = (&'static str, &'static str, &'static [&'static str]);

/// Of the directory.
const DIRECTORY: [Column; 3] = [
    ("email", "courriel", COLUMNS[0].2),
    (
        "groups",
        "groupes",
        &["groups", "groupes", "group", "groupe", "member of", "memberof"],
    ),
    (
        "direction",
        "direction",
        &["direction", "service", "department", "departement", "org unit"],
    ),
];

/// Of trainings.
const COLUMNS: [Column; 3] = [
    (
        "holder",
        "titulaire",
        &[
            "holder",
            "titulaire",
            "agent",
            "personne",
            "identite",
            "identifiant",
            "courriel",
            "email",
            "e mail",
            "mail",
            "adresse",
            "adresse electronique",
        ],
    ),
    ("training", "formation", &["training", "formation"]),
    (
        "valid_until",
        "valable jusqu'au",
        &[
            "valid until",
            "valable jusqu au",
            "jusqu au",
            "fin",
            "date de fin",
            "fin de validite",
            "echeance",
            "expiration",
        ],
    ),
];

/// Longest name or training, in characters: the longest e-mail address (RFC 5321 §4.5.3.1).
const LONGEST: usize = 254;

/// Reads a table.
///
/// # Errors
/// All its mistakes; then none of it is to be used.
pub fn read(bytes: &[u8]) -> Result<Vec<Line>, Vec<Slip>> {
    table(bytes, &COLUMNS, "aucune attestation ne suit l'en-tête", line)
}

/// Reads a table of people, their groups and their direction. Groups of a cell are apart by `|`, or by a comma or a
/// semicolon that does not divide columns.
///
/// # Errors
/// All its mistakes; then none of it is to be used.
pub fn read_directory(bytes: &[u8]) -> Result<Vec<Person>, Vec<Slip>> {
    table(bytes, &DIRECTORY, "aucune personne ne suit l'en-tête", person)
}

fn table<const N: usize, T>(
    bytes: &[u8],
    wanted: &[Column; N],
    nothing: &str,
    line: impl Fn(&StringRecord, [usize; N]) -> Result<T, Vec<Slip>>,
) -> Result<Vec<T>, Vec<Slip>> {
    let text = decoded(bytes);
    let mut records = ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .into_records();
    // The text is UTF-8 and no record has to be as long as another: the reader has nothing to complain of.
    let mut next = move || records.next().and_then(Result::ok);
    let Some(head) = next() else {
        return Err(vec![slip(1, "le fichier est vide")]);
    };
    let places = columns(&head, wanted)?;
    let (mut lines, mut slips) = (Vec::new(), Vec::new());
    while let Some(record) = next() {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        match line(&record, places) {
            Ok(line) => lines.push(line),
            Err(mut wrong) => slips.append(&mut wrong),
        }
    }
    if lines.is_empty() && slips.is_empty() {
        slips.push(slip(2, nothing));
    }
    if slips.is_empty() { Ok(lines) } else { Err(slips) }
}

fn slip(line: u64, what: impl Into<String>) -> Slip {
    Slip {
        line,
        what: what.into(),
    }
}

fn number(record: &StringRecord) -> u64 {
    record.position().map_or(1, csv::Position::line)
}

/// Spreadsheets in France still write Windows-1252 where nobody asks for UTF-8.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let guessed = || {
        if std::str::from_utf8(bytes).is_ok() {
            UTF_8
        } else {
            WINDOWS_1252
        }
    };
    marked.unwrap_or_else(guessed).decode(bytes).0
}

/// The one that the first line has most of.
fn delimiter(text: &str) -> u8 {
    let head = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let most = [b';', b',', b'\t'].into_iter().rev();
    most.max_by_key(|mark| head.bytes().filter(|byte| byte == mark).count())
        .unwrap_or(b';')
}

/// Where each column stands.
fn columns<const N: usize>(head: &StringRecord, wanted: &[Column; N]) -> Result<[usize; N], Vec<Slip>> {
    let (at, mut places, mut slips) = (number(head), [0; N], Vec::new());
    let cells: Vec<String> = head.iter().map(folded).collect();
    for ((name, french, names), place) in wanted.iter().zip(&mut places) {
        let found: Vec<usize> = (0..cells.len())
            .filter(|&i| names.contains(&cells[i].as_str()))
            .collect();
        match found[..] {
            [one] => *place = one,
            [] => slips.push(slip(
                at,
                format!("l'en-tête n'a pas de colonne `{name}` (ou `{french}`)"),
            )),
            [..] => slips.push(slip(at, format!("l'en-tête a plusieurs colonnes pour `{name}`"))),
        }
    }
    if slips.is_empty() { Ok(places) } else { Err(slips) }
}

/// Small letters without accents, words apart by one space.
fn folded(cell: &str) -> String {
    let plain = cell.to_lowercase().replace(['é', 'è', 'ê'], "e").replace('à', "a");
    let words = plain.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn line(record: &StringRecord, places: [usize; 3]) -> Result<Line, Vec<Slip>> {
    let at = number(record);
    let mut slips = Vec::new();
    let [holder, training, until] = places.map(|place| record.get(place).unwrap_or_default().trim());
    for (name, cell) in [("holder", holder), ("training", training), ("valid_until", until)] {
        if cell.is_empty() {
            slips.push(slip(at, format!("`{name}` est vide")));
        } else if cell.chars().count() > LONGEST || cell.chars().any(char::is_control) {
            slips.push(slip(
                at,
                format!("`{name}` n'est pas un texte lisible de {LONGEST} caractères au plus"),
            ));
        }
    }
    match day(until) {
        Ok(valid_until) if slips.is_empty() => {
            return Ok(Line {
                holder: Identity::new(holder),
                training: training.to_owned(),
                valid_until,
            });
        }
        Err(what) if !until.is_empty() => slips.push(slip(at, what)),
        _ => {}
    }
    Err(slips)
}

fn person(record: &StringRecord, places: [usize; 3]) -> Result<Person, Vec<Slip>> {
    let at = number(record);
    let [holder, groups, direction] = places.map(|place| record.get(place).unwrap_or_default().trim());
    let mut slips = Vec::new();
    if !holder.contains('@') {
        slips.push(slip(at, "`email` n'est pas une adresse"));
    }
    for (name, cell, longest) in [
        ("email", holder, LONGEST),
        ("groups", groups, 32 * LONGEST),
        ("direction", direction, LONGEST),
    ] {
        if cell.chars().count() > longest || cell.chars().any(char::is_control) {
            slips.push(slip(
                at,
                format!("`{name}` n'est pas un texte lisible de {longest} caractères au plus"),
            ));
        }
    }
    if !slips.is_empty() {
        return Err(slips);
    }
    let names = groups
        .split(['|', ',', ';'])
        .map(str::trim)
        .filter(|name| !name.is_empty());
    Ok(Person {
        holder: Identity::new(holder),
        groups: names.map(str::to_owned).collect(),
        direction: direction.to_owned(),
    })
}

/// `2027-01-31`, `31/01/2027`, `31 janvier 2027`.
fn day(text: &str) -> Result<Date, &'static str> {
    const FORMS: &str = "la date doit être écrite comme 2027-01-31, 31/01/2027 ou 31 janvier 2027";
    let parts: Vec<&str> = text.split(['-', '/', '.', ' ']).collect();
    let [first, middle, last] = parts[..] else {
        return Err(FORMS);
    };
    let (year, month, day) = if first.len() == 4 && text.contains('-') {
        (first, middle, last)
    } else {
        (last, middle, first.strip_suffix("er").unwrap_or(first))
    };
    if year.len() == 2 && year.bytes().all(|b| b.is_ascii_digit()) {
        return Err("l'année de la date doit avoir quatre chiffres");
    }
    let digits = |text: &str, most: usize| {
        let fine = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fine.then(|| text.parse::<i16>().ok()).flatten()
    };
    let named = || {
        let wanted = folded(middle);
        (1..=12).find(|&month| {
            let name = Month::from(Date::constant(2000, month, 1)).name();
            folded(name) == wanted
        })
    };
    let month = digits(month, 2)
        .and_then(|month| i8::try_from(month).ok())
        .or_else(named);
    let day = digits(day, 2).and_then(|day| i8::try_from(day).ok());
    match (digits(year, 4).filter(|_| year.len() == 4), month, day) {
        (Some(year), Some(month), Some(day)) => {
            Date::new(year, month, day).map_err(|_| "ce jour n'est pas dans le calendrier")
        }
        _ => Err(FORMS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(holder: &str, training: &str, (year, month, day): (i16, i8, i8)) -> Line {
        Line {
            holder: Identity::new(holder),
            training: training.to_owned(),
            valid_until: Date::constant(year, month, day),
        }
    }

    #[test]
    fn the_same_table_is_read_in_every_dress() {
        let wanted = vec![
            line("a.martin@x.example", "ia-sante", (2027, 1, 31)),
            line("b.roux@x.example", "IA, les bases", (2027, 8, 1)),
        ];
        let french = "Titulaire;Formation;Valable jusqu'au\r\na.martin@x.example;ia-sante;31/01/2027\r\n\
                      b.roux@x.example;IA, les bases;1er août 2027\r\n";
        let windows = WINDOWS_1252.encode("\u{c9}ch\u{e9}ance;Agent;Formation\n31.01.2027;a.martin@x.example;ia-sante\n01/08/2027;b.roux@x.example;IA, les bases\n").0;
        let cases: [&[u8]; 5] = [
            b"holder,training,valid_until\na.martin@x.example,ia-sante,2027-01-31\nb.roux@x.example,\"IA, les bases\",2027-08-01",
            french.as_bytes(),
            &[b"\xef\xbb\xbf", french.as_bytes()].concat(),
            &windows,
            b"note\tholder\ttraining\tvalid_until\n\ta.martin@x.example\tia-sante\t31 janvier 2027\n\n\t\t\t\nvu\tb.roux@x.example\tIA, les bases\t2027-08-01\n",
        ];
        for bytes in cases {
            assert_eq!(read(bytes), Ok(wanted.clone()), "{:?}", String::from_utf8_lossy(bytes));
        }
        let marked = "\u{feff}holder;training;valid_until\na.martin@x.example;ia-sante;2027-01-31\nb.roux@x.example;IA, les bases;2027-08-01";
        let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&wide), Ok(wanted), "UTF-16");
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_without_its_words() {
        let table = "holder;training;valid_until\na@x.example;ia;2027-02-30\n;ia;2027-01-01\nMme Roux;;31/01/27\n\
                     c@x.example;ia;demain\nd@x.example;ia\ne@x.example;ia;2027-01-01\n";
        let slips: Vec<String> = read(table.as_bytes())
            .unwrap_err()
            .iter()
            .map(Slip::to_string)
            .collect();
        let wanted = [
            "ligne 2 : ce jour n'est pas dans le calendrier",
            "ligne 3 : `holder` est vide",
            "ligne 4 : `training` est vide",
            "ligne 4 : l'année de la date doit avoir quatre chiffres",
            "ligne 5 : la date doit être écrite comme 2027-01-31, 31/01/2027 ou 31 janvier 2027",
            "ligne 6 : `valid_until` est vide",
        ];
        assert_eq!(slips, wanted);
    }

    #[test]
    fn a_table_without_its_columns_or_lines_is_none() {
        for (table, wanted) in [
            ("", "ligne 1 : le fichier est vide"),
            (
                "holder;training;valid_until\n",
                "ligne 2 : aucune attestation ne suit l'en-tête",
            ),
            (
                "nom;formation;fin\nx;y;z",
                "ligne 1 : l'en-tête n'a pas de colonne `holder` (ou `titulaire`)",
            ),
            (
                "agent;mail;formation;fin\n",
                "ligne 1 : l'en-tête a plusieurs colonnes pour `holder`",
            ),
        ] {
            assert_eq!(read(table.as_bytes()).unwrap_err()[0].to_string(), wanted, "{table}");
        }
    }

    #[test]
    fn a_directory_has_people_groups_and_directions() {
        let people = |text: &str| read_directory(text.as_bytes());
        let roux = |groups: &[&str], direction: &str| Person {
            holder: Identity::new("b.roux@departement04.example"),
            groups: groups.iter().map(ToString::to_string).collect(),
            direction: direction.into(),
        };
        for (text, expected) in [
            (
                "Courriel;Groupes;Direction\nb.roux@departement04.example;comite | rssi;Solidarités\n",
                roux(&["comite", "rssi"], "Solidarités"),
            ),
            (
                "direction,email,groups\n,b.roux@departement04.example,\"comite,rssi\"\n\n",
                roux(&["comite", "rssi"], ""),
            ),
            (
                "email\tmemberOf\tservice\nb.roux@departement04.example\t\tRoutes\n",
                roux(&[], "Routes"),
            ),
        ] {
            assert_eq!(people(text), Ok(vec![expected]), "{text}");
        }
        for (text, lines) in [
            ("", &[1][..]),
            ("email;groups\na@b.example;x\n", &[1]),
            ("email;groups;direction\n", &[2]),
            (
                "email;groups;direction\nsans adresse;a;b\na@b.example;a;b\n;a;b\n",
                &[2, 4],
            ),
            ("email;courriel;groups;direction\na@b.example;;;\n", &[1]),
        ] {
            let slips = people(text).expect_err("mistakes");
            assert_eq!(
                slips.iter().map(|slip| slip.line).collect::<Vec<_>>(),
                lines,
                "{text}: {slips:?}"
            );
            assert!(
                slips.iter().all(|slip| !slip.what.contains("sans adresse")),
                "a name is not repeated"
            );
        }
    }
}
