//! Reads Google's own log of Gemini inside Workspace: answers of `activities.list` of the Admin Reports API for
//! `gemini_in_workspace_apps`. Pure: bytes in, uses out.
//!
//! A file is one answer, an array, or several values one after the other (JSON lines, pages put end to end); inside
//! stand answers with their `items`, or activities by themselves. Only `feature_utilization` counts; other events are
//! told by their name. What is broken is told by its line, and never by its value: exports hold names.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp as Instant;
use serde::Deserialize;
use serde_json::{Value, error::Category, value::RawValue};
use sha2::{Digest, Sha256};

use crate::domain::{Identity, Timestamp};

/// The log we know.
const APPLICATION: &str = "gemini_in_workspace_apps";
/// Its one event.
const EVENT: &str = "feature_utilization";
/// Longest word of Google's that is kept as it is.
const LONGEST_WORD: usize = 64;
/// Arrays inside arrays: pages of pages are already more than any export has.
const DEEPEST: usize = 4;

/// One use of Gemini inside Workspace.
#[derive(Debug, PartialEq, Eq)]
pub struct Use {
    /// SHA-256 of what makes it unique, hexadecimal.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// Who; none where the export names nobody.
    pub actor: Option<Identity>,
    /// Application, such as `gmail`; empty where the export says none.
    pub app: String,
    /// What was done, such as `summarize`.
    pub action: String,
    /// Google's `event_category`.
    pub category: String,
}

/// What a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// What counts, in the order of the file.
    pub uses: Vec<Use>,
    /// What does not, by why, in French.
    pub ignored: BTreeMap<String, u64>,
}

/// A file that cannot be read. Nothing of it is of use.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken {
    /// Line, from 1.
    pub line: usize,
    /// What, in French, without a value of the file.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ligne {} : {}", self.line, self.what)
    }
}

impl std::error::Error for Broken {}

/// An answer of the API, or an activity: both are objects.
#[derive(Deserialize)]
struct Object<'f> {
    kind: Option<String>,
    #[serde(borrow)]
    items: Option<Vec<&'f RawValue>>,
    id: Option<Id>,
    actor: Option<Actor>,
    events: Option<Vec<Event>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Id {
    time: Option<String>,
    /// A number of 64 bits, as a text in JSON.
    unique_qualifier: Option<Value>,
    customer_id: Option<String>,
    application_name: Option<String>,
}

#[derive(Deserialize)]
struct Actor {
    email: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    name: Option<String>,
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
struct Parameter {
    name: Option<String>,
    value: Option<Value>,
}

/// Reads a file.
///
/// # Errors
/// The first thing that is not as Google writes it.
pub fn read(file: &[u8]) -> Result<Export, Broken> {
    let text = std::str::from_utf8(file).map_err(|error| Broken {
        line: 1 + newlines(&file[..error.valid_up_to()]),
        what: "ce n'est pas du texte UTF-8".into(),
    })?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        let what = "le fichier est vide (une réponse sans activité a au moins `kind`)".into();
        return Err(Broken { line: 1, what });
    }
    let mut reading = Reading {
        text,
        export: Export::default(),
    };
    for value in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        let value = value.map_err(|error| told(&error, 0))?;
        reading.value(value, 0)?;
    }
    Ok(reading.export)
}

struct Reading<'f> {
    text: &'f str,
    export: Export,
}

impl<'f> Reading<'f> {
    fn value(&mut self, value: &'f RawValue, depth: usize) -> Result<(), Broken> {
        // Lines are counted only where one is told: counting them for each value would read the file once a value.
        let text = self.text;
        let broken = |what: &'static str| broken(line(text, value), what);
        let told = |error: serde_json::Error| told(&error, line(text, value) - 1);
        if value.get().starts_with('[') && depth < DEEPEST {
            let items: Vec<&RawValue> = serde_json::from_str(value.get()).map_err(told)?;
            return items.into_iter().try_for_each(|item| self.value(item, depth + 1));
        }
        if !value.get().starts_with('{') {
            return Err(broken("une activité ou une réponse de l'API est attendue ici"));
        }
        let object: Object<'f> = serde_json::from_str(value.get()).map_err(told)?;
        match object {
            Object { items: Some(items), .. } if depth < DEEPEST => {
                items.into_iter().try_for_each(|item| self.value(item, depth + 1))
            }
            Object {
                id: Some(id),
                actor,
                events: Some(events),
                ..
            } => self.activity(&id, actor, events).map_err(broken),
            // An answer without activities has no `items`.
            Object {
                kind: Some(kind),
                id: None,
                ..
            } if kind.ends_with("#activities") => Ok(()),
            Object { id: None, .. } => Err(broken("il manque `id` à cette activité")),
            _ => Err(broken("il manque `events` à cette activité")),
        }
    }

    /// What is broken is told without its place, which the caller knows.
    fn activity(&mut self, id: &Id, actor: Option<Actor>, events: Vec<Event>) -> Result<(), &'static str> {
        if let Some(other) = id.application_name.as_deref().filter(|name| *name != APPLICATION) {
            let why = format!("autre journal : {}", word(other));
            *self.export.ignored.entry(why).or_default() += events.len() as u64;
            return Ok(());
        }
        let time = id.time.as_deref().ok_or("il manque `id.time` à cette activité")?;
        let instant: Instant = time.parse().map_err(|_| "`id.time` n'est pas un instant")?;
        let unique = match &id.unique_qualifier {
            Some(Value::String(text)) if !text.is_empty() => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => return Err("il manque `id.uniqueQualifier` à cette activité"),
        };
        let actor = actor.and_then(|actor| actor.email).filter(|email| email.contains('@'));
        // Counted among those of its name, so that an export that was filtered by name gives the same keys.
        let mut place = 0;
        for event in events {
            match event.name.as_deref() {
                Some(EVENT) => {}
                Some(name) => {
                    *self
                        .export
                        .ignored
                        .entry(format!("événement inconnu : {}", word(name)))
                        .or_default() += 1;
                    continue;
                }
                None => return Err("il manque `name` à un événement de cette activité"),
            }
            let customer = id.customer_id.as_deref().unwrap_or_default();
            self.export.uses.push(Use {
                key: key(&[&instant.to_string(), &unique, customer, &place.to_string()]),
                at: Timestamp(instant.as_millisecond()),
                actor: actor.clone().map(Identity::new),
                app: parameter(&event, "app_name"),
                action: parameter(&event, "action"),
                category: parameter(&event, "event_category"),
            });
            place += 1;
        }
        Ok(())
    }
}

/// Line of a value, which is a part of the text.
fn line(text: &str, value: &RawValue) -> usize {
    let at = (value.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    1 + newlines(text.as_bytes().get(..at).unwrap_or_default())
}

fn newlines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

fn broken(line: usize, what: &str) -> Broken {
    Broken {
        line,
        what: what.into(),
    }
}

/// The reader's own words may repeat a value.
fn told(error: &serde_json::Error, before: usize) -> Broken {
    let what = match error.classify() {
        Category::Eof => "le fichier s'arrête au milieu d'une valeur",
        Category::Syntax | Category::Io => "ce n'est pas du JSON",
        Category::Data => "un champ n'a pas la forme que Google lui donne",
    };
    broken(before + error.line().max(1), what)
}

fn key(parts: &[&str]) -> String {
    let mut hash = Sha256::new_with_prefix(b"gardefou-workspace-1\n");
    for part in parts {
        hash.update(part.len().to_string());
        hash.update(b":");
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parameter(event: &Event, name: &str) -> String {
    let found = event
        .parameters
        .iter()
        .find(|parameter| parameter.name.as_deref() == Some(name));
    match found.and_then(|parameter| parameter.value.as_ref()) {
        Some(Value::String(text)) => word(text),
        _ => String::new(),
    }
}

/// One of Google's words as it is; anything else is not kept, whatever it may say.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if text.len() <= LONGEST_WORD && text.chars().all(plain) {
        text.to_ascii_lowercase()
    } else {
        "autre".into()
    }
}
