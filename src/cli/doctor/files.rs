//! What `doctor` looks at on this machine: secrets and who may read them, the outbox and its disk.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::ledger;
use crate::policy::{Backend, Policy, SecretRef, civil};
use crate::reload::{self, Saved};
use crate::settings::Settings;

use super::Finding;
use crate::cli::{clock, secret, signing_key};

/// The policy as `serve` would read it, and what is to be said of it.
pub(super) fn policy(path: &Path) -> (Finding, Option<(Saved, Policy)>) {
    const WHAT: &str = "politique";
    let saved = match reload::read(path) {
        Ok(saved) => saved,
        Err(why) => {
            let said = format!("{} ne peut pas être lue ({why})", path.display());
            return (Finding::wrong(WHAT, said, "corriger `policy` dans les réglages"), None);
        }
    };
    match Policy::read(&saved.text, &path.display().to_string(), civil(clock()())) {
        Ok(policy) => {
            let finding = match policy.warnings().counted() {
                None => Finding::good(WHAT, format!("correcte ({})", policy.hash())),
                Some(warnings) => Finding::doubtful(WHAT, format!("correcte, {warnings}"), "gardefou check"),
            };
            (finding, Some((saved, policy)))
        }
        Err(diagnostics) => {
            let said = format!("refusée : {}", diagnostics.counted().unwrap_or_default());
            (Finding::wrong(WHAT, said, "gardefou check les montre"), None)
        }
    }
}

/// The keys of the gateway itself: made at the first start where they are files that are not there.
pub(super) fn secrets(settings: &Settings) -> Vec<Finding> {
    let mut found = vec![
        own_key("clé des pseudonymes", &settings.identity.pseudonym_key),
        own_key("clé qui signe le journal", &signing_key(settings)),
    ];
    if let Some(oidc) = &settings.identity.oidc {
        found.push(match secret(&oidc.client_secret) {
            Some(_) => readable("secret de la connexion", &oidc.client_secret),
            None => missing("secret de la connexion", &oidc.client_secret),
        });
    }
    found
}

fn own_key(what: &str, reference: &SecretRef) -> Finding {
    match reference {
        SecretRef::File(path) if !Path::new(path).exists() => {
            Finding::good(what, format!("{path}, sera créée au premier démarrage"))
        }
        SecretRef::File(path) if fs::read(path).is_err() => Finding::wrong(
            what,
            format!("{path} ne peut pas être lu"),
            "le donner au compte qui sert (chown)",
        ),
        SecretRef::Env(_) if secret(reference).is_none() => missing(what, reference),
        _ => readable(what, reference),
    }
}

/// The key of a backend. Without it the others work.
pub(super) fn backend_key(backend: &Backend) -> Option<Finding> {
    let what = format!("clé du service `{}`", backend.id);
    let reference = backend.api_key.as_ref()?;
    if secret(reference).is_some() {
        return Some(readable(&what, reference));
    }
    Some(Finding::doubtful(
        what,
        format!("absente ({reference})"),
        "la poser, si ce service doit servir : sans elle, ses outils répondent par une erreur",
    ))
}

fn missing(what: &str, reference: &SecretRef) -> Finding {
    Finding::wrong(what, format!("absente ({reference})"), "la poser avant de démarrer")
}

/// A secret that is there: a file of it is its owner's alone.
fn readable(what: &str, reference: &SecretRef) -> Finding {
    let SecretRef::File(path) = reference else {
        return Finding::good(what, reference.to_string());
    };
    let mode = fs::metadata(path).map(|file| file.permissions().mode() & 0o777);
    match mode {
        Ok(mode) if mode & 0o077 != 0 => Finding::wrong(
            what,
            format!("{path} peut être lu par d'autres (droits {mode:03o})"),
            format!("chmod 600 {path}"),
        ),
        _ => Finding::good(what, path.as_str()),
    }
}

/// The folder of the outbox can be written, and its disk has room.
pub(super) fn outbox(path: &Path) -> Finding {
    const WHAT: &str = "file locale";
    let shown = path.display();
    let target = if path.exists() {
        Some(path)
    } else {
        path.ancestors().skip(1).find(|folder| named(folder).exists())
    };
    let writable = target.is_some_and(|target| rustix::fs::access(named(target), rustix::fs::Access::WRITE_OK).is_ok());
    if !writable {
        return Finding::wrong(
            WHAT,
            format!("{shown} ne peut pas être écrit"),
            "donner son dossier au compte qui sert, ou corriger `database.outbox`",
        );
    }
    match target.and_then(|target| ledger::room(&named(target).join("outbox.db"))) {
        Some(room) if room.free < room.reserve => Finding::wrong(
            WHAT,
            format!("le disque de {shown} est plein : {} Mo libres", room.free >> 20),
            "libérer de la place : sans elle, les demandes sont refusées",
        ),
        Some(room) => Finding::good(WHAT, format!("{shown}, {} Mo libres", room.free >> 20)),
        None => Finding::good(WHAT, shown.to_string()),
    }
}

/// `""` is this folder.
fn named(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    }
}

/// A file of SQLite that is not there yet, in a place where it can be made.
pub(super) fn is_new_sqlite(url: &str) -> bool {
    let path = url.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
    let path = path.map(|path| path.split('?').next().unwrap_or(path));
    path.is_some_and(|path| {
        let path = Path::new(path);
        let folder = path.ancestors().skip(1).find(|folder| named(folder).exists());
        !path.exists()
            && folder.is_some_and(|folder| rustix::fs::access(named(folder), rustix::fs::Access::WRITE_OK).is_ok())
    })
}
