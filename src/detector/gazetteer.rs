//! What open data knows of a word: how many people bear it as a first name or
//! a surname, whether it is a common word or a commune. Compiled by
//! `data/build.py` into `data/names.bin`, read in place.

use super::token::Token;

static TABLE: &[u8] = include_bytes!("../../data/names.bin");
/// Two numbers before the offsets.
const HEADER: usize = 8;
/// Bytes of an entry: four of the key, two of what is known.
const ENTRY: usize = 6;

/// What is known of a word.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Known(u16);

impl Known {
    /// Births under this first name since 1900, as log2 / 1.5; 0 for under 20.
    pub(super) fn first(self) -> u16 {
        self.0 & 0xF
    }

    /// Entrepreneurs of this surname, as log2; 0 for under 8.
    pub(super) fn last(self) -> u16 {
        self.0 >> 4 & 0xF
    }

    /// 0 for no word of French, 1 for a word, 2 for a frequent one.
    pub(super) fn word(self) -> u16 {
        self.0 >> 8 & 3
    }

    /// Name of a commune.
    pub(super) fn commune(self) -> bool {
        self.0 & 1 << 10 != 0
    }

    /// First word of the name of a commune.
    fn begins_commune(self) -> bool {
        self.0 & 1 << 11 != 0
    }

    fn nothing(self) -> bool {
        self.0 == 0
    }
}

/// What is known of the word that has this key.
pub(super) fn known(key: u64) -> Known {
    let bits = number(0);
    let bucket = (key >> (64 - bits)) as usize;
    let entries = HEADER + 4 * ((1 << bits) + 1);
    let (from, to) = (number(HEADER + 4 * bucket), number(HEADER + 4 * bucket + 4));
    let low = (key as u32).to_le_bytes();
    let span = &TABLE[entries + from as usize * ENTRY..entries + to as usize * ENTRY];
    let entry = span.chunks_exact(ENTRY).find(|entry| entry[..4] == low);
    entry.map_or(Known(0), |entry| Known(u16::from_le_bytes([entry[4], entry[5]])))
}

fn number(at: usize) -> u32 {
    u32::from_le_bytes([TABLE[at], TABLE[at + 1], TABLE[at + 2], TABLE[at + 3]])
}

/// Key of a name of several words.
fn phrase_key(key: u64, next: u64) -> u64 {
    let hash = (key ^ next).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    hash ^ hash >> 29
}

/// How many of these tokens, from the first on, are the name of a commune; 0
/// for none. A name has at most eight words (`Saint-Rémy-en-Bouzemont-…`).
pub(super) fn commune(tokens: &[Token]) -> usize {
    tokens.first().map_or(0, |first| commune_from(known(first.key), tokens))
}

/// The same, where the first word is `start`.
pub(super) fn commune_from(start: Known, tokens: &[Token]) -> usize {
    if start.nothing() {
        return 0;
    }
    let first = tokens[0];
    let mut longest = usize::from(start.commune());
    if start.begins_commune() {
        let mut key = phrase_key(0, first.key);
        for (n, token) in tokens.iter().enumerate().take(8).skip(1) {
            if !token.is_word()
                || token.gap & !(super::token::gap::SPACE | super::token::gap::HYPHEN | super::token::gap::APOSTROPHE)
                    != 0
            {
                break;
            }
            key = phrase_key(key, token.key);
            if known(key | 1).commune() {
                longest = n + 1;
            }
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::super::fold::Folded;
    use super::super::token;
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        let mut folded = Folded::default();
        folded.fold(text);
        let mut tokens = Vec::new();
        token::split(&folded.bytes, folded.len(), &mut tokens);
        tokens
    }

    #[test]
    fn names_words_and_communes_are_known() {
        let of = |word: &str| known(tokens(word)[0].key);
        assert!(of("Karim").first() >= 8 && of("karim").word() == 0);
        assert!(of("Élodie").first() >= 10);
        assert!(of("LEFEBVRE").last() >= 10);
        assert!(of("petit").last() >= 10 && of("petit").word() >= 1);
        assert_eq!(of("xqzvw"), Known(0));
        for (text, words) in [
            ("Digne-les-Bains, le 3", 3),
            ("Manosque", 1),
            ("L'Escale", 2),
            ("Bonjour à tous", 0),
            ("Le Brusquet", 2),
        ] {
            assert_eq!(commune(&tokens(text)), words, "{text}");
        }
    }
}
