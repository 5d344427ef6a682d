//! A document as Markdown, with tables in GitHub's manner.

use std::fmt::Write as _;

use crate::report::document::{Block, Document, Facts, Table};
use crate::report::french;

/// The text.
pub(super) fn render(document: &Document) -> String {
    let mut out = format!("# {}\n\n**{}**", words(&document.title), words(&document.subtitle));
    if !document.generated_for.is_empty() {
        add(&mut out, format_args!("  \n{}", words(&document.generated_for)));
    }
    out.push_str("\n\n");
    for block in &document.blocks {
        match block {
            Block::Heading { level, text } => {
                let marks = "#".repeat(usize::from(*level).clamp(1, 5) + 1);
                add(&mut out, format_args!("{marks} {}\n\n", words(text)));
            }
            Block::Paragraph(text) => add(&mut out, format_args!("{}\n\n", words(text))),
            Block::Note(text) => add(&mut out, format_args!("> {}\n\n", words(text))),
            Block::Facts(facts) => list(&mut out, facts),
            Block::Table(rows) => table(&mut out, rows),
            Block::Chart(chart) => {
                let (title, description) = (words(&chart.title), words(&chart.description));
                add(&mut out, format_args!("*{title}.* {description}\n\n"));
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn add(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a String takes all there is");
}

/// Words on one line, in which nothing is a mark of Markdown or a tag.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' => {
                out.push('\\');
                out.push(c);
            }
            _ if c.is_control() => out.push(' '),
            _ => out.push(c),
        }
    }
    out
}

fn list(out: &mut String, facts: &Facts) {
    add(out, format_args!("**{}**\n\n", words(&facts.caption)));
    for fact in &facts.facts {
        let value = words(&french::with_unit(&fact.value, &fact.unit));
        add(out, format_args!("- {} : **{value}**", words(&fact.label)));
        if !fact.remark.is_empty() {
            add(out, format_args!(" ({})", words(&fact.remark)));
        }
        out.push('\n');
    }
    out.push('\n');
}

fn table(out: &mut String, table: &Table) {
    add(out, format_args!("**{}**\n\n|", words(&table.caption)));
    for column in &table.columns {
        add(out, format_args!(" {} |", words(&column.heading())));
    }
    out.push_str("\n|");
    for at in 0..table.columns.len() {
        out.push_str(if table.is_numeric(at) { " ---: |" } else { " --- |" });
    }
    out.push('\n');
    for row in &table.rows {
        out.push('|');
        for cell in row {
            add(out, format_args!(" {} |", words(&french::cell(cell))));
        }
        out.push('\n');
    }
    out.push('\n');
}
