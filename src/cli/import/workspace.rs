//! `gardefou import workspace`: uses of Gemini inside Google Workspace, which do not come through the gateway.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::committee::workspace::{Counted, Export, Use, Workspace, read};
use crate::identity::Pseudonyms;
use crate::policy::Policy;

use super::{bytes, named};
use crate::cli::{Format, No, block_on, policy, serve::pseudonyms, settings};

/// Takes it in.
pub(super) fn run(config: &Path, files: &[PathBuf], format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    let ((_, policy), pseudonyms) = (policy(&settings)?, pseudonyms(&settings)?);
    block_on(async {
        let mut workspace = Workspace::open(&settings.database.url).await.map_err(No::cannot)?;
        let mut told = Vec::new();
        for file in files {
            let name = named(file);
            match taken(file) {
                Ok(export) => {
                    let rows: Vec<_> = export
                        .uses
                        .iter()
                        .map(|used| counted(used, &policy, &pseudonyms))
                        .collect();
                    let new = workspace.record(&rows).await.map_err(No::cannot)?;
                    told.push(json!({
                        "file": name, "read": rows.len(), "new": new, "known": rows.len() as u64 - new,
                        "ignored": export.ignored,
                    }));
                    if format == Format::Text {
                        sayln!("{}", line(&name, &export, new));
                    }
                }
                Err(why) => {
                    eprintln!("gardefou : {name}, {why} ; rien de ce fichier n'a été enregistré.");
                    told.push(json!({ "file": name, "error": why }));
                }
            }
        }
        let broken = told.iter().filter(|file| file.get("error").is_some()).count();
        if format == Format::Json {
            sayln!("{}", json!(told));
        }
        match broken {
            0 => Ok(()),
            _ => Err(No::Cannot(format!(
                "{broken} fichier(s) sur {} n'ont pas été lus",
                files.len()
            ))),
        }
    })?
}

/// What a file holds, or why it cannot be read, in French.
fn taken(file: &Path) -> Result<Export, String> {
    let bytes = bytes(file)?;
    read(&bytes).map_err(|broken| broken.to_string())
}

fn counted(used: &Use, policy: &Policy, pseudonyms: &Pseudonyms) -> Counted {
    Counted {
        key: used.key.clone(),
        at: used.at,
        caller: used.actor.as_ref().map(|actor| pseudonyms.at(actor, used.at)),
        direction: used
            .actor
            .as_ref()
            .and_then(|actor| policy.direction_of(actor))
            .map(str::to_owned),
        app: used.app.clone(),
        action: used.action.clone(),
        category: used.category.clone(),
    }
}

fn line(name: &str, export: &Export, new: u64) -> String {
    let read = export.uses.len() as u64;
    let known = read - new;
    let ignored: u64 = export.ignored.values().sum();
    let why: Vec<_> = export
        .ignored
        .iter()
        .map(|(why, count)| format!("{why} : {count}"))
        .collect();
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(" ({})", why.join(" ; "))
    };
    format!("{name} : {read} lus, dont nouveaux : {new}, déjà connus : {known} ; ignorés : {ignored}{why}")
}
