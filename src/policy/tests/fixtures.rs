//! Each file under `tests/fixtures/policies/` and what is said of it, word for word. `UPDATE=1` writes it anew.

use std::collections::BTreeSet;

use super::*;

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(path("tests/fixtures/policies").join(folder)).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(!files.is_empty(), "no fixture in {folder}");
    files
}

/// Every policy that is shipped.
fn samples() -> Vec<PathBuf> {
    let entries = fs::read_dir(path("config")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        let name = file.file_name().unwrap().to_string_lossy();
        name.ends_with(".toml") && name != "gardefou.toml"
    });
    files.sort();
    assert!(files.len() >= 2, "the whole one and the shortest");
    files
}

/// What is said of a file, as a refusal or as warnings.
fn said(file: &Path) -> Result<Diagnostics, Diagnostics> {
    let source = fs::read_to_string(file).unwrap();
    Policy::read(&source, "policy.toml", today()).map(|policy| policy.warnings().clone())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test's own switch, not a setting of the program"
)]
pub(super) fn updating() -> bool {
    std::env::var("UPDATE").is_ok()
}

fn assert_golden(file: &Path, actual: &str) {
    assert_golden_file(&file.with_extension("expected"), actual);
}

pub(super) fn assert_golden_file(golden: &Path, actual: &str) {
    if updating() {
        fs::write(golden, actual).unwrap();
    }
    let expected = fs::read_to_string(golden).unwrap_or_default();
    assert_eq!(actual, expected, "{} (UPDATE=1 writes it anew)", golden.display());
}

#[test]
fn broken_policies_are_refused_in_these_words() {
    for file in files("invalid") {
        let diagnostics = said(&file).expect_err(&file.display().to_string());
        assert!(
            diagnostics
                .iter()
                .any(|diagnostic| diagnostic.severity == Severity::Error)
        );
        assert_golden(&file, &diagnostics.to_string());
    }
}

#[test]
fn doubtful_policies_are_used_with_these_warnings() {
    for file in files("warned") {
        let warnings = said(&file).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
        assert_golden(&file, &warnings.to_string());
    }
}

#[test]
fn good_policies_have_nothing_said_of_them() {
    for file in files("valid").into_iter().chain(samples()) {
        let warnings = said(&file).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
        assert!(warnings.is_empty(), "{warnings}");
    }
}

#[test]
fn the_shipped_policy_shows_every_level_and_moment_of_a_life() {
    let policy = read(&shipped());
    let has = |of: &dyn Fn(&Tool) -> bool| policy.tools().iter().any(of);
    for level in 1..=3 {
        assert!(
            has(&|tool| tool.level == level && tool.status.is_served()),
            "level {level}"
        );
    }
    for (word, status) in Status::WORDS {
        let shown = has(&|tool| tool.status == *status);
        assert_eq!(shown, *status != Status::Withdrawn, "{word}");
    }
    assert!(has(&|tool| tool.level == 2 && !tool.routed));
    assert!(has(&|tool| tool.level == 3
        && tool.accepts.contains(&Class::Health)
        && tool.training.is_some()));
    // The smallest is read in a minute.
    let smallest = fs::read_to_string(path("config/policy-minimale.toml")).unwrap();
    assert!(smallest.lines().count() <= 20, "{} lines", smallest.lines().count());
}

#[test]
fn every_code_is_shown_by_a_fixture() {
    let all = ["invalid", "warned"].into_iter().flat_map(files);
    let shown: BTreeSet<_> = all
        .flat_map(|file| {
            said(&file)
                .unwrap_or_else(|e| e)
                .iter()
                .map(|d| d.code)
                .collect::<Vec<_>>()
        })
        .collect();
    let known: BTreeSet<_> = CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(shown, known);
}

#[test]
fn no_diagnostic_repeats_a_secret() {
    for (name, secret) in [
        ("secrets", "ne-pas-montrer"),
        ("urls", "mot-de-passe"),
        ("urls", "cle-dans-l-adresse"),
    ] {
        let file = path("tests/fixtures/policies/invalid")
            .join(name)
            .with_extension("toml");
        assert!(fs::read_to_string(&file).unwrap().contains(secret));
        let diagnostics = said(&file).unwrap_err();
        let told = diagnostics.to_string() + &diagnostics.to_json().to_string() + &format!("{diagnostics:?}");
        assert!(!told.contains(secret), "{told}");
    }
}

#[test]
fn programs_get_the_same_as_json() {
    let file = path("tests/fixtures/policies/invalid/unknown_keys.toml");
    let json = said(&file).unwrap_err().to_json();
    let level = json
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["suggestion"] == "level")
        .unwrap();
    assert_eq!((&level["code"], &level["severity"]), (&"P002".into(), &"error".into()));
    assert_eq!(
        (&level["line"], &level["column"], &level["end_column"]),
        (&24.into(), &1.into(), &7.into())
    );
}
