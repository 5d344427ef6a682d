//! What people say of the tools, what they report, what they were taught and what they agreed to.

use super::{Subject, heading, note, paragraph, sums, words};
use crate::report::document::{Block, Cell, Column, Table};

/// Writes the chapter.
pub(super) fn chapter(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(1, "Retours, signalements, charte et formation"));
    blocks.push(heading(2, "Retours des agents"));
    let feedback = feedback(subject);
    if feedback.rows.is_empty() {
        blocks.push(paragraph("Aucun retour n'est publié pour ce mois."));
    } else {
        blocks.push(Block::Table(feedback));
    }
    blocks.push(heading(2, "Signalements"));
    let incidents = incidents(subject);
    if incidents.rows.is_empty() {
        blocks.push(paragraph("Aucun signalement n'est publié pour la période."));
    } else {
        blocks.push(Block::Table(incidents));
    }
    charter(subject, blocks);
    training(subject, blocks);
}

fn feedback(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "feedback",
        "Retours du mois par outil",
        vec![
            Column::new("tool", "Outil"),
            Column::new("people", "Agents"),
            Column::new("answers", "Retours"),
            Column::with_unit("rate", "Retours pour 100 demandes", "%"),
            Column::with_unit("rating", "Note moyenne", "sur 5"),
        ],
    );
    for cell in subject
        .figures
        .feedback
        .iter()
        .filter(|cell| cell.month == subject.last)
    {
        let usage = sums::of_month(&subject.figures.usage, subject.last).filter(|usage| usage.tool == cell.tool);
        let requests = sums::whole(usage.map(|usage| usage.requests));
        table.rows.push(vec![
            Cell::text(words::tool(subject, &cell.tool)),
            sums::count(cell.people, cell.provisional),
            sums::count(cell.answers, cell.provisional),
            sums::real(sums::share(cell.answers, requests), 1, cell.provisional),
            sums::real(cell.rating_mean, 1, cell.provisional),
        ]);
    }
    table
}

fn incidents(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "incidents",
        "Signalements par mois et par nature",
        vec![
            Column::new("month", "Mois"),
            Column::new("category", "Nature"),
            Column::new("opened", "Reçus"),
            Column::new("closed", "Clos"),
            Column::with_unit("hours", "Délai moyen de clôture", "h"),
            Column::new("late", "Plus de 15 jours"),
        ],
    );
    for cell in &subject.figures.incidents {
        // Nothing closed has no delay.
        let hours = match cell.closed {
            Some(0) => Cell::Empty,
            _ => sums::real(cell.mean_hours_to_close, 0, cell.provisional),
        };
        table.rows.push(vec![
            Cell::Month(cell.month),
            Cell::text(words::category(&cell.category)),
            sums::count(cell.opened, cell.provisional),
            sums::count(cell.closed, cell.provisional),
            hours,
            sums::count(cell.open_over_15_days, cell.provisional),
        ]);
    }
    table
}

fn charter(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(2, "Acceptation de la charte"));
    let agents = subject
        .figures
        .adoption
        .iter()
        .filter(|line| line.direction == "ensemble");
    let agents = agents.filter_map(|line| line.agents).next_back();
    let mut table = Table::new(
        "charter",
        "Agents qui ont accepté la charte",
        vec![
            Column::new("version", "Version"),
            Column::new("people", "Agents (arrondi à 5)"),
            Column::with_unit("share", "Part des effectifs connus", "%"),
        ],
    );
    for line in &subject.figures.charter {
        let current = line.charter_version == subject.policy.charter().version;
        let version = format!("{}{}", line.charter_version, if current { " (en vigueur)" } else { "" });
        table.rows.push(vec![
            Cell::text(version),
            sums::count(line.people, false),
            super::summary::share(line.people, agents, false),
        ]);
    }
    if table.rows.is_empty() {
        blocks.push(paragraph("Aucune acceptation n'est publiée."));
    } else {
        blocks.push(Block::Table(table));
    }
}

fn training(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(2, "Formation"));
    let mut table = Table::new(
        "training",
        "Formations exigées par des outils : agents avec une attestation valable, et agents concernés",
        vec![
            Column::new("training", "Formation"),
            Column::new("tools", "Outils qui l'exigent"),
            Column::new("people", "Attestés (arrondi à 5)"),
            Column::new("agents", "Concernés"),
            Column::with_unit("share", "Part", "%"),
        ],
    );
    let tools = subject
        .policy
        .tools()
        .iter()
        .filter_map(|tool| Some((tool.training.as_deref()?, &*tool.name)));
    for (training, tools) in sums::by(tools) {
        let line = subject.figures.training.iter().find(|line| line.training == training);
        let (people, agents) = (line.and_then(|line| line.people), line.and_then(|line| line.agents));
        table.rows.push(vec![
            Cell::text(training),
            Cell::text(tools.join(", ")),
            sums::count(people, false),
            Cell::Count(agents),
            super::summary::share(people, agents, false),
        ]);
    }
    if table.rows.is_empty() {
        blocks.push(paragraph("Aucun outil de la liste n'exige de formation."));
    } else {
        blocks.push(Block::Table(table));
        blocks.push(note(
            "Attestations importées et attestations que la politique nomme, à ce jour ; qui est dans les deux compte deux \
             fois. Les agents concernés ne sont connus que si la politique nomme tous les membres des groupes de ces outils.",
        ));
    }
}

/// The ratings of several months as one figure: none where one of them is not shown.
pub(super) fn rating<'a>(cells: impl Iterator<Item = &'a crate::committee::FeedbackCell>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0);
    for cell in cells {
        let answers = cell.answers?;
        sum += cell.rating_mean? * answers as f64;
        count += answers;
    }
    (count > 0).then(|| sum / count as f64)
}
