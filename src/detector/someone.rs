//! One person spoken of without her name (`ma collègue`, `cette dame`, `un ancien
//! maçon`), and the first names that only an age shows to be hers.

use super::details::is_age;
use super::finding::{Evidence, Finding};
use super::gazetteer;
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::token::{Shape, gap, keys};

/// How closely words point to one person among others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Reference {
    /// `une dame`, `l'agent`, `Patient de…`: any, or one.
    One,
    /// `cette dame`
    Pointed,
    /// `mon fils`, `notre cuisinier`, `un de mes agents`
    Mine,
}

/// The reference whose noun is token `i`, if it is one: an article, a few
/// epithets, the noun.
pub(super) fn reference(view: &View, i: usize) -> Option<Reference> {
    if is_civility_alone(view, i) {
        return Some(Reference::Pointed);
    }
    if !view.tokens[i].has(tag::SOMEONE) {
        return None;
    }
    const MINE: [u64; 3] = keys(["mon", "ma", "notre"]);
    const OURS: [u64; 2] = keys(["mes", "nos"]);
    const THIS: [u64; 3] = keys(["ce", "cet", "cette"]);
    const ARTICLES: [u64; 7] = keys(["un", "une", "le", "la", "l", "son", "sa"]);
    let joined = gap::SPACE | gap::APOSTROPHE | gap::HYPHEN | gap::LINE;
    let mut noun = i;
    for at in (i.saturating_sub(3)..i).rev() {
        if !view.tokens[at + 1].follows_by(joined) {
            break;
        }
        if view.is(at, &MINE) {
            return Some(Reference::Mine);
        } else if view.is(at, &OURS) {
            let one = at > 1 && view.says(at - 1, &["de"]) && view.says(at - 2, &["un", "une"]);
            return one.then_some(Reference::Mine);
        } else if view.is(at, &THIS) {
            return Some(Reference::Pointed);
        } else if view.is(at, &ARTICLES) {
            return Some(Reference::One);
        } else if !view.tokens[at].has(tag::EPITHET) {
            break;
        }
        noun = at;
    }
    let many = view.word(i).last().is_some_and(|b| b.eq_ignore_ascii_case(&b's')) && !view.says(i, &["fils"]);
    // `Patient de 34 ans`, `Bilan : garçon, 8 ans`: without article, with an age.
    let aged = (i + 1..view.tokens.len().min(i + 6)).any(|t| view.tokens[t].is_number() && is_age(view, t));
    let born = view
        .tokens
        .get(i + 1)
        .is_some_and(|t| t.has(tag::BIRTH) && t.gap == gap::SPACE);
    let apart = !many && (noun == 0 || !view.tokens[noun].follows_by(joined & !gap::LINE));
    (apart && (aged || born)).then_some(Reference::One)
}

/// `madame dort dans le salon`: a civility in place of the name, then a verb.
fn is_civility_alone(view: &View, i: usize) -> bool {
    view.tokens[i].has(tag::TITLE)
        && view.says(i, &["madame", "monsieur"])
        && view.tokens.get(i + 1).is_some_and(|t| {
            t.gap == gap::SPACE
                && t.shape == Shape::Lower
                && !t.has(tag::FUNCTION | tag::PARTICLE | tag::SMALL_WORD | tag::TITLE)
                && gazetteer::known(t.key).word() > 0
                && !view.says(i + 1, &["la", "le", "les", "l", "et", "ou"])
        })
}

/// Finds the first names that an age follows: `Mathéo, 6 ans`, `Inès (14 ans)`.
pub(super) fn find_aged(view: &View, out: &mut Vec<Finding>) {
    for i in view.numbers().filter(|&i| i > 0 && is_age(view, i)) {
        let (name, number) = (view.tokens[i - 1], view.tokens[i]);
        let apart =
            number.gap & (gap::COMMA | gap::BRACKET) != 0 && number.follows_by(gap::SPACE | gap::COMMA | gap::BRACKET);
        let known = gazetteer::known(name.key);
        let first = name.shape == Shape::Capital && known.first() >= 3 && known.word() < 2 && !known.commune();
        if apart && first && !name.has(tag::STOP | tag::MONTH | tag::FUNCTION) {
            out.push(view.finding(
                i - 1,
                i - 1,
                Kind::Person,
                0.8,
                Evidence::FIRST_NAME.with(Evidence::LAYOUT),
            ));
        }
    }
}

/// Finds the first names that what one is follows: `Angélique, bipolaire`.
pub(super) fn find_described(view: &View, out: &mut Vec<Finding>) {
    const TERMS: u64 = tag::HEALTH | tag::SENSITIVE | tag::VULNERABLE;
    for i in view
        .marks(TERMS)
        .filter(|&i| i > 0 && view.tokens[i].gap == gap::COMMA | gap::SPACE)
    {
        let name = view.tokens[i - 1];
        let known = gazetteer::known_of(&name);
        let first = name.shape == Shape::Capital && known.first() >= 7 && known.word() < 2 && !known.commune();
        let alone = i < 2 || !view.tokens[i - 2].is_capital();
        if first && alone && view.tokens[i].has(tag::STATE) && !name.has(tag::STOP | tag::MONTH | tag::FUNCTION) {
            let why = Evidence::FIRST_NAME.with(Evidence::LEXICON);
            out.push(view.finding(i - 1, i - 1, Kind::Person, 0.75, why));
        }
    }
}

#[cfg(test)]
#[path = "someone_tests.rs"]
mod tests;
