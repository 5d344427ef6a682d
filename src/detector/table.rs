//! Tables: columns that a header calls names, dates of birth, or codes of
//! persons, in CSV, in Markdown, or pasted from a sheet.

use super::cued;
use super::dates;
use super::finding::{Evidence, Finding};
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::token::gap;

/// Columns and lines that are read.
const COLUMNS: usize = 32;
const LINES: usize = 10_000;

/// What a column holds.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    Name,
    Birth,
    /// Codes of persons, with the tags of the word that calls them so.
    Code(u64),
}

/// Finds the values of such columns.
pub(super) fn find(view: &View, out: &mut Vec<Finding>) {
    let mut after = 0;
    for label in view.marks(tag::NAME_LABEL | tag::BIRTH | cued::cues()) {
        if label < after || column(view, label).is_none() {
            continue;
        }
        let first = line_start(view, label);
        let end = line_end(view, label);
        if let Some((separator, columns)) = header(view, first, end) {
            after = rows(view, end, separator, &columns, out);
        }
    }
}

fn line_start(view: &View, i: usize) -> usize {
    (i.saturating_sub(2 * COLUMNS)..=i)
        .rev()
        .find(|&t| t == 0 || view.tokens[t].gap & gap::LINE != 0)
        .unwrap_or(i)
}

fn line_end(view: &View, i: usize) -> usize {
    let rest = view.tokens[i + 1..].iter().take(4 * COLUMNS);
    i + 1 + rest.take_while(|t| t.gap & gap::LINE == 0).count()
}

/// What this label calls a column.
fn column(view: &View, i: usize) -> Option<Column> {
    let token = view.tokens[i];
    if token.has(tag::BIRTH) && token.phrase > 0 {
        return Some(Column::Birth);
    }
    let person = view.says(i, &["nom", "noms", "prenom", "prenoms"]);
    let code = token.tags & cued::cues();
    match (person, code) {
        (true, _) => Some(Column::Name),
        (_, 0) => None,
        _ => Some(Column::Code(code)),
    }
}

/// Separator and columns of a header: short cells, one of them a label, no value.
fn header(view: &View, first: usize, end: usize) -> Option<(u8, [Option<Column>; COLUMNS])> {
    // The tokens that may begin a cell: prose has none, or few.
    let apart = |&t: &usize| view.tokens[t].gap & (gap::CELL | gap::COMMA) != 0;
    (first + 1..end).find(apart)?;
    let values = (first..end).any(|t| view.tokens[t].is_number() || t > first && view.tokens[t].gap & gap::COLON != 0);
    if values {
        return None;
    }
    let count = |sign: u8| {
        (first + 1..end)
            .filter(apart)
            .flat_map(|t| view.between(t))
            .filter(|&&b| b == sign)
            .count()
    };
    let counts = b";|\t,".map(|sign| (count(sign), sign));
    let (count, separator) = counts
        .into_iter()
        .max_by_key(|&(count, sign)| count * 4 + usize::from(sign != b','))?;
    if count == 0 || end - first > 4 * (count + 1) {
        return None;
    }
    let mut columns = [None; COLUMNS];
    let mut cell = 0;
    let mut begun = false;
    for t in first..end {
        let passed = if t == first {
            0
        } else {
            view.between(t).iter().filter(|&&b| b == separator).count()
        };
        begun &= passed == 0;
        cell += passed;
        // The label begins its cell.
        if !begun && cell < COLUMNS && view.tokens[t].phrase > 0 {
            columns[cell] = column(view, t);
        }
        begun = true;
    }
    columns.iter().any(Option::is_some).then_some((separator, columns))
}

/// Reads the lines under a header; returns the token after them.
fn rows(view: &View, from: usize, separator: u8, columns: &[Option<Column>; COLUMNS], out: &mut Vec<Finding>) -> usize {
    let (mut cell, mut lines) = (0, 0);
    let mut t = from;
    while let Some(token) = view.tokens.get(t) {
        let between = view.between(t);
        if token.gap & gap::BLANK != 0 || lines > LINES {
            break;
        }
        if token.gap & gap::LINE != 0 || t == from {
            lines += 1;
            // A line of prose ends the table.
            let end = line_end(view, t);
            let cells = (t + 1..end)
                .flat_map(|t| view.between(t))
                .filter(|&&b| b == separator)
                .count();
            let named = columns.iter().rposition(Option::is_some).unwrap_or(0);
            if cells < named.max(1) || end - t > 8 * (cells + 1) {
                break;
            }
            // The bar that begins a line of Markdown separates nothing.
            cell = 0;
            let tail = between
                .iter()
                .rposition(|&b| b == b'\n')
                .map_or(between, |n| &between[n + 1..]);
            let empty = tail.iter().filter(|&&b| b == separator).count();
            cell += empty.saturating_sub(usize::from(separator == b'|'));
        } else {
            cell += between.iter().filter(|&&b| b == separator).count();
        }
        match columns.get(cell).copied().flatten() {
            Some(Column::Name) if token.is_word() && token.is_capital() => {
                let last = value_end(view, t);
                out.push(view.finding(t, last, Kind::Person, 0.85, Evidence::LABEL));
                t = last;
            }
            Some(Column::Birth) if token.is_number() => {
                if let Some(last) = dates::whole_date(view, t) {
                    out.push(view.finding(t, last, Kind::Birthdate, 0.9, Evidence::LABEL));
                    t = last;
                }
            }
            Some(Column::Code(tags)) if token.phrase == 0 || !token.is_word() || token.is_capital() => {
                let last = cued::code_end(view, t);
                let kind = cued::kind_of(view, tags, t, last);
                let alone = view
                    .tokens
                    .get(last + 1)
                    .is_none_or(|n| n.gap & (gap::CELL | gap::LINE | gap::COMMA) != 0);
                if let Some(kind) = kind.filter(|_| alone && (t..=last).any(|t| view.tokens[t].is_number())) {
                    out.push(view.finding(t, last, kind, 0.85, Evidence::LABEL.with(Evidence::CUE)));
                    t = last;
                }
            }
            _ => {}
        }
        t += 1;
    }
    t
}

/// Last word of a value that begins at token `t`.
fn value_end(view: &View, t: usize) -> usize {
    let words = view.tokens[t + 1..].iter().take(5);
    t + words
        .take_while(|n| {
            n.is_word() && n.follows_by(gap::SPACE | gap::HYPHEN | gap::APOSTROPHE) && n.gap & gap::CELL == 0
        })
        .count()
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
