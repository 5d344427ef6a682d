//! Words torn apart or turned round: a name with a space or the end of a line inside (`Gi raud`, `Gi-\nraud`, as the
//! text of some PDF files has them), and values read backwards (`duariG`).

use super::checks;
use super::disguise::Piece;
use super::gazetteer::{self, Known};
use super::scan::View;
use super::token::{self, Shape, gap};

/// Most parts of a torn name, longest name.
const PARTS: usize = 4;
const LONGEST_NAME: usize = 24;

/// Finds torn words and values read backwards.
pub(super) fn find(view: &View, length: usize, out: &mut Vec<Piece>) {
    for i in view.places.capitals.iter() {
        let head = view.tokens[i];
        match view.tokens.get(i + 1).filter(|next| next.shape == Shape::Lower) {
            Some(next) if next.gap == gap::HYPHEN | gap::LINE => hyphenated(view, i + 1, out),
            Some(next) if next.gap == gap::SPACE && head.phrase == 0 && head.len() <= 4 => torn(view, i, out),
            _ => {}
        }
    }
    for i in view.places.glued.iter() {
        backwards(view, i, out);
    }
    for at in memchr::memchr_iter(b'@', &view.bytes[..length]) {
        backwards_address(&view.bytes[..length], at, out);
    }
}

/// What is known of the word that these tokens make without what is between them.
fn joined(view: &View, first: usize, last: usize) -> Option<(Known, String)> {
    let mut word = Vec::with_capacity(LONGEST_NAME + 8);
    for i in first..=last {
        word.extend_from_slice(view.word(i));
    }
    let length = word.len();
    if length > LONGEST_NAME {
        return None;
    }
    word.resize(length + 8, 0);
    let known = gazetteer::known(token::key(&word, 0, length));
    word.truncate(length);
    String::from_utf8(word).ok().map(|word| (known, word))
}

/// `Gi raud`: a few letters with a capital, then letters that are no word; together a name.
fn torn(view: &View, i: usize, out: &mut Vec<Piece>) {
    let head = view.tokens[i];
    if head.shape == Shape::Upper {
        return;
    }
    let mut alone = false;
    for last in i + 1..view.tokens.len().min(i + PARTS) {
        let part = view.tokens[last];
        // A letter that is no word by itself tells that what follows is a part as well.
        alone |= part.len() == 1 && !view.says(last, &["a", "y", "l", "d"]);
        let stray = part.gap == gap::SPACE
            && part.shape == Shape::Lower
            && (alone || part.len() <= 2 || part.phrase == 0 && gazetteer::known(part.key).word() == 0);
        if !stray {
            return;
        }
        if part.len() > 2
            && let Some((known, says)) = joined(view, i, last)
            && known.word() == 0
            && (known.first() > 0 || known.last() > 0)
        {
            let (start, end) = (head.start as usize, part.end as usize);
            out.push(Piece { start, end, says });
            return;
        }
    }
}

/// A word with a capital, cut by a hyphen at the end of a line, that is no common word when whole.
fn hyphenated(view: &View, i: usize, out: &mut Vec<Piece>) {
    let end = view.tokens[i];
    if view.tokens[i - 1].shape == Shape::Upper {
        return;
    }
    if let Some((known, says)) = joined(view, i - 1, i)
        && known.word() == 0
    {
        let (start, end) = (view.tokens[i - 1].start as usize, end.end as usize);
        out.push(Piece { start, end, says });
    }
}

/// `duariG`, and a French IBAN that ends with `RF`.
fn backwards(view: &View, i: usize, out: &mut Vec<Piece>) {
    let token = view.tokens[i];
    let word = view.word(i);
    if token.shape == Shape::Mixed && word.len() >= 3 {
        let (last, letters) = word.split_last().expect("it has three letters");
        if last.is_ascii_uppercase() && letters.iter().all(u8::is_ascii_lowercase) {
            let (start, end) = (token.start as usize, token.end as usize);
            out.push(Piece {
                start,
                end,
                says: turned(word),
            });
        }
    } else if word.eq_ignore_ascii_case(b"rf") && i > 0 && view.tokens[i - 1].is_number() {
        let end = token.end as usize;
        let mut code = [0; 27];
        let (mut at, mut filled) = (end, 0);
        while filled < code.len() && at > 0 && end - at < 48 {
            at -= 1;
            if view.bytes[at].is_ascii_alphanumeric() {
                code[filled] = view.bytes[at].to_ascii_uppercase();
                filled += 1;
            }
        }
        if filled == code.len() && checks::iban(&code) {
            let says = String::from_utf8_lossy(&code).into_owned();
            out.push(Piece { start: at, end, says });
        }
    }
}

/// `rf.egnaro@xuor.eivlys`: what stands before the sign begins as addresses end.
fn backwards_address(bytes: &[u8], at: usize, out: &mut Vec<Piece>) {
    const ENDS: [&[u8]; 6] = [b"rf.", b"moc.", b"gro.", b"ten.", b"ue.", b"elpmaxe."];
    let of_address = |b: &&u8| b.is_ascii_alphanumeric() || b"._-+".contains(*b);
    let before = bytes[at.saturating_sub(64)..at]
        .iter()
        .rev()
        .take_while(of_address)
        .count();
    let after = bytes[at + 1..bytes.len().min(at + 65)]
        .iter()
        .take_while(of_address)
        .count();
    let (start, end) = (at - before, at + 1 + after);
    if after > 2 && ENDS.iter().any(|tail| bytes[start..at].starts_with(tail)) {
        out.push(Piece {
            start,
            end,
            says: turned(&bytes[start..end]),
        });
    }
}

fn turned(text: &[u8]) -> String {
    text.iter().rev().map(|&b| b as char).collect()
}
