//! The mistakes of a policy file as SARIF 2.1.0 (OASIS), which editors and code hosts show beside the line.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html>; numbers in brackets are its sections.

use serde_json::{Value, json};

use super::codes::CODES;
use super::diagnostic::{Diagnostic, Diagnostics, Place, Severity, page};
use crate::domain::percent_encoded;

/// Where the schema of the format is kept.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

impl Diagnostics {
    /// One run with every rule there is. Columns count code points (3.14.17), as everywhere here.
    pub fn to_sarif(&self) -> Value {
        let rules: Value = CODES.iter().map(|(code, title)| rule(code, title)).collect();
        let uri = uri(self.origin());
        let results: Value = self.iter().map(|diagnostic| result(&uri, diagnostic)).collect();
        json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "gardefou",
                    "version": env!("CARGO_PKG_VERSION"),
                    "language": "fr",
                    "rules": rules,
                }},
                "language": "fr",
                "columnKind": "unicodeCodePoints",
                "results": results,
            }],
        })
    }
}

fn rule(code: &str, title: &str) -> Value {
    json!({
        "id": code,
        "shortDescription": { "text": title },
        "helpUri": page(code),
        "help": { "text": format!("{title}. Explication, exemple et correction : {}", page(code)) },
    })
}

fn result(uri: &str, diagnostic: &Diagnostic) -> Value {
    let index = CODES.iter().position(|(code, _)| *code == diagnostic.code);
    let mut text = diagnostic.message.clone();
    for (before, more) in [
        (" : ", Some(&diagnostic.label).filter(|label| !label.is_empty())),
        (". Aide : ", diagnostic.help.as_ref()),
    ] {
        if let Some(more) = more {
            text = format!("{text}{before}{more}");
        }
    }
    if let Some(suggestion) = &diagnostic.suggestion {
        text = format!("{text}. Vouliez-vous dire `{suggestion}` ?");
    }
    let related = diagnostic.related.iter().map(|related| {
        let mut location = location(uri, &related.place);
        location["id"] = json!(1);
        location["message"] = json!({ "text": related.message });
        location
    });
    json!({
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": match diagnostic.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "message": { "text": text },
        "locations": [location(uri, &diagnostic.place)],
        "relatedLocations": related.collect::<Value>(),
    })
}

/// A region of one line; `endColumn` is exclusive (3.30.8).
fn location(uri: &str, place: &Place) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri },
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.line,
            "endColumn": place.column + place.width,
        },
    }})
}

/// A path as a reference of RFC 3986: what may not stand in one is percent-encoded.
fn uri(path: &str) -> String {
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", percent_encoded(path, b"/"))
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_becomes_a_reference() {
        for (path, expected) in [
            ("config/policy.toml", "config/policy.toml"),
            ("/srv/politique été.toml", "file:///srv/politique%20%C3%A9t%C3%A9.toml"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }
}
