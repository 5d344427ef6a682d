//! The table of the registers against what the checks of a policy really demand.

use std::collections::BTreeSet;

use super::*;
use crate::policy::register::{Demand, REGISTER};

const HEAD: &str = r#"
[charter]
version = "2025-06"
url = "https://neo.example/charte-ia"
[contacts]
dsiun = "a@departement04.example"
rssi = "b@departement04.example"
dpo = "c@departement04.example"
[mention]
text = "Ce message a été généré avec l'aide d'un outil IA."
[[backend]]
id = "simulateur"
dialect = "simulated"
[[group]]
id = "solidarites"
[[tool]]
"#;

const NAMED: &str = "id = \"a\"\nname = \"A\"\n";
const SERVED: &str = "status = \"validated\"\nbackends = [\"simulateur\"]\nmodels = [\"a-*\"]\n";
const DOCUMENTED: &str = "evaluation = { reference = \"E-1\", date = 2025-06-12 }\ndecision = { reference = \"DGS-1\", date = 2025-06-12 }\nreview_before = 2035-01-01\n\
    purpose = \"p\"\ndata_used = \"d\"\nlegal_basis = \"l\"\nprovider = \"f\"\nhosting = \"h\"\n";

/// What is said of a tool, as code and message.
fn said(tool: &[&str]) -> Vec<(&'static str, String)> {
    let source = HEAD.to_owned() + &tool.concat();
    let diagnostics = match Policy::read(&source, "policy.toml", today()) {
        Ok(policy) => policy.warnings().clone(),
        Err(diagnostics) => diagnostics,
    };
    diagnostics.iter().map(|d| (d.code, d.message.clone())).collect()
}

fn keys(demand: &[Demand]) -> BTreeSet<&'static str> {
    let asked = REGISTER.iter().filter(|field| demand.contains(&field.demand));
    asked.map(|field| field.key).collect()
}

/// The words between backquotes.
fn quoted(message: &str) -> BTreeSet<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

#[test]
fn what_every_tool_must_have_is_what_the_file_demands() {
    let said = said(&[]);
    let absent: BTreeSet<_> = said
        .iter()
        .filter(|(code, message)| *code == codes::MISSING && message.ends_with("[[tool]]"))
        .flat_map(|(_, message)| quoted(message))
        .collect();
    assert_eq!(absent, keys(&[Demand::Always]));
}

#[test]
fn what_a_served_tool_must_say_is_what_the_check_demands() {
    for (status, demands) in [
        ("validated", &[Demand::Served, Demand::Validated][..]),
        ("trial", &[Demand::Served][..]),
    ] {
        let tool = format!(
            "level = 1\nstatus = \"{status}\"\nbackends = [\"simulateur\"]\nmodels = [\"a-*\"]\n\
             groups = [\"solidarites\"]\nvalid_until = 2035-01-01\n"
        );
        let said = said(&[NAMED, &tool]);
        let told: Vec<_> = said.iter().filter(|(code, _)| *code == codes::NOT_DOCUMENTED).collect();
        assert_eq!(quoted(&told[0].1), keys(demands), "{status}");
    }
}

#[test]
fn what_only_some_tools_must_say_is_told_by_a_check_of_its_own() {
    let cases = [
        (
            "level = 1\nstatus = \"validated\"\nmodels = [\"a-*\"]\n",
            "backends",
            codes::NO_BACKEND,
        ),
        (
            "level = 1\nstatus = \"validated\"\nbackends = [\"simulateur\"]\n",
            "models",
            codes::NO_MODEL,
        ),
        (
            "level = 1\nstatus = \"trial\"\ngroups = [\"solidarites\"]\nbackends = [\"simulateur\"]\nmodels = [\"a-*\"]\n",
            "valid_until",
            codes::TRIAL_WITHOUT_END,
        ),
        ("level = 3\ntraining = \"ia\"\n", "groups", codes::LEVEL_3_OPEN),
        (
            "level = 3\ngroups = [\"solidarites\"]\n",
            "training",
            codes::LEVEL_3_UNTRAINED,
        ),
        (
            "level = 3\ngroups = [\"solidarites\"]\ntraining = \"ia\"\naccepts = [\"health\"]\n",
            "impact_assessment",
            codes::NO_ASSESSMENT,
        ),
        (
            "level = 1\ndecision_individuelle = true\nimpact_assessment = \"AIPD\"\n",
            "fria",
            codes::INDIVIDUAL_UNASSESSED,
        ),
    ];
    for (tool, key, code) in cases {
        let served = if tool.contains("status") { "" } else { SERVED };
        let said = said(&[NAMED, tool, served, DOCUMENTED]);
        assert_eq!(
            said.iter().map(|(code, _)| *code).collect::<Vec<_>>(),
            [code],
            "{key}: {said:?}"
        );
    }
    let told: BTreeSet<_> = cases.iter().map(|(_, key, _)| *key).collect();
    let some = [
        Demand::Trial,
        Demand::Routed,
        Demand::Specialised,
        Demand::Accepting,
        Demand::Individual,
    ];
    assert_eq!(told, keys(&some));
}

#[test]
fn a_supplier_is_asked_one_question_for_each_field_that_may_be_demanded() {
    let (mut seen, mut questions) = (BTreeSet::new(), BTreeSet::new());
    for field in REGISTER {
        assert!(seen.insert(field.key), "{} stands twice", field.key);
        let asked = field.question.ends_with(" ?") && questions.insert(field.question);
        assert!(
            asked || (field.demand == Demand::Optional && field.question.is_empty()),
            "{}",
            field.key
        );
    }
}

#[test]
fn the_fields_of_a_register_are_read_as_written() {
    let policy = read(&fs::read_to_string(path("tests/fixtures/policies/valid/longest.toml")).unwrap());
    let tool = policy.tool("gemini").unwrap();
    assert_eq!(policy.organisation().name.as_deref(), Some("Conseil départemental"));
    assert_eq!(tool.ai_act, Some(AiAct::Limited));
    assert_eq!(tool.evaluation.as_ref().unwrap().reference, "EVAL-2025-03");
    assert_eq!(tool.proposed_on, Some(Date::constant(2025, 3, 4)));
    assert_eq!(
        [
            &tool.data_subjects,
            &tool.recipients,
            &tool.retention,
            &tool.transfers,
            &tool.security
        ],
        [
            "Agents",
            "Agents, fournisseur",
            "Aucune chez le fournisseur",
            "Aucun",
            "Passerelle, chiffrement"
        ]
    );
    assert_eq!(policy.tool("visio").unwrap().ai_act, None);
}
