//! `gardefou test`: plays the `[[test]]`s of a policy, one line each.

use std::path::Path;

use serde_json::json;

use crate::policy::{Played, Policy, Standing, civil};

use super::{Format, No, check, clock};

/// Plays the tests of the given policy, or of that of the settings.
pub(super) fn run(config: &Path, file: Option<&Path>, format: Format) -> Result<(), No> {
    let path = check::named_or_settled(config, file)?;
    let (source, origin) = (check::text(&path)?, path.display().to_string());
    let played = match Policy::rehearse(&source, &origin, civil(clock()())) {
        Ok(played) => played,
        Err(diagnostics) => {
            match format {
                Format::Text => eprint!("{diagnostics}"),
                Format::Json => sayln!("{}", json!({ "ok": false, "diagnostics": diagnostics.to_json() })),
            }
            return Err(No::Answer);
        }
    };
    let red = played
        .iter()
        .filter(|test| matches!(test.standing, Standing::Red(_)))
        .count();
    match format {
        Format::Text => {
            played.iter().for_each(|test| line(&origin, test));
            sayln!("{origin} : {}", summed(&played, red));
        }
        Format::Json => sayln!(
            "{}",
            json!({ "ok": red == 0, "tests": played.iter().map(object).collect::<Vec<_>>() })
        ),
    }
    if red == 0 { Ok(()) } else { Err(No::Answer) }
}

fn line(origin: &str, test: &Played) {
    let Played {
        name,
        line,
        expected,
        why,
        ..
    } = test;
    match test.standing {
        Standing::Green => sayln!("✓ réussi     {name} : {}", expected.french()),
        Standing::OutOfDate => sayln!("– non joué   {name} : {why}"),
        Standing::Red(came) => sayln!(
            "✗ échoué     {name} : {}, attendu : {} ({origin}:{line})\n             {why}",
            came.french(),
            expected.french()
        ),
    }
}

fn summed(played: &[Played], red: usize) -> String {
    let skipped = played
        .iter()
        .filter(|test| test.standing == Standing::OutOfDate)
        .count();
    let green = played.len() - red - skipped;
    if played.is_empty() {
        return "aucun essai ([[test]])".into();
    }
    format!("essais : {green} réussi(s), {red} échoué(s), {skipped} non joué(s)")
}

fn object(test: &Played) -> serde_json::Value {
    let (standing, came) = match test.standing {
        Standing::Green => ("passed", Some(test.expected)),
        Standing::Red(came) => ("failed", Some(came)),
        Standing::OutOfDate => ("skipped", None),
    };
    json!({
        "name": test.name, "line": test.line, "result": standing, "expected": test.expected.name(),
        "decision": came.map(crate::domain::Decision::name), "why": test.why,
    })
}
