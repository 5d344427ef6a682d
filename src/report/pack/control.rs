//! What the policy stopped, masked or warned of, by class of data and by rule; and which tools people asked for in vain.

use super::{Subject, heading, note, observed, paragraph, sums, words};
use crate::committee::RefusalCell;
use crate::report::document::{Block, Cell, Column, Form, Table};

/// Writes the chapter.
pub(super) fn chapter(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(1, "Protection des données et refus"));
    blocks.push(paragraph(
        "Une demande qui contient une donnée protégée est refusée, ou masquée puis envoyée, selon la politique. Les \
         comptes de ce chapitre sont arrondis au multiple de 5 inférieur ; où plusieurs sont additionnés, leur somme est un \
         minimum, noté « au moins ».",
    ));
    let classes = classes(subject);
    if !classes.rows.is_empty() {
        let title = "Demandes du mois où une donnée protégée a compté, par classe";
        blocks.push(Block::Chart(sums::chart(
            &classes,
            Form::Bars,
            title,
            &["refused", "masked", "warned"],
        )));
        blocks.push(Block::Table(classes));
    }
    let rules = rules(subject);
    if rules.rows.is_empty() {
        blocks.push(paragraph(
            "Aucun refus, masquage ni avertissement n'est publié pour ce mois.",
        ));
    } else {
        blocks.push(Block::Table(rules));
    }
    let tools = by_tool(subject);
    if !tools.rows.is_empty() {
        blocks.push(Block::Table(tools));
    }
    let trend = trend(subject);
    if trend.rows.len() > 1 {
        let title = "Demandes refusées, masquées et averties, mois par mois";
        blocks.push(Block::Chart(sums::chart(
            &trend,
            Form::Lines,
            title,
            &["refused", "masked", "warned"],
        )));
        blocks.push(Block::Table(trend));
    }
    demand(subject, blocks);
    found(subject, blocks);
}

fn of_month<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a RefusalCell> {
    let month = subject.last;
    subject.figures.refusals.iter().filter(move |cell| cell.month == month)
}

fn classes(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "refusals_by_class",
        "Demandes du mois par classe de données",
        vec![
            Column::new("class", "Classe"),
            Column::new("refused", "Refusées"),
            Column::new("masked", "Masquées puis envoyées"),
            Column::new("warned", "Averties"),
        ],
    );
    let cells = of_month(subject).filter_map(|cell| Some((cell.class.as_deref()?, cell)));
    for (class, cells) in sums::by(cells) {
        let count = |decision: &str| {
            let cells = cells.iter().filter(|cell| cell.decision == decision);
            let sum = sums::whole(cells.map(|cell| cell.requests));
            sum.map_or(sums::FEW, |sum| Cell::Count(Some(sum)))
        };
        let counts = [count("refused"), count("masked"), count("warned")];
        table
            .rows
            .push([vec![Cell::text(words::class(class))], counts.to_vec()].concat());
    }
    sums::without_empty_columns(table)
}

fn rules(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "refusals",
        "Décisions du mois par règle",
        vec![
            Column::new("decision", "Décision"),
            Column::new("rule", "Règle"),
            Column::new("people", "Agents"),
            Column::new("requests", "Demandes"),
        ],
    );
    let mut cells: Vec<_> = of_month(subject).collect();
    cells.sort_by_key(|cell| (rank(&cell.decision), std::cmp::Reverse(cell.requests), &cell.rule));
    for cell in cells {
        table.rows.push(vec![
            Cell::text(words::decision(&cell.decision)),
            Cell::text(words::rule(&cell.rule)),
            sums::count(cell.people, cell.provisional),
            sums::count(cell.requests, cell.provisional),
        ]);
    }
    table
}

/// The lines of rules, divided by tool: what each tool was refused, by decision.
fn by_tool(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "refusals_by_tool",
        "Décisions du mois par outil",
        vec![
            Column::new("tool", "Outil"),
            Column::new("refused", "Refusées, au moins"),
            Column::new("masked", "Masquées puis envoyées, au moins"),
            Column::new("warned", "Averties, au moins"),
            Column::new("others", "Autres décisions, au moins"),
        ],
    );
    let cells = subject.figures.tool_refusals.iter();
    let cells = cells
        .filter(|cell| cell.month == subject.last)
        .map(|cell| (&*cell.tool, cell));
    for (tool, cells) in sums::by(cells) {
        let sum = |of: &dyn Fn(&str) -> bool| {
            let cells = cells.iter().filter(|cell| of(&cell.decision));
            let sum = sums::whole(cells.map(|cell| cell.requests));
            sum.map_or(sums::FEW, |sum| Cell::Count(Some(sum)))
        };
        table.rows.push(vec![
            Cell::text(words::tool(subject, tool)),
            sum(&|decision| decision == "refused"),
            sum(&|decision| decision == "masked"),
            sum(&|decision| decision == "warned"),
            sum(&|decision| rank(decision) > 2),
        ]);
    }
    sums::without_empty_columns(table)
}

/// The order of decisions: the strongest first.
fn rank(decision: &str) -> usize {
    let order = ["refused", "masked", "warned", "allowed"];
    order.iter().position(|known| *known == decision).unwrap_or(order.len())
}

fn trend(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "refusals_trend",
        "Décisions mois par mois",
        vec![
            Column::new("month", "Mois"),
            Column::new("refused", "Refusées, au moins"),
            Column::new("masked", "Masquées puis envoyées, au moins"),
            Column::new("warned", "Averties, au moins"),
        ],
    );
    for month in subject.months() {
        let early = subject.provisional && month == subject.last;
        let cell = |decision| sums::count(sums::decided(subject.figures, month, decision), early);
        table.rows.push(vec![
            Cell::Month(month),
            cell("refused"),
            cell("masked"),
            cell("warned"),
        ]);
    }
    sums::without_empty_columns(table)
}

/// What people asked for and the committee has not allowed: a need to look at.
fn demand(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(2, "Demande d'outils hors liste"));
    let mut table = Table::new(
        "demand",
        "Demandes du mois pour des outils qui ne sont pas autorisés",
        vec![
            Column::new("rule", "Motif"),
            Column::new("people", "Agents"),
            Column::new("requests", "Demandes"),
        ],
    );
    for cell in of_month(subject).filter(|cell| words::is_demand(&cell.rule)) {
        table.rows.push(vec![
            Cell::text(words::rule(&cell.rule)),
            sums::count(cell.people, cell.provisional),
            sums::count(cell.requests, cell.provisional),
        ]);
    }
    if table.rows.is_empty() {
        blocks.push(paragraph(
            "Rien n'est publié pour ce mois : aucune demande de ce genre, ou trop peu de personnes.",
        ));
    } else {
        blocks.push(Block::Table(table));
    }
    let families = families(subject);
    if !families.rows.is_empty() {
        blocks.push(Block::Table(families));
    }
    blocks.push(note(
        "La passerelle ne voit que les demandes qui passent par elle : un outil grand public ouvert dans un navigateur \
         n'apparaît pas ici.",
    ));
}

/// What was asked for, where enough people did: families of models, never the words of a caller.
fn families(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "demand_by_family",
        "Ce qui a été demandé hors de la liste, par famille de modèles",
        vec![Column::new("family", "Famille"), Column::new("requests", "Demandes")],
    );
    let cells = subject.figures.demand.iter().filter(|cell| cell.month == subject.last);
    let sums = sums::by(cells.map(|cell| (&*cell.family, cell.requests))).into_iter();
    let mut sums: Vec<_> = sums.map(|(family, requests)| (sums::whole(requests), family)).collect();
    sums.sort_by_key(|(requests, family)| (std::cmp::Reverse(*requests), *family));
    for (requests, family) in sums {
        let name = match family {
            "autre" => "Autre, ou aucun modèle",
            "autres familles" => "Plusieurs familles, réunies",
            family => family,
        };
        table
            .rows
            .push(vec![Cell::text(name), sums::count(requests, subject.provisional)]);
    }
    table
}

/// What the detector saw, whatever was done about it.
fn found(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    let mut table = Table::new(
        "findings",
        "Données protégées repérées dans le mois",
        vec![
            Column::new("class", "Classe"),
            Column::new("place", "Où"),
            Column::new("people", "Agents"),
            Column::new("findings", "Repérages"),
        ],
    );
    for cell in subject
        .figures
        .findings
        .iter()
        .filter(|cell| cell.month == subject.last)
    {
        if words::place(&cell.class).0.starts_with(observed::OBSERVED) {
            continue;
        }
        let (class, place) = words::found(&cell.class);
        table.rows.push(vec![
            Cell::text(class),
            Cell::text(place),
            sums::count(cell.people, cell.provisional),
            sums::count(cell.findings, cell.provisional),
        ]);
    }
    if !table.rows.is_empty() {
        blocks.push(heading(2, "Ce que le détecteur a repéré"));
        blocks.push(Block::Table(table));
    }
}
