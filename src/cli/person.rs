//! `gardefou person`: the rights of a person on their data, for whoever holds the key of the pseudonyms.

use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use serde_json::{Value, json};

use crate::domain::{Identity, Timestamp};
use crate::identity::Pseudonyms;
use crate::ledger::person::{self, Erased, Erasure, Held, Names, Subject};
use crate::office::Office;
use crate::policy::{civil, midnight};
use crate::settings::Settings;

use super::{Format, No, block_on, clock, serve::pseudonyms, settings, signer};

/// Which right.
#[derive(Debug, Subcommand)]
pub(super) enum Person {
    /// Écrit tout ce qui est conservé sur une personne (RGPD, articles 15 et 20)
    Export {
        /// Identité de la personne, comme dans la politique et les clés
        identity: String,
        /// Fichier à écrire, lisible de vous seul ; `-` pour la sortie standard. Son nom finit par `.json` : JSON
        #[arg(short, long, value_name = "FICHIER")]
        output: PathBuf,
        /// Jour de la demande de la personne (AAAA-MM-JJ), aujourd'hui par défaut
        #[arg(long, value_name = "JOUR")]
        asked: Option<jiff::civil::Date>,
    },
    /// Efface une personne : plus rien ne la désigne, la chaîne et les chiffres publiés restent justes (RGPD, article 17)
    Erase {
        /// Identité de la personne, comme dans la politique et les clés
        identity: String,
        /// Efface pour de bon ; sans cette option, compte seulement
        #[arg(long)]
        yes: bool,
        /// Motif, pour le registre des demandes ; sans rien qui désigne la personne
        #[arg(long, value_name = "MOTIF")]
        reason: Option<String>,
        /// Jour de la demande de la personne (AAAA-MM-JJ), aujourd'hui par défaut
        #[arg(long, value_name = "JOUR")]
        asked: Option<jiff::civil::Date>,
    },
}

/// Grants it.
pub(super) fn run(config: &Path, person: &Person, format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    let pseudonyms = pseudonyms(&settings)?;
    match person {
        Person::Export {
            identity,
            output,
            asked,
        } => export(&settings, &pseudonyms, identity, output, *asked, format),
        Person::Erase {
            identity,
            yes,
            reason,
            asked,
        } => erase(
            &settings,
            &pseudonyms,
            identity,
            *yes,
            reason.as_deref(),
            *asked,
            format,
        ),
    }
}

/// How the person is called in a year, or without one.
fn names(pseudonyms: &Pseudonyms) -> impl Fn(&Identity, Option<i16>) -> crate::domain::Pseudonym + Sync {
    |identity, year| match year {
        Some(year) => pseudonyms.of_year(identity, year),
        None => pseudonyms.of(identity),
    }
}

fn subject<'a>(settings: &'a Settings, identity: &'a Identity, names: Names<'a>) -> Subject<'a> {
    Subject {
        identity,
        names,
        database_url: &settings.database.url,
        outbox: &settings.database.outbox,
    }
}

fn asked_at(asked: Option<jiff::civil::Date>, now: Timestamp) -> Result<Timestamp, No> {
    match asked {
        Some(day) if day > civil(now) => Err(No::Cannot("le jour de la demande est dans l'avenir".into())),
        Some(day) => Ok(midnight(day)),
        None => Ok(now),
    }
}

fn export(
    settings: &Settings,
    pseudonyms: &Pseudonyms,
    name: &str,
    output: &Path,
    asked: Option<jiff::civil::Date>,
    format: Format,
) -> Result<(), No> {
    let (now, identity, names) = (clock()(), Identity::new(name), names(pseudonyms));
    let asked_at = asked_at(asked, now)?;
    let held = block_on(person::export(subject(settings, &identity, &names), asked_at, now))?.map_err(No::cannot)?;
    let made_on = civil(now);
    let named_json = output.extension().is_some_and(|end| end == "json");
    let text = match format {
        Format::Text if !named_json => in_french(name, &made_on.to_string(), &held),
        Format::Text | Format::Json => {
            let mut object = json!(held);
            object["format"] = json!("gardefou-person-1");
            object["identity"] = json!(name);
            object["made_on"] = json!(made_on.to_string());
            object["information"] = json!(INFORMATION.map(|(title, text)| json!({ "title": title, "text": text })));
            format!("{object:#}\n")
        }
    };
    if output == Path::new("-") {
        print!("{text}");
        return Ok(());
    }
    let cannot = |error| No::Cannot(format!("{} ne peut pas être écrit ({error})", output.display()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(output)
        .map_err(cannot)?;
    file.write_all(text.as_bytes()).map_err(cannot)?;
    println!("{} élément(s) écrits dans {}.", held.count(), output.display());
    println!("Les files locales des passerelles d'autres machines n'ont pas été lues.");
    Ok(())
}

fn erase(
    settings: &Settings,
    pseudonyms: &Pseudonyms,
    name: &str,
    for_good: bool,
    reason: Option<&str>,
    asked: Option<jiff::civil::Date>,
    format: Format,
) -> Result<(), No> {
    let (now, identity, names) = (clock()(), Identity::new(name), names(pseudonyms));
    let asked_at = asked_at(asked, now)?;
    if reason.is_some_and(|reason| reason.to_lowercase().contains(&name.to_lowercase())) {
        return Err(No::Cannot(
            "le motif désigne la personne : il resterait dans le registre des demandes".into(),
        ));
    }
    let signer = signer(settings)?;
    let erasure = Erasure {
        subject: subject(settings, &identity, &names),
        signer: &signer,
        asked_at,
        now,
        reason,
        for_good,
    };
    let copy = settings.database.outbox.with_file_name("office.json");
    let erased = block_on(async {
        let erased = match person::erase(erasure).await {
            Err(error @ person::PersonError::Waiting(_)) => {
                eprintln!("gardefou : {error}.");
                return Err(No::Answer);
            }
            done => done.map_err(No::cannot)?,
        };
        if for_good && copy.exists() {
            // Keys and acceptances are copied here for a start without a database.
            match Office::start(&settings.database.url, copy, clock()).await {
                Ok((_, task)) => task.shutdown().await,
                Err(error) => eprintln!("La copie locale des clés n'a pas été renouvelée ({error})."),
            }
        }
        Ok(erased)
    })??;
    match format {
        Format::Json => {
            let mut object = json!(erased);
            object["erased"] = json!(for_good);
            println!("{object}");
        }
        Format::Text => said(&erased, for_good),
    }
    if for_good { Ok(()) } else { Err(No::Answer) }
}

fn said(erased: &Erased, for_good: bool) {
    for (count, what) in [
        (erased.usage_events, "ligne(s) du journal sans auteur ni motif"),
        (erased.counts, "ligne(s) de décompte sous un autre nom, au hasard"),
        (erased.charter_acceptances, "acceptation(s) de la charte supprimées"),
        (erased.attestations, "attestation(s) de formation supprimées"),
        (erased.sessions, "session(s) fermées"),
        (erased.directory, "ligne(s) de l'annuaire et comptes supprimés"),
        (erased.feedback, "retour(s) sans auteur ni commentaire"),
        (erased.incidents, "signalement(s) sans auteur (leur description reste)"),
        (
            erased.workspace_events,
            "usage(s) de Workspace sous un autre nom, au hasard",
        ),
        (erased.api_keys, "clé(s) révoquées et sans responsable"),
    ] {
        if count > 0 {
            println!("{count:>7} {what}");
        }
    }
    if !for_good {
        println!("Rien n'a été effacé. Ajoutez --yes pour effacer : on ne revient pas en arrière.");
        return;
    }
    println!(
        "C'est fait. Restent à traiter par ailleurs : la politique (members, attestation), l'annuaire, les sauvegardes de la base, les \
         files locales des passerelles d'autres machines. Relancez la commande dans une minute si la personne utilisait \
         encore l'assistant."
    );
}

/// What art. 15 wants said beside the data.
const INFORMATION: [(&str, &str); 6] = [
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
const LABELS: [(&str, &str); 48] = [
    ("accepted_at", "acceptée le"),
    ("action", "action"),
    ("answered_at", "répondu le"),
    ("app", "application"),
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
    ("expires_at", "expire le"),
    ("finding_types", "détections par type"),
    ("findings", "détections par classe"),
    ("groups", "groupes"),
    ("http_status", "statut HTTP"),
    ("id", "identifiant"),
    ("imported_at", "importée le"),
    ("input_tokens", "jetons de la question"),
    ("instance", "passerelle"),
    ("mention", "mention de l'IA"),
    ("model", "modèle"),
    ("occurred_at", "le"),
    ("occurred_on", "jour"),
    ("outcome", "issue"),
    ("output_tokens", "jetons de la réponse"),
    ("policy_hash", "version de la politique"),
    ("pseudonym", "pseudonyme"),
    ("purpose", "motif donné"),
    ("rating", "note"),
    ("revoked_at", "révoquée le"),
    ("rule", "règle"),
    ("status", "état"),
    ("stream", "réponse au fil de l'eau"),
    ("tool", "outil"),
    ("training", "formation"),
    ("valid_until", "valable jusqu'au"),
    ("year", "année"),
];

fn in_french(identity: &str, made_on: &str, held: &Held) -> String {
    let mut text = format!("Données conservées sur {identity}, au {made_on}\n");
    for (title, said) in INFORMATION {
        text.push_str(&format!("\n{title} : {said}\n"));
    }
    let rows: Vec<Value> = held.usage_events.iter().cloned().map(Value::Object).collect();
    for (title, list) in [
        ("Pseudonymes", &held.pseudonyms),
        ("Demandes à l'assistant", &rows),
        ("Demandes qui attendent d'être portées dans la base", &held.waiting),
        ("Acceptations de la charte", &held.charter_acceptances),
        ("Attestations de formation importées", &held.attestations),
        ("Sessions ouvertes sur les pages", &held.sessions),
        ("Groupes et direction dans l'annuaire", &held.directory),
        ("Premières connexions", &held.subjects),
        ("Retours", &held.feedback),
        ("Signalements", &held.incidents),
        ("Clés (sans leur texte)", &held.api_keys),
        ("Usages de Gemini dans Workspace", &held.workspace_events),
    ] {
        text.push_str(&format!("\n{title} : {}\n", list.len()));
        for one in list {
            text.push_str("  -");
            fields(&mut text, one);
            text.push('\n');
        }
    }
    text
}

fn fields(text: &mut String, value: &Value) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let label = LABELS.binary_search_by_key(&name.as_str(), |(name, _)| name);
        let label = label.map_or(name.as_str(), |found| LABELS[found].1);
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
