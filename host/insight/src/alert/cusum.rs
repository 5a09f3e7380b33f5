//! Slow growth (Page 1954): differences too small for any threshold, which keep to one side.

use serde::{Deserialize, Serialize};

/// The running sum. Values are in units of their own spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cusum {
    slack: f64,
    limit: f64,
    sum: f64,
    count: usize,
    since: usize,
}

impl Cusum {
    /// Half a spread of slack and a limit of five: a rise of one spread is found after about ten values, and one false
    /// alarm comes in some 930 values without any (Siegmund's approximation; seen in the test).
    pub const SLOW: Self = Self::new(0.5, 5.0);

    /// What is forgiven each time, and where the alarm is.
    pub const fn new(slack: f64, limit: f64) -> Self {
        Self {
            slack,
            limit,
            sum: 0.0,
            count: 0,
            since: 0,
        }
    }

    /// One more value; whether the sum is over the limit. One outlier counts as one: no more than two spreads of slack and
    /// limit are taken of a single value, so that it takes two values at least.
    pub fn add(&mut self, value: f64) -> bool {
        let most = self.slack + 0.6 * self.limit;
        let value = if value.is_finite() { value.min(most) } else { self.slack };
        self.sum = (self.sum + value - self.slack).clamp(0.0, 2.0 * self.limit);
        self.count += 1;
        if self.sum == 0.0 {
            self.since = self.count;
        }
        self.sum > self.limit
    }

    /// The number of the value with which the growth began that goes on now.
    pub fn since(&self) -> usize {
        self.since
    }

    /// The sum.
    pub fn sum(&self) -> f64 {
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;

    /// After how many values the alarm comes, on the mean of many runs.
    fn delay(rise: f64) -> f64 {
        let runs = 400;
        let mut draw = Draw::new(11);
        let one = |_| {
            let mut cusum = Cusum::SLOW;
            (1..100_000).find(|_| cusum.add(rise + draw.normal())).unwrap() as f64
        };
        (0..runs).map(one).sum::<f64>() / f64::from(runs)
    }

    #[test]
    fn a_rise_of_one_spread_is_found_in_ten_values_and_none_rarely() {
        let (none, one, two) = (delay(0.0), delay(1.0), delay(2.0));
        assert!((700.0..1_300.0).contains(&none), "false alarm after {none}");
        assert!((8.0..13.0).contains(&one), "one spread after {one}");
        assert!(two < 5.5, "two spreads after {two}");
    }

    #[test]
    fn one_outlier_is_no_growth() {
        let mut cusum = Cusum::SLOW;
        assert!(!cusum.add(1_000.0));
        assert!(!cusum.add(0.0));
        assert_eq!(cusum.since(), 0);
        (0..10).for_each(|_| assert!(!cusum.add(0.0)));
        assert_eq!((cusum.sum(), cusum.since()), (0.0, 12));
    }
}
