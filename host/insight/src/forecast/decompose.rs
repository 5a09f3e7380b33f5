//! Seasons taken out one after the other, and the rest smoothed.
//!
//! Two seasons (day and week) are taken out in turns, each as the median of its slot over the last weeks of what the other
//! left, on a logarithmic scale: MSTL's order of work with medians for its loess, since bursts would bend a loess. What is
//! left is smoothed by damped Holt (an ETS of additive error and damped trend); its three constants are those with the
//! least one-step error on a grid.

use super::model::Series;
use super::stat::median;

/// Weeks from which seasons are made.
const WEEKS: usize = 8;
/// Turns over day and week; the third changes nothing that is seen.
const TURNS: usize = 2;

pub(super) fn forecast(series: Series<'_>, horizon: usize) -> Vec<f64> {
    let (day, week) = (series.day(), series.week());
    let skipped = series.values.len().saturating_sub(WEEKS * week);
    // Cut to whole weeks, so that slot 0 of what is looked at is always the same slot of the week.
    let skipped = skipped.div_ceil(week) * week;
    let logs: Vec<f64> = series
        .values
        .get(skipped..)
        .unwrap_or(&[])
        .iter()
        .map(|value| value.ln_1p())
        .collect();
    if logs.len() < 2 * week {
        return super::Model::LastWeek.forecast(series, horizon);
    }
    let level = median(logs.iter().copied()).unwrap_or(0.0);
    let (mut daily, mut weekly) = (vec![0.0; day], vec![0.0; week]);
    for _ in 0..TURNS {
        daily = season(&logs, day, |slot| level + of(&weekly, slot));
        weekly = season(&logs, week, |slot| level + of(&daily, slot));
    }
    let rest = logs
        .iter()
        .enumerate()
        .map(|(slot, value)| value - of(&daily, slot) - of(&weekly, slot));
    let rest: Vec<f64> = rest.collect();
    let holt = fit(&rest, level);
    let known = logs.len();
    let ahead = (0..horizon).scan(0.0, |trend, ahead| {
        *trend = holt.damp * (*trend + holt.trend);
        let value = holt.level + *trend + of(&daily, known + ahead) + of(&weekly, known + ahead);
        Some(value.exp_m1().max(0.0))
    });
    ahead.collect()
}

fn of(season: &[f64], slot: usize) -> f64 {
    season.get(slot % season.len().max(1)).copied().unwrap_or(0.0)
}

/// The median of each slot of a period, of what is left beside the rest.
fn season(logs: &[f64], period: usize, rest: impl Fn(usize) -> f64) -> Vec<f64> {
    let one = |first: usize| {
        let same = logs.iter().enumerate().skip(first).step_by(period);
        median(same.map(|(slot, value)| value - rest(slot))).unwrap_or(0.0)
    };
    (0..period).map(one).collect()
}

/// Damped Holt, after the last slot.
#[derive(Debug, Clone, Copy)]
struct Holt {
    level: f64,
    trend: f64,
    damp: f64,
}

/// The grid of its constants: how fast the level follows, the trend follows, and how much of the trend is left each slot.
const LEVEL: [f64; 5] = [0.005, 0.02, 0.08, 0.2, 0.5];
const TREND: [f64; 3] = [0.0, 0.01, 0.05];
const DAMP: [f64; 2] = [0.9, 0.98];

fn fit(rest: &[f64], level: f64) -> Holt {
    let mut best = (
        f64::INFINITY,
        Holt {
            level,
            trend: 0.0,
            damp: 0.0,
        },
    );
    for follow in LEVEL {
        for trend in TREND {
            for damp in DAMP {
                let tried = run(rest, level, follow, trend, damp);
                if tried.0 < best.0 {
                    best = tried;
                }
            }
        }
    }
    best.1
}

/// The sum of absolute one-step errors, and the state after the last slot.
fn run(rest: &[f64], level: f64, follow: f64, turn: f64, damp: f64) -> (f64, Holt) {
    let mut holt = Holt {
        level,
        trend: 0.0,
        damp,
    };
    let mut errors = 0.0;
    for value in rest {
        let said = holt.level + damp * holt.trend;
        // A slot that nobody counted moves nothing.
        let error = if value.is_finite() { value - said } else { 0.0 };
        errors += error.abs();
        holt.level = said + follow * error;
        holt.trend = damp * holt.trend + follow * turn * error;
    }
    (errors, holt)
}
