//! Tools that are not part of a Rust installation: found, installed where that is allowed, or named.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::place::Place;
use crate::{apt, run};

/// A cargo subcommand, at the version that is installed where there is none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CargoTool {
    name: &'static str,
    version: &'static str,
    flags: &'static [&'static str],
}

/// Without its own git and certificates: what it would fetch with them, the git of the machine fetches.
pub(crate) const DENY: CargoTool = CargoTool {
    name: "cargo-deny",
    version: "0.20.2",
    flags: &["--no-default-features"],
};
pub(crate) const NEXTEST: CargoTool = CargoTool {
    name: "cargo-nextest",
    version: "0.9.151",
    flags: &[],
};

pub(crate) const FUZZ: CargoTool = CargoTool {
    name: "cargo-fuzz",
    version: "0.13.2",
    flags: &[],
};

/// Makes sure of a cargo subcommand: `cargo install` puts it into the user's cargo folder. Any version that is there
/// already is good.
///
/// Built without optimisation: what these tools do here takes seconds either way, and on two cores cargo-deny is ready
/// in one minute and cargo-nextest in two.
pub(crate) fn cargo_tool(place: &Place, tool: CargoTool) -> Result<()> {
    let CargoTool { name, version, flags } = tool;
    let subcommand = name.trim_start_matches("cargo-");
    let there = Command::new("cargo")
        .args([subcommand, "--version"])
        .output()
        .is_ok_and(|out| out.status.success());
    if there {
        return Ok(());
    }
    let mut cargo = Command::new("cargo");
    cargo
        .args(["install", "--locked", "--debug", name, "--version", version])
        .args(flags);
    cargo
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .arg("--target-dir")
        .arg(place.target.join("tools"));
    run::step(place, &format!("cargo install {name}"), &mut cargo).with_context(|| {
        format!("{name} could not be installed. With a network, type: cargo install --locked {name}")
    })?;
    Ok(())
}

/// The Python environment of the project, `.venv`, with the packages of a requirements file in it.
pub(crate) fn venv(place: &Place, requirements: &str) -> Result<PathBuf> {
    let wanted = place.root.join(requirements);
    let folder = std::env::var_os("JACKFIELD_VENV").map_or_else(|| place.root.join(".venv"), PathBuf::from);
    let python = folder.join("bin/python");
    if !python.exists() || !run::answers(&python.display().to_string(), "--version") {
        python3(place)?;
        run::step(
            place,
            "python3 -m venv .venv",
            Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder),
        )?;
    }
    let text = std::fs::read(&wanted).with_context(|| format!("{requirements} cannot be read"))?;
    let done = folder.join(format!("{}.installed", requirements.replace('/', "-")));
    if std::fs::read(&done).is_ok_and(|kept| kept == text) {
        return Ok(folder);
    }
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&wanted);
    run::step(place, &format!("pip install -r {requirements}"), &mut pip).with_context(|| {
        format!("with a network, type: python3 -m venv .venv && .venv/bin/pip install -r {requirements}")
    })?;
    std::fs::write(done, text)?;
    Ok(folder)
}

/// Debian's python comes without venv.
fn python3(place: &Place) -> Result<()> {
    let complete = Command::new("python3").args(["-c", "import venv, ensurepip"]).output();
    if complete.is_ok_and(|out| out.status.success()) {
        return Ok(());
    }
    apt::install(place, &["python3", "python3-venv"]).context("python3 with its venv module is needed")
}

/// A Chromium; Debian's where none is named by `CHROMIUM`.
pub(crate) fn chromium(place: &Place) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        let path = PathBuf::from(named);
        if !path.is_file() {
            bail!("CHROMIUM={} is no file", path.display());
        }
        return Ok(path);
    }
    let debian = Path::new("/usr/bin/chromium");
    if !debian.is_file() {
        apt::install(place, &["chromium", "fonts-dejavu-core"])
            .context("no Chromium (name another one by CHROMIUM=PATH)")?;
    }
    Ok(debian.to_path_buf())
}

/// What makes components of JavaScript and Python for the sandbox's own tests, in `target/languages`. The versions are
/// those of `host/engine/tests/languages.rs`.
pub(crate) fn languages(place: &Place) -> Result<()> {
    let folder = place.target.join("languages");
    std::fs::create_dir_all(&folder)?;
    if !folder.join("node_modules/@bytecodealliance/componentize-js").is_dir() {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(&folder)
            .arg("@bytecodealliance/componentize-js@0.23.0");
        run::step(place, "componentize-js", &mut npm)?;
    }
    if !folder.join("venv/bin/componentize-py").is_file() {
        let venv = folder.join("venv");
        run::step(
            place,
            "an environment for componentize-py",
            Command::new("python3").args(["-m", "venv"]).arg(&venv),
        )?;
        let mut pip = Command::new(venv.join("bin/pip"));
        pip.args(["install", "--quiet", "componentize-py==0.25.1"]);
        run::step(place, "componentize-py", &mut pip)?;
    }
    Ok(())
}
