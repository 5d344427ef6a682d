//! Plays the policy's own `[[test]]`s: a policy that does not do what its author says it does is not used.

use jiff::civil::Date;

use super::Policy;
use super::admit::Ask;
use super::codes;
use super::document::TestDoc;
use super::explain::in_french;
use super::log::{Log, Mistake};
use super::terms::Speech;
use crate::detector::{Class, Scratch};
use crate::domain::{Caller, Decision, Identity, Pseudonym, Timestamp, Via};

/// A test that was played.
#[derive(Clone, Debug)]
pub struct Played {
    /// Its name.
    pub name: String,
    /// Line of what it expects, from 1.
    pub line: usize,
    /// What it expects.
    pub expected: Decision,
    /// How it went.
    pub standing: Standing,
    /// Why, in French.
    pub why: String,
}

/// How a test went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As expected.
    Green,
    /// Otherwise: a file with such a test is refused.
    Red(Decision),
    /// Not played: its tool or its attestation is out of its dates.
    OutOfDate,
}

/// What came of a test, and why, in French.
enum Came {
    Of(Decision, String),
    /// The tool or the attestation is out of its dates: nothing is learnt about the rule, and time alone must not stop
    /// the whole gateway.
    OutOfDate(String),
}

/// Plays every test; one that fails is an error of the file.
pub(super) fn play(policy: &Policy, tests: &[TestDoc], today: Date, log: &Log<'_>) {
    for (test, played) in played(policy, tests, today) {
        let (Some(tool), Some(expect)) = (&test.tool, &test.expect) else {
            continue;
        };
        match played.standing {
            Standing::Green => {}
            Standing::OutOfDate => {
                let message = format!("essai « {} » : il ne peut pas être joué à cette date", played.name);
                log.add(Mistake::warning(codes::NOT_TRIED, &tool.span, message).help(played.why));
            }
            Standing::Red(decision) => {
                let message = format!("essai « {} » : la demande serait {}", played.name, decision.french());
                let mistake = Mistake::error(codes::RED_TEST, &expect.span, message);
                let label = format!("attendu : {}", played.expected.french());
                log.add(mistake.label(label).help(played.why));
            }
        }
    }
}

/// Every test that can be read, and how it goes. A refusal is a refusal, whatever the date has to do with it.
pub(super) fn played<'t>(
    policy: &Policy,
    tests: &'t [TestDoc],
    today: Date,
) -> impl Iterator<Item = (&'t TestDoc, Played)> {
    let mut scratch = Scratch::default();
    tests.iter().filter_map(move |test| {
        // What is absent was told when the document was read.
        let (name, tool, prompt) = (test.name.as_ref()?, test.tool.as_ref()?, test.prompt.as_ref()?);
        let expected = test.expect.as_ref()?.value;
        let (standing, why) = match came(policy, test, &tool.value, &prompt.value, today, &mut scratch) {
            Came::OutOfDate(why) if expected == Decision::Refused => (Standing::Green, why),
            Came::OutOfDate(why) => (Standing::OutOfDate, why),
            Came::Of(decision, why) if decision == expected => (Standing::Green, why),
            Came::Of(decision, why) => (Standing::Red(decision), why),
        };
        let played = Played {
            name: name.value.clone(),
            line: 0,
            expected,
            standing,
            why,
        };
        Some((test, played))
    })
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
        purpose: true,
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
    let class =
        |name: &str| Class::from_name(name).map_or_else(|| name.to_owned(), |class| in_french(class).to_owned());
    let counts = verdict.counts.iter();
    let found: Vec<_> = counts
        .map(|(name, count)| format!("{} ({count})", class(name)))
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
        direction: None,
        directory_is_stale: false,
        via: Via::Key,
    }
}

impl Decision {
    /// In French, of a request, with its word.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Allowed => "admise (`allowed`)",
            Self::Warned => "admise avec un avertissement (`warned`)",
            Self::Masked => "masquée (`masked`)",
            Self::Refused => "refusée (`refused`)",
        }
    }
}
