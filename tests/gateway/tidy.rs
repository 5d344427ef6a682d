//! The house itself: floors, doors, and files that say what they are for.

use std::{fs, path::Path};

/// Rooms by floor: a room names only rooms of lower floors.
const FLOORS: [&[&str]; 6] = [
    &["domain", "detector", "footprint", "keyfile", "provenance"],
    &["policy", "dialect", "masking", "reading", "schema"],
    &[
        "identity",
        "reload",
        "upstream",
        "limits",
        "ledger",
        "office",
        "committee",
    ],
    &["gateway", "report", "demo", "mail"],
    &["http"],
    &["settings", "telemetry", "cli"],
];

/// Crates that only some rooms may name. `toml` as `toml::`, and so on.
const DOORS: [(&str, &[&str]); 12] = [
    ("aws_lc_rs", &["keyfile"]),
    ("sqlx", &["schema", "ledger", "office", "committee", "limits"]),
    ("redis", &["limits"]),
    ("reqwest", &["upstream", "identity"]),
    ("lettre", &["mail"]),
    ("axum", &["http"]),
    ("toml", &["policy", "settings"]),
    ("clap", &["cli"]),
    ("notify", &["reload"]),
    ("zip", &["reading", "report"]),
    ("krilla", &["report"]),
    ("hayro_interpret", &["reading"]),
];

/// Rooms that only some rooms may name, beyond what the floors say.
const ONLY: [(&str, &[&str]); 1] = [("upstream", &["gateway", "settings", "cli"])];

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
    {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let name = entry.strip_prefix(root()).expect("below").display().to_string();
            found.push((name, fs::read_to_string(&entry).expect("UTF-8")));
        }
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

fn all() -> Vec<(String, String)> {
    let mut found = Vec::new();
    sources(root(), &mut found);
    assert!(found.len() > 50, "the house was found");
    found
}

fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// The code without its comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn a_room_names_only_rooms_of_lower_floors() {
    let mut wrong = Vec::new();
    for (file, text) in all() {
        let Some(own) = floor(room(&file)) else { continue };
        for line in code(&text) {
            for other in line.split("crate::").skip(1).map(|rest| {
                rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap_or_default()
            }) {
                let allowed = ONLY
                    .iter()
                    .find(|(name, _)| *name == other)
                    .is_none_or(|(_, who)| who.contains(&room(&file)) || room(&file) == other);
                let below = other == room(&file) || floor(other).is_some_and(|floor| floor < own);
                let desk = own == FLOORS.len() - 1 && floor(other) == Some(own);
                if !(below || desk) || !allowed {
                    wrong.push(format!("{file}: {}", line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_has_a_floor_and_every_floor_its_rooms() {
    for entry in fs::read_dir(root())
        .expect("src")
        .map(|entry| entry.expect("an entry").file_name())
    {
        let name = entry.to_string_lossy().trim_end_matches(".rs").to_owned();
        assert!(
            matches!(name.as_str(), "lib" | "main") || floor(&name).is_some(),
            "{name} has no floor"
        );
    }
}

#[test]
fn the_outside_world_has_one_door_each() {
    let mut wrong = Vec::new();
    for (file, text) in all() {
        for (name, rooms) in DOORS {
            let (path, use_) = (format!("{name}::"), format!("use {name}"));
            let named = code(&text).any(|line| {
                let at = line.find(&path);
                let whole =
                    at.is_some_and(|at| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'));
                whole || line.trim_start().starts_with(&use_)
            });
            if named && !rooms.contains(&room(&file)) {
                wrong.push(format!("{file} names {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_opens_by_saying_what_it_is_for_and_stays_readable() {
    let mut wrong = Vec::new();
    for (file, text) in all() {
        if !text.starts_with("//!") {
            wrong.push(format!("{file} does not say what it is for"));
        }
        let tests = file.contains("tests");
        if !tests && text.lines().count() > 600 {
            wrong.push(format!("{file} has {} lines", text.lines().count()));
        }
        for forbidden in ["dbg!(", "todo!(", "unimplemented!("] {
            if code(&text).any(|line| line.contains(forbidden)) {
                wrong.push(format!("{file} has {forbidden}"));
            }
        }
        if room(&file) != "cli"
            && !tests
            && code(&text)
                .any(|line| line.trim_start().starts_with("println!") || line.trim_start().starts_with("eprintln!"))
        {
            wrong.push(format!("{file} prints"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// CHARTE.md says which test proves a rule: a file in backquotes, then its tests.
#[test]
fn every_test_that_the_charter_page_names_exists() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(repository.join("CHARTE.md")).expect("the page");
    let (mut file, mut text, mut named) = (String::new(), String::new(), 0);
    for token in page.split('`').skip(1).step_by(2) {
        let is_file = (token.starts_with("tests/") || token.starts_with("src/")) && token.contains('.');
        if is_file {
            file = token.to_owned();
            text = fs::read_to_string(repository.join(token)).unwrap_or_else(|error| panic!("{token}: {error}"));
        } else if token.matches('_').count() >= 3 && token.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            let there = [format!("fn {token}("), format!("def {token}(")]
                .iter()
                .any(|way| text.contains(way));
            assert!(there, "{file} has no {token}");
            named += 1;
        }
    }
    assert!(named > 20, "the page was read: {named}");
}
