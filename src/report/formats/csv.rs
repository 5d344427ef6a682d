//! A document as one CSV file for French spreadsheets: UTF-8 with its mark, `;` between cells, a comma in numbers.
//!
//! The first cell of a line tells which part it is of: the id of a table or of facts, `titre` or `note`. The first line
//! of a table has the titles of its columns. Months and days are written `2026-11` and `2026-11-30`. A text that a
//! spreadsheet would take for a formula gets an apostrophe before it.

use crate::report::document::{Block, Cell, Document, NOTHING, Table, UNKNOWN};

/// The bytes.
pub(super) fn render(document: &Document) -> Result<Vec<u8>, String> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(b"\xef\xbb\xbf".to_vec());
    for line in lines(document) {
        writer.write_record(line).map_err(|error| error.to_string())?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}

fn lines(document: &Document) -> Vec<Vec<String>> {
    let text = |part: &str, text: &str| vec![part.to_owned(), safe(text)];
    let mut lines = vec![
        text("titre", &document.title),
        text("titre", &document.subtitle),
        text("titre", &document.generated_for),
    ];
    for block in &document.blocks {
        match block {
            Block::Note(note) => lines.push(text("note", note)),
            Block::Facts(facts) => {
                lines.push(
                    [&*facts.id, "Indicateur", "Valeur", "Unité", "Remarque"]
                        .map(str::to_owned)
                        .to_vec(),
                );
                lines.extend(facts.facts.iter().map(|fact| {
                    let (label, unit, remark) = (safe(&fact.label), safe(&fact.unit), safe(&fact.remark));
                    vec![facts.id.clone(), label, cell(&fact.value), unit, remark]
                }));
            }
            Block::Table(table) => lines.extend(rows(table)),
            // Sentences and pictures say nothing that the figures do not.
            Block::Heading { .. } | Block::Paragraph(_) | Block::Chart(_) => {}
        }
    }
    lines
}

fn rows(table: &Table) -> Vec<Vec<String>> {
    let line = |cells: Vec<String>| [vec![table.id.clone()], cells].concat();
    let titles = table.columns.iter().map(|column| safe(&column.heading())).collect();
    let rows = table.rows.iter().map(|row| line(row.iter().map(cell).collect()));
    std::iter::once(line(titles)).chain(rows).collect()
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => safe(text),
        Cell::Month(month) => month.to_string(),
        Cell::Date(date) => date.to_string(),
        Cell::Withheld(why) => why.french().to_owned(),
        Cell::Empty => NOTHING.to_owned(),
        Cell::Count(_) | Cell::Real { .. } => cell
            .figure()
            .map_or_else(|| UNKNOWN.to_owned(), |figure| figure.replace('.', ",")),
    }
}

/// A text that no spreadsheet computes (OWASP, CSV injection).
fn safe(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let first = text.trim_start().chars().next();
    if matches!(first, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')) {
        format!("'{text}")
    } else {
        text
    }
}
