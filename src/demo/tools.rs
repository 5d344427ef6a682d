//! What is used in the demonstration: the tools of the policy in force, and a few that a département might have.

use jiff::civil::Date;

use super::{chance::Chance, house::Direction};
use crate::detector::Class;
use crate::footprint::Estimate;
use crate::office::ToolLine;
use crate::policy::{Action, Policy, Rate, Speech, Status, Tool};

/// Models that a policy may name by a beginning, with their share of the requests.
const KNOWN_MODELS: [(&str, f64); 8] = [
    ("gemini-2.5-flash", 6.0),
    ("gemini-2.5-flash-lite", 2.0),
    ("gemini-2.5-pro", 2.0),
    ("mistral-small-latest", 3.0),
    ("mistral-large-latest", 2.0),
    ("gpt-4o-mini", 3.0),
    ("gpt-4o", 2.0),
    ("claude-sonnet-4-5", 2.0),
];

/// A tool as its users meet it.
pub(super) struct Used {
    pub(super) id: String,
    pub(super) level: u8,
    pub(super) dialect: &'static str,
    pub(super) models: Vec<Model>,
    /// By class, in the order of [`Class::ALL`].
    pub(super) actions: [Action; 6],
    pub(super) observe: bool,
    /// Tokens of an answer, at most.
    pub(super) most_output: Option<u64>,
    /// Beginnings of the directions that may use it; none is everyone.
    open_to: Option<Vec<String>>,
    weight: f64,
    /// First day it is used.
    since: Date,
}

/// A model of a tool.
pub(super) struct Model {
    pub(super) name: String,
    weight: f64,
    pub(super) estimate: Option<Estimate>,
    price: Price,
}

enum Price {
    /// What the policy says of this backend.
    Of(String),
    Fixed(Rate),
    Unknown,
}

impl Model {
    /// What so many tokens cost in euros; none where nobody knows.
    pub(super) fn cost(&self, policy: &Policy, day: Date, input: u64, output: u64) -> Option<f64> {
        let rate = match &self.price {
            Price::Of(backend) => policy.price(backend, &self.name, day)?.rate,
            Price::Fixed(rate) => *rate,
            Price::Unknown => return None,
        };
        Some(rate.cost(input, output))
    }
}

impl Used {
    /// How much an agent of this direction is drawn to it on this day; 0 where they may not use it.
    fn draw(&self, direction: &Direction, day: Date) -> f64 {
        let open = self
            .open_to
            .as_ref()
            .is_none_or(|all| all.iter().any(|open| direction.name.starts_with(open.as_str())));
        if open && day >= self.since { self.weight } else { 0.0 }
    }

    pub(super) fn model(&self, chance: &mut Chance) -> &Model {
        &self.models[chance.weighted(self.models.iter().map(|model| model.weight))]
    }
}

/// For people.
fn name(id: &str) -> String {
    let name = match id {
        "demo-comptes-rendus" => "Comptes rendus",
        "demo-marches" => "Marchés publics",
        "demo-courrier" => "Courrier",
        other => other,
    };
    format!("{name} (démonstration)")
}

/// Lines of the committee's list for the tools that only the demonstration has.
pub(super) fn lines(tools: &[Used]) -> Vec<ToolLine> {
    let made_up = tools.iter().filter(|tool| tool.id.starts_with("demo-"));
    let lines = made_up.enumerate().map(|(at, tool)| {
        let decided = tool.since.saturating_sub(jiff::Span::new().days(9));
        ToolLine {
            id: tool.id.clone(),
            name: name(&tool.id),
            level: tool.level.into(),
            status: Status::Validated.name(),
            decision_reference: Some(format!("DEMO-{}", at + 1)),
            decision_date: Some(decided.to_string()),
            // The one of level 2 is overdue, so that a reader sees how that is told.
            review_before: {
                let days = if tool.level == 2 { 120 } else { 730 };
                Some(decided.saturating_add(jiff::Span::new().days(days)).to_string())
            },
            impact_assessment: (tool.level == 3).then(|| "AIPD-DEMO".into()),
            training: (tool.level == 3).then(|| "ia-demonstration".into()),
            proposed_on: Some(decided.saturating_sub(jiff::Span::new().days(60)).to_string()),
            ..ToolLine::default()
        }
    });
    lines.collect()
}

/// One of the tools that an agent of this direction may use on this day; none where there is none.
pub(super) fn choose<'u>(tools: &'u [Used], direction: &Direction, day: Date, chance: &mut Chance) -> Option<&'u Used> {
    let draws = tools.iter().map(|tool| tool.draw(direction, day));
    (draws.clone().sum::<f64>() > 0.0).then(|| &tools[chance.weighted(draws)])
}

/// Every tool of the demonstration, over the `days` from `first`.
pub(super) fn tools(policy: &Policy, first: Date, days: usize) -> Vec<Used> {
    let served = policy
        .tools()
        .iter()
        .filter(|tool| tool.status.is_served() && tool.routed);
    let mut tools: Vec<_> = served.map(|tool| of_policy(policy, tool, first)).collect();
    let later = |share: f64| first.saturating_add(jiff::Span::new().days((share * days as f64) as i64));
    let masked = |accepted: &[Class]| {
        Class::ALL.map(|class| match class {
            _ if accepted.contains(&class) => Action::Pass,
            Class::Personal => Action::Mask,
            _ => Action::Block,
        })
    };
    let made_up = |id: &str, level, model: Model, actions, open_to: &[&str], weight, since| Used {
        id: id.to_owned(),
        level,
        dialect: Speech::Openai.name(),
        models: vec![model],
        actions,
        observe: false,
        most_output: Some(4096),
        open_to: Some(open_to.iter().map(|&name| name.to_owned()).collect()),
        weight,
        since,
    };
    let rate = |input, output| Price::Fixed(Rate { input, output });
    tools.push(made_up(
        "demo-comptes-rendus",
        3,
        model("mistral-large-latest", Some(("mistralai", "FRA")), rate(1.8, 5.4)),
        masked(&[Class::Personal]),
        &["Solidarités"],
        0.9,
        later(0.55),
    ));
    tools.push(made_up(
        "demo-marches",
        3,
        model("mistral-small-latest", Some(("mistralai", "FRA")), rate(0.1, 0.3)),
        masked(&[]),
        &["Finances et commande publique"],
        0.8,
        later(0.2),
    ));
    // An editor's model that nobody outside knows: its footprint and its price stay unknown.
    tools.push(made_up(
        "demo-courrier",
        2,
        model("modele-editeur", None, Price::Unknown),
        masked(&[]),
        &["Ressources humaines", "Direction générale", "Collèges"],
        0.4,
        first,
    ));
    tools
}

fn model(name: &str, zone: Option<(&str, &str)>, price: Price) -> Model {
    Model {
        name: name.to_owned(),
        weight: 1.0,
        estimate: zone.and_then(|(provider, zone)| Estimate::new(provider, name, Some(zone)).ok()),
        price,
    }
}

fn of_policy(policy: &Policy, tool: &Tool, first: Date) -> Used {
    let backend = policy
        .backends()
        .iter()
        .find(|backend| tool.backends.first() == Some(&backend.id));
    let simulated = backend.is_some_and(|backend| backend.dialect == Speech::Simulated);
    let known = KNOWN_MODELS.iter().filter(|(name, _)| tool.has_model(name));
    let mut models: Vec<_> = known.map(|&(name, weight)| (name.to_owned(), weight)).collect();
    if models.is_empty() {
        let bare = |pattern: &String| pattern.trim_end_matches(['*', '-']).to_owned();
        models.extend(tool.models.iter().map(|pattern| (bare(pattern), 1.0)));
    }
    let models = models.into_iter().map(|(name, weight)| {
        let zone = backend.and_then(|backend| backend.footprint.as_ref());
        let price = backend.map_or(Price::Unknown, |backend| Price::Of(backend.id.clone()));
        let zone = zone.map(|known| (known.provider.as_str(), known.zone.as_str()));
        Model {
            weight,
            ..model(&name, zone, price)
        }
    });
    let everyone = tool.groups.iter().any(|group| group == "*");
    let directions = policy.groups().iter().filter(|group| tool.groups.contains(&group.id));
    Used {
        id: tool.id.clone(),
        level: tool.level,
        dialect: match backend.map(|backend| backend.dialect) {
            Some(speech @ (Speech::Gemini | Speech::Anthropic)) => speech.name(),
            _ => Speech::Openai.name(),
        },
        models: models.collect(),
        actions: Class::ALL.map(|class| tool.action(class)),
        observe: tool.observe,
        most_output: tool.limits.max_output_tokens,
        open_to: (!everyone).then(|| directions.filter_map(|group| group.direction.clone()).collect()),
        weight: if simulated { 0.05 } else { 1.0 },
        since: tool.valid_from.map_or(first, |from| from.max(first)),
    }
}
