//! `gardefou report`: the committee's pack of a month, from the views and the policy.

use std::path::Path;

use clap::Args;

use crate::committee::Committee;
use crate::domain::Month;
use crate::footprint;
use crate::policy::civil;
use crate::report::french;
use crate::report::pack::{Subject, last_day, pack};

use super::{Form, No, block_on, clock, document::Output, policy, settings};

/// What to report.
#[derive(Debug, Args)]
pub(super) struct Report {
    /// Mois du rapport, par exemple 2026-11 ; par défaut, le dernier mois terminé
    #[arg(long, value_name = "AAAA-MM")]
    month: Option<Month>,
    /// Nombre de mois des évolutions, celui du rapport compris : de 1 à 120, 12 par défaut
    #[arg(long, value_name = "NOMBRE", default_value = "12", value_parser = clap::value_parser!(i32).range(1..=120))]
    months: i32,
    #[command(flatten)]
    output: Output,
}

/// Reads the figures and writes the document.
pub(super) fn run(config: &Path, asked: &Report, form: Form) -> Result<(), No> {
    let today = civil(clock()());
    let current = Month::from(today);
    let last = asked.month.unwrap_or(current.previous());
    if last > current {
        return Err(No::Cannot(format!(
            "{} n'a pas commencé : le dernier mois possible est {current}, en cours",
            french::month(last)
        )));
    }
    let first = last.plus(1 - asked.months);
    let settings = settings(config)?;
    let (_, policy) = policy(&settings)?;
    let figures = block_on(async {
        // As the committee's page: by a login of its own where the settings name one.
        let database = &settings.database;
        let url = database.committee_url.as_ref().unwrap_or(&database.url);
        let mut committee = Committee::open(url).await?;
        committee.figures(first, last).await
    })?
    .map_err(No::cannot)?;
    let provisional = last == current;
    let subject = Subject {
        figures: &figures,
        policy: &policy,
        first,
        last,
        day: if provisional { today } else { last_day(last) },
        provisional,
        retention_days: settings.ledger.retention_days,
        footprint_version: footprint::VERSION,
    };
    asked.output.write(&pack(&subject), form)
}
