//! The schema is of what is read: every key of it is read, every key that is read is in it, and each has its words.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::policy::descriptions::{DESCRIPTIONS, description};
use crate::policy::document::{Document, Shape};

/// Paths of all properties of a schema.
fn paths(schema: &Value, path: &str, found: &mut BTreeSet<String>) {
    for (key, below) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{key}");
        let below = below
            .get("items")
            .filter(|items| items.get("properties").is_some())
            .unwrap_or(below);
        paths(below, &format!("{path}."), found);
        found.insert(path);
    }
}

/// A file with nothing but this key, in the tables that lead to it.
fn alone(path: &str, value: &str) -> String {
    let keys = Document::keys();
    let (mut parent, mut text) = (String::new(), String::new());
    let (tables, last) = path.rsplit_once('.').unwrap_or(("", path));
    for table in tables.split('.').filter(|table| !table.is_empty()) {
        parent = if parent.is_empty() {
            table.to_owned()
        } else {
            format!("{parent}.{table}")
        };
        let shape = keys.iter().find(|key| key.path == parent).map(|key| &key.shape);
        let repeated = shape == Some(&Shape::Tables);
        text += &if repeated {
            format!("[[{parent}]]\n")
        } else {
            format!("[{parent}]\n")
        };
    }
    text + last + " = " + value + "\n"
}

fn unknown_keys(source: &str) -> usize {
    let said = Policy::read(source, "policy.toml", today()).unwrap_err();
    said.iter()
        .filter(|diagnostic| diagnostic.code == codes::UNKNOWN_KEY)
        .count()
}

#[test]
fn every_key_of_the_schema_is_read_and_no_other() {
    let mut found = BTreeSet::new();
    paths(&schema(), "", &mut found);
    for path in &found {
        // Of no type that any key has, so that only its name is judged.
        assert_eq!(unknown_keys(&alone(path, "1979-05-27T07:32:00Z")), 0, "{path}");
        assert_eq!(unknown_keys(&alone(&format!("{path}-zz"), "1")), 1, "{path}");
    }
    // Those of a secret are the reader's own.
    found.retain(|path| !path.starts_with("backend.api_key."));
    let read: BTreeSet<_> = Document::keys().into_iter().map(|key| key.path).collect();
    assert_eq!(found, read);
}

#[test]
fn every_key_has_its_words_and_no_words_are_of_no_key() {
    let keys = Document::keys();
    let untold: Vec<_> = keys.iter().filter(|key| description(&key.path).is_none()).collect();
    assert!(
        untold.is_empty(),
        "src/policy/descriptions.rs says nothing of {untold:?}"
    );
    for (path, words) in DESCRIPTIONS {
        assert!(
            path.is_empty() || keys.iter().any(|key| key.path == *path),
            "{path} is not read"
        );
        assert!(words.ends_with(['.', '…']) && !words.contains("  "), "{path}");
    }
}

#[test]
fn the_schema_beside_the_policy_is_that_of_this_program() {
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    fixtures::assert_golden_file(&path("config/policy.schema.json"), &text);
    assert!(shipped().starts_with("#:schema policy.schema.json\n"));
}
