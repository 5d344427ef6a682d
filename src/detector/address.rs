//! Postal addresses: number, kind of way, name, postal code, commune.
//!
//! A whole address, or a way with its number next to a word such as
//! "domicilié", says where a person lives. A way alone, or the address of an
//! institution, is reported for information.

use super::finding::{Evidence, Finding};
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::token::{Shape, gap, keys};
use super::town::{self, is_postcode, town_after, town_begins};

/// Most words of the name of a way.
const LONGEST_NAME: usize = 9;
/// How far before an address a word may say whose it is, in tokens.
const OWNER_REACH: usize = 14;

/// Kinds of ways that need no number: people live there.
const DWELLINGS: [u64; 13] = keys([
    "lieu",
    "lieudit",
    "hameau",
    "lotissement",
    "residence",
    "quartier",
    "villa",
    "ferme",
    "mas",
    "bastide",
    "chalet",
    "hlm",
    "domaine",
]);

/// Finds addresses.
pub(super) fn find(view: &View, out: &mut Vec<Finding>) {
    let mut next = 0;
    for i in view.marks(tag::STREET) {
        if i >= next
            && let Some(last) = way(view, i, out)
        {
            next = last + 1;
        }
    }
    town::find(view, out);
}

/// The address around the kind of way `i`; its last token.
fn way(view: &View, i: usize, out: &mut Vec<Finding>) -> Option<usize> {
    let number = number_before(view, i);
    // `8 places maximum` are seats.
    if view.says(i, &["places"]) && !view.tokens.get(i + 1).is_some_and(|t| t.is_capital()) {
        return None;
    }
    let name_end = way_name(view, i)?;
    let town = town_after(view, name_end);
    if number.is_none() && town.is_none() {
        return None;
    }
    let first = number.unwrap_or(i);
    let last = town.unwrap_or(name_end);
    let dwelling = number.is_some() || view.is(i, &DWELLINGS);
    let mailroom = (name_end..=last.min(view.tokens.len() - 1)).any(|t| view.says(t, &["cedex", "cs", "bp", "tsa"]));
    let tags = owner_tags(view, first);
    let cue = tags & (tag::CUE_ADDRESS | tag::KIN | tag::FIRST_PERSON | tag::BIRTH) != 0;
    let person = person_before(view, first, out);
    let public = tags & (tag::PLACE_OF | tag::SERVICE | tag::COMPANY) != 0 || is_public(view, first, last);
    let institution = public && !cue && !person;
    let personal = !institution && (person || cue && !mailroom || town.is_some() && dwelling && !mailroom);
    let why = Evidence::STREET
        .with_if(town.is_some(), Evidence::POSTCODE)
        .with_if(cue, Evidence::CUE)
        .with_if(person, Evidence::PERSON);
    let score = if town.is_some() { 0.93 } else { 0.8 };
    out.push(
        view.finding(first, last, Kind::Address, score, why)
            .informative(!personal),
    );
    Some(last)
}

/// Words around an address at which something takes place, or is open to all.
fn is_public(view: &View, first: usize, last: usize) -> bool {
    const BEFORE: [u64; 30] = keys([
        "lieu",
        "reunion",
        "siege",
        "locaux",
        "permanence",
        "travaux",
        "chantier",
        "stationnement",
        "inauguration",
        "atelier",
        "trouve",
        "situe",
        "situee",
        "implante",
        "local",
        "batiment",
        "pharmacie",
        "commission",
        "brigade",
        "ligue",
        "federation",
        "association",
        "comite",
        "societe",
        "etablissement",
        "caisse",
        "institut",
        "fondation",
        "courrier",
        "courriel",
    ]);
    const AFTER: [u64; 10] = keys([
        "ouvert",
        "ouverte",
        "ouverts",
        "horaires",
        "salle",
        "permanence",
        "travaux",
        "accueil",
        "standard",
        "guichet",
    ]);
    let sentence = |t: &usize| view.tokens[*t].gap & gap::BLANK == 0;
    let before = (first.saturating_sub(OWNER_REACH)..first)
        .rev()
        .take_while(|t| sentence(&(t + 1)));
    let mut after = (last + 1..view.tokens.len().min(last + 11)).take_while(sentence);
    before.into_iter().any(|t| view.is(t, &BEFORE)) || after.any(|t| view.is(t, &AFTER))
}

/// First token of the number before the kind of way `i`: `12`, `12 bis`,
/// `12-14`, `12,`.
fn number_before(view: &View, i: usize) -> Option<usize> {
    let mut at = i.checked_sub(1)?;
    let near = |t: usize| view.tokens[t].follows_by(gap::SPACE | gap::COMMA | gap::HYPHEN | gap::SLASH | gap::LINE);
    // `3R5` is no address, `12rue` may be.
    if !near(i) || view.tokens[i].gap == 0 && view.tokens[i].len() <= 2 {
        return None;
    }
    let suffix = view.says(at, &["bis", "ter", "quater", "a", "b", "c", "d"]) && near(at);
    if suffix {
        at = at.checked_sub(1)?;
    }
    let is_number = |t: usize| view.tokens[t].is_number() && view.tokens[t].len() <= 4;
    let spelled =
        view.tokens[at].has(tag::NUMERAL) && !suffix && !view.says(at, &["un", "une", "premier", "cent", "mille"]);
    if spelled {
        return Some(at);
    }
    if !is_number(at) || view.byte_before(view.tokens[at].start) == b',' {
        return None;
    }
    let range = at > 0 && is_number(at - 1) && matches!(view.tokens[at].gap, gap::HYPHEN | gap::SLASH);
    Some(if range { at - 1 } else { at })
}

/// Last token of the name of the way whose kind is `i`.
fn way_name(view: &View, i: usize) -> Option<usize> {
    let start = i + usize::from(view.tokens[i].phrase);
    let mut last = None;
    let mut small = 0;
    for t in start..view.tokens.len().min(start + LONGEST_NAME) {
        let token = view.tokens[t];
        let joined = gap::SPACE | gap::HYPHEN | gap::APOSTROPHE | if t == start { gap::DOT } else { 0 };
        let title_dot = t > start && token.gap & gap::DOT != 0 && view.tokens[t - 1].len() <= 3;
        if !(token.follows_by(joined) || title_dot && token.follows_by(joined | gap::DOT)) || is_postcode(view, t) {
            break;
        }
        let particle = token.has(tag::PARTICLE)
            || matches!(
                view.word(t),
                b"et" | b"aux" | b"a" | b"au" | b"en" | b"sur" | b"sous" | b"saint" | b"sainte" | b"notre"
            );
        if particle {
            small = 0;
            continue;
        }
        if token.is_capital() || token.is_number() && token.len() <= 4 {
            if town_begins(view, t) && last.is_some() {
                break;
            }
            last = Some(t);
        } else if small == 0
            && token.is_word()
            && (last.is_none() || view.tokens[t - 1].has(tag::PARTICLE))
            && !token.has(tag::CUE_PHONE | tag::PRONOUN)
        {
            last = Some(t);
            small = 1;
        } else {
            break;
        }
    }
    last
}

/// Tags of the words before the address, in its sentence or its form.
pub(super) fn owner_tags(view: &View, first: usize) -> u64 {
    let mut tags = 0;
    for t in (first.saturating_sub(OWNER_REACH)..first).rev() {
        let after = view.tokens[t + 1];
        let sentence = after.gap & gap::DOT != 0
            && after.gap & gap::SPACE != 0
            && view.tokens[t].len() > 3
            && after.shape != Shape::Lower;
        if after.gap & (gap::BLANK | gap::STOP) != 0 || sentence {
            break;
        }
        tags |= view.tokens[t].tags;
    }
    tags
}

/// A person or an identifier was found shortly before, in the same paragraph.
fn person_before(view: &View, first: usize, out: &[Finding]) -> bool {
    let start = view.tokens[first].start;
    out.iter().rev().take(64).any(|f| {
        let near = f.end <= start && start - f.end <= 160;
        near && !f.informative
            && matches!(f.kind, Kind::Person | Kind::Birthdate | Kind::Nir | Kind::Phone)
            && !crosses_blank(view, f.end, start)
    })
}

fn crosses_blank(view: &View, from: u32, to: u32) -> bool {
    view.bytes[from as usize..to as usize]
        .windows(2)
        .any(|pair| pair == b"\n\n")
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
