//! Numbers with letters in them: IBAN, plates, and the codes that only the
//! word before them gives away (identity papers, student, payroll and case
//! numbers).

use super::checks;
use super::finding::{Evidence, Finding};
use super::kind::Kind;
use super::lexicon::tag;
use super::runs;
use super::scan::View;
use super::token::{Shape, gap};

/// Longest IBAN of the registry.
const LONGEST_IBAN: usize = 34;

/// Finds IBANs: two letters of a country, then as many characters as it uses.
pub(super) fn find_ibans(view: &View, out: &mut Vec<Finding>) {
    for i in view.numbers().filter_map(|i| i.checked_sub(1)) {
        let token = view.tokens[i];
        if token.len() != 2 || !token.is_word() || view.byte_before(token.start).is_ascii_digit() {
            continue;
        }
        let country = [
            view.word(i)[0].to_ascii_uppercase(),
            view.word(i)[1].to_ascii_uppercase(),
        ];
        let next_is_key = view
            .tokens
            .get(i + 1)
            .is_some_and(|next| next.is_number() && next.follows_by(gap::SPACE) && next.len() >= 2);
        let Some(length) = checks::iban_length(&country).filter(|_| next_is_key) else {
            continue;
        };
        let mut code = [0; LONGEST_IBAN];
        let Some(end) = collect(view, token.start, &mut code[..length]) else {
            continue;
        };
        if !checks::iban(&code[..length]) {
            let mut repaired = code;
            repaired[2..length].iter_mut().for_each(|c| *c = runs::digit_for(*c));
            if checks::iban(&repaired[..length]) {
                code = repaired;
            }
        }
        let code = &code[..length];
        let half = code.iter().filter(|c| c.is_ascii_digit()).count() * 2 >= length;
        let valid = checks::iban(code) && half;
        let cue = view.cues_before(i) & tag::CUE_BANK != 0;
        let digits = code.iter().filter(|c| c.is_ascii_digit()).count();
        let shown = token.shape == Shape::Upper || &country == b"FR" || cue || view.tokens[i + 1].gap == 0;
        // Small letters amid a longer code are of that code: `d878-be40-34c0-…`.
        let inside = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let piece = token.shape != Shape::Upper && (inside(view.byte_before(token.start)) || inside(view.byte(end)));
        if valid && shown && !piece || cue && digits >= 12 && token.shape == Shape::Upper {
            let why = Evidence::FORMAT
                .with_if(valid, Evidence::CHECKSUM)
                .with_if(cue, Evidence::CUE);
            out.push(Finding::new(
                token.start,
                end,
                Kind::Iban,
                if valid { 0.99 } else { 0.85 },
                why,
            ));
        }
    }
}

/// Finds French RIBs with letters in the account: groups of 5, 5, 11 and 2.
/// Those of digits alone are numbers like others, unless they fill cells of a table.
pub(super) fn find_ribs(view: &View, out: &mut Vec<Finding>) {
    for i in view.numbers().filter(|&i| i > 0) {
        let pair = [view.tokens[i - 1], view.tokens[i]];
        let cells = pair[1].gap & gap::CELL != 0;
        if !pair.iter().all(|t| t.is_number() && t.len() == 5) || !cells && pair[1].gap != gap::SPACE {
            continue;
        }
        let mut code = [0; 23];
        if let Some(end) = collect(view, pair[0].start, &mut code)
            && (cells || code.iter().any(u8::is_ascii_alphabetic))
            && checks::rib(&code)
        {
            out.push(Finding::new(pair[0].start, end, Kind::Iban, 0.97, Evidence::CHECKSUM));
        }
    }
}

/// Finds French RIBs told in parts, each after its word: `banque 11315, guichet 00012, compte …, clé 42`.
/// The key proves them.
pub(super) fn find_ribs_in_parts(view: &View, out: &mut Vec<Finding>) {
    const PARTS: [usize; 4] = [5, 5, 11, 2];
    // Words between two parts, at most.
    const APART: usize = 4;
    for i in view.numbers().filter(|&i| view.tokens[i].len() == PARTS[0]) {
        let mut code = [0; 23];
        let (mut filled, mut at, mut told) = (0, i, true);
        for (n, length) in PARTS.into_iter().enumerate() {
            let reach = view.tokens.len().min(at + APART + 1);
            let found = (at..reach).find(|&t| view.tokens[t].is_number());
            let Some(t) = found.filter(|&t| view.tokens[t].len() == length) else {
                break;
            };
            told &= n == 0 || !view.tokens[t - 1].is_number();
            code[filled..filled + length].copy_from_slice(view.word(t));
            filled += length;
            at = t + 1;
        }
        if filled == code.len() && told && checks::rib(&code) {
            out.push(view.finding(i, at - 1, Kind::Iban, 0.97, Evidence::CHECKSUM));
        }
    }
}

/// Fills `code` with the letters and digits from `start` on; the end of the last.
fn collect(view: &View, start: u32, code: &mut [u8]) -> Option<u32> {
    let (mut at, mut filled, mut skipped, mut commas) = (start, 0, 0, false);
    while filled < code.len() {
        let byte = *view.bytes.get(at as usize)?;
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                code[filled] = byte.to_ascii_uppercase();
                filled += 1;
                skipped = 0;
            }
            // Commas hold the groups of four apart, or stand for nothing of the code.
            b',' if filled == 4 || commas => commas = true,
            b' ' | b'.' | b'-' | b'\n' | b'_' | b'|' | b';' | b'\t' if skipped < 3 => skipped += 1,
            _ => return None,
        }
        at += 1;
    }
    Some(at)
}

/// Finds plates: AB-123-CD (since 2009), 123 ABC 04 (before).
pub(super) fn find_plates(view: &View, out: &mut Vec<Finding>) {
    for i in view.numbers().filter(|&i| i + 1 < view.tokens.len()) {
        find_old_plate(view, i + 1, out);
        if i == 0 {
            continue;
        }
        if let Some(dashed) = new_plate(view, i) {
            let cues = view.cues(i - 1, i + 1);
            let cue = cues & tag::CUE_PLATE != 0;
            if is_pattern(view, i - 1) {
                continue;
            }
            if cue || dashed && cues & tag::REFERENCE == 0 {
                let why = Evidence::FORMAT.with_if(cue, Evidence::CUE);
                out.push(view.finding(i - 1, i + 1, Kind::Plate, if cue { 0.97 } else { 0.85 }, why));
            }
        }
    }
}

/// A plate of before 2009 around letters `i`.
fn find_old_plate(view: &View, i: usize, out: &mut Vec<Finding>) {
    let letters = matches!(view.tokens[i].shape, Shape::Upper | Shape::Initial) && view.tokens[i].len() <= 3;
    if letters
        && i + 1 < view.tokens.len()
        && old_plate(view, i)
        && view.cues(i - 1, i + 1) & tag::CUE_PLATE != 0
        && !is_pattern(view, i - 1)
    {
        let last = i + 1 + usize::from(corsica(view, i + 1));
        out.push(view.finding(i - 1, last, Kind::Plate, 0.9, Evidence::CUE.with(Evidence::FORMAT)));
    }
}

/// `de la forme AB-123-CD`: shows how a plate is made.
fn is_pattern(view: &View, i: usize) -> bool {
    (i.saturating_sub(9)..i).any(|t| view.says(t, &["type", "forme", "format", "exemple", "modele"]))
}

/// Around number `i`; whether hyphens hold it together.
fn new_plate(view: &View, i: usize) -> Option<bool> {
    let letters = |at: usize| {
        let word = view.word(at);
        let used = |b: &u8| b.is_ascii_alphabetic() && !b"IOUiou".contains(b);
        word.len() == 2 && word.iter().all(used) && !word.eq_ignore_ascii_case(b"ss")
    };
    let (before, after) = (view.tokens[i].gap, view.tokens[i + 1].gap);
    let joined = before == after && matches!(before, 0 | gap::SPACE | gap::HYPHEN);
    let lone = {
        let start = view.byte_before(view.tokens[i - 1].start);
        let end = view.byte(view.tokens[i + 1].end);
        let touches = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'/';
        !touches(start) && !touches(end)
    };
    let written =
        [i - 1, i + 1].iter().all(|&t| view.tokens[t].shape == Shape::Upper) || before == 0 || before == gap::HYPHEN;
    (view.tokens[i].len() == 3
        && written
        && joined
        && letters(i - 1)
        && letters(i + 1)
        && lone
        && view.word(i) != b"000")
        .then(|| before == gap::HYPHEN && view.tokens[i - 1].shape == Shape::Upper)
}

/// Around letters `i`: one to four digits before, a department after.
fn old_plate(view: &View, i: usize) -> bool {
    let (before, after) = (view.tokens[i - 1], view.tokens[i + 1]);
    let joined = |g: u16| matches!(g, 0 | gap::SPACE | gap::HYPHEN);
    before.is_number()
        && after.is_number()
        && before.len() <= 4
        && (matches!(after.len(), 2 | 3) || corsica(view, i + 1))
        && joined(view.tokens[i].gap)
        && joined(after.gap)
}

/// `2A` or `2B` at token `i`.
fn corsica(view: &View, i: usize) -> bool {
    let letter = view.tokens.get(i + 1).filter(|t| t.gap == 0 && t.len() == 1);
    view.word(i) == b"2" && letter.is_some() && view.says(i + 1, &["a", "b"])
}
