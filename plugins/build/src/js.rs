//! JavaScript: npm fetches componentize-js at the version of the lock file; it snapshots an engine with the module in it.
//!
//! An engine built with none of WASI's features imports nothing but the contract. `"jackfield": {"wasi": ["http"]}` in
//! `package.json` leaves some in, for a plugin that lives by `fetch`.

use crate::steps::{asked, missing};
use crate::{Problem, Project, Steps};
use serde::Deserialize;
use std::process::Command;

/// componentize-js' own bound.
const OLDEST_NODE: u32 = 20;
/// What its engine can do beyond the language, each an import of WASI.
const FEATURES: [&str; 5] = ["stdio", "random", "clocks", "http", "fetch-event"];
/// The program of the package.
const PROGRAM: &str = "node_modules/.bin/componentize-js";

#[derive(Deserialize)]
struct Manifest {
    main: Option<String>,
    #[serde(default)]
    jackfield: Asked,
}

#[derive(Default, Deserialize)]
struct Asked {
    #[serde(default)]
    wasi: Vec<String>,
}

/// Makes the component.
pub(crate) fn component(project: &Project, steps: &mut dyn Steps) -> Result<(), Problem> {
    let file = project.folder.join("package.json");
    let manifest: Manifest = serde_json::from_str(&project.text("package.json")?)
        .map_err(|error| Problem::at(&file, format!("line {}: {error}", error.line())))?;
    let main = manifest.main.unwrap_or_else(|| "src/channel.js".to_owned());
    if !project.folder.join(&main).is_file() {
        return Err(Problem::at(
            &file,
            format!("`main` is {main:?} and there is no such file; it is the module that exports `channel`"),
        ));
    }
    let off = switched_off(&manifest.jackfield.wasi).map_err(|why| Problem::at(&file, why))?;
    let contract = project.contract()?;
    packages(project, steps)?;
    let program = project.folder.join(PROGRAM);
    if !program.exists() {
        return Err(Problem::at(
            &file,
            "componentize-js is not among its devDependencies. Type: npm install --save-dev --save-exact @bytecodealliance/componentize-js",
        ));
    }
    let mut command = Command::new(program);
    command
        .arg(&main)
        .arg("--wit")
        .arg(contract)
        .args(["--world-name", &project.world])
        .args(off.iter().flat_map(|feature| ["--disable", feature]))
        .arg("--out")
        .arg(project.component())
        .current_dir(&project.folder);
    steps.run("making a component of JavaScript", &mut command)
}

/// The features of the engine that are left out.
fn switched_off(wanted: &[String]) -> Result<Vec<&'static str>, String> {
    if let Some(unknown) = wanted.iter().find(|name| !FEATURES.contains(&name.as_str())) {
        return Err(format!(
            "`jackfield.wasi` has {unknown:?}; what there is: {}",
            FEATURES.join(", ")
        ));
    }
    Ok(FEATURES
        .into_iter()
        .filter(|feature| !wanted.iter().any(|name| name == feature))
        .collect())
}

/// `npm ci`, once for each state of the lock file.
fn packages(project: &Project, steps: &mut dyn Steps) -> Result<(), Problem> {
    let version = asked(Command::new("node").arg("--version")).ok_or_else(|| Problem(missing("node")))?;
    if major(&version).is_none_or(|major| major < OLDEST_NODE) {
        return Err(Problem(format!(
            "node {} is too old: componentize-js needs {OLDEST_NODE} or later; https://nodejs.org/en/download",
            version.trim()
        )));
    }
    let lock = std::fs::read(project.folder.join("package-lock.json")).unwrap_or_default();
    let done = project.folder.join("node_modules/.jackfield-lock");
    if !lock.is_empty() && std::fs::read(&done).is_ok_and(|kept| kept == lock) {
        return Ok(());
    }
    // No scripts of packages are run: everything that is used comes ready in them.
    let what = if lock.is_empty() { "install" } else { "ci" };
    let mut npm = Command::new("npm");
    npm.args([what, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&project.folder);
    steps.run(&format!("npm {what} (componentize-js, about 200 MB, once)"), &mut npm)?;
    let lock = std::fs::read(project.folder.join("package-lock.json")).unwrap_or_default();
    std::fs::write(&done, lock).map_err(|error| Problem::at(&done, error))
}

fn major(version: &str) -> Option<u32> {
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_wasi_is_in_unless_it_is_asked_for() {
        assert_eq!(switched_off(&[]).unwrap(), FEATURES);
        let some = switched_off(&["http".to_owned(), "clocks".to_owned()]).unwrap();
        assert_eq!(some, ["stdio", "random", "fetch-event"]);
        assert!(switched_off(&["files".to_owned()]).unwrap_err().contains("fetch-event"));
    }

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("command not found"), None);
    }
}
