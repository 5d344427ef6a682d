//! What is held on a person in French: titles, names of fields, what their words mean, and what the law wants said beside
//! the data. For the command and for the page. The JSON document alone keeps the names of the tables.

use serde_json::{Value, json};

use super::{french, pack};
use crate::detector::{Class, Kind};
use crate::domain::Timestamp;
use crate::ledger::{COMMENT_DAYS, DESCRIPTION_DAYS, WORKSPACE_DAYS, person::Held};
use crate::office::{IncidentCategory, Sense};
use crate::policy::{in_french, local};

/// What art. 15 wants said beside the data; rows of the journal are kept for so many days.
pub fn information(retention_days: u32) -> [(&'static str, String); 6] {
    [
        (
            "Finalités",
            "Appliquer la charte d'utilisation de l'intelligence artificielle, protéger les données, et rendre compte des \
             usages au comité par des chiffres qui ne désignent personne."
                .into(),
        ),
        (
            "Catégories de données",
            "Qui (sous un pseudonyme), quand, quel outil, la décision et sa règle, des nombres (jetons, durées, énergie, \
             coût), le motif donné. Jamais une question, une réponse ni une valeur détectée."
                .into(),
        ),
        (
            "Destinataires",
            "Le journal n'est lu que par ceux qui l'exploitent ; le comité ne lit que des totaux d'au moins cinq personnes."
                .into(),
        ),
        (
            "Durée",
            format!(
                "Une demande est gardée {retention_days} jours après la fin de son mois, puis supprimée avec ce mois ; le \
                 commentaire d'un retour, {COMMENT_DAYS} jours ; le texte d'un signalement, {DESCRIPTION_DAYS} jours ; un \
                 usage de Gemini dans Workspace, {WORKSPACE_DAYS} jours après la fin de son mois."
            ),
        ),
        (
            "Source",
            "Vos demandes à l'assistant, et le journal de Google Workspace s'il a été importé.".into(),
        ),
        (
            "Vos droits",
            "Rectification, effacement, limitation, opposition auprès du délégué à la protection des données ; \
             réclamation auprès de la CNIL."
                .into(),
        ),
    ]
}

/// French names of the fields; those that are not here are shown as they are.
const LABELS: [(&str, &str); 72] = [
    ("accepted_at", "acceptée le"),
    ("action", "action"),
    ("answer", "réponse de la DSIUN"),
    ("answer_findings", "détections dans la réponse par classe"),
    ("answered_at", "répondu le"),
    ("app", "application"),
    ("at", "le"),
    ("caller", "pseudonyme"),
    ("category", "catégorie"),
    ("charter_version", "version de la charte"),
    ("closed_at", "clos le"),
    ("co2e_kg", "émissions, au moins et au plus (kg CO2e)"),
    ("co2e_kg_max", "émissions au plus (kg CO2e)"),
    ("co2e_kg_min", "émissions au moins (kg CO2e)"),
    ("comment", "commentaire"),
    ("cost_eur", "coût (€)"),
    ("created_at", "le"),
    ("decision", "décision"),
    ("description", "description"),
    ("dialect", "format d'échange"),
    ("direction", "direction"),
    ("duration_ms", "durée (ms)"),
    ("endpoint", "fonction appelée"),
    ("energy_kwh", "énergie, au moins et au plus (kWh)"),
    ("energy_kwh_max", "énergie au plus (kWh)"),
    ("energy_kwh_min", "énergie au moins (kWh)"),
    ("estimated", "jetons estimés"),
    ("excerpt", "extrait choisi"),
    ("expires_at", "expire le"),
    ("finding_types", "détections par type"),
    ("findings", "détections par classe"),
    ("first_token_ms", "premier mot de la réponse après (ms)"),
    ("footprint_version", "méthode de l'empreinte"),
    ("groups", "groupes"),
    ("http_status", "code de la réponse (HTTP)"),
    ("id", "identifiant"),
    ("imported_at", "importée le"),
    ("input", "jetons de la question"),
    ("input_tokens", "jetons de la question"),
    ("instance", "passerelle"),
    ("instance_seq", "rang dans le registre de la passerelle"),
    ("less_contact", "contact remplacé par l'IA"),
    ("mention", "mention de l'IA"),
    ("model", "modèle"),
    ("occurred_at", "le"),
    ("occurred_on", "jour"),
    ("opened_at", "ouverte le"),
    ("outcome", "issue"),
    ("output", "jetons de la réponse"),
    ("output_tokens", "jetons de la réponse"),
    ("overhead_us", "temps passé dans la passerelle (µs)"),
    ("policy_hash", "version de la politique"),
    ("pseudonym", "pseudonyme"),
    ("purpose", "motif donné"),
    ("rating", "note"),
    ("request_id", "demande"),
    ("revoked_at", "révoquée le"),
    ("role", "de"),
    ("rule", "règle"),
    ("seen_at", "vue le"),
    ("sense", "nature"),
    ("status", "état"),
    ("stream", "réponse au fil de l'eau"),
    ("ticket", "numéro"),
    ("tokens_estimated", "jetons estimés"),
    ("tool", "outil"),
    ("tool_level", "niveau de l'outil"),
    ("training", "formation"),
    ("upstream_ms", "attente du service d'IA (ms)"),
    ("valid_until", "valable jusqu'au"),
    ("words", "texte"),
    ("year", "année"),
];

/// The French name of a field, or the field itself.
pub fn label(field: &str) -> &str {
    let found = LABELS.binary_search_by_key(&field, |(name, _)| name);
    found.map_or(field, |found| LABELS[found].1)
}

/// The lists, each with its name in the JSON document and its title.
pub fn sections(held: &Held) -> [(&'static str, &'static str, Vec<Value>); 13] {
    let rows = held.usage_events.iter().cloned().map(Value::Object).collect();
    [
        ("pseudonyms", "Pseudonymes", held.pseudonyms.clone()),
        ("usage_events", "Demandes à l'assistant", rows),
        (
            "waiting",
            "Demandes qui attendent d'être portées dans la base",
            held.waiting.clone(),
        ),
        (
            "charter_acceptances",
            "Acceptations de la charte",
            held.charter_acceptances.clone(),
        ),
        (
            "attestations",
            "Attestations de formation importées",
            held.attestations.clone(),
        ),
        ("sessions", "Sessions ouvertes sur les pages", held.sessions.clone()),
        (
            "directory",
            "Groupes et direction dans l'annuaire",
            held.directory.clone(),
        ),
        ("subjects", "Premières connexions", held.subjects.clone()),
        ("feedback", "Retours", held.feedback.clone()),
        ("incidents", "Signalements", held.incidents.clone()),
        (
            "incident_replies",
            "Réponses aux signalements",
            held.incident_replies.clone(),
        ),
        ("api_keys", "Clés (sans leur texte)", held.api_keys.clone()),
        (
            "workspace_events",
            "Usages de Gemini dans Workspace",
            held.workspace_events.clone(),
        ),
    ]
}

/// Everything as one JSON document.
pub fn document(identity: &str, made_on: &str, retention_days: u32, held: &Held) -> Value {
    let mut object = json!(held);
    object["format"] = json!("gardefou-person-1");
    object["identity"] = json!(identity);
    object["made_on"] = json!(made_on);
    let information = information(retention_days);
    object["information"] = json!(information.map(|(title, text)| json!({ "title": title, "text": text })));
    object
}

/// Everything as a text.
pub fn text(identity: &str, made_on: &str, retention_days: u32, held: &Held) -> String {
    let mut text = format!("Données conservées sur {identity}, au {made_on}\n");
    for (title, said) in information(retention_days) {
        text.push_str(&format!("\n{title} : {said}\n"));
    }
    for (_, title, list) in sections(held) {
        text.push_str(&format!("\n{title} : {}\n", list.len()));
        for one in list {
            let fields = fields(&one);
            let told: Vec<_> = fields.iter().map(|(label, said)| format!("{label} : {said}")).collect();
            text.push_str(&format!("  - {}\n", told.join(" ; ")));
        }
    }
    text
}

/// The fields of one thing of a list that say something, each with its name and its value in French.
pub fn fields(one: &Value) -> Vec<(&str, String)> {
    let mut all = Vec::new();
    for (name, value) in one.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::Object(_) if matches!(name.as_str(), "entry" | "settlement" | "tokens") => all.extend(fields(value)),
            value => all.push((label(name), said(name, value))),
        }
    }
    all
}

/// A value of a field as people read it.
fn said(field: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "oui".into(),
        Value::Bool(false) => "non".into(),
        Value::String(text) => word(field, text),
        Value::Number(number) => match (field, number.as_i64(), number.as_f64()) {
            ("less_contact", Some(yes), _) => if yes == 1 { "oui" } else { "non" }.into(),
            ("occurred_at", Some(at), _) => moment(Timestamp(at)),
            (_, Some(whole), _) => whole.to_string(),
            (_, None, Some(real)) => real.to_string().replace('.', ","),
            _ => number.to_string(),
        },
        Value::Array(list) => {
            let list: Vec<_> = list.iter().map(|one| said(field, one)).collect();
            list.join(", ")
        }
        Value::Object(counts) if counts.is_empty() => "aucune".into(),
        Value::Object(counts) => {
            let counts = counts.iter().map(|(name, count)| format!("{} : {count}", found(name)));
            counts.collect::<Vec<_>>().join(", ")
        }
    }
}

/// A word of a table, or a text that somebody wrote.
fn word(field: &str, text: &str) -> String {
    let known = match (field, text) {
        ("decision", _) => Some(decision(text, 1)),
        ("outcome", _) => ended(text),
        ("mention", "text") => Some("dans le texte de la réponse"),
        ("mention", "header") => Some("à côté de la réponse, dans un en-tête"),
        ("mention", "none") => Some("aucune, rien n'a été généré"),
        ("dialect", "gemini") => Some("Gemini"),
        ("dialect", "openai") => Some("OpenAI"),
        ("dialect", "anthropic") => Some("Anthropic"),
        ("category", _) => IncidentCategory::read(text).map(IncidentCategory::french),
        ("sense", _) => Sense::read(text).map(Sense::french),
        ("status", "open") => Some("ouvert"),
        ("status", "closed") => Some("clos"),
        ("role", "security") => Some("RSSI"),
        ("role", "dpo") => Some("DPO"),
        ("role", "author") => Some("l'auteur du signalement"),
        _ => None,
    };
    if let Some(known) = known {
        return known.into();
    }
    if field == "rule" {
        return pack::rule(text);
    }
    // What somebody wrote stays as it is, were it a date.
    if field.ends_with("_at") || field == "at" {
        return instant(text).map_or_else(|| text.to_owned(), moment);
    }
    if matches!(field, "valid_until" | "occurred_on") {
        return day(text);
    }
    text.to_owned()
}

/// A day as the tables write it, in French.
pub fn day(text: &str) -> String {
    let day = text.parse::<jiff::civil::Date>();
    day.map_or_else(|_| text.to_owned(), french::date)
}

/// An instant as the tables write it.
pub fn instant(text: &str) -> Option<Timestamp> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp(at.as_millisecond()))
}

fn moment(at: Timestamp) -> String {
    local(at).strftime("%d/%m/%Y à %H:%M:%S").to_string()
}

/// What became of so many requests, by the ledger's word.
pub const fn decision(word: &str, count: i64) -> &'static str {
    match (word.as_bytes(), count > 1) {
        (b"allowed", false) => "acceptée",
        (b"allowed", true) => "acceptées",
        (b"warned", false) => "acceptée avec un avertissement",
        (b"warned", true) => "acceptées avec un avertissement",
        (b"masked", false) => "acceptée, données masquées",
        (b"masked", true) => "acceptées, données masquées",
        (b"refused", false) => "refusée",
        (b"refused", true) => "refusées",
        (_, false) => "autre",
        (_, true) => "autres",
    }
}

/// How a request ended, by the ledger's word.
pub fn ended(word: &str) -> Option<&'static str> {
    Some(match word {
        "completed" => "réponse remise en entier",
        "refused" => "refusée par la passerelle",
        "client_gone" => "interrompue par vous avant la fin de la réponse",
        "upstream_error" => "sans réponse complète : le service d'IA a échoué",
        "interrupted" => "interrompue : la passerelle s'est arrêtée",
        _ => return None,
    })
}

/// What was found, by its class or its type, in a request or in its answer.
pub fn found(name: &str) -> String {
    let (name, place) = match name.strip_prefix("answer:") {
        Some(name) => (name, " (dans la réponse)"),
        None => (name, ""),
    };
    let class = Class::from_name(name).map(in_french);
    let kind = || Kind::BUILTIN.into_iter().find(|kind| kind.name() == name);
    let words = class.or_else(|| kind().and_then(Kind::french));
    format!("{}{place}", words.unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_values_are_told_in_french() {
        assert!(LABELS.is_sorted_by_key(|(name, _)| *name));
        let request = json!({
            "tool": "gemini", "stream": true, "rule": "screening.personal", "beside": 3, "decision": "refused",
            "occurred_at": "2026-07-01T10:00:00.000Z", "findings": { "answer:health": 2, "personal": 1 },
            "finding_types": { "NIR": 1, "badge": 2 }, "cost_eur": 0.0125, "direction": null, "mention": "none",
            "purpose": "2026-07-01T10:00:00Z",
        });
        let told: Vec<_> = fields(&request)
            .iter()
            .map(|(label, said)| format!("{label} : {said}"))
            .collect();
        assert_eq!(
            told.join("\n"),
            "beside : 3\n\
             coût (€) : 0,0125\n\
             décision : refusée\n\
             détections par type : numéro de sécurité sociale : 1, badge : 2\n\
             détections par classe : données de santé (dans la réponse) : 2, données personnelles : 1\n\
             mention de l'IA : aucune, rien n'a été généré\n\
             le : 01/07/2026 à 12:00:00\n\
             motif donné : 2026-07-01T10:00:00Z\n\
             règle : Contrôle des données : données personnelles\n\
             réponse au fil de l'eau : oui\n\
             outil : gemini"
        );
    }

    /// The words of the ledger are an enumeration's: each of them has French words here.
    #[test]
    fn every_word_of_the_ledger_is_told() {
        use crate::domain::{Decision, Outcome};
        for outcome in [
            Outcome::Completed,
            Outcome::Refused,
            Outcome::ClientGone,
            Outcome::UpstreamError,
            Outcome::Interrupted,
        ] {
            assert!(ended(outcome.name()).is_some(), "{}", outcome.name());
        }
        for decision in [Decision::Allowed, Decision::Warned, Decision::Masked, Decision::Refused] {
            assert!(!super::decision(decision.name(), 2).starts_with("autre"));
        }
        assert!(information(400)[3].1.contains("400 jours"));
    }
}
