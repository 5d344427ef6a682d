//! `gardefou keys`: the keys of callers. A key is shown once; the database holds its hash.

use std::path::Path;

use clap::Subcommand;
use serde_json::json;

use crate::domain::Timestamp;
use crate::office::{KeyRecord, Office};
use crate::policy::nearest;
use crate::settings::Settings;

use super::{Format, No, block_on, check, clock, settings};

const DAY: i64 = 86_400_000;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Crée une clé et l'affiche une seule fois
    Create {
        /// Personne ou programme qui répond de la clé
        #[arg(long, value_name = "IDENTITÉ")]
        owner: String,
        /// Groupe de la politique (peut être répété)
        #[arg(long = "group", value_name = "GROUPE")]
        groups: Vec<String>,
        /// Durée de validité, en jours, 1 au moins ; par défaut, sans fin
        #[arg(long, value_name = "JOURS")]
        expires_in: Option<u32>,
    },
    /// Liste les clés (jamais leur texte)
    List,
    /// Remplace une clé : la nouvelle est affichée, l'ancienne est révoquée
    Rotate {
        /// Identifiant de la clé
        #[arg(value_name = "IDENTIFIANT")]
        id: String,
    },
    /// Révoque une clé, en moins d'une seconde
    Revoke {
        /// Identifiant de la clé
        #[arg(value_name = "IDENTIFIANT")]
        id: String,
    },
}

/// Does it.
pub(super) fn run(config: &Path, keys: &Keys, format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    if let Keys::Create {
        owner,
        groups,
        expires_in,
    } = keys
    {
        checked(owner, groups, *expires_in)?;
        warn(groups, &settings);
    }
    let now = clock()();
    block_on(async {
        let url = &settings.database.url;
        let office = match keys {
            Keys::List => Office::open_to_look(url, clock()).await,
            _ => Office::open(url, clock()).await,
        };
        let office = office.map_err(No::cannot)?;
        match keys {
            Keys::Create {
                owner,
                groups,
                expires_in,
            } => {
                let expires = expires_in.map(|days| Timestamp(now.0 + i64::from(days) * DAY));
                let (record, secret) = office
                    .create_key(owner.trim(), groups, expires)
                    .await
                    .map_err(No::cannot)?;
                shown_once(&record, &secret, format);
            }
            Keys::List => {
                let records = office.list_keys().await.map_err(No::cannot)?;
                match format {
                    Format::Text => records.iter().for_each(|record| line(record, now)),
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

/// Whether a key may be made of this.
fn checked(owner: &str, groups: &[String], expires_in: Option<u32>) -> Result<(), No> {
    let no = |why: &str| Err(No::Cannot(format!("{why} ; aucune clé n'est créée")));
    let is_empty = |text: &str| text.trim().is_empty();
    let has_control = |text: &str| text.contains(char::is_control);
    if is_empty(owner) {
        return no("`--owner` est vide : dites qui répond de la clé");
    }
    if has_control(owner) {
        return no("`--owner` contient un caractère de commande : une identité s'écrit sur une ligne");
    }
    if groups.iter().any(|group| is_empty(group)) {
        return no("`--group` est vide : donnez un groupe de la politique");
    }
    if groups.iter().any(|group| has_control(group)) {
        return no("`--group` contient un caractère de commande : un groupe s'écrit sur une ligne");
    }
    if expires_in == Some(0) {
        return no("`--expires-in 0` : la clé serait refusée aussitôt, donnez au moins 1 jour");
    }
    Ok(())
}

/// Says which groups the policy does not have: it may get them later.
fn warn(groups: &[String], settings: &Settings) {
    if groups.is_empty() {
        return;
    }
    let Ok(Ok(policy)) = check::read(&settings.policy_path()) else {
        eprintln!("gardefou : la politique n'est pas lisible, les groupes de la clé ne sont donc pas vérifiés.");
        return;
    };
    let names = || {
        let all = policy.groups().iter();
        all.flat_map(|group| std::iter::once(&group.id).chain(&group.idp_groups))
    };
    for group in groups.iter().filter(|group| !names().any(|name| name == *group)) {
        let meant = nearest(group, names().map(String::as_str));
        let meant = meant.map_or_else(String::new, |name| format!(" Vouliez-vous dire « {name} » ?"));
        eprintln!(
            "gardefou : la politique n'a pas de groupe « {group} » : il n'ouvrira rien tant qu'elle ne le définit pas.{meant}"
        );
    }
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

fn line(record: &KeyRecord, now: Timestamp) {
    let state = match record.expires_at {
        _ if record.revoked_at.is_some() => "révoquée",
        Some(at) if at <= now => "expirée",
        _ => "valable",
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
