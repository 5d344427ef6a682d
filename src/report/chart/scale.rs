//! The scale of a chart: where it ends, in round steps, and the figures beside its marks.

use crate::report::french;

/// A step of 1, 2 or 5 times a power of ten, of which `parts` or fewer reach `most`.
fn step(most: f64, parts: f64) -> f64 {
    let rough = most / parts;
    let power = 10_f64.powf(rough.log10().floor());
    let times = rough / power;
    let times = [1.0, 2.0, 5.0].into_iter().find(|&t| times <= t + 1e-9).unwrap_or(10.0);
    times * power
}

/// The scale of values: where it ends, and its marks.
pub(super) struct Scale {
    pub(super) top: f64,
    step: f64,
}

impl Scale {
    pub(super) fn of(most: f64, whole: bool) -> Self {
        let most = if most > 0.0 { most } else { 1.0 };
        let mut step = step(most, 5.0);
        if whole {
            step = step.max(1.0);
        }
        Self {
            top: (most / step - 1e-9).ceil() * step,
            step,
        }
    }

    pub(super) fn marks(&self) -> impl Iterator<Item = f64> {
        let count = (self.top / self.step).round();
        let step = self.step;
        (0..)
            .map(f64::from)
            .take_while(move |at| *at <= count)
            .map(move |at| at * step)
    }

    pub(super) fn label(&self, value: f64) -> String {
        let decimals = (-self.step.log10().floor()).max(0.0);
        french::digits(&format!("{value:.*}", decimals as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_ends_at_or_above_what_it_shows_in_round_steps() {
        for (most, top, step) in [
            (7.0, 8.0, 2.0),
            (100.0, 100.0, 20.0),
            (0.03, 0.03, 0.01),
            (1.0, 1.0, 1.0),
            (0.0, 1.0, 1.0),
        ] {
            let scale = Scale::of(most, most >= 1.0 || most == 0.0);
            assert!(
                (scale.top - top).abs() < 1e-9 && (scale.step - step).abs() < 1e-9,
                "{most}: {} {}",
                scale.top,
                scale.step
            );
        }
    }
}
