//! `gardefou policy`: keys of those who sign the policy, and their signatures.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use serde_json::json;

use crate::domain::trouble;
use crate::keyfile::{SigningKey, hex};
use crate::policy::{signed_by, with_signature};
use crate::reload::{self, signatures_of};

use super::{Format, No, clock, read_policy, settings};

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Crée une clé pour signer, et affiche sa clé publique, à écrire dans `[[charter.signers]]`
    Key {
        /// Fichier de la clé, que seul son propriétaire pourra lire
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
    },
    /// Signe une politique : la signature va dans le fichier voisin, `policy.toml.sig`
    Sign {
        /// La politique ; par défaut, celle des réglages
        #[arg(value_name = "FICHIER")]
        file: Option<PathBuf>,
        /// Fichier de la clé
        #[arg(long, value_name = "CLÉ")]
        key: PathBuf,
        /// Nom de qui signe ; par défaut, celui que la politique donne à cette clé
        #[arg(long, value_name = "NOM")]
        name: Option<String>,
    },
    /// Dit qui, parmi les signataires que nomme une politique, l'a signée
    Signatures {
        /// La politique ; par défaut, celle des réglages
        #[arg(value_name = "FICHIER")]
        file: Option<PathBuf>,
    },
}

/// Does it.
pub(super) fn run(config: &Path, command: &PolicyCommand, format: Format) -> Result<(), No> {
    match command {
        PolicyCommand::Key { file } => key(file, format),
        PolicyCommand::Sign { file, key, name } => sign(&path(config, file.as_deref())?, key, name.as_deref(), format),
        PolicyCommand::Signatures { file } => signatures(&path(config, file.as_deref())?, format),
    }
}

fn path(config: &Path, file: Option<&Path>) -> Result<PathBuf, No> {
    match file {
        Some(file) => Ok(file.to_owned()),
        None => Ok(settings(config)?.policy_path()),
    }
}

fn key(file: &Path, format: Format) -> Result<(), No> {
    let made = SigningKey::make(file).map_err(|error| {
        No::Cannot(format!(
            "la clé {} ne peut pas être créée ({})",
            file.display(),
            trouble(&error)
        ))
    })?;
    let public = hex(made.public_key());
    match format {
        Format::Text => {
            sayln!("[[charter.signers]]\nname = \"\"\nkey = \"{public}\"");
            eprintln!(
                "Clé créée : {}. Gardez ce fichier pour vous, et complétez les lignes ci-dessus avec votre nom ou votre \
                 fonction avant de les ajouter à la politique.",
                file.display()
            );
        }
        Format::Json => sayln!("{}", json!({ "public_key": public, "file": file })),
    }
    Ok(())
}

fn sign(path: &Path, key: &Path, name: Option<&str>, format: Format) -> Result<(), No> {
    let key = SigningKey::read(key).map_err(|error| {
        No::Cannot(format!(
            "la clé {} ne peut pas être lue ({})",
            key.display(),
            trouble(&error)
        ))
    })?;
    let saved = reload::read(path)
        .map_err(|why| No::Cannot(format!("la politique {} ne peut pas être lue : {why}", path.display())))?;
    // Nobody should put a name to what cannot be used.
    let policy = read_policy(&saved.text, path, &clock())?;
    let public = hex(key.public_key());
    let listed = policy.charter().signers.iter().find(|signer| signer.key == public);
    let Some(name) = name.or(listed.map(|signer| &*signer.name)) else {
        return Err(No::Cannot(format!(
            "{} ne nomme pas le signataire de cette clé ; s'il est dans la politique en vigueur, dites-le avec --name",
            path.display()
        )));
    };
    let file = with_signature(&key, name, &saved.text, &saved.signatures);
    let signatures = signatures_of(path);
    replace(&signatures, &file).map_err(|error| {
        No::Cannot(format!(
            "{} ne peut pas être écrit ({})",
            signatures.display(),
            trouble(&error)
        ))
    })?;
    match format {
        Format::Text => sayln!(
            "{} signée par « {name} » ({}) : {}",
            path.display(),
            policy.hash(),
            signatures.display()
        ),
        Format::Json => sayln!(
            "{}",
            json!({ "hash": policy.hash(), "signed_by": name, "file": signatures })
        ),
    }
    Ok(())
}

/// A gateway that looks meanwhile sees the old signatures or the new ones.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let mut file = fs::File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)
}

fn signatures(path: &Path, format: Format) -> Result<(), No> {
    let saved = reload::read(path)
        .map_err(|why| No::Cannot(format!("la politique {} ne peut pas être lue : {why}", path.display())))?;
    let policy = read_policy(&saved.text, path, &clock())?;
    let signers = &policy.charter().signers;
    let signed = signed_by(signers, &saved.text, &saved.signatures);
    match format {
        Format::Text if signers.is_empty() => {
            sayln!(
                "{} ne nomme aucun signataire : aucune signature n'est demandée.",
                path.display()
            );
        }
        Format::Text => {
            for signer in signers {
                let has = if signed.contains(&signer.name) {
                    "a signé"
                } else {
                    "n'a pas signé"
                };
                sayln!("{} {has}", signer.name);
            }
        }
        Format::Json => sayln!(
            "{}",
            json!({
                "hash": policy.hash(),
                "signers": signers.iter().map(|signer| &signer.name).collect::<Vec<_>>(),
                "signed_by": signed,
            })
        ),
    }
    if signed.is_empty() && !signers.is_empty() {
        Err(No::Answer)
    } else {
        Ok(())
    }
}
