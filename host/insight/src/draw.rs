//! Draws from a seed: what a simulation needs to be random in and the same tomorrow.

/// SplitMix64 (Steele, Lea and Flood 2014): one word of state, and good enough for queues.
#[derive(Debug, Clone)]
pub struct Draw(u64);

/// One turn of SplitMix64's mixer; also a good hash of a number.
pub fn mix(word: u64) -> u64 {
    let mut z = word;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Draw {
    /// The same seed draws the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any word.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// From 0 to below 1.
    #[allow(clippy::cast_precision_loss)] // 53 bits are kept, as many as a fraction has
    pub fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0 to below `n`; 0 where `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        // Multiply and shift; the bias is below n / 2^64.
        u64::try_from((u128::from(self.word()) * u128::from(n)) >> 64).unwrap_or(0)
    }

    /// Exponential with this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (core::f64::consts::TAU * self.unit()).cos()
    }

    /// Poisson with this mean: by counting below 30, by the normal approximation above (off by less than its own spread).
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean <= 0.0 {
            return 0;
        }
        if mean > 30.0 {
            let drawn = (mean + mean.sqrt() * self.normal()).round().max(0.0);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative, and counts are small
            return drawn as u64;
        }
        let floor = (-mean).exp();
        let mut product = self.unit();
        let mut count = 0;
        while product > floor {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_mean_and_spread_that_they_are_named_for() {
        type Drawn = fn(&mut Draw) -> f64;
        let check = |name: &str, draw: Drawn, mean: f64, variance: f64| {
            let mut from = Draw::new(7);
            let drawn: Vec<f64> = (0..200_000).map(|_| draw(&mut from)).collect();
            let n = drawn.len() as f64;
            let found = drawn.iter().sum::<f64>() / n;
            let spread = drawn.iter().map(|x| (x - found).powi(2)).sum::<f64>() / n;
            assert!((found - mean).abs() < 0.02 * mean.max(1.0), "{name}: mean {found}");
            assert!((spread - variance).abs() < 0.03 * variance.max(1.0), "{name}: {spread}");
        };
        check("unit", |d| d.unit(), 0.5, 1.0 / 12.0);
        check("below", |d| d.below(10) as f64, 4.5, 8.25);
        check("exponential", |d| d.exponential(3.0), 3.0, 9.0);
        check("normal", |d| d.normal(), 0.0, 1.0);
        check("poisson, few", |d| d.poisson(2.5) as f64, 2.5, 2.5);
        check("poisson, many", |d| d.poisson(80.0) as f64, 80.0, 80.0);
    }
}
