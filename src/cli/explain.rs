//! `gardefou explain`: every rule's answer to one request, in order, and which one decided. The request is imagined, or
//! one of the ledger. Values found in a text are never shown.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use clap::Args;
use uuid::Uuid;

use crate::detector::Scratch;
use crate::domain::{Decision, Identity, text, trouble};
use crate::ledger::past::{self, PastRequest};
use crate::policy::{Ask, ClassSeen, Policy, Speech, civil};
use crate::settings::Settings;

use super::told::{Doubt, Told};
use super::{Format, No, block_on, callers::Callers, check, clock, policy, settings};

/// Which request.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// Qui demande, comme dans la politique et les clés
    #[arg(long, value_name = "IDENTITÉ", required_unless_present = "request")]
    caller: Option<String>,
    /// Quel outil
    #[arg(long, value_name = "OUTIL", required_unless_present = "request")]
    tool: Option<String>,
    /// Groupe donné par la clé ou l'annuaire (peut être répété) ; par défaut, ceux des clés de la personne
    #[arg(long = "group", value_name = "GROUPE")]
    groups: Vec<String>,
    /// Modèle demandé
    #[arg(long, value_name = "MODÈLE")]
    model: Option<String>,
    /// gemini, openai ou anthropic ; par défaut, celui du premier service de l'outil
    #[arg(long, value_name = "DIALECTE")]
    dialect: Option<String>,
    /// Fichier du texte à contrôler ; `-` pour l'entrée standard
    #[arg(long, value_name = "FICHIER")]
    prompt_file: Option<PathBuf>,
    /// Une demande du journal, par le numéro que porte sa réponse
    #[arg(long, value_name = "NUMÉRO", conflicts_with_all = ["caller", "tool", "groups", "model", "dialect", "prompt_file"])]
    request: Option<Uuid>,
}

/// Explains it.
pub(super) fn run(config: &Path, explain: &Explain, format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    let told = match explain.request {
        Some(id) => block_on(recorded(&settings, id))??,
        None => block_on(imagined(&settings, explain))??,
    };
    match format {
        Format::Text => say!("{told}"),
        Format::Json => sayln!("{}", told.to_json()),
    }
    if told.decision == Some(Decision::Refused) {
        return Err(No::Answer);
    }
    Ok(())
}

async fn imagined(settings: &Settings, explain: &Explain) -> Result<Told, No> {
    let (_, policy) = policy(settings)?;
    let identity = Identity::new(explain.caller.as_deref().unwrap_or_default());
    let tool = explain.tool.as_deref().unwrap_or_default();
    let text = explain.prompt_file.as_deref().map(prompt).transpose()?;
    let callers = Callers::known(settings, &[&policy]).await?;
    let now = clock()();
    let mut told = Told::new(&policy, civil(now));
    let mut caller = match explain.groups.as_slice() {
        [] => {
            let mut all = callers.with_keys(&identity, now);
            if all.len() > 1 {
                told.note("cette personne a plusieurs clés aux groupes différents : la première est prise, --group en choisit d'autres");
            }
            all.swap_remove(0)
        }
        groups => callers.caller(&identity, groups.to_vec(), now),
    };
    if callers.office().is_none() {
        caller.accepted_charters.push(policy.charter().version.clone());
        told.note("la base de données n'a pas pu être lue : la charte est supposée acceptée, les formations importées ignorées");
    }
    let dialect = match &explain.dialect {
        Some(dialect) => dialect.as_str(),
        None => spoken(&policy, tool),
    };
    let ask = Ask {
        dialect,
        model: explain.model.as_deref(),
        tool: Some(tool),
        purpose: true,
        caller: &caller,
        now,
        today: civil(now),
    };
    told.rules(&policy, &ask, Doubt::None);
    if let (Some(text), Some(tool)) = (text, policy.tool(tool)) {
        let mut scratch = Scratch::default();
        let findings = policy
            .detector()
            .scan(&text, &mut scratch)
            .map_err(|_| No::Cannot("le texte est trop long".into()))?;
        let verdict = policy.judge(tool, &findings);
        told.text(&policy.classes_seen(&text, &findings, &verdict), &verdict);
    } else {
        told.without_text();
    }
    Ok(told)
}

/// The dialect in which a tool is asked, by its first backend.
fn spoken(policy: &Policy, tool: &str) -> &'static str {
    let first = policy.tool(tool).and_then(|tool| tool.backends.first());
    let backend = first.and_then(|id| policy.backends().iter().find(|backend| backend.id == *id));
    let speech = backend.map(|backend| backend.dialect);
    speech
        .filter(|speech| *speech != Speech::Simulated)
        .unwrap_or(Speech::Gemini)
        .name()
}

fn prompt(path: &Path) -> Result<String, No> {
    if path != Path::new("-") {
        return check::text(path);
    }
    let cannot = |why: String| No::Cannot(format!("l'entrée standard ne peut pas être lue ({why})"));
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| cannot(trouble(&error)))?;
    text(bytes).map_err(|why| cannot(why.to_string()))
}

/// A request of the ledger, by the policy that decided it.
async fn recorded(settings: &Settings, id: Uuid) -> Result<Told, No> {
    let row = past::one(&settings.database.url, id).await.map_err(No::cannot)?;
    let row = row.ok_or_else(|| {
        No::Cannot(format!(
            "le journal n'a pas de demande {id} (elle peut attendre encore dans la file locale, ou avoir été retirée au terme \
             de sa conservation)"
        ))
    })?;
    let current = policy(settings).map(|(_, policy)| policy);
    let named: Vec<&Policy> = current.iter().collect();
    let mut callers = Callers::known(settings, &named).await?;
    let (version, mut callers_of_then) = match (version(&callers, &row).await?, current) {
        (Some(version), _) => {
            // The policy of that day may name people whom today's does not.
            callers = Callers::known(settings, &[&version]).await?;
            (version, callers)
        }
        (None, Ok(current)) if current.hash() == row.policy_hash => (current, callers),
        _ => {
            return Err(No::Cannot(format!(
                "la politique {} qui a décidé de cette demande n'est pas conservée",
                row.policy_hash
            )));
        }
    };
    let behind = callers_of_then.behind(&row.caller, row.occurred_at);
    Ok(replayed(&version, &row, behind))
}

async fn version(callers: &Callers, row: &PastRequest) -> Result<Option<Policy>, No> {
    let Some(office) = callers.office() else {
        return Ok(None);
    };
    let Some(kept) = office.policy_version(&row.policy_hash).await.map_err(No::cannot)? else {
        return Ok(None);
    };
    let origin = format!("politique {}", row.policy_hash);
    Policy::read(&kept.document, &origin, civil(row.occurred_at))
        .map(Some)
        .map_err(|diagnostics| No::Cannot(format!("cette politique d'alors n'est plus lisible.\n{diagnostics}")))
}

fn replayed(policy: &Policy, row: &PastRequest, mut behind: Vec<crate::domain::Caller>) -> Told {
    let today = civil(row.occurred_at);
    let mut told = Told::new(policy, today);
    told.recorded(row);
    let doubt = match behind.len() {
        0 => Doubt::Stranger,
        1 => Doubt::None,
        _ => Doubt::Keys,
    };
    let mut caller = behind.pop().unwrap_or_else(crate::policy::stranger);
    // What was accepted when is not in the row; that the request was admitted says that it was.
    if row.rule.as_deref() != Some("charter-not-accepted") {
        caller.accepted_charters.push(row.charter_version.clone());
    }
    let wish = matches!(row.rule.as_deref(), Some("unknown-tool" | "no-tool-for-model"));
    if wish || row.tool.is_none() && row.model.is_none() {
        told.note("la ligne ne nomme ni l'outil ni le modèle : les règles ne peuvent pas être rejouées");
        return told;
    }
    let ask = Ask {
        dialect: &row.dialect,
        model: row.model.as_deref(),
        tool: row.tool.as_deref(),
        purpose: row.with_purpose || row.rule.as_deref() != Some("purpose-missing"),
        caller: &caller,
        now: row.occurred_at,
        today,
    };
    told.rules(policy, &ask, doubt);
    told.counts(policy, row);
    told
}

/// For the text of the answer.
pub(super) fn places(seen: &ClassSeen) -> String {
    let places: Vec<String> = seen
        .places
        .iter()
        .map(|(kind, line, column)| format!("{kind} {line}:{column}"))
        .collect();
    places.join(", ")
}
