//! Text that was disguised beyond single characters: base64, letters held
//! apart, numbers in words, `at` and `dot`. A disguise is looked for only where
//! its signs are, undone with a little of the text around it, and scanned once
//! more; what is found there is reported over the whole disguise.

use super::lexicon::tag;
use super::scan::View;
use super::token::{Shape, Token, gap};
use std::ops::Range;

/// Shortest base64 that is decoded, longest of any disguise, in bytes.
const SHORTEST_BASE64: usize = 12;
const LONGEST: usize = 64 * 1024;
/// Shortest run of single letters, and of numbers in words.
const SHORTEST_LETTERS: usize = 4;
const SHORTEST_NUMBER: usize = 5;
/// How much of the plain text before and after goes with it, in bytes.
const BEFORE: usize = 48;
const AFTER: usize = 24;

/// A disguise, undone.
pub(super) struct Undone {
    /// Where it stands in the folded text.
    pub(super) start: u32,
    pub(super) end: u32,
    /// What it says, with some of the text around it.
    pub(super) text: String,
    /// The part of `text` that it says itself.
    pub(super) own: Range<usize>,
}

/// Finds and undoes the disguises of a text.
pub(super) fn find(view: &View, length: usize, out: &mut Vec<Undone>) {
    out.clear();
    base64_runs(view, length, out);
    let mut next = 0;
    for i in view.places.spelled.iter().map(|&i| i as usize) {
        if i < next {
            continue;
        }
        let token = view.tokens[i];
        let last = if token.len() == 1 && token.is_word() {
            letters(view, length, i, out)
        } else if token.has(tag::NUMERAL) {
            number_words(view, length, i, out)
        } else {
            spelled_address(view, length, i, out)
        };
        next = last.max(i) + 1;
    }
}

/// Adds what tokens `first..=last` say.
fn push(view: &View, length: usize, first: usize, last: usize, says: &str, out: &mut Vec<Undone>) {
    let (start, end) = (view.tokens[first].start as usize, view.tokens[last].end as usize);
    let before = String::from_utf8_lossy(&view.bytes[start.saturating_sub(BEFORE)..start]).into_owned();
    let after = String::from_utf8_lossy(&view.bytes[end..length.min(end + AFTER)]).into_owned();
    let own = before.len()..before.len() + says.len();
    out.push(Undone {
        start: start as u32,
        end: end as u32,
        text: before + says + &after,
        own,
    });
}

/// Long words of the base64 alphabets (RFC 4648, sections 4 and 5) that decode
/// to text.
fn base64_runs(view: &View, length: usize, out: &mut Vec<Undone>) {
    let holds = |i: usize| {
        let Some(t) = view.tokens.get(i) else { return false };
        match t.start - view.tokens[i - 1].end {
            0 => true,
            1 => b"+/-_".contains(&view.byte_before(t.start)),
            _ => false,
        }
    };
    let mut after = 0;
    for sign in view.places.glued.iter().map(|&i| i as usize) {
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
        let (start, end) = (
            view.tokens[first].start as usize,
            (view.tokens[after - 1].end as usize).min(length),
        );
        if end - start >= SHORTEST_BASE64
            && is_code(&view.tokens[first..after])
            && let Some(text) = decode_hex(&view.bytes[start..end]).or_else(|| decode(&view.bytes[start..end]))
        {
            let own = 0..text.len();
            out.push(Undone {
                start: start as u32,
                end: end as u32,
                text,
                own,
            });
        }
    }
}

/// Letters and digits in a row, or capitals inside a word: no date, no
/// hyphenated word.
fn is_code(tokens: &[Token]) -> bool {
    tokens.iter().any(|t| t.shape == Shape::Mixed) || tokens.iter().skip(1).any(|t| t.gap == 0)
}

/// The text that these pairs of hexadecimal digits hold, if they hold text.
fn decode_hex(code: &[u8]) -> Option<String> {
    if !code.len().is_multiple_of(2) || code.len() > LONGEST {
        return None;
    }
    let digit = |b: u8| (b as char).to_digit(16);
    let pairs = code
        .chunks_exact(2)
        .map(|pair| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8));
    let text = String::from_utf8(pairs.collect::<Option<Vec<u8>>>()?).ok()?;
    text.chars()
        .all(|c| !c.is_control() || c.is_whitespace())
        .then_some(text)
}

/// The text that this base64 holds, if it holds text.
fn decode(code: &[u8]) -> Option<String> {
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
    (printable * 10 >= text.chars().count() * 9).then_some(text)
}

/// `D u r a n d`, `M m e  R o u x`, `D.u.r.a.n.d`: single letters held apart.
/// What holds the first two apart is taken out everywhere; what remains between
/// two letters is part of the text.
fn letters(view: &View, length: usize, first: usize, out: &mut Vec<Undone>) -> usize {
    let sign = view.tokens.get(first + 1).map_or(0, |t| view.byte_before(t.start));
    let apart = |i: usize| {
        let between = view.between(i);
        (1..=6).contains(&between.len())
            && between.iter().all(|b| b" .-_*\n@/',+".contains(b))
            && (between[0] == sign || between[0] == b'\n')
    };
    let mut last = first;
    while view
        .tokens
        .get(last + 1)
        .is_some_and(|t| t.len() == 1 && apart(last + 1))
    {
        last += 1;
    }
    let count = (first..=last).filter(|&i| view.tokens[i].is_word()).count();
    let telling = count >= SHORTEST_LETTERS || count >= 2 && last - first >= 7 || count == 3 && last - first == 2;
    if !telling || last - first > LONGEST / 2 || !b" .-_*/+".contains(&sign) {
        return last;
    }
    let mut says = String::new();
    for i in first..=last {
        let letter = view.word(i)[0];
        if i > first {
            let rises = letter.is_ascii_uppercase() && view.word(i - 1)[0].is_ascii_lowercase();
            let kept = view.between(i).iter().copied().filter(|&b| b != sign && b != b'\n');
            let before = says.len();
            says.extend(kept.map(char::from));
            if says.len() == before && (rises || view.between(i).len() > 1) {
                says.push(' ');
            }
        }
        says.push(letter as char);
    }
    push(view, length, first, last, &says, out);
    last
}

/// `zéro six douze trente-quatre…`: digits in words.
fn number_words(view: &View, length: usize, first: usize, out: &mut Vec<Undone>) -> usize {
    let mut last = first;
    while let Some(next) = view.tokens.get(last + 1) {
        let joined = next.follows_by(gap::SPACE | gap::HYPHEN | gap::COMMA | gap::LINE | gap::DOT);
        let et = view.says(last + 1, &["et"]) && view.tokens.get(last + 2).is_some_and(|t| t.has(tag::NUMERAL));
        if !joined || !(next.has(tag::NUMERAL) || et || next.is_number() && next.len() <= 3) {
            break;
        }
        last += 1;
    }
    if last - first + 1 < SHORTEST_NUMBER || last - first > 256 {
        return last;
    }
    let mut says = String::new();
    let mut pending: Option<u32> = None;
    for i in first..=last {
        let Some(value) = number_word(view, i) else {
            continue;
        };
        pending = match (pending, value) {
            (Some(80), 10..=19) | (Some(20 | 30 | 40 | 50 | 60 | 80), 1..=9) | (Some(60), 10..=19) => {
                pending.map(|p| p + value)
            }
            (Some(4), 20) => Some(80),
            (Some(10), 7..=9) => Some(10 + value),
            (Some(held @ (70 | 90)), 7..=9) => Some(held + value),
            (Some(held), _) => {
                says.push_str(&held.to_string());
                Some(value)
            }
            (None, _) => Some(value),
        };
    }
    if let Some(held) = pending {
        says.push_str(&held.to_string());
    }
    if says.len() >= 9 {
        push(view, length, first, last, &says, out);
    }
    last
}

fn number_word(view: &View, i: usize) -> Option<u32> {
    const WORDS: &[(&str, u32)] = &[
        ("zero", 0),
        ("un", 1),
        ("une", 1),
        ("deux", 2),
        ("trois", 3),
        ("quatre", 4),
        ("cinq", 5),
        ("six", 6),
        ("sept", 7),
        ("huit", 8),
        ("neuf", 9),
        ("dix", 10),
        ("onze", 11),
        ("douze", 12),
        ("treize", 13),
        ("quatorze", 14),
        ("quinze", 15),
        ("seize", 16),
        ("vingt", 20),
        ("vingts", 20),
        ("trente", 30),
        ("quarante", 40),
        ("cinquante", 50),
        ("soixante", 60),
        ("septante", 70),
        ("huitante", 80),
        ("octante", 80),
        ("nonante", 90),
    ];
    if view.tokens[i].is_number() {
        return std::str::from_utf8(view.word(i)).ok()?.parse().ok();
    }
    WORDS
        .iter()
        .find(|(word, _)| view.says(i, &[word]))
        .map(|(_, value)| *value)
}

/// `jean.garcin (at) orange point fr`.
fn spelled_address(view: &View, length: usize, at: usize, out: &mut Vec<Undone>) -> usize {
    let near = |i: usize| view.tokens[i].gap & (gap::LINE | gap::COMMA | gap::STOP | gap::COLON) == 0;
    let dot = |i: usize| view.says(i, &["point", "dot"]);
    if at == 0 || !near(at) {
        return at;
    }
    // Back over the local part: words held by dots, hyphens or `point`.
    let mut first = at - 1;
    while first > 0 && first + 12 > at {
        let tight = view.tokens[first].gap & gap::SPACE == 0 && view.tokens[first].gap & (gap::DOT | gap::HYPHEN) != 0
            || view.tokens[first].gap == 0;
        if tight || dot(first) {
            first -= 1;
        } else if dot(first - 1) && first > 1 {
            first -= 2;
        } else {
            break;
        }
    }
    let mut last = at + 1;
    let mut dots = 0;
    while last + 1 < view.tokens.len() && last < at + 8 && near(last + 1) {
        let next = last + 1;
        if dot(next) && next + 1 < view.tokens.len() && near(next + 1) {
            dots += 1;
            last = next + 1;
        } else if view.tokens[next].gap == gap::DOT || view.tokens[next].gap == gap::HYPHEN {
            dots += usize::from(view.tokens[next].gap == gap::DOT);
            last = next;
        } else {
            break;
        }
    }
    if dots == 0 || last >= view.tokens.len() || view.tokens[last].shape == Shape::Number {
        return at;
    }
    let mut says = String::new();
    for i in first..=last {
        let sign = match view.tokens[i].gap {
            _ if i == first || i == at || i == at + 1 => "",
            g if g & gap::HYPHEN != 0 => "-",
            g if g & gap::DOT != 0 => ".",
            _ => "",
        };
        says.push_str(sign);
        if i == at {
            says.push('@');
        } else if dot(i) {
            says.push('.');
        } else {
            says.push_str(&String::from_utf8_lossy(view.word(i)));
        }
    }
    push(view, length, first, last, &says, out);
    last
}
