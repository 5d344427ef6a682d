//! Codes that only the word before them gives away: identity papers, student,
//! payroll and case numbers; and those in the cells of a line that names
//! someone.

use super::finding::{Evidence, Finding};
use super::kind::Kind;
use super::lexicon::tag;
use super::runs;
use super::scan::View;
use super::token::{Shape, Token, gap};

/// A code that its cue gives away: kind, and the forms it may have.
struct Cued {
    cue: u64,
    kind: Kind,
    fits: fn(&[u8]) -> bool,
}

const CUED: &[Cued] = &[
    Cued {
        cue: tag::CUE_PASSPORT,
        kind: Kind::Passport,
        fits: |c| shaped(c, b"99AA99999") || new_card(c),
    },
    Cued {
        cue: tag::CUE_LICENCE,
        kind: Kind::Licence,
        fits: |c| shaped(c, b"99AA99999") || c.len() == 12 && digits(c) == 12,
    },
    Cued {
        cue: tag::CUE_CNI,
        kind: Kind::Cni,
        fits: |c| new_card(c) || matches!(c.len(), 10 | 12) && digits(c) >= 9,
    },
    Cued {
        cue: tag::CUE_INE,
        kind: Kind::Ine,
        fits: |c| shaped(c, b"9999999999A") || shaped(c, b"999999999AA") || c.len() == 11 && digits(c) >= 8,
    },
    Cued {
        cue: tag::CUE_CAF,
        kind: Kind::Caf,
        fits: |c| (6..=8).contains(&digits(c)) && c.len() - digits(c) <= 1,
    },
    Cued {
        cue: tag::CUE_RPPS,
        kind: Kind::Rpps,
        fits: |c| matches!(c.len(), 9 | 11) && digits(c) >= 8,
    },
    Cued {
        cue: tag::CUE_MATRICULE,
        kind: Kind::Matricule,
        fits: |c| digits(c) >= 3 && c.len() <= 12,
    },
    Cued {
        cue: tag::CUE_CASE,
        kind: Kind::CaseId,
        fits: |c| digits(c) >= 4 && c.len() <= 20 && !is_year(c) && !is_trace(c),
    },
    Cued {
        cue: tag::CUE_NIR,
        kind: Kind::Nir,
        fits: |c| matches!(c.len(), 13 | 15) && digits(c) + 1 >= c.len(),
    },
];

/// Finds codes announced by a word: `matricule A04512`, `n° INE : 012…A`.
pub(super) fn find_cued(view: &View, out: &mut Vec<Finding>) {
    for i in view.marks(cues()) {
        let token = view.tokens[i];
        let Some((first, last, near)) = announced(view, i + token.phrase as usize) else {
            out.extend(told_after(view, i));
            continue;
        };
        if let Some(kind) = kind_of(view, token.tags, first, last)
            && (near || is_telling(view, kind, first, last) || is_labelled(view, kind, i, first))
            && !(kind == Kind::CaseId && view.cues_before(first) & tag::REFERENCE != 0)
        {
            let mut found = view.finding(first, last, kind, 0.88, Evidence::CUE.with(Evidence::FORMAT));
            found.start = code_start(view, first);
            if kind == Kind::Caf {
                found.end = end_with_key(view, last);
            }
            out.push(found);
        }
    }
}

/// Where the number of a beneficiary ends with its key, a capital by itself: `1234567 B`.
pub(super) fn end_with_key(view: &View, last: usize) -> u32 {
    let end = view.tokens[last].end;
    let Some(key) = view.tokens.get(last + 1) else {
        return end;
    };
    // `1234567 M. Roux`: a title, not a key.
    let named =
        |next: &Token| next.is_word() && (next.gap & gap::DOT != 0 || next.is_capital() && next.gap == gap::SPACE);
    let joined = key.shape == Shape::Initial && matches!(key.gap, 0 | gap::SPACE);
    if joined && !view.tokens.get(last + 2).is_some_and(named) {
        key.end
    } else {
        end
    }
}

/// The tags that announce a code.
pub(super) fn cues() -> u64 {
    CUED.iter().fold(0, |all, cued| all | cued.cue)
}

/// The kind of code that these tags announce and tokens `first..=last` may be.
pub(super) fn kind_of(view: &View, tags: u64, first: usize, last: usize) -> Option<Kind> {
    let mut code = [0; 32];
    let length = compact(view, first, last, &mut code);
    let fitting = |code: &[u8]| {
        CUED.iter()
            .find(|cued| tags & cued.cue != 0 && (cued.fits)(code))
            .map(|cued| cued.kind)
    };
    fitting(&code[..length]).or_else(|| {
        // As a scanner may have misread it.
        code[..length].iter_mut().for_each(|c| *c = runs::digit_for(*c));
        fitting(&code[..length]).filter(|_| length >= 7)
    })
}

/// `Matricule de l'agent : P20877`, or `Matricule paie` and the code on the next line: a label of several words.
fn is_labelled(view: &View, kind: Kind, i: usize, first: usize) -> bool {
    let after = i + usize::from(view.tokens[i].phrase);
    let (more, gap) = (first - after, view.tokens[first].gap);
    let whole = (after..first).all(|t| view.tokens[t].gap & (gap::LINE | gap::COLON | gap::CELL) == 0);
    kind == Kind::Matricule && whole && (more == 1 && gap & gap::LINE != 0 || more <= 3 && gap & gap::COLON != 0)
}

/// Letters and digits as few other codes have them: such a code may stand a few words after its cue.
fn is_telling(view: &View, kind: Kind, first: usize, last: usize) -> bool {
    let mut code = [0; 32];
    let length = compact(view, first, last, &mut code);
    let (digits, letters) = (digits(&code[..length]), length - digits(&code[..length]));
    match kind {
        Kind::Ine => digits >= 9 && letters >= 1,
        Kind::Passport | Kind::Licence | Kind::Cni => length >= 9 && (letters >= 1 || length == 12),
        _ => false,
    }
}

/// Finds numbers of 8 to 15 digits in the cells of a line that names someone:
/// `DURAND Paul | M | 15/12/1973 | 8475619240`.
pub(super) fn find_in_rows(view: &View, out: &mut Vec<Finding>) {
    let named = out.len();
    for n in 0..named {
        let row = out[n];
        if !matches!(row.kind, Kind::Person | Kind::Birthdate | Kind::Nir) || row.informative {
            continue;
        }
        let from = view.tokens.partition_point(|t| t.start < row.end);
        for i in from..view.tokens.len().min(from + 12) {
            let token = view.tokens[i];
            if token.gap & gap::LINE != 0 {
                break;
            }
            let cell =
                token.gap & (gap::CELL | gap::COMMA) != 0 && token.is_number() && (8..=15).contains(&token.len());
            let ends = view.tokens.get(i + 1).is_none_or(|t| t.gap & !gap::SPACE != 0);
            let decimal = matches!(view.byte(token.end), b',' | b'.') && view.byte(token.end + 1).is_ascii_digit();
            let phone = token.len() == 10 && view.byte(token.start) == b'0';
            if cell && ends && !decimal && !phone {
                out.push(view.finding(i, i, Kind::CaseId, 0.7, Evidence::LAYOUT));
            }
        }
    }
}

/// The code announced before token `i`, in the same sentence, and whether only
/// small words, four at most, lie between.
fn announced(view: &View, i: usize) -> Option<(usize, usize, bool)> {
    let mut near = true;
    for first in i..view.tokens.len().min(i + 5) {
        let token = view.tokens[first];
        // A semicolon with nothing around it holds cells.
        let cell = token.gap & (gap::CELL | gap::SPACE) == gap::CELL;
        let dot = token.gap & gap::DOT != 0 && token.gap & gap::COLON == 0 && view.tokens[first - 1].len() > 3;
        if token.gap & gap::STOP != 0 && !cell || token.gap & gap::BLANK != 0 || dot {
            return None;
        }
        let last = code_end(view, first);
        if (first..=last).any(|t| view.tokens[t].is_number()) {
            let (first, last) = widened(view, first, last);
            return (last - first < 9).then_some((first, last, near));
        }
        near &= token.has(tag::SMALL_WORD) || token.len() <= 2;
    }
    None
}

/// `21AB73915 : numéro de son passeport`: the code that the cue at token `i` names afterwards, if few other codes are
/// written so.
fn told_after(view: &View, i: usize) -> Option<Finding> {
    let mut named = view.says(i, &["numero", "n", "no"]);
    for last in (i.saturating_sub(7)..i).rev() {
        if view.tokens[last + 1].gap & (gap::BLANK | gap::STOP | gap::LINE) != 0 {
            return None;
        }
        if view.tokens[last].is_number() {
            let held = |t: &usize| view.tokens[*t].gap == 0;
            let first = last - (1..=last).rev().take_while(held).count();
            let kind = kind_of(view, view.tokens[i].tags, first, last)?;
            let sure = named && is_telling(view, kind, first, last) && view.cues_before(first) & tag::REFERENCE == 0;
            return sure.then(|| view.finding(first, last, kind, 0.85, Evidence::CUE.with(Evidence::FORMAT)));
        }
        named |= view.says(last, &["est", "numero", "num", "n", "no"]);
        let small = view.tokens[last].has(tag::SMALL_WORD) || view.tokens[last].len() <= 3;
        if !small && !view.says(last, &["numero"]) {
            return None;
        }
    }
    None
}

/// Where the code at token `first` begins: with the letters that touch it (`MDPH04-2024`), without the `n°` that
/// does.
fn code_start(view: &View, mut first: usize) -> u32 {
    while first > 0 && view.tokens[first].gap == 0 && view.tokens[first - 1].shape == Shape::Upper {
        first -= 1;
    }
    let number = matches!(view.word(first), [b'n' | b'N', b'o', b'A'..=b'Z' | b'0'..=b'9', ..]);
    view.tokens[first].start + if number { 2 } else { 0 }
}

/// Last token of the code that begins at `first`: hyphens and slashes hold it together.
pub(super) fn code_end(view: &View, first: usize) -> usize {
    // A hyphen may end the line.
    let held = |next: &&Token| {
        next.gap & !(gap::HYPHEN | gap::SLASH | gap::LINE) == 0 && next.gap & (gap::LINE | gap::HYPHEN) != gap::LINE
    };
    first + view.tokens[first + 1..].iter().take_while(held).count()
}

/// Takes in the groups of digits that follow: `12 34 56 789`.
fn widened(view: &View, first: usize, mut last: usize) -> (usize, usize) {
    let all_digits = (first..=last).all(|t| view.tokens[t].is_number());
    while all_digits && last - first < 6 {
        match view.tokens.get(last + 1) {
            Some(next) if next.is_number() && next.gap == gap::SPACE && next.len() <= 4 => last += 1,
            _ => break,
        }
    }
    (first, last)
}

/// Letters and digits of these tokens, without what separates them.
fn compact(view: &View, first: usize, last: usize, code: &mut [u8; 32]) -> usize {
    let mut length = 0;
    for byte in (first..=last).flat_map(|t| view.word(t)) {
        if length == code.len() {
            break;
        }
        code[length] = byte.to_ascii_uppercase();
        length += 1;
    }
    length
}

/// 1950 to 2049 by itself.
fn is_year(code: &[u8]) -> bool {
    code.len() == 4 && (code.starts_with(b"19") || code.starts_with(b"20"))
}

/// Hexadecimal whose letters and digits alternate: a machine drew it, no office.
fn is_trace(code: &[u8]) -> bool {
    let turns = code
        .windows(2)
        .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit());
    code.len() >= 12 && code.iter().all(u8::is_ascii_hexdigit) && turns.count() >= 4
}

fn digits(code: &[u8]) -> usize {
    code.iter().filter(|c| c.is_ascii_digit()).count()
}

/// Nine letters and digits: identity card since 2021, passport of some countries.
fn new_card(code: &[u8]) -> bool {
    code.len() == 9 && digits(code) > 0
}

/// `9` stands for a digit, `A` for a letter.
fn shaped(code: &[u8], form: &[u8]) -> bool {
    code.len() == form.len()
        && code.iter().zip(form).all(|(c, f)| match f {
            b'9' => c.is_ascii_digit(),
            _ => c.is_ascii_alphabetic(),
        })
}
