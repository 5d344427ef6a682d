//! `gardefou replay`: how many past requests another policy would have decided otherwise, before anybody votes on it.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;

use crate::domain::Timestamp;
use crate::ledger::past::{self, PastRequest};
use crate::policy::{Past, Policy, Subject, Tally, civil, differences, midnight};
use crate::settings::Settings;

use super::{Format, No, block_on, callers::Callers, check, clock, policy, settings};

/// Which policy, and how much of the past.
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// La politique à essayer
    #[arg(long, value_name = "FICHIER")]
    policy: PathBuf,
    /// Depuis quand : 30d (par défaut), 12w, ou un jour (AAAA-MM-JJ)
    #[arg(long, value_name = "DURÉE", default_value = "30d")]
    since: String,
}

/// Tries it.
pub(super) fn run(config: &Path, replay: &Replay, format: Format) -> Result<(), No> {
    let settings = settings(config)?;
    let from = since(&replay.since, clock()())?;
    let new = match check::read(&replay.policy)? {
        Ok(new) => new,
        Err(diagnostics) => {
            match format {
                Format::Text => eprint!("La politique à essayer est refusée.\n{diagnostics}"),
                Format::Json => sayln!("{}", json!({ "ok": false, "diagnostics": diagnostics.to_json() })),
            }
            return Err(No::Answer);
        }
    };
    let (_, current) = policy(&settings)?;
    let (tally, unknown_versions) = block_on(replayed(&settings, &new, &current, from))??;
    let notes = notes(&current, &new, unknown_versions);
    let told = tally.told();
    match format {
        Format::Text => {
            sayln!("Depuis le {} :", civil(from));
            say!("{told}");
            notes.iter().for_each(|note| sayln!("\nÀ savoir : {note}"));
        }
        Format::Json => {
            let mut object = told.to_json();
            object["ok"] = json!(true);
            object["since"] = json!(civil(from).to_string());
            object["policy"] = json!(new.hash());
            object["notes"] = json!(notes);
            sayln!("{object}");
        }
    }
    Ok(())
}

/// Replays every row since then; also how many were decided by a policy that nobody has any more.
async fn replayed(settings: &Settings, new: &Policy, current: &Policy, from: Timestamp) -> Result<(Tally, u64), No> {
    let url = &settings.database.url;
    let mut versions: HashMap<String, Option<Policy>> = HashMap::new();
    for hash in past::policies_since(url, from).await.map_err(No::cannot)? {
        versions.insert(hash, None);
    }
    let mut callers = Callers::known(settings, &[current, new]).await?;
    for (hash, version) in &mut versions {
        if let Some(office) = callers.office()
            && let Some(kept) = office.policy_version(hash).await.map_err(No::cannot)?
        {
            *version = Policy::read(&kept.document, "version conservée", civil(clock()())).ok();
        }
    }
    let (mut tally, mut unknown_versions) = (Tally::default(), 0);
    past::since(url, from, |row: PastRequest| {
        let kept = versions.get(&row.policy_hash).and_then(Option::as_ref);
        let old = kept.or((row.policy_hash == current.hash()).then_some(current));
        unknown_versions += u64::from(old.is_none());
        let past = of(&row);
        let replay = new.replay(&past, old, &callers.behind(&row.caller, row.occurred_at));
        tally.add(&past, row.direction.as_deref(), &row.caller, replay);
    })
    .await
    .map_err(No::cannot)?;
    Ok((tally, unknown_versions))
}

/// What a policy looks at in a row.
pub(super) fn of(row: &PastRequest) -> Past<'_> {
    Past {
        at: row.occurred_at,
        tool: row.tool.as_deref(),
        model: row.model.as_deref(),
        purpose: row.with_purpose,
        dialect: &row.dialect,
        decision: row.decision,
        rule: row.rule.as_deref(),
        findings: &row.findings,
        kinds: &row.finding_types,
    }
}

/// What cannot be seen in these figures.
fn notes(current: &Policy, new: &Policy, unknown_versions: u64) -> Vec<String> {
    let mut notes = Vec::new();
    let difference = differences(current, new);
    let detects = |subject: &Subject| matches!(subject, Subject::Detector(_) | Subject::Allow);
    if difference.iter().any(|change| detects(&change.subject)) {
        notes.push(
            "des détecteurs ou des exceptions changent : ce qu'ils trouveraient en plus ou en moins ne se rejoue pas, le \
             texte n'étant pas conservé"
                .to_owned(),
        );
    }
    if current.charter().version != new.charter().version {
        notes.push(format!(
            "la version {} de la charte est supposée acceptée par qui avait accepté la précédente ; chacun devra l'accepter",
            new.charter().version
        ));
    }
    if unknown_versions > 0 {
        notes.push(format!(
            "{unknown_versions} demandes ont été décidées par une version de la politique qui n'est plus conservée : leur \
             décision n'a pas pu être retrouvée d'abord"
        ));
    }
    notes
}

/// The start of the time that is asked for.
fn since(text: &str, now: Timestamp) -> Result<Timestamp, No> {
    const DAY: i64 = 86_400_000;
    if let Ok(day) = text.parse::<jiff::civil::Date>() {
        return Ok(midnight(day));
    }
    let unit = text.chars().next_back();
    let days = match unit {
        Some('d' | 'j') => Some(1),
        Some('w' | 's') => Some(7),
        _ => None,
    };
    let count = text
        .get(..text.len().saturating_sub(1))
        .and_then(|count| count.parse::<u16>().ok());
    match days.zip(count) {
        Some((days, count)) if count > 0 => Ok(Timestamp(now.0 - days * i64::from(count) * DAY)),
        _ => Err(No::Cannot(format!(
            "« {text} » n'est ni une durée (30d, 12w) ni un jour (2026-11-01)"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_so_many_days_or_weeks_or_since_a_day() {
        let now = Timestamp(1_790_000_000_000);
        for (text, days) in [("30d", 30), ("1j", 1), ("12w", 84), ("2s", 14)] {
            assert_eq!(since(text, now).unwrap().0, now.0 - days * 86_400_000, "{text}");
        }
        assert_eq!(civil(since("2026-11-01", now).unwrap()).to_string(), "2026-11-01");
        for text in ["", "d", "0d", "-3d", "30", "30h", "99999d", "é"] {
            assert!(since(text, now).is_err(), "{text}");
        }
    }
}
