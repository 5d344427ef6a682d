//! French names of what the detector finds and why, for pages: one table for all of them.

use serde_json::{Map, Value, json};

use crate::detector::{Class, Kind};

/// A class of data, as one thing.
pub(super) const fn class(class: Class) -> &'static str {
    match class {
        Class::Personal => "donnée personnelle",
        Class::HighlyPersonal => "donnée hautement personnelle",
        Class::Sensitive => "donnée sensible",
        Class::Health => "donnée de santé",
        Class::Vulnerable => "donnée sur une personne vulnérable",
        Class::Secret => "secret technique",
    }
}

/// Why the detector thinks so, by the name of its reason.
const EVIDENCE: [(&str, &str); 21] = [
    ("checksum", "une clé de contrôle juste"),
    ("format", "sa forme"),
    ("cue", "un mot qui l'annonce"),
    ("title", "une civilité"),
    ("first_name", "un prénom connu"),
    ("surname", "un nom de famille connu"),
    ("label", "un intitulé devant"),
    ("kinship", "un lien de parenté"),
    ("layout", "sa place dans le texte"),
    ("postcode", "un code postal"),
    ("street", "un nom de voie"),
    ("prefix", "son début"),
    ("entropy", "une suite de signes sans ordre"),
    ("lexicon", "un mot du lexique"),
    ("person", "une personne tout près"),
    ("repeat", "la même donnée ailleurs dans le texte"),
    ("disguised", "une écriture déguisée"),
    ("model", "la tournure de la phrase"),
    ("own", "une règle de la DSIUN"),
    ("quasi_identifiers", "des détails qui, ensemble, désignent quelqu'un"),
    ("trial", "une règle à l'essai"),
];

/// All of them, for a script: `kinds` with the stem of their placeholders, `classes`, `evidence`.
pub(super) fn all() -> Value {
    let kinds: Map<_, _> = Kind::BUILTIN
        .iter()
        .filter_map(|each| {
            let label = each.french()?;
            Some((
                each.name().into(),
                json!({ "label": label, "stem": each.placeholder() }),
            ))
        })
        .collect();
    let classes: Map<_, _> = Class::ALL
        .iter()
        .map(|each| (each.name().into(), class(*each).into()))
        .collect();
    let evidence: Map<_, _> = EVIDENCE
        .iter()
        .map(|(name, words)| ((*name).into(), (*words).into()))
        .collect();
    json!({ "kinds": kinds, "classes": classes, "evidence": evidence })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::Evidence;

    #[test]
    fn everything_that_can_be_found_has_french_words() {
        let said = all();
        assert_eq!(
            said["kinds"].as_object().map(Map::len),
            Some(Kind::BUILTIN.len()),
            "types"
        );
        let names: Vec<_> = Evidence::every_name().collect();
        let words: Vec<_> = EVIDENCE.iter().map(|(name, _)| *name).collect();
        assert_eq!(words, names, "reasons");
    }
}
