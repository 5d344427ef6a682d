//! Tables: what a column header says of the cells below it.

use super::super::{Detector, Kind, Scratch};

#[test]
fn columns_of_names_and_births_are_read() {
    for (text, expected) in [
        (
            "Nom;Prénom;Ville\nGarcin;Léo;Digne\nBec;Odile;Sisteron",
            vec!["Garcin", "Léo", "Bec", "Odile"],
        ),
        (
            "Nom,Prénom,Date de naissance\nTurrel,Mathias,12/03/2001",
            vec!["Turrel", "Mathias", "12/03/2001"],
        ),
        (
            "| Nom | Prénom | Aide |\n|---|---|---|\n| Petit | Rose | APA |",
            vec!["Petit", "Rose"],
        ),
        ("Ville\tNom\nDigne\tBoulanger", vec!["Boulanger"]),
        (
            "Colonnes : nom, prénom, date de naissance, adresse.\nMerci de les remplir.",
            vec![],
        ),
        ("Liste des pièces : nom, prénom\n\nBonjour Madame", vec![]),
    ] {
        let mut scratch = Scratch::default();
        let found = Detector::builtin().scan(text, &mut scratch).expect("short");
        let values: Vec<_> = found
            .iter()
            .filter(|f| matches!(f.kind, Kind::Person | Kind::Birthdate))
            .map(|f| &text[f.start as usize..f.end as usize])
            .collect();
        assert_eq!(values, expected, "{text}");
    }
}
