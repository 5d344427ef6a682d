//! What the TOML reader says of another file of ours, the settings, told as a policy's mistakes are: in French, with the
//! place, the line, a caret and what was probably meant. The place is the reader's.

use toml::de::{DeTable, Error};

use super::codes;
use super::diagnostic::Diagnostics;
use super::document::Document;
use super::log::{Log, Mistake, Span};
use super::spelling::nearest;

/// Says what is wrong with a file that the reader refused; `origin` is its name for messages.
pub fn misread(source: &str, origin: &str, error: &Error) -> Diagnostics {
    let log = Log::new(source, origin);
    if !DeTable::parse_recoverable(source).1.is_empty() {
        // No TOML at all: lines are broken in the same ways in every file. What else a policy lacks is not asked.
        Document::read(source, &log);
        let told = log.finish();
        let broken = told.iter().filter(|told| told.code == codes::SYNTAX).cloned().collect();
        return Diagnostics::new(origin, broken);
    }
    let span = error.span().unwrap_or(0..0);
    log.add(mistake(&span, error.message()));
    log.finish()
}

/// From the words of serde's errors (`serde::de::Error`), of the standard library's and of the reader's.
fn mistake(span: &Span, words: &str) -> Mistake {
    let (beginning, expected) = words.split_once(", expected ").unwrap_or((words, ""));
    let named = quoted(beginning).next().unwrap_or_default();
    if beginning.starts_with("unknown field") {
        return Mistake::error(codes::UNKNOWN_KEY, span, format!("clé inconnue : `{named}`"))
            .help(format!("clés possibles ici : {}", listed(expected)))
            .suggest(nearest(named, quoted(expected)));
    }
    if beginning.starts_with("missing field") {
        let place = if span.start == 0 { "ce fichier" } else { "cette section" };
        return Mistake::error(codes::MISSING, span, format!("`{named}` manque dans {place}"))
            .help("le fichier config/gardefou.toml du programme montre où et comment l'écrire");
    }
    if beginning.starts_with("unknown variant") && is_secret(expected) {
        // What was written may be the secret itself.
        return Mistake::error(codes::PLAIN_SECRET, span, A_SECRET)
            .help(HOW_TO_REFER)
            .suggest(nearest(named, quoted(expected)));
    }
    if beginning.starts_with("unknown variant") {
        return Mistake::error(codes::NOT_LISTED, span, "cette valeur n'est pas de celles permises")
            .help(format!("valeurs possibles : {}", listed(expected)))
            .suggest(nearest(named, quoted(expected)).map(|value| format!("\"{value}\"")));
    }
    if beginning.starts_with("wanted ") {
        return Mistake::error(codes::WRONG_TYPE, span, A_SECRET).help(HOW_TO_REFER);
    }
    if beginning.starts_with("invalid socket address") {
        return wanted(codes::BAD_URL, span, "socket address");
    }
    let code = if beginning.starts_with("invalid value: integer") {
        codes::OUT_OF_RANGE
    } else {
        codes::WRONG_TYPE
    };
    wanted(code, span, expected)
}

const A_SECRET: &str = "un secret n'est pas écrit ici : il est dans une variable ou dans un fichier, qui est nommé ici";
const HOW_TO_REFER: &str = "écrire `{ env = \"NOM_DE_VARIABLE\" }` ou `{ file = \"chemin\" }`";

fn wanted(code: &'static str, span: &Span, expected: &str) -> Mistake {
    let what = match expected {
        "a string" | "path string" | "a borrowed string" => "un texte entre guillemets",
        "a boolean" => "`true` ou `false`, sans guillemets",
        "a sequence" => "une liste, entre crochets",
        "socket address" => "une adresse et un port, par exemple \"127.0.0.1:8080\"",
        "u8" => "un nombre entier de 0 à 255",
        "u16" => "un nombre entier de 0 à 65535",
        "u32" => "un nombre entier de 0 à 4294967295",
        "u64" | "usize" => "un nombre entier, positif ou nul",
        _ if expected.starts_with("struct ") || expected == "a map" => "une section, avec ses propres clés",
        _ if expected.starts_with("enum ") || expected.contains("variant") => {
            return Mistake::error(code, span, "cette valeur n'est pas de la forme attendue").help(
                "un mot entre guillemets ; pour un secret, `{ env = \"NOM_DE_VARIABLE\" }` ou `{ file = \"chemin\" }`",
            );
        }
        _ => {
            return Mistake::error(code, span, "cette valeur n'est pas de celles que cette clé admet")
                .help("le fichier config/gardefou.toml du programme montre chaque clé avec sa valeur d'origine");
        }
    };
    Mistake::error(code, span, format!("il faut ici {what}"))
}

/// The words between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn listed(expected: &str) -> String {
    let all: Vec<_> = quoted(expected).map(|word| format!("`{word}`")).collect();
    all.join(", ")
}

/// Whether these are the two ways to refer to a secret.
fn is_secret(expected: &str) -> bool {
    quoted(expected).eq(["env", "file"])
}
