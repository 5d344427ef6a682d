//! Any bytes as a request, an answer or a stream of any dialect: no panic, and a stream leaves as the same bytes
//! whatever way it is cut.
//!
//! The first byte chooses the endpoint, the second the cut, the third the framing.
#![no_main]

use gardefou::dialect::{self, Dialect, Endpoint, Framing, Mention, StreamEditor};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let &[choice, cut, framing, ref bytes @ ..] = input else {
        return;
    };
    let all: Vec<(&dyn Dialect, &'static Endpoint)> = dialect::ALL
        .iter()
        .flat_map(|dialect| dialect.endpoints().iter().map(|endpoint| (*dialect, endpoint)))
        .collect();
    let (dialect, endpoint) = all[usize::from(choice) % all.len()];
    let mention = Mention::new("Texte produit avec une IA.");
    if let Ok(request) = endpoint.read(bytes) {
        for segment in &request.prompt.segments {
            assert!(request.prompt.text.get(segment.span.clone()).is_some());
        }
    }
    if let Ok((Some(edited), _)) = endpoint.edit(bytes, Some(&mention), None) {
        let valid = |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).is_ok();
        assert!(!valid(bytes) || valid(&edited), "an edited answer stays JSON");
    }
    let framing = if framing & 1 == 0 { Framing::Events } else { Framing::Array };
    let run = |size: usize| {
        let mut editor = StreamEditor::new(framing, None, dialect.editor(endpoint, framing, Some(mention.clone())));
        let mut out = Vec::new();
        let mut garbled = false;
        for piece in bytes.chunks(size) {
            if editor.push(piece, &mut out).is_err() {
                garbled = true;
                break;
            }
        }
        let whole = editor.finish(&mut out);
        (out, garbled, whole.is_ok())
    };
    let once = run(bytes.len().max(1));
    let pieces = run(usize::from(cut % 40) + 1);
    assert_eq!(once.1, pieces.1, "garbled in one cut, not in the other");
    // Of a garbled stream the caller gets what came before, as far as it was given out.
    assert!(once.1 || once == pieces, "another cut, another stream");
});
