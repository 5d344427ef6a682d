//! Who may use what, when, in which dialect: tables written by hand.

use super::*;

/// A tool of each sort. `@` is the charter's acceptance.
const POLICY: &str = r#"
[charter]
version = "2"
url = "https://neo.example/charte-ia"
acceptance = "@"
[contacts]
dsiun = "dsiun@x.example"
rssi = "rssi@x.example"
dpo = "dpo@x.example"
[mention]
text = "Ce message a été généré avec l'aide d'un outil IA."

[[group]]
id = "solidarites"
members = ["A.Martin@x.example"]
direction = "Solidarités"
[[group]]
id = "routes"
idp_groups = ["dri@x.example"]
direction = "Routes"
[[group]]
id = "tous"
members = ["a.martin@x.example", "b.durand@x.example"]
direction = "Département"

[[backend]]
id = "g"
dialect = "gemini"
base_url = "https://g.example"
[[backend]]
id = "o"
dialect = "openai"
base_url = "https://o.example/v1"
[[backend]]
id = "s"
dialect = "simulated"

TOOL sim 1 validated ["s"] ["sim*"]
TOOL gemini 1 validated ["g"] ["gemini-*"]
TOOL pro 1 suspended ["g"] ["gemini-3-ultra"]
TOOL flash 1 validated ["g"] ["gemini-2.5-flash", "gemini-2.5-flash-*"]
TOOL old 1 withdrawn ["o"] ["gpt-*"]
TOOL gpt 1 validated ["o", "s"] ["gpt-*"]
TOOL idea 1 proposed [] ["claude-*"]
TOOL early 1 validated ["o"] ["early"]
valid_from = 2026-11-24
TOOL late 1 validated ["o"] ["late"]
valid_until = 2026-11-22
TOOL last 1 validated ["o"] ["last"]
valid_from = 2026-11-23
valid_until = 2026-11-23
TOOL stale 1 validated ["o"] ["stale"]
review_before = 2026-11-22
TOOL due 1 validated ["o"] ["due"]
review_before = 2026-11-23
TOOL tried 1 trial ["o"] ["tried"]
valid_until = 2026-11-22
groups = ["solidarites"]
TOOL visio 2 validated [] ["visio"]
TOOL roads 3 validated ["o"] ["roads"]
groups = ["routes", "solidarites"]
TOOL care 3 validated ["o"] ["care"]
groups = ["solidarites", "routes"]
training = "ia"
accepts = ["health"]
impact_assessment = "AIPD"
domains = ["action sociale"]

[[attestation]]
training = "ia"
holder = "a.martin@x.example"
valid_until = 2026-11-23
[[attestation]]
training = "ia"
holder = "c.blanc@x.example"
valid_until = 2026-11-22
[[attestation]]
training = "autre"
holder = "d.vert@x.example"
valid_until = 2030-01-01
"#;

/// Writes out the short lines of [`POLICY`].
fn policy(acceptance: &str) -> Policy {
    let mut source = String::new();
    let mut lines = POLICY.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(tool) = line.strip_prefix("TOOL ") else {
            source += &line.replace(
                '@',
                if line.starts_with("acceptance") {
                    acceptance
                } else {
                    "@"
                },
            );
            source += "\n";
            continue;
        };
        let [id, level, status, rest] = tool.splitn(4, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let (backends, models) = rest.split_once("] ").unwrap();
        source += &format!(
            "[[tool]]\nid = \"{id}\"\nname = \"{id}\"\nlevel = {level}\nstatus = \"{status}\"\n\
             backends = {backends}]\nmodels = {models}\n\
             decision = {{ reference = \"D\", date = 2026-01-01 }}\n\
             purpose = \"p\"\ndata_used = \"d\"\nlegal_basis = \"l\"\nprovider = \"p\"\nhosting = \"h\"\n"
        );
        if !lines.peek().is_some_and(|next| next.starts_with("review_before")) {
            source += "review_before = 2030-01-01\n";
        }
    }
    read(&source)
}

/// The tool's id and its backends, or the code of the denial.
fn answer(policy: &Policy, caller: &Caller, dialect: &str, tool: Option<&str>, model: Option<&str>) -> String {
    let ask = Ask {
        dialect,
        model,
        tool,
        purpose: true,
        caller,
        now: Timestamp(0),
        today: today(),
    };
    match policy.admit(&ask) {
        Ok(admission) => {
            let backends: Vec<_> = admission.backends.iter().map(|backend| backend.id.as_str()).collect();
            format!("{} by {}", admission.tool.id, backends.join(" "))
        }
        Err(denial) => denial.code().to_owned(),
    }
}

#[test]
fn a_model_leads_to_the_tool_that_names_it_best() {
    let policy = policy("off");
    let caller = caller("b.durand@x.example", &[], &[]);
    for (dialect, model, expected) in [
        ("gemini", "gemini-2.5-pro", "gemini by g"),
        ("gemini", "models/gemini-2.5-pro", "gemini by g"),
        ("gemini", "gemini-2.5-flash", "flash by g"),
        ("gemini", "gemini-2.5-flash-lite", "flash by g"),
        ("gemini", "gemini-2.5-flas", "gemini by g"),
        ("gemini", "gemini-3-ultra", "not-served"),
        ("openai", "gemini-3-ultra", "not-served"),
        ("gemini", "gemini", "no-tool-for-model"),
        ("gemini", "Gemini-2.5-pro", "no-tool-for-model"),
        ("gemini", "", "no-tool-for-model"),
        ("gemini", "gémini", "no-tool-for-model"),
        ("openai", "gemini-2.5-pro", "no-backend-for-dialect"),
        ("openai", "models/gpt-5", "no-tool-for-model"),
        ("openai", "gpt-5", "gpt by o s"),
        ("anthropic", "gpt-5", "gpt by s"),
        ("cohere", "gpt-5", "no-tool-for-model"),
        ("openai", "claude-4", "not-served"),
        ("openai", "visio", "not-routed"),
        ("gemini", "simulateur", "sim by s"),
        ("anthropic", "sim", "sim by s"),
    ] {
        assert_eq!(
            answer(&policy, &caller, dialect, None, Some(model)),
            expected,
            "{dialect} {model}"
        );
    }
}

#[test]
fn a_tool_asked_for_by_its_id_has_its_own_models_only() {
    let policy = policy("off");
    let caller = caller("b.durand@x.example", &[], &[]);
    for (tool, model, expected) in [
        ("gpt", Some("gpt-5"), "gpt by o s"),
        ("gpt", None, "gpt by o s"),
        ("gpt", Some("late"), "no-tool-for-model"),
        ("gpt", Some(""), "no-tool-for-model"),
        ("gemini", Some("gemini-2.5-pro"), "no-backend-for-dialect"),
        ("visio", Some("x"), "not-routed"),
        ("visio", None, "not-routed"),
        ("old", Some("gpt-5"), "not-served"),
        ("idea", Some("claude-4"), "not-served"),
        ("gptt", Some("gpt-5"), "unknown-tool"),
        ("", None, "unknown-tool"),
        ("GPT", None, "unknown-tool"),
    ] {
        assert_eq!(
            answer(&policy, &caller, "openai", Some(tool), model),
            expected,
            "{tool} {model:?}"
        );
    }
}

/// What a list says of a tool and what its callers are answered come from one place.
#[test]
fn a_tool_is_told_as_open_exactly_on_days_on_which_its_status_and_dates_admit() {
    const ABOUT: [&str; 4] = ["not-served", "not-yet-valid", "expired", "review-overdue"];
    let policy = policy("off");
    let anyone = caller("a.martin@x.example", &[], &[]);
    let first = Date::constant(2026, 11, 1);
    let (mut open, mut closed) = (0, 0);
    for day in (0..60).map(|days| first.saturating_add(jiff::Span::new().days(days))) {
        for tool in policy.tools() {
            let ask = Ask {
                dialect: "openai",
                model: None,
                tool: Some(&tool.id),
                purpose: true,
                caller: &anyone,
                now: Timestamp(0),
                today: day,
            };
            let steps = policy.explain(&ask).expect("a tool of the list").steps;
            let refusing = steps.iter().find_map(|step| match &step.answer {
                Answer::Refuses(denial) if ABOUT.contains(&denial.code()) => Some(denial.code()),
                _ => None,
            });
            let told = tool.closed(day).map(|closed| match closed {
                Closed::Status(_) => "not-served",
                Closed::Until(_) => "not-yet-valid",
                Closed::Since(_) => "expired",
                Closed::Unreviewed(_) => "review-overdue",
            });
            assert_eq!(told, refusing, "{} on {day}", tool.id);
            if told.is_some() {
                assert!(policy.admit(&ask).is_err(), "{} on {day}", tool.id);
                closed += 1;
            } else {
                open += 1;
            }
        }
    }
    assert!(open > 100 && closed > 100, "{open} and {closed}");
}

#[test]
fn a_tool_is_served_on_its_days() {
    let policy = policy("off");
    let caller = caller("a.martin@x.example", &[], &[]);
    for (model, expected) in [
        ("early", "not-yet-valid"),
        ("late", "expired"),
        ("last", "last by o"),
        ("stale", "review-overdue"),
        ("due", "due by o"),
        ("tried", "expired"),
    ] {
        assert_eq!(
            answer(&policy, &caller, "openai", None, Some(model)),
            expected,
            "{model}"
        );
    }
}

#[test]
fn a_specialised_tool_is_for_its_groups_and_the_trained() {
    let policy = policy("off");
    for (id, groups, model, expected) in [
        ("a.martin@x.example", &[][..], "roads", "roads by o"),
        ("A.MARTIN@X.EXAMPLE", &[], "roads", "roads by o"),
        ("b.durand@x.example", &[], "roads", "not-in-group"),
        ("b.durand@x.example", &["routes"], "roads", "roads by o"),
        ("b.durand@x.example", &["dri@x.example"], "roads", "roads by o"),
        ("b.durand@x.example", &["tous", "autre"], "roads", "not-in-group"),
        ("b.durand@x.example", &["*"], "roads", "not-in-group"),
        ("solidarites", &[], "roads", "not-in-group"),
        ("", &[], "roads", "not-in-group"),
        ("a.martin@x.example", &[], "care", "care by o"),
        ("b.durand@x.example", &["routes"], "care", "training-missing"),
        ("c.blanc@x.example", &["routes"], "care", "training-missing"),
        ("d.vert@x.example", &["routes"], "care", "training-missing"),
        ("c.blanc@x.example", &[], "care", "not-in-group"),
    ] {
        assert_eq!(
            answer(&policy, &caller(id, groups, &[]), "openai", None, Some(model)),
            expected,
            "{id} {model}"
        );
    }
}

#[test]
fn the_charter_is_accepted_as_the_policy_asks() {
    let local = Caller {
        via: Via::Local,
        ..caller("poste-local", &[], &[])
    };
    for (acceptance, caller, expected, reminded) in [
        (
            "required",
            caller("b@x.example", &[], &[]),
            "charter-not-accepted",
            false,
        ),
        (
            "required",
            caller("b@x.example", &[], &["1"]),
            "charter-not-accepted",
            false,
        ),
        ("required", caller("b@x.example", &[], &["1", "2"]), "gpt by o s", false),
        ("required", local.clone(), "gpt by o s", false),
        ("reminder", caller("b@x.example", &[], &["1"]), "gpt by o s", true),
        ("reminder", caller("b@x.example", &[], &["2"]), "gpt by o s", false),
        ("reminder", local, "gpt by o s", false),
        ("off", caller("b@x.example", &[], &[]), "gpt by o s", false),
    ] {
        let policy = policy(acceptance);
        assert_eq!(
            answer(&policy, &caller, "openai", None, Some("gpt-5")),
            expected,
            "{acceptance} {caller:?}"
        );
        let ask = Ask {
            dialect: "openai",
            model: Some("gpt-5"),
            tool: None,
            purpose: true,
            caller: &caller,
            now: Timestamp(0),
            today: today(),
        };
        let reminders = policy.admit(&ask).map_or(0, |admission| admission.reminders.len());
        assert_eq!(reminders == 1, reminded, "{acceptance}");
    }
}

#[test]
fn a_list_of_models_is_answered_by_the_first_tool_the_caller_may_use() {
    let policy = policy("off");
    let caller = caller("b.durand@x.example", &[], &[]);
    assert_eq!(answer(&policy, &caller, "gemini", None, None), "sim by s");
    assert_eq!(
        answer(&policy, &caller, "cohere", None, None),
        "sim by s",
        "the edge knows the dialects, not the policy"
    );
}

#[test]
fn an_admission_says_whose_direction_it_is_and_reminds() {
    let policy = policy("off");
    let admit = |caller: &Caller, model: &str| {
        let ask = Ask {
            dialect: "openai",
            model: Some(model),
            tool: None,
            purpose: true,
            caller,
            now: Timestamp(0),
            today: today(),
        };
        let admission = policy.admit(&ask).unwrap();
        (admission.direction.map(str::to_owned), admission.reminders)
    };
    let (both, other) = (
        caller("a.martin@x.example", &["routes"], &[]),
        caller("z@x.example", &[], &[]),
    );
    let all = caller("b.durand@x.example", &["routes"], &[]);
    assert_eq!(admit(&both, "gpt-5").0.as_deref(), Some("Solidarités"));
    assert_eq!(admit(&all, "gpt-5").0.as_deref(), Some("Routes"));
    assert_eq!(admit(&all, "roads").0.as_deref(), Some("Routes"));
    assert_eq!(admit(&other, "gpt-5").0, None);
    let (_, reminders) = admit(&both, "care");
    assert!(
        reminders.len() == 1 && reminders[0].contains("action sociale"),
        "{reminders:?}"
    );
}

#[test]
fn a_denial_names_the_listed_tool() {
    let policy = policy("off");
    let caller = caller("b.durand@x.example", &[], &[]);
    for (dialect, model, expected) in [
        ("gemini", "x", "gemini"),
        ("openai", "x", "gpt"),
        ("anthropic", "x", "gpt"),
    ] {
        let ask = Ask {
            dialect,
            model: Some(model),
            tool: None,
            purpose: true,
            caller: &caller,
            now: Timestamp(0),
            today: today(),
        };
        let Err(Denial::NoToolForModel {
            suggestion: Some(listed),
        }) = policy.admit(&ask)
        else {
            panic!("{dialect}")
        };
        assert_eq!(listed.id, expected, "{dialect}");
    }
}

#[test]
fn a_day_in_france_begins_at_midnight_in_france() {
    for (ms, expected) in [
        (0, Date::constant(1970, 1, 1)),
        // 2026-11-22T23:00:00Z and the millisecond before, winter time.
        (1_795_388_400_000, Date::constant(2026, 11, 23)),
        (1_795_388_399_999, Date::constant(2026, 11, 22)),
        // 2026-07-01T22:00:00Z and the millisecond before, summer time.
        (1_782_943_200_000, Date::constant(2026, 7, 2)),
        (1_782_943_199_999, Date::constant(2026, 7, 1)),
        (i64::MAX, Date::constant(9999, 12, 30)),
    ] {
        assert_eq!(civil(Timestamp(ms)), expected, "{ms}");
    }
    civil(Timestamp(i64::MIN));
}
