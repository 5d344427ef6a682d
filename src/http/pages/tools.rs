//! `/outils`: the committee's list (charter, rule 2), by level: what may be used first, then what may not or not yet.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;

use super::{Shell, respond};
use crate::http::{footprints, visitor::Visitor};
use crate::policy::{Tool, civil};

/// Tools of one heading.
struct Part<'a> {
    id: &'static str,
    title: &'static str,
    tools: Vec<Shown<'a>>,
}

/// A tool as the page shows it.
struct Shown<'a> {
    tool: &'a Tool,
    /// Of an answer; none where it is not known.
    footprint: Option<String>,
}

#[derive(Template)]
#[template(path = "tools.html")]
struct Tools<'a> {
    shell: Shell<'a>,
    parts: Vec<Part<'a>>,
    today: Date,
    tokens: u64,
}

impl Tools<'_> {
    fn day(&self, day: &Date) -> String {
        day.strftime("%d/%m/%Y").to_string()
    }

    fn is_over(&self, day: &Date) -> bool {
        *day < self.today
    }

    fn who(&self, tool: &Tool) -> String {
        if tool.groups.iter().any(|group| group == "*") {
            "tous les agents".into()
        } else if tool.groups.is_empty() {
            "personne pour le moment".into()
        } else {
            format!("les groupes {}", tool.groups.join(", "))
        }
    }
}

/// The page.
pub(in crate::http) async fn tools(visitor: Visitor) -> Response {
    let policy = &visitor.live.policy;
    let pick = |is_in: &dyn Fn(&Tool) -> bool| {
        let tools = policy.tools().iter().filter(|tool| is_in(tool));
        let shown = tools.map(|tool| Shown {
            tool,
            footprint: footprints::of(policy, tool).map(|footprint| footprint.words()),
        });
        shown.collect::<Vec<_>>()
    };
    let served = |level| pick(&move |tool: &Tool| tool.status.is_served() && tool.level == level);
    let parts = [
        ("niveau-1", "Niveau 1 : pour tous", served(1)),
        ("niveau-2", "Niveau 2 : dans le logiciel d'un éditeur", served(2)),
        ("niveau-3", "Niveau 3 : spécialisés pour un métier", served(3)),
        (
            "autres",
            "Outils qui ne peuvent pas être utilisés",
            pick(&|tool| !tool.status.is_served()),
        ),
    ];
    let parts = parts.into_iter().filter(|(_, _, tools)| !tools.is_empty());
    let page = Tools {
        shell: Shell::new(&visitor, "/outils"),
        parts: parts.map(|(id, title, tools)| Part { id, title, tools }).collect(),
        today: civil(visitor.at),
        tokens: footprints::ANSWER,
    };
    respond(&visitor, StatusCode::OK, &page)
}
