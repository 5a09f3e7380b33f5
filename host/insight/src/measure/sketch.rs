//! Counts of times that merge: a day is the sum of its hours, a house the sum of its teams.
//!
//! A time is kept to eight significant binary digits, **rounded up**: nobody is shown faster than they were, and nobody
//! slower by more than 1/128. Times below 256 ms are exact. The keys of 0 ms to 10 years are at most 4 800, and those of a
//! desk's hour a few dozen. Integers only: two machines agree to the bit, and merging in any order gives the same.

use jackfield_protocol::Millis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many there were of each kept time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    counts: BTreeMap<Millis, u64>,
}

/// Significant binary digits of a kept time.
const DIGITS: u32 = 8;

/// The least number with eight significant binary digits that is not below `time`; times below zero count as none.
pub fn kept(time: Millis) -> Millis {
    let time = time.max(0);
    let length = Millis::BITS - time.leading_zeros();
    let spare = length.saturating_sub(DIGITS);
    let step = 1_i64 << spare;
    time.checked_add(step - 1).map_or(Millis::MAX, |up| up & !(step - 1))
}

impl Sketch {
    /// One more.
    pub fn add(&mut self, time: Millis) {
        *self.counts.entry(kept(time)).or_default() += 1;
    }

    /// All of another.
    pub fn merge(&mut self, other: &Self) {
        for (time, count) in &other.counts {
            *self.counts.entry(*time).or_default() += count;
        }
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Kept times and how many of each, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Millis, u64)> {
        self.counts.iter().map(|(time, count)| (*time, *count))
    }

    /// The least kept time that `percent` of them do not exceed; none of none.
    pub fn percentile(&self, percent: u64) -> Option<Millis> {
        let all = u128::from(self.count());
        let mut below = 0_u128;
        self.iter().find_map(|(time, count)| {
            below += u128::from(count);
            (below * 100 >= u128::from(percent) * all).then_some(time)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_time_is_kept_to_eight_digits_and_rounded_up() {
        let check = |time, expected| assert_eq!(kept(time), expected, "{time}");
        check(-5, 0);
        check(0, 0);
        check(255, 255);
        check(256, 256);
        check(257, 258);
        check(511, 512);
        check(512, 512);
        check(513, 516);
        check(3_600_000, 3_604_480);
        check(Millis::MAX, Millis::MAX);
    }

    proptest! {
        #[test]
        fn nobody_is_shown_faster_nor_slower_by_more_than_a_part_in_128(time in 0_i64..(1 << 45)) {
            let kept = kept(time);
            prop_assert!(kept >= time);
            prop_assert!((kept - time) * 128 <= time);
            prop_assert_eq!(super::kept(kept), kept);
        }

        #[test]
        fn any_way_of_merging_gives_the_same_and_percentiles_stay_within_the_bound(
            times in proptest::collection::vec(0_i64..100_000_000, 1..200), cut in 0_usize..200, percent in 1_u64..=100,
        ) {
            let sketch = |times: &[Millis]| {
                let mut sketch = Sketch::default();
                times.iter().for_each(|time| sketch.add(*time));
                sketch
            };
            let (left, right) = times.split_at(cut.min(times.len()));
            let mut merged = sketch(right);
            merged.merge(&sketch(left));
            prop_assert_eq!(&merged, &sketch(&times));
            let mut sorted = times.clone();
            sorted.sort_unstable();
            let rank = (sorted.len() * percent as usize).div_ceil(100).max(1);
            prop_assert_eq!(merged.percentile(percent), Some(kept(sorted[rank - 1])));
        }
    }
}
