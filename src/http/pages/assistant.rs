//! `/assistant`: a chat over the gateway's own AI endpoints. The page says which tools this visitor may use and gives its
//! script what it needs; asking, screening and answering are those of every other request.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Shell, respond};
use crate::dialect;
use crate::domain::{Caller, Timestamp};
use crate::http::{
    App,
    visitor::{Barred, Visitor},
    words,
};
use crate::keyfile::hex;
use crate::policy::{Acceptance, Ask, Policy, Tool, Unread, civil};

/// Dialects in which the page can ask, the one most spoken first.
const SPOKEN: [&str; 3] = ["openai", "anthropic", "gemini"];

/// Models to begin with where the policy names only their beginning: names that their providers keep pointing at a model
/// in service.
const WELL_KNOWN: [&str; 4] = [
    "gemini-flash-latest",
    "mistral-small-latest",
    "mistral-medium-latest",
    "gpt-5-mini",
];

/// A tool that the visitor may use.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Offered<'p> {
    id: &'p str,
    name: &'p str,
    level: u8,
    purpose: &'p str,
    data: &'p str,
    hosting: &'p str,
    /// In which the page asks it.
    dialect: &'static str,
    /// The first is chosen at first; none where only the backend can name one.
    models: Vec<String>,
    /// The backend may have more.
    open: bool,
    /// Images may leave for it.
    images: bool,
    purpose_required: bool,
}

#[derive(Template)]
#[template(path = "assistant.html")]
struct Assistant<'a> {
    shell: Shell<'a>,
    tools: &'a [Offered<'a>],
    /// The charter in force, where it has to be.
    is_accepted: bool,
    /// What the script reads.
    config: String,
}

/// The page.
pub(in crate::http) async fn assistant(State(app): State<App>, visitor: Visitor) -> Result<Response, Barred> {
    let caller = &visitor.known()?.caller;
    let policy = &visitor.live.policy;
    let charter = policy.charter();
    let is_accepted = charter.acceptance != Acceptance::Required
        || visitor.known()?.is_local()
        || caller.accepted_charters.contains(&charter.version);
    let mut tools = offered(policy, caller, visitor.at);
    // What cannot answer for want of a key is not chosen at first.
    let keyless: Vec<_> = visitor.live.without_key().map(|(backend, _)| backend).collect();
    let is_mute = |tool: &str| {
        let backends = policy.tool(tool).map(|tool| &tool.backends);
        backends.is_some_and(|all| all.iter().all(|backend| keyless.contains(&backend.as_str())))
    };
    tools.sort_by_key(|tool| is_mute(tool.id));
    let config = json!({
        "person": person(caller),
        "token": visitor.form_token(),
        "history": app.keeps_history,
        "mention": policy.mention().text,
        "instruction": policy.masking_instruction(),
        "maxBody": app.edge.max_body_bytes,
        "tools": tools,
        "words": words::all(),
    });
    let page = Assistant {
        shell: Shell::new(&visitor, "/assistant"),
        tools: &tools,
        is_accepted,
        config: config.to_string(),
    };
    Ok(respond(&visitor, StatusCode::OK, &page))
}

/// By which a browser tells one person's conversations from another's. It tells nothing else, to nobody.
fn person(caller: &Caller) -> String {
    let named = format!("gardefou-browser {}", caller.pseudonym.as_str());
    hex(&Sha256::digest(named)[..8])
}

/// The tools that this person may use now, but for the charter, which they may still accept. By level, then as the policy
/// has them.
fn offered<'p>(policy: &'p Policy, caller: &Caller, now: Timestamp) -> Vec<Offered<'p>> {
    let mut caller = caller.clone();
    caller.accepted_charters.push(policy.charter().version.clone());
    let mut found: Vec<_> = policy
        .tools()
        .iter()
        .filter_map(|tool| offer(policy, tool, &caller, now))
        .collect();
    found.sort_by_key(|offer| offer.level);
    found
}

fn offer<'p>(policy: &'p Policy, tool: &'p Tool, caller: &Caller, now: Timestamp) -> Option<Offered<'p>> {
    let admits = |dialect: &str, model: Option<&str>| {
        let ask = Ask {
            dialect,
            model,
            tool: Some(&tool.id),
            // The page asks for it, where the tool does.
            purpose: true,
            caller,
            now,
            today: civil(now),
        };
        policy.admit(&ask).is_ok()
    };
    let spoken = SPOKEN
        .into_iter()
        .filter_map(|name| dialect::ALL.iter().find(|known| known.name() == name));
    let dialect = spoken
        .map(|dialect| dialect.name())
        .find(|dialect| admits(dialect, None))?;
    let models: Vec<_> = named(tool)
        .into_iter()
        .filter(|model| admits(dialect, Some(model)))
        .collect();
    let open = tool.models.iter().any(|pattern| pattern.ends_with('*'));
    (open || !models.is_empty()).then_some(Offered {
        id: &tool.id,
        name: &tool.name,
        level: tool.level,
        purpose: &tool.purpose,
        data: &tool.data_used,
        hosting: &tool.hosting,
        dialect,
        models,
        open,
        images: tool.ocr || tool.unread.contains(&Unread::Image),
        purpose_required: tool.purpose_required,
    })
}

/// Models of a tool that can be named without asking its backend.
fn named(tool: &Tool) -> Vec<String> {
    // The policy's own choice comes first.
    let mut names: Vec<String> = tool.default_model.iter().cloned().collect();
    for pattern in &tool.models {
        let Some(beginning) = pattern.strip_suffix('*') else {
            names.push(pattern.clone());
            continue;
        };
        let known = WELL_KNOWN.iter().filter(|name| name.starts_with(beginning));
        names.extend(known.map(|name| (*name).to_owned()));
        // `simulateur*` is a model and its variants; `gemini-*` is no model.
        if beginning.ends_with(|last: char| last.is_alphanumeric()) {
            names.push(beginning.to_owned());
        }
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Identity, Pseudonym, Via};

    const NOW: Timestamp = Timestamp(1_795_824_000_000); // 28 November 2026

    fn policy(more: &str) -> Policy {
        let source = include_str!("../../../config/policy.toml");
        Policy::read(&format!("{source}\n{more}"), "policy.toml", civil(NOW)).expect("correct")
    }

    fn caller(groups: &[&str]) -> Caller {
        Caller {
            identity: Identity::new("a.martin@departement04.example"),
            pseudonym: Pseudonym::new("p"),
            recorded_as: Pseudonym::new("q"),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            accepted_charters: Vec::new(),
            attestations: Vec::new(),
            direction: None,
            directory_is_stale: false,
            via: Via::Key,
        }
    }

    #[test]
    fn a_visitor_is_offered_what_they_may_use_and_in_which_dialect() {
        let policy = policy("");
        let tools = offered(&policy, &caller(&[]), NOW);
        let seen: Vec<_> = tools
            .iter()
            .map(|tool| (tool.id, tool.dialect, tool.models.join(" "), tool.open))
            .collect();
        assert_eq!(
            seen,
            [
                ("gemini", "gemini", "gemini-flash-latest".to_owned(), true),
                ("simulateur", "openai", "simulateur".to_owned(), true),
                ("rapports-sociaux", "openai", "rapports-1".to_owned(), true),
            ]
        );
        // The day after its review was due, Gemini is not offered any more.
        let later = Timestamp(NOW.0 + 300 * 86_400_000);
        let ids: Vec<_> = offered(&policy, &caller(&[]), later)
            .iter()
            .map(|tool| tool.id)
            .collect();
        assert_eq!(ids, ["simulateur"]);
    }

    #[test]
    fn a_browser_knows_persons_apart_and_not_by_name() {
        let one = person(&caller(&[]));
        let other = person(&Caller {
            pseudonym: Pseudonym::new("r"),
            ..caller(&[])
        });
        assert!(one != other && one.len() == 16 && !one.contains("martin"));
    }
}
