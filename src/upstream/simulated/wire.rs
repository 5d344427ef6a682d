//! Reading a body and writing answers, whatever the dialect.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::{Answer, GAP};

/// Answers, or vectors, that one request may ask for: the bound of Gemini's `candidateCount`.
pub(super) const MOST_CANDIDATES: u64 = 8;

/// Date on everything this backend makes (1 January 2025, in seconds since 1970): it has no clock.
pub(super) const MADE: u64 = 1_735_689_600;

/// Why a request gets no answer. Never quotes the request.
#[derive(Debug)]
pub(super) struct Unfit {
    /// HTTP status.
    pub(super) status: u16,
    /// For a person, in French.
    pub(super) message: String,
}

impl Unfit {
    /// A field that is missing or of the wrong type.
    pub(super) fn field(name: &str, expected: &str) -> Self {
        Self {
            status: 400,
            message: format!("Champ « {name} » : {expected}."),
        }
    }

    /// What this backend does not offer.
    pub(super) fn unknown(what: &str) -> Self {
        Self {
            status: 404,
            message: format!("Le simulateur ne connaît pas {what}."),
        }
    }
}

/// Reads a body, which is a JSON object in every dialect.
pub(super) fn read(body: &[u8]) -> Result<Value, Unfit> {
    let broken = |message| Unfit { status: 400, message };
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        broken(format!(
            "Le corps de la requête n'est pas du JSON (ligne {line}, colonne {column})."
        ))
    })?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(broken("Le corps de la requête doit être un objet JSON.".into())),
    }
}

/// A field that holds a list; `null` is absence.
pub(super) fn list<'v>(of: &'v Value, name: &str) -> Result<Option<&'v Vec<Value>>, Unfit> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(_) => Err(Unfit::field(name, "un tableau est attendu")),
    }
}

/// A field that must hold a list with something in it.
pub(super) fn filled<'v>(of: &'v Value, name: &str) -> Result<&'v Vec<Value>, Unfit> {
    list(of, name)?
        .filter(|items| !items.is_empty())
        .ok_or_else(|| Unfit::field(name, "un tableau non vide est attendu"))
}

/// A field that holds a whole number within bounds; `null` is absence.
pub(super) fn whole(of: &Value, name: &str, least: u64, most: u64) -> Result<Option<u64>, Unfit> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(Unfit::field(
                name,
                &format!("un entier de {least} à {most} est attendu"),
            )),
        },
    }
}

/// A field that is true, false or absent.
pub(super) fn flag(of: &Value, name: &str) -> Result<bool, Unfit> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(Unfit::field(name, "true ou false est attendu")),
    }
}

/// The text of a content: a string, or parts of which those with a `text` are joined by a line end.
pub(super) fn text(content: &Value) -> Result<String, Unfit> {
    match content {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) if parts.iter().all(Value::is_object) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
            Ok(texts.join("\n"))
        }
        _ => Err(Unfit::field("content", "une chaîne ou un tableau d'objets est attendu")),
    }
}

/// Tokens in the texts of some fields of a request, at four bytes a token.
pub(super) fn input_tokens(request: &Value, fields: &[&str]) -> u64 {
    let bytes: u64 = fields.iter().filter_map(|name| request.get(name)).map(bytes_of).sum();
    bytes.div_ceil(4)
}

fn bytes_of(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Array(items) => items.iter().map(bytes_of).sum(),
        Value::Object(fields) => fields.values().map(bytes_of).sum(),
        _ => 0,
    }
}

/// An identifier that belongs to a request: the same request, the same identifier.
pub(super) fn id(prefix: &str, body: &[u8]) -> String {
    format!("{prefix}{:016x}", hash(body))
}

/// FNV-1a, 64 bits: to choose and to name, not to protect.
/// Source: draft-eastlake-fnv, offset basis and prime of section 5.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A whole JSON answer.
pub(super) fn whole_answer(status: u16, content_type: &'static str, body: &Value) -> Answer {
    Answer {
        status,
        content_type,
        pieces: vec![Bytes::from(body.to_string())],
        gap: Duration::ZERO,
    }
}

/// A stream being written. What is written between two [`Script::pause`] leaves as one piece.
#[derive(Default)]
pub(super) struct Script {
    pieces: Vec<Bytes>,
    piece: Vec<u8>,
}

impl Script {
    /// Writes bytes as they are.
    pub(super) fn raw(&mut self, text: &str) {
        self.piece.extend_from_slice(text.as_bytes());
    }

    /// Writes an event that has only data, with the line end of the dialect.
    pub(super) fn data(&mut self, data: &Value, line_end: &str) {
        self.raw(&format!("data: {data}{line_end}{line_end}"));
    }

    /// Writes an event named as its `type`.
    pub(super) fn event(&mut self, kind: &str, data: &Value) {
        self.raw(&format!("event: {kind}\ndata: {data}\n\n"));
    }

    /// What is written so far leaves now.
    pub(super) fn pause(&mut self) {
        if !self.piece.is_empty() {
            self.pieces.push(std::mem::take(&mut self.piece).into());
        }
    }

    /// The stream as an answer.
    pub(super) fn answer(mut self, content_type: &'static str) -> Answer {
        self.pause();
        Answer {
            status: 200,
            content_type,
            pieces: self.pieces,
            gap: GAP,
        }
    }
}
