//! What is done about what was found: a pure function, whose answer names the rule that decided.

use super::Policy;
use super::parts::Tool;
use super::terms::Action;
use crate::detector::Finding;
use crate::domain::{Counts, Decision};

/// What the policy says of the text of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The gravest of what the findings call for.
    pub decision: Decision,
    /// The rule that decided: `screening.health`, or `observe.refused` where a tool in observation lets through what
    /// would have been refused. None where nothing was found that matters.
    pub rule: Option<String>,
    /// For each finding, in the same order.
    pub actions: Vec<Action>,
    /// Findings by class, without those for information only.
    pub counts: Counts,
}

impl Policy {
    /// Judges what was found in a text on its way to `tool`.
    pub fn judge(&self, tool: &Tool, findings: &[Finding]) -> Verdict {
        let action = |finding: &Finding| {
            if finding.informative {
                Action::Pass
            } else {
                tool.action(finding.class)
            }
        };
        let mut verdict = Verdict {
            decision: Decision::Allowed,
            rule: None,
            actions: findings.iter().map(action).collect(),
            counts: Counts::new(),
        };
        let mut gravest = Action::Pass;
        for (finding, &action) in findings.iter().zip(&verdict.actions) {
            if !finding.informative {
                *verdict.counts.entry(finding.class.name().to_owned()).or_default() += 1;
            }
            if gravity(action) > gravity(gravest) {
                gravest = action;
                verdict.rule = Some(format!("screening.{}", finding.class.name()));
            }
        }
        verdict.decision = decision(gravest);
        if tool.observe && verdict.decision != Decision::Allowed {
            verdict.rule = Some(format!("observe.{}", verdict.decision.name()));
            verdict.decision = Decision::Allowed;
            for action in verdict.actions.iter_mut().filter(|action| **action != Action::Pass) {
                *action = Action::Observe;
            }
        }
        verdict
    }
}

const fn gravity(action: Action) -> u8 {
    match action {
        Action::Pass => 0,
        Action::Observe => 1,
        Action::Warn => 2,
        Action::Mask => 3,
        Action::Block => 4,
    }
}

const fn decision(gravest: Action) -> Decision {
    match gravest {
        Action::Pass | Action::Observe => Decision::Allowed,
        Action::Warn => Decision::Warned,
        Action::Mask => Decision::Masked,
        Action::Block => Decision::Refused,
    }
}
