//! The committee's report as its reader asks for it, on both engines, against figures counted anew from the rows.

use std::fmt::Write as _;

use gardefou::schema;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};

use crate::support::{binary::Binary, postgres::Cluster};

/// First instants of August to November 2025 in Paris.
const MONTHS: [&str; 4] = [
    "2025-07-31T22:00:00Z",
    "2025-08-31T22:00:00Z",
    "2025-09-30T22:00:00Z",
    "2025-10-31T23:00:00Z",
];
const DIRECTIONS: [&str; 3] = ["Solidarités", "Routes", "Culture"];
const PEOPLE: usize = 60;

/// What differs from engine to engine.
struct Engine {
    no: &'static str,
    blob: &'static str,
    month: &'static str,
}

const SQLITE: Engine = Engine {
    no: "0",
    blob: "x''",
    // Summer time ended on 26 October 2025 at 01:00 UTC.
    month: "strftime('%Y-%m', occurred_at, CASE WHEN occurred_at < '2025-10-26T01' THEN '+2 hours' ELSE '+1 hours' END)",
};
const POSTGRES: Engine = Engine {
    no: "false",
    blob: "''",
    month: "to_char(occurred_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM')",
};

/// Requests that make every cell large: sixty people, three directions, two tools, two ways to be refused; the first
/// and the last millisecond of each month are among them. Figures are sums of powers of two, so their sums are exact.
fn rows(engine: &Engine) -> Vec<String> {
    let instants = MONTHS.map(|text| text.parse::<Timestamp>().expect("an instant"));
    let mut rows = Vec::new();
    for n in 0..3 * PEOPLE * 10 * 2 {
        let (month, caller, kind) = (n % 3, n / 3 % PEOPLE, n / (3 * PEOPLE) % 10);
        let (first, next) = (instants[month], instants[month + 1]);
        let at = match n % 11 {
            0 => first,
            1 => next - 1.millisecond(),
            _ => first + (n as i64 * 7919 % 2_500_000).seconds(),
        };
        let direction = DIRECTIONS[caller % 3];
        let (tool, level, decision, rule, findings) = match kind {
            0..5 => ("'gemini'", "1", "allowed", "NULL", "{}"),
            5 | 6 => ("'simulateur'", "1", "allowed", "NULL", "{}"),
            7 => ("'gemini'", "1", "masked", "'screening.personal'", r#"{"personal":2}"#),
            8 => ("'gemini'", "1", "refused", "'screening.health'", r#"{"health":1}"#),
            _ => ("NULL", "NULL", "refused", "'no-tool-for-model'", "{}"),
        };
        let answered = decision != "refused";
        let outcome = match n % 97 {
            _ if !answered => "refused",
            5 => "upstream_error",
            50 => "interrupted",
            _ => "completed",
        };
        let model = match n / 3 % 4 {
            _ if answered => "'gemini-2.5-flash'",
            0 => "NULL",
            1 => "'gpt-*'",
            _ => "'claude-*'",
        };
        let of = |value: String, there: bool| if there { value } else { "NULL".to_owned() };
        let known = answered && tool == "'gemini'";
        let figure = |parts: usize, of_: u32| (parts as f64 / f64::from(of_)).to_string();
        let figures = [
            of((100 + n % 50).to_string(), answered),
            of((50 + n % 30).to_string(), answered),
            of(figure(1 + n % 5, 1024), known),
            of(figure(6 + n % 5, 1024), known),
            of(figure(1 + n % 3, 2048), known),
            of(figure(4 + n % 3, 2048), known),
            of(figure(1 + n % 7, 128), known && kind != 7),
            of((80 + n * 7 % 3_000).to_string(), n % 13 != 0),
            of((200 + n * 31 % 9_000).to_string(), answered),
        ];
        let Engine { no, blob, .. } = engine;
        rows.push(format!(
            "('00000000-0000-7000-8000-{n:012}', '{at:.3}', 'c{caller}', '{direction}', {tool}, {level}, {model}, 'gemini', \
             'generateContent', {no}, '{decision}', {rule}, '{findings}', '{{}}', 'text', '{outcome}', {}, {no}, 'h', \
             '2025-06', 'essai-1', {blob}, {n})",
            figures.join(", ")
        ));
    }
    rows
}

/// Fills a new store. Its counts are made by its own triggers.
async fn fill(url: &str, engine: &Engine) {
    schema::tend(url).await.expect("the tables");
    let mut database = connect(url).await;
    if url.starts_with("postgres") {
        let months = MONTHS.map(|month| format!("'{month}'")).join(", ");
        run(
            &mut database,
            format!("SELECT make_usage_months(ARRAY[{months}]::timestamptz[])"),
        )
        .await;
    }
    for rows in rows(engine).chunks(200) {
        let columns = "id, occurred_at, caller, direction, tool, tool_level, model, dialect, endpoint, stream, decision, rule, \
            findings, finding_types, mention, outcome, input_tokens, output_tokens, energy_kwh_min, energy_kwh_max, \
            co2e_kg_min, co2e_kg_max, cost_eur, overhead_us, upstream_ms, \
            tokens_estimated, policy_hash, charter_version, instance, chain, \
            instance_seq";
        run(
            &mut database,
            format!("INSERT INTO usage_events ({columns}) VALUES {}", rows.join(", ")),
        )
        .await;
    }
}

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.expect("the database")
}

async fn run(database: &mut AnyConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(database)
        .await
        .expect("it is done");
}

fn report(binary: &Binary, format: &str) -> String {
    binary.run(&["report", "--month", "2025-10", "--months", "3", "--format", format])
}

/// What a line of the report is called that the ledger calls so.
fn named(name: &str) -> &str {
    match name {
        "gemini" => "Gemini",
        "simulateur" => "Simulateur",
        "hors liste" => "Hors liste (outil non validé)",
        "personal" => "Données personnelles",
        "health" => "Données de santé",
        other => other,
    }
}

/// Every figure that the script counts is in the report, to the last decimal shown.
async fn compare(url: &str, engine: &Engine, report: &str) {
    let report: Value = serde_json::from_str(report).expect("JSON");
    let script = include_str!("recount.sql").replace("MONTH AS", &format!("{} AS", engine.month));
    let counted = sqlx::query(AssertSqlSafe(script))
        .fetch_all(&mut connect(url).await)
        .await
        .expect("figures");
    assert!(counted.len() > 50, "{} figures", counted.len());
    let (mut wrong, mut numbers) = (String::new(), 0);
    for line in &counted {
        let [table, name, field] = [0, 1, 2].map(|at| line.get::<String, _>(at));
        let value: Option<f64> = line.get(3);
        let first = report["tables"][&table]["columns"][0]["key"]
            .as_str()
            .unwrap_or_else(|| panic!("no table {table}"));
        let rows = report["tables"][&table]["rows"].as_array().expect("rows");
        let row = rows
            .iter()
            .find(|row| row[first] == named(&name))
            .unwrap_or_else(|| panic!("no {name} in {table}"));
        let decimals = match &*field {
            "cost" | "each" | "availability" | "overhead_p50" | "overhead_p99" => 2,
            "energy_min" | "energy_max" | "co2e_min" | "co2e_max" => 3,
            "unknown" => 1,
            _ => 0,
        };
        let expected = value.map(|value| format!("{value:.decimals$}").parse::<f64>().expect("a number"));
        numbers += usize::from(expected.is_some());
        if row[&field].as_f64() != expected {
            writeln!(wrong, "{table} {name} {field}: {} and not {expected:?}", row[&field]).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(numbers > 45, "{numbers} numbers");
}

/// On SQLite and on PostgreSQL, the latter through an account that may read the committee's views only: the figures are
/// those of the rows, and both engines give the same bytes, before the months are closed and after.
#[tokio::test(flavor = "multi_thread")]
async fn the_report_has_the_figures_of_the_rows_on_both_engines() {
    let mut reports = Vec::new();
    let here = Binary::with(&Binary::policy(), "sqlite://gardefou.db");
    let url = format!("sqlite://{}", here.folder.join("gardefou.db").display());
    fill(&url, &SQLITE).await;
    reports.push(report(&here, "json"));
    compare(&url, &SQLITE, &reports[0]).await;
    let page = report(&here, "html");
    schema::tend(&url).await.expect("closed");
    reports.push(report(&here, "json"));

    let cluster = Cluster::start().await;
    fill(&cluster.url(), &POSTGRES).await;
    cluster
        .administer(&["CREATE ROLE lectrice LOGIN IN ROLE gardefou_committee"])
        .await;
    let committee = cluster.url().replace("gardefou@", "lectrice@");
    let refused = sqlx::raw_sql("SELECT count(*) FROM usage_events")
        .execute(&mut connect(&committee).await)
        .await;
    assert!(refused.is_err(), "the committee reads no row");
    let there = Binary::with(&Binary::policy(), &committee);
    reports.push(report(&there, "json"));
    compare(&cluster.url(), &POSTGRES, &reports[2]).await;
    assert_eq!(report(&there, "html"), page);
    schema::tend(&cluster.url()).await.expect("closed");
    reports.push(report(&there, "json"));
    assert!(reports.iter().all(|report| *report == reports[0]), "the reports differ");
}

/// A month that cannot be reported is refused with a sentence that says what to ask instead.
#[tokio::test]
async fn a_month_that_cannot_be_reported_is_refused_with_a_sentence() {
    let here = Binary::with(&Binary::policy(), "sqlite://gardefou.db");
    assert!(
        here.fails(&["report", "--month", "2025-10"])
            .contains("base de données")
    );
    schema::tend(&format!("sqlite://{}", here.folder.join("gardefou.db").display()))
        .await
        .expect("the tables");
    let said = here.run(&["report", "--month", "2025-10", "--format", "md"]);
    assert!(
        said.contains("Aucun chiffre d'usage n'est publié pour octobre 2025"),
        "{said}"
    );
    for (arguments, expected) in [
        (["--month", "9998-01"], "janvier 9998 n'a pas commencé"),
        (["--month", "2025-13"], "Mois du rapport, par exemple 2026-11"),
        (["--months", "0"], "de 1 à 120"),
    ] {
        let said = here.fails(&["report", arguments[0], arguments[1]]);
        assert!(said.contains(expected), "{said}");
    }
}

/// The command that `demo-data` prints works as it is printed, on PostgreSQL through the committee's own login; and the
/// report of the demonstration says of its tools what the committee's view says.
#[tokio::test(flavor = "multi_thread")]
async fn the_report_of_the_demonstration_is_printed_and_agrees_with_the_view() {
    let cluster = Cluster::start().await;
    schema::tend(&cluster.url()).await.expect("the tables");
    cluster
        .administer(&["CREATE ROLE lectrice LOGIN IN ROLE gardefou_committee"])
        .await;
    let here = Binary::with(&Binary::policy(), &cluster.url());
    let done = here
        .command(&["demo-data", "--months", "4", "--until", "2026-10-31"])
        .output()
        .expect("the binary runs");
    let said = String::from_utf8(done.stdout).expect("UTF-8");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let printed = said.lines().last().expect("a command").trim();
    let read = |printed: &str| {
        let shown = std::process::Command::new("sh")
            .args(["-c", printed])
            .current_dir(&here.folder)
            .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
            .env(
                "COMMITTEE_DATABASE_URL",
                cluster.url().replace("gardefou@", "lectrice@"),
            )
            .output()
            .expect("a shell");
        assert!(
            shown.status.success(),
            "{printed}: {}",
            String::from_utf8_lossy(&shown.stderr)
        );
    };
    read(printed);
    assert!(here.folder.join("rapport.html").exists(), "{printed}");
    read(&printed.replace("--format html -o rapport.html", "--format json -o rapport.json"));
    let report = std::fs::read_to_string(here.folder.join("rapport.json")).expect("a report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let view = "SELECT name, status, coalesce(review_before, ''), tool FROM committee_tools ORDER BY name";
    let view = sqlx::query(view)
        .fetch_all(&mut connect(&cluster.url()).await)
        .await
        .expect("the view");
    let rows = report["tables"]["tools"]["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), view.len(), "{rows:?}");
    let (mut served, mut demonstrated) = (0, 0);
    for line in &view {
        let [name, status, review, id] = [0, 1, 2, 3].map(|at| line.get::<String, _>(at));
        let row = rows.iter().find(|row| row["name"] == *name).expect("its row");
        assert_eq!(row["review"].as_str().unwrap_or_default(), review, "{name}");
        served += usize::from(["validated", "trial"].contains(&&*status));
        demonstrated += usize::from(id.starts_with("demo-"));
    }
    assert!(demonstrated > 0, "the demonstration has tools of its own");
    assert_eq!(report["facts"]["key_figures"]["values"]["tools"]["value"], served);
    // Late by the view, late in the report.
    let late: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM committee_tools WHERE review_before < '2026-09-30' AND status IN ('validated', 'trial', 'suspended')",
    )
    .fetch_one(&mut connect(&cluster.url()).await)
    .await
    .expect("a count");
    let told = rows
        .iter()
        .filter(|row| row["due"].as_str().is_some_and(|due| due.contains("réexamen dépassé")));
    assert_eq!(told.count() as i64, late);
    assert!(late > 0, "the demonstration has a tool whose review is late");
}
