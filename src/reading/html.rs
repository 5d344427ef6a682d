//! HTML: its text, and what its tags carry. Scripts and comments go to the backend with the page, so they are read too.

use html5gum::{
    Span, Tokenizer,
    emitters::callback::{CallbackEmitter, CallbackEvent},
};

use super::{Gather, Unread};

/// Tags that do not end a word.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
];

/// Attributes that hold no words.
const MUTE: &[&str] = &[
    "class",
    "style",
    "id",
    "width",
    "height",
    "colspan",
    "rowspan",
    "rel",
    "type",
    "lang",
    "dir",
    "align",
    "valign",
    "border",
    "color",
    "bgcolor",
    "charset",
    "role",
    "target",
    "tabindex",
    "xmlns",
    "viewbox",
    "d",
    "fill",
    "stroke",
    "transform",
    "points",
    "http-equiv",
    "integrity",
    "media",
    "sizes",
    "srcset",
];

/// One thing to do with what was found.
enum Found {
    Words(String),
    Cell,
    Gap,
    Line,
    Note(String),
    Image,
}

/// Reads a page.
pub(super) fn read(page: &str, gather: &mut Gather) -> Result<(), Unread> {
    let (mut attribute, mut in_cell) = (String::new(), false);
    let mut emitter = CallbackEmitter::new(move |event: CallbackEvent<'_>, _: Span<()>| match event {
        CallbackEvent::OpenStartTag { name } => around(name, true, &mut in_cell),
        CallbackEvent::EndTag { name } => around(name, false, &mut in_cell),
        CallbackEvent::String { value } => Some(Found::Words(folded(value))),
        CallbackEvent::Comment { value } => Some(Found::Note(lossy(value))),
        CallbackEvent::AttributeName { name } => {
            attribute = lossy(name).to_ascii_lowercase();
            None
        }
        CallbackEvent::AttributeValue { value } => {
            let value = lossy(value);
            if value.trim_start().starts_with("data:image/") {
                return Some(Found::Image);
            }
            (!MUTE.contains(&attribute.as_str())).then_some(Found::Note(value))
        }
        _ => None,
    });
    // So that what looks like a tag in a script is words.
    emitter.naively_switch_states(true);
    for found in Tokenizer::new_with_emitter(page, emitter) {
        let Ok(found) = found;
        match found {
            Found::Words(words) => gather.words(&words)?,
            Found::Cell => gather.cell()?,
            Found::Gap => gather.gap()?,
            Found::Line => gather.line()?,
            Found::Note(note) => gather.note("", &note)?,
            Found::Image => gather.images = true,
        }
    }
    Ok(())
}

/// What a tag does to the words around it. `<claire.roux@exemple.fr>` is a tag to a browser and an address to a reader.
fn around(name: &[u8], opens: bool, in_cell: &mut bool) -> Option<Found> {
    let name = lossy(name);
    if name.contains(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | ':')) {
        return Some(Found::Note(name));
    }
    match name.as_str() {
        inline if INLINE.contains(&inline) => None,
        "td" | "th" => {
            *in_cell = opens;
            (!opens).then_some(Found::Cell)
        }
        "tr" | "table" => {
            *in_cell = false;
            Some(Found::Line)
        }
        // A paragraph in a cell does not end the row.
        _ if *in_cell => Some(Found::Gap),
        _ => Some(Found::Line),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Spaces and ends of lines of the source are one space on the page.
fn folded(bytes: &[u8]) -> String {
    let text = lossy(bytes);
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let letter = if matches!(letter, '\n' | '\r' | '\t') {
            ' '
        } else {
            letter
        };
        if letter != ' ' || !out.ends_with(' ') {
            out.push(letter);
        }
    }
    out
}
