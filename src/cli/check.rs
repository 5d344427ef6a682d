//! `gardefou check`: reads a policy as the gateway would, and shows every mistake at once.

use std::path::Path;

use crate::policy::{Policy, civil};

use super::{Format, No, clock, settings};

/// Checks the given policy, or that of the settings.
pub(super) fn run(config: &Path, file: Option<&Path>, format: Format) -> Result<(), No> {
    let path = match file {
        Some(file) => file.to_path_buf(),
        None => settings(config)?.policy_path(),
    };
    let source = std::fs::read_to_string(&path)
        .map_err(|error| No::Cannot(format!("{} ne peut pas être lu ({error})", path.display())))?;
    let origin = path.display().to_string();
    match Policy::read(&source, &origin, civil(clock()())) {
        Ok(policy) => {
            let warnings = policy.warnings();
            match format {
                Format::Text => {
                    eprint!("{warnings}");
                    println!(
                        "{origin} : politique correcte ({} outils, {})",
                        policy.tools().len(),
                        policy.hash()
                    );
                }
                Format::Json => println!(
                    "{}",
                    serde_json::json!({ "ok": true, "hash": policy.hash(), "diagnostics": warnings.to_json() })
                ),
            }
            Ok(())
        }
        Err(diagnostics) => {
            match format {
                Format::Text => eprint!("{diagnostics}"),
                Format::Json => println!(
                    "{}",
                    serde_json::json!({ "ok": false, "diagnostics": diagnostics.to_json() })
                ),
            }
            Err(No::Answer)
        }
    }
}
