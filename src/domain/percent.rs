//! Percent-encoding (RFC 3986): one way to write a text where only some characters may stand.

/// The text with every byte as `%XX` that is neither unreserved (RFC 3986 §2.3) nor in `kept`.
pub fn percent_encoded(text: &str, kept: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
