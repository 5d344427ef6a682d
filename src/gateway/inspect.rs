//! What the gateway would see in a text and do about it, without sending anything: for `gardefou scan` and
//! `POST /api/scan`. The same detector and the same judgement as for a request.

use std::time::Instant;

use serde::Serialize;

use crate::detector::{Finding, Kind, Scratch, TooLong};
use crate::domain::{Decision, Place, Prompt, Segment};
use crate::masking;
use crate::policy::{Action, Policy, Tool};

/// The policy by which a text is looked at where there is none.
pub const BUILT_IN: &str = include_str!("built_in.toml");

/// What was seen in one text (contract §6).
#[derive(Debug, Serialize)]
pub struct Inspection {
    /// A level-1 tool would mask or refuse.
    pub blocked: bool,
    /// What would be done of a request to the tool.
    pub decision: Decision,
    /// Classes of what was seen and counts, in the order of the charter.
    pub doc_classes: Vec<&'static str>,
    /// Microseconds in the detector alone.
    pub us: f64,
    /// In the order of the text.
    pub spans: Vec<Span>,
}

/// One piece of personal data. Holds none of the text.
#[derive(Debug, Serialize)]
pub struct Span {
    /// First code point.
    pub start: usize,
    /// Code point after the last.
    pub end: usize,
    /// Type, such as `NIR`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Class of the charter.
    pub class: &'static str,
    /// From 0 to 1.
    pub score: f64,
    /// Named reasons.
    pub evidence: Vec<&'static str>,
    /// What would be done about it in a request to the tool.
    pub action: &'static str,
    /// First byte, for showing the line.
    #[serde(skip)]
    pub byte: usize,
    /// Byte after the last.
    #[serde(skip)]
    pub byte_end: usize,
}

/// Looks at texts by one policy.
pub struct Inspector<'p> {
    policy: &'p Policy,
    tool: &'p Tool,
    strict: &'p Tool,
    scratch: Scratch,
}

impl std::fmt::Debug for Inspector<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Inspector({})", self.tool.id)
    }
}

impl<'p> Inspector<'p> {
    /// For a tool of the policy; without one, for its first tool of level 1. None where there is no such tool.
    pub fn new(policy: &'p Policy, tool: Option<&str>) -> Option<Self> {
        let strict = policy.tools().iter().find(|tool| tool.level == 1 && !tool.observe);
        let tool = match tool {
            Some(id) => policy.tool(id)?,
            None => strict?,
        };
        let mut scratch = Scratch::default();
        // The detector's tables are made at its first scan, which is not part of looking at a text.
        policy.detector().scan("Bonjour", &mut scratch).ok()?;
        let strict = strict.unwrap_or(tool);
        Some(Self {
            policy,
            tool,
            strict,
            scratch,
        })
    }

    /// Looks at one text.
    pub fn inspect(&mut self, text: &str) -> Result<Inspection, TooLong> {
        let since = Instant::now();
        let findings = self.policy.detector().scan(text, &mut self.scratch)?;
        let us = since.elapsed().as_nanos() as f64 / 1e3;
        let strict = self.policy.judge(self.strict, &findings);
        let stops = |action: &Action| matches!(action, Action::Mask | Action::Block);
        let mut classes: Vec<_> = findings.iter().filter(|f| !f.informative).map(|f| f.class).collect();
        classes.sort_unstable();
        classes.dedup();
        let verdict = self.policy.judge(self.tool, &findings);
        Ok(Inspection {
            blocked: strict.actions.iter().any(stops),
            decision: verdict.decision,
            doc_classes: classes.into_iter().map(|class| class.name()).collect(),
            us: (us * 10.0).round() / 10.0,
            spans: spans(self.policy, text, &findings, &verdict.actions),
        })
    }

    /// The text with a placeholder for everything that a level-1 tool may not receive.
    pub fn mask(&mut self, text: &str) -> Result<String, TooLong> {
        let findings = self.policy.detector().scan(text, &mut self.scratch)?;
        let actions = self.policy.judge(self.strict, &findings).actions;
        let stopped = findings
            .iter()
            .zip(&actions)
            .filter(|(_, action)| matches!(action, Action::Mask | Action::Block));
        let whole = Segment {
            span: 0..text.len(),
            place: Place::Value(0..text.len()),
            author: crate::domain::Author::Caller,
            maskable: true,
            standing: false,
        };
        let prompt = Prompt {
            text: text.to_owned(),
            segments: vec![whole],
            containers: Vec::new(),
        };
        let (edits, _) = masking::placeholders(&prompt, stopped.map(|(finding, _)| finding));
        let mut masked = prompt.text;
        for edit in edits.into_iter().rev() {
            masked.replace_range(edit.span, &edit.with);
        }
        Ok(masked)
    }
}

/// A text with a person in every so many bytes is about persons.
const ABOUT_PERSONS: usize = 1_000;

/// Where everything stands in code points. What is only for information is left out, but for the numbers of
/// organisations, which have a type of their own, and for all of it in a text that is about persons: there a public
/// person, an office's address or a town tell about someone.
fn spans(policy: &Policy, text: &str, findings: &[Finding], actions: &[Action]) -> Vec<Span> {
    let persons = findings.iter().filter(|finding| finding.kind == Kind::Person).count();
    let about_persons = persons * ABOUT_PERSONS >= text.len();
    let shown = |finding: &Finding| !finding.informative || finding.kind == Kind::Siret || about_persons;
    let mut counted = (0, 0);
    let mut points = |byte: usize| {
        counted.1 += text[counted.0..byte].chars().count();
        counted.0 = byte;
        counted.1
    };
    findings
        .iter()
        .zip(actions)
        .map(|(finding, action)| {
            let (byte, byte_end) = (finding.start as usize, finding.end as usize);
            let (start, end) = (points(byte), points(byte_end));
            let span = Span {
                start,
                end,
                kind: policy.detector().kind_name(finding.kind).to_owned(),
                class: finding.class.name(),
                score: (f64::from(finding.score) * 100.0).round() / 100.0,
                evidence: finding.evidence.names().collect(),
                action: action.name(),
                byte,
                byte_end,
            };
            (finding, span)
        })
        .filter(|(finding, _)| shown(finding))
        .map(|(_, span)| span)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::civil;

    fn built_in() -> Policy {
        Policy::read(
            BUILT_IN,
            "built_in.toml",
            civil(crate::domain::Timestamp(1_790_000_000_000)),
        )
        .expect("correct")
    }

    #[test]
    fn places_are_code_points_and_the_decision_is_that_of_a_level_1_tool() {
        let policy = built_in();
        let mut inspector = Inspector::new(&policy, None).expect("a level-1 tool");
        let seen = inspector
            .inspect("Évaluée à été : le NIR 2 64 05 04 070 012 56.")
            .expect("short");
        assert!(seen.blocked);
        assert_eq!(seen.decision, Decision::Refused);
        assert_eq!(seen.doc_classes, ["highly_personal"]);
        assert_eq!(
            (seen.spans[0].start, seen.spans[0].end, seen.spans[0].kind.as_str()),
            (23, 44, "NIR")
        );
        assert_eq!(seen.spans[0].action, "block");
        let seen = inspector.inspect("Rédige une note sur le RSA.").expect("short");
        assert!(!seen.blocked && seen.spans.is_empty());
        let public = inspector
            .inspect("Un discours de Victor Hugo à l'Assemblée.")
            .expect("short");
        assert!(
            !public.blocked && public.spans.len() == 1,
            "seen, and no reason to stop"
        );
        let masked = inspector
            .mask("Écrire à jeanne.roux@exemple.fr, deux fois : jeanne.roux@exemple.fr")
            .expect("short");
        assert_eq!(masked, "Écrire à [COURRIEL_1], deux fois : [COURRIEL_1]");
        assert!(Inspector::new(&policy, Some("inconnu")).is_none());
    }
}
