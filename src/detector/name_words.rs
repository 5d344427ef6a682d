//! How much the words of a run speak for a name: who bears them, how common
//! they are otherwise, how they are laid out. Weights in the manner of
//! log-odds; the frame around the run is weighed by `names`.

use super::finding::Evidence;
use super::gazetteer::{self, Known};
use super::lexicon::tag;
use super::scan::View;
use super::token::{Shape, gap};

/// A word of a run, and what is known of it.
#[derive(Clone, Copy)]
pub(super) struct Word {
    pub(super) token: usize,
    pub(super) known: Known,
    pub(super) first: f32,
    pub(super) last: f32,
}

impl Word {
    pub(super) fn new(view: &View, i: usize) -> Self {
        let token = view.tokens[i];
        // `Les`, `Vous`, `Pour` at the head of a sentence need no look-up.
        if token.has(tag::GENERIC | tag::PRONOUN | tag::PLURAL | tag::NUMERAL | tag::FIRST_PERSON) && token.phrase > 0 {
            return Self {
                token: i,
                known: Known::default(),
                first: -2.0,
                last: -2.0,
            };
        }
        let known = gazetteer::known_of(&token);
        let (first, last) = match token.shape {
            Shape::Initial => (0.0, 0.0),
            // `Le` of `Le Goff`, `Dos` of `Dos Santos`: neither for nor against.
            _ if token.has(tag::PARTICLE) => (-2.0, 1.2),
            _ if token.has(tag::STOP | tag::FUNCTION | tag::MONTH) && token.len() > 1 => (-2.0, -2.0),
            // `Maroc`, `Porto`: a land before it is anyone, unless many bear it.
            _ if token.has(tag::WORLD) && known.first() < 11 && known.last() < 9 => (-2.0, -1.0),
            // `EDI`, `ANA`: three capitals are an acronym before a rare first name.
            Shape::Upper if token.len() <= 3 && known.first() < 8 => {
                (first_weight(known).min(0.3), last_weight(known, token.len()))
            }
            _ => (first_weight(known), last_weight(known, token.len())),
        };
        Self {
            token: i,
            known,
            first,
            last,
        }
    }

    fn initial(&self, view: &View) -> bool {
        view.tokens[self.token].shape == Shape::Initial
    }
}

/// How much a word speaks for a first name.
fn first_weight(known: Known) -> f32 {
    let born = match known.first() {
        0 => return -1.5,
        1..=3 => 0.6,
        4..=5 => 1.3,
        6..=7 => 2.0,
        8..=9 => 2.5,
        _ => 3.0,
    };
    born - [0.0, 0.5, 1.6][usize::from(known.word().min(2))] * if known.first() >= 12 { 0.4 } else { 1.0 }
}

/// How much a word speaks for a surname.
fn last_weight(known: Known, length: usize) -> f32 {
    if length < 2 {
        return -1.0;
    }
    let bearers = match known.last() {
        0 => 0.5,
        1..=4 => 0.9,
        5..=7 => 1.3,
        8..=9 => 1.6,
        _ => 2.0,
    };
    bearers - [0.0, 0.5, 1.4][usize::from(known.word().min(2))]
}

/// How much the words of a name speak for it, or `None` if they cannot be one.
pub(super) fn weigh(view: &View, words: &[Word]) -> Option<(f32, Evidence)> {
    let why = Evidence::FIRST_NAME;
    if let [lone] = words {
        return lone_first_name(view, lone).map(|weight| (weight, why));
    }
    let initials = words.iter().filter(|w| w.initial(view)).count();
    if initials > 0 {
        return with_initials(view, words, initials).map(|weight| (weight, Evidence::LAYOUT));
    }
    // First names, then surnames; or the other way round.
    let forward = (1..words.len()).map(|cut| split_weight(view, &words[..cut], &words[cut..]));
    let backward = (1..words.len()).map(|cut| split_weight(view, &words[cut..], &words[..cut]) - 0.2);
    let weight = forward.chain(backward).fold(f32::MIN, f32::max);
    let layout = layout(view, words);
    (weight > 0.0).then(|| {
        (
            weight + layout,
            why.with(Evidence::SURNAME).with_if(layout > 0.5, Evidence::LAYOUT),
        )
    })
}

/// Weight of `given` as first names and `family` as surnames: the weakest word
/// of each counts most.
fn split_weight(view: &View, given: &[Word], family: &[Word]) -> f32 {
    if given.len() > 3 || family.len() > 3 {
        return f32::MIN;
    }
    let first = given.iter().map(|w| w.first).fold(f32::MAX, f32::min);
    let strongest = given.iter().map(|w| w.first).fold(f32::MIN, f32::max);
    let last = family.iter().map(|w| w.last).fold(f32::MAX, f32::min);
    // `Le RIO`: an article is no surname by itself.
    if family.iter().all(|w| view.tokens[w.token].has(tag::PARTICLE)) {
        return f32::MIN;
    }
    let mut weight = first.mul_add(0.5, strongest * 0.5) + last;
    if first < 0.2 || last < -0.6 {
        return f32::MIN;
    }
    // Words of no dictionary and of no map, side by side.
    if given
        .iter()
        .chain(family)
        .all(|w| w.known.word() == 0 && !w.known.commune())
    {
        weight += 0.5;
    }
    // Two common words are a title in capitals more often than a name.
    let all_words = given.iter().chain(family).all(|w| w.known.word() == 2);
    if all_words {
        weight -= 1.0;
    }
    let towns = given
        .iter()
        .chain(family)
        .all(|w| w.known.commune() && w.known.first() < 11);
    if towns && view.tokens[family[0].token].gap & gap::HYPHEN != 0 {
        return f32::MIN;
    }
    let commune = |w: &Word| w.known.commune() && w.known.first() < 6 && view.tokens[w.token].shape != Shape::Upper;
    if family.iter().all(commune) && given.iter().all(|w| w.known.word() == 2) {
        weight -= 1.0;
    }
    weight
}

/// `NOM Prénom` and `Prénom NOM` are how forms write a name.
fn layout(view: &View, words: &[Word]) -> f32 {
    let upper = |w: &Word| view.tokens[w.token].shape == Shape::Upper;
    let (first, last) = (&words[0], &words[words.len() - 1]);
    match (upper(first), upper(last)) {
        (true, true) => -0.1,
        (false, false) => 0.0,
        (true, false) if first.known.first() < 12 || first.last > 0.0 => 0.9,
        // `Paul ASE`: an acronym, not a name.
        (false, true) if view.tokens[last.token].len() <= 3 && last.known.last() < 6 => -1.5,
        _ => 0.9,
    }
}

/// `J. Durand`, `P.-E. Jilliot`, `Enzo M.`
fn with_initials(view: &View, words: &[Word], initials: usize) -> Option<f32> {
    let dotted = |w: &Word| view.byte(view.tokens[w.token].end) == b'.';
    let full = words.len() - initials;
    if full == 0 || initials > 2 {
        return None;
    }
    let (first, last) = (&words[0], &words[words.len() - 1]);
    if first.initial(view) {
        let family = words
            .iter()
            .filter(|w| !w.initial(view))
            .map(|w| w.last)
            .fold(f32::MAX, f32::min);
        let plain = words
            .iter()
            .filter(|w| !w.initial(view))
            .all(|w| w.known.word() < 2 && (w.known.last() >= 5 || w.known.word() == 0));
        // `A. Durand` at the head of a line may number a chapter.
        let numbering = begins_line(view, first.token) && view.word(first.token)[0] <= b'H';
        return (dotted(first) && plain && view.word(last.token).len() > 2)
            .then_some(family + 2.2 - if numbering { 1.2 } else { 0.0 });
    }
    if last.initial(view) && full == words.len() - 1 && initials == 1 {
        let given = words[..full].iter().map(|w| w.first).fold(f32::MAX, f32::min);
        return (given >= 1.2 && dotted(last)).then_some(given + 1.2);
    }
    None
}

/// A first name by itself says a person only if it is nothing else and the
/// sentence uses it as one.
fn lone_first_name(view: &View, word: &Word) -> Option<f32> {
    let token = view.tokens[word.token];
    let born = word.known.first();
    let other =
        word.known.word() == 2 || word.known.commune() || token.has(tag::STOP | tag::FUNCTION) || token.len() < 3;
    if born < 8 || other || token.shape == Shape::Initial {
        return None;
    }
    let alone = neighbour_is_small(view, word.token);
    let used = follows_small_word(view, word.token)
        || is_greeted(view, word.token)
        || precedes_verb(view, word.token)
        || born >= 11 && word.known.word() == 0 && precedes_word(view, word.token);
    (alone && used).then_some(word.first + if word.known.word() == 0 { 0.7 } else { -0.3 })
}

/// `Bonjour Lucie`, `Merci, Lucie`, `Cordialement,\nLucie`; not `Bonjour Claude`:
/// a prompt greets the tool as well.
fn is_greeted(view: &View, i: usize) -> bool {
    const GREETINGS: [&str; 14] = [
        "bonjour",
        "bonsoir",
        "salut",
        "coucou",
        "hello",
        "cher",
        "chere",
        "merci",
        "cordialement",
        "amicalement",
        "bises",
        "bisous",
        "journee",
        "soiree",
    ];
    i > 0
        && view.tokens[i].follows_by(gap::SPACE | gap::COMMA | gap::LINE)
        && view.says(i - 1, &GREETINGS)
        && !view.says(i, &["claude", "albert", "alexa"])
}

fn neighbour_is_small(view: &View, i: usize) -> bool {
    let next = view.tokens.get(i + 1);
    next.is_none_or(|t| !t.is_capital() || !t.follows_by(gap::SPACE | gap::HYPHEN | gap::APOSTROPHE))
        && next.is_none_or(|t| !(t.is_number() && t.follows_by(gap::SPACE)))
}

/// `de Léo`, `avec Léo`, `à Léo`: after a preposition, inside a sentence.
fn follows_small_word(view: &View, i: usize) -> bool {
    let Some(before) = i.checked_sub(1).map(|b| view.tokens[b]) else {
        return false;
    };
    view.tokens[i].follows_by(gap::SPACE | gap::APOSTROPHE)
        && matches!(
            view.word(i - 1),
            b"de"
                | b"d"
                | b"avec"
                | b"pour"
                | b"chez"
                | b"par"
                | b"que"
                | b"qu"
                | b"et"
                | b"a"
                | b"contre"
                | b"petit"
                | b"petite"
                | b"jeune"
        )
        && before.shape == Shape::Lower
}

/// `Lucas mord`: the subject of any other word in small letters.
fn precedes_word(view: &View, i: usize) -> bool {
    view.tokens.get(i + 1).is_some_and(|t| {
        t.shape == Shape::Lower
            && t.gap == gap::SPACE
            && t.len() > 3
            && !t.has(tag::PARTICLE | tag::SMALL_WORD | tag::GENERIC)
    })
}

/// `Léo a`, `Léo est`: the subject of a verb that people are subjects of.
pub(super) fn precedes_verb(view: &View, i: usize) -> bool {
    let verb = |t: usize| {
        matches!(
            view.word(t),
            b"a" | b"est"
                | b"etait"
                | b"avait"
                | b"souffre"
                | b"habite"
                | b"vit"
                | b"percoit"
                | b"touche"
                | b"refuse"
                | b"dit"
                | b"veut"
                | b"doit"
                | b"vient"
                | b"fait"
                | b"travaille"
                | b"beneficie"
                | b"presente"
                | b"demande"
        )
    };
    let at = |n: usize| {
        view.tokens
            .get(i + n)
            .is_some_and(|t| t.follows_by(gap::SPACE | gap::APOSTROPHE))
    };
    at(1) && (verb(i + 1) || at(2) && matches!(view.word(i + 1), b"n" | b"ne" | b"s" | b"se") && verb(i + 2))
}

fn begins_line(view: &View, i: usize) -> bool {
    i == 0 || view.tokens[i].gap & gap::LINE != 0
}
