//! What the TOML reader says of a broken line, in French.

use toml::de::Error;

use crate::policy::codes;
use crate::policy::log::{Log, Mistake, Span};

use super::skeleton::{Bracket, brackets, first, line, opened, skeleton};

/// Beginnings of the reader's messages, what they mean, and what to do.
const MEANINGS: &[(&str, &str, &str)] = &[
    (
        "duplicate key",
        "cette clé est déjà donnée plus haut",
        "n'en garder qu'une",
    ),
    (
        "string values must be quoted",
        "un texte s'écrit entre guillemets",
        "exemple : nom = \"Gemini\"",
    ),
    (
        "key with no value",
        "cette clé n'a pas de valeur",
        "exemple : level = 1",
    ),
    ("missing value", "il manque une valeur après `=`", "exemple : level = 1"),
    (
        "missing assignment",
        "il manque `=` entre la clé et sa valeur",
        "exemple : level = 1",
    ),
    (
        "extra `=`",
        "il y a un `=` de trop",
        "une ligne ne porte qu'une clé et sa valeur",
    ),
    (
        "extra assignment",
        "il y a un `=` de trop",
        "une ligne ne porte qu'une clé et sa valeur",
    ),
    ("extra comma", "il y a une virgule de trop", "retirer cette virgule"),
    (
        "missing comma",
        "il manque une virgule entre deux éléments",
        "exemple : [\"a\", \"b\"]",
    ),
    (
        "unclosed array table",
        "cette section n'est pas fermée",
        "exemple : [[tool]]",
    ),
    (
        "unclosed table",
        "cette section n'est pas fermée",
        "exemple : [charter]",
    ),
    ("unclosed array", "cette liste n'est pas fermée", "ajouter `]` à sa fin"),
    (
        "unclosed inline table",
        "cette table n'est pas fermée",
        "ajouter `}` à sa fin",
    ),
    (
        "invalid literal string",
        "ce texte n'est pas fermé ou contient un caractère invisible",
        "ajouter `'` à sa fin",
    ),
    (
        "invalid basic string",
        "ce texte n'est pas fermé ou contient un caractère invisible",
        "ajouter `\"` à sa fin",
    ),
    (
        "invalid multi-line",
        "ce texte de plusieurs lignes n'est pas fermé",
        "ajouter les trois guillemets à sa fin",
    ),
    (
        "missing escaped value",
        "cette barre oblique inverse n'introduit aucun caractère connu",
        "la doubler, ou écrire le texte entre apostrophes : 'IODAS-\\d{6}'",
    ),
    (
        "invalid date",
        "cette date n'existe pas ou est mal écrite",
        "exemple : 2027-06-30",
    ),
    (
        "invalid unquoted key",
        "le nom de cette clé contient un caractère interdit",
        "lettres, chiffres, `_` et `-`",
    ),
    (
        "unquoted keys cannot be empty",
        "il manque le nom de la clé",
        "exemple : level = 1",
    ),
    ("invalid key", "il manque le nom de la clé", "exemple : level = 1"),
    (
        "invalid table",
        "le nom de la section manque ou est mal écrit",
        "exemple : [[tool]]",
    ),
    (
        "invalid boolean",
        "seules valeurs possibles sans guillemets : `true` et `false`",
        "un texte prend des guillemets",
    ),
    (
        "unexpected leading zero",
        "un nombre ne commence pas par zéro",
        "retirer le zéro",
    ),
    (
        "cannot recurse",
        "les éléments sont imbriqués trop profondément",
        "écrire des sections",
    ),
    (
        "recursion limit",
        "les éléments sont imbriqués trop profondément",
        "écrire des sections",
    ),
];

/// Tells the errors of one reading, one a line, and returns the text without those lines, so that the rest can be read
/// for its own mistakes. None where what follows would not mean what its author meant.
pub(super) fn report(text: &str, errors: &[Error], log: &Log<'_>) -> Option<String> {
    if let Some(quotes) = errors.iter().any(is_lost).then(|| unpaired(text)).flatten() {
        let message = "un texte de plusieurs lignes est ouvert ici et n'est fermé nulle part";
        let help = "trois guillemets ouvrent un texte de plusieurs lignes, un seul un texte d'une ligne";
        log.add(Mistake::error(codes::SYNTAX, &quotes, message).help(help));
        return None;
    }
    let mut places: Vec<_> = errors.iter().map(|error| (place(text, error), error)).collect();
    places.sort_by_key(|(span, _)| span.start);
    let bones = skeleton(text);
    let brackets = brackets(&bones);
    let mut rest = text.as_bytes().to_vec();
    let mut done = 0;
    for (span, error) in places {
        let line = line(text, span.start);
        if span.start < done {
            continue;
        }
        done = line.end;
        let words = text[line.clone()].trim();
        let open = opened(&brackets, line.start);
        if let Some(mistake) = open.and_then(|open| swallowed(text, open, error, &line, &span)) {
            log.add(mistake);
            return None;
        }
        let mistake = mistake(&span, error);
        let open = opened(&brackets, span.start).filter(|_| is_lost(error));
        let first = first(&bones, &line, &span).filter(|_| error.message().starts_with("duplicate key"));
        log.add(match (open, first) {
            (Some(open), _) => mistake.related(&open.span(), "ouverte ici"),
            (None, Some(first)) => mistake.related(&first, "donnée une première fois ici"),
            (None, None) => mistake,
        });
        if is_lost(error) || words.is_empty() || words.starts_with('[') {
            return None;
        }
        rest[line].fill(b' ');
    }
    String::from_utf8(rest).ok()
}

/// Whether the reader does not find its way again on the next line.
fn is_lost(error: &Error) -> bool {
    const LOST: [&str; 5] = [
        "unclosed array",
        "unclosed inline",
        "invalid multi-line",
        "cannot recurse",
        "recursion limit",
    ];
    LOST.iter().any(|beginning| error.message().starts_with(beginning))
}

/// The last three quotes, if they pair with none.
fn unpaired(text: &str) -> Option<Span> {
    let odd = |quotes: &&str| text.matches(*quotes).count() % 2 == 1;
    let quotes = ["\"\"\"", "'''"].into_iter().find(odd)?;
    text.rfind(quotes).map(|at| at..at + quotes.len())
}

/// A section or a key that was taken for an element of a list or a table that nobody closed.
fn swallowed(text: &str, open: &Bracket, error: &Error, line: &Span, span: &Span) -> Option<Mistake> {
    const SIGNS: [&str; 6] = [
        "invalid boolean",
        "missing assignment",
        "missing comma between",
        "missing key for inline",
        "string values must be quoted",
        "unexpected `=` in array",
    ];
    let words = text[line.clone()].trim();
    let before = text[line.start..span.start].trim();
    // Of a section, the name may be what is wrong.
    let begins_a_line = matches!(before, "" | "[" | "[[") && (words.starts_with('[') || words.contains('='));
    if !begins_a_line || !SIGNS.iter().any(|beginning| error.message().starts_with(beginning)) {
        return None;
    }
    let (what, closing) = if open.sign == '[' {
        ("liste", ']')
    } else {
        ("table", '}')
    };
    Some(
        Mistake::error(
            codes::SYNTAX,
            line,
            format!("la {what} ouverte plus haut n'est pas fermée"),
        )
        .label("cette ligne est prise pour un de ses éléments")
        .help(format!("ajouter `{closing}` à la fin de la {what}"))
        .related(&open.span(), "ouverte ici"),
    )
}

fn place(text: &str, error: &Error) -> Span {
    error.span().unwrap_or(text.len()..text.len())
}

fn mistake(span: &Span, error: &Error) -> Mistake {
    let meaning = MEANINGS
        .iter()
        .find(|(beginning, ..)| error.message().starts_with(beginning));
    match meaning {
        Some((_, message, help)) => Mistake::error(codes::SYNTAX, span, *message).help(*help),
        None => Mistake::error(codes::SYNTAX, span, "cette ligne n'est pas du TOML valable")
            .help("une ligne s'écrit `clé = valeur`, un texte entre guillemets"),
    }
}
