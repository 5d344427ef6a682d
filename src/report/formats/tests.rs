//! Every form of one document: the same bytes twice, and the very figures of the document.

use std::io::{Cursor, Read};

use jiff::civil::Date;

use super::*;
use crate::report::document::{Block, Cell, Chart, Column, Fact, Facts, Form, Series, Table, Withheld};
use crate::report::french;

fn text(text: &str) -> Cell {
    Cell::text(text)
}

/// A document with every kind of block and cell, and texts that mean something to some format.
fn example() -> Document {
    let mut usage = Table::new(
        "usage",
        "Demandes, par outil | et <mois>",
        vec![
            Column::new("tool", "Outil"),
            Column::new("month", "Mois"),
            Column::new("requests", "Demandes"),
            Column::with_unit("energy", "Électricité", "kWh"),
            Column::new("until", "Fin"),
        ],
    );
    let nasty = [
        "=SUM(A1)",
        "a|b *c* _d_ <script>",
        "l'œuvre « d'été »; \"x\"",
        "@cmd",
        "-1 et 漢\u{7}",
    ];
    for (at, name) in nasty.iter().enumerate() {
        let number = at as i64;
        usage.rows.push(vec![
            text(name),
            Cell::Month("2026-08".parse().unwrap()),
            [
                Cell::Count(Some(1_234_567 + number)),
                Cell::Withheld(Withheld::Few),
                Cell::Count(None),
            ][at % 3]
                .clone(),
            Cell::real(Some(1234.0625 * f64::from(at as u8)), 3),
            if at == 1 {
                Cell::Empty
            } else {
                Cell::Date(Date::constant(2026, 11, 30))
            },
        ]);
    }
    // Enough rows for a second page, and a row that is higher than a page.
    let mut long = Table::new(
        "long",
        "Un long tableau",
        vec![Column::new("n", "Numéro"), Column::new("text", "Texte")],
    );
    for number in 0..70 {
        let words = if number == 40 {
            "des mots, encore des mots ".repeat(400)
        } else {
            "court".to_owned()
        };
        long.rows.push(vec![Cell::Count(Some(90_000 + number)), text(&words)]);
    }
    let series = |name: &str, values: &[Option<f64>]| Series {
        name: name.to_owned(),
        values: values.to_vec(),
        decimals: 0,
    };
    let chart = |form, id: &str| {
        Block::Chart(Chart {
            id: id.to_owned(),
            title: "Demandes & refus".to_owned(),
            description: "Les demandes montent.".to_owned(),
            form,
            unit: "demandes".to_owned(),
            table: "usage".to_owned(),
            categories: ["août 26", "sept. 26", "oct. 26"].map(str::to_owned).to_vec(),
            series: vec![
                series("Servies", &[Some(5.0), None, Some(8.0)]),
                series("Refusées", &[Some(1.0), Some(2.0), Some(3.0)]),
            ],
        })
    };
    let fact = |key: &str, value| Fact::new(key, "Demandes du mois", value);
    Document {
        title: "Rapport d'essai".to_owned(),
        subtitle: "novembre 2026".to_owned(),
        generated_for: "Comité DATA-IA".to_owned(),
        blocks: vec![
            Block::Heading {
                level: 1,
                text: "L'essentiel".to_owned(),
            },
            Block::Facts(Facts {
                id: "key".to_owned(),
                caption: "Chiffres clés".to_owned(),
                facts: vec![
                    fact("requests", Cell::Count(Some(12_345))).remark("dont la moitié le matin"),
                    fact("cost", Cell::real(Some(0.5), 2)).unit("€"),
                    fact("hidden", Cell::Withheld(Withheld::Few)),
                    fact("unknown", Cell::real(None, 1)).unit("kWh"),
                ],
            }),
            Block::Note("Une note <à lire>.".to_owned()),
            chart(Form::Lines, "c1"),
            Block::Table(usage),
            Block::Heading {
                level: 2,
                text: "Ensuite".to_owned(),
            },
            Block::Paragraph("Un paragraphe. ".repeat(30)),
            chart(Form::Columns, "c2"),
            chart(Form::Stacked, "c3"),
            chart(Form::Bars, "c4"),
            Block::Heading {
                level: 1,
                text: "Un autre".to_owned(),
            },
            Block::Table(long),
        ],
    }
}

/// Every figure of a document in reading order, in plain digits.
fn figures(document: &Document) -> Vec<String> {
    let cells = document.blocks.iter().flat_map(|block| match block {
        Block::Facts(facts) => facts.facts.iter().map(|fact| &fact.value).collect::<Vec<_>>(),
        Block::Table(table) => table.rows.iter().flatten().collect(),
        _ => Vec::new(),
    });
    cells.filter_map(Cell::figure).collect()
}

/// `1 234,5 kWh` → `1234.5`; none for what is no figure.
fn plain(shown: &str) -> Option<String> {
    let digits: String = shown
        .trim()
        .trim_end_matches(|c: char| c.is_alphabetic() || c == '€' || c == french::THIN)
        .chars()
        .filter(|c| *c != french::THIN)
        .map(|c| match c {
            ',' => '.',
            '−' => '-',
            c => c,
        })
        .collect();
    (!digits.is_empty() && digits.parse::<f64>().is_ok()).then_some(digits)
}

/// What stands between two marks, each time.
fn between<'a>(text: &'a str, from: &'a str, to: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(from).skip(1).filter_map(move |rest| rest.split(to).next())
}

fn string(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn rendered(format: Format) -> Vec<u8> {
    render(&example(), format).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    for format in Format::ALL {
        let bytes = rendered(format);
        assert!(bytes.len() > 1000, "{format:?}");
        for _ in 0..3 {
            assert!(rendered(format) == bytes, "{format:?} differs");
        }
    }
}

#[test]
fn html_shows_the_figures_and_asks_nothing_of_anybody() {
    let page = string(rendered(Format::Html));
    let shown = page.split('<').filter_map(|part| {
        let figure = ["dd class=\"figure\">", "td>", "th scope=\"row\" class=\"n\">"]
            .into_iter()
            .any(|tag| part.starts_with(tag));
        figure.then(|| part.split_once('>').map(|(_, text)| text)).flatten()
    });
    let shown: Vec<String> = shown.filter_map(plain).collect();
    assert_eq!(shown, figures(&example()));
    for forbidden in ["<script", "http://", "https://", "src=", "url(", "@import", "漢\u{7}"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert_eq!(page.matches("<figure").count(), 4);
    assert_eq!(page.matches("<desc ").count(), 4);
    assert_eq!(page.matches("<caption>").count(), page.matches("<table ").count());
}

#[test]
fn markdown_shows_the_figures_in_tables_that_nothing_breaks() {
    let page = string(rendered(Format::Md));
    assert!(!page.contains("<script>"));
    let mut shown = Vec::new();
    for line in page.lines() {
        if let Some((_, value)) = line.strip_prefix("- ").and_then(|line| line.split_once(" : **")) {
            shown.extend(plain(value.split("**").next().unwrap()));
        } else if line.starts_with("| ") {
            let cells: Vec<_> = line
                .replace("\\|", "")
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect();
            let cells = &cells[1..cells.len() - 1];
            assert!(cells.len() == 5 || cells.len() == 2, "{line}");
            shown.extend(cells.iter().filter_map(|cell| plain(cell)));
        }
    }
    assert_eq!(shown, figures(&example()));
}

#[test]
fn csv_has_the_figures_and_no_formula() {
    let bytes = rendered(Format::Csv);
    assert!(bytes.starts_with(b"\xef\xbb\xbf"));
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(b';')
        .flexible(true)
        .has_headers(false)
        .from_reader(&bytes[3..]);
    let mut shown = Vec::new();
    for record in reader.records() {
        let record = record.unwrap();
        for cell in &record {
            assert!(!cell.starts_with(['=', '+', '@', '-']), "{cell}");
            let digits = cell.replace(',', ".");
            if digits.parse::<f64>().is_ok() {
                shown.push(digits);
            }
        }
    }
    assert_eq!(shown, figures(&example()));
}

#[test]
fn json_has_the_figures_as_numbers_and_null_for_what_is_not_known() {
    let value: serde_json::Value = serde_json::from_slice(&rendered(Format::Json)).unwrap();
    let key = &value["facts"]["key"]["values"];
    assert_eq!(key["requests"]["value"], 12_345);
    assert_eq!(key["cost"]["value"], 0.5);
    assert_eq!(
        (&key["hidden"]["value"], &key["hidden"]["withheld"]),
        (&serde_json::Value::Null, &"few".into())
    );
    assert!(key["unknown"]["value"].is_null() && key["unknown"].get("withheld").is_none());
    let mut shown = vec!["12345".parse::<f64>().unwrap(), 0.5];
    for (id, columns) in [("usage", &["requests", "energy"][..]), ("long", &["n"])] {
        for row in value["tables"][id]["rows"].as_array().unwrap() {
            shown.extend(columns.iter().filter_map(|column| row[column].as_f64()));
        }
    }
    let expected: Vec<f64> = figures(&example())
        .iter()
        .map(|figure| figure.parse().unwrap())
        .collect();
    assert_eq!(shown, expected);
    assert_eq!(value["tables"]["usage"]["rows"][0]["month"], "2026-08");
    assert_eq!(value["tables"]["usage"]["rows"][1]["withheld"]["requests"], "few");
}

#[test]
fn ods_has_the_figures_as_numbers_and_days_as_days() {
    let mut zip = zip::ZipArchive::new(Cursor::new(rendered(Format::Ods))).unwrap();
    assert_eq!(zip.by_index(0).unwrap().name().unwrap(), "mimetype");
    let mut content = String::new();
    zip.by_name("content.xml")
        .unwrap()
        .read_to_string(&mut content)
        .unwrap();
    let shown: Vec<_> = between(&content, "office:value=\"", "\"").map(str::to_owned).collect();
    assert_eq!(shown, figures(&example()));
    assert_eq!(
        between(&content, "office:date-value=\"", "\"")
            .filter(|day| *day == "2026-11-30")
            .count(),
        4
    );
    let sheets: Vec<_> = between(&content, "table:name=\"", "\"").collect();
    assert_eq!(sheets, ["Résumé", "Demandes", "Un long tableau"]);
    let read = crate::reading::text_of(&rendered(Format::Ods), Some("r.ods")).unwrap();
    assert!(read.text.contains("Rapport d'essai"));
}

#[test]
fn pdf_shows_the_figures_and_says_what_it_is() {
    let bytes = rendered(Format::Pdf);
    let read = crate::reading::text_of(&bytes, Some("r.pdf")).unwrap();
    assert!(read.pages > 2, "{} pages", read.pages);
    let shown: Vec<_> = read.text.split([' ', '\n', '\t', '\u{a0}']).filter_map(plain).collect();
    for figure in figures(&example()) {
        assert!(shown.contains(&figure), "{figure} is not shown in {:?}", read.text);
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    for said in ["/Lang", "/StructTreeRoot", "/MarkInfo", "pdfuaid:part"] {
        assert!(holds(said), "{said}");
    }
}
