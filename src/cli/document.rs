//! A document on its way out: the form that was asked for, into a file or to standard output.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::domain::trouble;
use crate::report::document::Document;
use crate::report::formats::{Format, render};

use super::{Form, No};

/// Where a document goes.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Fichier à écrire ; sans lui, la sortie standard
    #[arg(short, long, value_name = "FICHIER")]
    output: Option<PathBuf>,
}

impl Output {
    /// Writes a document down. Without a form that was asked for, the end of the file's name says it, and a page of
    /// text where it has none. A file that is there is replaced whole or not at all.
    pub(super) fn write(&self, document: &Document, form: Form) -> Result<(), No> {
        let file = self.output.as_deref().filter(|file| *file != Path::new("-"));
        let bytes = render(document, format(form, file)?).map_err(No::cannot)?;
        let Some(file) = file else {
            return std::io::stdout().lock().write_all(&bytes).map_err(No::refused);
        };
        let mut part = file.as_os_str().to_owned();
        part.push(".part");
        std::fs::write(&part, bytes)
            .and_then(|()| std::fs::rename(&part, file))
            .map_err(|error| {
                No::Cannot(format!(
                    "{} ne peut pas être écrit ({})",
                    file.display(),
                    trouble(&error)
                ))
            })?;
        eprintln!("{} est écrit.", file.display());
        Ok(())
    }
}

fn format(form: Form, file: Option<&Path>) -> Result<Format, No> {
    Ok(match form {
        Form::Text => match file.and_then(Path::extension) {
            None => Format::Md,
            Some(end) => Format::ALL
                .into_iter()
                .find(|format| end == format.extension())
                .ok_or_else(|| No::Cannot(unknown(end)))?,
        },
        Form::Json => Format::Json,
        Form::Html => Format::Html,
        Form::Pdf => Format::Pdf,
        Form::Ods => Format::Ods,
        Form::Csv => Format::Csv,
        Form::Md => Format::Md,
        Form::Sarif => return Err(No::Cannot("la forme `sarif` est celle de `check`".into())),
    })
}

fn unknown(end: &std::ffi::OsStr) -> String {
    let known = Format::ALL.map(Format::extension).join(", ");
    format!(
        "la forme « {} » n'existe pas : {known}. Nommez-la par --format, ou changez la fin du nom du fichier",
        end.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_asked_for_or_that_of_the_files_name() {
        for (form, file, expected) in [
            (Form::Text, None, Format::Md),
            (Form::Text, Some("registre.pdf"), Format::Pdf),
            (Form::Text, Some("registre"), Format::Md),
            (Form::Csv, Some("registre.pdf"), Format::Csv),
            (Form::Json, None, Format::Json),
        ] {
            assert_eq!(format(form, file.map(Path::new)).unwrap(), expected);
        }
        let No::Cannot(said) = format(Form::Text, Some(Path::new("rapport.docx"))).unwrap_err() else {
            panic!("it can be said");
        };
        assert!(said.contains("docx") && said.contains("pdf"), "{said}");
    }
}
