//! Dates of birth: a date that a word (`né`, `naissance`, `DDN`) or a layout
//! (a name, then a date of long ago) says to be one. Other dates say nothing.

use super::finding::{Evidence, Finding};
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::token::{Token, gap};

/// Years in which someone living was born. The upper bound is generous: the
/// detector has no clock.
const YEARS: std::ops::RangeInclusive<u32> = 1905..=2045;
/// Years of birth that a layout alone makes likely.
const LIKELY: std::ops::RangeInclusive<u32> = 1915..=2018;

/// A date in a text: its last token, and its year.
#[derive(Clone, Copy)]
struct Date {
    last: usize,
    year: u32,
    /// Day and month are there too.
    whole: bool,
}

/// Finds dates of birth. `out` holds the persons found so far.
pub(super) fn find(view: &View, out: &mut Vec<Finding>) {
    let persons = out.len();
    for i in view.marks(tag::BIRTH) {
        after_cue(view, i, out);
    }
    for n in 0..persons {
        let person = out[n];
        if matches!(person.kind, Kind::Person | Kind::Phone | Kind::Nir) && !person.informative {
            after_person(view, person.end, out);
        }
    }
}

/// The first date within a few words of the cue.
fn after_cue(view: &View, i: usize, out: &mut Vec<Finding>) {
    let start = i + usize::from(view.tokens[i].phrase);
    // `ne` is a negation more often than a birth, `nés` a generation.
    let bare = view.tokens[i].phrase == 1 && view.says(i, &["ne"]);
    if bare
        && !view
            .tokens
            .get(start)
            .is_some_and(|t| t.is_number() || view.says(start, &["le", "e", "en", "a", "au", "vers", "un"]))
        || view.says(i, &["nes", "nees"])
    {
        return;
    }
    for t in start..view.tokens.len().min(start + if bare { 6 } else { 9 }) {
        let token = view.tokens[t];
        let bound = view.says(t, &["tard", "avant", "apres", "partir", "entre", "depuis", "jusqu"]);
        // `<naissance>1952-06-30`: the sign closes a mark, and compares nothing.
        let compared = view.between(t) != b">" && view.between(t).iter().any(|b| b"<>".contains(b));
        if token.gap & (gap::BLANK | gap::STOP) != 0 || bound || compared {
            return;
        }
        if let Some(date) = date_at(view, t) {
            let near = date.whole || t <= start + 2;
            // A year by itself is that of a generation, unless someone is named.
            let said =
                date.whole && !is_supposed(view, i) && !is_founded(view, i) || person_near(view.tokens[i].start, out);
            if YEARS.contains(&date.year) && near {
                let why = Evidence::CUE.with(Evidence::FORMAT);
                let score = if date.whole { 0.95 } else { 0.75 };
                out.push(
                    view.finding(t, date.last, Kind::Birthdate, score, why)
                        .informative(!said),
                );
            }
            return;
        }
    }
}

/// `si vous êtes né le…`, `par exemple, un salarié né le…`: the birth of no one.
fn is_supposed(view: &View, i: usize) -> bool {
    let sentence = (i.saturating_sub(12)..i)
        .rev()
        .take_while(|&t| view.tokens[t + 1].gap & (gap::STOP | gap::BLANK) == 0);
    let near = i.saturating_sub(4);
    sentence
        .into_iter()
        .any(|t| view.says(t, &["exemple"]) || t >= near && view.says(t, &["vous", "si", "s"]))
}

/// `le collège est né le…`, `l'association, née le…`: the subject of the sentence is an institution.
fn is_founded(view: &View, i: usize) -> bool {
    let begins = |t: usize| t == 0 || view.tokens[t].gap & (gap::STOP | gap::DOT | gap::LINE | gap::BLANK) != 0;
    let Some(start) = (i.saturating_sub(4)..i).rev().find(|&t| begins(t)) else {
        return false;
    };
    let person = tag::TITLE | tag::KIN | tag::ROLE | tag::SOMEONE | tag::PRONOUN | tag::EPITHET;
    i >= start + 2
        && view.says(start, &["le", "la", "l", "ce", "cet", "cette", "notre"])
        && view.tokens[start + 1].has(tag::PLACE_OF | tag::COMPANY | tag::SERVICE)
        && (start + 1..i).all(|t| !view.tokens[t].has(person))
}

fn person_near(at: u32, out: &[Finding]) -> bool {
    out.iter()
        .rev()
        .take(64)
        .any(|f| f.kind == Kind::Person && !f.informative && f.start.abs_diff(at) <= 160)
}

/// `DURAND Paul | M | 15/12/1973`: a whole date right after a name.
fn after_person(view: &View, end: u32, out: &mut Vec<Finding>) {
    let from = view.tokens.partition_point(|t| t.start < end);
    for t in from..view.tokens.len().min(from + 3) {
        let token = view.tokens[t];
        let apart = gap::SPACE
            | gap::CELL
            | gap::COMMA
            | gap::BRACKET
            | gap::HYPHEN
            | gap::LINE
            | gap::OTHER
            | gap::WIDE
            | gap::DOT;
        if !token.follows_by(apart) || token.start - end > 24 {
            return;
        }
        if token.is_number() {
            if let Some(date) = date_at(view, t).filter(|d| d.whole && LIKELY.contains(&d.year)) {
                out.push(view.finding(t, date.last, Kind::Birthdate, 0.75, Evidence::LAYOUT));
            }
            return;
        }
        // `le deux janvier mille neuf cent…`, as in a deed.
        if view.says(t, &["le"])
            && view.tokens.get(t + 1).is_some_and(|n| n.has(tag::NUMERAL))
            && let Some(date) = date_at(view, t + 1).filter(|d| d.whole && d.year == *YEARS.start())
        {
            out.push(view.finding(t + 1, date.last, Kind::Birthdate, 0.75, Evidence::LAYOUT));
            return;
        }
        if token.len() > 1 {
            return;
        }
    }
}

/// Last token of the date that begins at token `i`, if it is a whole one.
pub(super) fn whole_date(view: &View, i: usize) -> Option<usize> {
    date_at(view, i).filter(|date| date.whole).map(|date| date.last)
}

/// The date that begins at token `i`.
fn date_at(view: &View, i: usize) -> Option<Date> {
    numeric(view, i)
        .or_else(|| told(view, i))
        .or_else(|| compact(view, i))
        .or_else(|| digit_by_digit(view, i))
        .or_else(|| with_month(view, i))
        .or_else(|| year_alone(view, i))
}

fn value(view: &View, i: usize) -> Option<u32> {
    let token = view.tokens.get(i).filter(|t| t.is_number() && t.len() <= 4)?;
    Some(
        token
            .text(view.bytes)
            .iter()
            .fold(0, |v, d| v * 10 + u32::from(d - b'0')),
    )
}

/// A year of four digits, or of two: the last century unless it was long ago.
fn year(view: &View, i: usize) -> Option<u32> {
    let number = value(view, i)?;
    match view.tokens[i].len() {
        4 => Some(number),
        2 if number > 26 => Some(1900 + number),
        2 => Some(2000 + number),
        _ => None,
    }
}

/// `12/03/1948`, `12.3.48`, `12 03 1948`, `12-03-1948`, `1948-03-12`.
fn numeric(view: &View, i: usize) -> Option<Date> {
    let separated = |t: usize| {
        view.tokens
            .get(t)
            .is_some_and(|n| n.follows_by(gap::SLASH | gap::DOT | gap::HYPHEN | gap::SPACE | gap::CELL))
    };
    if !(separated(i + 1) && separated(i + 2)) {
        return None;
    }
    let (first, month) = (value(view, i)?, value(view, i + 1)?);
    let iso = view.tokens[i].len() == 4;
    let (day, year) = if iso {
        (value(view, i + 2)?, first)
    } else {
        (first, year(view, i + 2)?)
    };
    // `08.12.10.01.30` is a telephone number.
    let goes_on = |t: usize, by: u16| view.tokens.get(t).is_some_and(|n| n.is_number() && n.gap == by);
    if view.tokens[i + 2].len() == 2 && view.tokens[i + 2].gap == gap::DOT && goes_on(i + 3, gap::DOT) {
        return None;
    }
    let short = view.tokens[i + 1].len() <= 2 && view.tokens[i + if iso { 2 } else { 0 }].len() <= 2;
    ((1..=31).contains(&day) && (1..=12).contains(&month) && short).then_some(Date {
        last: i + 2,
        year,
        whole: true,
    })
}

/// `3 du 4 52`, as one says it.
fn told(view: &View, i: usize) -> Option<Date> {
    let spaced = |t: usize| view.tokens.get(t).is_some_and(|n| n.gap == gap::SPACE);
    if !((i + 1..i + 4).all(spaced) && view.says(i + 1, &["du"])) {
        return None;
    }
    let (day, month) = (value(view, i)?, value(view, i + 2)?);
    let year = year(view, i + 3)?;
    ((1..=31).contains(&day) && (1..=12).contains(&month)).then_some(Date {
        last: i + 3,
        year,
        whole: true,
    })
}

/// `12031948`: the digits of a date in one go.
fn compact(view: &View, i: usize) -> Option<Date> {
    let token = view.tokens.get(i).filter(|t| t.is_number() && t.len() == 8)?;
    let number = token
        .text(view.bytes)
        .iter()
        .fold(0, |v, d| v * 10 + u32::from(d - b'0'));
    let (day, month, year) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    ((1..=31).contains(&day) && (1..=12).contains(&month)).then_some(Date {
        last: i,
        year,
        whole: true,
    })
}

/// `1 2 0 3 1 9 4 8`, `1|2|/|0|3|/|1|9|4|8`: the cells of a form.
fn digit_by_digit(view: &View, i: usize) -> Option<Date> {
    let celled = |t: &Token| t.gap & gap::CELL != 0 && t.follows_by(gap::CELL | gap::SPACE | gap::SLASH);
    let digit = |n: usize| {
        view.tokens
            .get(i + n)
            .filter(|t| t.is_number() && t.len() == 1 && (n == 0 || t.gap == gap::SPACE || celled(t)))
    };
    let mut digits = [0; 8];
    for (n, d) in digits.iter_mut().enumerate() {
        *d = u32::from(digit(n)?.text(view.bytes)[0] - b'0');
    }
    if digit(8).is_some() {
        return None;
    }
    let [a, b, c, d, e, f, g, h] = digits;
    let (day, month, year) = (a * 10 + b, c * 10 + d, e * 1000 + f * 100 + g * 10 + h);
    ((1..=31).contains(&day) && (1..=12).contains(&month)).then_some(Date {
        last: i + 7,
        year,
        whole: true,
    })
}

/// `3 juin 1957`, `1er mars 48`, `trois juin mille neuf cent…`, `juin 1957`.
fn with_month(view: &View, i: usize) -> Option<Date> {
    let mut at = i;
    let spelled_day = view.tokens[i].has(tag::NUMERAL);
    let day = value(view, i).filter(|d| (1..=31).contains(d));
    if day.is_some() || spelled_day {
        at += 1;
        while view
            .tokens
            .get(at)
            .is_some_and(|t| matches!(view.word(at), b"er" | b"e") && t.gap == 0 || t.has(tag::NUMERAL) && spelled_day)
        {
            at += 1;
        }
    }
    let month = view.tokens.get(at).filter(|t| {
        // First names but between a day and a year.
        let named = at > i && view.says(at, &["jan", "april", "may", "june"]);
        (t.has(tag::MONTH) || named)
            && (at == i || t.follows_by(gap::SPACE | gap::COMMA | gap::HYPHEN | gap::LINE | gap::DOT))
    })?;
    let whole = at > i;
    let after = at + usize::from(month.phrase.max(1));
    let next = view
        .tokens
        .get(after)
        .filter(|t| t.follows_by(gap::SPACE | gap::DOT | gap::COMMA | gap::HYPHEN | gap::LINE))?;
    if let Some(year) = year(view, after) {
        return Some(Date {
            last: after,
            year,
            whole,
        });
    }
    next.has(tag::NUMERAL).then(|| {
        let spelled = view.tokens[after..]
            .iter()
            .take(12)
            .take_while(|t| t.has(tag::NUMERAL) && t.follows_by(gap::SPACE | gap::HYPHEN))
            .count();
        // Spelled years are those of a deed: take them for plausible.
        Date {
            last: after + spelled.max(1) - 1,
            year: *YEARS.start(),
            whole: spelled >= 2,
        }
    })
}

fn year_alone(view: &View, i: usize) -> Option<Date> {
    let year = value(view, i).filter(|_| view.tokens[i].len() == 4)?;
    YEARS.contains(&year).then_some(Date {
        last: i,
        year,
        whole: false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, Kind, Scratch};

    fn birthdates(text: &str) -> Vec<&str> {
        let mut scratch = Scratch::default();
        let found = Detector::builtin().scan(text, &mut scratch).expect("short");
        let dates = found.iter().filter(|f| f.kind == Kind::Birthdate && !f.informative);
        dates.map(|f| &text[f.start as usize..f.end as usize]).collect()
    }

    #[test]
    fn a_date_of_birth_in_all_its_forms() {
        for (text, date) in [
            ("née le 3 du 4 52", "3 du 4 52"),
            ("DDN : 03041952", "03041952"),
            ("D.D.N. 3/4/52", "3/4/52"),
            ("né un 3 avril 1952", "3 avril 1952"),
            ("née le 1er avr. 52", "1er avr. 52"),
            ("Né(e) le |0|3|/|0|4|/|1|9|5|2|", "0|3|/|0|4|/|1|9|5|2"),
            ("date of birth: 3 May 2008", "3 May 2008"),
            ("<naissance>1952-06-30</naissance>", "1952-06-30"),
            ("Suivie par le collège, née le 3/4/1952", "3/4/1952"),
            ("Garcin Odile n. 3.4.1952", "3.4.1952"),
            (
                "Mme Roux, le deux mai mille neuf cent quarante",
                "deux mai mille neuf cent quarante",
            ),
        ] {
            assert_eq!(birthdates(text), [date], "{text}");
        }
    }

    #[test]
    fn that_of_an_example_is_nobodys() {
        for text in [
            "Si vous êtes né le 10 octobre 1958, vous pouvez partir.",
            "Par exemple, un salarié né le 15 décembre 1955 doit justifier de 166 trimestres.",
            "Les personnes nées au plus tard le 31 décembre 1987",
            "Dr Z. Albert 08.12.10.01.30",
            "Le collège est né le 3 mai 1962 de la fusion de deux cours.",
            "L'association, née le 12 juin 1988, gère trois crèches.",
        ] {
            assert_eq!(birthdates(text), Vec::<&str>::new(), "{text}");
        }
    }
}
