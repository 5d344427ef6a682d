//! What the TOML reader says of a broken line, in French.

use toml::de::Error;

use crate::policy::codes;
use crate::policy::log::Mistake;

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
    ("invalid date-time", "cette date est mal écrite", "exemple : 2027-06-30"),
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

/// The mistake behind an error of the reader.
pub(super) fn mistake(source: &str, error: &Error) -> Mistake {
    let span = error.span().unwrap_or(source.len()..source.len());
    let meaning = MEANINGS
        .iter()
        .find(|(beginning, ..)| error.message().starts_with(beginning));
    match meaning {
        Some((_, message, help)) => Mistake::error(codes::SYNTAX, &span, *message).help(*help),
        None => Mistake::error(codes::SYNTAX, &span, "cette ligne n'est pas du TOML valable")
            .help("une ligne s'écrit `clé = valeur`, un texte entre guillemets"),
    }
}

/// Whether the reader found its way again on the next line.
pub(super) fn is_local(error: &Error) -> bool {
    let lost = [
        "unclosed array",
        "unclosed inline",
        "invalid multi-line",
        "cannot recurse",
        "recursion limit",
    ];
    let message = error.message();
    message.starts_with("unclosed array table") || !lost.iter().any(|beginning| message.starts_with(beginning))
}
