//! Codes that only the word before them gives away: identity papers, student,
//! payroll and case numbers; and those in the cells of a line that names
//! someone.

use super::finding::{Evidence, Finding};
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::token::gap;

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
        fits: |c| digits(c) >= 4 && c.len() <= 20 && !is_year(c),
    },
    Cued {
        cue: tag::CUE_NIR,
        kind: Kind::Nir,
        fits: |c| matches!(c.len(), 13 | 15) && digits(c) + 1 >= c.len(),
    },
];

/// Finds codes announced by a word: `matricule A04512`, `n° INE : 012…A`.
pub(super) fn find_cued(view: &View, out: &mut Vec<Finding>) {
    let all = CUED.iter().fold(0, |all, cued| all | cued.cue);
    for i in view.marks(all) {
        let token = view.tokens[i];
        let Some((first, last)) = announced(view, i + token.phrase as usize) else {
            continue;
        };
        let mut code = [0; 32];
        let length = compact(view, first, last, &mut code);
        let code = &code[..length];
        let fitting = CUED.iter().find(|cued| token.has(cued.cue) && (cued.fits)(code));
        if let Some(cued) = fitting
            && !(cued.kind == Kind::CaseId && view.cues_before(first) & tag::REFERENCE != 0)
        {
            out.push(view.finding(first, last, cued.kind, 0.88, Evidence::CUE.with(Evidence::FORMAT)));
        }
    }
}

/// Finds numbers of 8 to 11 digits in the cells of a line that names someone:
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
                token.gap & (gap::CELL | gap::COMMA) != 0 && token.is_number() && (8..=11).contains(&token.len());
            let ends = view.tokens.get(i + 1).is_none_or(|t| t.gap & !gap::SPACE != 0);
            let decimal = matches!(view.byte(token.end), b',' | b'.') && view.byte(token.end + 1).is_ascii_digit();
            if cell && ends && !decimal {
                out.push(view.finding(i, i, Kind::CaseId, 0.7, Evidence::LAYOUT));
            }
        }
    }
}

/// The code announced before token `i`: at most four small words lie between,
/// in the same sentence.
fn announced(view: &View, i: usize) -> Option<(usize, usize)> {
    for first in i..view.tokens.len().min(i + 5) {
        let token = view.tokens[first];
        let apart = gap::STOP | gap::BLANK | gap::CELL;
        let dot = token.gap & gap::DOT != 0 && token.gap & gap::COLON == 0 && view.tokens[first - 1].len() > 3;
        if token.gap & apart & !gap::CELL != 0 || dot {
            return None;
        }
        let mut last = first;
        while let Some(next) = view.tokens.get(last + 1) {
            if next.gap & !(gap::HYPHEN | gap::SLASH) != 0 || next.gap & gap::WIDE != 0 {
                break;
            }
            last += 1;
        }
        let has_digit = (first..=last).any(|t| view.tokens[t].is_number());
        if has_digit {
            return (last - first < 8).then(|| widened(view, first, last));
        }
        if !token.has(tag::SMALL_WORD) && token.len() > 2 {
            return None;
        }
    }
    None
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

fn digits(code: &[u8]) -> usize {
    code.iter().filter(|c| c.is_ascii_digit()).count()
}

/// Nine letters and digits: identity card since 2021, passport of some countries.
fn new_card(code: &[u8]) -> bool {
    code.len() == 9 && (2..=9).contains(&digits(code))
}

/// `9` stands for a digit, `A` for a letter.
fn shaped(code: &[u8], form: &[u8]) -> bool {
    code.len() == form.len()
        && code.iter().zip(form).all(|(c, f)| match f {
            b'9' => c.is_ascii_digit(),
            _ => c.is_ascii_alphabetic(),
        })
}
