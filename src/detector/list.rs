//! A list that is filled without a branch: every candidate is written, and the
//! list grows by those that count. Whether the next word of a text is of
//! interest cannot be foreseen, and a processor loses more by guessing wrong
//! than by writing.

use std::ops::Deref;

/// Items in a buffer that is used again and again.
#[derive(Default)]
pub(super) struct List<T> {
    buffer: Vec<T>,
    length: usize,
}

impl<T: Copy + Default> List<T> {
    /// Empties the list and makes room for this many candidates.
    pub(super) fn start(&mut self, candidates: usize) {
        self.length = 0;
        if self.buffer.len() <= candidates {
            self.buffer.resize(candidates + 1, T::default());
        }
    }

    /// Adds `item` if `counts`. There must be room for it.
    pub(super) fn push_if(&mut self, counts: bool, item: T) {
        self.buffer[self.length] = item;
        self.length += usize::from(counts);
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.buffer[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_counts_stays() {
        let mut list = List::default();
        for numbers in [0..9_u32, 3..4] {
            list.start(numbers.len());
            numbers.for_each(|n| list.push_if(n % 3 == 0, n));
        }
        assert_eq!(*list, [3]);
    }
}
