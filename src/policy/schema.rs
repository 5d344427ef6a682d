//! The JSON Schema of a policy, for editors that complete and check while one types: the keys as the reader asks for
//! them, with what each means in French. What only a look at the whole file can tell stays with `check`.

use serde_json::{Map, Value, json};

use super::descriptions::description;
use super::document::{Document, Key, Need, Shape};
use super::register::REGISTER;
use super::terms::{Speech, Status};

/// The schema, in the dialect of 2020-12.
pub fn schema() -> Value {
    let keys = Document::keys();
    let mut root = table("", &keys);
    root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("title".into(), json!("Politique de Gardefou"));
    root.insert("description".into(), json!(description("").unwrap_or_default()));
    Value::Object(root)
}

/// A table with the keys below this path, which is empty or ends with a point.
fn table(path: &str, keys: &[Key]) -> Map<String, Value> {
    let own = keys
        .iter()
        .filter_map(|key| Some((key, key.path.strip_prefix(path)?)))
        .filter(|(_, name)| !name.contains('.'));
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (key, name) in own {
        if key.need == Need::Required {
            required.push(name);
        }
        properties.insert(name.to_owned(), value(key, keys));
    }
    let mut object = Map::new();
    object.insert("type".into(), json!("object"));
    object.insert("additionalProperties".into(), json!(false));
    object.insert("properties".into(), Value::Object(properties));
    if !required.is_empty() {
        object.insert("required".into(), json!(required));
    }
    let rules = rules(path);
    if !rules.is_empty() {
        object.insert("allOf".into(), Value::Array(rules));
    }
    object
}

/// What may stand at a key.
fn value(key: &Key, keys: &[Key]) -> Value {
    let below = || table(&format!("{}.", key.path), keys);
    let mut value = match &key.shape {
        Shape::Text => text(),
        Shape::Texts => json!({ "type": "array", "items": text() }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Number { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Shape::Decimal { least: 0, most } => json!({ "type": "number", "minimum": 0, "maximum": most }),
        Shape::Decimal { least, most } => {
            json!({ "type": "number", "minimum": f64::from(*least) / 100.0, "maximum": most })
        }
        Shape::Date => json!({ "type": "string", "format": "date" }),
        Shape::Word(words) => json!({ "enum": words }),
        Shape::Words(words) => json!({ "type": "array", "items": { "enum": words } }),
        Shape::Secret => json!({
            "type": "object",
            "additionalProperties": false,
            "properties": { "env": text(), "file": text() },
            "oneOf": [{ "required": ["env"] }, { "required": ["file"] }],
        }),
        Shape::Table => Value::Object(below()),
        Shape::Tables => json!({ "type": "array", "items": below() }),
    };
    value["description"] = json!(description(&key.path).unwrap_or_default());
    value
}

fn text() -> Value {
    json!({ "type": "string", "pattern": "\\S" })
}

/// What one key of a table demands of the others, where a schema can say it.
fn rules(path: &str) -> Vec<Value> {
    let when = |key: &str, words: &[&str], then: Value| json!({ "if": { "properties": { key: { "enum": words } }, "required": [key] }, "then": then });
    match path {
        "tool." => {
            let asked = |trial: bool| -> Vec<_> {
                let asked = REGISTER.iter().filter(|field| field.demand.of_served(trial));
                asked.map(|field| field.key).collect()
            };
            let trial: Vec<_> = asked(true).into_iter().chain(["valid_until", "groups"]).collect();
            vec![
                when(
                    "status",
                    &[Status::Validated.name()],
                    json!({ "required": asked(false) }),
                ),
                when("status", &[Status::Trial.name()], json!({ "required": trial })),
                json!({
                    "if": { "properties": { "level": { "const": 1 } }, "required": ["level"] },
                    "then": { "properties": { "accepts": { "maxItems": 0 } } },
                }),
                json!({
                    "if": { "properties": { "accepts": { "minItems": 1 } }, "required": ["accepts"] },
                    "then": { "required": ["impact_assessment"] },
                }),
            ]
        }
        "backend." => {
            let real: Vec<_> = Speech::WORDS.iter().map(|(word, _)| *word).collect();
            let real: Vec<_> = real
                .into_iter()
                .filter(|word| *word != Speech::Simulated.name())
                .collect();
            vec![when("dialect", &real, json!({ "required": ["base_url"] }))]
        }
        _ => Vec::new(),
    }
}
