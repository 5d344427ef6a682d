//! A document before it has a form: headings, sentences, facts, tables and charts.
//!
//! Whoever makes a document says nothing of HTML or PDF; whoever renders one computes nothing. A figure is therefore
//! the same in every format: [`Cell::figure`] writes it once, and a format only changes its dress.

use jiff::civil::Date;

use crate::domain::Month;

/// A document for people, that programs can read too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// What it is, in French.
    pub title: String,
    /// What it covers, such as a period.
    pub subtitle: String,
    /// Whom it is made for.
    pub generated_for: String,
    /// What it says, in reading order.
    pub blocks: Vec<Block>,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// The title of what follows.
    Heading {
        /// 1 for a chapter, 2 for a part of it, 3 below.
        level: u8,
        /// In French.
        text: String,
    },
    /// A sentence or several.
    Paragraph(String),
    /// What a reader must know to read the figures well.
    Note(String),
    /// A few figures with their names.
    Facts(Facts),
    /// Many figures.
    Table(Table),
    /// The picture of a table; the table follows it.
    Chart(Chart),
}

/// Figures with their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Name for programs, once in a document among facts and tables.
    pub id: String,
    /// What they are about.
    pub caption: String,
    /// In reading order.
    pub facts: Vec<Fact>,
}

/// A figure with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Name for programs, once in its facts.
    pub key: String,
    /// Name for people.
    pub label: String,
    /// The figure.
    pub value: Cell,
    /// Its unit, such as `kWh`; empty for none.
    pub unit: String,
    /// What to know of it; empty for nothing.
    pub remark: String,
}

/// Rows of cells. The first column names the row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Name for programs, once in a document among facts and tables.
    pub id: String,
    /// What it shows.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as wide as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// Name for programs, once in its table.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// Unit of its figures, such as `kWh`; empty for none.
    pub unit: String,
}

/// What a table holds at one place.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A whole number; `None` is not known, which is not 0.
    Count(Option<i64>),
    /// A number with so many decimals; `None` is not known, which is not 0.
    Real {
        /// The number.
        value: Option<f64>,
        /// How many decimals are shown, in every format.
        decimals: u8,
    },
    /// A civil month.
    Month(Month),
    /// A day.
    Date(Date),
    /// A figure that is there and not shown.
    Withheld(Withheld),
    /// Nothing belongs here.
    Empty,
}

/// Why a figure is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// Fewer than five people, or one who makes up more than 80 % of it.
    Few,
    /// The month is not over.
    Provisional,
}

impl Withheld {
    /// In French, with the reason.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Few => "masqué (moins de 5 personnes)",
            Self::Provisional => "mois en cours",
        }
    }

    /// In French, in a table, where the reason is told once beside it.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Few => "masqué",
            Self::Provisional => "mois en cours",
        }
    }
}

/// What stands for a figure that nobody knows.
pub const UNKNOWN: &str = "inconnu";

/// What stands where nothing belongs, for people.
pub const NOTHING: &str = "–";

/// The picture of a table: its first column on the axis, some of its columns as series.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Name for programs, once in a document among charts.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// The same in words, for who does not see it.
    pub description: String,
    /// How it is drawn.
    pub form: Form,
    /// Unit of the values; empty for none.
    pub unit: String,
    /// Id of the table that holds the same values.
    pub table: String,
    /// What is on the axis.
    pub categories: Vec<String>,
    /// The values.
    pub series: Vec<Series>,
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Bars that stand, side by side: a few categories.
    Columns,
    /// Bars that stand on each other: parts of a whole, by month.
    Stacked,
    /// Bars that lie, one below the other: categories with long names.
    Bars,
    /// Lines: a figure month after month.
    Lines,
}

/// One line, or the bars of one colour.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name for people.
    pub name: String,
    /// A value for each category; `None` is not drawn.
    pub values: Vec<Option<f64>>,
    /// How many decimals the values are written with.
    pub decimals: u8,
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Words, or nothing where there are none.
    pub fn words(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A number with so many decimals.
    pub const fn real(value: Option<f64>, decimals: u8) -> Self {
        Self::Real { value, decimals }
    }

    /// A day, or nothing where there is none.
    pub fn date(date: Option<Date>) -> Self {
        date.map_or(Self::Empty, Self::Date)
    }

    /// The figure in plain digits, with a point and without spaces; none where there is no figure. Every format writes
    /// these digits, so none can differ from another by rounding.
    pub fn figure(&self) -> Option<String> {
        match self {
            Self::Count(count) => count.map(|count| count.to_string()),
            Self::Real { value, decimals } => {
                let value = value.filter(|value| value.is_finite())?;
                let text = format!("{value:.*}", usize::from(*decimals));
                let zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
                Some(if zero {
                    text.trim_start_matches('-').to_owned()
                } else {
                    text
                })
            }
            _ => None,
        }
    }

    /// The figure as a number, rounded as it is shown.
    pub fn number(&self) -> Option<f64> {
        self.figure().and_then(|figure| figure.parse().ok())
    }

    /// Whether figures of its kind are set to the right.
    pub const fn is_figure(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Real { .. } | Self::Withheld(_))
    }
}

impl Column {
    /// A column without a unit.
    pub fn new(key: &str, title: &str) -> Self {
        Self::with_unit(key, title, "")
    }

    /// A column whose figures have a unit.
    pub fn with_unit(key: &str, title: &str, unit: &str) -> Self {
        Self {
            key: key.to_owned(),
            title: title.to_owned(),
            unit: unit.to_owned(),
        }
    }

    /// Its title with its unit.
    pub fn heading(&self) -> String {
        if self.unit.is_empty() {
            self.title.clone()
        } else {
            // The unit stays on one line.
            format!("{} ({})", self.title, self.unit.replace(' ', "\u{a0}"))
        }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(id: &str, caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Self {
            id: id.to_owned(),
            caption: caption.into(),
            columns,
            rows: Vec::new(),
        }
    }

    /// Whether a column holds figures.
    pub fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column)).peekable();
        cells.peek().is_some() && cells.all(|cell| cell.is_figure() || *cell == Cell::Empty)
    }
}

impl Fact {
    /// A figure without a unit.
    pub fn new(key: &str, label: impl Into<String>, value: Cell) -> Self {
        Self {
            key: key.to_owned(),
            label: label.into(),
            value,
            unit: String::new(),
            remark: String::new(),
        }
    }

    /// The same with a unit.
    #[must_use]
    pub fn unit(mut self, unit: &str) -> Self {
        unit.clone_into(&mut self.unit);
        self
    }

    /// The same with what to know of it.
    #[must_use]
    pub fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remark = remark.into();
        self
    }
}

impl Document {
    /// Its tables, in reading order.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        })
    }

    /// Its facts, in reading order.
    pub fn facts(&self) -> impl Iterator<Item = &Facts> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Facts(facts) => Some(facts),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_written_once_for_every_format() {
        for (cell, expected) in [
            (Cell::Count(Some(1234)), Some("1234")),
            (Cell::Count(None), None),
            (Cell::real(Some(1234.567), 2), Some("1234.57")),
            (Cell::real(Some(-0.0004), 2), Some("0.00")),
            (Cell::real(Some(-0.5), 1), Some("-0.5")),
            (Cell::real(Some(f64::NAN), 1), None),
            (Cell::real(None, 1), None),
            (Cell::Withheld(Withheld::Few), None),
            (Cell::Empty, None),
            (Cell::text("12"), None),
        ] {
            assert_eq!(cell.figure().as_deref(), expected, "{cell:?}");
        }
    }
}
