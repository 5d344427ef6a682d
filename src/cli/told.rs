//! What `gardefou explain` answers: steps in order, which one decided, and what nobody can know.

use std::fmt;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::detector::Class;
use crate::domain::Decision;
use crate::ledger::past::PastRequest;
use crate::policy::{Answer, Ask, ClassSeen, Policy, Verdict, in_french};

use super::explain::places;

/// What is not known of the caller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Nothing that matters.
    None,
    /// Who it is.
    Stranger,
    /// Which of their keys was used.
    Keys,
}

/// What a step answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Yes,
    Reminds,
    No,
    Unknown,
}

impl Says {
    const fn french(self) -> &'static str {
        match self {
            Self::Yes => "oui    ",
            Self::Reminds => "rappel ",
            Self::No => "NON    ",
            Self::Unknown => "inconnu",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Yes => "passes",
            Self::Reminds => "reminds",
            Self::No => "refuses",
            Self::Unknown => "unknown",
        }
    }
}

struct Step {
    rule: String,
    says: Says,
    words: String,
    /// What is done, of what was found in a text, by class.
    found: Option<(usize, Value)>,
}

/// The whole answer.
pub(super) struct Told {
    policy: String,
    day: Date,
    tool: Option<String>,
    groups: Option<Vec<String>>,
    steps: Vec<Step>,
    /// What comes of the request; none where the steps do not tell.
    pub(super) decision: Option<Decision>,
    decided_by: Option<String>,
    recorded: Option<(Decision, Option<String>)>,
    notes: Vec<String>,
}

impl Told {
    pub(super) fn new(policy: &Policy, day: Date) -> Self {
        Self {
            policy: policy.hash().to_owned(),
            day,
            tool: None,
            groups: None,
            steps: Vec::new(),
            decision: None,
            decided_by: None,
            recorded: None,
            notes: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
    }

    /// What the ledger says came of it.
    pub(super) fn recorded(&mut self, row: &PastRequest) {
        self.recorded = Some((row.decision, row.rule.clone()));
        self.decision = Some(row.decision);
        self.decided_by.clone_from(&row.rule);
        self.note("le texte de la demande n'est pas conservé : seuls les comptes de ce qui y fut trouvé sont connus");
    }

    /// Every rule's answer.
    pub(super) fn rules(&mut self, policy: &Policy, ask: &Ask<'_>, doubt: Doubt) {
        match doubt {
            Doubt::None => {}
            Doubt::Stranger => self.note("l'appelant n'est connu ni de la politique ni par une clé"),
            Doubt::Keys => {
                self.note("l'appelant a plusieurs clés aux groupes différents : la ligne ne dit pas laquelle a servi")
            }
        }
        let explained = match policy.explain(ask) {
            Ok(explained) => explained,
            Err(denial) => {
                self.step("list", Says::No, denial.public(policy.contacts()));
                self.decide(Decision::Refused, denial.code());
                return;
            }
        };
        self.tool = Some(format!("« {} » ({})", explained.tool.name, explained.tool.id));
        if doubt == Doubt::None {
            self.groups = Some(explained.groups.iter().map(|group| group.id.clone()).collect());
        }
        self.step("list", Says::Yes, "l'outil est dans la liste".into());
        let mut decided = None;
        for step in &explained.steps {
            let (rule, question) = (step.rule.name(), step.rule.question().to_owned());
            let unsure = doubt != Doubt::None && step.rule.is_about_the_caller();
            match &step.answer {
                Answer::Passes => self.step(rule, Says::Yes, question),
                Answer::Reminds(words) => self.step(rule, Says::Reminds, words.clone()),
                Answer::Refuses(_) if unsure => self.step(rule, Says::Unknown, question),
                Answer::Refuses(denial) => {
                    decided = decided.or(Some(denial));
                    self.step(rule, Says::No, denial.public(policy.contacts()));
                }
            }
        }
        match decided {
            Some(denial) => self.decide(Decision::Refused, denial.code()),
            None => self.decide_weakly(Decision::Allowed),
        }
    }

    /// What was found in a text.
    pub(super) fn text(&mut self, seen: &[ClassSeen], verdict: &Verdict) {
        for seen in seen {
            let rule = format!("screening.{}", seen.class.name());
            let words = format!(
                "{} : {} ({} : {})",
                in_french(seen.class),
                done(seen.action.name()),
                counted(seen.places.len()),
                places(seen)
            );
            let found = json!({ "action": seen.action.name(), "count": seen.places.len(), "places": seen
                .places
                .iter()
                .map(|(kind, line, column)| json!({ "type": kind, "line": line, "column": column }))
                .collect::<Vec<_>>() });
            self.found(rule, seen.action.name(), words, seen.places.len(), found);
        }
        if seen.is_empty() {
            self.step("screening", Says::Yes, "rien n'a été trouvé dans le texte".into());
        }
        let refused = self.decision == Some(Decision::Refused);
        if !refused {
            self.decision = Some(verdict.decision);
            self.decided_by.clone_from(&verdict.rule);
        }
    }

    /// No text was given.
    pub(super) fn without_text(&mut self) {
        if self.decision != Some(Decision::Refused) {
            self.step(
                "screening",
                Says::Unknown,
                "sans texte (--prompt-file), le contrôle des données n'est pas joué".into(),
            );
        }
    }

    /// What was found in the text of a row, as far as it says.
    pub(super) fn counts(&mut self, policy: &Policy, row: &PastRequest) {
        let Some(tool) = row.tool.as_deref().and_then(|tool| policy.tool(tool)) else {
            return;
        };
        for class in Class::ALL {
            let Some(&count) = row.findings.get(class.name()) else {
                continue;
            };
            let observed = tool.observe || policy.observed().contains(&class);
            let action = if observed { "observe" } else { tool.action(class).name() };
            let words = format!("{} : {} ({})", in_french(class), done(action), counted(count as usize));
            let found = json!({ "action": action, "count": count });
            self.found(
                format!("screening.{}", class.name()),
                action,
                words,
                count as usize,
                found,
            );
        }
        for (rule, count) in row.findings.iter().filter(|(rule, _)| rule.starts_with("observe.")) {
            self.step(
                rule,
                Says::Yes,
                format!("en observation, laissé passer ({})", counted(*count as usize)),
            );
        }
    }

    fn found(&mut self, rule: String, action: &str, words: String, count: usize, found: Value) {
        let says = match action {
            "block" => Says::No,
            "mask" | "warn" => Says::Reminds,
            _ => Says::Yes,
        };
        self.steps.push(Step {
            rule,
            says,
            words,
            found: Some((count, found)),
        });
    }

    fn step(&mut self, rule: &str, says: Says, words: String) {
        self.steps.push(Step {
            rule: rule.to_owned(),
            says,
            words,
            found: None,
        });
    }

    /// A row keeps the decision it has.
    fn decide(&mut self, decision: Decision, rule: &str) {
        if self.recorded.is_none() {
            self.decision = Some(decision);
            self.decided_by = Some(rule.to_owned());
        }
    }

    fn decide_weakly(&mut self, decision: Decision) {
        if self.recorded.is_none() {
            self.decision = Some(decision);
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let step = |step: &Step| {
            let mut object = json!({ "rule": step.rule, "answer": step.says.name(), "text": step.words });
            if let Some((_, found)) = &step.found {
                object["found"] = found.clone();
            }
            object
        };
        json!({
            "policy": self.policy,
            "day": self.day.to_string(),
            "tool": self.tool,
            "groups": self.groups,
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
            "decision": self.decision.map(Decision::name),
            "rule": self.decided_by,
            "recorded": self.recorded.is_some(),
            "notes": self.notes,
        })
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Politique {}, le {}", self.policy, self.day)?;
        if let Some(tool) = &self.tool {
            writeln!(f, "Outil {tool}")?;
        }
        match self.groups.as_deref() {
            Some([]) => writeln!(f, "L'appelant n'est dans aucun groupe")?,
            Some(groups) => writeln!(f, "Groupes de l'appelant : {}", groups.join(", "))?,
            None => {}
        }
        writeln!(f)?;
        let widest = self.steps.iter().map(|step| step.rule.len()).max().unwrap_or_default();
        for (at, step) in self.steps.iter().enumerate() {
            writeln!(
                f,
                "{:>3}. {} {:<widest$} {}",
                at + 1,
                step.says.french(),
                step.rule,
                step.words
            )?;
        }
        if !self.steps.is_empty() {
            writeln!(f)?;
        }
        let verb = if self.recorded.is_some() {
            "La demande a été"
        } else {
            "La demande serait"
        };
        match (self.decision, &self.decided_by) {
            (Some(decision), Some(rule)) => writeln!(f, "{verb} {} ; la règle qui décide : {rule}", decision.french())?,
            (Some(decision), None) => writeln!(f, "{verb} {} ; aucune règle ne s'y oppose", decision.french())?,
            (None, _) => writeln!(f, "Rien ne permet de dire ce qu'il en serait.")?,
        }
        for note in &self.notes {
            writeln!(f, "À savoir : {note}.")?;
        }
        Ok(())
    }
}

fn counted(count: usize) -> String {
    format!("{count} constat{}", if count > 1 { "s" } else { "" })
}

/// What is done, in French.
fn done(action: &str) -> &'static str {
    match action {
        "block" => "la demande est refusée",
        "mask" => "masqué",
        "warn" => "avertissement",
        "observe" => "compté, laissé passer",
        _ => "accepté par l'outil",
    }
}
