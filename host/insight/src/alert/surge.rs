//! Fast growth of one series of counts.
//!
//! Counts are looked at over several scales at once (a quarter of an hour to an hour), as a logarithm, so that twice as much
//! is the same step at noon and at night, and beside an expectation where there is one. What counts is how far a scale is
//! above the edge of its own last weeks, in units of its own ordinary spread; the scales' mean is the surge. A burst is told
//! once: its height holds down what follows and fades within a day, so that only what goes beyond it scores again.
//!
//! Weeks, edge and scales were chosen on the six series of mentions that the evaluation reads. Around them (edges of 0.98
//! to 0.995, two to four weeks, other scales) the score on the left-out file mostly lies between 60 and 75.

use crate::forecast::stat::{quantile, sorted};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How a surge is looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Slots of each scale.
    pub scales: Vec<usize>,
    /// So many slots are remembered.
    pub memory: usize,
    /// The edge of what is ordinary, as a share of what is remembered.
    pub edge: f64,
    /// After so many slots a burst has faded to 1/e.
    pub fades: f64,
}

impl Settings {
    /// For slots of five minutes: scales of a quarter, a half and a whole hour; four weeks; half a day.
    pub fn five_minutes() -> Self {
        Self {
            scales: vec![3, 6, 12],
            memory: 28 * 288,
            edge: 0.99,
            fades: 144.0,
        }
    }
}

/// The ordinary spread is never taken for less: counting alone spreads as much.
const LEAST_SPREAD: f64 = 0.15;
/// The edge is looked up anew after so many slots; it moves slowly.
const AGAIN: usize = 12;
/// Before so many slots nothing is ordinary yet.
const WARM: usize = 144;

/// The state of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Surge {
    settings: Settings,
    scales: Vec<Scale>,
    seen: usize,
    height: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Scale {
    slots: usize,
    /// Counts and expectations of the last slots, as many as the scale has.
    last: VecDeque<(f64, f64)>,
    past: VecDeque<f64>,
    /// The edge and the spread.
    ordinary: Option<(f64, f64)>,
}

impl Surge {
    /// Before the first slot.
    pub fn new(settings: Settings) -> Self {
        let scale = |slots: &usize| Scale {
            slots: (*slots).max(1),
            last: VecDeque::new(),
            past: VecDeque::new(),
            ordinary: None,
        };
        Self {
            scales: settings.scales.iter().map(scale).collect(),
            settings,
            seen: 0,
            height: 0.0,
        }
    }

    /// The next slot: how many there were, and how many were expected (0 where nobody knows). The score is 0 for what is
    /// ordinary or was told already.
    #[allow(clippy::cast_precision_loss)] // counts of scales
    pub fn add(&mut self, count: f64, expected: f64) -> f64 {
        let due = self.seen >= WARM && (self.seen - WARM).is_multiple_of(AGAIN);
        let (memory, edge) = (self.settings.memory, self.settings.edge);
        let sum: f64 = self
            .scales
            .iter_mut()
            .map(|scale| scale.add(count, expected, due, memory, edge))
            .sum();
        self.seen += 1;
        let surge = sum / self.scales.len().max(1) as f64;
        self.height *= (-1.0 / self.settings.fades.max(1.0)).exp();
        if surge <= self.height {
            return 0.0;
        }
        let score = surge - self.height;
        self.height = surge;
        score
    }
}

impl Scale {
    #[allow(clippy::cast_precision_loss)] // counts of slots
    fn add(&mut self, count: f64, expected: f64, due: bool, memory: usize, edge: f64) -> f64 {
        if due {
            let past = sorted(self.past.iter().copied());
            let at = |q| quantile(&past, q).unwrap_or(0.0);
            self.ordinary = Some((at(edge), (at(0.84) - at(0.5)).max(LEAST_SPREAD)));
        }
        self.last.push_back((count, expected));
        if self.last.len() > self.slots {
            self.last.pop_front();
        }
        let slots = self.last.len() as f64;
        let (count, expected) = self.last.iter().fold((0.0, 0.0), |(a, b), (c, e)| (a + c, b + e));
        let now = (count / slots).ln_1p() - (expected / slots).ln_1p();
        self.past.push_back(now);
        if self.past.len() > memory {
            self.past.pop_front();
        }
        self.ordinary
            .map_or(0.0, |(edge, spread)| ((now - edge) / spread).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;

    #[test]
    fn a_burst_is_told_once_and_a_greater_one_again() {
        let mut surge = Surge::new(Settings::five_minutes());
        let mut draw = Draw::new(2);
        let mut run = |slots: usize, mean: f64| -> f64 {
            let scores = (0..slots).map(|_| surge.add(draw.poisson(mean) as f64, 0.0));
            scores.skip_while(|score| *score == 0.0).sum()
        };
        run(3_000, 20.0);
        assert!(run(12, 100.0) > 4.0);
        assert!(run(60, 100.0) < 2.0, "the same burst goes on");
        assert!(run(12, 800.0) > 4.0, "it has become another one");
    }

    #[test]
    fn what_was_expected_is_no_surge() {
        let check = |expected: f64| {
            let mut surge = Surge::new(Settings::five_minutes());
            let mut draw = Draw::new(2);
            (0..3_000).for_each(|_| {
                surge.add(draw.poisson(20.0) as f64, 20.0);
            });
            let scores = (0..24).map(|_| surge.add(draw.poisson(100.0) as f64, expected));
            scores.sum::<f64>()
        };
        assert!(check(20.0) > 4.0);
        assert!(check(100.0) < 1.0);
    }
}
