//! Details by which someone could be recognised without her name: age, place,
//! moment, children, situation, trade.

use super::gazetteer;
use super::lexicon::tag;
use super::scan::View;
use super::token::{Shape, gap, keys};

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
pub(super) fn is_age(view: &View, i: usize) -> bool {
    const UNITS: [u64; 3] = keys(["ans", "an", "mois"]);
    const THRESHOLDS: [u64; 11] = keys([
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
    ]);
    const BOUNDS: [u64; 20] = keys([
        "plus",
        "moins",
        "partir",
        "delai",
        "duree",
        "periode",
        "peine",
        "age",
        "dela",
        "contrat",
        "bail",
        "agees",
        "ages",
        "enfants",
        "jeunes",
        "personnes",
        "maximum",
        "cdd",
        "mandat",
        "plan",
    ]);
    const LIMITS: [u64; 4] = keys(["jusqu", "inferieur", "superieur", "egal"]);
    const SPANS: [u64; 12] = keys([
        "depuis", "pendant", "dans", "pour", "avant", "apres", "tous", "entre", "toutes", "moins", "plus", "durant",
    ]);
    let tokens = view.tokens;
    let spaced = |t: usize| tokens.get(t).is_some_and(|n| n.gap == gap::SPACE);
    if tokens[i].len() > 3 || !(spaced(i + 1) && view.is(i + 1, &UNITS)) {
        return false;
    }
    let before = |n: usize, words: &[u64]| i >= n && view.is(i - n, words);
    // Months are those of a baby or of a delay.
    let someone = |t: usize| tokens[t].has(tag::SOMEONE) || tokens[t].is_capital();
    let of = usize::from(i > 1 && before(1, &keys(["de", "a"])));
    if !(view.says(i + 1, &["ans"]) || i > of && someone(i - 1 - of)) {
        return false;
    }
    // `82 ans de Barrême`, but `3 ans de prison`.
    let span =
        spaced(i + 2) && view.is(i + 2, &keys(["de", "d"])) && tokens.get(i + 3).is_some_and(|t| !t.is_capital());
    if span || spaced(i + 2) && view.is(i + 2, &THRESHOLDS) {
        return false;
    }
    let apart = i == 0 || tokens[i].gap & (gap::COMMA | gap::BRACKET) != 0;
    let pair = i > 1 && before(1, &keys(["et"])) && tokens[i - 2].is_number();
    if apart || pair {
        return true;
    }
    if before(1, &keys(["a"])) {
        return !before(2, &LIMITS);
    }
    if before(1, &keys(["de"])) {
        return !before(2, &BOUNDS);
    }
    // `un usager de Forcalquier 61 ans`, as one dictates.
    let small = tag::SMALL_WORD | tag::PARTICLE | tag::PLURAL | tag::GENERIC | tag::NUMERAL;
    !tokens[i - 1].has(small) && tokens[i - 1].len() > 3 && !before(1, &SPANS)
}

/// The name of a commune after a preposition; in small letters if no other
/// word is written like it.
fn is_place(view: &View, i: usize, first: usize) -> bool {
    const PREPOSITIONS: [u64; 7] = keys(["a", "de", "d", "sur", "dans", "pres", "habite"]);
    let token = view.tokens[i];
    // In small letters only where the sentence begins so too.
    let small = !token.is_capital();
    if i <= first || token.len() <= 2 || small && view.tokens[first].is_capital() {
        return false;
    }
    let known = || gazetteer::known_of(&token);
    let named = || gazetteer::commune(&view.tokens[i..]) > 0;
    // `enfant né en 2016, Manosque, trisomie`.
    if token.gap & gap::COMMA != 0 {
        return token.shape == Shape::Capital && known().word() == 0 && known().first() == 0 && named();
    }
    if !token.follows_by(gap::SPACE | gap::APOSTROPHE)
        || token.has(tag::STOP | tag::MONTH)
        || !view.is(i - 1, &PREPOSITIONS)
    {
        return false;
    }
    if small {
        return token.len() >= 5 && known().word() == 0 && known().commune();
    }
    let at = view.says(i - 1, &["a"]) && token.shape == Shape::Capital && known().word() == 0;
    at || named() || gazetteer::begins_commune(&token)
}

/// `depuis mars`, `hier`, `lundi`, `en octobre`, `en 2019`.
fn is_moment(view: &View, i: usize) -> bool {
    const DAYS: [u64; 7] = keys(["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]);
    const EVERY: [u64; 5] = keys(["le", "les", "du", "chaque", "au"]);
    const WHEN: [u64; 3] = keys(["en", "fin", "debut"]);
    const SINCE: [u64; 8] = keys(["le", "la", "l", "son", "sa", "hier", "peu", "des"]);
    let next = |n: usize| view.tokens.get(i + n).filter(|t| t.gap & gap::SPACE != 0);
    if view.is(i, &DAYS) {
        return i == 0 || !view.is(i - 1, &EVERY);
    }
    if view.is(i, &WHEN) {
        let dated = next(1).is_some_and(|t| t.has(tag::MONTH) || t.is_number() && t.len() == 4);
        return dated && !next(2).is_some_and(|t| t.is_number() && t.len() > 4);
    }
    view.is(i, &keys(["depuis"]))
        && next(1).is_some_and(|t| {
            t.has(tag::MONTH | tag::NUMERAL)
                || t.is_number()
                || view.is(i + 1, &DAYS)
                || next(2).is_some() && view.is(i + 1, &SINCE)
        })
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
    i > 0
        && (view.tokens[i - 1].is_number() && view.tokens[i - 1].len() == 1 || view.tokens[i - 1].has(tag::NUMERAL))
        && view.says(i, &["enfants", "filles", "fils", "garcons"])
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
