//! The surge bench: how many more people have to be able to help than are needed on an ordinary day.
//!
//! A common rule is to train 30 % more than are needed. Here the peaks say it: the bench is the smallest number of people
//! with whom all but a stated share of days keep their promise, reckoned from the days that there were, beside the rule.

use serde::{Deserialize, Serialize};

/// What the peaks ask for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    /// People needed on the middle day.
    pub ordinary: u32,
    /// People needed on a day of the stated quantile.
    pub surge: u32,
    /// The difference: who has to be able to help.
    pub bench: u32,
    /// What the flat rule would have trained.
    pub flat: u32,
    /// Share of days that the bench covers.
    pub covered: f64,
    /// Share of days that the flat rule covers.
    pub covered_flat: f64,
}

/// The flat rule.
pub const FLAT: f64 = 0.30;

/// From the people that each day needed (by the simulation of that day, or by Erlang) to a bench that covers the share
/// `covers` of days. None of no days, or a share that is none.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)] // counts of people and days
pub fn bench(needed: &[u32], covers: f64) -> Option<Bench> {
    if !(0.0..=1.0).contains(&covers) {
        return None;
    }
    let mut sorted = needed.to_vec();
    sorted.sort_unstable();
    let quantile = |q: f64| {
        let rank = (q * sorted.len() as f64 - 1e-9).ceil().max(1.0) as usize;
        sorted.get(rank - 1).copied()
    };
    let (ordinary, surge) = (quantile(0.5)?, quantile(covers)?.max(quantile(0.5)?));
    let flat = (f64::from(ordinary) * FLAT).ceil() as u32;
    let covered = |people: u32| sorted.partition_point(|day| *day <= people) as f64 / sorted.len() as f64;
    Some(Bench {
        ordinary,
        surge,
        bench: surge - ordinary,
        flat,
        covered: covered(surge),
        covered_flat: covered(ordinary + flat),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn calm_days_need_less_than_the_rule_and_erratic_ones_more() {
        let calm: Vec<u32> = (0..100).map(|day| 20 + day % 3).collect();
        let found = bench(&calm, 0.95).unwrap();
        assert_eq!((found.ordinary, found.bench, found.flat), (21, 1, 7));
        let erratic: Vec<u32> = (0..100).map(|day| if day % 10 == 0 { 60 } else { 20 }).collect();
        let found = bench(&erratic, 0.95).unwrap();
        assert_eq!((found.ordinary, found.bench, found.flat), (20, 40, 6));
        assert!(found.covered_flat < 0.91 && found.covered > 0.99);
        assert_eq!(bench(&[], 0.95), None);
        assert_eq!(bench(&[1], 1.5), None);
    }

    proptest! {
        #[test]
        fn the_bench_covers_what_it_says_and_no_smaller_one_does(
            needed in proptest::collection::vec(1_u32..200, 1..100), covers in 0.5_f64..=1.0,
        ) {
            let found = bench(&needed, covers).unwrap();
            let covered = |people: u32| needed.iter().filter(|day| **day <= people).count() as f64 / needed.len() as f64;
            prop_assert!(found.covered >= covers - 1e-9);
            if found.bench > 0 {
                prop_assert!(covered(found.surge - 1) < covers);
            }
        }
    }
}
