//! A document for programs: facts and tables by their ids, numbers as numbers, `null` for what is not known.
//!
//! `blocks` tells the order in which people read it. A figure that is there and not shown is `null` too; the member
//! `withheld` of its row then says why.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use crate::report::document::{Block, Cell, Document, Fact, Facts, Table, Withheld};

/// Name of this form, with its version: what a program may rely on.
const SCHEMA: &str = "gardefou-report/1";

/// The bytes.
pub(super) fn render(document: &Document) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(&Whole(document))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A map in the order of its entries.
struct Ordered<I>(I);

impl<K: Serialize, V: Serialize, I: Iterator<Item = (K, V)> + Clone> Serialize for Ordered<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone())
    }
}

struct Whole<'a>(&'a Document);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(document) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", SCHEMA)?;
        map.serialize_entry("title", &document.title)?;
        map.serialize_entry("subtitle", &document.subtitle)?;
        map.serialize_entry("generated_for", &document.generated_for)?;
        let facts: Vec<_> = document.facts().map(|facts| (&facts.id, FactsOf(facts))).collect();
        map.serialize_entry("facts", &Ordered(facts.iter().map(|(id, facts)| (id, facts))))?;
        let tables: Vec<_> = document.tables().map(|table| (&table.id, TableOf(table))).collect();
        map.serialize_entry("tables", &Ordered(tables.iter().map(|(id, table)| (id, table))))?;
        map.serialize_entry("blocks", &document.blocks.iter().map(BlockOf).collect::<Vec<_>>())?;
        map.end()
    }
}

struct FactsOf<'a>(&'a Facts);

impl Serialize for FactsOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("caption", &self.0.caption)?;
        let values: Vec<_> = self.0.facts.iter().map(|fact| (&fact.key, FactOf(fact))).collect();
        map.serialize_entry("values", &Ordered(values.iter().map(|(key, fact)| (key, fact))))?;
        map.end()
    }
}

struct FactOf<'a>(&'a Fact);

impl Serialize for FactOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fact = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("label", &fact.label)?;
        map.serialize_entry("value", &CellOf(&fact.value))?;
        for (key, text) in [("unit", &fact.unit), ("remark", &fact.remark)] {
            if !text.is_empty() {
                map.serialize_entry(key, text)?;
            }
        }
        if let Cell::Withheld(why) = fact.value {
            map.serialize_entry("withheld", word(why))?;
        }
        map.end()
    }
}

struct TableOf<'a>(&'a Table);

impl Serialize for TableOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let table = self.0;
        let columns: Vec<_> = table
            .columns
            .iter()
            .map(|column| {
                let unit = (!column.unit.is_empty()).then_some(&column.unit);
                serde_json::json!({ "key": column.key, "title": column.title, "unit": unit })
            })
            .collect();
        let rows: Vec<_> = table.rows.iter().map(|row| RowOf(table, row)).collect();
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("caption", &table.caption)?;
        map.serialize_entry("columns", &columns)?;
        map.serialize_entry("rows", &rows)?;
        map.end()
    }
}

struct RowOf<'a>(&'a Table, &'a [Cell]);

impl Serialize for RowOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cells = || self.0.columns.iter().map(|column| &column.key).zip(self.1);
        let mut map = serializer.serialize_map(None)?;
        for (key, cell) in cells() {
            map.serialize_entry(key, &CellOf(cell))?;
        }
        let withheld: Vec<_> = cells()
            .filter_map(|(key, cell)| match cell {
                Cell::Withheld(why) => Some((key, word(*why))),
                _ => None,
            })
            .collect();
        if !withheld.is_empty() {
            map.serialize_entry("withheld", &Ordered(withheld.iter().copied()))?;
        }
        map.end()
    }
}

struct CellOf<'a>(&'a Cell);

impl Serialize for CellOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Month(month) => month.serialize(serializer),
            Cell::Date(date) => serializer.collect_str(date),
            Cell::Withheld(_) | Cell::Empty => serializer.serialize_none(),
            cell @ (Cell::Count(_) | Cell::Real { .. }) => match cell.figure() {
                // The very digits of the other formats, as a number.
                Some(figure) => RawValue::from_string(figure)
                    .map_err(serde::ser::Error::custom)?
                    .serialize(serializer),
                None => serializer.serialize_none(),
            },
        }
    }
}

struct BlockOf<'a>(&'a Block);

impl Serialize for BlockOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, key, text) = match self.0 {
            Block::Heading { text, .. } => ("heading", "text", text),
            Block::Paragraph(text) => ("paragraph", "text", text),
            Block::Note(text) => ("note", "text", text),
            Block::Facts(facts) => ("facts", "id", &facts.id),
            Block::Table(table) => ("table", "id", &table.id),
            Block::Chart(chart) => ("chart", "table", &chart.table),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", kind)?;
        if let Block::Heading { level, .. } = self.0 {
            map.serialize_entry("level", level)?;
        }
        map.serialize_entry(key, text)?;
        if let Block::Chart(chart) = self.0 {
            map.serialize_entry("title", &chart.title)?;
            map.serialize_entry("description", &chart.description)?;
        }
        map.end()
    }
}

const fn word(why: Withheld) -> &'static str {
    match why {
        Withheld::Few => "few",
        Withheld::Provisional => "provisional",
    }
}
