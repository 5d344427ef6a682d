//! What is written down about a request: contract §8, and never a word of what was asked or answered.
//!
//! An [`Entry`] is what is known before a backend is contacted; a [`Settlement`] is how it ended.
//! Together they are one row of `usage_events`.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Tells the time. Made once at the desk and passed down, so that tests can set it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Our own id of a request: a UUIDv7 (RFC 9562), so ids sort by time. Never the upstream's (litellm #39749).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub Uuid);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the policy said of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing to say.
    Allowed,
    /// Let through with a warning in the headers.
    Warned,
    /// Let through with values replaced by placeholders.
    Masked,
    /// Not let through.
    Refused,
}

impl Decision {
    /// The word of the contract: `allowed`, `warned`, `masked`, `refused`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Warned => "warned",
            Self::Masked => "masked",
            Self::Refused => "refused",
        }
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The whole answer was handed over.
    Completed,
    /// The gateway said no.
    Refused,
    /// The caller left before the end.
    ClientGone,
    /// The backend failed, before or during its answer.
    UpstreamError,
    /// The gateway itself stopped: found open at the next start, or a bug cut it short.
    Interrupted,
}

impl Outcome {
    /// The word of the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Refused => "refused",
            Self::ClientGone => "client_gone",
            Self::UpstreamError => "upstream_error",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Where the mention of an answer stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MentionForm {
    /// At the end of the text.
    Text,
    /// In the header only: JSON mode, function calls, embeddings, empty answers.
    Header,
    /// Nowhere: nothing was generated.
    #[default]
    None,
}

impl MentionForm {
    /// The word of the contract: `text`, `header`, `none`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Header => "header",
            Self::None => "none",
        }
    }
}

/// How many of each: class or type names of the detector to counts. Counts only, never values.
pub type Counts = BTreeMap<String, u32>;

/// What is known of a request before a backend is contacted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Primary key of the row.
    pub id: RequestId,
    /// When the request arrived.
    pub occurred_at: Timestamp,
    /// Pseudonym of the caller; empty where no caller was recognised.
    pub caller: String,
    /// Direction of the caller's group.
    pub direction: Option<String>,
    /// Id of the tool in the policy.
    pub tool: Option<String>,
    /// Level of the tool, 1 to 3.
    pub tool_level: Option<u8>,
    /// Model as asked for, only where the policy knows it: a caller may write anything there.
    pub model: Option<String>,
    /// `gemini`, `openai` or `anthropic`.
    pub dialect: String,
    /// Name of the endpoint in the dialect, such as `chat.completions`.
    pub endpoint: String,
    /// A stream was asked for.
    pub stream: bool,
    /// Why, in the caller's words, after screening.
    pub purpose: Option<String>,
    /// What the policy said.
    pub decision: Decision,
    /// Id of the rule that decided.
    pub rule: Option<String>,
    /// Findings by class.
    pub findings: Counts,
    /// Findings by type.
    pub finding_types: Counts,
    /// SHA-256 of the policy file in force, shortened as in the `x-gardefou-policy` header.
    pub policy_hash: String,
    /// Version of the charter in force.
    pub charter_version: String,
    /// Which gateway wrote this row.
    pub instance: String,
}

/// Tokens of one answer, as the backend reported them or as we estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Tokens of the prompt.
    pub input: Option<u64>,
    /// Tokens of the answer, thinking included.
    pub output: Option<u64>,
    /// The backend did not say: counted from the length of the text.
    pub estimated: bool,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settlement {
    /// How it ended.
    pub outcome: Outcome,
    /// Status the caller saw.
    pub http_status: u16,
    /// Where the mention stands.
    pub mention: MentionForm,
    /// Tokens.
    pub tokens: Tokens,
    /// From the first byte of the request to the last of the answer, in milliseconds.
    pub duration_ms: u64,
    /// To the first byte of the answer's body, in milliseconds.
    pub first_token_ms: Option<u64>,
    /// Spent waiting for the backend, in milliseconds.
    pub upstream_ms: Option<u64>,
    /// Spent in the gateway itself before the backend was contacted and after it answered, in microseconds.
    pub overhead_us: Option<u64>,
    /// Electricity of the answer in kWh, least and most; unknown models have none.
    pub energy_kwh: Option<(f64, f64)>,
    /// Emissions of the answer in kg CO2e, least and most.
    pub co2e_kg: Option<(f64, f64)>,
    /// Price of the answer in euros.
    pub cost_eur: Option<f64>,
    /// Method of the footprint and its version, such as `ecologits-0.11.3`; none where there is no figure.
    #[serde(default)]
    pub footprint_version: Option<String>,
    /// What was found in the answer, by class, where the tool's answers are screened.
    #[serde(default)]
    pub answer_findings: Counts,
    /// Id of the rule that ended the answer, in place of the one that let the request leave.
    #[serde(default)]
    pub rule: Option<String>,
}

impl Settlement {
    /// An ending of which only the outcome and the status are known.
    pub fn bare(outcome: Outcome, http_status: u16) -> Self {
        Self {
            outcome,
            http_status,
            mention: MentionForm::None,
            tokens: Tokens::default(),
            duration_ms: 0,
            first_token_ms: None,
            upstream_ms: None,
            overhead_us: None,
            energy_kwh: None,
            co2e_kg: None,
            cost_eur: None,
            footprint_version: None,
            answer_findings: Counts::new(),
            rule: None,
        }
    }
}
