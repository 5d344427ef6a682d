//! Where the readers put the words they find, and what they may still unpack.

use std::collections::HashSet;

use super::{
    Text, Unread,
    bounds::{FREE_EXPANSION, MAX_DEPTH, MAX_EXPANDED, MAX_PARTS, MAX_RATIO, MAX_TEXT},
    kind::Kind,
};

/// The words found so far.
pub(super) struct Gather {
    body: String,
    /// What stands beside the body, once each.
    notes: String,
    noted: HashSet<String>,
    /// Images were seen.
    pub(super) images: bool,
    /// Pages were seen.
    pub(super) pages: usize,
    expandable: usize,
    depth: usize,
    parts: usize,
}

impl Gather {
    /// For a file of `size` bytes.
    pub(super) fn new(size: usize) -> Self {
        Self {
            body: String::new(),
            notes: String::new(),
            noted: HashSet::new(),
            images: false,
            pages: 0,
            expandable: (size.saturating_mul(MAX_RATIO)).clamp(FREE_EXPANSION, MAX_EXPANDED),
            depth: 0,
            parts: 0,
        }
    }

    /// Words of the body, as they are.
    pub(super) fn words(&mut self, words: &str) -> Result<(), Unread> {
        if self.body.len() + self.notes.len() + words.len() > MAX_TEXT {
            return Err(Unread::TooLarge);
        }
        self.body.push_str(words);
        Ok(())
    }

    /// One letter of the body.
    pub(super) fn letter(&mut self, letter: char) -> Result<(), Unread> {
        self.words(letter.encode_utf8(&mut [0; 4]))
    }

    /// Ends the line, if one is begun.
    pub(super) fn line(&mut self) -> Result<(), Unread> {
        let kept = self.body.trim_end_matches([' ', '\t']).len();
        self.body.truncate(kept);
        if self.body.is_empty() || self.body.ends_with('\n') {
            return Ok(());
        }
        self.words("\n")
    }

    /// Parts two words of a cell.
    pub(super) fn gap(&mut self) -> Result<(), Unread> {
        if self.body.is_empty() || self.body.ends_with(char::is_whitespace) {
            return Ok(());
        }
        self.words(" ")
    }

    /// Begins the next cell.
    pub(super) fn cell(&mut self) -> Result<(), Unread> {
        if self.body.ends_with(' ') {
            self.body.pop();
        }
        self.words("\t")
    }

    /// Something beside the body, with what it is. The same thing is noted once.
    pub(super) fn note(&mut self, label: &str, value: &str) -> Result<(), Unread> {
        let value = value.trim();
        if !value.chars().any(char::is_alphanumeric) || self.noted.contains(value) {
            return Ok(());
        }
        if self.body.len() + self.notes.len() + label.len() + value.len() + 4 > MAX_TEXT {
            return Err(Unread::TooLarge);
        }
        self.noted.insert(value.to_owned());
        if !label.is_empty() {
            self.notes.push_str(label);
            self.notes.push_str(" : ");
        }
        self.notes.push_str(value);
        self.notes.push('\n');
        Ok(())
    }

    /// How many bytes may still be unpacked.
    pub(super) fn expandable(&self) -> usize {
        self.expandable
    }

    /// Takes `bytes` from what may be unpacked.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), Unread> {
        self.expandable = self.expandable.checked_sub(bytes).ok_or(Unread::TooLarge)?;
        Ok(())
    }

    /// One more part of an e-mail.
    pub(super) fn one_part(&mut self) -> Result<(), Unread> {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            Err(Unread::TooLarge)
        } else {
            Ok(())
        }
    }

    /// Reads a file, one level deeper than the file it stands in.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Unread>) -> Result<T, Unread> {
        if self.depth == MAX_DEPTH {
            return Err(Unread::TooDeep);
        }
        self.depth += 1;
        let done = read(self)?;
        self.depth -= 1;
        self.line()?;
        Ok(done)
    }

    /// Everything found.
    pub(super) fn finish(mut self, kind: Kind) -> Text {
        if !self.notes.is_empty() && !self.body.is_empty() && !self.body.ends_with('\n') {
            self.body.push('\n');
        }
        self.body.push_str(&self.notes);
        Text {
            kind,
            text: self.body,
            images: self.images,
            pages: self.pages,
        }
    }
}
