//! Checks that no two served tools claim the same model, and tells where one stands within the other's wider name.

use std::collections::HashMap;

use crate::policy::codes;
use crate::policy::document::ToolDoc;
use crate::policy::log::{Log, Mistake, Span};
use crate::policy::parts::Tool;
use crate::policy::terms::Speech;

/// One model in one dialect leads to one tool. The same pattern twice is an accident; a longer name inside a wider
/// pattern may be a choice, since the more exact one wins.
pub(super) fn check(docs: &[ToolDoc], tools: &[Option<Tool>], speech: impl Fn(usize) -> Option<Speech>, log: &Log<'_>) {
    let mut taken: HashMap<(Speech, &str), (usize, &Span)> = HashMap::new();
    let mut wide: HashMap<(Speech, &str), (usize, &Span)> = HashMap::new();
    let served = docs.iter().zip(tools).enumerate();
    let served: Vec<_> = served
        .filter_map(|(at, (doc, tool))| {
            let tool = tool.as_ref().filter(|tool| tool.status.is_served())?;
            let spoken: Vec<_> = tool.roads.iter().filter_map(|&road| speech(road)).collect();
            let asked = Speech::ASKED
                .into_iter()
                .filter(|asked| spoken.iter().any(|speech| speech.speaks(asked.name())));
            Some((at, doc, asked.collect::<Vec<_>>()))
        })
        .collect();
    for (at, doc, asked) in &served {
        for model in &doc.models {
            let mut clash = None;
            for &dialect in asked {
                if let Some(beginning) = model.value.strip_suffix('*') {
                    wide.entry((dialect, beginning)).or_insert((*at, &model.span));
                }
                let (other, first) = *taken.entry((dialect, &model.value)).or_insert((*at, &model.span));
                if other != *at {
                    clash = Some((dialect, first));
                }
            }
            if let Some((dialect, first)) = clash {
                let message = format!(
                    "`{}` désigne déjà un autre outil dans le dialecte `{dialect}`",
                    model.value
                );
                log.add(
                    Mistake::error(codes::OVERLAP, &model.span, message)
                        .help("rendre l'un des deux noms plus précis, ou suspendre l'un des outils")
                        .related(first, "l'autre outil l'a ici"),
                );
            }
        }
    }
    for (at, doc, asked) in &served {
        for model in &doc.models {
            let around = asked.iter().find_map(|&dialect| around(&model.value, dialect, &wide));
            let Some((_, first)) = around.filter(|(other, _)| other != at) else {
                continue;
            };
            let message = format!("`{}` est pris dans le nom plus large d'un autre outil", model.value);
            log.add(
                Mistake::warning(codes::WITHIN, &model.span, message)
                    .help("le nom le plus précis l'emporte ; si ce n'est pas voulu, changer l'un des deux")
                    .related(first, "le nom plus large est ici"),
            );
        }
    }
}

/// Of the wider patterns around this one, the most exact.
fn around<'d>(
    model: &str,
    dialect: Speech,
    wide: &HashMap<(Speech, &str), (usize, &'d Span)>,
) -> Option<(usize, &'d Span)> {
    // An exact name may be the beginning itself; a pattern is not around itself.
    let name = model.strip_suffix('*').unwrap_or(model);
    let longest = if name.len() < model.len() {
        name.char_indices().next_back()?.0
    } else {
        name.len()
    };
    let mut beginnings = (1..=longest).rev().filter_map(|length| name.get(..length));
    beginnings.find_map(|beginning| wide.get(&(dialect, beginning)).copied())
}
