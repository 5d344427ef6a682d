//! Names after a civility: `M. Durand`, `Mme Le Goff`, `Dr J. ROUX`.

use super::finding::{Evidence, Finding};
use super::gazetteer;
use super::kind::Kind;
use super::lexicon::tag;
use super::names::mark_before;
use super::scan::View;
use super::token::{Shape, gap};

/// Most words of a name, particles not counted.
const LONGEST_NAME: usize = 4;

/// Shortest title that is no abbreviation, in letters: `docteur`, `maître`.
const WRITTEN_OUT: usize = 6;

/// Finds the names that a civility announces.
pub(super) fn find(view: &View, out: &mut Vec<Finding>) {
    let mut next = 0;
    for i in view.marks(tag::TITLE | tag::TITLES | tag::FUNCTION) {
        if i < next {
            continue;
        }
        let small = small_name_after(view, i).map(|name| (name, 0.85));
        let named = small
            .or_else(|| name_after_function(view, i).map(|name| (name, 0.8)))
            .or_else(|| {
                is_title(view, i)
                    .then(|| name_after(view, i))
                    .flatten()
                    .map(|name| (name, 0.93))
            });
        if let Some(((first, last), score)) = named
            && !is_way_or_place(view, i)
        {
            out.push(view.finding(first, last, Kind::Person, score, Evidence::TITLE));
            next = last + 1;
            if view.tokens[i].has(tag::TITLES) {
                next = list(view, last, out);
            }
        }
    }
}

/// `rue du docteur Romieu`, `collège Maître Isnard`.
fn is_way_or_place(view: &View, i: usize) -> bool {
    let civil = view.says(
        i,
        &["m", "mme", "mlle", "monsieur", "madame", "mademoiselle", "mr", "mm"],
    );
    !civil && mark_before(view, i).is_some_and(|m| view.tokens[m].has(tag::STREET | tag::PLACE_OF | tag::EPONYM))
}

/// The other names of `MM. Roux, Benali et Garcin`; returns the token after.
fn list(view: &View, last: usize, out: &mut Vec<Finding>) -> usize {
    let mut next = last + 1;
    while let Some(token) = view.tokens.get(next) {
        let first = match token.gap & (gap::COMMA | gap::STOP | gap::DOT | gap::LINE) {
            0 if view.says(next, &["et"]) => next + 1,
            gap::COMMA => next,
            _ => break,
        };
        let capital = view
            .tokens
            .get(first)
            .is_some_and(|t| t.is_capital() && !t.has(tag::TITLE | tag::TITLES));
        match capital.then(|| extend(view, first)).flatten() {
            Some(last) => {
                out.push(view.finding(first, last, Kind::Person, 0.85, Evidence::TITLE));
                next = last + 1;
            }
            None => break,
        }
    }
    next
}

/// A civility, and not a measure (`5 M`), a pronoun (`me`) or a place.
pub(super) fn is_title(view: &View, i: usize) -> bool {
    let token = view.tokens[i];
    if !token.has(tag::TITLE | tag::TITLES) {
        return false;
    }
    let Some(next) = view.tokens.get(i + 1) else {
        return false;
    };
    match view.word(i) {
        b"M" => {
            next.gap == gap::DOT | gap::SPACE
                || next.gap == gap::DOT
                || next.gap == gap::SPACE
                    && !view.byte_before(token.start).is_ascii_digit()
                    && next.len() > 1
                    && next.is_capital()
                    && (i == 0 || !view.tokens[i - 1].is_number())
        }
        b"m" | b"me" | b"pr" | b"soeur" | b"veuve" | b"ME" | b"PR" => false,
        // `20 mm.` is a measure, and a title that is written out has no dot of its own.
        b"mm" if i > 0 && view.tokens[i - 1].is_number() => false,
        word => word.len() < WRITTEN_OUT || next.gap & gap::DOT == 0,
    }
}

/// First and last token of the name that follows the title `i`.
fn name_after(view: &View, i: usize) -> Option<(usize, usize)> {
    let mut first = i + 1;
    // `Monsieur le Docteur Roux`, `Mme la directrice Roux`: the function may stand between.
    while let Some(token) = view.tokens.get(first) {
        // The dot of a function ends the sentence, where it is no abbreviation.
        let ended = first > i + 1 && token.gap & gap::DOT != 0 && view.tokens[first - 1].len() >= WRITTEN_OUT;
        let near = token.follows_by(gap::SPACE | gap::DOT | gap::LINE | gap::QUOTE) && !ended;
        if !near {
            return None;
        }
        let article = token.shape == Shape::Lower && first == i + 1 && view.says(first, &["le", "la", "l", "les"]);
        if article
            && view
                .tokens
                .get(first + 1)
                .is_some_and(|t| t.follows_by(gap::SPACE | gap::APOSTROPHE))
        {
            // Whatever follows the article is a function.
            first += 2;
            continue;
        }
        let function =
            token.shape == Shape::Lower && token.has(tag::FUNCTION) && !token.has(tag::PARTICLE) && first < i + 4;
        if !function && !token.has(tag::TITLE | tag::TITLES) {
            break;
        }
        first += 1;
    }
    if first > i + 2 {
        // After a function, only what is no common word is a name.
        let known = gazetteer::known_of(view.tokens.get(first)?);
        if known.word() == 2 && known.last() < 10 {
            return None;
        }
    }
    if first > i + 2 && !view.tokens.get(first)?.is_capital() {
        return None;
    }
    // On the next line only a name is a name, no heading.
    if first >= view.tokens.len() {
        return None;
    }
    if view.tokens[i + 1..=first].iter().any(|t| t.gap & gap::LINE != 0) && is_common(view, first) {
        return None;
    }
    let last = extend(view, first)?;
    // `la DR de l'ASP`: letters of an office, not of a title and a name.
    let letters = view.tokens[last];
    if view.tokens[first].has(tag::PARTICLE)
        && letters.shape == Shape::Upper
        && letters.len() <= 4
        && view.word(i) == b"DR"
    {
        return None;
    }
    // One letter is a name left out: `Mme R.`, `M. X`.
    (first..=last)
        .any(|t| view.tokens[t].len() > 1 && view.tokens[t].is_capital())
        .then_some((first, last))
}

/// `le juge Garcin`, `la directrice Sylvie Roux`: what follows the function is
/// a surname, or a first name and one.
fn name_after_function(view: &View, i: usize) -> Option<(usize, usize)> {
    let (function, next) = (view.tokens[i], view.tokens.get(i + 1)?);
    let plain = function.has(tag::FUNCTION)
        && function.shape == Shape::Lower
        && function.len() >= 4
        && next.gap == gap::SPACE
        && next.len() >= 3;
    if !plain || !next.is_capital() || next.tags & !(tag::PARTICLE | tag::HEALTH_WEAK | tag::WORLD) != 0 {
        return None;
    }
    let known = gazetteer::known_of(next);
    let borne = known.word() == 0 && !known.commune() && (known.last() >= 3 || known.first() >= 6)
        || known.word() == 1 && known.last() >= 9;
    let last = extend(view, i + 1)?;
    borne.then_some((i + 1, last))
}

/// `mme roux`, `madame le goff`: title and name in small letters. The word must
/// be a name more than anything else.
fn small_name_after(view: &View, i: usize) -> Option<(usize, usize)> {
    let title = view.says(
        i,
        &[
            "mme",
            "mlle",
            "mr",
            "monsieur",
            "madame",
            "mademoiselle",
            "m",
            "dr",
            "docteur",
        ],
    );
    if !title || view.tokens[i].shape != Shape::Lower && view.tokens[i].shape != Shape::Initial {
        return None;
    }
    let short = view.tokens[i].len() == 1;
    let mut last = None;
    for t in i + 1..view.tokens.len().min(i + 5) {
        let token = view.tokens[t];
        let joined = gap::SPACE | gap::HYPHEN | gap::APOSTROPHE | if t == i + 1 { gap::DOT } else { 0 };
        if token.shape != Shape::Lower || !token.follows_by(joined) || t == i + 1 && short && token.gap & gap::DOT == 0
        {
            break;
        }
        if token.has(tag::PARTICLE) && (t == i + 1 || last.is_some()) && !token.has(tag::FUNCTION) {
            continue;
        }
        let known = gazetteer::known_of(&token);
        let borne = known.last().max(known.first());
        let fits = match known.word() {
            0 => known.last() > 0 || known.first() > 0,
            1 => borne >= 5 && !short,
            _ => known.last() >= 11 && last.is_none() && !short && !token.has(tag::FUNCTION | tag::STOP),
        };
        if token.len() < 3 || !fits || token.has(tag::FUNCTION | tag::TITLE | tag::TITLES) {
            break;
        }
        last = Some(t);
    }
    last.map(|last| (i + 1, last))
}

/// Last token of the name that begins at `first`.
fn extend(view: &View, first: usize) -> Option<usize> {
    let mut last = None;
    let (mut i, mut words) = (first, 0);
    while let Some(token) = view.tokens.get(i) {
        let joined = gap::SPACE | gap::HYPHEN | gap::APOSTROPHE;
        let after_initial = i > first && view.tokens[i - 1].shape == Shape::Initial;
        let near = i == first || token.follows_by(joined) || after_initial && token.follows_by(joined | gap::DOT);
        if !near || words == LONGEST_NAME {
            break;
        }
        let initial =
            token.shape == Shape::Initial && view.tokens.get(i + 1).is_some_and(|n| n.is_capital() && n.len() > 1);
        let name = !token.has(tag::FUNCTION | tag::TITLE | tag::STOP) && !is_acronym(view, first, i);
        // A text in capitals goes on after the name: `M. ROUX ONT SIGNÉ`.
        let goes_on = token.shape == Shape::Upper && i > first && is_common(view, i);
        if token.is_capital() && (name || initial) && !goes_on {
            last = Some(i);
            words += 1;
        } else if !token.has(tag::PARTICLE) {
            break;
        }
        i += 1;
    }
    last
}

/// A frequent word, or a word that few people bear.
fn is_common(view: &View, i: usize) -> bool {
    let known = gazetteer::known_of(&view.tokens[i]);
    known.word() == 2 && known.last() < 11 || known.word() == 1 && known.last() < 8 && known.first() < 8
}

/// `Mme Roux RSA`: what follows a name in small letters is no more of it.
fn is_acronym(view: &View, first: usize, i: usize) -> bool {
    let token = view.tokens[i];
    token.shape == Shape::Upper
        && token.len() <= 4
        && i > first
        && (token.tags != 0 || view.tokens[first].shape == Shape::Upper && token.len() == 1)
}

#[cfg(test)]
#[path = "titled_tests.rs"]
mod tests;
