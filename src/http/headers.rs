//! The gateway's own headers on an answer (contract §5), and the answer around them.

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::domain::{Counts, Decision, Entry, MentionForm, percent_encoded};
use crate::gateway::Forwarded;

/// An answer of a backend.
pub(super) fn answer(forwarded: Forwarded) -> Response {
    let Forwarded {
        status,
        headers,
        entry,
        mention,
        notice,
        timing,
        reminders,
        body,
    } = forwarded;
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    let headers = response.headers_mut();
    ours(headers, &entry, mention, Some(timing));
    put(headers, "x-gardefou-notice", notice.name());
    if !reminders.is_empty() {
        // Header values are ASCII to most clients: French words travel percent-encoded, as in RFC 8187.
        put(headers, "x-gardefou-reminder", &encoded(&reminders.join(" ")));
    }
    response
}

/// Puts the headers that every answer has.
pub(super) fn ours(headers: &mut HeaderMap, entry: &Entry, mention: MentionForm, timing: Option<(f64, f64)>) {
    put(headers, "x-gardefou-request-id", &entry.id.to_string());
    if let Some(tool) = &entry.tool {
        put(headers, "x-gardefou-tool", tool);
    }
    put(headers, "x-gardefou-decision", entry.decision.name());
    if !entry.findings.is_empty() {
        put(headers, "x-gardefou-findings", &counted(&entry.findings));
    }
    if let (Some(rule), Decision::Refused | Decision::Warned) = (&entry.rule, entry.decision) {
        put(headers, "x-gardefou-rule", rule);
    }
    put(headers, "x-gardefou-mention", mention.name());
    put(headers, "x-gardefou-policy", &entry.policy_hash);
    if let Some((own, upstream)) = timing {
        put(
            headers,
            "server-timing",
            &format!("gardefou;dur={own:.2}, upstream;dur={upstream:.1}"),
        );
    }
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    // Ids and counts are plain ASCII; a value that is not says nothing rather than something else.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// `health=1,personal=2`: the classes, without what observation let through, which is the committee's to know.
fn counted(counts: &Counts) -> String {
    let classes = counts.iter().filter(|(name, _)| !name.starts_with("observe."));
    let pairs: Vec<_> = classes.map(|(name, count)| format!("{name}={count}")).collect();
    pairs.join(",")
}

/// A sentence as the value of a header: ASCII, and readable where it is.
fn encoded(words: &str) -> String {
    percent_encoded(words, b" :,;()'/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_by_class_and_nothing_more() {
        let counts = Counts::from([
            ("personal".into(), 2),
            ("health".into(), 1),
            ("observe.refused.health".into(), 1),
        ]);
        assert_eq!(counted(&counts), "health=1,personal=2");
        assert_eq!(encoded("déjà vu"), "d%C3%A9j%C3%A0 vu");
    }
}
