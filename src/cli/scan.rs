//! `gardefou scan`: what the detector sees in files or in lines of JSON, and what would be done about it.

use std::{
    io::{BufRead, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::gateway::{BUILT_IN, Inspection, Inspector};
use crate::policy::{Policy, civil};

use super::{No, check, clock, heard, settings};

/// What to look at.
#[derive(Debug, Args)]
pub(super) struct Scan {
    /// Un objet JSON par ligne sur l'entrée (`id`, `text`), une réponse par ligne
    #[arg(long, conflicts_with_all = ["files", "mask"])]
    jsonl: bool,
    /// Outil de la politique ; par défaut, le premier de niveau 1
    #[arg(long, value_name = "OUTIL")]
    tool: Option<String>,
    /// Écrit le texte masqué au lieu des observations
    #[arg(long)]
    mask: bool,
    /// Fichiers de texte
    #[arg(value_name = "FICHIER", required_unless_present = "jsonl")]
    files: Vec<PathBuf>,
}

/// A line that comes in.
#[derive(Deserialize)]
struct Asked {
    id: serde_json::Value,
    text: String,
}

/// A line that goes out.
#[derive(Serialize)]
struct Answered {
    id: serde_json::Value,
    #[serde(flatten)]
    inspection: Inspection,
}

/// Looks.
pub(super) fn run(config: &Path, chosen: bool, scan: &Scan) -> Result<(), No> {
    let policy = policy(config, chosen)?;
    let mut inspector = Inspector::new(&policy, scan.tool.as_deref())
        .ok_or_else(|| No::Cannot("la politique n'a pas cet outil, ni d'outil de niveau 1 par défaut".into()))?;
    if scan.jsonl {
        lines(&mut inspector)
    } else {
        files(&mut inspector, scan)
    }
}

/// The policy of the settings; the built-in defaults where no settings were asked for and none are in place.
fn policy(config: &Path, chosen: bool) -> Result<Policy, No> {
    if !chosen && !config.exists() {
        return Policy::read(BUILT_IN, "réglages d'origine", civil(clock()()))
            .map_err(|why| No::Cannot(format!("la politique est refusée.\n{why}")));
    }
    super::policy(&settings(config)?).map(|(_, policy)| policy)
}

fn lines(inspector: &mut Inspector<'_>) -> Result<(), No> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = heard(number, line)?;
        if line.trim().is_empty() {
            continue;
        }
        let asked: Asked = serde_json::from_str(&line).map_err(|_| {
            No::Cannot(format!(
                "ligne {} : un objet JSON avec `id` et `text`, et rien d'autre, est attendu",
                number + 1
            ))
        })?;
        let inspection = inspector.inspect(&asked.text).map_err(No::cannot)?;
        serde_json::to_writer(
            &mut out,
            &Answered {
                id: asked.id,
                inspection,
            },
        )
        .map_err(No::refused)?;
        out.write_all(b"\n").map_err(No::refused)?;
    }
    out.flush().map_err(No::refused)
}

fn files(inspector: &mut Inspector<'_>, scan: &Scan) -> Result<(), No> {
    let mut stopped = false;
    for path in &scan.files {
        let text = check::text(path)?;
        if scan.mask {
            say!("{}", inspector.mask(&text).map_err(No::cannot)?);
            continue;
        }
        let seen = inspector.inspect(&text).map_err(No::cannot)?;
        for span in &seen.spans {
            say!("{}", shown(path, &text, span));
        }
        let verdict = if seen.blocked {
            "un outil de niveau 1 masquerait ou refuserait"
        } else {
            "rien n'arrêterait ce texte"
        };
        sayln!("{} : {} observation(s), {verdict}", path.display(), seen.spans.len());
        stopped |= seen.blocked;
    }
    if stopped { Err(No::Answer) } else { Ok(()) }
}

/// The place, the line and carets under what was seen.
fn shown(path: &Path, text: &str, span: &crate::gateway::Span) -> String {
    let start = text[..span.byte].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.byte..].find('\n').map_or(text.len(), |at| span.byte + at);
    let (line, before) = (
        text[..start].matches('\n').count() + 1,
        text[start..span.byte].chars().count(),
    );
    let width = text[span.byte..span.byte_end.min(end)].chars().count().max(1);
    format!(
        "{}:{line}:{}: {} ({}), score {:.2} [{}]\n  {}\n  {}{}\n",
        path.display(),
        before + 1,
        span.kind,
        span.class,
        span.score,
        span.evidence.join(", "),
        &text[start..end],
        " ".repeat(before),
        "^".repeat(width)
    )
}
