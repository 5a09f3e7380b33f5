//! Figures as a table for a terminal.

use super::{Figure, Goal};

const HEAD: [&str; 6] = ["what", "value", "floor", "ratio", "goal", "reached"];

/// The table, its columns as wide as they need to be.
pub(super) fn text(figures: &[Figure]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(figures.iter().map(row));
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
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

fn row(figure: &Figure) -> [String; 6] {
    let floor = figure.floor.as_ref();
    let times = if floor.is_some() { " x" } else { "" };
    [
        figure.name.clone(),
        format!("{} {}", short(figure.value), figure.unit),
        floor.map_or_else(
            || "-".to_owned(),
            |floor| format!("{} {} ({})", short(floor.value), figure.unit, floor.name),
        ),
        figure
            .ratio()
            .map_or_else(|| "-".to_owned(), |ratio| format!("{} x", short(ratio))),
        match figure.goal {
            Some(Goal::AtMost(bound)) => format!("<= {}{times}", short(bound)),
            Some(Goal::AtLeast(bound)) => format!(">= {}{times}", short(bound)),
            None => "-".to_owned(),
        },
        match figure.reached() {
            Some(true) => "yes".to_owned(),
            Some(false) => "NO".to_owned(),
            None => "-".to_owned(),
        },
    ]
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
    use super::super::Floor;
    use super::*;

    #[test]
    fn a_figure_stands_beside_its_floor() {
        let figure = Figure {
            name: "call".to_owned(),
            unit: "us".to_owned(),
            value: 0.912,
            floor: Some(Floor {
                name: "bare call".to_owned(),
                value: 0.76,
            }),
            goal: Some(Goal::AtMost(1.3)),
        };
        let size = Figure {
            name: "size".to_owned(),
            unit: "KB".to_owned(),
            value: 120.0,
            floor: None,
            goal: Some(Goal::AtMost(75.0)),
        };
        let table = text(&[figure, size]);
        let cells: Vec<Vec<&str>> = table
            .lines()
            .map(|line| {
                line.split("  ")
                    .map(str::trim)
                    .filter(|cell| !cell.is_empty())
                    .collect()
            })
            .collect();
        assert_eq!(
            cells.get(1).unwrap(),
            &["call", "0.91 us", "0.76 us (bare call)", "1.20 x", "<= 1.30 x", "yes"]
        );
        assert_eq!(cells.get(2).unwrap(), &["size", "120 KB", "-", "-", "<= 75.0", "NO"]);
    }
}
