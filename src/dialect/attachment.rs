//! What is in a request and is not text: files, images, sounds, addresses, and names of things the provider keeps.
//! Here it is told apart; what may leave is decided elsewhere.

use std::fmt;

/// Something in a request that is not text.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is, in French, for the caller.
    pub what: &'static str,
    /// Its media type or file name, as the caller says.
    pub declared: Option<String>,
    /// What there is of it.
    pub content: Content,
}

/// What a request holds of an attachment.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// All of it, in base64.
    Inline(String),
    /// An address on the network.
    Remote(String),
    /// The name or address of something that the provider keeps.
    Kept(String),
    /// Nothing that can be told apart.
    Unknown,
}

/// Lengths and kinds only: names and addresses are the caller's.
impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({}, {:?})", self.what, self.content)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(data) => write!(f, "Inline({} bytes)", data.len()),
            Self::Remote(address) => write!(f, "Remote({} bytes)", address.len()),
            Self::Kept(name) => write!(f, "Kept({} bytes)", name.len()),
            Self::Unknown => f.write_str("Unknown"),
        }
    }
}

/// What one string of an attachment is.
pub(super) enum Piece<'t> {
    /// The content.
    Content(Content),
    /// The content, and its media type.
    Data(&'t str, Content),
    /// A media type.
    Type,
    /// Words, to be read like all others.
    Words,
}

/// Tells what a string under this key of an attachment is; `kept` where the table says that it names something kept.
pub(super) fn piece<'t>(key: &str, text: &'t str, kept: bool) -> Piece<'t> {
    if let Some(rest) = text.strip_prefix("data:") {
        return match rest.split_once(',') {
            Some((head, data)) if head.ends_with(";base64") => {
                let media = head.split(';').next().unwrap_or_default();
                Piece::Data(media, Content::Inline(data.to_owned()))
            }
            // A data address that is not base64 is rare enough not to be read.
            _ => Piece::Content(Content::Unknown),
        };
    }
    let key: String = key
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    match key.as_str() {
        "mimetype" | "mediatype" | "format" if super::is_word(text) => Piece::Type,
        _ if kept && (key.is_empty() || key.ends_with("id") || key.ends_with("uri")) => {
            Piece::Content(Content::Kept(text.to_owned()))
        }
        _ if text.contains("://") => Piece::Content(Content::Remote(text.to_owned())),
        "" | "data" | "filedata" | "bytes" | "imagebytes" if is_base64(text) => {
            Piece::Content(Content::Inline(text.to_owned()))
        }
        "fileid" | "id" if super::is_word(text) => Piece::Content(Content::Kept(text.to_owned())),
        "" => Piece::Content(Content::Unknown),
        _ => Piece::Words,
    }
}

/// Whether a text has only letters of base64, of either alphabet (RFC 4648 §4 and §5).
fn is_base64(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    !letters.is_empty()
        && letters
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/-_\r\n".contains(&b))
}
