//! The attacks on what is shown beside usage: differences between the three views of refusals, taken as if they were
//! exact; and what a median tells of a person.

use std::collections::{BTreeMap, BTreeSet};

use gardefou::{committee::Figures, domain::Month};

use super::{
    attack::Known,
    beside,
    expected::{self, People, Rule},
    population::World,
};

/// The smallest parts: decision, rule, tool, family.
type Atom = [String; 4];

fn atoms(world: &World, month: Month) -> BTreeMap<Atom, People> {
    let mut atoms: BTreeMap<Atom, People> = BTreeMap::new();
    for line in world
        .rules
        .iter()
        .filter(|line| line.month == month && !line.caller.is_empty())
    {
        let family = match &*line.what.1 {
            "unknown-tool" if line.part.is_empty() => "autre".to_owned(),
            "unknown-tool" => line.part.clone(),
            _ => String::new(),
        };
        let mut measures = [0; 11];
        measures[0] = line.count;
        let atom = [line.what.0.clone(), line.what.1.clone(), beside::tool(line), family];
        expected::add(
            atoms.entry(atom).or_default(),
            &People::from([(line.caller.clone(), measures)]),
        );
    }
    atoms
}

/// Which line of a view a part is in, by the labels alone: the first of these that is there.
fn line_of(lines: &BTreeSet<Vec<String>>, ways: &[Vec<&str>]) -> Option<Vec<String>> {
    let named = ways
        .iter()
        .map(|way| way.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    named.into_iter().find(|way| lines.contains(way))
}

/// Hidden sums of refusals that follow from what the three views show, for who knows every line exactly.
pub fn differencing(world: &World, figures: &Figures, month: Month) -> Vec<String> {
    let atoms = atoms(world, month);
    let names: Vec<&Atom> = atoms.keys().collect();
    let (others, rules, decisions) = ("autres outils", "autres règles", "autres décisions");
    let set = |lines: Vec<Vec<&str>>| -> BTreeSet<Vec<String>> {
        lines
            .into_iter()
            .map(|line| line.into_iter().map(str::to_owned).collect())
            .collect()
    };
    let by_rule = figures.refusals.iter().filter(|cell| cell.month == month);
    let by_rule = set(by_rule.map(|cell| vec![&*cell.decision, &*cell.rule]).collect());
    let by_tool = figures.tool_refusals.iter().filter(|cell| cell.month == month);
    let by_tool = set(by_tool
        .map(|cell| vec![&*cell.decision, &*cell.rule, &*cell.tool])
        .collect());
    let by_family = figures.demand.iter().filter(|cell| cell.month == month);
    let by_family = set(by_family.map(|cell| vec![&*cell.rule, &*cell.family]).collect());
    let mut members: BTreeMap<(usize, Vec<String>), BTreeSet<usize>> = BTreeMap::new();
    for (at, [decision, rule, tool, family]) in names.iter().enumerate() {
        let found = [
            line_of(
                &by_rule,
                &[vec![decision, rule], vec![decision, rules], vec![decisions, rules]],
            ),
            line_of(
                &by_tool,
                &[
                    vec![decision, rule, tool],
                    vec![decision, rule, others],
                    vec![decision, rules, others],
                    vec![decisions, rules, others],
                ],
            ),
            line_of(&by_family, &[vec![rule, family], vec![rule, "autres familles"]]),
        ];
        for (view, line) in found.into_iter().enumerate() {
            if let Some(line) = line {
                members.entry((view, line)).or_default().insert(at);
            }
        }
    }
    let mut known = Known::default();
    members.values().for_each(|members| known.learn(names.len(), members));
    let mut questions: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (at, [decision, rule, tool, family]) in names.iter().enumerate() {
        for question in [
            format!("{decision}, {rule}, {tool}, {family}"),
            format!("{decision}, {rule}"),
            format!("{decision}, outil {tool}"),
            format!("outil {tool}"),
            format!("{rule}, famille {family}"),
            decision.clone(),
        ] {
            questions.entry(question).or_default().insert(at);
        }
    }
    let mut told = Vec::new();
    for (question, members) in questions {
        let mut all = People::new();
        members
            .iter()
            .for_each(|at| expected::add(&mut all, &atoms[names[*at]]));
        if !expected::is_safe(&all) && known.tells(names.len(), &members) {
            told.push(format!("{month}: {question}"));
        }
    }
    told
}

/// People of whom a median tells in which class they are: nobody of their group is in another, so there is nobody whose
/// place they could have. Two people of one group who change names change no view at all.
pub fn placed(world: &World, figures: &Figures, month: Month, rule: Rule) -> Vec<String> {
    let (asked, groups) = (beside::asked(world, month), beside::groups(world, month, rule));
    let told = figures
        .activity
        .iter()
        .filter(|cell| cell.month == month && cell.median_from.is_some());
    let mut placed = Vec::new();
    for cell in told {
        let people = &groups[&cell.direction];
        let class = |caller: &String| beside::class(asked[caller]);
        for caller in people {
            if people.iter().all(|other| class(other) == class(caller)) {
                placed.push(format!("{month}: {caller}, {}", cell.direction));
            }
        }
        let there = people
            .iter()
            .filter(|caller| cell.median_from == Some(beside::CLASSES[class(caller)].0));
        assert!(there.count() >= 5, "{month}: {}", cell.direction);
    }
    placed
}

/// The same world in which two people changed names.
pub fn renamed(world: &World, one: &str, other: &str) -> World {
    let swap = |caller: &mut String| {
        if caller == one {
            other.clone_into(caller);
        } else if caller == other {
            one.clone_into(caller);
        }
    };
    let mut twin = world.clone();
    twin.usage.iter_mut().for_each(|line| swap(&mut line.caller));
    for lines in [&mut twin.rules, &mut twin.classes, &mut twin.failures] {
        lines.iter_mut().for_each(|line| swap(&mut line.caller));
    }
    twin
}
