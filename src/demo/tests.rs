//! The story itself. Writing it down, on both engines, is in `tests/gateway/intake.rs`.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::*;
use crate::domain::{Decision, Month, Outcome, Timestamp};
use crate::identity::Pseudonyms;
use crate::policy::{Policy, civil, midnight};

/// Noon in Paris on a day of the middle of November 2026.
fn until() -> Timestamp {
    Timestamp(midnight(Date::constant(2026, 11, 18)).0 + 12 * 3_600_000)
}

fn shipped() -> Policy {
    let source = include_str!("../../config/policy.toml");
    Policy::read(source, "policy.toml", civil(until())).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

fn imagine(policy: &Policy, seed: u64, months: u8) -> Story {
    let pseudonyms = Pseudonyms::new(&[7; 32]).unwrap();
    let plan = Plan {
        policy,
        pseudonyms: &pseudonyms,
        seed,
        months,
        until: until(),
    };
    plan.imagine()
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let policy = shipped();
    let (one, same, other) = (imagine(&policy, 4, 2), imagine(&policy, 4, 2), imagine(&policy, 5, 2));
    assert_eq!(format!("{one:?}"), format!("{same:?}"));
    assert_ne!(one.requests.len(), other.requests.len());
}

#[test]
fn a_story_is_one_that_a_gateway_could_tell() {
    let story = imagine(&shipped(), 4, 6);
    let months: BTreeSet<Month> = story
        .requests
        .iter()
        .map(|(entry, _)| Month::from(civil(entry.occurred_at)))
        .collect();
    let expected: Vec<Month> = "2026-05"
        .parse::<Month>()
        .unwrap()
        .to("2026-11".parse().unwrap())
        .collect();
    assert!(months.iter().eq(&expected), "{months:?}");
    assert!(story.requests.is_sorted_by_key(|(entry, _)| entry.occurred_at));
    let ids: BTreeSet<_> = story.requests.iter().map(|(entry, _)| entry.id.0).collect();
    assert_eq!(ids.len(), story.requests.len());
    for (entry, end) in &story.requests {
        assert!(entry.occurred_at <= until() && entry.instance == INSTANCE && entry.caller.len() == 32);
        let refused = entry.decision == Decision::Refused;
        assert_eq!(refused, end.outcome == Outcome::Refused);
        let observed = entry.rule.as_ref().is_some_and(|rule| rule.starts_with("observe."));
        assert_eq!(
            entry.decision == Decision::Allowed,
            entry.rule.is_none() || observed,
            "{entry:?}"
        );
        assert!(entry.decision != Decision::Masked || !entry.findings.is_empty());
        assert!(entry.direction.is_some());
        let of_none = matches!(entry.rule.as_deref(), Some("no-tool-for-model" | "unreadable"));
        assert_eq!(entry.tool.is_none(), of_none, "{entry:?}");
        // What nobody knows is nothing, never zero.
        let known = matches!(
            entry.tool.as_deref(),
            Some("gemini" | "demo-comptes-rendus" | "demo-marches")
        );
        assert_eq!(end.energy_kwh.is_some(), known && end.tokens.output.is_some());
        assert!(end.energy_kwh.is_none_or(|(least, most)| 0.0 < least && least <= most));
    }
    let share = |decision| {
        let these = story
            .requests
            .iter()
            .filter(|(entry, _)| entry.decision == decision)
            .count();
        these as f64 / story.requests.len() as f64
    };
    let observed = story.requests.iter().filter(|(entry, _)| {
        let rule = entry.rule.as_deref().unwrap_or_default();
        rule == "observe.refused.demo-numero-de-dossier" && entry.decision == Decision::Allowed
    });
    let observers: BTreeSet<_> = observed.map(|(entry, _)| &entry.caller).collect();
    assert!(observers.len() > 20, "a detector on trial is seen in the report");
    assert!((0.01..0.1).contains(&share(Decision::Refused)) && (0.03..0.2).contains(&share(Decision::Masked)));
    assert!(
        story
            .feedback
            .iter()
            .all(|said| said.at <= until() && said.rating.is_some_and(|r| (1..=5).contains(&r)))
    );
    let open = story.incidents.iter().filter(|(_, closed)| closed.is_none()).count();
    assert!(open > 0 && open < story.incidents.len());
    assert!(!story.workspace.is_empty() && story.workspace.iter().all(|used| used.at <= until()));
}

#[test]
fn usage_grows_and_rests_on_holidays() {
    let story = imagine(&shipped(), 4, 6);
    let on = |day: &str| {
        let day: Date = day.parse().unwrap();
        story
            .requests
            .iter()
            .filter(|(entry, _)| civil(entry.occurred_at) == day)
            .count()
    };
    assert_eq!(on("2026-07-14") + on("2026-11-11"), 0);
    assert!(
        on("2026-11-10") > 3 * on("2026-05-05"),
        "{} and {}",
        on("2026-11-10"),
        on("2026-05-05")
    );
    assert!(on("2026-11-08") < on("2026-11-09") / 10, "a Sunday and a Monday");
}
