//! The cells of a form, filled digit by digit: the number of an insured person,
//! then her date of birth, with nothing but their lengths to tell them apart.

use super::finding::{Evidence, Finding};
use super::kind::Kind;
use super::scan::View;
use super::token::gap;

/// How far before the cells the name of their owner may end, in bytes.
const NEAR: u32 = 96;
/// Digits of a national number, with or without its key; a hand may skip or repeat one.
const NUMBER: std::ops::RangeInclusive<usize> = 12..=16;
/// Digits of a date.
const DATE: usize = 8;

/// Finds a national number and a date of birth in cells side by side. `out`
/// holds what was found so far.
pub(super) fn find(view: &View, out: &mut Vec<Finding>) {
    let mut rows = Vec::new();
    let mut next = 0;
    for i in view.numbers() {
        if i < next || view.tokens[i].len() != 1 {
            continue;
        }
        let digit = |t: &usize| view.tokens[*t].is_number() && view.tokens[*t].len() == 1;
        let spaced = |t: &usize| *t == i || view.tokens[*t].follows_by(gap::SPACE);
        let length = (i..view.tokens.len()).take_while(|t| digit(t) && spaced(t)).count();
        next = i + length;
        if length >= NUMBER.start() + DATE {
            rows.extend(row(view, i, length));
        }
    }
    if rows.is_empty() {
        return;
    }
    let mut names: Vec<u32> = out
        .iter()
        .filter(|f| f.kind == Kind::Person && !f.informative)
        .map(|f| f.end)
        .collect();
    names.sort_unstable();
    rows.retain(|row: &[Finding; 2]| {
        let before = names.partition_point(|&end| end <= row[0].start);
        let named = before > 0 && row[0].start - names[before - 1] <= NEAR;
        named || matches!(view.byte(row[0].start), b'1' | b'2')
    });
    // The row says what its digits are: no other number begins in the midst of it.
    out.retain(|f| {
        let after = rows.partition_point(|row| row[1].end <= f.start);
        rows.get(after).is_none_or(|row| row[0].start >= f.end)
    });
    out.extend(rows.into_iter().flatten());
}

/// Reads `length` digits from token `first` on: the last that may be a number and a date.
fn row(view: &View, first: usize, length: usize) -> Option<[Finding; 2]> {
    let after = first + length;
    (first + NUMBER.start() + DATE..=after)
        .rev()
        .take(2 * DATE)
        .find_map(|end| {
            let date = end - DATE;
            // `… 42 avenue`: other digits may follow, after a wider space.
            if !is_date(view, date) || end < after && !wide(view, end) {
                return None;
            }
            // A wider space begins the number, or the row does.
            let dated = |b: usize| b == first + DATE && is_date(view, first);
            let begins = |b: &usize| *b == first || *b > first && wide(view, *b) || dated(*b);
            let begin = NUMBER.rev().find_map(|n| date.checked_sub(n).filter(begins))?;
            let why = Evidence::LAYOUT.with(Evidence::PERSON);
            Some([
                view.finding(begin, date - 1, Kind::Nir, 0.9, why),
                view.finding(date, end - 1, Kind::Birthdate, 0.95, why),
            ])
        })
}

/// More than one space before token `i`.
fn wide(view: &View, i: usize) -> bool {
    view.between(i).len() > 1
}

/// Eight digits that are a day, a month, and a year of the last or of this century.
fn is_date(view: &View, i: usize) -> bool {
    let digit = |n: usize| usize::from(view.word(i + n)[0] - b'0');
    let (day, month) = (digit(0) * 10 + digit(1), digit(2) * 10 + digit(3));
    (1..=31).contains(&day) && (1..=12).contains(&month) && matches!((digit(4), digit(5)), (1, 8 | 9) | (2, 0))
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, Kind, Scratch};

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        let mut scratch = Scratch::default();
        let found = Detector::builtin().scan(text, &mut scratch).expect("short");
        let cells = found.iter().filter(|f| matches!(f.kind, Kind::Nir | Kind::Birthdate));
        cells
            .map(|f| (f.kind, &text[f.start as usize..f.end as usize]))
            .collect()
    }

    #[test]
    fn a_number_and_a_date_after_a_name() {
        let number = "2 6 4 0 5 0 4 0 7 0 0 1 2";
        let date = "1 7 0 5 1 9 6 4";
        for between in [" ", "  "] {
            let text = format!("Mme GARCIN Odile {number}{between}{date} dossier");
            assert_eq!(kinds(&text), [(Kind::Nir, number), (Kind::Birthdate, date)], "{text}");
        }
        assert_eq!(kinds(&format!("Cotes : 3 3 3 3 3 3 3 3 3 3 3 3 3 {date}")), []);
        assert_eq!(kinds("Scores : 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3"), []);
    }
}
