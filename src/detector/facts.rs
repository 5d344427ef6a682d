//! Facts about persons: a term of health, vulnerability, opinion or money
//! counts only if it is said of someone.
//!
//! Each sentence is given the strength of its references to a person. A name
//! or a number is the strongest; then the author and his kin ("mon fils");
//! then one person among others ("une dame de 82 ans, à Barrême"), if enough
//! is said to recognise her. References reach the following sentences through
//! a pronoun, and the lines of a form or a list through its layout. A term
//! with no such reference is a subject of conversation, and no finding.

use super::details::CASE;
use super::finding::{Evidence, Finding};
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::sentences::{STRONG, Sentence, WEAK, describe, mark_identified, split};
use super::someone::{Reference, reference};
use super::token::gap;

/// Sentences and bytes over which a pronoun reaches back.
const REACH: usize = 3;
const REACH_BYTES: u32 = 420;
/// Lines over which the layout of a form reaches.
const FORM_LINES: usize = 14;
/// Tokens between a relative and what is said of him, at most.
const KIN_REACH: usize = 20;
/// Tokens of a line of a form, at most.
const SHORT: usize = 16;

/// Buffers of this stage.
#[derive(Default)]
pub(super) struct FactScratch {
    sentences: Vec<Sentence>,
}

/// How a term is tied to a person.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Tie {
    Recognisable,
    Kin,
    Identified,
}

/// Finds the facts. `out` holds what identifies persons so far, in any order.
pub(super) fn find(view: &View, scratch: &mut FactScratch, out: &mut Vec<Finding>) {
    let terms = STRONG | WEAK | tag::FINANCE;
    if view.marks(terms).next().is_none() {
        return;
    }
    let sentences = &mut scratch.sentences;
    split(view, sentences);
    mark_identified(view, sentences, out);
    let mut n = 0;
    for t in view.marks(terms) {
        while sentences[n].after <= t {
            n += 1;
        }
        for near in &mut sentences[n.saturating_sub(REACH)..=n] {
            describe(view, near);
        }
        judge(view, sentences, n, t, out);
    }
}

/// Decides whether the term at token `t` of sentence `n` is a fact about someone.
fn judge(view: &View, sentences: &[Sentence], n: usize, t: usize, out: &mut Vec<Finding>) {
    let token = view.tokens[t];
    let weak = !token.has(STRONG);
    let Some(tie) = tie(view, sentences, n, t, weak) else {
        return;
    };
    let kind = if token.has(tag::HEALTH) {
        Kind::Health
    } else if token.has(tag::FINANCE) && token.has(tag::VULNERABLE) && tie == Tie::Identified {
        // A situation of debt says what it says without an amount.
        Kind::Finance
    } else if token.has(tag::VULNERABLE) {
        Kind::Vulnerable
    } else if token.has(tag::SENSITIVE) {
        Kind::Sensitive
    } else if token.has(tag::FINANCE) {
        if tie != Tie::Identified || !has_amount(view, &sentences[n], t) {
            return;
        }
        Kind::Finance
    } else if token.has(tag::HEALTH_WEAK) {
        Kind::Health
    } else if token.has(tag::VULNERABLE_WEAK) {
        Kind::Vulnerable
    } else {
        Kind::Sensitive
    };
    let (score, why) = match tie {
        Tie::Identified => (0.93, Evidence::PERSON),
        Tie::Kin => (0.86, Evidence::KINSHIP),
        Tie::Recognisable => (0.76, Evidence::QUASI),
    };
    let last = t + usize::from(token.phrase) - 1;
    out.push(view.finding(t, last, kind, score, why.with(Evidence::LEXICON)));
}

/// A number of two digits or more stands near token `t`.
fn has_amount(view: &View, sentence: &Sentence, t: usize) -> bool {
    let near = t.saturating_sub(2 * KIN_REACH).max(sentence.first)..sentence.after.min(t + 2 * KIN_REACH);
    near.into_iter()
        .any(|i| view.tokens[i].is_number() && view.tokens[i].len() >= 2)
}

/// What ties the term at token `t` to a person, if anything does.
fn tie(view: &View, sentences: &[Sentence], n: usize, t: usize, weak: bool) -> Option<Tie> {
    let sentence = &sentences[n];
    if sentence.identified || by_layout(sentences, n) {
        return Some(Tie::Identified);
    }
    let carried = carried(view, sentences, n);
    if carried.is_some_and(|from| from.identified) && !(weak && sentence.is_generic(view, t)) {
        return Some(Tie::Identified);
    }
    if carried.is_some_and(|from| from.mine) && !weak && sentence.generic.is_none() {
        return Some(Tie::Kin);
    }
    let of_me = view.says(t, &["me", "m"]) && view.tokens[t].phrase > 1 && !sentence.is_generic(view, t);
    if of_me
        || said_of_author(view, sentence, t)
        || is_state_of_author(view, sentence, t)
        || said_of_kin(view, sentence, t, weak)
    {
        return Some(Tie::Kin);
    }
    if weak {
        return None;
    }
    // One person among others, with what it takes to recognise her.
    let (role, pointed, before) = match carried {
        Some(from) => (true, from.pointed || sentence.pointed, from.details),
        None => (someone_near(view, sentence, t), sentence.pointed, 0),
    };
    let details = (sentence.details | before).count_ones();
    let details = if role {
        details
    } else {
        details.saturating_sub(u32::from(sentence.details & CASE != 0))
    };
    let enough = match (role, pointed) {
        (true, true) => 1,
        (true, false) => 2 - u32::from(view.tokens[t].has(tag::STATE) || is_predicate(view, sentence, t)),
        (false, _) => 3,
    } + u32::from(sentence.is_generic(view, t));
    (details >= enough).then_some(Tie::Recognisable)
}

/// `est un ancien militant`, `a une dépression`, `est suivi pour`: nothing but
/// small words between what one is or has and the term.
fn is_predicate(view: &View, sentence: &Sentence, t: usize) -> bool {
    const COPULAS: &[&str] = &[
        "est", "etait", "avait", "fait", "souffre", "suivi", "suivie", "atteint", "atteinte", "serait", "aurait",
    ];
    for i in (sentence.first..t).rev().take(5) {
        if !view.tokens[i + 1].follows_by(gap::SPACE | gap::APOSTROPHE) {
            return false;
        }
        // Without its accent, `à` is `a`: a verb if a participle follows, or someone precedes.
        let has = view.says(i, &["a"])
            && (view.says(i + 1, &["ete", "eu", "fait", "des"])
                || i > sentence.first && view.tokens[i - 1].has(tag::SOMEONE) && view.says(i + 1, &["un", "une"]));
        if has || view.says(i, COPULAS) {
            return i > sentence.first && !view.says(i - 1, &["qui", "n", "quant", "y"]);
        }
        let small = view.tokens[i].len() <= 4 || view.tokens[i].has(tag::EPITHET | tag::PREDICATE);
        if !small || view.tokens[i].has(tag::GENERIC) {
            return false;
        }
    }
    false
}

/// Someone is spoken of near the term at `t`, in other words than the term.
fn someone_near(view: &View, sentence: &Sentence, t: usize) -> bool {
    let after = t + usize::from(view.tokens[t].phrase);
    let before = t.saturating_sub(KIN_REACH).max(sentence.first)..t;
    sentence.role.is_some()
        && before.chain(after..sentence.after.min(after + 6)).any(|i| {
            let token = view.tokens[i];
            token.phrase > 0 && token.has(tag::ROLE)
                || reference(view, i).is_some()
                || token.has(tag::TITLE | tag::SOMEONE) && Some(i) == sentence.role
        })
}

/// The sentence shortly before that a pronoun of sentence `n` speaks of.
fn carried(view: &View, sentences: &[Sentence], n: usize) -> Option<Sentence> {
    let sentence = &sentences[n];
    if !sentence.pronoun {
        return None;
    }
    let start = view.tokens[sentence.first].start;
    sentences[n.saturating_sub(REACH)..n].iter().rev().copied().find(|s| {
        let near = start - view.tokens[s.after - 1].end <= REACH_BYTES && sentence.block - s.block <= 1;
        let told = s.generic.is_none() && s.modal.is_none();
        near && (s.identified || told && (s.mine || s.role.is_some() && s.details != 0))
    })
}

/// A line of a form or a list belongs to the person its other lines name.
fn by_layout(sentences: &[Sentence], n: usize) -> bool {
    let short = |s: &Sentence| s.after - s.first <= SHORT;
    let own = &sentences[n];
    if !short(own) || own.generic.is_some() {
        return false;
    }
    let lines = &sentences[n.saturating_sub(FORM_LINES)..n];
    let mut above = lines.iter().rev().take_while(|s| s.block == own.block && short(s));
    above.any(|s| s.identified)
        || sentences[n + 1..]
            .iter()
            .take(FORM_LINES)
            .take_while(|s| s.block == own.block && short(s))
            .any(|s| s.identified)
}

/// `je suis bipolaire`, `je touche le RSA`, `mon AAH`: nothing but small words
/// between the author and the term.
fn said_of_author(view: &View, sentence: &Sentence, t: usize) -> bool {
    let mut predicate = false;
    for i in (sentence.first..t).rev().take(6) {
        let token = view.tokens[i];
        if !view.tokens[i + 1].follows_by(gap::SPACE | gap::APOSTROPHE) {
            return false;
        }
        if token.has(tag::FIRST_PERSON) && !token.has(tag::KIN) {
            if i > 0 && view.says(i - 1, &["si"]) {
                return false;
            }
            let possessive = view.says(i, &["mon", "ma", "mes"]);
            return predicate || possessive && i + 1 == t;
        }
        predicate |= token.has(tag::PREDICATE);
        let small = token.has(tag::PREDICATE | tag::PARTICLE | tag::SMALL_WORD)
            || token.len() <= 3
            || view.word(i).ends_with(b"ment");
        if !small || token.has(tag::GENERIC) {
            return false;
        }
    }
    false
}

/// `je suis agent de catégorie C, surendettée`: what one is, further on in the
/// sentence that the author begins about himself.
fn is_state_of_author(view: &View, sentence: &Sentence, t: usize) -> bool {
    if !view.tokens[t].has(tag::STATE) || sentence.is_generic(view, t) {
        return false;
    }
    for i in (t.saturating_sub(KIN_REACH).max(sentence.first)..t).rev() {
        if reference(view, i).is_some() || view.says(i, &["sur", "contre", "aux", "des", "les", "avec"]) && i + 3 >= t {
            return false;
        }
        if view.says(i, &["je", "j"]) {
            return view.tokens[i + 1].has(tag::PREDICATE) && !(i > 0 && view.says(i - 1, &["si"]));
        }
    }
    false
}

/// `mon fils est autiste`, `la dépression de ma collègue`; of someone else's
/// kin only right next to the term.
fn said_of_kin(view: &View, sentence: &Sentence, t: usize, weak: bool) -> bool {
    let window = t.saturating_sub(KIN_REACH).max(sentence.first)..sentence.after.min(t + KIN_REACH);
    window.into_iter().any(|i| {
        let token = view.tokens[i];
        let kin = token.phrase > 0 && token.has(tag::KIN);
        let mine = kin && token.has(tag::FIRST_PERSON) || reference(view, i) == Some(Reference::Mine);
        if !mine && !kin {
            return false;
        }
        // `Mon enfant peut être…`, `si mon père…` suppose, they do not tell;
        // `ma cheffe prépare un atelier sur…` speaks of a subject.
        let article = i - usize::from(!kin && i > sentence.first);
        let supposed = article > 0 && view.says(article - 1, &["si"])
            || article > 1
                && view.says(article - 1, &["que"])
                && view.says(article - 2, &["pour", "afin", "avant", "condition"])
            || (i..t)
                .any(|b| view.tokens[b].has(tag::GENERIC) || t - b <= 4 && view.says(b, &["sur", "aux", "contre"]));
        if supposed {
            return false;
        }
        let distance = t.abs_diff(i);
        let reach = match (mine, weak, i < t) {
            (true, false, true) => KIN_REACH,
            (true, false, false) => 5,
            // Of a third person's kin, laws speak as well.
            (false, false, true) if sentence.details != 0 && !sentence.is_generic(view, t) => 8,
            _ => 0,
        };
        distance <= reach
    })
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
