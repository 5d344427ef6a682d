//! `gardefou check`: reads a policy as the gateway would, and shows every mistake at once.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::domain::{counted, trouble};
use crate::policy::{Diagnostics, Policy, civil};

use super::{Form, No, clock, settings};

/// Checks the given policy, or that of the settings.
pub(super) fn run(config: &Path, file: Option<&Path>, form: Form) -> Result<(), No> {
    if !matches!(form, Form::Text | Form::Json | Form::Sarif) {
        return Err(No::Cannot("`check` répond en `text`, en `json` ou en `sarif`".into()));
    }
    let path = named_or_settled(config, file)?;
    match read(&path)? {
        Ok(policy) => {
            good(&path, &policy, form);
            Ok(())
        }
        Err(diagnostics) => {
            match form {
                Form::Json => sayln!("{}", json!({ "ok": false, "diagnostics": diagnostics.to_json() })),
                Form::Sarif => sayln!("{:#}", diagnostics.to_sarif()),
                _ => eprint!("{diagnostics}"),
            }
            Err(No::Answer)
        }
    }
}

fn good(path: &Path, policy: &Policy, form: Form) {
    let warnings = policy.warnings();
    match form {
        Form::Json => sayln!(
            "{}",
            json!({ "ok": true, "hash": policy.hash(), "diagnostics": warnings.to_json() })
        ),
        Form::Sarif => sayln!("{:#}", warnings.to_sarif()),
        _ => {
            eprint!("{warnings}");
            sayln!(
                "{} : politique correcte ({}, {})",
                path.display(),
                counted(policy.tools().len(), "outil"),
                policy.hash()
            );
        }
    }
}

/// The file that was named, or the policy of the settings.
pub(super) fn named_or_settled(config: &Path, file: Option<&Path>) -> Result<PathBuf, No> {
    match file {
        Some(file) => Ok(file.to_path_buf()),
        None => Ok(settings(config)?.policy_path()),
    }
}

/// What is in a file: a policy, or its mistakes.
pub(super) fn read(path: &Path) -> Result<Result<Policy, Diagnostics>, No> {
    let source = text(path)?;
    Ok(Policy::read(&source, &path.display().to_string(), civil(clock()())))
}

/// The text of a file.
pub(super) fn text(path: &Path) -> Result<String, No> {
    let cannot = |why: String| No::Cannot(format!("{} ne peut pas être lu ({why})", path.display()));
    let bytes = std::fs::read(path).map_err(|error| cannot(trouble(&error)))?;
    crate::domain::text(bytes).map_err(|why| cannot(why.to_string()))
}
