//! Adding up what the views show, without making a figure out of one that is not there.

use std::collections::BTreeMap;

use crate::committee::{Figures, UsageCell};
use crate::domain::Month;
use crate::report::document::{Cell, Chart, Form, Series, Table, Withheld};
use crate::report::french;

/// Whether the views say anything of a month.
pub(super) fn says_something(figures: &Figures, month: Month) -> bool {
    let usage = figures.usage.iter().map(|cell| cell.month);
    let rest = figures.adoption.iter().map(|cell| cell.month);
    let workspace = figures.workspace.iter().map(|cell| cell.month);
    let refusals = figures.refusals.iter().map(|cell| cell.month);
    usage.chain(rest).chain(workspace).chain(refusals).any(|of| of == month)
}

/// The sum, where every part is shown; none where there is no part.
pub(super) fn whole(values: impl IntoIterator<Item = Option<i64>>) -> Option<i64> {
    let mut sum = None;
    for value in values {
        sum = Some(sum.unwrap_or(0) + value?);
    }
    sum
}

/// The sum of what is known; none where nothing is.
pub(super) fn known(values: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    values
        .into_iter()
        .flatten()
        .fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

/// A count that may be withheld.
pub(super) fn count(value: Option<i64>, provisional: bool) -> Cell {
    value.map_or(withheld(provisional), |value| Cell::Count(Some(value)))
}

/// A number that may be withheld.
pub(super) fn real(value: Option<f64>, decimals: u8, provisional: bool) -> Cell {
    value.map_or(withheld(provisional), |value| Cell::real(Some(value), decimals))
}

/// A number that nobody knows where `knowing`, the count of what has one, is 0, and that is withheld where it is none.
pub(super) fn measured(value: Option<f64>, knowing: Option<i64>, decimals: u8, provisional: bool) -> Cell {
    match (value, knowing) {
        (Some(value), _) => Cell::real(Some(value), decimals),
        (None, Some(0)) => Cell::real(None, decimals),
        (None, _) => withheld(provisional),
    }
}

/// A figure that has no line of its own: there may be one, and too few people for it.
pub(super) const FEW: Cell = Cell::Withheld(Withheld::Few);

/// Why a figure is not there.
pub(super) const fn withheld(provisional: bool) -> Cell {
    Cell::Withheld(if provisional {
        Withheld::Provisional
    } else {
        Withheld::Few
    })
}

/// A share in hundredths, of what is known and not 0.
pub(super) fn share(part: Option<i64>, of: Option<i64>) -> Option<f64> {
    let (part, of) = (part?, of.filter(|of| *of > 0)?);
    Some(100.0 * part as f64 / of as f64)
}

/// A mean of what is known, for each of so many.
pub(super) fn each(sum: Option<i64>, of: Option<i64>) -> Option<f64> {
    Some(sum? as f64 / of.filter(|of| *of > 0)? as f64)
}

/// Cells of a month.
pub(super) fn of_month(cells: &[UsageCell], month: Month) -> impl Iterator<Item = &UsageCell> {
    cells.iter().filter(move |cell| cell.month == month)
}

/// Requests of a month.
pub(super) fn requests(figures: &Figures, month: Month) -> Option<i64> {
    whole(of_month(&figures.usage, month).map(|cell| cell.requests))
}

/// People of a month, whatever they used.
pub(super) fn people(figures: &Figures, month: Month) -> Option<i64> {
    let mut lines = figures.adoption.iter();
    lines
        .find(|line| line.month == month && line.direction == "ensemble")
        .and_then(|line| line.people)
}

/// The least that requests with a decision in a month can be; none where the views show none.
///
/// Each line of the view is rounded down to a multiple of five, and this is their sum: of a decision with `n` lines it may
/// be short by up to four requests a line. Exact counts are in no view: beside the requests that usage shows exactly
/// (« hors liste »), they could tell a hidden rule by difference. So it is written « au moins » wherever it stands
/// ([`AT_LEAST`]).
pub(super) fn decided(figures: &Figures, month: Month, decision: &str) -> Option<i64> {
    let cells = figures
        .refusals
        .iter()
        .filter(|cell| cell.month == month && cell.decision == decision);
    whole(cells.map(|cell| cell.requests))
}

/// What is said beside a sum of rounded counts.
pub(super) const AT_LEAST: &str = "au moins : somme de comptes arrondis au multiple de 5 inférieur";

/// Sums by a key, in the order of keys.
pub(super) fn by<K: Ord, T>(items: impl IntoIterator<Item = (K, T)>) -> BTreeMap<K, Vec<T>> {
    let mut groups: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for (key, item) in items {
        groups.entry(key).or_default().push(item);
    }
    groups
}

/// The month before, where the pack covers it and it is over.
pub(super) fn before(value: Option<i64>, month: Month) -> String {
    match value {
        Some(value) => format!(
            "{} : {}",
            french::month(month.previous()),
            french::digits(&value.to_string())
        ),
        None => String::new(),
    }
}

/// The table without columns that have no figure in any row.
pub(super) fn without_empty_columns(mut table: Table) -> Table {
    let kept: Vec<bool> = (0..table.columns.len())
        .map(|at| at == 0 || table.rows.is_empty() || table.rows.iter().any(|row| row[at].figure().is_some()))
        .collect();
    let mut keep = kept.iter();
    table.columns.retain(|_| keep.next().copied().unwrap_or(true));
    for row in &mut table.rows {
        let mut keep = kept.iter();
        row.retain(|_| keep.next().copied().unwrap_or(true));
    }
    table
}

/// The picture of a table: its first column on the axis, the columns with these keys as series.
pub(super) fn chart(table: &Table, form: Form, title: &str, keys: &[&str]) -> Chart {
    let columns = keys.iter().filter_map(|key| {
        let at = table.columns.iter().position(|column| column.key == *key)?;
        Some((at, &table.columns[at]))
    });
    let columns: Vec<_> = columns.collect();
    let series = columns.iter().map(|(at, column)| {
        let cells = table.rows.iter().map(|row| &row[*at]);
        let decimals = cells.clone().filter_map(|cell| match cell {
            Cell::Real { decimals, .. } => Some(*decimals),
            _ => None,
        });
        Series {
            name: column.title.clone(),
            decimals: decimals.max().unwrap_or(0),
            values: cells.map(Cell::number).collect(),
        }
    });
    let categories = table.rows.iter().map(|row| match &row[0] {
        Cell::Month(month) => french::short_month(*month),
        cell => french::cell(cell),
    });
    let mut chart = Chart {
        id: format!("graphique_{}", table.id),
        title: title.to_owned(),
        description: String::new(),
        form,
        unit: columns
            .first()
            .map(|(_, column)| column.unit.clone())
            .unwrap_or_default(),
        table: table.id.clone(),
        categories: categories.collect(),
        series: series.collect(),
    };
    chart.description = described(&chart);
    chart
}

/// The picture in words: where each series begins, ends and is highest.
fn described(chart: &Chart) -> String {
    let mut sentences = Vec::new();
    for series in &chart.series {
        let figure = |value: f64| french::digits(&format!("{value:.*}", usize::from(series.decimals)));
        let shown: Vec<_> = chart
            .categories
            .iter()
            .zip(&series.values)
            .filter_map(|(c, v)| v.map(|v| (c, v)))
            .collect();
        let highest = shown
            .iter()
            .fold(None, |best: Option<(&String, f64)>, (category, value)| match best {
                Some((_, most)) if most >= *value => best,
                _ => Some((category, *value)),
            });
        let (Some((name, most)), Some(first), Some(last)) = (highest, shown.first(), shown.last()) else {
            sentences.push(format!("{} : aucune valeur publiée.", series.name));
            continue;
        };
        sentences.push(match chart.form {
            Form::Lines | Form::Stacked if shown.len() > 1 => format!(
                "{} : {} en {}, {} en {}, au plus {} en {name}.",
                series.name,
                figure(first.1),
                first.0,
                figure(last.1),
                last.0,
                figure(most),
            ),
            _ => format!("{} : au plus {} ({name}).", series.name, figure(most)),
        });
    }
    sentences.push("Les valeurs sont dans le tableau qui suit.".to_owned());
    sentences.join(" ")
}
