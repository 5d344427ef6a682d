//! The command line speaks French: help, mistakes of a line, what the operating system refuses.

use std::{fs, os::unix::ffi::OsStrExt, process::Command};

use crate::support::binary::Binary;

const SQLITE: &str = "sqlite://data/gardefou.db";

/// What clap says where nobody told it otherwise.
const ENGLISH: [&str; 22] = [
    "Usage:",
    "Options:",
    "Commands:",
    "Arguments:",
    "SUBCOMMANDS",
    "Print ",
    "default:",
    "possible values",
    "Possible values",
    "see more",
    "see a summary",
    "policy-enforcing",
    "COMMAND>",
    "COMMAND]",
    "<OWNER>",
    "<GROUPS>",
    "<ID>",
    "FILE>",
    "FILES>",
    "<SHELL>",
    "<IDENTITY>",
    "error:",
];

fn binary() -> Binary {
    Binary::with(&Binary::policy(), SQLITE)
}

fn is_french(told: &str, of: &str) {
    for english in ENGLISH {
        assert!(!told.contains(english), "{of}: `{english}` in\n{told}");
    }
}

/// The names under `Commandes :` in a help.
fn below(help: &str) -> Vec<String> {
    let Some((_, list)) = help.split_once("\nCommandes :\n") else {
        return Vec::new();
    };
    let lines = list.lines().take_while(|line| !line.trim().is_empty());
    let named = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    named
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}

#[test]
fn every_help_is_french() {
    let binary = binary();
    let (mut waiting, mut seen) = (vec![Vec::<String>::new()], 0);
    while let Some(command) = waiting.pop() {
        for flag in ["-h", "--help"] {
            let line: Vec<_> = command.iter().map(String::as_str).chain([flag]).collect();
            let (status, help, beside) = binary.says(&line);
            assert_eq!((status, beside.as_str()), (Some(0), ""), "{line:?}");
            is_french(&help, &line.join(" "));
            assert!(help.contains("Usage : gardefou"), "{line:?}: {help}");
            assert!(help.contains("Affiche cette aide"), "{line:?}: {help}");
            if flag == "--help" {
                seen += 1;
                waiting.extend(
                    below(&help)
                        .into_iter()
                        .map(|name| [command.clone(), vec![name]].concat()),
                );
            }
        }
    }
    assert!(seen >= 30, "{seen} commands were seen");
    let (status, version, _) = binary.says(&["--version"]);
    assert_eq!(status, Some(0));
    assert!(version.starts_with("gardefou "), "{version}");
}

#[test]
fn a_group_of_commands_shows_its_help() {
    let bare = Command::new(env!("CARGO_BIN_EXE_gardefou")).arg("keys").output();
    let bare = bare.expect("it runs");
    let help = String::from_utf8(bare.stderr).expect("UTF-8");
    assert_eq!(bare.status.code(), Some(2));
    is_french(&help, "keys");
    assert!(help.contains("Commandes :") && help.contains("create"), "{help}");
    let told = binary().fails(&["keys"]);
    assert!(
        told.contains("il manque une commande\nCommandes possibles : create, list, rotate, revoke"),
        "{told}"
    );
}

#[test]
fn the_manual_and_the_completions_are_french() {
    let binary = binary();
    let page = binary.run(&["man"]);
    is_french(&page, "man");
    assert!(page.contains(".SH NOM\n") && !page.contains(".SH NAME"), "{page}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = binary.run(&["completions", shell]);
        for english in ["Print help", "Print version", "policy-enforcing"] {
            assert!(!script.contains(english), "{shell}: {english}");
        }
        assert!(script.contains("doctor"), "{shell}");
    }
    let script = binary.run(&["completions", "bash"]);
    assert!(
        script.contains("processing") && script.contains("sarif"),
        "values are completed"
    );
}

#[test]
fn a_wrong_line_is_told_in_french_with_what_was_meant() {
    let binary = binary();
    for (line, expected) in [
        (
            &["chek"][..],
            &[
                "commande inconnue : « chek »",
                "Vouliez-vous dire « check »",
                "Pour l'aide : gardefou --help",
            ][..],
        ),
        (
            &["keys", "creat"],
            &[
                "commande inconnue : « creat »",
                "« create »",
                "Pour l'aide : gardefou keys --help",
            ],
        ),
        (
            &["check", "--frmat", "json"],
            &[
                "option ou argument inconnu : « --frmat »",
                "Vouliez-vous dire « --format »",
            ],
        ),
        (&["doctor", "x"], &["inconnu : « x »", "gardefou doctor --help"]),
        (
            &["check", "--format", "jsno"],
            &[
                "« jsno » n'est pas une valeur possible de « --format <FORME> »",
                "Vouliez-vous dire « json »",
                "Valeurs possibles : text, json, html",
            ],
        ),
        (&["check", "--format"], &["il manque une valeur à « --format <FORME> »"]),
        (
            &["keys", "create"],
            &[
                "il manque « --owner <IDENTITÉ> »",
                "Pour l'aide : gardefou keys create --help",
            ],
        ),
        (
            &["keys", "create", "--owner", "a", "--expires-in", "demain"],
            &[
                "« demain » ne convient pas pour « --expires-in <JOURS> »",
                "Ce qu'il faut : Durée de validité, en jours",
            ],
        ),
        (
            &["report", "--months", "200"],
            &["« 200 » ne convient pas pour « --months <NOMBRE> »", "de 1 à 120"],
        ),
        (
            &["report", "--month", "11/2026"],
            &["« 11/2026 » ne convient pas", "2026-11"],
        ),
        (
            &["scan", "--jsonl", "--mask"],
            &["« --jsonl » ne va pas avec « --mask »"],
        ),
        (
            &["keys", "create", "--owner", "a", "--owner", "b"],
            &["« --owner <IDENTITÉ> » est donné plusieurs fois"],
        ),
        (
            &["diff", "--exit-code=oui"],
            &["« oui » est de trop", "« --exit-code »"],
        ),
        (
            &["explain"],
            &["il manque", "« --caller <IDENTITÉ> »", "« --tool <OUTIL> »"],
        ),
        (
            &["register", "x"],
            &["Valeurs possibles : processing, systems, questions"],
        ),
        (&["completions", "ksh"], &["n'est pas une valeur possible", "« zsh »"]),
    ] {
        let told = binary.fails(line);
        assert!(told.starts_with("gardefou : "), "{line:?}: {told}");
        is_french(&told, &line.join(" "));
        for words in expected {
            assert!(told.contains(words), "{line:?}: {words} in\n{told}");
        }
    }
    let mut command = binary.command(&["check"]);
    let told = command
        .arg(std::ffi::OsStr::from_bytes(b"--\xff"))
        .output()
        .expect("it runs");
    assert_eq!(told.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&told.stderr).starts_with("gardefou : "),
        "{told:?}"
    );
}

#[test]
fn what_the_system_refuses_is_said_in_french() {
    let binary = binary();
    fs::write(binary.folder.join("latin1.toml"), b"# Charte\n# \xe9t\xe9\n").expect("a file");
    fs::write(binary.folder.join("taken.key"), b"x").expect("a file");
    let none = "ce fichier ou ce dossier n'existe pas";
    let wrong_byte = "ce n'est pas du texte en UTF-8 : premier octet fautif ligne 2, colonne 3";
    for (line, expected) in [
        (&["check", "none.toml"][..], none),
        (&["check", "latin1.toml"], wrong_byte),
        (&["test", "latin1.toml"], wrong_byte),
        (&["diff", "latin1.toml", "policy.toml"], wrong_byte),
        (&["scan", "none.txt"], none),
        (&["scan", "latin1.toml"], wrong_byte),
        (&["check", "."], "c'est un dossier"),
        (&["policy", "key", "taken.key"], "ce fichier existe déjà"),
        (&["policy", "sign", "--key", "none.key"], none),
        (&["import", "directory", "none.csv"], none),
    ] {
        let told = binary.fails(line);
        assert!(told.contains(expected), "{line:?}: {told}");
        assert!(
            !told.contains("os error") && !told.contains("valid UTF-8"),
            "{line:?}: {told}"
        );
    }
    fs::copy(binary.folder.join("latin1.toml"), binary.folder.join("policy.toml")).expect("a policy");
    for line in [&["check"][..], &["serve"]] {
        let told = binary.fails(line);
        assert!(told.contains(wrong_byte), "{line:?}: {told}");
    }
}
