//! `cargo xtask build`: everything in `dist/`, and the host programs.
//!
//! Cargo compiles the panel, the desk and every plugin for WebAssembly; the first two have no words for their panics. What
//! follows is done by hash of its inputs: the same inputs are never encoded, shrunk or compressed again, which is what
//! makes a warm start take seconds.

mod guest;
mod order;
mod panel;
mod steps;

use std::process::Command;

use anyhow::{Result, bail};
use jackfield_build::stamp;
use jackfield_build::toolchain::{TARGET, Toolchain};

use crate::place::Place;
use crate::{npm, run};
use guest::Guest;
use steps::Shown;

pub(crate) use panel::shipped;

/// Made for the browser or for the sandbox; their logic is tested in crates of the host.
pub(crate) const NOT_HERE: [&str; 2] = ["jackfield-panel", "jackfield-hostile"];

/// What is to be built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct What {
    pub(crate) panel: bool,
    pub(crate) plugins: bool,
    pub(crate) host: bool,
}

/// Builds it.
pub(crate) fn build(place: &Place, what: What) -> Result<()> {
    let guests = if what.plugins { guest::all(place)? } else { Vec::new() };
    if what.panel {
        // Before the long step: what is missing should be said now.
        npm::ready(place)?;
    }
    wasm(place, &guests, what.panel)?;
    if what.plugins {
        guest::sweep(place, &guests)?;
    }
    // One that cannot be encoded does not keep the others from being so.
    let failed: Vec<String> = guests
        .iter()
        .filter_map(|guest| guest::encode(place, guest).err())
        .map(|error| format!("{error:#}"))
        .collect();
    if !failed.is_empty() {
        bail!("{}", failed.join("\nerror: "));
    }
    if what.panel {
        panel::pack(place)?;
        pages(place)?;
    }
    if what.host {
        let mut cargo = Command::new("cargo");
        cargo
            // The same selection as the tests: cargo unites features over it, and another one compiles all anew.
            .args(["build", "--locked", "--workspace"])
            .args(NOT_HERE.iter().flat_map(|package| ["--exclude", package]))
            .args(["--bin", "jackfield", "--bin", "jackfield-standin"])
            .current_dir(&place.root);
        run::step(place, "building the host", &mut cargo)?;
    }
    Ok(())
}

/// Compiles the panel and the guests, apart: a panel has no words for its panics.
fn wasm(place: &Place, guests: &[Guest], panel: bool) -> Result<()> {
    if !panel && guests.is_empty() {
        bail!("no plugin found: a plugin is a folder with a Cargo.toml under plugins/channels or plugins/triage");
    }
    let toolchain = Toolchain::find(&mut Shown(place))?;
    let compile = |mut cargo: Command, name: &str, profile: &str, packages: &[&str]| {
        cargo
            .args(["--profile", profile, "--locked", "--target-dir"])
            .arg(place.wasm_target())
            .args(packages.iter().flat_map(|package| ["-p", package]))
            .current_dir(&place.root);
        run::step(place, name, &mut cargo)
    };
    if panel {
        for program in panel::PROGRAMS {
            let mut cargo = toolchain.cargo_build_quiet(&mut Shown(place))?;
            cargo.args(program.cargo);
            compile(cargo, program.compiling, "small", &["jackfield-panel"])?;
        }
    }
    if !guests.is_empty() {
        let packages: Vec<&str> = guests.iter().map(|guest| guest.package.as_str()).collect();
        compile(
            toolchain.cargo_build(),
            "compiling the plugins to WebAssembly",
            "guest",
            &packages,
        )?;
    }
    Ok(())
}

/// Where cargo leaves the module of a package that was compiled with this profile.
fn module(place: &Place, profile: &str, package: &str) -> std::path::PathBuf {
    place
        .wasm_target()
        .join(TARGET)
        .join(profile)
        .join(format!("{}.wasm", package.replace('-', "_")))
}

/// Copies the demo pages.
fn pages(place: &Place) -> Result<()> {
    let to = place.dist().join("www");
    if to.exists() {
        std::fs::remove_dir_all(&to)?;
    }
    Ok(stamp::copy_folder(&place.root.join("www"), &to)?)
}
