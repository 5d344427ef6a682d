//! The text as the detector reads it: plain ASCII, one case kept, every
//! disguise of a character undone, and the way back to the original bytes.
//!
//! One pass. Accents go, full-width and foreign digits become digits, special
//! spaces become spaces, invisible characters vanish, letters of other
//! alphabets that look Latin become Latin; HTML entities, percent-encoding,
//! JSON escapes, quoted-printable and twice-encoded UTF-8 are decoded
//! (`escape.rs`). Lengths change only where a mark is left, so that a span of
//! the folded text is a span of the original, on character boundaries.

use super::escape;

/// Stands for a letter that has no Latin look.
pub(super) const OTHER_LETTER: u8 = 0x80;
/// Stands for a sign that means nothing to us.
pub(super) const OTHER_SIGN: u8 = 0x1A;
/// Zero bytes after the folded text, so that words can be read eight at a time.
pub(super) const PADDING: usize = 8;

/// What one character becomes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Plain {
    /// Nothing: it is not seen.
    Nothing,
    /// One byte.
    One(u8),
    /// Two bytes.
    Two(u8, u8),
}

/// A folded text and its map to the original.
#[derive(Default)]
pub(super) struct Folded {
    /// The folded bytes, then `PADDING` zeros.
    pub(super) bytes: Vec<u8>,
    /// Folded position, original position: from here on both grow alike.
    marks: Vec<(u32, u32)>,
    length: u32,
}

impl Folded {
    /// Folds `text` into these buffers.
    pub(super) fn fold(&mut self, text: &str) {
        self.bytes.clear();
        self.marks.clear();
        self.marks.push((0, 0));
        let source = text.as_bytes();
        self.bytes.reserve(source.len() + PADDING);
        let mut escapes = Escapes::of(source);
        let mut at = 0;
        while at < source.len() {
            at = self.copy_ascii(source, at, escapes.next(source, at));
            if at < source.len() {
                at = self.fold_special(text, at);
            }
        }
        self.length = self.bytes.len() as u32;
        self.bytes.extend_from_slice(&[0; PADDING]);
    }

    /// Copies ASCII from `at` on, up to `end` at most; returns where it stopped.
    fn copy_ascii(&mut self, source: &[u8], mut at: usize, end: usize) -> usize {
        const HIGH: u64 = 0x8080_8080_8080_8080;
        while let Some(chunk) = source[at..end].first_chunk::<8>() {
            self.bytes.extend_from_slice(chunk);
            let high = u64::from_le_bytes(*chunk) & HIGH;
            if high != 0 {
                let ascii = high.trailing_zeros() as usize / 8;
                self.bytes.truncate(self.bytes.len() - 8 + ascii);
                return at + ascii;
            }
            at += 8;
        }
        let rest = &source[at..end];
        let ascii = rest.iter().position(|b| !b.is_ascii()).unwrap_or(rest.len());
        self.bytes.extend_from_slice(&rest[..ascii]);
        at + ascii
    }

    /// Folds what stands at `at`, a character or an escape; returns what follows it.
    fn fold_special(&mut self, text: &str, at: usize) -> usize {
        let source = text.as_bytes();
        // The frequent case: a letter of Latin-1, two bytes beginning with C3.
        // `Â`, `Ã`, `Ä`, `Å` and `â` may begin a letter that was encoded twice.
        if source[at] == 0xC3 && !matches!(source[at + 1], 0x82..=0x85 | 0xA2) {
            let letter = LATIN1[(source[at + 1] & 0x3F) as usize];
            if letter != 0 {
                self.bytes.push(letter);
                self.mark(at + 2);
                return at + 2;
            }
        }
        // The apostrophe of word processors.
        if source[at..].starts_with("’".as_bytes()) {
            self.bytes.push(b'\'');
            self.mark(at + 3);
            return at + 3;
        }
        let (plain, next) = match escape::decode(text, at) {
            Some(decoded) => decoded,
            None => match text[at..].chars().next() {
                Some(c) if c.is_ascii() => (Plain::One(c as u8), at + 1),
                Some(c) => (plain(c), at + c.len_utf8()),
                None => return source.len(),
            },
        };
        match plain {
            Plain::Nothing => {}
            Plain::One(byte) => self.bytes.push(byte),
            Plain::Two(first, second) => self.bytes.extend_from_slice(&[first, second]),
        }
        self.mark(next);
        next
    }

    fn mark(&mut self, original: usize) {
        self.marks.push((self.bytes.len() as u32, original as u32));
    }

    /// Length of the folded text, without the padding.
    pub(super) fn len(&self) -> usize {
        self.length as usize
    }

    /// The span of the original that this span of the folded text stands for.
    pub(super) fn original(&self, text: &str, start: u32, end: u32) -> (u32, u32) {
        let first = self.marks.partition_point(|m| m.0 <= start) - 1;
        let (folded, original) = self.marks[first];
        let mut from = (original + (start - folded)) as usize;
        // The end is where the last character ends, before what vanished after it.
        let last = self.marks.partition_point(|m| m.0 < end);
        let to = match self.marks.get(last) {
            Some(&(folded, original)) if folded == end => original,
            _ => {
                let (folded, original) = self.marks[last - 1];
                original + (end - folded)
            }
        };
        let mut to = (to as usize).min(text.len());
        from = from.min(to);
        while !text.is_char_boundary(from) {
            from -= 1;
        }
        while !text.is_char_boundary(to) {
            to += 1;
        }
        (from as u32, to as u32)
    }
}

/// Where the next `&`, `%`, `\\` or `=` is, each of which may begin an escape.
/// Two searches, each gone on with only once its place is passed: linear,
/// whatever the text is full of.
struct Escapes {
    equals: usize,
    others: usize,
}

impl Escapes {
    fn of(source: &[u8]) -> Self {
        Self {
            equals: Self::equals(source, 0),
            others: Self::others(source, 0),
        }
    }

    fn next(&mut self, source: &[u8], at: usize) -> usize {
        if self.equals < at {
            self.equals = Self::equals(source, at);
        }
        if self.others < at {
            self.others = Self::others(source, at);
        }
        self.equals.min(self.others)
    }

    fn equals(source: &[u8], at: usize) -> usize {
        memchr::memchr(b'=', &source[at..]).map_or(source.len(), |found| at + found)
    }

    fn others(source: &[u8], at: usize) -> usize {
        memchr::memchr3(b'&', b'%', b'\\', &source[at..]).map_or(source.len(), |found| at + found)
    }
}

/// U+00C0 to U+00FF; 0 where one byte is not enough.
const LATIN1: &[u8; 64] = b"AAAAAA\0CEEEEIIIIDNOOOOO\x1AOUUUUY\0\0aaaaaa\0ceeeeiiiidnooooo\x1Aouuuuy\0y";
/// U+0100 to U+017F, but for IJ and OE.
const EXTENDED_A: &[u8; 128] = b"AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
/// Looks Latin: Greek and Cyrillic letters.
#[rustfmt::skip]
const LOOKALIKES: &[(char, u8)] = &[
    ('Α', b'A'),
    ('Β', b'B'),
    ('Ε', b'E'),
    ('Ζ', b'Z'),
    ('Η', b'H'),
    ('Ι', b'I'),
    ('Κ', b'K'),
    ('Μ', b'M'),
    ('Ν', b'N'),
    ('Ο', b'O'),
    ('Ρ', b'P'),
    ('Τ', b'T'),
    ('Υ', b'Y'),
    ('Χ', b'X'),
    ('α', b'a'),
    ('ε', b'e'),
    ('ι', b'i'),
    ('κ', b'k'),
    ('ν', b'v'),
    ('ο', b'o'),
    ('ρ', b'p'),
    ('τ', b't'),
    ('υ', b'u'),
    ('χ', b'x'),
    ('ϲ', b'c'),
    ('ј', b'j'),
    ('Ј', b'J'),
    ('А', b'A'),
    ('В', b'B'),
    ('Е', b'E'),
    ('К', b'K'),
    ('М', b'M'),
    ('Н', b'H'),
    ('О', b'O'),
    ('Р', b'P'),
    ('С', b'C'),
    ('Т', b'T'),
    ('У', b'Y'),
    ('Х', b'X'),
    ('І', b'I'),
    ('Ѕ', b'S'),
    ('а', b'a'),
    ('в', b'b'),
    ('е', b'e'),
    ('к', b'k'),
    ('м', b'm'),
    ('н', b'h'),
    ('о', b'o'),
    ('р', b'p'),
    ('с', b'c'),
    ('т', b't'),
    ('у', b'y'),
    ('х', b'x'),
    ('і', b'i'),
    ('ѕ', b's'),
    ('һ', b'h'),
    ('ԁ', b'd'),
    ('ѵ', b'v'),
    ('ԛ', b'q'),
    ('ԝ', b'w'),
    ('Ԁ', b'D'),
    ('ɑ', b'a'),
    ('ɡ', b'g'),
    ('ɩ', b'i'),
    ('ı', b'i'),
    ('ո', b'n'),
    ('օ', b'o'),
    ('ս', b'u'),
];
/// The zero of each row of ten decimal digits (Unicode category Nd), and of
/// rows of numbers drawn as signs.
#[rustfmt::skip]
const ZEROS: &[u32] = &[
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50,
    0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0x2080, 0x245F, 0x2775, 0x277F, 0x2789, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0x104A0, 0x11066,
    0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
];

/// What a character outside ASCII becomes.
pub(super) fn plain(c: char) -> Plain {
    use Plain::{Nothing, One, Two};
    let code = c as u32;
    match code {
        0..=0x7F => One(code as u8),
        0xA0 => One(b' '),
        0xAB | 0xBB => One(b'"'),
        0xAD => Nothing,
        0xB0 | 0xBA => One(b'o'),
        0xAA => One(b'a'),
        0xB7 => One(b'.'),
        0xB4 => One(b'\''),
        0xB9 => One(b'1'),
        0xB2 | 0xB3 => One(b'0' + (code - 0xB0) as u8),
        0x80..=0xBF => One(OTHER_SIGN),
        0xC6 => Two(b'A', b'E'),
        0xE6 => Two(b'a', b'e'),
        0xDE => Two(b'T', b'h'),
        0xFE => Two(b't', b'h'),
        0xDF => Two(b's', b's'),
        0xC0..=0xFF => One(LATIN1[(code - 0xC0) as usize]),
        0x132 | 0x133 => Two(b'i', b'j'),
        0x152 => Two(b'O', b'E'),
        0x153 => Two(b'o', b'e'),
        0x100..=0x17F => One(EXTENDED_A[(code - 0x100) as usize]),
        0x300..=0x36F | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF => Nothing,
        0x1EA0..=0x1EF9 => One(vietnamese(code)),
        0x1E9E => Two(b'S', b'S'),
        0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF | 0x180B..=0x180E => Nothing,
        0x115F | 0x1160 | 0x3164 | 0xFFA0 | 0xFE00..=0xFE0F | 0xE0100..=0xE01EF => Nothing,
        0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000 => One(b' '),
        0x2028 | 0x2029 => One(b'\n'),
        0x2010..=0x2015 | 0x2212 | 0x2043 | 0xFE58 | 0xFE63 => One(b'-'),
        0x2018..=0x201B | 0x2032 | 0x02BC | 0x2039 | 0x203A => One(b'\''),
        0x201C..=0x201F | 0x2033 => One(b'"'),
        0x2024 | 0x2026 | 0x2027 => One(b'.'),
        0x2044 | 0x2215 => One(b'/'),
        0x2070 => One(b'0'),
        0x2074..=0x2079 => One(b'0' + (code - 0x2070) as u8),
        0x24EA => One(b'0'),
        0x24B6..=0x24CF => One(b'A' + (code - 0x24B6) as u8),
        0x24D0..=0x24E9 => One(b'a' + (code - 0x24D0) as u8),
        0xFB00..=0xFB06 => ligature(code),
        0xFF01..=0xFF5E => One((code - 0xFEE0) as u8),
        // Letters of mathematics: thirteen alphabets of 52.
        0x1D400..=0x1D6A3 => One(alphabet((code - 0x1D400) % 52)),
        // Tags: ASCII that no one sees.
        0xE0020..=0xE007E => One((code - 0xE0000) as u8),
        0xE0000..=0xE007F => Nothing,
        _ => foreign(c, code),
    }
}

fn foreign(c: char, code: u32) -> Plain {
    if let Some(&(_, latin)) = LOOKALIKES.iter().find(|(look, _)| *look == c) {
        return Plain::One(latin);
    }
    if let Some(zero) = ZEROS.iter().find(|&&zero| code >= zero && code < zero + 10) {
        return Plain::One(b'0' + (code - zero) as u8);
    }
    Plain::One(if c.is_alphabetic() { OTHER_LETTER } else { OTHER_SIGN })
}

fn vietnamese(code: u32) -> u8 {
    let upper = match code {
        0x1EA0..=0x1EB7 => b'A',
        0x1EB8..=0x1EC7 => b'E',
        0x1EC8..=0x1ECB => b'I',
        0x1ECC..=0x1EE3 => b'O',
        0x1EE4..=0x1EF1 => b'U',
        _ => b'Y',
    };
    if code.is_multiple_of(2) { upper } else { upper | 0x20 }
}

fn ligature(code: u32) -> Plain {
    match code {
        0xFB00 | 0xFB03 | 0xFB04 => Plain::Two(b'f', b'f'),
        0xFB01 => Plain::Two(b'f', b'i'),
        0xFB02 => Plain::Two(b'f', b'l'),
        _ => Plain::Two(b's', b't'),
    }
}

fn alphabet(index: u32) -> u8 {
    let index = index as u8;
    if index < 26 { b'A' + index } else { b'a' + index - 26 }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
