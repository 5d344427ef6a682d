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
        let mobile = national.len() == 9
            && matches!(national[0], b'6' | b'7')
            && !matches!(self.digits, [b'0', b'0', b'3', b'2', ..]);
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
        // `Par téléphone` and a line of its own: the list of an office, if nobody is named around it.
        let listed = view.tokens[first].gap & gap::LINE != 0 && sentence & tag::PRONOUN == 0;
        let service = (cues | sentence) & tag::SERVICE != 0 || listed;
        lines_around(view, first) & private == 0 && (service || sentence & (tag::CUE_PHONE | tag::PRONOUN) == 0)
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

/// Tags of the words in the line of token `i` and in the one before, in its sentence.
fn lines_around(view: &View, i: usize) -> u64 {
    let ends = |t: usize, lines: u16| {
        let token = view.tokens[t];
        let stop = token.gap & gap::DOT != 0 && token.gap & gap::SPACE != 0 && view.tokens[t - 1].len() > 3;
        stop || token.gap & (gap::BLANK | gap::STOP | lines) != 0
    };
    let (mut tags, mut lines) = (0, 0);
    for t in (i.saturating_sub(24)..i).rev() {
        lines += u32::from(view.tokens[t + 1].gap & gap::LINE != 0);
        if ends(t + 1, 0) || lines > 1 {
            break;
        }
        // The `j` of `7j/7` is nobody.
        tags |= if view.tokens[t].gap == 0 {
            0
        } else {
            view.tokens[t].tags
        };
    }
    let after = (i + 1..view.tokens.len().min(i + 24)).take_while(|&t| !ends(t, gap::LINE));
    after.fold(tags, |tags, t| {
        tags | if view.tokens[t].gap == 0 {
            0
        } else {
            view.tokens[t].tags
        }
    })
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
            if !next.is_number() || !near || digits >= 9 + usize::from(first == i) {
                break;
            }
            digits += next.len();
            last += 1;
        }
        let national = digits == 10 && view.byte(view.tokens[i + 1].start) == b'0' && first == i;
        if digits == 9 || national {
            let sentence = view.tags_of_sentence(i);
            let service = sentence & tag::SERVICE != 0 || sentence & tag::CUE_PHONE == 0;
            let mobile = matches!(view.byte(view.tokens[i + 1].start), b'6' | b'7');
            let mut found = view
                .finding(first, last, Kind::Phone, 0.95, Evidence::FORMAT)
                .informative(service && !mobile);
            if matches!(view.byte_before(found.start), b'+' | b'(') {
                found.start -= 1;
            }
            out.push(found);
        }
    }
}

/// Telephone numbers of other countries: `+49 30 5682001`, `+32 2 123 45 67`.
pub(super) fn find_foreign(view: &View, out: &mut Vec<Finding>) {
    for i in view.numbers() {
        let code = view.tokens[i];
        let plus = view.byte_before(code.start) == b'+' && view.word(i)[0] != b'0';
        let prefixed = !plus && dials_abroad(view, i);
        if !(plus || prefixed) || view.word(i).starts_with(b"33") {
            continue;
        }
        let (mut digits, mut last, mut thousands) = (code.len(), i, true);
        while let Some(next) = view.tokens.get(last + 1) {
            let near = next.follows_by(gap::SPACE | gap::DOT | gap::HYPHEN | gap::BRACKET) && next.gap & gap::WIDE == 0;
            if !next.is_number() || !near || digits + next.len() > 15 || code.len() > 3 + 2 * usize::from(prefixed) {
                break;
            }
            thousands &= next.len() == 3;
            digits += next.len();
            last += 1;
        }
        // `+12 345 678` counts something.
        let counted = last > i && thousands;
        if (10..=15).contains(&digits) && !counted && !view.byte(view.tokens[last].end).is_ascii_alphanumeric() {
            let mut found = view.finding(i, last, Kind::Phone, 0.8, Evidence::FORMAT);
            found.start -= u32::from(plus);
            out.push(found);
        }
    }
}

/// `0039 347 812 5506`: two zeros and the code of another country, in groups, where something is called a number.
fn dials_abroad(view: &View, i: usize) -> bool {
    let [b'0', b'0', b'1'..=b'9', rest @ ..] = view.word(i) else {
        return false;
    };
    let grouped = view.tokens.get(i + 1..i + 3).is_some_and(|next| {
        next.iter()
            .all(|t| t.is_number() && matches!(t.gap, gap::SPACE | gap::DOT | gap::HYPHEN))
    });
    let called = || {
        view.cues_before(i) & tag::CUE_PHONE != 0
            || (i.saturating_sub(4)..i).any(|t| view.says(t, &["numero", "num", "portable"]))
    };
    rest.len() <= 2
        && !view.word(i).starts_with(b"0033")
        && grouped
        && view.tags_of_sentence(i) & tag::REFERENCE == 0
        && called()
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, Kind, Scratch};

    /// The telephone numbers of a text, each with whether it only informs.
    fn phones(text: &str) -> Vec<(&str, bool)> {
        let mut scratch = Scratch::default();
        let found = Detector::builtin().scan(text, &mut scratch).expect("short");
        let phones = found.iter().filter(|f| f.kind == Kind::Phone);
        phones
            .map(|f| (&text[f.start as usize..f.end as usize], f.informative))
            .collect()
    }

    #[test]
    fn numbers_of_other_countries() {
        for phone in ["+49 30 5682001", "+44 20 7946 0958", "+32103289483"] {
            assert_eq!(phones(&format!("Son numéro : {phone}.")), [(phone, false)], "{phone}");
        }
        let abroad = "0039 347 812 5506";
        assert_eq!(phones(&format!("Son numéro italien : {abroad}.")), [(abroad, false)]);
        for text in [
            "Soit +12 345 678 habitants",
            "Colis 0039 347 812 5506",
            "Réf. article 06 12 34 56 78 90 12",
        ] {
            assert_eq!(phones(text), [], "{text}");
        }
    }

    #[test]
    fn the_lines_of_an_office_inform() {
        for text in [
            "Par téléphone\n01 58 68 10 10\nL'enfant est inscrit",
            "Depuis l'étranger : +33 1 41 86 42 47",
            "Serveur vocal : 02 41 05 24 00\n7j/7",
        ] {
            assert!(phones(text).iter().all(|p| p.1) && !phones(text).is_empty(), "{text}");
        }
        assert_eq!(
            phones("Téléphone : 04 92 36 12 12, demander Mme Roux"),
            [("04 92 36 12 12", false)]
        );
    }
}
