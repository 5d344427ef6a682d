//! The committee's list: what each tool is for the committee, how much it is used, and what falls due.

use jiff::civil::Date;

use super::{Subject, heading, paragraph, sums, words};
use crate::report::document::{Block, Cell, Column, Form, Table};
use crate::report::french;

/// Tools that have a colour of their own in the trend.
const SHOWN: usize = 5;

/// Writes the chapter.
pub(super) fn chapter(subject: &Subject<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading(1, "Outils"));
    let usage = usage(subject);
    if !usage.rows.is_empty() {
        let title = "Demandes du mois par outil";
        blocks.push(Block::Chart(sums::chart(&usage, Form::Bars, title, &["requests"])));
        blocks.push(Block::Table(usage));
    }
    let trend = trend(subject);
    if trend.rows.len() > 1 && trend.columns.len() > 1 {
        let keys: Vec<_> = trend.columns.iter().skip(1).map(|column| column.key.clone()).collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        let title = "Demandes par outil, mois par mois";
        blocks.push(Block::Chart(sums::chart(&trend, Form::Stacked, title, &keys)));
        blocks.push(Block::Table(trend));
    }
    let levels = levels(subject);
    if !levels.rows.is_empty() {
        blocks.push(Block::Table(levels));
    }
    blocks.push(heading(2, "La liste du comité"));
    blocks.push(paragraph(format!(
        "Telle que la base la garde, d'après la politique en vigueur ; les échéances sont comptées au {}.",
        french::date(subject.day)
    )));
    blocks.push(Block::Table(list(subject)));
}

/// Usage of the month.
fn usage(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "usage_by_tool",
        "Usage du mois par outil",
        vec![
            Column::new("tool", "Outil"),
            Column::new("level", "Niveau"),
            Column::new("requests", "Demandes"),
            Column::with_unit("share", "Part", "%"),
            Column::new("input_tokens", "Jetons envoyés"),
            Column::new("output_tokens", "Jetons reçus"),
        ],
    );
    let cells = sums::by(sums::of_month(&subject.figures.usage, subject.last).map(|cell| (&*cell.tool, cell)));
    let all = sums::requests(subject.figures, subject.last);
    let mut rows: Vec<_> = cells
        .into_iter()
        .map(|(tool, cells)| {
            let sum =
                |measure: fn(&&crate::committee::UsageCell) -> Option<i64>| sums::whole(cells.iter().map(measure));
            let requests = sum(|cell| cell.requests);
            let early = subject.provisional;
            let row = vec![
                Cell::text(words::tool(subject, tool)),
                cells
                    .first()
                    .and_then(|cell| cell.tool_level)
                    .map_or(Cell::Empty, |level| Cell::Count(Some(level))),
                sums::count(requests, early),
                sums::real(sums::share(requests, all), 1, early),
                sums::count(sum(|cell| cell.input_tokens), early),
                sums::count(sum(|cell| cell.output_tokens), early),
            ];
            (std::cmp::Reverse(requests), row)
        })
        .collect();
    rows.sort_by_key(|(requests, _)| *requests);
    table.rows = rows.into_iter().map(|(_, row)| row).collect();
    table
}

/// Requests of the tools that are used most, and of all others together.
fn trend(subject: &Subject<'_>) -> Table {
    let months = subject.months();
    let cells = subject.figures.usage.iter().filter(|cell| months.contains(&cell.month));
    let totals = sums::by(cells.map(|cell| (&*cell.tool, cell.requests)));
    let mut ranked: Vec<_> = totals
        .iter()
        .map(|(tool, requests)| (sums::whole(requests.iter().copied()), *tool))
        .collect();
    ranked.sort_by_key(|(requests, tool)| (std::cmp::Reverse(*requests), *tool));
    let (shown, rest) = ranked.split_at(ranked.len().min(SHOWN));
    let mut columns = vec![Column::new("month", "Mois")];
    columns.extend(
        shown
            .iter()
            .map(|(_, tool)| Column::new(&key(tool), &words::tool(subject, tool))),
    );
    if !rest.is_empty() {
        columns.push(Column::new("rest", "Autres"));
    }
    let mut table = Table::new("usage_trend", "Demandes par outil, mois par mois", columns);
    for month in months {
        let early = subject.provisional && month == subject.last;
        let of = |tools: &[(Option<i64>, &str)]| {
            let cells = sums::of_month(&subject.figures.usage, month);
            let cells = cells.filter(|cell| tools.iter().any(|(_, tool)| *tool == cell.tool));
            sums::whole(cells.map(|cell| cell.requests))
        };
        let mut row = vec![Cell::Month(month)];
        // No line of its own in a month: not used, or with others under « autres outils ».
        let cell = |value: Option<i64>| {
            if value.is_some() {
                sums::count(value, early)
            } else {
                sums::FEW
            }
        };
        row.extend(shown.iter().map(|tool| cell(of(std::slice::from_ref(tool)))));
        if !rest.is_empty() {
            row.push(cell(of(rest)));
        }
        table.rows.push(row);
    }
    table
}

/// The name of a column for programs: that of the tool, in letters, digits and underscores.
fn key(tool: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    format!("tool_{}", tool.chars().map(letter).collect::<String>())
}

fn levels(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "usage_by_level",
        "Demandes du mois par niveau de la charte",
        vec![
            Column::new("level", "Niveau"),
            Column::new("requests", "Demandes"),
            Column::with_unit("share", "Part", "%"),
        ],
    );
    let cells = sums::of_month(&subject.figures.usage, subject.last);
    let all = sums::requests(subject.figures, subject.last);
    // Lines without a level come last.
    for (level, requests) in sums::by(cells.map(|cell| (cell.tool_level.unwrap_or(9), cell.requests))) {
        let name = match level {
            1 => "1 – IA pour tous",
            2 => "2 – IA embarquée dans un logiciel métier",
            3 => "3 – IA spécialisée",
            _ => "Sans niveau (hors liste, ou outils regroupés)",
        };
        let requests = sums::whole(requests);
        table.rows.push(vec![
            Cell::text(name),
            sums::count(requests, subject.provisional),
            sums::real(sums::share(requests, all), 1, subject.provisional),
        ]);
    }
    table
}

/// Days ahead in which a review is near, and in which the end of a trial is.
const NEAR: (i32, i32) = (90, 30);

/// A tool of the committee's list.
pub(super) struct Listed<'a> {
    /// Id in the policy.
    pub id: &'a str,
    /// Name for people.
    pub name: &'a str,
    /// 1 to 3.
    pub level: i64,
    /// Where it is in its life, as in the policy.
    pub status: &'a str,
    /// The decision's reference.
    pub reference: Option<&'a str>,
    /// The decision's day.
    pub decided: Option<Date>,
    /// When it was proposed.
    pub proposed: Option<Date>,
    /// Last day before a review.
    pub review_before: Option<Date>,
    /// Last day.
    pub valid_until: Option<Date>,
}

impl<'a> Listed<'a> {
    /// The committee's list, from one source in the whole pack: the store's, which stands beside the usage, or the
    /// policy's where no gateway has written one there yet. Tools are in the order of the policy; others come last.
    pub(super) fn all(subject: &Subject<'a>) -> Vec<Self> {
        let (figures, policy) = (subject.figures, subject.policy);
        if figures.tools.is_empty() {
            let of_policy = policy.tools().iter().map(|tool| Self {
                id: &tool.id,
                name: &tool.name,
                level: tool.level.into(),
                status: tool.status.name(),
                reference: tool.decision.as_ref().map(|decision| &*decision.reference),
                decided: tool.decision.as_ref().map(|decision| decision.date),
                proposed: tool.proposed_on,
                review_before: tool.review_before,
                valid_until: tool.valid_until,
            });
            return of_policy.collect();
        }
        let of_store = figures.tools.iter().map(|line| Self {
            id: &line.tool,
            name: &line.name,
            level: line.level,
            status: &line.status,
            reference: line.decision_reference.as_deref(),
            decided: line.decision_date,
            proposed: line.proposed_on,
            review_before: line.review_before,
            valid_until: line.valid_until,
        });
        let mut listed: Vec<_> = of_store.collect();
        let place = |id: &str| policy.tools().iter().position(|tool| tool.id == id);
        listed.sort_by_key(|tool| (place(tool.id).unwrap_or(usize::MAX), tool.id));
        listed
    }

    /// Whether callers may be served by it.
    pub(super) fn is_served(&self) -> bool {
        matches!(self.status, "trial" | "validated")
    }

    /// Days from the proposal to the decision, where both are known.
    fn days_to_decision(&self) -> Option<i64> {
        let days = self.proposed?.until(self.decided?).ok()?.get_days();
        Some(days.into())
    }
}

/// What falls due, by names of tools.
#[derive(Default)]
pub(super) struct Deadlines<'a> {
    /// To be reviewed before a day that is past.
    pub overdue: Vec<&'a str>,
    /// To be reviewed soon.
    pub near: Vec<&'a str>,
    /// Trials that end soon.
    pub ending: Vec<&'a str>,
    /// Trials that ended, and are trials still.
    pub over: Vec<&'a str>,
}

impl<'a> Deadlines<'a> {
    /// Tools that were never served or never will be again have nothing due.
    pub(super) fn of(subject: &Subject<'a>) -> Self {
        let today = subject.day;
        let within = |day: Date, days: i32| day <= today.saturating_add(jiff::Span::new().days(days));
        let mut due = Self::default();
        for tool in Listed::all(subject) {
            if !tool.is_served() && tool.status != "suspended" {
                continue;
            }
            match tool.review_before {
                Some(day) if today > day => due.overdue.push(tool.name),
                Some(day) if within(day, NEAR.0) => due.near.push(tool.name),
                _ => {}
            }
            match tool.valid_until.filter(|_| tool.status == "trial") {
                Some(day) if today > day => due.over.push(tool.name),
                Some(day) if within(day, NEAR.1) => due.ending.push(tool.name),
                _ => {}
            }
        }
        due
    }
}

fn list(subject: &Subject<'_>) -> Table {
    let mut table = Table::new(
        "tools",
        "Outils de la liste, avec leurs décisions et leurs échéances",
        vec![
            Column::new("name", "Outil"),
            Column::new("level", "Niveau"),
            Column::new("status", "Statut"),
            Column::new("decision", "Décision"),
            Column::new("decided", "Date"),
            Column::with_unit("days", "Délai depuis la proposition", "jours"),
            Column::new("review", "À réexaminer avant"),
            Column::new("until", "Fin"),
            Column::new("due", "Échéance"),
        ],
    );
    let deadlines = Deadlines::of(subject);
    for tool in Listed::all(subject) {
        let due = [
            (&deadlines.overdue, "réexamen dépassé"),
            (&deadlines.over, "expérimentation terminée"),
            (&deadlines.ending, "fin avant 30 jours"),
            (&deadlines.near, "réexamen avant 90 jours"),
        ];
        let due: Vec<_> = due
            .iter()
            .filter(|(tools, _)| tools.contains(&tool.name))
            .map(|(_, words)| *words)
            .collect();
        table.rows.push(vec![
            Cell::text(tool.name),
            Cell::Count(Some(tool.level)),
            Cell::text(words::status(tool.status)),
            Cell::words(tool.reference.unwrap_or_default()),
            Cell::date(tool.decided),
            // What was not decided took no time; when it was proposed may not be known.
            match tool.decided {
                None => Cell::Empty,
                Some(_) => Cell::Count(tool.days_to_decision()),
            },
            Cell::date(tool.review_before),
            Cell::date(tool.valid_until),
            Cell::words(due.join(", ")),
        ]);
    }
    table
}
