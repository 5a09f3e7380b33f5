//! Ways of saying what comes next.
//!
//! Mentions are bursty: a mean of past weeks carries every burst into the forecast, a median forgets it. So the best that
//! was found on series of mentions and of taxi rides is a median of like slots of past weeks, their neighbours included,
//! moved by how the last day went beside what the same median had said of it.

use super::decompose;
use super::stat::{mean, median};
use serde::{Deserialize, Serialize};

/// Counts on the grid of a wall: slot after slot, `per_day` of them a day (96 for quarter hours, 24 for hours, 1 for days).
/// A slot that nobody counted is NaN. On a day that is an hour shorter the hour that did not exist is NaN; of the hour that
/// comes twice the mean is taken, so that a weekday's 9 o'clock is always the same slot.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// Slots a day.
    pub per_day: usize,
    /// The counts.
    pub values: &'a [f64],
}

impl<'a> Series<'a> {
    /// Its beginning: what was known after so many slots.
    pub fn until(self, slots: usize) -> Self {
        let values = self.values.get(..slots).unwrap_or(self.values);
        Self { values, ..self }
    }

    /// Slots of a day, at least one.
    pub fn day(self) -> usize {
        self.per_day.max(1)
    }

    /// Slots of a week.
    pub fn week(self) -> usize {
        7 * self.day()
    }

    fn at(self, slot: usize) -> Option<f64> {
        self.values.get(slot).copied().filter(|value| value.is_finite())
    }
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// The same slot a week before: the seasonal naive that nothing may lose to.
    LastWeek,
    /// The mean of the same slot of the last eight weeks, as workforce planners do it.
    SlotMean,
    /// The median of like slots.
    Slots {
        /// So many weeks of the same slot of the week,
        weeks: usize,
        /// with an hour before and after it,
        near: bool,
        /// and so many days of the same slot of the day,
        days: usize,
        /// moved by how the last day went.
        level: bool,
    },
    /// Seasons of a day and of a week taken out (as MSTL does), the rest by exponential smoothing with a damped trend.
    Decomposed,
}

impl Model {
    /// What is tried. Every one of them is there for some kind of series that it wins on: long medians for bursts, eight
    /// weeks without neighbours for sharp steady profiles, four weeks for changing ones, days where weekdays are alike.
    pub const ALL: [Self; 8] = [
        Self::LastWeek,
        Self::SlotMean,
        Self::slots(4, false, 0, false),
        Self::slots(8, false, 0, false),
        Self::slots(8, false, 0, true),
        Self::slots(8, true, 0, true),
        Self::slots(8, true, 7, true),
        Self::Decomposed,
    ];

    const fn slots(weeks: usize, near: bool, days: usize, level: bool) -> Self {
        Self::Slots {
            weeks,
            near,
            days,
            level,
        }
    }

    /// In words.
    pub fn name(self) -> String {
        match self {
            Self::LastWeek => "the same slot a week before".to_owned(),
            Self::SlotMean => "mean of the slot, 8 weeks".to_owned(),
            Self::Slots {
                weeks,
                near,
                days,
                level,
            } => {
                let near = if near { " and its neighbours" } else { "" };
                let days = if days > 0 {
                    format!(", {days} days")
                } else {
                    String::new()
                };
                let level = if level { ", moved by the last day" } else { "" };
                format!("median of the slot{near}, {weeks} weeks{days}{level}")
            }
            Self::Decomposed => "seasons taken out, smoothed with a damped trend".to_owned(),
        }
    }

    /// What comes after the series: one value for each of the next `horizon` slots, never below zero.
    pub fn forecast(self, series: Series<'_>, horizon: usize) -> Vec<f64> {
        match self {
            Self::LastWeek => slots(series, horizon, |s| s.weeks(1, 0)),
            Self::SlotMean => map(series, horizon, |s| mean(s.weeks(8, 0).into_iter())),
            Self::Slots {
                weeks,
                near,
                days,
                level,
            } => {
                let near = if near { (series.day() / 24).max(1) } else { 0 };
                let base = |series: Series<'_>, horizon| {
                    slots(series, horizon, |s| {
                        let mut like = s.weeks(weeks, near);
                        like.extend(s.days(days));
                        like
                    })
                };
                let found = base(series, horizon);
                if level { moved(series, &found, base) } else { found }
            }
            Self::Decomposed => decompose::forecast(series, horizon),
        }
    }
}

/// A slot to come.
struct Slot<'a> {
    series: Series<'a>,
    slot: usize,
}

impl Slot<'_> {
    /// The slots of so many weeks before it that are known, each with `near` neighbours on both sides.
    fn weeks(&self, weeks: usize, near: usize) -> Vec<f64> {
        let week = self.series.week();
        let first = self.first(week);
        let one = |back: usize| {
            let middle = self.slot.checked_sub(back * week);
            let around = middle.map(|middle| middle.saturating_sub(near)..=middle + near);
            around.into_iter().flatten().filter_map(|slot| self.series.at(slot))
        };
        (first..first + weeks).flat_map(one).collect()
    }

    /// The slots of so many days before it that are known.
    fn days(&self, days: usize) -> Vec<f64> {
        let day = self.series.day();
        let first = self.first(day);
        let one = |back: usize| self.slot.checked_sub(back * day).and_then(|slot| self.series.at(slot));
        (first..first + days).filter_map(one).collect()
    }

    /// How many periods to go back to what is known.
    fn first(&self, period: usize) -> usize {
        (self.slot + 1)
            .saturating_sub(self.series.values.len())
            .div_ceil(period)
            .max(1)
    }
}

fn map(series: Series<'_>, horizon: usize, like: impl Fn(&Slot<'_>) -> Option<f64>) -> Vec<f64> {
    let known = series.values.len();
    let otherwise = median(series.values.iter().copied()).unwrap_or(0.0);
    (known..known + horizon)
        .map(|slot| like(&Slot { series, slot }).unwrap_or(otherwise).max(0.0))
        .collect()
}

fn slots(series: Series<'_>, horizon: usize, like: impl Fn(&Slot<'_>) -> Vec<f64>) -> Vec<f64> {
    map(series, horizon, |slot| median(like(slot).into_iter()))
}

/// How much of yesterday's difference is still there tomorrow. Of 0.2 to 0.5, that do about the same.
const LASTS: f64 = 0.4;
/// How much of the last hours' further difference is there at once, and after how much of a day it has fallen to 1/e.
const NOW: f64 = 0.5;
const FADES: f64 = 1.0 / 6.0;

/// Moves a forecast by the median difference of the last day from what the same model had said of it, and its first hours
/// by that of the last quarter of a day. On a logarithmic scale: a day that was twice as busy is twice as busy.
#[allow(clippy::cast_precision_loss)] // counts of slots
fn moved(series: Series<'_>, found: &[f64], base: impl Fn(Series<'_>, usize) -> Vec<f64>) -> Vec<f64> {
    let day = series.day().max(7);
    let known = series.values.len();
    let Some(before) = known.checked_sub(day).filter(|before| *before >= day) else {
        return found.to_vec();
    };
    let said = base(series.until(before), day);
    let actual = series.values.get(before..).unwrap_or(&[]);
    let off: Vec<f64> = said
        .iter()
        .zip(actual)
        .map(|(said, actual)| actual.ln_1p() - said.ln_1p())
        .collect();
    let lasting = LASTS * median(off.iter().copied()).unwrap_or(0.0);
    let last = off.get(day - (day / 4).max(1)..).unwrap_or(&[]);
    let sudden = NOW * (median(last.iter().copied()).unwrap_or(lasting) - lasting);
    let fades = (FADES * day as f64).max(1.0);
    let moved = found.iter().enumerate().map(|(ahead, value)| {
        let by = lasting + sudden * (-(ahead as f64 + 1.0) / fades).exp();
        (value.ln_1p() + by).exp_m1().max(0.0)
    });
    moved.collect()
}
