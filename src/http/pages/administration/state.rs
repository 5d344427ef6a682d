//! `/administration`: what is in force, what is not and why, what falls due, how the service is.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jiff::ToSpan;

use super::super::{Shell, moment, respond};
use super::{LoadLine, ago, lasting, several};
use crate::domain::{Role, Timestamp};
use crate::gateway::{BackendHealth, Live};
use crate::http::{
    App, PolicyTrouble,
    visitor::{Barred, Visitor},
};
use crate::ledger::LedgerStatus;
use crate::office::Doubted;
use crate::policy::{Backend, Deadline, Policy, civil};
use crate::report::person;

/// Comings into force that are shown here.
const LOADS: u32 = 5;
/// Days of reports of false positives.
const DAYS: i64 = 30;

#[derive(Template)]
#[template(path = "administration.html")]
struct Page<'a> {
    shell: Shell<'a>,
    policy: &'a Policy,
    since: String,
    signed_by: Vec<String>,
    /// Saves since the start.
    saves: String,
    trouble: Option<TroubleTold>,
    warnings: String,
    loads: Result<Vec<LoadLine>, String>,
    deadlines: Vec<Deadline<'a>>,
    outbox: String,
    database: &'static str,
    chain: String,
    limits: String,
    sign_in: String,
    directory: String,
    backends: Vec<BackendLine>,
    days: i64,
    doubts: Result<Vec<DoubtLine>, String>,
}

/// Why what is saved is not in force.
struct TroubleTold {
    since: String,
    sentence: String,
    /// Lines of the file with carets, where there are some.
    details: String,
    has_details: bool,
}

struct BackendLine {
    id: String,
    state: String,
    key: String,
    answered: String,
    failed: String,
}

/// What callers doubt, in words.
struct DoubtLine {
    what: String,
    class: String,
    tool: String,
    reports: u64,
    last: String,
}

impl DoubtLine {
    fn new(doubt: Doubted, policy: &Policy) -> Self {
        Self {
            what: person::found(&doubt.kind),
            class: person::found(&doubt.class),
            tool: policy.tool(&doubt.tool).map_or(doubt.tool, |tool| tool.name.clone()),
            reports: doubt.reports,
            last: person::day(&doubt.last),
        }
    }
}

/// The page.
pub(in crate::http) async fn state(State(app): State<App>, visitor: Visitor) -> Result<Response, Barred> {
    visitor.require(Role::PolicyAdmin)?;
    let (live, now) = (&visitor.live, visitor.at);
    let today = civil(now);
    let saved = app.policy_state.borrow().clone();
    let office = &app.gateway.office;
    let first = today.saturating_sub((DAYS - 1).days());
    let (loads, doubts) = tokio::join!(office.policy_loads(LOADS), office.false_positives(first));
    let ledger = app.gateway.ledger.status();
    let page = Page {
        shell: Shell::new(&visitor, "/administration"),
        policy: &live.policy,
        since: moment(saved.since),
        trouble: saved.trouble.as_ref().map(trouble),
        signed_by: saved.signed_by,
        saves: format!(
            "{} mis en vigueur, {}",
            several(saved.reloads, "aucun", "enregistrement"),
            several(saved.failures, "aucun", "refus")
        ),
        warnings: live.policy.warnings().to_string(),
        loads: loads
            .map(|loads| loads.into_iter().map(LoadLine::from).collect())
            .map_err(|error| error.to_string()),
        deadlines: live.policy.deadlines(today).collect(),
        outbox: outbox(&ledger),
        database: ledger.database.french(),
        chain: chain(&ledger),
        limits: limits(&app),
        sign_in: sign_in(&app, now),
        directory: directory(&app),
        backends: live
            .policy
            .backends()
            .iter()
            .map(|backend| line(backend, live, app.gateway.health.of(&backend.id), now))
            .collect(),
        days: DAYS,
        doubts: doubts
            .map(|all| all.into_iter().map(|one| DoubtLine::new(one, &live.policy)).collect())
            .map_err(|error| error.to_string()),
    };
    Ok(respond(&visitor, StatusCode::OK, &page))
}

fn trouble((trouble, since): &(PolicyTrouble, Timestamp)) -> TroubleTold {
    TroubleTold {
        since: moment(*since),
        sentence: trouble.sentence(),
        details: trouble.details(),
        has_details: matches!(trouble, PolicyTrouble::Invalid(_)),
    }
}

fn outbox(ledger: &LedgerStatus) -> String {
    let state = ledger.outbox.map_or_else(|| "en ordre".into(), |why| why.to_string());
    let waiting = match ledger.depth {
        0 => "tout est dans la base de données".into(),
        1 => "1 ligne attend d'être portée dans la base de données".into(),
        lines => format!("{lines} lignes attendent d'être portées dans la base de données"),
    };
    let open = match ledger.open {
        0 => String::new(),
        1 => ", dont celle d'une demande en cours".into(),
        requests => format!(", dont celles de {requests} demandes en cours"),
    };
    let oldest = ledger
        .oldest_age
        .map(|age| format!(" ; la plus ancienne attend depuis {}", lasting(age.as_secs())));
    format!("{state} ; {waiting}{open}{}", oldest.unwrap_or_default())
}

fn chain(ledger: &LedgerStatus) -> String {
    let signed = ledger
        .signature_age
        .map(|age| format!(" ; dernière signature il y a {}", lasting(age.as_secs())));
    format!("{}{}", ledger.chain.french(), signed.unwrap_or_default())
}

fn limits(app: &App) -> String {
    let limits = app.gateway.limits.status();
    let place = match limits.name {
        "memory" => "en mémoire",
        "sqlite" => "en mémoire, gardés dans la base SQLite",
        "postgres" => "ensemble, dans PostgreSQL",
        "redis" => "ensemble, dans Redis",
        other => other,
    };
    match limits.down {
        None => format!("{place}, en ordre"),
        Some(down) => format!("{place} : {}", down.french()),
    }
}

/// What is known of the issuer; it is not asked for this.
fn sign_in(app: &App, now: Timestamp) -> String {
    let Some(issuer) = &app.gateway.issuer else {
        return "aucun fournisseur d'identité dans les réglages (identity.oidc)".into();
    };
    let told = match issuer.heard() {
        (None, None) => "pas encore interrogé depuis le démarrage".into(),
        (Some(had), asked) if asked.is_none_or(|asked| asked <= had) => {
            format!("clés reçues {}", ago(had, now))
        }
        (had, Some(asked)) => {
            let old = had.map_or_else(
                || "aucune clé reçue".into(),
                |had| format!("dernières clés reçues {}", ago(had, now)),
            );
            format!("ne répond pas ({}) ; {old}", ago(asked, now))
        }
        (Some(had), None) => format!("clés reçues {}", ago(had, now)),
    };
    format!("{} : {told}", issuer.address())
}

fn directory(app: &App) -> String {
    let office = &app.gateway.office;
    let Some(age) = office.directory_age() else {
        return "jamais importé (gardefou import directory)".into();
    };
    let stale = if app.gateway.directory_is_stale() {
        " ; il n'est plus à jour : les outils de niveau 3 sont fermés"
    } else {
        ""
    };
    format!(
        "{}, d'un import d'il y a {}{stale}",
        several(office.directory_size(), "aucune", "personne"),
        lasting(age.as_secs())
    )
}

fn line(backend: &Backend, live: &Live, health: BackendHealth, now: Timestamp) -> BackendLine {
    let missing = live.without_key().find(|(id, _)| *id == backend.id);
    let key = match (&backend.base_url, &backend.api_key, missing) {
        (None, ..) => "aucune : service simulé".into(),
        (_, _, Some((_, place))) => format!("absente : {place}"),
        (_, None, None) => "aucune demandée".into(),
        (_, Some(_), None) => "renseignée".into(),
    };
    let state = match health {
        _ if missing.is_some() => "fermé : sa clé n'est pas renseignée".into(),
        BackendHealth {
            answered: None,
            failed: None,
            ..
        } => "pas encore sollicité".into(),
        BackendHealth { in_a_row: 0, .. } => "répond".into(),
        BackendHealth { in_a_row: 1, .. } => "en échec, une fois".into(),
        BackendHealth { in_a_row, .. } => format!("en échec, {in_a_row} fois de suite"),
    };
    BackendLine {
        id: backend.id.clone(),
        state,
        key,
        answered: health.answered.map_or_else(|| "aucune".into(), |at| ago(at, now)),
        failed: health
            .failed
            .map_or_else(|| "aucun".into(), |(at, why)| format!("{}, {why}", ago(at, now))),
    }
}
