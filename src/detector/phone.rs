//! Telephone numbers of the French plan (ARCEP): metropolitan, overseas,
//! international. A number of ten digits reads as one only if it is grouped as
//! people group them.

use super::finding::{Evidence, Finding};
use super::kind::Kind;
use super::lexicon::tag;
use super::numbers::{Number, Reading};
use super::scan::View;
use super::token::gap;

impl Number<'_> {
    /// French telephone numbers: the national plan (ARCEP) with 0, +33 or
    /// 0033, and the overseas prefixes.
    pub(super) fn phone(&self) -> Option<Reading> {
        let international = self.view.byte_before(self.start_of_digits()) == b'+' || self.digits.starts_with(b"00");
        let national = self.national(international)?;
        let way = if international {
            self.even_after_prefix()
        } else {
            let usual = self.grouped(&[
                &[10],
                &[2, 2, 2, 2, 2],
                &[4, 2, 2, 2],
                &[4, 3, 3],
                &[2, 4, 4],
                &[1, 3, 3, 3],
                &[4, 6],
                &[2, 2, 3, 3],
                &[2, 8],
                &[3, 3, 4],
                &[1, 3, 2, 2, 2],
                &[2, 2, 4, 2],
                &[3, 3, 2, 2],
                &[2, 3, 3, 2],
                &[2, 2, 2, 4],
            ]);
            usual && (self.even() || self.cues() & tag::CUE_PHONE != 0)
        };
        if !way {
            return None;
        }
        let cues = self.cues();
        let reference = self.groups.len() == 1 && cues & tag::REFERENCE != 0 && cues & tag::CUE_PHONE == 0;
        let mobile = matches!(national[0], b'6' | b'7') && !matches!(self.digits, [b'0', b'0', b'3', b'2', ..]);
        let service = national[0] == b'8' || !mobile && self.is_of_service(cues);
        (!reference).then(|| {
            let cue = cues & tag::CUE_PHONE != 0;
            Reading {
                informative: service,
                ..Reading::new(
                    Kind::Phone,
                    if cue { 0.97 } else { 0.9 },
                    Evidence::FORMAT.with_if(cue, Evidence::CUE),
                )
            }
        })
    }

    /// A line that one calls for an office: announced as one, or by nothing
    /// that speaks of a person (`settle` looks for persons around it).
    fn is_of_service(&self, cues: u64) -> bool {
        let view = self.view;
        let first = self.first_token();
        let sentence = view.tags_of_sentence(first);
        let private = tag::KIN | tag::NAME_VERB | tag::TITLE | tag::FIRST_PERSON;
        let service = (cues | sentence) & tag::SERVICE != 0;
        sentence & private == 0 && (service || sentence & (tag::CUE_PHONE | tag::PRONOUN) == 0)
    }

    fn start_of_digits(&self) -> u32 {
        self.view.tokens[self.first_token()].start
    }

    /// The nine digits of the national number.
    fn national(&self, international: bool) -> Option<&[u8]> {
        let digits = self.digits;
        let national = if international {
            let rest = digits.strip_prefix(b"00").unwrap_or(digits);
            let overseas: [&[u8]; 10] = [
                b"33", b"262", b"590", b"594", b"596", b"508", b"687", b"689", b"681", b"32",
            ];
            let rest = overseas.iter().find_map(|prefix| rest.strip_prefix(*prefix))?;
            rest.strip_prefix(b"0").unwrap_or(rest)
        } else {
            digits.strip_prefix(b"0").filter(|rest| rest.len() == 9)?
        };
        let plausible =
            matches!(national.len(), 9) && national[0] != b'0' || international && matches!(national.len(), 6 | 8);
        // One digit over and over is an example, or a hole to fill.
        let varied = national.get(1..).is_some_and(|rest| rest.iter().any(|&d| d != rest[0]));
        (plausible && varied).then_some(national)
    }

    /// After the country code, any even grouping.
    fn even_after_prefix(&self) -> bool {
        self.groups.len() <= 6 && self.groups.windows(2).skip(2).all(|g| g[0].separator == g[1].separator)
    }
}

/// Telephone numbers with parentheses: `+33 (0)4 92 30 04 00`, `(33) 4 92 30 04 00`.
pub(super) fn find_bracketed(view: &View, out: &mut Vec<Finding>) {
    for i in view.numbers() {
        let token = view.tokens[i];
        let bracketed = view.byte(token.end) == b')' && matches!(view.byte_before(token.start), b'(' | b'+');
        let code = |t: usize| matches!(view.word(t), b"33" | b"0033" | b"262" | b"590" | b"594" | b"596");
        // `+33 (0)4…`, `(33) 4…`: the first token of the number.
        let first = match view.word(i) {
            b"0" if bracketed && i > 0 && code(i - 1) => i - 1,
            b"33" if bracketed => i,
            _ => continue,
        };
        let (mut digits, mut last) = (0, i);
        while let Some(next) = view.tokens.get(last + 1) {
            let near = next.follows_by(gap::SPACE | gap::DOT | gap::HYPHEN | gap::BRACKET) && next.gap & gap::WIDE == 0;
            if !next.is_number() || !near || digits >= 9 {
                break;
            }
            digits += next.len();
            last += 1;
        }
        if digits == 9 {
            let sentence = view.tags_of_sentence(i);
            let service = sentence & tag::SERVICE != 0 || sentence & tag::CUE_PHONE == 0;
            let mobile = matches!(view.byte(view.tokens[i + 1].start), b'6' | b'7');
            let mut found = view
                .finding(first, last, Kind::Phone, 0.95, Evidence::FORMAT)
                .informative(service && !mobile);
            if view.byte_before(found.start) == b'+' {
                found.start -= 1;
            }
            out.push(found);
        }
    }
}
