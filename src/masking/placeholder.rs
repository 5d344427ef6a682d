//! Placeholders as models write them back: `[PERSONNE_1]`, but also `[Personne 1]`, `PERSONNE_1]`, `[PERSONNES_1]`,
//! `**[PERSONNE\_1]**`, `{TÉLÉPHONE_2}`.
//!
//! Between brackets the letters and digits count, not what stands between them. Without an opening bracket the
//! underscore and a capital must be there, so that "personne 1" in a sentence is left alone.

/// Longest placeholder that is understood, in bytes: no text waits for more.
pub(super) const LONGEST: usize = 48;

/// Most digits of a number.
const DIGITS: usize = 6;

/// What stands at a place of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// No placeholder.
    Nothing,
    /// It may be one: the text ends before that is clear.
    Unclear,
    /// One, up to this byte.
    Found { end: usize, stem: usize, number: usize },
}

/// Whether a placeholder may begin with this byte, in a text where they have these stems.
pub(super) fn may_begin(byte: u8, stems: &[String]) -> bool {
    match byte {
        b'[' | b'{' | b'<' | b'\\' | 0xe2 | 0xe3 | 0xef => true,
        b'A'..=b'Z' => stems.iter().any(|stem| stem.as_bytes().first() == Some(&byte)),
        _ => false,
    }
}

/// A stem without what models leave out: only its letters, in capitals.
pub(super) fn letters_of(stem: &str) -> String {
    stem.chars()
        .filter_map(|c| plain(c).filter(char::is_ascii_uppercase))
        .collect()
}

/// Looks at the beginning of `text`, which follows `before`. `stems` are as [`letters_of`] gives them.
/// With `over`, nothing follows the text.
pub(super) fn look(text: &str, before: Option<char>, stems: &[String], over: bool) -> Look {
    let open = opening(text);
    if open == Some(0) {
        return if over { Look::Nothing } else { Look::Unclear };
    }
    let bracket = open.is_some();
    if !bracket && (before.is_some_and(|c| c.is_alphanumeric() || c == '_') || !begins_with_capital(text)) {
        return Look::Nothing;
    }
    let mut parse = Parse {
        stems,
        bracket,
        ..Parse::default()
    };
    let body = open.unwrap_or(0);
    for (at, c) in text[body..].char_indices() {
        let at = body + at;
        if at > LONGEST {
            return parse.fallback();
        }
        match parse.take(c, at, &text[at + c.len_utf8()..], over) {
            Step::More => {}
            Step::Wait => return Look::Unclear,
            Step::Done(look) => return look,
        }
    }
    if over { parse.fallback() } else { Look::Unclear }
}

enum Step {
    More,
    Wait,
    Done(Look),
}

#[derive(Default)]
struct Parse<'s> {
    stems: &'s [String],
    bracket: bool,
    word: String,
    digits: String,
    underscore: bool,
    /// End of the digits, and of an `s` after them.
    end: usize,
    plural: bool,
}

impl Parse<'_> {
    fn take(&mut self, c: char, at: usize, rest: &str, over: bool) -> Step {
        let after = at + c.len_utf8();
        if c.is_ascii_digit() && !self.plural && self.digits.len() < DIGITS {
            let joined = self.digits.is_empty() || self.end == at;
            if !joined || self.stem().is_none() || !(self.bracket || self.underscore) {
                return Step::Done(self.fallback());
            }
            self.digits.push(c);
            self.end = after;
            return Step::More;
        }
        if !self.digits.is_empty() {
            return self.take_end(c, at, rest, over);
        }
        if is_filler(c, self.bracket) {
            self.underscore |= c == '_';
            return Step::More;
        }
        match plain(c).filter(char::is_ascii_uppercase) {
            Some(letter) => {
                self.word.push(letter);
                self.underscore = false;
                if self.stems.iter().any(|stem| stem.starts_with(&self.word)) || self.stem().is_some() {
                    Step::More
                } else {
                    Step::Done(Look::Nothing)
                }
            }
            None => Step::Done(Look::Nothing),
        }
    }

    /// After the number.
    fn take_end(&mut self, c: char, at: usize, rest: &str, over: bool) -> Step {
        let after = at + c.len_utf8();
        match c {
            's' | 'S' if self.end == at && !self.plural => {
                self.plural = true;
                self.end = after;
                Step::More
            }
            ']' | '］' | '】' | '⟧' => self.close(after),
            '}' | '>' if self.bracket => self.close(after),
            '\\' if rest.is_empty() && !over => Step::Wait,
            '\\' if rest.starts_with(']') => Step::More,
            _ if self.end == at && c.is_alphanumeric() => Step::Done(Look::Nothing),
            _ if self.bracket && is_filler(c, true) => Step::More,
            _ => Step::Done(self.fallback()),
        }
    }

    fn close(&mut self, after: usize) -> Step {
        self.end = after;
        Step::Done(self.fallback())
    }

    /// What was read so far stands alone.
    fn fallback(&self) -> Look {
        match (self.stem(), self.digits.parse()) {
            (Some(stem), Ok(number)) => Look::Found {
                end: self.end,
                stem,
                number,
            },
            _ => Look::Nothing,
        }
    }

    fn stem(&self) -> Option<usize> {
        let exact = self.stems.iter().position(|stem| *stem == self.word);
        exact.or_else(|| {
            let singular = self.word.strip_suffix('S')?;
            self.stems.iter().position(|stem| stem == singular)
        })
    }
}

/// Bytes of an opening bracket; 0 where a backslash ends the text.
fn opening(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    match first {
        '[' | '{' | '<' | '［' | '【' | '⟦' => Some(first.len_utf8()),
        '\\' if text.len() == 1 => Some(0),
        '\\' if text[1..].starts_with('[') => Some(2),
        _ => None,
    }
}

fn begins_with_capital(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c.is_uppercase())
}

/// What models put between the letters: white space, hyphens, the marks of Markdown.
fn is_filler(c: char, bracket: bool) -> bool {
    c == '_'
        || c == '\\'
        || bracket && (c.is_whitespace() || matches!(c, '-' | '*' | '`' | '\u{200b}'..='\u{200d}' | '\u{2060}'))
}

/// A letter as a capital without accent.
fn plain(c: char) -> Option<char> {
    let plain = match c {
        'à' | 'â' | 'ä' | 'À' | 'Â' | 'Ä' => 'A',
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => 'E',
        'î' | 'ï' | 'Î' | 'Ï' => 'I',
        'ô' | 'ö' | 'Ô' | 'Ö' => 'O',
        'ù' | 'û' | 'ü' | 'Ù' | 'Û' | 'Ü' => 'U',
        'ç' | 'Ç' => 'C',
        _ => c.to_ascii_uppercase(),
    };
    plain.is_ascii().then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems() -> Vec<String> {
        ["PERSONNE", "TELEPHONE", "DATE_NAISSANCE", "IP"]
            .map(letters_of)
            .to_vec()
    }

    #[test]
    fn a_placeholder_is_known_however_a_model_writes_it() {
        for (text, stem, end) in [
            ("[PERSONNE_1]", 0, 12),
            ("[personne_1] vient", 0, 12),
            ("[Personne 1]", 0, 12),
            ("[PERSONNES_1]", 0, 13),
            ("[PERSONNE_1s]", 0, 13),
            ("[PERSONNE_1 vient", 0, 11),
            ("PERSONNE_1]", 0, 11),
            ("PERSONNE_1 vient", 0, 10),
            ("Personne_1, donc", 0, 10),
            ("[PERSONNE\\_1]", 0, 13),
            ("\\[PERSONNE\\_1\\]", 0, 15),
            ("[**PERSONNE_1**]", 0, 16),
            ("[PER\nSONNE_1]", 0, 13),
            ("{PERSONNE_1}", 0, 12),
            ("<PERSONNE_1>", 0, 12),
            ("［PERSONNE_1］", 0, 16),
            ("[TÉLÉPHONE-1]", 1, 15),
            ("[DATE DE", 9, 0),
            ("[DATE_NAISSANCE_1]", 2, 18),
            ("DATE_NAISSANCE_1", 2, 16),
            ("[IP_1].", 3, 6),
        ] {
            let expected = match stem {
                9 => Look::Nothing,
                stem => Look::Found { end, stem, number: 1 },
            };
            assert_eq!(look(text, None, &stems(), true), expected, "{text}");
        }
    }

    #[test]
    fn ordinary_words_are_none() {
        for text in [
            "Personne 1",
            "personne_1",
            "PERSONNE",
            "[personne]",
            "[PERSONNE_]",
            "[PERSONNE_1a]",
            "PERSONNE1",
            "[MONTANT_1]",
            "[1]",
            "[PERSONNELLE_1]",
            "IP 10",
            "[]",
            "[",
            "\\",
            "{\"a\":1}",
            "<b>",
            "PERSONNE_1a",
        ] {
            assert_eq!(look(text, None, &stems(), true), Look::Nothing, "{text}");
        }
        assert_eq!(look("PERSONNE_1", Some('A'), &stems(), true), Look::Nothing);
    }

    #[test]
    fn what_may_still_become_one_is_unclear_and_nothing_longer_than_the_longest() {
        for text in [
            "[",
            "\\",
            "[PER",
            "[PERSONNE_1",
            "PERSONNE_1",
            "P",
            "[PERSONNE_1 ",
            "[PERSONNE_1\\",
        ] {
            assert_eq!(look(text, None, &stems(), false), Look::Unclear, "{text}");
        }
        for text in ["[a", "Pa", "[PERSONNE_1]", "PERSONNE_1.", "p"] {
            assert_ne!(look(text, None, &stems(), false), Look::Unclear, "{text}");
        }
        let long = format!("[PERSONNE{}", " ".repeat(LONGEST));
        assert_eq!(look(&long, None, &stems(), false), Look::Nothing);
    }
}
