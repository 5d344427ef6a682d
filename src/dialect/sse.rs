//! Cutting a stream of bytes into the documents it carries: server-sent events, or one long JSON array.
//!
//! Both decoders are pure (`push` bytes, take [`Block`]s) and keep the raw bytes of every block, so that what is
//! not edited leaves exactly as it came, comments and ids included. An event is given out only when it is whole;
//! until then its bytes wait, up to [`MAX_BLOCK`].
//!
//! Server-sent events: WHATWG HTML, "Server-sent events", with LF, CR LF and CR as line ends.

use std::ops::Range;

/// Longest event that is read, in bytes. Images come as base64 inside one event.
pub(super) const MAX_BLOCK: usize = 16 * 1024 * 1024;

/// How a stream is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// `text/event-stream`.
    Events,
    /// A JSON array that grows: Gemini without `alt=sse`.
    Array,
}

/// A piece of a stream that stands alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its bytes as they came.
    pub raw: Vec<u8>,
    data: Data,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Data {
    None,
    /// The document is these bytes of `raw`.
    Place(Range<usize>),
    /// The document came on several `data:` lines. A line end between two tokens of JSON is white space.
    Joined(Vec<u8>),
}

impl Block {
    /// The document in it, if it has one.
    pub fn data(&self) -> Option<&[u8]> {
        match &self.data {
            Data::None => None,
            Data::Place(range) => Some(&self.raw[range.clone()]),
            Data::Joined(data) => Some(data),
        }
    }

    /// The same block with another document in it.
    pub fn with(&self, data: &[u8]) -> Self {
        let mut raw = Vec::with_capacity(self.raw.len() + data.len());
        self.write_with(data, &mut raw);
        let end = match &self.data {
            Data::Place(range) => range.start + data.len(),
            Data::None | Data::Joined(_) => raw.len() - 2,
        };
        Self {
            data: Data::Place(end - data.len()..end),
            raw,
        }
    }

    /// An element of an array that has begun, holding this document.
    pub fn element(data: &[u8]) -> Self {
        let raw = [b",", data].concat();
        Self {
            data: Data::Place(1..raw.len()),
            raw,
        }
    }

    /// The same block with another document in it, appended to `out`.
    pub fn write_with(&self, data: &[u8], out: &mut Vec<u8>) {
        match &self.data {
            Data::Place(range) => {
                out.extend_from_slice(&self.raw[..range.start]);
                out.extend_from_slice(data);
                out.extend_from_slice(&self.raw[range.end..]);
            }
            Data::None | Data::Joined(_) => {
                for (line, end) in lines(&self.raw) {
                    if field(line).is_none_or(|(name, _)| name != b"data") && !line.is_empty() {
                        out.extend_from_slice(line);
                        out.extend_from_slice(end);
                    }
                }
                out.extend_from_slice(b"data: ");
                out.extend_from_slice(data);
                out.extend_from_slice(b"\n\n");
            }
        }
    }
}

/// A block grew beyond [`MAX_BLOCK`], or an array is not one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// Cuts a stream.
#[derive(Debug)]
pub(super) struct Decoder {
    framing: Framing,
    pending: Vec<u8>,
    /// How far `pending` was looked at.
    seen: usize,
    array: Array,
}

#[derive(Debug, Default)]
struct Array {
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// Where the element being read began in `pending`.
    start: usize,
}

impl Decoder {
    /// Nothing seen yet.
    pub(super) fn new(framing: Framing) -> Self {
        Self {
            framing,
            pending: Vec::new(),
            seen: 0,
            array: Array::default(),
        }
    }

    /// How it cuts.
    pub(super) fn framing(&self) -> Framing {
        self.framing
    }

    /// Takes bytes, gives the blocks that are whole.
    pub(super) fn push(&mut self, bytes: &[u8], blocks: &mut Vec<Block>) -> Result<(), Broken> {
        self.pending.extend_from_slice(bytes);
        match self.framing {
            Framing::Events => self.cut_events(blocks),
            Framing::Array => self.cut_array(blocks)?,
        }
        if self.pending.len() > MAX_BLOCK {
            Err(Broken)
        } else {
            Ok(())
        }
    }

    /// The end of the stream: what waits is given out, whole or not.
    pub(super) fn finish(&mut self) -> Option<Block> {
        let raw = std::mem::take(&mut self.pending);
        self.seen = 0;
        if raw.is_empty() {
            return None;
        }
        let data = match self.framing {
            Framing::Events => event_data(&raw),
            Framing::Array => Data::None,
        };
        Some(Block { raw, data })
    }

    fn cut_events(&mut self, blocks: &mut Vec<Block>) {
        let mut start = 0;
        let mut line = self.seen;
        // A CR at the very end may be half of a CR LF: wait for what follows.
        while let Some(end) = memchr::memchr2(b'\n', b'\r', &self.pending[line..]).map(|i| line + i) {
            let crlf = self.pending[end] == b'\r' && self.pending.get(end + 1) == Some(&b'\n');
            if self.pending[end] == b'\r' && end + 1 == self.pending.len() {
                break;
            }
            let after = end + 1 + usize::from(crlf);
            if end == line {
                let raw = self.pending[start..after].to_vec();
                let data = event_data(&raw);
                blocks.push(Block { raw, data });
                start = after;
            }
            line = after;
        }
        self.pending.drain(..start);
        self.seen = line - start;
    }

    fn cut_array(&mut self, blocks: &mut Vec<Block>) -> Result<(), Broken> {
        let mut done = 0;
        let mut at = self.seen;
        while at < self.pending.len() {
            let byte = self.pending[at];
            let array = &mut self.array;
            if array.in_string {
                match byte {
                    _ if array.escaped => array.escaped = false,
                    b'\\' => array.escaped = true,
                    b'"' => array.in_string = false,
                    _ => {}
                }
            } else {
                match byte {
                    b'"' => array.in_string = true,
                    b'{' | b'[' => {
                        array.depth += 1;
                        if array.depth == 2 {
                            array.start = at;
                        }
                    }
                    b'}' | b']' => {
                        array.depth = array.depth.checked_sub(1).ok_or(Broken)?;
                        if array.depth == 1 {
                            let raw = self.pending[done..=at].to_vec();
                            let data = Data::Place(array.start - done..raw.len());
                            blocks.push(Block { raw, data });
                            done = at + 1;
                        }
                    }
                    _ if array.depth == 0 && !byte.is_ascii_whitespace() => return Err(Broken),
                    _ => {}
                }
            }
            at += 1;
        }
        self.array.start = self.array.start.saturating_sub(done);
        self.pending.drain(..done);
        self.seen = at - done;
        Ok(())
    }
}

/// The lines of a text with their ends.
fn lines(raw: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let width = match rest.get(end..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        let (line, after) = rest.split_at(end);
        let (ending, next) = after.split_at(width);
        rest = next;
        Some((line, ending))
    })
}

/// Name and value of a line, if it is a field.
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    match memchr::memchr(b':', line) {
        Some(0) => None,
        Some(colon) => {
            let value = &line[colon + 1..];
            Some((&line[..colon], value.strip_prefix(b" ").unwrap_or(value)))
        }
        None => Some((line, b"")),
    }
}

fn event_data(raw: &[u8]) -> Data {
    let mut found = Data::None;
    let mut next = 0;
    for (line, ending) in lines(raw) {
        let end = next + line.len();
        next = end + ending.len();
        let Some((b"data", value)) = field(line) else { continue };
        found = match found {
            // A field without colon has no place where a value could be put: it is written anew.
            Data::None if !line.contains(&b':') => Data::Joined(Vec::new()),
            // The value is the end of its line.
            Data::None => Data::Place(end - value.len()..end),
            Data::Place(range) => Data::Joined([&raw[range], b"\n", value].concat()),
            Data::Joined(mut data) => {
                data.push(b'\n');
                data.extend_from_slice(value);
                Data::Joined(data)
            }
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(framing: Framing, text: &str, size: usize) -> (Vec<Option<String>>, String) {
        let mut decoder = Decoder::new(framing);
        let mut blocks = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            decoder.push(piece, &mut blocks).expect("short");
        }
        blocks.extend(decoder.finish());
        let data = blocks
            .iter()
            .map(|b| b.data().map(|d| String::from_utf8_lossy(d).into_owned()))
            .collect();
        let raw: Vec<u8> = blocks.iter().flat_map(|b| b.raw.clone()).collect();
        (data, String::from_utf8_lossy(&raw).into_owned())
    }

    #[test]
    fn events_are_cut_by_any_line_end_and_no_byte_is_lost() {
        let cases: &[(&str, &[Option<&str>])] = &[
            ("data: a\n\ndata: b\n\n", &[Some("a"), Some("b")]),
            ("data: a\r\n\r\ndata:b\r\n\r\n", &[Some("a"), Some("b")]),
            ("data: a\r\rdata: b\r\rx", &[Some("a"), Some("b"), None]),
            (": seul\n\nevent: x\nid: 3\ndata: é\n\n", &[None, Some("é")]),
            ("data: a\ndata: b\n\n", &[Some("a\nb")]),
            ("data: coupé", &[Some("coupé")]),
            ("data\n\n", &[Some("")]),
            ("data\ndata: b\n\n", &[Some("\nb")]),
            ("x\ndata", &[Some("")]),
            ("\u{feff}data: a\n\n", &[Some("a")]),
        ];
        for (text, expected) in cases {
            for size in 1..=text.len() {
                let (data, raw) = cut(Framing::Events, text, size);
                let data: Vec<_> = data.iter().map(Option::as_deref).collect();
                assert_eq!(data, *expected, "{text:?} by {size}");
                assert_eq!(raw, *text);
            }
        }
    }

    #[test]
    fn an_array_is_cut_by_element_and_no_byte_is_lost() {
        let text = "[{\"a\":\"]}\\\"{\"}\n,\r\n{\"b\":[1,{}]}\n]\n";
        for size in 1..=text.len() {
            let (data, raw) = cut(Framing::Array, text, size);
            assert_eq!(
                data,
                [Some("{\"a\":\"]}\\\"{\"}".into()), Some("{\"b\":[1,{}]}".into()), None],
                "by {size}"
            );
            assert_eq!(raw, text);
        }
        assert_eq!(Decoder::new(Framing::Array).push(b"rien", &mut vec![]), Err(Broken));
    }

    #[test]
    fn another_document_takes_the_place_and_the_rest_stays() {
        for (text, expected) in [
            ("id: 1\ndata: a\nretry: 2\n\n", "id: 1\ndata: Z\nretry: 2\n\n"),
            ("event: e\ndata: a\ndata: b\n\n", "event: e\ndata: Z\n\n"),
            ("event: e\ndata\n\n", "event: e\ndata: Z\n\n"),
        ] {
            let mut blocks = Vec::new();
            Decoder::new(Framing::Events)
                .push(text.as_bytes(), &mut blocks)
                .expect("short");
            let mut out = Vec::new();
            blocks[0].write_with(b"Z", &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }
}
