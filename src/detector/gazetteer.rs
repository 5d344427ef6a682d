//! What open data knows of a word: how many people bear it as a first name or
//! a surname, whether it is a common word or a commune. Compiled by
//! `data/build.py` into `data/names.bin`, read in place.

use super::token::Token;
use std::sync::LazyLock;

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
    known_in(bucket_of(key), key)
}

/// What is known of a word of the text.
pub(super) fn known_of(token: &Token) -> Known {
    if token.is_capital() {
        token.known
    } else {
        known(token.key)
    }
}

/// Looks up the words that begin with a capital. The table is
/// larger than a processor holds at hand: some words at a time are fetched from
/// it, so that one is not waited for before the next is asked for.
pub(super) fn know(tokens: &mut [Token], capitals: impl Iterator<Item = usize>) {
    const BATCH: usize = 16;
    let start = entries_start();
    let mut batch = [(0, (0, 0)); BATCH];
    let mut filled = 0;
    let mut capitals = capitals.peekable();
    while let Some(i) = capitals.next() {
        batch[filled] = (i, bucket_of(tokens[i].key));
        filled += 1;
        if filled < BATCH && capitals.peek().is_some() {
            continue;
        }
        let first_of = |(_, (from, _)): (usize, (usize, usize))| TABLE.get(start + from * ENTRY).copied();
        std::hint::black_box(batch.map(first_of));
        for &(i, bucket) in &batch[..filled] {
            tokens[i].known = known_in(bucket, tokens[i].key);
        }
        filled = 0;
    }
}

fn known_in((from, to): (usize, usize), key: u64) -> Known {
    let low = (key as u32).to_le_bytes();
    let mut entries = entries(from, to);
    entries.find(|entry| entry.0 == low).map_or(Known(0), |entry| entry.1)
}

fn bucket_of(key: u64) -> (usize, usize) {
    bucket((key >> (64 - number(0))) as usize)
}

fn entries_start() -> usize {
    HEADER + 4 * ((1 << number(0)) + 1)
}

/// First entry of a bucket, and the one after its last.
fn bucket(n: usize) -> (usize, usize) {
    let at = HEADER + 4 * n;
    (number(at) as usize, number(at + 4) as usize)
}

fn entries(from: usize, to: usize) -> impl Iterator<Item = ([u8; 4], Known)> {
    let start = entries_start();
    let entries = &TABLE[start + from * ENTRY..start + to * ENTRY];
    let entries = entries.as_chunks::<ENTRY>().0;
    entries
        .iter()
        .map(|&[a, b, c, d, low, high]| ([a, b, c, d], Known(u16::from_le_bytes([low, high]))))
}

fn number(at: usize) -> u32 {
    TABLE[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// A bit for each name of a commune, by its key: small enough to stay at hand,
/// and most words after `La` or `Saint` are no commune with it.
static COMMUNES: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut signs = vec![0; 1 << (SIGN_BITS - 6)];
    let (_, all) = bucket((1 << number(0)) - 1);
    for (low, _) in entries(0, all).filter(|(_, known)| known.commune()) {
        let (word, bit) = sign(u32::from_le_bytes(low));
        signs[word] |= bit;
    }
    signs
});

/// There are two to this power of them.
const SIGN_BITS: u32 = 18;

fn sign(low: u32) -> (usize, u64) {
    let place = low >> (32 - SIGN_BITS);
    ((place >> 6) as usize, 1 << (place & 63))
}

/// Whether the name that has this key is one of a commune.
fn is_commune(key: u64) -> bool {
    let (word, bit) = sign(key as u32);
    COMMUNES[word] & bit != 0 && known(key).commune()
}

/// Key of a name of several words.
fn phrase_key(key: u64, next: u64) -> u64 {
    let hash = (key ^ next).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    hash ^ hash >> 29
}

/// How many of these tokens, from the first on, are the name of a commune; 0
/// for none. A name has at most eight words (`Saint-Rémy-en-Bouzemont-…`).
pub(super) fn commune(tokens: &[Token]) -> usize {
    tokens.first().map_or(0, |first| commune_from(known_of(first), tokens))
}

/// `Digne` of `Digne-les-Bains`: a commune by the first word of its name, if it is no
/// other word.
pub(super) fn begins_commune(token: &Token) -> bool {
    let known = known_of(token);
    known.begins_commune() && known.word() < 2 && known.first() == 0 && token.len() >= 4
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
            if is_commune(key | 1) {
                longest = n + 1;
            }
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::super::fold::Folded;
    use super::super::places::Places;
    use super::super::token;
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        let mut folded = Folded::default();
        folded.fold(text);
        let mut tokens = Vec::new();
        let mut places = Places::default();
        token::split(&folded.bytes, folded.len(), &mut tokens, &mut places);
        know(&mut tokens, places.capitals.iter());
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
