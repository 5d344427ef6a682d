//! Where the tokens are at which recognisers begin, gathered once a text: a
//! recogniser walks the few that concern it, not the text.

use super::lexicon::tag;
use super::token::{Shape, Token, gap, key_of};

/// Tokens by what they are, each list in the order of the text.
#[derive(Default)]
pub(super) struct Places {
    /// Numbers.
    pub(super) numbers: Vec<u32>,
    /// Words and phrases that announce or mean something, with their tags.
    pub(super) marks: Vec<(u32, u64)>,
    /// All tags of those.
    pub(super) marked: u64,
    /// Those, and words that begin with a capital.
    pub(super) points: Vec<u32>,
    /// Tokens before which a sentence or a line may end.
    pub(super) breaks: Vec<u32>,
    /// Capitals inside a word, letters that touch digits.
    pub(super) glued: Vec<u32>,
    /// Single letters in a row, numbers in words, `at` for `@`.
    pub(super) spelled: Vec<u32>,
}

/// Tags of words that only matter next to others.
const SMALL: u64 = tag::PARTICLE
    | tag::SMALL_WORD
    | tag::PRONOUN
    | tag::FIRST_PERSON
    | tag::PREDICATE
    | tag::GENERIC
    | tag::PLURAL
    | tag::STOP
    | tag::QUASI
    | tag::MONTH
    | tag::IMPERATIVE;

/// How `@` is spelled.
const AT: [u64; 3] = [key_of("at"), key_of("arobase"), key_of("arobas")];

impl Places {
    /// Gathers the places of a text that was split and tagged.
    pub(super) fn gather(&mut self, tokens: &[Token]) {
        self.clear();
        let mut after_letter = false;
        for (n, token) in tokens.iter().enumerate() {
            let i = n as u32;
            let mark = token.phrase > 0 && token.tags & !SMALL != 0;
            if token.is_number() {
                self.numbers.push(i);
            } else if mark {
                self.marks.push((i, token.tags));
                self.marked |= token.tags;
            }
            if mark || token.is_capital() {
                self.points.push(i);
            }
            if token.gap & (gap::BLANK | gap::STOP | gap::DOT | gap::LINE) != 0 {
                self.breaks.push(i);
            }
            if token.gap == 0 || token.shape == Shape::Mixed {
                self.glued.push(i);
            }
            let single = token.len() == 1;
            if single && after_letter {
                self.spelled.push(i - 1);
            }
            after_letter = single && token.is_word();
            if !after_letter && (token.has(tag::NUMERAL) || AT.contains(&token.key)) {
                self.spelled.push(i);
            }
        }
    }

    fn clear(&mut self) {
        self.marked = 0;
        self.marks.clear();
        for list in [
            &mut self.numbers,
            &mut self.points,
            &mut self.breaks,
            &mut self.glued,
            &mut self.spelled,
        ] {
            list.clear();
        }
    }
}
