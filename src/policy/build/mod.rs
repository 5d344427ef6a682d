//! From the document as written to the policy as meant: every cross-check, all told at once.
//!
//! A part that cannot be built is `None`, and why is in the log; so a policy exists only where the log has no error.

mod backends;
mod competence;
mod duties;
mod limits;
mod overlap;
mod prices;
mod repeats;
mod screening;
mod signers;
mod tools;

use std::collections::HashMap;
use std::sync::Arc;

use super::document::{
    AttestationDoc, CharterDoc, ContactsDoc, DirectionDoc, Document, GroupDoc, MaskingDoc, MentionDoc, OrganisationDoc,
    TestDoc,
};
use super::index::Index;
use super::log::{At, Log, Mistake, Span};
use super::parts::{Charter, Contacts, Direction, Group, Mention, Organisation, Spending, Tool};
use super::spelling::nearest;
use super::terms::{Acceptance, Action, Speech, StoreDown};
use super::{Policy, codes};
use crate::detector::Class;
use crate::domain::Attestation;
use jiff::civil::Date;

/// What a citizen is told where the policy says nothing (AI Act art. 50(1)).
const PUBLIC_NOTICE: &str = "Vous échangez avec une intelligence artificielle.";
/// What the model is told of placeholders where the policy says nothing.
const INSTRUCTION: &str = "Dans cette demande, des repères entre crochets (un mot en capitales, un tiret bas, un numéro) \
    remplacent des données que tu ne dois pas connaître. Recopie-les exactement là où ces données doivent figurer, \
    accorde le texte selon la civilité qui les précède, et n'en invente pas.";
/// Longest mention, in characters: it stands under every answer.
const LONGEST_MENTION: usize = 500;

/// Ids of one kind of section, and where each is defined.
pub(super) struct Ids<'d> {
    places: HashMap<&'d str, (usize, Span)>,
    /// In the order of the file, for suggestions.
    names: Vec<&'d str>,
}

impl<'d> Ids<'d> {
    /// Checks the form of each id and that none is given twice. `what` is such as "ce groupe".
    fn read(ids: impl Iterator<Item = Option<&'d At<String>>>, what: &str, log: &Log<'_>) -> Self {
        let ids: Vec<_> = ids.collect();
        let known = Self::first_of_each(ids.iter().copied());
        for id in ids.into_iter().flatten() {
            if !well_formed(&id.value) {
                log.add(
                    Mistake::error(codes::BAD_ID, &id.span, format!("identifiant mal formé pour {what}"))
                        .label("sert dans des adresses et des entêtes")
                        .help("de 1 à 64 lettres minuscules sans accent, chiffres, `-` ou `_`, en commençant par une lettre ou un chiffre"),
                );
            }
            if let Some((_, first)) = known
                .places
                .get(id.value.as_str())
                .filter(|(_, first)| *first != id.span)
            {
                log.add(
                    Mistake::error(codes::TWICE, &id.span, format!("`{}` désigne déjà {what}", id.value))
                        .related(first, "défini une première fois ici"),
                );
            }
        }
        known
    }

    /// As they are.
    fn first_of_each(ids: impl Iterator<Item = Option<&'d At<String>>>) -> Self {
        let mut known = Self {
            places: HashMap::new(),
            names: Vec::new(),
        };
        for (at, id) in ids.enumerate() {
            let Some(id) = id.filter(|id| !known.places.contains_key(id.value.as_str())) else {
                continue;
            };
            known.places.insert(&id.value, (at, id.span.clone()));
            known.names.push(&id.value);
        }
        known
    }

    /// Position of an id that is used, or a mistake. `what` is such as "groupe inconnu".
    fn position(&self, used: &At<String>, what: &str, log: &Log<'_>) -> Option<usize> {
        let found = self.places.get(used.value.as_str()).map(|(at, _)| *at);
        if found.is_none() {
            let near = nearest(&used.value, self.names.iter().copied());
            let mistake = Mistake::error(codes::UNDEFINED, &used.span, format!("`{}` : {what}", used.value))
                .label("n'est défini nulle part")
                .suggest(near);
            // The slip may be in the definition.
            let defined = near.and_then(|near| self.places.get(near));
            log.add(match (log.commented_id(&used.value), defined) {
                (Some(comment), _) => mistake.related(&comment, "défini dans un commentaire, qui ne compte pas"),
                (None, Some((_, span))) => mistake.related(span, "le plus proche est défini ici"),
                (None, None) => mistake,
            });
        }
        found
    }
}

fn well_formed(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=64).contains(&id.len())
        && id.bytes().next().is_some_and(allowed)
        && id.bytes().all(|byte| allowed(byte) || byte == b'-' || byte == b'_')
}

/// Builds the policy, or leaves in the log why not. The tests of the policy are still to be run.
pub(super) fn policy(document: &Document, hash: String, today: Date, log: &Log<'_>) -> Option<Policy> {
    let group_ids = Ids::read(document.groups.iter().map(|group| group.id.as_ref()), "un groupe", log);
    let backend_ids = Ids::read(
        document.backends.iter().map(|backend| backend.id.as_ref()),
        "un backend",
        log,
    );
    let tool_ids = Ids::read(document.tools.iter().map(|tool| tool.id.as_ref()), "un outil", log);

    let backends: Vec<_> = document
        .backends
        .iter()
        .map(|doc| backends::backend(doc, log))
        .collect();
    let speech = |at: usize| document.backends[at].dialect.as_ref().map(|dialect| dialect.value);
    let actions = actions(document);
    let context = tools::Context {
        backends: &backend_ids,
        groups: &group_ids,
        mention: &document.mention,
        actions,
        today,
        log,
    };
    let tools: Vec<_> = document.tools.iter().map(|doc| context.tool(doc)).collect();
    overlap::check(&document.tools, &tools, speech, log);
    if document.tools.is_empty() {
        log.add(Mistake::error(
            codes::MISSING,
            &(0..0),
            "il manque au moins un outil, section [[tool]]",
        ));
    }

    competence::outside_domains(&document.tools, &document.groups, log);
    let trainings = competence::trainings(document, log);
    let directions = directions(&document.directions, log);
    let prices = prices::prices(&document.prices, &backend_ids, log);
    let detector = screening::detector(&document.detectors, &document.allow, log);
    screening::observed(document, log);
    let (charter, contacts) = (charter(&document.charter, log), contacts(&document.contacts, log));
    let mention = mention(&document.mention, log);
    test_references(&document.tests, &tool_ids, &group_ids, log);
    names(document, log);
    if log.has_errors() {
        return None;
    }
    backends::unused(&document.backends, &document.tools, log);
    backends::without_footprint(&document.backends, &document.tools, log);
    competence::unused_trainings(document, log);
    competence::lone_domains(&document.tools, &document.groups, log);
    limits::check(document, today, log);
    repeats::check(document, log);

    let (tools, backends) = (all(tools)?, all(backends)?);
    let (detector, additions) = detector?;
    let groups: Vec<_> = document.groups.iter().filter_map(group).collect();
    let members = document.groups.iter().enumerate();
    let members = members.flat_map(|(at, group)| group.members.iter().map(move |member| (member.value.as_str(), at)));
    let holders = document.attestations.iter().enumerate();
    let holders = holders.filter_map(|(at, doc)| Some((doc.holder.as_ref()?.value.as_str(), at)));
    let index = Index::new(&tools, |at| backends[at].dialect, &groups, members, holders);
    Some(Policy {
        recommended: recommended(&tools, |at| backends[at].dialect),
        attestations: document.attestations.iter().filter_map(attestation).collect(),
        charter: charter?,
        contacts: contacts?,
        organisation: organisation(&document.organisation),
        mention: mention?,
        masking_instruction: masking_instruction(&document.masking),
        spending: Spending {
            caller: document.limits.caller,
            groups: document.groups.iter().any(|group| group.limits.is_counted()),
            store_down: document
                .limits
                .store_down
                .as_ref()
                .map_or(StoreDown::Open, |word| word.value),
        },
        observed: document.observed.iter().map(|class| class.value).collect(),
        detector: Arc::new(detector),
        additions,
        index,
        actions,
        tools,
        backends,
        groups,
        directions: directions?,
        trainings: trainings?,
        prices,
        hash,
        warnings: super::Diagnostics::new("", Vec::new()),
    })
}

fn all<T>(parts: Vec<Option<T>>) -> Option<Vec<T>> {
    parts.into_iter().collect()
}

fn owned(text: &Option<At<String>>) -> Option<String> {
    text.as_ref().map(|text| text.value.clone())
}

fn values(texts: &[At<String>]) -> Vec<String> {
    texts.iter().map(|text| text.value.clone()).collect()
}

/// Tools to name instead of one that is not listed: served, for all, real backends first (charter, level 1).
fn recommended(tools: &[Tool], speech: impl Fn(usize) -> Speech) -> Vec<usize> {
    let simulated = |tool: &Tool| tool.roads.iter().all(|&road| speech(road) == Speech::Simulated);
    let mut listed: Vec<_> = (0..tools.len())
        .filter(|&at| tools[at].status.is_served() && tools[at].level == 1 && tools[at].open_to.is_none())
        .collect();
    listed.sort_by_key(|&at| simulated(&tools[at]));
    listed
}

/// What is done about each class: as written, else as the contract's example has it.
fn actions(document: &Document) -> [Action; 6] {
    let mut actions = Class::ALL.map(|class| {
        if class == Class::Personal {
            Action::Mask
        } else {
            Action::Block
        }
    });
    for (action, written) in actions.iter_mut().zip(&document.actions) {
        if let Some(written) = written {
            *action = written.value;
        }
    }
    actions
}

fn charter(doc: &CharterDoc, log: &Log<'_>) -> Option<Charter> {
    let url = doc.url.as_ref()?;
    if !url.value.starts_with("https://") && !url.value.starts_with("http://") {
        let mistake = Mistake::error(
            codes::BAD_URL,
            &url.span,
            "l'adresse de la charte doit être celle d'une page web",
        );
        log.add(mistake.help("exemple : https://neo.example/charte-ia"));
    }
    // It is compared with what callers accepted, and travels in a header.
    let odd = |version: &&At<String>| version.value.contains(char::is_control) || version.value.trim() != version.value;
    if let Some(version) = doc.version.as_ref().filter(odd) {
        let message = "la version de la charte tient sur une ligne, sans espace au début ni à la fin";
        log.add(Mistake::error(codes::BAD_TEXT, &version.span, message).help("exemple : version = \"2025-06\""));
    }
    Some(Charter {
        version: owned(&doc.version)?,
        url: url.value.clone(),
        acceptance: doc
            .acceptance
            .as_ref()
            .map_or(Acceptance::Required, |acceptance| acceptance.value),
        signers: signers::signers(&doc.signers, log),
    })
}

fn contacts(doc: &ContactsDoc, log: &Log<'_>) -> Option<Contacts> {
    // A telephone number or an office may be all there is; a broken address is nothing.
    let broken = |contact: &&At<String>| contact.value.contains('@') && !is_address(&contact.value);
    let contacts = [&doc.dsiun, &doc.rssi, &doc.dpo];
    for contact in contacts.into_iter().flatten().filter(broken) {
        let mistake = Mistake::error(
            codes::BAD_CONTACT,
            &contact.span,
            "ce contact n'est pas une adresse électronique",
        );
        log.add(mistake.help("une seule adresse, sans espace, comme \"dsiun@departement04.example\""));
    }
    for (who, contact) in [("le RSSI", &doc.rssi), ("le DPO", &doc.dpo)] {
        let contact = contact.as_ref().filter(|contact| !broken(contact));
        if let Some(contact) = contact.filter(|contact| !is_address(&contact.value)) {
            let message = format!("{who} ne peut pas être prévenu des signalements par courriel");
            let help = "donnez une adresse électronique ; sinon les signalements se lisent sur `/signalements`";
            log.add(Mistake::warning(codes::NO_ADDRESS, &contact.span, message).help(help));
        }
    }
    Some(Contacts {
        dsiun: owned(&doc.dsiun)?,
        rssi: owned(&doc.rssi)?,
        dpo: owned(&doc.dpo)?,
    })
}

/// Something that a mail can be sent to: one `@` between two words, no space.
fn is_address(contact: &str) -> bool {
    let parts: Vec<_> = contact.split('@').collect();
    !contact.contains(char::is_whitespace) && parts.len() == 2 && parts.iter().all(|part| !part.is_empty())
}

fn directions(docs: &[DirectionDoc], log: &Log<'_>) -> Option<Vec<Direction>> {
    let mut seen: HashMap<&str, &Span> = HashMap::new();
    let read = docs.iter().map(|doc| {
        let name = doc.name.as_ref()?;
        if let Some(first) = seen.insert(&name.value, &name.span) {
            let message = format!("l'effectif de « {} » est donné deux fois", name.value);
            log.add(Mistake::error(codes::TWICE, &name.span, message).related(first, "donné une première fois ici"));
        }
        Some(Direction {
            name: name.value.clone(),
            agents: doc.agents.as_ref()?.value,
        })
    });
    // Collected first: each mistake is told.
    all(read.collect())
}

fn organisation(doc: &OrganisationDoc) -> Organisation {
    Organisation {
        name: owned(&doc.name),
        address: owned(&doc.address),
        representative: owned(&doc.representative),
    }
}

fn mention(doc: &MentionDoc, log: &Log<'_>) -> Option<Mention> {
    let text = doc.text.as_ref()?;
    for (words, what, why) in [
        (Some(text), "la mention", "elle suit chaque réponse"),
        (
            doc.public_notice.as_ref(),
            "l'avertissement au public",
            "il précède la première réponse",
        ),
    ] {
        let long = words.filter(|words| words.value.chars().count() > LONGEST_MENTION);
        if let Some(words) = long {
            let message = format!("{what} dépasse {LONGEST_MENTION} caractères");
            log.add(Mistake::error(codes::OUT_OF_RANGE, &words.span, message).label(why));
        }
    }
    let notice = doc.public_notice.as_ref().map_or(PUBLIC_NOTICE, |notice| &notice.value);
    Some(Mention {
        text: text.value.trim().to_owned(),
        public_notice: notice.trim().to_owned(),
    })
}

fn masking_instruction(doc: &MaskingDoc) -> String {
    if doc.instruct.as_ref().is_some_and(|instruct| !instruct.value) {
        return String::new();
    }
    owned(&doc.instruction).unwrap_or_else(|| INSTRUCTION.to_owned())
}

fn group(doc: &GroupDoc) -> Option<Group> {
    Some(Group {
        id: owned(&doc.id)?,
        idp_groups: values(&doc.idp_groups),
        direction: owned(&doc.direction),
        domains: values(&doc.domains),
        limits: doc.limits,
        members: doc.members.len(),
    })
}

fn attestation(doc: &AttestationDoc) -> Option<Attestation> {
    Some(Attestation {
        training: owned(&doc.training)?,
        valid_until: doc.valid_until.as_ref()?.value,
    })
}

/// What the tests name must exist.
fn test_references(tests: &[TestDoc], tools: &Ids<'_>, groups: &Ids<'_>, log: &Log<'_>) {
    for test in tests {
        if let Some(tool) = &test.tool {
            tools.position(tool, "outil inconnu", log);
        }
        for group in test.caller.iter().flat_map(|(_, groups)| groups) {
            groups.position(group, "groupe inconnu", log);
        }
    }
}

/// Names of people and of the directory are compared as they are: a space too many would shut a person out.
fn names(document: &Document, log: &Log<'_>) {
    let of_groups = document
        .groups
        .iter()
        .flat_map(|group| group.members.iter().chain(&group.idp_groups));
    let of_attestations = document
        .attestations
        .iter()
        .flat_map(|doc| doc.holder.iter().chain(&doc.training));
    let domains = document.groups.iter().flat_map(|group| &group.domains);
    let of_tools = document
        .tools
        .iter()
        .flat_map(|tool| tool.training.iter().chain(&tool.domains));
    let of_trainings = document.trainings.iter().flat_map(|doc| &doc.id);
    for name in of_groups
        .chain(of_attestations)
        .chain(domains)
        .chain(of_tools)
        .chain(of_trainings)
    {
        if name.value.trim() != name.value || name.value.contains('\n') {
            let mistake = Mistake::error(codes::BAD_TEXT, &name.span, "ce nom commence ou finit par une espace");
            log.add(mistake.help("la retirer : le nom est comparé tel qu'il est écrit"));
        }
    }
}
