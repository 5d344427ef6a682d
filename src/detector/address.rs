//! Postal addresses: number, kind of way, name, postal code, commune.
//!
//! A whole address, or a way with its number next to a word such as
//! "domicilié", says where a person lives. A way alone, or the address of an
//! institution, is reported for information.

use super::finding::{Evidence, Finding};
use super::gazetteer;
use super::kind::Kind;
use super::lexicon::tag;
use super::scan::View;
use super::token::{Shape, gap};

/// Most words of the name of a way.
const LONGEST_NAME: usize = 9;
/// How far before an address a word may say whose it is, in tokens.
const OWNER_REACH: usize = 14;

/// Finds addresses.
pub(super) fn find(view: &View, out: &mut Vec<Finding>) {
    let mut next = 0;
    for i in view.marks(tag::STREET) {
        if i >= next
            && let Some(last) = way(view, i, out)
        {
            next = last + 1;
        }
    }
    for code in view.numbers().filter(|&i| is_postcode(view, i)) {
        town_alone(view, code, out);
    }
    for cue in view.marks(tag::CUE_ADDRESS | tag::BIRTH) {
        town_named(view, cue, out);
    }
}

/// The address around the kind of way `i`; its last token.
fn way(view: &View, i: usize, out: &mut Vec<Finding>) -> Option<usize> {
    let number = number_before(view, i);
    let name_end = way_name(view, i)?;
    let town = town_after(view, name_end);
    if number.is_none() && town.is_none() {
        return None;
    }
    let first = number.unwrap_or(i);
    let last = town.unwrap_or(name_end);
    let mailroom = (name_end..=last.min(view.tokens.len() - 1)).any(|t| view.says(t, &["cedex", "cs", "bp", "tsa"]));
    let lone = first + view.tokens.len() - last <= 3;
    let tags = owner_tags(view, first);
    let cue = tags & (tag::CUE_ADDRESS | tag::KIN | tag::FIRST_PERSON | tag::BIRTH) != 0;
    let person = person_before(view, first, out);
    let institution = tags & (tag::PLACE_OF | tag::SERVICE | tag::COMPANY) != 0 && !cue && !person;
    let personal = !institution && !mailroom && (town.is_some() && !lone || cue || person) || person && !institution;
    let why = Evidence::STREET
        .with_if(town.is_some(), Evidence::POSTCODE)
        .with_if(cue, Evidence::CUE)
        .with_if(person, Evidence::PERSON);
    let score = if town.is_some() { 0.93 } else { 0.8 };
    out.push(
        view.finding(first, last, Kind::Address, score, why)
            .informative(!personal),
    );
    Some(last)
}

/// First token of the number before the kind of way `i`: `12`, `12 bis`,
/// `12-14`, `12,`.
fn number_before(view: &View, i: usize) -> Option<usize> {
    let mut at = i.checked_sub(1)?;
    let near = |t: usize| view.tokens[t].follows_by(gap::SPACE | gap::COMMA | gap::HYPHEN | gap::SLASH | gap::LINE);
    // `3R5` is no address, `12rue` may be.
    if !near(i) || view.tokens[i].gap == 0 && view.tokens[i].len() <= 2 {
        return None;
    }
    let suffix = view.says(at, &["bis", "ter", "quater", "a", "b", "c", "d"]) && near(at);
    if suffix {
        at = at.checked_sub(1)?;
    }
    let is_number = |t: usize| view.tokens[t].is_number() && view.tokens[t].len() <= 4;
    let spelled =
        view.tokens[at].has(tag::NUMERAL) && !suffix && !view.says(at, &["un", "une", "premier", "cent", "mille"]);
    if spelled {
        return Some(at);
    }
    if !is_number(at) || view.byte_before(view.tokens[at].start) == b',' {
        return None;
    }
    let range = at > 0 && is_number(at - 1) && matches!(view.tokens[at].gap, gap::HYPHEN | gap::SLASH);
    Some(if range { at - 1 } else { at })
}

/// Last token of the name of the way whose kind is `i`.
fn way_name(view: &View, i: usize) -> Option<usize> {
    let start = i + usize::from(view.tokens[i].phrase);
    let mut last = None;
    let mut small = 0;
    for t in start..view.tokens.len().min(start + LONGEST_NAME) {
        let token = view.tokens[t];
        let joined = gap::SPACE | gap::HYPHEN | gap::APOSTROPHE | if t == start { gap::DOT } else { 0 };
        let title_dot = t > start && token.gap & gap::DOT != 0 && view.tokens[t - 1].len() <= 3;
        if !(token.follows_by(joined) || title_dot && token.follows_by(joined | gap::DOT)) || is_postcode(view, t) {
            break;
        }
        let particle = token.has(tag::PARTICLE)
            || matches!(
                view.word(t),
                b"et" | b"aux" | b"a" | b"au" | b"en" | b"sur" | b"sous" | b"saint" | b"sainte" | b"notre"
            );
        if particle {
            small = 0;
            continue;
        }
        if token.is_capital() || token.is_number() && token.len() <= 4 {
            if town_begins(view, t) && last.is_some() {
                break;
            }
            last = Some(t);
        } else if small == 0
            && token.is_word()
            && (last.is_none() || view.tokens[t - 1].has(tag::PARTICLE))
            && !token.has(tag::CUE_PHONE | tag::PRONOUN)
        {
            last = Some(t);
            small = 1;
        } else {
            break;
        }
    }
    last
}

/// After `Paris` in `12 rue de la Paix Paris 75002` nothing more is the name.
fn town_begins(view: &View, t: usize) -> bool {
    let words = gazetteer::commune(&view.tokens[t..]);
    words > 0 && is_postcode(view, t + words)
}

/// Five digits that can be a French postal code, or two and three.
fn is_postcode(view: &View, i: usize) -> bool {
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
fn town_after(view: &View, last: usize) -> Option<usize> {
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
        // `…, Digne-les-Bains`: a commune without its code, after a comma.
        let words = gazetteer::commune(&view.tokens[at..]);
        if words > 0 && token.is_capital() && skipped == 1 && token.gap & (gap::COMMA | gap::LINE | gap::HYPHEN) != 0 {
            let after = at + words;
            return Some(
                if is_postcode(view, after) && view.tokens[after].follows_by(gap::SPACE | gap::COMMA) {
                    after
                } else {
                    after - 1
                },
            );
        }
    }
    None
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
            let joined = token.follows_by(gap::SPACE | gap::HYPHEN | gap::APOSTROPHE)
                || t == code + 1 && token.follows_by(gap::SPACE | gap::COMMA);
            let linked = words == 0 || token.gap & gap::HYPHEN != 0;
            if !joined
                || !(token.is_capital() && linked && t < code + 6
                    || token.has(tag::PARTICLE) && view.tokens.get(t + 1).is_some_and(|n| n.is_capital() && linked))
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
    let cue = owner_tags(view, code) & tag::CUE_ADDRESS != 0 && !mailroom;
    let found = view.finding(
        code,
        last,
        Kind::Address,
        if cue { 0.85 } else { 0.6 },
        Evidence::POSTCODE.with_if(cue, Evidence::CUE),
    );
    out.push(found.informative(!cue));
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

/// Tags of the words before the address, in its sentence or its form.
fn owner_tags(view: &View, first: usize) -> u64 {
    let mut tags = 0;
    for t in (first.saturating_sub(OWNER_REACH)..first).rev() {
        let after = view.tokens[t + 1];
        let sentence = after.gap & gap::DOT != 0
            && after.gap & gap::SPACE != 0
            && view.tokens[t].len() > 3
            && after.shape != Shape::Lower;
        if after.gap & (gap::BLANK | gap::STOP) != 0 || sentence {
            break;
        }
        tags |= view.tokens[t].tags;
    }
    tags
}

/// A person or an identifier was found shortly before, in the same paragraph.
fn person_before(view: &View, first: usize, out: &[Finding]) -> bool {
    let start = view.tokens[first].start;
    out.iter().rev().take(64).any(|f| {
        let near = f.end <= start && start - f.end <= 160;
        near && !f.informative
            && matches!(f.kind, Kind::Person | Kind::Birthdate | Kind::Nir | Kind::Phone)
            && !crosses_blank(view, f.end, start)
    })
}

fn crosses_blank(view: &View, from: u32, to: u32) -> bool {
    view.bytes[from as usize..to as usize]
        .windows(2)
        .any(|pair| pair == b"\n\n")
}
