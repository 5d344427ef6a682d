//! `gardefou import attestations`: who had which training, from the table of whoever holds the trainings.

use std::{collections::BTreeMap, path::Path};

use serde_json::json;

use super::{bytes, mistaken, named};
use crate::cli::{Format, No, block_on, clock, policy, serve::pseudonyms, settings};
use crate::office::{Attested, Office, sheet};

/// Takes the table in, whole or not at all.
pub(super) fn run(config: &Path, file: &Path, replace: bool, format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    let ((_, policy), pseudonyms) = (policy(&settings)?, pseudonyms(&settings)?);
    let name = named(file);
    let table = bytes(file).map_err(|why| No::Cannot(format!("{name}, {why}")))?;
    let lines = sheet::read(&table).map_err(|slips| mistaken(&name, &slips, format))?;
    let all: Vec<_> = lines
        .iter()
        .map(|line| Attested {
            caller: pseudonyms.of(&line.holder),
            training: line.training.clone(),
            valid_until: line.valid_until,
        })
        .collect();
    let done = block_on(async {
        let office = Office::open(&settings.database.url, clock()).await?;
        office.import_attestations(&all, replace).await
    })?
    .map_err(No::cannot)?;
    // Probably a slip of the pen, or a training that has nothing to do with AI.
    let mut unasked: BTreeMap<&str, u64> = BTreeMap::new();
    for line in &lines {
        let asked = policy
            .tools()
            .iter()
            .any(|tool| tool.training.as_deref() == Some(&line.training));
        if !asked {
            *unasked.entry(&line.training).or_default() += 1;
        }
    }
    match format {
        Format::Json => sayln!(
            "{}",
            json!({
                "file": name, "read": lines.len(), "new": done.new, "changed": done.changed, "known": done.known,
                "removed": done.removed, "unasked": unasked,
            })
        ),
        Format::Text => {
            sayln!(
                "{name} : {} ligne(s) ; attestations nouvelles : {}, de date changée : {}, déjà connues : {}, retirées : {}",
                lines.len(),
                done.new,
                done.changed,
                done.known,
                done.removed
            );
            for (training, count) in unasked {
                sayln!("Aucun outil de la politique n'exige la formation « {training} » ({count} ligne(s)).");
            }
        }
    }
    Ok(())
}
