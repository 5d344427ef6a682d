//! What the views must show, worked out anew in the plainest way there is: sets of people, sums, and loops.

use std::collections::{BTreeMap, BTreeSet};

use gardefou::{
    committee::{AdoptionCell, Figures, FindingCell, FootprintCell, RefusalCell, UsageCell},
    domain::Month,
};

use super::{
    beside,
    population::{Counted, Measures, World},
};

/// What each caller has in a part of the month.
pub type People = BTreeMap<String, Measures>;

/// The whole rule, or the rule without what it is for: then a pool is shown although it may not be.
#[derive(Clone, Copy, PartialEq)]
pub enum Rule {
    Whole,
    WithoutSecondarySuppression,
}

/// A sum of this measure may be shown.
pub fn shows(people: &People, measure: usize) -> bool {
    let values: Vec<i64> = people.values().map(|m| m[measure]).filter(|v| *v > 0).collect();
    let (sum, max) = (values.iter().sum::<i64>(), values.iter().max().copied().unwrap_or(0));
    sum == 0 || (values.len() >= 5 && 5 * i128::from(max) <= 4 * i128::from(sum))
}

/// Everything about these people may be shown.
pub fn is_safe(people: &People) -> bool {
    people.len() >= 5 && (0..11).all(|measure| shows(people, measure))
}

pub fn add(to: &mut People, from: &People) {
    for (caller, measures) in from {
        let sums = to.entry(caller.clone()).or_insert([0; 11]);
        sums.iter_mut().zip(measures).for_each(|(sum, more)| *sum += more);
    }
}

/// Takes out the measures that are shown nowhere.
pub fn mask(people: &mut People, shown: Shown) {
    for measures in people.values_mut() {
        (0..11).filter(|m| !shown[*m]).for_each(|m| measures[m] = 0);
    }
}

pub fn total(people: &People) -> Measures {
    let mut sum = [0; 11];
    people
        .values()
        .for_each(|m| sum.iter_mut().zip(m).for_each(|(s, v)| *s += v));
    sum
}

/// The children that join the pool; none where nothing of the node may be shown.
pub fn pool(children: &BTreeMap<String, People>, rule: Rule) -> Option<BTreeSet<String>> {
    let (alone, mut pooled): (Vec<_>, Vec<_>) = children.iter().partition(|(_, people)| is_safe(people));
    if pooled.is_empty() {
        return Some(BTreeSet::new());
    }
    let mut waiting = alone;
    waiting.sort_by_key(|(name, people)| (people.len(), total(people)[0], (*name).clone()));
    waiting.reverse();
    loop {
        let mut together = People::new();
        pooled.iter().for_each(|(_, people)| add(&mut together, people));
        if is_safe(&together) || rule == Rule::WithoutSecondarySuppression {
            return Some(pooled.into_iter().map(|(name, _)| name.clone()).collect());
        }
        pooled.push(waiting.pop()?);
    }
}

fn top(direction: &str) -> &str {
    direction.split(" / ").next().unwrap_or(direction)
}

/// One line of usage before it has a form: tool, direction, level, people.
pub type Cells = BTreeMap<(String, String), (Option<i64>, People)>;

/// A measure is shown in a month.
pub type Shown = [bool; 11];

/// The cells of a month; none where the month is not shown.
pub fn cells(world: &World, month: Month, rule: Rule) -> Option<(Cells, Shown)> {
    let mut all = People::new();
    let mut base: BTreeMap<(String, String), (i64, People)> = BTreeMap::new();
    for line in world
        .usage
        .iter()
        .filter(|line| line.month == month && !line.caller.is_empty())
    {
        let one = People::from([(line.caller.clone(), line.measures)]);
        add(&mut all, &one);
        let name = |text: &str, none: &str| {
            if text.is_empty() {
                none.to_owned()
            } else {
                text.to_owned()
            }
        };
        let key = (name(&line.tool, "hors liste"), name(&line.direction, "sans direction"));
        let cell = base.entry(key).or_default();
        cell.0 = cell.0.max(line.level);
        add(&mut cell.1, &one);
    }
    if all.len() < 5 || !shows(&all, 0) {
        return None;
    }
    let shown: Shown = std::array::from_fn(|measure| shows(&all, measure));
    base.values_mut().for_each(|(_, people)| mask(people, shown));
    let mut cells = Cells::new();
    let mut put = |tool: &str, direction: String, level: Option<i64>, people: &People| {
        let cell = cells
            .entry((tool.to_owned(), direction))
            .or_insert((None, People::new()));
        cell.0 = cell.0.max(level);
        add(&mut cell.1, people);
    };
    let by = |name: &dyn Fn(&(String, String)) -> Option<String>| {
        let mut children: BTreeMap<String, People> = BTreeMap::new();
        for (key, (_, people)) in &base {
            if let Some(name) = name(key) {
                add(children.entry(name).or_default(), people);
            }
        }
        children
    };
    let tools = by(&|key| Some(key.0.clone()));
    let pooled_tools = pool(&tools, rule)?;
    for tool in tools.keys() {
        let tops = by(&|key| (key.0 == *tool).then(|| top(&key.1).to_owned()));
        let pooled_tops = if pooled_tools.contains(tool) {
            None
        } else {
            pool(&tops, rule)
        };
        for name in tops.keys() {
            let services = by(&|key| (key.0 == *tool && top(&key.1) == name).then(|| key.1.clone()));
            let pooled_services = match &pooled_tops {
                Some(pooled) if !pooled.contains(name) => pool(&services, rule),
                _ => None,
            };
            for (service, people) in &services {
                let level = Some(base[&(tool.clone(), service.clone())].0).filter(|level| *level > 0);
                match &pooled_services {
                    _ if pooled_tools.contains(tool) => put("autres outils", "autres directions".into(), None, people),
                    None => put(tool, "autres directions".into(), level, people),
                    Some(pooled) if !pooled.contains(service) => put(tool, service.clone(), level, people),
                    Some(pooled) if pooled.len() == services.len() => put(tool, name.clone(), level, people),
                    Some(_) => put(tool, format!("{name} / autres services"), level, people),
                }
            }
        }
    }
    Some((cells, shown))
}

pub fn fives(count: usize) -> Option<i64> {
    Some(count as i64 / 5 * 5)
}

/// Everything that is shown of closed months.
pub fn figures(world: &World, rule: Rule) -> Figures {
    let months: BTreeSet<Month> = world.usage.iter().map(|line| line.month).collect();
    let mut figures = Figures::default();
    for month in months {
        if let Some((cells, shown)) = cells(world, month, rule) {
            for ((tool, direction), (level, people)) in &cells {
                let (sum, people) = (total(people), fives(people.len()));
                let count = |m: usize| shown[m].then_some(sum[m]);
                let real = |m: usize, known: usize, scale: f64| {
                    (shown[m] && shown[known] && sum[known] > 0).then(|| sum[m] as f64 / scale)
                };
                figures.usage.push(UsageCell {
                    month,
                    tool: tool.clone(),
                    tool_level: *level,
                    direction: direction.clone(),
                    people,
                    requests: Some(sum[0]),
                    input_tokens: count(1),
                    output_tokens: count(2),
                    cost_eur: real(9, 10, 1e9),
                    cost_known: count(10),
                    provisional: false,
                });
                figures.footprint.push(FootprintCell {
                    month,
                    tool: tool.clone(),
                    direction: direction.clone(),
                    people,
                    requests: Some(sum[0]),
                    answered: count(3),
                    footprint_known: count(4),
                    energy_kwh_min: real(5, 4, 1e12),
                    energy_kwh_max: real(6, 4, 1e12),
                    co2e_kg_min: real(7, 4, 1e12),
                    co2e_kg_max: real(8, 4, 1e12),
                    provisional: false,
                });
            }
        }
        refusals(world, month, rule, &mut figures);
        findings(world, month, rule, &mut figures);
        adoption(world, month, rule, &mut figures);
        beside::figures(world, month, rule, &mut figures);
    }
    figures
}

/// People by what was counted, one measure each.
pub fn counted(lines: &[Counted], month: Month, name: impl Fn(&Counted) -> Option<String>) -> BTreeMap<String, People> {
    let mut children: BTreeMap<String, People> = BTreeMap::new();
    for line in lines
        .iter()
        .filter(|line| line.month == month && !line.caller.is_empty())
    {
        if let Some(name) = name(line) {
            let mut measures = [0; 11];
            measures[0] = line.count;
            add(
                children.entry(name).or_default(),
                &People::from([(line.caller.clone(), measures)]),
            );
        }
    }
    children
}

fn refusals(world: &World, month: Month, rule: Rule, figures: &mut Figures) {
    let decisions = counted(&world.rules, month, |line| Some(line.what.0.clone()));
    let Some(pooled_decisions) = pool(&decisions, rule) else {
        return;
    };
    let mut cells: BTreeMap<(String, String), People> = BTreeMap::new();
    for decision in decisions.keys() {
        let rules = counted(&world.rules, month, |line| {
            (line.what.0 == *decision).then(|| line.what.1.clone())
        });
        let pooled = pool(&rules, rule).unwrap_or_default();
        for (name, people) in rules {
            let key = if pooled_decisions.contains(decision) {
                ("autres décisions".to_owned(), "autres règles".to_owned())
            } else if pooled.contains(&name) {
                (decision.clone(), "autres règles".to_owned())
            } else {
                (decision.clone(), name)
            };
            add(cells.entry(key).or_default(), &people);
        }
    }
    figures
        .refusals
        .extend(cells.into_iter().map(|((decision, rule), people)| RefusalCell {
            month,
            decision,
            class: rule.strip_prefix("screening.").map(str::to_owned),
            rule,
            people: fives(people.len()),
            requests: Some(total(&people)[0] / 5 * 5),
            provisional: false,
        }));
}

fn findings(world: &World, month: Month, rule: Rule, figures: &mut Figures) {
    let classes = counted(&world.classes, month, |line| Some(line.what.0.clone()));
    let Some(pooled) = pool(&classes, rule) else { return };
    let mut cells: BTreeMap<String, People> = BTreeMap::new();
    for (class, people) in classes {
        let class = if pooled.contains(&class) {
            "autres classes".to_owned()
        } else {
            class
        };
        add(cells.entry(class).or_default(), &people);
    }
    figures
        .findings
        .extend(cells.into_iter().map(|(class, people)| FindingCell {
            month,
            class,
            people: fives(people.len()),
            findings: Some(total(&people)[0]),
            provisional: false,
        }));
}

/// Whom each caller counts for: the direction they asked most from.
pub fn homes(world: &World, month: Month) -> BTreeMap<String, People> {
    let mut asked: BTreeMap<&str, BTreeMap<String, i64>> = BTreeMap::new();
    for line in world
        .usage
        .iter()
        .filter(|line| line.month == month && !line.caller.is_empty())
    {
        let direction = if line.direction.is_empty() {
            "sans direction"
        } else {
            top(&line.direction)
        };
        *asked
            .entry(&line.caller)
            .or_default()
            .entry(direction.to_owned())
            .or_default() += line.measures[0];
    }
    let mut homes: BTreeMap<String, People> = BTreeMap::new();
    for (caller, by_direction) in asked {
        let most = by_direction.values().max().copied().unwrap_or(0);
        let home = by_direction.into_iter().find(|(_, requests)| *requests == most);
        let mut measures = [0; 11];
        measures[0] = 1;
        homes
            .entry(home.unwrap_or_default().0)
            .or_default()
            .insert(caller.to_owned(), measures);
    }
    homes
}

fn adoption(world: &World, month: Month, rule: Rule, figures: &mut Figures) {
    let homes = homes(world, month);
    let all: usize = homes.values().map(People::len).sum();
    let Some(pooled) = pool(&homes, rule).filter(|_| all >= 5) else {
        return;
    };
    let mut cells = BTreeMap::from([("ensemble".to_owned(), all)]);
    for (direction, people) in homes {
        let direction = if pooled.contains(&direction) {
            "autres directions".to_owned()
        } else {
            direction
        };
        *cells.entry(direction).or_default() += people.len();
    }
    figures
        .adoption
        .extend(cells.into_iter().map(|(direction, people)| AdoptionCell {
            month,
            direction,
            people: Some(people as i64),
            agents: None,
            provisional: false,
        }));
}
