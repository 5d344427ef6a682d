//! What is held on a person in French: titles, names of fields, and what the law wants said beside the data. For the
//! command and for the page.

use serde_json::{Value, json};

use super::Held;

/// What art. 15 wants said beside the data.
pub const INFORMATION: [(&str, &str); 6] = [
    (
        "Finalités",
        "Appliquer la charte d'utilisation de l'intelligence artificielle, protéger les données, et rendre compte des usages \
         au comité par des chiffres qui ne désignent personne.",
    ),
    (
        "Catégories de données",
        "Qui (sous un pseudonyme), quand, quel outil, la décision et sa règle, des nombres (jetons, durées, énergie, coût), \
         le motif donné. Jamais une question, une réponse ni une valeur détectée.",
    ),
    (
        "Destinataires",
        "Le journal n'est lu que par ceux qui l'exploitent ; le comité ne lit que des totaux d'au moins cinq personnes.",
    ),
    (
        "Durée",
        "Les lignes sont supprimées au terme de la durée de conservation que fixe le responsable du traitement.",
    ),
    (
        "Source",
        "Vos demandes à l'assistant, et le journal de Google Workspace s'il a été importé.",
    ),
    (
        "Vos droits",
        "Rectification, effacement, limitation, opposition auprès du délégué à la protection des données ; réclamation auprès \
         de la CNIL.",
    ),
];

/// French names of the fields; those that are not here are shown as they are.
const LABELS: [(&str, &str); 59] = [
    ("accepted_at", "acceptée le"),
    ("action", "action"),
    ("answer", "réponse de la DSIUN"),
    ("answered_at", "répondu le"),
    ("app", "application"),
    ("at", "le"),
    ("caller", "pseudonyme"),
    ("category", "catégorie"),
    ("charter_version", "version de la charte"),
    ("closed_at", "clos le"),
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
    ("energy_kwh_max", "énergie au plus (kWh)"),
    ("energy_kwh_min", "énergie au moins (kWh)"),
    ("excerpt", "extrait choisi"),
    ("expires_at", "expire le"),
    ("finding_types", "détections par type"),
    ("findings", "détections par classe"),
    ("groups", "groupes"),
    ("http_status", "statut HTTP"),
    ("id", "identifiant"),
    ("imported_at", "importée le"),
    ("input_tokens", "jetons de la question"),
    ("instance", "passerelle"),
    ("less_contact", "contact remplacé par l'IA (1 : oui)"),
    ("mention", "mention de l'IA"),
    ("model", "modèle"),
    ("occurred_at", "le"),
    ("occurred_on", "jour"),
    ("opened_at", "ouverte le"),
    ("outcome", "issue"),
    ("output_tokens", "jetons de la réponse"),
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
    ("tool", "outil"),
    ("training", "formation"),
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
pub fn document(identity: &str, made_on: &str, held: &Held) -> Value {
    let mut object = json!(held);
    object["format"] = json!("gardefou-person-1");
    object["identity"] = json!(identity);
    object["made_on"] = json!(made_on);
    object["information"] = json!(INFORMATION.map(|(title, text)| json!({ "title": title, "text": text })));
    object
}

/// Everything as a text.
pub fn text(identity: &str, made_on: &str, held: &Held) -> String {
    let mut text = format!("Données conservées sur {identity}, au {made_on}\n");
    for (title, said) in INFORMATION {
        text.push_str(&format!("\n{title} : {said}\n"));
    }
    for (_, title, list) in sections(held) {
        text.push_str(&format!("\n{title} : {}\n", list.len()));
        for one in list {
            text.push_str("  -");
            fields(&mut text, &one);
            text.push('\n');
        }
    }
    text
}

fn fields(text: &mut String, value: &Value) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let label = label(name);
        match value {
            Value::Null => {}
            Value::Object(inner) if name == "entry" || name == "settlement" => {
                fields(text, &Value::Object(inner.clone()));
            }
            Value::String(said) => text.push_str(&format!(" {label} : {said} ;")),
            Value::Bool(yes) => text.push_str(&format!(" {label} : {} ;", if *yes { "oui" } else { "non" })),
            other => text.push_str(&format!(" {label} : {other} ;")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_by_their_names() {
        assert!(LABELS.is_sorted_by_key(|(name, _)| *name));
        let mut text = String::new();
        fields(
            &mut text,
            &json!({ "tool": "gemini", "stream": true, "rule": null, "beside": 3 }),
        );
        assert_eq!(text, " beside : 3 ; réponse au fil de l'eau : oui ; outil : gemini ;");
    }
}
