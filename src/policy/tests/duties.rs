//! What tools ask of callers beyond their perimeter, rule by rule: the days of a late review, domains, a reason, the
//! page of a training, the model of a request without one.

use super::*;

/// One tool for all on a simulated backend, with more of its keys and more sections.
fn policy(keys: &str, sections: &str) -> Policy {
    let source = format!(
        "[charter]\nversion = \"2\"\nurl = \"https://neo.example/charte-ia\"\nacceptance = \"off\"\n\
         [contacts]\ndsiun = \"dsiun@x.example\"\nrssi = \"rssi@x.example\"\ndpo = \"dpo@x.example\"\n\
         [mention]\ntext = \"Écrit avec une IA.\"\n[[backend]]\nid = \"s\"\ndialect = \"simulated\"\n{sections}\n\
         [[tool]]\nid = \"t\"\nname = \"T\"\nlevel = 1\nstatus = \"validated\"\nbackends = [\"s\"]\nmodels = [\"t-*\"]\n\
         decision = {{ reference = \"D\", date = 2026-01-01 }}\npurpose = \"p\"\ndata_used = \"d\"\nlegal_basis = \"l\"\n\
         provider = \"p\"\nhosting = \"h\"\n{keys}\n"
    );
    read(&source)
}

const REVIEWED: &str = "review_before = 2030-01-01\n";

fn ask<'a>(caller: &'a Caller, today: Date) -> Ask<'a> {
    Ask {
        dialect: "openai",
        model: Some("t-1"),
        tool: None,
        purpose: true,
        caller,
        now: Timestamp(0),
        today,
    }
}

/// `-` where nothing is said, the beginning of a reminder, or the code of a denial.
fn answer(policy: &Policy, ask: &Ask<'_>) -> String {
    match policy.admit(ask) {
        Ok(admission) => admission.reminders.first().map_or("-".into(), Clone::clone),
        Err(denial) => denial.code().to_owned(),
    }
}

#[test]
fn a_late_review_has_its_days_and_no_more() {
    let (caller, late) = (caller("a@x.example", &[], &[]), "review_before = 2026-11-23\n");
    let day = |day: i8| Date::constant(2026, 12, day);
    for (grace, today, expected) in [
        ("", Date::constant(2026, 11, 23), "-"),
        ("", Date::constant(2026, 11, 24), "review-overdue"),
        ("grace_days = 0", Date::constant(2026, 11, 24), "review-overdue"),
        ("grace_days = 10", Date::constant(2026, 11, 23), "-"),
        (
            "grace_days = 10",
            Date::constant(2026, 11, 24),
            "Cet outil devait être réexaminé avant le 23 novembre 2026",
        ),
        (
            "grace_days = 10",
            day(3),
            "Cet outil devait être réexaminé avant le 23 novembre 2026",
        ),
        ("grace_days = 10", day(4), "review-overdue"),
        ("grace_days = 366", Date::constant(2027, 11, 24), "Cet outil devait"),
        ("grace_days = 366", Date::constant(2027, 11, 25), "review-overdue"),
    ] {
        let policy = policy(&format!("{late}{grace}"), "");
        let answer = answer(&policy, &ask(&caller, today));
        assert!(answer.starts_with(expected), "{grace} {today}: {answer}");
    }
    // At the end of the calendar, days are counted to its end.
    let policy = policy("review_before = 9999-12-30\ngrace_days = 366", "");
    assert!(answer(&policy, &ask(&caller, Date::constant(9999, 12, 31))).starts_with("Cet outil devait"));
}

#[test]
fn domains_are_those_of_all_groups_of_the_caller() {
    let groups = "[[group]]\nid = \"social\"\ndomains = [\"action sociale\", \"enfance\"]\n\
        [[group]]\nid = \"routes\"\ndomains = [\"voirie\"]\n[[group]]\nid = \"direction\"\ndomains = [\"*\"]\n\
        [[group]]\nid = \"tous\"\nmembers = [\"a@x.example\"]\n";
    for (in_groups, inside) in [
        (&["social"][..], true),
        (&["routes", "social"], true),
        (&["direction"], true),
        (&["routes"], false),
        (&["tous"], false),
        (&["inconnu"], false),
        (&[], false),
    ] {
        for (outside, expected) in [
            ("remind", "Cet outil est prévu pour : enfance"),
            ("refuse", "outside-domains"),
        ] {
            let keys = format!("{REVIEWED}domains = [\"enfance\"]\noutside_domains = \"{outside}\"");
            let caller = caller("a@x.example", in_groups, &[]);
            let answer = answer(&policy(&keys, groups), &ask(&caller, today()));
            let expected = if inside { "-" } else { expected };
            assert!(answer.starts_with(expected), "{in_groups:?} {outside}: {answer}");
        }
        // A tool for any domain is for them all.
        let caller = caller("a@x.example", in_groups, &[]);
        assert_eq!(answer(&policy(REVIEWED, groups), &ask(&caller, today())), "-");
    }
}

#[test]
fn a_reason_is_asked_where_the_tool_asks_for_it() {
    let caller = caller("a@x.example", &[], &[]);
    for (keys, purpose, expected) in [
        ("", false, "-"),
        ("purpose_required = false", false, "-"),
        ("purpose_required = true", false, "purpose-missing"),
        ("purpose_required = true", true, "-"),
    ] {
        let ask = Ask {
            purpose,
            ..ask(&caller, today())
        };
        assert_eq!(
            answer(&policy(&format!("{REVIEWED}{keys}"), ""), &ask),
            expected,
            "{keys} {purpose}"
        );
    }
}

#[test]
fn a_missing_training_is_told_with_its_page() {
    let page = "[[training]]\nid = \"ia\"\nname = \"L'IA au quotidien\"\nurl = \"https://neo.example/ia\"\n";
    let past = "[[attestation]]\ntraining = \"ia\"\nholder = \"a@x.example\"\nvalid_until = 2026-01-01\n";
    let keys = format!("{REVIEWED}training = \"ia\"");
    for (sections, id, expected) in [
        ("".to_owned(), "a@x.example", ("« ia »", false)),
        (page.to_owned(), "a@x.example", ("« L'IA au quotidien »", true)),
        (
            format!("{page}{past}"),
            "a@x.example",
            ("plus valable depuis le 1er janvier 2026", true),
        ),
    ] {
        let policy = policy(&keys, &sections);
        let caller = caller(id, &[], &[]);
        let denial = policy.admit(&ask(&caller, today())).unwrap_err();
        let words = denial.public(policy.contacts());
        assert!(words.contains(expected.0), "{words}");
        assert_eq!(words.contains("(https://neo.example/ia)"), expected.1, "{words}");
    }
}

#[test]
fn a_request_without_a_model_has_that_of_its_tool_or_of_the_first_that_has_one() {
    let with = policy(&format!("{REVIEWED}default_model = \"t-petit\""), "");
    let without = policy(REVIEWED, "");
    for (policy, tool, expected) in [
        (&with, None, Some("t-petit")),
        (&with, Some("t"), Some("t-petit")),
        (&with, Some("autre"), None),
        (&without, None, None),
        (&without, Some("t"), None),
    ] {
        assert_eq!(policy.default_model("openai", tool), expected, "{tool:?}");
    }
    // Without a tool's name, only a tool for all answers.
    let specialised = policy(
        &format!("{REVIEWED}default_model = \"t-petit\""),
        "[[group]]\nid = \"g\"\n[[tool]]\nid = \"m\"\nname = \"M\"\nlevel = 3\nstatus = \"validated\"\nbackends = [\"s\"]\n\
         models = [\"m-1\"]\ndefault_model = \"m-1\"\ngroups = [\"g\"]\ntraining = \"ia\"\nreview_before = 2030-01-01\n\
         decision = { reference = \"D\", date = 2026-01-01 }\npurpose = \"p\"\ndata_used = \"d\"\nlegal_basis = \"l\"\n\
         provider = \"p\"\nhosting = \"h\"\n",
    );
    assert_eq!(specialised.default_model("openai", None), Some("t-petit"));
    assert_eq!(specialised.default_model("openai", Some("m")), Some("m-1"));
}
