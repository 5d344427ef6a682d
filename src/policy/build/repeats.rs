//! What a file says twice: it does no harm, but something else was probably meant the second time.

use std::collections::HashMap;
use std::hash::Hash;

use crate::policy::codes;
use crate::policy::document::Document;
use crate::policy::log::{At, Log, Mistake, Span};

/// Lists that are read as sets. Where twice is a mistake (ids, models, backends), it is told elsewhere.
pub(super) fn check(document: &Document, log: &Log<'_>) {
    for group in &document.groups {
        let members = group.members.iter().map(|at| (at.value.to_lowercase(), &at.span));
        told(members, "ce membre est déjà dans la liste", log);
        told(
            texts(&group.idp_groups),
            "ce groupe de l'annuaire est déjà dans la liste",
            log,
        );
        told(texts(&group.domains), "ce domaine est déjà dans la liste", log);
    }
    for tool in &document.tools {
        told(texts(&tool.domains), "ce domaine est déjà dans la liste", log);
        let accepts = tool.accepts.iter().map(|at| (at.value, &at.span));
        told(accepts, "cette classe de données est déjà dans la liste", log);
    }
    let attestations = document.attestations.iter().filter_map(|doc| {
        let (holder, training) = (doc.holder.as_ref()?, doc.training.as_ref()?);
        Some(((holder.value.to_lowercase(), &training.value), &holder.span))
    });
    let message = "cette personne a déjà une attestation de cette formation : la date la plus lointaine vaut";
    told(attestations, message, log);
    let tests = document.tests.iter().filter_map(|doc| doc.name.as_ref());
    let tests = tests.map(|name| (name.value.as_str(), &name.span));
    told(tests, "un autre essai porte déjà ce nom", log);
}

fn texts(list: &[At<String>]) -> impl Iterator<Item = (&str, &Span)> {
    list.iter().map(|at| (at.value.as_str(), &at.span))
}

fn told<'d, K: Eq + Hash>(entries: impl Iterator<Item = (K, &'d Span)>, message: &str, log: &Log<'_>) {
    let mut seen: HashMap<K, &Span> = HashMap::new();
    for (key, span) in entries {
        let first = *seen.entry(key).or_insert(span);
        if first != span {
            let mistake = Mistake::warning(codes::REPEATED, span, message)
                .help("une seule fois suffit, ou écrire ce qui était voulu");
            log.add(mistake.related(first, "une première fois ici"));
        }
    }
}
