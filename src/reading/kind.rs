//! What a file really is, from its bytes.

use serde::{Deserialize, Serialize};

use super::{Unread, package, plain};

/// A format that is read, or an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Plain text: Markdown and CSV are.
    Text,
    /// JSON, one value or one a line.
    Json,
    /// A page.
    Html,
    /// Any XML.
    Xml,
    /// A drawing in XML.
    Svg,
    /// Rich text.
    Rtf,
    /// A message with its parts.
    Mail,
    /// PDF.
    Pdf,
    /// DOCX, ODT.
    Document,
    /// XLSX, ODS.
    Sheet,
    /// PPTX, ODP.
    Slides,
    /// PNG, JPEG and the like.
    Image,
}

/// What the file says it is, as far as it matters.
#[derive(Clone, Copy, PartialEq)]
enum Declared {
    /// One of the formats that are text to the eye; which one decides how it is read.
    Words(Option<Kind>),
    /// One of the others.
    Is(Kind),
    /// Nothing that can be held against it.
    Anything,
}

/// Formats by a word of their MIME type or by their extension.
const NAMES: &[(&str, Declared)] = &[
    ("html", Declared::Words(Some(Kind::Html))),
    ("htm", Declared::Words(Some(Kind::Html))),
    ("xhtml+xml", Declared::Words(Some(Kind::Html))),
    ("svg+xml", Declared::Words(Some(Kind::Svg))),
    ("svg", Declared::Words(Some(Kind::Svg))),
    ("json", Declared::Words(Some(Kind::Json))),
    ("jsonl", Declared::Words(Some(Kind::Json))),
    ("x-ndjson", Declared::Words(Some(Kind::Json))),
    ("xml", Declared::Words(Some(Kind::Xml))),
    ("rfc822", Declared::Words(Some(Kind::Mail))),
    ("eml", Declared::Words(Some(Kind::Mail))),
    ("rtf", Declared::Words(None)),
    ("x-rtf", Declared::Words(None)),
    ("txt", Declared::Words(None)),
    ("md", Declared::Words(None)),
    ("csv", Declared::Words(None)),
    ("tsv", Declared::Words(None)),
    ("pdf", Declared::Is(Kind::Pdf)),
    ("x-pdf", Declared::Is(Kind::Pdf)),
    ("docx", Declared::Is(Kind::Document)),
    (
        "vnd.openxmlformats-officedocument.wordprocessingml.document",
        Declared::Is(Kind::Document),
    ),
    ("odt", Declared::Is(Kind::Document)),
    ("vnd.oasis.opendocument.text", Declared::Is(Kind::Document)),
    ("xlsx", Declared::Is(Kind::Sheet)),
    (
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Declared::Is(Kind::Sheet),
    ),
    ("ods", Declared::Is(Kind::Sheet)),
    ("vnd.oasis.opendocument.spreadsheet", Declared::Is(Kind::Sheet)),
    ("pptx", Declared::Is(Kind::Slides)),
    (
        "vnd.openxmlformats-officedocument.presentationml.presentation",
        Declared::Is(Kind::Slides),
    ),
    ("odp", Declared::Is(Kind::Slides)),
    ("vnd.oasis.opendocument.presentation", Declared::Is(Kind::Slides)),
    ("png", Declared::Is(Kind::Image)),
    ("jpg", Declared::Is(Kind::Image)),
    ("jpeg", Declared::Is(Kind::Image)),
    ("gif", Declared::Is(Kind::Image)),
    ("webp", Declared::Is(Kind::Image)),
    ("tif", Declared::Is(Kind::Image)),
    ("tiff", Declared::Is(Kind::Image)),
    ("bmp", Declared::Is(Kind::Image)),
    ("heic", Declared::Is(Kind::Image)),
    ("avif", Declared::Is(Kind::Image)),
];

fn declared(declared: Option<&str>) -> Declared {
    let Some(said) = declared.map(str::to_ascii_lowercase) else {
        return Declared::Anything;
    };
    let said = said.split(';').next().unwrap_or_default().trim();
    let (family, name) = said.split_once('/').unwrap_or(("", said));
    let last = name.rsplit('.').next().unwrap_or(name);
    let named = |name: &str| NAMES.iter().find(|(known, _)| *known == name).map(|&(_, what)| what);
    match named(name).or_else(|| named(last)) {
        Some(what) => what,
        None if family == "text" => Declared::Words(None),
        None if family == "image" => Declared::Is(Kind::Image),
        None => Declared::Anything,
    }
}

/// What the file is.
///
/// # Errors
/// It is none of the formats that are read, or not what it says.
pub(super) fn of(bytes: &[u8], said: Option<&str>) -> Result<Kind, Unread> {
    let declared = declared(said);
    let kind = match binary(bytes)? {
        Some(kind) => kind,
        None => words(&plain::decode(bytes)?, declared),
    };
    let is_words = matches!(
        kind,
        Kind::Text | Kind::Json | Kind::Html | Kind::Xml | Kind::Svg | Kind::Rtf | Kind::Mail
    );
    match declared {
        Declared::Words(_) if !is_words => Err(Unread::Disguised),
        Declared::Is(said) if said != kind => Err(Unread::Disguised),
        _ => Ok(kind),
    }
}

/// Formats that open with their own mark. `None`: it may be text.
fn binary(bytes: &[u8]) -> Result<Option<Kind>, Unread> {
    let starts = |mark: &[u8]| bytes.starts_with(mark);
    let at = |at: usize, mark: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(mark));
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") || starts(b"PK\x07\x08") {
        return package::kind(bytes).map(Some);
    }
    if starts(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
        return Err(package::compound(bytes));
    }
    let image = starts(b"\x89PNG\r\n\x1a\n")
        || starts(&[0xFF, 0xD8, 0xFF])
        || starts(b"GIF87a")
        || starts(b"GIF89a")
        || (starts(b"RIFF") && at(8, b"WEBP"))
        || starts(b"II*\0")
        || starts(b"MM\0*")
        || (starts(b"BM") && at(6, &[0; 4]))
        || starts(&[0, 0, 1, 0])
        || starts(&[0xFF, 0x0A])
        || (at(4, b"ftyp")
            && [&b"heic"[..], b"heix", b"mif1", b"msf1", b"avif", b"avis"]
                .iter()
                .any(|&b| at(8, b)))
        || starts(&[0, 0, 0, 12, b'j', b'P', b' ', b' '])
        || starts(&[0, 0, 0, 12, b'J', b'X', b'L', b' ']);
    if image {
        return Ok(Some(Kind::Image));
    }
    let audio = starts(b"ID3")
        || (starts(b"RIFF") && at(8, b"WAVE"))
        || starts(b"fLaC")
        || starts(b"OggS")
        || starts(b"#!AMR")
        || (at(4, b"ftyp") && at(8, b"M4A"))
        || (bytes.len() > 2 && bytes[0] == 0xFF && bytes[1] & 0xE0 == 0xE0 && bytes[1] & 0x06 != 0 && bytes[1] != 0xFE);
    if audio {
        return Err(Unread::Audio);
    }
    let video = at(4, b"ftyp")
        || starts(&[0x1A, 0x45, 0xDF, 0xA3])
        || (starts(b"RIFF") && at(8, b"AVI "))
        || starts(&[0, 0, 1, 0xBA])
        || starts(&[0, 0, 1, 0xB3]);
    if video {
        return Err(Unread::Video);
    }
    let archive = starts(&[0x1F, 0x8B])
        || starts(b"7z\xBC\xAF\x27\x1C")
        || starts(b"Rar!")
        || starts(b"BZh")
        || starts(b"\xFD7zXZ")
        || starts(&[0x28, 0xB5, 0x2F, 0xFD])
        || at(257, b"ustar");
    if archive {
        return Err(Unread::Archive);
    }
    // Readers of PDF look for the mark in the first 1,024 bytes.
    let head = &bytes[..bytes.len().min(1_024)];
    if memchr::memmem::find(head, b"%PDF-").is_some() {
        return Ok(Some(Kind::Pdf));
    }
    Ok(None)
}

/// Which of the formats that are text.
fn words(text: &str, declared: Declared) -> Kind {
    let head = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let lower: String = head.chars().take(1_024).collect::<String>().to_ascii_lowercase();
    if lower.starts_with("{\\rtf") {
        return Kind::Rtf;
    }
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return Kind::Html;
    }
    if lower.starts_with("<?xml") || lower.starts_with("<svg") || lower.starts_with("<!doctype") {
        return if lower.contains("<html") {
            Kind::Html
        } else if lower.contains("<svg") {
            Kind::Svg
        } else {
            Kind::Xml
        };
    }
    if let Declared::Words(Some(kind)) = declared {
        return kind;
    }
    if is_mail(&lower) {
        return Kind::Mail;
    }
    if head.starts_with(['{', '[']) && head.trim_end().ends_with(['}', ']']) {
        return Kind::Json;
    }
    Kind::Text
}

/// Opens with headers, one of which only a message has.
fn is_mail(lower: &str) -> bool {
    let first = lower.lines().next().unwrap_or_default();
    let header = |line: &str| {
        line.split_once(':')
            .is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
    };
    header(first)
        && lower.lines().take_while(|line| !line.is_empty()).any(|line| {
            ["mime-version:", "received:", "message-id:", "return-path:"]
                .iter()
                .any(|h| line.starts_with(h))
        })
}
