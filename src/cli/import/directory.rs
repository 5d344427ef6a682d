//! `gardefou import directory`: who is in which group, from the directory of the house.

use std::path::Path;

use serde_json::json;

use super::{bytes, mistaken, named};
use crate::cli::{Format, No, block_on, clock, serve::pseudonyms, settings};
use crate::office::{Listing, Office, sheet};

/// Puts the table in the place of the one before, whole or not at all.
pub(super) fn run(config: &Path, file: &Path, format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    let pseudonyms = pseudonyms(&settings)?;
    let name = named(file);
    let table = bytes(file).map_err(|why| No::Cannot(format!("{name}, {why}")))?;
    let people = sheet::read_directory(&table).map_err(|slips| mistaken(&name, &slips, format))?;
    let all: Vec<_> = people
        .iter()
        .map(|person| Listing {
            caller: pseudonyms.of(&person.holder),
            groups: person.groups.clone(),
            direction: person.direction.clone(),
        })
        .collect();
    let done = block_on(async {
        let office = Office::open(&settings.database.url, clock()).await?;
        office.import_directory(&all).await
    })?
    .map_err(No::cannot)?;
    match format {
        Format::Json => sayln!(
            "{}",
            json!({
                "file": name, "read": people.len(), "new": done.new, "changed": done.changed, "known": done.known,
                "removed": done.removed,
            })
        ),
        Format::Text => sayln!(
            "{name} : {} ligne(s) ; personnes nouvelles : {}, changées : {}, déjà connues : {}, retirées : {}",
            people.len(),
            done.new,
            done.changed,
            done.known,
            done.removed
        ),
    }
    Ok(())
}
