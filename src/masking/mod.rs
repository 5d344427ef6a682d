//! Taking values out of a request and putting them back into the answer: findings become typed placeholders, the
//! request is rewritten around them, and the [`Vault`] that holds the values for the way back lives as long as the
//! answer.
//!
//! The same value is the same placeholder wherever it stands in one request, numbered in the order of the text: the
//! standing instructions first, then the turns. A conversation grows at its end, so the numbers of what was said
//! before stay, and the provider's prompt cache still fits, though nothing is kept between two requests.

mod placeholder;
mod rewrite;
mod vault;

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use crate::detector::Finding;
use crate::domain::Prompt;

use placeholder::{Look, letters_of, look};

pub use rewrite::{Unmaskable, rewrite};
pub use vault::{Restoring, Vault};

/// Bytes of a prompt's text to be replaced.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// In [`Prompt::text`].
    pub span: Range<usize>,
    /// What stands there instead.
    pub with: String,
}

impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edit({:?}, {} bytes)", self.span, self.with.len())
    }
}

/// Shortest value, in letters and digits, that is also masked where the detector did not see it.
const SPREAD: usize = 4;
/// Longest such value, in words.
const WORDS: usize = 12;

/// A placeholder such as `[PERSONNE_1]` for each finding, in the order of the text, and the values behind them.
pub fn placeholders<'f>(prompt: &Prompt, findings: impl IntoIterator<Item = &'f Finding>) -> (Vec<Edit>, Vault) {
    let mut found: Vec<(Range<usize>, &'static str)> = findings
        .into_iter()
        .map(|finding| (finding.start as usize..finding.end as usize, finding.kind.placeholder()))
        .collect();
    if found.is_empty() {
        return (Vec::new(), Vault::default());
    }
    let mut names = Names::new(&prompt.text, found.iter().map(|(_, stem)| *stem));
    // The standing instructions come first, wherever the caller's program writes them.
    found.sort_by_key(|(span, _)| (!prompt.is_standing(span.start), span.start));
    let mut edits: Vec<Edit> = found
        .into_iter()
        .map(|(span, stem)| Edit {
            with: names.name(stem, &prompt.text[span.clone()]),
            span,
        })
        .collect();
    edits.sort_by_key(|edit| edit.span.start);
    spread(&prompt.text, &mut edits);
    (edits, names.vault)
}

/// The names given so far.
struct Names {
    known: HashMap<(&'static str, String), usize>,
    counts: HashMap<&'static str, usize>,
    /// What the text already holds that looks like one of ours: those names are not given.
    taken: HashSet<(String, usize)>,
    vault: Vault,
}

impl Names {
    fn new(text: &str, stems: impl Iterator<Item = &'static str>) -> Self {
        let mut letters: Vec<String> = stems.map(letters_of).collect();
        letters.sort_unstable();
        letters.dedup();
        let mut taken = HashSet::new();
        for (at, byte) in text.bytes().enumerate() {
            if placeholder::may_begin(byte, &letters)
                && text.is_char_boundary(at)
                && let Look::Found { stem, number, .. } = look(&text[at..], None, &letters, true)
            {
                taken.insert((letters[stem].clone(), number));
            }
        }
        Self {
            known: HashMap::new(),
            counts: HashMap::new(),
            taken,
            vault: Vault::default(),
        }
    }

    fn name(&mut self, stem: &'static str, value: &str) -> String {
        let Self {
            known,
            counts,
            taken,
            vault,
        } = self;
        let number = *known.entry((stem, same_value(value))).or_insert_with(|| {
            let count = counts.entry(stem).or_default();
            let letters = letters_of(stem);
            *count += 1;
            while taken.contains(&(letters.clone(), *count)) {
                *count += 1;
            }
            vault.keep(stem, *count, value);
            *count
        });
        format!("[{stem}_{number}]")
    }
}

/// A value that is masked once is masked wherever it stands as the same words. Linear: the text's words are looked
/// up in as many lengths as values have, and no value is longer than [`WORDS`].
fn spread(text: &str, edits: &mut Vec<Edit>) {
    let mut lengths = [false; WORDS + 1];
    let mut values: HashMap<&str, String> = HashMap::new();
    for edit in edits.iter() {
        let value = &text[edit.span.clone()];
        let length = words(value).take(WORDS + 1).count();
        if value.chars().filter(|c| c.is_alphanumeric()).count() >= SPREAD && length <= WORDS {
            lengths[length] = true;
            values.entry(value).or_insert_with(|| edit.with.clone());
        }
    }
    let words: Vec<Range<usize>> = words(text).collect();
    let (mut more, mut next, mut free) = (Vec::new(), 0, 0);
    for (index, word) in words.iter().enumerate() {
        while next < edits.len() && edits[next].span.end <= word.start {
            next += 1;
        }
        let masked = edits.get(next).map_or(text.len(), |edit| edit.span.start);
        let same = (1..=WORDS).rev().filter(|&length| lengths[length]).find_map(|length| {
            let end = words.get(index + length - 1)?.end;
            let with = values
                .get(&text[word.start..end])
                .filter(|_| word.start >= free && end <= masked)?;
            Some(Edit {
                span: word.start..end,
                with: with.clone(),
            })
        });
        if let Some(edit) = same {
            free = edit.span.end;
            more.push(edit);
        }
    }
    edits.extend(more);
    edits.sort_by_key(|edit| edit.span.start);
}

/// Where the words of a text stand: runs of letters and digits.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(char::is_alphanumeric)?;
        let length = text[start..].find(|c: char| !c.is_alphanumeric());
        rest = length.map_or(text.len(), |length| start + length);
        Some(start..rest)
    })
}

/// What two spellings of one value share: letters and digits, without case.
fn same_value(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::{Detector, Scratch};
    use crate::domain::{Author, Place, Segment};

    /// Masks `parts`; those before `turns` are standing instructions, wherever they are written.
    fn masked(parts: &[(&str, bool)]) -> (Vec<String>, Vault) {
        let mut prompt = Prompt::default();
        for (text, standing) in parts {
            let start = prompt.text.len();
            prompt.text.push_str(text);
            let span = start..prompt.text.len();
            let place = Place::Value(span.clone());
            prompt.segments.push(Segment {
                span,
                place,
                author: Author::Caller,
                maskable: true,
                standing: *standing,
            });
            prompt.text.push_str("\n\n");
        }
        let mut scratch = Scratch::default();
        let found = Detector::builtin().scan(&prompt.text, &mut scratch).expect("short");
        let (edits, vault) = placeholders(&prompt, found.iter().filter(|f| !f.informative));
        let mut out = prompt.text.clone();
        for edit in edits.iter().rev() {
            out.replace_range(edit.span.clone(), &edit.with);
        }
        let parts = prompt.segments.iter().scan(0, |from, _| {
            let end = out[*from..].find("\n\n")? + *from;
            let part = out[*from..end].to_owned();
            *from = end + 2;
            Some(part)
        });
        (parts.collect(), vault)
    }

    #[test]
    fn a_value_keeps_its_name_while_the_conversation_grows() {
        let first = ("Écris à Mme Sylvie Garcin au 06 39 98 56 78.", false);
        let second = ("Et mets en copie M. Karim Benali, jeanne.roux@exemple.fr.", false);
        let system = ("Tu aides M. Thierry Maurel.", true);
        let (short, _) = masked(&[first, system]);
        let (long, _) = masked(&[first, second, system]);
        assert_eq!(short[0], "Écris à Mme [PERSONNE_2] au [TELEPHONE_1].");
        assert_eq!((&short[0], &short[1]), (&long[0], &long[2]));
        assert_eq!(long[1], "Et mets en copie M. [PERSONNE_3], [COURRIEL_1].");
    }

    #[test]
    fn what_the_caller_typed_like_a_placeholder_is_no_placeholder_of_ours() {
        let (parts, vault) = masked(&[("Garde [PERSONNE_1] et écris à Mme Sylvie Garcin.", false)]);
        assert_eq!(parts[0], "Garde [PERSONNE_1] et écris à Mme [PERSONNE_2].");
        let restored = crate::domain::Words::whole(&Restoring(vault.into()), &parts[0], crate::domain::Form::Prose);
        assert_eq!(
            restored,
            Ok(Some("Garde [PERSONNE_1] et écris à Mme Sylvie Garcin.".into()))
        );
    }

    #[test]
    fn a_value_is_masked_wherever_its_words_stand() {
        let (parts, _) = masked(&[
            ("Réf : le dossier de Mme Estornel.", false),
            ("voir Estornel et Estornelle, merci", false),
        ]);
        assert_eq!(parts[1], "voir [PERSONNE_1] et Estornelle, merci");
    }

    proptest::proptest! {
        /// What is masked and put back is what it was, whatever stands around it.
        #[test]
        fn masking_and_back_changes_nothing(parts in proptest::collection::vec(proptest::sample::select(vec![
            "Écris à Mme Sylvie Garcin.", " Tél. 06 39 98 56 78", "\nEt ", " jeanne.roux@exemple.fr ", "[PERSONNE_1]", "[PERSONNE_2",
            "M. Karim Benali habite 14 rue des Lavandes, 04000 Digne-les-Bains.", "é", " « ", "TELEPHONE_1]", "{", " voir Garcin, ",
        ]), 0..12)) {
            let text = parts.concat();
            let (masked, vault) = masked(&[(&text, false)]);
            let masked = masked.into_iter().next().unwrap_or_default();
            let back = crate::domain::Words::whole(&Restoring(vault.into()), &masked, crate::domain::Form::Prose).expect("never stops");
            proptest::prop_assert_eq!(back.unwrap_or(masked), text);
        }
    }
}
