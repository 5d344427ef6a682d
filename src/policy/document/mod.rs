//! The policy file as it is written: every key read, typed and placed, and nothing yet understood.
//!
//! A value that is absent or wrong is `None` here, and its mistake is in the log; only [`super::build`] turns a
//! document without mistakes into a policy.

mod fields;
mod keys;
mod sections;
mod skeleton;
mod syntax;

use std::borrow::Cow;

use jiff::civil::Date;
use toml::de::DeTable;

use super::codes;
use super::log::{At, Log, Span};
use super::parts::Limits;
use super::terms::{
    Acceptance, Action, AiAct, Ambition, Answers, Audience, OutsideDomains, Speech, Status, StoreDown, Unread,
};
use crate::detector::Class;
use crate::domain::Decision;

pub(super) use fields::Need;
pub(super) use keys::{Key, Shape};

/// How often a broken file is read: each time without the lines that broke it before.
const READINGS: usize = 50;

type Text = Option<At<String>>;
type Texts = Vec<At<String>>;
/// A document of the house: its number and its day.
pub(super) type ReferenceDoc = Option<(Text, Option<At<Date>>)>;

/// The whole file.
pub(super) struct Document {
    pub charter: CharterDoc,
    pub contacts: ContactsDoc,
    pub organisation: OrganisationDoc,
    pub mention: MentionDoc,
    pub masking: MaskingDoc,
    /// In the order of [`Class::ALL`].
    pub actions: [Option<At<Action>>; 6],
    /// Classes whose actions are decided and recorded only.
    pub observed: Vec<At<Class>>,
    pub limits: LimitsDoc,
    pub groups: Vec<GroupDoc>,
    pub directions: Vec<DirectionDoc>,
    pub backends: Vec<BackendDoc>,
    pub tools: Vec<ToolDoc>,
    pub trainings: Vec<TrainingDoc>,
    pub attestations: Vec<AttestationDoc>,
    pub detectors: Vec<DetectorDoc>,
    pub allow: AllowDoc,
    pub prices: Vec<PriceDoc>,
    pub tests: Vec<TestDoc>,
}

#[derive(Default)]
pub(super) struct CharterDoc {
    pub version: Text,
    pub url: Text,
    pub acceptance: Option<At<Acceptance>>,
    pub signers: Vec<SignerDoc>,
}

pub(super) struct SignerDoc {
    pub name: Text,
    pub key: Text,
}

/// What holds for all tools together.
#[derive(Default)]
pub(super) struct LimitsDoc {
    pub caller: Limits,
    pub store_down: Option<At<StoreDown>>,
}

#[derive(Default)]
pub(super) struct ContactsDoc {
    pub dsiun: Text,
    pub rssi: Text,
    pub dpo: Text,
}

#[derive(Default)]
pub(super) struct OrganisationDoc {
    pub name: Text,
    pub address: Text,
    pub representative: Text,
}

#[derive(Default)]
pub(super) struct MentionDoc {
    pub span: Span,
    pub text: Text,
    pub public_notice: Text,
}

#[derive(Default)]
pub(super) struct MaskingDoc {
    pub instruct: Option<At<bool>>,
    pub instruction: Text,
}

pub(super) struct GroupDoc {
    pub span: Span,
    pub id: Text,
    pub members: Texts,
    pub idp_groups: Texts,
    pub direction: Text,
    pub domains: Texts,
    pub limits: Limits,
}

pub(super) struct BackendDoc {
    pub span: Span,
    /// Keys that were mistyped: told already, so not absent.
    pub mistyped: Vec<&'static str>,
    pub id: Text,
    pub dialect: Option<At<Speech>>,
    pub base_url: Text,
    /// True for an environment variable, false for a file.
    pub api_key: Option<At<(bool, String)>>,
    pub footprint: Option<(Text, Text)>,
}

pub(super) struct ToolDoc {
    pub span: Span,
    /// Keys that were mistyped: told already, so not absent.
    pub mistyped: Vec<&'static str>,
    pub id: Text,
    pub name: Text,
    pub level: Option<At<u64>>,
    pub status: Option<At<Status>>,
    pub proposed_on: Option<At<Date>>,
    pub decision: ReferenceDoc,
    pub evaluation: ReferenceDoc,
    pub review_before: Option<At<Date>>,
    pub grace_days: Option<At<u64>>,
    pub valid_from: Option<At<Date>>,
    pub valid_until: Option<At<Date>>,
    pub purpose: Text,
    pub data_used: Text,
    pub legal_basis: Text,
    pub provider: Text,
    pub hosting: Text,
    pub ai_act: Option<At<AiAct>>,
    pub ambition: Option<At<Ambition>>,
    pub campaign: Text,
    pub data_subjects: Text,
    pub recipients: Text,
    pub retention: Text,
    pub transfers: Text,
    pub security: Text,
    pub backends: Texts,
    pub models: Texts,
    pub default_model: Text,
    pub accepts: Vec<At<Class>>,
    pub groups: Option<At<Texts>>,
    pub impact_assessment: Text,
    pub decision_individuelle: Option<At<bool>>,
    pub fria: Text,
    pub domains: Texts,
    pub outside_domains: Option<At<OutsideDomains>>,
    pub purpose_required: Option<At<bool>>,
    pub training: Text,
    pub audience: Option<At<Audience>>,
    pub observe: bool,
    pub answers: Option<At<Answers>>,
    pub unread: Vec<At<Unread>>,
    pub ocr: bool,
    pub routed: Option<At<bool>>,
    pub limits: Limits,
    pub shared_limits: Limits,
}

pub(super) struct TrainingDoc {
    pub id: Text,
    pub name: Text,
    pub url: Text,
}

pub(super) struct AttestationDoc {
    pub training: Text,
    pub holder: Text,
    pub valid_until: Option<At<Date>>,
}

pub(super) struct DetectorDoc {
    pub span: Span,
    pub id: Text,
    pub class: Option<At<Class>>,
    pub pattern: Text,
    pub cues: Texts,
    pub matches: Texts,
    pub misses: Texts,
    pub observe: bool,
}

#[derive(Default)]
pub(super) struct AllowDoc {
    pub emails: Texts,
    pub phones: Texts,
    pub names: Texts,
}

pub(super) struct DirectionDoc {
    pub name: Text,
    pub agents: Option<At<u64>>,
}

pub(super) struct PriceDoc {
    pub span: Span,
    pub backend: Text,
    pub model: Text,
    /// EUR per million tokens.
    pub input: Option<At<f64>>,
    pub output: Option<At<f64>>,
    pub from: Option<At<Date>>,
    pub until: Option<At<Date>>,
}

pub(super) struct TestDoc {
    pub name: Text,
    pub tool: Text,
    pub caller: Option<(Text, Texts)>,
    pub prompt: Text,
    pub expect: Option<At<Decision>>,
}

impl Document {
    /// Every key that [`Document::read`] asks for, in the order in which it asks.
    pub(super) fn keys() -> Vec<Key> {
        let (notes, nothing, log) = (keys::Notebook::default(), DeTable::new(), Log::new("", ""));
        sections::root(fields::Fields::new(&nothing, "", 0..0, &log).noting(&notes));
        notes.keys()
    }

    /// Reads a file. None where it is not TOML; it is then read for its mistakes only, without the lines that broke it.
    pub(super) fn read(source: &str, log: &Log<'_>) -> Option<Self> {
        let mut text = Cow::Borrowed(source);
        for _ in 0..READINGS {
            let (root, errors) = DeTable::parse_recoverable(&text);
            if errors.is_empty() {
                let rest = Log::new(source, "");
                let document = sections::document(root.get_ref(), &rest);
                // What is absent may only have been unreadable.
                let broken = matches!(text, Cow::Owned(_));
                log.adopt(rest, if broken { &[codes::MISSING] } else { &[] });
                return (!broken).then_some(document);
            }
            text = Cow::Owned(syntax::report(&text, &errors, log)?);
        }
        None
    }
}
