//! One reading of a text: what every recogniser looks at, and where it leaves
//! what it found. Positions are of the folded text until the end of the scan.

use super::finding::{Evidence, Finding};
use super::fold::Folded;
use super::gazetteer;
use super::kind::Kind;
use super::lexicon::LEXICON;
use super::places::Places;
use super::token::{self, Token, gap};

/// The text as recognisers see it.
pub(super) struct View<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) tokens: &'a [Token],
    /// The tokens at which recognisers begin.
    pub(super) places: &'a Places,
}

/// A text read: folded, split, tagged.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) folded: Folded,
    tokens: Vec<Token>,
    places: Places,
}

impl Reading {
    /// Reads `text` into these buffers.
    pub(super) fn read(&mut self, text: &str) {
        self.folded.fold(text);
        token::split(
            &self.folded.bytes,
            self.folded.len(),
            &mut self.tokens,
            &mut self.places,
        );
        LEXICON.tag(&self.folded.bytes, &mut self.tokens, &mut self.places);
        gazetteer::know(&mut self.tokens, self.places.capitals.iter());
    }

    /// What recognisers look at.
    pub(super) fn view(&self) -> View<'_> {
        View {
            bytes: &self.folded.bytes,
            tokens: &self.tokens,
            places: &self.places,
        }
    }
}

/// How far before a value a cue may stand, in bytes, and after it.
const CUE_BEFORE: u32 = 48;
const CUE_AFTER: u32 = 20;

#[inline(never)]
fn is_one_of(text: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
}

impl View<'_> {
    /// The tokens that are numbers.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.places.numbers.iter()
    }

    /// Words that begin with a capital, and marked tokens.
    pub(super) fn points(&self) -> impl Iterator<Item = usize> {
        self.places.points()
    }

    /// The marked tokens that have one of these tags.
    pub(super) fn marks(&self, tags: u64) -> impl Iterator<Item = usize> {
        let marks = self.places.marks.iter_if(self.places.marked & tags != 0);
        marks.filter(move |&i| self.tokens[i].has(tags))
    }

    /// The folded text of token `i`.
    pub(super) fn word(&self, i: usize) -> &[u8] {
        self.tokens[i].text(self.bytes)
    }

    /// Whether the key of token `i` is one of these.
    pub(super) fn is(&self, i: usize, keys: &[u64]) -> bool {
        keys.contains(&self.tokens[i].key)
    }

    /// Whether token `i` is one of these words, in either case.
    #[inline(always)] // what the words are is known where it is called: few tokens pass their lengths and heads
    pub(super) fn says(&self, i: usize, words: &[&str]) -> bool {
        let text = self.word(i);
        let alike = |word: &&str| word.len() == text.len() && (word.as_bytes()[0] ^ text[0]) & !0x20 == 0;
        words.iter().any(alike) && is_one_of(text, words)
    }

    /// The byte at `at`; a space outside the text.
    pub(super) fn byte(&self, at: u32) -> u8 {
        self.bytes.get(at as usize).copied().unwrap_or(b' ')
    }

    /// The byte before `at`; a space at the beginning.
    pub(super) fn byte_before(&self, at: u32) -> u8 {
        if at == 0 { b' ' } else { self.byte(at - 1) }
    }

    /// What stands between token `i` and the one before.
    pub(super) fn between(&self, i: usize) -> &[u8] {
        let start = if i == 0 { 0 } else { self.tokens[i - 1].end as usize };
        &self.bytes[start..self.tokens[i].start as usize]
    }

    /// All tags of the words shortly before token `first`, in the same
    /// paragraph.
    pub(super) fn cues_before(&self, first: usize) -> u64 {
        let mut cues = 0;
        let mut after = first;
        for (i, token) in self.tokens[..first].iter().enumerate().rev() {
            if self.tokens[after].gap & gap::BLANK != 0 || self.tokens[first].start - token.end > CUE_BEFORE {
                break;
            }
            cues |= token.tags;
            after = i;
        }
        cues
    }

    /// All tags of the words around tokens `first..=last`.
    pub(super) fn cues(&self, first: usize, last: usize) -> u64 {
        let after = self.tokens[last + 1..]
            .iter()
            .take_while(|t| t.start - self.tokens[last].end <= CUE_AFTER && t.gap & gap::BLANK == 0);
        after.fold(self.cues_before(first), |cues, token| cues | token.tags)
    }

    /// All tags of the sentence around token `i`, or of its nearest words.
    pub(super) fn tags_of_sentence(&self, i: usize) -> u64 {
        let ends = |t: &Token, previous: &Token| {
            t.gap & (gap::BLANK | gap::STOP) != 0
                || t.gap & gap::DOT != 0 && t.gap & gap::SPACE != 0 && previous.len() > 3
        };
        let mut tags = 0;
        for t in (i.saturating_sub(24)..i).rev() {
            if ends(&self.tokens[t + 1], &self.tokens[t]) {
                break;
            }
            tags |= self.tokens[t].tags;
        }
        for t in i..self.tokens.len().min(i + 24) {
            if t > i && ends(&self.tokens[t], &self.tokens[t - 1]) {
                break;
            }
            tags |= self.tokens[t].tags;
        }
        tags
    }

    /// A finding over tokens `first..=last`.
    pub(super) fn finding(&self, first: usize, last: usize, kind: Kind, score: f32, why: Evidence) -> Finding {
        Finding::new(self.tokens[first].start, self.tokens[last].end, kind, score, why)
    }
}
