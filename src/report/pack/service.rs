//! The service itself: what was served, how long it took, what is missing; and when somebody last looked after the
//! ledger.

use jiff::Timestamp;

use super::{Subject, heading, note, paragraph, sums};
use crate::committee::{ServiceCell, UpkeepLine};
use crate::domain::Month;
use crate::policy::local;
use crate::report::document::{Block, Cell, Column, Fact, Facts, Form, Table};
use crate::report::french;

/// Writes the chapter.
pub(super) fn chapter(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(1, "Service"));
    let last = of_month(subject, subject.last);
    if let Some(cell) = last {
        blocks.push(Block::Facts(Facts {
            id: "service".into(),
            caption: "Le service dans le mois".into(),
            facts: facts(cell),
        }));
    } else {
        blocks.push(paragraph("Aucun chiffre de service n'est publié pour ce mois."));
    }
    let trend = trend(subject);
    if trend.rows.len() > 1 {
        let title = "Demandes non servies, mois par mois";
        blocks.push(Block::Chart(sums::chart(&trend, Form::Lines, title, &["failed"])));
        blocks.push(Block::Table(trend));
    }
    blocks.push(note(
        "Une demande est servie si elle a reçu sa réponse, ou un refus de la politique, ou si l'agent l'a interrompue. Les \
         durées sont coupées à deux chiffres significatifs : elles sont justes, ou trop basses d'un dixième au plus.",
    ));
    blocks.push(heading(2, "Entretien du journal"));
    blocks.push(Block::Table(upkeep(subject)));
}

fn of_month<'a>(subject: &Subject<'a>, month: Month) -> Option<&'a ServiceCell> {
    subject.figures.service.iter().find(|cell| cell.month == month)
}

fn facts(cell: &ServiceCell) -> Vec<Fact> {
    let early = cell.provisional;
    vec![
        Fact::new(
            "availability",
            "Demandes servies",
            sums::real(cell.availability, 2, early),
        )
        .unit("%"),
        Fact::new("failed", "Demandes non servies", sums::count(cell.failed, early)).remark("arrondi à 5"),
        Fact::new(
            "overhead_p50",
            "Temps ajouté, médiane",
            milliseconds(cell.overhead_p50_us, early),
        )
        .unit("ms"),
        Fact::new(
            "overhead_p99",
            "Temps ajouté, pour 99 % des demandes",
            milliseconds(cell.overhead_p99_us, early),
        )
        .unit("ms"),
        Fact::new(
            "upstream_p50",
            "Attente du fournisseur, médiane",
            sums::count(cell.upstream_p50_ms, early),
        )
        .unit("ms"),
        Fact::new("incidents", "Signalements publiés", sums::count(cell.incidents, early)),
        Fact::new("rows_lost", "Lignes du journal perdues", Cell::Count(cell.rows_lost)),
    ]
}

fn milliseconds(microseconds: Option<i64>, early: bool) -> Cell {
    sums::real(microseconds.map(|us| us as f64 / 1000.0), 2, early)
}

fn trend(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "service_trend",
        "Service, mois par mois",
        vec![
            Column::new("month", "Mois"),
            Column::with_unit("availability", "Servies", "%"),
            Column::new("failed", "Non servies"),
            Column::with_unit("overhead_p50", "Ajouté, médiane", "ms"),
            Column::with_unit("overhead_p99", "Ajouté, 99 %", "ms"),
            Column::with_unit("upstream_p50", "Fournisseur, médiane", "ms"),
            Column::new("rows_lost", "Lignes perdues"),
        ],
    );
    for cell in subject
        .months()
        .into_iter()
        .filter_map(|month| of_month(subject, month))
    {
        let early = cell.provisional;
        table.rows.push(vec![
            Cell::Month(cell.month),
            sums::real(cell.availability, 2, early),
            sums::count(cell.failed, early),
            milliseconds(cell.overhead_p50_us, early),
            milliseconds(cell.overhead_p99_us, early),
            sums::count(cell.upstream_p50_ms, early),
            Cell::Count(cell.rows_lost),
        ]);
    }
    table
}

fn upkeep(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "upkeep",
        "Dernière fois que chaque tâche a été faite",
        vec![
            Column::new("task", "Tâche"),
            Column::new("last", "Dernière fois"),
            Column::new("result", "Résultat"),
            Column::new("instances", "Passerelles"),
            Column::new("rows", "Lignes"),
            Column::new("rows_lost", "Perdues"),
        ],
    );
    for task in ["verification", "signature", "retention"] {
        let line = subject.figures.upkeep.iter().find(|line| line.task == task);
        let line = line.filter(|line| line.last_at.is_some());
        let count = |of: fn(&UpkeepLine) -> Option<i64>| {
            let count = line.and_then(of);
            count.map_or(Cell::Empty, |count| Cell::Count(Some(count)))
        };
        table.rows.push(vec![
            Cell::text(match task {
                "verification" => "Vérification de la chaîne",
                "signature" => "Signature de la chaîne",
                _ => "Retrait des mois anciens",
            }),
            Cell::text(
                line.and_then(|line| line.last_at.as_deref())
                    .map_or("jamais".into(), instant),
            ),
            Cell::words(
                line.and_then(|line| line.result.as_deref())
                    .map_or(String::new(), result),
            ),
            count(|line| line.instances),
            count(|line| line.rows),
            count(|line| line.rows_lost),
        ]);
    }
    table
}

/// A day and an hour of metropolitan France, for people.
fn instant(text: &str) -> String {
    text.parse::<Timestamp>().map_or_else(
        |_| text.to_owned(),
        |at| {
            let at = local(crate::domain::Timestamp(at.as_millisecond()));
            format!("{}, {:02} h {:02}", french::date(at.date()), at.hour(), at.minute())
        },
    )
}

fn result(result: &str) -> String {
    match result {
        "intact" => "journal intact".into(),
        "altered" => "journal altéré".into(),
        month => month.parse::<Month>().map_or_else(
            |_| month.to_owned(),
            |month| format!("jusqu'à {}", french::month(month)),
        ),
    }
}
