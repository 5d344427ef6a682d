//! "Vouliez-vous dire …": the listed word nearest to a mistyped one.

/// Longest word that is compared, in characters, and how many candidates: a file full of mistakes stays cheap.
const LONGEST: usize = 64;
const CANDIDATES: usize = 1_000;

/// How many letters of a word must be there for its end to be guessed.
const SHORTEST_BEGINNING: usize = 3;

/// Keys that somebody may write in French, as the rest of the document is.
const FRENCH: &[(&str, &str)] = &[
    ("adresse", "base_url"),
    ("charte", "charter"),
    ("classe", "class"),
    ("cle", "api_key"),
    ("cle_api", "api_key"),
    ("domaines", "domains"),
    ("donnees", "data_used"),
    ("donnees_utilisees", "data_used"),
    ("finalite", "purpose"),
    ("formation", "training"),
    ("fournisseur", "provider"),
    ("groupe", "group"),
    ("groupes", "groups"),
    ("hebergement", "hosting"),
    ("membres", "members"),
    ("modeles", "models"),
    ("niveau", "level"),
    ("nom", "name"),
    ("outil", "tool"),
    ("prix", "price"),
    ("statut", "status"),
    ("texte", "text"),
    ("titulaire", "holder"),
    ("valide", "validated"),
];

/// The candidate that was probably meant, if one is near enough.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let translated = FRENCH
        .iter()
        .find(|(french, _)| french.chars().eq(word.iter().copied()))
        .map(|(_, key)| *key);
    let most = (word.len() / 3).max(1);
    candidates
        .into_iter()
        .take(CANDIDATES)
        .filter_map(|candidate| {
            if translated == Some(candidate) {
                return Some((0, candidate));
            }
            let letters: Vec<char> = candidate
                .chars()
                .flat_map(char::to_lowercase)
                .take(LONGEST + 1)
                .collect();
            let steps = if letters.len().abs_diff(word.len()) > most {
                most + 1
            } else {
                distance(&word, &letters)
            };
            // Or it was cut short: `valid` for `validated`.
            let begun = (word.len() >= SHORTEST_BEGINNING && letters.starts_with(&word)).then_some(most + 1);
            let steps = Some(steps).filter(|steps| *steps <= most).or(begun)?;
            Some((steps, candidate))
        })
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, candidate)| candidate)
}

/// How many letters were put in, left out, changed, or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found() {
        let keys = ["level", "status", "name", "groups", "base_url"];
        for (word, expected) in [
            ("levle", Some("level")),
            ("Level", Some("level")),
            ("lvel", Some("level")),
            ("levels", Some("level")),
            ("niveau", Some("level")),
            ("statut", Some("status")),
            ("adresse", Some("base_url")),
            ("stat", Some("status")),
            ("base", Some("base_url")),
            ("gr", None),
            ("couleur", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, keys), expected, "{word}");
        }
    }
}
