//! `cargo xtask bench`: the figures that exist, each beside its floor measured in the same run.
//!
//! A crate that has figures has a bench target called `figures` without a harness. It measures and prints one line for
//! each: `figure: ` and a JSON object with the fields of [`Figure`]. What it prints besides is shown and not read.
//! Here they are put into one table, and into `target/bench.json` with the machine and the commit.

mod machine;
mod table;

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::place::Place;
use crate::run::{self, Show};
use crate::{build, npm};

/// The bench target that a crate with figures has.
const TARGET: &str = "figures";

/// One measured value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figure {
    /// What was measured, in words.
    name: String,
    /// `us`, `KiB`, `messages/s`, ...
    unit: String,
    value: f64,
    /// What it is held against, measured in the same run; none where there is nothing to compare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    floor: Option<Floor>,
    /// What it shall reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    goal: Option<Goal>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    name: String,
    value: f64,
}

/// A bound, on the ratio to the floor where there is a floor and on the value where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    /// The value in floors.
    fn ratio(&self) -> Option<f64> {
        self.floor.as_ref().map(|floor| self.value / floor.value)
    }

    fn reached(&self) -> Option<bool> {
        let measure = self.ratio().unwrap_or(self.value);
        self.goal.map(|goal| match goal {
            Goal::AtMost(bound) => measure <= bound,
            Goal::AtLeast(bound) => measure >= bound,
        })
    }
}

/// Measures everything; a goal that is not reached is shown and is no failure: machines differ.
pub(crate) fn bench(place: &Place) -> Result<bool> {
    npm::ready(place)?;
    build::build(
        place,
        build::What {
            panel: true,
            plugins: true,
            host: false,
        },
    )?;
    let mut figures = panel(place)?;
    for package in packages(place)? {
        let mut cargo = Command::new("cargo");
        cargo
            .args(["bench", "--locked", "-p", &package, "--bench", TARGET])
            .current_dir(&place.root);
        let name = format!("measuring {package}");
        let ran = run::watch(place, &name, &mut cargo, Show::Progress)?;
        if !ran.status.success() {
            ran.lines.iter().for_each(|line| eprintln!("    {line}"));
            bail!("{name} failed");
        }
        for line in &ran.lines {
            if let Some(text) = line.strip_prefix("figure: ") {
                figures
                    .push(serde_json::from_str(text).with_context(|| format!("{package} printed no figure: {text}"))?);
            }
        }
    }
    let machine = machine::here(place);
    println!("\n{machine}\n\n{}", table::text(&figures));
    let file = place.target.join("bench.json");
    let report = serde_json::json!({ "machine": machine, "figures": figures });
    std::fs::write(&file, serde_json::to_vec_pretty(&report)?)?;
    println!("as JSON: {}", place.short(&file));
    Ok(true)
}

/// What a page loads.
fn panel(place: &Place) -> Result<Vec<Figure>> {
    let sum: usize = build::shipped(place)?
        .files
        .iter()
        .filter(|file| file.needed())
        .map(|file| file.brotli)
        .sum();
    #[allow(
        clippy::cast_precision_loss,
        reason = "a panel of 2^53 bytes would be told otherwise"
    )]
    let value = sum as f64 / 1000.0;
    Ok(vec![Figure {
        name: "panel, all that is needed to work, brotli".to_owned(),
        unit: "KB".to_owned(),
        value,
        floor: None,
        goal: Some(Goal::AtMost(75.0)),
    }])
}

/// The packages with a bench target `figures`.
fn packages(place: &Place) -> Result<Vec<String>> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["metadata", "--no-deps", "--locked", "--format-version", "1"])
        .current_dir(&place.root);
    Ok(with_figures(&serde_json::from_str(&run::quiet(&mut cargo)?)?))
}

fn with_figures(metadata: &serde_json::Value) -> Vec<String> {
    let list = |value: &serde_json::Value, key: &str| {
        value
            .get(key)
            .and_then(serde_json::Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let is = |value: &serde_json::Value, text: &str| value.as_str() == Some(text);
    let has = |package: &serde_json::Value| {
        list(package, "targets").iter().any(|target| {
            target.get("name").is_some_and(|name| is(name, TARGET))
                && list(target, "kind").iter().any(|kind| is(kind, "bench"))
        })
    };
    let packages = list(metadata, "packages");
    packages
        .iter()
        .filter(|package| has(package))
        .filter_map(|package| Some(package.get("name")?.as_str()?.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_about_the_ratio_where_there_is_a_floor() {
        let text = r#"{"name":"call","unit":"us","value":0.9,"floor":{"name":"bare call","value":0.76},"goal":{"at-most":1.3}}"#;
        let figure: Figure = serde_json::from_str(text).unwrap();
        assert_eq!(figure.reached(), Some(true));
        assert_eq!(
            Figure {
                value: 1.2,
                ..figure.clone()
            }
            .reached(),
            Some(false)
        );
        assert_eq!(
            Figure {
                floor: None,
                ..figure.clone()
            }
            .reached(),
            Some(true)
        );
        assert_eq!(
            Figure {
                goal: Some(Goal::AtLeast(2.0)),
                ..figure.clone()
            }
            .reached(),
            Some(false)
        );
        assert_eq!(Figure { goal: None, ..figure }.reached(), None);
    }

    #[test]
    fn packages_with_figures_are_found() {
        let metadata = serde_json::json!({"packages": [
            {"name": "a", "targets": [{"name": "figures", "kind": ["bench"]}]},
            {"name": "b", "targets": [{"name": "figures", "kind": ["bin"]}]},
            {"name": "c", "targets": []},
        ]});
        assert_eq!(with_figures(&metadata), ["a"]);
    }
}
