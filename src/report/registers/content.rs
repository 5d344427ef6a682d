//! What the policy says of one field of one tool, in words.

use super::super::french;
use super::{MISSING, NOTHING_ASKED};
use crate::detector::Class;
use crate::policy::{AiAct, Demand, Policy, Reference, RegisterField, Status, Tool};

/// What the policy says of a field of a tool, in French; [`MISSING`] where it should say something.
pub(super) fn content(policy: &Policy, tool: &Tool, field: &RegisterField) -> String {
    let day = |day: Option<jiff::civil::Date>| day.map(french::date);
    let said: Option<String> = match field.key {
        "id" => Some(tool.id.clone()),
        "name" => Some(tool.name.clone()),
        "level" => Some(tool.level.to_string()),
        "status" => Some(status(tool).to_owned()),
        "purpose" => Some(tool.purpose.clone()),
        "data_used" => Some(tool.data_used.clone()),
        "legal_basis" => Some(tool.legal_basis.clone()),
        "provider" => Some(tool.provider.clone()),
        "hosting" => Some(tool.hosting.clone()),
        "decision" => tool.decision.as_ref().map(reference),
        "evaluation" => tool.evaluation.as_ref().map(reference),
        "review_before" => day(tool.review_before),
        "valid_until" => day(tool.valid_until),
        "proposed_on" => day(tool.proposed_on),
        "backends" => Some(tool.backends.join(", ")),
        "models" => Some(tool.models.join(", ")),
        "groups" => Some(groups(policy, tool)),
        "training" => tool.training.clone(),
        "impact_assessment" => tool.impact_assessment.clone(),
        "accepts" => Some(classes(&tool.accepts)),
        "ai_act" => tool.ai_act.map(|class| class.french().to_owned()),
        "ambition" => tool.ambition.map(|ambition| ambition.french().to_owned()),
        "fria" => tool.fria.clone(),
        "data_subjects" => Some(tool.data_subjects.clone()),
        "recipients" => Some(tool.recipients.clone()),
        "retention" => Some(tool.retention.clone()),
        "transfers" => Some(tool.transfers.clone()),
        "security" => Some(tool.security.clone()),
        _ => None,
    };
    said.filter(|text| !text.is_empty()).unwrap_or_else(|| {
        let asked = if is_asked(tool, field) { MISSING } else { NOTHING_ASKED };
        asked.to_owned()
    })
}

/// Whether a register wants this field of this tool.
fn is_asked(tool: &Tool, field: &RegisterField) -> bool {
    match field.demand {
        Demand::Always | Demand::Served | Demand::Optional => true,
        Demand::Validated => tool.valid_until.is_none(),
        Demand::Trial => tool.status == Status::Trial,
        // A tool of level 2 may be used in its vendor's product alone.
        Demand::Routed => tool.level != 2 || tool.routed,
        Demand::Accepting => !tool.accepts.is_empty() || tool.ai_act == Some(AiAct::High),
        Demand::Individual => tool.decision_individuelle,
        Demand::Specialised => tool.level == 3,
    }
}

fn reference(reference: &Reference) -> String {
    format!("{} du {}", reference.reference, french::date(reference.date))
}

fn classes(classes: &[Class]) -> String {
    match classes {
        [] => "aucune".into(),
        _ => classes
            .iter()
            .map(|class| in_words(*class))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// The charter's words, after "données".
const fn in_words(class: Class) -> &'static str {
    match class {
        Class::Personal => "personnelles",
        Class::HighlyPersonal => "hautement personnelles",
        Class::Sensitive => "sensibles",
        Class::Health => "de santé",
        Class::Vulnerable => "sur des personnes vulnérables",
        Class::Secret => "secrets techniques",
    }
}

/// Where a tool is in its life, without a verb.
pub(super) fn status(tool: &Tool) -> &'static str {
    tool.status.french().trim_start_matches("est ")
}

/// Groups by their directions, where the policy names them.
fn groups(policy: &Policy, tool: &Tool) -> String {
    let named = policy.groups_for(tool).map(|groups| groups.join(", "));
    named.unwrap_or_else(|| "tous les agents".into())
}
