//! Communes and their postal codes: after the name of a way they end an address;
//! by themselves they inform, or tell where someone lives if a word says so.

use super::address::owner_tags;
use super::finding::{Evidence, Finding};
use super::gazetteer;
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::token::{Token, gap, keys};

/// How near a person makes a commune worth telling, in bytes.
const REACH_OF_PERSON: u32 = 240;
/// Words after which a commune stands.
const BEFORE_TOWN: [u64; 6] = keys(["a", "de", "d", "pres", "sur", "vers"]);
/// Small words inside the names of communes.
const LINKS: [u64; 9] = keys(["sur", "sous", "les", "le", "la", "en", "lez", "s", "l"]);

/// Finds the communes that are not part of an address with a way.
pub(super) fn find(view: &View, out: &mut Vec<Finding>) {
    for code in view.numbers().filter(|&i| is_postcode(view, i)) {
        town_alone(view, code, out);
    }
    for cue in view.marks(tag::CUE_ADDRESS | tag::BIRTH) {
        town_named(view, cue, out);
    }
    towns_of_persons(view, out);
}

/// A commune near someone who is named informs: `infirmière à Nantes`.
fn towns_of_persons(view: &View, out: &mut Vec<Finding>) {
    let named = |f: &&Finding| f.kind == Kind::Person && !f.informative;
    let mut persons: Vec<(u32, u32)> = out.iter().filter(named).map(|f| (f.start, f.end)).collect();
    if persons.is_empty() {
        return;
    }
    persons.sort_unstable();
    for i in view.points().filter(|&i| i > 0 && view.is(i - 1, &BEFORE_TOWN)) {
        let token = view.tokens[i];
        let apart = token.follows_by(gap::SPACE | gap::APOSTROPHE | gap::LINE);
        if !token.is_capital() || token.len() <= 2 || !apart || token.has(tag::MONTH) {
            continue;
        }
        let words = gazetteer::commune(&view.tokens[i..]);
        let next = persons.partition_point(|p| p.0 <= token.start);
        let before = next.checked_sub(1).map(|n| persons[n]);
        let near = before.is_some_and(|p| p.1 <= token.start && token.start - p.1 <= REACH_OF_PERSON)
            || persons.get(next).is_some_and(|p| p.0 - token.start <= REACH_OF_PERSON);
        let inside = before.is_some_and(|p| p.1 > token.start);
        if words > 0 && near && !inside {
            let last = code_after(view, i + words).unwrap_or(i + words - 1);
            out.push(
                view.finding(i, last, Kind::Address, 0.4, Evidence::PERSON)
                    .informative(true),
            );
        }
    }
}

/// After `Paris` in `12 rue de la Paix Paris 75002` nothing more is the name.
pub(super) fn town_begins(view: &View, t: usize) -> bool {
    let words = gazetteer::commune(&view.tokens[t..]);
    words > 0 && is_postcode(view, t + words)
}

/// Five digits that can be a French postal code, or two and three.
pub(super) fn is_postcode(view: &View, i: usize) -> bool {
    let Some(token) = view.tokens.get(i).filter(|t| t.is_number()) else {
        return false;
    };
    let five = token.len() == 5 && view.word(i) <= b"98999".as_slice() && view.word(i) >= b"01000".as_slice();
    let glued = matches!(view.byte_before(token.start), b',' | b'.' | b'+')
        && token.gap & gap::SPACE == 0
        && i > 0
        && view.tokens[i - 1].is_number();
    let numbered = i > 0 && view.says(i - 1, &["n", "no", "num", "numero", "cerfa"]);
    five && !glued && !numbered && !view.byte(token.end).is_ascii_alphanumeric()
        || token.len() == 2
            && view
                .tokens
                .get(i + 1)
                .is_some_and(|n| n.is_number() && n.len() == 3 && n.gap == gap::SPACE)
            && gazetteer::commune(&view.tokens[(i + 2).min(view.tokens.len())..]) > 0
}

/// Last token of the postal code and commune that follow token `last`, a few
/// words of a flat or a hamlet apart.
pub(super) fn town_after(view: &View, last: usize) -> Option<usize> {
    for skipped in 1..=6 {
        let at = last + skipped;
        let token = view.tokens.get(at)?;
        let apart = gap::BLANK | gap::STOP | gap::QUOTE;
        let sentence = token.gap & gap::DOT != 0
            && view.tokens[at - 1].len() > 3
            && token.gap & gap::LINE == 0
            && !is_postcode(view, at);
        if token.gap & apart & !gap::STOP != 0 || sentence {
            return None;
        }
        if is_postcode(view, at) {
            let end = town_end(view, at);
            return (end > at || skipped == 1 || token.gap & gap::COMMA != 0).then_some(end);
        }
        // `…, 94 403, Quoicoubey`: after a comma, even if no commune is so named.
        let split = |t: usize| {
            view.tokens
                .get(t)
                .is_some_and(|n| n.is_number() && n.len() == 3 && n.gap == gap::SPACE)
        };
        if skipped == 1 && token.is_number() && token.len() == 2 && token.gap & gap::COMMA != 0 && split(at + 1) {
            return Some(town_end(view, at));
        }
        // `…, Digne-les-Bains`: a commune without its code, after a comma.
        let preposition = skipped == 1 && view.says(at, &["a"]);
        let at = at + usize::from(preposition);
        let words = gazetteer::commune(&view.tokens[at.min(view.tokens.len())..]);
        if words > 0 && view.tokens[at].is_capital() && skipped == 1 {
            let end = code_after(view, at + words);
            let apart = preposition || token.gap & (gap::COMMA | gap::LINE | gap::HYPHEN) != 0;
            if apart || end.is_some() {
                return Some(end.unwrap_or(at + words - 1));
            }
        }
    }
    None
}

/// The postal code after its commune: `Paris 75001`, `Manosque, dans le 04100`.
fn code_after(view: &View, after: usize) -> Option<usize> {
    let token = view.tokens.get(after)?;
    // `Les Bois 04300 Forcalquier`: the code is that of the next.
    if gazetteer::commune(&view.tokens[(after + 1).min(view.tokens.len())..]) > 0 {
        return None;
    }
    if is_postcode(view, after) && token.follows_by(gap::SPACE | gap::COMMA | gap::BRACKET | gap::LINE) {
        return Some(after);
    }
    let within = view.says(after, &["dans"]) && is_postcode(view, after + 2) && view.says(after + 1, &["le"]);
    within.then_some(after + 2)
}

/// Last token of the commune whose postal code is `code`.
fn town_end(view: &View, code: usize) -> usize {
    let code = code + usize::from(view.tokens[code].len() == 2);
    let mut last = code;
    let near = |t: usize| {
        view.tokens
            .get(t)
            .is_some_and(|n| n.follows_by(gap::SPACE | gap::COMMA | gap::LINE | gap::HYPHEN | gap::BRACKET))
    };
    if near(code + 1) {
        let words = gazetteer::commune(&view.tokens[code + 1..]);
        if words > 0 {
            last = code + words;
        }
        // Also communes under a former or foreign name: words in capitals.
        let mut t = last.max(code) + 1;
        while let Some(token) = view.tokens.get(t) {
            // A name that a line cuts at a hyphen or a small word.
            let small = |t: usize| view.is(t, &LINKS);
            let cut = token.gap & gap::LINE != 0
                && (token.gap & gap::HYPHEN != 0
                    || small(t - 1)
                    || view.is(t, &keys(["sur", "sous", "lez"])) && t > code + 1)
                && token.follows_by(gap::SPACE | gap::HYPHEN | gap::LINE);
            let joined = token.follows_by(gap::SPACE | gap::HYPHEN | gap::APOSTROPHE)
                || cut
                || t == code + 1 && token.follows_by(gap::SPACE | gap::COMMA);
            let linked = words == 0 || token.gap & gap::HYPHEN != 0 || small(t - 1) || small(t);
            if !joined
                || !(token.is_capital() && linked && t < code + 6
                    || (token.has(tag::PARTICLE) || small(t))
                        && view.tokens.get(t + 1).is_some_and(|n| n.is_capital() && linked))
            {
                break;
            }
            last = t;
            t += 1;
        }
    }
    let cedex = view
        .tokens
        .get(last + 1)
        .filter(|t| t.follows_by(gap::SPACE) && view.word(last + 1).eq_ignore_ascii_case(b"cedex"));
    let ward = |t: &&Token| t.is_number() && t.len() <= 2 && t.gap == gap::SPACE;
    let large = view.says(last, &["paris", "lyon", "marseille"]) && last > code;
    if large && view.tokens.get(last + 1).filter(ward).is_some() {
        last += 1;
    }
    if cedex.is_some() {
        last += 1;
        if view
            .tokens
            .get(last + 1)
            .is_some_and(|t| t.is_number() && t.len() <= 2 && t.gap == gap::SPACE)
        {
            last += 1;
        }
    }
    last
}

/// A postal code and its commune by themselves inform; after `habite` they are
/// an address.
fn town_alone(view: &View, code: usize, out: &mut Vec<Finding>) {
    let last = town_end(view, code);
    let name = code + 1 + usize::from(view.tokens[code].len() == 2);
    let named = last >= name && gazetteer::commune(&view.tokens[name..]) > 0;
    if !named {
        return;
    }
    let mailroom = (code..=last).any(|t| view.says(t, &["cedex"]));
    let tags = owner_tags(view, code);
    let label = address_label(view, code).filter(|_| tags & (tag::PLACE_OF | tag::SERVICE | tag::COMPANY) == 0);
    let cue = (tags & tag::CUE_ADDRESS != 0 || label.is_some()) && !mailroom;
    let found = view.finding(
        label.unwrap_or(code),
        last,
        Kind::Address,
        if cue { 0.85 } else { 0.6 },
        Evidence::POSTCODE.with_if(cue, Evidence::CUE),
    );
    out.push(found.informative(!cue));
}

/// `Adresse : Les Hubacs 04380 Thoard`: the first word after the label, in the same line.
fn address_label(view: &View, code: usize) -> Option<usize> {
    let line = (code.saturating_sub(8)..code)
        .rev()
        .take_while(|&t| view.tokens[t + 1].gap & (gap::LINE | gap::STOP) == 0);
    let label = line.into_iter().find(|&t| view.says(t, &["adresse"]))?;
    (view.tokens[label + 1].gap & gap::COLON != 0).then_some(label + 1)
}

/// `habite à Manosque`, `née le … à Digne`: a commune by itself informs.
fn town_named(view: &View, cue: usize, out: &mut Vec<Finding>) {
    for i in cue + 1..view.tokens.len().min(cue + 8) {
        let token = view.tokens[i];
        if token.gap & (gap::STOP | gap::BLANK | gap::CELL) != 0
            || is_postcode(view, i)
            || token.has(tag::STREET) && token.phrase > 0
        {
            return;
        }
        let place = token.is_capital()
            && token.len() > 2
            && matches!(view.word(i - 1), b"a" | b"de" | b"dans" | b"sur" | b"pres" | b"d");
        let words = if place {
            gazetteer::commune(&view.tokens[i..])
        } else {
            0
        };
        if words > 0 {
            out.push(
                view.finding(i, i + words - 1, Kind::Address, 0.5, Evidence::CUE)
                    .informative(true),
            );
            return;
        }
    }
}
