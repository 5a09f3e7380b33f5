//! Figures, and how they are shown.

use serde::{Deserialize, Serialize};

/// One measured value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Figure {
    /// What was measured, in words.
    pub(super) what: String,
    pub(super) value: f64,
    /// `us`, `KiB`, `/s`, ...
    pub(super) unit: String,
    /// What it is held against, measured in the same run, in the same unit; none where there is nothing to compare.
    pub(super) floor: Option<f64>,
    /// The value in floors.
    pub(super) ratio: Option<f64>,
    /// `<= 1.3 x` is about the ratio, `<= 1000 us` about the value, `-` says nothing.
    pub(super) goal: String,
}

impl Figure {
    /// Whether the goal is reached; nothing where there is none.
    fn reached(&self) -> Option<bool> {
        let mut words = self.goal.split_whitespace();
        let (sign, bound) = (words.next()?, words.next()?.parse::<f64>().ok()?);
        let measure = if words.next() == Some("x") {
            self.ratio?
        } else {
            self.value
        };
        match sign {
            "<=" => Some(measure <= bound),
            ">=" => Some(measure >= bound),
            _ => None,
        }
    }

    fn row(&self) -> [String; 6] {
        let none = || "-".to_owned();
        [
            self.what.clone(),
            format!("{} {}", short(self.value), self.unit),
            self.floor
                .map_or_else(none, |floor| format!("{} {}", short(floor), self.unit)),
            self.ratio.map_or_else(none, |ratio| format!("{} x", short(ratio))),
            self.goal.clone(),
            self.reached()
                .map_or_else(none, |reached| if reached { "yes" } else { "NO" }.to_owned()),
        ]
    }
}

const HEAD: [&str; 6] = ["what", "value", "floor", "ratio", "goal", "reached"];

/// The table, its columns as wide as they need to be.
pub(super) fn table(figures: &[Figure]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(figures.iter().map(Figure::row));
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// Three digits are what such a measurement is worth.
fn short(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(line: &str) -> Figure {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn a_goal_is_about_the_ratio_or_about_the_value() {
        let call = figure(r#"{"what":"call","unit":"us","value":0.9,"floor":0.76,"ratio":1.184,"goal":"<= 1.3 x"}"#);
        let goal = |goal: &str| {
            Figure {
                goal: goal.to_owned(),
                ..call.clone()
            }
            .reached()
        };
        assert_eq!(goal("<= 1.3 x"), Some(true));
        assert_eq!(goal("<= 1.1 x"), Some(false));
        assert_eq!(goal("<= 1 us"), Some(true));
        assert_eq!(goal(">= 1 us"), Some(false));
        assert_eq!(goal("-"), None);
        assert_eq!(
            Figure {
                ratio: None,
                ..call.clone()
            }
            .reached(),
            None
        );
    }

    #[test]
    fn a_figure_stands_beside_its_floor() {
        let call = figure(r#"{"what":"call","unit":"us","value":0.912,"floor":0.76,"ratio":1.2,"goal":"<= 1.3 x"}"#);
        let size = figure(r#"{"what":"size","unit":"KB","value":120,"floor":null,"ratio":null,"goal":"<= 75 KB"}"#);
        let text = table(&[call, size]);
        let cells = |line: usize| -> Vec<String> {
            let line = text.lines().nth(line).unwrap();
            line.split("  ")
                .map(|cell| cell.trim().to_owned())
                .filter(|cell| !cell.is_empty())
                .collect()
        };
        assert_eq!(cells(1), ["call", "0.91 us", "0.76 us", "1.20 x", "<= 1.3 x", "yes"]);
        assert_eq!(cells(2), ["size", "120 KB", "-", "-", "<= 75 KB", "NO"]);
    }
}
