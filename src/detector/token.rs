//! Words and numbers of the folded text, in one pass, each with a key that
//! lexicons and gazetteers know it by, and what separates it from the one
//! before.

use super::fold::OTHER_LETTER;
use super::gazetteer::Known;
use super::places::Places;

/// What lies between two tokens.
pub(super) mod gap {
    /// A space or a tab.
    pub(in super::super) const SPACE: u16 = 1;
    /// A line break.
    pub(in super::super) const LINE: u16 = 1 << 1;
    /// Two line breaks.
    pub(in super::super) const BLANK: u16 = 1 << 2;
    /// A full stop.
    pub(in super::super) const DOT: u16 = 1 << 3;
    /// `!`, `?` or `;`.
    pub(in super::super) const STOP: u16 = 1 << 4;
    /// A comma.
    pub(in super::super) const COMMA: u16 = 1 << 5;
    /// A colon, or `=`.
    pub(in super::super) const COLON: u16 = 1 << 6;
    /// A hyphen or an underscore.
    pub(in super::super) const HYPHEN: u16 = 1 << 7;
    /// An apostrophe.
    pub(in super::super) const APOSTROPHE: u16 = 1 << 8;
    /// A parenthesis or a bracket.
    pub(in super::super) const BRACKET: u16 = 1 << 9;
    /// A bar, a semicolon or a tab: cells of a table.
    pub(in super::super) const CELL: u16 = 1 << 10;
    /// A slash.
    pub(in super::super) const SLASH: u16 = 1 << 11;
    /// A quotation mark.
    pub(in super::super) const QUOTE: u16 = 1 << 12;
    /// Any other sign.
    pub(in super::super) const OTHER: u16 = 1 << 13;
    /// More than three bytes.
    pub(in super::super) const WIDE: u16 = 1 << 14;
}

/// What may end a sentence or a line.
const BREAKS: u16 = gap::BLANK | gap::STOP | gap::DOT | gap::LINE;

/// Form of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Shape {
    /// `mairie`
    #[default]
    Lower,
    /// `Mairie`
    Capital,
    /// `MAIRIE`, two letters at least
    Upper,
    /// `M`
    Initial,
    /// `mAirie`
    Mixed,
    /// `1234`
    Number,
    /// `[PERSONNE_1]`: stands for something that was taken out
    Placeholder,
}

/// A word or a number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Token {
    /// First byte in the folded text.
    pub(super) start: u32,
    /// Byte after the last one.
    pub(super) end: u32,
    /// Hash of the word in lower case; 0 for what is no word.
    pub(super) key: u64,
    /// What the lexicon says of the word by itself, or of the phrase it begins.
    pub(super) tags: u64,
    /// What separates it from the token before: `gap::*`.
    pub(super) gap: u16,
    /// Tokens of the phrase that it begins, itself included; 0 inside one.
    pub(super) phrase: u8,
    pub(super) shape: Shape,
    /// What open data knows of the word, if it begins with a capital.
    pub(super) known: Known,
}

impl Token {
    pub(super) fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    pub(super) fn is_number(&self) -> bool {
        self.shape == Shape::Number
    }

    pub(super) fn is_word(&self) -> bool {
        self.key != 0
    }

    /// Begins with a capital.
    pub(super) fn is_capital(&self) -> bool {
        matches!(self.shape, Shape::Capital | Shape::Upper | Shape::Initial)
    }

    pub(super) fn has(&self, tags: u64) -> bool {
        self.tags & tags != 0
    }

    /// Nothing but one or more of these between it and the token before.
    pub(super) fn follows_by(&self, allowed: u16) -> bool {
        self.gap & !allowed == 0
    }

    pub(super) fn text<'t>(&self, bytes: &'t [u8]) -> &'t [u8] {
        &bytes[self.start as usize..self.end as usize]
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Letter,
    Capital,
    Digit,
    Sign,
}

static SORT: [Sort; 256] = {
    let mut table = [Sort::Sign; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        if byte.is_ascii_lowercase() || byte == OTHER_LETTER {
            table[b] = Sort::Letter;
        } else if byte.is_ascii_uppercase() {
            table[b] = Sort::Capital;
        } else if byte.is_ascii_digit() {
            table[b] = Sort::Digit;
        }
        b += 1;
    }
    table
};

static GAP: [u16; 256] = {
    let mut table = [gap::OTHER; 256];
    table[b' ' as usize] = gap::SPACE;
    table[b'\t' as usize] = gap::SPACE | gap::CELL;
    table[b'\n' as usize] = gap::LINE;
    table[b'\r' as usize] = 0;
    table[b'.' as usize] = gap::DOT;
    table[b'!' as usize] = gap::STOP;
    table[b'?' as usize] = gap::STOP;
    table[b';' as usize] = gap::STOP | gap::CELL;
    table[b',' as usize] = gap::COMMA;
    table[b':' as usize] = gap::COLON;
    table[b'=' as usize] = gap::COLON;
    table[b'-' as usize] = gap::HYPHEN;
    table[b'_' as usize] = gap::HYPHEN;
    table[b'\'' as usize] = gap::APOSTROPHE;
    table[b'(' as usize] = gap::BRACKET;
    table[b')' as usize] = gap::BRACKET;
    table[b'[' as usize] = gap::BRACKET;
    table[b']' as usize] = gap::BRACKET;
    table[b'|' as usize] = gap::CELL;
    table[b'/' as usize] = gap::SLASH;
    table[b'"' as usize] = gap::QUOTE;
    table[b'*' as usize] = gap::QUOTE;
    table
};

/// Key of a word: the same for either case. `bytes` goes on at least
/// `fold::PADDING` bytes after `end`.
pub(super) fn key(bytes: &[u8], start: usize, end: usize) -> u64 {
    let mut hash = (end - start) as u64;
    let mut at = start;
    while at < end {
        hash = stir(hash, chunk(bytes, at), end - at);
        at += 8;
    }
    hash | 1
}

/// Takes the first `length` bytes of a chunk, all if it is no longer, into a key.
const fn stir(hash: u64, chunk: u64, length: usize) -> u64 {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut word = chunk | 0x2020_2020_2020_2020;
    if length < 8 {
        word &= (1 << (8 * length)) - 1;
    }
    let hash = (hash ^ word).wrapping_mul(MULTIPLIER);
    hash ^ hash >> 32
}

/// The keys of these words.
pub(super) const fn keys<const N: usize>(words: [&str; N]) -> [u64; N] {
    let mut keys = [0; N];
    let mut n = 0;
    while n < N {
        keys[n] = key_of(words[n]);
        n += 1;
    }
    keys
}

/// Key of a word that is known beforehand, in small letters.
pub(super) const fn key_of(word: &str) -> u64 {
    let bytes = word.as_bytes();
    let mut hash = bytes.len() as u64;
    let mut at = 0;
    while at < bytes.len() {
        let (mut chunk, mut n) = (0, 0);
        while n < 8 && at + n < bytes.len() {
            chunk |= (bytes[at + n] as u64) << (8 * n);
            n += 1;
        }
        hash = stir(hash, chunk, bytes.len() - at);
        at += 8;
    }
    hash | 1
}

/// The eight bytes at `at`, the first one lowest.
fn chunk(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

/// The highest bit of each of eight bytes.
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Marks the letters among eight bytes by their highest bit.
fn letters(chunk: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let low = (chunk | (0x20 * EACH)) & !HIGH;
    let from_a = low + (0x80 - b'a' as u64) * EACH;
    let past_z = low + (0x7F - b'z' as u64) * EACH;
    // A byte with its highest bit set is `OTHER_LETTER`.
    (from_a & !past_z | chunk) & HIGH
}

/// Marks the capitals among letters: bit 5 of theirs is not set.
fn capitals(chunk: u64, letters: u64) -> u64 {
    letters & !chunk & !(chunk << 2)
}

/// A word that was read: its end, its key and its capitals, by the highest bit
/// of each of its first eight letters, and how many there are after those.
struct Word {
    end: usize,
    key: u64,
    first: u64,
    later: u32,
}

/// Reads the word that begins at `start`, eight letters at a time.
fn word(bytes: &[u8], start: usize) -> Word {
    let chunk_at = |at| {
        let chunk = chunk(bytes, at);
        let marked = letters(chunk);
        let length = (marked ^ HIGH).trailing_zeros() as usize / 8;
        (chunk, capitals(chunk, marked), length)
    };
    let (chunk, first, length) = chunk_at(start);
    if length < 8 {
        return Word {
            end: start + length,
            key: stir(length as u64, chunk, length) | 1,
            first: first & ((1 << (8 * length)) - 1),
            later: 0,
        };
    }
    let (mut end, mut later) = (start + 8, 0);
    loop {
        let (_, upper, length) = chunk_at(end);
        end += length;
        if length < 8 {
            later += if upper == 0 {
                0
            } else {
                (upper & ((1 << (8 * length)) - 1)).count_ones()
            };
            let key = key(bytes, start, end);
            return Word { end, key, first, later };
        }
        later += upper.count_ones();
    }
}

/// Form of a word.
fn shape(word: &Word, length: usize) -> Shape {
    let begins_upper = word.first & 0x80 != 0;
    match (begins_upper, word.first & !0x80 == 0 && word.later == 0) {
        (false, true) => return Shape::Lower,
        (false, false) => return Shape::Mixed,
        (true, true) if length == 1 => return Shape::Initial,
        (true, true) => return Shape::Capital,
        (true, false) => {}
    }
    let upper = (word.first.count_ones() + word.later) as usize;
    match length - upper {
        0 => Shape::Upper,
        // McDonald, LeGall: a capital and mostly small letters.
        lower if lower > upper - 1 => Shape::Capital,
        _ => Shape::Mixed,
    }
}

/// Splits the first `length` bytes into tokens, and notes what kind some are of.
pub(super) fn split(bytes: &[u8], length: usize, tokens: &mut Vec<Token>, places: &mut Places) {
    tokens.clear();
    places.start(length);
    let (mut at, mut between, mut lines, mut last_end) = (0, 0, 0, 0);
    while at < length {
        let byte = bytes[at];
        if byte == b' ' {
            between |= gap::SPACE;
            at += 1;
            continue;
        }
        let sort = SORT[byte as usize];
        if sort == Sort::Sign {
            if byte == b'\n' {
                lines += 1;
                if lines == 2 {
                    between |= gap::BLANK;
                }
            } else if byte > b' ' {
                // A line of signs, as under the header of a table, is not blank.
                lines = 0;
            }
            if matches!(byte, b'[' | b'<' | b'{')
                && let Some(end) = super::placeholder::placeholder(&bytes[..length], at)
            {
                places.breaks.set_if(between & BREAKS != 0, tokens.len());
                if between == 0 {
                    places.glued.set(tokens.len());
                }
                tokens.push(Token {
                    start: at as u32,
                    end: end as u32,
                    gap: between,
                    shape: Shape::Placeholder,
                    ..Token::default()
                });
                (at, between, lines, last_end) = (end, 0, 0, end);
                continue;
            }
            between |= GAP[byte as usize];
            at += 1;
            continue;
        }
        let start = at;
        if start - last_end > 3 {
            between |= gap::WIDE;
        }
        let i = tokens.len();
        let (key, shape) = if sort == Sort::Digit {
            at += 1;
            while SORT[bytes[at] as usize] == Sort::Digit {
                at += 1;
            }
            places.numbers.set(i);
            (0, Shape::Number)
        } else {
            let word = word(bytes, start);
            at = word.end;
            (word.key, shape(&word, at - start))
        };
        let token = Token {
            start: start as u32,
            end: at as u32,
            key,
            gap: between,
            shape,
            ..Token::default()
        };
        if shape != Shape::Lower {
            places.capitals.set_if(token.is_capital(), i);
        }
        if between != gap::SPACE {
            places.breaks.set_if(between & BREAKS != 0, i);
        }
        if between == 0 || shape == Shape::Mixed {
            places.glued.set(i);
        }
        tokens.push(token);
        (between, lines, last_end) = (0, 0, at);
    }
    places.end(tokens.len());
}

#[cfg(test)]
mod tests {
    use super::super::fold::Folded;
    use super::*;

    fn shapes(text: &str) -> Vec<(String, Shape)> {
        let mut folded = Folded::default();
        folded.fold(text);
        let mut tokens = Vec::new();
        split(&folded.bytes, folded.len(), &mut tokens, &mut Places::default());
        tokens
            .iter()
            .map(|t| (String::from_utf8_lossy(t.text(&folded.bytes)).into_owned(), t.shape))
            .collect()
    }

    #[test]
    fn words_numbers_and_placeholders() {
        use Shape::*;
        for (text, expected) in [
            (
                "M. Éric ROUX, 12ter",
                vec![
                    ("M", Initial),
                    ("Eric", Capital),
                    ("ROUX", Upper),
                    ("12", Number),
                    ("ter", Lower),
                ],
            ),
            (
                "[PERSONNE_1] et <NOM>",
                vec![("[PERSONNE_1]", Placeholder), ("et", Lower), ("<NOM>", Placeholder)],
            ),
            (
                "{{prenom}} [Roux]",
                vec![("{{prenom}}", Placeholder), ("Roux", Capital)],
            ),
            ("", vec![]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(w, s)| (w.to_owned(), s)).collect();
            assert_eq!(shapes(text), expected);
        }
    }

    #[test]
    fn a_key_is_blind_to_case_and_to_what_follows() {
        let bytes = b"Departement departement, DEPARTEMENTS        ";
        assert_eq!(key(bytes, 0, 11), key(bytes, 12, 23));
        assert_ne!(key(bytes, 0, 11), key(bytes, 25, 37));
        assert_eq!(key(bytes, 0, 11), key_of("departement"));
        assert_eq!(key(bytes, 0, 6), key_of("depart"));
    }
}
