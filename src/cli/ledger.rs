//! `gardefou ledger`: what the owner of the database does with it.

use std::path::Path;

use clap::Subcommand;
use serde_json::json;

use crate::schema::{self, Standing, Tended};

use super::{Format, No, block_on, settings};

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub(super) enum Ledger {
    /// Met le schéma de la base à jour et donne leurs droits aux rôles (à lancer en propriétaire de la base)
    Migrate,
}

/// Does it.
pub(super) fn run(config: &Path, ledger: &Ledger, format: Format) -> Result<(), No> {
    match ledger {
        Ledger::Migrate => migrate(config, format),
    }
}

fn migrate(config: &Path, format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    let tended = block_on(schema::tend(&settings.database.url))?.map_err(No::cannot)?;
    match format {
        Format::Text => said(&tended),
        Format::Json => println!(
            "{}",
            json!({
                "migrated": tended.before == Standing::Older, "version": tended.version,
                "missing_roles": tended.missing_roles,
            })
        ),
    }
    Ok(())
}

fn said(tended: &Tended) {
    let version = tended.version;
    match tended.before {
        Standing::Older => println!("Schéma mis à jour (version {version})."),
        _ => println!("Schéma déjà à jour (version {version})."),
    }
    if !tended.missing_roles.is_empty() {
        println!(
            "Il manque les rôles {} : un administrateur du serveur les crée avec CREATE ROLE … NOLOGIN, puis relancez \
             cette commande (docs/database.md).",
            tended.missing_roles.join(", ")
        );
    }
}
