//! The six forms of a document. Each renders any document, and the same document gives the same bytes.

mod csv;
mod html;
mod json;
mod md;
mod ods;
mod pdf;
mod svg;
#[cfg(test)]
mod tests;

use std::fmt;

use super::document::Document;

/// A form that a document can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page for a browser, which also prints well; it asks nothing of any server.
    Html,
    /// A tagged PDF (PDF/UA-1).
    Pdf,
    /// An OpenDocument workbook, one sheet for each table.
    Ods,
    /// One file for all tables, for French spreadsheets.
    Csv,
    /// For programs.
    Json,
    /// For a wiki or a mail.
    Md,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Html, Self::Pdf, Self::Ods, Self::Csv, Self::Json, Self::Md];

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Pdf => "application/pdf",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Md => "text/markdown; charset=utf-8",
        }
    }

    /// What it is for, in French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Html => "Page web (HTML)",
            Self::Pdf => "Document (PDF accessible)",
            Self::Ods => "Classeur (ODS)",
            Self::Csv => "Données pour tableur (CSV)",
            Self::Json => "Données pour programmes (JSON)",
            Self::Md => "Texte (Markdown)",
        }
    }

    /// What files of this form end with, without the point.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Ods => "ods",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Md => "md",
        }
    }
}

/// A document could not be given this form.
#[derive(Debug)]
pub struct RenderError {
    format: Format,
    why: String,
}

impl RenderError {
    fn new(format: Format, why: impl fmt::Display) -> Self {
        let why = why.to_string();
        Self { format, why }
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = self.format.extension();
        write!(f, "le document ne peut pas être écrit en {format} : {}", self.why)
    }
}

impl std::error::Error for RenderError {}

/// Writes a document in a form.
///
/// # Errors
/// The form cannot hold the document; the sentence says why. That is a fault of ours, not of the figures.
pub fn render(document: &Document, format: Format) -> Result<Vec<u8>, RenderError> {
    match format {
        Format::Html => Ok(html::render(document).into_bytes()),
        Format::Pdf => pdf::render(document).map_err(|why| RenderError::new(format, why)),
        Format::Ods => ods::render(document).map_err(|why| RenderError::new(format, why)),
        Format::Csv => csv::render(document).map_err(|why| RenderError::new(format, why)),
        Format::Json => json::render(document).map_err(|why| RenderError::new(format, why)),
        Format::Md => Ok(md::render(document).into_bytes()),
    }
}

/// The blocks of a document as HTML inside a page of ours, which gives them their style: no script, nothing inline.
pub fn fragment(document: &Document) -> String {
    html::fragment(document)
}

/// A text inside XML or HTML, between tags or between double quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            // XML has no way to write the others.
            _ if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}
