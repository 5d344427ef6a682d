//! Bytes to letters: UTF-8, UTF-16 with its mark, Windows-1252; and the escapes of JSON.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::Unread;

/// The letters of a text.
///
/// # Errors
/// It is not a text: it has bytes that no text has.
pub(super) fn decode(bytes: &[u8]) -> Result<String, Unread> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return strictly(encoding, &bytes[mark..]).ok_or(Unread::Damaged);
    }
    // No text holds these; UTF-16 without its mark holds zeros.
    let foreign = |&b: &u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0B | 0x0C | 0x1B) || b == 0x7F;
    if bytes.iter().any(foreign) {
        return Err(Unread::Unknown);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let encoding = announced(bytes)
        .filter(|&encoding| encoding != UTF_8)
        .unwrap_or(WINDOWS_1252);
    // Five codes of Windows-1252 mean nothing.
    if encoding == WINDOWS_1252 && bytes.iter().any(|b| matches!(b, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)) {
        return Err(Unread::Unknown);
    }
    strictly(encoding, bytes).ok_or(Unread::Unknown)
}

/// The letters of a part in XML, which is UTF-8 unless it says otherwise.
pub(super) fn decode_xml(bytes: &[u8]) -> Result<String, Unread> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return strictly(encoding, &bytes[mark..]).ok_or(Unread::Damaged);
    }
    strictly(announced(bytes).unwrap_or(UTF_8), bytes).ok_or(Unread::Damaged)
}

fn strictly(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(std::borrow::Cow::into_owned)
}

/// The encoding that the head of an HTML page or of XML names.
fn announced(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(1_024)];
    let lower = head.to_ascii_lowercase();
    let after = [&b"charset="[..], b"encoding="]
        .iter()
        .find_map(|word| memchr::memmem::find(&lower, word).map(|at| at + word.len()))?;
    let label = lower[after..]
        .iter()
        .skip_while(|&&b| matches!(b, b'"' | b'\''))
        .take_while(|&&b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        .copied()
        .collect::<Vec<_>>();
    // A page that could be read so far is not in UTF-16, whatever it says.
    Encoding::for_label(&label).filter(|encoding| encoding.is_ascii_compatible())
}

/// The text with the escapes of JSON strings undone. Everything else stays: keys and values keep their places.
pub(super) fn unescape_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (letter, used) = escape(&rest[at..]);
        out.push(letter);
        rest = &rest[at + used..];
    }
    out.push_str(rest);
    out
}

/// The letter of an escape, and its length.
fn escape(text: &str) -> (char, usize) {
    let unit = |at: usize| {
        text.get(at..at + 6)
            .and_then(|unit| unit.strip_prefix("\\u"))
            .and_then(|hex| u16::from_str_radix(hex, 16).ok())
    };
    if let Some(first) = unit(0) {
        let pair = [first, unit(6).unwrap_or(0)];
        return match char::decode_utf16(pair).next() {
            Some(Ok(letter)) => (letter, 6 * letter.len_utf16()),
            _ => (char::REPLACEMENT_CHARACTER, 6),
        };
    }
    match text[1..].chars().next() {
        Some('n') => ('\n', 2),
        Some('t') => ('\t', 2),
        Some('r') => ('\r', 2),
        Some('b' | 'f') => (' ', 2),
        Some(letter) => (letter, 1 + letter.len_utf8()),
        None => ('\\', 1),
    }
}
