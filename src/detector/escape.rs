//! Escapes that other formats put in place of a character: HTML entities,
//! percent-encoding, JSON, quoted-printable, and UTF-8 read as Latin-1.

use super::fold::{Plain, plain};

/// Decodes the escape that begins at byte `at`, if one does: what it stands
/// for, and the position after it.
pub(super) fn decode(text: &str, at: usize) -> Option<(Plain, usize)> {
    match text.as_bytes()[at] {
        b'&' => entity(text.as_bytes(), at),
        b'%' => octets(text.as_bytes(), at, b'%'),
        b'=' => quoted_printable(text.as_bytes(), at),
        b'\\' => backslash(text.as_bytes(), at),
        0xC2 | 0xC3 => twice_encoded(text, at),
        _ => None,
    }
}

/// `&eacute;`, `&#233;`, `&#xE9;` (HTML, section 13.5).
fn entity(source: &[u8], at: usize) -> Option<(Plain, usize)> {
    let window = &source[at + 1..source.len().min(at + 12)];
    let length = window.iter().position(|&b| b == b';')?;
    let (name, next) = (&window[..length], at + length + 2);
    if let Some(number) = name.strip_prefix(b"#") {
        let (digits, radix) = match number {
            [b'x' | b'X', hex @ ..] => (hex, 16),
            decimal => (decimal, 10),
        };
        let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?;
        return Some((folded(char::from_u32(code)?), next));
    }
    let named = NAMED.iter().find(|(known, _)| known.as_bytes() == name);
    if let Some(&(_, byte)) = named {
        return Some((Plain::One(byte), next));
    }
    let (&letter, accent) = name.split_first()?;
    let accents: [&[u8]; 8] = [
        b"acute", b"grave", b"circ", b"uml", b"cedil", b"tilde", b"ring", b"caron",
    ];
    if letter.is_ascii_alphabetic() && accents.contains(&accent) {
        return Some((Plain::One(letter), next));
    }
    match name {
        b"oelig" => Some((Plain::Two(b'o', b'e'), next)),
        b"OElig" => Some((Plain::Two(b'O', b'E'), next)),
        b"shy" | b"zwj" | b"zwnj" => Some((Plain::Nothing, next)),
        _ => None,
    }
}

#[rustfmt::skip]
const NAMED: &[(&str, u8)] = &[
    ("nbsp", b' '),
    ("amp", b'&'),
    ("lt", b'<'),
    ("gt", b'>'),
    ("quot", b'"'),
    ("apos", b'\''),
    ("rsquo", b'\''),
    ("lsquo", b'\''),
    ("ldquo", b'"'),
    ("rdquo", b'"'),
    ("laquo", b'"'),
    ("raquo", b'"'),
    ("ndash", b'-'),
    ("mdash", b'-'),
    ("thinsp", b' '),
    ("ensp", b' '),
    ("emsp", b' '),
    ("hellip", b'.'),
    ("commat", b'@'),
    ("period", b'.'),
    ("colon", b':'),
];

/// `%C3%A9`: one whole character (RFC 3986, section 2.1, over UTF-8).
fn octets(source: &[u8], at: usize, sign: u8) -> Option<(Plain, usize)> {
    let octet = |at: usize| match source.get(at..at + 3) {
        Some(&[s, high, low]) if s == sign => Some(hex(high)? << 4 | hex(low)?),
        _ => None,
    };
    let first = octet(at)?;
    let length = match first {
        b'\t' | b'\n' | b'\r' | 0x20..=0x7E => return Some((Plain::One(first), at + 3)),
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let mut bytes = [first, 0, 0, 0];
    for (n, byte) in bytes[..length].iter_mut().enumerate().skip(1) {
        *byte = octet(at + 3 * n)?;
    }
    let c = std::str::from_utf8(&bytes[..length]).ok()?.chars().next()?;
    Some((folded(c), at + 3 * length))
}

/// `=C3=A9`, `=E9`, and a soft line break (RFC 2045, section 6.7).
fn quoted_printable(source: &[u8], at: usize) -> Option<(Plain, usize)> {
    match source.get(at + 1..)? {
        [b'\n', ..] => Some((Plain::Nothing, at + 2)),
        [b'\r', b'\n', ..] => Some((Plain::Nothing, at + 3)),
        // Only what cannot be the value of `name=AB…` or `year=2024`: octets over 7F, space, `=`.
        [b'2', b'0', follower, ..] if follower.is_ascii_digit() => None,
        [b'2', b'0', ..] => Some((Plain::One(b' '), at + 3)),
        [b'3', b'D', ..] => Some((Plain::One(b'='), at + 3)),
        [high @ (b'C' | b'E'), low, ..] => {
            if let Some(decoded) = octets(source, at, b'=') {
                return Some(decoded);
            }
            let latin1 = hex(*high)? << 4 | hex(*low)?;
            // A Latin-1 letter goes on with a letter or ends the word; a
            // value such as `id=E4567` goes on with digits.
            let follower = source.get(at + 3).copied().unwrap_or(b' ');
            (!follower.is_ascii_digit()).then(|| (folded(latin1 as char), at + 3))
        }
        _ => None,
    }
}

/// `\u00e9`, `\n` (RFC 8259, section 7).
fn backslash(source: &[u8], at: usize) -> Option<(Plain, usize)> {
    match source.get(at + 1)? {
        b'n' | b'r' => Some((Plain::One(b'\n'), at + 2)),
        b't' => Some((Plain::One(b' '), at + 2)),
        quoted @ (b'"' | b'/' | b'\'') => Some((Plain::One(*quoted), at + 2)),
        b'u' => {
            let digits = source.get(at + 2..at + 6)?;
            let code = digits
                .iter()
                .try_fold(0, |code, &d| Some(code << 4 | u32::from(hex(d)?)))?;
            Some((folded(char::from_u32(code)?), at + 6))
        }
        b'x' => match source.get(at + 2..at + 4)? {
            &[high, low] => Some((folded((hex(high)? << 4 | hex(low)?) as char), at + 4)),
            _ => None,
        },
        _ => None,
    }
}

/// `Ã©` for `é`, `Â ` for a no-break space: UTF-8 that someone read as Latin-1.
fn twice_encoded(text: &str, at: usize) -> Option<(Plain, usize)> {
    let mut chars = text[at..].chars();
    let (first, second) = (chars.next()?, chars.next()?);
    let low = windows_octet(second)?;
    let next = at + first.len_utf8() + second.len_utf8();
    match first {
        'Ã' => Some((folded(char::from_u32(0xC0 | (low & 0x3F))?), next)),
        'Â' if low >= 0xA0 => Some((folded(char::from_u32(low)?), next)),
        'Ä' | 'Å' => Some((
            folded(char::from_u32(if first == 'Ä' { 0x100 } else { 0x140 } | (low & 0x3F))?),
            next,
        )),
        // Punctuation: three octets, the second of which is 80.
        'â' if low == 0x80 => {
            let third = chars.next()?;
            let code = 0x2000 | (windows_octet(third)? & 0x3F);
            Some((folded(char::from_u32(code)?), next + third.len_utf8()))
        }
        _ => None,
    }
}

/// The octet that Windows-1252 draws as this character, from 80 to BF.
fn windows_octet(c: char) -> Option<u32> {
    const DRAWN: &[(char, u32)] = &[
        ('€', 0x80),
        ('‚', 0x82),
        ('ƒ', 0x83),
        ('„', 0x84),
        ('…', 0x85),
        ('†', 0x86),
        ('‡', 0x87),
        ('ˆ', 0x88),
        ('‰', 0x89),
        ('Š', 0x8A),
        ('‹', 0x8B),
        ('Œ', 0x8C),
        ('Ž', 0x8E),
        ('‘', 0x91),
        ('’', 0x92),
        ('“', 0x93),
        ('”', 0x94),
        ('•', 0x95),
        ('–', 0x96),
        ('—', 0x97),
        ('˜', 0x98),
        ('™', 0x99),
        ('š', 0x9A),
        ('›', 0x9B),
        ('œ', 0x9C),
        ('ž', 0x9E),
        ('Ÿ', 0x9F),
    ];
    match c as u32 {
        code @ 0x80..=0xBF => Some(code),
        _ => DRAWN.iter().find(|(drawn, _)| *drawn == c).map(|(_, octet)| *octet),
    }
}

fn folded(c: char) -> Plain {
    match c {
        // A control character that was escaped is at most a separation.
        '\0'..='\x08' | '\x0b'..='\x1f' | '\x7f' => Plain::One(b' '),
        c => plain(c),
    }
}

fn hex(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).map(|d| d as u8)
}
