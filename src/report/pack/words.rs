//! The words of the tables, in French: what the ledger calls `screening.health` the committee calls by its name.

use crate::detector::Class;
use crate::office::IncidentCategory;

use super::{Subject, observed};

/// Name of a tool or of a line that stands for several.
pub(super) fn tool(subject: &Subject<'_>, id: &str) -> String {
    let listed = subject
        .figures
        .tools
        .iter()
        .find(|line| line.tool == id)
        .map(|line| line.name.clone());
    let named = listed.or_else(|| subject.policy.tool(id).map(|tool| tool.name.clone()));
    named.unwrap_or_else(|| match id {
        "hors liste" => "Hors liste (outil non validé)".to_owned(),
        _ if id.starts_with("autres ") => capital(id),
        _ => id.to_owned(),
    })
}

/// With a capital letter, for the beginning of a line.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The direction a service belongs to; the direction itself for one.
pub(super) fn direction_of(direction: &str) -> &str {
    direction.split(" / ").next().unwrap_or(direction)
}

/// What became of a request.
pub(super) fn decision(decision: &str) -> String {
    match decision {
        "refused" => "Refusée".into(),
        "masked" => "Masquée puis envoyée".into(),
        "warned" => "Envoyée avec avertissement".into(),
        "allowed" => "Envoyée, observée seulement".into(),
        other => capital(other),
    }
}

/// A class of data of the charter.
pub(super) fn class(name: &str) -> String {
    let known = Class::ALL.iter().find(|class| class.name() == name);
    known.map_or_else(
        || capital(name),
        |class| {
            match class {
                Class::Personal => "Données personnelles",
                Class::HighlyPersonal => "Données hautement personnelles",
                Class::Sensitive => "Données sensibles",
                Class::Health => "Données de santé",
                Class::Vulnerable => "Personnes vulnérables",
                Class::Secret => "Secrets techniques",
            }
            .to_owned()
        },
    )
}

/// A class of data, or a detector of the DSIUN's own.
pub(super) fn class_or_detector(name: &str) -> String {
    if Class::ALL.iter().any(|known| known.name() == name) {
        class(name)
    } else {
        format!("Détecteur « {name} »")
    }
}

/// Whether something was found in a request or an answer, and the rest of its name.
pub(super) fn place(name: &str) -> (&str, &'static str) {
    match name.strip_prefix("answer:") {
        Some(name) => (name, "réponse"),
        None => (name, "demande"),
    }
}

/// Where something was found: the class, and whether in a request or an answer.
pub(super) fn found(name: &str) -> (String, &'static str) {
    let (name, place) = place(name);
    (class(name), place)
}

/// A rule of the policy or of the gateway.
pub fn rule(rule: &str) -> String {
    if let Some(name) = rule.strip_prefix("screening.") {
        return format!("Contrôle des données : {}", class(name).to_lowercase());
    }
    if let Some(observed) = observed::sentence(rule) {
        return observed;
    }
    if let Some(limit) = rule.strip_prefix("limits.") {
        return limit_reached(limit);
    }
    match rule {
        "unknown-tool" => "Outil hors de la liste validée",
        "no-tool-for-model" => "Modèle hors de la liste validée",
        "not-served" => "Outil qui n'est pas en service",
        "not-routed" => "Outil qui ne passe pas par la passerelle",
        "no-backend-for-dialect" => "Outil indisponible sous cette forme",
        "not-yet-valid" => "Outil pas encore autorisé",
        "expired" => "Autorisation de l'outil terminée",
        "review-overdue" => "Réexamen de l'outil dépassé",
        "not-in-group" => "Agent hors du périmètre de l'outil",
        "training-missing" => "Formation exigée manquante",
        "outside-domains" => "Hors des domaines de compétence",
        "purpose-missing" => "Finalité non indiquée",
        "charter-not-accepted" => "Charte non acceptée",
        "no-key" | "bad-key" => "Clé absente ou fausse",
        "limits-unavailable" => "Limites impossibles à compter",
        "content-blocked" => "Donnée protégée dans un fichier joint",
        "answer-blocked" => "Donnée protégée dans une réponse",
        "unmaskable" => "Donnée impossible à masquer à sa place",
        "attachment" => "Fichier joint qui ne peut pas être relu",
        "upload" => "Dépôt de fichier refusé",
        "no-such-file" => "Fichier inconnu",
        "body-too-large" | "body-too-slow" | "body-broken" | "unreadable" => "Demande illisible ou trop grande",
        other => return capital(other),
    }
    .to_owned()
}

/// A limit that was reached, after `limits.`: whose, where it is not one caller's on one tool, and which.
fn limit_reached(limit: &str) -> String {
    let (whose, which) = limit.split_once('.').unwrap_or(("", limit));
    let which = match which {
        "requests_per_minute" => "demandes par minute",
        "requests_per_day" => "demandes par jour",
        "requests_per_month" => "demandes par mois",
        "tokens_per_minute" => "jetons par minute",
        "tokens_per_day" => "jetons par jour",
        "tokens_per_month" => "jetons par mois",
        "euros_per_day" => "euros par jour",
        "euros_per_month" => "euros par mois",
        "concurrent_requests" => "demandes en même temps",
        other => other,
    };
    let whose = match whose {
        "shared" => " (outil, tous agents)",
        "group" => " (groupe)",
        "caller" => " (agent, tous outils)",
        _ => "",
    };
    format!("Limite atteinte : {which}{whose}")
}

/// Whether a rule says that somebody wanted a tool that is not listed.
pub(super) fn is_demand(rule: &str) -> bool {
    matches!(rule, "unknown-tool" | "no-tool-for-model" | "not-served")
}

/// An application of Google Workspace, as Google's exports name it.
pub(super) fn app(name: &str) -> String {
    match name {
        "gemini_app" => "Application Gemini".into(),
        other => capital(&other.replace('_', " ")),
    }
}

/// What an incident is about.
pub(super) fn category(name: &str) -> String {
    let known = IncidentCategory::ALL.iter().find(|category| category.name() == name);
    capital(known.map_or(name, |category| category.french()))
}

/// Where a tool is in its life.
pub(super) fn status(status: &str) -> &'static str {
    match status {
        "proposed" => "proposé",
        "studied" => "à l'étude",
        "trial" => "en expérimentation",
        "validated" => "validé",
        "suspended" => "suspendu",
        "withdrawn" => "retiré",
        _ => "inconnu",
    }
}

/// `3 outils`, `1 outil`: the plural takes an s.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count > 1 { many } else { one })
}
