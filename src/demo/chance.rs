//! Chance that can be had again: the same seed gives the same numbers on every machine.
//!
//! The generator is splitmix64 (Steele, Lea, Flood, 2014): 64 bits of state are plenty for a demonstration, and nothing
//! here guards a secret.

/// A source of numbers.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A source of its own for a purpose, so that one more draw here changes nothing there.
    pub(super) fn of(seed: u64, purpose: u64) -> Self {
        let mut chance = Self::new(seed ^ purpose.wrapping_mul(0xD1B5_4A32_D192_ED03));
        chance.next();
        chance
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to 1, 1 excluded.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From 0 to `end`, `end` excluded; 0 where there is nothing to choose from.
    pub(super) fn below(&mut self, end: usize) -> usize {
        ((self.unit() * end as f64) as usize).min(end.saturating_sub(1))
    }

    /// True with this probability.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// The position of a weight, each with a probability in proportion to it; the last where all are 0.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.unit() * weights.clone().sum::<f64>();
        let mut last = 0;
        for (at, weight) in weights.enumerate() {
            if left < weight {
                return at;
            }
            left -= weight;
            last = at;
        }
        last
    }

    /// Most around `median`; one in six beyond `median * exp(spread)`.
    pub(super) fn around(&mut self, median: f64, spread: f64) -> f64 {
        // Box and Muller's transform; 1 - unit is never 0.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * self.unit()).cos();
        median * (spread * normal).exp()
    }

    /// How often something happens that happens `mean` times on average, by itself (Poisson); at most 40 times.
    pub(super) fn times(&mut self, mean: f64) -> usize {
        let (end, mut product, mut times) = ((-mean).exp(), self.unit(), 0);
        while product > end && times < 40 {
            product *= self.unit();
            times += 1;
        }
        times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        // The published first outputs of splitmix64 for the seed 1234567.
        let mut chance = Chance::new(1_234_567);
        assert_eq!(
            [chance.next(), chance.next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
        assert_ne!(Chance::of(1, 1).next(), Chance::of(1, 2).next());
    }

    #[test]
    fn draws_are_as_likely_as_asked() {
        let mut chance = Chance::new(1);
        let n = 20_000;
        let mut seen = [0; 3];
        (0..n).for_each(|_| seen[chance.weighted([1.0, 0.0, 3.0].into_iter())] += 1);
        assert!(
            (seen[0] as f64 / f64::from(n) - 0.25).abs() < 0.02 && seen[1] == 0,
            "{seen:?}"
        );
        let mean = (0..n).map(|_| chance.times(1.5)).sum::<usize>() as f64 / f64::from(n);
        assert!((mean - 1.5).abs() < 0.05, "{mean}");
        let below = (0..n).filter(|_| chance.around(100.0, 0.7) < 100.0).count() as f64 / f64::from(n);
        assert!((below - 0.5).abs() < 0.02, "{below}");
        assert!((0..n).all(|_| chance.below(3) < 3) && chance.below(0) == 0);
    }
}
