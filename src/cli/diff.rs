//! `gardefou diff`: what changes for whom from one policy to another.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::policy::{Diagnostics, Policy, differences};

use super::{Format, No, check};

/// Which policies.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// L'ancienne politique
    #[arg(value_name = "ANCIENNE")]
    old: PathBuf,
    /// La nouvelle
    #[arg(value_name = "NOUVELLE")]
    new: PathBuf,
    /// Sort avec le code 1 si quelque chose change
    #[arg(long)]
    exit_code: bool,
}

/// Tells it.
pub(super) fn run(diff: &Diff, format: Format) -> Result<(), No> {
    let (old, new) = (check::read(&diff.old)?, check::read(&diff.new)?);
    let old = old.map_err(|diagnostics| {
        No::Cannot(format!(
            "l'ancienne politique est refusée, rien ne peut lui être comparé.\n{diagnostics}"
        ))
    })?;
    let new = match new {
        Ok(new) => new,
        Err(diagnostics) => return refused(&diagnostics, format),
    };
    told(&old, &new, diff.exit_code, format)
}

fn told(old: &Policy, new: &Policy, exit_code: bool, format: Format) -> Result<(), No> {
    let difference = differences(old, new);
    match format {
        Format::Text => say!("{difference}"),
        Format::Json => sayln!(
            "{}",
            json!({ "ok": true, "old": old.hash(), "new": new.hash(), "changes": difference.to_json() })
        ),
    }
    if exit_code && !difference.is_empty() {
        return Err(No::Answer);
    }
    Ok(())
}

fn refused(diagnostics: &Diagnostics, format: Format) -> Result<(), No> {
    match format {
        Format::Text => eprint!("La nouvelle politique est refusée.\n{diagnostics}"),
        Format::Json => sayln!("{}", json!({ "ok": false, "diagnostics": diagnostics.to_json() })),
    }
    Err(No::Answer)
}
