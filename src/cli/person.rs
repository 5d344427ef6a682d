//! `gardefou person`: the rights of a person on their data, for whoever holds the key of the pseudonyms.

use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use serde_json::json;

use crate::domain::{Identity, Timestamp, trouble};
use crate::identity::Pseudonyms;
use crate::ledger::person::{self, Erased, Erasure, Names, Subject};
use crate::office::Office;
use crate::policy::{civil, midnight};
use crate::report;
use crate::settings::Settings;

use super::{Format, No, block_on, clock, serve::pseudonyms, settings, signer};

/// Which right.
#[derive(Debug, Subcommand)]
pub(super) enum Person {
    /// Écrit tout ce qui est conservé sur une personne (RGPD, articles 15 et 20)
    Export {
        /// Identité de la personne, comme dans la politique et les clés
        #[arg(value_name = "IDENTITÉ")]
        identity: String,
        /// Fichier à écrire, lisible de vous seul ; `-` pour la sortie standard. Son nom finit par `.json` : JSON
        #[arg(short, long, value_name = "FICHIER")]
        output: PathBuf,
        /// Jour de la demande de la personne (AAAA-MM-JJ), aujourd'hui par défaut
        #[arg(long, value_name = "JOUR")]
        asked: Option<jiff::civil::Date>,
    },
    /// Efface une personne : plus rien ne la désigne, la chaîne et les chiffres publiés restent justes (RGPD, article 17)
    Erase {
        /// Identité de la personne, comme dans la politique et les clés
        #[arg(value_name = "IDENTITÉ")]
        identity: String,
        /// Efface pour de bon ; sans cette option, compte seulement
        #[arg(long)]
        yes: bool,
        /// Motif, pour le registre des demandes ; sans rien qui désigne la personne
        #[arg(long, value_name = "MOTIF")]
        reason: Option<String>,
        /// Jour de la demande de la personne (AAAA-MM-JJ), aujourd'hui par défaut
        #[arg(long, value_name = "JOUR")]
        asked: Option<jiff::civil::Date>,
    },
}

/// Grants it.
pub(super) fn run(config: &Path, person: &Person, format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    let pseudonyms = pseudonyms(&settings)?;
    match person {
        Person::Export {
            identity,
            output,
            asked,
        } => export(&settings, &pseudonyms, identity, output, *asked, format),
        Person::Erase {
            identity,
            yes,
            reason,
            asked,
        } => erase(
            &settings,
            &pseudonyms,
            identity,
            *yes,
            reason.as_deref(),
            *asked,
            format,
        ),
    }
}

fn subject<'a>(settings: &'a Settings, identity: &'a Identity, names: Names<'a>) -> Subject<'a> {
    Subject {
        identity,
        names,
        database_url: &settings.database.url,
        outbox: &settings.database.outbox,
    }
}

fn asked_at(asked: Option<jiff::civil::Date>, now: Timestamp) -> Result<Timestamp, No> {
    match asked {
        Some(day) if day > civil(now) => Err(No::Cannot("le jour de la demande est dans l'avenir".into())),
        Some(day) => Ok(midnight(day)),
        None => Ok(now),
    }
}

fn export(
    settings: &Settings,
    pseudonyms: &Pseudonyms,
    name: &str,
    output: &Path,
    asked: Option<jiff::civil::Date>,
    format: Format,
) -> Result<(), No> {
    let (now, identity, names) = (clock()(), Identity::new(name), pseudonyms.names());
    let asked_at = asked_at(asked, now)?;
    let held = block_on(person::export(subject(settings, &identity, &names), asked_at, now))?.map_err(No::cannot)?;
    let (made_on, kept) = (civil(now), settings.ledger.retention_days);
    let named_json = output.extension().is_some_and(|end| end == "json");
    let text = match format {
        Format::Text if !named_json => report::person::text(name, &report::french::date(made_on), kept, &held),
        Format::Text | Format::Json => {
            format!(
                "{:#}\n",
                report::person::document(name, &made_on.to_string(), kept, &held)
            )
        }
    };
    if output == Path::new("-") {
        say!("{text}");
        return Ok(());
    }
    let cannot = |error| {
        No::Cannot(format!(
            "{} ne peut pas être écrit ({})",
            output.display(),
            trouble(&error)
        ))
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(output)
        .map_err(cannot)?;
    file.write_all(text.as_bytes()).map_err(cannot)?;
    sayln!("{} élément(s) écrits dans {}.", held.count(), output.display());
    sayln!("Les files locales des passerelles d'autres machines n'ont pas été lues.");
    Ok(())
}

fn erase(
    settings: &Settings,
    pseudonyms: &Pseudonyms,
    name: &str,
    for_good: bool,
    reason: Option<&str>,
    asked: Option<jiff::civil::Date>,
    format: Format,
) -> Result<(), No> {
    let (now, identity, names) = (clock()(), Identity::new(name), pseudonyms.names());
    let asked_at = asked_at(asked, now)?;
    if reason.is_some_and(|reason| reason.to_lowercase().contains(&name.to_lowercase())) {
        return Err(No::Cannot(
            "le motif désigne la personne : il resterait dans le registre des demandes".into(),
        ));
    }
    let signer = signer(settings)?;
    let erasure = Erasure {
        subject: subject(settings, &identity, &names),
        signer: &signer,
        asked_at,
        now,
        reason,
        for_good,
    };
    let copy = settings.database.outbox.with_file_name("office.json");
    let erased = block_on(async {
        let erased = match person::erase(erasure).await {
            Err(error @ person::PersonError::Waiting(_)) => {
                eprintln!("gardefou : {error}.");
                return Err(No::Answer);
            }
            done => done.map_err(No::cannot)?,
        };
        if for_good && copy.exists() {
            // Keys and acceptances are copied here for a start without a database.
            match Office::start(&settings.database.url, copy, clock()).await {
                Ok((_, task)) => task.shutdown().await,
                Err(error) => eprintln!("La copie locale des clés n'a pas été renouvelée ({error})."),
            }
        }
        Ok(erased)
    })??;
    match format {
        Format::Json => {
            let mut object = json!(erased);
            object["erased"] = json!(for_good);
            sayln!("{object}");
        }
        Format::Text => said(&erased, for_good),
    }
    if for_good { Ok(()) } else { Err(No::Answer) }
}

fn said(erased: &Erased, for_good: bool) {
    for (count, what) in [
        (erased.usage_events, "ligne(s) du journal sans auteur ni motif"),
        (erased.counts, "ligne(s) de décompte sous un autre nom, au hasard"),
        (erased.charter_acceptances, "acceptation(s) de la charte supprimées"),
        (erased.attestations, "attestation(s) de formation supprimées"),
        (erased.sessions, "session(s) fermées"),
        (erased.directory, "ligne(s) de l'annuaire et comptes supprimés"),
        (erased.feedback, "retour(s) sans auteur ni commentaire"),
        (erased.incidents, "signalement(s) sans auteur (leur description reste)"),
        (
            erased.workspace_events,
            "usage(s) de Workspace sous un autre nom, au hasard",
        ),
        (erased.api_keys, "clé(s) révoquées et sans responsable"),
    ] {
        if count > 0 {
            sayln!("{count:>7} {what}");
        }
    }
    if !for_good {
        sayln!("Rien n'a été effacé. Ajoutez --yes pour effacer : on ne revient pas en arrière.");
        return;
    }
    sayln!(
        "C'est fait. Restent à traiter par ailleurs : la politique (members, attestation), l'annuaire, les sauvegardes de la base, les \
         files locales des passerelles d'autres machines. Relancez la commande dans une minute si la personne utilisait \
         encore l'assistant."
    );
}
