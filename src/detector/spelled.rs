//! Values spelled out: letters held apart, numbers in words, `at` and `point`.

use super::disguise::{LONGEST, Piece};
use super::lexicon::tag;
use super::scan::View;
use super::token::{Shape, gap};

/// Shortest run of single letters, of letters and digits, and of numbers in words.
const SHORTEST_LETTERS: usize = 4;
const SHORTEST_DIGITS: usize = 6;
const SHORTEST_NUMBER: usize = 5;
/// Shortest number that they may make.
const SHORTEST_VALUE: usize = 7;

/// Finds what is spelled out.
pub(super) fn find(view: &View, out: &mut Vec<Piece>) {
    let mut next = 0;
    for i in view.places.spelled.iter() {
        if i < next {
            continue;
        }
        let token = view.tokens[i];
        let last = if token.len() == 1 {
            letters(view, i, out)
        } else if token.has(tag::NUMERAL) {
            number_words(view, i, out)
        } else {
            address(view, i, out)
        };
        next = last.max(i) + 1;
    }
}

/// Adds what tokens `first..=last` say.
fn push(view: &View, first: usize, last: usize, says: String, out: &mut Vec<Piece>) {
    let (start, end) = (view.tokens[first].start as usize, view.tokens[last].end as usize);
    out.push(Piece { start, end, says });
}

/// `D u r a n d`, `M m e  R o u x`, `D.u.r.a.n.d R.`, `1-4-/-0-9`: letters and digits held apart. What holds the
/// first two apart is taken out everywhere; what remains between two of them is part of the text.
fn letters(view: &View, first: usize, out: &mut Vec<Piece>) -> usize {
    let sign = view.tokens.get(first + 1).map_or(0, |t| view.byte_before(t.start));
    let apart = |i: usize| {
        let between = view.between(i);
        (1..=6).contains(&between.len())
            && between.iter().all(|b| b" .-_*\n@/',+:".contains(b))
            && (between[0] == sign || matches!(between, b"\n" | b" "))
    };
    let single = |i: usize| {
        view.tokens
            .get(i)
            .is_some_and(|t| t.len() == 1 && t.shape != Shape::Placeholder)
    };
    // A space among other signs ends a word: two in a row end the disguise.
    let spaced = |i: usize| sign != b' ' && view.between(i) == b" ";
    let mut last = first;
    while single(last + 1) && apart(last + 1) && !(last > first && spaced(last) && spaced(last + 1)) {
        last += 1;
    }
    let letters = (first..=last).filter(|&i| view.tokens[i].is_word()).count();
    let telling =
        letters >= SHORTEST_LETTERS || last - first + 1 >= SHORTEST_DIGITS || letters == 3 && last - first == 2;
    if !telling {
        return first;
    }
    if last - first > LONGEST / 2 || !b" .-_*/+:,".contains(&sign) {
        return last;
    }
    let mut says = String::new();
    for i in first..=last {
        let letter = view.word(i)[0];
        if i > first {
            let rises = letter.is_ascii_uppercase() && view.word(i - 1)[0].is_ascii_lowercase();
            let kept = view.between(i).iter().copied().filter(|&b| b != sign && b != b'\n');
            let before = says.len();
            says.extend(kept.map(char::from));
            // `0...6`: a sign that is held apart by itself is part of the text.
            if view.between(i).len() == 3 && view.between(i).iter().all(|&b| b == sign) && sign != b' ' {
                says.push(sign as char);
            } else if says.len() == before && (rises || view.between(i).len() > 1) {
                says.push(' ');
            }
        }
        says.push(letter as char);
    }
    push(view, first, last, says, out);
    last
}

/// `zéro six douze trente-quatre…`: digits in words, with the digits and the letters among them.
fn number_words(view: &View, first: usize, out: &mut Vec<Piece>) -> usize {
    let free = out.last().map_or(0, |piece| piece.end as u32);
    let (begin, last) = extent(view, first, free);
    let words = view.tokens[begin..=last].iter().filter(|t| t.has(tag::NUMERAL)).count();
    if words >= 3 && last - begin + 1 >= SHORTEST_NUMBER && last - begin <= 256 {
        let says = number_said(view, begin, last);
        if says.len() >= SHORTEST_VALUE {
            push(view, begin, last, says, out);
        }
    }
    last
}

/// First and last token of the number in words around token `first`, not before `free`.
fn extent(view: &View, first: usize, free: u32) -> (usize, usize) {
    let part = |i: usize| {
        let Some(token) = view.tokens.get(i) else { return false };
        token.has(tag::NUMERAL) || token.is_number() && token.len() <= 4 || token.shape == Shape::Initial
    };
    let near = |i: usize| {
        let joint = gap::SPACE | gap::HYPHEN | gap::COMMA | gap::LINE | gap::DOT;
        let token = view.tokens.get(i);
        token.is_some_and(|t| t.follows_by(joint) && (t.gap & gap::LINE == 0 || t.has(tag::NUMERAL)))
    };
    let mut last = first;
    while near(last + 1) && (part(last + 1) || view.says(last + 1, &["et"]) && part(last + 2)) {
        last += 1;
    }
    // The letters or digits that it begins with: `FR soixante-seize…`.
    let mut begin = first;
    while begin > 0 && begin + 2 > first && near(begin) && view.tokens[begin - 1].start >= free {
        let before = view.tokens[begin - 1];
        let code = before.shape == Shape::Initial || view.says(begin - 1, &["fr"]);
        if !(code || before.is_number() && before.len() <= 4) {
            break;
        }
        begin -= 1;
    }
    (begin, last)
}

/// The digits and letters that these tokens say.
fn number_said(view: &View, begin: usize, last: usize) -> String {
    let mut says = String::new();
    let mut pending: Option<u32> = None;
    for i in begin..=last {
        let value = number_word(view, i);
        pending = match (pending, value) {
            (Some(80), Some(value @ 10..=19))
            | (Some(20 | 30 | 40 | 50 | 60 | 80), Some(value @ 1..=9))
            | (Some(60), Some(value @ 10..=19)) => pending.map(|held| held + value),
            (Some(4), Some(20)) => Some(80),
            (Some(10), Some(value @ 7..=9)) => Some(10 + value),
            (Some(held @ (70 | 90)), Some(value @ 7..=9)) => Some(held + value),
            (held, value) => {
                says.extend(held.map(|held| held.to_string()));
                if value.is_none() && !view.says(i, &["et", "cent", "cents", "mille"]) {
                    // Digits keep the groups in which they stand.
                    let group = view.tokens[i].is_number() || i > begin && view.tokens[i - 1].is_number();
                    if group && !says.is_empty() {
                        says.push(' ');
                    }
                    says += &String::from_utf8_lossy(view.word(i));
                }
                value
            }
        };
    }
    says.extend(pending.map(|held| held.to_string()));
    says
}

fn number_word(view: &View, i: usize) -> Option<u32> {
    const WORDS: &[(&str, u32)] = &[
        ("zero", 0),
        ("un", 1),
        ("une", 1),
        ("deux", 2),
        ("trois", 3),
        ("quatre", 4),
        ("cinq", 5),
        ("six", 6),
        ("sept", 7),
        ("huit", 8),
        ("neuf", 9),
        ("dix", 10),
        ("onze", 11),
        ("douze", 12),
        ("treize", 13),
        ("quatorze", 14),
        ("quinze", 15),
        ("seize", 16),
        ("vingt", 20),
        ("vingts", 20),
        ("trente", 30),
        ("quarante", 40),
        ("cinquante", 50),
        ("soixante", 60),
        ("septante", 70),
        ("huitante", 80),
        ("octante", 80),
        ("nonante", 90),
    ];
    WORDS
        .iter()
        .find(|(word, _)| view.says(i, &[word]))
        .map(|(_, value)| *value)
}

/// `jean.garcin (at) orange point fr`.
fn address(view: &View, at: usize, out: &mut Vec<Piece>) -> usize {
    let near = |i: usize| view.tokens[i].gap & (gap::LINE | gap::COMMA | gap::STOP | gap::COLON) == 0;
    let dot = |i: usize| view.says(i, &["point", "dot"]);
    if at == 0 || !near(at) {
        return at;
    }
    // Back over the local part: words held by dots, hyphens or `point`.
    let mut first = at - 1;
    while first > 0 && first + 12 > at {
        let tight = view.tokens[first].gap & gap::SPACE == 0 && view.tokens[first].gap & (gap::DOT | gap::HYPHEN) != 0
            || view.tokens[first].gap == 0;
        if tight || dot(first) {
            first -= 1;
        } else if dot(first - 1) && first > 1 {
            first -= 2;
        } else {
            break;
        }
    }
    let mut last = at + 1;
    let mut dots = 0;
    while last + 1 < view.tokens.len() && last < at + 8 && near(last + 1) {
        let next = last + 1;
        if dot(next) && next + 1 < view.tokens.len() && near(next + 1) {
            dots += 1;
            last = next + 1;
        } else if view.tokens[next].gap == gap::DOT || view.tokens[next].gap == gap::HYPHEN {
            dots += usize::from(view.tokens[next].gap == gap::DOT);
            last = next;
        } else {
            break;
        }
    }
    if dots == 0 || last >= view.tokens.len() || view.tokens[last].shape == Shape::Number {
        return at;
    }
    let mut says = String::new();
    for i in first..=last {
        let sign = match view.tokens[i].gap {
            _ if i == first || i == at || i == at + 1 => "",
            g if g & gap::HYPHEN != 0 => "-",
            g if g & gap::DOT != 0 => ".",
            _ => "",
        };
        says.push_str(sign);
        if i == at {
            says.push('@');
        } else if dot(i) {
            says.push('.');
        } else {
            says.push_str(&String::from_utf8_lossy(view.word(i)));
        }
    }
    push(view, first, last, says, out);
    last
}
