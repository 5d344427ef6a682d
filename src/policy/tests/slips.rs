//! One wrong character anywhere in the shipped policy is told near its place, or leaves a policy that can be used. One
//! that changes what the policy means may be caught by its own tests, which is told at the test.

use super::*;

/// How far from the damage an error may point, in lines.
const NEAR: usize = 2;

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Places the diagnostics show, related ones included.
fn shown(diagnostics: &Diagnostics) -> Vec<usize> {
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error);
    let errors = errors.filter(|diagnostic| diagnostic.code != codes::RED_TEST);
    errors
        .flat_map(|d| [Some(d.place.line), d.related.as_ref().map(|related| related.place.line)])
        .flatten()
        .collect()
}

#[test]
fn one_wrong_character_is_told_near_its_place() {
    let source = shipped();
    // Every 17th character, so that the test takes a second; `STRIDE=1` in a release build tries all.
    let damages: [fn(char) -> String; 4] = [
        |_| String::new(),
        |c| format!("{c}{c}"),
        |_| "x".into(),
        |_| "\"".into(),
    ];
    let mut far = Vec::new();
    for (n, (at, c)) in source.char_indices().enumerate().filter(|(n, _)| n % stride() == 0) {
        let damage = damages[n / stride() % damages.len()](c);
        let damaged = [&source[..at], &damage, &source[at + c.len_utf8()..]].concat();
        let Err(diagnostics) = Policy::read(&damaged, "policy.toml", today()) else {
            continue;
        };
        let line = line_of(&source, at);
        let lines = shown(&diagnostics);
        let red = diagnostics.iter().any(|diagnostic| diagnostic.code == codes::RED_TEST);
        assert!(red || !lines.is_empty(), "a refusal without an error");
        if !lines.is_empty() && !lines.iter().any(|told| told.abs_diff(line) <= NEAR) {
            far.push(format!(
                "line {line}, {c:?} became {damage:?}, told at {lines:?}\n{diagnostics}"
            ));
        }
    }
    assert!(far.is_empty(), "{} slips told far away:\n{}", far.len(), far.join("\n"));
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test's own switch, not a setting of the program"
)]
fn stride() -> usize {
    std::env::var("STRIDE")
        .ok()
        .and_then(|stride| stride.parse().ok())
        .unwrap_or(17)
}
