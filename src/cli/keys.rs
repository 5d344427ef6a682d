//! `gardefou keys`: the keys of callers. A key is shown once; the database holds its hash.

use std::path::Path;

use clap::Subcommand;
use serde_json::json;

use crate::domain::Timestamp;
use crate::office::{KeyRecord, Office};

use super::{Format, No, block_on, clock, settings};

const DAY: i64 = 86_400_000;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Crée une clé et l'affiche une seule fois
    Create {
        /// Personne ou programme qui répond de la clé
        #[arg(long)]
        owner: String,
        /// Groupe de la politique (peut être répété)
        #[arg(long = "group")]
        groups: Vec<String>,
        /// Durée de validité, en jours
        #[arg(long, value_name = "JOURS")]
        expires_in: Option<u32>,
    },
    /// Liste les clés (jamais leur texte)
    List,
    /// Remplace une clé : la nouvelle est affichée, l'ancienne est révoquée
    Rotate {
        /// Identifiant de la clé
        id: String,
    },
    /// Révoque une clé, en moins d'une seconde
    Revoke {
        /// Identifiant de la clé
        id: String,
    },
}

/// Does it.
pub(super) fn run(config: &Path, keys: &Keys, format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    block_on(async {
        let office = Office::open(&settings.database.url, clock())
            .await
            .map_err(No::cannot)?;
        match keys {
            Keys::Create {
                owner,
                groups,
                expires_in,
            } => {
                let expires = expires_in.map(|days| Timestamp(clock()().0 + i64::from(days) * DAY));
                let (record, secret) = office.create_key(owner, groups, expires).await.map_err(No::cannot)?;
                shown_once(&record, &secret, format);
            }
            Keys::List => {
                let records = office.list_keys().await.map_err(No::cannot)?;
                match format {
                    Format::Text => records.iter().for_each(line),
                    Format::Json => sayln!("{}", json!(records.iter().map(object).collect::<Vec<_>>())),
                }
            }
            Keys::Rotate { id } => match office.rotate_key(id).await.map_err(No::cannot)? {
                Some((record, secret)) => shown_once(&record, &secret, format),
                None => return unknown(id),
            },
            Keys::Revoke { id } => {
                if !office.revoke_key(id).await.map_err(No::cannot)? {
                    return unknown(id);
                }
                match format {
                    Format::Text => sayln!("Clé {id} révoquée."),
                    Format::Json => sayln!("{}", json!({ "id": id, "revoked": true })),
                }
            }
        }
        Ok(())
    })?
}

fn unknown(id: &str) -> Result<(), No> {
    eprintln!("gardefou : aucune clé valable n'a l'identifiant « {id} ».");
    Err(No::Answer)
}

/// The key alone goes to standard output, so that a script can take it.
fn shown_once(record: &KeyRecord, secret: &str, format: Format) {
    match format {
        Format::Text => {
            sayln!("{secret}");
            eprintln!(
                "Clé {} créée. Elle ne sera plus affichée : notez-la maintenant.",
                record.id
            );
        }
        Format::Json => {
            let mut object = object(record);
            object["key"] = json!(secret);
            sayln!("{object}");
        }
    }
}

fn line(record: &KeyRecord) {
    let state = if record.revoked_at.is_some() {
        "révoquée"
    } else {
        "valable"
    };
    sayln!(
        "{}  {state}  {}  [{}]",
        record.id,
        record.owner,
        record.groups.join(", ")
    );
}

fn object(record: &KeyRecord) -> serde_json::Value {
    json!({
        "id": record.id, "owner": record.owner, "groups": record.groups, "created_at_ms": record.created_at.0,
        "expires_at_ms": record.expires_at.map(|at| at.0), "revoked_at_ms": record.revoked_at.map(|at| at.0),
    })
}
