//! What is wrong with a policy file, said so that its author can mend it: code, place, excerpt, help.
//!
//! Everything here is for a person, in French, except the codes. An excerpt never shows a quoted value that stands
//! where a secret may have been written by mistake.

use std::fmt;

use serde_json::{Value, json};

use crate::domain::counted;

/// Whether a file with this in it can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but somebody should look.
    Warning,
}

/// One line of the file, with a part of it underlined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// How many characters are meant, at least 1.
    pub width: usize,
    /// The line, or the part of it around what is meant, with tabs as spaces and secrets hidden.
    pub excerpt: String,
    /// How many characters of the excerpt stand before what is meant.
    pub indent: usize,
}

/// Another place that explains the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What is there.
    pub message: String,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// `P0xx`, one for each kind of mistake, never given to another.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// Said beside the caret; may be empty.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
    /// What was probably meant, ready to be put in the place of what is underlined.
    pub suggestion: Option<String>,
    /// Another place that explains this one.
    pub related: Option<Related>,
}

/// All that is wrong with one file, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    origin: String,
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// In the order of the file.
    pub(super) fn new(origin: &str, mut list: Vec<Diagnostic>) -> Self {
        list.sort_by_key(|d| (d.place.line, d.place.column));
        Self {
            origin: origin.to_owned(),
            list,
        }
    }

    /// Name of the file, as given by who read it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// One by one.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Nothing to say.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// `1 erreur, 4 avertissements`; none where there is nothing to say.
    pub fn counted(&self) -> Option<String> {
        let of = |severity| self.list.iter().filter(|d| d.severity == severity).count();
        let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
        let told: Vec<String> = [(errors, "erreur"), (warnings, "avertissement")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| counted(count, word))
            .collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    /// For programs: an array of objects with `file`, `line`, `column`, `end_column`, `code`, `severity`, `message`,
    /// `label`, `help`, `page`, `suggestion`, `related`. Lines and columns count from 1, `end_column` is exclusive.
    pub fn to_json(&self) -> Value {
        self.list
            .iter()
            .map(|diagnostic| diagnostic.to_json(&self.origin))
            .collect()
    }
}

impl<'d> IntoIterator for &'d Diagnostics {
    type Item = &'d Diagnostic;
    type IntoIter = std::slice::Iter<'d, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Diagnostic {
    fn to_json(&self, origin: &str) -> Value {
        json!({
            "file": origin,
            "line": self.place.line,
            "column": self.place.column,
            "end_column": self.place.column + self.place.width,
            "code": self.code,
            "severity": match self.severity { Severity::Error => "error", Severity::Warning => "warning" },
            "message": self.message,
            "label": self.label,
            "help": self.help,
            "page": page(self.code),
            "suggestion": self.suggestion,
            "related": self.related.as_ref().map(|related| json!({
                "file": origin,
                "line": related.place.line,
                "column": related.place.column,
                "end_column": related.place.column + related.place.width,
                "message": related.message,
            })),
        })
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.list {
            write_one(f, &self.origin, diagnostic)?;
            writeln!(f)?;
        }
        match self.counted() {
            Some(counted) => writeln!(f, "{} : {counted}", self.origin),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Diagnostics {}

/// Where a code is explained, from the root of the repository: `docs/erreurs.md#p021`.
pub(super) fn page(code: &str) -> String {
    format!("docs/erreurs.md#{}", code.to_lowercase())
}

fn write_one(f: &mut fmt::Formatter<'_>, origin: &str, diagnostic: &Diagnostic) -> fmt::Result {
    let word = match diagnostic.severity {
        Severity::Error => "erreur",
        Severity::Warning => "avertissement",
    };
    writeln!(f, "{word}[{}] : {}", diagnostic.code, diagnostic.message)?;
    let widest = diagnostic
        .related
        .as_ref()
        .map_or(0, |related| related.place.line)
        .max(diagnostic.place.line);
    let gutter = " ".repeat(widest.to_string().len());
    write_place(f, origin, &gutter, &diagnostic.place, &diagnostic.label)?;
    if let Some(help) = &diagnostic.help {
        writeln!(f, "{gutter} = aide : {help}")?;
    }
    if let Some(suggestion) = &diagnostic.suggestion {
        writeln!(f, "{gutter} = vouliez-vous dire `{suggestion}` ?")?;
    }
    if let Some(related) = &diagnostic.related {
        writeln!(f, "{gutter} note : {}", related.message)?;
        write_place(f, origin, &gutter, &related.place, "")?;
    }
    writeln!(f, "{gutter} = en savoir plus : {}", page(diagnostic.code))
}

/// The place, the line and the caret.
fn write_place(f: &mut fmt::Formatter<'_>, origin: &str, gutter: &str, place: &Place, label: &str) -> fmt::Result {
    let Place {
        line,
        column,
        width,
        excerpt,
        indent,
    } = place;
    writeln!(f, "{gutter}--> {origin}:{line}:{column}")?;
    writeln!(f, "{gutter} |")?;
    writeln!(f, "{line:>digits$} | {excerpt}", digits = gutter.len())?;
    let shown = (*width).min(excerpt.chars().count().saturating_sub(*indent)).max(1);
    let caret = format!("{}{} {label}", " ".repeat(*indent), "^".repeat(shown));
    writeln!(f, "{gutter} | {}", caret.trim_end())
}
