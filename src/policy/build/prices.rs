//! Checks of the prices: each of a known backend, in the order of time, and only one for a model on a day.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{Ids, owned};
use crate::policy::codes;
use crate::policy::document::PriceDoc;
use crate::policy::log::{At, Log, Mistake};
use crate::policy::price::{Price, Rate};

pub(super) fn prices(docs: &[PriceDoc], backends: &Ids<'_>, log: &Log<'_>) -> Vec<Price> {
    let built = docs.iter().filter_map(|doc| price(doc, backends, log)).collect();
    overlaps(docs, log);
    built
}

fn price(doc: &PriceDoc, backends: &Ids<'_>, log: &Log<'_>) -> Option<Price> {
    if let Some(backend) = &doc.backend {
        backends.position(backend, "backend inconnu", log);
    }
    if let Some(model) = &doc.model {
        let name = model.value.strip_suffix('*').unwrap_or(&model.value);
        let message = if name.contains('*') {
            Some("`*` ne peut être qu'à la fin d'un nom de modèle")
        } else if name.contains(char::is_whitespace) {
            Some("un nom de modèle n'a pas d'espace")
        } else if name.starts_with("models/") {
            Some("un nom de modèle s'écrit ici sans `models/`")
        } else {
            None
        };
        if let Some(message) = message {
            let mistake = Mistake::error(codes::BAD_MODEL, &model.span, message);
            log.add(mistake.help("exemple : \"gemini-2.5-flash\" ou \"gemini-*\""));
        }
    }
    if let (Some(from), Some(until)) = (&doc.from, &doc.until)
        && from.value > until.value
    {
        let mistake = Mistake::error(codes::BAD_DATE, &until.span, "ce prix finirait avant de commencer");
        log.add(mistake.related(&from.span, "il commence ici"));
    }
    Some(Price {
        backend: owned(&doc.backend)?,
        model: owned(&doc.model)?,
        rate: Rate {
            input: doc.input.as_ref()?.value,
            output: doc.output.as_ref()?.value,
        },
        from: day(&doc.from),
        until: day(&doc.until),
    })
}

/// Two prices for one day would be a matter of chance.
fn overlaps(docs: &[PriceDoc], log: &Log<'_>) {
    let mut earlier: HashMap<(&str, &str), Vec<&PriceDoc>> = HashMap::new();
    for doc in docs {
        let (Some(backend), Some(model)) = (&doc.backend, &doc.model) else {
            continue;
        };
        let same = earlier.entry((&backend.value, &model.value)).or_default();
        if let Some(other) = same.iter().find(|other| meet(doc, other)) {
            let message = format!("`{}` a déjà un prix à certaines de ces dates", model.value);
            log.add(
                Mistake::error(codes::PRICES_OVERLAP, &doc.span, message)
                    .help("donner à chaque prix ses dates : until = la veille du changement, from = le jour du changement")
                    .related(&other.span, "l'autre prix est ici"),
            );
        }
        same.push(doc);
    }
}

fn meet(one: &PriceDoc, other: &PriceDoc) -> bool {
    let first = |doc: &PriceDoc| day(&doc.from).unwrap_or(Date::MIN);
    let last = |doc: &PriceDoc| day(&doc.until).unwrap_or(Date::MAX);
    first(one) <= last(other) && first(other) <= last(one)
}

fn day(date: &Option<At<Date>>) -> Option<Date> {
    date.as_ref().map(|date| date.value)
}
