//! Each section of the file, key by key: the keys a policy may hold are the names in this file.

use jiff::civil::Date;
use toml::de::DeTable;

use super::fields::{Fields, Need};
use super::{
    AllowDoc, AttestationDoc, BackendDoc, CharterDoc, ContactsDoc, DetectorDoc, DirectionDoc, Document, GroupDoc,
    LimitsDoc, MaskingDoc, MentionDoc, OrganisationDoc, PriceDoc, SignerDoc, TestDoc, Text, Texts, ToolDoc,
    TrainingDoc,
};
use crate::detector::Class;
use crate::domain::Decision;
use crate::policy::log::{At, Log};
use crate::policy::parts::Limits;
use crate::policy::terms::{
    Acceptance, Action, AiAct, Ambition, Answers, Audience, OutsideDomains, Speech, Status, StoreDown, Unread,
};

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

/// Agents of one direction: more is a slip of the finger.
const MOST_AGENTS: u64 = 1_000_000;

/// EUR for a million tokens: more is a slip of the point.
const HIGHEST_PRICE: u32 = 100_000;

/// The whole file.
pub(super) fn document<'s>(table: &DeTable<'s>, log: &Log<'s>) -> Document {
    root(Fields::new(table, "ce fichier", 0..0, log))
}

/// The same, of what is not yet read or only noted.
pub(super) fn root(mut fields: Fields<'_, '_>) -> Document {
    let (actions, observed) = fields
        .table("screening", "[screening]", Need::Optional)
        .map(screening)
        .unwrap_or_default();
    let document = Document {
        charter: fields
            .table("charter", "[charter]", Need::Required)
            .map(charter)
            .unwrap_or_default(),
        contacts: fields
            .table("contacts", "[contacts]", Need::Required)
            .map(contacts)
            .unwrap_or_default(),
        organisation: fields
            .table("organisation", "[organisation]", Need::Optional)
            .map(organisation)
            .unwrap_or_default(),
        mention: fields
            .table("mention", "[mention]", Need::Required)
            .map(mention)
            .unwrap_or_default(),
        masking: fields
            .table("masking", "[masking]", Need::Optional)
            .map(masking)
            .unwrap_or_default(),
        actions,
        observed,
        limits: fields
            .table("limits", "[limits]", Need::Optional)
            .map(all_tools)
            .unwrap_or_default(),
        groups: fields.tables("group", "[[group]]").into_iter().map(group).collect(),
        directions: fields
            .tables("direction", "[[direction]]")
            .into_iter()
            .map(direction)
            .collect(),
        backends: fields
            .tables("backend", "[[backend]]")
            .into_iter()
            .map(backend)
            .collect(),
        tools: fields.tables("tool", "[[tool]]").into_iter().map(tool).collect(),
        trainings: fields
            .tables("training", "[[training]]")
            .into_iter()
            .map(training)
            .collect(),
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
        prices: fields.tables("price", "[[price]]").into_iter().map(price).collect(),
        tests: fields.tables("test", "[[test]]").into_iter().map(test).collect(),
    };
    fields.close();
    document
}

fn list(texts: Option<At<Texts>>) -> Texts {
    texts.map(|texts| texts.value).unwrap_or_default()
}

fn charter(mut fields: Fields<'_, '_>) -> CharterDoc {
    let read = CharterDoc {
        version: fields.text("version", Need::Required),
        url: fields.text("url", Need::Required),
        acceptance: fields.word("acceptance", Need::Optional, Acceptance::WORDS),
        signers: fields.tables("signers", "`signers`").into_iter().map(signer).collect(),
    };
    fields.close();
    read
}

fn signer(mut fields: Fields<'_, '_>) -> SignerDoc {
    let read = SignerDoc {
        name: fields.text("name", Need::Required),
        key: fields.text("key", Need::Required),
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

fn organisation(mut fields: Fields<'_, '_>) -> OrganisationDoc {
    let read = OrganisationDoc {
        name: fields.text("name", Need::Required),
        address: fields.text("address", Need::Optional),
        representative: fields.text("representative", Need::Optional),
    };
    fields.close();
    read
}

fn mention(mut fields: Fields<'_, '_>) -> MentionDoc {
    let read = MentionDoc {
        span: fields.span(),
        text: fields.text("text", Need::Required),
        public_notice: fields.text("public_notice", Need::Optional),
    };
    fields.close();
    read
}

fn masking(mut fields: Fields<'_, '_>) -> MaskingDoc {
    let read = MaskingDoc {
        instruct: fields.flag("instruct"),
        instruction: fields.text("instruction", Need::Optional),
    };
    fields.close();
    read
}

fn screening(mut fields: Fields<'_, '_>) -> ([Option<At<Action>>; 6], Vec<At<Class>>) {
    let observed = fields.words("observe", &classes());
    let actions = fields
        .table("actions", "[screening.actions]", Need::Optional)
        .map(|mut actions| {
            let read = Class::ALL.map(|class| actions.word(class.name(), Need::Optional, Action::WRITTEN));
            actions.close();
            read
        });
    fields.close();
    let observed = observed.map(|classes| classes.value).unwrap_or_default();
    (actions.unwrap_or_default(), observed)
}

fn group(mut fields: Fields<'_, '_>) -> GroupDoc {
    let read = GroupDoc {
        span: fields.span(),
        id: fields.text("id", Need::Required),
        members: list(fields.texts("members")),
        idp_groups: list(fields.texts("idp_groups")),
        direction: fields.text("direction", Need::Optional),
        domains: list(fields.texts("domains")),
        limits: own_bounds(&mut fields, "limits", "`limits`"),
    };
    fields.close();
    read
}

fn backend(mut fields: Fields<'_, '_>) -> BackendDoc {
    let mut read = BackendDoc {
        span: fields.span(),
        mistyped: Vec::new(),
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
    read.mistyped = fields.close();
    read
}

fn tool(mut fields: Fields<'_, '_>) -> ToolDoc {
    let mut read = ToolDoc {
        span: fields.span(),
        mistyped: Vec::new(),
        id: fields.text("id", Need::Required),
        name: fields.text("name", Need::Required),
        level: fields.number("level", Need::Required, 1, 3),
        status: fields.word("status", Need::Required, Status::WORDS),
        proposed_on: fields.date("proposed_on", Need::Optional),
        decision: fields.table("decision", "`decision`", Need::Optional).map(reference),
        evaluation: fields
            .table("evaluation", "`evaluation`", Need::Optional)
            .map(reference),
        review_before: fields.date("review_before", Need::Optional),
        grace_days: fields.number("grace_days", Need::Optional, 0, MOST_GRACE),
        valid_from: fields.date("valid_from", Need::Optional),
        valid_until: fields.date("valid_until", Need::Optional),
        purpose: fields.text("purpose", Need::Optional),
        data_used: fields.text("data_used", Need::Optional),
        legal_basis: fields.text("legal_basis", Need::Optional),
        provider: fields.text("provider", Need::Optional),
        hosting: fields.text("hosting", Need::Optional),
        ai_act: fields.word("ai_act", Need::Optional, AiAct::WORDS),
        ambition: fields.word("ambition", Need::Optional, Ambition::WORDS),
        campaign: fields.text("campaign", Need::Optional),
        data_subjects: fields.text("data_subjects", Need::Optional),
        recipients: fields.text("recipients", Need::Optional),
        retention: fields.text("retention", Need::Optional),
        transfers: fields.text("transfers", Need::Optional),
        security: fields.text("security", Need::Optional),
        backends: list(fields.texts("backends")),
        models: list(fields.texts("models")),
        default_model: fields.text("default_model", Need::Optional),
        accepts: fields
            .words("accepts", &classes())
            .map(|classes| classes.value)
            .unwrap_or_default(),
        groups: fields.texts("groups"),
        impact_assessment: fields.text("impact_assessment", Need::Optional),
        decision_individuelle: fields.flag("decision_individuelle"),
        fria: fields.text("fria", Need::Optional),
        domains: list(fields.texts("domains")),
        outside_domains: fields.word("outside_domains", Need::Optional, OutsideDomains::WORDS),
        purpose_required: fields.flag("purpose_required"),
        training: fields.text("training", Need::Optional),
        audience: fields.word("audience", Need::Optional, Audience::WORDS),
        observe: fields.flag("observe").is_some_and(|observe| observe.value),
        answers: fields.word("answers", Need::Optional, Answers::WORDS),
        unread: fields
            .words("unread", Unread::WORDS)
            .map(|unread| unread.value)
            .unwrap_or_default(),
        ocr: fields.flag("ocr").is_some_and(|ocr| ocr.value),
        routed: fields.flag("routed"),
        limits: own_bounds(&mut fields, "limits", "`limits`"),
        shared_limits: bounds(&mut fields, "shared_limits", "`shared_limits`"),
    };
    read.mistyped = fields.close();
    read
}

/// A document of the house: its number and its day.
fn reference(mut fields: Fields<'_, '_>) -> (Text, Option<At<Date>>) {
    let read = (
        fields.text("reference", Need::Required),
        fields.date("date", Need::Required),
    );
    fields.close();
    read
}

/// Highest limit that can be written: beyond, none is meant.
const MOST: u64 = 1_000_000_000_000;

/// Days a tool may still be served after the day before which it should have been reviewed: a year at most, or the
/// review would mean nothing.
const MOST_GRACE: u64 = 366;

/// Hundredths of a EUR: less would let nothing through.
const LEAST_EUROS: u32 = 1;

/// EUR in a month: more is a slip of the point.
const MOST_EUROS: u32 = 10_000_000;

/// Everything that may be bounded but the length of one answer.
fn limits(mut fields: Fields<'_, '_>) -> Limits {
    let mut number = |key| fields.number(key, Need::Optional, 1, MOST).map(|number| number.value);
    let mut read = Limits {
        requests_per_minute: number("requests_per_minute"),
        requests_per_day: number("requests_per_day"),
        requests_per_month: number("requests_per_month"),
        tokens_per_minute: number("tokens_per_minute"),
        tokens_per_day: number("tokens_per_day"),
        tokens_per_month: number("tokens_per_month"),
        concurrent_requests: number("concurrent_requests"),
        ..Limits::default()
    };
    let mut euros = |key| {
        fields
            .decimal(key, Need::Optional, LEAST_EUROS, MOST_EUROS)
            .map(|euros| Limits::nano_euros(euros.value))
    };
    read.euros_per_day = euros("euros_per_day");
    read.euros_per_month = euros("euros_per_month");
    fields.close();
    read
}

/// A table of limits inside another.
/// Bounds of one caller or group, which may be on the length of each answer too.
fn own_bounds<'r>(fields: &mut Fields<'r, '_>, key: &'static str, name: &'r str) -> Limits {
    let read = fields.table(key, name, Need::Optional).map(|mut fields| {
        let answer = fields.number("max_output_tokens", Need::Optional, 1, MOST);
        Limits {
            max_output_tokens: answer.map(|most| most.value),
            ..limits(fields)
        }
    });
    read.unwrap_or_default()
}

fn bounds<'r>(fields: &mut Fields<'r, '_>, key: &'static str, name: &'r str) -> Limits {
    fields.table(key, name, Need::Optional).map(limits).unwrap_or_default()
}

fn all_tools(mut fields: Fields<'_, '_>) -> LimitsDoc {
    let read = LimitsDoc {
        caller: own_bounds(&mut fields, "caller", "`caller`"),
        store_down: fields.word("store_down", Need::Optional, StoreDown::WORDS),
    };
    fields.close();
    read
}

fn training(mut fields: Fields<'_, '_>) -> TrainingDoc {
    let read = TrainingDoc {
        id: fields.text("id", Need::Required),
        name: fields.text("name", Need::Optional),
        url: fields.text("url", Need::Required),
    };
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
        observe: fields.flag("observe").is_some_and(|observe| observe.value),
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

fn direction(mut fields: Fields<'_, '_>) -> DirectionDoc {
    let read = DirectionDoc {
        name: fields.text("name", Need::Required),
        agents: fields.number("agents", Need::Required, 1, MOST_AGENTS),
    };
    fields.close();
    read
}

fn price(mut fields: Fields<'_, '_>) -> PriceDoc {
    let read = PriceDoc {
        span: fields.span(),
        backend: fields.text("backend", Need::Required),
        model: fields.text("model", Need::Required),
        input: fields.decimal("input", Need::Required, 0, HIGHEST_PRICE),
        output: fields.decimal("output", Need::Required, 0, HIGHEST_PRICE),
        from: fields.date("from", Need::Optional),
        until: fields.date("until", Need::Optional),
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
