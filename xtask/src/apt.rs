//! Debian's packages: installed where this program is root, named for the reader where it is not.

use std::process::Command;

use anyhow::{Result, bail};

use crate::place::Place;
use crate::run;

/// What a person would type.
pub(crate) fn by_hand(packages: &[&str]) -> String {
    format!(
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    )
}

/// Installs packages, or says what to type.
pub(crate) fn install(place: &Place, packages: &[&str]) -> Result<()> {
    if !run::answers("apt-get", "--version") {
        bail!(
            "this is not a Debian or Ubuntu machine: install what {} contain by your own package manager",
            packages.join(", ")
        );
    }
    if !rustix::process::geteuid().is_root() {
        bail!("only root may install packages. Type: {}", by_hand(packages));
    }
    run::step(place, "apt-get update", apt_get().arg("update"))?;
    let name = format!("apt-get install {}", packages.join(" "));
    run::step(
        place,
        &name,
        apt_get()
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages),
    )?;
    Ok(())
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}
