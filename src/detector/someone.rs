//! One person spoken of without her name (`ma collègue`, `cette dame`, `un ancien
//! maçon`), and the details by which she could be recognised.

use super::finding::{Evidence, Finding};
use super::gazetteer;
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::token::{Shape, gap};

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
    let joined = gap::SPACE | gap::APOSTROPHE | gap::HYPHEN | gap::LINE;
    let many = view.word(i).last().is_some_and(|b| b.eq_ignore_ascii_case(&b's')) && !view.says(i, &["fils"]);
    let mut noun = i;
    for at in (i.saturating_sub(3)..i).rev() {
        if !view.tokens[at + 1].follows_by(joined) {
            break;
        }
        match view.word(at).to_ascii_lowercase().as_slice() {
            b"mon" | b"ma" | b"notre" => return Some(Reference::Mine),
            b"mes" | b"nos" => {
                let one = at > 1 && view.says(at - 1, &["de"]) && view.says(at - 2, &["un", "une"]);
                return one.then_some(Reference::Mine);
            }
            b"ce" | b"cet" | b"cette" => return Some(Reference::Pointed),
            b"un" | b"une" | b"le" | b"la" | b"l" | b"son" | b"sa" => return Some(Reference::One),
            _ if view.tokens[at].has(tag::EPITHET) => noun = at,
            _ => break,
        }
    }
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
    view.says(i, &["madame", "monsieur"])
        && view.tokens.get(i + 1).is_some_and(|t| {
            t.gap == gap::SPACE
                && t.shape == Shape::Lower
                && !t.has(tag::FUNCTION | tag::PARTICLE | tag::SMALL_WORD | tag::TITLE)
                && gazetteer::known(t.key).word() > 0
                && !view.says(i + 1, &["la", "le", "les", "l", "et", "ou"])
        })
}

/// Kinds of details: two of one kind tell no more than one.
mod detail {
    pub(super) const AGE: u16 = 1;
    pub(super) const PLACE: u16 = 1 << 1;
    pub(super) const MOMENT: u16 = 1 << 2;
    pub(super) const CHILDREN: u16 = 1 << 3;
    pub(super) const SITUATION: u16 = 1 << 4;
    pub(super) const POST: u16 = 1 << 6;
    pub(super) const TRADE: u16 = 1 << 7;
}
/// The frame of a case: `j'accompagne`, `entretien du`.
pub(super) const CASE: u16 = 1 << 5;
/// An initial in place of a name.
pub(super) const INITIAL: u16 = 1 << 8;

/// The kinds of details that token `i` is, or begins, as bits.
pub(super) fn details(view: &View, i: usize, first: usize) -> u16 {
    let token = view.tokens[i];
    let kind = |so: bool, bit: u16| if so { bit } else { 0 };
    if token.is_number() {
        return kind(is_age(view, i), detail::AGE) | kind(is_date(view, i), detail::MOMENT);
    }
    let listed = if token.phrase == 0 {
        0
    } else {
        kind(token.has(tag::DETAIL), detail::SITUATION)
            | kind(token.has(tag::MOMENT), detail::MOMENT)
            | kind(token.has(tag::CASE), CASE)
            | kind(token.has(tag::POST) || is_post(view, i), detail::POST)
            | kind(is_trade(view, i), detail::TRADE)
    };
    listed
        | kind(is_moment(view, i), detail::MOMENT)
        | kind(counts_children(view, i), detail::CHILDREN)
        | kind(is_place(view, i, first), detail::PLACE)
}

/// `82 ans`, of someone: not `plus de 82 ans`, not `depuis 3 ans`.
fn is_age(view: &View, i: usize) -> bool {
    let next = view.tokens.get(i + 1).filter(|t| t.gap == gap::SPACE);
    let years = next.is_some() && view.says(i + 1, &["ans", "an", "mois"]);
    if !(view.tokens[i].is_number() && view.tokens[i].len() <= 3 && years) {
        return false;
    }
    let before = |n: usize| {
        i.checked_sub(n)
            .map_or(Vec::new(), |b| view.word(b).to_ascii_lowercase())
    };
    let apart = i == 0 || view.tokens[i].gap & (gap::COMMA | gap::BRACKET) != 0;
    let after = view.tokens.get(i + 2).filter(|t| t.gap == gap::SPACE);
    // Months are those of a baby or of a delay.
    let someone = |t: usize| view.tokens[t].has(tag::SOMEONE) || view.tokens[t].is_capital();
    let of = usize::from(i > 1 && view.says(i - 1, &["de", "a"]));
    if !(view.says(i + 1, &["ans"]) || i > of && someone(i - 1 - of)) {
        return false;
    }
    // `82 ans de Barrême`, but `3 ans de prison`.
    let span =
        after.is_some() && view.says(i + 2, &["de", "d"]) && view.tokens.get(i + 3).is_some_and(|t| !t.is_capital());
    let threshold = span
        || after.is_some()
            && view.says(
                i + 2,
                &[
                    "ou",
                    "et",
                    "minimum",
                    "maximum",
                    "revolus",
                    "pour",
                    "apres",
                    "au",
                    "renouvelable",
                    "plus",
                    "moins",
                ],
            );
    let pair = before(1) == b"et" && i > 1 && view.tokens[i - 2].is_number();
    let bounds: &[&[u8]] = &[
        b"plus",
        b"moins",
        b"partir",
        b"delai",
        b"duree",
        b"periode",
        b"peine",
        b"age",
        b"dela",
        b"contrat",
        b"bail",
        b"agees",
        b"ages",
        b"enfants",
        b"jeunes",
        b"personnes",
        b"maximum",
        b"cdd",
        b"mandat",
        b"plan",
    ];
    let said = match before(1).as_slice() {
        b"a" => ![&b"jusqu"[..], b"inferieur", b"superieur", b"egal"].contains(&before(2).as_slice()),
        b"de" => !bounds.contains(&before(2).as_slice()),
        // `un usager de Forcalquier 61 ans`, as one dictates.
        _ => {
            i > 0
                && !view.tokens[i - 1].has(tag::SMALL_WORD | tag::PARTICLE | tag::PLURAL | tag::GENERIC | tag::NUMERAL)
                && view.tokens[i - 1].len() > 3
                && !view.says(
                    i - 1,
                    &[
                        "depuis", "pendant", "dans", "pour", "avant", "apres", "tous", "entre", "toutes", "moins",
                        "plus", "durant",
                    ],
                )
        }
    };
    !threshold && (apart || pair || said)
}

/// The name of a commune after a preposition; in small letters if no other
/// word is written like it.
fn is_place(view: &View, i: usize, first: usize) -> bool {
    let token = view.tokens[i];
    // `enfant né en 2016, Manosque, trisomie`.
    let apposed = i > first
        && token.gap & gap::COMMA != 0
        && token.shape == Shape::Capital
        && gazetteer::known(token.key).word() == 0
        && gazetteer::known(token.key).first() == 0
        && gazetteer::commune(&view.tokens[i..]) > 0;
    if apposed {
        return true;
    }
    let preposition = i > first
        && token.follows_by(gap::SPACE | gap::APOSTROPHE)
        && view.says(i - 1, &["a", "de", "d", "sur", "dans", "pres", "habite"]);
    if !preposition || token.len() <= 2 || token.has(tag::STOP | tag::MONTH) {
        return false;
    }
    if !token.is_capital() {
        let known = gazetteer::known(token.key);
        return known.commune() && known.word() == 0 && token.len() >= 5 && !view.tokens[first].is_capital();
    }
    let at = view.says(i - 1, &["a"]) && token.shape == Shape::Capital && gazetteer::known(token.key).word() == 0;
    at || gazetteer::commune(&view.tokens[i..]) > 0 || gazetteer::begins_commune(token)
}

/// `depuis mars`, `hier`, `lundi`, `en octobre`, `en 2019`.
fn is_moment(view: &View, i: usize) -> bool {
    let next = |n: usize| view.tokens.get(i + n).filter(|t| t.gap & gap::SPACE != 0);
    let day = |t: usize| {
        view.says(
            t,
            &["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
        )
    };
    if day(i) {
        return i == 0 || !view.says(i - 1, &["le", "les", "du", "chaque", "au"]);
    }
    let dated = |n: usize| next(n).is_some_and(|t| t.has(tag::MONTH) || t.is_number() && t.len() == 4);
    if view.says(i, &["depuis"]) {
        return next(1).is_some_and(|t| {
            t.has(tag::MONTH | tag::NUMERAL)
                || t.is_number()
                || day(i + 1)
                || next(2).is_some() && view.says(i + 1, &["le", "la", "l", "son", "sa", "hier", "peu", "des"])
        });
    }
    view.says(i, &["en", "fin", "debut"]) && dated(1) && !next(2).is_some_and(|t| t.is_number() && t.len() > 4)
}

/// `le 12 mars`.
fn is_date(view: &View, i: usize) -> bool {
    let next = |n: usize| view.tokens.get(i + n).filter(|t| t.gap & gap::SPACE != 0);
    let told = i > 0 && view.says(i - 1, &["le"]) && view.tokens[i].gap == gap::SPACE;
    let day = view.tokens[i].len() <= 2;
    day && next(1).is_some_and(|t| t.has(tag::MONTH)) && told
}

/// `trois enfants`.
fn counts_children(view: &View, i: usize) -> bool {
    view.says(i, &["enfants", "filles", "fils", "garcons"])
        && i > 0
        && (view.tokens[i - 1].is_number() && view.tokens[i - 1].len() == 1 || view.tokens[i - 1].has(tag::NUMERAL))
}

/// `le gardien du gymnase`, `une agente de la crèche`: where she is.
fn is_post(view: &View, i: usize) -> bool {
    let of = |t: usize| view.says(t, &["du", "de", "d"]);
    view.tokens[i].has(tag::PLACE_OF)
        && i > 1
        && view.tokens[i].follows_by(gap::SPACE | gap::APOSTROPHE)
        && (of(i - 1) && view.tokens[i - 2].has(tag::SOMEONE)
            || i > 2 && view.says(i - 1, &["la", "l", "notre"]) && of(i - 2) && view.tokens[i - 3].has(tag::SOMEONE))
}

/// `ancien maçon`: what she did.
fn is_trade(view: &View, i: usize) -> bool {
    view.tokens[i].has(tag::SOMEONE | tag::FUNCTION) && i > 0 && view.says(i - 1, &["ancien", "ancienne", "ex"])
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

#[cfg(test)]
#[path = "someone_tests.rs"]
mod tests;
