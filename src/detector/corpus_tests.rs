//! Promises held on the texts of `tests/corpus`: what is harmless passes, what
//! is not is stopped, however it is written, and a masked text is clean.

use super::*;

/// Prompts that nothing must stop.
const HARMLESS: [&str; 2] = [
    include_str!("../../tests/corpus/harmless.txt"),
    include_str!("../../tests/corpus/generic.txt"),
];
/// Prompts that something must stop.
const SITUATIONS: &str = include_str!("../../tests/corpus/situations.txt");

fn documents(file: &str) -> impl Iterator<Item = String> {
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.replace("\\n", "\n"))
}

/// What would stop a text.
fn stops(text: &str, scratch: &mut Scratch) -> Vec<Finding> {
    let found = Detector::builtin().scan(text, scratch).expect("short");
    found.iter().copied().filter(|f| !f.informative).collect()
}

#[test]
fn what_is_harmless_passes() {
    let mut scratch = Scratch::default();
    for text in HARMLESS.into_iter().flat_map(documents) {
        let found = stops(&text, &mut scratch);
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn what_is_told_of_someone_is_stopped() {
    let mut scratch = Scratch::default();
    for text in documents(SITUATIONS) {
        assert!(!stops(&text, &mut scratch).is_empty(), "{text}");
    }
}

/// A way to write the same text otherwise.
type Disguise = (&'static str, fn(&str) -> String);

const DISGUISES: &[Disguise] = &[
    ("full width", |t| {
        t.chars()
            .map(|c| {
                if ('!'..='~').contains(&c) {
                    char::from_u32(c as u32 + 0xFEE0).unwrap_or(c)
                } else {
                    c
                }
            })
            .collect()
    }),
    ("no-break spaces", |t| t.replace(' ', "\u{a0}")),
    ("narrow no-break spaces", |t| t.replace(' ', "\u{202f}")),
    ("zero-width spaces", |t| {
        t.chars().flat_map(|c| [c, '\u{200b}']).collect()
    }),
    ("soft hyphens", |t| t.chars().flat_map(|c| [c, '\u{ad}']).collect()),
    ("Cyrillic", |t| {
        t.chars()
            .map(|c| match c {
                'a' => 'а',
                'e' => 'е',
                'o' => 'о',
                'p' => 'р',
                'M' => 'М',
                _ => c,
            })
            .collect()
    }),
    ("Arabic digits", |t| {
        t.chars()
            .map(|c| c.to_digit(10).and_then(|d| char::from_u32(0x660 + d)).unwrap_or(c))
            .collect()
    }),
    ("percent", |t| t.bytes().map(|b| format!("%{b:02X}")).collect()),
    ("JSON", |t| t.encode_utf16().map(|u| format!("\\u{u:04x}")).collect()),
    ("HTML", |t| t.chars().map(|c| format!("&#{};", c as u32)).collect()),
    ("read as Latin-1", |t| t.bytes().map(char::from).collect()),
    ("base64", base64),
];

fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    text.as_bytes()
        .chunks(3)
        .flat_map(|chunk| {
            let bits = chunk.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
            (0..=chunk.len()).map(move |n| ALPHABET[(bits >> (18 - 6 * n) & 63) as usize] as char)
        })
        .collect()
}

/// The verdict never gets weaker, and a harmless text stays harmless.
#[test]
fn a_disguise_changes_no_verdict() {
    let mut scratch = Scratch::default();
    for (name, disguise) in DISGUISES {
        for text in documents(SITUATIONS) {
            assert!(!stops(&disguise(&text), &mut scratch).is_empty(), "{name}: {text}");
        }
        for text in HARMLESS.into_iter().flat_map(documents) {
            let found = stops(&disguise(&text), &mut scratch);
            assert!(found.is_empty(), "{name}: {text}: {found:?}");
        }
    }
}

#[test]
fn a_masked_text_is_clean() {
    let mut scratch = Scratch::default();
    for text in documents(SITUATIONS) {
        let mut masked = String::new();
        let mut at = 0;
        for (n, finding) in stops(&text, &mut scratch).iter().enumerate() {
            masked += &text[at..finding.start as usize];
            masked += &format!("[{}_{}]", finding.kind.placeholder(), n + 1);
            at = finding.end as usize;
        }
        masked += &text[at..];
        let left = stops(&masked, &mut scratch);
        assert!(left.is_empty(), "{masked}: {left:?}");
    }
}

/// Twice the text, at most 2.2 times the work. Work is counted in findings'
/// candidates by time, so the sizes are large and the bound is loose enough
/// for a busy machine; the benchmark measures the rest.
#[test]
fn pathological_texts_end() {
    let mut scratch = Scratch::default();
    let detector = Detector::builtin();
    for piece in [
        "1 ",
        "12345678901234567890",
        "M. Durand ",
        "a b c d ",
        "@",
        "é",
        "((((",
        "mot de passe : ",
        "né le ",
        "eyJ",
        "zéro un ",
        "04000 ",
        "=C3",
        "Aa1",
        "rue ",
        "mon fils cancer ",
    ] {
        let text = piece.repeat(200_000 / piece.len());
        assert!(detector.scan(&text, &mut scratch).is_ok());
    }
}
