//! `gardefou ledger`: what the owner of the database does with it.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use crate::domain::trouble;
use crate::ledger::{ChainReport, Evidence, Fault, NotRecorded, PublicKeys, Strict, VerifyReport, record, verify};
use crate::policy::SecretRef;
use crate::schema::{self, Standing, Tended};

use super::{Format, No, block_on, clock, instance, settings, signer, signing_key};

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub(super) enum Ledger {
    /// Met le schéma de la base à jour et donne leurs droits aux rôles (à lancer en propriétaire de la base)
    Migrate,
    /// Recalcule la chaîne de chaque passerelle et nomme la première ligne modifiée, supprimée ou déplacée
    Verify {
        /// Têtes signées, gardées hors de la base ; par défaut heads.jsonl, à côté de la file locale
        #[arg(long, value_name = "FICHIER")]
        heads: Vec<PathBuf>,
        /// Clés publiques à croire, et elles seules ; par défaut ledger.pub, à côté de la clé qui signe
        #[arg(long, value_name = "FICHIER")]
        public_key: Vec<PathBuf>,
    },
}

/// Does it.
pub(super) fn run(config: &Path, ledger: &Ledger, format: Format) -> Result<(), No> {
    match ledger {
        Ledger::Migrate => migrate(config, format),
        Ledger::Verify { heads, public_key } => verified(config, heads, public_key, format),
    }
}

fn verified(config: &Path, heads: &[PathBuf], public_key: &[PathBuf], format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    let read = |path: &Path| {
        PublicKeys::read(path)
            .map_err(|error| No::Cannot(format!("la clé publique {} : {}", path.display(), trouble(&error))))
    };
    let (mut keys, mut strict) = (PublicKeys::default(), Strict::All);
    for path in public_key {
        keys = keys.and(read(path)?);
    }
    if public_key.is_empty() {
        keys = match signing_key(&settings) {
            SecretRef::File(path) => {
                let path = Path::new(&path).with_extension("pub");
                if path.exists() { read(&path)? } else { keys }
            }
            SecretRef::Env(_) => signer(&settings)?.public_keys(),
        };
        strict = if keys.is_empty() {
            Strict::Nobody
        } else {
            Strict::Instance(instance(&settings))
        };
    }
    let own = settings.database.outbox.with_file_name("heads.jsonl");
    let default = heads.is_empty() && own.exists();
    let mut evidence = Evidence::new(keys, strict);
    for path in heads.iter().chain(default.then_some(&own)) {
        evidence = evidence
            .with_heads(path)
            .map_err(|error| No::Cannot(format!("les têtes signées {} : {}", path.display(), trouble(&error))))?;
    }
    let address = &settings.database.url;
    let report = block_on(verify(address, &evidence))?.map_err(No::cannot)?;
    let recorded = block_on(record(address, &report, clock()()))?;
    match format {
        Format::Text => {
            told(&report, &evidence);
            if let Err(why) = &recorded {
                sayln!("Cette vérification n'est pas inscrite dans la base : {why}.");
            }
        }
        Format::Json => sayln!("{}", as_json(&report, &recorded)),
    }
    if report.intact { Ok(()) } else { Err(No::Answer) }
}

fn as_json(report: &VerifyReport, recorded: &Result<(), NotRecorded>) -> serde_json::Value {
    let mut report = json!(report);
    report["recorded"] = json!(recorded.is_ok());
    report
}

fn told(report: &VerifyReport, evidence: &Evidence) {
    report.chains.iter().for_each(chain);
    if report.chains.is_empty() {
        sayln!("Le journal est vide.");
    }
    if report.unreadable_heads > 0 {
        sayln!(
            "{} ligne(s) illisible(s) dans les têtes signées.",
            report.unreadable_heads
        );
    }
    if !evidence.has_heads() {
        sayln!("Sans têtes gardées hors de la base (--heads), une fin de chaîne supprimée peut passer inaperçue.");
    }
    if report.rows_lost > 0 {
        sayln!(
            "{} ligne(s) manquent sans que leur conservation l'explique.",
            report.rows_lost
        );
    }
    sayln!(
        "{}",
        if report.intact {
            "Le journal est intact."
        } else {
            "Le journal a été altéré."
        }
    );
}

fn chain(chain: &ChainReport) {
    sayln!(
        "Chaîne « {} » : {} ligne(s) recalculée(s), jusqu'à la n° {}.",
        chain.instance,
        chain.rows,
        chain.last_seq
    );
    if chain.removed > 0 {
        sayln!("  {} ligne(s) retirée(s) au terme de leur conservation.", chain.removed);
    }
    if chain.erased > 0 {
        sayln!("  {} ligne(s) dont l'auteur a été effacé à sa demande.", chain.erased);
    }
    if chain.heads > 0 {
        sayln!("  {} tête(s) signée(s) concordent avec les lignes.", chain.heads);
    }
    let after = chain.last_seq - chain.vouched_seq;
    if chain.vouched_seq == 0 && chain.last_seq > 0 && chain.fault.is_none() {
        sayln!("  Non vérifiable : aucune signature par une clé connue hors de la base.");
    } else if after > 0 && chain.fault.is_none() {
        sayln!("  Non vérifiable : les {after} dernière(s) ligne(s), que rien ne signe encore.");
    }
    for key in &chain.unknown_keys {
        sayln!("  Non vérifiable : la clé {key} n'est connue que de la base (--public-key).");
    }
    if let Some(found) = &chain.fault {
        sayln!("  {}", fault(found));
    }
}

fn fault(found: &Fault) -> String {
    let mut text = format!("ALTÉRÉE à la ligne n° {}", found.instance_seq);
    if let Some(until) = found.until_seq.filter(|until| *until != found.instance_seq) {
        text += &format!(" à {until}");
    }
    text += &format!(" : {}", found.kind.in_french());
    if let Some(id) = &found.id {
        text += &format!(" (demande {id}");
        let at = found
            .occurred_at_ms
            .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        text += &at.map_or_else(|| ")".to_owned(), |at| format!(", {at:.3})"));
    }
    text
}

fn migrate(config: &Path, format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    let tended = block_on(schema::tend(&settings.database.url))?.map_err(No::cannot)?;
    match format {
        Format::Text => said(&tended),
        Format::Json => sayln!(
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
        Standing::Older => sayln!("Schéma mis à jour (version {version})."),
        _ => sayln!("Schéma déjà à jour (version {version})."),
    }
    if !tended.missing_roles.is_empty() {
        sayln!(
            "Il manque les rôles {} : un administrateur du serveur les crée avec CREATE ROLE … NOLOGIN, puis relancez \
             cette commande (docs/database.md).",
            tended.missing_roles.join(", ")
        );
    }
}
