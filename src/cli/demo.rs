//! `gardefou demo-data`: fills the store of the settings with made-up usage, to look at a report.

use std::path::Path;

use clap::Args;
use serde_json::json;

use crate::demo::{self, MOST_MONTHS, Plan, Store};
use crate::domain::{Outcome, Timestamp};
use crate::policy::midnight;

use super::{CONFIG, Format, No, block_on, clock, policy, serve::pseudonyms, settings};

/// What to make up.
#[derive(Debug, Args)]
pub(super) struct DemoData {
    /// Mois clos, en plus du mois en cours : de 1 à 11, 6 par défaut
    #[arg(long, value_name = "NOMBRE", default_value = "6", value_parser = clap::value_parser!(u8).range(1..=i64::from(MOST_MONTHS)))]
    months: u8,
    /// La même graine, un nombre, donne les mêmes données ; par défaut, 4
    #[arg(long, value_name = "NOMBRE", default_value = "4")]
    seed: u64,
    /// Dernier jour, au lieu de maintenant
    #[arg(long, value_name = "AAAA-MM-JJ")]
    until: Option<jiff::civil::Date>,
    /// Mêle les données inventées aux données réelles de la base ; rien ne le défera
    #[arg(long)]
    force: bool,
}

/// Makes it up and writes it down.
pub(super) fn run(config: &Path, asked: &DemoData, format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    let ((_, policy), pseudonyms) = (policy(&settings)?, pseudonyms(&settings)?);
    let now = clock()();
    let until = match asked.until.map(|day| midnight(day.tomorrow().unwrap_or(day))) {
        Some(end) if end.0 - 1 > now.0 => {
            return Err(No::Cannot(
                "`--until` est un jour à venir : rien ne s'y est encore passé".into(),
            ));
        }
        Some(end) => Timestamp(end.0 - 1),
        None => now,
    };
    let folder = settings.database.outbox.parent().unwrap_or(Path::new("."));
    let store = Store {
        database_url: &settings.database.url,
        folder,
        force: asked.force,
    };
    let plan = Plan {
        policy: &policy,
        pseudonyms: &pseudonyms,
        seed: asked.seed,
        months: asked.months,
        until,
    };
    block_on(async {
        match demo::check(&store).await {
            Ok(()) => {}
            Err(no @ (demo::DemoError::Done(_) | demo::DemoError::Inhabited(_))) => {
                eprintln!("gardefou : {no}.");
                return Err(No::Answer);
            }
            Err(error) => return Err(No::cannot(error)),
        }
        let story = plan.imagine();
        let told = json!({
            "instance": demo::INSTANCE,
            "first_month": plan.first_month(),
            "requests": story.requests.len(),
            "refused": story.requests.iter().filter(|(_, end)| end.outcome == Outcome::Refused).count(),
            "acceptances": story.acceptances.len(),
            "feedback": story.feedback.len(),
            "incidents": story.incidents.len(),
            "workspace": story.workspace.len(),
        });
        demo::fill(story, &policy, &store, clock()).await.map_err(No::cannot)?;
        match format {
            Format::Json => sayln!("{told}"),
            Format::Text => say!("{}", in_words(&told, &plan, config)),
        }
        Ok(())
    })?
}

/// How this program was called, with the same settings: a command that works as it is printed.
fn called(config: &Path) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "gardefou".into());
    if config == Path::new(CONFIG) {
        return quoted(&program);
    }
    format!(
        "{} --config {}",
        quoted(&program),
        quoted(&config.display().to_string())
    )
}

/// As one word of a shell.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "/._-".contains(letter);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn in_words(told: &serde_json::Value, plan: &Plan<'_>, config: &Path) -> String {
    let last = plan.first_month().plus(i32::from(plan.months) - 1);
    format!(
        "Données inventées, écrites sous le nom de passerelle « {} », depuis {} :\n\
         \x20 demandes        {} (dont refusées : {})\n\
         \x20 charte acceptée {} agents\n\
         \x20 retours         {}\n\
         \x20 signalements    {}\n\
         \x20 Workspace       {} usages\n\
         Pour les voir :\n\
         \x20 {} report --month {last} --format html -o rapport.html\n",
        told["instance"].as_str().unwrap_or_default(),
        plan.first_month(),
        told["requests"],
        told["refused"],
        told["acceptances"],
        told["feedback"],
        told["incidents"],
        told["workspace"],
        called(config),
    )
}
