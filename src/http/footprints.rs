//! What an answer of a tool costs the planet, as the list shows it: a range over the models that the tool may ask, by
//! the tables of EcoLogits, or nothing where one of them is not there.

use crate::footprint::{self, Estimate, Range};
use crate::policy::{Policy, Tool};

/// Tokens of the answer that is reckoned: EcoLogits' "small conversation", about three hundred words.
pub(super) const ANSWER: u64 = 400;

/// A range over models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Footprint {
    pub(super) energy_kwh: Range,
    pub(super) co2e_kg: Range,
}

/// Of one answer of [`ANSWER`] tokens; none where it is not known, which is never zero.
pub(super) fn of(policy: &Policy, tool: &Tool) -> Option<Footprint> {
    let mut whole: Option<Footprint> = None;
    for id in &tool.backends {
        let backend = policy.backends().iter().find(|backend| backend.id == *id)?;
        let zone = backend.footprint.as_ref()?;
        for pattern in &tool.models {
            let mut some = false;
            for model in footprint::models(&zone.provider, pattern) {
                let estimate = Estimate::new(&zone.provider, model, Some(&zone.zone)).ok()?;
                // Nobody measured how long it took: EcoLogits then counts by tokens alone.
                let impacts = estimate.impacts(ANSWER, f64::INFINITY);
                let one = Footprint {
                    energy_kwh: impacts.energy_kwh,
                    co2e_kg: impacts.co2e_kg,
                };
                whole = Some(whole.map_or(one, |whole| whole.and(one)));
                some = true;
            }
            if !some {
                return None;
            }
        }
    }
    whole
}

impl Footprint {
    fn and(self, other: Self) -> Self {
        let wider = |one: Range, other: Range| Range {
            min: one.min.min(other.min),
            max: one.max.max(other.max),
        };
        Self {
            energy_kwh: wider(self.energy_kwh, other.energy_kwh),
            co2e_kg: wider(self.co2e_kg, other.co2e_kg),
        }
    }

    /// For people: `0,08 à 2,4 Wh d'électricité, 0,03 à 1,2 g de CO₂e`.
    pub(super) fn words(&self) -> String {
        let range = |range: Range, unit: &str| {
            let (least, most) = (figure(range.min * 1000.0), figure(range.max * 1000.0));
            if least == most {
                format!("{least} {unit}")
            } else {
                format!("{least} à {most} {unit}")
            }
        };
        format!(
            "{}, {}",
            range(self.energy_kwh, "Wh d'électricité"),
            range(self.co2e_kg, "g de CO₂e")
        )
    }
}

/// Two digits that count, with a comma.
fn figure(value: f64) -> String {
    let digits = if value > 0.0 { 1.0 - value.log10().floor() } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 9")]
    let digits = digits.clamp(0.0, 9.0) as usize;
    format!("{value:.digits$}").replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_show_what_counts() {
        for (value, words) in [
            (0.001234, "0,0012"),
            (0.5, "0,50"),
            (2.44, "2,4"),
            (24.4, "24"),
            (0.0, "0"),
        ] {
            assert_eq!(figure(value), words);
        }
    }
}
