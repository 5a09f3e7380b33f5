//! Series from a folder that `JACKFIELD_DATA` names, laid out as the Numenta Anomaly Benchmark lays out its own
//! (`nab/data/realTweets/*.csv`, `nab/data/realKnownCause/nyc_taxi.csv`), and forecasts of their held-out end.

use jackfield_insight::forecast::{Model, Series, choose};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The folder with data; none where nobody named one.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os("JACKFIELD_DATA").map(PathBuf::from)
}

/// Counts by slots of a day, by name; the first and the last slot are left out, since they are parts of one.
pub(crate) fn all(per_day: usize) -> Option<Vec<(String, Vec<f64>)>> {
    let slot = 1_440 / per_day as i64;
    let folder = folder()?.join("nab/data");
    let tweets = std::fs::read_dir(folder.join("realTweets")).ok()?;
    let mut paths: Vec<PathBuf> = tweets.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.push(folder.join("realKnownCause/nyc_taxi.csv"));
    let counted = |path: &PathBuf| {
        let name = path
            .file_stem()?
            .to_str()?
            .trim_start_matches("Twitter_volume_")
            .to_owned();
        let mut slots: BTreeMap<i64, f64> = BTreeMap::new();
        for line in std::fs::read_to_string(path).ok()?.lines().skip(1) {
            let (time, value) = line.split_once(',')?;
            *slots.entry(minute(time)? / slot).or_default() += value.parse::<f64>().ok()?;
        }
        let (first, last) = (*slots.keys().next()?, *slots.keys().next_back()?);
        let counts = (first + 1..last).map(|at| slots.get(&at).copied().unwrap_or(0.0));
        Some((name, counts.collect()))
    };
    Some(paths.iter().filter_map(counted).collect())
}

/// Minutes since the year 0 by a calendar whose months have 31 days; what counts is the order within days, and that every
/// day has its own 1440. Days are made consecutive by [`ordinal`].
pub(crate) fn minute(time: &str) -> Option<i64> {
    let number = |from: usize, to: usize| time.get(from..to)?.parse::<i64>().ok();
    let day = ordinal(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    Some(day * 1_440 + number(11, 13)? * 60 + number(14, 16)?)
}

/// The number of a date in the Gregorian calendar.
fn ordinal(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day
}

/// How the last 40 % were forecast, horizon by horizon, each from what was known then; the model is chosen anew each time.
pub(crate) struct Held {
    /// Error of the chosen models, scaled by that of "as the day before" on the first 60 %: MASE.
    pub(crate) scaled: f64,
    /// The same of "as the week before".
    pub(crate) naive: f64,
    /// Error of the chosen models, of the volume: WAPE.
    pub(crate) relative: f64,
    /// Share of slots above the band's upper edge, and below its lower one; a tenth each is said.
    pub(crate) outside: (f64, f64),
    /// Our error of that of "as the week before", for each week of the held-out end.
    pub(crate) weeks: Vec<f64>,
    /// How often each model was chosen.
    pub(crate) chosen: BTreeMap<Model, u32>,
}

pub(crate) fn held_out(values: &[f64], per_day: usize, horizon: usize) -> Held {
    let start = values.len() * 6 / 10;
    let train = &values[..start];
    let scale = train[per_day..]
        .iter()
        .zip(train)
        .map(|(now, before)| (now - before).abs())
        .sum::<f64>();
    let scale = scale / (start - per_day) as f64;
    let (mut error, mut naive, mut volume, mut slots) = (0.0, 0.0, 0.0, 0.0);
    let (mut above, mut below) = (0.0, 0.0);
    let mut weeks: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    let mut chosen: BTreeMap<Model, u32> = BTreeMap::new();
    for origin in (start..=values.len() - horizon).step_by(horizon) {
        let known = Series {
            per_day,
            values: &values[..origin],
        };
        let choice = choose(known, horizon, &Model::ALL).expect("weeks of history");
        *chosen.entry(choice.model).or_default() += 1;
        let last = Model::LastWeek.forecast(known, horizon);
        let week = weeks.entry((origin - start) / (7 * per_day)).or_default();
        for ((band, last), actual) in choice.forecast(known, horizon).iter().zip(last).zip(&values[origin..]) {
            error += (band.value - actual).abs();
            naive += (last - actual).abs();
            week.0 += (band.value - actual).abs();
            week.1 += (last - actual).abs();
            volume += actual;
            slots += 1.0;
            above += f64::from(u8::from(*actual > band.high));
            below += f64::from(u8::from(*actual < band.low));
        }
    }
    Held {
        scaled: error / slots / scale,
        naive: naive / slots / scale,
        relative: error / volume,
        outside: (above / slots, below / slots),
        weeks: weeks.values().map(|(ours, last)| ours / last).collect(),
        chosen,
    }
}
