//! `cargo xtask bench`: the figures that exist, each beside its floor measured in the same run.
//!
//! A crate that has figures has an example that measures them and, asked with `--json`, prints each as one line: a JSON
//! object with the fields of [`Figure`]. With `--peers` other hosts are measured doing the same work in the same run. Here
//! they are put into one table, and into `target/bench.json` with the machine and the commit.

mod figure;
mod machine;

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::build;
use crate::place::Place;
use crate::run::{self, Show};
use figure::Figure;

/// The examples that measure.
const PROGRAMS: [&str; 5] = ["figures", "tier", "judging", "intake", "rules"];
/// Other hosts doing the same work: workspaces of their own, so that nothing of them is in ours.
const PEERS: [(&str, &str); 1] = [("Extism", "tests/peers/extism/Cargo.toml")];

/// Measures everything; a goal that is not reached is shown and is no failure: machines differ.
pub(crate) fn bench(place: &Place, peers: bool) -> Result<bool> {
    build::build(
        place,
        build::What {
            panel: true,
            plugins: true,
            host: false,
        },
    )?;
    let mut figures = vec![panel(place)?];
    let programs = place.target.join("release").join("examples");
    run::step(place, "compiling what measures, release", &mut examples(place))?;
    for example in PROGRAMS {
        figures.extend(measured(
            place,
            example,
            Command::new(programs.join(example)).arg("--json"),
        )?);
    }
    for (name, manifest) in PEERS.iter().filter(|_| peers) {
        let program = |verb: &str| {
            let mut cargo = Command::new("cargo");
            cargo.args([verb, "--release", "--locked", "--manifest-path", manifest]);
            cargo.arg("--target-dir").arg(place.target.join("peers"));
            cargo.current_dir(&place.root);
            cargo
        };
        run::step(place, &format!("compiling {name}, release"), &mut program("build"))?;
        figures.extend(measured(place, name, program("run").args(["--", "--json"]))?);
    }
    let machine = machine::here(place);
    println!("\n{machine}\n\n{}", figure::table(&figures));
    let file = place.target.join("bench.json");
    let report = serde_json::json!({ "machine": machine, "figures": figures });
    std::fs::write(&file, serde_json::to_vec_pretty(&report)?)?;
    println!("as JSON: {}", place.short(&file));
    Ok(true)
}

/// All that measures in one selection: cargo unites features over it, and another one compiles wasmtime anew.
fn examples(place: &Place) -> Command {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--release", "--locked", "--workspace"])
        .args(build::NOT_HERE.iter().flat_map(|package| ["--exclude", package]))
        .args(PROGRAMS.iter().flat_map(|example| ["--example", example]))
        .current_dir(&place.root);
    cargo
}

/// Alone on the machine while it measures.
fn measured(place: &Place, of: &str, command: &mut Command) -> Result<Vec<Figure>> {
    let name = format!("measuring {of}");
    let ran = run::watch(place, &name, command.current_dir(&place.root), Show::Progress)?;
    if !ran.status.success() {
        ran.lines.iter().for_each(|line| eprintln!("    {line}"));
        bail!("{name} failed");
    }
    let lines = ran.lines.iter().filter(|line| line.starts_with('{'));
    lines
        .map(|line| serde_json::from_str(line).with_context(|| format!("{of} printed no figure: {line}")))
        .collect()
}

/// What a page loads.
fn panel(place: &Place) -> Result<Figure> {
    let sum: usize = build::shipped(place)?
        .files
        .iter()
        .filter(|file| file.needed("panel"))
        .map(|file| file.brotli)
        .sum();
    #[allow(
        clippy::cast_precision_loss,
        reason = "a panel of 2^53 bytes would be told otherwise"
    )]
    let value = sum as f64 / 1000.0;
    Ok(Figure {
        what: "panel, all that is needed to work, brotli".to_owned(),
        value,
        unit: "KB".to_owned(),
        floor: None,
        ratio: None,
        goal: "<= 75 KB".to_owned(),
    })
}
