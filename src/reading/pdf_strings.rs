//! What a PDF says beside its pages: annotations, fields of forms, properties, alternative texts, attached files.

use hayro_interpret::hayro_syntax::{
    Pdf,
    object::{Array, Dict, MaybeRef, Name, Object, Stream},
};

use super::{Gather, Unread, bounds::MAX_NESTING, part, plain, xml};

/// Entries whose strings are not words: checks, names of encodings, ways of drawing.
const MUTE: &[&[u8]] = &[
    b"ID",
    b"O",
    b"U",
    b"OE",
    b"UE",
    b"Perms",
    b"DA",
    b"DS",
    b"Cert",
    b"Registry",
    b"Ordering",
    b"CheckSum",
    b"Panose",
    b"CharSet",
    b"IRTemplate",
    b"CreationDate",
    b"ModDate",
    b"M",
    b"DocChecksum",
    b"LastModified",
    b"Lang",
    b"Style",
    b"FontFamily",
    b"OutputConditionIdentifier",
    b"RegistryName",
    b"Info",
    b"Lookup",
    b"IDTree",
    b"Names",
    b"Limits",
];

/// Entries of properties and annotations, and what they are.
const LABELS: &[(&[u8], &str)] = &[
    (b"Author", "Auteur"),
    (b"T", "Nom"),
    (b"Title", "Titre"),
    (b"Subject", "Sujet"),
    (b"Keywords", "Mots-clés"),
    (b"Contents", "Commentaire"),
    (b"V", "Valeur"),
    (b"TU", "Libellé"),
    (b"URI", "Lien"),
    (b"Alt", "Description"),
    (b"JS", "Programme"),
];

/// Reads what stands beside the pages.
pub(super) fn read(pdf: &Pdf, gather: &mut Gather) -> Result<(), Unread> {
    let properties = pdf.metadata();
    for (label, words) in [
        ("Titre", &properties.title),
        ("Auteur", &properties.author),
        ("Sujet", &properties.subject),
        ("Mots-clés", &properties.keywords),
    ] {
        if let Some(words) = words {
            gather.note(label, &letters(words))?;
        }
    }
    for object in pdf.objects() {
        match &object {
            Object::Stream(stream) => {
                dict(stream.dict(), 0, gather)?;
                content(stream, gather)?;
            }
            Object::Dict(one) => dict(one, 0, gather)?,
            Object::Array(all) => array(all, b"", 0, gather)?,
            _ => {}
        }
    }
    Ok(())
}

/// What the marks of a page's content say in place of the letters drawn.
pub(super) fn spoken(properties: &Dict<'_>) -> Vec<String> {
    [&b"ActualText"[..], b"Alt", b"E"]
        .iter()
        .filter_map(|key| match properties.get::<Object<'_>>(key)? {
            Object::String(words) => Some(letters(words.as_bytes())),
            _ => None,
        })
        .collect()
}

fn dict(one: &Dict<'_>, depth: usize, gather: &mut Gather) -> Result<(), Unread> {
    // A signature is bytes of a certificate, and a hash.
    if one.contains_key(b"ByteRange") {
        return signed(one, gather);
    }
    if subtype(one, b"Subtype")
        .is_some_and(|name| matches!(name.as_slice(), b"Sound" | b"Movie" | b"Screen" | b"RichMedia" | b"3D"))
    {
        return Err(Unread::Embedded);
    }
    for (key, value) in one.entries() {
        // Only what is written in place: what is referred to is another object, and has its turn.
        if let MaybeRef::NotRef(value) = value {
            entry(&value, key.as_ref(), depth, gather)?;
        }
    }
    Ok(())
}

fn array(all: &Array<'_>, key: &[u8], depth: usize, gather: &mut Gather) -> Result<(), Unread> {
    for value in all.raw_iter() {
        if let MaybeRef::NotRef(value) = value {
            entry(&value, key, depth, gather)?;
        }
    }
    Ok(())
}

fn entry(value: &Object<'_>, key: &[u8], depth: usize, gather: &mut Gather) -> Result<(), Unread> {
    if depth > MAX_NESTING / 8 {
        return Err(Unread::TooDeep);
    }
    match value {
        Object::String(words) if !MUTE.contains(&key) => {
            let label = LABELS
                .iter()
                .find(|(known, _)| *known == key)
                .map_or("", |&(_, label)| label);
            gather.note(label, &letters(words.as_bytes()))
        }
        Object::Dict(one) => dict(one, depth + 1, gather),
        Object::Array(all) => array(all, key, depth + 1, gather),
        _ => Ok(()),
    }
}

fn signed(one: &Dict<'_>, gather: &mut Gather) -> Result<(), Unread> {
    for key in [&b"Name"[..], b"Reason", b"Location", b"ContactInfo"] {
        if let Some(Object::String(words)) = one.get::<Object<'_>>(key) {
            gather.note("Signature", &letters(words.as_bytes()))?;
        }
    }
    Ok(())
}

fn subtype(one: &Dict<'_>, key: &[u8]) -> Option<Vec<u8>> {
    one.get::<Name<'_>>(key).map(|name| name.as_ref().to_vec())
}

/// Streams that are neither drawings, fonts nor images: attached files, metadata, forms in XML, programs.
fn content(stream: &Stream<'_>, gather: &mut Gather) -> Result<(), Unread> {
    let one = stream.dict();
    let kind = subtype(one, b"Type").unwrap_or_default();
    if kind == b"EmbeddedFile" {
        let bytes = stream.decoded().map_err(|_| Unread::Damaged)?;
        gather.spend(bytes.len())?;
        return part(&bytes, None, gather).map(|_| ());
    }
    let metadata = kind == b"Metadata";
    // Fonts, images, functions, shadings, patterns, tables of objects all say what they are.
    let said = [
        &b"Length1"[..],
        b"Subtype",
        b"FunctionType",
        b"ShadingType",
        b"PatternType",
        b"N",
        b"W",
        b"CMapName",
    ];
    if !metadata && (!kind.is_empty() || said.iter().any(|key| one.contains_key(key))) {
        return Ok(());
    }
    let Ok(bytes) = stream.decoded() else {
        return if metadata { Err(Unread::Damaged) } else { Ok(()) };
    };
    gather.spend(bytes.len())?;
    let head = bytes.trim_ascii_start();
    if !(metadata || head.starts_with(b"<")) {
        return Ok(());
    }
    // A form in XML is cut into several streams, none of which is whole: what cannot be read as XML is read as text.
    let text = plain::decode_xml(&bytes)?;
    if head.starts_with(b"<") && xml::read(&text, xml::Rule::Aside, gather).is_ok() {
        return Ok(());
    }
    gather.note("", &text)
}

/// The letters of a string of a PDF: UTF-16, UTF-8 or its own encoding, which for letters is nearly Windows-1252.
fn letters(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(bytes)
            .0
            .into_owned(),
    }
}
