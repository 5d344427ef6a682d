//! The committee's board with a filter: the lines of one tool, of one direction, or of both.
//!
//! A filter chooses among lines that are published already, whole, and adds them up over whole months. So it shows nothing
//! that the views do not, and no two filters have a difference that the views have not. What several tools or directions
//! share (« autres … ») is in no filter: whose it is, is what the views hide.

use super::{Subject, heading, note, paragraph, sums, words};
use crate::committee::{FootprintCell, UsageCell};
use crate::domain::Month;
use crate::report::document::{Block, Cell, Column, Document, Fact, Facts, Form, Table};
use crate::report::french;

/// Which lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter<'a> {
    /// Id of a tool.
    pub tool: Option<&'a str>,
    /// A direction, its services included.
    pub direction: Option<&'a str>,
}

impl Filter<'_> {
    /// Whether it leaves everything.
    pub fn is_none(&self) -> bool {
        *self == Filter::default()
    }

    fn keeps(&self, tool: &str, direction: &str) -> bool {
        self.tool.is_none_or(|wanted| wanted == tool)
            && self
                .direction
                .is_none_or(|wanted| wanted == words::direction_of(direction) || wanted == direction)
    }
}

/// The tools, by id and name, and the directions that have a published line of their own in the period: what a filter can
/// choose.
pub fn choices(subject: &Subject<'_>) -> (Vec<(String, String)>, Vec<String>) {
    let cells = || in_period(subject);
    let mut tools: Vec<_> = cells().map(|cell| cell.tool.clone()).collect();
    let mut directions: Vec<_> = cells()
        .map(|cell| words::direction_of(&cell.direction).to_owned())
        .collect();
    for list in [&mut tools, &mut directions] {
        list.sort();
        list.dedup();
        list.retain(|name| !name.starts_with("autres "));
    }
    let named = tools.into_iter().map(|id| {
        let name = words::tool(subject, &id);
        (id, name)
    });
    (named.collect(), directions)
}

/// The board of a filter.
pub fn board(subject: &Subject<'_>, filter: Filter<'_>) -> Document {
    let mut blocks = Vec::new();
    let chosen = chosen(subject, filter);
    blocks.push(heading(1, "Usage"));
    blocks.push(paragraph(format!(
        "Lignes publiées pour {chosen}, de {} à {}.",
        french::month(subject.first),
        french::month(subject.last)
    )));
    blocks.push(note(
        "Un filtre choisit parmi les lignes publiées, entières, par mois civils. Les lignes qui réunissent plusieurs outils \
         ou plusieurs directions (« autres ») n'appartiennent à aucun filtre : une somme filtrée peut donc être inférieure à \
         l'usage réel. Les personnes ne s'additionnent pas d'une ligne à l'autre.",
    ));
    let usage: Vec<_> = in_period(subject)
        .filter(|cell| filter.keeps(&cell.tool, &cell.direction))
        .collect();
    let footprint: Vec<_> = subject
        .figures
        .footprint
        .iter()
        .filter(|cell| (subject.first..=subject.last).contains(&cell.month))
        .filter(|cell| filter.keeps(&cell.tool, &cell.direction))
        .collect();
    if usage.is_empty() {
        blocks.push(paragraph(
            "Aucune ligne n'est publiée pour ce choix : il n'y a pas eu d'usage, ou trop peu de personnes pour le montrer.",
        ));
    } else {
        blocks.push(Block::Facts(facts(&usage, &footprint)));
        let trend = sums::without_empty_columns(trend(subject, &usage, &footprint));
        if trend.rows.len() > 1 {
            let title = "Demandes, mois par mois";
            blocks.push(Block::Chart(sums::chart(&trend, Form::Lines, title, &["requests"])));
        }
        blocks.push(Block::Table(trend));
        blocks.push(heading(2, "Lignes publiées"));
        blocks.push(Block::Table(lines(subject, &usage)));
    }
    blocks.push(heading(1, "Ce qui ne se filtre pas"));
    blocks.push(paragraph(
        "Les refus, les données repérées, les retours, les signalements, l'adoption et les échéances sont publiés pour \
         l'ensemble de la collectivité : retirez le filtre pour les voir.",
    ));
    Document {
        title: "Usages de l'intelligence artificielle".into(),
        subtitle: format!("{chosen}, {}", french::month(subject.last)),
        generated_for: "Tableau de bord du comité DATA-IA".into(),
        blocks,
    }
}

fn chosen(subject: &Subject<'_>, filter: Filter<'_>) -> String {
    let tool = filter
        .tool
        .map(|id| format!("l'outil « {} »", words::tool(subject, id)));
    let direction = filter.direction.map(|name| format!("la direction « {name} »"));
    let parts: Vec<_> = tool.into_iter().chain(direction).collect();
    if parts.is_empty() {
        "tous les outils et toutes les directions".into()
    } else {
        parts.join(" et ")
    }
}

fn in_period<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a UsageCell> {
    let (figures, first, last) = (subject.figures, subject.first, subject.last);
    let cells = figures.usage.iter();
    cells.filter(move |cell| (first..=last).contains(&cell.month))
}

fn facts(usage: &[&UsageCell], footprint: &[&FootprintCell]) -> Facts {
    let early = usage.iter().any(|cell| cell.provisional);
    let sum =
        |value: fn(&UsageCell) -> Option<i64>| sums::count(sums::whole(usage.iter().map(|cell| value(cell))), early);
    let euros = sums::known(usage.iter().map(|cell| cell.cost_eur));
    let kwh = |value: fn(&FootprintCell) -> Option<f64>| sums::known(footprint.iter().map(|cell| value(cell)));
    Facts {
        id: "filtered".into(),
        caption: "Sommes des lignes choisies".into(),
        facts: vec![
            Fact::new("requests", "Demandes", sum(|cell| cell.requests)),
            Fact::new("input_tokens", "Jetons des demandes", sum(|cell| cell.input_tokens)),
            Fact::new("output_tokens", "Jetons des réponses", sum(|cell| cell.output_tokens)),
            Fact::new("cost", "Coût, où le prix est connu", Cell::real(euros, 2)).unit("€"),
            Fact::new(
                "energy",
                "Électricité, au plus",
                Cell::real(kwh(|cell| cell.energy_kwh_max), 3),
            )
            .unit("kWh")
            .remark("des réponses dont l'empreinte est connue"),
            Fact::new(
                "co2e",
                "Émissions, au plus",
                Cell::real(kwh(|cell| cell.co2e_kg_max), 3),
            )
            .unit("kg CO₂e")
            .remark("des réponses dont l'empreinte est connue"),
        ],
    }
}

fn trend(subject: &Subject<'_>, usage: &[&UsageCell], footprint: &[&FootprintCell]) -> Table {
    let mut table = Table::new(
        "filtered_trend",
        "Lignes choisies, mois par mois",
        vec![
            Column::new("month", "Mois"),
            Column::new("requests", "Demandes"),
            Column::new("input_tokens", "Jetons des demandes"),
            Column::new("output_tokens", "Jetons des réponses"),
            Column::with_unit("cost", "Coût", "€"),
            Column::with_unit("energy", "Électricité, au plus", "kWh"),
            Column::with_unit("co2e", "Émissions, au plus", "kg CO₂e"),
        ],
    );
    for month in subject.months() {
        let cells: Vec<_> = usage.iter().filter(|cell| cell.month == month).collect();
        let felt: Vec<_> = footprint.iter().filter(|cell| cell.month == month).collect();
        let early = subject.provisional && month == subject.last;
        if cells.is_empty() {
            // Nobody asked, or too few did: the views do not tell which.
            let nothing = || sums::withheld(early);
            table.rows.push(vec![
                Cell::Month(month),
                nothing(),
                nothing(),
                nothing(),
                nothing(),
                nothing(),
                nothing(),
            ]);
            continue;
        }
        let sum = |value: fn(&UsageCell) -> Option<i64>| sums::whole(cells.iter().map(|cell| value(cell)));
        let real = |value: Option<f64>, decimals| Cell::real(value, decimals);
        table.rows.push(vec![
            Cell::Month(month),
            sums::count(sum(|cell| cell.requests), early),
            sums::count(sum(|cell| cell.input_tokens), early),
            sums::count(sum(|cell| cell.output_tokens), early),
            real(sums::known(cells.iter().map(|cell| cell.cost_eur)), 2),
            real(sums::known(felt.iter().map(|cell| cell.energy_kwh_max)), 3),
            real(sums::known(felt.iter().map(|cell| cell.co2e_kg_max)), 3),
        ]);
    }
    table
}

fn lines(subject: &Subject<'_>, usage: &[&UsageCell]) -> Table {
    let mut table = Table::new(
        "filtered_lines",
        "Lignes publiées de la période",
        vec![
            Column::new("month", "Mois"),
            Column::new("tool", "Outil"),
            Column::new("direction", "Direction ou service"),
            Column::new("people", "Agents actifs"),
            Column::new("requests", "Demandes"),
        ],
    );
    let mut cells: Vec<_> = usage.to_vec();
    cells.sort_by_key(|cell| {
        (
            std::cmp::Reverse::<Month>(cell.month),
            cell.tool.clone(),
            cell.direction.clone(),
        )
    });
    for cell in cells {
        table.rows.push(vec![
            Cell::Month(cell.month),
            Cell::text(words::tool(subject, &cell.tool)),
            Cell::text(words::capital(&cell.direction)),
            sums::count(cell.people, cell.provisional),
            sums::count(cell.requests, cell.provisional),
        ]);
    }
    table
}
