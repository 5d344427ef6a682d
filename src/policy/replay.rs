//! What would have become of a past request under another policy, from its row in the ledger alone.
//!
//! A row holds no text: what was found in it is known by class and kind, in counts. So a past request can be decided
//! anew where the same text would have the same findings, and only there; whatever else is said to be unknown, with the
//! reason. Two checks keep it honest: the policy that decided must come to the decision in the row from the row alone,
//! and a caller who is unknown is only taken for admitted where nothing about the perimeter changed.

mod tally;

use super::Policy;
use super::admit::Ask;
use super::denial::Denial;
use super::judge::decision;
use super::parts::Tool;
use super::rules::Answer;
use super::terms::Action;
use crate::detector::Class;
use crate::domain::{Caller, Counts, Decision, Identity, Pseudonym, Timestamp, Via};

pub use tally::{Tally, Told};

/// A request of the past, as its row tells it.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    /// When it arrived.
    pub at: Timestamp,
    /// The tool it was for.
    pub tool: Option<&'a str>,
    /// The model it asked for.
    pub model: Option<&'a str>,
    /// A purpose was written down.
    pub purpose: bool,
    /// In which dialect.
    pub dialect: &'a str,
    /// What was decided.
    pub decision: Decision,
    /// By which rule.
    pub rule: Option<&'a str>,
    /// Findings by class, what observation let through included.
    pub findings: &'a Counts,
    /// Findings by kind.
    pub kinds: &'a Counts,
}

/// What would have become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// The same.
    Same,
    /// Another decision, by this rule.
    Otherwise(Decision, String),
    /// It was refused before its text was looked at, and would not be: the text would decide.
    Opened,
    /// Nobody can tell.
    Unknown(Unknown),
}

/// Why nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unknown {
    /// The row names neither a tool nor a model.
    NoTool,
    /// A limit refused it: what was spent then is not replayed.
    Limit,
    /// It was refused for what no policy says: its key, its form, a file.
    NotPolicy,
    /// Who asked is in no policy and has no key, and the perimeter is not the same.
    Caller,
    /// Who asked has keys with different rights, and the row does not say which was used.
    Keys,
    /// The policy that decided does not come to this decision from the row alone: something in a file, for instance.
    RowAlone,
}

impl Unknown {
    /// In French, after "demandes".
    pub const fn french(self) -> &'static str {
        match self {
            Self::NoTool => "refusées avant que l'outil soit connu",
            Self::Limit => "refusées par un plafond : la consommation du moment ne se rejoue pas",
            Self::NotPolicy => "refusées pour ce que la politique ne dit pas (clé, forme de la demande, fichier)",
            Self::Caller => "dont l'auteur n'est connu ni des politiques ni par une clé, alors que le périmètre change",
            Self::Keys => "dont l'auteur a plusieurs clés aux droits différents",
            Self::RowAlone => "dont la ligne ne suffit pas à retrouver la décision (fichier joint, par exemple)",
        }
    }

    /// Its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoTool => "no-tool",
            Self::Limit => "limit",
            Self::NotPolicy => "not-policy",
            Self::Caller => "caller",
            Self::Keys => "keys",
            Self::RowAlone => "row-alone",
        }
    }
}

/// What a policy says of a past request.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    decision: Decision,
    rule: String,
    /// Refused before the text is looked at.
    at_the_door: bool,
}

impl Policy {
    /// What would have become of a past request under this policy. `old` is the policy that decided it, where it is
    /// known; `callers` is everyone who may have asked: nobody where the pseudonym belongs to no known person, several
    /// where one person has several keys. The charter counts as accepted where it was.
    pub fn replay(&self, past: &Past<'_>, old: Option<&Policy>, callers: &[Caller]) -> Replay {
        if let Some(unknown) = past.beyond_policy() {
            return Replay::Unknown(unknown);
        }
        let asked = Asked::of(past, old);
        let nobody = [stranger()];
        let (callers, known) = if callers.is_empty() {
            (&nobody[..], false)
        } else {
            (callers, true)
        };
        let mut said: Vec<Said> = Vec::new();
        for caller in callers {
            let caller = past.accepting(caller, [Some(self), old]);
            if let Some(old) = old {
                let then = old.say(past, &asked, &caller, old, !known);
                if then.decision != past.decision {
                    continue;
                }
            }
            let strange = !known && !self.same_door(past, old, &asked, &caller);
            if strange {
                return Replay::Unknown(Unknown::Caller);
            }
            let now = self.say(past, &asked, &caller, old.unwrap_or(self), !known);
            if !said.contains(&now) {
                said.push(now);
            }
        }
        match said.as_slice() {
            [] => Replay::Unknown(Unknown::RowAlone),
            [now] => past.compared(now),
            _ => Replay::Unknown(Unknown::Keys),
        }
    }

    /// Decides a past request: its door by the rules, then its counts. `stranger`: the caller is unknown, and what the
    /// rules say of callers is left out.
    fn say(&self, past: &Past<'_>, asked: &Asked<'_>, caller: &Caller, old: &Policy, stranger: bool) -> Said {
        let ask = asked.ask(past, caller);
        let refused = |denial: &Denial| Said {
            decision: Decision::Refused,
            rule: denial.code().to_owned(),
            at_the_door: true,
        };
        let explained = match self.explain(&ask) {
            Ok(explained) => explained,
            Err(denial) => return refused(&denial),
        };
        let mut steps = explained.steps.iter();
        let no = steps.find_map(|step| match &step.answer {
            Answer::Refuses(denial) if !(stranger && step.rule.is_about_the_caller()) => Some(denial),
            _ => None,
        });
        no.map_or_else(|| self.judge_counts(explained.tool, past, old), refused)
    }

    /// Whether the rules about callers say the same of somebody unknown as they did, or ask nothing.
    fn same_door(&self, past: &Past<'_>, old: Option<&Policy>, asked: &Asked<'_>, caller: &Caller) -> bool {
        let ask = asked.ask(past, caller);
        let Ok(now) = self.tool_for(&ask) else { return true };
        let open = now.open_to.is_none() && now.training.is_none();
        let admitted = !past.rule.is_some_and(Denial::is_code);
        let before = old.and_then(|old| Some((old, old.tool_for(&ask).ok()?)));
        let same = before.is_some_and(|(old, was)| {
            was.training == now.training && perimeter(old, was) == perimeter(self, now) && admitted
        });
        open || same
    }

    /// What the counts of a row call for.
    fn judge_counts(&self, tool: &Tool, past: &Past<'_>, old: &Policy) -> Said {
        let mut gravest = (Action::Pass, None);
        for (class, found) in Class::ALL.into_iter().zip(self.recounted(past, old)) {
            let action = tool.action(class);
            let observed = tool.observe || self.observed.contains(&class);
            if found > 0 && !observed && action.gravity() > gravest.0.gravity() {
                gravest = (action, Some(class));
            }
        }
        Said {
            decision: decision(gravest.0),
            rule: gravest
                .1
                .map_or_else(String::new, |class| format!("screening.{}", class.name())),
            at_the_door: false,
        }
    }

    /// By class, how much of what was found stops a request under this policy. What the DSIUN's own detectors found is
    /// taken out of the class it had, and goes to the one it has, unless the detector is gone or on trial.
    fn recounted(&self, past: &Past<'_>, old: &Policy) -> [u32; 6] {
        let mut counts = Class::ALL.map(|class| past.findings.get(class.name()).copied().unwrap_or_default());
        for was in &old.additions.detectors {
            let found = past.kinds.get(&was.id).copied().unwrap_or_default();
            let then = &mut counts[was.class as usize];
            *then = then.saturating_sub(found);
            let now = self.additions.detectors.iter().find(|now| now.id == was.id);
            if let Some(now) = now.filter(|now| !now.on_trial) {
                counts[now.class as usize] += found;
            }
        }
        counts
    }
}

/// The groups that a tool is open to, with what the directory calls them: what is the same for somebody unknown.
fn perimeter<'p>(policy: &'p Policy, tool: &'p Tool) -> Vec<(&'p str, Vec<&'p str>)> {
    let open_to = tool.open_to.iter().flatten();
    let mut groups: Vec<_> = open_to
        .map(|&at| &policy.groups[at])
        .map(|group| {
            let mut names: Vec<_> = group.idp_groups.iter().map(String::as_str).collect();
            names.sort_unstable();
            (group.id.as_str(), names)
        })
        .collect();
    groups.sort_unstable();
    groups
}

/// Somebody of whom nothing is known.
pub fn stranger() -> Caller {
    Caller {
        identity: Identity::new(""),
        pseudonym: Pseudonym::new(""),
        recorded_as: Pseudonym::new(""),
        groups: Vec::new(),
        accepted_charters: Vec::new(),
        attestations: Vec::new(),
        direction: None,
        directory_is_stale: false,
        via: Via::Key,
    }
}

/// How the request named its tool: by its model where that led there, else by the tool itself.
struct Asked<'a> {
    tool: Option<&'a str>,
    model: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn of(past: &Past<'a>, old: Option<&Policy>) -> Self {
        let by_model = |old: &Policy| {
            let found = past.model.and_then(|model| old.index.model(past.dialect, model));
            found.is_some_and(|at| Some(old.tools[at].id.as_str()) == past.tool)
        };
        let named = past.model.is_none() || old.is_some_and(|old| !by_model(old));
        Self {
            tool: past.tool.filter(|_| named),
            model: past.model,
        }
    }

    fn ask<'c>(&'c self, past: &Past<'c>, caller: &'c Caller) -> Ask<'c> {
        Ask {
            dialect: past.dialect,
            model: self.model,
            tool: self.tool,
            purpose: past.says_why(),
            caller,
            now: past.at,
            today: super::civil(past.at),
        }
    }
}

impl Past<'_> {
    /// Whether it came with a purpose. What was refused before its text was looked at had none written down.
    fn says_why(&self) -> bool {
        let at_the_door = self.decision == Decision::Refused && self.rule.is_some_and(Denial::is_code);
        self.purpose || at_the_door && self.rule != Some("purpose-missing")
    }

    /// Why no policy can decide it anew.
    fn beyond_policy(&self) -> Option<Unknown> {
        let rule = self.rule.unwrap_or_default();
        let by_policy = rule.starts_with("screening.") || rule.starts_with("observe.") || Denial::is_code(rule);
        match () {
            () if rule.starts_with("limits.") => Some(Unknown::Limit),
            () if self.decision == Decision::Refused && !by_policy => Some(Unknown::NotPolicy),
            // Of what is not listed, the row has the family of its model at most.
            () if matches!(rule, "unknown-tool" | "no-tool-for-model") => Some(Unknown::NoTool),
            () if self.tool.is_none() && self.model.is_none() => Some(Unknown::NoTool),
            () => None,
        }
    }

    /// The same person, who has accepted the charters of these policies, unless that is what they were refused for.
    fn accepting(&self, caller: &Caller, policies: [Option<&Policy>; 2]) -> Caller {
        let accepted = self.rule != Some("charter-not-accepted");
        let versions = policies.into_iter().flatten().filter(|_| accepted);
        Caller {
            accepted_charters: versions.map(|policy| policy.charter.version.clone()).collect(),
            via: if accepted { caller.via } else { Via::Key },
            ..caller.clone()
        }
    }

    fn compared(&self, now: &Said) -> Replay {
        let unread = self.rule.is_some_and(Denial::is_code);
        match () {
            () if unread && !now.at_the_door => Replay::Opened,
            () if now.decision == self.decision => Replay::Same,
            () => Replay::Otherwise(now.decision, now.rule.clone()),
        }
    }
}
