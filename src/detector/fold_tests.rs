//! Folding: each disguise of a text, and the way back to its bytes.

use super::*;

fn fold(text: &str) -> Folded {
    let mut folded = Folded::default();
    folded.fold(text);
    folded
}

fn read(text: &str) -> String {
    let folded = fold(text);
    String::from_utf8_lossy(&folded.bytes[..folded.len()]).into_owned()
}

#[test]
fn disguises_of_a_character_are_undone() {
    for (case, text, plain) in [
        ("accents", "Élève à Noël, garçon, cœur", "Eleve a Noel, garcon, coeur"),
        ("decomposed", "E\u{301}le\u{300}ve", "Eleve"),
        ("spaces", "06\u{a0}12\u{202f}34\u{2009}56", "06 12 34 56"),
        ("full width", "\u{ff10}\u{ff16}\u{ff21}", "06A"),
        ("Arabic digits", "\u{660}\u{666}\u{6f1}\u{6f2}", "0612"),
        ("digits of mathematics", "\u{1d7ce}\u{1d7d9}\u{1d7f8}", "012"),
        ("superscripts", "x\u{b2}\u{2076}", "x26"),
        ("invisible", "Ro\u{200b}u\u{feff}x\u{ad}", "Roux"),
        ("Cyrillic in a word", "R\u{43e}u\u{445}", "Roux"),
        ("entities", "No&euml;l &amp; Ren&#233;&nbsp;D&#xE9;", "Noel & Rene De"),
        ("percent", "M.%20Ren%C3%A9%20Roux", "M. Rene Roux"),
        ("JSON", r"Ren\u00e9\nRoux\t\u00c9", "Rene\nRoux E"),
        ("quoted-printable", "Ren=C3=A9 No=EBl fin =\nRoux", "Rene Noel fin Roux"),
        ("read as Latin-1", "RenÃ© NoÃ«l", "Rene Noel"),
        ("quotes and dashes", "« l’été » – 5", "\" l'ete \" - 5"),
        ("tags", "a\u{e0030}\u{e0036}b", "a06b"),
        (
            "not an escape",
            "50 % de A&B, x=12, C:\\Data",
            "50 % de A&B, x=12, C:\\Data",
        ),
    ] {
        assert_eq!(read(text), plain, "{case}");
    }
}

#[test]
fn every_span_goes_back_to_whole_characters() {
    let text = "É\u{301}œ&eacute;a\u{200b}b%C3%A9\u{1d7ce}\u{feff}z ß";
    let folded = fold(text);
    for start in 0..folded.len() as u32 {
        for end in start + 1..=folded.len() as u32 {
            let (from, to) = folded.original(text, start, end);
            assert!(text.get(from as usize..to as usize).is_some_and(|s| !s.is_empty()));
        }
    }
}

#[test]
fn a_span_does_not_take_what_vanished_around_it() {
    let text = "à\u{200b}Ré\u{200b}";
    let folded = fold(text);
    let (from, to) = folded.original(text, 1, 3);
    assert_eq!(&text[from as usize..to as usize], "Ré");
}
