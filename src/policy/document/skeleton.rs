//! What a text of TOML means when it cannot be read: where its lists and tables open, and where a key was given before.
//! Only its own brackets and keys count, not those in comments or between quotes.

use crate::policy::log::Span;

/// The first bracket of a value.
pub(super) struct Bracket {
    at: usize,
    pub(super) sign: char,
    /// Where the value ends; the end of the text if nothing closes it.
    end: usize,
}

impl Bracket {
    pub(super) fn span(&self) -> Span {
        self.at..self.at + 1
    }
}

/// Every list and table that is a key's value, in the order of the text.
pub(super) fn brackets(bones: &str) -> Vec<Bracket> {
    let mut values: Vec<Bracket> = Vec::new();
    let mut open: Vec<char> = Vec::new();
    for (at, sign) in bones.char_indices() {
        match sign {
            '[' | '{' if !open.is_empty() => open.push(sign),
            '[' | '{' if bones[..at].trim_end_matches([' ', '\t']).ends_with('=') => {
                open.push(sign);
                let end = bones.len();
                values.push(Bracket { at, sign, end });
            }
            ']' | '}' if open.last() == Some(if sign == ']' { &'[' } else { &'{' }) => {
                open.pop();
                if let Some(value) = values.last_mut().filter(|_| open.is_empty()) {
                    value.end = at;
                }
            }
            _ => {}
        }
    }
    values
}

/// The bracket that opened the list or table in which this byte stands.
pub(super) fn opened(brackets: &[Bracket], at: usize) -> Option<&Bracket> {
    let before = brackets.partition_point(|bracket| bracket.at < at);
    brackets[..before].last().filter(|bracket| at <= bracket.end)
}

/// Where a key or a section was given before it is given `again`, on this line.
pub(super) fn first(bones: &str, line: &Span, again: &Span) -> Option<Span> {
    let key = bones.get(again.clone()).filter(|key| !key.trim().is_empty())?;
    let (words, before) = (bones[line.clone()].trim(), &bones[..line.start]);
    let is_section = words.starts_with('[');
    let gives = |from: usize, line: &str| {
        let indent = line.len() - line.trim_start().len();
        let is_first = line
            .trim_start()
            .strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with('='));
        let first = from + indent;
        is_first.then_some(first..first + key.len()).or_else(|| {
            let same = is_section && line.trim() == words;
            same.then_some(first..first + words.len())
        })
    };
    if !is_section && !bones[line.start..again.start].trim().is_empty() {
        // In an inline table.
        let inside = &bones[line.start..again.start];
        let mut found = inside.rmatch_indices(key).map(|(at, _)| at);
        let at = found.find(|&at| {
            inside[at + key.len()..].trim_start().starts_with('=') && inside[..at].trim_end().ends_with(['{', ','])
        })?;
        return Some(line.start + at..line.start + at + key.len());
    }
    let mut from = 0;
    let mut found = None;
    for line in before.split_inclusive('\n') {
        if line.trim_start().starts_with('[') && !is_section {
            found = None;
        }
        found = found.or_else(|| gives(from, line));
        from += line.len();
    }
    found
}

/// The text with spaces for comments and for what stands between quotes, so that what is left means something.
pub(super) fn skeleton(text: &str) -> String {
    let mut bones = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some(found) = text[at..].find(['#', '"', '\'']) {
        at += found;
        let end = match text.as_bytes()[at] {
            b'#' => line(text, at).end,
            _ => quoted(text, at),
        };
        bones[at..end]
            .iter_mut()
            .filter(|byte| **byte != b'\n')
            .for_each(|byte| *byte = b' ');
        at = end;
    }
    String::from_utf8(bones).unwrap_or_default()
}

/// Where the text ends whose first quote is at this byte; at the end of its line if nothing closes it.
fn quoted(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    if let Some(three) = ["\"\"\"", "'''"].into_iter().find(|three| rest.starts_with(three)) {
        return rest[3..].find(three).map_or(text.len(), |length| at + 3 + length + 3);
    }
    let (quote, mut escaped) = (rest.as_bytes()[0], false);
    for (n, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            b'\n' => return at + n,
            _ if escaped => escaped = false,
            b'\\' if quote == b'"' => escaped = true,
            byte if byte == quote => return at + n + 1,
            _ => {}
        }
    }
    text.len()
}

/// The line that holds this byte, without its end.
pub(super) fn line(text: &str, at: usize) -> Span {
    let at = at.min(text.len());
    let start = text.as_bytes()[..at]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end + 1);
    let length = text.as_bytes()[start..].iter().position(|&byte| byte == b'\n');
    start..length.map_or(text.len(), |length| start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_or_a_comment_has_no_brackets() {
        for (text, expected) in [
            ("a = [1] # [\nb = 2", &[(4, '[', 6)][..]),
            ("a = \"[\" # = {\n[[b]]\n[c]", &[]),
            ("a = '[\nb = {c = [']'], d = \"\\\"}\", # }\n}", &[(11, '{', 38)]),
            ("a = \"\"\"\n= [\n\"\"\"\nb = [\"é\", [", &[(20, '[', 28)]),
            ("# a = [\n", &[]),
            ("a = [}\n[[b]]\n", &[(4, '[', 13)]),
        ] {
            let bones = skeleton(text);
            assert_eq!(bones.len(), text.len(), "{text}");
            let found = brackets(&bones);
            let found: Vec<_> = found.iter().map(|open| (open.at, open.sign, open.end)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_is_given_again_was_given_before() {
        for (text, again, expected) in [
            ("[a]\nx = 1\n[b]\nx = 1\nx = 2", 20..21, Some(14)),
            ("[a]\ny = { x = 1 }\nx = 1\n x = 2", 25..26, Some(18)),
            ("a = { x = 1, b = 2, x = 3 }", 20..21, Some(6)),
            ("[a]\n[b]\n# [a]\n[a]", 15..16, Some(0)),
            ("a = {}\n[a]", 8..9, Some(0)),
            ("[a]\nx = 1\n[b]\nx = 1", 14..15, None),
        ] {
            let bones = skeleton(text);
            let found = first(&bones, &line(text, again.start), &again);
            assert_eq!(found.map(|found| found.start), expected, "{text}");
        }
    }
}
