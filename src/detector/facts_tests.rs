//! Facts about a person, and the same subjects in general: sentences and what is found in them.

use super::super::{Class, Detector, Scratch};

/// Classes other than personal that are found in a text.
fn classes(text: &str) -> Vec<Class> {
    let mut scratch = Scratch::default();
    let found = Detector::builtin().scan(text, &mut scratch).expect("short");
    let mut classes: Vec<_> = found
        .iter()
        .filter(|f| !f.informative && f.class != Class::Personal)
        .map(|f| f.class)
        .collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

/// The same words, of someone and of no one.
#[test]
fn a_term_counts_only_if_it_is_said_of_someone() {
    use Class::*;
    for (of_someone, class, of_no_one) in [
        ("le RSA de Mme Roux", Vulnerable, "le RSA de juin"),
        (
            "M. Bernard est sous tutelle depuis mars",
            Vulnerable,
            "l'établissement est sous la tutelle du ministère",
        ),
        (
            "Le placement de Léo est prolongé.",
            Vulnerable,
            "un placement de trésorerie",
        ),
        (
            "M. Bernard fait l'objet d'une saisie sur salaire.",
            HighlyPersonal,
            "Comment appliquer une saisie sur salaire ?",
        ),
        (
            "Mme Roux est interdite bancaire.",
            HighlyPersonal,
            "Une personne interdite bancaire peut-elle ouvrir un compte ?",
        ),
        ("mon fils est autiste", Health, "l'accueil des enfants autistes"),
        ("Je suis bipolaire", Health, "Je suis chargée de mission handicap"),
        (
            "je touche le RSA depuis mars",
            Vulnerable,
            "je rédige une note sur le RSA",
        ),
        (
            "usager de Barrême, 82 ans, seule, atteinte de Parkinson",
            Health,
            "usagers de plus de 80 ans atteints de Parkinson",
        ),
        (
            "Une dame de 84 ans à Sisteron est en EHPAD. Elle souffre de démence.",
            Health,
            "Un usager peut entrer en EHPAD. Il souffre parfois de démence.",
        ),
        (
            "Nom : Garcin\nPrénom : Léo\nPathologie : autisme",
            Health,
            "Colonnes : nom, prénom, pathologie",
        ),
        (
            "M. Durand est venu. Il sort de prison.",
            Sensitive,
            "Le directeur est venu. Il visite la prison.",
        ),
        (
            "Mme Benali est déléguée CGT.",
            Sensitive,
            "Réunion avec la CGT et la CFDT.",
        ),
        (
            "Cette dame de Barrême est sous curatelle.",
            Vulnerable,
            "Différence entre tutelle et curatelle ?",
        ),
        (
            "Ma collègue fait une dépression.",
            Health,
            "Prévenir la dépression au travail.",
        ),
        (
            "Mme Roux a 12 000 euros de dettes",
            HighlyPersonal,
            "12 000 euros de dettes au budget",
        ),
        (
            "Notre cuisinier est en arrêt pour un burn-out",
            Health,
            "Notre directrice prépare un atelier sur le burn-out",
        ),
        (
            "Un agent de Riez, 54 ans, dort dans sa voiture",
            Vulnerable,
            "Un agent peut-il dormir dans sa voiture à Riez ?",
        ),
        (
            "Le gardien du gymnase est fiché S",
            Sensitive,
            "Le gardien d'un gymnase peut être fiché S",
        ),
        (
            "Une de nos assistantes a été condamnée",
            Sensitive,
            "Si une assistante est condamnée, que faire ?",
        ),
        (
            "Je suis agent de catégorie C, surendettée",
            Vulnerable,
            "Je prépare une fiche sur le surendettement",
        ),
    ] {
        assert!(
            classes(of_someone).contains(&class),
            "{of_someone}: {:?}",
            classes(of_someone)
        );
        assert_eq!(classes(of_no_one), [], "{of_no_one}");
    }
}

#[test]
fn public_subjects_are_no_facts() {
    for text in [
        "Rédige une note de synthèse sur l'évolution du RSA dans le département.",
        "Le Conseil départemental finance l'APA et la PCH.",
        "Quelles sont les conditions pour bénéficier de l'AAH ?",
        "Le budget 2025 de la protection de l'enfance s'élève à 18 450 000 euros.",
        "La maladie d'Alzheimer touche 1,2 million de personnes.",
        "Toute personne de plus de 60 ans en perte d'autonomie peut demander l'APA.",
        "L'enfant de moins de 3 ans peut être accueilli par une assistante maternelle.",
        "Plan de lutte contre les violences conjugales 2024-2027, adopté le 12 mars 2024.",
    ] {
        assert_eq!(classes(text), [], "{text}");
    }
}
