//! Series from outside, and planned events: whether they tell anything that the series' own past does not.
//!
//! Two series that are both busy at noon go together without either saying anything about the other. So both are
//! deseasonalised first: what is compared is how far each was from what its own past had said. A lag is picked on the first
//! half of the past; whether it gains is judged on the second, which it was not picked on. What gains too little, or on too
//! few days, is off, and says by how much it missed.

use super::model::{Model, Series};
use super::stat::{mean, median};
use serde::{Deserialize, Serialize};

/// A series from outside, as it is used or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outside")]
pub enum Outside {
    /// It gains.
    On {
        /// It runs ahead by so many slots.
        lag: usize,
        /// A difference of 1 there, on a logarithmic scale, is one of this here.
        slope: f64,
        /// By how much the error fell on days it was not fitted on: 0.1 for a tenth.
        gain: f64,
    },
    /// It gains nothing.
    Off {
        /// Why, in words.
        why: String,
    },
}

/// Less than this is within the noise.
const LEAST: f64 = 0.01;
/// On so large a share of the days the error has to fall.
const DAYS: f64 = 0.55;
/// A difference beyond a factor of twenty says no more than one of twenty.
const MOST: f64 = 3.0;
/// Horizons of the past in each half, at least.
const HALF: usize = 7;
/// The slope is held back as by so much spread that says nothing.
const RIDGE: f64 = 5.0;

/// A day of the past, forecast again: where it began, and how far each slot was from the forecast.
struct Day {
    origin: usize,
    said: Vec<f64>,
    off: Vec<f64>,
}

fn days(series: Series<'_>, model: Model, horizon: usize) -> Vec<Day> {
    let known = series.values.len();
    let first = (2 * series.week()).max(known / 3);
    (first..known.saturating_sub(horizon - 1))
        .step_by(horizon)
        .map(|origin| {
            let said = model.forecast(series.until(origin), horizon);
            let actual = series.values.get(origin..).unwrap_or(&[]);
            let off = said
                .iter()
                .zip(actual)
                .map(|(said, actual)| actual.ln_1p() - said.ln_1p());
            let off = off.collect();
            Day { origin, said, off }
        })
        .collect()
}

/// How far a series was from what its own past had said of each slot, from two weeks on; 0 before.
pub fn deseasonalised(series: Series<'_>) -> Vec<f64> {
    let model = Model::Slots {
        weeks: 8,
        near: false,
        days: 0,
        level: false,
    };
    let (known, day) = (series.values.len(), series.day());
    let start = (2 * series.week()).min(known);
    let mut off = vec![0.0; start];
    for origin in (start..known).step_by(day) {
        let actual = series.values.get(origin..(origin + day).min(known)).unwrap_or(&[]);
        let said = model.forecast(series.until(origin), actual.len());
        let differences = said
            .iter()
            .zip(actual)
            .map(|(said, actual)| actual.ln_1p() - said.ln_1p());
        off.extend(differences.map(|by| if by.is_finite() { by.clamp(-MOST, MOST) } else { 0.0 }));
    }
    off
}

/// Whether `outside` (on the same grid) says anything about `series` that `model` does not, and with which of `lags`, in
/// slots. A slot of the horizon is helped only by what was known at its origin, `lag` slots before it.
pub fn weigh(series: Series<'_>, outside: &[f64], model: Model, horizon: usize, lags: &[usize]) -> Outside {
    let off = |why: String| Outside::Off { why };
    if outside.len() != series.values.len() {
        return off(format!(
            "it has {} slots and the series {}; both need the same grid",
            outside.len(),
            series.values.len()
        ));
    }
    let days = days(series, model, horizon.max(1));
    if days.len() < 2 * HALF {
        return off(format!(
            "{} days of the past are too few; {} are needed",
            days.len(),
            2 * HALF
        ));
    }
    let known = deseasonalised(Series {
        values: outside,
        ..series
    });
    let (first, second) = days.split_at(days.len() / 2);
    let picked = lags.iter().filter(|lag| **lag > 0).map(|lag| {
        let slope = slope(first, &known, *lag);
        (*lag, slope, gain(first, &known, *lag, slope).0)
    });
    let Some((lag, slope, _)) = picked.max_by(|a, b| a.2.total_cmp(&b.2)) else {
        return off("no lag was given to be tried".to_owned());
    };
    let (gain, better) = gain(second, &known, lag, slope);
    let told = format!(
        "at its best lag of {lag} slots the error changed by {:+.1} %",
        -100.0 * gain
    );
    if gain < LEAST {
        return off(format!("it gains nothing: on days it was not fitted on, {told}"));
    }
    if better < DAYS {
        return off(format!("it gains on {:.0} % of the days only: {told}", 100.0 * better));
    }
    Outside::On { lag, slope, gain }
}

/// Of pairs of both, that have something to say: `(day, slot of the day, what was known of the outside)`.
fn helped<'a>(days: &'a [Day], known: &'a [f64], lag: usize) -> impl Iterator<Item = (&'a Day, usize, f64)> {
    days.iter().flat_map(move |day| {
        let slots = 0..day.off.len().min(lag);
        slots.filter_map(move |ahead| Some((day, ahead, *known.get((day.origin + ahead).checked_sub(lag)?)?)))
    })
}

fn slope(days: &[Day], known: &[f64], lag: usize) -> f64 {
    let (mut together, mut alone) = (0.0, RIDGE);
    for (day, ahead, outside) in helped(days, known, lag) {
        let off = day.off.get(ahead).copied().filter(|off| off.is_finite()).unwrap_or(0.0);
        together += off.clamp(-MOST, MOST) * outside;
        alone += outside * outside;
    }
    together / alone
}

/// By which share the absolute error falls, and on which share of days it does.
#[allow(clippy::cast_precision_loss)] // counts of days
fn gain(days: &[Day], known: &[f64], lag: usize, slope: f64) -> (f64, f64) {
    let (mut before, mut after, mut better, mut worse) = (0.0, 0.0, 0, 0);
    for day in days {
        let (mut plain, mut moved) = (0.0, 0.0);
        for (ahead, (said, off)) in day
            .said
            .iter()
            .zip(&day.off)
            .enumerate()
            .filter(|(_, (_, off))| off.is_finite())
        {
            let actual = (said.ln_1p() + off).exp_m1();
            let outside = (day.origin + ahead).checked_sub(lag).filter(|_| ahead < lag);
            let outside = outside.and_then(|slot| known.get(slot)).copied().unwrap_or(0.0);
            plain += (said - actual).abs();
            moved += ((said.ln_1p() + slope * outside).exp_m1().max(0.0) - actual).abs();
        }
        before += plain;
        after += moved;
        better += u32::from(moved < plain);
        worse += u32::from(moved > plain);
    }
    let share = if before > 0.0 { 1.0 - after / before } else { 0.0 };
    (share, f64::from(better) / f64::from((better + worse).max(1)))
}

impl Outside {
    /// Moves a forecast by what is known of the outside; nothing where it is off.
    pub fn apply(&self, said: &mut [f64], series: Series<'_>, outside: &[f64]) {
        let Self::On { lag, slope, .. } = self else { return };
        let known = deseasonalised(Series {
            values: outside,
            ..series
        });
        for (ahead, value) in said.iter_mut().enumerate().take(*lag) {
            let by = (known.len() + ahead).checked_sub(*lag).and_then(|slot| known.get(slot));
            *value = (value.ln_1p() + slope * by.copied().unwrap_or(0.0)).exp_m1().max(0.0);
        }
    }
}

/// Something planned: a campaign, a release, a holiday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Events of one kind are expected to do the same: `newsletter`.
    pub kind: String,
    /// Its first slot.
    pub from: usize,
    /// The slot after its last one.
    pub to: usize,
}

/// What a kind of event does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Effect {
    /// The volume of its slots is multiplied by this.
    On {
        /// The factor.
        factor: f64,
        /// By how much the error of such slots fell, each event judged by the others.
        gain: f64,
    },
    /// It is left out of the forecast.
    Off {
        /// Why, in words.
        why: String,
    },
}

/// What the past events of a kind did, each judged by the others: what one event did alone is an anecdote.
pub fn effect(series: Series<'_>, events: &[Event], kind: &str, model: Model) -> Effect {
    let known = series.values.len();
    let past = events
        .iter()
        .filter(|event| event.kind == kind && event.to <= known && event.from < event.to);
    // As forecast just before each of them: `(said, how far off)`.
    let seen: Vec<Vec<(f64, f64)>> = past
        .map(|event| {
            let said = model.forecast(series.until(event.from), event.to - event.from);
            let actual = series.values.get(event.from..event.to).unwrap_or(&[]);
            let pairs = said.iter().zip(actual).filter(|(_, actual)| actual.is_finite());
            pairs
                .map(|(said, actual)| (*said, actual.ln_1p() - said.ln_1p()))
                .collect()
        })
        .filter(|slots: &Vec<_>| !slots.is_empty())
        .collect();
    if seen.len() < 2 {
        return Effect::Off {
            why: format!(
                "{kind} was seen {} times; what it does is known from the second time on",
                seen.len()
            ),
        };
    }
    let middle = |without: Option<usize>| {
        let others = seen.iter().enumerate().filter(|(at, _)| Some(*at) != without);
        mean(others.filter_map(|(_, slots)| median(slots.iter().map(|(_, off)| *off)))).unwrap_or(0.0)
    };
    let (mut before, mut after) = (0.0, 0.0);
    for (at, slots) in seen.iter().enumerate() {
        let by = middle(Some(at));
        for (said, off) in slots {
            let actual = (said.ln_1p() + off).exp_m1();
            before += (said - actual).abs();
            after += ((said.ln_1p() + by).exp_m1().max(0.0) - actual).abs();
        }
    }
    let gain = if before > 0.0 { 1.0 - after / before } else { 0.0 };
    if gain < LEAST {
        return Effect::Off {
            why: format!(
                "{kind} does not do the same twice: judged by the others, its error changed by {:+.1} %",
                -100.0 * gain
            ),
        };
    }
    Effect::On {
        factor: middle(None).exp(),
        gain,
    }
}

impl Effect {
    /// Moves the slots of a forecast that begins at slot `origin` and that such an event covers.
    pub fn apply(&self, said: &mut [f64], origin: usize, event: &Event) {
        let Self::On { factor, .. } = self else { return };
        for (ahead, value) in said.iter_mut().enumerate() {
            if (event.from..event.to).contains(&(origin + ahead)) {
                *value *= factor;
            }
        }
    }
}
