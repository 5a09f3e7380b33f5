//! `cargo xtask train` and `cargo xtask eval`: the tables of the learned judges.
//!
//! Learning is a program of its own, compiled for speed: xtask itself is not. The data sets are no part of the checkout;
//! a folder with them is named by whoever has one.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::place::Place;
use crate::run::{self, Show};

/// What may be said of both.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The folder with the data sets
    #[arg(long, env = "JACKFIELD_DATA")]
    data: PathBuf,
    /// Where tables go whose data have no licence; a build takes them from there when JACKFIELD_EXTRA_TABLES names it
    #[arg(long, env = "JACKFIELD_EXTRA_TABLES")]
    beside: Option<PathBuf>,
}

/// Makes every table into the folder of its plugin.
pub(crate) fn train(place: &Place, options: &Options) -> Result<()> {
    let beside = options.beside.clone().unwrap_or_else(|| place.target.join("tables"));
    start(place, "train", &options.data, &[&beside])
}

/// Prints every figure.
pub(crate) fn eval(place: &Place, options: &Options) -> Result<()> {
    start(place, "eval", &options.data, &[])
}

fn start(place: &Place, verb: &str, data: &Path, more: &[&Path]) -> Result<()> {
    if !data.is_dir() {
        bail!(
            "--data {}: there is no such folder. Name the one that holds banking77/, sms-spam/ and the others, or set JACKFIELD_DATA",
            data.display()
        );
    }
    let cargo = |verb: &str| {
        let mut cargo = Command::new("cargo");
        cargo
            .args([verb, "--release", "--locked", "-p", "jackfield-train"])
            .current_dir(&place.root);
        cargo
    };
    run::step(place, "compiling the trainer", &mut cargo("build"))?;
    let mut program = cargo("run");
    program
        .args(["--quiet", "--", verb])
        .arg(&place.root)
        .arg(data.canonicalize()?)
        .args(more);
    let ran = run::watch(place, verb, &mut program, Show::All)?;
    if !ran.status.success() {
        bail!("{verb} ended with {}", ran.status);
    }
    Ok(())
}
