//! cargo-deny: what may be in the dependency tree, and from where.

use std::process::Command;

use anyhow::{Result, bail};

use crate::place::Place;
use crate::run::Show;
use crate::{run, tools};

/// Bans, licences and sources always; advisories where their database can be had.
pub(crate) fn check(place: &Place) -> Result<()> {
    tools::cargo_tool(place, tools::DENY)?;
    run::step(
        place,
        "cargo deny: bans, licences, sources",
        deny(place).args(["bans", "licenses", "sources"]),
    )?;
    let ran = run::watch(
        place,
        "cargo deny: advisories",
        deny(place).arg("advisories"),
        Show::Progress,
    )?;
    if ran.status.success() {
        return Ok(());
    }
    if unreachable(&ran.lines) {
        println!("  advisories: NOT checked, their database cannot be reached from here");
        return Ok(());
    }
    for line in &ran.lines {
        eprintln!("    {line}");
    }
    bail!("cargo deny found advisories")
}

fn deny(place: &Place) -> Command {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["deny", "--all-features", "--locked", "check", "--hide-inclusion-graph"])
        .current_dir(&place.root);
    // A helper that asks for a password would wait for ever.
    cargo.env("GIT_TERMINAL_PROMPT", "0");
    cargo
}

/// cargo-deny stops before it has looked at anything when it cannot fetch.
fn unreachable(lines: &[String]) -> bool {
    lines.iter().any(|line| {
        line.contains("failed to fetch advisory database") || line.contains("failed to load advisory database")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_not_taken_for_a_missing_database() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        assert!(unreachable(&lines(
            "2026 [ERROR] failed to fetch advisory database https://x\nmore"
        )));
        assert!(!unreachable(&lines("error[vulnerability]: a crate has a hole")));
    }
}
