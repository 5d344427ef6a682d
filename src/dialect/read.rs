//! Reading a request: every text in it with its place, and the few facts that decide its road.

use std::{ops::Range, sync::LazyLock};

use crate::domain::{Author, Container, Place, Prompt, Segment};

use super::attachment::{self, Attachment, Content, Piece};
use super::said;
use super::table::{Rule, Shape};
use super::walk::{Unreadable, Visitor, walk};

/// JSON inside a string: nothing in it has a name of the dialect.
static FREE: LazyLock<Shape> = LazyLock::new(|| Shape::uniform(Rule::Free));

/// A number shorter than this many digits identifies no one and is not screened.
const LONG_NUMBER: usize = 8;
/// An undeclared string of at least this many bytes without a space is binary data, not words.
const BLOB: usize = 1024;

/// What a request says.
#[derive(Debug, Default)]
pub struct Request {
    /// Every text.
    pub prompt: Prompt,
    /// The model asked for, where the dialect has it in the body.
    pub model: Option<String>,
    /// The bytes where it could be and is not: `null`.
    pub no_model: Option<Range<usize>>,
    /// A stream is asked for, where the dialect says so in the body.
    pub stream: bool,
    /// The answer is JSON for a program: the mention stays out of it.
    pub structured: bool,
    /// The bound on the tokens of the answer, and its bytes in the body.
    pub max_tokens: Option<(u64, Range<usize>)>,
    /// Where the object begins that holds the bound, where that is not the body itself.
    pub config: Option<usize>,
    /// What is in it and is not text.
    pub attachments: Vec<Attachment>,
    /// The last segment of the caller's standing instructions.
    pub instructions: Option<usize>,
    /// The bytes where standing instructions could be and are not: `null`, an empty list.
    pub no_instructions: Option<Range<usize>>,
    /// Where the list of messages begins.
    pub turns: Option<usize>,
    /// The model has answered in this conversation before: in a turn of its own between two of the caller's, with
    /// words and not only with calls of functions.
    pub answered: bool,
}

/// Reads a request body along a dialect's table.
pub(super) fn read(body: &[u8], shape: &Shape) -> Result<Request, Unreadable> {
    if body.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') {
        // An array or a lone string is JSON, but no dialect's request.
        return match walk(body, shape, &mut Reader::default()) {
            Err(error) => Err(error),
            Ok(()) => Err(Unreadable::NotAnObject),
        };
    }
    let mut reader = Reader::default();
    reader.request.prompt.text.reserve(body.len());
    walk(body, shape, &mut reader)?;
    let Reader {
        mut request,
        asked,
        goes_on,
        ..
    } = reader;
    // What the provider keeps of the conversation is not seen: the caller who speaks again was answered before.
    request.answered |= goes_on && asked;
    Ok(request)
}

#[derive(Default)]
struct Reader {
    request: Request,
    /// The open messages.
    messages: Vec<Message>,
    /// A message was seen.
    begun: bool,
    /// The caller said something.
    asked: bool,
    /// The model said something after that.
    spoken: bool,
    /// An answer that the provider keeps comes before.
    goes_on: bool,
    /// The open message had words before its open part, and whether the part is thinking.
    part: (bool, bool),
    /// The first segment of open instructions.
    instructions: usize,
    /// The open sources.
    sources: Vec<Source>,
    /// The open attachment, with how many of its objects are open.
    attachment: Option<(Attachment, usize)>,
    /// The last key that the table does not name.
    key: String,
}

/// A message being read.
struct Message {
    first: usize,
    author: Author,
    /// It holds instructions, not a turn.
    standing: bool,
    /// It has words of a turn.
    said: bool,
}

/// A source being read: its attachment may turn out to be plain text.
struct Source {
    /// Attachments before it.
    before: usize,
    /// What its kind says, if that was said.
    text: Option<bool>,
    media: Option<String>,
}

impl Reader {
    fn segment(&mut self, text: &str, place: Place, maskable: bool) {
        let prompt = &mut self.request.prompt;
        let start = prompt.text.len();
        prompt.text.push_str(text);
        prompt.segments.push(Segment {
            span: start..prompt.text.len(),
            place,
            author: Author::Caller,
            maskable,
            standing: self.messages.is_empty(),
        });
        prompt.text.push('\n');
    }

    /// Words, which may hold JSON: then its values are the words.
    fn words(&mut self, text: &str, range: Range<usize>) {
        let first = text.trim_start().as_bytes().first();
        if !matches!(first, Some(b'{' | b'[')) || !self.inner(text, &range) {
            self.segment(text, Place::Value(range), true);
        }
    }

    /// Words of a turn. A refusal that was told as an answer is not the model's.
    fn say(&mut self, text: &str) {
        match self.messages.last_mut() {
            Some(message) => message.said |= !text.trim().is_empty() && !said::is_ours(text),
            None => self.asked = true,
        }
    }

    /// A string of an attachment, or all there is of one.
    fn attached(&mut self, what: &'static str, kept: bool, text: &str, range: Range<usize>) {
        let lone = self.attachment.is_none();
        let key = if lone {
            String::new()
        } else {
            std::mem::take(&mut self.key)
        };
        let mut alone = Attachment {
            what,
            declared: None,
            content: Content::Unknown,
        };
        let attachment = self
            .attachment
            .as_mut()
            .map_or(&mut alone, |(attachment, _)| attachment);
        match attachment::piece(&key, text, kept) {
            Piece::Content(content) => attachment.content = content,
            Piece::Data(media, content) => {
                attachment.declared = Some(media.to_owned());
                attachment.content = content;
            }
            Piece::Type => attachment.declared = Some(text.to_owned()),
            Piece::Words => {}
        }
        let inline = matches!(&attachment.content, Content::Inline(data) if text.ends_with(data.as_str()));
        // The source may turn out to be plain text.
        let may_be_text = lone && self.sources.last().is_some_and(|source| source.text != Some(false));
        if lone {
            self.request.attachments.push(alone);
        }
        if !inline || may_be_text {
            self.words(text, range);
        }
    }

    /// A message is over. Instructions that open the conversation hold for all of it.
    fn end(&mut self, message: &Message) {
        let prompt = &mut self.request.prompt;
        for segment in &mut prompt.segments[message.first..] {
            segment.author = message.author;
            segment.standing = message.standing;
        }
        prompt.text.push('\n');
        match message.author {
            Author::Model => self.spoken |= self.asked && message.said,
            Author::Caller if message.standing => {}
            Author::Caller => {
                self.request.answered |= self.spoken;
                self.asked |= message.said;
            }
        }
        if message.standing && !self.begun && prompt.segments.len() > message.first {
            self.request.instructions = prompt.segments.len().checked_sub(1);
        }
        self.begun |= !message.standing;
    }

    fn inner(&mut self, text: &str, range: &Range<usize>) -> bool {
        let (length, count) = {
            let prompt = &self.request.prompt;
            (prompt.text.len(), prompt.segments.len())
        };
        let container = self.request.prompt.containers.len();
        let mut inner = Inner {
            reader: self,
            container,
        };
        if walk(text.as_bytes(), &FREE, &mut inner).is_err() {
            self.request.prompt.text.truncate(length);
            self.request.prompt.segments.truncate(count);
            return false;
        }
        self.request.prompt.containers.push(Container {
            place: range.clone(),
            text: text.to_owned(),
        });
        true
    }
}

impl Visitor for Reader {
    const STRICT: bool = true;

    fn open(&mut self, rule: Rule, at: usize) {
        match rule {
            Rule::Config => self.request.config = Some(at),
            Rule::Message => self.messages.push(Message {
                first: self.request.prompt.segments.len(),
                author: Author::Caller,
                standing: false,
                said: false,
            }),
            Rule::Part => self.part = (self.messages.last().is_some_and(|message| message.said), false),
            Rule::Turns => self.request.turns = Some(at),
            Rule::Instructions => self.instructions = self.request.prompt.segments.len(),
            Rule::Source => self.sources.push(Source {
                before: self.request.attachments.len(),
                text: None,
                media: None,
            }),
            Rule::Attachment(what) | Rule::Kept(what) => match &mut self.attachment {
                Some((_, depth)) => *depth += 1,
                None => {
                    let content = Content::Unknown;
                    self.attachment = Some((
                        Attachment {
                            what,
                            declared: None,
                            content,
                        },
                        1,
                    ));
                }
            },
            Rule::Schema => self.request.structured = true,
            _ => {}
        }
    }

    fn close(&mut self, rule: Rule, range: Range<usize>) {
        match rule {
            Rule::Message => {
                if let Some(message) = self.messages.pop() {
                    self.end(&message);
                }
            }
            Rule::Part if self.part.1 => {
                if let Some(message) = self.messages.last_mut() {
                    message.said = self.part.0;
                }
            }
            Rule::Instructions if self.request.instructions.is_none() => {
                let segments = self.request.prompt.segments.len();
                if segments > self.instructions {
                    self.request.instructions = Some(segments - 1);
                } else {
                    self.request.no_instructions = Some(range);
                }
            }
            Rule::Source => {
                let Some(source) = self.sources.pop() else { return };
                if source.text == Some(true) {
                    self.request.attachments.truncate(source.before);
                }
                for attachment in &mut self.request.attachments[source.before..] {
                    attachment.declared.clone_from(&source.media);
                }
            }
            Rule::Attachment(_) | Rule::Kept(_) => {
                if let Some((attachment, depth)) = self.attachment.take() {
                    match depth {
                        1 => self.request.attachments.push(attachment),
                        _ => self.attachment = Some((attachment, depth - 1)),
                    }
                }
            }
            _ => {}
        }
    }

    fn string(&mut self, rule: Rule, range: Range<usize>, text: &str) -> Result<(), Unreadable> {
        match rule {
            Rule::Attachment(what) | Rule::Kept(what) => {
                let is_kept = matches!(rule, Rule::Kept(_));
                self.attached(what, is_kept, text, range);
            }
            Rule::MediaType if is_word(text) => {
                if let Some(source) = self.sources.last_mut() {
                    source.media = Some(text.to_owned());
                }
            }
            // What is sealed is screened as it stands, and cannot be changed.
            Rule::Opaque(_) => self.segment(text, Place::Value(range), false),
            Rule::Model if !is_word(text) => return Err(Unreadable::WrongType("model")),
            Rule::Model => self.request.model = Some(text.to_owned()),
            Rule::Stream => return Err(Unreadable::WrongType("stream")),
            Rule::MaxTokens => return Err(Unreadable::WrongType("max_tokens")),
            Rule::Role if is_word(text) => match (self.messages.last_mut(), text) {
                (Some(message), "assistant" | "model") => message.author = Author::Model,
                (Some(message), "system" | "developer") => message.standing = true,
                _ => {}
            },
            Rule::Instructions => {
                self.words(text, range);
                self.request.instructions = self.request.prompt.segments.len().checked_sub(1);
            }
            Rule::SourceKind if is_word(text) => {
                if let Some(source) = self.sources.last_mut() {
                    source.text = Some(text == "text");
                }
            }
            Rule::Format if is_word(text) => {
                self.request.structured |= !matches!(text, "text" | "text/plain");
            }
            Rule::Earlier => {
                self.goes_on = true;
                if !is_word(text) {
                    self.words(text, range);
                }
            }
            Rule::Said => {
                self.say(text);
                self.words(text, range);
            }
            Rule::Word if is_word(text) => {}
            Rule::Unknown if is_blob(text) => self.attached("des données binaires", false, text, range),
            _ => self.words(text, range),
        }
        Ok(())
    }

    fn number(&mut self, rule: Rule, range: Range<usize>, digits: &str) -> Result<(), Unreadable> {
        match rule {
            Rule::TextOnly => return Err(Unreadable::Tokens),
            Rule::Text | Rule::Said => return Err(Unreadable::WrongType("content")),
            Rule::Model => return Err(Unreadable::WrongType("model")),
            Rule::Stream => return Err(Unreadable::WrongType("stream")),
            Rule::MaxTokens => {
                let most = digits.parse().map_err(|_| Unreadable::WrongType("max_tokens"))?;
                self.request.max_tokens = Some((most, range));
            }
            _ if digits.len() >= LONG_NUMBER => self.segment(digits, Place::Value(range), false),
            _ => {}
        }
        Ok(())
    }

    fn boolean(&mut self, rule: Rule, value: bool) -> Result<(), Unreadable> {
        match rule {
            Rule::Stream => self.request.stream = value,
            Rule::Thought => self.part.1 |= value,
            _ => {}
        }
        Ok(())
    }

    fn null(&mut self, rule: Rule, range: Range<usize>) {
        match rule {
            Rule::Instructions => self.request.no_instructions = Some(range),
            Rule::Model => self.request.no_model = Some(range),
            _ => {}
        }
    }

    fn key(&mut self, rule: Rule, range: Range<usize>, key: &str) {
        if !is_word(key) {
            self.segment(key, Place::Value(range), true);
        }
        if matches!(rule, Rule::Attachment(_) | Rule::Kept(_)) {
            key.clone_into(&mut self.key);
        }
    }
}

/// The values of JSON inside a string.
struct Inner<'r> {
    reader: &'r mut Reader,
    container: usize,
}

impl Visitor for Inner<'_> {
    fn string(&mut self, _: Rule, range: Range<usize>, text: &str) -> Result<(), Unreadable> {
        self.reader.segment(text, Place::Inner(self.container, range), true);
        Ok(())
    }

    fn number(&mut self, _: Rule, range: Range<usize>, digits: &str) -> Result<(), Unreadable> {
        if digits.len() >= LONG_NUMBER {
            self.reader.segment(digits, Place::Inner(self.container, range), false);
        }
        Ok(())
    }

    fn key(&mut self, _: Rule, range: Range<usize>, key: &str) {
        if !is_word(key) {
            self.reader.segment(key, Place::Inner(self.container, range), true);
        }
    }
}

/// Shaped like a word of a wire format: a type, an id, a name of a function, a model.
/// Eight digits in a row are a date of birth or more, and no longer a word.
pub fn is_word(text: &str) -> bool {
    let mut digits = 0;
    text.len() <= 128
        && text.bytes().all(|b| {
            digits = if b.is_ascii_digit() { digits + 1 } else { 0 };
            digits < LONG_NUMBER && (b.is_ascii_alphanumeric() || b"_-./:$".contains(&b))
        })
}

fn is_blob(text: &str) -> bool {
    text.starts_with("data:") || (text.len() >= BLOB && memchr::memchr(b' ', text.as_bytes()).is_none())
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
