//! Everything that a policy says, as a flat list: whose it is, which key, which value. Two policies that have the same
//! facts mean the same, whatever else their files say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::Policy;
use super::explain::in_french;
use super::parts::{Limits, Reference, Tool};
use crate::detector::Class;

/// Whose fact it is. In the order in which they are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The charter.
    Charter,
    /// Whom to ask.
    Contacts,
    /// The words under answers and before them.
    Mention,
    /// What is done about what is found.
    Screening,
    /// What is never reported.
    Allow,
    /// A detector of the DSIUN's own.
    Detector(String),
    /// What models are told of placeholders.
    Masking,
    /// What holds for all tools together.
    Limits,
    /// A tool.
    Tool(String),
    /// A group.
    Group(String),
    /// A training.
    Training(String),
    /// A backend.
    Backend(String),
    /// What a model costs.
    Price(String),
    /// How many agents a direction has.
    Direction(String),
    /// The body that answers for the processing.
    Organisation,
}

/// The value of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// As a person reads it; empty where the policy says nothing.
    Text(String),
    /// Some words, in no order.
    Words(BTreeSet<String>),
    /// People, who are counted and never shown.
    People(BTreeSet<String>),
}

/// What the policy says of one key.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// What it is, in French.
    pub label: &'static str,
    pub value: Value,
}

/// By subject and key.
pub(super) type Facts = BTreeMap<Subject, BTreeMap<&'static str, Fact>>;

/// Everything that a policy says.
pub(super) fn facts(policy: &Policy) -> Facts {
    let mut facts = Facts::new();
    house(policy, facts_of(&mut facts));
    screening(policy, facts_of(&mut facts));
    people(policy, facts_of(&mut facts));
    services(policy, facts_of(&mut facts));
    for tool in &policy.tools {
        of_tool(tool, &mut facts_of(&mut facts).of(Subject::Tool(tool.id.clone())));
    }
    facts
}

fn facts_of(facts: &mut Facts) -> Writer<'_> {
    Writer(facts)
}

struct Writer<'f>(&'f mut Facts);

/// The facts of one subject.
struct Of<'f>(&'f mut BTreeMap<&'static str, Fact>);

impl Writer<'_> {
    fn of(&mut self, subject: Subject) -> Of<'_> {
        Of(self.0.entry(subject).or_default())
    }
}

impl Of<'_> {
    fn put(&mut self, key: &'static str, label: &'static str, value: Value) -> &mut Self {
        self.0.insert(key, Fact { label, value });
        self
    }

    fn text(&mut self, key: &'static str, label: &'static str, value: impl Display) -> &mut Self {
        self.put(key, label, Value::Text(value.to_string()))
    }

    fn maybe(&mut self, key: &'static str, label: &'static str, value: Option<impl Display>) -> &mut Self {
        let value = value.map(|value| value.to_string()).unwrap_or_default();
        self.put(key, label, Value::Text(value))
    }

    fn flag(&mut self, key: &'static str, label: &'static str, value: bool) -> &mut Self {
        self.text(key, label, if value { "oui" } else { "non" })
    }

    fn words(
        &mut self,
        key: &'static str,
        label: &'static str,
        words: impl IntoIterator<Item = impl ToString>,
    ) -> &mut Self {
        let words = words.into_iter().map(|word| word.to_string()).collect();
        self.put(key, label, Value::Words(words))
    }

    fn reference(&mut self, keys: [&'static str; 2], labels: [&'static str; 2], reference: Option<&Reference>) {
        self.maybe(keys[0], labels[0], reference.map(|reference| &reference.reference));
        self.maybe(keys[1], labels[1], reference.map(|reference| reference.date));
    }
}

fn house(policy: &Policy, mut facts: Writer<'_>) {
    let charter = &policy.charter;
    let signers = charter.signers.iter();
    facts
        .of(Subject::Charter)
        .text("charter.version", "version", &charter.version)
        .text("charter.url", "adresse", &charter.url)
        .text("charter.acceptance", "acceptation", charter.acceptance)
        .words(
            "charter.signers",
            "signataires de la politique",
            signers.map(|signer| format!("{} ({})", signer.name, signer.key)),
        );
    let contacts = &policy.contacts;
    facts
        .of(Subject::Contacts)
        .text("contacts.dsiun", "DSIUN", &contacts.dsiun)
        .text("contacts.rssi", "RSSI", &contacts.rssi)
        .text("contacts.dpo", "délégué à la protection des données", &contacts.dpo);
    let organisation = &policy.organisation;
    facts
        .of(Subject::Organisation)
        .maybe("organisation.name", "nom", organisation.name.as_ref())
        .maybe("organisation.address", "adresse", organisation.address.as_ref())
        .maybe(
            "organisation.representative",
            "représentant",
            organisation.representative.as_ref(),
        );
    facts
        .of(Subject::Mention)
        .text("mention.text", "sous les réponses", &policy.mention.text)
        .text(
            "mention.public_notice",
            "avis aux citoyens",
            &policy.mention.public_notice,
        );
    facts.of(Subject::Masking).text(
        "masking.instruction",
        "ce que le modèle lit des repères",
        &policy.masking_instruction,
    );
    let spending = &policy.spending;
    let mut limits = facts.of(Subject::Limits);
    limits.text(
        "limits.store_down",
        "compteurs communs injoignables",
        spending.store_down,
    );
    of_limits(&CALLER, &spending.caller, &mut limits);
}

fn screening(policy: &Policy, mut facts: Writer<'_>) {
    const ACTIONS: [&str; 6] = [
        "screening.actions.personal",
        "screening.actions.highly_personal",
        "screening.actions.sensitive",
        "screening.actions.health",
        "screening.actions.vulnerable",
        "screening.actions.secret",
    ];
    let mut all = facts.of(Subject::Screening);
    for (class, key) in Class::ALL.into_iter().zip(ACTIONS) {
        all.text(key, in_french(class), policy.actions[class as usize]);
    }
    let observed = policy.observed.iter().map(|class| class.name());
    all.words("screening.observe", "classes en observation", observed);
    for own in &policy.additions.detectors {
        facts
            .of(Subject::Detector(own.id.clone()))
            .text("detector.class", "classe", own.class.name())
            .text("detector.pattern", "expression", &own.pattern)
            .words("detector.cues", "mots à côté", &own.cues)
            .flag("detector.observe", "en observation", own.on_trial);
    }
    let allow = &policy.additions.allow;
    facts
        .of(Subject::Allow)
        .words("allow.emails", "adresses électroniques", &allow.emails)
        .words("allow.phones", "téléphones", &allow.phones)
        .words("allow.names", "noms", &allow.names);
}

fn people(policy: &Policy, mut facts: Writer<'_>) {
    let mut members: Vec<BTreeSet<String>> = vec![BTreeSet::new(); policy.groups.len()];
    for (name, groups) in policy.index.members() {
        for &group in groups {
            members[group].insert(name.to_owned());
        }
    }
    for (group, members) in policy.groups.iter().zip(members) {
        let mut of = facts.of(Subject::Group(group.id.clone()));
        of.put("group.members", "membres nommés", Value::People(members))
            .words("group.idp_groups", "groupes de l'annuaire", &group.idp_groups)
            .maybe("group.direction", "direction", group.direction.as_ref())
            .words("group.domains", "domaines de compétence", &group.domains);
        of_limits(&GROUP, &group.limits, &mut of);
    }
    let mut trained: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, held) in policy.index.holders() {
        for attestation in held.iter().map(|&at| &policy.attestations[at]) {
            let held = trained.entry(&attestation.training).or_default();
            held.insert(format!("{name} {}", attestation.valid_until));
        }
    }
    for (training, held) in trained {
        facts
            .of(Subject::Training(training.to_owned()))
            .put("attestation.holder", "attestations", Value::People(held));
    }
    for training in &policy.trainings {
        facts
            .of(Subject::Training(training.id.clone()))
            .maybe("training.name", "nom", training.name.as_ref())
            .text("training.url", "page où s'inscrire", &training.url);
    }
    for direction in &policy.directions {
        facts
            .of(Subject::Direction(direction.name.clone()))
            .text("direction.agents", "effectif", direction.agents);
    }
}

fn services(policy: &Policy, mut facts: Writer<'_>) {
    for backend in &policy.backends {
        let footprint = backend.footprint.as_ref();
        facts
            .of(Subject::Backend(backend.id.clone()))
            .text("backend.dialect", "dialecte", backend.dialect)
            .maybe("backend.base_url", "adresse", backend.base_url.as_ref())
            .maybe("backend.api_key", "clé", backend.api_key.as_ref())
            .maybe(
                "backend.footprint.provider",
                "fournisseur pour l'empreinte",
                footprint.map(|zone| &zone.provider),
            )
            .maybe(
                "backend.footprint.zone",
                "électricité",
                footprint.map(|zone| &zone.zone),
            );
    }
    for price in &policy.prices {
        let from = price.from.map_or_else(String::new, |from| format!(" dès le {from}"));
        facts
            .of(Subject::Price(format!("{} {}{from}", price.backend, price.model)))
            .text(
                "price.input",
                "demande, en euros par million de jetons",
                price.rate.input,
            )
            .text(
                "price.output",
                "réponse, en euros par million de jetons",
                price.rate.output,
            )
            .maybe("price.until", "dernier jour", price.until);
    }
}

fn of_tool(tool: &Tool, of: &mut Of<'_>) {
    of.text("tool.name", "nom", &tool.name)
        .text("tool.level", "niveau", tool.level)
        .text("tool.status", "statut", in_words(tool))
        .maybe("tool.proposed_on", "proposé le", tool.proposed_on)
        .maybe("tool.review_before", "réexamen avant le", tool.review_before)
        .text("tool.grace_days", "jours de grâce après le réexamen", tool.grace_days)
        .maybe("tool.valid_from", "premier jour", tool.valid_from)
        .maybe("tool.valid_until", "dernier jour", tool.valid_until)
        .words("tool.groups", "ouvert aux groupes", &tool.groups)
        .maybe("tool.training", "formation exigée", tool.training.as_ref())
        .words("tool.domains", "domaines de compétence", &tool.domains)
        .text("tool.outside_domains", "hors de ces domaines", tool.outside_domains)
        .flag("tool.purpose_required", "motif exigé", tool.purpose_required)
        .words("tool.models", "modèles", &tool.models)
        .maybe("tool.default_model", "modèle par défaut", tool.default_model.as_ref())
        .text("tool.backends", "services, dans l'ordre", tool.backends.join(", "))
        .flag("tool.routed", "passe par la passerelle", tool.routed)
        .text("tool.audience", "public", tool.audience)
        .words(
            "tool.accepts",
            "données acceptées",
            tool.accepts.iter().map(|c| c.name()),
        )
        .flag("tool.observe", "en observation", tool.observe)
        .text("tool.answers", "contrôle des réponses", tool.answers)
        .words("tool.unread", "peut partir sans être lu", &tool.unread)
        .flag("tool.ocr", "lecture des images", tool.ocr);
    of.reference(
        ["tool.decision.reference", "tool.decision.date"],
        ["décision", "date de la décision"],
        tool.decision.as_ref(),
    );
    of.reference(
        ["tool.evaluation.reference", "tool.evaluation.date"],
        ["évaluation", "date de l'évaluation"],
        tool.evaluation.as_ref(),
    );
    of.text("tool.purpose", "finalité", &tool.purpose)
        .text("tool.data_used", "données utilisées", &tool.data_used)
        .text("tool.legal_basis", "base légale", &tool.legal_basis)
        .text("tool.provider", "fournisseur", &tool.provider)
        .text("tool.hosting", "hébergement", &tool.hosting)
        .maybe("tool.ai_act", "classe du règlement sur l'IA", tool.ai_act)
        .maybe("tool.ambition", "ambition de la charte", tool.ambition)
        .maybe("tool.campaign", "appel à projets", tool.campaign.as_ref())
        .text("tool.data_subjects", "personnes concernées", &tool.data_subjects)
        .text("tool.recipients", "destinataires", &tool.recipients)
        .text("tool.retention", "conservation", &tool.retention)
        .text("tool.transfers", "transferts", &tool.transfers)
        .text("tool.security", "sécurité", &tool.security)
        .maybe(
            "tool.impact_assessment",
            "analyse d'impact",
            tool.impact_assessment.as_ref(),
        )
        .flag(
            "tool.decision_individuelle",
            "décisions individuelles",
            tool.decision_individuelle,
        )
        .maybe(
            "tool.fria",
            "analyse d'impact sur les droits fondamentaux",
            tool.fria.as_ref(),
        );
    of_limits(&TOOL, &tool.limits, of);
    of_limits(&SHARED, &tool.shared_limits, of);
}

/// The word of the file, and the same in French.
fn in_words(tool: &Tool) -> String {
    let french = tool.status.french();
    format!("{} ({})", tool.status, french.strip_prefix("est ").unwrap_or(french))
}

/// Keys and labels of the limits of one subject, in the order of [`of_limits`].
type LimitKeys = [(&'static str, &'static str); 10];

macro_rules! limit_keys {
    ($name:ident, $prefix:literal, $who:literal) => {
        const $name: LimitKeys = [
            (
                concat!($prefix, ".requests_per_minute"),
                concat!("demandes par minute", $who),
            ),
            (
                concat!($prefix, ".requests_per_day"),
                concat!("demandes par jour", $who),
            ),
            (
                concat!($prefix, ".requests_per_month"),
                concat!("demandes par mois", $who),
            ),
            (
                concat!($prefix, ".tokens_per_minute"),
                concat!("jetons par minute", $who),
            ),
            (
                concat!($prefix, ".tokens_per_day"),
                concat!("jetons par jour", $who),
            ),
            (
                concat!($prefix, ".tokens_per_month"),
                concat!("jetons par mois", $who),
            ),
            (
                concat!($prefix, ".euros_per_day"),
                concat!("euros par jour", $who),
            ),
            (
                concat!($prefix, ".euros_per_month"),
                concat!("euros par mois", $who),
            ),
            (
                concat!($prefix, ".concurrent_requests"),
                concat!("demandes à la fois", $who),
            ),
            (
                concat!($prefix, ".max_output_tokens"),
                concat!("jetons par réponse", $who),
            ),
        ];
    };
}

limit_keys!(TOOL, "tool.limits", ", par personne");
limit_keys!(SHARED, "tool.shared_limits", ", tous ensemble");
limit_keys!(CALLER, "limits.caller", ", par personne");
limit_keys!(GROUP, "group.limits", ", le groupe ensemble");

fn of_limits(keys: &LimitKeys, limits: &Limits, of: &mut Of<'_>) {
    let euros = |nano: Option<u64>| nano.map(|nano| nano as f64 / 1e9);
    let values = [
        limits.requests_per_minute.map(|n| n.to_string()),
        limits.requests_per_day.map(|n| n.to_string()),
        limits.requests_per_month.map(|n| n.to_string()),
        limits.tokens_per_minute.map(|n| n.to_string()),
        limits.tokens_per_day.map(|n| n.to_string()),
        limits.tokens_per_month.map(|n| n.to_string()),
        euros(limits.euros_per_day).map(|n| n.to_string()),
        euros(limits.euros_per_month).map(|n| n.to_string()),
        limits.concurrent_requests.map(|n| n.to_string()),
        limits.max_output_tokens.map(|n| n.to_string()),
    ];
    for ((key, label), value) in keys.iter().zip(values) {
        of.maybe(key, label, value);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::document::{Document, Shape};
    use super::super::tests::{path, read};
    use super::*;

    /// Keys that name their section, are told within another fact, or change nothing for a request.
    const ELSEWHERE: [&str; 22] = [
        "attestation.training",
        "attestation.valid_until",
        "backend.id",
        "charter.signers.key",
        "charter.signers.name",
        "detector.id",
        "detector.matches",
        "detector.misses",
        "direction.name",
        "group.id",
        "masking.instruct",
        "price.backend",
        "price.from",
        "price.model",
        "test.caller",
        "test.caller.groups",
        "test.caller.id",
        "test.expect",
        "test.name",
        "test.prompt",
        "test.tool",
        "training.id",
    ];

    #[test]
    fn every_key_of_a_policy_is_a_fact_of_it() {
        let longest = std::fs::read_to_string(path("tests/fixtures/policies/valid/longest.toml")).unwrap();
        let facts = facts(&read(&longest));
        let told: BTreeSet<&str> = facts.values().flat_map(|facts| facts.keys().copied()).collect();
        let keys = Document::keys().into_iter();
        let sections = |shape: &Shape| matches!(shape, Shape::Table | Shape::Tables);
        let untold: Vec<_> = keys
            .filter(|key| !sections(&key.shape) && key.path != "tool.id")
            .map(|key| key.path)
            .filter(|path| !told.contains(path.as_str()) && !ELSEWHERE.contains(&path.as_str()))
            .collect();
        assert!(untold.is_empty(), "src/policy/facts.rs says nothing of {untold:?}");
    }
}
