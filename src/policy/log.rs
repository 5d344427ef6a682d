//! Collects what is wrong while a file is read, by byte ranges, and turns it into lines and columns at the end.

use std::{cell::RefCell, ops::Range};

use super::diagnostic::{Diagnostic, Diagnostics, Place, Related, Severity};

/// Bytes of the file.
pub(super) type Span = Range<usize>;

/// A value and where it is written.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub value: T,
    pub span: Span,
}

/// A mistake on its way to becoming a [`Diagnostic`].
#[derive(Debug)]
#[must_use = "a mistake that is not added is not told"]
pub(super) struct Mistake {
    code: &'static str,
    severity: Severity,
    span: Span,
    message: String,
    label: String,
    help: Option<String>,
    suggestion: Option<String>,
    related: Option<(Span, String)>,
    /// Keys that are not there, and the sections that could hold them.
    absent: Vec<(&'static str, Span)>,
}

impl Mistake {
    /// Something for which the file cannot be used.
    pub(super) fn error(code: &'static str, span: &Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            span: span.clone(),
            message: message.into(),
            label: String::new(),
            help: None,
            suggestion: None,
            related: None,
            absent: Vec::new(),
        }
    }

    /// Something to look at.
    pub(super) fn warning(code: &'static str, span: &Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, span, message)
        }
    }

    pub(super) fn label(self, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            ..self
        }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    pub(super) fn suggest(self, suggestion: Option<impl Into<String>>) -> Self {
        Self {
            suggestion: suggestion.map(Into::into),
            ..self
        }
    }

    pub(super) fn related(self, span: &Span, message: impl Into<String>) -> Self {
        Self {
            related: Some((span.clone(), message.into())),
            ..self
        }
    }

    /// The mistake is that this section has no such key: where the key stands in a comment of it, that is the place to
    /// show.
    pub(super) fn lacks(mut self, key: &'static str, section: &Span) -> Self {
        self.absent.push((key, section.clone()));
        self
    }
}

/// What is wrong so far. Shared by the readers of one file.
pub(super) struct Log<'s> {
    origin: &'s str,
    source: &'s str,
    mistakes: RefCell<Vec<Mistake>>,
}

impl<'s> Log<'s> {
    pub(super) fn new(source: &'s str, origin: &'s str) -> Self {
        Self {
            origin,
            source,
            mistakes: RefCell::default(),
        }
    }

    pub(super) fn add(&self, mut mistake: Mistake) {
        let mut absent = mistake.absent.iter();
        if let Some(comment) = absent.find_map(|(key, section)| self.commented(key, section)) {
            mistake = mistake.related(&comment, "cette clé est dans un commentaire");
        }
        self.mistakes.borrow_mut().push(mistake);
    }

    /// Takes over what another reading found, without these codes and without what stands on a line of ours.
    pub(super) fn adopt(&self, other: Log<'_>, without: &[&str]) {
        let lines = Lines::new(self.source);
        let mut ours = self.mistakes.borrow_mut();
        let taken: Vec<usize> = ours.iter().map(|mistake| lines.of(mistake.span.start)).collect();
        let new = other.mistakes.into_inner().into_iter();
        ours.extend(new.filter(|m| !without.contains(&m.code) && !taken.contains(&lines.of(m.span.start))));
    }

    /// Where a key that is absent from the section at `section` stands in a comment of it.
    fn commented(&self, key: &str, section: &Span) -> Option<Span> {
        let mut at = section.start;
        let lines = self.source.get(at..)?.split_inclusive('\n');
        for (n, line) in lines.enumerate() {
            if n > 0 && line.starts_with('[') {
                return None;
            }
            let comment = line.find('#').unwrap_or(line.len());
            let found = line.match_indices(key).map(|(found, _)| found).find(|&found| {
                let rest = line[found + key.len()..].trim_start();
                // Nothing is asked of what stands before: a line that lost its end runs into the comment above.
                found > comment && rest.starts_with('=')
            });
            // Or the sign of the comment took the place of the key's first letter.
            let eaten = line
                .strip_prefix('#')
                .and_then(|rest| rest.strip_prefix(key.get(1..)?))
                .is_some_and(|rest| rest.trim_start().starts_with('='));
            if let Some(found) = found.or(eaten.then_some(0)) {
                return Some(at + found..at + found + key.len());
            }
            at += line.len();
        }
        None
    }

    /// Where the `id` of a part that nothing defines stands in a comment.
    pub(super) fn commented_id(&self, id: &str) -> Option<Span> {
        let id = format!("id = \"{id}\"");
        let mut found = self.source.match_indices(&id).map(|(at, _)| at);
        let at = found.find(|&at| {
            let line = self.source[..at].rsplit('\n').next().unwrap_or_default();
            line.trim_start().starts_with('#')
        })?;
        Some(at..at + id.len())
    }

    /// Line on which something begins, from 1.
    pub(super) fn line(&self, span: &Span) -> usize {
        Lines::new(self.source).place(span).line
    }

    /// The file cannot be used.
    pub(super) fn has_errors(&self) -> bool {
        self.mistakes
            .borrow()
            .iter()
            .any(|mistake| mistake.severity == Severity::Error)
    }

    /// Everything, in the order of the file.
    pub(super) fn finish(self) -> Diagnostics {
        let lines = Lines::new(self.source);
        let list = self.mistakes.into_inner().into_iter().map(|mistake| Diagnostic {
            code: mistake.code,
            severity: mistake.severity,
            place: lines.place(&mistake.span),
            message: mistake.message,
            label: mistake.label,
            help: mistake.help,
            suggestion: mistake.suggestion,
            related: mistake.related.map(|(span, message)| Related {
                place: lines.place(&span),
                message,
            }),
        });
        Diagnostics::new(self.origin, list.collect())
    }
}

/// Where the lines of a text begin.
struct Lines<'s> {
    source: &'s str,
    starts: Vec<usize>,
}

impl<'s> Lines<'s> {
    fn new(source: &'s str) -> Self {
        let breaks = source
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        Self {
            source,
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// Index of the line that holds this byte.
    fn of(&self, at: usize) -> usize {
        self.starts.partition_point(|&first| first <= at) - 1
    }

    fn place(&self, span: &Span) -> Place {
        let start = floor(self.source, span.start);
        let end = floor(self.source, span.end).max(start);
        let line = self.of(start);
        let first = self.starts[line];
        let last = self.starts.get(line + 1).map_or(self.source.len(), |next| next - 1);
        let text = self.source[first..last].trim_end_matches('\r');
        let start = start.min(first + text.len());
        let column = self.source[first..start].chars().count() + 1;
        let width = self.source[start..end.clamp(start, first + text.len())]
            .chars()
            .count()
            .max(1);
        let (excerpt, indent) = window(&excerpt(text), column - 1);
        Place {
            line: line + 1,
            column,
            width,
            excerpt,
            indent,
        }
    }
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0)
}

/// Longest excerpt, in characters, and how much of it stands before what is meant.
const WIDEST: usize = 120;
const BEFORE: usize = 40;

/// The part of a long line around what begins after `at` characters, and how many characters of it stand before.
fn window(line: &str, at: usize) -> (String, usize) {
    let length = line.chars().count();
    if length <= WIDEST {
        return (line.to_owned(), at);
    }
    let from = at.saturating_sub(BEFORE).min(length - WIDEST);
    let part: String = line.chars().skip(from).take(WIDEST).collect();
    let head = if from > 0 { "…" } else { "" };
    let tail = if from + WIDEST < length { "…" } else { "" };
    (format!("{head}{part}{tail}"), at - from + head.chars().count())
}

/// Words in a key's name that announce a secret.
const SECRET_WORDS: [&str; 7] = ["key", "secret", "token", "passw", "passe", "jeton", "cle"];

/// A line as it may be shown: tabs as one space so that carets stay under what they mean, other controls as `?`, and
/// `•` for each character of what may be a secret written by mistake: quoted values beside a key that announces one,
/// unless they look like the name of a variable; names and queries in addresses.
fn excerpt(line: &str) -> String {
    let visible = |c: char| match c {
        '\t' => ' ',
        c if c.is_control() => '?',
        c => c,
    };
    let mut plain: Vec<char> = line.chars().map(visible).collect();
    let equals = plain.iter().position(|&c| c == '=').unwrap_or(plain.len());
    let key: String = plain[..equals].iter().flat_map(|c| c.to_lowercase()).collect();
    let secret = SECRET_WORDS.iter().any(|word| key.contains(word));
    let mut at = equals;
    while at < plain.len() {
        let quote = plain[at];
        at += 1;
        if quote != '"' && quote != '\'' {
            continue;
        }
        let end = plain[at..]
            .iter()
            .position(|&c| c == quote)
            .map_or(plain.len(), |length| at + length);
        hide(&mut plain[at..end], secret);
        at = end + 1;
    }
    plain.into_iter().collect()
}

/// Hides what may be a secret in a quoted value.
fn hide(value: &mut [char], secret: bool) {
    let is_variable = value
        .iter()
        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_');
    if secret && !is_variable {
        value.fill('•');
    }
    let Some(address) = value.windows(3).position(|three| three == [':', '/', '/']) else {
        return;
    };
    let address = &mut value[address + 3..];
    if let Some(name) = address.iter().rposition(|&c| c == '@') {
        address[..name].fill('•');
    }
    if let Some(query) = address.iter().position(|&c| c == '?' || c == '#') {
        address[query + 1..].fill('•');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_shown_in_part() {
        let line: String = (0..300).map(|n| char::from(b'a' + (n % 26) as u8)).collect();
        for at in [0, 39, 41, 150, 290, 299] {
            let (part, indent) = window(&line, at);
            assert_eq!(part.chars().nth(indent), line.chars().nth(at), "{at}");
            assert!(part.chars().count() <= WIDEST + 2);
        }
        assert_eq!(window("court", 2), ("court".to_owned(), 2));
    }

    fn place(source: &str, span: Span) -> (usize, usize, usize) {
        let place = Lines::new(source).place(&span);
        (place.line, place.column, place.width)
    }

    #[test]
    fn places_count_characters_from_one() {
        let source = "é = 1\r\nab = \"çà\"\nlast";
        for (span, expected) in [
            (0..2, (1, 1, 1)),
            (3..4, (1, 3, 1)),
            (8..10, (2, 1, 2)),
            (13..19, (2, 6, 4)),
            (13..99, (2, 6, 4)),
            (20..24, (3, 1, 4)),
            (24..24, (3, 5, 1)),
            (99..99, (3, 5, 1)),
            (1..1, (1, 1, 1)),
        ] {
            assert_eq!(place(source, span.clone()), expected, "{span:?}");
        }
        assert_eq!(place("", 0..0), (1, 1, 1));
    }

    #[test]
    fn an_excerpt_hides_what_may_be_a_secret() {
        for (line, expected) in [
            ("api_key = \"AIzaX\"", "api_key = \"•••••\""),
            ("api_key = \"AIzaX", "api_key = \"•••••"),
            ("Token='a' # x", "Token='•' # x"),
            ("api_key = { value = \"AIzaX\" }", "api_key = { value = \"•••••\" }"),
            ("api_key = { env = \"NAME\" }", "api_key = { env = \"NAME\" }"),
            ("api_key = { env = \"AIzaX\" }", "api_key = { env = \"•••••\" }"),
            ("url = \"https://u:p@h/?k=v\"", "url = \"https://•••@h/?•••\""),
            ("name\t= \"A\"", "name = \"A\""),
            ("[[tool]]", "[[tool]]"),
        ] {
            assert_eq!(excerpt(line), expected);
        }
    }
}
