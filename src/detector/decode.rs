//! Codes that hold text: base64 and hexadecimal.

use super::disguise::{LONGEST, Piece};
use super::scan::View;
use super::token::{Shape, Token};

/// Shortest code that is decoded at all, and shortest that may hold any text: a shorter one must hold letters only.
const SHORTEST: usize = 6;
const SHORTEST_FREE: usize = 12;

/// Long words of the base64 alphabets (RFC 4648, sections 4 and 5), and pairs of hexadecimal digits, that decode to
/// text.
pub(super) fn find(view: &View, length: usize, out: &mut Vec<Piece>) {
    let holds = |i: usize| {
        let Some(t) = view.tokens.get(i) else { return false };
        match t.start - view.tokens[i - 1].end {
            0 => true,
            1 => b"+/-_".contains(&view.byte_before(t.start)),
            _ => false,
        }
    };
    digits_as_pairs(view, out);
    let mut after = 0;
    for sign in view.places.glued.iter() {
        if sign < after {
            continue;
        }
        let mut first = sign;
        while first > after && holds(first) {
            first -= 1;
        }
        after = sign + 1;
        while holds(after) {
            after += 1;
        }
        let start = view.tokens[first].start as usize;
        let mut end = (view.tokens[after - 1].end as usize).min(length);
        if end - start < SHORTEST || !is_code(&view.tokens[first..after]) {
            continue;
        }
        let code = &view.bytes[start..end];
        if let Some(says) = hexadecimal(code).or_else(|| base64(code)) {
            // The padding belongs to the code.
            end += view.bytes[end..length.min(end + 2)]
                .iter()
                .take_while(|&&b| b == b'=')
                .count();
            out.push(Piece { start, end, says });
        }
    }
}

/// `30363132…`: pairs that happen to hold no letter.
fn digits_as_pairs(view: &View, out: &mut Vec<Piece>) {
    for token in view.numbers().map(|i| view.tokens[i]) {
        let code = token.text(view.bytes);
        if (SHORTEST_FREE..=256).contains(&code.len())
            && code.chunks(2).all(|pair| matches!(pair[0], b'2'..=b'7'))
            && let Some(says) = hexadecimal(code)
        {
            let (start, end) = (token.start as usize, token.end as usize);
            out.push(Piece { start, end, says });
        }
    }
}

/// Letters and digits in a row, or capitals inside a word: no date, no
/// hyphenated word.
fn is_code(tokens: &[Token]) -> bool {
    tokens.iter().any(|t| t.shape == Shape::Mixed) || tokens.iter().skip(1).any(|t| t.gap == 0)
}

/// The text that these pairs of hexadecimal digits hold, if they hold text.
fn hexadecimal(code: &[u8]) -> Option<String> {
    if !code.len().is_multiple_of(2) || code.len() > LONGEST {
        return None;
    }
    let digit = |b: u8| (b as char).to_digit(16);
    let pairs = code
        .chunks_exact(2)
        .map(|pair| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8));
    let text = String::from_utf8(pairs.collect::<Option<Vec<u8>>>()?).ok()?;
    let plain = text.chars().all(|c| !c.is_control() || c.is_whitespace());
    (plain && (code.len() >= SHORTEST_FREE || is_value(&text, code.len()))).then_some(text)
}

/// The text that this base64 holds, if it holds text.
fn base64(code: &[u8]) -> Option<String> {
    let code = &code[..code.len().min(LONGEST)];
    let (mut bytes, mut bits, mut held) = (Vec::with_capacity(code.len() * 3 / 4), 0, 0u32);
    for &c in code {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    let text = String::from_utf8(bytes).or_else(|e| {
        // The code may have been cut in the middle of a character.
        let valid = e.utf8_error().valid_up_to();
        let mut bytes = e.into_bytes();
        if bytes.len() - valid > 3 {
            return Err(());
        }
        bytes.truncate(valid);
        String::from_utf8(bytes).map_err(|_| ())
    });
    let text = text.ok()?;
    let printable = text.chars().filter(|c| !c.is_control() || c.is_whitespace()).count();
    (printable * 10 >= text.chars().count() * 9 && (code.len() >= SHORTEST_FREE || is_value(&text, code.len())))
        .then_some(text)
}

/// What a short code may hold: a name, or from eight characters on a number.
fn is_value(text: &str, length: usize) -> bool {
    let plain = |c: char| c.is_alphabetic() || " -'.".contains(c) || length >= 8 && (c.is_ascii_digit() || c == '/');
    text.chars().all(plain) && text.chars().filter(|c| c.is_alphanumeric()).count() > 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_hold_text_are_read_and_words_are_not() {
        for (code, text) in [
            ("TW1lIFJvdXg", Some("Mme Roux")),
            ("UsOpZ2luZSDDiWxp", Some("Régine Éli")),
            ("Um91eA", Some("Roux")),
            ("TelNum", None),
            ("abcdefghijkl", None),
        ] {
            assert_eq!(base64(code.as_bytes()).as_deref(), text, "{code}");
        }
        assert_eq!(hexadecimal(b"526f7578").as_deref(), Some("Roux"));
        assert_eq!(hexadecimal(b"0612345678").as_deref(), None);
        assert_eq!(hexadecimal(b"20242025").as_deref(), None);
    }
}
