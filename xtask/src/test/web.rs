//! The tests that node runs, in Chromium: the panel alone, and the whole line.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::Setting;
use super::tally::{self, Tally};
use crate::place::Place;
use crate::run::{self, Show};
use crate::{npm, tools};

/// The whole line, all in one process, so that the tests share one browser.
const LINE: &str = "tests/browser/all.test.mjs";
/// The panel alone, against a server of its own.
const PANEL: &str = "widget/tests";

/// Runs what is there.
pub(super) fn run(place: &Place, setting: &Setting) -> Result<Tally> {
    let mut programs = vec![("the panel alone, in the browser", tests_in(&place.root.join(PANEL))?)];
    let line = place.root.join(LINE);
    programs.push((
        "the whole line, in the browser",
        if line.is_file() { vec![line] } else { Vec::new() },
    ));
    programs.retain(|(_, files)| !files.is_empty());
    let chromium = match tools::chromium(place) {
        Ok(chromium) => chromium,
        Err(error) => {
            let mut sum = Tally::default();
            programs
                .iter()
                .for_each(|(name, _)| sum.add(Tally::missing(name, &format!("{error:#}"))));
            return Ok(sum);
        }
    };
    let mut sum = Tally::default();
    for (name, files) in &programs {
        sum.add(node(place, setting, name, files, &chromium)?);
    }
    Ok(sum)
}

fn tests_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let Ok(entries) = std::fs::read_dir(folder) else {
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

fn node(place: &Place, setting: &Setting, name: &str, files: &[PathBuf], chromium: &Path) -> Result<Tally> {
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
    node.env("CHROMIUM", chromium);
    let _ = std::fs::remove_file(&report);
    let ran = run::watch(place, name, &mut node, Show::All)?;
    let tap: Vec<String> = std::fs::read_to_string(&report)
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect();
    Ok(tally::read(&tap, tally::tap, ran.status.success()))
}
