//! Before and after: what changed when a tool was put into service (charter, "Suivi et évaluation"); and Gemini inside
//! Google Workspace, which is used beside the gateway.

use super::tools::Listed;
use super::{Subject, heading, note, paragraph, quality, sums, words};
use crate::domain::Month;
use crate::report::document::{Block, Cell, Column, Form, Table};
use crate::report::french;

/// Months looked at on each side of a decision.
const AROUND: i32 = 3;

/// Writes the two chapters.
pub(super) fn chapter(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(1, "Avant et après la mise en service d'un outil"));
    let (table, alone) = before_and_after(subject);
    if table.rows.is_empty() && alone.is_empty() {
        blocks.push(paragraph(format!(
            "Aucun outil de la liste n'a été décidé de {} à {}.",
            french::month(subject.first),
            french::month(subject.last)
        )));
    }
    if !table.rows.is_empty() {
        blocks.push(paragraph(format!(
            "Moyennes mensuelles des {AROUND} mois avant le mois de la décision et des {AROUND} mois après, parmi les mois \
             terminés et publiés de la période. Les refus et les demandes d'outils hors liste sont ceux de tous les \
             outils, et des minimums : un outil qui répond à un besoin doit les faire baisser."
        )));
        blocks.push(Block::Table(table));
        blocks.push(note(
            "D'autres causes agissent en même temps (vacances, formations, autres outils) : ces écarts invitent à \
             regarder, ils ne prouvent rien.",
        ));
    }
    if !alone.is_empty() {
        blocks.push(paragraph(format!(
            "Décidés pendant la période, sans aucun mois publié à comparer autour de leur décision : {}.",
            alone.join(", ")
        )));
    }
    workspace(subject, blocks);
}

/// The table, and the tools that were decided in the period and have no month to compare, each with its day.
fn before_and_after(subject: &Subject<'_>) -> (Table, Vec<String>) {
    let mut table = Table::new(
        "before_after",
        "Moyennes mensuelles avant et après la décision",
        vec![
            Column::new("tool", "Outil"),
            Column::new("decided", "Décision"),
            Column::new("indicator", "Indicateur"),
            Column::new("before", "Avant"),
            Column::new("after", "Après"),
        ],
    );
    let months = subject.months();
    let mut alone = Vec::new();
    for tool in Listed::all(subject) {
        let Some(day) = tool.decided else { continue };
        let decided = Month::from(day);
        if !(subject.first..=subject.last).contains(&decided) {
            continue;
        }
        let over = |month: &Month| months.contains(month) && !(subject.provisional && *month == subject.last);
        let before: Vec<_> = decided.plus(-AROUND).to(decided.previous()).filter(over).collect();
        let after: Vec<_> = decided.next().to(decided.plus(AROUND)).filter(over).collect();
        if before.is_empty() && after.is_empty() {
            alone.push(format!("{} ({})", tool.name, french::date(day)));
            continue;
        }
        for (name, measure, decimals) in indicators() {
            let cell = |months: &[Month]| {
                if months.is_empty() {
                    return Cell::text("aucun mois");
                }
                let values: Vec<_> = months
                    .iter()
                    .filter_map(|month| measure(subject, tool.id, *month))
                    .collect();
                let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
                sums::real(mean, decimals, false)
            };
            table.rows.push(vec![
                Cell::text(tool.name),
                Cell::Date(day),
                Cell::text(name),
                cell(&before),
                cell(&after),
            ]);
        }
    }
    (table, alone)
}

/// What is compared: a figure of a month, if it is shown.
type Measure = fn(&Subject<'_>, &str, Month) -> Option<f64>;

fn indicators() -> [(&'static str, Measure, u8); 5] {
    [
        (
            "Demandes à cet outil",
            |subject, tool, month| {
                let cells = sums::of_month(&subject.figures.usage, month).filter(|cell| cell.tool == tool);
                Some(sums::whole(cells.map(|cell| cell.requests))? as f64)
            },
            0,
        ),
        (
            "Agents actifs, tous outils",
            |subject, _, month| Some(sums::people(subject.figures, month)? as f64),
            0,
        ),
        (
            "Demandes refusées, tous outils (au moins)",
            |subject, _, month| Some(sums::decided(subject.figures, month, "refused")? as f64),
            0,
        ),
        (
            "Demandes d'outils hors liste (au moins)",
            |subject, _, month| {
                let cells = subject
                    .figures
                    .refusals
                    .iter()
                    .filter(|cell| cell.month == month && words::is_demand(&cell.rule));
                Some(sums::whole(cells.map(|cell| cell.requests))? as f64)
            },
            0,
        ),
        (
            "Note moyenne de l'outil (sur 5)",
            |subject, tool, month| {
                quality::rating(
                    subject
                        .figures
                        .feedback
                        .iter()
                        .filter(|cell| cell.month == month && cell.tool == tool),
                )
            },
            1,
        ),
    ]
}

/// Gemini in Gmail, Docs or Meet never passes the gateway: Google's own counts, beside ours.
fn workspace(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(1, "Gemini dans Google Workspace"));
    if subject.figures.workspace.is_empty() {
        blocks.push(paragraph(
            "Aucun compte de Google n'est publié pour la période. Les exports de la console d'administration se prennent \
             en compte par « gardefou import workspace » ; Google ne les garde que 180 jours.",
        ));
        return;
    }
    blocks.push(paragraph(
        "Gemini dans Gmail, Docs ou Meet ne passe pas par la passerelle : rien n'y est contrôlé ni masqué par elle. Les \
         comptes ci-dessous sont ceux de Google, pris dans ses exports, à lire à côté des nôtres et jamais ajoutés à eux.",
    ));
    let mut table = Table::new(
        "workspace",
        format!(
            "Usages comptés par Google, par application, {}",
            french::month(subject.last)
        ),
        vec![
            Column::new("app", "Application"),
            Column::new("people", "Agents (arrondi à 5)"),
            Column::new("events", "Usages"),
        ],
    );
    for cell in subject
        .figures
        .workspace
        .iter()
        .filter(|cell| cell.month == subject.last)
    {
        table.rows.push(vec![
            Cell::text(words::app(&cell.app)),
            sums::count(cell.people, cell.provisional),
            sums::count(cell.events, cell.provisional),
        ]);
    }
    if !table.rows.is_empty() {
        blocks.push(Block::Table(table));
    }
    let mut trend = Table::new(
        "workspace_trend",
        "Demandes par la passerelle et usages comptés par Google, mois par mois",
        vec![
            Column::new("month", "Mois"),
            Column::new("requests", "Demandes par la passerelle"),
            Column::new("events", "Usages dans Google Workspace"),
        ],
    );
    for month in subject.months() {
        let early = subject.provisional && month == subject.last;
        let cells = subject.figures.workspace.iter().filter(|cell| cell.month == month);
        trend.rows.push(vec![
            Cell::Month(month),
            sums::count(sums::requests(subject.figures, month), early),
            sums::count(sums::whole(cells.map(|cell| cell.events)), early),
        ]);
    }
    if trend.rows.len() > 1 {
        let title = "Passerelle et Google Workspace, mois par mois";
        blocks.push(Block::Chart(sums::chart(
            &trend,
            Form::Lines,
            title,
            &["requests", "events"],
        )));
        blocks.push(Block::Table(trend));
    }
}
