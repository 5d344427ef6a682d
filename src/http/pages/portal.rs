//! `/`: where people arrive, and what programs are to be given.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jiff::civil::Date;

use super::{Shell, respond};
use crate::http::{App, visitor::Visitor};
use crate::policy::{Policy, Tool, civil};

#[derive(Template)]
#[template(path = "portal.html")]
struct Portal<'a> {
    shell: Shell<'a>,
    url: &'a str,
    /// A model that anybody may ask for; none where the policy has none of that sort.
    model: Option<&'a str>,
    /// Whether whoever asks from here needs no key.
    is_open: bool,
}

/// A model of a tool that is open to all, in the dialect of the example.
fn model<'p>(policy: &'p Policy, today: Date) -> Option<&'p str> {
    let speaks = |id: &String| {
        let mut backends = policy.backends().iter();
        backends.any(|backend| backend.id == *id && backend.dialect.speaks("openai"))
    };
    let named = |tool: &&'p Tool| {
        tool.level == 1
            && tool.closed(today).is_none()
            && tool.groups.iter().any(|group| group == "*")
            && tool.backends.iter().any(speaks)
    };
    policy.tools().iter().filter(named).find_map(|tool| {
        // `simulateur*` has `simulateur` among its models; `gpt-*` has none that can be named.
        let whole = |model: &'p String| {
            let name = model.trim_end_matches('*');
            (name == model || name.ends_with(|c: char| c.is_ascii_alphanumeric())).then_some(name)
        };
        tool.default_model
            .as_deref()
            .or_else(|| tool.models.iter().find_map(whole))
    })
}

/// The page.
pub(in crate::http) async fn portal(State(app): State<App>, visitor: Visitor) -> Response {
    let page = Portal {
        shell: Shell::new(&visitor, "/"),
        url: &app.public_url,
        model: model(&visitor.live.policy, civil(visitor.at)),
        is_open: app.gateway.local_caller(visitor.at).is_some(),
    };
    respond(&visitor, StatusCode::OK, &page)
}
