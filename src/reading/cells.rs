//! What a number in a cell looks like: a date, a telephone number with its zero, or a number.

/// The form of a number.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    /// As it is.
    Plain,
    /// Days since 1900.
    Date,
    /// Digits at their places, as in `0# ## ## ## ##`: places are `0`, the rest is written as it is.
    Mask(String),
}

impl Form {
    /// The form that a format code asks for.
    pub(super) fn of(code: &str) -> Self {
        let bare = bare(code);
        let has = |letters: &[char]| bare.to_lowercase().contains(letters);
        let digits = bare.contains(['0', '#', '?']);
        if has(&['d', 'j', 'y']) || (has(&['m', 'a']) && !digits && !bare.eq_ignore_ascii_case("general")) {
            return Self::Date;
        }
        // A thousands separator, a decimal point, a percent: a quantity.
        if !digits || bare.contains(['.', ',', '%', 'E', '€', '$', '/', '*', '_']) {
            return Self::Plain;
        }
        let mask: String = bare.replace(['#', '?'], "0");
        let grouped = mask.chars().any(|c| c != '0');
        if grouped || mask.len() > 1 {
            Self::Mask(mask)
        } else {
            Self::Plain
        }
    }

    /// The form of one of the formats that every workbook has.
    pub(super) fn built_in(id: &str) -> Self {
        match id.parse::<u32>() {
            Ok(14..=17 | 22 | 27..=31 | 36 | 50..=58) => Self::Date,
            _ => Self::Plain,
        }
    }
}

/// A format code of positive numbers, without conditions, quotes and escapes.
fn bare(code: &str) -> String {
    let (mut out, mut letters) = (String::new(), code.chars());
    while let Some(letter) = letters.next() {
        match letter {
            ';' => break,
            '[' => while letters.next().is_some_and(|c| c != ']') {},
            // What is quoted is written as it is; letters of it would be mistaken for places.
            '"' => {
                let quoted: String = letters.by_ref().take_while(|&c| c != '"').collect();
                out.extend(quoted.chars().filter(|c| !c.is_alphanumeric()));
            }
            '\\' => out.extend(letters.next().filter(|c| !c.is_alphanumeric())),
            other => out.push(other),
        }
    }
    out
}

/// The number as it is shown.
pub(super) fn shown(value: &str, form: &Form, since_1904: bool) -> String {
    let value = value.trim();
    let Ok(number) = value.parse::<f64>() else {
        return value.to_owned();
    };
    match form {
        Form::Date => date(number, since_1904).unwrap_or_else(|| value.to_owned()),
        Form::Mask(mask) if number >= 0.0 && number.fract() == 0.0 && number < 1e15 => {
            masked(&format!("{number:.0}"), mask)
        }
        // Long numbers are written with an exponent, which hides a social security number.
        _ if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        _ => value.to_owned(),
    }
}

/// Digits at the places of a mask, from the right. A place without a digit is a zero; the first takes all that are left.
fn masked(digits: &str, mask: &str) -> String {
    let mut left: Vec<char> = digits.chars().collect();
    let mut out: Vec<char> = Vec::new();
    let first = mask.find('0');
    for (at, place) in mask.char_indices().rev() {
        if place != '0' {
            out.push(place);
            continue;
        }
        out.push(left.pop().unwrap_or('0'));
        if Some(at) == first {
            out.extend(left.drain(..).rev());
        }
    }
    out.into_iter().rev().collect()
}

/// Days since 1900, or 1904, as a date, with the hour if there is one.
fn date(number: f64, since_1904: bool) -> Option<String> {
    // From the first of January of year 1 to the thirty-first of December 9999.
    if !(0.0..2_958_466.0).contains(&number) {
        return None;
    }
    let days = number.floor();
    // 1900 had no twenty-ninth of February, and sheets count it.
    let shift = match (since_1904, days < 60.0) {
        (true, _) => 24_107,
        (false, true) => 25_568,
        (false, false) => 25_569,
    };
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let (day, minutes) = (days as i64 - shift, ((number - days) * 1_440.0).round() as i64);
    let (year, month, day) = civil(day);
    let hour = if minutes > 0 && minutes < 1_440 {
        format!(" {:02}:{:02}", minutes / 60, minutes % 60)
    } else {
        String::new()
    };
    Some(format!("{day:02}/{month:02}/{year}{hour}"))
}

/// The date of a day counted from the first of January 1970 (proleptic Gregorian calendar).
fn civil(days: i64) -> (i64, i64, i64) {
    // Years that begin in March put the leap day last.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_as_its_format_says() {
        for (value, code, shown_as) in [
            ("25569", "dd/mm/yyyy", "01/01/1970"),
            ("36526.5", "dd/mm/yyyy\\ hh:mm", "01/01/2000 12:00"),
            ("59", "dd/mm/yyyy", "28/02/1900"),
            ("61", "jj/mm/aaaa", "01/03/1900"),
            ("612345678", "0#\" \"##\" \"##\" \"##\" \"##", "06 12 34 56 78"),
            ("612345678", "0#\\ ##\\ ##\\ ##\\ ##", "06 12 34 56 78"),
            ("1234.5", "#,##0.00", "1234.5"),
            ("75001", "00000", "75001"),
            ("1001", "00000", "01001"),
            ("1.850578006048E+12", "General", "1850578006048"),
            ("42", "\"le \"0", "42"),
            ("12", "0%", "12"),
        ] {
            let shown = shown(value, &Form::of(code), false);
            assert_eq!(shown.trim(), shown_as, "{value} as {code}");
        }
    }
}
