//! Any words of a question, masked: the request stays a request, what is masked is gone, the values put back give
//! the same words, and masking again and again soon finds nothing left.
#![no_main]

use std::sync::Arc;

use gardefou::detector::{Detector, Scratch};
use gardefou::dialect;
use gardefou::domain::{Form, Words};
use gardefou::masking::{Restoring, placeholders, rewrite};
use libfuzzer_sys::fuzz_target;

/// Masking changes the words around a value, and so what the next look sees; it must come to an end.
const ROUNDS: usize = 6;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let chat = dialect::ALL[0]
        .endpoints()
        .iter()
        .find(|endpoint| endpoint.paths.iter().any(|path| path.ends_with("/chat/completions")))
        .expect("the first dialect has a chat");
    let mut body = serde_json::json!({ "model": "m", "messages": [{ "role": "user", "content": text }] })
        .to_string()
        .into_bytes();
    let (detector, mut scratch) = (Detector::builtin(), Scratch::default());
    for _ in 0..ROUNDS {
        let request = chat.read(&body).expect("what was written is read");
        let prompt = &request.prompt;
        let found = detector.scan(&prompt.text, &mut scratch).expect("short");
        let (edits, vault) = placeholders(prompt, found.iter().filter(|finding| !finding.informative));
        if edits.is_empty() {
            return;
        }
        let masked = rewrite(&body, prompt, &edits, Vec::new()).expect("words take placeholders");
        let after = chat.read(&masked).expect("a masked request is a request").prompt;
        // Nothing but the edits changed, and every value comes back, in its first spelling.
        let (mut from, mut at) = (0, 0);
        for edit in &edits {
            let kept = &prompt.text[from..edit.span.start];
            assert!(after.text[at..].starts_with(kept));
            at += kept.len();
            assert!(after.text[at..].starts_with(&edit.with));
            at += edit.with.len();
            from = edit.span.end;
        }
        assert_eq!(after.text[at..], prompt.text[from..]);
        let restored = Restoring(Arc::new(vault)).whole(&after.text, Form::Prose).expect("nothing stops it");
        let restored = restored.unwrap_or_else(|| after.text.clone());
        assert_eq!(letters(&restored), letters(&prompt.text));
        body = masked;
    }
    panic!("something is left after {ROUNDS} rounds");
});

/// What two spellings of one value share.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
