//! Names that a word announces (`mon fils`, `je suis`, `Nom :`), and names in
//! small letters, as one writes in a chat.

use super::finding::{Evidence, Finding};
use super::gazetteer::{self, Known};
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::token::{Shape, Token, gap};

/// A name that a word announces: after `mon fils`, `je suis`, `Nom :`.
pub(super) fn announced(view: &View, i: usize, small: bool, out: &mut Vec<Finding>) {
    let token = view.tokens[i];
    let mut first = i + usize::from(token.phrase);
    // `la mère de Léo`, `le dossier de l'enfant Léo`.
    let of = token.has(tag::KIN | tag::ROLE) && view.tokens.get(first + 1).is_some_and(Token::is_capital);
    if of && matches!(view.word(first), b"de" | b"d") && view.tokens[first].gap == gap::SPACE {
        first += 1;
    }
    let Some(next) = view.tokens.get(first).copied() else {
        return;
    };
    let label = token.has(tag::NAME_LABEL)
        && next.gap & gap::COLON != 0
        && next.follows_by(gap::SPACE | gap::COLON | gap::QUOTE | gap::LINE | gap::CELL | gap::WIDE);
    let plain = !label
        && token.has(tag::KIN | tag::NAME_VERB | tag::ROLE)
        && next.follows_by(gap::SPACE | gap::COMMA | gap::QUOTE);
    if !(label || plain) || !next.is_word() || next.has(tag::TITLE | tag::TITLES) {
        return;
    }
    let why = if label { Evidence::LABEL } else { Evidence::KINSHIP };
    let family = view.says(
        first - 1,
        &[
            "famille", "fratrie", "epoux", "consorts", "collegue", "fils", "fille", "fils", "voisin", "voisine", "ami",
            "amie", "nee", "epouse", "veuve",
        ],
    ) && first == i + usize::from(token.phrase);
    let strict = label && is_strict(view, i)
        || plain
            && family
            && next.is_capital()
            && !next.has(tag::STOP | tag::FUNCTION | tag::PLACE_OF)
            && gazetteer::commune(&view.tokens[first..]) == 0;
    // `la jeune Sunil`, `la mère de Huong`: a word of no dictionary.
    let known = gazetteer::known_of(&next);
    let young = view.says(
        first - 1,
        &["jeune", "enfant", "eleve", "petit", "petite", "frere", "soeur"],
    );
    let strange = known.word() == 0 && !known.commune() && next.len() >= 3 && !next.has(tag::STOP | tag::FUNCTION);
    let strict = strict || plain && next.is_capital() && next.shape != Shape::Upper && strange && (young || of);
    let small = small || token.has(tag::NAME_VERB);
    // `je m'appelle petit`: whoever says so tells a name.
    let mine = view.says(i, &["je", "m"]) && view.says(first - 1, &["appelle"]);

    let mut last = None;
    for t in first..view.tokens.len().min(first + 4) {
        let token = view.tokens[t];
        let joined =
            t == first || token.follows_by(gap::SPACE | gap::HYPHEN | gap::APOSTROPHE) && token.gap & gap::WIDE == 0;
        let other = t > first && token.phrase > 0 && token.len() > 2 && token.has(tag::NAME_LABEL | tag::BIRTH);
        if !joined
            || other
            || !token.is_word()
            || token.has(tag::STOP | tag::FUNCTION | tag::TITLE) && token.len() > 1 && !strict
        {
            break;
        }
        let known = gazetteer::known_of(&token);
        let fits = if token.is_capital() {
            let common = known.word() == 2 && known.first() < 9;
            token.len() > 1
                && (strict
                    || !common
                        && (known.first() >= 4
                            || last.is_some() && (known.last() > 0 || known.word() == 0)
                            || label && known.last() >= 3))
        } else {
            lower_fits(known, token, small, label, last.is_some()) || t == first && mine && borne(known, token)
        };
        if fits {
            last = Some(t);
        } else if !token.has(tag::PARTICLE) {
            break;
        }
    }
    let Some(last) = last else {
        return;
    };
    let lower = !view.tokens[first].is_capital();
    // One word in small letters is too little, but after `mon fils`.
    if lower
        && last == first
        && !(token.has(tag::KIN)
            || strict
            || mine
            || gazetteer::known_of(&next).first() >= 10 && gazetteer::known_of(&next).word() == 0)
    {
        return;
    }
    out.push(view.finding(first, last, Kind::Person, 0.82, why));
}

/// `marie laurent` in the middle of a sentence: two words that are names and
/// nothing else.
pub(super) fn in_small_letters(view: &View, i: usize, out: &mut Vec<Finding>) {
    let Some(next) = view.tokens.get(i + 1).filter(|t| t.gap == gap::SPACE && t.is_word()) else {
        return;
    };
    let known = gazetteer::known_of(&view.tokens[i]);
    if known.first() < 7 || known.word() > 0 && known.first() < 12 || known.word() == 2 {
        return;
    }
    let mut last = i + 1;
    if next.has(tag::PARTICLE)
        && view
            .tokens
            .get(i + 2)
            .is_some_and(|t| t.gap & !(gap::SPACE | gap::APOSTROPHE) == 0)
    {
        last = i + 2;
    }
    let token = view.tokens[last];
    let family = gazetteer::known_of(&token);
    let plain = token.len() >= 3 && token.tags & !(tag::PARTICLE | tag::WORLD) == 0;
    if plain && family.word() < 2 && family.last() >= if family.word() == 0 { 4 } else { 7 } {
        let first = if i > 0 && view.tokens[i].gap == gap::HYPHEN {
            i - 1
        } else {
            i
        };
        out.push(view.finding(
            first,
            last,
            Kind::Person,
            0.78,
            Evidence::FIRST_NAME.with(Evidence::SURNAME),
        ));
    }
}

/// `Nom : Petit`: what follows these labels is a name, whatever it is.
fn is_strict(view: &View, i: usize) -> bool {
    view.says(i, &["nom", "noms", "prenom", "prenoms", "identite"])
}

/// Some bear this word.
fn borne(known: Known, token: Token) -> bool {
    token.len() >= 3 && (known.first() >= 4 || known.last() >= 6)
}

/// A word in small letters that can only be a name here.
fn lower_fits(known: Known, token: Token, small: bool, label: bool, after_first: bool) -> bool {
    if !(small || label) || token.len() < 3 {
        return false;
    }
    if after_first {
        known.last() >= 6 && known.word() < 2 || known.first() >= 8 && known.word() == 0 || known.last() >= 10
    } else {
        known.first() >= 7 && known.word() < 2 || known.first() >= 12
    }
}
