//! `docs/erreurs.md` explains every code, and its examples do what they say.

use std::collections::BTreeMap;

use super::*;

/// A line that stands for the others of a section.
const THE_REST: &str = "# …";

/// Sections of a file: the header and its lines, the header included.
fn blocks(source: &str) -> Vec<(String, Vec<String>)> {
    let mut blocks: Vec<(String, Vec<String>)> = Vec::new();
    for line in source.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with('[') && line.ends_with(']') {
            blocks.push((line.to_owned(), Vec::new()));
        }
        if let Some((_, lines)) = blocks.last_mut() {
            lines.push(line.to_owned());
        }
    }
    blocks
}

fn key(line: &str) -> &str {
    line.split('=').next().unwrap_or_default().trim()
}

fn id(lines: &[String]) -> Option<&str> {
    lines.iter().find(|line| key(line) == "id").map(String::as_str)
}

/// An example within the shortest policy: its sections replace those of the same name and id, and `# …` is filled in.
fn whole(example: &str) -> String {
    let shortest = fs::read_to_string(path("tests/fixtures/policies/valid/shortest.toml")).unwrap();
    let (base, mut own) = (blocks(&shortest), blocks(example));
    for (header, lines) in &mut own {
        let Some(at) = lines.iter().position(|line| line == THE_REST) else {
            continue;
        };
        let model = base
            .iter()
            .find(|(name, _)| name == header)
            .expect("a section of the shortest");
        let told: Vec<String> = lines.iter().map(|line| key(line).to_owned()).collect();
        let rest = model
            .1
            .iter()
            .skip(1)
            .filter(|line| !told.iter().any(|told| told == key(line)));
        lines.splice(at..=at, rest.cloned().collect::<Vec<_>>());
    }
    let replaced = |(header, lines): &&(String, Vec<String>)| {
        let same =
            |(name, own): &&(String, Vec<String>)| name == header && (!name.starts_with("[[") || id(own) == id(lines));
        own.iter().find(same).is_some()
    };
    let kept: Vec<_> = base.iter().filter(|block| !replaced(block)).collect();
    let all = kept
        .into_iter()
        .chain(&own)
        .flat_map(|(_, lines)| lines.iter().cloned());
    all.collect::<Vec<_>>().join("\n") + "\n"
}

/// By code, the text of its section and its examples.
fn sections(page: &str) -> BTreeMap<&str, (&str, Vec<&str>)> {
    let sections = page.split("\n## ").skip(1);
    sections
        .map(|section| {
            let (code, text) = section.split_once('\n').expect("a title");
            let examples = text.split("```toml\n").skip(1);
            let examples = examples.map(|example| example.split("```").next().unwrap_or_default());
            (code, (text, examples.collect()))
        })
        .collect()
}

fn codes_of(source: &str) -> (bool, Vec<&'static str>, String) {
    match Policy::read(source, "policy.toml", today()) {
        Ok(policy) => (
            true,
            policy.warnings().iter().map(|d| d.code).collect(),
            policy.warnings().to_string(),
        ),
        Err(diagnostics) => (
            false,
            diagnostics.iter().map(|d| d.code).collect(),
            diagnostics.to_string(),
        ),
    }
}

#[test]
fn every_code_has_its_section_and_its_examples_do_what_they_say() {
    let page = fs::read_to_string(path("docs/erreurs.md")).unwrap();
    let sections = sections(&page);
    let known: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
    let told: Vec<&str> = sections.keys().copied().collect();
    assert_eq!(told, known, "docs/erreurs.md has one section for each code");
    for (code, title) in CODES {
        let (text, examples) = &sections[code];
        let bold = format!(
            "**{}",
            title
                .chars()
                .next()
                .unwrap()
                .to_uppercase()
                .chain(title.chars().skip(1))
                .collect::<String>()
        );
        assert!(
            text.trim_start().starts_with(&bold),
            "{code} opens with its title: {bold}"
        );
        let [wrong, mended] = examples.as_slice() else {
            panic!("{code} has an example and its correction");
        };
        let (_, told, said) = codes_of(&whole(wrong));
        assert!(told.contains(code), "{code}: {told:?}\n{said}\n{}", whole(wrong));
        let (good, told, said) = codes_of(&whole(mended));
        assert!(
            good && !told.contains(code),
            "{code}, mended:\n{said}\n{}",
            whole(mended)
        );
    }
}
