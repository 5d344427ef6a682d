//! `gardefou doctor`: is everything in place to serve? Changes nothing, sends no prompt, and says what to do next.

mod files;
mod network;

use std::path::Path;

use serde_json::json;

use crate::domain::counted;
use crate::office::Office;
use crate::policy::Policy;
use crate::reload::Saved;
use crate::schema::{self, Engine, SchemaError, Standing};
use crate::settings::Settings;

use super::{
    Format, No, block_on, clock,
    first::{how_to_sign, permitted},
    settings,
};

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Good,
    /// The gateway serves, somebody should look.
    Doubtful,
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    what: String,
    state: State,
    said: String,
    /// What to do.
    next: Option<String>,
}

impl Finding {
    fn good(what: impl Into<String>, said: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            state: State::Good,
            said: said.into(),
            next: None,
        }
    }

    fn doubtful(what: impl Into<String>, said: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            state: State::Doubtful,
            next: Some(next.into()),
            ..Self::good(what, said)
        }
    }

    fn wrong(what: impl Into<String>, said: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            state: State::Wrong,
            ..Self::doubtful(what, said, next)
        }
    }
}

/// Looks at everything.
pub(super) fn run(config: &Path, format: Format) -> Result<(), No> {
    let findings = match settings(config) {
        Ok(settings) => {
            let mut all = vec![Finding::good("réglages", config.display().to_string())];
            all.extend(look(&settings)?);
            all
        }
        Err(No::Cannot(why)) => vec![Finding::wrong(
            "réglages",
            why,
            "corriger ce fichier, ou en nommer un autre par --config",
        )],
        Err(no) => return Err(no),
    };
    let wrong = findings.iter().filter(|finding| finding.state == State::Wrong).count();
    match format {
        Format::Text => {
            findings.iter().for_each(line);
            match wrong {
                0 => sayln!("\nTout est en place : gardefou serve"),
                count => sayln!("\n{} à corriger avant de servir.", counted(count, "point")),
            }
        }
        Format::Json => {
            let checks: Vec<_> = findings.iter().map(object).collect();
            sayln!("{}", json!({ "ok": wrong == 0, "checks": checks }));
        }
    }
    if wrong == 0 { Ok(()) } else { Err(No::Answer) }
}

fn look(settings: &Settings) -> Result<Vec<Finding>, No> {
    let mut all = vec![network::listener(settings.listen)];
    let (database, is_current) = block_on(database(settings))?;
    let (found, policy) = files::policy(&settings.policy_path());
    all.push(found);
    if let Some((saved, policy)) = &policy {
        all.extend(block_on(signature(settings, saved, policy, is_current))?);
    }
    all.extend(files::secrets(settings));
    all.push(database);
    all.push(files::outbox(&settings.database.outbox));
    if let Some((_, policy)) = &policy {
        for backend in policy.backends() {
            // Without its key nobody will ask it anything.
            match files::backend_key(backend) {
                Some(key) if key.state != State::Good => all.push(key),
                key => {
                    all.extend(key);
                    all.extend(network::backend(backend, settings));
                }
            }
        }
    }
    all.extend(block_on(network::sign_in(settings))?);
    Ok(all)
}

/// Whether the policy has the signatures without which `serve` would not put it in force; none where nobody is to sign.
async fn signature(settings: &Settings, saved: &Saved, policy: &Policy, ask_database: bool) -> Option<Finding> {
    const WHAT: &str = "signature de la politique";
    let copy = settings.database.outbox.with_file_name("office.json");
    let office = Office::aside(&settings.database.url, copy, clock()).ok();
    let last = match &office {
        Some(office) if ask_database => office.last_policy().await.ok().flatten(),
        Some(office) => office.last_policy_here(),
        None => None,
    };
    let next = || how_to_sign(&settings.policy_path());
    match (permitted(saved, policy, last.as_ref()), last) {
        (Ok(names), _) if names.is_empty() => None,
        (Ok(names), _) => Some(Finding::good(WHAT, format!("signée par {}", names.join(", ")))),
        (Err(unsigned), None) => Some(Finding::wrong(WHAT, unsigned.to_string(), next())),
        (Err(unsigned), Some(last)) => Some(Finding::doubtful(
            WHAT,
            format!(
                "{unsigned} ; en attendant, la dernière en vigueur le reste ({})",
                last.hash
            ),
            next(),
        )),
    }
}

/// How the database stands, and whether its tables can be read as they are.
async fn database(settings: &Settings) -> (Finding, bool) {
    const WHAT: &str = "base de données";
    let url = &settings.database.url;
    let looked = tokio::time::timeout(network::PATIENCE, schema::look(url)).await;
    let looked = looked.unwrap_or(Err(SchemaError::TimedOut));
    let (engine, standing) = match looked {
        Ok((_, engine, standing)) => (engine, standing),
        Err(_) if files::is_new_sqlite(url) => {
            let said = "SQLite, le fichier sera créé au premier démarrage";
            return (Finding::good(WHAT, said), false);
        }
        Err(error) => {
            let next = "démarrer la base, ou corriger `database.url` (ou DATABASE_URL)";
            return (Finding::wrong(WHAT, error.to_string(), next), false);
        }
    };
    let name = if engine == Engine::Postgres {
        "PostgreSQL"
    } else {
        "SQLite"
    };
    let finding = match standing {
        Standing::Current => Finding::good(WHAT, format!("{name}, schéma à jour")),
        Standing::Older => Finding::doubtful(
            WHAT,
            format!("{name}, schéma plus ancien que ce programme"),
            "gardefou ledger migrate, en propriétaire de la base",
        ),
        Standing::Newer | Standing::Other => {
            let why = if standing == Standing::Newer {
                SchemaError::Newer
            } else {
                SchemaError::Other
            };
            Finding::wrong(
                WHAT,
                why.to_string(),
                "employer la version de gardefou qui a créé cette base, ou une autre base",
            )
        }
    };
    (finding, standing == Standing::Current)
}

fn line(finding: &Finding) {
    let mark = match finding.state {
        State::Good => "✓ bon      ",
        State::Doubtful => "! à voir   ",
        State::Wrong => "✗ mauvais  ",
    };
    sayln!("{mark} {} : {}", finding.what, finding.said);
    if let Some(next) = &finding.next {
        sayln!("             → {next}");
    }
}

fn object(finding: &Finding) -> serde_json::Value {
    let state = match finding.state {
        State::Good => "ok",
        State::Doubtful => "warning",
        State::Wrong => "error",
    };
    json!({ "check": finding.what, "state": state, "message": finding.said, "next": finding.next })
}
