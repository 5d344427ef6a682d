//! A town hall that never was: callers with habits, directions large and tiny, services, movers, heavy users.

use std::collections::BTreeMap;

use gardefou::domain::Month;

/// Requests, input and output tokens, answered, footprint known, energy and emissions least and most, cost, cost known.
pub type Measures = [i64; 11];

/// A line of `usage_by_caller`.
#[derive(Clone, Debug)]
pub struct Use {
    pub month: Month,
    pub tool: String,
    pub level: i64,
    pub direction: String,
    pub caller: String,
    pub measures: Measures,
}

/// A line of `usage_by_rule` (what: decision and rule; part: the tool, or the family where it was asked for in vain), of
/// `usage_by_class` (what: class), `usage_by_failure` (what: outcome) or `usage_by_delay` (what: measure and bucket).
#[derive(Clone, Debug)]
pub struct Counted {
    pub month: Month,
    pub what: (String, String),
    pub part: String,
    pub caller: String,
    pub count: i64,
}

/// Everything that is counted.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub usage: Vec<Use>,
    pub rules: Vec<Counted>,
    pub classes: Vec<Counted>,
    pub failures: Vec<Counted>,
    pub delays: Vec<Counted>,
}

/// Dice of one's own, so that a seed is a world.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// From 0 to below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides.max(1)
    }

    pub fn once_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

const DIRECTIONS: [&str; 13] = [
    "Solidarités / Aide sociale à l'enfance",
    "Solidarités / Autonomie",
    "Solidarités / Insertion",
    "Solidarités",
    "Routes / Nord",
    "Routes / Sud",
    "Collèges",
    "Culture",
    "Finances",
    "Archives",
    "Cabinet",
    "Communication / Presse",
    "",
];
const TOOLS: [(&str, i64); 7] = [
    ("gemini", 1),
    ("albert", 1),
    ("copilote", 2),
    ("deepl", 1),
    ("ia-sante", 3),
    ("synthese", 3),
    ("", 0),
];
const RULES: [(&str, &str); 8] = [
    ("refused", "screening.health"),
    ("refused", "screening.secret"),
    ("refused", "unknown-tool"),
    ("refused", "unreadable"),
    ("masked", "screening.personal"),
    ("masked", "screening.sensitive"),
    ("warned", "screening.vulnerable"),
    ("allowed", "observe.refused"),
];
const CLASSES: [&str; 6] = [
    "personal",
    "health",
    "secret",
    "sensitive",
    "vulnerable",
    "answer:personal",
];

/// A world of some months; which one depends on the seed alone. Small worlds have few callers.
pub fn world(seed: u64, first: Month, months: i32, small: bool) -> World {
    // Dice of their own for what stands beside usage.
    let (mut dice, mut beside) = (Dice::new(seed), Dice::new(seed ^ 0x00C0_FFEE));
    let callers = if small { 6 + dice.roll(12) } else { 10 + dice.roll(110) };
    let directions = 1 + dice.roll(DIRECTIONS.len() as u64);
    let tools = 1 + dice.roll(TOOLS.len() as u64);
    let homes: Vec<usize> = (0..callers)
        // Squared: the first directions are large, the last are tiny.
        .map(|_| (dice.roll(directions) * dice.roll(directions) / directions.max(1)) as usize)
        .collect();
    let mut world = World::default();
    for month in first.to(first.plus(months - 1)) {
        let mut lines: BTreeMap<(String, String, String), (i64, Measures)> = BTreeMap::new();
        let mut rules: BTreeMap<((String, String), String), i64> = BTreeMap::new();
        let mut classes: BTreeMap<((String, String), String), i64> = BTreeMap::new();
        for caller in 0..callers {
            if dice.once_in(6) {
                continue;
            }
            let name = if caller == 0 && !small {
                String::new()
            } else {
                format!("p{caller:03}")
            };
            let heavy = dice.once_in(15);
            for (tool, (id, level)) in TOOLS.iter().enumerate().take(tools as usize) {
                if tool > 0 && !dice.once_in(2 + tool as u64) {
                    continue;
                }
                let home = if dice.once_in(12) {
                    dice.roll(directions) as usize
                } else {
                    homes[caller as usize]
                };
                let requests = (1 + dice.roll(if heavy { 4000 } else { 40 })) as i64;
                let key = ((*id).to_owned(), DIRECTIONS[home].to_owned(), name.clone());
                let line = lines.entry(key).or_insert((*level, [0; 11]));
                for (sum, more) in line.1.iter_mut().zip(measures(&mut dice, tool, requests)) {
                    *sum += more;
                }
            }
            for (at, (decision, rule)) in RULES.iter().enumerate() {
                if dice.once_in(2 + 2 * at as u64) {
                    let what = ((*decision).to_owned(), (*rule).to_owned());
                    *rules.entry((what, name.clone())).or_default() += 1 + dice.roll(if heavy { 60 } else { 5 }) as i64;
                }
            }
            for (at, class) in CLASSES.iter().enumerate() {
                if dice.once_in(2 + 2 * at as u64) {
                    let what = ((*class).to_owned(), String::new());
                    *classes.entry((what, name.clone())).or_default() += 1 + dice.roll(9) as i64;
                }
            }
        }
        let counted = |((what, caller), count): (((String, String), String), i64)| Counted {
            month,
            what,
            part: String::new(),
            caller,
            count,
        };
        for line in rules.into_iter().map(counted) {
            divided(&mut beside, line, &mut world.rules);
        }
        failures_and_delays(&mut beside, month, callers, &mut world);
        world.classes.extend(classes.into_iter().map(counted));
        world.usage.extend(
            lines
                .into_iter()
                .map(|((tool, direction, caller), (level, measures))| Use {
                    month,
                    tool,
                    level,
                    direction,
                    caller,
                    measures,
                }),
        );
    }
    world
}

/// A line of rules over one tool or two, or one family or two.
fn divided(dice: &mut Dice, line: Counted, rules: &mut Vec<Counted>) {
    let parts: &[&str] = match &*line.what.1 {
        "unknown-tool" => &["gpt-*", "gpt-*", "claude-*", "mistral-*", "llama-*", ""],
        _ => &["gemini", "gemini", "albert", "deepl", "ia-sante", ""],
    };
    let chosen = |dice: &mut Dice| parts[(dice.roll(parts.len() as u64) * dice.roll(3) / 2) as usize % parts.len()];
    let (one, other) = (chosen(dice), chosen(dice));
    let first = 1 + dice.roll(line.count as u64) as i64;
    for (part, count) in [(one, first), (other, line.count - first)] {
        if count > 0 {
            rules.push(Counted {
                part: part.to_owned(),
                count,
                ..line.clone()
            });
        }
    }
}

/// What failed, for some people and in some months for many; and how long things took.
fn failures_and_delays(dice: &mut Dice, month: Month, callers: u64, world: &mut World) {
    let often = 1 + dice.roll(30);
    for caller in 0..callers {
        if dice.once_in(often) {
            let outcome = if dice.once_in(4) {
                "interrupted"
            } else {
                "upstream_error"
            };
            world.failures.push(Counted {
                month,
                what: (outcome.to_owned(), String::new()),
                part: String::new(),
                caller: if caller == 1 {
                    String::new()
                } else {
                    format!("p{caller:03}")
                },
                count: 1 + dice.roll(4) as i64,
            });
        }
    }
    for measure in ["overhead_us", "upstream_ms"] {
        let buckets: BTreeMap<i64, i64> = (0..dice.roll(60))
            .map(|_| (10 * dice.roll(90) as i64, 1 + dice.roll(40) as i64))
            .collect();
        world.delays.extend(buckets.into_iter().map(|(bucket, count)| Counted {
            month,
            what: (measure.to_owned(), bucket.to_string()),
            part: String::new(),
            caller: String::new(),
            count,
        }));
    }
}

fn measures(dice: &mut Dice, tool: usize, requests: i64) -> Measures {
    let some = |dice: &mut Dice| requests - dice.roll(1 + requests as u64 / 3) as i64;
    let (answered, known) = (some(dice), if tool % 4 == 3 { 0 } else { some(dice) });
    let priced = if tool == 1 || dice.once_in(25) { some(dice) } else { 0 };
    let tokens = answered * (20 + dice.roll(400) as i64);
    [
        requests,
        requests * 100,
        tokens,
        answered,
        known,
        known * 1_000_000_123,
        known * 3_000_000_457,
        known * 80_000_011,
        known * 260_000_033,
        priced * 2_250_007,
        priced,
    ]
}
