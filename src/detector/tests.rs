//! What the whole detector promises, whatever the text.

use super::*;
use proptest::prelude::*;

fn own(pattern: &str) -> OwnDetector {
    OwnDetector {
        on_trial: false,
        id: "dossier-iodas".into(),
        class: Class::Vulnerable,
        pattern: pattern.into(),
        cues: vec![],
        matches: vec!["IODAS-123456".into()],
        misses: vec!["IODAS-12".into()],
    }
}

#[test]
fn the_organisation_adds_a_detector() {
    let detector = Detector::new(&[own(r"IODAS-\d{6}")], &AllowList::default()).expect("it keeps its promises");
    let mut scratch = Scratch::default();
    let found = detector
        .scan("dossier iodas‑654321 à suivre", &mut scratch)
        .expect("short");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind, found[0].class), (Kind::Custom(0), Class::Vulnerable));
    assert_eq!(detector.kind_name(found[0].kind), "dossier-iodas");
}

proptest! {
    /// What is tried may see anything, even everything: what is found without it is found all the same.
    #[test]
    fn a_detector_on_trial_takes_nothing_away(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "Mme Roux", " ", "née le 12/03/1984", "2 64 05 04 070 012 56", "suit une chimiothérapie", ", ",
            "FR76 3000 6000 0112 3456 7890 189", "IODAS-123456", "jeanne.roux@exemple.fr", "\n", "04 92 30 04 01",
        ]), 0..12),
        pattern in prop::sample::select(vec![r"IODAS-\d{6}", r"\w+", r"\d[\d ]+\d", r".+", r"Roux|chimio\w+"]),
    ) {
        let text = pieces.concat();
        let tried = OwnDetector { on_trial: true, matches: vec![], misses: vec![], ..own(pattern) };
        let with = Detector::new(&[tried], &AllowList::default()).expect("it promises nothing");
        let (mut first, mut second) = (Scratch::default(), Scratch::default());
        let usual = Detector::builtin().scan(&text, &mut first).expect("short").to_vec();
        let found = with.scan(&text, &mut second).expect("short");
        prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
        let others: Vec<_> = found.iter().filter(|finding| !finding.on_trial()).copied().collect();
        prop_assert_eq!(others, usual);
    }
}

#[test]
fn a_detector_that_breaks_its_promises_is_refused() {
    for (pattern, fault) in [
        (r"IODAS-\d{7}", Fault::Match(0)),
        (r"IODAS-\d+", Fault::Miss(0)),
        (r"x*", Fault::Empty),
    ] {
        let error = Detector::new(&[own(pattern)], &AllowList::default())
            .err()
            .expect("refused");
        assert_eq!(error.problems[0], BuildProblem { index: 0, fault }, "{pattern}");
    }
    let error = Detector::new(&[own("("), own(r"(\w{500}){500}")], &AllowList::default())
        .err()
        .expect("refused");
    assert!(error.problems.iter().all(|p| matches!(p.fault, Fault::Pattern(_))) && error.problems.len() == 2);
}

#[test]
fn allowed_values_are_not_reported() {
    let allow = AllowList {
        emails: vec!["*@departement04.example".into()],
        phones: vec!["04 92 30 04 00".into()],
        names: vec!["Jean Giono".into()],
    };
    let detector = Detector::new(&[], &allow).expect("nothing to try");
    let mut scratch = Scratch::default();
    let text = "M. Jean Giono, a.martin@departement04.example, +33 4 92 30 04 00, 0492300400";
    assert_eq!(detector.scan(text, &mut scratch).expect("short").len(), 0);
    let text = "M. Jean Martin, a.martin@autre.example, 04 92 30 04 01";
    assert_eq!(detector.scan(text, &mut scratch).expect("short").len(), 3);
}

/// Pieces that reach into every recogniser.
fn pieces() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "M. ",
        "Mme ",
        "Roux",
        "1 51 02 46 102 043 25",
        "FR14 2004 1010 0505 0001 3M02 606",
        "@",
        "a@b.fr",
        "\u{200b}",
        "é",
        "e\u{301}",
        "&eacute;",
        "%C3%A9",
        "\\u00e9",
        "\u{ff10}",
        "+33 ",
        "06 39 98 56 78",
        "mot de passe : ",
        "[PERSONNE_1]",
        "\n\n",
        "né le ",
        "-----BEGIN PRIVATE KEY",
        "://u:p@h",
        "dossier n° ",
        "œ",
        "2A",
        "=",
        "\\",
        "&",
        "%",
        "\u{e0031}",
        "٣",
    ]);
    prop::collection::vec(
        prop_oneof![known.prop_map(str::to_owned), any::<String>(), "[0-9 .-]{1,30}"],
        0..12,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn spans_are_ordered_apart_and_on_character_boundaries(text in pieces()) {
        let detector = Detector::builtin();
        let mut scratch = Scratch::default();
        let found = detector.scan(&text, &mut scratch).expect("short");
        let mut last = 0;
        for finding in found.iter() {
            prop_assert!(finding.start >= last && finding.start < finding.end);
            prop_assert!(text.get(finding.start as usize..finding.end as usize).is_some());
            prop_assert!((0.0..=1.0).contains(&finding.score));
            last = finding.end;
        }
        let again: Vec<Finding> = found.to_vec();
        let mut fresh = Scratch::default();
        prop_assert_eq!(&again[..], &detector.scan(&text, &mut fresh).expect("short")[..]);
    }
}
