//! One request of the demonstration: what is asked of which tool, what the detector would have found, what the policy
//! decides, and how it ends. No text is made up: a row of the ledger has none.

use super::{
    INSTANCE,
    chance::Chance,
    house::Agent,
    tools::{Used, choose},
};
use crate::detector::{Class, Kind};
use crate::domain::{Counts, Decision, Entry, MentionForm, Outcome, RequestId, Settlement, Timestamp, Tokens};
use crate::footprint;
use crate::identity::Pseudonyms;
use crate::policy::{Action, Policy, civil};

/// What an agent writes about, by class: how often in a hundred requests, and the types that are found.
const FOUND: [(Class, f64, &[Kind]); 6] = [
    (
        Class::Personal,
        11.0,
        &[Kind::Person, Kind::Person, Kind::Email, Kind::Phone, Kind::Address],
    ),
    (Class::HighlyPersonal, 0.9, &[Kind::Nir, Kind::Iban]),
    (Class::Sensitive, 0.4, &[Kind::Sensitive]),
    (Class::Health, 0.8, &[Kind::Health]),
    (Class::Vulnerable, 0.6, &[Kind::Vulnerable, Kind::CaseId]),
    (Class::Secret, 0.3, &[Kind::Secret]),
];

/// A detector that is tried out in the last months: its id, its class, and how often in a hundred requests it finds
/// something.
const TRIED: (&str, Class, f64) = ("demo-numero-de-dossier", Class::Vulnerable, 2.5);

/// What happens now and then before anything is screened: rule, status, times in a thousand, and whether the tool is known.
const MISHAPS: [(&str, u16, f64, bool); 6] = [
    ("no-tool-for-model", 403, 9.0, false),
    ("not-in-group", 403, 2.0, true),
    ("training-missing", 403, 1.5, true),
    ("limits.requests_per_minute", 429, 1.5, true),
    ("attachment", 400, 3.0, true),
    ("unreadable", 400, 0.7, false),
];

/// What all requests share.
pub(super) struct World<'w> {
    pub(super) policy: &'w Policy,
    pub(super) pseudonyms: &'w Pseudonyms,
    pub(super) tools: &'w [Used],
    /// Since when a detector is tried out.
    pub(super) trial: Timestamp,
    /// Hours in which a provider was out of order.
    pub(super) outage: std::ops::Range<i64>,
}

impl World<'_> {
    /// What an agent does at an instant. `seen` is how many requests they made before: who was refused learns.
    pub(super) fn request(&self, agent: &Agent, at: Timestamp, seen: u32, chance: &mut Chance) -> (Entry, Settlement) {
        let mut entry = self.blank(agent, at, chance);
        let patience = 0.4 + 0.6 * (-f64::from(seen) / 25.0).exp();
        let Some(tool) = choose(self.tools, agent.direction, civil(at), chance) else {
            entry.model = wanted(chance);
            return refused(entry, "no-tool-for-model", 403, chance);
        };
        let mut draw = chance.unit() * 1000.0;
        let mishap = MISHAPS.iter().find(|(_, _, often, _)| {
            draw -= often * patience.sqrt();
            draw < 0.0
        });
        tool.dialect.clone_into(&mut entry.dialect);
        entry.stream = chance.happens(0.7);
        endpoint(&entry.dialect, entry.stream).clone_into(&mut entry.endpoint);
        if let Some((rule, status, _, known)) = mishap {
            if *known {
                about(&mut entry, tool);
            }
            if *rule == "no-tool-for-model" {
                entry.model = wanted(chance);
            }
            return refused(entry, rule, *status, chance);
        }
        about(&mut entry, tool);
        let model = tool.model(chance);
        entry.model = Some(model.name.clone());
        screened(&mut entry, agent, tool, patience, chance);
        if at >= self.trial {
            tried(&mut entry, agent, tool, chance);
        }
        if entry.decision == Decision::Refused {
            let rule = entry.rule.clone().unwrap_or_default();
            return refused(entry, &rule, 400, chance);
        }
        let mut settlement = answered(tool, self.outage.contains(&at.0), chance);
        if let (Some(input), Some(output)) = (settlement.tokens.input, settlement.tokens.output) {
            let seconds = settlement.duration_ms as f64 / 1000.0;
            if let Some(impacts) = model.estimate.map(|estimate| estimate.impacts(output, seconds)) {
                settlement.energy_kwh = Some((impacts.energy_kwh.min, impacts.energy_kwh.max));
                settlement.co2e_kg = Some((impacts.co2e_kg.min, impacts.co2e_kg.max));
                settlement.footprint_version = Some(footprint::VERSION.to_owned());
            }
            settlement.cost_eur = model.cost(self.policy, civil(at), input, output);
        }
        (entry, settlement)
    }

    /// A request of who has not accepted the charter.
    pub(super) fn unaccepted(&self, agent: &Agent, at: Timestamp, chance: &mut Chance) -> (Entry, Settlement) {
        let mut entry = self.blank(agent, at, chance);
        if let Some(tool) = choose(self.tools, agent.direction, civil(at), chance) {
            about(&mut entry, tool);
        }
        refused(entry, "charter-not-accepted", 403, chance)
    }

    fn blank(&self, agent: &Agent, at: Timestamp, chance: &mut Chance) -> Entry {
        Entry {
            id: RequestId(id(at, chance)),
            occurred_at: at,
            caller: agent.pseudonym(self.pseudonyms, at).as_str().to_owned(),
            direction: Some(agent.direction.name.to_owned()),
            tool: None,
            tool_level: None,
            model: None,
            dialect: "openai".into(),
            endpoint: "chat.completions".into(),
            stream: false,
            purpose: None,
            decision: Decision::Refused,
            rule: None,
            findings: Counts::new(),
            finding_types: Counts::new(),
            policy_hash: self.policy.hash().to_owned(),
            charter_version: self.policy.charter().version.clone(),
            instance: INSTANCE.into(),
        }
    }
}

/// The row says which tool was asked.
fn about(entry: &mut Entry, tool: &Used) {
    entry.tool = Some(tool.id.clone());
    entry.tool_level = Some(tool.level);
}

/// The family of a model that is asked for in vain; none where it is not a known one.
fn wanted(chance: &mut Chance) -> Option<String> {
    let families = [Some("gpt-*"), Some("gpt-*"), Some("claude-*"), Some("deepseek-*"), None];
    families[chance.below(families.len())].map(str::to_owned)
}

/// A UUIDv7 of this instant.
pub(super) fn id(at: Timestamp, chance: &mut Chance) -> uuid::Uuid {
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&chance.next().to_be_bytes());
    bytes[8..].copy_from_slice(&chance.next().to_be_bytes()[..2]);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.0).unwrap_or_default(), &bytes).into_uuid()
}

fn endpoint(dialect: &str, stream: bool) -> &'static str {
    match (dialect, stream) {
        ("gemini", true) => "streamGenerateContent",
        ("gemini", false) => "generateContent",
        ("anthropic", _) => "messages",
        _ => "chat.completions",
    }
}

fn refused(mut entry: Entry, rule: &str, status: u16, chance: &mut Chance) -> (Entry, Settlement) {
    entry.decision = Decision::Refused;
    entry.rule = Some(rule.to_owned());
    let duration_ms = chance.around(4.0, 0.6) as u64;
    let settlement = Settlement {
        duration_ms,
        ..Settlement::bare(Outcome::Refused, status)
    };
    (entry, settlement)
}

/// What is found, and what the tool's actions make of it: the gravest decides, as in the gateway.
fn screened(entry: &mut Entry, agent: &Agent, tool: &Used, patience: f64, chance: &mut Chance) {
    let mut gravest = (0, Decision::Allowed, None);
    for (class, often, kinds) in FOUND {
        let exposed = if class == Class::Secret {
            1.0
        } else {
            agent.direction.exposed
        };
        let learned = if class == Class::Personal {
            patience.sqrt()
        } else {
            patience
        };
        if !chance.happens(often / 100.0 * exposed * learned) {
            continue;
        }
        for _ in 0..=chance.times(0.8) {
            *entry.findings.entry(class.name().to_owned()).or_default() += 1;
            let kind = kinds[chance.below(kinds.len())];
            *entry.finding_types.entry(kind.name().to_owned()).or_default() += 1;
        }
        let (gravity, decision) = match tool.actions[class as usize] {
            Action::Block => (4, Decision::Refused),
            Action::Mask => (3, Decision::Masked),
            Action::Warn => (2, Decision::Warned),
            Action::Observe => (1, Decision::Allowed),
            Action::Pass => continue,
        };
        if gravity > gravest.0 {
            gravest = (gravity, decision, Some(format!("screening.{}", class.name())));
        }
    }
    (entry.decision, entry.rule) = (gravest.1, gravest.2);
    if tool.observe && entry.decision != Decision::Allowed {
        entry.rule = Some(format!("observe.{}", entry.decision.name()));
        entry.decision = Decision::Allowed;
    }
}

/// What a detector on trial finds: it is counted, and lets through.
fn tried(entry: &mut Entry, agent: &Agent, tool: &Used, chance: &mut Chance) {
    let (id, class, often) = TRIED;
    let would = match tool.actions[class as usize] {
        Action::Block => Decision::Refused,
        Action::Mask => Decision::Masked,
        Action::Warn => Decision::Warned,
        Action::Observe | Action::Pass => return,
    };
    if !chance.happens(often / 100.0 * agent.direction.exposed) {
        return;
    }
    let observed = format!("observe.{}.{id}", would.name());
    for name in [class.name(), &observed] {
        *entry.findings.entry(name.to_owned()).or_default() += 1;
    }
    *entry.finding_types.entry(id.to_owned()).or_default() += 1;
    if entry.decision == Decision::Allowed && entry.rule.is_none() {
        entry.rule = Some(observed);
    }
}

/// How a request that left ends.
fn answered(tool: &Used, outage: bool, chance: &mut Chance) -> Settlement {
    let most = tool.most_output.unwrap_or(8192) as f64;
    let input = chance.around(420.0, 1.0).clamp(8.0, 60_000.0) as u64;
    let output = chance.around(360.0, 0.9).clamp(3.0, most) as u64;
    let first = chance.around(650.0, 0.5);
    let speed = chance.around(85.0, 0.35);
    let draw = chance.unit();
    if draw < if outage { 0.7 } else { 0.006 } {
        let waited = chance.around(2_500.0, 0.8) as u64;
        return Settlement {
            duration_ms: waited,
            upstream_ms: Some(waited),
            overhead_us: Some(chance.around(320.0, 0.4) as u64),
            ..Settlement::bare(Outcome::UpstreamError, 502)
        };
    }
    let gone = draw > 0.988;
    let output = if gone { output / 3 + 1 } else { output };
    let mention = if chance.happens(0.06) {
        MentionForm::Header
    } else {
        MentionForm::Text
    };
    Settlement {
        mention: if gone { MentionForm::None } else { mention },
        tokens: Tokens {
            input: Some(input),
            output: Some(output),
            estimated: gone,
        },
        duration_ms: (first + output as f64 / speed * 1000.0) as u64,
        first_token_ms: Some(first as u64),
        upstream_ms: Some((first * 0.97) as u64),
        overhead_us: Some(chance.around(320.0, 0.4) as u64),
        ..Settlement::bare(if gone { Outcome::ClientGone } else { Outcome::Completed }, 200)
    }
}
