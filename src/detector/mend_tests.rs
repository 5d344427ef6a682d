//! What the model finds beyond the rules, and leaves alone.

use super::super::{Detector, Kind, Scratch};

fn persons(text: &str) -> Vec<(&str, bool)> {
    let mut scratch = Scratch::default();
    let found = Detector::builtin().scan(text, &mut scratch).expect("short");
    let persons = found.iter().filter(|f| f.kind == Kind::Person);
    persons
        .map(|f| (&text[f.start as usize..f.end as usize], f.informative))
        .collect()
}

#[test]
fn the_company_of_names_tells_a_name() {
    for (text, expected) in [
        (
            "Le ministre, Wolodar Zbrinsky, a rencontré son homologue. Zbrinsky a promis de revenir.",
            vec!["Wolodar Zbrinsky", "Zbrinsky"],
        ),
        (
            "« Nous irons au bout », a prévenu Aurélie Bentroux.",
            vec!["Aurélie Bentroux"],
        ),
        (
            "La victoire revient à Bakary N'Dambélé, devant Wim van Hoorel.",
            vec!["Bakary N'Dambélé", "Wim van Hoorel"],
        ),
        ("Le TGV pour Rennes partira de la gare Saint-Charles à 18 h 12.", vec![]),
        ("Renault et Carrefour ont signé un accord à Bruxelles.", vec![]),
    ] {
        let found: Vec<_> = persons(text).into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn what_the_model_alone_finds_stops_nobody() {
    let text = "Le président Zbrinsky a quitté Varsovie.";
    assert!(
        persons(text).iter().all(|(_, informative)| *informative),
        "{:?}",
        persons(text)
    );
}
