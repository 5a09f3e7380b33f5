//! The Numenta Anomaly Benchmark's scoring (its `scorer.py` and `sweeper.py`, re-read and written anew), leave-one-file-out.
//!
//! A detection scores once in a window, more the earlier it is; outside it costs, the more the farther it is behind the
//! last window; a window without one costs. The threshold of a file is the one that is best on all the others.

use crate::series::{folder, minute};
use jackfield_insight::alert::{Settings, Surge};

/// What hits, false alarms and misses weigh: the benchmark's three profiles.
pub(crate) const PROFILES: [(&str, f64, f64, f64); 3] = [
    ("standard", 1.0, 0.11, 1.0),
    ("low false alarms", 1.0, 0.22, 1.0),
    ("low misses", 1.0, 0.11, 2.0),
];

/// A labelled series.
pub(crate) struct File {
    values: Vec<f64>,
    /// First and last row of each window.
    windows: Vec<(usize, usize)>,
}

pub(crate) fn files() -> Option<Vec<File>> {
    let folder = folder()?.join("nab");
    let labels = std::fs::read_to_string(folder.join("labels/windows.json")).ok()?;
    let labels: serde_json::Value = serde_json::from_str(&labels).ok()?;
    let mut paths: Vec<_> = std::fs::read_dir(folder.join("data/realTweets"))
        .ok()?
        .filter_map(|e| Some(e.ok()?.path()))
        .collect();
    paths.sort();
    let one = |path: &std::path::PathBuf| {
        let name = format!("realTweets/{}", path.file_name()?.to_str()?);
        let text = std::fs::read_to_string(path).ok()?;
        let rows: Vec<(i64, f64)> = text
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(','))
            .filter_map(|(time, value)| Some((minute(time)?, value.parse().ok()?)))
            .collect();
        let window = |pair: &serde_json::Value| {
            let (from, to) = (minute(pair[0].as_str()?)?, minute(pair[1].as_str()?)?);
            let first = rows.iter().position(|(at, _)| *at >= from)?;
            let last = rows.iter().rposition(|(at, _)| *at <= to)?;
            Some((first, last))
        };
        let windows = labels[&name].as_array()?.iter().filter_map(window).collect();
        Some(File {
            values: rows.iter().map(|(_, value)| *value).collect(),
            windows,
        })
    };
    Some(paths.iter().filter_map(one).collect())
}

/// The benchmark's sigmoid.
fn sigmoid(x: f64) -> f64 {
    if x > 3.0 {
        -1.0
    } else {
        2.0 / (1.0 + (5.0 * x).exp()) - 1.0
    }
}

/// What a file gives for these scores at this threshold.
fn score(file: &File, scores: &[f64], threshold: f64, (hit, alarm, miss): (f64, f64, f64)) -> f64 {
    let probation = (file.values.len() * 15 / 100).min(750);
    let mut total = 0.0;
    let mut found = vec![false; file.windows.len()];
    for (at, _) in scores
        .iter()
        .enumerate()
        .skip(probation)
        .filter(|(_, score)| **score >= threshold)
    {
        let inside = file.windows.iter().position(|(from, to)| (*from..=*to).contains(&at));
        if let Some(window) = inside {
            if !std::mem::replace(&mut found[window], true) {
                let (from, to) = file.windows[window];
                let place = -((to - at + 1) as f64) / (to - from + 1) as f64;
                total += hit * sigmoid(place) / sigmoid(-1.0);
            }
        } else {
            let before = file.windows.iter().rfind(|(_, to)| *to < at);
            total += alarm * before.map_or(-1.0, |(from, to)| sigmoid((at - to) as f64 / (to - from) as f64));
        }
    }
    total - miss * found.iter().filter(|found| !**found).count() as f64
}

/// What a file gives by itself.
fn surges(file: &File, settings: &Settings) -> Vec<f64> {
    let mut surge = Surge::new(settings.clone());
    file.values.iter().map(|value| surge.add(*value, 0.0)).collect()
}

/// The thresholds that are tried: quantiles of all scores above 0.
fn thresholds(all: &[Vec<f64>]) -> Vec<f64> {
    let mut scores: Vec<f64> = all.iter().flatten().copied().filter(|score| *score > 0.0).collect();
    scores.sort_unstable_by(f64::total_cmp);
    let step = (0.2_f64 / 0.000_02).powf(1.0 / 119.0);
    let at = |n: i32| {
        let share = 0.000_02 * step.powi(n);
        scores[(((1.0 - share) * scores.len() as f64) as usize).min(scores.len() - 1)]
    };
    (0..120).rev().map(at).collect()
}

/// By threshold and file.
fn table(files: &[File], settings: &Settings, profile: (f64, f64, f64)) -> Vec<Vec<f64>> {
    let scores: Vec<Vec<f64>> = files.iter().map(|file| surges(file, settings)).collect();
    let one = |threshold: f64| {
        files
            .iter()
            .zip(&scores)
            .map(|(file, scores)| score(file, scores, threshold, profile))
            .collect()
    };
    thresholds(&scores).into_iter().map(one).collect()
}

/// The middle one of the best rows for all files but one, and what the rows give there.
fn best_without(table: &[Vec<f64>], left: usize) -> (f64, usize) {
    let of = |row: &Vec<f64>| {
        row.iter()
            .enumerate()
            .filter(|(file, _)| *file != left)
            .map(|(_, score)| score)
            .sum::<f64>()
    };
    let sums: Vec<f64> = table.iter().map(of).collect();
    let best = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let rows: Vec<usize> = (0..sums.len()).filter(|row| sums[*row] >= best - 1e-9).collect();
    (best, rows[rows.len() / 2])
}

/// The results: threshold fitted on all, threshold of the other files, and settings and threshold of the other files.
pub(crate) struct Result {
    pub(crate) fitted: f64,
    pub(crate) left_out: f64,
    pub(crate) all_left_out: f64,
}

pub(crate) fn run(files: &[File], (_, hit, alarm, miss): (&str, f64, f64, f64)) -> Result {
    let profile = (hit, alarm, miss);
    let windows = files.iter().map(|file| file.windows.len()).sum::<usize>() as f64;
    let normal = |total: f64| 100.0 * (total + miss * windows) / ((hit + miss) * windows);
    let ours = table(files, &Settings::five_minutes(), profile);
    let fitted = ours
        .iter()
        .map(|row| row.iter().sum::<f64>())
        .fold(f64::NEG_INFINITY, f64::max);
    let left_out = (0..files.len())
        .map(|left| ours[best_without(&ours, left).1][left])
        .sum();
    // Settings as well are those that are best on the others.
    let mut tables = Vec::new();
    for edge in [0.98, 0.99, 0.995] {
        for days in [14, 28] {
            for scales in [vec![12], vec![3, 6, 12], vec![6, 12, 24]] {
                let settings = Settings {
                    scales,
                    memory: days * 288,
                    edge,
                    fades: 144.0,
                };
                tables.push(table(files, &settings, profile));
            }
        }
    }
    let chosen = |left: usize| {
        let found = tables.iter().map(|table| (best_without(table, left), table));
        let ((_, row), table) = found.max_by(|a, b| a.0.0.total_cmp(&b.0.0)).expect("settings to try");
        table[row][left]
    };
    Result {
        fitted: normal(fitted),
        left_out: normal(left_out),
        all_left_out: normal((0..files.len()).map(chosen).sum()),
    }
}
