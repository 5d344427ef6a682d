//! Who uses AI: people by direction, and month after month.

use super::summary::share;
use super::{Subject, heading, paragraph, sums, words};
use crate::report::document::{Block, Cell, Column, Form, Table};

/// Writes the chapter.
pub(super) fn chapter(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(1, "Adoption"));
    blocks.push(paragraph(
        "Un agent est actif dans le mois s'il a fait au moins une demande. Il est compté une seule fois, dans la \
         direction d'où il a le plus demandé. Les effectifs sont ceux que la politique indique.",
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
                Cell::Empty
            } else {
                sums::count(asked, line.provisional)
            },
        ]);
    }
    table
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
        ]);
    }
    table
}
