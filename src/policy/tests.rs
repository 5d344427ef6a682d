//! The room's longer tests: the shipped policy, broken files word for word, a matrix of admissions, sizes.

use std::fs;
use std::path::Path;

use super::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn today() -> Date {
    Date::constant(2026, 11, 23)
}

#[test]
fn the_shipped_policy_is_good() {
    let source = fs::read_to_string(root().join("config/policy.toml")).unwrap();
    match Policy::read(&source, "policy.toml", today()) {
        Ok(policy) => assert!(policy.warnings().is_empty(), "{}", policy.warnings()),
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}
