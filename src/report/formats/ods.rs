//! A document as an OpenDocument workbook: a summary, then one sheet for each table, with real numbers and days.
//!
//! Written by hand, since it is four small files in a zip: what it is, what is in it, its styles and its cells. Times
//! inside the zip are fixed, so that the same document gives the same bytes.

use std::collections::HashSet;
use std::io::{Cursor, Write as _};

use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::escaped;
use crate::report::document::{Block, Cell, Document, Table};
use crate::report::french;

const KIND: &str = "application/vnd.oasis.opendocument.spreadsheet";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SPACES: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
    xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
    xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" \
    xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" \
    xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\" \
    xmlns:number=\"urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0\" \
    xmlns:meta=\"urn:oasis:names:tc:opendocument:xmlns:meta:1.0\" \
    xmlns:dc=\"http://purl.org/dc/elements/1.1/\" office:version=\"1.3\"";
/// How many decimals have a style of their own.
const DECIMALS: u8 = 6;
/// Letters of a sheet's name, as Excel allows.
const NAME: usize = 31;

/// The bytes.
pub(super) fn render(document: &Document) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(DateTime::DEFAULT);
    // The kind comes first and is not compressed, so that it can be told from the first bytes.
    zip.start_file("mimetype", options.compression_method(CompressionMethod::Stored))?;
    zip.write_all(KIND.as_bytes())?;
    let options = options.compression_method(CompressionMethod::Deflated);
    for (name, text) in [
        ("META-INF/manifest.xml", manifest()),
        ("meta.xml", meta(document)),
        ("styles.xml", default_style()),
        ("content.xml", content(document)),
    ] {
        zip.start_file(name, options)?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

fn manifest() -> String {
    let entry = |path: &str, kind: &str| {
        format!("<manifest:file-entry manifest:full-path=\"{path}\" manifest:media-type=\"{kind}\"/>")
    };
    let entries = [
        entry("/", KIND),
        entry("content.xml", "text/xml"),
        entry("styles.xml", "text/xml"),
        entry("meta.xml", "text/xml"),
    ];
    let space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0";
    let entries = entries.concat();
    format!(
        "{HEAD}<manifest:manifest xmlns:manifest=\"{space}\" manifest:version=\"1.3\">{entries}</manifest:manifest>"
    )
}

fn meta(document: &Document) -> String {
    format!(
        "{HEAD}<office:document-meta {SPACES}><office:meta><meta:generator>Gardefou</meta:generator>\
         <dc:title>{}</dc:title><dc:subject>{}</dc:subject><dc:language>fr-FR</dc:language>\
         </office:meta></office:document-meta>",
        escaped(&document.title),
        escaped(&document.subtitle),
    )
}

fn default_style() -> String {
    format!(
        "{HEAD}<office:document-styles {SPACES}><office:styles><style:default-style style:family=\"table-cell\">\
         <style:text-properties fo:language=\"fr\" fo:country=\"FR\" fo:font-size=\"10pt\"/>\
         </style:default-style></office:styles></office:document-styles>"
    )
}

/// The styles of cells and columns.
fn styles() -> String {
    let mut out = String::new();
    for decimals in 0..=DECIMALS {
        out.push_str(&format!(
            "<number:number-style style:name=\"n{decimals}\"><number:number number:decimal-places=\"{decimals}\" \
             number:min-decimal-places=\"{decimals}\" number:min-integer-digits=\"1\" number:grouping=\"true\"/>\
             </number:number-style><style:style style:name=\"c{decimals}\" style:family=\"table-cell\" \
             style:data-style-name=\"n{decimals}\"/>"
        ));
    }
    out.push_str(
        "<number:date-style style:name=\"nday\"><number:day number:style=\"long\"/><number:text>/</number:text>\
         <number:month number:style=\"long\"/><number:text>/</number:text><number:year number:style=\"long\"/>\
         </number:date-style><style:style style:name=\"cday\" style:family=\"table-cell\" style:data-style-name=\"nday\"/>\
         <number:date-style style:name=\"nmonth\"><number:month number:style=\"long\" number:textual=\"true\"/>\
         <number:text> </number:text><number:year number:style=\"long\"/></number:date-style>\
         <style:style style:name=\"cmonth\" style:family=\"table-cell\" style:data-style-name=\"nmonth\">\
         <style:paragraph-properties fo:text-align=\"start\"/></style:style>\
         <style:style style:name=\"cwrap\" style:family=\"table-cell\">\
         <style:table-cell-properties fo:wrap-option=\"wrap\" style:vertical-align=\"top\"/></style:style>\
         <style:style style:name=\"cabsent\" style:family=\"table-cell\">\
         <style:paragraph-properties fo:text-align=\"end\"/>\
         <style:text-properties fo:font-style=\"italic\" fo:color=\"#565e6b\"/></style:style>\
         <style:style style:name=\"chead\" style:family=\"table-cell\"><style:table-cell-properties \
         fo:background-color=\"#e8ecf3\" fo:wrap-option=\"wrap\" fo:border-bottom=\"1pt solid #262b33\"/>\
         <style:text-properties fo:font-weight=\"bold\"/></style:style>\
         <style:style style:name=\"ctitle\" style:family=\"table-cell\">\
         <style:text-properties fo:font-weight=\"bold\" fo:font-size=\"14pt\" fo:color=\"#1b4f8a\"/></style:style>\
         <style:style style:name=\"csection\" style:family=\"table-cell\">\
         <style:text-properties fo:font-weight=\"bold\" fo:font-size=\"11pt\" fo:color=\"#1b4f8a\"/></style:style>\
         <style:style style:name=\"narrow\" style:family=\"table-column\">\
         <style:table-column-properties style:column-width=\"3.2cm\"/></style:style>\
         <style:style style:name=\"wide\" style:family=\"table-column\">\
         <style:table-column-properties style:column-width=\"6.5cm\"/></style:style>\
         <style:style style:name=\"text\" style:family=\"table-column\">\
         <style:table-column-properties style:column-width=\"17cm\"/></style:style>",
    );
    out
}

fn content(document: &Document) -> String {
    let mut names = HashSet::from(["Résumé".to_owned()]);
    let mut sheets = summary(document);
    for table in document.tables() {
        sheets.push_str(&sheet(table, &name(&table.caption, &mut names)));
    }
    format!(
        "{HEAD}<office:document-content {SPACES}><office:automatic-styles>{}</office:automatic-styles>\
         <office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:document-content>",
        styles(),
    )
}

/// A name for a sheet, as a spreadsheet takes it, that no other one has.
fn name(caption: &str, taken: &mut HashSet<String>) -> String {
    let clean = |c: char| {
        if matches!(c, '[' | ']' | '*' | '?' | ':' | '/' | '\\' | '\'') {
            ' '
        } else {
            c
        }
    };
    let mut base = String::new();
    for word in caption
        .split([',', ':', '('])
        .next()
        .unwrap_or(caption)
        .split_whitespace()
    {
        let longer = if base.is_empty() {
            word.to_owned()
        } else {
            format!("{base} {word}")
        };
        if longer.chars().count() > NAME - 3 {
            break;
        }
        base = longer;
    }
    let base: String = base.chars().map(clean).collect();
    let base = if base.is_empty() { "Tableau".to_owned() } else { base };
    let names = std::iter::once(base.clone()).chain((2..).map(|number| format!("{base} {number}")));
    let name = names.into_iter().find(|name| !taken.contains(name)).unwrap_or(base);
    taken.insert(name.clone());
    name
}

/// The first sheet: everything that is not a table.
fn summary(document: &Document) -> String {
    let mut rows = String::new();
    let line = |style: &str, text: &str| format!("<table:table-row>{}</table:table-row>", words(style, text));
    rows.push_str(&line("ctitle", &document.title));
    for text in [&document.subtitle, &document.generated_for] {
        rows.push_str(&line("Default", text));
    }
    for block in &document.blocks {
        match block {
            Block::Heading { text, .. } => {
                rows.push_str("<table:table-row><table:table-cell/></table:table-row>");
                rows.push_str(&line("csection", text));
            }
            Block::Paragraph(text) | Block::Note(text) => rows.push_str(&line("cwrap", text)),
            Block::Facts(facts) => {
                for fact in &facts.facts {
                    rows.push_str("<table:table-row>");
                    rows.push_str(&words("Default", &fact.label));
                    rows.push_str(&cell(&fact.value));
                    rows.push_str(&words("Default", &fact.unit));
                    rows.push_str(&words("Default", &fact.remark));
                    rows.push_str("</table:table-row>");
                }
            }
            Block::Table(_) | Block::Chart(_) => {}
        }
    }
    let columns = ["text", "wide", "narrow", "text"].map(column).concat();
    format!("<table:table table:name=\"Résumé\">{columns}{rows}</table:table>")
}

fn column(style: &str) -> String {
    format!("<table:table-column table:style-name=\"{style}\" table:default-cell-style-name=\"Default\"/>")
}

fn sheet(table: &Table, name: &str) -> String {
    let name = escaped(name);
    let columns = (0..table.columns.len()).map(|at| column(if table.is_numeric(at) { "narrow" } else { "wide" }));
    let columns = columns.collect::<String>();
    let heads = table
        .columns
        .iter()
        .map(|column| words("chead", &column.heading()))
        .collect::<String>();
    let rows = table.rows.iter().map(|row| {
        let cells = row.iter().map(cell).collect::<String>();
        format!("<table:table-row>{cells}</table:table-row>")
    });
    let rows = rows.collect::<String>();
    format!(
        "<table:table table:name=\"{name}\">{columns}<table:table-header-rows><table:table-row>{heads}</table:table-row>\
         </table:table-header-rows>{rows}</table:table>"
    )
}

fn words(style: &str, text: &str) -> String {
    if text.is_empty() {
        return "<table:table-cell/>".to_owned();
    }
    let lines = text
        .split('\n')
        .map(|line| format!("<text:p>{}</text:p>", escaped(line)))
        .collect::<String>();
    format!("<table:table-cell table:style-name=\"{style}\" office:value-type=\"string\">{lines}</table:table-cell>")
}

fn cell(cell: &Cell) -> String {
    let shown = french::cell(cell);
    let date = |style: &str, date: String| {
        format!(
            "<table:table-cell table:style-name=\"{style}\" office:value-type=\"date\" office:date-value=\"{date}\">\
             <text:p>{}</text:p></table:table-cell>",
            escaped(&shown)
        )
    };
    match cell {
        Cell::Text(text) => words("Default", text),
        Cell::Month(month) => date("cmonth", format!("{month}-01")),
        Cell::Date(day) => date("cday", day.to_string()),
        Cell::Empty | Cell::Withheld(_) => words("cabsent", &shown),
        Cell::Count(_) | Cell::Real { .. } => match cell.figure() {
            None => words("cabsent", &shown),
            Some(figure) => {
                let decimals = figure.split_once('.').map_or(0, |(_, decimals)| decimals.len());
                let style = decimals.min(usize::from(DECIMALS));
                format!(
                    "<table:table-cell table:style-name=\"c{style}\" office:value-type=\"float\" \
                     office:value=\"{figure}\"><text:p>{}</text:p></table:table-cell>",
                    escaped(&shown)
                )
            }
        },
    }
}
