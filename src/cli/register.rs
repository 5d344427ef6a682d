//! `gardefou register`: the registers and the question grid, from the policy alone.

use std::path::Path;

use clap::{Args, ValueEnum};

use crate::report::registers;

use super::{Form, No, document::Output, policy, settings};

/// Which register.
#[derive(Debug, Args)]
pub(super) struct Register {
    /// processing (traitements : RGPD, article 30), systems (systèmes d'IA) ou questions (marchés publics)
    #[arg(value_name = "REGISTRE")]
    which: Which,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Which {
    /// Registre des traitements : une fiche par outil (RGPD, article 30)
    Processing,
    /// Registre des systèmes d'IA : niveau, décision, évaluation, classe, modèles, données acceptées
    Systems,
    /// Grille de questions pour les marchés publics
    Questions,
}

/// Writes it.
pub(super) fn run(config: &Path, asked: &Register, form: Form) -> Result<(), No> {
    let (_, policy) = policy(&settings(config)?)?;
    let document = match asked.which {
        Which::Processing => registers::processing(&policy),
        Which::Systems => registers::systems(&policy),
        Which::Questions => registers::questions(&policy),
    };
    asked.output.write(&document, form)
}
