//! From a path to what is asked: which dialect, which endpoint, which model, which tool is forced.
//!
//! Paths come from the tables of the dialects, so an endpoint that a dialect lists is served and nothing else is.

use super::{ALL, Dialect, Endpoint, Framing, Streams, Yields, read::is_word};

/// The methods of the endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Ask for a list.
    Get,
    /// Ask for an answer.
    Post,
    /// Ask for something to be removed.
    Delete,
}

/// What a request asks for, as far as its first line and headers tell.
#[derive(Clone, Debug)]
pub struct Call {
    /// In which wire format.
    pub dialect: &'static dyn Dialect,
    /// What.
    pub endpoint: &'static Endpoint,
    /// Of which model, where the path says.
    pub model: Option<String>,
    /// Through which tool, where the path forces one.
    pub tool: Option<String>,
    /// How a stream is cut, where the endpoint always streams.
    pub framing: Option<Framing>,
    /// The path for the backend, from the root.
    pub path: String,
}

/// Finds what a request asks for. `path` is percent-decoded; nothing is found for a path no dialect lists.
pub fn resolve(method: Method, path: &str, query: Option<&str>, has_header: &dyn Fn(&str) -> bool) -> Option<Call> {
    let (tool, path) = match path.strip_prefix("/t/") {
        Some(rest) => {
            let slash = rest.find('/')?;
            (Some(rest[..slash].to_owned()), &rest[slash..])
        }
        None => (None, path),
    };
    let mut found: Option<Call> = None;
    for dialect in ALL {
        for endpoint in dialect.endpoints() {
            if endpoint.method != method {
                continue;
            }
            let Some(model) = endpoint.paths.iter().find_map(|pattern| fits(pattern, path)) else {
                continue;
            };
            // A shared path goes to who claims it, else to who has it first and never claims: the plain dialect.
            let claimed = dialect.claims(has_header, names(query, "key"));
            // Others have files there too, and ours must not be taken for theirs.
            if endpoint.yields == Yields::Files && path.starts_with("/v1/") && !claimed {
                continue;
            }
            if found.is_none() || claimed {
                found = Some(Call {
                    dialect,
                    endpoint,
                    model: model.map(str::to_owned),
                    tool: tool.clone(),
                    framing: framing(endpoint, query),
                    path: path.to_owned(),
                });
            }
            if claimed {
                return found;
            }
        }
    }
    found
}

/// The dialect in which to answer a request that no dialect lists: the one its SDK most likely speaks.
pub fn likely(path: &str, has_header: &dyn Fn(&str) -> bool) -> &'static dyn Dialect {
    let name = match path {
        _ if has_header("anthropic-version") || path.contains("/v1/messages") => "anthropic",
        _ if has_header("x-goog-api-key") || path.contains("/v1beta") || path.contains("/models/") => "gemini",
        _ => "openai",
    };
    ALL.into_iter().find(|dialect| dialect.name() == name).unwrap_or(ALL[0])
}

fn framing(endpoint: &Endpoint, query: Option<&str>) -> Option<Framing> {
    (endpoint.streams == Streams::Always).then(|| {
        let sse = query.is_some_and(|q| {
            q.split('&')
                .any(|pair| matches!(pair, "alt=sse" | "$alt=sse" | "%24alt=sse"))
        });
        if sse { Framing::Events } else { Framing::Array }
    })
}

fn names(query: Option<&str>, name: &str) -> bool {
    query.is_some_and(|q| q.split('&').any(|pair| pair.split('=').next() == Some(name)))
}

/// The model in a path that fits a pattern; `Some(None)` where the pattern has no model.
fn fits<'p>(pattern: &str, path: &'p str) -> Option<Option<&'p str>> {
    let step = |before: &str, after: &str| -> Option<&'p str> {
        let step = path.strip_prefix(before)?.strip_suffix(after)?;
        let plain = !step.is_empty() && !step.contains(['/', ':']) && is_word(step);
        plain.then_some(step)
    };
    if let Some((before, after)) = pattern.split_once("{model}") {
        step(before, after).map(Some)
    } else if let Some((before, after)) = pattern.split_once("{file}") {
        step(before, after).map(|_| None)
    } else {
        (pattern == path).then_some(None)
    }
}
