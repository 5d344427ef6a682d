//! One pass over a JSON text, with the table's rule and the byte range of every value.
//!
//! `serde_json` does not tell where a value stands in the bytes, and we edit by splicing so that what we do not
//! touch leaves exactly as it came. `jiter`, the parser under pydantic, tells positions; this file joins it to the
//! tables. Strict JSON (RFC 8259) only: no NaN, nothing after the document, and a bound on depth.

use std::{fmt, ops::Range};

use jiter::{Jiter, JiterError, Peek};

use super::table::{At, Rule, Shape};

/// Deepest nesting that is read. Real requests stay under 30; `serde_json` draws the line at 128.
pub(super) const MAX_DEPTH: usize = 100;

/// Why a body cannot be read. Holds a place and a reason, never a byte of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Not JSON: at this byte.
    NotJson(usize),
    /// More than [`MAX_DEPTH`] levels.
    TooDeep,
    /// A field has the wrong type.
    WrongType(&'static str),
    /// A field that must stand is absent.
    Absent(&'static str),
    /// A field that may stand once stands twice: we and the backend might each believe another one.
    Twice(&'static str),
    /// The body must be an object.
    NotAnObject,
    /// Text that came as numbers (tokens of a tokenizer).
    Tokens,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(at) => write!(f, "not JSON at byte {at}"),
            Self::TooDeep => write!(f, "more than {MAX_DEPTH} levels of nesting"),
            Self::WrongType(field) => write!(f, "`{field}` has the wrong type"),
            Self::Absent(field) => write!(f, "`{field}` is absent"),
            Self::Twice(field) => write!(f, "`{field}` is given twice"),
            Self::NotAnObject => write!(f, "the body is not an object"),
            Self::Tokens => write!(f, "text given as numbers"),
        }
    }
}

impl std::error::Error for Unreadable {}

impl From<JiterError> for Unreadable {
    fn from(error: JiterError) -> Self {
        Self::NotJson(error.index)
    }
}

/// What is told of each value, in the order of the bytes.
pub(super) trait Visitor {
    /// A key that the table names may stand once, and what it leads to has the table's type. Said of requests:
    /// two readers of one body could each believe another value. An answer is the backend's affair.
    const STRICT: bool = false;

    /// An object or array begins.
    fn open(&mut self, _rule: Rule, _at: usize) {}
    /// It ends; the range goes from its first byte to its last.
    fn close(&mut self, _rule: Rule, _range: Range<usize>) {}
    /// A string: its range has the quotes, its text has no escapes.
    fn string(&mut self, rule: Rule, range: Range<usize>, text: &str) -> Result<(), Unreadable>;
    /// A number, as written.
    fn number(&mut self, _rule: Rule, _range: Range<usize>, _digits: &str) -> Result<(), Unreadable> {
        Ok(())
    }
    /// True or false.
    fn boolean(&mut self, _rule: Rule, _value: bool) -> Result<(), Unreadable> {
        Ok(())
    }
    /// Null.
    fn null(&mut self, _rule: Rule, _range: Range<usize>) {}
    /// A key that the table does not name, with the rule of what it leads to.
    fn key(&mut self, _rule: Rule, _range: Range<usize>, _key: &str) {}
}

/// Walks `json` along `shape`.
pub(super) fn walk(json: &[u8], shape: &Shape, visitor: &mut impl Visitor) -> Result<(), Unreadable> {
    let mut walk = Walk {
        source: json,
        json: Jiter::new(json),
        shape,
        visitor,
        buffer: String::new(),
    };
    let first = walk.json.peek()?;
    walk.value(first, shape.root(), 0)?;
    walk.json.finish()?;
    Ok(())
}

struct Walk<'a, V> {
    source: &'a [u8],
    json: Jiter<'a>,
    shape: &'a Shape,
    visitor: &'a mut V,
    buffer: String,
}

impl<V: Visitor> Walk<'_, V> {
    fn value(&mut self, peek: Peek, at: At, depth: usize) -> Result<(), Unreadable> {
        let start = self.json.current_index();
        let rule = self.shape.rule(at);
        if V::STRICT
            && !matches!(peek, Peek::Object | Peek::Array | Peek::Null)
            && let Some(name) = self.shape.holder(at)
        {
            return Err(Unreadable::WrongType(name));
        }
        match peek {
            Peek::String => {
                self.buffer.clear();
                self.buffer.push_str(self.json.known_str()?);
                let range = start..self.json.current_index();
                self.visitor.string(rule, range, &self.buffer)
            }
            Peek::Object | Peek::Array if depth == MAX_DEPTH => Err(Unreadable::TooDeep),
            Peek::Object => {
                let at = self.shape.object(at);
                self.object(self.shape.rule(at), at, start, depth)
            }
            Peek::Array => self.array(rule, at, start, depth),
            Peek::True | Peek::False => {
                let value = self.json.known_bool(peek)?;
                self.visitor.boolean(rule, value)
            }
            Peek::Null => {
                self.json.known_null()?;
                self.visitor.null(rule, start..self.json.current_index());
                Ok(())
            }
            _ => {
                self.buffer.clear();
                let digits = self.json.known_number_bytes(peek)?;
                self.buffer.push_str(&String::from_utf8_lossy(digits));
                let range = start..self.json.current_index();
                self.visitor.number(rule, range, &self.buffer)
            }
        }
    }

    fn object(&mut self, rule: Rule, at: At, start: usize, depth: usize) -> Result<(), Unreadable> {
        self.visitor.open(rule, start);
        let mut seen = Vec::new();
        let mut before = start + 1;
        let mut next = match self.json.known_object()? {
            Some(key) => Some(step(self.shape, at, key, &mut self.buffer)),
            None => None,
        };
        while let Some((child, named)) = next {
            if named && V::STRICT {
                if seen.contains(&child) {
                    return Err(Unreadable::Twice(self.shape.name(child)));
                }
                seen.push(child);
            }
            if !named {
                let range = key_range(self.source, before, self.json.current_index());
                self.visitor.key(self.shape.rule(child), range, &self.buffer);
            }
            let peek = self.json.peek()?;
            self.value(peek, child, depth + 1)?;
            before = self.json.current_index();
            next = match self.json.next_key()? {
                Some(key) => Some(step(self.shape, at, key, &mut self.buffer)),
                None => None,
            };
        }
        self.visitor.close(rule, start..self.json.current_index());
        Ok(())
    }

    fn array(&mut self, rule: Rule, at: At, start: usize, depth: usize) -> Result<(), Unreadable> {
        self.visitor.open(rule, start);
        let item = self.shape.item(at);
        let mut next = self.json.known_array()?;
        while let Some(peek) = next {
            self.value(peek, item, depth + 1)?;
            next = self.json.array_step()?;
        }
        self.visitor.close(rule, start..self.json.current_index());
        Ok(())
    }
}

/// Where a key leads, and whether the table names it. The key of an unnamed one is kept for the visitor.
fn step(shape: &Shape, at: At, key: &str, buffer: &mut String) -> (At, bool) {
    let named = shape.names(at, key);
    if !named {
        buffer.clear();
        buffer.push_str(key);
    }
    (shape.key(at, key), named)
}

/// A key stands between the end of the value before and the colon just read; only white space,
/// a comma and the colon are there besides.
fn key_range(source: &[u8], before: usize, after: usize) -> Range<usize> {
    let between = &source[before..after];
    let open = memchr::memchr(b'"', between).unwrap_or(0);
    let close = memchr::memrchr(b'"', between).unwrap_or(between.len().saturating_sub(1));
    before + open..before + close + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Everything(Vec<String>);

    impl Visitor for Everything {
        fn string(&mut self, _: Rule, range: Range<usize>, text: &str) -> Result<(), Unreadable> {
            self.0.push(format!("{range:?} {text}"));
            Ok(())
        }
        fn number(&mut self, _: Rule, range: Range<usize>, digits: &str) -> Result<(), Unreadable> {
            self.0.push(format!("{range:?} {digits}"));
            Ok(())
        }
        fn key(&mut self, _: Rule, range: Range<usize>, key: &str) {
            self.0.push(format!("{range:?} key {key}"));
        }
    }

    fn seen(json: &str) -> Result<Vec<String>, Unreadable> {
        let mut all = Everything::default();
        walk(json.as_bytes(), &Shape::uniform(Rule::Free), &mut all)?;
        Ok(all.0)
    }

    #[test]
    fn every_value_is_told_with_its_place() {
        assert_eq!(
            seen(r#"{ "a" : ["é\n", 12] , "b\"c":"d"}"#).unwrap(),
            ["2..5 key a", "9..15 é\n", "17..19 12", "23..29 key b\"c", "30..33 d"]
        );
    }

    #[test]
    fn what_is_not_json_is_not_read() {
        for bad in [
            "",
            "{",
            "{\"a\":}",
            "[1,]",
            "{\"a\":1} x",
            "NaN",
            "\"\u{1}\"",
            "{'a':1}",
            "nul",
        ] {
            assert!(matches!(seen(bad), Err(Unreadable::NotJson(_))), "{bad}");
        }
        let mut deep = "[".repeat(10_000);
        assert_eq!(seen(&deep), Err(Unreadable::TooDeep));
        deep.push_str(&"]".repeat(10_000));
        assert_eq!(seen(&deep), Err(Unreadable::TooDeep));
        assert!(walk(b"\"\xff\"", &Shape::uniform(Rule::Free), &mut Everything::default()).is_err());
    }

    proptest::proptest! {
        /// We read exactly what `serde_json` reads, depth apart: a text that only one of us and a backend
        /// understands would be a way round.
        #[test]
        fn reads_what_serde_json_reads(text in "[\\[\\]{}:,\"a1.eE+\\-\\\\ntrufalse \u{e9}]{0,24}") {
            let ours = seen(&text).is_ok();
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            proptest::prop_assert_eq!(ours, theirs);
        }
    }
}
