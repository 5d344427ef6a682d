//! Checks that no two served tools claim the same model.

use std::collections::HashMap;

use crate::policy::codes;
use crate::policy::document::ToolDoc;
use crate::policy::log::{Log, Mistake, Span};
use crate::policy::parts::Tool;
use crate::policy::terms::Speech;

/// One model in one dialect leads to one tool. A longer name inside a wider pattern is a choice, the same pattern
/// twice is an accident.
pub(super) fn check(docs: &[ToolDoc], tools: &[Option<Tool>], speech: impl Fn(usize) -> Option<Speech>, log: &Log<'_>) {
    let mut taken: HashMap<(Speech, &str), (usize, &Span)> = HashMap::new();
    let served = docs.iter().zip(tools).enumerate();
    let served =
        served.filter_map(|(at, (doc, tool))| Some((at, doc, tool.as_ref().filter(|tool| tool.status.is_served())?)));
    for (at, doc, tool) in served {
        let spoken: Vec<_> = tool.roads.iter().filter_map(|&road| speech(road)).collect();
        for model in &doc.models {
            let asked = Speech::ASKED
                .into_iter()
                .filter(|asked| spoken.iter().any(|speech| speech.speaks(asked.name())));
            let mut clash = None;
            for dialect in asked {
                let (other, first) = *taken.entry((dialect, &model.value)).or_insert((at, &model.span));
                if other != at {
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
}
