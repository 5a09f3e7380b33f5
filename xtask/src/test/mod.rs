//! `cargo xtask test`: every runner, one closing line.

mod gate;
mod rust;
mod tally;
mod web;

use std::process::Command;

use anyhow::Result;

use crate::place::Place;
use crate::{build, tools};
pub(crate) use tally::Tally;

/// What tests learn from the environment.
#[derive(Debug, Clone)]
struct Setting {
    variables: Vec<(&'static str, std::ffi::OsString)>,
}

impl Setting {
    fn apply(&self, command: &mut Command) {
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }
}

/// Builds, runs everything, and prints the sum. True when nothing failed.
pub(crate) fn test(place: &Place) -> Result<bool> {
    build::build(
        place,
        build::What {
            panel: true,
            plugins: true,
            host: true,
        },
    )?;
    let mut setting = Setting {
        variables: vec![("JACKFIELD_BIN", place.program("jackfield").into())],
    };
    setting
        .variables
        .push(("CARGO_TARGET_DIR", place.target.clone().into()));
    match tools::venv(place, "tests/requirements.txt") {
        Ok(folder) => setting.variables.push(("JACKFIELD_VENV", folder.into())),
        Err(error) => println!("  counterparties in Python: NOT here, and what needs them will be skipped: {error:#}"),
    }
    if let Err(error) = tools::languages(place) {
        println!("  tools for JavaScript and Python guests: NOT here, and what needs them will be skipped: {error:#}");
    }
    let mut sum = Tally::default();
    sum.add(gate::panel(place)?);
    sum.add(rust::run(place, &setting)?);
    sum.add(web::run(place, &setting)?);
    println!();
    for reason in &sum.reasons {
        println!("skipped: {reason}");
    }
    println!("{sum}");
    Ok(sum.failed == 0)
}
