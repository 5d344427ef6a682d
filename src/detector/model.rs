//! A small model of person names: a perceptron that looks at each capitalised
//! word, at its neighbours and at what the rules made of them, and tells
//! whether it belongs to a name. It knows what rules say badly: the company
//! that names keep in a newspaper. What it alone finds informs only.
//!
//! Weights: `data/persons.bin`, learnt by `data/train.py`.

use super::finding::{Evidence, Finding};
use super::gazetteer::Known;
use super::kind::Kind;
use super::lexicon::tag;
use super::mend;
use super::names::mark_before;
use super::scan::View;
use super::token::{Shape, Token, gap};

static WEIGHTS: &[u8] = include_bytes!("../../data/persons.bin");
/// Weights, as log2.
pub(super) const BITS: u32 = 18;
/// Features of a word.
pub(super) const FEATURES: usize = 36;
/// What joins two words of one name.
const JOINED: u16 = gap::SPACE | gap::HYPHEN | gap::APOSTROPHE;
/// Words that are no name, whatever stands around them.
const NEVER: u64 = tag::GENERIC
    | tag::PRONOUN
    | tag::PLURAL
    | tag::NUMERAL
    | tag::FIRST_PERSON
    | tag::IMPERATIVE
    | tag::MONTH
    | tag::TITLE
    | tag::TITLES;

/// Tags of words that stand around names. Others may come without the model
/// having to learn anew.
const TELLING: u64 = NEVER
    | tag::FUNCTION
    | tag::STOP
    | tag::PARTICLE
    | tag::ROLE
    | tag::KIN
    | tag::NAME_LABEL
    | tag::NAME_VERB
    | tag::BIRTH
    | tag::STREET
    | tag::PLACE_OF
    | tag::EPONYM
    | tag::COMPANY
    | tag::SIGNING
    | tag::WORLD;

/// What the rules made of a word.
pub(super) mod ruled {
    /// Inside a name that they found.
    pub(in super::super) const PERSON: u8 = 1;
    /// Its first word.
    pub(in super::super) const FIRST: u8 = 1 << 1;
    /// For information only.
    pub(in super::super) const GUESS: u8 = 1 << 2;
    /// Announced by a title, a label, a relative.
    pub(in super::super) const ANNOUNCED: u8 = 1 << 3;
    /// A later mention.
    pub(in super::super) const REPEAT: u8 = 1 << 4;
    /// Inside something else.
    pub(in super::super) const OTHER: u8 = 1 << 5;
}

/// A capitalised word.
#[derive(Clone, Copy, Default)]
pub(super) struct Candidate {
    pub(super) token: usize,
    pub(super) known: Known,
    pub(super) ruled: u8,
    /// Words of the run of capitals before it, and after it.
    pub(super) before: u8,
    pub(super) after: u8,
    /// It can be a name at all.
    pub(super) open: bool,
    pub(super) person: bool,
    /// How much speaks for a person.
    pub(super) sum: i32,
}

/// Buffers of the model.
#[derive(Default)]
pub(super) struct ModelScratch {
    candidates: Vec<Candidate>,
    seen: Vec<u64>,
}

/// Looks again at the names found, and for those that were not. What was found
/// is in order, none over another.
pub(super) fn find(view: &View, scratch: &mut ModelScratch, out: &mut Vec<Finding>) {
    let ModelScratch { candidates, seen } = scratch;
    gather(view, out, candidates);
    for n in 0..candidates.len() {
        if candidates[n].open {
            let weights = features(view, candidates, n).map(|f| i32::from(WEIGHTS[f as usize] as i8));
            candidates[n].sum = weights.iter().sum();
            candidates[n].person = candidates[n].sum > 0;
        }
    }
    mend::recall(view, candidates, seen);
    mend::complete(view, candidates);
    mend::apply(view, candidates, out);
}

/// Gathers the capitalised words, with what the rules made of them.
pub(super) fn gather(view: &View, found: &[Finding], candidates: &mut Vec<Candidate>) {
    candidates.clear();
    for i in view.places.capitals.iter() {
        let token = view.tokens[i];
        let open = can_be_name(&token);
        let mut next = Candidate {
            token: i,
            open,
            known: if open { token.known } else { Known::default() },
            ..Candidate::default()
        };
        if let Some(last) = candidates.last()
            && last.token + 1 == i
            && joined(view, i)
        {
            next.before = (last.before + 1).min(7);
        }
        candidates.push(next);
    }
    for n in (1..candidates.len()).rev() {
        if candidates[n].before > 0 {
            candidates[n - 1].after = (candidates[n].after + 1).min(7);
        }
    }
    for finding in found {
        let from = candidates.partition_point(|c| view.tokens[c.token].start < finding.start);
        for (n, candidate) in candidates[from..].iter_mut().enumerate() {
            if view.tokens[candidate.token].start >= finding.end {
                break;
            }
            candidate.ruled |= ruling(finding, n == 0);
        }
    }
    for candidate in candidates.iter_mut() {
        candidate.open &= !is_plain(candidate, &view.tokens[candidate.token]);
    }
}

/// A frequent word or an acronym by itself, of which the rules think nothing:
/// most capitals of most texts.
fn is_plain(candidate: &Candidate, token: &Token) -> bool {
    let alone = candidate.before + candidate.after + candidate.ruled == 0;
    let known = candidate.known;
    let acronym = token.shape == Shape::Upper && token.len() <= 5 && known.last() < 6 && known.first() < 6;
    alone && (acronym || known.word() == 2 && known.last() < 9 && known.first() < 9)
}

/// Neither a word that is no name whatever stands around it, nor one that
/// hardly anyone bears and that means something else.
fn can_be_name(token: &Token) -> bool {
    let never = token.phrase > 0 && token.has(NEVER) && token.len() > 1;
    let borne = token.known.first() >= 6 || token.known.last() >= 8;
    !never && (borne || token.len() == 1 || !token.has(tag::STOP))
}

fn ruling(finding: &Finding, first: bool) -> u8 {
    if finding.kind != Kind::Person {
        return ruled::OTHER;
    }
    let announced = Evidence::TITLE.with(Evidence::LABEL).with(Evidence::KINSHIP);
    let when = |so: bool, bit: u8| if so { bit } else { 0 };
    ruled::PERSON
        | when(first, ruled::FIRST)
        | when(finding.informative, ruled::GUESS)
        | when(finding.evidence.has(announced), ruled::ANNOUNCED)
        | when(finding.evidence.has(Evidence::REPEAT), ruled::REPEAT)
}

/// Token `i` may go on with the name that the token before is of.
pub(super) fn joined(view: &View, i: usize) -> bool {
    let token = view.tokens[i];
    token.follows_by(JOINED) || i > 0 && view.tokens[i - 1].len() == 1 && token.follows_by(JOINED | gap::DOT)
}

/// The indices of the weights that speak of candidate `n`; those before it are
/// decided.
pub(super) fn features(view: &View, candidates: &[Candidate], n: usize) -> [u32; FEATURES] {
    let this = candidates[n];
    let i = this.token;
    let token = view.tokens[i];
    let nothing = Token::default();
    let at = |offset: isize| {
        i.checked_add_signed(offset)
            .and_then(|i| view.tokens.get(i))
            .copied()
            .unwrap_or(nothing)
    };
    let (b2, b1, a1, a2) = (at(-2), at(-1), at(1), at(2));
    // A full stop or a line break hides what is beyond.
    let near = |gap: u16| gap & (gap::LINE | gap::STOP) == 0;
    let word = |token: Token, near: bool| if near { token.key } else { 1 };
    let (w1, x1) = (word(b1, near(token.gap)), word(a1, near(a1.gap)));
    let (w2, x2) = (
        if w1 == 1 { 1 } else { word(b2, near(b1.gap)) },
        if x1 == 1 { 1 } else { word(a2, near(a2.gap)) },
    );
    let beside = |m: Option<usize>, t: usize| {
        m.and_then(|m| candidates.get(m))
            .filter(|c| c.token == t)
            .copied()
            .unwrap_or_default()
    };
    let previous = beside(n.checked_sub(1), i.wrapping_sub(1));
    let next = beside(Some(n + 1), i + 1);
    let (first, last, common) = (
        known_first(this.known),
        known_last(this.known),
        u64::from(this.known.word()),
    );
    let map = u64::from(this.known.commune());
    let (pf, pl, pw) = bearing(previous.known);
    let (nf, nl, nw) = bearing(next.known);
    let (gap_before, gap_after) = (u64::from(token.gap), u64::from(a1.gap));
    let starts = u64::from(i == 0 || !near(token.gap) || token.gap & gap::DOT != 0 && b1.len() > 2);
    let shape = token.shape as u64;
    let shapes = (b1.shape as u64) << 8 | shape << 4 | a1.shape as u64;
    let run = u64::from(this.before) << 3 | u64::from(this.after);
    let inside = u64::from(this.before > 0 && previous.person);
    let chained = n > 0 && candidates[n - 1].person && i - candidates[n - 1].token <= 2;
    let chain = u64::from(chained) << 1 | inside;
    let mark = mark_before(view, i).map_or(0, |m| view.tokens[m].tags);
    let rule = u64::from(this.ruled);
    let rules = u64::from(previous.ruled) << 16 | rule << 8 | u64::from(next.ruled);
    let (start, end) = (token.start as usize, token.end as usize);
    let tail = |length: usize| letters(&view.bytes[end.saturating_sub(length).max(start)..end]);
    let head = letters(&view.bytes[start..end.min(start + 3)]);
    let values = [
        shape,
        token.key,
        w1,
        x1,
        w2,
        x2,
        mix(w2, w1),
        mix(x1, x2),
        mix(w1, x1),
        first << 2 | common,
        last << 2 | common,
        first << 8 | last << 4 | map << 2 | common,
        shapes << 32 | gap_before << 16 | gap_after,
        nf << 8 | nl << 4 | nw << 2 | chain,
        pf << 8 | pl << 4 | pw << 2 | chain,
        first << 8 | nl << 4 | nw << 2 | common,
        pf << 8 | last << 4 | common << 2 | inside,
        chain << 8 | first << 4 | common,
        chain << 8 | last << 4 | common,
        tail(3),
        tail(2) << 5 | token.len().min(15) as u64,
        head,
        b1.tags & TELLING,
        a1.tags & TELLING,
        gap_before << 2 | chain,
        gap_after << 8 | shape << 4 | inside,
        rule << 3 | starts,
        rule << 8 | first << 4 | common,
        rules,
        starts << 16 | run << 8 | first << 4 | common,
        starts << 16 | run << 8 | last << 4 | common,
        mark & (tag::PLACE_OF | tag::STREET | tag::EPONYM | tag::COMPANY | tag::FUNCTION | tag::KIN | tag::ROLE),
        mix(w1, chain << 4 | shape),
        mix(x1, inside << 8 | last << 4 | common),
        mix(w1, first << 4 | last) ^ map,
        (token.tags & TELLING) << 1 | starts,
    ];
    let mut indices = [0; FEATURES];
    for (n, (index, value)) in indices.iter_mut().zip(values).enumerate() {
        let hash = (value ^ (n as u64 + 1).wrapping_mul(0xA24B_AED4_963E_E407)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        *index = ((hash ^ hash >> 29).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> (64 - BITS)) as u32;
    }
    indices
}

fn known_first(known: Known) -> u64 {
    u64::from(known.first() + 1) >> 1
}

fn known_last(known: Known) -> u64 {
    u64::from(known.last() + 1) >> 1
}

fn bearing(known: Known) -> (u64, u64, u64) {
    (known_first(known), known_last(known), u64::from(known.word()))
}

fn mix(a: u64, b: u64) -> u64 {
    (a ^ b.rotate_left(23)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// A few letters, in lower case, as a number.
fn letters(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, b| n << 8 | u64::from(b | 0x20))
}

#[cfg(test)]
#[path = "model_training_tests.rs"]
mod training;
