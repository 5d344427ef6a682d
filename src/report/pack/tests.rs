//! The pack of small figures: what it says, what it does not, and that every format says the same.

use super::*;
use crate::committee::{
    ActivityCell, AdoptionCell, CharterLine, DemandCell, FeedbackCell, FindingCell, FootprintCell, IncidentCell,
    NewcomerCell, RefusalCell, ServiceCell, ToolLine, ToolRefusalCell, UpkeepLine, UsageCell, WorkspaceCell,
};
use crate::report::document::{Cell, Table};
use crate::report::formats::{Format, render};

pub(super) const POLICY: &str = include_str!("../../../config/policy.toml");

pub(super) fn month(text: &str) -> Month {
    text.parse().unwrap()
}

pub(super) fn policy(source: &str) -> Policy {
    Policy::read(source, "policy.toml", Date::constant(2026, 11, 24)).unwrap_or_else(|error| panic!("{error}"))
}

/// Two months of two directions and a tool, the second of which may be under way.
pub(super) fn figures(early: bool) -> Figures {
    let mut figures = Figures::default();
    for (text, factor) in [("2026-09", 1), ("2026-10", 2)] {
        let month = month(text);
        let provisional = early && text == "2026-10";
        let shown = |value: i64| (!provisional).then_some(value);
        for (direction, people, requests) in [("Solidarités", 20, 300), ("Routes / Patrouilles", 10, 60)] {
            figures.usage.push(UsageCell {
                month,
                tool: "gemini".into(),
                tool_level: Some(1),
                direction: direction.into(),
                people: Some(people * factor),
                requests: Some(requests * factor),
                input_tokens: shown(1000),
                output_tokens: shown(500),
                cost_eur: (!provisional && direction == "Solidarités").then_some(1.25),
                cost_known: shown(if direction == "Solidarités" { 250 } else { 0 }),
                provisional,
            });
            figures.footprint.push(FootprintCell {
                month,
                tool: "gemini".into(),
                direction: direction.into(),
                people: Some(people * factor),
                requests: Some(requests * factor),
                answered: shown(250),
                footprint_known: shown(125),
                energy_kwh_min: (!provisional).then_some(0.5),
                energy_kwh_max: (!provisional).then_some(0.75),
                co2e_kg_min: (!provisional).then_some(0.1),
                co2e_kg_max: (!provisional).then_some(0.2),
                provisional,
            });
        }
        for (direction, people, agents) in [
            ("Routes", 10, None),
            ("Solidarités", 20, Some(400)),
            ("ensemble", 30, Some(400)),
        ] {
            figures.adoption.push(AdoptionCell {
                month,
                direction: direction.into(),
                people: Some(people * factor),
                agents,
                provisional,
            });
        }
        for (decision, rule, class) in [
            ("masked", "screening.personal", Some("personal")),
            ("refused", "screening.health", Some("health")),
            ("refused", "unknown-tool", None),
        ] {
            figures.refusals.push(RefusalCell {
                month,
                decision: decision.into(),
                rule: rule.into(),
                class: class.map(str::to_owned),
                people: Some(5),
                requests: Some(15 * factor),
                provisional,
            });
        }
        figures.findings.push(FindingCell {
            month,
            class: "answer:personal".into(),
            people: Some(5),
            findings: shown(33),
            provisional,
        });
        figures.feedback.push(FeedbackCell {
            month,
            tool: "gemini".into(),
            people: Some(10),
            answers: shown(12 * factor),
            rating_mean: (!provisional).then_some(4.25),
            provisional,
        });
        figures.incidents.push(IncidentCell {
            month,
            category: "data".into(),
            people: Some(5),
            opened: shown(6),
            closed: shown(0),
            mean_hours_to_close: None,
            open_over_15_days: shown(6),
            provisional,
        });
        figures.workspace.push(WorkspaceCell {
            month,
            app: "docs".into(),
            people: Some(40),
            events: shown(700 * factor),
            provisional,
        });
    }
    figures.charter.push(CharterLine {
        charter_version: "2025-06".into(),
        people: Some(200),
    });
    figures
}

pub(super) fn written(figures: &Figures, policy: &Policy, early: bool) -> Document {
    let subject = Subject {
        figures,
        policy,
        first: month("2025-11"),
        last: month("2026-10"),
        day: Date::constant(2026, 10, 31),
        provisional: early,
        retention_days: 365,
        footprint_version: "ecologits-0.11.3",
    };
    pack(&subject)
}

pub(super) fn table<'a>(document: &'a Document, id: &str) -> &'a Table {
    document
        .tables()
        .find(|table| table.id == id)
        .unwrap_or_else(|| panic!("no table {id}"))
}

/// A cell by what its row begins with and the key of its column.
fn at<'a>(table: &'a Table, row: &str, key: &str) -> &'a Cell {
    let column = table
        .columns
        .iter()
        .position(|column| column.key == key)
        .unwrap_or_else(|| panic!("no {key}"));
    let row = table
        .rows
        .iter()
        .find(|cells| french::cell(&cells[0]) == row)
        .unwrap_or_else(|| panic!("no row {row}"));
    &row[column]
}

fn fact<'a>(document: &'a Document, key: &str) -> &'a Cell {
    let facts = document.facts().flat_map(|facts| &facts.facts);
    &facts
        .into_iter()
        .find(|fact| fact.key == key)
        .unwrap_or_else(|| panic!("no fact {key}"))
        .value
}

pub(super) fn markdown(document: &Document) -> String {
    String::from_utf8(render(document, Format::Md).unwrap()).unwrap()
}

#[test]
fn the_figures_are_those_of_the_views_and_their_sums() {
    let document = written(&figures(false), &policy(POLICY), false);
    for (key, expected) in [
        ("people", "60"),
        ("share", "15.0"),
        ("requests", "720"),
        ("refused", "60"),
        ("masked", "30"),
        ("each", "12.0"),
        ("cost", "1.25"),
        ("energy_min", "1.000"),
        ("energy_max", "1.500"),
        ("co2e_max", "0.400"),
    ] {
        assert_eq!(fact(&document, key).figure().as_deref(), Some(expected), "{key}");
    }
    for (id, row, key, expected) in [
        ("adoption", "Solidarités", "share", "10.0"),
        ("adoption", "Routes", "requests", "120"),
        ("adoption_trend", "septembre 2026", "requests", "360"),
        ("usage_by_tool", "Gemini", "input_tokens", "2000"),
        ("usage_by_level", "1 – IA pour tous", "share", "100.0"),
        ("refusals_by_class", "Données de santé", "refused", "30"),
        ("refusals_trend", "octobre 2026", "masked", "30"),
        ("demand", "Outil hors de la liste validée", "requests", "30"),
        ("findings", "Données personnelles", "findings", "33"),
        ("feedback", "Gemini", "rate", "3.3"),
        ("feedback", "Gemini", "rating", "4.2"),
        ("incidents", "octobre 2026", "late", "6"),
        ("charter", "2025-06 (en vigueur)", "share", "50.0"),
        ("cost_by_direction", "Solidarités", "each", "5.00"),
        ("cost_by_tool", "Gemini", "known", "50"),
        ("footprint_by_tool", "Gemini", "unknown", "50.0"),
        ("workspace_trend", "octobre 2026", "events", "1400"),
    ] {
        assert_eq!(
            at(table(&document, id), row, key).figure().as_deref(),
            Some(expected),
            "{id} {row} {key}"
        );
    }
}

#[test]
fn what_is_not_known_is_never_zero() {
    let document = written(&figures(false), &policy(POLICY), false);
    // No agents are known of Routes, and no price of what it asked.
    assert_eq!(
        french::cell(at(table(&document, "adoption"), "Routes", "agents")),
        "inconnu"
    );
    assert_eq!(
        french::cell(at(table(&document, "adoption"), "Routes", "share")),
        "inconnu"
    );
    assert_eq!(
        french::cell(at(table(&document, "cost_by_direction"), "Routes", "cost")),
        "inconnu"
    );
    // Nothing was closed, so nothing took any time.
    assert_eq!(at(table(&document, "incidents"), "octobre 2026", "hours"), &Cell::Empty);
    assert_eq!(french::cell(&Cell::Empty), "–");
    let mut hidden = figures(false);
    hidden.adoption.retain(|line| line.direction != "ensemble");
    hidden.refusals.clear();
    let document = written(&hidden, &policy(POLICY), false);
    for key in ["people", "refused", "masked", "each"] {
        assert_eq!(
            french::with_unit(fact(&document, key), ""),
            "masqué (moins de 5 personnes)",
            "{key}"
        );
    }
}

#[test]
fn the_service_and_what_stands_beside_usage_are_told() {
    let mut figures = figures(false);
    beside_usage(&mut figures, month("2026-10"));
    let document = written(&figures, &policy(POLICY), false);
    for (key, unit, expected) in [
        ("availability", "%", "99,31 %"),
        ("overhead_p50", "ms", "0,31 ms"),
        ("overhead_p99", "ms", "1,20 ms"),
        ("upstream_p50", "ms", "masqué (moins de 5 personnes)"),
        ("rows_lost", "", "0"),
        ("newcomers", "", "15"),
    ] {
        assert_eq!(plain(&french::with_unit(fact(&document, key), unit)), expected, "{key}");
    }
    for (id, row, key, expected) in [
        ("adoption", "Routes", "median", "5 000 ou plus"),
        ("adoption", "Solidarités", "median", "masqué"),
        ("adoption_trend", "octobre 2026", "median", "1 000 à 1 999"),
        ("adoption_trend", "septembre 2026", "newcomers", "masqué"),
        ("demand_by_family", "gpt-*", "requests", "40"),
        ("demand_by_family", "Autre, ou aucun modèle", "requests", "5"),
        ("refusals_by_tool", "Gemini", "masked", "15"),
        ("refusals_by_tool", "Autres outils", "refused", "15"),
        // In Paris, after summer time.
        ("upkeep", "Vérification de la chaîne", "last", "30/10/2026, 07 h 05"),
        ("upkeep", "Vérification de la chaîne", "result", "journal intact"),
        ("upkeep", "Retrait des mois anciens", "last", "jamais"),
    ] {
        let cell = french::cell(at(table(&document, id), row, key));
        assert_eq!(plain(&cell), expected, "{id} {row} {key}");
    }
    // A charter that nobody has to accept has no newcomers that anybody knows of.
    let off = POLICY.replacen("acceptance = \"required\"", "acceptance = \"off\"", 1);
    assert_ne!(off, POLICY);
    let document = written(&figures, &policy(&off), false);
    assert_eq!(french::cell(fact(&document, "newcomers")), "inconnu");
}

/// With plain spaces.
fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

fn beside_usage(figures: &mut Figures, month: Month) {
    figures.service.push(ServiceCell {
        month,
        requests: Some(720),
        failed: Some(5),
        availability: Some(99.305_555),
        overhead_p50_us: Some(310),
        overhead_p99_us: Some(1_200),
        upstream_p50_ms: None,
        incidents: Some(6),
        rows_lost: Some(0),
        provisional: false,
    });
    for (direction, from, to) in [("ensemble", 1_000, Some(1_999)), ("Routes", 5_000, None)] {
        figures.activity.push(ActivityCell {
            month,
            direction: direction.into(),
            people: Some(20),
            median_from: Some(from),
            median_to: to,
            provisional: false,
        });
    }
    figures.newcomers.push(NewcomerCell {
        month,
        people: Some(15),
        provisional: false,
    });
    for (family, requests) in [("autre", 5), ("gpt-*", 40)] {
        figures.demand.push(DemandCell {
            month,
            rule: "no-tool-for-model".into(),
            family: family.into(),
            people: Some(5),
            requests: Some(requests),
            provisional: false,
        });
    }
    for (decision, tool) in [
        ("refused", "gemini"),
        ("masked", "gemini"),
        ("refused", "autres outils"),
    ] {
        figures.tool_refusals.push(ToolRefusalCell {
            month,
            decision: decision.into(),
            rule: "screening.health".into(),
            tool: tool.into(),
            people: Some(5),
            requests: Some(15),
            provisional: false,
        });
    }
    figures.upkeep.push(UpkeepLine {
        task: "verification".into(),
        last_at: Some("2026-10-30T06:05:00Z".into()),
        result: Some("intact".into()),
        instances: Some(2),
        rows: Some(12_345),
        rows_lost: Some(0),
    });
}

#[test]
fn a_month_under_way_says_so_and_shows_people_and_requests_only() {
    let document = written(&figures(true), &policy(POLICY), true);
    assert!(document.subtitle.contains("provisoires"));
    assert_eq!(fact(&document, "requests").figure().as_deref(), Some("720"));
    for key in ["cost", "energy_min", "each"] {
        assert_eq!(french::cell(fact(&document, key)), "mois en cours", "{key}");
    }
    let trend = table(&document, "footprint_trend");
    assert_eq!(
        at(trend, "septembre 2026", "energy_min").figure().as_deref(),
        Some("1.000")
    );
    assert_eq!(french::cell(at(trend, "octobre 2026", "energy_min")), "mois en cours");
}

#[test]
fn what_falls_due_is_told_first() {
    let due = POLICY.replacen("review_before = 2027-06-30", "review_before = 2026-12-15", 1);
    let text = markdown(&written(&figures(false), &policy(&due), false));
    assert!(text.contains("1 outil à réexaminer avant 90 jours (Gemini)"), "{text}");
    assert!(text.contains("12 signalements ouverts plus de 15 jours"));
}

#[test]
fn a_tool_decided_in_the_period_is_seen_before_and_after() {
    let decided = POLICY.replacen("date = 2025-06-12", "date = 2026-09-10", 1);
    assert_ne!(decided, POLICY);
    let document = written(&figures(false), &policy(&decided), false);
    let rows = table(&document, "before_after").rows.iter();
    let rows: Vec<_> = rows.filter(|row| row[0] == Cell::text("Gemini")).collect();
    assert_eq!(rows.len(), 5);
    // September is the month of the decision: nothing was published before it, October comes after it.
    assert_eq!(
        rows[0][2..],
        [
            Cell::text("Demandes à cet outil"),
            Cell::text("aucun mois"),
            Cell::real(Some(720.0), 0)
        ]
    );
}

/// A decision in the period is told, even where no month around it is published.
#[test]
fn a_tool_decided_in_a_period_without_figures_is_named() {
    let decided = POLICY.replacen("date = 2025-06-12", "date = 2026-02-10", 1);
    let none = markdown(&written(&Figures::default(), &policy(&decided), false));
    assert!(
        none.contains("sans aucun mois publié à comparer autour de leur décision : Gemini (10/02/2026)"),
        "{none}"
    );
    assert!(!none.contains("Aucun outil de la liste n'a été décidé"));
}

/// The store's list is the one source of tools in the whole pack: what it has and the policy has not is listed, counted,
/// compared and due; what the policy alone has is not.
#[test]
fn tools_come_from_the_list_that_stands_beside_the_usage() {
    let line = |tool: &str, status: &str, review: &str, decided: &str| ToolLine {
        tool: tool.into(),
        name: words::capital(tool),
        level: 1,
        status: status.into(),
        decision_reference: None,
        decision_date: Some(decided.parse().unwrap()),
        review_before: Some(review.parse().unwrap()),
        valid_until: None,
        first_month: None,
        last_month: None,
        requests: None,
        proposed_on: None,
        days_to_decision: None,
    };
    let mut figures = figures(false);
    figures.tools = vec![
        line("courrier", "validated", "2026-08-20", "2026-09-01"),
        line("gemini", "validated", "2026-12-15", "2024-01-01"),
        line("vieux", "withdrawn", "2026-01-01", "2024-01-01"),
    ];
    let document = written(&figures, &policy(POLICY), false);
    assert_eq!(fact(&document, "tools"), &Cell::Count(Some(2)));
    let names: Vec<_> = table(&document, "tools")
        .rows
        .iter()
        .map(|row| french::cell(&row[0]))
        .collect();
    assert_eq!(
        names,
        ["Gemini", "Courrier", "Vieux"],
        "in the order of the policy, then others"
    );
    for (row, key, expected) in [
        ("Courrier", "due", "réexamen dépassé"),
        ("Gemini", "due", "réexamen avant 90 jours"),
        ("Vieux", "due", "–"),
        ("Courrier", "decision", "–"),
        ("Courrier", "days", "inconnu"),
    ] {
        assert_eq!(
            french::cell(at(table(&document, "tools"), row, key)),
            expected,
            "{row} {key}"
        );
    }
    assert!(
        table(&document, "before_after")
            .rows
            .iter()
            .all(|row| row[0] == Cell::text("Courrier"))
    );
    let text = markdown(&document);
    assert!(text.contains("1 outil au réexamen dépassé (Courrier)"), "{text}");
}

/// Rounded counts that are added up are told as what they are.
#[test]
fn a_sum_of_rounded_counts_is_a_least() {
    let document = written(&figures(false), &policy(POLICY), false);
    let facts = document.facts().flat_map(|facts| &facts.facts);
    let facts: Vec<_> = facts
        .filter(|fact| ["refused", "masked"].contains(&&*fact.key))
        .collect();
    assert_eq!(facts.len(), 2);
    for fact in facts {
        assert!(fact.label.ends_with("au moins"), "{}", fact.label);
        assert!(
            fact.remark.contains("arrondis au multiple de 5 inférieur"),
            "{}",
            fact.remark
        );
    }
    for id in ["refusals_trend"] {
        for column in &table(&document, id).columns[1..] {
            assert!(column.title.ends_with("au moins"), "{id}: {}", column.title);
        }
    }
}

#[test]
fn a_month_without_figures_has_a_pack_that_says_so() {
    let (figures, policy) = (figures(false), policy(POLICY));
    let subject = Subject {
        figures: &figures,
        policy: &policy,
        first: month("2026-08"),
        last: month("2026-08"),
        day: Date::constant(2026, 8, 31),
        provisional: false,
        retention_days: 365,
        footprint_version: "ecologits-0.11.3",
    };
    let document = pack(&subject);
    let said = String::from_utf8(render(&document, Format::Md).unwrap()).unwrap();
    assert!(
        said.contains("Aucun chiffre d'usage n'est publié pour août 2026"),
        "{said}"
    );
    for format in Format::ALL {
        render(&document, format).unwrap();
    }
}

/// Names for programs are unique, rows are whole, headings go down step by step, each chart has its table after it.
#[test]
fn the_document_is_well_made_and_every_format_takes_it() {
    for early in [false, true] {
        let document = written(&figures(early), &policy(POLICY), early);
        let mut ids: Vec<_> = document.tables().map(|table| &table.id).collect();
        ids.extend(document.facts().map(|facts| &facts.id));
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
        let lexicon = plain(&markdown(&document));
        for table in document.tables() {
            assert!(!table.rows.is_empty(), "{} is empty", table.id);
            // No place is blank: what is not a figure says why, in a word that the document explains.
            for cell in table.rows.iter().flatten() {
                let word = french::cell(cell);
                assert!(!word.trim().is_empty(), "{}: {cell:?}", table.id);
                if matches!(
                    cell,
                    Cell::Withheld(_) | Cell::Empty | Cell::Count(None) | Cell::Real { value: None, .. }
                ) {
                    let explained = format!("« {word} »");
                    assert!(lexicon.contains(&explained), "{}: {word}", table.id);
                }
            }
            assert!(
                table.rows.iter().all(|row| row.len() == table.columns.len()),
                "{}",
                table.id
            );
        }
        let mut level = 0;
        for (at, block) in document.blocks.iter().enumerate() {
            match block {
                Block::Heading { level: next, .. } => {
                    assert!(*next <= level + 1, "{block:?}");
                    level = *next;
                }
                Block::Chart(chart) => match document.blocks.get(at + 1) {
                    Some(Block::Table(table)) => assert_eq!(table.id, chart.table),
                    other => panic!("{other:?} follows {}", chart.id),
                },
                _ => {}
            }
        }
        for format in Format::ALL {
            let bytes = render(&document, format).unwrap_or_else(|error| panic!("{error}"));
            assert!(render(&document, format).unwrap() == bytes, "{format:?}");
        }
    }
}

/// A filter chooses lines: those of all directions, and those that several share, are all there are.
#[test]
fn filters_divide_what_is_published_and_add_nothing() {
    let (policy, mut figures) = (policy(POLICY), figures(false));
    let mut pooled = figures.usage[0].clone();
    pooled.direction = "autres directions".into();
    pooled.requests = Some(7);
    figures.usage.push(pooled);
    let subject = Subject {
        figures: &figures,
        policy: &policy,
        first: month("2026-09"),
        last: month("2026-10"),
        day: Date::constant(2026, 10, 31),
        provisional: false,
        retention_days: 365,
        footprint_version: "ecologits-0.11.3",
    };
    let (tools, directions) = choices(&subject);
    assert_eq!(tools, [("gemini".to_owned(), "Gemini".to_owned())]);
    assert_eq!(directions, ["Routes", "Solidarités"], "what several share is no choice");
    let requests = |filter| {
        let document = board(&subject, filter);
        let facts = document.facts().next().expect("sums");
        match &facts.facts[0].value {
            Cell::Count(count) => count.expect("a figure"),
            other => panic!("{other:?}"),
        }
    };
    let of = |direction| Filter {
        direction: Some(direction),
        ..Filter::default()
    };
    let tool = Filter {
        tool: Some("gemini"),
        ..Filter::default()
    };
    assert_eq!((requests(of("Routes")), requests(of("Solidarités"))), (180, 900));
    assert_eq!(requests(tool), 180 + 900 + 7);
    let nothing = board(&subject, of("Inconnue"));
    assert_eq!(nothing.facts().count(), 0);
    let said = render(&nothing, Format::Md).unwrap();
    assert!(String::from_utf8(said).unwrap().contains("Aucune ligne n'est publiée"));
}
