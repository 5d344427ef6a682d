//! A set of tokens, a bit for each. What the next word of a text will be cannot
//! be foreseen: a bit is written whether it counts or not, which costs less
//! than a branch that is guessed wrong; and sets are joined 64 tokens at a time.

/// A set of the numbers below a bound, in a buffer that is used again and again.
#[derive(Default)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// Empties the set and makes room for the numbers below `bound`.
    pub(super) fn start(&mut self, bound: usize) {
        self.words.clear();
        self.words.resize(bound.div_ceil(64), 0);
    }

    /// Leaves out what is not below `bound`.
    pub(super) fn end(&mut self, bound: usize) {
        self.words.truncate(bound.div_ceil(64));
    }

    /// Adds `n` if it `counts`.
    pub(super) fn set_if(&mut self, counts: bool, n: usize) {
        self.words[n / 64] |= u64::from(counts) << (n % 64);
    }

    /// Adds `n`.
    pub(super) fn set(&mut self, n: usize) {
        self.set_if(true, n);
    }

    /// Adds those of the 64 numbers from `64 * n` on whose bit is set.
    pub(super) fn set_word(&mut self, n: usize, word: u64) {
        self.words[n] |= word;
    }

    /// The numbers, from the lowest on.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.iter_if(true)
    }

    /// The numbers, or none.
    pub(super) fn iter_if(&self, any: bool) -> impl Iterator<Item = usize> {
        let words: &[u64] = if any { &self.words } else { &[] };
        ones(words.iter().copied())
    }

    /// The numbers in either set, from the lowest on. Both have the same bound.
    pub(super) fn either<'b>(&'b self, other: &'b Self) -> impl Iterator<Item = usize> {
        ones(self.words.iter().zip(&other.words).map(|(a, b)| a | b))
    }
}

/// The places of the bits that are set.
fn ones(mut words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    let (mut word, mut next) = (0, 0);
    std::iter::from_fn(move || {
        while word == 0 {
            word = words.next()?;
            next += 64;
        }
        let bit = word.trailing_zeros() as usize;
        word &= word - 1;
        Some(next - 64 + bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_there_in_order() {
        let (mut thirds, mut few) = (Bits::default(), Bits::default());
        for _ in 0..2 {
            thirds.start(200);
            few.start(200);
            (0..200).for_each(|n| thirds.set_if(n % 3 == 0, n));
            few.set(64);
            few.set_word(3, 0b10);
            assert_eq!(
                thirds.iter().collect::<Vec<_>>(),
                (0..200).step_by(3).collect::<Vec<_>>()
            );
            assert_eq!(few.iter().collect::<Vec<_>>(), [64, 193]);
        }
        let both = thirds.either(&few).collect::<Vec<_>>();
        assert_eq!(both.len(), 69);
        assert!(both.is_sorted() && both.contains(&64));
    }
}
