//! Where the tokens are at which recognisers begin, gathered once a text: a
//! recogniser walks the few that concern it, not the text.

use super::lexicon::tag;
use super::list::List;
use super::token::{Shape, Token, gap, key_of};

/// Tokens by what they are, each list in the order of the text.
#[derive(Default)]
pub(super) struct Places {
    /// Numbers.
    pub(super) numbers: List<u32>,
    /// Words and phrases that announce or mean something, with their tags.
    pub(super) marks: List<(u32, u64)>,
    /// All tags of those.
    pub(super) marked: u64,
    /// Those, and words that begin with a capital.
    pub(super) points: List<u32>,
    /// Tokens before which a sentence or a line may end.
    pub(super) breaks: List<u32>,
    /// Capitals inside a word, letters that touch digits.
    pub(super) glued: List<u32>,
    /// Single letters or digits in a row, numbers in words, `at` for `@`.
    pub(super) spelled: List<u32>,
    /// Words that may be the end of the one before: after a few letters with a capital, after a hyphen and a line.
    pub(super) torn: List<u32>,
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
    | tag::IMPERATIVE
    | tag::SOMEONE
    | tag::EPITHET
    | tag::DETAIL
    | tag::STATE
    | tag::MOMENT
    | tag::CASE
    | tag::POST;

/// How `@` is spelled.
const AT: [u64; 3] = [key_of("at"), key_of("arobase"), key_of("arobas")];

impl Places {
    /// Gathers the places of a text that was split and tagged.
    pub(super) fn gather(&mut self, tokens: &[Token]) {
        self.start(tokens.len());
        let mut after_single = false;
        let (mut after_capital, mut after_short) = (false, false);
        for (n, token) in tokens.iter().enumerate() {
            let i = n as u32;
            let mark = (token.phrase > 0) & (token.tags & !SMALL != 0);
            self.numbers.push_if(token.is_number(), i);
            self.marks.push_if(mark, (i, token.tags));
            self.marked |= if mark { token.tags } else { 0 };
            self.points.push_if(mark | token.is_capital(), i);
            let breaks = token.gap & (gap::BLANK | gap::STOP | gap::DOT | gap::LINE) != 0;
            self.breaks.push_if(breaks, i);
            self.glued.push_if((token.gap == 0) | (token.shape == Shape::Mixed), i);
            let joint =
                after_short & (token.gap == gap::SPACE) | after_capital & (token.gap == gap::HYPHEN | gap::LINE);
            self.torn.push_if(joint & (token.shape == Shape::Lower), i);
            after_capital = token.is_capital();
            after_short = after_capital & (token.phrase == 0) & (token.len() <= 4);
            let single = token.len() == 1;
            self.spelled.push_if(single & after_single, i.wrapping_sub(1));
            after_single = single & (token.is_word() | token.is_number());
            let at = (token.key == AT[0]) | (token.key == AT[1]) | (token.key == AT[2]);
            self.spelled.push_if(!after_single & (at | token.has(tag::NUMERAL)), i);
        }
    }

    fn start(&mut self, tokens: usize) {
        self.marked = 0;
        self.marks.start(tokens);
        self.spelled.start(2 * tokens);
        for list in [
            &mut self.numbers,
            &mut self.points,
            &mut self.breaks,
            &mut self.glued,
            &mut self.torn,
        ] {
            list.start(tokens);
        }
    }
}
