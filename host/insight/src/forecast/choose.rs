//! Which model, and how wrong it has been.

use super::model::{Model, Series};
use super::stat::{quantile, sorted};
use serde::{Deserialize, Serialize};

/// How a model did on the past of a series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The model.
    pub model: Model,
    /// Mean absolute error.
    pub error: f64,
    /// The same, of that of "as the day before" on what was known at first: MASE.
    pub scaled: f64,
    /// The same, of the mean volume: WAPE.
    pub relative: f64,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// The model.
    pub model: Model,
    /// All that were tried, the best one first.
    pub scores: Vec<Score>,
    /// Past errors of the chosen one, on a logarithmic scale, sorted; by quarter of the horizon.
    errors: Vec<Vec<f64>>,
}

/// A forecast with its band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// One in ten slots was lower than this.
    pub low: f64,
    /// The forecast.
    pub value: f64,
    /// One in ten slots was higher than this.
    pub high: f64,
}

/// By how much the costly model has to win to be used: its gain on one series is within the noise of another below this.
const CLEARLY: f64 = 0.02;
/// So many horizons are forecast again from the past, if there are as many.
const ORIGINS: usize = 28;
/// Errors of the horizon are kept apart by its quarters: the first hours are surer than the last.
const PARTS: usize = 4;

/// Chooses among `models` by forecasting the last part of the series again, horizon by horizon, each time from what was
/// known then. None where the series is shorter than two weeks and a horizon.
#[allow(clippy::cast_precision_loss)] // counts of slots
pub fn choose(series: Series<'_>, horizon: usize, models: &[Model]) -> Option<Chosen> {
    let known = series.values.len();
    let enough = 2 * series.week();
    let origins = (known.checked_sub(enough)? / horizon.max(1)).min(ORIGINS);
    if origins == 0 || horizon == 0 {
        return None;
    }
    let first = known - origins * horizon;
    let scale = scale(series.until(first))?;
    let volume = series
        .values
        .get(first..)?
        .iter()
        .copied()
        .filter(|value| value.is_finite());
    let volume = volume.map(f64::abs).sum::<f64>();
    let mut tried: Vec<(Score, Vec<Vec<f64>>)> = models
        .iter()
        .map(|model| {
            let (error, counted, errors) = past(series, horizon, first, *model);
            let mean = error / counted.max(1.0);
            let score = Score {
                model: *model,
                error: mean,
                scaled: mean / scale,
                relative: if volume > 0.0 { error / volume } else { 0.0 },
            };
            (score, errors)
        })
        .collect();
    // What is costly pays for it; what is simpler comes first among equals.
    let price = |score: &Score| match score.model {
        Model::Decomposed => score.error * (1.0 + CLEARLY),
        _ => score.error,
    };
    tried.sort_by(|(a, _), (b, _)| price(a).total_cmp(&price(b)));
    let (best, errors) = tried.first()?.clone();
    Some(Chosen {
        model: best.model,
        scores: tried.into_iter().map(|(score, _)| score).collect(),
        errors,
    })
}

/// How far a slot is from that of the day before, on the mean: what errors are measured in.
fn scale(series: Series<'_>) -> Option<f64> {
    let day = series.day();
    let pairs = series.values.iter().zip(series.values.get(day..)?);
    super::stat::mean(pairs.map(|(before, now)| (now - before).abs())).filter(|scale| *scale > 0.0)
}

/// The sum of absolute errors, the slots counted, and the errors by part of the horizon.
fn past(series: Series<'_>, horizon: usize, first: usize, model: Model) -> (f64, f64, Vec<Vec<f64>>) {
    let mut parts: Vec<Vec<f64>> = vec![Vec::new(); PARTS];
    let (mut error, mut counted) = (0.0, 0.0);
    for origin in (first..series.values.len()).step_by(horizon) {
        let said = model.forecast(series.until(origin), horizon);
        let actual = series.values.get(origin..).unwrap_or(&[]);
        for (ahead, (said, actual)) in said.iter().zip(actual).enumerate().filter(|(_, (_, a))| a.is_finite()) {
            error += (said - actual).abs();
            counted += 1.0;
            if let Some(part) = parts.get_mut(ahead * PARTS / horizon) {
                part.push(actual.ln_1p() - said.ln_1p());
            }
        }
    }
    (
        error,
        counted,
        parts.into_iter().map(|part| sorted(part.into_iter())).collect(),
    )
}

impl Chosen {
    /// What comes next, each with its band: as wrong as the model was before, and no more certain than that.
    pub fn forecast(&self, series: Series<'_>, horizon: usize) -> Vec<Band> {
        let said = self.model.forecast(series, horizon);
        said.into_iter()
            .enumerate()
            .map(|(ahead, value)| self.band(value, ahead, horizon))
            .collect()
    }

    /// The band around a value that the model said of a slot so far ahead.
    pub fn band(&self, value: f64, ahead: usize, horizon: usize) -> Band {
        let part = (ahead * PARTS / horizon.max(1)).min(PARTS - 1);
        let errors = self.errors.get(part).map_or(&[][..], Vec::as_slice);
        let at = |q| (value.ln_1p() + quantile(errors, q).unwrap_or(0.0)).exp_m1().max(0.0);
        Band {
            low: at(0.1).min(value),
            value,
            high: at(0.9).max(value),
        }
    }

    /// What a model scored.
    pub fn score(&self, model: Model) -> Option<&Score> {
        self.scores.iter().find(|score| score.model == model)
    }
}
