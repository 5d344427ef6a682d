//! Why: every rule's answer to one wish, in the order in which the gateway asks, and what the text adds. The gateway
//! stops at the first no; here all are asked, and the first no is the one that decided.

use super::Policy;
use super::admit::Ask;
use super::denial::Denial;
use super::judge::Verdict;
use super::parts::{Group, Tool};
use super::rules::{Answer, Rule};
use super::terms::Action;
use crate::detector::{Class, Finding};

/// One rule and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub rule: Rule,
    /// What it says.
    pub answer: Answer,
}

/// Every rule's answer.
#[derive(Clone, Debug)]
pub struct Explanation<'p> {
    /// The tool that is meant.
    pub tool: &'p Tool,
    /// The caller's groups, in the order of the policy.
    pub groups: Vec<&'p Group>,
    /// In the order in which the gateway asks.
    pub steps: Vec<Step>,
}

impl Explanation<'_> {
    /// The rule that decided, and its no; none where nothing stands against the wish.
    pub fn decided(&self) -> Option<(Rule, &Denial)> {
        self.steps.iter().find_map(|step| match &step.answer {
            Answer::Refuses(denial) => Some((step.rule, denial)),
            _ => None,
        })
    }
}

/// One class of what was found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassSeen {
    /// Which.
    pub class: Class,
    /// What is done about it: the gravest, where a detector on trial makes a difference.
    pub action: Action,
    /// For each finding its kind, and its line and column from 1; never what was found.
    pub places: Vec<(String, usize, usize)>,
}

/// A class of data, in French.
pub const fn in_french(class: Class) -> &'static str {
    match class {
        Class::Personal => "données personnelles",
        Class::HighlyPersonal => "données hautement personnelles",
        Class::Sensitive => "données sensibles",
        Class::Health => "données de santé",
        Class::Vulnerable => "données sur une personne vulnérable",
        Class::Secret => "mots de passe et clés",
    }
}

impl Policy {
    /// Every rule's answer to a wish for one tool.
    ///
    /// # Errors
    /// No tool of the list is meant.
    pub fn explain(&self, ask: &Ask<'_>) -> Result<Explanation<'_>, Denial> {
        let tool = self.tool_for(ask)?;
        let groups = self.index.groups_of(ask.caller);
        Ok(Explanation {
            tool,
            steps: self.answers(tool, ask, &groups),
            groups: groups.into_iter().map(|at| &self.groups[at]).collect(),
        })
    }

    /// What was found in a text on its way to a tool, class by class in the order of the charter, without what is only
    /// for information.
    pub fn classes_seen(&self, text: &str, findings: &[Finding], verdict: &Verdict) -> Vec<ClassSeen> {
        let mut seen: Vec<ClassSeen> = Vec::new();
        for (finding, &action) in findings.iter().zip(&verdict.actions) {
            if finding.informative {
                continue;
            }
            let before = &text[..finding.start as usize];
            let (line, column) = (
                before.matches('\n').count() + 1,
                before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
            );
            let place = (self.detector.kind_name(finding.kind).to_owned(), line, column);
            match seen.iter_mut().find(|seen| seen.class == finding.class) {
                Some(seen) => {
                    seen.places.push(place);
                    if action.gravity() > seen.action.gravity() {
                        seen.action = action;
                    }
                }
                None => seen.push(ClassSeen {
                    class: finding.class,
                    action,
                    places: vec![place],
                }),
            }
        }
        seen.sort_by_key(|seen| seen.class);
        seen
    }
}
