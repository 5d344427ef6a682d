//! Attached files: bytes in, words out, so that what hides in a document is screened like what is typed.
//!
//! [`text_of`] is pure: it finds what a file really is (`kind`, by its bytes and never by its name alone), reads every
//! place of it that can hold words (body, notes, comments, deleted passages, hidden sheets, properties, alternative
//! texts, names of authors), and stops at the bounds of `bounds`. What cannot be read makes the whole file unreadable,
//! with the reason: an [`Unread`] is never an empty text.
//!
//! Readers of formats have been attacked for as long as there are formats, so the gateway does not call [`text_of`]
//! itself: [`Reader`] runs it in a process of its own (`worker`, and `serve` for the other end), with little memory,
//! little time, no environment and nothing to write to.
//!
//! Images are not read here. A document that holds some says so in [`Text::images`], and the policy decides; `ocr`
//! reads them where the caller asks for it.

mod bounds;
mod cache;
mod cells;
mod gather;
mod html;
mod kind;
mod mail;
mod ocr;
mod package;
mod pdf;
mod pdf_layout;
mod pdf_strings;
mod plain;
mod rtf;
mod serve;
mod sheet;
mod unread;
mod worker;
mod xml;
mod xml_words;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use bounds::{MAX_FILE, MAX_PAGES, MAX_TEXT};
pub use kind::Kind;
pub use serve::serve;
pub use unread::Unread;
pub use worker::{Limits, Reader};

use gather::Gather;

/// The words of a file.
#[derive(Clone, Serialize, Deserialize, PartialEq)]
pub struct Text {
    /// What the file is.
    pub kind: Kind,
    /// Its words: paragraphs as lines, cells between tabs, then what stands beside the body (authors, comments of a
    /// PDF, properties), a line each.
    pub text: String,
    /// It holds images, that nobody read.
    pub images: bool,
    /// Its pages, where the format has some.
    pub pages: usize,
}

/// Lengths only: the words are a caller's.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text")
            .field("kind", &self.kind)
            .field("bytes", &self.text.len())
            .field("images", &self.images)
            .field("pages", &self.pages)
            .finish()
    }
}

/// The words of a file. `declared` is what its sender says it is: a MIME type or a file name. It chooses between
/// formats that are all plain text, and a file that is something else than what it says is refused, because whoever
/// receives it may believe the name.
///
/// # Errors
/// What cannot be read whole, with the reason.
pub fn text_of(bytes: &[u8], declared: Option<&str>) -> Result<Text, Unread> {
    let mut gather = Gather::new(bytes.len());
    let kind = part(bytes, declared, &mut gather)?;
    if kind == Kind::Image {
        return Err(Unread::Image);
    }
    Ok(gather.finish(kind))
}

/// Reads a file, or a file found in a file. An image is counted, not refused: in a document it is a part of it.
fn part(bytes: &[u8], declared: Option<&str>, gather: &mut Gather) -> Result<Kind, Unread> {
    if bytes.len() > MAX_FILE {
        return Err(Unread::TooLarge);
    }
    let kind = kind::of(bytes, declared)?;
    gather.deeper(|gather| {
        match kind {
            Kind::Image => {
                gather.images = true;
                Ok(())
            }
            Kind::Text => gather.words(&plain::decode(bytes)?),
            Kind::Json => gather.words(&plain::unescape_json(&plain::decode(bytes)?)),
            Kind::Html => html::read(&plain::decode(bytes)?, gather),
            Kind::Xml => xml::read(&plain::decode_xml(bytes)?, xml::Rule::Data, gather),
            Kind::Svg => {
                gather.images = true;
                xml::read(&plain::decode_xml(bytes)?, xml::Rule::Data, gather)
            }
            Kind::Rtf => rtf::read(bytes, gather),
            Kind::Mail => mail::read(bytes, gather),
            Kind::Pdf => pdf::read(bytes, gather),
            Kind::Document | Kind::Sheet | Kind::Slides => package::read(bytes, gather),
        }?;
        Ok(kind)
    })
}

#[cfg(test)]
mod tests;
