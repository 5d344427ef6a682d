//! Names after a civility: sentences and what is found in them.

use super::super::{Detector, Kind, Scratch};

fn names(text: &str) -> Vec<String> {
    let mut scratch = Scratch::default();
    let found = Detector::builtin().scan(text, &mut scratch).expect("short");
    found
        .iter()
        .filter(|f| f.kind == Kind::Person)
        .map(|f| text[f.start as usize..f.end as usize].to_owned())
        .collect()
}

#[test]
fn a_civility_announces_a_name() {
    for (text, expected) in [
        ("Mme Roux touche le RSA", vec!["Roux"]),
        ("M. Jean-Pierre LE GOFF est venu", vec!["Jean-Pierre LE GOFF"]),
        ("Monsieur d'Estienne d'Orves", vec!["d'Estienne d'Orves"]),
        ("le Dr. É. Garcin", vec!["É. Garcin"]),
        ("M. et Mme Benali", vec!["Benali"]),
        ("Madame la directrice Roux", vec!["Roux"]),
        ("M Durand a appelé. Il rappellera", vec!["Durand"]),
        ("Mme ROUX RSA suspendu", vec!["ROUX"]),
        ("Maître Arnaud", vec!["Arnaud"]),
        ("MME\u{a0}DURAND", vec!["DURAND"]),
    ] {
        assert_eq!(names(text), expected, "{text}");
    }
}

#[test]
fn a_civility_without_a_name_is_nothing() {
    for text in [
        "Madame, Monsieur, veuillez trouver ci-joint",
        "M. le Président du Conseil départemental",
        "Monsieur le Maire, Madame la Préfète,",
        "Mme [PERSONNE_1] et M. X habitent là",
        "Mme R. est venue, M. Y. aussi",
        "le maître d'ouvrage et le maître d'œuvre",
        "un budget de 5 M en 2025",
        "Me voici. Rédige une note à Madame la Directrice.",
        "Bonjour Madame",
        "une maille de moins de 20 mm. Systèmes d'alimentation",
        "par le professeur principal. Il permet à l'élève",
        "l'adresse de la DR de l'ASP est indiquée",
    ] {
        assert_eq!(names(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_greeting_or_a_farewell_names_a_person() {
    let mut scratch = super::super::Scratch::default();
    for (text, stopped) in [
        ("Bonjour Lucie,\npeux-tu me rappeler ?", true),
        ("Le rapport est prêt.\nCordialement,\nKarim", true),
        ("Merci, Nadia", true),
        ("je m'appelle svetlana", true),
        ("Bonjour Claude, résume ce texte.", false),
        ("Bonjour Paris !", false),
        ("Merci d'avance, Direction des routes", false),
    ] {
        let found = super::super::Detector::builtin()
            .scan(text, &mut scratch)
            .expect("short");
        assert_eq!(found.iter().any(|f| !f.informative), stopped, "{text}");
    }
}
