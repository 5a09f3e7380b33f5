//! The tests that cargo knows: by nextest where it is, test programs of their own, examples in documentation.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::Setting;
use super::tally::{self, Tally};
use crate::build::NOT_HERE;
use crate::place::Place;
use crate::run::{self, Show};
use crate::tools;

/// Tests that hold a promise of both forms, run once more with plugins in a process of their own: deaths, causes, swaps,
/// triage, webhooks. `tier` runs so anyway. Seen together: 107 s.
const APART: [&str; 9] = [
    "causes",
    "kill",
    "registry_steps",
    "shipping",
    "steps",
    "swap",
    "triage",
    "trial",
    "webhooks",
];

/// Runs them all.
pub(super) fn run(place: &Place, setting: &Setting) -> Result<Tally> {
    let by_themselves = programs(place)?;
    let mut sum = Tally::default();
    let nextest = tools::cargo_tool(place, tools::NEXTEST);
    if let Err(error) = &nextest {
        println!("  {error:#}\n  cargo test runs the tests instead");
    }
    let (kind, reader): (&[&str], fn(&str, &mut Tally)) = if nextest.is_ok() {
        (&["nextest", "run"], tally::nextest)
    } else {
        (&["test", "--no-fail-fast"], tally::libtest)
    };
    // Compiled first, so that what is long says what it is.
    let ready = run::watch(
        place,
        "compiling the tests",
        cargo(place, setting, kind).arg("--no-run"),
        Show::Progress,
    )?;
    if !ready.status.success() {
        ready
            .lines
            .iter()
            .rev()
            .take(80)
            .rev()
            .for_each(|line| eprintln!("    {line}"));
        return Ok(Tally::check(false));
    }
    let mut command = cargo(place, setting, kind);
    if nextest.is_ok() && !by_themselves.is_empty() {
        let names: Vec<String> = by_themselves
            .iter()
            .map(|one| format!("(package(={}) & binary(={}))", one.package, one.test))
            .collect();
        command.args(["-E", &format!("not ({})", names.join(" | "))]);
    }
    let ran = run::watch(place, "tests in Rust", &mut command, Show::All)?;
    sum.add(tally::read(&ran.lines, reader, ran.status.success()));
    let mut apart = cargo(place, setting, kind);
    apart.env("JACKFIELD_TEST_TIER", "process");
    APART.iter().for_each(|test| {
        apart.args(["--test", test]);
    });
    let ran = run::watch(place, "tests of the other form", &mut apart, Show::All)?;
    sum.add(tally::read(&ran.lines, reader, ran.status.success()));
    if nextest.is_ok() {
        for one in &by_themselves {
            let ran = match one.command(place, setting)? {
                Some(mut command) => run::watch(place, &format!("test program {}", one.test), &mut command, Show::All)?,
                None => bail!("cargo has not made the test program {} of {}", one.test, one.package),
            };
            sum.add(tally::read(&ran.lines, tally::libtest, ran.status.success()));
        }
        sum.add(examples(place, setting)?);
    }
    Ok(sum)
}

fn cargo(place: &Place, setting: &Setting, kind: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .args(kind)
        .args(["--workspace", "--locked"])
        .current_dir(&place.root);
    NOT_HERE.iter().for_each(|package| {
        command.args(["--exclude", package]);
    });
    setting.apply(&mut command);
    command
}

/// Examples in documentation comments; nextest does not run them.
fn examples(place: &Place, setting: &Setting) -> Result<Tally> {
    let mut command = cargo(place, setting, &["test", "--doc"]);
    let ran = run::watch(place, "examples in documentation", &mut command, Show::Progress)?;
    if !ran.status.success() {
        ran.lines.iter().for_each(|line| eprintln!("    {line}"));
    }
    Ok(tally::read(&ran.lines, tally::libtest, ran.status.success()))
}

/// A test program with a `main` of its own: run by itself, so that the reasons of its skips are heard.
#[derive(Debug, PartialEq, Eq)]
struct Program {
    package: String,
    test: String,
    manifest: PathBuf,
}

impl Program {
    /// The program that nextest has compiled, as cargo would start it. Asking cargo for this one alone would make it
    /// unite other features, and compile half of the tree again.
    fn command(&self, place: &Place, setting: &Setting) -> Result<Option<Command>> {
        let mut list = cargo(place, setting, &["nextest", "list"]);
        let list = run::quiet(list.args(["--list-type", "binaries-only", "--message-format", "json"]))?;
        let list: serde_json::Value = serde_json::from_str(&list)?;
        let id = format!("{}::{}", self.package, self.test);
        let path = list
            .get("rust-binaries")
            .and_then(|all| all.get(&id)?.get("binary-path")?.as_str());
        let folder = self.manifest.parent().unwrap_or(&place.root);
        Ok(path.map(|path| {
            let mut command = Command::new(path);
            command.current_dir(folder).env("CARGO_MANIFEST_DIR", folder);
            setting.apply(&mut command);
            command
        }))
    }
}

fn programs(place: &Place) -> Result<Vec<Program>> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["metadata", "--no-deps", "--locked", "--format-version", "1"])
        .current_dir(&place.root);
    let metadata: serde_json::Value = serde_json::from_str(&run::quiet(&mut cargo)?)?;
    let mut found = Vec::new();
    for package in metadata
        .get("packages")
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
    {
        let text = |key: &str| package.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
        // cargo metadata does not tell `harness`; the manifest does.
        let manifest = PathBuf::from(text("manifest_path"));
        found.extend(of_manifest(
            text("name"),
            &manifest,
            &std::fs::read_to_string(&manifest)?,
        ));
    }
    Ok(found)
}

fn of_manifest(package: &str, manifest: &Path, text: &str) -> Vec<Program> {
    let Ok(table) = text.parse::<toml::Table>() else {
        return Vec::new();
    };
    let tests = table.get("test").and_then(toml::Value::as_array).into_iter().flatten();
    let own = tests.filter(|test| test.get("harness").and_then(toml::Value::as_bool) == Some(false));
    own.filter_map(|test| test.get("name").and_then(toml::Value::as_str))
        .map(|test| Program {
            package: package.to_owned(),
            test: test.to_owned(),
            manifest: manifest.to_path_buf(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_programs_with_a_main_of_their_own_are_found() {
        let text = "[[test]]\nname = \"a\"\nharness = false\n[[test]]\nname = \"b\"\n";
        assert_eq!(
            of_manifest("p", Path::new("Cargo.toml"), text),
            [Program {
                package: "p".to_owned(),
                test: "a".to_owned(),
                manifest: "Cargo.toml".into(),
            }]
        );
    }
}
