//! What is done about findings, class by class.

use super::*;
use crate::detector::{Class, Finding, Scratch};
use crate::domain::Decision;

/// Findings of a text in the shipped policy.
fn findings(policy: &Policy, text: &str) -> Vec<Finding> {
    policy.detector().scan(text, &mut Scratch::default()).unwrap().to_vec()
}

/// One finding of each of these classes; a negative stands for "for information only".
fn of(policy: &Policy, classes: &[(Class, bool)]) -> Vec<Finding> {
    let one = findings(policy, "Mme Roux")[0];
    classes
        .iter()
        .map(|&(class, informative)| Finding {
            class,
            informative,
            ..one
        })
        .collect()
}

fn with_actions(actions: &str, tool: &str) -> Policy {
    let source = fs::read_to_string(path("tests/fixtures/policies/valid/shortest.toml")).unwrap();
    read(&format!("{source}{tool}\n[screening.actions]\n{actions}\n"))
}

const ACTIONS: &str = "personal = \"mask\"\nhighly_personal = \"warn\"\nsensitive = \"observe\"\nhealth = \"block\"";

#[test]
fn the_gravest_action_decides_and_is_named() {
    use Class::{Health, HighlyPersonal, Personal, Secret, Sensitive};
    let policy = with_actions(ACTIONS, "");
    let tool = &policy.tools()[0];
    for (classes, decision, rule) in [
        (&[][..], Decision::Allowed, None),
        (&[(Personal, true)], Decision::Allowed, None),
        (
            &[(Health, true), (Personal, false)],
            Decision::Masked,
            Some("screening.personal"),
        ),
        (&[(Sensitive, false)], Decision::Allowed, Some("screening.sensitive")),
        (
            &[(Sensitive, false), (HighlyPersonal, false)],
            Decision::Warned,
            Some("screening.highly_personal"),
        ),
        (
            &[(HighlyPersonal, false), (Personal, false)],
            Decision::Masked,
            Some("screening.personal"),
        ),
        (
            &[(Personal, false), (Health, false)],
            Decision::Refused,
            Some("screening.health"),
        ),
        (
            &[(Secret, false), (Health, false)],
            Decision::Refused,
            Some("screening.secret"),
        ),
    ] {
        let verdict = policy.judge(tool, &of(&policy, classes));
        assert_eq!(
            (verdict.decision, verdict.rule.as_deref()),
            (decision, rule),
            "{classes:?}"
        );
        assert_eq!(verdict.actions.len(), classes.len());
    }
    let verdict = policy.judge(
        tool,
        &of(
            &policy,
            &[(Personal, false), (Personal, true), (Personal, false), (Health, false)],
        ),
    );
    assert_eq!(
        verdict.actions,
        [Action::Mask, Action::Pass, Action::Mask, Action::Block]
    );
    assert_eq!(verdict.counts, [("health".into(), 1), ("personal".into(), 2)].into());
}

#[test]
fn a_tool_may_receive_what_it_is_configured_to_protect() {
    let source = fs::read_to_string(path("tests/fixtures/policies/valid/longest.toml")).unwrap();
    let policy = read(&source);
    let tool = policy.tool("sante").unwrap();
    for (class, expected) in Class::ALL.into_iter().zip([
        Action::Pass,
        Action::Mask,
        Action::Observe,
        Action::Pass,
        Action::Block,
        Action::Block,
    ]) {
        assert_eq!(tool.action(class), expected, "{class:?}");
    }
}

#[test]
fn without_a_word_of_the_policy_personal_is_masked_and_the_rest_blocked() {
    let source = fs::read_to_string(path("tests/fixtures/policies/valid/shortest.toml")).unwrap();
    let policy = read(&source);
    for class in Class::ALL {
        let expected = if class == Class::Personal {
            Action::Mask
        } else {
            Action::Block
        };
        assert_eq!(policy.tools()[0].action(class), expected, "{class:?}");
    }
}

#[test]
fn a_tool_in_observation_lets_through_and_says_what_it_would_have_done() {
    use Class::{Health, Personal, Sensitive};
    let policy = with_actions(ACTIONS, "observe = true");
    let tool = &policy.tools()[0];
    for (classes, rule, actions) in [
        (&[][..], None, &[][..]),
        (&[(Sensitive, false)], Some("screening.sensitive"), &[Action::Observe]),
        (&[(Personal, false)], Some("observe.masked"), &[Action::Observe]),
        (
            &[(Health, false), (Personal, true)],
            Some("observe.refused"),
            &[Action::Observe, Action::Pass],
        ),
    ] {
        let verdict = policy.judge(tool, &of(&policy, classes));
        assert_eq!(
            (verdict.decision, verdict.rule.as_deref()),
            (Decision::Allowed, rule),
            "{classes:?}"
        );
        assert_eq!(verdict.actions, actions);
    }
}

#[test]
fn a_class_in_observation_lets_itself_through_and_nothing_else() {
    use Class::{Health, HighlyPersonal, Personal};
    let observed = |classes: &str| {
        let source = fs::read_to_string(path("tests/fixtures/policies/valid/shortest.toml")).unwrap();
        read(&format!(
            "{source}\n[screening]\nobserve = [{classes}]\n[screening.actions]\n{ACTIONS}\n"
        ))
    };
    for (classes, found, decision, rule, actions) in [
        (
            r#""health""#,
            &[Health][..],
            Decision::Allowed,
            Some("observe.refused.health"),
            &[Action::Observe][..],
        ),
        (
            r#""health""#,
            &[Health, Personal],
            Decision::Masked,
            Some("screening.personal"),
            &[Action::Observe, Action::Mask],
        ),
        (
            r#""personal", "health", "highly_personal""#,
            &[Personal, Health, HighlyPersonal],
            Decision::Allowed,
            Some("observe.refused.health"),
            &[Action::Observe; 3],
        ),
        (
            r#""personal""#,
            &[Health],
            Decision::Refused,
            Some("screening.health"),
            &[Action::Block],
        ),
    ] {
        let policy = observed(classes);
        let found: Vec<_> = found.iter().map(|class| (*class, false)).collect();
        let verdict = policy.judge(&policy.tools()[0], &of(&policy, &found));
        assert_eq!(
            (verdict.decision, verdict.rule.as_deref()),
            (decision, rule),
            "{classes}: {found:?}"
        );
        assert_eq!(verdict.actions, actions, "{classes}: {found:?}");
    }
}

#[test]
fn a_detector_in_observation_counts_and_decides_nothing() {
    let source = fs::read_to_string(path("tests/fixtures/policies/valid/shortest.toml")).unwrap();
    let own = "[[detector]]\nid = \"dossier\"\nclass = \"vulnerable\"\npattern = 'MISTRAL \\d+|Roux'\nobserve = true\n";
    let policy = read(&format!("{source}\n{own}"));
    let tool = &policy.tools()[0];
    for (text, decision, rule, observed) in [
        (
            "Où en est MISTRAL 42 ?",
            Decision::Allowed,
            Some("observe.refused.dossier"),
            vec![Some("observe.refused.dossier".to_owned())],
        ),
        // It takes nothing away from what is found without it.
        (
            "Répondre à Mme Roux.",
            Decision::Masked,
            Some("screening.personal"),
            vec![None],
        ),
        (
            "Répondre à Mme Roux sur MISTRAL 42.",
            Decision::Masked,
            Some("screening.personal"),
            vec![None, Some("observe.refused.dossier".to_owned())],
        ),
    ] {
        let found = findings(&policy, text);
        let verdict = policy.judge(tool, &found);
        assert_eq!((verdict.decision, verdict.rule.as_deref()), (decision, rule), "{text}");
        let told: Vec<_> = found.iter().map(|finding| policy.observed_in(tool, finding)).collect();
        assert_eq!(told, observed, "{text}");
    }
}

#[test]
fn the_shipped_policy_knows_its_own_detector_and_exceptions() {
    let policy = read(&shipped());
    let tool = policy.tool("simulateur").unwrap();
    for (text, decision, rule) in [
        (
            "Résume le dossier IODAS-004512.",
            Decision::Refused,
            Some("screening.vulnerable"),
        ),
        ("Réponds à Mme Roux.", Decision::Masked, Some("screening.personal")),
        (
            "Écris à culture@departement04.example ou au 04 92 30 04 00.",
            Decision::Allowed,
            None,
        ),
        ("Rédige une note sur le budget.", Decision::Allowed, None),
    ] {
        let verdict = policy.judge(tool, &findings(&policy, text));
        assert_eq!((verdict.decision, verdict.rule.as_deref()), (decision, rule), "{text}");
    }
}
