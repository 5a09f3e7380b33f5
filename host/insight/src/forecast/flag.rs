//! What to doubt in a forecast, and what to take seriously that is not in it.
//!
//! An **unsupported peak** is a stretch of a forecast far above what such slots were ever like, with neither a rise of the
//! noise around the brand nor anything planned: whoever forecast it should say why. A **growing blip** is noise that was
//! taken for one and goes on growing: small every hour, and always on the same side.

use super::model::{Model, Series};
use super::outside::{Event, deseasonalised};
use super::stat::{mean, quantile, sorted};
use crate::alert::Cusum;
use serde::{Deserialize, Serialize};

/// A stretch of a forecast that is far above the expectation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// Its first slot ahead.
    pub from: usize,
    /// The slot after its last one.
    pub to: usize,
    /// How much above the expectation it is at its highest: 2 for twice as much.
    pub times: f64,
    /// What supports it.
    pub support: Support,
}

/// What supports a peak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "support", content = "what")]
pub enum Support {
    /// Something planned, of this kind.
    Planned(String),
    /// The noise around the brand rises.
    Groundswell,
    /// Such slots have been as high before, more than once.
    History,
    /// Nothing: an unsupported peak.
    None,
}

/// A slot is part of a peak from so many times its expectation on.
const PEAK: f64 = 1.5;
/// And from so many more: half as much as next to nothing is no peak.
const MORE: f64 = 5.0;
/// The noise of the last day is a groundswell from this much above its expectation on (logarithmic: a quarter more).
const SWELL: f64 = 0.22;

/// The peaks of a forecast made by anybody (a planner's sheet, a model) for the slots after the series. `noise` is the
/// volume of talk around the brand on the same grid; events are numbered from the series' beginning.
pub fn peaks(series: Series<'_>, forecast: &[f64], noise: &[f64], events: &[Event]) -> Vec<Peak> {
    let known = series.values.len();
    let expected = Model::Slots {
        weeks: 8,
        near: true,
        days: 0,
        level: false,
    };
    let expected = expected.forecast(series, forecast.len());
    let over = |ahead: usize| {
        let (said, usual) = (forecast.get(ahead)?, expected.get(ahead)?);
        (*said > PEAK * usual && *said > usual + MORE).then(|| said / usual.max(1.0))
    };
    let mut peaks = Vec::new();
    let mut ahead = 0;
    while ahead < forecast.len() {
        let from = ahead;
        let mut times = 0.0_f64;
        while let Some(by) = over(ahead) {
            times = times.max(by);
            ahead += 1;
        }
        if ahead > from {
            let support = support(series, forecast, noise, events, (from, ahead), known);
            peaks.push(Peak {
                from,
                to: ahead,
                times,
                support,
            });
        }
        ahead += 1;
    }
    peaks
}

fn support(
    series: Series<'_>,
    forecast: &[f64],
    noise: &[f64],
    events: &[Event],
    (from, to): (usize, usize),
    known: usize,
) -> Support {
    let planned = events
        .iter()
        .find(|event| event.from < known + to && event.to > known + from);
    if let Some(event) = planned {
        return Support::Planned(event.kind.clone());
    }
    let swell = deseasonalised(Series {
        values: noise,
        ..series
    });
    let last = swell.get(swell.len().saturating_sub(series.day())..).unwrap_or(&[]);
    if mean(last.iter().copied()).is_some_and(|swell| swell > SWELL) {
        return Support::Groundswell;
    }
    // As high before on such a slot of the week, at least in two weeks of eight.
    let week = series.week();
    let before = |ahead: usize| {
        let same = (1..=8).filter_map(move |back| series.values.get((known + ahead).checked_sub(back * week)?));
        let same = sorted(same.copied());
        quantile(&same, 0.85).unwrap_or(0.0)
    };
    let usual = (from..to).all(|ahead| forecast.get(ahead).is_some_and(|said| before(ahead) >= said * 0.9));
    if usual { Support::History } else { Support::None }
}

/// Noise that grows slowly and steadily.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Blip {
    /// The slot since which it grows.
    pub since: usize,
    /// The slot at which that was sure.
    pub sure: usize,
    /// How much above the expectation it is over the last day: 1.3 for 30 % more.
    pub times: f64,
}

/// A spread below this is the counting's own.
const LEAST_SPREAD: f64 = 0.1;

/// Whether the noise grows at the end of the series, and since when; none where it does not, or does no longer.
pub fn growing(noise: Series<'_>) -> Option<Blip> {
    let off = deseasonalised(noise);
    let start = (2 * noise.week()).min(off.len());
    let counted = off.get(start..)?;
    // Hours of one day go together: what is added up is days' worth, in steps of a quarter of a day.
    let step = (noise.day() / 4).max(1);
    let steps: Vec<f64> = counted
        .chunks_exact(step)
        .filter_map(|part| mean(part.iter().copied()))
        .collect();
    let usual = sorted(steps.iter().copied());
    let spread = ((quantile(&usual, 0.75)? - quantile(&usual, 0.25)?) / 1.349).max(LEAST_SPREAD);
    let middle = quantile(&usual, 0.5)?.min(0.0);
    let mut cusum = Cusum::SLOW;
    let mut sure = None;
    for (at, value) in steps.iter().enumerate() {
        let over = cusum.add((value - middle) / spread);
        sure = if over { sure.or(Some(at)) } else { None };
    }
    let last = off.get(off.len().saturating_sub(noise.day())..)?;
    let times = mean(last.iter().copied())?.exp();
    let since = cusum.since();
    sure.filter(|_| times > 1.1).map(|sure| Blip {
        since: start + since * step,
        sure: start + (sure + 1) * step,
        times,
    })
}
