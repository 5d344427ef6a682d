//! Every case of the charter's matrix, level × status × group × training × acceptance × class of data, against a table
//! written by hand: all of them asked of the policy alone, some of them through a gateway.

use std::collections::BTreeMap;

use gardefou::detector::Scratch;
use gardefou::domain::{Caller, Identity, Pseudonym, Timestamp, Via};
use gardefou::policy::{Ask, Policy};
use jiff::civil::Date;

use crate::support::gateway::heard;
use crate::support::upstream::chat;
use crate::support::{FakeUpstream, TestGateway};

const TABLE: &str = include_str!("../fixtures/matrix/expected.txt");

const LEVELS: [&str; 3] = ["1", "2", "3"];
const STATUSES: [&str; 6] = ["proposed", "studied", "trial", "validated", "suspended", "withdrawn"];
const GROUPS: [&str; 2] = ["dedans", "dehors"];
const TRAININGS: [&str; 3] = ["tenue", "expirée", "aucune"];
const CHARTERS: [&str; 5] = ["acceptée", "ancienne", "jamais", "rappel", "rien"];
const CLASSES: [&str; 7] = [
    "nothing",
    "personal",
    "highly_personal",
    "sensitive",
    "health",
    "vulnerable",
    "secret",
];

/// One case, in the order of the table's columns.
type Case = [&'static str; 6];

fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for level in LEVELS {
        for status in STATUSES {
            for group in GROUPS {
                for training in TRAININGS {
                    for charter in CHARTERS {
                        all.extend(CLASSES.map(|class| [level, status, group, training, charter, class]));
                    }
                }
            }
        }
    }
    all
}

/// A line of the table: the values of each column, the decision, the rule.
struct Line {
    at: usize,
    columns: Vec<Vec<&'static str>>,
    expected: (&'static str, Option<&'static str>),
}

fn table() -> Vec<Line> {
    let lines = TABLE.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
    let read = lines.map(|(at, line)| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [conditions @ .., decision, rule] = &cells[..] else {
            panic!("line {}", at + 1)
        };
        assert_eq!(conditions.len(), 6, "line {}", at + 1);
        let known: [&[&str]; 6] = [&LEVELS, &STATUSES, &GROUPS, &TRAININGS, &CHARTERS, &CLASSES];
        let columns = conditions.iter().zip(known).map(|(cell, known)| {
            let values: Vec<_> = match *cell {
                "*" => known.to_vec(),
                list => list.split(',').collect(),
            };
            assert!(
                values.iter().all(|value| known.contains(value)),
                "line {}: {cell}",
                at + 1
            );
            values
        });
        Line {
            at: at + 1,
            columns: columns.collect(),
            expected: (decision, (*rule != "-").then_some(*rule)),
        }
    });
    read.collect()
}

/// The line of each case: there is one, and no other.
fn expected(table: &[Line], case: &Case) -> (&'static str, Option<&'static str>) {
    let fits = |line: &&Line| {
        line.columns
            .iter()
            .zip(case)
            .all(|(values, value)| values.contains(value))
    };
    let lines: Vec<_> = table.iter().filter(fits).collect();
    let places: Vec<_> = lines.iter().map(|line| line.at).collect();
    assert_eq!(lines.len(), 1, "{case:?} is at lines {places:?}");
    lines[0].expected
}

/// Who stands for a case, by its group and its training.
fn person(group: &str, training: &str) -> String {
    let plain = training.replace('é', "e");
    format!("{group}.{plain}@departement04.example")
}

/// What a class looks like in a request: words of a detector of its own, so that nothing else is in it.
fn prompt(class: &str) -> String {
    match class {
        "nothing" => "Les horaires de la salle de lecture.".into(),
        class => format!("Les horaires de la salle de lecture, cas-{class}-100."),
    }
}

/// A tool for each level and status, whose model is its id.
fn policy(acceptance: &str, url: &str) -> String {
    let mut text = format!(
        "[charter]\nversion = \"2\"\nurl = \"https://neo.example/charte-ia\"\nacceptance = \"{acceptance}\"\n\
         [contacts]\ndsiun = \"dsiun@x.example\"\nrssi = \"rssi@x.example\"\ndpo = \"dpo@x.example\"\n\
         [mention]\ntext = \"Écrit avec une IA.\"\n[screening.actions]\nsensitive = \"warn\"\n\
         [[backend]]\nid = \"b\"\ndialect = \"openai\"\nbase_url = \"{url}/v1\"\n[[group]]\nid = \"metier\"\nmembers = ["
    );
    text += &TRAININGS
        .map(|training| format!("\"{}\"", person("dedans", training)))
        .join(", ");
    text += "]\n";
    for class in CLASSES.iter().skip(1) {
        text += &format!(
            "[[detector]]\nid = \"cas-{}\"\nclass = \"{class}\"\npattern = 'cas-{class}-\\d+'\n",
            class.replace('_', "-")
        );
    }
    for group in GROUPS {
        for (training, until) in [("tenue", "2040-01-01"), ("expirée", "2020-01-01")] {
            text += &format!(
                "[[attestation]]\ntraining = \"ia-metier\"\nholder = \"{}\"\nvalid_until = {until}\n",
                person(group, training)
            );
        }
    }
    for level in LEVELS {
        for status in STATUSES {
            let bounded = level == "3" || status == "trial";
            text += &format!(
                "[[tool]]\nid = \"n{level}-{status}\"\nname = \"N{level} {status}\"\nlevel = {level}\nstatus = \"{status}\"\n\
                 decision = {{ reference = \"D\", date = 2025-06-12 }}\nreview_before = 2040-01-01\nvalid_until = 2040-01-01\n\
                 evaluation = {{ reference = \"E\", date = 2025-06-01 }}\npurpose = \"p\"\ndata_used = \"d\"\nlegal_basis = \"l\"\n\
                 provider = \"p\"\nhosting = \"h\"\nbackends = [\"b\"]\nmodels = [\"n{level}-{status}\"]\ngroups = [\"{}\"]\n{}",
                if bounded { "metier" } else { "*" },
                match level {
                    "1" => "",
                    "2" => "accepts = [\"personal\"]\nimpact_assessment = \"AIPD-2\"\n",
                    _ =>
                        "accepts = [\"personal\", \"health\", \"vulnerable\"]\nimpact_assessment = \"AIPD-3\"\ntraining = \"ia-metier\"\n",
                }
            );
        }
    }
    text
}

fn acceptance(charter: &str) -> &'static str {
    match charter {
        "rappel" => "reminder",
        "rien" => "off",
        _ => "required",
    }
}

/// Versions that the caller of a case accepted.
fn accepted(charter: &str) -> Vec<String> {
    match charter {
        "acceptée" => vec!["1".into(), "2".into()],
        "ancienne" => vec!["1".into()],
        _ => Vec::new(),
    }
}

/// What the policy alone decides: the decision and the rule.
fn decided(policy: &Policy, [level, status, group, training, charter, class]: Case) -> (String, Option<String>) {
    let caller = Caller {
        identity: Identity::new(person(group, training)),
        pseudonym: Pseudonym::new("0"),
        recorded_as: Pseudonym::new("1"),
        groups: Vec::new(),
        accepted_charters: accepted(charter),
        attestations: Vec::new(),
        direction: None,
        directory_is_stale: false,
        via: Via::Key,
    };
    let model = format!("n{level}-{status}");
    let admission = policy.admit(&Ask {
        dialect: "openai",
        model: Some(&model),
        tool: None,
        purpose: true,
        caller: &caller,
        now: Timestamp(0),
        today: Date::constant(2026, 11, 23),
    });
    let admission = match admission {
        Ok(admission) => admission,
        Err(denial) => return ("refused".into(), Some(denial.code().into())),
    };
    let mut scratch = Scratch::default();
    let findings = policy
        .detector()
        .scan(&prompt(class), &mut scratch)
        .expect("short enough");
    let verdict = policy.judge(admission.tool, &findings);
    (verdict.decision.name().into(), verdict.rule)
}

#[test]
fn every_case_is_decided_as_the_table_says() {
    let (table, cases) = (table(), cases());
    assert_eq!(cases.len(), 3 * 6 * 2 * 3 * 5 * 7);
    let policies: BTreeMap<_, _> = ["required", "reminder", "off"]
        .into_iter()
        .map(|acceptance| {
            let text = policy(acceptance, "http://127.0.0.1:9");
            let read = Policy::read(&text, "policy.toml", Date::constant(2026, 11, 23));
            (acceptance, read.unwrap_or_else(|error| panic!("{error}")))
        })
        .collect();
    let mut wrong = Vec::new();
    for case in cases {
        let (decision, rule) = decided(&policies[acceptance(case[4])], case);
        let expected = expected(&table, &case);
        if (decision.as_str(), rule.as_deref()) != expected {
            wrong.push(format!("{case:?}: {decision} by {rule:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_line_of_the_table_is_of_some_case() {
    let cases = cases();
    for line in table() {
        let fits = |case: &Case| {
            line.columns
                .iter()
                .zip(case)
                .all(|(values, value)| values.contains(value))
        };
        assert!(cases.iter().any(fits), "line {}", line.at);
    }
}

#[tokio::test]
async fn a_gateway_decides_as_the_table_says() {
    let upstream = FakeUpstream::start(chat("Voici.")).await;
    let gateway = TestGateway::with(&policy("required", &upstream.url())).await;
    let mut keys = BTreeMap::new();
    for group in GROUPS {
        for training in TRAININGS {
            let office = &gateway.gateway.office;
            let key = office.create_key(&person(group, training), &[], None).await;
            keys.insert((group, training), key.expect("a key").1);
        }
    }
    let table = table();
    let mut passed = 0;
    // Acceptance belongs to a person, so each state of it has its turn.
    for (charter, sample) in [("jamais", 11), ("ancienne", 11), ("acceptée", 2)] {
        for group in GROUPS {
            for training in TRAININGS {
                let caller = Identity::new(person(group, training));
                let pseudonym = gateway.gateway.pseudonyms.of(&caller);
                for version in accepted(charter) {
                    let office = &gateway.gateway.office;
                    if !office.accepted_charters(pseudonym.as_str()).contains(&version) {
                        office
                            .accept_charter(pseudonym.as_str(), &version)
                            .await
                            .expect("written");
                    }
                }
            }
        }
        let all = cases().into_iter().filter(|case| case[4] == charter);
        for case in all.step_by(sample) {
            let [level, status, group, training, _, class] = case;
            let body = serde_json::json!({
                "model": format!("n{level}-{status}"),
                "messages": [{ "role": "user", "content": prompt(class) }],
            });
            let before = upstream.asked().len();
            let ask = gateway
                .post("/v1/chat/completions")
                .bearer_auth(&keys[&(group, training)])
                .body(body.to_string());
            let heard = heard(ask).await;
            let (decision, rule) = expected(&table, &case);
            assert_eq!(heard.header("x-gardefou-decision"), decision, "{case:?} {}", heard.body);
            if decision == "refused" || decision == "warned" {
                assert_eq!(heard.header("x-gardefou-rule"), rule.unwrap_or_default(), "{case:?}");
            }
            let reached = upstream.asked().len() - before;
            assert_eq!(reached, usize::from(decision != "refused"), "{case:?}");
            passed += usize::from(decision != "refused");
        }
    }
    assert!(
        passed > 10,
        "{passed} cases reached the backend: the sample has lost its meaning"
    );
}
