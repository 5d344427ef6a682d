//! What is done about what was found: a pure function, whose answer names the rule that decided.
//!
//! Something may be in observation: a tool, a class of data, a detector of the DSIUN's own. What would be done is then
//! decided and counted, and nothing is done.

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
    /// The rule that decided: `screening.health`; where nothing else did, what observation let through:
    /// `observe.refused` for a tool, `observe.refused.health` for a class, `observe.masked.dossier-iodas` for a
    /// detector. None where nothing was found that matters.
    pub rule: Option<String>,
    /// For each finding, in the same order.
    pub actions: Vec<Action>,
    /// Findings by class, without those for information only.
    pub counts: Counts,
}

impl Policy {
    /// Judges what was found in a text on its way to `tool`.
    pub fn judge(&self, tool: &Tool, findings: &[Finding]) -> Verdict {
        let mut verdict = Verdict {
            decision: Decision::Allowed,
            rule: None,
            actions: Vec::with_capacity(findings.len()),
            counts: Counts::new(),
        };
        let mut gravest = Action::Pass;
        let mut let_through: Option<(Action, &Finding)> = None;
        for finding in findings {
            let called_for = called_for(tool, finding);
            let observed = self.observes(tool, finding, called_for);
            let action = if observed { Action::Observe } else { called_for };
            verdict.actions.push(action);
            if finding.informative {
                continue;
            }
            *verdict.counts.entry(finding.class.name().to_owned()).or_default() += 1;
            if observed && let_through.is_none_or(|(gravest, _)| called_for.gravity() > gravest.gravity()) {
                let_through = Some((called_for, finding));
            }
            if !observed && action.gravity() > gravest.gravity() {
                gravest = action;
                verdict.rule = Some(format!("screening.{}", finding.class.name()));
            }
        }
        verdict.decision = decision(gravest);
        if let Some((called_for, finding)) = let_through.filter(|_| verdict.decision == Decision::Allowed) {
            verdict.rule = Some(if tool.observe {
                format!("observe.{}", decision(called_for).name())
            } else {
                self.observation(called_for, finding)
            });
        }
        verdict
    }

    /// What observation let through in this finding, as the ledger counts it beside the class, whatever else decides
    /// the request: `observe.refused.health`, or with the detector's id instead of the class. None where the finding
    /// is treated as usual.
    pub fn observed_in(&self, tool: &Tool, finding: &Finding) -> Option<String> {
        let called_for = called_for(tool, finding);
        self.observes(tool, finding, called_for)
            .then(|| self.observation(called_for, finding))
    }

    fn observes(&self, tool: &Tool, finding: &Finding, called_for: Action) -> bool {
        called_for.gravity() > Action::Observe.gravity()
            && (tool.observe || finding.on_trial() || self.observed.contains(&finding.class))
    }

    fn observation(&self, called_for: Action, finding: &Finding) -> String {
        let what = if finding.on_trial() {
            self.detector.kind_name(finding.kind)
        } else {
            finding.class.name()
        };
        format!("observe.{}.{what}", decision(called_for).name())
    }
}

/// What the finding calls for, were nothing in observation.
fn called_for(tool: &Tool, finding: &Finding) -> Action {
    if finding.informative {
        Action::Pass
    } else {
        tool.action(finding.class)
    }
}

impl Action {
    /// How grave it is, for finding the gravest.
    pub(super) const fn gravity(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Observe => 1,
            Self::Warn => 2,
            Self::Mask => 3,
            Self::Block => 4,
        }
    }
}

pub(super) const fn decision(gravest: Action) -> Decision {
    match gravest {
        Action::Pass | Action::Observe => Decision::Allowed,
        Action::Warn => Decision::Warned,
        Action::Mask => Decision::Masked,
        Action::Block => Decision::Refused,
    }
}
