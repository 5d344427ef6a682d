//! Numbers: runs of digits, however they are grouped, and the readings that
//! their length allows. No expression is searched for: a text has few runs of
//! digits, and each meets only the checks of its own length.

use super::checks;
use super::cued;
use super::finding::{Evidence, Finding};
use super::kind::Kind;
use super::lexicon::tag;
use super::runs::{Group, LONGEST, NumberScratch, gather, misread};
use super::scan::View;
use super::token::gap;

/// Most digits held apart one by one that are one number.
const LONGEST_ROW: usize = 20;

/// A number read over some groups of a run.
pub(super) struct Number<'a> {
    pub(super) digits: &'a [u8],
    pub(super) groups: &'a [Group],
    /// Tokens around it.
    pub(super) view: &'a View<'a>,
}

/// What a number turned out to be.
pub(super) struct Reading {
    pub(super) kind: Kind,
    pub(super) score: f32,
    pub(super) why: Evidence,
    pub(super) informative: bool,
}

/// Finds the numbers of a text.
pub(super) fn find(view: &View, scratch: &mut NumberScratch, out: &mut Vec<Finding>) {
    let mut next = 0;
    for i in view.numbers() {
        if i < next {
            continue;
        }
        let before = i > next && misread(view, i - 1) && view.tokens[i].follows_by(gap::SPACE);
        next = gather(
            view,
            i - usize::from(before && (i == 1 || view.tokens[i - 1].gap != 0)),
            scratch,
        );
        read_run(view, scratch, out);
    }
}

/// Reads numbers off the run, from left to right, longest first.
fn read_run(view: &View, scratch: &NumberScratch, out: &mut Vec<Finding>) {
    let groups = &scratch.groups;
    let mut from = 0;
    'next: while from < groups.len() {
        let mut total = 0;
        let reach = groups[from..]
            .iter()
            .take_while(|g| {
                total += g.length;
                total <= LONGEST
            })
            .count();
        for count in (1..=reach).rev() {
            let groups = &groups[from..from + count];
            let last = groups[count - 1];
            let number = Number {
                digits: &scratch.digits[groups[0].first..last.first + last.length],
                groups,
                view,
            };
            let whole = |r: &Reading| {
                let piece = r.kind == Kind::Phone
                    && is_pairs(&scratch.groups, from, count)
                    && number.cues() & tag::REFERENCE != 0;
                r.why.has(Evidence::CUE) || !is_cut(&scratch.groups, from, count) && !piece
            };
            if let Some(reading) = number.read().filter(whole) {
                let (first, last) = (groups[0].token, last.last);
                let mut found = view.finding(first, last, reading.kind, reading.score, reading.why);
                found.start = number.start();
                if reading.kind == Kind::Caf {
                    found.end = cued::end_with_key(view, number.last_token());
                }
                out.push(found.informative(reading.informative));
                from += count;
                continue 'next;
            }
        }
        from += 1;
    }
}

/// Digits held apart one by one, all in the same way, are one number: a piece of them is none. A longer row of them
/// is several numbers.
fn is_cut(groups: &[Group], from: usize, count: usize) -> bool {
    if groups.len() > LONGEST_ROW || count < 2 {
        return false;
    }
    let inside = groups[from + 1].separator;
    let goes_on = |i: usize| groups[i].length == 1 && groups[i - 1].length == 1 && groups[i].separator == inside;
    from > 0 && goes_on(from) || from + count < groups.len() && goes_on(from + count)
}

/// Pairs of digits that go on, held apart in the same way: `06 12 34 56 78 90 12`.
fn is_pairs(groups: &[Group], from: usize, count: usize) -> bool {
    let pair = |g: &Group| g.length == 2;
    let next = groups.get(from + count).filter(|g| pair(g));
    groups[from..from + count].iter().all(pair) && next.is_some_and(|g| g.separator == groups[from + 1].separator)
}

impl Number<'_> {
    fn read(&self) -> Option<Reading> {
        if self.glued() {
            return None;
        }
        let reading = self.read_digits().or_else(|| self.backwards())?;
        // Letters may stand for digits only where the key proves it, or a word announces one unbroken code.
        let letter = |t: usize| !self.view.tokens[t].is_number() && !self.view.says(t, &["a", "b"]);
        let repaired = (self.first_token()..=self.last_token()).any(letter);
        let announced = self.groups.len() == 1 && reading.why.has(Evidence::CUE);
        let proved =
            announced || reading.why.has(Evidence::CHECKSUM) || reading.kind == Kind::Phone && self.groups.len() >= 5;
        // So do groups held apart by commas.
        let listed = self.groups.iter().skip(1).any(|g| g.separator[0] == b',');
        let said = reading.why.has(Evidence::CUE) || self.digits.len() >= 15 && self.even();
        ((!repaired || proved) && (!listed || said)).then_some(reading)
    }

    fn read_digits(&self) -> Option<Reading> {
        match self.digits.len() {
            7 => self.cued(tag::CUE_CAF, Kind::Caf),
            9 => self.siren(),
            10 => self.phone().or_else(|| self.cued(tag::CUE_CASE, Kind::CaseId)),
            11 => self.phone().or_else(|| self.rpps()),
            12 => self.phone().or_else(|| self.identity_card()),
            13 => self
                .announced_spi()
                .or_else(|| self.phone())
                .or_else(|| self.nir())
                .or_else(|| self.spi())
                .or_else(|| self.card()),
            14 => self.phone().or_else(|| self.siret()),
            15 => self.nir().or_else(|| self.card()),
            16 | 19 => self.card(),
            21 => self.cued(tag::CUE_NIR, Kind::Nir),
            23 => self.rib(),
            _ => None,
        }
    }

    /// The number read from its end: a key must prove it, a word announce it.
    fn backwards(&self) -> Option<Reading> {
        if !matches!(self.digits.len(), 10 | 13 | 15 | 16) {
            return None;
        }
        let mut turned = [0; 16];
        let turned = &mut turned[..self.digits.len()];
        turned.copy_from_slice(self.digits);
        turned.reverse();
        let (kind, cue) = match turned.len() {
            10 if turned[0] == b'0' && turned[1] != b'0' && self.grouped(&[&[10], &[2, 2, 2, 2, 2]]) => {
                (Kind::Phone, tag::CUE_PHONE)
            }
            13 if checks::spi(turned) => (Kind::Spi, tag::CUE_SPI),
            15 if checks::nir(turned) => (Kind::Nir, tag::CUE_NIR),
            16 if checks::card_form(turned) && checks::luhn(turned) => (Kind::Card, tag::CUE_CARD),
            _ => return None,
        };
        let why = Evidence::CUE.with(Evidence::DISGUISED);
        (self.cues() & cue != 0).then(|| Reading::new(kind, 0.7, why))
    }

    /// Letters or a decimal part touch it: a piece of a longer code.
    fn glued(&self) -> bool {
        let view = self.view;
        let (first, last) = (self.first_token(), self.last_token());
        let before = view.byte_before(view.tokens[first].start);
        let after = view.byte(view.tokens[last].end);
        let after_next = view.byte(view.tokens[last].end + 1);
        before.is_ascii_alphanumeric()
            || after.is_ascii_alphanumeric() && self.digits.len() != 7
            || before == b','
                && view.tokens[first].start > 1
                && view.byte(view.tokens[first].start - 2).is_ascii_digit()
            || after == b',' && after_next.is_ascii_digit()
    }

    pub(super) fn first_token(&self) -> usize {
        self.groups[0].token
    }

    pub(super) fn last_token(&self) -> usize {
        self.groups[self.groups.len() - 1].last
    }

    /// Where it begins, the `+` of a telephone number included.
    fn start(&self) -> u32 {
        let start = self.view.tokens[self.first_token()].start;
        match (self.view.byte_before(start), self.digits.starts_with(b"33")) {
            (b'+', _) => start - 1,
            (b'(', true) if start > 1 && self.view.byte(start - 2) == b'+' => start - 2,
            _ => start,
        }
    }

    fn lengths(&self) -> impl Iterator<Item = usize> {
        self.groups.iter().map(|g| g.length)
    }

    /// Grouped in one of these ways, or digit by digit, by equal separators.
    pub(super) fn grouped(&self, ways: &[&[usize]]) -> bool {
        let alone = self.lengths().all(|l| l == 1) && self.even();
        alone
            || ways
                .iter()
                .any(|way| self.lengths().eq(way.iter().copied()) || self.broken(way))
    }

    /// Grouped so, but for one line break inside a group.
    fn broken(&self, way: &[usize]) -> bool {
        let Some(at) = self.groups.iter().position(|g| g.separator.contains(&b'\n')) else {
            return false;
        };
        let whole = self
            .lengths()
            .enumerate()
            .filter(|&(n, _)| n != at)
            .map(|(n, length)| length + if n + 1 == at { self.groups[at].length } else { 0 });
        whole.eq(way.iter().copied())
    }

    /// The separators are all alike, but for one end of a line among groups of several digits.
    pub(super) fn even(&self) -> bool {
        let broken = |g: &&Group| g.separator.contains(&b'\n');
        let ends = self.groups.iter().skip(1).filter(broken).count();
        if ends > 1 || ends == 1 && self.lengths().all(|length| length == 1) {
            return false;
        }
        let mut separators = self.groups.iter().skip(1).filter(|g| !broken(g)).map(|g| g.separator);
        let first = separators.next();
        separators.all(|separator| Some(separator) == first)
    }

    pub(super) fn cues(&self) -> u64 {
        self.view.cues(self.first_token(), self.last_token())
    }

    fn cued(&self, cue: u64, kind: Kind) -> Option<Reading> {
        let single = self.groups.len() == 1 || self.even() && self.groups.len() < 5;
        (single && self.cues() & cue != 0).then(|| Reading::new(kind, 0.85, Evidence::CUE))
    }

    fn nir(&self) -> Option<Reading> {
        if !checks::nir_form(self.digits) {
            return None;
        }
        let written = self.grouped(&[&[1, 2, 2, 2, 3, 3, 2], &[1, 2, 2, 2, 3, 3]]);
        let compact = self.grouped(&[&[15], &[13, 2], &[1, 12, 2], &[1, 14]]);
        let cues = self.cues();
        let cue = cues & tag::CUE_NIR != 0;
        // Fifteen digits in one go have a valid key by chance once in a hundred: those of an order, or of the rare
        // provisional numbers, need the word.
        let chance = cues & tag::REFERENCE != 0 || self.digits[0] > b'2';
        if checks::nir(self.digits) && (written || compact && !chance || cue) {
            let why = Evidence::CHECKSUM
                .with_if(cue, Evidence::CUE)
                .with_if(written, Evidence::LAYOUT);
            return Some(Reading::new(Kind::Nir, 0.99, why));
        }
        // A wrong key is a slip of the pen: the person is the same.
        let telling = written && !self.is_clock() && self.digits[0] <= b'2' && self.digits.len() >= 13;
        (cue || telling).then(|| {
            let why = Evidence::FORMAT
                .with_if(cue, Evidence::CUE)
                .with_if(written, Evidence::LAYOUT);
            Reading::new(Kind::Nir, if cue { 0.9 } else { 0.8 }, why)
        })
    }

    /// A tax number that a word announces and its key proves: `00 32…` is no call to Belgium then.
    fn announced_spi(&self) -> Option<Reading> {
        let sure = checks::spi(self.digits) && self.cues() & tag::CUE_SPI != 0;
        if sure { self.spi() } else { None }
    }

    fn spi(&self) -> Option<Reading> {
        if !matches!(self.digits[0], b'0'..=b'3') {
            return None;
        }
        let cue = self.cues() & tag::CUE_SPI != 0;
        let written = self.grouped(&[&[2, 2, 3, 3, 3]]);
        if checks::spi(self.digits) && (cue || written || self.groups.len() == 1 && !self.is_clock()) {
            let why = Evidence::CHECKSUM
                .with_if(cue, Evidence::CUE)
                .with_if(written, Evidence::LAYOUT);
            return Some(Reading::new(Kind::Spi, if cue || written { 0.98 } else { 0.75 }, why));
        }
        (cue && (written || self.groups.len() == 1 || self.even()))
            .then(|| Reading::new(Kind::Spi, 0.85, Evidence::CUE.with(Evidence::FORMAT)))
    }

    /// Thirteen digits that begin so, in one go or one by one, are milliseconds since 1970.
    fn is_clock(&self) -> bool {
        let ungrouped = self.groups.len() == 1 || self.groups.len() == self.digits.len();
        ungrouped && self.digits.len() == 13 && matches!(&self.digits[..2], b"15" | b"16" | b"17" | b"18")
    }

    fn card(&self) -> Option<Reading> {
        if !checks::card_form(self.digits) {
            return None;
        }
        let written =
            self.grouped(&[&[16], &[4, 4, 4, 4], &[15], &[4, 6, 5], &[13], &[19], &[4, 4, 4, 4, 3]]) && self.even();
        let cues = self.cues();
        let cue = cues & tag::CUE_CARD != 0;
        let reference = cues & tag::REFERENCE != 0 && self.groups.len() == 1 && !cue;
        if checks::luhn(self.digits) && written && !reference {
            let why = Evidence::CHECKSUM.with_if(cue, Evidence::CUE);
            return Some(Reading::new(Kind::Card, 0.97, why));
        }
        let shaped = self.digits.len() >= 15 && (written || self.even());
        (cue && shaped).then(|| Reading::new(Kind::Card, 0.8, Evidence::CUE.with(Evidence::FORMAT)))
    }

    fn rib(&self) -> Option<Reading> {
        let cue = self.cues() & tag::CUE_BANK != 0;
        let grouped = self.grouped(&[&[5, 5, 11, 2]]);
        if checks::rib(self.digits) && (cue || grouped || self.grouped(&[&[23]])) {
            return Some(Reading::new(
                Kind::Iban,
                0.97,
                Evidence::CHECKSUM.with_if(cue, Evidence::CUE),
            ));
        }
        (cue && grouped).then(|| Reading::new(Kind::Iban, 0.85, Evidence::CUE.with(Evidence::LAYOUT)))
    }
}

impl Reading {
    pub(super) fn new(kind: Kind, score: f32, why: Evidence) -> Self {
        Self {
            kind,
            score,
            why,
            informative: false,
        }
    }
}

#[cfg(test)]
#[path = "numbers_tests.rs"]
mod tests;
