//! Everything that happened in the demonstration, imagined from a seed: pure, so the same seed, policy and instant give
//! the same rows on every machine.

use jiff::{Span, civil::Date};

use super::{
    calendar::{busy, moment},
    chance::Chance,
    house::{Agent, agents, headcount},
    requests::{World, id},
    tools::{lines, tools},
};
use crate::committee::workspace::Counted;
use crate::domain::{Entry, Month, Outcome, Settlement, Timestamp};
use crate::identity::Pseudonyms;
use crate::office::{Feedback, Incident, IncidentCategory, ToolLine};
use crate::policy::{Acceptance, Policy, civil, midnight};

const HOUR: f64 = 3_600_000.0;

/// What is to be imagined.
pub struct Plan<'p> {
    /// The policy in force.
    pub policy: &'p Policy,
    /// The key of the pseudonyms.
    pub pseudonyms: &'p Pseudonyms,
    /// The same seed gives the same rows.
    pub seed: u64,
    /// Closed months before the one under way.
    pub months: u8,
    /// Nothing happens after this instant.
    pub until: Timestamp,
}

/// What happened.
#[derive(Debug, Default)]
pub struct Story {
    /// Requests, oldest first.
    pub requests: Vec<(Entry, Settlement)>,
    /// Pseudonym, version of the charter, when.
    pub acceptances: Vec<(String, String, Timestamp)>,
    /// What agents said.
    pub feedback: Vec<Feedback>,
    /// What went wrong, and when it was closed.
    pub incidents: Vec<(Incident, Option<Timestamp>)>,
    /// Uses of Gemini inside Workspace.
    pub workspace: Vec<Counted>,
    /// Tools of the committee's list that the policy does not have.
    pub tools: Vec<ToolLine>,
    /// Agents of each direction.
    pub directions: Vec<(String, i64)>,
}

impl Plan<'_> {
    /// First month of the story.
    pub fn first_month(&self) -> Month {
        Month::from(civil(self.until)).plus(-i32::from(self.months))
    }

    /// Imagines it all.
    pub fn imagine(&self) -> Story {
        let month = self.first_month();
        let first = first_day(month);
        let last = civil(self.until);
        let days = usize::try_from((last - first).get_days()).unwrap_or_default() + 1;
        let tools = tools(self.policy, first, days);
        let mut chance = Chance::of(self.seed, 2);
        let world = World {
            policy: self.policy,
            pseudonyms: self.pseudonyms,
            tools: &tools,
            trial: midnight(first_day(Month::from(last).plus(-1))),
            outage: outage(first, days, &mut chance),
        };
        let mut story = Story {
            tools: lines(&tools),
            directions: headcount(),
            ..Story::default()
        };
        let agents = agents(self.seed, first, days);
        for (at, agent) in agents.iter().enumerate() {
            // A source for each agent: one more request of one changes nothing for the others.
            let mut chance = Chance::of(self.seed, 1_000 + at as u64);
            self.life(&world, agent, first, days, &mut chance, &mut story);
        }
        story.requests.sort_by_key(|(entry, _)| (entry.occurred_at, entry.id.0));
        story.workspace.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
        story.acceptances.sort_by(|a, b| (a.2, &a.0).cmp(&(b.2, &b.0)));
        self.returns(&mut story);
        story
    }

    /// What one agent does, day after day.
    fn life(&self, world: &World<'_>, agent: &Agent, first: Date, days: usize, chance: &mut Chance, story: &mut Story) {
        let (mut seen, mut accepted) = (0, false);
        let charter = self.policy.charter();
        for day in (0..days).map(|at| first.saturating_add(Span::new().days(at as i64))) {
            let busy = busy(day);
            let start = midnight(day).0;
            for _ in 0..chance.times(busy * agent.workspace) {
                let at = Timestamp(start + moment(chance));
                story
                    .workspace
                    .extend((at <= self.until).then(|| self.used(agent, at, chance)));
            }
            let Some(since) = agent.since.filter(|since| day >= *since) else {
                continue;
            };
            let used_to = (f64::from((day - since).get_days()) / 30.0).min(1.0);
            let count = chance.times(busy * agent.pace * (0.5 + 0.5 * used_to));
            let mut moments: Vec<_> = (0..count).map(|_| start + moment(chance)).collect();
            moments.sort_unstable();
            for at in moments.into_iter().map(Timestamp).filter(|at| *at <= self.until) {
                if !accepted {
                    let refused = agent.accepted.is_none() && charter.acceptance == Acceptance::Required;
                    if refused {
                        story.requests.push(world.unaccepted(agent, at, chance));
                    }
                    let moment = agent.accepted.map_or(at.0 + 240_000, |before| at.0 - before);
                    let caller = agent.acceptor(self.pseudonyms).as_str().to_owned();
                    let done = (caller, charter.version.clone(), Timestamp(moment));
                    story.acceptances.extend((moment <= self.until.0).then_some(done));
                    accepted = true;
                    if refused {
                        continue;
                    }
                }
                story.requests.push(world.request(agent, at, seen, chance));
                seen += 1;
            }
        }
    }

    /// A use of Gemini inside Workspace.
    fn used(&self, agent: &Agent, at: Timestamp, chance: &mut Chance) -> Counted {
        const APPS: [(&str, &str, f64); 7] = [
            ("gmail", "summarize", 5.0),
            ("gmail", "help_me_write", 3.0),
            ("docs", "help_me_write", 3.0),
            ("docs", "summarize", 2.0),
            ("meet", "take_notes_for_me", 1.5),
            ("sheets", "generate_table", 0.7),
            ("gemini_app", "conversation", 4.0),
        ];
        let (app, action, _) = APPS[chance.weighted(APPS.iter().map(|(_, _, weight)| *weight))];
        Counted {
            key: format!("demo-{:016x}{:016x}", chance.next(), chance.next()),
            at,
            caller: Some(agent.pseudonym(self.pseudonyms, at)),
            direction: Some(agent.direction.name.to_owned()),
            app: app.into(),
            action: action.into(),
            category: "active_generate".into(),
        }
    }

    /// What agents say of some of the answers, and what goes wrong with a few.
    fn returns(&self, story: &mut Story) {
        let mut chance = Chance::of(self.seed, 3);
        let answered = story
            .requests
            .iter()
            .filter(|(_, end)| end.outcome == Outcome::Completed);
        let total = story.requests.len().max(1) as f64;
        for (at, (entry, _)) in answered.enumerate() {
            let said = entry.occurred_at.0 + chance.around(0.3 * HOUR, 1.0) as i64;
            if chance.happens(0.025) && said <= self.until.0 {
                let better = at as f64 / total;
                let weights = [0.06, 0.1 - 0.05 * better, 0.24, 0.38, 0.22 + 0.2 * better];
                let rating = chance.weighted(weights.into_iter()) + 1;
                story.feedback.push(Feedback {
                    id: id(Timestamp(said), &mut chance),
                    at: Timestamp(said),
                    caller: entry.caller.clone(),
                    direction: entry.direction.clone(),
                    tool: entry.tool.clone(),
                    request: Some(entry.id),
                    rating: u8::try_from(rating).ok(),
                    comment: None,
                    sense: None,
                    less_contact: None,
                });
            }
            if chance.happens(0.006) && said <= self.until.0 {
                let incident = incident(entry, Timestamp(said), &mut chance);
                let taken = chance.around(60.0 * HOUR, 1.1) as i64;
                let closed = (!chance.happens(0.08)).then_some(Timestamp(said + taken));
                story
                    .incidents
                    .push((incident, closed.filter(|closed| *closed <= self.until)));
            }
        }
    }
}

fn incident(entry: &Entry, at: Timestamp, chance: &mut Chance) -> Incident {
    let weights = [0.12, 0.2, 0.5, 0.06, 0.12];
    Incident {
        id: id(at, chance),
        at,
        caller: entry.caller.clone(),
        tool: entry.tool.clone(),
        request: Some(entry.id),
        category: IncidentCategory::ALL[chance.weighted(weights.into_iter())],
        description: "Signalement de démonstration.".into(),
        excerpt: None,
    }
}

fn first_day(month: Month) -> Date {
    let (year, month) = (i16::try_from(month.year()), i8::try_from(month.month()));
    Date::new(year.unwrap_or(1), month.unwrap_or(1), 1).expect("the first of a month is a day")
}

/// Three hours of one working day in the second half of the story.
fn outage(first: Date, days: usize, chance: &mut Chance) -> std::ops::Range<i64> {
    let from = days / 2 + chance.below(days / 3);
    let mut on = (from..days).map(|at| first.saturating_add(Span::new().days(at as i64)));
    let day = on.find(|day| busy(*day) > 0.7).unwrap_or(first);
    let start = midnight(day).0 + (9.5 * HOUR) as i64;
    start..start + (3.0 * HOUR) as i64
}
