//! What the views beside usage must show, worked out anew in the plainest way: sorted lists, sets of people, loops.

use std::collections::{BTreeMap, BTreeSet};

use gardefou::{
    committee::{ActivityCell, DemandCell, Figures, ServiceCell, ToolRefusalCell},
    domain::Month,
};

use super::{
    expected::{People, Rule, add, counted, fives, homes, pool, shows, total},
    population::{Counted, World},
};

/// First and last number of requests of the classes that medians are told in.
pub const CLASSES: [(i64, Option<i64>); 11] = [
    (1, Some(4)),
    (5, Some(9)),
    (10, Some(19)),
    (20, Some(49)),
    (50, Some(99)),
    (100, Some(199)),
    (200, Some(499)),
    (500, Some(999)),
    (1000, Some(1999)),
    (2000, Some(4999)),
    (5000, None),
];

/// The place of a figure among the classes.
pub fn class(asked: i64) -> usize {
    CLASSES.iter().rposition(|(from, _)| *from <= asked).unwrap_or(0)
}

/// Adds what is shown of a month that is closed.
pub fn figures(world: &World, month: Month, rule: Rule, figures: &mut Figures) {
    service(world, month, figures);
    activity(world, month, rule, figures);
    tools_and_families(world, month, rule, figures);
}

/// The value at this share of a list, where at least five lie beyond it.
fn percentile(delays: &mut [i64], hundredths: usize) -> Option<i64> {
    delays.sort_unstable();
    let at = (delays.len() * hundredths).div_ceil(100);
    (delays.len() * (100 - hundredths) >= 500).then(|| delays[at - 1])
}

fn service(world: &World, month: Month, figures: &mut Figures) {
    let mut all = People::new();
    for line in world
        .usage
        .iter()
        .filter(|line| line.month == month && !line.caller.is_empty())
    {
        add(&mut all, &People::from([(line.caller.clone(), line.measures)]));
    }
    if all.len() < 5 || !shows(&all, 0) {
        return;
    }
    let failures = counted(&world.failures, month, |_| Some(String::new()));
    let people = failures.into_values().next().unwrap_or_default();
    let failed = match total(&people)[0] {
        0..5 => Some(0),
        some => shows(&people, 0).then_some(some / 5 * 5),
    };
    let delays = |measure: &str| -> Vec<i64> {
        let mine = world
            .delays
            .iter()
            .filter(|line| line.month == month && line.what.0 == measure);
        mine.flat_map(|line| vec![line.what.1.parse().expect("a delay"); line.count as usize])
            .collect()
    };
    let requests = total(&all)[0];
    let (mut overhead, mut upstream) = (delays("overhead_us"), delays("upstream_ms"));
    figures.service.push(ServiceCell {
        month,
        requests: Some(requests),
        failed,
        availability: failed.map(|failed| 100.0 * (requests - failed) as f64 / requests as f64),
        overhead_p50_us: percentile(&mut overhead, 50),
        overhead_p99_us: percentile(&mut overhead, 99),
        upstream_p50_ms: percentile(&mut upstream, 50),
        incidents: None,
        rows_lost: Some(0),
        provisional: false,
    });
}

/// What each caller asked in a month.
pub fn asked(world: &World, month: Month) -> BTreeMap<String, i64> {
    let mut asked = BTreeMap::new();
    for line in world
        .usage
        .iter()
        .filter(|line| line.month == month && !line.caller.is_empty())
    {
        *asked.entry(line.caller.clone()).or_default() += line.measures[0];
    }
    asked
}

/// The groups of people that adoption shows, by name.
pub fn groups(world: &World, month: Month, rule: Rule) -> BTreeMap<String, BTreeSet<String>> {
    let homes = homes(world, month);
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    groups.insert(
        "ensemble".to_owned(),
        homes.values().flat_map(|people| people.keys().cloned()).collect(),
    );
    if let Some(pooled) = pool(&homes, rule) {
        for (direction, people) in homes {
            let name = if pooled.contains(&direction) {
                "autres directions".to_owned()
            } else {
                direction
            };
            groups.entry(name).or_default().extend(people.into_keys());
        }
    }
    groups.retain(|_, people| people.len() >= 5);
    groups
}

fn activity(world: &World, month: Month, rule: Rule, figures: &mut Figures) {
    let asked = asked(world, month);
    for (direction, people) in groups(world, month, rule) {
        let mut classes: Vec<usize> = people.iter().map(|caller| class(asked[caller])).collect();
        classes.sort_unstable();
        let middle = classes[classes.len().div_ceil(2) - 1];
        let there = classes.iter().filter(|class| **class == middle).count();
        // The attack below asks what would be known if the last condition were not there.
        let mixed = rule == Rule::WithoutSecondarySuppression || 5 * there <= 4 * classes.len();
        let (from, to) = CLASSES[middle];
        let shown = there >= 5 && mixed;
        figures.activity.push(ActivityCell {
            month,
            direction,
            people: fives(people.len()),
            median_from: shown.then_some(from),
            median_to: to.filter(|_| shown),
            provisional: false,
        });
    }
}

/// Where a line of rules is shown: its decision and rule, and whether it stands alone.
type Places = BTreeMap<(String, String), Option<(String, String, bool)>>;

fn places(world: &World, month: Month, rule: Rule) -> Places {
    let decisions = counted(&world.rules, month, |line| Some(line.what.0.clone()));
    let pooled_decisions = pool(&decisions, rule);
    let mut places = Places::new();
    for decision in decisions.keys() {
        let rules = counted(&world.rules, month, |line| {
            (line.what.0 == *decision).then(|| line.what.1.clone())
        });
        let pooled = pool(&rules, rule).unwrap_or_default();
        for name in rules.into_keys() {
            let place = pooled_decisions.as_ref().map(|all| {
                if all.contains(decision) {
                    ("autres décisions".to_owned(), "autres règles".to_owned(), false)
                } else if pooled.contains(&name) {
                    (decision.clone(), "autres règles".to_owned(), false)
                } else {
                    (decision.clone(), name.clone(), true)
                }
            });
            places.insert((decision.clone(), name), place);
        }
    }
    places
}

/// The tool or the family of a line of rules.
pub fn tool(line: &Counted) -> String {
    let tool = if line.what.1 == "unknown-tool" { "" } else { &*line.part };
    if tool.is_empty() { "hors liste" } else { tool }.to_owned()
}

fn tools_and_families(world: &World, month: Month, rule: Rule, figures: &mut Figures) {
    let mut tools: BTreeMap<[String; 3], People> = BTreeMap::new();
    for ((decision, name), place) in places(world, month, rule) {
        let Some((shown_decision, shown_rule, alone)) = place else {
            continue;
        };
        let of = |line: &Counted| line.what == (decision.clone(), name.clone());
        let children = counted(&world.rules, month, |line| of(line).then(|| tool(line)));
        let pooled = pool(&children, rule).unwrap_or_default();
        for (tool, people) in children {
            let tool = if alone && !pooled.contains(&tool) {
                tool
            } else {
                "autres outils".to_owned()
            };
            let key = [shown_decision.clone(), shown_rule.clone(), tool];
            add(tools.entry(key).or_default(), &people);
        }
        if alone && name == "unknown-tool" {
            families(world, month, rule, figures);
        }
    }
    figures.tool_refusals.extend(
        tools
            .into_iter()
            .map(|([decision, rule, tool], people)| ToolRefusalCell {
                month,
                decision,
                rule,
                tool,
                people: fives(people.len()),
                requests: Some(total(&people)[0] / 5 * 5),
                provisional: false,
            }),
    );
}

fn families(world: &World, month: Month, rule: Rule, figures: &mut Figures) {
    let named = |line: &Counted| {
        if line.part.is_empty() {
            "autre".to_owned()
        } else {
            line.part.clone()
        }
    };
    let children = counted(&world.rules, month, |line| {
        (line.what.1 == "unknown-tool").then(|| named(line))
    });
    let pooled = pool(&children, rule).unwrap_or_default();
    let mut cells: BTreeMap<String, People> = BTreeMap::new();
    for (family, people) in children {
        let family = if pooled.contains(&family) {
            "autres familles".to_owned()
        } else {
            family
        };
        add(cells.entry(family).or_default(), &people);
    }
    figures
        .demand
        .extend(cells.into_iter().map(|(family, people)| DemandCell {
            month,
            rule: "unknown-tool".to_owned(),
            family,
            people: fives(people.len()),
            requests: Some(total(&people)[0] / 5 * 5),
            provisional: false,
        }));
}
