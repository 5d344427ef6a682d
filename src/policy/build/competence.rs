//! Checks of what callers must be able to do: trainings and domains of competence are names that two places of the
//! file share, so a slip in one of them shuts people out or lets them in.

use std::collections::{HashMap, HashSet};

use super::{Ids, all, owned};
use crate::policy::codes;
use crate::policy::document::{Document, GroupDoc, ToolDoc, TrainingDoc};
use crate::policy::log::{At, Log, Mistake, Span};
use crate::policy::parts::Training;
use crate::policy::spelling::nearest;
use crate::policy::terms::OutsideDomains;

/// The trainings that have a page, each once, and those that tools ask for among them. Where none has a page, an id is
/// taken as it is: attestations may come from elsewhere.
pub(super) fn trainings(document: &Document, log: &Log<'_>) -> Option<Vec<Training>> {
    let docs = &document.trainings;
    let mut places: HashMap<&str, &Span> = HashMap::new();
    for id in docs.iter().filter_map(|doc| doc.id.as_ref()) {
        if let Some(first) = places.insert(&id.value, &id.span) {
            let message = format!("`{}` désigne déjà une formation", id.value);
            log.add(Mistake::error(codes::TWICE, &id.span, message).related(first, "définie une première fois ici"));
        }
    }
    for url in docs.iter().filter_map(|doc| doc.url.as_ref()) {
        if !url.value.starts_with("https://") && !url.value.starts_with("http://") {
            let message = "l'adresse d'une formation doit être celle d'une page web";
            log.add(
                Mistake::error(codes::BAD_URL, &url.span, message).help("exemple : https://neo.example/formations/ia"),
            );
        }
    }
    let known = Ids::first_of_each(docs.iter().map(|doc| doc.id.as_ref()));
    for asked in document.tools.iter().filter_map(|tool| tool.training.as_ref()) {
        if !docs.is_empty() {
            known.position(asked, "formation inconnue", log);
        }
    }
    all(docs.iter().map(training).collect())
}

fn training(doc: &TrainingDoc) -> Option<Training> {
    Some(Training {
        id: owned(&doc.id)?,
        name: owned(&doc.name),
        url: owned(&doc.url)?,
    })
}

/// A training of an attestation or a page of its own that no tool asks for is probably a slip.
pub(super) fn unused_trainings(document: &Document, log: &Log<'_>) {
    let asked = names(document.tools.iter().filter_map(|tool| tool.training.as_ref()));
    let mut told = HashSet::new();
    let described = document.trainings.iter().filter_map(|doc| doc.id.as_ref());
    let attested = document.attestations.iter().filter_map(|doc| doc.training.as_ref());
    for training in described.chain(attested) {
        let name = training.value.as_str();
        if !asked.contains(name) && told.insert(name) {
            let message = format!("aucun outil n'exige la formation `{name}`");
            let mistake = Mistake::warning(codes::UNUSED, &training.span, message);
            log.add(mistake.suggest(nearest(name, asked.iter().copied())));
        }
    }
}

/// A refusal by domains needs domains on both sides.
pub(super) fn outside_domains(tools: &[ToolDoc], groups: &[GroupDoc], log: &Log<'_>) {
    let of_groups: Vec<_> = groups.iter().flat_map(|group| &group.domains).collect();
    for tool in tools {
        let refuses = tool.outside_domains.as_ref();
        let Some(refuses) = refuses.filter(|outside| outside.value == OutsideDomains::Refuse) else {
            continue;
        };
        let own = names(&tool.domains);
        let (message, help, related) = if own.is_empty() || own.contains("*") {
            (
                "cet outil est pour tous les domaines : personne ne serait refusé",
                "nommer ses domaines dans `domains`, ou retirer `outside_domains`",
                None,
            )
        } else if of_groups
            .iter()
            .any(|domain| domain.value == "*" || own.contains(&*domain.value))
        {
            continue;
        } else {
            // The slip may be in a group.
            let close = |domain: &&&At<String>| nearest(&domain.value, own.iter().copied()).is_some();
            (
                "aucun groupe n'a un domaine de cet outil : tout le monde serait refusé",
                "donner à des groupes un domaine de l'outil, comme domains = [\"action sociale\"]",
                of_groups.iter().find(close),
            )
        };
        let mistake = Mistake::error(codes::DOMAINS_CLOSED, &refuses.span, message).help(help);
        let mistake = match (related, tool.domains.first()) {
            (Some(domain), _) => mistake.related(&domain.span, "le plus proche d'un groupe est ici"),
            // The key may have been lost in the tool or in a group.
            (None, Some(domain)) => groups.iter().filter(|group| group.domains.is_empty()).fold(
                mistake.related(&domain.span, "les domaines de l'outil sont ici"),
                |mistake, group| mistake.lacks("domains", &group.span),
            ),
            (None, None) => mistake.lacks("domains", &tool.span),
        };
        log.add(mistake);
    }
}

/// A domain that only tools or only groups name: nobody is in it, or nothing is meant for it.
pub(super) fn lone_domains(tools: &[ToolDoc], groups: &[GroupDoc], log: &Log<'_>) {
    let of_tools: Vec<_> = tools.iter().flat_map(|tool| &tool.domains).collect();
    let of_groups: Vec<_> = groups.iter().flat_map(|group| &group.domains).collect();
    // Where nobody compares, names are for readers.
    if of_groups.is_empty() {
        return;
    }
    let lone = |these: &[&At<String>], others: &[&At<String>], nobody: &str| {
        let known = names(others.iter().copied());
        let mut told = HashSet::new();
        for domain in these.iter().filter(|domain| domain.value != "*") {
            let name = domain.value.as_str();
            if !known.contains(name) && told.insert(name) {
                let message = format!("{nobody} le domaine `{name}`");
                let mistake = Mistake::warning(codes::DOMAIN_ALONE, &domain.span, message);
                let near = nearest(name, known.iter().copied().filter(|known| *known != "*"));
                log.add(mistake.suggest(near));
            }
        }
    };
    if !of_groups.iter().any(|domain| domain.value == "*") {
        lone(&of_tools, &of_groups, "aucun groupe n'a");
    }
    lone(&of_groups, &of_tools, "aucun outil n'est prévu pour");
}

fn names<'d>(texts: impl IntoIterator<Item = &'d At<String>>) -> HashSet<&'d str> {
    texts.into_iter().map(|text| text.value.as_str()).collect()
}
