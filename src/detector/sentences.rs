//! Sentences, and what each says of whom it speaks: someone named, one person
//! among others, the details by which she could be recognised.

use super::finding::Finding;
use super::gazetteer;
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::token::{Shape, Token, gap};

/// Terms that always mean what they say, and those that need a near person.
pub(super) const STRONG: u64 = tag::HEALTH | tag::VULNERABLE | tag::SENSITIVE;
pub(super) const WEAK: u64 = tag::HEALTH_WEAK | tag::VULNERABLE_WEAK | tag::SENSITIVE_WEAK;
/// A sentence, or a line.
#[derive(Clone, Copy, Default)]
pub(super) struct Sentence {
    pub(super) first: usize,
    pub(super) after: usize,
    /// Paragraph it belongs to.
    pub(super) block: u32,
    /// It has a name or an identifier.
    pub(super) identified: bool,
    /// It speaks of one person among others: `une dame`, `cet usager`.
    pub(super) role: Option<usize>,
    /// That reference points: `cette dame`, `Mme R.`
    pub(super) pointed: bool,
    /// Details by which someone could be recognised.
    pub(super) details: u32,
    pub(super) generic: bool,
    pub(super) pronoun: bool,
    described: bool,
}

/// Splits the text into sentences and lines.
pub(super) fn split(view: &View, sentences: &mut Vec<Sentence>) {
    sentences.clear();
    let (mut first, mut block) = (0, 0);
    let mut end = |i: usize| {
        if i > first {
            sentences.push(Sentence {
                first,
                after: i,
                block,
                ..Sentence::default()
            });
            first = i;
            block += u32::from(view.tokens.get(i).is_some_and(|t| t.gap & gap::BLANK != 0));
        }
    };
    let breaks = view.places.breaks.iter().map(|&i| i as usize);
    breaks.filter(|&i| i > 0 && ends_before(view, i)).for_each(&mut end);
    end(view.tokens.len());
}

fn ends_before(view: &View, i: usize) -> bool {
    let (token, before) = (view.tokens[i], view.tokens[i - 1]);
    let abbreviated = before.shape == Shape::Initial
        || before.len() <= 3 && before.has(tag::TITLE | tag::STREET | tag::MONTH | tag::SMALL_WORD);
    if token.gap & (gap::BLANK | gap::STOP) != 0 {
        return token.gap & gap::QUOTE == 0 || token.gap & gap::BLANK != 0 || token.is_capital();
    }
    if token.gap & gap::DOT != 0 {
        return !abbreviated && token.gap & (gap::SPACE | gap::LINE) != 0 && token.shape != Shape::Lower
            || token.gap & gap::LINE != 0;
    }
    // A line that ends in the middle of a sentence goes on in small letters.
    token.gap & gap::LINE != 0
        && (token.shape != Shape::Lower || token.gap & (gap::HYPHEN | gap::OTHER | gap::QUOTE | gap::COLON) != 0)
}

/// Marks the sentences in which someone is named or numbered.
pub(super) fn mark_identified(view: &View, sentences: &mut [Sentence], out: &[Finding]) {
    for found in out.iter().filter(|f| !f.informative && identifies(f.kind)) {
        let n = sentences.partition_point(|s| view.tokens[s.after - 1].end <= found.start);
        if let Some(sentence) = sentences.get_mut(n) {
            sentence.identified = true;
        }
    }
}

fn identifies(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Person
            | Kind::Nir
            | Kind::Spi
            | Kind::Caf
            | Kind::CaseId
            | Kind::Ine
            | Kind::Matricule
            | Kind::Birthdate
            | Kind::Email
            | Kind::Custom(_)
    )
}

/// Reads what a sentence says of whom it speaks.
pub(super) fn describe(view: &View, sentence: &mut Sentence) {
    if std::mem::replace(&mut sentence.described, true) {
        return;
    }
    for i in sentence.first..sentence.after {
        let token = view.tokens[i];
        if token.phrase > 0 {
            if token.has(tag::ROLE) && sentence.role.is_none() {
                sentence.role = Some(i);
                sentence.pointed = view.says(i, &["cette", "ce", "cet"]);
            }
            sentence.generic |= token.has(tag::GENERIC);
            sentence.pronoun |= token.has(tag::PRONOUN);
        }
        let family =
            token.phrase > 0 && view.says(i, &["famille", "la"]) && anonymous(view, i + usize::from(token.phrase));
        if family || token.has(tag::TITLE) && anonymous_title(view, i) {
            sentence.role = sentence.role.or(Some(i));
            sentence.pointed = true;
        }
        let detail = match token.shape {
            Shape::Number => is_age(view, i) || is_moment(view, i),
            Shape::Lower => {
                token.has(tag::QUASI) && (is_moment(view, i) || is_situation(view, i)) || counts_children(view, i)
            }
            _ => is_place(view, i, sentence.first),
        };
        sentence.details += u32::from(detail);
    }
}

/// `Mme R.`, `M. D.`: a person whose name was cut. `M. X` is no one.
fn anonymous_title(view: &View, i: usize) -> bool {
    super::titled::is_title(view, i) && anonymous(view, i + 1)
}

/// An initial in place of a name: `R.`
fn anonymous(view: &View, i: usize) -> bool {
    view.tokens.get(i).is_some_and(|t| {
        t.shape == Shape::Initial
            && t.follows_by(gap::SPACE | gap::DOT)
            && !matches!(view.word(i), b"X" | b"Y" | b"Z" | b"N")
    })
}

/// `82 ans`, of someone: not `plus de 82 ans`, not `depuis 3 ans`.
fn is_age(view: &View, i: usize) -> bool {
    let years = view
        .tokens
        .get(i + 1)
        .is_some_and(|t| t.gap == gap::SPACE && matches!(view.word(i + 1), b"ans" | b"an" | b"mois" | b"ANS"));
    if !(view.tokens[i].is_number() && view.tokens[i].len() <= 3 && years) {
        return false;
    }
    let before = |n: usize| i.checked_sub(n).map_or(&b""[..], |b| view.word(b));
    let apart = view.tokens[i].gap & (gap::COMMA | gap::BRACKET) != 0;
    let after = view
        .tokens
        .get(i + 2)
        .filter(|t| t.gap == gap::SPACE)
        .map_or(&b""[..], |_| view.word(i + 2));
    let threshold = matches!(
        after,
        b"ou" | b"et" | b"minimum" | b"maximum" | b"revolus" | b"renouvelable"
    );
    let pair = before(1) == b"et" && i > 1 && view.tokens[i - 2].is_number();
    !threshold
        && (apart
            || pair
            || matches!(before(1), b"a" | b"A")
                && !matches!(before(2), b"jusqu" | b"inferieur" | b"superieur" | b"egal")
            || before(1) == b"de"
                && !matches!(
                    before(2),
                    b"plus"
                        | b"moins"
                        | b"partir"
                        | b"delai"
                        | b"duree"
                        | b"periode"
                        | b"peine"
                        | b"age"
                        | b"dela"
                        | b"contrat"
                        | b"bail"
                        | b"agees"
                        | b"ages"
                        | b"enfants"
                        | b"jeunes"
                        | b"personnes"
                        | b"maximum"
                ))
}

/// The name of a commune after a preposition.
fn is_place(view: &View, i: usize, first: usize) -> bool {
    let token = view.tokens[i];
    i > first
        && token.is_capital()
        && token.len() > 2
        && token.follows_by(gap::SPACE | gap::APOSTROPHE)
        && !token.has(tag::STOP | tag::MONTH | STRONG | WEAK)
        && matches!(view.word(i - 1), b"a" | b"de" | b"d" | b"sur" | b"dans" | b"pres")
        && gazetteer::commune(&view.tokens[i..]) > 0
}

/// `depuis 2019`, `depuis mars`, `le 12 mars 2024`.
fn is_moment(view: &View, i: usize) -> bool {
    let next = |n: usize| view.tokens.get(i + n).filter(|t| t.gap & gap::SPACE != 0);
    let since = view.word(i) == b"depuis"
        && next(1).is_some_and(|t| {
            t.has(tag::MONTH)
                || t.is_number()
                || next(2).is_some() && matches!(view.word(i + 1), b"le" | b"son" | b"sa")
        });
    since
        || view.tokens[i].is_number()
            && next(1).is_some_and(|t| t.has(tag::MONTH))
            && next(2).is_some_and(Token::is_number)
}

/// `seule`, `veuf`.
fn is_situation(view: &View, i: usize) -> bool {
    view.says(
        i,
        &["seul", "seule", "veuf", "veuve", "celibataire", "divorce", "divorcee"],
    )
}

/// `trois enfants`.
fn counts_children(view: &View, i: usize) -> bool {
    matches!(view.word(i), b"enfants" | b"filles" | b"fils")
        && i > 0
        && (view.tokens[i - 1].is_number() || view.tokens[i - 1].has(tag::NUMERAL))
}
