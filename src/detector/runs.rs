//! Runs of digits: how people group a number, what may hold its groups apart,
//! and the letters that a scanner took for digits.

use super::scan::View;

/// Longest number that is looked for: 23 characters of a RIB.
pub(super) const LONGEST: usize = 24;

/// Buffers of this recogniser.
#[derive(Default)]
pub(super) struct NumberScratch {
    pub(super) groups: Vec<Group>,
    pub(super) digits: Vec<u8>,
}

/// One group of a run: a token, with what separates it from the group before.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub(super) token: usize,
    /// Its last token: letters may stand for some of its digits.
    pub(super) last: usize,
    /// Its first character in the run.
    pub(super) first: usize,
    /// Characters from `first` on.
    pub(super) length: usize,
    pub(super) separator: [u8; 3],
}

/// Gathers the run that begins at token `first`; returns the token after it.
pub(super) fn gather(view: &View, first: usize, scratch: &mut NumberScratch) -> usize {
    scratch.groups.clear();
    scratch.digits.clear();
    let mut i = first;
    while let Some(token) = view.tokens.get(i) {
        let mut separator = [0; 3];
        if i > first {
            let between = view.between(i);
            if !separates(between) {
                break;
            }
            // A bar holds the cells of a form, one digit in each; around longer numbers, those of a table.
            let single = token.len() == 1 && view.tokens[i - 1].len() == 1;
            if between.contains(&b'|') && !single {
                break;
            }
            separator[..between.len()].copy_from_slice(between);
        }
        // Corsica inside a NIR: `2A` or `2B` as sixth and seventh characters.
        let corsica = i > first
            && token.len() == 1
            && matches!(view.word(i)[0] | 0x20, b'a' | b'b')
            && scratch.digits.last() == Some(&b'2')
            && token.gap == 0;
        let misread = misread(view, i);
        if !token.is_number() && !corsica && !misread {
            break;
        }
        let word = view.word(i);
        let kept = &word[..word.len().min(LONGEST + 1)];
        let whole = i > first && token.gap == 0;
        if let Some(group) = scratch.groups.last_mut().filter(|_| whole) {
            group.last = i;
            group.length += kept.len();
        } else {
            scratch.groups.push(Group {
                token: i,
                last: i,
                first: scratch.digits.len(),
                length: kept.len(),
                separator,
            });
        }
        let digit = |b: &u8| if corsica { b.to_ascii_uppercase() } else { digit_for(*b) };
        scratch.digits.extend(kept.iter().map(digit));
        i += 1;
        if scratch.groups.len() >= 512 {
            break;
        }
    }
    i.max(first + 1)
}

/// Letters that a scanner takes for digits.
pub(super) fn misread(view: &View, i: usize) -> bool {
    let token = view.tokens[i];
    token.is_word() && token.len() <= 3 && view.word(i).iter().all(|&b| digit_for(b) != b)
}

/// The digit that a misread letter was.
pub(super) fn digit_for(byte: u8) -> u8 {
    match byte {
        b'O' | b'o' | b'Q' => b'0',
        b'I' | b'l' | b'i' | b'L' => b'1',
        b'S' | b's' => b'5',
        b'B' => b'8',
        b'Z' => b'2',
        other => other,
    }
}

/// Digits may be held apart by these: at most two signs and a line break.
fn separates(between: &[u8]) -> bool {
    // A comma holds numbers apart more often than the groups of one: `Number::read` asks for proof.
    between == b", "
        || between.len() <= 3
            && between.iter().all(|b| b" .-/_|\n\r\t".contains(b))
            && between.iter().filter(|&&b| b == b'\n').count() < 2
}
