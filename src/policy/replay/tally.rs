//! How many past requests would have been decided otherwise: by tool, rule and direction, in both ways.
//!
//! Nothing of a request is kept but counts; of callers, who counts among the people of a direction. A direction is shown
//! where five people stand behind its line, the others together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};

use super::{Past, Replay, Unknown};
use crate::domain::Decision;

/// Fewest people behind a line of a direction (contract of the committee's views).
const FEWEST: usize = 5;

/// What changes for a request. In the order in which it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// It was let through, and would be refused.
    Refused,
    /// It was let through, and would be masked.
    Masked,
    /// It was let through or masked, and would be let through with a warning.
    Warned,
    /// It was stopped, masked or warned about, and would be let through.
    Allowed,
    /// It was refused before its text was looked at; the text would decide.
    Read,
}

impl Way {
    const ALL: [Self; 5] = [Self::Refused, Self::Masked, Self::Warned, Self::Allowed, Self::Read];

    const fn name(self) -> &'static str {
        match self {
            Self::Refused => "now_refused",
            Self::Masked => "now_masked",
            Self::Warned => "now_warned",
            Self::Allowed => "now_allowed",
            Self::Read => "now_read",
        }
    }

    const fn french(self) -> &'static str {
        match self {
            Self::Refused => "seraient refusées",
            Self::Masked => "seraient masquées",
            Self::Warned => "seraient admises avec un avertissement",
            Self::Allowed => "seraient admises",
            Self::Read => "ne seraient plus refusées d'emblée : leur texte déciderait",
        }
    }
}

type Counts = BTreeMap<Way, u64>;

#[derive(Default)]
struct Line {
    counts: Counts,
    /// By civil year: pseudonyms change with it, so the same person may be there twice.
    people: BTreeMap<i16, BTreeSet<String>>,
}

impl Line {
    fn people(&self) -> usize {
        self.people.values().map(BTreeSet::len).max().unwrap_or_default()
    }

    fn absorb(&mut self, other: Line) {
        for (way, count) in other.counts {
            *self.counts.entry(way).or_default() += count;
        }
        for (year, people) in other.people {
            self.people.entry(year).or_default().extend(people);
        }
    }
}

/// The counts so far.
#[derive(Default)]
pub struct Tally {
    rows: u64,
    same: u64,
    all: Counts,
    tools: BTreeMap<String, Counts>,
    rules: BTreeMap<String, Counts>,
    directions: BTreeMap<String, Line>,
    unknown: BTreeMap<Unknown, u64>,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tally({} rows)", self.rows)
    }
}

impl Tally {
    /// Counts one request of the past, of this direction and by this pseudonym.
    pub fn add(&mut self, past: &Past<'_>, direction: Option<&str>, caller: &str, replay: Replay) {
        self.rows += 1;
        let (way, rule) = match replay {
            Replay::Same => {
                self.same += 1;
                return;
            }
            Replay::Unknown(why) => {
                *self.unknown.entry(why).or_default() += 1;
                return;
            }
            Replay::Opened => (Way::Read, past.rule.unwrap_or_default().to_owned()),
            Replay::Otherwise(now, rule) => {
                let way = match now {
                    Decision::Refused => Way::Refused,
                    Decision::Masked => Way::Masked,
                    Decision::Warned => Way::Warned,
                    Decision::Allowed => Way::Allowed,
                };
                // The rule that stops, now or then.
                let stops = if rule.is_empty() {
                    past.rule.unwrap_or_default().to_owned()
                } else {
                    rule
                };
                (way, stops)
            }
        };
        *self.all.entry(way).or_default() += 1;
        let tool = past.tool.unwrap_or("—").to_owned();
        *self.tools.entry(tool).or_default().entry(way).or_default() += 1;
        *self.rules.entry(rule).or_default().entry(way).or_default() += 1;
        let line = self.directions.entry(direction.unwrap_or("sans direction").to_owned());
        let line = line.or_default();
        *line.counts.entry(way).or_default() += 1;
        if !caller.is_empty() {
            let year = crate::policy::civil(past.at).year();
            line.people.entry(year).or_default().insert(caller.to_owned());
        }
    }

    /// All is told: directions with too few people are put together.
    pub fn told(self) -> Told {
        let (mut shown, small): (Vec<_>, Vec<_>) = self
            .directions
            .into_iter()
            .partition(|(_, line)| line.people() >= FEWEST);
        let mut others = Line::default();
        small.into_iter().for_each(|(_, line)| others.absorb(line));
        // What is left over may not stand alone either: it takes the smallest neighbour with it.
        while !others.counts.is_empty() && others.people() < FEWEST && !shown.is_empty() {
            let smallest = (0..shown.len())
                .min_by_key(|&at| shown[at].1.people())
                .unwrap_or_default();
            others.absorb(shown.remove(smallest).1);
        }
        let withheld = !others.counts.is_empty() && others.people() < FEWEST;
        let mut directions: Vec<(String, Counts)> = shown.into_iter().map(|(name, line)| (name, line.counts)).collect();
        if !others.counts.is_empty() && !withheld {
            directions.push(("autres".into(), others.counts));
        }
        Told {
            rows: self.rows,
            same: self.same,
            all: self.all,
            tools: self.tools.into_iter().collect(),
            rules: self.rules.into_iter().collect(),
            directions,
            withheld,
            unknown: self.unknown,
        }
    }
}

/// What is shown of a [`Tally`].
#[derive(Debug)]
pub struct Told {
    rows: u64,
    same: u64,
    all: Counts,
    tools: Vec<(String, Counts)>,
    rules: Vec<(String, Counts)>,
    directions: Vec<(String, Counts)>,
    /// Fewer than five people are behind all changes.
    withheld: bool,
    unknown: BTreeMap<Unknown, u64>,
}

impl Told {
    /// For programs.
    pub fn to_json(&self) -> Value {
        let counts = |counts: &Counts| -> Value {
            let all = Way::ALL.into_iter().map(|way| (way.name(), counts.get(&way).copied()));
            all.map(|(name, count)| (name.to_owned(), json!(count.unwrap_or_default())))
                .collect()
        };
        let lines = |lines: &[(String, Counts)], key: &str| -> Value {
            let line = |(name, of): &(String, Counts)| {
                let mut line = counts(of);
                line[key] = json!(name);
                line
            };
            lines.iter().map(line).collect()
        };
        json!({
            "requests": self.rows,
            "same": self.same,
            "otherwise": counts(&self.all),
            "by_tool": lines(&self.tools, "tool"),
            "by_rule": lines(&self.rules, "rule"),
            "by_direction": if self.withheld { Value::Null } else { lines(&self.directions, "direction") },
            "unknown": self.unknown.iter().map(|(why, n)| (why.name(), n)).collect::<BTreeMap<_, _>>(),
        })
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let otherwise: u64 = self.all.values().sum();
        let unknown: u64 = self.unknown.values().sum();
        writeln!(
            f,
            "{} demandes : {} inchangées, {otherwise} décidées autrement, {unknown} non rejouées.",
            self.rows, self.same
        )?;
        ways(f, "", &self.all)?;
        for (title, lines) in [("Par outil", &self.tools), ("Par règle", &self.rules)] {
            table(f, title, lines)?;
        }
        if self.withheld {
            writeln!(
                f,
                "\nPar direction : moins de cinq personnes en tout, rien n'est montré."
            )?;
        } else {
            table(f, "Par direction (cinq personnes au moins par ligne)", &self.directions)?;
        }
        if !self.unknown.is_empty() {
            writeln!(f, "\nNon rejouées")?;
        }
        for (why, count) in &self.unknown {
            writeln!(f, "  {count:>6} {}", why.french())?;
        }
        Ok(())
    }
}

fn table(f: &mut fmt::Formatter<'_>, title: &str, lines: &[(String, Counts)]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}")?;
    for (name, counts) in lines {
        writeln!(f, "  {name}")?;
        ways(f, "  ", counts)?;
    }
    Ok(())
}

fn ways(f: &mut fmt::Formatter<'_>, margin: &str, counts: &Counts) -> fmt::Result {
    for (way, count) in counts {
        writeln!(f, "{margin}  {count:>6} {}", way.french())?;
    }
    Ok(())
}
