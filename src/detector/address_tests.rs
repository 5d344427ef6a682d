//! Addresses of persons, and those of institutions that only inform.

use super::super::{Detector, Kind, Scratch};

/// The addresses of a text, each with whether it only informs.
fn addresses(text: &str) -> Vec<(&str, bool)> {
    let mut scratch = Scratch::default();
    let found = Detector::builtin().scan(text, &mut scratch).expect("short");
    let addresses = found.iter().filter(|f| f.kind == Kind::Address);
    addresses
        .map(|f| (&text[f.start as usize..f.end as usize], f.informative))
        .collect()
}

#[test]
fn an_address_alone_is_where_someone_lives() {
    for text in [
        "14 rue des Lavandes, 04000 Digne-les-Bains",
        "3 bis impasse du Moulin 04100 Manosque",
        "Lieu-dit Les Hautes Terres, 04330 Barrême",
        "Hameau de la Clappe, 04170 Saint-André-les-Alpes",
        "Résidence Les Oliviers, bât. B, appt 12, 04100 Manosque",
        "22, av. du 8 mai 1945 - 04400 BARCELONNETTE",
        "7 lotissement Les Genêts, 04220 Sainte-Tulle",
        "5 rue Paul Arène, 04 700, Oraison",
        "30 RUE DU CHATEAU, 92100 BOULOGNE-\nBILLANCOURT",
        "8 rue de la Grave, 75011 PARIS 11",
    ] {
        assert_eq!(addresses(text), [(text, false)], "{text}");
    }
    assert_eq!(
        addresses("Adresse : Les Hubacs 04380 Thoard"),
        [("Les Hubacs 04380 Thoard", false)]
    );
}

#[test]
fn that_of_an_institution_informs() {
    for text in [
        "Mairie de Seyne, 1 place d'Armes, 04140 Seyne",
        "MDPH 04, 4 rue Bad Mergentheim, 04000 Digne-les-Bains. Ouvert de 9 h à 12 h.",
        "Le collège Gassendi, 2 boulevard Victor Hugo, 04000 Digne-les-Bains",
        "SARL Durance Travaux, 45 zone artisanale Saint-Christophe, 04000 Digne-les-Bains",
        "La réunion aura lieu 8 rue du Tribunal, 04000 Digne-les-Bains, salle 2.",
        "Siège social : 3 avenue de Verdun, 04000 Digne-les-Bains",
        "12 rue Neuve",
        "Route de Malijai, 04190 Les Mées",
    ] {
        let found = addresses(text);
        assert!(!found.is_empty() && found.iter().all(|a| a.1), "{text}: {found:?}");
    }
    assert_eq!(addresses("Permis B : véhicule de 8 places maximum"), []);
}

#[test]
fn a_commune_near_a_person_informs() {
    assert_eq!(addresses("Mme Roux travaille à Nantes"), [("Nantes", true)]);
    assert_eq!(addresses("La réunion se tient à Nantes"), []);
    assert_eq!(
        addresses("M. Roux réside au 85 rue de Rivoli, à Paris dans le 75001."),
        [("85 rue de Rivoli, à Paris dans le 75001", false)]
    );
}
