//! A document as one page for a browser: no script, no request, the letters of the reader's system; it prints well.

use std::fmt::Write as _;

use super::svg;
use crate::report::document::{Block, Cell, Chart, Document, Facts, Table};
use crate::report::french;

/// What the page looks like, on a screen and on paper.
const STYLE: &str = include_str!("page.css");

/// The page.
pub(super) fn render(document: &Document) -> String {
    let mut page = Page::default();
    page.head(document);
    for block in &document.blocks {
        page.block(block);
    }
    page.close_section();
    page.out.push_str("</main>\n</body>\n</html>\n");
    page.out
}

/// The blocks alone, for a page that has a head, a style and one heading of its own: chapters are at level 2.
pub(super) fn fragment(document: &Document) -> String {
    let mut page = Page::default();
    page.contents(document);
    for block in &document.blocks {
        page.block(block);
    }
    page.close_section();
    page.out
}

#[derive(Default)]
struct Page {
    out: String,
    /// How many chapters were begun.
    chapters: usize,
}

impl Page {
    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        self.out.write_fmt(text).expect("a String takes all there is");
    }

    fn head(&mut self, document: &Document) {
        let (title, subtitle) = (escaped(&document.title), escaped(&document.subtitle));
        let policy = "default-src 'none'; style-src 'unsafe-inline'";
        self.add(format_args!(
            "<!DOCTYPE html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title} – {subtitle}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header>\n<p class=\"for\">{}</p>\n<h1>{title}</h1>\n<p class=\"subtitle\">{subtitle}</p>\n</header>\n",
            escaped(&document.generated_for),
        ));
        self.contents(document);
        self.out.push_str("<main>\n");
    }

    /// Links to the chapters, where there are enough to need them.
    fn contents(&mut self, document: &Document) {
        let chapters: Vec<_> = document.blocks.iter().filter_map(chapter).collect();
        if chapters.len() < 4 {
            return;
        }
        self.out.push_str("<nav aria-label=\"Sommaire\">\n<ol>\n");
        for (at, text) in chapters.iter().enumerate() {
            self.add(format_args!(
                "<li><a href=\"#chapitre-{}\">{}</a></li>\n",
                at + 1,
                escaped(text)
            ));
        }
        self.out.push_str("</ol>\n</nav>\n");
    }

    fn close_section(&mut self) {
        if self.chapters > 0 {
            self.out.push_str("</section>\n");
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading { level: 1, text } => {
                self.close_section();
                self.chapters += 1;
                let id = format!("chapitre-{}", self.chapters);
                self.add(format_args!(
                    "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>\n",
                    escaped(text)
                ));
            }
            Block::Heading { level, text } => {
                let level = (level + 1).clamp(3, 6);
                self.add(format_args!("<h{level}>{}</h{level}>\n", escaped(text)));
            }
            Block::Paragraph(text) => self.add(format_args!("<p>{}</p>\n", escaped(text))),
            Block::Note(text) => self.add(format_args!("<p class=\"note\">{}</p>\n", escaped(text))),
            Block::Facts(facts) => self.facts(facts),
            Block::Table(table) => self.table(table),
            Block::Chart(chart) => self.chart(chart),
        }
    }

    fn facts(&mut self, facts: &Facts) {
        self.add(format_args!("<dl aria-label=\"{}\">\n", escaped(&facts.caption)));
        for fact in &facts.facts {
            let value = french::with_unit(&fact.value, &fact.unit);
            let class = if fact.value.is_figure() && fact.value.figure().is_some() {
                "figure"
            } else {
                "words"
            };
            self.add(format_args!(
                "<div><dt>{}</dt><dd class=\"{class}\">{}</dd>",
                escaped(&fact.label),
                escaped(&value),
            ));
            if !fact.remark.is_empty() {
                self.add(format_args!("<dd class=\"remark\">{}</dd>", escaped(&fact.remark)));
            }
            self.out.push_str("</div>\n");
        }
        self.out.push_str("</dl>\n");
    }

    fn table(&mut self, table: &Table) {
        let caption = escaped(&table.caption);
        self.add(format_args!(
            "<div class=\"wide\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n\
             <table id=\"{}\">\n<caption>{caption}</caption>\n<thead>\n<tr>",
            escaped(&table.id),
        ));
        let numeric: Vec<bool> = (0..table.columns.len()).map(|at| table.is_numeric(at)).collect();
        for (column, numeric) in table.columns.iter().zip(&numeric) {
            let class = if *numeric { " class=\"n\"" } else { "" };
            self.add(format_args!(
                "<th scope=\"col\"{class}>{}</th>",
                escaped(&column.heading())
            ));
        }
        self.out.push_str("</tr>\n</thead>\n<tbody>\n");
        for row in &table.rows {
            self.out.push_str("<tr>");
            for (at, cell) in row.iter().enumerate() {
                // Most cells are figures, so that words are what is marked.
                let class = match cell {
                    Cell::Text(_) | Cell::Month(_) | Cell::Date(_) => " class=\"w\"",
                    Cell::Empty => "",
                    cell if cell.figure().is_none() => " class=\"none\"",
                    _ => "",
                };
                let text = escaped(&french::cell(cell));
                if at == 0 {
                    let class = if cell.is_figure() { " class=\"n\"" } else { "" };
                    self.add(format_args!("<th scope=\"row\"{class}>{text}</th>"));
                } else {
                    self.add(format_args!("<td{class}>{text}</td>"));
                }
            }
            self.out.push_str("</tr>\n");
        }
        self.out.push_str("</tbody>\n</table>\n</div>\n");
    }

    fn chart(&mut self, chart: &Chart) {
        let (picture, title, id) = (svg::render(chart), escaped(&chart.title), escaped(&chart.id));
        // On a narrow screen the picture keeps its size and is scrolled in its box.
        self.add(format_args!(
            "<figure>\n<figcaption id=\"{id}-titre\">{title}</figcaption>\n\
             <div class=\"wide\" role=\"group\" aria-labelledby=\"{id}-titre\" tabindex=\"0\">\n{picture}</div>\n</figure>\n"
        ));
    }
}

fn chapter(block: &Block) -> Option<&str> {
    match block {
        Block::Heading { level: 1, text } => Some(text),
        _ => None,
    }
}

/// Words of the page, with their no-break spaces.
fn escaped(text: &str) -> String {
    super::escaped(&french::typeset(text))
}
