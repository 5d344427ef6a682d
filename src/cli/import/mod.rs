//! `gardefou import`: what does not come through the gateway.

mod attestations;
mod directory;
mod workspace;

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use clap::Subcommand;

use serde_json::json;

use super::{Format, No};
use crate::domain::trouble;
use crate::office::sheet::Slip;

/// What to take in.
#[derive(Debug, Subcommand)]
pub(super) enum Import {
    /// Compte les usages de Gemini dans Google Workspace, d'après les exports de la console Google
    ///
    /// Chaque fichier est une réponse (ou plusieurs) de `activities.list` de l'API Admin Reports pour
    /// `gemini_in_workspace_apps` : du JSON, d'un bloc ou ligne par ligne. Les adresses deviennent des pseudonymes. Un
    /// usage déjà connu n'est pas compté deux fois ; d'un fichier mal formé, rien n'est enregistré.
    Workspace {
        /// Fichiers ; `-` lit l'entrée standard
        #[arg(required = true, value_name = "FICHIER")]
        files: Vec<PathBuf>,
    },
    /// Enregistre les attestations de formation d'un tableau CSV ; les passerelles en tiennent compte dans la seconde
    ///
    /// Colonnes, dans un ordre quelconque : `holder` ou `titulaire` (l'identité, comme dans la politique et les clés),
    /// `training` ou `formation` (comme dans la politique), `valid_until` ou `valable jusqu'au` (2027-01-31 ou
    /// 31/01/2027). Séparateur `;`, `,` ou tabulation. Les identités deviennent des pseudonymes. Refaire le même import
    /// ne change rien ; d'un tableau qui contient une erreur, rien n'est enregistré.
    Attestations {
        /// Tableau ; `-` lit l'entrée standard
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
        /// Retire les attestations importées auparavant que ce tableau n'a pas ; celles de la politique restent
        #[arg(long)]
        replace: bool,
    },
    /// Remplace l'annuaire des personnes et de leurs groupes par un tableau CSV ; les passerelles en tiennent compte dans la seconde
    ///
    /// Colonnes, dans un ordre quelconque : `email` ou `courriel`, `groups` ou `groupes` (plusieurs noms séparés par `|`),
    /// `direction`. Séparateur `;`, `,` ou tabulation. Les adresses deviennent des pseudonymes. Qui n'est plus dans le
    /// tableau perd ses groupes ; d'un tableau qui contient une erreur, rien n'est enregistré. Les groupes valent ceux de la
    /// politique (`id`) ou leurs `idp_groups`. `[identity] directory_max_age_hours` dit combien de temps un import vaut.
    Directory {
        /// Tableau ; `-` lit l'entrée standard
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
    },
}

/// Takes it in.
pub(super) fn run(config: &Path, import: &Import, format: Format) -> Result<(), No> {
    match import {
        Import::Workspace { files } => workspace::run(config, files, format),
        Import::Directory { file } => directory::run(config, file, format),
        Import::Attestations { file, replace } => attestations::run(config, file, *replace, format),
    }
}

fn is_standard(file: &Path) -> bool {
    file == Path::new("-")
}

/// Its name for people.
fn named(file: &Path) -> String {
    if is_standard(file) {
        "entrée standard".into()
    } else {
        file.display().to_string()
    }
}

/// What is in it, or why it cannot be read, in French.
fn bytes(file: &Path) -> Result<Vec<u8>, String> {
    let bytes = if is_standard(file) {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    bytes.map_err(|error| format!("illisible ({})", trouble(&error)))
}

/// Says every mistake of a table, of which nothing was taken.
fn mistaken(name: &str, slips: &[Slip], format: Format) -> No {
    if format == Format::Json {
        let slips: Vec<_> = slips
            .iter()
            .map(|slip| json!({ "line": slip.line, "message": slip.what }))
            .collect();
        sayln!("{}", json!({ "file": name, "errors": slips }));
    } else {
        slips.iter().for_each(|slip| eprintln!("{name}, {slip}"));
    }
    let count = slips.len();
    No::Cannot(format!(
        "{name} : {count} erreur(s) ; rien de ce tableau n'a été enregistré"
    ))
}
