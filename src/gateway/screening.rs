//! What the screening stage asks: the detector over one text, counts for the row, the mention of earlier answers,
//! the purpose without what is personal in it.

use std::cell::RefCell;

use http::HeaderMap;

use crate::detector::{Class, Detector, Finding, Scratch, TooLong};
use crate::domain::{Author, Entry, Prompt};
use crate::masking::{self, Edit};
use crate::policy::{Action, Policy, Tool, Verdict};

use super::Live;

/// Longest purpose that is kept, in characters.
const PURPOSE: usize = 200;
/// Texts longer than this, in bytes, are scanned without holding up the other requests of the thread.
const LONG: usize = 128 * 1024;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Scans with the buffers of this thread. A long text moves the other work of the thread elsewhere first.
pub(super) fn scan<T>(detector: &Detector, text: &str, then: impl FnOnce(&[Finding]) -> T) -> Result<T, TooLong> {
    let work = || SCRATCH.with_borrow_mut(|scratch| detector.scan(text, scratch).map(|findings| then(&findings)));
    let many_threads = tokio::runtime::Handle::try_current()
        .is_ok_and(|handle| handle.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread);
    if text.len() > LONG && many_threads {
        tokio::task::block_in_place(work)
    } else {
        work()
    }
}

/// Counts what was found for the row: by class, by type, and what observation let through.
pub(super) fn count(entry: &mut Entry, policy: &Policy, tool: &Tool, findings: &[Finding]) {
    let detector = policy.detector();
    for finding in findings.iter().filter(|finding| !finding.informative) {
        *entry.findings.entry(finding.class.name().to_owned()).or_default() += 1;
        if let Some(observed) = policy.observed_in(tool, finding) {
            *entry.findings.entry(observed).or_default() += 1;
        }
        *entry
            .finding_types
            .entry(detector.kind_name(finding.kind).to_owned())
            .or_default() += 1;
    }
}

pub(super) fn blocked(findings: &[Finding], verdict: &Verdict) -> Vec<Class> {
    let blocked = findings
        .iter()
        .zip(&verdict.actions)
        .filter(|(_, action)| **action == Action::Block);
    let mut classes: Vec<_> = blocked.map(|(finding, _)| finding.class).collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

/// The notice and the mention of earlier answers: they were never the model's. In the order of the text.
pub(super) fn old_mentions<'p>(prompt: &'p Prompt, live: &'p Live) -> impl Iterator<Item = Edit> + 'p {
    let of_model = prompt.segments.iter().filter(|segment| segment.author == Author::Model);
    of_model.flat_map(|segment| {
        let text = prompt.text_of(segment);
        let mut places: Vec<_> = live.notice.places(text).chain(live.mention.places(text)).collect();
        places.sort_by_key(|place| place.start);
        // Between a notice and a mention with no words in between, the white space belongs to the first.
        let mut free = 0;
        for place in &mut places {
            place.start = place.start.max(free).min(place.end);
            free = place.end;
        }
        let edits = places.into_iter().filter(|place| !place.is_empty());
        edits.map(|place| Edit {
            span: segment.span.start + place.start..segment.span.start + place.end,
            with: String::new(),
        })
    })
}

/// Whether the caller says why: with a letter or a digit at least.
pub(super) fn says_why(headers: &HeaderMap) -> bool {
    let words = headers
        .get("x-gardefou-purpose")
        .map(|value| std::str::from_utf8(value.as_bytes()));
    matches!(words, Some(Ok(words)) if words.contains(char::is_alphanumeric))
}

/// Why, in the caller's words, without anything the detector knows.
pub(super) fn purpose(headers: &HeaderMap, detector: &Detector) -> Option<String> {
    let words = std::str::from_utf8(headers.get("x-gardefou-purpose")?.as_bytes()).ok()?;
    let words: String = words.trim().chars().take(PURPOSE).collect();
    if words.is_empty() {
        return None;
    }
    let mut prompt = Prompt {
        text: words,
        ..Prompt::default()
    };
    let edits = scan(detector, &prompt.text, |findings| {
        masking::placeholders(&prompt, findings.iter().filter(|finding| !finding.informative)).0
    })
    .ok()?;
    for edit in edits.into_iter().rev() {
        prompt.text.replace_range(edit.span, &edit.with);
    }
    Some(prompt.text)
}
