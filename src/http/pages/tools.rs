//! `/outils`: the validated tools, by level.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::{Shell, respond};
use crate::http::visitor::Visitor;
use crate::policy::Tool;

#[derive(Template)]
#[template(path = "tools.html")]
struct Tools<'a> {
    shell: Shell<'a>,
    tools: Vec<&'a Tool>,
}

/// The page.
pub(in crate::http) async fn tools(visitor: Visitor) -> Response {
    let mut tools: Vec<_> = visitor.live.policy.tools().iter().collect();
    tools.sort_by_key(|tool| tool.level);
    let page = Tools {
        shell: Shell::new(&visitor, "/outils"),
        tools,
    };
    respond(&visitor, StatusCode::OK, &page)
}
