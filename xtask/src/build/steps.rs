//! The steps of `jackfield-build`, shown and timed as all steps of xtask are.

use std::process::Command;

use jackfield_build::{Problem, Steps};

use crate::place::Place;
use crate::{apt, run};

/// Steps of a build in this place. What is missing of Debian's packages is installed where this program is root.
#[derive(Debug)]
pub(super) struct Shown<'a>(pub(super) &'a Place);

impl Steps for Shown<'_> {
    fn run(&mut self, name: &str, command: &mut Command) -> Result<(), Problem> {
        run::step(self.0, name, command)
            .map(|_| ())
            .map_err(|error| Problem(format!("{error:#}")))
    }

    fn say(&mut self, line: &str) {
        println!("{line}");
    }

    fn packages(&mut self, packages: &[&str]) -> Result<(), Problem> {
        apt::install(self.0, packages).map_err(|error| Problem(format!("{error:#}")))
    }
}
