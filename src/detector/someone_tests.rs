//! References to one person without her name, and the details about her.

use super::super::details::details;
use super::super::scan::Reading;
use super::*;

fn references(text: &str) -> Vec<Reference> {
    let mut reading = Reading::default();
    reading.read(text);
    let view = reading.view();
    (0..view.tokens.len()).filter_map(|i| reference(&view, i)).collect()
}

fn kinds(text: &str) -> u32 {
    let mut reading = Reading::default();
    reading.read(text);
    let view = reading.view();
    let bits = (0..view.tokens.len()).fold(0, |bits, i| bits | details(&view, i, 0));
    bits.count_ones()
}

#[test]
fn an_article_tells_how_closely_one_points() {
    use Reference::*;
    for (text, expected) in [
        ("ma nouvelle collègue", vec![Mine]),
        ("un de mes agents", vec![Mine]),
        ("cette vieille dame", vec![Pointed]),
        ("madame dort dans le salon", vec![Pointed]),
        ("le gardien et une usagère", vec![One, One]),
        ("Patient de 34 ans", vec![One]),
        ("Patients de 34 ans", vec![]),
        ("les agents, des usagers, mes agents", vec![]),
        ("Madame, Monsieur,", vec![]),
    ] {
        assert_eq!(references(text), expected, "{text}");
    }
}

#[test]
fn two_details_of_a_kind_tell_no_more_than_one() {
    for (text, expected) in [
        ("une dame de 82 ans, à Barrême", 2),
        ("une dame de 82 ans, à Barrême ou à Digne", 2),
        ("le gardien du collège, malien, depuis mars", 3),
        ("une mère de trois enfants", 1),
        ("plus de 82 ans, 3 ans de prison, 5 ans minimum", 0),
        ("un usager de forcalquier 61 ans ancien maçon", 3),
        ("un délai de 3 mois", 0),
        ("un bébé de 3 mois", 1),
        ("la note du lundi", 0),
        ("reçu lundi", 1),
    ] {
        assert_eq!(kinds(text), expected, "{text}");
    }
}

#[test]
fn a_first_name_with_an_age_is_someone() {
    let found = |text: &str| {
        let mut reading = Reading::default();
        reading.read(text);
        let mut out = Vec::new();
        find_aged(&reading.view(), &mut out);
        out.len()
    };
    assert_eq!(found("Mathéo, 6 ans, et Inès (14 ans)"), 2);
    let described = |text: &str| {
        let mut reading = Reading::default();
        reading.read(text);
        let mut out = Vec::new();
        find_described(&reading.view(), &mut out);
        out.len()
    };
    assert_eq!(described("Reprise du dossier : Angélique, bipolaire"), 1);
    assert_eq!(described("Digne, bipolaire ; Angélique, handicap et RSA"), 0);
    assert_eq!(found("Contrat, 3 ans ; Digne, 10 ans"), 0);
}
