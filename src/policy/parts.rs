//! What a policy is made of: values without mistakes, ready to be read by other rooms.

use std::fmt;

use jiff::civil::Date;

use super::terms::{
    Acceptance, Action, AiAct, Ambition, Answers, Audience, OutsideDomains, Speech, Status, StoreDown, Unread,
};
use crate::detector::{AllowList, Class, OwnDetector};

/// The charter in force.
#[derive(Clone, Debug)]
pub struct Charter {
    /// Its version; a new one is accepted anew.
    pub version: String,
    /// Where to read it.
    pub url: String,
    /// Whether callers must have accepted it.
    pub acceptance: Acceptance,
    /// Who may put a new version of the policy in force; nobody named: whoever can write the file.
    pub signers: Vec<PolicySigner>,
}

/// Somebody whose signature puts a version of the policy in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySigner {
    /// Name for people, such as "Direction générale des services".
    pub name: String,
    /// Public Ed25519 key (RFC 8032), 64 hexadecimal digits.
    pub key: String,
}

/// Whom to ask. Every refusal names one.
#[derive(Clone, Debug)]
pub struct Contacts {
    /// Those who run the gateway.
    pub dsiun: String,
    /// Head of information security.
    pub rssi: String,
    /// Data protection officer.
    pub dpo: String,
}

/// The body that answers for the processing (RGPD art. 30). What the file does not say is `None`.
#[derive(Clone, Debug, Default)]
pub struct Organisation {
    /// Its name.
    pub name: Option<String>,
    /// Its postal address.
    pub address: Option<String>,
    /// Who represents it.
    pub representative: Option<String>,
}

/// What tells a reader that an AI wrote (charter, rule 6).
#[derive(Clone, Debug)]
pub struct Mention {
    /// At the end of an answer.
    pub text: String,
    /// Before the first answer to a citizen.
    pub public_notice: String,
}

/// Some callers.
#[derive(Clone, Debug)]
pub struct Group {
    /// Name in the policy, in keys and in settings.
    pub id: String,
    /// Names of the directory's groups that make it up.
    pub idp_groups: Vec<String>,
    /// Direction of its members, for the committee's figures.
    pub direction: Option<String>,
    /// Domains of competence of its members; `*` is any, none says nothing of them.
    pub domains: Vec<String>,
    /// What its members may spend together, on all tools.
    pub limits: Limits,
    /// How many members the policy itself names.
    pub members: usize,
}

/// A training that a tool asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Training {
    /// As in [`Tool::training`] and in attestations.
    pub id: String,
    /// Name for people.
    pub name: Option<String>,
    /// Where to enrol.
    pub url: String,
}

/// Where a secret is kept; never the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// In this environment variable.
    Env(String),
    /// In this file.
    File(String),
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "variable d'environnement {name}"),
            Self::File(path) => write!(f, "fichier {path}"),
        }
    }
}

/// What EcoLogits has to know of a backend.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Provider in the tables of EcoLogits, such as `google_genai`.
    pub provider: String,
    /// Electricity mix, such as `FRA` or `USA`.
    pub zone: String,
}

/// An approved AI service.
#[derive(Clone, Debug)]
pub struct Backend {
    /// Name in the policy and in logs.
    pub id: String,
    /// What it speaks.
    pub dialect: Speech,
    /// As given to that dialect's SDK; none for the simulated backend.
    pub base_url: Option<String>,
    /// Where its key is kept.
    pub api_key: Option<SecretRef>,
    /// For its footprint.
    pub footprint: Option<Zone>,
}

/// A document of the house, such as a decision of the DGS or an evaluation.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Its number.
    pub reference: String,
    /// Its date.
    pub date: Date,
}

/// What may be spent: by a caller on a tool, by all callers on it, by a group, or by a caller on all tools. `None` is
/// no bound. Days and months are those of metropolitan France.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests in one minute.
    pub requests_per_minute: Option<u64>,
    /// Requests in one day.
    pub requests_per_day: Option<u64>,
    /// Requests in one month.
    pub requests_per_month: Option<u64>,
    /// Tokens of prompts and answers in one minute.
    pub tokens_per_minute: Option<u64>,
    /// Tokens of prompts and answers in one day.
    pub tokens_per_day: Option<u64>,
    /// Tokens of prompts and answers in one month.
    pub tokens_per_month: Option<u64>,
    /// Billionths of a euro in one day; what has no price costs nothing here.
    pub euros_per_day: Option<u64>,
    /// Billionths of a euro in one month.
    pub euros_per_month: Option<u64>,
    /// Requests under way at one moment.
    pub concurrent_requests: Option<u64>,
    /// Tokens of one answer.
    pub max_output_tokens: Option<u64>,
}

impl Limits {
    /// Whether it bounds anything that has to be counted; the length of one answer has not.
    pub fn is_counted(&self) -> bool {
        let counted = Self {
            max_output_tokens: None,
            ..*self
        };
        counted != Self::default()
    }

    /// Euros in billionths of a euro, in which money is counted so that sums do not depend on their order.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to ten million euros, which the reader checks"
    )]
    pub fn nano_euros(euros: f64) -> u64 {
        (euros * 1e9).round() as u64
    }
}

/// What holds for all tools together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spending {
    /// What one caller may spend on all tools.
    pub caller: Limits,
    /// Some group has limits of its own.
    pub groups: bool,
    /// What is done while the store that gateways count in together cannot be reached.
    pub store_down: StoreDown,
}

/// A direction, or one of its services (`Solidarités / Autonomie`), as the committee counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Direction {
    /// As in [`Group::direction`].
    pub name: String,
    /// Agents that work there, whether they may use a tool or not.
    pub agents: u64,
}

/// What the DSIUN adds to the detector, as written.
#[derive(Clone, Debug)]
pub struct Additions {
    /// Its own detectors, in the order of the file.
    pub detectors: Vec<OwnDetector>,
    /// What is never reported.
    pub allow: AllowList,
}

/// An AI system in the committee's list. Texts the committee has not given yet are empty; a served tool has them all.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Name in paths (`/t/{tool}/`), headers and the ledger.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// 1 for all, 2 embedded in a vendor's product, 3 specialised.
    pub level: u8,
    /// Where it is in its life.
    pub status: Status,
    /// When it was proposed to the committee.
    pub proposed_on: Option<Date>,
    /// What allows it.
    pub decision: Option<Reference>,
    /// How it was evaluated.
    pub evaluation: Option<Reference>,
    /// Last day before it must have been reviewed.
    pub review_before: Option<Date>,
    /// Days after that in which it is served all the same, with a reminder.
    pub grace_days: u16,
    /// First day.
    pub valid_from: Option<Date>,
    /// Last day.
    pub valid_until: Option<Date>,
    /// What it is for.
    pub purpose: String,
    /// Data it works on.
    pub data_used: String,
    /// Legal basis of the processing (RGPD art. 6).
    pub legal_basis: String,
    /// Who provides it.
    pub provider: String,
    /// Where its data is hosted.
    pub hosting: String,
    /// Its class under the AI Act.
    pub ai_act: Option<AiAct>,
    /// Which of the charter's ambitions it serves.
    pub ambition: Option<Ambition>,
    /// The internal call for projects it comes from.
    pub campaign: Option<String>,
    /// Whose data it works on (RGPD art. 30(1)(c)).
    pub data_subjects: String,
    /// Who receives its data (RGPD art. 30(1)(d)).
    pub recipients: String,
    /// How long its data is kept (RGPD art. 30(1)(f)).
    pub retention: String,
    /// What leaves the European Union, and under which guarantees (RGPD art. 30(1)(e)).
    pub transfers: String,
    /// What protects it (RGPD art. 30(1)(g)).
    pub security: String,
    /// Ids of its backends, in the order in which they are tried.
    pub backends: Vec<String>,
    /// Names of models, or beginnings that end with `*`.
    pub models: Vec<String>,
    /// The model of a request that names none.
    pub default_model: Option<String>,
    /// Classes it is configured to protect.
    pub accepts: Vec<Class>,
    /// Ids of the groups that may use it; `*` is everyone.
    pub groups: Vec<String>,
    /// Reference of the impact assessment (RGPD art. 35).
    pub impact_assessment: Option<String>,
    /// It takes part in decisions about persons (CRPA art. L.311-3-1).
    pub decision_individuelle: bool,
    /// Reference of the assessment of its impact on fundamental rights (AI Act art. 27).
    pub fria: Option<String>,
    /// Domains of competence it is meant for; `*` is any.
    pub domains: Vec<String>,
    /// What is done where they are not the caller's.
    pub outside_domains: OutsideDomains,
    /// A caller must say why (`x-gardefou-purpose`).
    pub purpose_required: bool,
    /// Training a caller must have had.
    pub training: Option<String>,
    /// Who reads its answers.
    pub audience: Audience,
    /// Decides and records, but lets through.
    pub observe: bool,
    /// What is done about what is found in its answers.
    pub answers: Answers,
    /// What may leave for it unread.
    pub unread: Vec<Unread>,
    /// Its images are read before they leave.
    pub ocr: bool,
    /// Whether its requests come through the gateway; only level 2 may do without.
    pub routed: bool,
    /// What one caller may spend.
    pub limits: Limits,
    /// What all callers may spend together.
    pub shared_limits: Limits,
    /// Positions of its backends in the policy.
    pub(super) roads: Vec<usize>,
    /// Positions of its groups in the policy, sorted; none is everyone.
    pub(super) open_to: Option<Vec<usize>>,
    /// By class, in the order of [`Class::ALL`].
    pub(super) actions: [Action; 6],
}

impl Tool {
    /// What is done about a finding of this class.
    pub fn action(&self, class: Class) -> Action {
        self.actions[class as usize]
    }

    /// Whether one of its patterns is the model's name or its beginning.
    pub fn has_model(&self, model: &str) -> bool {
        self.models.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => model.starts_with(beginning),
            None => pattern == model,
        })
    }
}
