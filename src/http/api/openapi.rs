//! `GET /api/openapi.json`: the JSON API described in OpenAPI 3.1. Written by hand; a test holds it against the routes.
//! The AI endpoints are not in it: they are the dialects' own, and so are their descriptions.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::http::{App, returns::LONGEST};
use crate::office::{IncidentCategory, Sense};
use crate::policy::Action;

/// The description.
pub(in crate::http) async fn openapi(State(app): State<App>) -> Json<Value> {
    Json(described(&app.public_url))
}

fn described(url: &str) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Gardefou",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "What programs ask of the gateway itself; AI endpoints are those of the OpenAI, Gemini and Anthropic dialects.",
            "license": { "name": "see the repository", "identifier": "LicenseRef-Gardefou" },
        },
        "servers": [{ "url": url }],
        "paths": paths(),
        "components": { "securitySchemes": schemes(), "schemas": schemas() },
    })
}

fn schemes() -> Value {
    json!({
        "key": { "type": "http", "scheme": "bearer", "description": "A key `gf_…`." },
        "session": {
            "type": "apiKey", "in": "cookie", "name": crate::identity::SESSION_COOKIE,
            "description": "Of a page of ours, for requests that come from our own pages.",
        },
    })
}

fn known() -> Value {
    json!([{ "key": [] }, { "session": [] }])
}

fn answer(description: &str, schema: Value) -> Value {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

fn refused(description: &str) -> Value {
    answer(description, json!({ "$ref": "#/components/schemas/Error" }))
}

fn body(schema: &str) -> Value {
    let schema = format!("#/components/schemas/{schema}");
    json!({ "required": true, "content": { "application/json": { "schema": { "$ref": schema } } } })
}

fn sending() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "schema": { "type": "string", "maxLength": 100 },
        "description": "The same for the same sending: a second one changes nothing.",
    })
}

fn paths() -> Value {
    json!({
        "/api/tools": { "get": {
            "operationId": "tools",
            "summary": "The committee's list of tools. Public, for any origin; `ETag` and `If-None-Match`.",
            "responses": {
                "200": answer("The list.", json!({ "$ref": "#/components/schemas/Tools" })),
                "304": { "description": "As the reader has it." },
            },
        }},
        "/api/charter": { "get": {
            "operationId": "charter",
            "summary": "The charter in force.",
            "responses": { "200": answer("The charter.", json!({ "$ref": "#/components/schemas/Charter" })) },
        }},
        "/api/charter/acceptance": { "post": {
            "operationId": "acceptCharter",
            "summary": "Accepts the charter in force. To accept it again changes nothing.",
            "security": known(),
            "requestBody": body("Acceptance"),
            "responses": {
                "200": answer("It was accepted before.", json!({ "$ref": "#/components/schemas/Acceptance" })),
                "201": answer("It is accepted now.", json!({ "$ref": "#/components/schemas/Acceptance" })),
                "400": refused("It cannot be read."),
                "401": refused("No good key."),
                "409": refused("Another version is in force."),
                "415": refused("The body is not JSON."),
                "503": refused("It could not be recorded."),
            },
        }},
        "/api/scan": { "post": {
            "operationId": "scan",
            "summary": "What the gateway would see in a text. Nothing is sent, logged or kept.",
            "security": known(),
            "requestBody": body("Scan"),
            "responses": {
                "200": answer("What was seen.", json!({ "$ref": "#/components/schemas/Inspection" })),
                "400": refused("It cannot be read."),
                "401": refused("No good key."),
                "404": refused("No such tool."),
                "413": refused("The text is too long."),
                "415": refused("The body is not JSON."),
            },
        }},
        "/api/false-positives": { "post": {
            "operationId": "falsePositive",
            "summary": "Counts a finding that the caller says is wrong: its type and class, never a text.",
            "security": known(),
            "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object" } } } },
            "responses": {
                "204": { "description": "It is counted." },
                "400": refused("It cannot be read."),
                "401": refused("No good key."),
                "415": refused("The body is not JSON."),
                "422": refused("No such type, class or tool."),
                "503": refused("It could not be counted."),
            },
        }},
        "/api/feedback": { "post": {
            "operationId": "feedback",
            "summary": "Says what an answer or a tool was worth. Words are screened before they are kept.",
            "security": known(),
            "parameters": [sending()],
            "requestBody": body("Feedback"),
            "responses": {
                "201": answer("It is recorded.", json!({
                    "type": "object", "required": ["id"],
                    "properties": { "id": { "type": "string", "format": "uuid" } },
                })),
                "400": refused("Something is wrong; `all` has every mistake."),
                "401": refused("No good key."),
                "413": refused("The body is too long."),
                "415": refused("The body is not JSON."),
                "429": refused("Too many in a minute."),
                "503": refused("Nothing was recorded."),
            },
        }},
        "/api/incidents": { "post": {
            "operationId": "reportIncident",
            "summary": "Reports an incident to the RSSI and the DPO. Words are screened before they are kept.",
            "security": known(),
            "parameters": [sending()],
            "requestBody": body("Incident"),
            "responses": {
                "200": answer("It was reported before, with the same key of sending.",
                              json!({ "$ref": "#/components/schemas/Ticket" })),
                "201": answer("It is recorded.", json!({ "$ref": "#/components/schemas/Ticket" })),
                "400": refused("Something is wrong; `all` has every mistake."),
                "401": refused("No good key."),
                "413": refused("The body is too long."),
                "415": refused("The body is not JSON."),
                "429": refused("Too many in a minute."),
                "503": refused("Nothing was recorded."),
            },
        }},
        "/api/usage": { "get": {
            "operationId": "usage",
            "summary": "The committee's figures of a month, from its views alone: no cell under five people.",
            "security": known(),
            "parameters": [{
                "name": "month", "in": "query", "required": false,
                "schema": { "type": "string", "pattern": "^\\d{4}-(0[1-9]|1[0-2])$" },
                "description": "The last month that is over by default.",
            }],
            "responses": {
                "200": answer("The figures.", json!({ "$ref": "#/components/schemas/Usage" })),
                "400": refused("No such month."),
                "401": refused("No good key."),
                "403": refused("Not of the committee."),
                "503": refused("The views cannot be read."),
            },
        }},
        "/api/openapi.json": { "get": {
            "operationId": "openapi",
            "summary": "This description.",
            "responses": { "200": answer("OpenAPI 3.1.", json!({ "type": "object" })) },
        }},
    })
}

fn words() -> Value {
    json!({ "type": ["string", "null"], "maxLength": LONGEST })
}

fn schemas() -> Value {
    let categories = IncidentCategory::ALL.map(IncidentCategory::name);
    let senses = Sense::ALL.map(Sense::name);
    let actions: Vec<_> = Action::WORDS.iter().map(|(word, _)| word).collect();
    let text = || json!({ "type": "string" });
    let maybe = || json!({ "type": ["string", "null"] });
    json!({
        "Error": { "type": "object", "required": ["error"], "properties": { "error": {
            "type": "object", "required": ["code", "message"],
            "properties": {
                "code": text(), "message": text(),
                "all": { "type": "array", "items": {
                    "type": "object",
                    "properties": { "code": text(), "field": text(), "message": text() },
                }},
            },
        }}},
        "Tools": { "type": "object", "required": ["policy", "tools"], "properties": {
            "policy": text(),
            "tools": { "type": "array", "items": { "type": "object", "required": ["id", "name", "level", "status", "served"], "properties": {
                "id": text(), "name": text(), "level": { "type": "integer", "minimum": 1, "maximum": 3 },
                "status": { "enum": ["proposed", "studied", "trial", "validated", "suspended", "withdrawn"] },
                "served": { "type": "boolean", "description": "Today: in service, between its dates, reviewed in time." },
                "purpose": text(), "data_used": text(), "provider": text(), "hosting": text(), "legal_basis": text(),
                "models": { "type": "array", "items": text() }, "accepts": { "type": "array", "items": text() },
                "groups": { "type": "array", "items": text() }, "domains": { "type": "array", "items": text() },
                "decision": { "$ref": "#/components/schemas/Reference" },
                "evaluation": { "$ref": "#/components/schemas/Reference" },
                "review_before": maybe(), "valid_from": maybe(), "valid_until": maybe(), "training": maybe(),
                "routed": { "type": "boolean" }, "audience": text(),
                "footprint_per_answer": { "type": ["object", "null"], "description": "Unknown is null, never zero." },
            }}},
        }},
        "Reference": { "type": ["object", "null"], "properties": { "reference": text(), "date": text() } },
        "Charter": { "type": "object", "properties": {
            "version": text(), "url": text(), "acceptance": { "enum": ["required", "reminder", "off"] },
        }},
        "Acceptance": { "type": "object", "required": ["version"], "properties": { "version": text() } },
        "Scan": { "type": "object", "required": ["text"], "additionalProperties": false,
                  "properties": { "text": text(), "tool": maybe() } },
        "Inspection": { "type": "object", "required": ["blocked", "decision", "spans"], "properties": {
            "blocked": { "type": "boolean" }, "decision": { "enum": ["allowed", "warned", "masked", "refused"] },
            "doc_classes": { "type": "array", "items": text() }, "us": { "type": "number" },
            "spans": { "type": "array", "items": { "type": "object", "properties": {
                "start": { "type": "integer" }, "end": { "type": "integer" }, "type": text(), "class": text(),
                "score": { "type": "number" }, "evidence": { "type": "array", "items": text() },
                "action": { "enum": actions, "description": "What the policy does about it." },
            }}},
        }},
        "Feedback": { "type": "object", "additionalProperties": false, "properties": {
            "request_id": { "type": ["string", "null"], "format": "uuid", "description": "One of the caller's own requests." },
            "tool": maybe(),
            "rating": { "type": ["integer", "null"], "minimum": 1, "maximum": 5 },
            "thumb": { "enum": ["up", "down", null], "description": "Instead of a rating: 5 or 1." },
            "sense": { "enum": [senses[0], senses[1], senses[2], null] },
            "less_contact": { "type": ["boolean", "null"], "description": "The AI took the place of a contact with a citizen." },
            "comment": words(),
            "anonymous": { "type": "boolean", "default": false, "description": "No caller, direction, request or hour is kept." },
        }},
        "Incident": { "type": "object", "required": ["category", "description"], "additionalProperties": false, "properties": {
            "category": { "enum": categories },
            "description": { "type": "string", "minLength": 1, "maxLength": LONGEST },
            "request_id": { "type": ["string", "null"], "format": "uuid", "description": "One of the caller's own requests." },
            "excerpt": words(),
        }},
        "Ticket": { "type": "object", "required": ["ticket", "status_url", "mail"], "properties": {
            "ticket": { "type": "string", "examples": ["S-2026-0042"] },
            "status_url": { "type": "string", "format": "uri" },
            "mail": { "type": "boolean", "description": "A mail to the RSSI and the DPO is on its way." },
        }},
        "Usage": { "type": "object", "required": ["month", "figures"], "properties": {
            "month": text(),
            "figures": { "type": "object", "additionalProperties": { "type": "array", "items": { "type": "object" } } },
        }},
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The router's own text, so that no route is forgotten on either side.
    const ROUTER: &str = include_str!("../router.rs");

    #[test]
    fn every_route_of_the_api_is_described_and_every_description_has_a_route() {
        let mut routes = BTreeSet::new();
        for part in ROUTER.split(".route(").skip(1) {
            let Some(path) = part.split('"').nth(1).filter(|path| path.starts_with("/api/")) else {
                continue;
            };
            let handlers = part.split(path).nth(1).unwrap_or_default();
            for method in ["get", "post", "put", "delete"] {
                if handlers.contains(&format!("{method}(")) {
                    routes.insert((path.to_owned(), method.to_owned()));
                }
            }
        }
        let described = described("https://ia.example");
        let mut told = BTreeSet::new();
        for (path, methods) in described["paths"].as_object().expect("paths") {
            for method in methods.as_object().expect("methods").keys() {
                told.insert((path.clone(), method.clone()));
            }
        }
        assert_eq!(routes, told);
        assert!(routes.len() >= 8);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let described = described("https://ia.example");
        let text = described.to_string();
        for name in text
            .split("#/components/schemas/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert!(described["components"]["schemas"][name].is_object(), "{name}");
        }
    }
}
