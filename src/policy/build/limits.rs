//! Checks of limits against each other: those that can hold nobody back are told, not refused.

use std::collections::HashSet;

use jiff::civil::Date;

use crate::policy::codes;
use crate::policy::document::{Document, ToolDoc};
use crate::policy::log::{At, Log, Mistake, Span};
use crate::policy::parts::Limits;
use crate::policy::terms::Speech;

/// A bound's key in the policy, and where it stands.
type Kind = (&'static str, fn(&Limits) -> Option<u64>);

const REQUESTS: [Kind; 3] = [
    ("requests_per_minute", |limits| limits.requests_per_minute),
    ("requests_per_day", |limits| limits.requests_per_day),
    ("requests_per_month", |limits| limits.requests_per_month),
];
const TOKENS: [Kind; 3] = [
    ("tokens_per_minute", |limits| limits.tokens_per_minute),
    ("tokens_per_day", |limits| limits.tokens_per_day),
    ("tokens_per_month", |limits| limits.tokens_per_month),
];
const EUROS: [Kind; 2] = [
    ("euros_per_day", |limits| limits.euros_per_day),
    ("euros_per_month", |limits| limits.euros_per_month),
];
const AT_ONCE: [Kind; 1] = [("concurrent_requests", |limits| limits.concurrent_requests)];

/// Of limits that were read without a mistake.
pub(super) fn check(document: &Document, today: Date, log: &Log<'_>) {
    unpriced(document, today, log);
    let all = &document.limits;
    for tool in &document.tools {
        let Some(id) = &tool.id else { continue };
        let span = &id.span;
        by_window("limits", &tool.limits, span, log);
        by_window("shared_limits", &tool.shared_limits, span, log);
        wider(
            ("limits", &tool.limits),
            ("shared_limits", &tool.shared_limits),
            span,
            log,
        );
        wider(("limits", &tool.limits), ("[limits] caller", &all.caller), span, log);
    }
    for group in &document.groups {
        let Some(id) = &group.id else { continue };
        by_window("limits", &group.limits, &id.span, log);
        if group.limits.is_counted() && group.members.is_empty() && group.idp_groups.is_empty() {
            let message = format!("le groupe `{}` a un plafond mais aucun membre", id.value);
            let mistake = Mistake::warning(codes::LIMIT_OF_NOBODY, &id.span, message);
            log.add(
                mistake.help(
                    "donner `members` ou `idp_groups` ; sinon il ne vaut que pour les clés qui nomment ce groupe",
                ),
            );
        }
    }
    let counted = all.caller.is_counted()
        || document.groups.iter().any(|group| group.limits.is_counted())
        || document
            .tools
            .iter()
            .any(|tool| tool.limits.is_counted() || tool.shared_limits.is_counted());
    if let Some(word) = all.store_down.as_ref().filter(|_| !counted) {
        let message = "`store_down` est donné, mais la politique n'a aucun plafond";
        let mistake = Mistake::warning(codes::NOTHING_COUNTED, &word.span, message);
        log.add(mistake.help("le retirer, ou donner un plafond : `limits`, `shared_limits`, ou `[limits] caller`"));
    }
}

/// What has no price costs nothing that a bound in euros could count.
fn unpriced(document: &Document, today: Date, log: &Log<'_>) {
    let in_euros = |limits: &Limits| EUROS.iter().any(|(_, of)| of(limits).is_some());
    let of_all = in_euros(&document.limits.caller) || document.groups.iter().any(|group| in_euros(&group.limits));
    let free = document.backends.iter().filter(|doc| {
        let dialect = doc.dialect.as_ref();
        dialect.is_some_and(|dialect| dialect.value == Speech::Simulated)
    });
    let free: HashSet<&str> = free.filter_map(|doc| Some(doc.id.as_ref()?.value.as_str())).collect();
    let bounded = |tool: &&ToolDoc| {
        let served = tool.status.as_ref().is_some_and(|status| status.value.is_served());
        served && (of_all || in_euros(&tool.limits) || in_euros(&tool.shared_limits))
    };
    for tool in document.tools.iter().filter(bounded) {
        let charged = tool.backends.iter().filter(|id| !free.contains(id.value.as_str()));
        let mut pairs = charged.flat_map(|backend| tool.models.iter().map(move |model| (backend, model)));
        let unknown = pairs.find(|(backend, model)| !has_price(document, backend, model, today));
        if let (Some((backend, model)), Some(id)) = (unknown, &tool.id) {
            let message = format!(
                "un plafond en euros ne compte pas l'outil `{}` : `{}` n'a pas de prix chez `{}`",
                id.value, model.value, backend.value
            );
            let mistake = Mistake::warning(codes::LIMIT_WITHOUT_PRICE, &model.span, message);
            log.add(
                mistake
                    .help("donner son prix dans [[price]], ou un plafond en jetons ; sans prix, un coût est inconnu"),
            );
        }
    }
}

/// Whether some model of this name has a price now or later.
fn has_price(document: &Document, backend: &At<String>, model: &At<String>, today: Date) -> bool {
    document.prices.iter().any(|price| {
        let of_backend = price.backend.as_ref().is_some_and(|id| id.value == backend.value);
        let of_model = price.model.as_ref().is_some_and(|name| meet(&name.value, &model.value));
        of_backend && of_model && price.until.as_ref().is_none_or(|until| today <= until.value)
    })
}

/// Whether two names, or beginnings that end with `*`, can be those of one model.
fn meet(one: &str, other: &str) -> bool {
    match (one.strip_suffix('*'), other.strip_suffix('*')) {
        (Some(one), Some(other)) => one.starts_with(other) || other.starts_with(one),
        (Some(beginning), None) => other.starts_with(beginning),
        (None, Some(beginning)) => one.starts_with(beginning),
        (None, None) => one == other,
    }
}

/// A bound of a short window that is above the one of a longer window is never reached.
fn by_window(table: &str, limits: &Limits, span: &Span, log: &Log<'_>) {
    for kinds in [&REQUESTS[..], &TOKENS, &EUROS] {
        let given = kinds.iter().filter_map(|(key, of)| Some((*key, of(limits)?)));
        let given: Vec<_> = given.collect();
        for pair in given.windows(2) {
            let [(short, bound), (long, longer)] = pair else {
                continue;
            };
            if bound > longer {
                never(&format!("`{table}.{short}`"), &format!("`{table}.{long}`"), span, log);
            }
        }
    }
}

/// A bound of one caller that is above the one of all is never reached.
fn wider((table, own): (&str, &Limits), (wide, of_all): (&str, &Limits), span: &Span, log: &Log<'_>) {
    for (key, of) in REQUESTS.iter().chain(&TOKENS).chain(&EUROS).chain(&AT_ONCE) {
        if let (Some(bound), Some(all)) = (of(own), of(of_all))
            && bound > all
        {
            never(&format!("`{table}.{key}`"), &format!("`{key}` de `{wide}`"), span, log);
        }
    }
}

fn never(bound: &str, lower: &str, span: &Span, log: &Log<'_>) {
    let message = format!("{bound} ne sera jamais atteint");
    let mistake = Mistake::warning(codes::LIMIT_NEVER_REACHED, span, message);
    log.add(mistake.help(format!("{lower} est plus bas : relever celui-ci, ou retirer {bound}")));
}
