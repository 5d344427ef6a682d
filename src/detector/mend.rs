//! What the model of names changes in what the rules found: a guess that it does
//! not share falls, a name takes the bounds that it sees, and a name that it
//! alone sees informs.

use super::finding::{Evidence, Finding};
use super::kind::Kind;
use super::lexicon::tag;
use super::model::{Candidate, joined};
use super::scan::View;
use super::token::{Shape, gap};

/// How much must speak for a name that the model alone sees.
const ENOUGH: i32 = 60;
/// The same in a text that names hardly anyone.
const ALONE: i32 = 200;
/// Such a text has fewer persons than one in so many bytes.
const BYTES_PER_PERSON: usize = 1500;
/// How much speaks for a name beyond doubt.
const SURE: i32 = 100;
/// How much must speak against a word for the rules to give it up.
const NO_NAME: i32 = -150;

/// What a hyphen holds together is one name, and an article opens one:
/// `Mai-Linh`, `N'Golo`, `Bruno Le Maire`.
pub(super) fn complete(view: &View, candidates: &mut [Candidate]) {
    for n in 1..candidates.len() {
        let (a, b) = (candidates[n - 1], candidates[n]);
        if b.before == 0 || a.person == b.person {
            continue;
        }
        let (left, right) = (view.tokens[a.token], view.tokens[b.token]);
        let hyphen = right.gap == gap::HYPHEN;
        let particle = right.gap == gap::SPACE && a.person && left.has(tag::PARTICLE) && a.before > 0;
        let elided = right.gap == gap::APOSTROPHE && b.person && matches!(view.word(a.token), b"N" | b"O" | b"M");
        if hyphen || particle || elided {
            let sum = a.sum.max(b.sum);
            for side in [n - 1, n] {
                (candidates[side].person, candidates[side].sum) = (true, sum);
            }
        }
    }
}

/// A name that stands once beyond doubt is one wherever little speaks against it.
pub(super) fn recall(view: &View, candidates: &mut [Candidate], seen: &mut Vec<u64>) {
    let telling = |c: &Candidate| view.tokens[c.token].len() >= 4 && c.known.word() < 2 && !c.known.commune();
    seen.clear();
    for (n, c) in candidates.iter().enumerate().filter(|(_, c)| c.person && telling(c)) {
        // The first name may be what makes a name sure.
        let led = c.before > 0 && candidates[n - 1].person && candidates[n - 1].sum >= SURE;
        if led || c.sum >= SURE {
            seen.push(view.tokens[c.token].key);
        }
    }
    seen.sort_unstable();
    seen.dedup();
    for c in candidates
        .iter_mut()
        .filter(|c| c.open && c.sum < ENOUGH && c.sum > 2 * NO_NAME)
    {
        if seen.binary_search(&view.tokens[c.token].key).is_ok() {
            (c.person, c.sum) = (true, ENOUGH);
        }
    }
}

/// Changes what was found, which is in order and none over another.
pub(super) fn apply(view: &View, candidates: &[Candidate], out: &mut Vec<Finding>) {
    out.retain(|f| f.kind != Kind::Person || !f.informative || is_shared(view, candidates, f));
    let rules = out.len();
    let enough = enough(view, candidates);
    let (mut n, mut nearest) = (0, 0);
    while n < candidates.len() {
        let from = n;
        n += 1;
        if !candidates[from].person {
            continue;
        }
        while n < candidates.len()
            && candidates[n].person
            && goes_on(view, candidates[n - 1].token, candidates[n].token)
        {
            n += 1;
        }
        let (first, last) = (candidates[from].token, short_end(view, candidates[n - 1].token));
        let (start, end) = (view.tokens[first].start, view.tokens[last].end);
        while nearest < rules && out[nearest].end <= start {
            nearest += 1;
        }
        let mut taken = false;
        for f in out[nearest..rules].iter_mut().take_while(|f| f.start < end) {
            taken = true;
            if f.kind == Kind::Person {
                take_bounds(view, candidates, f, sure_bounds(view, &candidates[from..n], last));
            }
        }
        let sum = candidates[from..n].iter().map(|c| c.sum).max().unwrap_or(0);
        if !taken && sum >= enough && end - start > 1 {
            let score = 0.4 + (sum as f32 / 1000.0).min(0.2);
            let found = view.finding(first, last, Kind::Person, score, Evidence::MODEL);
            out.push(found.informative(true));
        }
    }
}

/// A text that names nobody else hardly names anyone with a strange name.
fn enough(view: &View, candidates: &[Candidate]) -> i32 {
    let persons = candidates.iter().filter(|c| c.person && c.before == 0).count();
    let length = view.tokens.last().map_or(0, |t| t.end as usize);
    if persons * BYTES_PER_PERSON < length {
        ALONE
    } else {
        ENOUGH
    }
}

/// The candidates that `finding` covers.
fn within<'c>(view: &'c View, candidates: &'c [Candidate], finding: &Finding) -> impl Iterator<Item = &'c Candidate> {
    let from = candidates.partition_point(|c| view.tokens[c.token].start < finding.start);
    let end = finding.end;
    candidates[from..]
        .iter()
        .take_while(move |c| view.tokens[c.token].start < end)
}

/// The model sees a name there as well, or nothing that it could judge.
fn is_shared(view: &View, candidates: &[Candidate], finding: &Finding) -> bool {
    let mut of = within(view, candidates, finding).peekable();
    of.peek().is_none() || of.any(|c| c.person)
}

/// Gives a name the bounds that the model sees; a word of it is only given up
/// if much speaks against it, or if it was a guess; none of a name announced.
fn take_bounds(view: &View, candidates: &[Candidate], finding: &mut Finding, (start, end): (u32, u32)) {
    let announced = Evidence::TITLE.with(Evidence::LABEL).with(Evidence::KINSHIP);
    let least = match finding.informative {
        true => 0,
        false if finding.evidence.has(announced) => i32::MIN,
        false => NO_NAME,
    };
    let kept = |c: &&Candidate| c.person || c.sum > least;
    let (mut first, mut last, mut ends) = (None, None, (0, 0));
    for (n, c) in within(view, candidates, finding).enumerate() {
        let token = view.tokens[c.token];
        if n == 0 {
            ends.0 = token.start;
        }
        ends.1 = token.end;
        if kept(&c) {
            first = first.or(Some(token.start));
            last = Some(token.end);
        }
    }
    let (Some(first), Some(last)) = (first, last) else {
        return;
    };
    // What leads to the first word, as `de`, stays with it.
    let from = if first == ends.0 { finding.start } else { first };
    let to = if last == ends.1 { finding.end } else { last };
    (finding.start, finding.end) = (from.min(start), to.max(end));
}

/// From the first to the last word of which the model is sure; nothing if there is none.
fn sure_bounds(view: &View, name: &[Candidate], last: usize) -> (u32, u32) {
    let sure = |c: &&Candidate| c.sum >= ENOUGH;
    let (Some(from), Some(to)) = (name.iter().find(sure), name.iter().rfind(sure)) else {
        return (u32::MAX, 0);
    };
    let to = if to.token == name[name.len() - 1].token {
        last
    } else {
        to.token
    };
    (view.tokens[from.token].start, view.tokens[to].end)
}

/// The token after, if it ends the name: `Kim Jong-un`.
fn short_end(view: &View, last: usize) -> usize {
    let end = view.tokens.get(last + 1).is_some_and(|t| {
        let small = t.shape == Shape::Lower && (2..=4).contains(&t.len());
        t.gap == gap::HYPHEN && small && !t.has(tag::PRONOUN | tag::PARTICLE)
    });
    last + usize::from(end)
}

/// From token `from` to token `to` it is one name: nothing, or particles, between.
fn goes_on(view: &View, from: usize, to: usize) -> bool {
    to - from <= 4 && (from + 1..=to).all(|t| joined(view, t) && (t == to || view.tokens[t].has(tag::PARTICLE)))
}

#[cfg(test)]
#[path = "mend_tests.rs"]
mod tests;
