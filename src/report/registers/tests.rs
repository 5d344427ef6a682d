//! Registers of the shipped policy and of one that has every key.

use std::collections::BTreeMap;

use super::super::french;
use super::*;

const TODAY: jiff::civil::Date = jiff::civil::Date::constant(2026, 11, 23);

fn policy(source: &str) -> Policy {
    Policy::read(source, "policy.toml", TODAY).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

fn shipped() -> Policy {
    policy(include_str!("../../../config/policy.toml"))
}

fn every_key() -> Policy {
    policy(include_str!("../../../tests/fixtures/policies/valid/longest.toml"))
}

fn words(cell: &Cell) -> String {
    french::cell(cell)
}

fn table<'d>(document: &'d Document, id: &str) -> &'d Table {
    document
        .tables()
        .find(|table| table.id == id)
        .unwrap_or_else(|| panic!("no table {id}"))
}

#[test]
fn each_field_that_may_be_demanded_has_exactly_one_question() {
    let document = questions(&shipped());
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for row in &table(&document, "demanded").rows {
        *asked.entry(words(&row[1])).or_default() += 1;
    }
    let demanded = REGISTER.iter().filter(|field| field.demand != Demand::Optional);
    let expected: BTreeMap<_, _> = demanded.map(|field| (field.title.to_owned(), 1)).collect();
    assert_eq!(asked, expected);
    let all: Vec<_> = document.tables().flat_map(|table| &table.rows).collect();
    let numbers: Vec<_> = all.iter().map(|row| words(&row[0])).collect();
    assert_eq!(numbers, (1..=all.len()).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_sheet_shows_what_is_said_and_counts_what_is_not() {
    let document = processing(&shipped());
    let missing: Vec<_> = table(&document, "sheets")
        .rows
        .iter()
        .map(|row| words(&row[3]))
        .collect();
    assert_eq!(
        missing,
        ["2", "0", "0", "0", "0", "11", "11", "10"],
        "Gemini lacks its retention and its transfers, a tool that is not served most of them"
    );
    let sheet = table(&document, "sheet_gemini");
    let said: BTreeMap<_, _> = sheet.rows.iter().map(|row| (words(&row[0]), words(&row[1]))).collect();
    assert_eq!(said["Durée de conservation"], MISSING);
    assert_eq!(said["Décision du DGS"], "DGS-2025-014 du 12/06/2025");
    assert_eq!(said["Données protégées acceptées"], "aucune");
    assert_eq!(said["Analyse d'impact"], NOTHING_ASKED);
    assert_eq!(
        document.tables().filter(|table| table.id.starts_with("sheet_")).count(),
        shipped().tools().len() + 1
    );
}

#[test]
fn the_register_of_systems_has_every_tool_whatever_its_status() {
    let policy = every_key();
    let document = systems(&policy);
    for table in document.tables() {
        let grouped = ["ambitions", "campaigns"].contains(&table.id.as_str());
        assert!(grouped || table.rows.len() == policy.tools().len(), "{}", table.id);
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
    }
    let row = |id: &str, tool: &str| -> Vec<String> {
        let rows = &table(&document, id).rows;
        let found = rows
            .iter()
            .find(|row| words(&row[0]) == tool)
            .expect("the tool has a row");
        found.iter().map(words).collect()
    };
    assert_eq!(
        row("perimeter", "Santé"),
        [
            "Santé",
            "personnelles, de santé",
            "AIPD-2026-03",
            "solidarites (Solidarités)",
            "ia-sante",
            "AIDF-2026-01"
        ]
    );
    let grouped = |id: &str| -> Vec<Vec<String>> {
        let rows = &table(&document, id).rows;
        rows.iter().map(|row| row.iter().map(words).collect()).collect()
    };
    assert_eq!(
        grouped("ambitions"),
        [
            ["aider à la décision", "1", "1", "Santé"],
            ["simplifier et automatiser", "1", "1", "Gemini"],
            [MISSING, "3", "2", "Essai, Visioconférence, Idée"],
        ]
    );
    assert_eq!(
        grouped("campaigns"),
        [
            ["AAP-2026-2", "1", "1", "Essai"],
            ["hors appel à projets", "4", "3", "Gemini, Santé, Visioconférence, Idée"],
        ]
    );
    let gemini = row("decisions", "Gemini");
    assert_eq!(
        gemini[3..6],
        [
            "risque limité (obligations de transparence)",
            "04/03/2025",
            "DGS-2025-014 du 12/06/2025"
        ]
    );
    assert_eq!(row("decisions", "Idée")[5], MISSING);
    assert_eq!(
        row("technology", "Visioconférence")[4..],
        [NOTHING_ASKED, NOTHING_ASKED]
    );
}
