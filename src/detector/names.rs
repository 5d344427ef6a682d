//! Names without a civility: `Karim Benali`, `LEFEBVRE Sylvie`, `J. Durand`,
//! `mon fils Mathis`, `Nom : DURAND`, `je suis marie laurent`; and later
//! mentions of a name already seen.
//!
//! A run of capitalised words is judged by weights in the manner of log-odds:
//! how many people bear the words as names, how common they are as words, how
//! they are laid out, what announces them. Streets, schools, laws, illnesses
//! and companies that bear a person's name are not persons.

use super::announced::{announced, in_small_letters};
use super::finding::{Evidence, Finding};
use super::gazetteer;
use super::kind::Kind;
use super::lexicon::tag;
use super::name_words::{Word, precedes_verb, weigh};
use super::scan::View;
use super::token::{Shape, Token, gap};

/// Weight from which a run of words is a name.
const ENOUGH: f32 = 2.45;
/// Longest run that is looked at, in words; what follows begins another.
const LONGEST_RUN: usize = 7;

/// Longest text that is read as a chat in small letters, in tokens.
const LONGEST_CHAT: usize = 400;

/// Buffers of this recogniser.
#[derive(Default)]
pub(super) struct NameScratch {
    run: Vec<Word>,
    seen: Vec<u64>,
}

/// Finds names by their words.
pub(super) fn find(view: &View, scratch: &mut NameScratch, out: &mut Vec<Finding>) {
    // What is long is written with capitals.
    let small = view.tokens.len() <= LONGEST_CHAT && is_small(view);
    let mut next = 0;
    let mut begin = |i: usize| {
        if i >= next {
            next = find_at(view, i, small, scratch, out);
        }
    };
    if small {
        (0..view.tokens.len()).for_each(&mut begin);
    } else {
        view.points().for_each(begin);
    }
}

/// Finds the names that token `i` announces or begins; returns the token to
/// go on from.
fn find_at(view: &View, i: usize, small: bool, scratch: &mut NameScratch, out: &mut Vec<Finding>) -> usize {
    let token = view.tokens[i];
    if token.phrase > 0 && token.has(tag::KIN | tag::NAME_VERB | tag::NAME_LABEL | tag::ROLE) {
        announced(view, i, small, out);
    }
    if small && token.shape == Shape::Lower && token.phrase == 0 {
        in_small_letters(view, i, out);
    }
    if !token.is_capital() || token.has(tag::TITLE | tag::TITLES) {
        return i + 1;
    }
    let after = gather(view, i, scratch);
    judge(view, &scratch.run, out);
    after
}

/// Hardly a capital: written as one writes in a chat.
fn is_small(view: &View) -> bool {
    let words = view.tokens.iter().take(200).filter(|t| t.is_word());
    let (all, capitals) = words.fold((0, 0), |(n, c), t| {
        (n + 1, c + usize::from(t.is_capital() && t.len() > 1))
    });
    all > 2 && capitals <= 1 + all / 40
}

/// Gathers the run of capitalised words from token `first` on; returns the
/// token after it.
fn gather(view: &View, first: usize, scratch: &mut NameScratch) -> usize {
    scratch.run.clear();
    let mut i = first;
    while let Some(token) = view.tokens.get(i) {
        let initial_before = i > first && view.tokens[i - 1].shape == Shape::Initial;
        let joined = token.follows_by(gap::SPACE | gap::HYPHEN | gap::APOSTROPHE | gap::LINE)
            && token.gap & gap::CELL == 0
            || initial_before && token.follows_by(gap::SPACE | gap::HYPHEN | gap::DOT);
        if i > first && (!joined || token.gap & gap::WIDE != 0) || scratch.run.len() == LONGEST_RUN {
            break;
        }
        // `Odile Marie Née Isnard`: another name is announced.
        if i > first && token.phrase > 0 && token.len() > 2 && token.has(tag::BIRTH | tag::NAME_VERB) {
            break;
        }
        // A line that begins with a label is another field of the form.
        if i > first
            && token.gap & gap::LINE != 0
            && token.has(tag::NAME_LABEL | tag::STOP | tag::FUNCTION)
            && token.len() > 1
        {
            break;
        }
        if token.is_capital() && (!token.has(tag::TITLE | tag::TITLES) || is_cut_name(view, scratch, i)) {
            // Streets, schools, companies: what follows is their name.
            let after_first = scratch.run.last().is_some_and(|w| w.first >= 2.0);
            if token.phrase > 0
                && token.has(tag::STREET | tag::PLACE_OF | tag::COMPANY | tag::EPONYM)
                && token.len() > 2
                && !after_first
            {
                break;
            }
            // A commune of several words is a place, whatever its words.
            let word = Word::new(view, i);
            let commune = gazetteer::commune_from(word.known, &view.tokens[i..]);
            if commune > 1 {
                return if i == first { i + commune } else { i };
            }
            scratch.run.push(word);
        } else if !(token.has(tag::PARTICLE) && token.len() <= 4 && continues(view, i)) {
            break;
        }
        i += 1;
    }
    i.max(first + 1)
}

/// The `M.` of `Christophe M.`, and not that of `M. Durand`.
fn is_cut_name(view: &View, scratch: &NameScratch, i: usize) -> bool {
    view.tokens[i].shape == Shape::Initial
        && scratch.run.last().is_some_and(|w| w.first >= 1.2)
        && view.byte(view.tokens[i].end) == b'.'
        && view
            .tokens
            .get(i + 1)
            .is_none_or(|t| !t.is_capital() || t.gap & (gap::COMMA | gap::LINE) != 0)
}

/// After particle `i` comes a capitalised word.
fn continues(view: &View, i: usize) -> bool {
    let next = |n: usize| {
        view.tokens
            .get(i + n)
            .filter(|t| t.follows_by(gap::SPACE | gap::APOSTROPHE | gap::HYPHEN))
    };
    next(1).is_some_and(|t| t.is_capital() || t.has(tag::PARTICLE) && next(2).is_some_and(Token::is_capital))
}

/// Judges a run: the weightiest name in it, then what follows that name.
fn judge(view: &View, run: &[Word], out: &mut Vec<Finding>) {
    let mut from = 0;
    while from < run.len() {
        let Some((start, end, weight, why)) = best(view, &run[from..]) else {
            guess(view, &run[from..], out);
            return;
        };
        let (mut first, last) = (run[from + start].token, run[from + end].token);
        // `Pierre-` of `Pierre-Yves Castelli`.
        while first > 0 && view.tokens[first].gap == gap::HYPHEN && view.tokens[first - 1].is_capital() {
            first -= 1;
        }
        let score = (0.55 + weight * 0.07).clamp(0.5, 0.97);
        out.push(view.finding(first, last, Kind::Person, score, why));
        from += end + 1;
    }
}

/// Words of no dictionary inside a sentence, some of which people bear: a name
/// as the press writes them, `Einstein`, `Wickham Steed`. Too little to stop
/// anyone: it informs.
fn guess(view: &View, run: &[Word], out: &mut Vec<Finding>) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return;
    };
    let token = view.tokens[first.token];
    let inside = first.token > 0
        && token.follows_by(gap::SPACE | gap::APOSTROPHE | gap::COMMA | gap::BRACKET)
        && view.tokens[first.token - 1].shape == Shape::Lower
        && !view.says(
            first.token - 1,
            &[
                "le", "la", "l", "les", "du", "au", "des", "aux", "ce", "cette", "un", "une", "en",
            ],
        )
        || precedes_verb(view, last.token);
    let strange = run.iter().all(|w| {
        let token = view.tokens[w.token];
        let plain = token.shape == Shape::Capital && token.len() >= 4;
        plain && w.known.word() == 0 && !w.known.commune() && !token.has(tag::STOP | tag::FUNCTION | tag::WORLD)
    });
    let borne = |w: &Word| w.known.last() >= 4 || w.known.first() >= 4;
    let enough = if run.len() == 1 {
        borne(first)
    } else {
        run.iter().any(|w| w.known.last().max(w.known.first()) >= 3)
    };
    if inside && strange && enough && run.len() <= 3 && frame(view, run) > -1.5 {
        out.push(
            view.finding(first.token, last.token, Kind::Person, 0.5, Evidence::SURNAME)
                .informative(true),
        );
    }
}

/// The weightiest name in `run` from which enough speaks: first and last word,
/// weight, reasons.
fn best(view: &View, run: &[Word]) -> Option<(usize, usize, f32, Evidence)> {
    let mut best: Option<(usize, usize, f32, Evidence)> = None;
    for start in 0..run.len() {
        for end in start..run.len().min(start + 4) {
            let words = &run[start..=end];
            let Some((weight, why)) = weigh(view, words) else {
                continue;
            };
            // Of two readings the one that takes in one more plausible word.
            let longer = 0.9 * (words.len().max(2) - 2) as f32;
            let weight = weight + frame(view, words);
            if weight >= ENOUGH && best.is_none_or(|b| weight + longer > b.2 + 0.05) {
                best = Some((start, end, weight + longer, why));
            }
        }
    }
    best
}

/// What stands around a run of words speaks for or against a person.
fn frame(view: &View, words: &[Word]) -> f32 {
    let (first, last) = (words[0].token, words[words.len() - 1].token);
    let breaks = view.tokens[first + 1..=last]
        .iter()
        .filter(|t| t.gap & gap::LINE != 0)
        .count();
    let mut weight = -1.2 * breaks as f32;
    if let Some(mark) = mark_before(view, first) {
        let tags = view.tokens[mark].tags;
        if tags & (tag::PLACE_OF | tag::STREET | tag::EPONYM | tag::COMPANY) != 0 {
            weight -= 5.0;
        }
        if tags & (tag::KIN | tag::NAME_VERB | tag::ROLE | tag::SIGNING) != 0 {
            weight += 1.5;
        }
    }
    let label = first
        .checked_sub(1)
        .map(|b| view.tokens[b])
        .filter(|_| view.tokens[first].gap & gap::COLON != 0);
    if label.is_some_and(|t| t.has(tag::NAME_LABEL)) {
        weight += 1.5;
    }
    if view
        .tokens
        .get(last + 1)
        .is_some_and(|t| t.follows_by(gap::SPACE) && t.has(tag::COMPANY) && t.is_capital())
    {
        weight -= 4.0;
    }
    // An address of a page, a file, an account: `www.paul-durand.fr`.
    if matches!(
        view.byte_before(view.tokens[first].start),
        b'@' | b'/' | b'\\' | b'_' | b'.' | b'#'
    ) {
        weight -= 2.0;
    }
    weight
}

/// The phrase that ends right before token `i`, or before one small word
/// before it (`lycée de la …`, `syndrome d'…`).
pub(super) fn mark_before(view: &View, i: usize) -> Option<usize> {
    let mut back = 0;
    let mut at = i;
    while at > 0 && back < 4 {
        let joined = gap::SPACE | gap::APOSTROPHE | gap::HYPHEN | gap::QUOTE;
        if !view.tokens[at].follows_by(joined) {
            return None;
        }
        at -= 1;
        back += 1;
        let token = view.tokens[at];
        let length = usize::from(token.phrase);
        if length > 0
            && token.tags & !(tag::PARTICLE | tag::SMALL_WORD | tag::FUNCTION | tag::WORLD) != 0
            && at + length <= i
            && i - at - length <= 2
        {
            return Some(at);
        }
        if token.len() > 4 && length == 0 && token.shape == Shape::Lower && back > 1 {
            return None;
        }
    }
    None
}

/// Finds later mentions of the names found so far: a surname by itself.
pub(super) fn find_repeats(view: &View, scratch: &mut NameScratch, out: &mut Vec<Finding>) {
    let seen = &mut scratch.seen;
    seen.clear();
    for found in out.iter().filter(|f| f.kind == Kind::Person && !f.informative) {
        let from = view.tokens.partition_point(|t| t.start < found.start);
        for token in view.tokens[from..].iter().take_while(|t| t.end <= found.end) {
            let known = gazetteer::known_of(token);
            let long = token.len() >= 4 || token.len() == 3 && known.word() == 0;
            let telling = token.is_capital() && long && known.word() < 2 && !known.commune();
            if telling && !token.has(tag::PARTICLE | tag::STOP) {
                seen.push(token.key);
            }
        }
    }
    seen.sort_unstable();
    seen.dedup();
    if seen.is_empty() {
        return;
    }
    for i in view.points() {
        let token = view.tokens[i];
        if token.is_capital() && token.len() >= 3 && seen.binary_search(&token.key).is_ok() {
            let against = mark_before(view, i)
                .is_some_and(|m| view.tokens[m].has(tag::PLACE_OF | tag::STREET | tag::EPONYM | tag::COMPANY));
            if !against {
                out.push(view.finding(i, i, Kind::Person, 0.75, Evidence::REPEAT));
            }
        }
    }
}
