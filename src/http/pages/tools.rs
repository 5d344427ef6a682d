//! `/outils`: the committee's list (charter, rule 2), by level: what may be used first, then what may not or not yet.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;

use super::{Shell, respond};
use crate::http::{footprints, visitor::Visitor};
use crate::policy::{Closed, Policy, Status, Tool, Training, civil};

/// Tools of one heading.
struct Part<'a> {
    id: &'static str,
    title: &'static str,
    tools: Vec<Shown<'a>>,
}

/// A tool as the page shows it.
struct Shown<'a> {
    tool: &'a Tool,
    /// Why it takes no request today.
    closed: Option<Closed>,
    /// The one it asks for, where the policy says where to enrol.
    course: Option<&'a Training>,
    /// For whom it is, in words.
    who: String,
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
        written(*day)
    }

    fn is_over(&self, day: &Date) -> bool {
        *day < self.today
    }
}

fn written(day: Date) -> String {
    day.strftime("%d/%m/%Y").to_string()
}

impl Shown<'_> {
    /// Where it stands today, as a sentence.
    fn state(&self) -> String {
        let tool = self.tool;
        match self.closed {
            None => {
                let until = tool.valid_until.map(|day| format!(", jusqu'au {}", written(day)));
                format!("Cet outil {}{}.", tool.status.french(), until.unwrap_or_default())
            }
            Some(Closed::Status(status)) => format!("Cet outil {}.", status.french()),
            Some(Closed::Until(day)) => format!(
                "Cet outil {}, mais n'est pas encore ouvert : il ouvrira le {}.",
                tool.status.french(),
                written(day)
            ),
            Some(Closed::Since(day)) if tool.status == Status::Trial => {
                format!(
                    "L'expérimentation de cet outil s'est terminée le {} : il est fermé.",
                    written(day)
                )
            }
            Some(Closed::Since(day)) => {
                format!(
                    "Cet outil n'était autorisé que jusqu'au {} : il est fermé.",
                    written(day)
                )
            }
            Some(Closed::Unreviewed(day)) => format!(
                "Cet outil est fermé : il devait être réexaminé avant le {}, et ne l'a pas été.",
                written(day)
            ),
        }
    }

    /// Where its requests go.
    fn road(&self) -> &'static str {
        match (self.closed, self.tool.routed) {
            (None, true) => "les demandes y passent et y sont contrôlées",
            (None, false) => "les demandes n'y passent pas : l'outil est dans le logiciel de son éditeur",
            (Some(Closed::Until(_)), true) => "les demandes y sont refusées avant son ouverture",
            (Some(Closed::Status(Status::Proposed | Status::Studied)), _) => {
                "aucune demande n'y passe tant qu'il n'est pas validé"
            }
            (Some(_), true) => "les demandes y sont refusées",
            (Some(_), false) => "aucune demande n'y passe",
        }
    }
}

/// For whom a tool is: its groups by their names, each with the direction that it stands for.
fn who(policy: &Policy, tool: &Tool) -> String {
    let Some(groups) = policy.groups_for(tool) else {
        return "tous les agents".into();
    };
    match &groups[..] {
        [] => "personne pour le moment".into(),
        [only] => format!("le groupe {only}"),
        [first @ .., last] => format!("les groupes {} et {last}", first.join(", ")),
    }
}

/// The page.
pub(in crate::http) async fn tools(visitor: Visitor) -> Response {
    let (policy, today) = (&visitor.live.policy, civil(visitor.at));
    let pick = |is_in: &dyn Fn(&Tool) -> bool| {
        let tools = policy.tools().iter().filter(|tool| is_in(tool));
        let shown = tools.map(|tool| Shown {
            tool,
            closed: tool.closed(today),
            course: tool.training.as_deref().and_then(|id| policy.training(id)),
            who: who(policy, tool),
            footprint: footprints::of(policy, tool).map(|footprint| footprint.words()),
        });
        shown.collect::<Vec<_>>()
    };
    let served = |level| pick(&move |tool: &Tool| tool.closed(today).is_none() && tool.level == level);
    let parts = [
        ("niveau-1", "Niveau 1 : pour tous", served(1)),
        ("niveau-2", "Niveau 2 : dans le logiciel d'un éditeur", served(2)),
        ("niveau-3", "Niveau 3 : spécialisés pour un métier", served(3)),
        (
            "autres",
            "Outils qui ne peuvent pas être utilisés",
            pick(&|tool| tool.closed(today).is_some()),
        ),
    ];
    let parts = parts.into_iter().filter(|(_, _, tools)| !tools.is_empty());
    let page = Tools {
        shell: Shell::new(&visitor, "/outils"),
        parts: parts.map(|(id, title, tools)| Part { id, title, tools }).collect(),
        today,
        tokens: footprints::ANSWER,
    };
    respond(&visitor, StatusCode::OK, &page)
}
