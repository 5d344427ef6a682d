//! Any bytes: no panic, spans in order on character boundaries, the same
//! answer twice.
#![no_main]

use gardefou::detector::{Detector, Finding, Scratch};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let detector = Detector::builtin();
    let mut scratch = Scratch::default();
    let first: Vec<Finding> = detector.scan(&text, &mut scratch).expect("short").to_vec();
    let mut last = 0;
    for finding in &first {
        assert!(finding.start >= last && finding.start < finding.end);
        assert!(text.get(finding.start as usize..finding.end as usize).is_some());
        last = finding.end;
    }
    assert_eq!(first[..], detector.scan(&text, &mut scratch).expect("short")[..]);
});
