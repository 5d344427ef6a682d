//! The policy file as it is written: every key read, typed and placed, and nothing yet understood.
//!
//! A value that is absent or wrong is `None` here, and its mistake is in the log; only [`super::build`] turns a
//! document without mistakes into a policy.

mod fields;
mod syntax;

use jiff::civil::Date;
use toml::de::DeTable;

use super::codes;
use super::log::{At, Log, Span};
use super::terms::{Acceptance, Action, Audience, Speech, Status};
use crate::detector::Class;
use crate::domain::Decision;
use fields::{Fields, Need};

type Text = Option<At<String>>;
type Texts = Vec<At<String>>;

/// The whole file.
pub(super) struct Document {
    pub charter: CharterDoc,
    pub contacts: ContactsDoc,
    pub mention: MentionDoc,
    /// In the order of [`Class::ALL`].
    pub actions: [Option<At<Action>>; 6],
    pub groups: Vec<GroupDoc>,
    pub backends: Vec<BackendDoc>,
    pub tools: Vec<ToolDoc>,
    pub attestations: Vec<AttestationDoc>,
    pub detectors: Vec<DetectorDoc>,
    pub allow: AllowDoc,
    pub tests: Vec<TestDoc>,
}

#[derive(Default)]
pub(super) struct CharterDoc {
    pub version: Text,
    pub url: Text,
    pub acceptance: Option<At<Acceptance>>,
}

#[derive(Default)]
pub(super) struct ContactsDoc {
    pub dsiun: Text,
    pub rssi: Text,
    pub dpo: Text,
}

#[derive(Default)]
pub(super) struct MentionDoc {
    pub text: Text,
    pub public_notice: Text,
}

pub(super) struct GroupDoc {
    pub id: Text,
    pub members: Texts,
    pub idp_groups: Texts,
    pub direction: Text,
}

pub(super) struct BackendDoc {
    pub span: Span,
    pub id: Text,
    pub dialect: Option<At<Speech>>,
    pub base_url: Text,
    /// True for an environment variable, false for a file.
    pub api_key: Option<At<(bool, String)>>,
    pub footprint: Option<(Text, Text)>,
}

pub(super) struct ToolDoc {
    pub span: Span,
    pub id: Text,
    pub name: Text,
    pub level: Option<At<u64>>,
    pub status: Option<At<Status>>,
    pub decision: Option<(Text, Option<At<Date>>)>,
    pub review_before: Option<At<Date>>,
    pub valid_from: Option<At<Date>>,
    pub valid_until: Option<At<Date>>,
    pub purpose: Text,
    pub data_used: Text,
    pub legal_basis: Text,
    pub provider: Text,
    pub hosting: Text,
    pub backends: Texts,
    pub models: Texts,
    pub accepts: Vec<At<Class>>,
    pub groups: Option<At<Texts>>,
    pub impact_assessment: Text,
    pub domains: Texts,
    pub training: Text,
    pub audience: Option<At<Audience>>,
    pub observe: bool,
    pub routed: Option<At<bool>>,
    pub limits: [Option<u64>; 3],
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
}

#[derive(Default)]
pub(super) struct AllowDoc {
    pub emails: Texts,
    pub phones: Texts,
    pub names: Texts,
}

pub(super) struct TestDoc {
    pub name: Text,
    pub tool: Text,
    pub caller: Option<(Text, Texts)>,
    pub prompt: Text,
    pub expect: Option<At<Decision>>,
}

/// The classes by their keys, in the order of [`Class::ALL`].
fn classes() -> [(&'static str, Class); 6] {
    Class::ALL.map(|class| (class.name(), class))
}

const EXPECTATIONS: [(&str, Decision); 4] = [
    ("allowed", Decision::Allowed),
    ("warned", Decision::Warned),
    ("masked", Decision::Masked),
    ("refused", Decision::Refused),
];

impl Document {
    /// Reads a file. None where it is not TOML: what it says cannot then be judged.
    pub(super) fn read<'s>(source: &'s str, log: &Log<'s>) -> Option<Self> {
        let (root, errors) = DeTable::parse_recoverable(source);
        if errors.is_empty() {
            return Some(Self::of(root.get_ref(), log));
        }
        for error in &errors {
            log.add(syntax::mistake(source, error));
        }
        // What follows a broken line is still read, for its own mistakes; what is absent may only be unreadable.
        if errors.iter().all(syntax::is_local) {
            let rest = Log::new(source, "");
            Self::of(root.get_ref(), &rest);
            log.adopt(rest, &[codes::MISSING]);
        }
        None
    }

    fn of<'s>(root: &DeTable<'s>, log: &Log<'s>) -> Self {
        let mut fields = Fields::new(root, "ce fichier", 0..0, log);
        let document = Self {
            charter: fields
                .table("charter", "[charter]", Need::Required)
                .map(charter)
                .unwrap_or_default(),
            contacts: fields
                .table("contacts", "[contacts]", Need::Required)
                .map(contacts)
                .unwrap_or_default(),
            mention: fields
                .table("mention", "[mention]", Need::Required)
                .map(mention)
                .unwrap_or_default(),
            actions: fields
                .table("screening", "[screening]", Need::Optional)
                .map(screening)
                .unwrap_or_default(),
            groups: fields.tables("group", "[[group]]").into_iter().map(group).collect(),
            backends: fields
                .tables("backend", "[[backend]]")
                .into_iter()
                .map(backend)
                .collect(),
            tools: fields.tables("tool", "[[tool]]").into_iter().map(tool).collect(),
            attestations: fields
                .tables("attestation", "[[attestation]]")
                .into_iter()
                .map(attestation)
                .collect(),
            detectors: fields
                .tables("detector", "[[detector]]")
                .into_iter()
                .map(detector)
                .collect(),
            allow: fields
                .table("allow", "[allow]", Need::Optional)
                .map(allow)
                .unwrap_or_default(),
            tests: fields.tables("test", "[[test]]").into_iter().map(test).collect(),
        };
        fields.close();
        document
    }
}

fn list(texts: Option<At<Texts>>) -> Texts {
    texts.map(|texts| texts.value).unwrap_or_default()
}

fn charter(mut fields: Fields<'_, '_>) -> CharterDoc {
    let read = CharterDoc {
        version: fields.text("version", Need::Required),
        url: fields.text("url", Need::Required),
        acceptance: fields.word("acceptance", Need::Optional, Acceptance::WORDS),
    };
    fields.close();
    read
}

fn contacts(mut fields: Fields<'_, '_>) -> ContactsDoc {
    let read = ContactsDoc {
        dsiun: fields.text("dsiun", Need::Required),
        rssi: fields.text("rssi", Need::Required),
        dpo: fields.text("dpo", Need::Required),
    };
    fields.close();
    read
}

fn mention(mut fields: Fields<'_, '_>) -> MentionDoc {
    let read = MentionDoc {
        text: fields.text("text", Need::Required),
        public_notice: fields.text("public_notice", Need::Optional),
    };
    fields.close();
    read
}

fn screening(mut fields: Fields<'_, '_>) -> [Option<At<Action>>; 6] {
    let actions = fields
        .table("actions", "[screening.actions]", Need::Optional)
        .map(|mut actions| {
            let read = Class::ALL.map(|class| actions.word(class.name(), Need::Optional, Action::WRITTEN));
            actions.close();
            read
        });
    fields.close();
    actions.unwrap_or_default()
}

fn group(mut fields: Fields<'_, '_>) -> GroupDoc {
    let read = GroupDoc {
        id: fields.text("id", Need::Required),
        members: list(fields.texts("members")),
        idp_groups: list(fields.texts("idp_groups")),
        direction: fields.text("direction", Need::Optional),
    };
    fields.close();
    read
}

fn backend(mut fields: Fields<'_, '_>) -> BackendDoc {
    let read = BackendDoc {
        span: fields.span(),
        id: fields.text("id", Need::Required),
        dialect: fields.word("dialect", Need::Required, Speech::WORDS),
        base_url: fields.text("base_url", Need::Optional),
        api_key: fields.secret("api_key", "`api_key`"),
        footprint: fields
            .table("footprint", "`footprint`", Need::Optional)
            .map(|mut footprint| {
                let read = (
                    footprint.text("provider", Need::Required),
                    footprint.text("zone", Need::Required),
                );
                footprint.close();
                read
            }),
    };
    fields.close();
    read
}

fn tool(mut fields: Fields<'_, '_>) -> ToolDoc {
    let read = ToolDoc {
        span: fields.span(),
        id: fields.text("id", Need::Required),
        name: fields.text("name", Need::Required),
        level: fields.number("level", Need::Required, 1, 3),
        status: fields.word("status", Need::Required, Status::WORDS),
        decision: fields
            .table("decision", "`decision`", Need::Optional)
            .map(|mut decision| {
                let read = (
                    decision.text("reference", Need::Required),
                    decision.date("date", Need::Required),
                );
                decision.close();
                read
            }),
        review_before: fields.date("review_before", Need::Optional),
        valid_from: fields.date("valid_from", Need::Optional),
        valid_until: fields.date("valid_until", Need::Optional),
        purpose: fields.text("purpose", Need::Optional),
        data_used: fields.text("data_used", Need::Optional),
        legal_basis: fields.text("legal_basis", Need::Optional),
        provider: fields.text("provider", Need::Optional),
        hosting: fields.text("hosting", Need::Optional),
        backends: list(fields.texts("backends")),
        models: list(fields.texts("models")),
        accepts: fields
            .words("accepts", &classes())
            .map(|classes| classes.value)
            .unwrap_or_default(),
        groups: fields.texts("groups"),
        impact_assessment: fields.text("impact_assessment", Need::Optional),
        domains: list(fields.texts("domains")),
        training: fields.text("training", Need::Optional),
        audience: fields.word("audience", Need::Optional, Audience::WORDS),
        observe: fields.flag("observe").is_some_and(|observe| observe.value),
        routed: fields.flag("routed"),
        limits: fields
            .table("limits", "`limits`", Need::Optional)
            .map(limits)
            .unwrap_or_default(),
    };
    fields.close();
    read
}

/// Requests per minute, tokens per day, tokens of an answer.
fn limits(mut fields: Fields<'_, '_>) -> [Option<u64>; 3] {
    let read = ["requests_per_minute", "tokens_per_day", "max_output_tokens"].map(|key| {
        fields
            .number(key, Need::Optional, 1, u64::MAX)
            .map(|number| number.value)
    });
    fields.close();
    read
}

fn attestation(mut fields: Fields<'_, '_>) -> AttestationDoc {
    let read = AttestationDoc {
        training: fields.text("training", Need::Required),
        holder: fields.text("holder", Need::Required),
        valid_until: fields.date("valid_until", Need::Required),
    };
    fields.close();
    read
}

fn detector(mut fields: Fields<'_, '_>) -> DetectorDoc {
    let read = DetectorDoc {
        span: fields.span(),
        id: fields.text("id", Need::Required),
        class: fields.word("class", Need::Required, &classes()),
        pattern: fields.text("pattern", Need::Required),
        cues: list(fields.texts("cues")),
        matches: list(fields.texts("matches")),
        misses: list(fields.texts("misses")),
    };
    fields.close();
    read
}

fn allow(mut fields: Fields<'_, '_>) -> AllowDoc {
    let read = AllowDoc {
        emails: list(fields.texts("emails")),
        phones: list(fields.texts("phones")),
        names: list(fields.texts("names")),
    };
    fields.close();
    read
}

fn test(mut fields: Fields<'_, '_>) -> TestDoc {
    let read = TestDoc {
        name: fields.text("name", Need::Required),
        tool: fields.text("tool", Need::Required),
        caller: fields.table("caller", "`caller`", Need::Required).map(|mut caller| {
            let read = (caller.text("id", Need::Required), list(caller.texts("groups")));
            caller.close();
            read
        }),
        prompt: fields.text("prompt", Need::Required),
        expect: fields.word("expect", Need::Required, &EXPECTATIONS),
    };
    fields.close();
    read
}
