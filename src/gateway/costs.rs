//! What an answer costs, in electricity, emissions and euros, for the model that was asked for at the backend that
//! answered. What is not known is nothing, never zero.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::dialect::Yields;
use crate::domain::{Meter, Settlement, Timestamp, Tokens};
use crate::footprint::{self, Estimate, Impacts, Range};
use crate::policy::{Backend, Policy, Rate, civil};

/// How the answer to one request is reckoned.
#[derive(Debug)]
pub(super) struct Costs {
    estimate: Option<Estimate>,
    rate: Option<Rate>,
    yields: Yields,
    /// When the request was sent to the backend that answered.
    sent: Instant,
    /// When its last byte came, where that is long before the last of ours.
    ended: OnceLock<Instant>,
}

impl Costs {
    /// By the policy's prices of the day on which the request came.
    pub(super) fn new(
        policy: &Policy,
        backend: &Backend,
        model: &str,
        yields: Yields,
        at: Timestamp,
        sent: Instant,
    ) -> Arc<Self> {
        let zone = backend.footprint.as_ref().filter(|_| yields == Yields::Text);
        // A model that the tables do not have was told when the policy was loaded, and its figures stay unknown.
        let estimate = zone.and_then(|known| Estimate::new(&known.provider, model, Some(&known.zone)).ok());
        let rate = match yields {
            Yields::Text | Yields::Vectors => policy.price(&backend.id, model, civil(at)).map(|price| price.rate),
            Yields::Count | Yields::Models | Yields::Files => None,
        };
        Arc::new(Self {
            estimate,
            rate,
            yields,
            sent,
            ended: OnceLock::new(),
        })
    }

    /// The last byte of the backend has come.
    pub(super) fn end(&self) {
        self.ended.get_or_init(Instant::now);
    }

    /// What tells the caller, where there is something to tell.
    pub(super) fn meter(self: &Arc<Self>) -> Option<Arc<dyn Meter>> {
        self.estimate.is_some().then(|| Arc::clone(self) as Arc<dyn Meter>)
    }

    /// Writes down what an answer of so many tokens costs. `shown` is whether anything of it was seen.
    pub(super) fn settle(&self, tokens: &Tokens, shown: bool, settlement: &mut Settlement) {
        // An answer of which nothing was seen and nothing told is not one of no tokens.
        let output = tokens.output.filter(|_| shown);
        if let Some(impacts) = output.and_then(|output| self.impacts(output)) {
            settlement.energy_kwh = Some((impacts.energy_kwh.min, impacts.energy_kwh.max));
            settlement.co2e_kg = Some((impacts.co2e_kg.min, impacts.co2e_kg.max));
            settlement.footprint_version = Some(footprint::VERSION.to_owned());
        }
        let answered = if self.yields == Yields::Vectors {
            Some(0)
        } else {
            output
        };
        settlement.cost_eur = match (self.rate, tokens.input, answered) {
            (Some(rate), Some(input), Some(output)) => Some(rate.cost(input, output)),
            _ => None,
        };
    }

    fn impacts(&self, output: u64) -> Option<Impacts> {
        let ended = self.ended.get().copied().unwrap_or_else(Instant::now);
        let latency = ended.duration_since(self.sent).as_secs_f64();
        Some(self.estimate?.impacts(output, latency))
    }
}

impl Meter for Costs {
    /// `impacts` has one number for each, the most of its range, for programs that show one; `carbon` has both ends.
    fn members(&self, tokens: &Tokens) -> Option<String> {
        let Impacts {
            energy_kwh, co2e_kg, ..
        } = self.impacts(tokens.output?)?;
        let number = |value: f64| serde_json::Value::from(value).to_string();
        let range = |range: Range| format!(r#"{{"min":{},"max":{}}}"#, number(range.min), number(range.max));
        Some(format!(
            r#""impacts":{{"kWh":{},"kgCO2eq":{}}},"carbon":{{"kWh":{},"kgCO2eq":{}}}"#,
            number(energy_kwh.max),
            number(co2e_kg.max),
            range(energy_kwh),
            range(co2e_kg)
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::Outcome;

    fn costs(model: &str, rate: Option<Rate>, yields: Yields) -> Arc<Costs> {
        let sent = Instant::now();
        let ended = OnceLock::from(sent + Duration::from_secs(6));
        let estimate = Estimate::new("google_genai", model, None)
            .ok()
            .filter(|_| yields == Yields::Text);
        Arc::new(Costs {
            estimate,
            rate,
            yields,
            sent,
            ended,
        })
    }

    fn settled(costs: &Costs, input: Option<u64>, output: Option<u64>, shown: bool) -> Settlement {
        let tokens = Tokens {
            input,
            output,
            estimated: false,
        };
        let mut settlement = Settlement::bare(Outcome::Completed, 200);
        costs.settle(&tokens, shown, &mut settlement);
        settlement
    }

    const RATE: Rate = Rate {
        input: 0.27,
        output: 2.25,
    };

    #[test]
    fn a_known_model_has_the_figures_of_the_golden_vector() {
        let settlement = settled(
            &costs("gemini-2.5-flash", Some(RATE), Yields::Text),
            Some(1_000),
            Some(400),
            true,
        );
        let (least, most) = settlement.energy_kwh.expect("known");
        assert!((least - 0.0005256354436700255).abs() < 1e-15 && (most - 0.0008751917959777482).abs() < 1e-15);
        assert_eq!(settlement.footprint_version.as_deref(), Some("ecologits-0.11.3"));
        assert!((settlement.cost_eur.expect("known") - 0.001_17).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_known_is_nothing() {
        let flash = |rate| costs("gemini-2.5-flash", rate, Yields::Text);
        for (costs, input, output, shown, footprint, cost) in [
            (flash(Some(RATE)), Some(1), Some(1), true, true, true),
            (flash(None), Some(1), Some(1), true, true, false),
            (flash(Some(RATE)), None, Some(1), true, true, false),
            (flash(Some(RATE)), Some(1), None, true, false, false),
            (flash(Some(RATE)), Some(1), Some(0), false, false, false),
            (
                costs("gemini-9", Some(RATE), Yields::Text),
                Some(1),
                Some(1),
                true,
                false,
                true,
            ),
            (
                costs("gemini-2.5-flash", Some(RATE), Yields::Vectors),
                Some(1),
                None,
                true,
                false,
                true,
            ),
        ] {
            let settlement = settled(&costs, input, output, shown);
            let found = (settlement.energy_kwh.is_some(), settlement.cost_eur.is_some());
            assert_eq!(found, (footprint, cost), "{costs:?} {input:?} {output:?}");
            assert_eq!(settlement.co2e_kg.is_some(), footprint);
            assert_eq!(settlement.footprint_version.is_some(), footprint);
            assert_eq!(costs.meter().is_some(), costs.estimate.is_some());
        }
    }

    #[test]
    fn a_program_reads_the_most_and_both_ends() {
        let tokens = Tokens {
            output: Some(400),
            ..Tokens::default()
        };
        let members = costs("gemini-2.5-flash", None, Yields::Text)
            .members(&tokens)
            .expect("known");
        let told: serde_json::Value = serde_json::from_str(&format!("{{{members}}}")).expect("JSON");
        assert_eq!(told["impacts"]["kWh"], told["carbon"]["kWh"]["max"]);
        assert_eq!(told["impacts"]["kgCO2eq"], told["carbon"]["kgCO2eq"]["max"]);
        assert!(told["carbon"]["kgCO2eq"]["min"].as_f64() < told["carbon"]["kgCO2eq"]["max"].as_f64());
    }
}
