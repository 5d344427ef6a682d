//! Taking values out of a request: findings become typed placeholders, and the request is rewritten around them.
//!
//! The same value is the same placeholder wherever it stands in one request, numbered in the order of the text.
//! A conversation grows at its end, so the numbers of what was said before stay, and the provider's prompt cache
//! still fits. Nothing is kept once the request is rewritten. Placeholders go out one way; the way back
//! comes with the restoring of answers.

mod rewrite;

use std::{collections::HashMap, ops::Range};

use crate::detector::Finding;
use crate::domain::Prompt;

pub use rewrite::{Unmaskable, rewrite};

/// Bytes of a prompt's text to be replaced.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// In [`Prompt::text`].
    pub span: Range<usize>,
    /// What stands there instead.
    pub with: String,
}

impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edit({:?}, {} bytes)", self.span, self.with.len())
    }
}

/// A placeholder for each finding: `[PERSONNE_1]`.
pub fn placeholders<'f>(prompt: &Prompt, findings: impl IntoIterator<Item = &'f Finding>) -> Vec<Edit> {
    let mut known: HashMap<(&str, String), usize> = HashMap::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    findings
        .into_iter()
        .map(|finding| {
            let span = finding.start as usize..finding.end as usize;
            let stem = finding.kind.placeholder();
            let value = same_value(&prompt.text[span.clone()]);
            let number = *known.entry((stem, value)).or_insert_with(|| {
                let count = counts.entry(stem).or_default();
                *count += 1;
                *count
            });
            Edit {
                span,
                with: format!("[{stem}_{number}]"),
            }
        })
        .collect()
}

/// What two spellings of one value share: letters and digits, without case.
fn same_value(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
