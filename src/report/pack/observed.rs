//! What observation let through: the rules that are tried out, and what they would have stopped. It is what the
//! committee needs to know before such a rule is put in force.

use super::{Subject, heading, note, paragraph, sums, words};
use crate::policy::Policy;
use crate::report::document::{Block, Cell, Column, Table};

/// What the names of rules and classes of observation begin with.
pub(super) const OBSERVED: &str = "observe.";

/// Writes the section, where something is in observation or was.
pub(super) fn chapter(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    let (requests, findings) = (requests(subject), findings(subject));
    let now = in_observation(subject.policy);
    if requests.rows.is_empty() && findings.rows.is_empty() && now.is_empty() {
        return;
    }
    blocks.push(heading(2, "Règles en observation : ce qui aurait été refusé ou masqué"));
    blocks.push(paragraph(
        "Une règle en observation est appliquée sur le papier seulement : la passerelle note ce qu'elle aurait fait et \
         laisse partir la demande. Les lignes ci-dessous montrent ce que la règle arrêterait si elle était mise en \
         vigueur.",
    ));
    if !now.is_empty() {
        blocks.push(paragraph(format!(
            "En observation dans la politique : {}.",
            now.join(", ")
        )));
    }
    if requests.rows.is_empty() && findings.rows.is_empty() {
        blocks.push(paragraph(
            "Rien n'est publié pour ce mois : rien n'aurait été arrêté, ou trop peu de personnes sont concernées.",
        ));
        return;
    }
    for table in [requests, findings] {
        if !table.rows.is_empty() {
            blocks.push(Block::Table(table));
        }
    }
    blocks.push(note(
        "Une demande compte ici par ce qu'elle avait de plus grave. Celle qui a été refusée ou masquée par une autre \
         règle n'est pas dans le premier tableau ; ce qui y était en observation est dans le second.",
    ));
}

/// What the policy in force has in observation, in French.
fn in_observation(policy: &Policy) -> Vec<String> {
    let tools = policy.tools().iter().filter(|tool| tool.observe);
    let tools = tools.map(|tool| format!("l'outil « {} »", tool.name));
    let classes = policy.observed().iter();
    let classes = classes.map(|class| format!("la classe « {} »", words::class(class.name()).to_lowercase()));
    tools.chain(classes).collect()
}

/// Requests that left and would not have, or not so.
fn requests(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "observed_requests",
        "Demandes parties qu'une règle en observation aurait arrêtées ou changées",
        vec![
            Column::new("rule", "Règle en observation"),
            Column::new("would", "Aurait été"),
            Column::new("people", "Agents"),
            Column::new("requests", "Demandes"),
        ],
    );
    let cells = subject.figures.refusals.iter();
    let cells = cells.filter(|cell| cell.month == subject.last);
    let mut cells: Vec<_> = cells.filter_map(|cell| Some((read(&cell.rule)?, cell))).collect();
    cells.sort_by_key(|(rule, cell)| (std::cmp::Reverse(cell.requests), rule.what));
    for (rule, cell) in cells {
        table.rows.push(vec![
            Cell::text(what(rule.what)),
            Cell::text(words::decision(rule.would).to_lowercase()),
            sums::count(cell.people, cell.provisional),
            sums::count(cell.requests, cell.provisional),
        ]);
    }
    table
}

/// What was found and left as it was, whatever became of the request.
fn findings(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "observed_findings",
        "Données repérées et laissées par une règle en observation",
        vec![
            Column::new("rule", "Règle en observation"),
            Column::new("place", "Où"),
            Column::new("would", "La demande aurait été"),
            Column::new("people", "Agents"),
            Column::new("findings", "Repérages"),
        ],
    );
    let cells = subject.figures.findings.iter();
    for cell in cells.filter(|cell| cell.month == subject.last) {
        let (class, place) = words::place(&cell.class);
        let Some(rule) = read(class) else { continue };
        table.rows.push(vec![
            Cell::text(what(rule.what)),
            Cell::text(place),
            Cell::text(words::decision(rule.would).to_lowercase()),
            sums::count(cell.people, cell.provisional),
            sums::count(cell.findings, cell.provisional),
        ]);
    }
    table
}

/// A rule of observation, `observe.refused` or `observe.refused.health`.
struct Rule<'r> {
    /// The decision that it did not take.
    would: &'r str,
    /// A class, a detector's id, or nothing: a whole tool.
    what: &'r str,
}

fn read(rule: &str) -> Option<Rule<'_>> {
    let rule = rule.strip_prefix(OBSERVED)?;
    let (would, what) = rule.split_once('.').unwrap_or((rule, ""));
    Some(Rule { would, what })
}

/// What is in observation, for people.
fn what(name: &str) -> String {
    if name.is_empty() {
        "Un outil, toutes classes".into()
    } else {
        words::class_or_detector(name)
    }
}

/// A rule of observation in one sentence, for the table of all decisions.
pub(super) fn sentence(rule: &str) -> Option<String> {
    let rule = read(rule)?;
    let would = words::decision(rule.would).to_lowercase();
    Some(match rule.what {
        "" => format!("Outil en observation : aurait été « {would} »"),
        name => format!(
            "En observation ({}) : aurait été « {would} »",
            words::class_or_detector(name)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{POLICY, figures, month, policy, table, written};
    use crate::committee::{FindingCell, RefusalCell};
    use crate::report::french;

    #[test]
    fn what_would_have_been_stopped_is_told() {
        let mut figures = figures(false);
        let month = month("2026-10");
        for (rule, requests) in [
            ("observe.refused", 40),
            ("observe.refused.health", 25),
            ("observe.masked.dossier-iodas", 55),
        ] {
            figures.refusals.push(RefusalCell {
                month,
                decision: "allowed".into(),
                rule: rule.into(),
                class: None,
                people: Some(10),
                requests: Some(requests),
                provisional: false,
            });
        }
        for class in ["observe.refused.health", "answer:observe.masked.personal"] {
            figures.findings.push(FindingCell {
                month,
                class: class.into(),
                people: Some(10),
                findings: Some(60),
                provisional: false,
            });
        }
        let document = written(&figures, &policy(POLICY), false);
        let lines = |id| -> Vec<String> {
            let rows = table(&document, id).rows.iter();
            rows.map(|row| row.iter().map(french::cell).collect::<Vec<_>>().join(" | "))
                .collect()
        };
        assert_eq!(
            lines("observed_requests"),
            [
                "Détecteur « dossier-iodas » | masquée puis envoyée | 10 | 55",
                "Un outil, toutes classes | refusée | 10 | 40",
                "Données de santé | refusée | 10 | 25",
            ]
        );
        assert_eq!(
            lines("observed_findings"),
            [
                "Données de santé | demande | refusée | 10 | 60",
                "Données personnelles | réponse | masquée puis envoyée | 10 | 60",
            ]
        );
        // They are no class of data of their own.
        assert!(
            lines("findings")
                .iter()
                .all(|line| !line.to_lowercase().contains("observ"))
        );
        let all = lines("refusals").join("\n");
        assert!(
            all.contains("En observation (Données de santé) : aurait été « refusée »"),
            "{all}"
        );
    }

    #[test]
    fn nothing_in_observation_takes_no_page_and_what_is_says_so() {
        let said = |source: &str| {
            let document = written(&figures(false), &policy(source), false);
            super::super::tests::markdown(&document)
        };
        assert!(!said(POLICY).contains("Règles en observation"));
        let observing = POLICY.replace(
            "[screening.actions]",
            "[screening]\nobserve = [\"health\"]\n[screening.actions]",
        );
        assert_ne!(observing, POLICY);
        let said = said(&observing);
        assert!(
            said.contains("En observation dans la politique : la classe « données de santé »."),
            "{said}"
        );
        assert!(said.contains("Rien n'est publié pour ce mois : rien n'aurait été arrêté"));
    }
}
