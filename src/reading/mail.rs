//! E-mail: headers, bodies, attached files and forwarded messages.

use mail_parser::{
    Address, Header, HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};

use super::{Gather, Kind, Unread, bounds::MAX_DEPTH, html, part};

/// Parts that prove who wrote, and say nothing.
const SIGNATURES: &[&str] = &["pgp-signature", "pkcs7-signature", "x-pkcs7-signature"];

/// Parts that only a key opens.
const LOCKED: &[&str] = &["pkcs7-mime", "x-pkcs7-mime", "pgp-encrypted"];

/// Reads a message.
pub(super) fn read(bytes: &[u8], gather: &mut Gather) -> Result<(), Unread> {
    let message = MessageParser::default().parse(bytes).ok_or(Unread::Damaged)?;
    whole(&message, 0, gather)
}

fn whole(message: &Message<'_>, depth: usize, gather: &mut Gather) -> Result<(), Unread> {
    if depth == MAX_DEPTH {
        return Err(Unread::TooDeep);
    }
    for one in &message.parts {
        gather.one_part()?;
        for header in &one.headers {
            head(header, message, gather)?;
        }
        gather.line()?;
        body(one, depth, gather)?;
        gather.line()?;
    }
    Ok(())
}

/// A header, decoded. Who writes what to whom opens the message; the rest stands beside it.
fn head(header: &Header<'_>, message: &Message<'_>, gather: &mut Gather) -> Result<(), Unread> {
    let said = match &header.value {
        HeaderValue::Address(address) => addresses(address),
        HeaderValue::Text(text) => text.to_string(),
        HeaderValue::TextList(list) => list.join(", "),
        HeaderValue::ContentType(kind) => {
            let values = kind.attributes.iter().flatten();
            values
                .filter(|one| one.name != "boundary")
                .map(|one| one.value.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        }
        HeaderValue::Empty => return Ok(()),
        HeaderValue::DateTime(_) | HeaderValue::Received(_) => {
            let raw = message
                .raw_message
                .get(header.offset_start as usize..header.offset_end as usize);
            String::from_utf8_lossy(raw.unwrap_or_default()).trim().to_owned()
        }
    };
    let label = match &header.name {
        HeaderName::From => "De",
        HeaderName::To => "À",
        HeaderName::Cc | HeaderName::Bcc => "Copie à",
        HeaderName::Subject => "Objet",
        HeaderName::ContentType | HeaderName::ContentDisposition => return gather.note("Fichier", &said),
        HeaderName::ContentTransferEncoding | HeaderName::MimeVersion | HeaderName::ContentId => return Ok(()),
        other => return gather.note(other.as_str(), &said),
    };
    gather.line()?;
    gather.words(label)?;
    gather.words(" : ")?;
    gather.words(&said)?;
    gather.line()
}

fn addresses(address: &Address<'_>) -> String {
    let one = |person: &mail_parser::Addr<'_>| match (&person.name, &person.address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (Some(only), None) | (None, Some(only)) => only.to_string(),
        (None, None) => String::new(),
    };
    let mut all: Vec<String> = address.iter().map(one).collect();
    if let Address::Group(groups) = address {
        all.extend(
            groups
                .iter()
                .filter_map(|group| group.name.as_ref().map(ToString::to_string)),
        );
    }
    all.join(", ")
}

fn body(one: &MessagePart<'_>, depth: usize, gather: &mut Gather) -> Result<(), Unread> {
    let subtype = one
        .content_type()
        .and_then(|kind| kind.subtype())
        .unwrap_or_default()
        .to_ascii_lowercase();
    if LOCKED.contains(&subtype.as_str()) || subtype == "encrypted" {
        return Err(Unread::Encrypted);
    }
    match &one.body {
        PartType::Text(text) if text.contains("-----BEGIN PGP MESSAGE-----") => Err(Unread::Encrypted),
        PartType::Text(text) if subtype == "rtf" => file(text.as_bytes(), one, gather),
        PartType::Text(text) => gather.words(text),
        PartType::Html(text) => html::read(text, gather),
        PartType::Message(message) => whole(message, depth + 1, gather),
        PartType::Multipart(_) => Ok(()),
        PartType::Binary(_) | PartType::InlineBinary(_) if SIGNATURES.contains(&subtype.as_str()) => Ok(()),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) if bytes.is_empty() => Ok(()),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => file(bytes, one, gather),
    }
}

/// An attached file, with the name it has or the type it says.
fn file(bytes: &[u8], one: &MessagePart<'_>, gather: &mut Gather) -> Result<(), Unread> {
    gather.spend(bytes.len())?;
    let declared = match (one.attachment_name(), one.content_type()) {
        (Some(name), _) => Some(name.to_owned()),
        (None, Some(kind)) => Some(format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())),
        (None, None) => None,
    };
    if part(bytes, declared.as_deref(), gather)? == Kind::Image {
        gather.images = true;
    }
    Ok(())
}
