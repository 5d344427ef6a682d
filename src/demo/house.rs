//! Who works in the demonstration: directions with their services, and numbered agents who are nobody.

use jiff::civil::Date;

use super::chance::Chance;
use crate::domain::{Identity, Pseudonym, Timestamp};
use crate::identity::Pseudonyms;

/// A direction or a service of it.
pub(super) struct Direction {
    pub(super) name: &'static str,
    pub(super) agents: usize,
    /// How keen its agents are to use AI, around 1.
    pub(super) keen: f64,
    /// How often protected data stands in what they write, around 1.
    pub(super) exposed: f64,
}

const fn direction(name: &'static str, agents: usize, keen: f64, exposed: f64) -> Direction {
    Direction {
        name,
        agents,
        keen,
        exposed,
    }
}

/// About four hundred agents. Some services are small, so that a reader sees what the threshold of five people does.
pub(super) const DIRECTIONS: [Direction; 20] = [
    direction("Direction générale", 14, 1.3, 0.5),
    direction("Solidarités / Aide sociale à l'enfance", 38, 0.8, 2.4),
    direction("Solidarités / Insertion et RSA", 34, 0.9, 2.0),
    direction("Solidarités / Autonomie", 40, 0.9, 2.0),
    direction("Solidarités / Protection maternelle et infantile", 22, 0.7, 2.2),
    direction("Routes et mobilités / Maison technique Nord", 28, 0.4, 0.4),
    direction("Routes et mobilités / Maison technique Sud", 26, 0.4, 0.4),
    direction("Routes et mobilités / Études", 12, 1.0, 0.3),
    direction("Collèges et jeunesse", 42, 0.6, 1.2),
    direction("Culture et patrimoine / Archives départementales", 12, 0.9, 0.8),
    direction("Culture et patrimoine / Médiathèque départementale", 11, 1.1, 0.5),
    direction("Culture et patrimoine / Musée", 4, 0.8, 0.5),
    direction("Finances et commande publique / Budget", 16, 1.0, 0.6),
    direction("Finances et commande publique / Marchés publics", 14, 1.4, 0.6),
    direction("Ressources humaines", 24, 1.1, 1.8),
    direction("Numérique", 20, 1.9, 0.8),
    direction("Environnement et eau", 18, 0.9, 0.4),
    direction("Communication", 9, 2.0, 0.4),
    direction("Affaires juridiques", 8, 1.2, 0.9),
    direction("Cabinet", 3, 1.5, 0.5),
];

/// Agents of each direction.
pub(super) fn headcount() -> Vec<(String, i64)> {
    let counted = DIRECTIONS
        .iter()
        .map(|d| (d.name.to_owned(), i64::try_from(d.agents).unwrap_or(i64::MAX)));
    counted.collect()
}

/// Somebody who does not exist.
pub(super) struct Agent {
    identity: Identity,
    pub(super) direction: &'static Direction,
    /// First day of use; none for who never comes.
    pub(super) since: Option<Date>,
    /// Requests on a busy day, once used to it.
    pub(super) pace: f64,
    /// Uses of Gemini inside Workspace on a busy day.
    pub(super) workspace: f64,
    /// When the charter was accepted, in milliseconds before the first request; none: only after a refusal.
    pub(super) accepted: Option<i64>,
}

impl Agent {
    /// The pseudonym the ledger knows at an instant.
    pub(super) fn pseudonym(&self, pseudonyms: &Pseudonyms, at: Timestamp) -> Pseudonym {
        pseudonyms.at(&self.identity, at)
    }

    /// The pseudonym under which the charter is accepted, which outlives years.
    pub(super) fn acceptor(&self, pseudonyms: &Pseudonyms) -> Pseudonym {
        pseudonyms.of(&self.identity)
    }
}

/// The agents, whose first days spread from `first` over the `days` that follow, more in the first half.
pub(super) fn agents(seed: u64, first: Date, days: usize) -> Vec<Agent> {
    let mut chance = Chance::of(seed, 1);
    let everybody = DIRECTIONS.iter().flat_map(|d| std::iter::repeat_n(d, d.agents));
    let agents = everybody.enumerate().map(|(at, direction)| {
        let comes = chance.happens((0.62 * direction.keen.sqrt()).min(0.95));
        // Some are there from the first day: the gateway was not born with the report.
        let late = (chance.unit().powf(1.4) - 0.25).max(0.0) / 0.75;
        let since = first.saturating_add(jiff::Span::new().days((late * days as f64) as i64));
        Agent {
            identity: Identity::new(format!("agent-{:03}@demonstration.invalid", at + 1)),
            direction,
            since: comes.then_some(since),
            pace: (chance.around(0.85, 0.8) * direction.keen.sqrt()).min(9.0),
            workspace: if chance.happens(0.55) {
                chance.around(0.35, 0.9).min(3.0)
            } else {
                0.0
            },
            accepted: chance
                .happens(0.93)
                .then(|| 60_000 + (chance.unit() * 1_800_000.0) as i64),
        }
    });
    agents.collect()
}
