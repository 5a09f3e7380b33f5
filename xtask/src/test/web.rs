//! The tests that node runs: scripts without a browser, and pages in one Chromium.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::Setting;
use super::tally::{self, Tally};
use crate::place::Place;
use crate::run::{self, Show};
use crate::{npm, tools};

/// All browser tests in one process, so that they share one browser.
const BROWSER: &str = "tests/browser/all.test.mjs";
/// Tests of scripts alone.
const SCRIPTS: &str = "widget/tests";

/// Runs what is there.
pub(super) fn run(place: &Place, setting: &Setting) -> Result<Tally> {
    let mut sum = Tally::default();
    let scripts = scripts(place)?;
    if !scripts.is_empty() {
        sum.add(node(place, setting, "tests of scripts", &scripts, None)?);
    }
    let browser = place.root.join(BROWSER);
    if browser.is_file() {
        match tools::chromium(place) {
            Ok(chromium) => sum.add(node(
                place,
                setting,
                "tests in the browser",
                &[browser],
                Some(chromium),
            )?),
            Err(error) => sum.add(Tally::missing(BROWSER, &format!("{error:#}"))),
        }
    }
    Ok(sum)
}

fn scripts(place: &Place) -> Result<Vec<PathBuf>> {
    let Ok(entries) = std::fs::read_dir(place.root.join(SCRIPTS)) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if name.ends_with(".test.mjs") || name.ends_with(".test.js") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn node(place: &Place, setting: &Setting, name: &str, files: &[PathBuf], chromium: Option<PathBuf>) -> Result<Tally> {
    npm::ready(place)?;
    std::fs::create_dir_all(place.memory())?;
    let report = place.memory().join("node.tap");
    let mut node = Command::new("node");
    node.args([
        "--test",
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
        "--test-reporter=tap",
    ]);
    node.arg(format!("--test-reporter-destination={}", report.display()))
        .args(files)
        .current_dir(&place.root);
    setting.apply(&mut node);
    if let Some(chromium) = chromium {
        node.env("CHROMIUM", chromium);
    }
    let _ = std::fs::remove_file(&report);
    let ran = run::watch(place, name, &mut node, Show::All)?;
    let tap: Vec<String> = std::fs::read_to_string(&report)
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect();
    Ok(tally::read(&tap, tally::tap, ran.status.success()))
}
