//! Plays the policy's own `[[test]]`s: a policy that does not do what its author says it does is not used.

use jiff::civil::Date;

use super::Policy;
use super::admit::Ask;
use super::codes;
use super::document::TestDoc;
use super::log::{Log, Mistake};
use super::terms::Speech;
use crate::detector::Scratch;
use crate::domain::{Caller, Decision, Identity, Pseudonym, Timestamp, Via};

/// What came of a test, and why, in French.
enum Came {
    Of(Decision, String),
    /// The tool or the attestation is out of its dates: nothing is learnt about the rule, and time alone must not stop
    /// the whole gateway.
    OutOfDate(String),
}

/// Plays every test; one that fails is an error of the file.
pub(super) fn play(policy: &Policy, tests: &[TestDoc], today: Date, log: &Log<'_>) {
    let mut scratch = Scratch::default();
    for test in tests {
        // What is absent was told when the document was read.
        let (Some(name), Some(tool), Some(prompt), Some(expect)) = (&test.name, &test.tool, &test.prompt, &test.expect)
        else {
            continue;
        };
        match came(policy, test, &tool.value, &prompt.value, today, &mut scratch) {
            Came::OutOfDate(why) if expect.value != Decision::Refused => {
                let message = format!("essai « {} » : il ne peut pas être joué à cette date", name.value);
                log.add(Mistake::warning(codes::NOT_TRIED, &tool.span, message).help(why));
            }
            Came::OutOfDate(_) => {}
            Came::Of(decision, _) if decision == expect.value => {}
            Came::Of(decision, why) => {
                let message = format!("essai « {} » : la demande serait {}", name.value, french(decision));
                let mistake = Mistake::error(codes::RED_TEST, &expect.span, message);
                log.add(mistake.label(format!("attendu : {}", french(expect.value))).help(why));
            }
        }
    }
}

fn came(policy: &Policy, test: &TestDoc, tool: &str, prompt: &str, today: Date, scratch: &mut Scratch) -> Came {
    let caller = caller(policy, test);
    // A test is about a tool, not about a client: it is played in the first dialect of the tool.
    let listed = policy.index.tool(tool).map(|at| &policy.tools[at]);
    let road = listed
        .and_then(|tool| tool.roads.first())
        .map(|&road| policy.backends[road].dialect);
    let dialect = road
        .filter(|speech| *speech != Speech::Simulated)
        .unwrap_or(Speech::Gemini)
        .name();
    let ask = Ask {
        dialect,
        model: None,
        tool: Some(tool),
        caller: &caller,
        now: Timestamp(0),
        today,
    };
    let admission = match policy.admit(&ask) {
        Ok(admission) => admission,
        Err(denial) if denial.is_dated() => return Came::OutOfDate(denial.public(&policy.contacts)),
        Err(denial) => return Came::Of(Decision::Refused, denial.public(&policy.contacts)),
    };
    let Ok(findings) = policy.detector.scan(prompt, scratch) else {
        return Came::Of(Decision::Refused, "le texte est trop long".into());
    };
    let verdict = policy.judge(admission.tool, &findings);
    let found: Vec<_> = verdict
        .counts
        .iter()
        .map(|(class, count)| format!("{class} ({count})"))
        .collect();
    let found = if found.is_empty() {
        "rien n'a été trouvé dans le texte".into()
    } else {
        format!("trouvé : {}", found.join(", "))
    };
    let rule = verdict.rule.map_or(String::new(), |rule| format!(", règle `{rule}`"));
    Came::Of(verdict.decision, found + &rule)
}

/// Whoever the test names, with the charter accepted: tests are about tools and texts.
fn caller(policy: &Policy, test: &TestDoc) -> Caller {
    let (id, groups) = match &test.caller {
        Some((id, groups)) => (id.as_ref(), groups.as_slice()),
        None => (None, [].as_slice()),
    };
    Caller {
        identity: Identity::new(id.map_or("", |id| id.value.as_str())),
        pseudonym: Pseudonym::new(""),
        recorded_as: Pseudonym::new(""),
        groups: groups.iter().map(|group| group.value.clone()).collect(),
        accepted_charters: vec![policy.charter.version.clone()],
        attestations: Vec::new(),
        via: Via::Key,
    }
}

fn french(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "admise (`allowed`)",
        Decision::Warned => "admise avec un avertissement (`warned`)",
        Decision::Masked => "masquée (`masked`)",
        Decision::Refused => "refusée (`refused`)",
    }
}
