//! Any text as a policy file: it is read, or every mistake is told with its place; never a panic.
#![no_main]

use gardefou::policy::Policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let source = String::from_utf8_lossy(bytes);
    let today = jiff::civil::date(2026, 11, 23);
    match Policy::read(&source, "policy.toml", today) {
        Ok(policy) => assert_eq!(policy.hash().len(), 16),
        Err(diagnostics) => assert!(!diagnostics.to_string().is_empty()),
    }
});
