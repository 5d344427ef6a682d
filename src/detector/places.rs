//! Where the tokens are at which recognisers begin, noted while a text is split
//! and tagged: a recogniser walks the few that concern it, not the text.

use super::bits::Bits;

/// Tokens by what they are.
#[derive(Default)]
pub(super) struct Places {
    /// Numbers.
    pub(super) numbers: Bits,
    /// Words that begin with a capital.
    pub(super) capitals: Bits,
    /// Tokens before which a sentence or a line may end.
    pub(super) breaks: Bits,
    /// Capitals inside a word, letters that touch digits.
    pub(super) glued: Bits,
    /// Words with which a phrase of the lexicon may begin.
    pub(super) heads: Bits,
    /// Words and phrases that announce or mean something.
    pub(super) marks: Bits,
    /// All tags of those.
    pub(super) marked: u64,
    /// Single letters or digits in a row, numbers in words, `at` for `@`.
    pub(super) spelled: Bits,
}

impl Places {
    /// Forgets the last text: the next has at most `tokens` tokens.
    pub(super) fn start(&mut self, tokens: usize) {
        self.marked = 0;
        self.each(|set| set.start(tokens));
    }

    /// There are this many tokens.
    pub(super) fn end(&mut self, tokens: usize) {
        self.each(|set| set.end(tokens));
    }

    fn each(&mut self, change: impl Fn(&mut Bits)) {
        change(&mut self.numbers);
        change(&mut self.capitals);
        change(&mut self.breaks);
        change(&mut self.glued);
        change(&mut self.heads);
        change(&mut self.marks);
        change(&mut self.spelled);
    }

    /// Marked words, and words that begin with a capital.
    pub(super) fn points(&self) -> impl Iterator<Item = usize> {
        self.marks.either(&self.capitals)
    }
}
