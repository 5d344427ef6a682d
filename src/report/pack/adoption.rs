//! Who uses AI: people by direction, and month after month.

use super::summary::share;
use super::{Subject, heading, paragraph, sums, words};
use crate::domain::Month;
use crate::policy::Acceptance;
use crate::report::document::{Block, Cell, Column, Form, Table};
use crate::report::french;

/// Writes the chapter.
pub(super) fn chapter(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(1, "Adoption"));
    blocks.push(paragraph(
        "Un agent est actif dans le mois s'il a fait au moins une demande. Il est compté une seule fois, dans la \
         direction d'où il a le plus demandé. Les effectifs sont ceux que la politique indique. La médiane \
         est donnée par classe : la moitié des agents au moins font autant de demandes que le début de la classe, ou plus.",
    ));
    let directions = directions(subject);
    if directions.rows.len() > 1 {
        let title = "Agents actifs par direction";
        blocks.push(Block::Chart(sums::chart(&directions, Form::Bars, title, &["people"])));
    }
    blocks.push(Block::Table(directions));
    let trend = trend(subject);
    if trend.rows.len() > 1 {
        blocks.push(heading(2, "Évolution"));
        let title = "Agents actifs, mois par mois";
        blocks.push(Block::Chart(sums::chart(&trend, Form::Lines, title, &["people"])));
        blocks.push(Block::Table(trend));
    }
}

fn directions(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "adoption",
        "Agents actifs par direction",
        vec![
            Column::new("direction", "Direction"),
            Column::new("people", "Agents actifs"),
            Column::new("agents", "Effectif"),
            Column::with_unit("share", "Part", "%"),
            Column::new("requests", "Demandes"),
            Column::new("median", "Demandes par agent, médiane"),
        ],
    );
    let month = subject.last;
    let usage = sums::of_month(&subject.figures.usage, month);
    let requests = sums::by(usage.map(|cell| (words::direction_of(&cell.direction), cell.requests)));
    let lines = subject
        .figures
        .adoption
        .iter()
        .filter(|line| line.month == month && line.direction != "ensemble");
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by_key(|line| (std::cmp::Reverse(line.people), line.direction.clone()));
    for line in lines {
        let asked = requests
            .get(&*line.direction)
            .and_then(|cells| sums::whole(cells.iter().copied()));
        // What several directions share is told apart differently for people and for requests.
        let pooled = line.direction.starts_with("autres ");
        table.rows.push(vec![
            Cell::text(words::capital(&line.direction)),
            sums::count(line.people, line.provisional),
            Cell::Count(line.agents),
            share(line.people, line.agents, line.provisional),
            if pooled {
                sums::FEW
            } else {
                sums::count(asked, line.provisional)
            },
            median(subject, month, &line.direction),
        ]);
    }
    table
}

/// The class of the agent in the middle: a median itself would be somebody's figure.
pub(super) fn median(subject: &Subject<'_>, month: Month, direction: &str) -> Cell {
    let mut cells = subject.figures.activity.iter();
    let cell = cells.find(|cell| cell.month == month && cell.direction == direction);
    let written = |number: i64| french::digits(&number.to_string());
    match cell.and_then(|cell| Some((cell.median_from?, cell.median_to))) {
        Some((from, Some(to))) => Cell::text(format!("{} à {}", written(from), written(to))),
        Some((from, None)) => Cell::text(format!("{} ou plus", written(from))),
        None => sums::withheld(subject.provisional && month == subject.last),
    }
}

/// Who accepted a charter for the first time in a month; not known where it is not to be accepted.
pub(super) fn newcomers(subject: &Subject<'_>, month: Month) -> Cell {
    let cell = subject.figures.newcomers.iter().find(|cell| cell.month == month);
    match (subject.policy.charter().acceptance, cell) {
        (Acceptance::Off, _) => Cell::Count(None),
        (_, Some(cell)) => Cell::Count(cell.people),
        (_, None) => sums::withheld(subject.provisional && month == subject.last),
    }
}

fn trend(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "adoption_trend",
        "Agents actifs et demandes, mois par mois",
        vec![
            Column::new("month", "Mois"),
            Column::new("people", "Agents actifs"),
            Column::new("requests", "Demandes"),
            Column::new("each", "Demandes par agent actif"),
            Column::new("median", "Médiane"),
            Column::new("newcomers", "Nouveaux (arrondi à 5)"),
        ],
    );
    for month in subject.months() {
        let (people, requests) = (
            sums::people(subject.figures, month),
            sums::requests(subject.figures, month),
        );
        let early = subject.provisional && month == subject.last;
        let each = if early { None } else { sums::each(requests, people) };
        table.rows.push(vec![
            Cell::Month(month),
            sums::count(people, early),
            sums::count(requests, early),
            sums::real(each, 1, early),
            median(subject, month, "ensemble"),
            newcomers(subject, month),
        ]);
    }
    table
}
