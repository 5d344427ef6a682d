//! What the committee sees: never a small cell, whoever looks and however long.

mod attack;
mod attack_beside;
mod beside;
mod by_hand;
mod expected;
mod few;
mod population;
mod questions;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use gardefou::{
    committee::{Committee, Figures},
    domain::Month,
    schema::{self, Engine},
};
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use crate::support::postgres::Cluster;
use attack::{differencing, without_twin};
use expected::{People, Rule, figures};
use population::{Counted, Dice, World, world};

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

/// A database of one's own: its address, a connection, and what must outlive them.
struct Store {
    url: String,
    sql: AnyConnection,
    engine: Engine,
    folder: Option<PathBuf>,
}

impl Store {
    async fn sqlite() -> Self {
        let folder = std::env::temp_dir().join(format!("gardefou-committee-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let url = format!("sqlite://{}", folder.join("gardefou.db").display());
        Self::open(&url, &format!("{url}?mode=rwc"), Some(folder)).await
    }

    async fn postgres(cluster: &Cluster) -> Self {
        Self::open(&cluster.url(), &cluster.url(), None).await
    }

    async fn open(url: &str, made: &str, folder: Option<PathBuf>) -> Self {
        sqlx::any::install_default_drivers();
        let mut sql = AnyConnection::connect(made).await.expect("a database");
        let engine = Engine::of(url).expect("an engine");
        schema::stand(&mut sql, engine).await.expect("the schema");
        Self {
            url: url.to_owned(),
            sql,
            engine,
            folder,
        }
    }

    async fn run(&mut self, statement: String) {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut self.sql)
            .await
            .expect("a statement");
    }

    /// Replaces what is counted.
    async fn fill(&mut self, world: &World) {
        for table in [
            "usage_by_caller",
            "usage_by_rule",
            "usage_by_class",
            "kept_months",
            "kept_usage",
            "kept_footprint",
            "kept_refusals",
            "kept_findings",
            "kept_adoption",
            "usage_by_delay",
            "usage_by_failure",
            "usage_by_demand",
            "kept_service",
            "kept_activity",
            "kept_newcomers",
            "kept_refusals_by_tool",
            "kept_demand",
        ] {
            self.run(format!("DELETE FROM {table}")).await;
        }
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let usage = world.usage.iter().map(|line| {
            let m = line.measures;
            let level = if line.level == 0 {
                "NULL".to_owned()
            } else {
                line.level.to_string()
            };
            format!(
                "('{}', {}, {level}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
                line.month,
                quoted(&line.tool),
                quoted(&line.direction),
                quoted(&line.caller),
                m[0],
                m[3],
                m[1],
                m[2],
                m[5],
                m[6],
                m[7],
                m[8],
                m[4],
                m[9],
                m[10],
                m[3]
            )
        });
        let rules = together(&world.rules, |line| {
            let ((decision, rule), tool) = (&line.what, if line.what.1 == "unknown-tool" { "" } else { &line.part });
            format!("('{}', '{decision}', '{rule}', '{tool}', '{}'", line.month, line.caller)
        });
        let demand = world.rules.iter().filter(|line| line.what.1 == "unknown-tool");
        let demand = together(demand, |line| {
            format!("('{}', 'unknown-tool', '{}', '{}'", line.month, line.part, line.caller)
        });
        let failures = together(&world.failures, |line| {
            format!("('{}', '{}', '{}'", line.month, line.what.0, line.caller)
        });
        // Of two gateways.
        let delays = world.delays.iter().enumerate().map(|(at, line)| {
            let ((measure, bucket), month) = (&line.what, line.month);
            format!("('{month}', 'g{}', '{measure}', {bucket}, {})", at % 2, line.count)
        });
        let classes = world.classes.iter().map(|line| {
            format!(
                "('{}', '{}', 'masked', '{}', 1, {})",
                line.month, line.what.0, line.caller, line.count
            )
        });
        for (table, lines) in [
            ("usage_by_caller", usage.collect::<Vec<_>>()),
            ("usage_by_rule", rules),
            ("usage_by_class", classes.collect()),
            ("usage_by_demand", demand),
            ("usage_by_failure", failures),
            ("usage_by_delay", delays.collect()),
        ] {
            for some in lines.chunks(500) {
                self.run(format!("INSERT INTO {table} VALUES {}", some.join(", ")))
                    .await;
            }
        }
        if self.engine == Engine::Postgres {
            self.run("ANALYZE".to_owned()).await;
        }
    }

    async fn shown(&self, first: &str, last: &str) -> Figures {
        let mut committee = Committee::open(&self.url).await.expect("the committee");
        committee.figures(month(first), month(last)).await.expect("figures")
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Lines with these beginnings, their counts added up.
fn together<'w>(lines: impl IntoIterator<Item = &'w Counted>, begun: impl Fn(&Counted) -> String) -> Vec<String> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for line in lines {
        *sums.entry(begun(line)).or_default() += line.count;
    }
    sums.into_iter()
        .map(|(begun, sum)| format!("{begun}, {sum})"))
        .collect()
}

/// Two years that are over.
const FIRST: &str = "2024-01";
const LAST: &str = "2025-12";

/// The views against the plain reckoning, before and after the months are closed.
async fn the_views_show_what_the_plain_reckoning_shows(mut store: Store, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let world = world(seed, month(FIRST), 24, seed % 3 == 0);
        store.fill(&world).await;
        let wanted = figures(&world, Rule::Whole);
        assert_same(seed, &store.shown(FIRST, LAST).await, &wanted);
        schema::close_months(&mut store.sql, store.engine)
            .await
            .expect("closed");
        assert_same(seed, &store.shown(FIRST, LAST).await, &wanted);
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM usage_by_caller")
            .fetch_one(&mut store.sql)
            .await
            .expect("a count");
        assert_eq!(left, 0, "counts by caller go with the closing");
    }
}

fn assert_same(seed: u64, shown: &Figures, wanted: &Figures) {
    fn lines<T: PartialEq + std::fmt::Debug>(seed: u64, shown: &[T], wanted: &[T]) {
        for (one, other) in shown.iter().zip(wanted) {
            assert_eq!(one, other, "seed {seed}");
        }
        assert_eq!(shown.len(), wanted.len(), "seed {seed}");
    }
    lines(seed, &shown.usage, &wanted.usage);
    lines(seed, &shown.footprint, &wanted.footprint);
    lines(seed, &shown.refusals, &wanted.refusals);
    lines(seed, &shown.findings, &wanted.findings);
    lines(seed, &shown.adoption, &wanted.adoption);
    lines(seed, &shown.service, &wanted.service);
    lines(seed, &shown.activity, &wanted.activity);
    lines(seed, &shown.tool_refusals, &wanted.tool_refusals);
    lines(seed, &shown.demand, &wanted.demand);
}

#[tokio::test]
async fn views_on_sqlite_hide_what_must_be_hidden() {
    the_views_show_what_the_plain_reckoning_shows(Store::sqlite().await, 2..4).await;
}

#[tokio::test]
async fn views_on_postgresql_hide_what_must_be_hidden() {
    let cluster = Cluster::start().await;
    the_views_show_what_the_plain_reckoning_shows(Store::postgres(&cluster).await, 1..5).await;
}

/// The plain reckoning is what the views show (above); here it is attacked, on many more worlds.
#[test]
fn nothing_hidden_follows_from_two_years_of_exports() {
    let (mut hidden, mut lines) = (0, 0);
    for seed in 1..=60 {
        let world = world(seed, month(FIRST), 24, seed % 3 == 0);
        let figures = figures(&world, Rule::Whole);
        lines += figures.usage.len();
        for month in month(FIRST).to(month(LAST)) {
            assert_eq!(
                differencing(&world, &figures, month),
                Vec::<String>::new(),
                "seed {seed}"
            );
            hidden += attack::parts(&world, month)
                .values()
                .filter(|people| !expected::is_safe(people))
                .count();
        }
    }
    assert!(
        hidden > 5_000 && lines > 1_000,
        "the worlds have what to hide and what to show: {hidden}, {lines}"
    );
}

#[test]
fn every_line_shown_has_five_people_and_no_one_above_four_fifths() {
    for seed in 1..=60 {
        let world = world(seed, month(FIRST), 24, seed % 3 == 0);
        for month in month(FIRST).to(month(LAST)) {
            let Some((cells, shown)) = expected::cells(&world, month, Rule::Whole) else {
                continue;
            };
            let mut everybody = BTreeSet::new();
            for ((tool, direction), (_, people)) in &cells {
                assert!(people.len() >= 5, "seed {seed}, {month}, {tool}, {direction}");
                for measure in (0..11).filter(|measure| shown[*measure]) {
                    assert!(
                        expected::shows(people, measure),
                        "seed {seed}, {month}, {tool}, {direction}, {measure}"
                    );
                }
                everybody.extend(people.keys().cloned());
            }
            // Nobody is lost: what is shown is all of the month.
            let mut all = People::new();
            attack::parts(&world, month)
                .values()
                .for_each(|people| expected::add(&mut all, people));
            assert_eq!(everybody, all.into_keys().collect::<BTreeSet<_>>());
        }
    }
}

/// Not by differences nor by any other thought: for each hidden part there is another world that looks the same.
#[test]
fn a_hidden_part_may_always_have_been_another() {
    let mut dice = Dice::new(7);
    let mut lonely = Vec::new();
    for seed in 100..160 {
        let world = world(seed, month(FIRST), 2, true);
        for month in month(FIRST).to(month(FIRST).next()) {
            lonely.extend(without_twin(&world, month, &mut dice));
        }
    }
    assert_eq!(lonely, Vec::<String>::new());
}

/// Beside usage: refusals by rule, by tool and by family are one tree, of which exact sums would not tell a hidden part.
#[test]
fn nothing_hidden_follows_from_refusals_by_tool_and_demand() {
    let (mut bites, mut lines, mut divided) = (0, 0, 0);
    for seed in 1..=60 {
        let world = world(seed, month(FIRST), 24, seed % 3 == 0);
        let (whole, naive) = (
            figures(&world, Rule::Whole),
            figures(&world, Rule::WithoutSecondarySuppression),
        );
        lines += whole.tool_refusals.len();
        divided += whole
            .demand
            .iter()
            .filter(|cell| cell.family != "autres familles")
            .count();
        for month in month(FIRST).to(month(LAST)) {
            assert_eq!(
                attack_beside::differencing(&world, &whole, month),
                Vec::<String>::new(),
                "seed {seed}"
            );
            bites += attack_beside::differencing(&world, &naive, month).len();
        }
    }
    assert!(
        lines > 1_000 && divided > 100,
        "there is what to show: {lines}, {divided}"
    );
    assert!(
        bites > 100,
        "without secondary suppression the attack succeeds: {bites}"
    );
}

/// A median tells of nobody in which class they are: in each group that has one, everybody could change places with
/// somebody of another class, and no view would change.
#[test]
fn a_median_is_nobody_s_figure() {
    let (mut medians, mut bites) = (0, 0);
    for seed in 1..=60 {
        let world = world(seed, month(FIRST), 24, seed % 3 == 0);
        let (whole, naive) = (
            figures(&world, Rule::Whole),
            figures(&world, Rule::WithoutSecondarySuppression),
        );
        medians += whole.activity.iter().filter(|cell| cell.median_from.is_some()).count();
        for month in month(FIRST).to(month(LAST)) {
            assert_eq!(
                attack_beside::placed(&world, &whole, month, Rule::Whole),
                Vec::<String>::new(),
                "seed {seed}"
            );
            let rule = Rule::WithoutSecondarySuppression;
            bites += attack_beside::placed(&world, &naive, month, rule).len();
        }
    }
    assert!(medians > 500, "{medians}");
    assert!(
        bites > 20,
        "a class that everybody is in would tell of all of them: {bites}"
    );
    // What the argument rests on: two of one group who change names change no view.
    for seed in 200..220 {
        let world = world(seed, month(FIRST), 1, true);
        let shown = figures(&world, Rule::Whole);
        for people in beside::groups(&world, month(FIRST), Rule::Whole).values() {
            let people: Vec<_> = people.iter().collect();
            let twin = attack_beside::renamed(&world, people[0], people[people.len() - 1]);
            assert_eq!(figures(&twin, Rule::Whole), shown, "seed {seed}");
        }
    }
}

/// The attack bites: without secondary suppression it finds what is hidden.
#[test]
fn without_secondary_suppression_the_attack_succeeds() {
    let told = (1..=10).map(|seed| {
        let world = world(seed, month(FIRST), 24, seed % 3 == 0);
        let figures = figures(&world, Rule::WithoutSecondarySuppression);
        let months = month(FIRST).to(month(LAST));
        months
            .map(|month| differencing(&world, &figures, month).len())
            .sum::<usize>()
    });
    let told: usize = told.sum();
    assert!(told > 100, "{told}");
}
