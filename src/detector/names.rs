//! Names without a civility: `Karim Benali`, `LEFEBVRE Sylvie`, `J. Durand`,
//! `mon fils Mathis`, `Nom : DURAND`, `je suis marie laurent`; and later
//! mentions of a name already seen.
//!
//! A run of capitalised words is judged by weights in the manner of log-odds:
//! how many people bear the words as names, how common they are as words, how
//! they are laid out, what announces them. Streets, schools, laws, illnesses
//! and companies that bear a person's name are not persons.

use super::finding::{Evidence, Finding};
use super::gazetteer::{self, Known};
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::token::{Shape, Token, gap};

/// Weight from which a run of words is a name.
const ENOUGH: f32 = 2.6;
/// Longest run that is looked at, in words; what follows begins another.
const LONGEST_RUN: usize = 7;

/// Longest text that is read as a chat in small letters, in tokens.
const LONGEST_CHAT: usize = 400;

/// A word of a run, and what is known of it.
#[derive(Clone, Copy)]
struct Word {
    token: usize,
    known: Known,
    first: f32,
    last: f32,
}

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
    let mut i = 0;
    while i < view.tokens.len() {
        let token = view.tokens[i];
        if token.phrase > 0 && token.has(tag::KIN | tag::NAME_VERB | tag::NAME_LABEL | tag::ROLE) {
            announced(view, i, small, out);
        }
        if small && token.shape == Shape::Lower && token.phrase == 0 {
            in_small_letters(view, i, out);
        }
        if token.is_capital() && !token.has(tag::TITLE | tag::TITLES) {
            i = gather(view, i, scratch);
            judge(view, &scratch.run, out);
        } else {
            i += 1;
        }
    }
}

/// Hardly a capital: written as one writes in a chat.
fn is_small(view: &View) -> bool {
    let words = view.tokens.iter().take(200).filter(|t| t.is_word());
    let (all, capitals) = words.fold((0, 0), |(n, c), t| {
        (n + 1, c + usize::from(t.is_capital() && t.len() > 1))
    });
    all > 2 && capitals * 8 <= all
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

impl Word {
    fn new(view: &View, i: usize) -> Self {
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
        let known = gazetteer::known(token.key);
        let (first, last) = match token.shape {
            Shape::Initial => (0.0, 0.0),
            // `Le` of `Le Goff`, `Dos` of `Dos Santos`: neither for nor against.
            _ if token.has(tag::PARTICLE) => (-2.0, 1.2),
            _ if token.has(tag::STOP | tag::FUNCTION | tag::MONTH) && token.len() > 1 => (-2.0, -2.0),
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
        && token.follows_by(gap::SPACE | gap::APOSTROPHE | gap::COMMA)
        && view.tokens[first.token - 1].shape == Shape::Lower;
    let strange = run.iter().all(|w| {
        let token = view.tokens[w.token];
        let plain = token.shape == Shape::Capital && token.len() >= 4;
        plain && w.known.word() == 0 && !w.known.commune() && !token.has(tag::STOP | tag::FUNCTION)
    });
    let borne = |w: &Word| w.known.last() >= 6 || w.known.first() >= 6;
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
            let whole = frame(view, words);
            let weight = weight + whole;
            if weight >= ENOUGH && best.is_none_or(|b| weight > b.2 + 0.05) {
                best = Some((start, end, weight, why));
            }
        }
    }
    best
}

/// How much the words of a name speak for it, or `None` if they cannot be one.
fn weigh(view: &View, words: &[Word]) -> Option<(f32, Evidence)> {
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
    if family.iter().all(commune) && given.iter().all(|w| w.known.word() > 0) {
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
    let used = follows_small_word(view, word.token) || precedes_verb(view, word.token);
    (alone && used).then_some(word.first + if word.known.word() == 0 { 0.7 } else { -0.3 })
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
            b"de" | b"d" | b"avec" | b"pour" | b"chez" | b"par" | b"que" | b"qu" | b"et" | b"a" | b"contre"
        )
        && before.shape == Shape::Lower
}

/// `Léo a`, `Léo est`: the subject of a verb that people are subjects of.
fn precedes_verb(view: &View, i: usize) -> bool {
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

/// What stands around a run of words speaks for or against a person.
fn frame(view: &View, words: &[Word]) -> f32 {
    let (first, last) = (words[0].token, words[words.len() - 1].token);
    let breaks = view.tokens[first + 1..=last]
        .iter()
        .filter(|t| t.gap & gap::LINE != 0)
        .count();
    let mut weight = -(breaks as f32);
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
fn mark_before(view: &View, i: usize) -> Option<usize> {
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
            && token.tags & !(tag::PARTICLE | tag::SMALL_WORD | tag::FUNCTION) != 0
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

/// A name that a word announces: after `mon fils`, `je suis`, `Nom :`.
fn announced(view: &View, i: usize, small: bool, out: &mut Vec<Finding>) {
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
        && next.follows_by(gap::SPACE | gap::COLON | gap::QUOTE | gap::LINE | gap::CELL);
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
            "famille", "epoux", "consorts", "collegue", "fils", "fille", "fils", "voisin", "voisine", "ami", "amie",
        ],
    ) && first == i + usize::from(token.phrase);
    let strict = label && is_strict(view, i)
        || plain
            && family
            && next.is_capital()
            && !next.has(tag::STOP | tag::FUNCTION | tag::PLACE_OF)
            && gazetteer::commune(&view.tokens[first..]) == 0;
    let mut last = None;
    for t in first..view.tokens.len().min(first + 4) {
        let token = view.tokens[t];
        let joined =
            t == first || token.follows_by(gap::SPACE | gap::HYPHEN | gap::APOSTROPHE) && token.gap & gap::WIDE == 0;
        if !joined
            || !token.is_word()
            || token.has(tag::STOP | tag::FUNCTION | tag::TITLE) && token.len() > 1 && !strict
        {
            break;
        }
        let known = gazetteer::known(token.key);
        let fits = if token.is_capital() {
            let common = known.word() == 2 && known.first() < 9;
            token.len() > 1
                && (strict
                    || !common
                        && (known.first() >= 4
                            || last.is_some() && (known.last() > 0 || known.word() == 0)
                            || label && known.last() >= 3))
        } else {
            lower_fits(known, token, small, label, last.is_some())
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
            || gazetteer::known(next.key).first() >= 10 && gazetteer::known(next.key).word() == 0)
    {
        return;
    }
    out.push(view.finding(first, last, Kind::Person, 0.82, why));
}

/// `marie laurent` in the middle of a sentence: two words that are names and
/// nothing else.
fn in_small_letters(view: &View, i: usize, out: &mut Vec<Finding>) {
    let Some(next) = view.tokens.get(i + 1).filter(|t| t.gap == gap::SPACE && t.is_word()) else {
        return;
    };
    let known = gazetteer::known(view.tokens[i].key);
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
    let family = gazetteer::known(token.key);
    let plain = token.len() >= 3 && token.tags & !(tag::PARTICLE) == 0;
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

/// Finds later mentions of the names found so far: a surname by itself.
pub(super) fn find_repeats(view: &View, scratch: &mut NameScratch, out: &mut Vec<Finding>) {
    let seen = &mut scratch.seen;
    seen.clear();
    for found in out.iter().filter(|f| f.kind == Kind::Person && !f.informative) {
        let from = view.tokens.partition_point(|t| t.start < found.start);
        for token in view.tokens[from..].iter().take_while(|t| t.end <= found.end) {
            let known = gazetteer::known(token.key);
            let telling = token.is_capital() && token.len() >= 4 && known.word() < 2 && !known.commune();
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
    for (i, token) in view.tokens.iter().enumerate() {
        if token.is_capital() && token.len() >= 4 && seen.binary_search(&token.key).is_ok() {
            let against = mark_before(view, i)
                .is_some_and(|m| view.tokens[m].has(tag::PLACE_OF | tag::STREET | tag::EPONYM | tag::COMPANY));
            if !against {
                out.push(view.finding(i, i, Kind::Person, 0.75, Evidence::REPEAT));
            }
        }
    }
}
