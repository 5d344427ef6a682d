//! How figures, months and days are written in French, for the formats that people read.

use jiff::civil::Date;

use super::document::{Cell, NOTHING, UNKNOWN};
use crate::domain::Month;

/// Narrow no-break space (U+202F): between thousands and before a unit.
pub const THIN: char = '\u{202f}';

/// `novembre 2026`
pub fn month(month: Month) -> String {
    format!("{} {}", month.name(), month.year())
}

/// `nov. 26`, for an axis.
pub fn short_month(month: Month) -> String {
    const SHORT: [&str; 12] = [
        "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
    ];
    format!("{} {:02}", SHORT[usize::from(month.month() - 1)], month.year() % 100)
}

/// `12/06/2025`
pub fn date(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// Plain digits as [`Cell::figure`] gives them → `1 234,5`, with narrow no-break spaces.
pub fn digits(figure: &str) -> String {
    let (sign, figure) = figure.strip_prefix('-').map_or(("", figure), |rest| ("−", rest));
    let (whole, decimals) = figure.split_once('.').map_or((figure, None), |(a, b)| (a, Some(b)));
    let mut text = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(THIN);
        }
        text.push(digit);
    }
    if let Some(decimals) = decimals {
        text.push(',');
        text.push_str(decimals);
    }
    text
}

/// A sentence with its no-break spaces: before `:`, `;`, `!`, `?`, `%` and inside « ».
pub fn typeset(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let bound = letter == ' '
            && letters
                .peek()
                .is_some_and(|next| matches!(next, ':' | ';' | '!' | '?' | '%' | '»'));
        let bound = bound || (letter == ' ' && out.ends_with('«'));
        out.push(if bound { '\u{a0}' } else { letter });
    }
    out
}

/// A cell of a table as people read it; what is not known says so, and so does what does not belong there.
pub fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Month(value) => month(*value),
        Cell::Date(value) => date(*value),
        Cell::Withheld(why) => why.short().to_owned(),
        Cell::Empty => NOTHING.to_owned(),
        Cell::Count(_) | Cell::Real { .. } => cell
            .figure()
            .map_or_else(|| UNKNOWN.to_owned(), |figure| digits(&figure)),
    }
}

/// A figure that stands alone, with its unit; where it is not there, why.
pub fn with_unit(value: &Cell, unit: &str) -> String {
    if let Cell::Withheld(why) = value {
        return why.french().to_owned();
    }
    let text = cell(value);
    if unit.is_empty() || value.figure().is_none() {
        text
    } else {
        format!("{text}{THIN}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::Withheld;

    #[test]
    fn figures_are_written_as_in_french() {
        for (cell_, expected) in [
            (Cell::Count(Some(0)), "0"),
            (Cell::Count(Some(999)), "999"),
            (Cell::Count(Some(1_234_567)), "1\u{202f}234\u{202f}567"),
            (Cell::Count(Some(-1234)), "−1\u{202f}234"),
            (Cell::real(Some(1234.56), 1), "1\u{202f}234,6"),
            (Cell::real(Some(0.5), 3), "0,500"),
            (Cell::Count(None), "inconnu"),
            (Cell::Withheld(Withheld::Few), "masqué"),
            (Cell::Empty, "–"),
            (Cell::Month("2026-08".parse().unwrap()), "août 2026"),
            (Cell::Date(Date::constant(2026, 1, 9)), "09/01/2026"),
        ] {
            assert_eq!(cell(&cell_), expected);
        }
        assert_eq!(with_unit(&Cell::Count(Some(5)), "€"), "5\u{202f}€");
        assert_eq!(with_unit(&Cell::Count(None), "€"), "inconnu");
        assert_eq!(
            with_unit(&Cell::Withheld(Withheld::Few), "€"),
            "masqué (moins de 5 personnes)"
        );
        assert_eq!(typeset("« a » : 5 % ; b"), "«\u{a0}a\u{a0}»\u{a0}: 5\u{a0}%\u{a0}; b");
    }
}
