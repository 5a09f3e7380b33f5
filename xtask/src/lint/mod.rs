//! `cargo xtask lint`: everything that can be said about the code without running it.
//!
//! All parts run, and all that they find is shown; the command fails when any of them does.

mod deny;
mod tidy;

use std::process::Command;

use anyhow::{Result, bail};

use crate::place::Place;
use crate::{run, tools};

/// A part of the lint: its name and what does it.
type Part = (&'static str, fn(&Place) -> Result<()>);

const PARTS: [Part; 6] = [
    ("rustfmt", rustfmt),
    ("tidy", tidy::check),
    ("contract", crate::contract::check),
    ("typos", typos),
    ("cargo-deny", deny::check),
    ("clippy", clippy),
];

/// Runs the parts that are named, or every one.
pub(crate) fn lint(place: &Place, only: &[String]) -> Result<bool> {
    let named = |part: &str| only.is_empty() || only.iter().any(|name| name == part);
    if let Some(unknown) = only.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        let known = PARTS.map(|(part, _)| part).join(", ");
        bail!("lint has no part `{unknown}`; write some of: {known}");
    }
    let parts: Vec<_> = PARTS.into_iter().filter(|(name, _)| named(name)).collect();
    let mut failed = Vec::new();
    for (name, part) in &parts {
        match part(place) {
            Ok(()) => println!("  {name}: clean"),
            Err(error) => {
                eprintln!("{error:#}");
                failed.push(*name);
            }
        }
    }
    if failed.is_empty() {
        println!("lint: all {} parts are clean", parts.len());
    } else {
        println!(
            "lint: {} of {} parts found something: {}",
            failed.len(),
            parts.len(),
            failed.join(", ")
        );
    }
    Ok(failed.is_empty())
}

fn rustfmt(place: &Place) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["fmt", "--all", "--check"]).current_dir(&place.root);
    run::step(place, "rustfmt", &mut cargo)?;
    Ok(())
}

/// Panel and guests too: they are checked for the host, whose library every machine has.
fn clippy(place: &Place) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo
        .args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ])
        .current_dir(&place.root);
    run::step(place, "clippy", &mut cargo)?;
    // The panel's other program.
    let mut desk = Command::new("cargo");
    desk.args(["clippy", "-p", "jackfield-panel", "--features", "desk"])
        .args(["--all-targets", "--locked", "--", "-D", "warnings"])
        .current_dir(&place.root);
    run::step(place, "clippy of the desk", &mut desk)?;
    Ok(())
}

fn typos(place: &Place) -> Result<()> {
    let venv = tools::venv(place, "xtask/requirements.txt")?;
    let mut typos = Command::new(venv.join("bin/typos"));
    typos
        .args(["--config", "typos.toml", "--format", "brief"])
        .current_dir(&place.root);
    run::step(place, "typos", &mut typos)?;
    Ok(())
}
