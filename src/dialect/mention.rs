//! The mention that ends an AI-made text (charter, rule 6), and how it is taken out again.
//!
//! It comes back in the history that the caller's program sends with the next question. There it must go, or the
//! model sees its own answers end with it, starts to write it itself, and the reader gets it twice.

use std::ops::Range;

/// What the policy says must end an AI-made text.
#[derive(Clone, Debug)]
pub struct Mention {
    text: String,
    /// A blank line and the text, as they stand inside a JSON string.
    escaped: Vec<u8>,
}

impl Mention {
    /// From the words of the policy.
    pub fn new(text: &str) -> Self {
        let quoted = serde_json::Value::String(format!("\n\n{text}")).to_string();
        Self {
            text: text.to_owned(),
            escaped: quoted.as_bytes()[1..quoted.len() - 1].to_vec(),
        }
    }

    /// A blank line and the mention, for inside a JSON string.
    pub fn escaped(&self) -> &[u8] {
        &self.escaped
    }

    /// A blank line and the mention, as a JSON string.
    pub fn quoted(&self) -> Vec<u8> {
        [b"\"", &self.escaped[..], b"\""].concat()
    }

    /// The same, as a value.
    pub(super) fn value(&self) -> serde_json::Value {
        format!("\n\n{}", self.text).into()
    }

    /// The model wrote it itself.
    pub fn ends(&self, text: &str) -> bool {
        text.trim_end().ends_with(&self.text)
    }

    /// Where it stands in a text, with the white space before it.
    pub fn places<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        let mut from = 0;
        std::iter::from_fn(move || {
            if self.text.is_empty() {
                return None;
            }
            let at = from + text[from..].find(&self.text)?;
            let start = from + text[from..at].trim_end().len();
            from = at + self.text.len();
            Some(start..from)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_wherever_it_stands_with_the_space_before_it() {
        let mention = Mention::new("Écrit avec une IA.");
        let without = |text: &str| {
            let mut left = String::new();
            let mut from = 0;
            for place in mention.places(text) {
                left.push_str(&text[from..place.start]);
                from = place.end;
            }
            left + &text[from..]
        };
        for (text, left) in [
            ("Bonjour.\n\nÉcrit avec une IA.", "Bonjour."),
            ("Bonjour.\n\nÉcrit avec une IA.\n\nÉcrit avec une IA.", "Bonjour."),
            ("Écrit avec une IA. Bonjour.", " Bonjour."),
            ("Écrit avec une", "Écrit avec une"),
            ("", ""),
        ] {
            assert_eq!(without(text), left);
        }
        assert!(mention.ends("a\n\nÉcrit avec une IA.\n"));
    }
}
