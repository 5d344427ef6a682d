//! Past requests under another policy: a table by hand, and what is not told of few people.

use super::*;
use crate::domain::{Counts, Decision};
use crate::policy::replay::stranger;

/// 23 November 2026.
const AT: Timestamp = Timestamp(1_795_430_000_000);

fn counts(counts: &[(&str, u32)]) -> Counts {
    counts
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

/// The shipped policy with these words for others, without its tests.
fn changed(changes: &[(&str, &str)]) -> Policy {
    let source = shipped();
    let source = &source[..source.find("[[test]]").unwrap()];
    let changed = changes.iter().fold(source.to_owned(), |source, (from, to)| {
        assert!(source.contains(from), "{from}");
        source.replace(from, to)
    });
    read(&changed)
}

type Row<'a> = (Option<&'a str>, Decision, Option<&'a str>, &'a Counts, &'a Counts);

fn past<'a>((tool, decision, rule, findings, kinds): Row<'a>) -> Past<'a> {
    Past {
        at: AT,
        tool,
        model: tool.map(|tool| {
            if tool == "gemini" {
                "gemini-2.5-flash"
            } else {
                "simulateur"
            }
        }),
        purpose: false,
        dialect: "gemini",
        decision,
        rule,
        findings,
        kinds,
    }
}

#[test]
fn a_past_request_is_decided_anew_where_its_row_tells_enough() {
    use Decision::{Allowed, Masked, Refused};
    let old = changed(&[]);
    let (none, person) = (counts(&[]), counts(&[("personal", 2)]));
    let (health, nir) = (
        counts(&[("health", 1)]),
        counts(&[("highly_personal", 1), ("personal", 1)]),
    );
    let (iodas, iodas_kind) = (counts(&[("vulnerable", 1)]), counts(&[("dossier-iodas", 1)]));
    let stricter = changed(&[("personal = \"mask\"", "personal = \"block\"")]);
    let laxer = changed(&[("health = \"block\"", "health = \"mask\"")]);
    let closed = changed(&[("review_before = 2027-06-30", "review_before = 2026-11-01")]);
    let reserved = changed(&[(
        "groups = [\"*\"]                                # tous les agents",
        "groups = [\"solidarites\"]",
    )]);
    let watched = changed(&[("pattern = 'IODAS", "observe = true\npattern = 'IODAS")]);
    let member = [caller("a.martin@departement04.example", &[], &[])];
    let other = [caller("b.durand@departement04.example", &[], &[])];
    let two = [
        other[0].clone(),
        caller("b.durand@departement04.example", &["solidarites"], &[]),
    ];
    let otherwise = |decision, rule: &str| Replay::Otherwise(decision, rule.to_owned());
    let screening = Some("screening.health");
    let cases: [(&str, &Policy, Row<'_>, &[Caller], Replay); 15] = [
        (
            "nothing found",
            &stricter,
            (Some("gemini"), Allowed, None, &none, &none),
            &[],
            Replay::Same,
        ),
        (
            "a name",
            &stricter,
            (Some("gemini"), Masked, Some("screening.personal"), &person, &none),
            &[],
            otherwise(Refused, "screening.personal"),
        ),
        (
            "the same name",
            &laxer,
            (Some("gemini"), Masked, Some("screening.personal"), &person, &none),
            &[],
            Replay::Same,
        ),
        (
            "health",
            &laxer,
            (Some("gemini"), Refused, screening, &health, &none),
            &[],
            otherwise(Masked, "screening.health"),
        ),
        (
            "a number beside a name",
            &stricter,
            (Some("gemini"), Refused, Some("screening.highly_personal"), &nir, &none),
            &[],
            Replay::Same,
        ),
        (
            "a closed tool",
            &closed,
            (Some("gemini"), Allowed, None, &none, &none),
            &[],
            otherwise(Refused, "review-overdue"),
        ),
        (
            "another tool",
            &closed,
            (Some("simulateur"), Allowed, None, &none, &none),
            &[],
            Replay::Same,
        ),
        (
            "a member",
            &reserved,
            (Some("gemini"), Allowed, None, &none, &none),
            &member,
            Replay::Same,
        ),
        (
            "somebody else",
            &reserved,
            (Some("gemini"), Allowed, None, &none, &none),
            &other,
            otherwise(Refused, "not-in-group"),
        ),
        (
            "nobody knows who",
            &reserved,
            (Some("gemini"), Allowed, None, &none, &none),
            &[],
            Replay::Unknown(Unknown::Caller),
        ),
        (
            "two keys",
            &reserved,
            (Some("gemini"), Allowed, None, &none, &none),
            &two,
            Replay::Unknown(Unknown::Keys),
        ),
        (
            "a detector now on trial",
            &watched,
            (
                Some("gemini"),
                Refused,
                Some("screening.vulnerable"),
                &iodas,
                &iodas_kind,
            ),
            &[],
            otherwise(Allowed, ""),
        ),
        (
            "a limit",
            &laxer,
            (
                Some("gemini"),
                Refused,
                Some("limits.requests_per_minute"),
                &none,
                &none,
            ),
            &[],
            Replay::Unknown(Unknown::Limit),
        ),
        (
            "a bad key",
            &laxer,
            (None, Refused, Some("bad-key"), &none, &none),
            &[],
            Replay::Unknown(Unknown::NotPolicy),
        ),
        (
            "a name in a file",
            &stricter,
            (Some("gemini"), Refused, Some("screening.personal"), &person, &none),
            &[],
            Replay::Unknown(Unknown::RowAlone),
        ),
    ];
    for (what, new, row, callers, expected) in cases {
        assert_eq!(new.replay(&past(row), Some(&old), callers), expected, "{what}");
    }
}

#[test]
fn what_was_refused_at_the_door_is_for_its_text_to_decide() {
    let none = counts(&[]);
    let closed = changed(&[("review_before = 2027-06-30", "review_before = 2026-11-01")]);
    let open = changed(&[]);
    let row = (Some("gemini"), Decision::Refused, Some("review-overdue"), &none, &none);
    assert_eq!(open.replay(&past(row), Some(&closed), &[]), Replay::Opened);
    let lost = (None, Decision::Refused, Some("unknown-tool"), &none, &none);
    assert_eq!(
        open.replay(&past(lost), Some(&closed), &[]),
        Replay::Unknown(Unknown::NoTool)
    );
}

#[test]
fn somebody_unknown_is_taken_for_admitted_where_the_perimeter_is_the_same() {
    let reserved = (
        "groups = [\"*\"]                                # tous les agents",
        "groups = [\"solidarites\"]",
    );
    let old = changed(&[reserved]);
    let new = changed(&[reserved, ("personal = \"mask\"", "personal = \"block\"")]);
    let (person, none) = (counts(&[("personal", 1)]), counts(&[]));
    let row = (
        Some("gemini"),
        Decision::Masked,
        Some("screening.personal"),
        &person,
        &none,
    );
    let expected = Replay::Otherwise(Decision::Refused, "screening.personal".into());
    assert_eq!(new.replay(&past(row), Some(&old), &[]), expected);
    assert_eq!(stranger().identity.as_str(), "");
}

#[test]
fn a_direction_is_shown_with_five_people_behind_it() {
    let none = counts(&[]);
    let told = |directions: &[(&str, usize)]| {
        let mut tally = Tally::default();
        for (direction, people) in directions {
            for person in 0..*people {
                let row = past((Some("gemini"), Decision::Allowed, None, &none, &none));
                let replay = Replay::Otherwise(Decision::Refused, "screening.personal".into());
                tally.add(&row, Some(direction), &format!("{direction} {person}"), replay);
            }
        }
        let json = tally.told().to_json();
        let lines = json["by_direction"].as_array().cloned();
        lines.map(|lines| {
            let line =
                |line: &serde_json::Value| (line["direction"].to_string(), line["now_refused"].as_u64().unwrap());
            lines.iter().map(line).collect::<Vec<_>>()
        })
    };
    let line = |name: &str, count| (format!("\"{name}\""), count);
    for (directions, expected) in [
        (
            &[("Routes", 5), ("Solidarités", 7)][..],
            Some(vec![line("Routes", 5), line("Solidarités", 7)]),
        ),
        (
            &[("Routes", 4), ("Culture", 3), ("Solidarités", 7)],
            Some(vec![line("Solidarités", 7), line("autres", 7)]),
        ),
        // Two people alone would be told by what is missing: the smallest neighbour goes with them.
        (
            &[("Culture", 2), ("Routes", 5), ("Solidarités", 7)],
            Some(vec![line("Solidarités", 7), line("autres", 7)]),
        ),
        (&[("Culture", 4)], None),
        (&[], Some(vec![])),
    ] {
        assert_eq!(told(directions), expected, "{directions:?}");
    }
}
