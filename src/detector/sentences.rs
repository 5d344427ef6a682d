//! Sentences, and what each says of whom it speaks: someone named, one person
//! among others, the details by which she could be recognised.

use super::details::{INITIAL, details};
use super::finding::Finding;
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::someone::{Reference, reference};
use super::token::{Shape, gap, keys};

/// Terms that always mean what they say, and those that need a near person.
pub(super) const STRONG: u64 = tag::HEALTH | tag::VULNERABLE | tag::SENSITIVE;
pub(super) const WEAK: u64 = tag::HEALTH_WEAK | tag::VULNERABLE_WEAK | tag::SENSITIVE_WEAK;
/// Tokens of a clause, at most.
const CLAUSE: usize = 40;

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
    /// It speaks of someone of the author's: `mon fils`, `notre cuisinier`.
    pub(super) mine: bool,
    /// Kinds of details by which someone could be recognised, as bits.
    pub(super) details: u16,
    /// First token that speaks in general: `comment`, `toute personne`.
    pub(super) generic: Option<usize>,
    /// Where it tells what may or must be: `un majeur peut…`, but not `peut-on`.
    pub(super) modal: Option<usize>,
    pub(super) pronoun: bool,
    described: bool,
}

impl Sentence {
    /// It speaks in general before token `t`, or of what may be in the same clause.
    pub(super) fn is_generic(&self, view: &View, t: usize) -> bool {
        let same_clause = |m: usize| m <= t + CLAUSE && !(t + 1..=m).any(|i| view.tokens[i].gap & gap::COMMA != 0);
        self.modal.is_some_and(same_clause) || self.generic.is_some_and(|at| at < t)
    }
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
    let breaks = view.places.breaks.iter();
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
            }
            if token.has(tag::GENERIC) && sentence.generic.is_none() {
                sentence.generic = Some(i);
            }
            if token.has(tag::GENERIC) && sentence.modal.is_none() && is_modal(view, i) {
                sentence.modal = Some(i);
            }
            sentence.pronoun |= token.has(tag::PRONOUN);
        }
        if let Some(reference) = reference(view, i) {
            sentence.role = sentence.role.or(Some(i));
            sentence.pointed |= reference == Reference::Pointed;
            sentence.mine |= reference == Reference::Mine;
        }
        let family = token.phrase > 0
            && token.has(tag::SOMEONE | tag::ROLE | tag::KIN | tag::NAME_VERB)
            && anonymous(view, i + usize::from(token.phrase));
        if family || token.has(tag::TITLE) && anonymous_title(view, i) {
            sentence.role = sentence.role.or(Some(i));
            sentence.pointed = true;
            sentence.details |= INITIAL;
        }
        sentence.details |= details(view, i, sentence.first);
    }
}

/// `peut`, `peut-il`, but not the question `peut-on`.
fn is_modal(view: &View, i: usize) -> bool {
    const MODALS: [u64; 8] = keys([
        "peut", "peuvent", "doit", "doivent", "pourra", "devra", "pourrait", "devrait",
    ]);
    let asked = |t: usize| view.tokens[t].gap & gap::HYPHEN != 0 && view.says(t, &["on", "je", "nous"]);
    view.is(i, &MODALS) && !(i + 1 < view.tokens.len() && asked(i + 1))
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
