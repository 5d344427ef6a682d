//! Somebody who has every export of every view, knows which parts exist and how the views work, and wants what is
//! hidden: differences of any order (linear algebra), and all that follows from the rule itself (other worlds that look
//! the same).

use std::collections::{BTreeMap, BTreeSet};

use gardefou::{
    committee::{Figures, UsageCell},
    domain::Month,
};

use super::{
    expected::{self, People, Rule},
    population::{Dice, World},
};

/// A fraction in lowest terms.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Fraction(i128, i128);

impl Fraction {
    const ZERO: Self = Self(0, 1);

    fn new(above: i128, below: i128) -> Self {
        let (mut a, mut b) = (above.abs(), below.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let sign = if below < 0 { -1 } else { 1 };
        Self(sign * above / a.max(1), sign * below / a.max(1))
    }

    fn minus_times(self, factor: Self, other: Self) -> Self {
        Self::new(
            self.0 * factor.1 * other.1 - factor.0 * other.0 * self.1,
            self.1 * factor.1 * other.1,
        )
    }

    fn over(self, other: Self) -> Self {
        Self::new(self.0 * other.1, self.1 * other.0)
    }
}

/// What sums are known, as rows over the unknowns; kept in echelon form.
#[derive(Default)]
pub struct Known(Vec<(usize, Vec<Fraction>)>);

impl Known {
    fn reduce(&self, mut row: Vec<Fraction>) -> Vec<Fraction> {
        for (pivot, known) in &self.0 {
            let factor = row[*pivot].over(known[*pivot]);
            if factor != Fraction::ZERO {
                row = row.iter().zip(known).map(|(x, y)| x.minus_times(factor, *y)).collect();
            }
        }
        row
    }

    fn vector(unknowns: usize, members: &BTreeSet<usize>) -> Vec<Fraction> {
        (0..unknowns)
            .map(|at| Fraction::new(members.contains(&at).into(), 1))
            .collect()
    }

    /// Learns the sum over these unknowns.
    pub fn learn(&mut self, unknowns: usize, members: &BTreeSet<usize>) {
        let row = self.reduce(Self::vector(unknowns, members));
        if let Some(pivot) = row.iter().position(|x| *x != Fraction::ZERO) {
            self.0.push((pivot, row));
        }
    }

    /// Whether some combination of what is known is exactly the sum over these unknowns.
    pub fn tells(&self, unknowns: usize, members: &BTreeSet<usize>) -> bool {
        self.reduce(Self::vector(unknowns, members))
            .iter()
            .all(|x| *x == Fraction::ZERO)
    }
}

type Part = (String, String);

/// The smallest parts of a month and who is in them.
pub fn parts(world: &World, month: Month) -> BTreeMap<Part, People> {
    let mut parts: BTreeMap<Part, People> = BTreeMap::new();
    for line in world
        .usage
        .iter()
        .filter(|line| line.month == month && !line.caller.is_empty())
    {
        let tool = if line.tool.is_empty() { "hors liste" } else { &line.tool };
        let direction = if line.direction.is_empty() {
            "sans direction"
        } else {
            &line.direction
        };
        let one = People::from([(line.caller.clone(), line.measures)]);
        expected::add(parts.entry((tool.to_owned(), direction.to_owned())).or_default(), &one);
    }
    parts
}

fn top(direction: &str) -> &str {
    direction.split(" / ").next().unwrap_or(direction)
}

/// Which line a part must be in, from the labels alone.
fn line_of<'a>(cells: &'a [&UsageCell], part: &Part) -> Option<&'a UsageCell> {
    let with = |tool: &str, direction: &str| {
        let mut found = cells
            .iter()
            .filter(|cell| cell.tool == tool && cell.direction == direction);
        found.next().copied()
    };
    let (tool, direction) = part;
    with(tool, direction)
        .or_else(|| with(tool, &format!("{} / autres services", top(direction))))
        .or_else(|| with(tool, top(direction)))
        .or_else(|| with(tool, "autres directions"))
        .or_else(|| with("autres outils", "autres directions"))
}

/// The parts that each line is made of.
pub fn members<'a>(
    cells: &'a [&UsageCell],
    parts: &BTreeMap<Part, People>,
) -> BTreeMap<(&'a str, &'a str), BTreeSet<usize>> {
    let mut members: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
    for (at, part) in parts.keys().enumerate() {
        if let Some(cell) = line_of(cells, part) {
            members.entry((&*cell.tool, &*cell.direction)).or_default().insert(at);
        }
    }
    members
}

/// All unions that somebody may ask about: parts, services, directions and tools, alone and across the other.
fn questions(parts: &BTreeMap<Part, People>) -> BTreeMap<String, BTreeSet<usize>> {
    let mut questions: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (at, (tool, direction)) in parts.keys().enumerate() {
        for question in [
            format!("{tool}, {direction}"),
            format!("{tool}, toute la direction {}", top(direction)),
            format!("{tool}, partout"),
            format!("tout outil, {direction}"),
            format!("tout outil, toute la direction {}", top(direction)),
        ] {
            questions.entry(question).or_default().insert(at);
        }
    }
    questions
}

/// Hidden sums that follow from what is shown of a month, by linear algebra over all lines.
pub fn differencing(world: &World, figures: &Figures, month: Month) -> Vec<String> {
    let parts = parts(world, month);
    let people: Vec<&People> = parts.values().collect();
    let shown = expected::cells(world, month, Rule::Whole).map_or([true; 11], |(_, shown)| shown);
    let cells: Vec<&UsageCell> = figures.usage.iter().filter(|cell| cell.month == month).collect();
    let mut known = Known::default();
    for ((tool, direction), members) in members(&cells, &parts) {
        let cell = cells
            .iter()
            .find(|cell| cell.tool == tool && cell.direction == direction);
        let sum: i64 = members.iter().flat_map(|at| people[*at].values()).map(|m| m[0]).sum();
        // The labels tell truly what a line is made of, so the attack below is the real one.
        assert_eq!(
            cell.and_then(|cell| cell.requests),
            Some(sum),
            "{month} {tool} {direction}"
        );
        known.learn(parts.len(), &members);
    }
    let mut told = Vec::new();
    for (question, members) in questions(&parts) {
        let mut all = People::new();
        members.iter().for_each(|at| expected::add(&mut all, people[*at]));
        expected::mask(&mut all, shown);
        if !expected::is_safe(&all) && known.tells(parts.len(), &members) {
            told.push(format!("{month}: {question}"));
        }
    }
    // People of directions, counted apart: everybody once.
    let homes = expected::homes(world, month);
    let names: Vec<&String> = homes.keys().collect();
    let mut known = Known::default();
    let lines: Vec<_> = figures.adoption.iter().filter(|cell| cell.month == month).collect();
    for line in &lines {
        let members = (0..names.len()).filter(|at| match line.direction.as_str() {
            "ensemble" => true,
            "autres directions" => !lines.iter().any(|other| other.direction == *names[*at]),
            direction => direction == names[*at],
        });
        known.learn(names.len(), &members.collect());
    }
    for (at, name) in names.iter().enumerate() {
        if homes[*name].len() < 5 && known.tells(names.len(), &BTreeSet::from([at])) {
            told.push(format!("{month}: personnes de {name}"));
        }
    }
    told
}

/// Hidden parts of a month for which no other world was found that looks exactly the same and differs there.
pub fn without_twin(world: &World, month: Month, dice: &mut Dice) -> Vec<String> {
    let mut one = world.clone();
    one.usage.retain(|line| line.month == month);
    let shown = expected::figures(&one, Rule::Whole);
    let cells: Vec<&UsageCell> = shown.usage.iter().collect();
    let parts = parts(&one, month);
    let names: Vec<&Part> = parts.keys().collect();
    let members = members(&cells, &parts);
    let measures = expected::cells(&one, month, Rule::Whole).map_or([true; 11], |(_, shown)| shown);
    let mut alone = Vec::new();
    for (at, (part, people)) in parts.iter().enumerate() {
        let mut people = people.clone();
        expected::mask(&mut people, measures);
        if expected::is_safe(&people) {
            continue;
        }
        // Not in any line: nothing is known of it but that it is somewhere hidden.
        let Some(companions) = members.values().find(|members| members.contains(&at)) else {
            continue;
        };
        let of = |part: &Part| -> Vec<usize> {
            let named = |text: &str, none: &str| {
                if text.is_empty() {
                    none.to_owned()
                } else {
                    text.to_owned()
                }
            };
            let lines = one.usage.iter().enumerate();
            let mine = lines.filter(|(_, line)| {
                !line.caller.is_empty()
                    && (
                        named(&line.tool, "hors liste"),
                        named(&line.direction, "sans direction"),
                    ) == *part
            });
            mine.map(|(at, _)| at).collect()
        };
        let (own, others): (Vec<usize>, Vec<usize>) = (
            of(part),
            companions
                .iter()
                .filter(|other| **other != at)
                .flat_map(|other| of(names[*other]))
                .collect(),
        );
        let found = (0..400).any(|_| {
            if others.is_empty() {
                return false;
            }
            let (give, take) = (
                own[dice.roll(own.len() as u64) as usize],
                others[dice.roll(others.len() as u64) as usize],
            );
            let (from, to) = if dice.once_in(2) { (give, take) } else { (take, give) };
            let mut twin = one.clone();
            let most = twin.usage[from].measures[0].min(1 + dice.roll(3) as i64);
            twin.usage[from].measures[0] -= most;
            twin.usage[to].measures[0] += most;
            twin.usage[from].measures[0] > 0 && expected::figures(&twin, Rule::Whole) == shown
        });
        if !found {
            alone.push(format!("{month}: {}, {}", part.0, part.1));
        }
    }
    alone
}
