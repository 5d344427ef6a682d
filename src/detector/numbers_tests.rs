//! Numbers: published examples of each kind, and look-alikes.

use super::super::{Detector, Kind, Scratch};

/// Kinds found in a text, those for information in parentheses.
fn kinds(text: &str) -> Vec<String> {
    let mut scratch = Scratch::default();
    let found = Detector::builtin().scan(text, &mut scratch).expect("short");
    found
        .iter()
        .map(|f| {
            if f.informative {
                format!("({})", f.kind.name())
            } else {
                f.kind.name().to_owned()
            }
        })
        .collect()
}

#[test]
fn numbers_are_found_however_they_are_written() {
    for (text, expected) in [
        ("NIR 1 51 02 46 102 043 25", "NIR"),
        ("151024610204325", "NIR"),
        ("2 89 04 2A 342 163 90", "NIR"),
        ("289042a34216390", "NIR"),
        ("1\u{a0}51\u{202f}02 46 102 043 25", "NIR"),
        ("1-51-02-46-102-043-25", "NIR"),
        ("1 5 1 0 2 4 6 1 0 2 0 4 3 2 5", "NIR"),
        ("\u{ff11}51024610204325", "NIR"),
        ("n° de sécurité sociale : 1510246102043", "NIR"),
        ("n° sécu 1 51 02 46 102 043 24", "NIR"),
        ("30 23 217 600 053", "SPI"),
        ("numéro fiscal 0701987765493", "SPI"),
        ("FR14 2004 1010 0505 0001 3M02 606", "IBAN"),
        ("virement fr1420041010050500013m02606 merci", "IBAN"),
        ("RIB 20041 01005 0500013M026 06", "IBAN"),
        ("30001 00794 12345678901 85", "IBAN"),
        ("4970 1000 0000 0154", "CARD"),
        ("5555-5555-5555-4444", "CARD"),
        ("SIRET 732 829 320 00074", "(SIRET)"),
        ("auto-entrepreneur, SIRET 732 829 320 00074", "SIRET"),
        ("RPPS 10003445524", "RPPS"),
        ("06 39 98 56 78", "PHONE"),
        ("+33 (0)6 39 98 56 78", "PHONE"),
        ("+33639985678", "PHONE"),
        ("0033 6 39 98 56 78", "PHONE"),
        ("06.39.98.56.78", "PHONE"),
        ("tél. 0262 12 34 56", "PHONE"),
        ("le 0 800 04 04 04", "(PHONE)"),
        ("AB-123-CD", "PLATE"),
        ("véhicule 1234 AB 04", "PLATE"),
        ("n° allocataire CAF 1234567", "CAF"),
        ("n° INE : 0123456789A", "INE"),
        ("matricule A04512", "MATRICULE"),
        ("carte d'identité n° 880692310285", "CNI"),
        ("passeport 12AB34567", "PASSPORT"),
        ("permis de conduire 12AB34567", "LICENCE"),
        ("dossier n° 2023-04512", "CASE_ID"),
        ("jean.garcin@orange.fr", "EMAIL"),
        ("mairie@barreme.fr", "(EMAIL)"),
        ("clé API : AKIAIOSFODNN7EXAMPLE", "SECRET"),
        ("mot de passe: Soleil2024!", "SECRET"),
        ("postgres://app:Zx9kQ2@db/x", "SECRET"),
        ("connexion depuis 82.64.12.9", "IP"),
        ("le serveur 10.24.3.117", "(IP)"),
    ] {
        assert_eq!(kinds(text).join(" "), expected, "{text}");
    }
}

#[test]
fn other_numbers_are_left_alone() {
    for text in [
        "La délibération n° 2024-118 du 14 juin 2024",
        "Le marché 24-DSI-0087, 152 300,00 € HT",
        "La RD 4085 sera fermée du 12/05/2025 au 16/05/2025",
        "166 298 habitants, 198 communes, 18 450 000 euros",
        "151024610204324",
        "1732106400000",
        "commande 4970100000000154",
        "Article L. 262-2 du CASF, version 1.2.3.4",
        "mot de passe oublié ? Mot de passe : obligatoire",
        "mot de passe : ********",
        "TVA FR44732829320",
        "01/02/2003 04",
        "ratio 3,4970100000000154",
        "tableau 12 45 78 12 45 78 99 21 33 54 87 12",
        "00 00 00 00 00",
    ] {
        assert_eq!(kinds(text), Vec::<String>::new(), "{text}");
    }
}

/// The kinds of what a text holds, with what they cover.
fn values(text: &str) -> Vec<(Kind, &str)> {
    let mut scratch = Scratch::default();
    let found = Detector::builtin().scan(text, &mut scratch).expect("short");
    let stopping = found.iter().filter(|f| !f.informative);
    stopping
        .map(|f| (f.kind, &text[f.start as usize..f.end as usize]))
        .collect()
}

#[test]
fn bars_hold_the_cells_of_a_form() {
    let cells = "1|4|9|0|9|0|4|1|6|2|6|7|7|0|2";
    assert_eq!(
        values(&format!("N° de sécurité sociale : |{cells}|")),
        [(Kind::Nir, cells)]
    );
    assert_eq!(values("Lots : 04|92|36|12|12"), []);
}

#[test]
fn codes_named_after_them_or_told_in_parts() {
    for (text, found) in [
        (
            "21AB73915 : numéro du passeport présenté",
            (Kind::Passport, "21AB73915"),
        ),
        (
            "130604100276, c'est le numéro de son permis",
            (Kind::Licence, "130604100276"),
        ),
        (
            "Code banque 11315, guichet 05340, compte 31012229638, clé 58.",
            (Kind::Iban, "11315, guichet 05340, compte 31012229638, clé 58"),
        ),
        ("Matricule de l'agent : T55102", (Kind::Matricule, "T55102")),
        ("Matricule paie\nP20877\n", (Kind::Matricule, "P20877")),
        ("Mot de passe provisoire\nVerdon#4471\n", (Kind::Secret, "Verdon#4471")),
        (
            "le mdp du wifi des invités : Verdon!2025x merci",
            (Kind::Secret, "Verdon!2025x"),
        ),
    ] {
        assert_eq!(values(text), [found], "{text}");
    }
    for text in [
        "Facture 130604100276, le permis de construire suit",
        "Code banque 11315, guichet 05340, compte 31012229638, clé 59.",
        "span_id=00f067aa0ba902b7",
        "Mot de passe oublié\nVersion 2.10 du guide",
    ] {
        assert_eq!(values(text), [], "{text}");
    }
}
