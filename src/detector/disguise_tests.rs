//! Values in disguise, each beside a harmless text in the same disguise; and numbers that only look like those of
//! persons.

use super::*;

/// What is found, and what it is.
fn seen(text: &str) -> Vec<(Kind, String)> {
    let mut scratch = Scratch::default();
    let found = Detector::builtin().scan(text, &mut scratch).expect("short");
    let stops = found.iter().filter(|f| !f.informative);
    stops
        .map(|f| (f.kind, text[f.start as usize..f.end as usize].to_owned()))
        .collect()
}

#[test]
fn values_in_disguise_are_found_and_their_harmless_twins_pass() {
    for (disguised, kind, twin) in [
        (
            "Notre agent R.o.m.a.i.n G.i.r.a.u.d est absent",
            Kind::Person,
            "Notre p.l.a.n p.l.u.r.i.a.n.n.u.e.l est voté",
        ),
        (
            "Le dossier de M a d a m e  G a r c i n",
            Kind::Person,
            "Le dossier de l a  r o u t e",
        ),
        (
            "passeport 1-9-F-V-1-2-3-4-5",
            Kind::Passport,
            "budget 1-9-2-4-1-2-3-4-5",
        ),
        (
            "né le 1.2./.0.3./.1.9.4.8",
            Kind::Birthdate,
            "voté le 1.2./.0.3./.2.0.2.4",
        ),
        (
            "Mon collègue Um9tYWlu GiraudR2lyYXVk refuse",
            Kind::Person,
            "Mon collègue refuse YnVkZ2V0",
        ),
        (
            "Mme 47617263696e est venue",
            Kind::Person,
            "Le 6275646765742032303235 est voté",
        ),
        (
            "NIR 323634303530343037303031323536",
            Kind::Nir,
            "EAN 33303132333435363738393031",
        ),
        ("allocataire MTIzNDU2Nw==", Kind::Caf, "référence MTIzNDU2Nw=="),
        ("Mme nicraG demande une aide", Kind::Person, "Le tegduB est voté"),
        (
            "écris à rf.egnaro@nicrag.eivlys",
            Kind::Email,
            "écris à rf.elpmaxe@tcatnoc",
        ),
        (
            "606 20M3 1000 5050 0101 4002 41RF",
            Kind::Iban,
            "606 20M3 1000 5050 0101 4002 42RF",
        ),
        (
            "Le dossier de Mme Gi raud est clos",
            Kind::Person,
            "Le dossier de la Pré fecture est clos",
        ),
        (
            "Le dossier de Mme Gi-\nraud est clos",
            Kind::Person,
            "Le dossier de la Pré-\nfecture est clos",
        ),
        (
            "INE zéro un deux trois quatre cinq six sept huit neuf A",
            Kind::Ine,
            "de zéro un deux trois quatre cinq six sept huit neuf",
        ),
        (
            "IBAN FR14, 2004, 1010, 0505, 0001, 3M02, 606",
            Kind::Iban,
            "les lots 2004, 1010, 0505, 0001, 302, 606",
        ),
        ("allocataire CAF 867ll42", Kind::Caf, "lot de masques 867ll42"),
        ("dossier MDPH 2023-\n04512", Kind::CaseId, "marché 2023-\n04512"),
    ] {
        let found = seen(disguised);
        assert!(found.iter().any(|(k, _)| *k == kind), "{disguised}: {found:?}");
        let found = seen(twin);
        assert!(found.is_empty(), "{twin}: {found:?}");
    }
}

#[test]
fn codes_are_found_whole() {
    for (text, kind, value) in [
        ("Allocataire CAF n° 1234567 B, indu", Kind::Caf, "1234567 B"),
        ("Allocataire 1234567 M. Roux", Kind::Caf, "1234567"),
        ("ine;classe\n012345678AB;3A", Kind::Ine, "012345678AB"),
        ("| Matricule | Heures |\n| D7687558 | 12 |", Kind::Matricule, "D7687558"),
        (
            "Le passeport de la mère (21ER41349) est expiré",
            Kind::Passport,
            "21ER41349",
        ),
        ("type;numero\nCNI;KFX8MTPF6", Kind::Cni, "KFX8MTPF6"),
        ("Le camion 217 DDB 2A est garé", Kind::Plate, "217 DDB 2A"),
        ("Identifiant fiscal 00 32 645 539 304", Kind::Spi, "00 32 645 539 304"),
        (
            "Banque|Guichet|Compte|Clé\n30001|00794|12345678901|85",
            Kind::Iban,
            "30001|00794|12345678901|85",
        ),
        ("mdp=Verdon413?", Kind::Secret, "Verdon413?"),
        ("spi=2059028750240&annee=2024", Kind::Spi, "2059028750240"),
        ("le nouveau mdp du copieur c'est Verdon413!", Kind::Secret, "Verdon413!"),
        ("J'ai mis Verdon413! comme mot de passe", Kind::Secret, "Verdon413!"),
        ("dossier MDPH04-2024-91038, avis", Kind::CaseId, "MDPH04-2024-91038"),
        ("le dossier n°SOL-0955244 des", Kind::CaseId, "SOL-0955244"),
    ] {
        assert!(seen(text).contains(&(kind, value.into())), "{text}: {:?}", seen(text));
    }
}

#[test]
fn numbers_of_things_pass() {
    for text in [
        "Commande n° 741993182098560 : suivre la livraison",
        "Commande n° 5_5_2_6_9_9_9_1_4_8_4_6_0_9_0",
        "Horodatage 1 6 9 2 3 0 5 6 4 2 8 1 4",
        "Subvention de 840 029 987 € à l'association sportive",
        "Connexion du serveur en version 5.5.9.9",
        "LIGNE 214, ARRÊTS DE 07 12 À 07 58, TOUS LES JOURS",
        "Pi vaut 3,1 4 1 5 9 2 6 5 3 5 8 9 7 9",
        "0 0 0 0 0 0 0 0 0 0 0 0 0",
        "contact.mairie@ville.example",
        "Identifiant de l'API : 4702de03-878d-be40-34c0-f85665802bc4",
        "Le mot de passe de la session est oublié",
        "Le mot de passe doit être long comme mot de passe",
    ] {
        assert!(seen(text).is_empty(), "{text}: {:?}", seen(text));
    }
}

/// Found by fuzzing: the end of a quoted-printable line was taken for a part of the value.
#[test]
fn a_value_ends_before_white_space() {
    for text in [
        "Bearer hf_rJop5Jfb6Rx1orT09f6PfCgythorizatiO=\n",
        "mdp: Verdon413!=\r\n",
        "mdp: Verdon413!&nbsp;",
    ] {
        let found = seen(text);
        assert!(
            !found.is_empty() && found.iter().all(|(_, value)| value.trim_end() == value),
            "{text:?}: {found:?}"
        );
    }
}
