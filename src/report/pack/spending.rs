//! What it costs: euros by the prices of the policy, electricity and greenhouse gases by the method of EcoLogits.

use super::{Subject, heading, note, paragraph, sums, words};
use crate::committee::{FootprintCell, UsageCell};
use crate::domain::Month;
use crate::report::document::{Block, Cell, Column, Fact, Form, Table};

/// The figures of the first page.
pub(super) fn facts(subject: &Subject<'_>) -> Vec<Fact> {
    let early = subject.provisional;
    let usage: Vec<_> = sums::of_month(&subject.figures.usage, subject.last).collect();
    let footprint: Vec<_> = cells(subject, subject.last).collect();
    let (min, max) = (energy(&footprint, early, false), energy(&footprint, early, true));
    let (least, most) = (co2e(&footprint, early, false), co2e(&footprint, early, true));
    let covered = sums::whole(usage.iter().map(|cell| cell.cost_known));
    let answered = sums::whole(footprint.iter().map(|cell| cell.answered));
    let covered = priced(covered, answered).map(|share| format!("prix connu pour {share:.0} % des réponses"));
    vec![
        Fact::new("cost", "Coût des demandes", cost(&usage, early))
            .unit("€")
            .remark(covered.unwrap_or_default()),
        Fact::new("energy_min", "Électricité, estimation basse", min).unit("kWh"),
        Fact::new("energy_max", "Électricité, estimation haute", max).unit("kWh"),
        Fact::new("co2e_min", "Gaz à effet de serre, estimation basse", least).unit("kg CO₂e"),
        Fact::new("co2e_max", "Gaz à effet de serre, estimation haute", most).unit("kg CO₂e"),
    ]
}

/// Writes the two chapters.
pub(super) fn chapter(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(1, "Coût"));
    blocks.push(paragraph(
        "Le coût est celui des jetons, aux prix que la politique donne à chaque date. Une demande dont le prix n'est pas \
         connu n'est comptée pour rien : la dernière colonne dit la part des réponses dont le prix est connu.",
    ));
    blocks.push(Block::Table(costs(
        subject,
        "cost_by_tool",
        "Coût du mois par outil",
        ("tool", "Outil"),
        |tool, _| tool,
    )));
    let by = ("direction", "Direction");
    let title = "Coût du mois par direction";
    blocks.push(Block::Table(costs(
        subject,
        "cost_by_direction",
        title,
        by,
        |_, direction| words::direction_of(direction),
    )));
    footprint(subject, blocks);
    let trend = trend(subject);
    if trend.rows.len() > 1 {
        let title = "Électricité, mois par mois : estimations basse et haute";
        blocks.push(Block::Chart(sums::chart(
            &trend,
            Form::Columns,
            title,
            &["energy_min", "energy_max"],
        )));
        blocks.push(Block::Table(trend));
    }
}

fn cost(cells: &[&UsageCell], early: bool) -> Cell {
    let known = sums::whole(cells.iter().map(|cell| cell.cost_known));
    sums::measured(sums::known(cells.iter().map(|cell| cell.cost_eur)), known, 2, early)
}

fn costs(
    subject: &Subject<'_>,
    id: &str,
    caption: &str,
    (key, title): (&str, &str),
    of: for<'a> fn(&'a str, &'a str) -> &'a str,
) -> Table {
    let mut table = Table::new(
        id,
        caption,
        vec![
            Column::new(key, title),
            Column::new("answered", "Réponses"),
            Column::with_unit("cost", "Coût", "€"),
            Column::with_unit("each", "Pour 1 000 réponses", "€"),
            Column::with_unit("known", "Prix connu", "%"),
        ],
    );
    let early = subject.provisional;
    let usage = sums::of_month(&subject.figures.usage, subject.last);
    // The two views have the same cells.
    let answers = sums::by(cells(subject, subject.last).map(|cell| (of(&cell.tool, &cell.direction), cell.answered)));
    for (name, cells) in sums::by(usage.map(|cell| (of(&cell.tool, &cell.direction), cell))) {
        let answered = answers.get(name).and_then(|cells| sums::whole(cells.iter().copied()));
        let known = sums::whole(cells.iter().map(|cell| cell.cost_known));
        let euros = sums::known(cells.iter().map(|cell| cell.cost_eur));
        let each = euros.zip(known.filter(|known| *known > 0));
        let each = each.map(|(euros, known)| 1000.0 * euros / known as f64);
        let name = if key == "tool" {
            words::tool(subject, name)
        } else {
            words::capital(name)
        };
        let mut row = vec![Cell::text(name), sums::count(answered, early)];
        // What was not answered costs nothing.
        row.extend(match answered {
            Some(0) => [Cell::Empty, Cell::Empty, Cell::Empty],
            _ => [
                sums::measured(euros, known, 2, early),
                sums::measured(each, known, 2, early),
                sums::real(priced(known, answered), 0, early),
            ],
        });
        table.rows.push(row);
    }
    table
}

/// The share of answers whose price is known; an answer cut short may have a price and no count of its tokens.
fn priced(known: Option<i64>, answered: Option<i64>) -> Option<f64> {
    sums::share(known, answered).map(|share| share.min(100.0))
}

fn cells<'a>(subject: &Subject<'a>, month: Month) -> impl Iterator<Item = &'a FootprintCell> {
    subject.figures.footprint.iter().filter(move |cell| cell.month == month)
}

fn footprint_known(cells: &[&FootprintCell]) -> Option<i64> {
    sums::whole(cells.iter().map(|cell| cell.footprint_known))
}

fn energy(cells: &[&FootprintCell], early: bool, most: bool) -> Cell {
    let values = cells
        .iter()
        .map(|cell| if most { cell.energy_kwh_max } else { cell.energy_kwh_min });
    sums::measured(sums::known(values), footprint_known(cells), 3, early)
}

fn co2e(cells: &[&FootprintCell], early: bool, most: bool) -> Cell {
    let values = cells
        .iter()
        .map(|cell| if most { cell.co2e_kg_max } else { cell.co2e_kg_min });
    sums::measured(sums::known(values), footprint_known(cells), 3, early)
}

/// The share of answers whose footprint nobody knows.
fn unknown(cells: &[&FootprintCell], early: bool) -> Cell {
    let answered = sums::whole(cells.iter().map(|cell| cell.answered));
    let known = footprint_known(cells);
    match answered {
        Some(0) => Cell::Empty,
        _ => sums::real(
            sums::share(known, answered).map(|share| (100.0 - share).max(0.0)),
            1,
            early,
        ),
    }
}

fn columns(first: Column) -> Vec<Column> {
    vec![
        first,
        Column::new("answered", "Réponses"),
        Column::with_unit("unknown", "Empreinte inconnue", "%"),
        Column::with_unit("energy_min", "Électricité, bas", "kWh"),
        Column::with_unit("energy_max", "Électricité, haut", "kWh"),
        Column::with_unit("co2e_min", "Gaz à effet de serre, bas", "kg CO₂e"),
        Column::with_unit("co2e_max", "Gaz à effet de serre, haut", "kg CO₂e"),
    ]
}

fn row(first: Cell, cells: &[&FootprintCell], early: bool) -> Vec<Cell> {
    let answered = sums::whole(cells.iter().map(|cell| cell.answered));
    let mut row = vec![first, sums::count(answered, early), unknown(cells, early)];
    // What was not answered has no footprint to know.
    row.extend(match answered {
        Some(0) => [const { Cell::Empty }; 4],
        _ => [
            energy(cells, early, false),
            energy(cells, early, true),
            co2e(cells, early, false),
            co2e(cells, early, true),
        ],
    });
    row
}

fn footprint(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(1, "Empreinte environnementale"));
    blocks.push(paragraph(format!(
        "Estimation par la méthode d'EcoLogits ({}), de la fabrication des serveurs à l'électricité des réponses. Les \
         fournisseurs ne publient ni la taille de leurs modèles ni leur consommation : la méthode donne un intervalle, et \
         le vrai chiffre peut être en dehors. Une réponse d'un modèle qu'elle ne connaît pas est « inconnue », jamais \
         comptée pour zéro.",
        subject.footprint_version
    )));
    let mut table = Table::new(
        "footprint_by_tool",
        "Empreinte du mois par outil",
        columns(Column::new("tool", "Outil")),
    );
    for (tool, cells) in sums::by(cells(subject, subject.last).map(|cell| (&*cell.tool, cell))) {
        table
            .rows
            .push(row(Cell::text(words::tool(subject, tool)), &cells, subject.provisional));
    }
    if table.rows.is_empty() {
        blocks.push(paragraph("Aucune empreinte n'est publiée pour ce mois."));
    } else {
        blocks.push(Block::Table(table));
    }
    blocks.push(note(
        "Pour comparer : Google annonçait en août 2025, pour une demande médiane de texte à l'application Gemini, 0,24 Wh, \
         0,03 g CO₂e (avec ses achats d'électricité décarbonée) et 0,26 ml d'eau. Ce chiffre du fournisseur, fait \
         autrement, n'entre dans aucun des tableaux.",
    ));
}

fn trend(subject: &Subject<'_>) -> Table {
    let first = Column::new("month", "Mois");
    let mut table = Table::new("footprint_trend", "Empreinte, mois par mois", columns(first));
    for month in subject.months() {
        let cells: Vec<_> = cells(subject, month).collect();
        let early = subject.provisional && month == subject.last;
        table.rows.push(row(Cell::Month(month), &cells, early));
    }
    table
}
