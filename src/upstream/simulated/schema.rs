//! A plausible value of a JSON Schema, in both spellings of its types (`string`, and Gemini's `STRING`).
//!
//! Gives the required keys of an object (all of them where none is required), the first value of a
//! list of choices, and keeps lengths and bounds. Patterns and conditions are left aside.

use serde_json::{Map, Value, json};

/// Values made for one schema: a schema that refers to itself has no end.
const MOST_VALUES: usize = 1000;

/// Levels of objects, lists and references.
const MOST_LEVELS: usize = 24;

/// Values of text fields by a part of their name.
const BY_NAME: &[(&str, &str)] = &[
    ("ville", "Digne-les-Bains"),
    ("commune", "Digne-les-Bains"),
    ("city", "Digne-les-Bains"),
    ("lieu", "Digne-les-Bains"),
    ("location", "Digne-les-Bains"),
    ("date", "2026-01-15"),
    ("heure", "09:30"),
    ("mail", "accueil@example.org"),
    ("courriel", "accueil@example.org"),
    ("url", "https://example.org/"),
    ("unit", "celsius"),
    ("langue", "fr"),
    ("lang", "fr"),
    ("query", "horaires d'ouverture"),
    ("requete", "horaires d'ouverture"),
    ("service", "Accueil"),
    ("titre", "Note de service"),
    ("title", "Note de service"),
    ("objet", "Votre demande"),
    ("sujet", "Votre demande"),
];

/// Values of text fields by their `format` (JSON Schema 2020-12, validation, section 7.3).
const BY_FORMAT: &[(&str, &str)] = &[
    ("date", "2026-01-15"),
    ("date-time", "2026-01-15T09:30:00Z"),
    ("time", "09:30:00Z"),
    ("duration", "P1D"),
    ("email", "accueil@example.org"),
    ("uri", "https://example.org/"),
    ("uuid", "00000000-0000-4000-8000-000000000000"),
];

/// A value of a schema. The first free text of it says `spoken`.
pub(super) fn fill(schema: &Value, spoken: Option<String>) -> Value {
    let mut filler = Filler {
        root: schema,
        spoken,
        left: MOST_VALUES,
    };
    filler.value(schema, "", 0)
}

struct Filler<'s> {
    root: &'s Value,
    spoken: Option<String>,
    left: usize,
}

impl<'s> Filler<'s> {
    fn value(&mut self, schema: &'s Value, name: &str, level: usize) -> Value {
        if level > MOST_LEVELS || self.left == 0 {
            return Value::Null;
        }
        self.left -= 1;
        if let Some(value) = fixed(schema) {
            return value.clone();
        }
        if let Some(other) = self.other(schema) {
            return self.value(other, name, level + 1);
        }
        match kind(schema).as_str() {
            "object" => self.object(schema, level),
            "array" => self.array(schema, name, level),
            "integer" => json!(bound(schema).ceil() as i64),
            "number" => json!(bound(schema)),
            "boolean" => json!(true),
            "null" => Value::Null,
            _ => json!(self.text(schema, name)),
        }
    }

    /// The schema that stands for this one: a reference, or the first of several that is not null.
    fn other(&self, schema: &'s Value) -> Option<&'s Value> {
        if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
            return self.root.pointer(path.strip_prefix('#')?);
        }
        let several = ["anyOf", "oneOf", "allOf", "any_of"]
            .iter()
            .find_map(|name| schema.get(name)?.as_array())?;
        several.iter().find(|one| kind(one) != "null")
    }

    fn object(&mut self, schema: &'s Value, level: usize) -> Value {
        let properties = schema.get("properties").and_then(Value::as_object);
        let required: Vec<&str> = match schema.get("required").and_then(Value::as_array) {
            Some(names) if !names.is_empty() => names.iter().filter_map(Value::as_str).collect(),
            _ => properties
                .map(|properties| properties.keys().map(String::as_str).collect())
                .unwrap_or_default(),
        };
        let mut object = Map::new();
        for name in required {
            let property = properties
                .and_then(|properties| properties.get(name))
                .unwrap_or(&Value::Null);
            object.insert(name.to_owned(), self.value(property, name, level + 1));
        }
        Value::Object(object)
    }

    fn array(&mut self, schema: &'s Value, name: &str, level: usize) -> Value {
        let least = schema.get("minItems").map_or(1, |least| {
            // Gemini writes its 64-bit numbers as strings.
            least.as_u64().or_else(|| least.as_str()?.parse().ok()).unwrap_or(1)
        });
        let items = schema.get("items").unwrap_or(&Value::Null);
        let mut list = Vec::new();
        while (list.len() as u64) < least.max(1) && self.left > 0 {
            list.push(self.value(items, name, level + 1));
        }
        Value::Array(list)
    }

    fn text(&mut self, schema: &Value, name: &str) -> String {
        let format = schema.get("format").and_then(Value::as_str);
        let known = |table: &[(&str, &'static str)], fits: &dyn Fn(&str) -> bool| {
            table
                .iter()
                .find(|(key, _)| fits(key))
                .map(|(_, value)| (*value).to_owned())
        };
        let lower = name.to_lowercase();
        let text = format
            .and_then(|format| known(BY_FORMAT, &|key| key == format))
            .or_else(|| self.spoken.take())
            .or_else(|| known(BY_NAME, &|key| lower.contains(key)))
            .unwrap_or_else(|| "à préciser".to_owned());
        match schema.get("maxLength").and_then(Value::as_u64) {
            Some(most) => text.chars().take(most as usize).collect(),
            None => text,
        }
    }
}

fn fixed(schema: &Value) -> Option<&Value> {
    schema.get("const").or_else(|| schema.get("enum")?.as_array()?.first())
}

/// The type in lower case: of a list of types the first that is not null, of a schema without one
/// what its other keys betray.
fn kind(schema: &Value) -> String {
    let word = match schema.get("type") {
        Some(Value::String(word)) => Some(word.as_str()),
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).find(|word| *word != "null"),
        _ if schema.get("properties").is_some() => Some("object"),
        _ if schema.get("items").is_some() => Some("array"),
        _ => None,
    };
    word.unwrap_or("string").to_lowercase()
}

/// A number within the bounds of a schema: 1, or the nearest bound.
fn bound(schema: &Value) -> f64 {
    let of = |name: &str| schema.get(name).and_then(Value::as_f64);
    let least = of("minimum").or_else(|| Some(of("exclusiveMinimum")? + 1.0));
    let most = of("maximum").or_else(|| Some(of("exclusiveMaximum")? - 1.0));
    1f64.max(least.unwrap_or(f64::MIN)).min(most.unwrap_or(f64::MAX))
}
