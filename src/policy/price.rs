//! What tokens cost in euros, by backend, model and day.

use jiff::civil::Date;

use super::Policy;

/// What a backend charges for a model, for a time.
#[derive(Clone, Debug)]
pub struct Price {
    /// Id of the backend.
    pub backend: String,
    /// Name of the model, or a beginning that ends with `*`.
    pub model: String,
    /// How much.
    pub rate: Rate,
    /// First day; none is ever since.
    pub from: Option<Date>,
    /// Last day; none is until further notice.
    pub until: Option<Date>,
}

/// EUR per million tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Of the prompt.
    pub input: f64,
    /// Of the answer, thinking included.
    pub output: f64,
}

impl Rate {
    /// What so many tokens cost, in euros.
    pub fn cost(&self, input_tokens: u64, output_tokens: u64) -> f64 {
        (input_tokens as f64 * self.input + output_tokens as f64 * self.output) / 1e6
    }
}

impl Price {
    /// How much of the model's name its pattern says, exact names before all; none where it is another model's.
    fn closeness(&self, model: &str) -> Option<usize> {
        match self.model.strip_suffix('*') {
            Some(beginning) => model.starts_with(beginning).then_some(beginning.len()),
            None => (self.model == model).then_some(usize::MAX),
        }
    }

    fn holds_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

impl Policy {
    /// What a model costs at a backend on a day in France: of the prices that hold on that day, the one with the longest
    /// pattern. None is unknown, not free.
    pub fn price(&self, backend: &str, model: &str, day: Date) -> Option<&Price> {
        let model = model.strip_prefix("models/").unwrap_or(model);
        let held = self
            .prices
            .iter()
            .filter(|price| price.backend == backend && price.holds_on(day));
        held.filter_map(|price| Some((price.closeness(model)?, price)))
            .max_by_key(|(closeness, _)| *closeness)
            .map(|(_, price)| price)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{shipped, today};
    use super::*;

    #[test]
    fn the_longest_pattern_that_holds_on_the_day_is_the_price() {
        let source = shipped()
            + r#"
[[price]]
backend = "gemini"
model = "gemini-*"
input = 1
output = 2
[[price]]
backend = "gemini"
model = "gemini-2.5-*"
input = 3
output = 4.5
until = 2026-12-31
[[price]]
backend = "gemini"
model = "gemini-2.5-*"
input = 5
output = 6
from = 2027-01-01
[[price]]
backend = "gemini"
model = "gemini-2.5-flash"
input = 0.27
output = 2.25
from = 2026-03-01
until = 2026-03-31
"#;
        let policy = Policy::read(&source, "policy.toml", today()).unwrap_or_else(|error| panic!("{error}"));
        for (backend, model, day, expected) in [
            ("gemini", "gemini-2.5-flash", "2026-02-28", Some(3.0)),
            ("gemini", "gemini-2.5-flash", "2026-03-01", Some(0.27)),
            ("gemini", "models/gemini-2.5-flash", "2026-03-31", Some(0.27)),
            ("gemini", "gemini-2.5-flash", "2026-04-01", Some(3.0)),
            ("gemini", "gemini-2.5-flash-lite", "2026-03-15", Some(3.0)),
            ("gemini", "gemini-2.5-pro", "2026-12-31", Some(3.0)),
            ("gemini", "gemini-2.5-pro", "2027-01-01", Some(5.0)),
            ("gemini", "gemini-3-pro", "2020-01-01", Some(1.0)),
            ("gemini", "gpt-5", "2026-03-15", None),
            ("simulateur", "gemini-2.5-pro", "2026-03-15", None),
        ] {
            let found = policy.price(backend, model, day.parse().expect("a day"));
            assert_eq!(found.map(|price| price.rate.input), expected, "{model} on {day}");
        }
        let price = policy.price("gemini", "gemini-2.5-flash", "2026-03-15".parse().expect("a day"));
        assert!((price.expect("a price").rate.cost(1_000_000, 2_000_000) - 4.77).abs() < 1e-12);
    }
}
