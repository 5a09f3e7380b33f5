//! How long people wait, with those who still wait in it (Kaplan and Meier 1958).
//!
//! Whoever has no answer yet has waited at least so long; to leave them out would make a slow desk look fast. The band is
//! pointwise, 95 %, on the log-log scale (Kalbfleisch and Prentice), which never leaves 0 to 1. Of a wait that ends and a
//! wait that is still open at the same time, the one that ended comes first.

use super::sketch::Sketch;
use jackfield_protocol::Millis;
use serde::{Deserialize, Serialize};

/// The quantile of the normal distribution for 95 % on both sides.
pub const Z95: f64 = 1.959_963_984_540_054;

/// Waits: those that ended, and those that were still open when somebody looked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// Ended after so long.
    pub ended: Sketch,
    /// Still open after so long.
    pub open: Sketch,
}

/// The share that still waits from this time on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The time at which waits ended.
    pub at: Millis,
    /// How many were waiting just before.
    pub waiting: u64,
    /// How many waits ended here.
    pub ended: u64,
    /// The share that waits longer than this.
    pub share: f64,
    /// Its band.
    pub band: (f64, f64),
}

impl Waits {
    /// All of another.
    pub fn merge(&mut self, other: &Self) {
        self.ended.merge(&other.ended);
        self.open.merge(&other.open);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.ended.count() + self.open.count()
    }

    /// The curve: one step for each time at which waits ended. Before the first, everybody waits.
    #[allow(clippy::cast_precision_loss)] // counts of messages
    pub fn curve(&self) -> Vec<Step> {
        let mut left = self.count();
        let mut open = self.open.iter().peekable();
        let (mut share, mut variance) = (1.0, 0.0);
        let mut steps = Vec::new();
        for (at, ended) in self.ended.iter() {
            while let Some((_, count)) = open.next_if(|(time, _)| *time < at) {
                left -= count.min(left);
            }
            let (n, d) = (left as f64, ended as f64);
            share *= 1.0 - d / n;
            variance += if ended < left { d / (n * (n - d)) } else { 0.0 };
            if ended >= left {
                share = 0.0;
            }
            steps.push(Step {
                at,
                waiting: left,
                ended,
                share,
                band: band(share, variance),
            });
            left -= ended.min(left);
        }
        steps
    }

    /// The time within which this share of all waits ends, those still open included; none where the curve does not come
    /// so far down: it is not known yet.
    pub fn within(&self, share: f64) -> Option<Millis> {
        let rest = 1.0 - share + 1e-12;
        self.curve().iter().find(|step| step.share <= rest).map(|step| step.at)
    }
}

fn band(share: f64, variance: f64) -> (f64, f64) {
    if share <= 0.0 || share >= 1.0 {
        return (share, share);
    }
    let wide = Z95 * variance.sqrt() / share.ln().abs();
    (share.powf(wide.exp()), share.powf((-wide).exp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn waits(ended: &[Millis], open: &[Millis]) -> Waits {
        let mut waits = Waits::default();
        ended.iter().for_each(|time| waits.ended.add(*time));
        open.iter().for_each(|time| waits.open.add(*time));
        waits
    }

    /// The 6-MP arm of Freireich's leukaemia trial (1963), which every textbook of survival works through.
    #[test]
    fn the_textbook_example_comes_out() {
        let ended = [6, 6, 6, 7, 10, 13, 16, 22, 23];
        let open = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
        let curve = waits(&ended, &open).curve();
        let shares: Vec<(i64, u64, String)> = curve
            .iter()
            .map(|step| (step.at, step.waiting, format!("{:.3}", step.share)))
            .collect();
        let expected = [
            (6, 21, "0.857"),
            (7, 17, "0.807"),
            (10, 15, "0.753"),
            (13, 12, "0.690"),
            (16, 11, "0.627"),
            (22, 7, "0.538"),
            (23, 6, "0.448"),
        ];
        assert_eq!(
            shares,
            expected.map(|(at, waiting, share)| (at, waiting, share.to_owned()))
        );
        let last = curve.last().unwrap();
        // survfit(conf.type = "log-log") gives 0.188 and 0.680 for the last step.
        assert_eq!(
            (format!("{:.3}", last.band.0), format!("{:.3}", last.band.1)),
            ("0.188".to_owned(), "0.680".to_owned())
        );
        assert_eq!(waits(&ended, &open).within(0.5), Some(23));
        assert_eq!(waits(&ended, &open).within(0.9), None);
    }

    proptest! {
        #[test]
        fn the_curve_falls_within_its_band_and_without_open_waits_it_is_the_plain_share(
            ended in proptest::collection::vec(0_i64..256, 1..60), open in proptest::collection::vec(0_i64..256, 0..60),
        ) {
            let curve = waits(&ended, &open).curve();
            for (one, next) in curve.iter().zip(curve.iter().skip(1)) {
                prop_assert!(next.share <= one.share && next.at > one.at && next.waiting < one.waiting);
            }
            for step in &curve {
                prop_assert!(step.band.0 <= step.share && step.share <= step.band.1);
                prop_assert!(step.band.0 >= 0.0 && step.band.1 <= 1.0);
            }
            for step in waits(&ended, &[]).curve() {
                let longer = ended.iter().filter(|time| **time > step.at).count() as f64 / ended.len() as f64;
                prop_assert!((step.share - longer).abs() < 1e-9);
            }
        }

        #[test]
        fn somebody_more_who_waits_makes_nobody_look_faster(
            ended in proptest::collection::vec(0_i64..256, 1..60), open in proptest::collection::vec(0_i64..256, 0..20),
        ) {
            let longest = ended.iter().max().copied().unwrap_or(0);
            let more: Vec<i64> = open.iter().copied().chain([longest + 1]).collect();
            let (fewer, more) = (waits(&ended, &open).within(0.5), waits(&ended, &more).within(0.5));
            prop_assert!(more.is_none_or(|more| fewer.is_some_and(|fewer| fewer <= more)));
        }
    }
}
