//! Which keys a policy may hold, as the reader itself asks for them: it is run on nothing, and what it asks is noted.
//! So no list of keys can differ from what is read.

use std::cell::RefCell;

use super::fields::Need;

/// What may stand at a key.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::policy) enum Shape {
    /// A text, not blank.
    Text,
    /// A list of texts.
    Texts,
    /// `true` or `false`.
    Flag,
    /// A whole number, bounds included.
    Number { least: u64, most: u64 },
    /// A number, bounds included; the least is given in hundredths.
    Decimal { least: u32, most: u32 },
    /// A day.
    Date,
    /// One of these words.
    Word(Vec<&'static str>),
    /// A list of these words.
    Words(Vec<&'static str>),
    /// Where a secret is kept: `{ env = "NAME" }` or `{ file = "PATH" }`.
    Secret,
    /// A table with keys of its own.
    Table,
    /// Any number of tables.
    Tables,
}

/// One key.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::policy) struct Key {
    /// From the root, with points: `tool.decision.date`.
    pub path: String,
    pub need: Need,
    pub shape: Shape,
}

/// What was asked for.
#[derive(Default)]
pub(super) struct Notebook(RefCell<Vec<Key>>);

impl Notebook {
    pub(super) fn note(&self, path: String, need: Need, shape: Shape) {
        self.0.borrow_mut().push(Key { path, need, shape });
    }

    pub(super) fn keys(self) -> Vec<Key> {
        self.0.into_inner()
    }
}
