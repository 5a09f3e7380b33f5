//! `jackfield plugin diff`: what an upgrade would newly be able to do.

use super::super::{At, plugins, say};
use super::pack::read;
use clap::Args;
use jackfield_engine::package::{Diff as Difference, Package};
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(in super::super) struct Diff {
    /// The version before: a package, or the name of a plugin that the host has.
    a: String,
    /// The version after: a package.
    b: String,
    #[command(flatten)]
    at: At,
}

/// What `diff` ends with where somebody has to agree, as `diff` of other things does where there is a difference.
const NEEDS_APPROVAL: u8 = 3;

impl Diff {
    /// Ends with 0 where nobody has to agree, with 3 where somebody has to.
    pub(super) fn run(&self) -> Result<ExitCode, String> {
        let diff =
            Difference::between(&self.either(&self.a)?, &self.either(&self.b)?).map_err(|error| error.to_string())?;
        say(&diff.to_string())?;
        Ok(if diff.needs_approval() {
            ExitCode::from(NEEDS_APPROVAL)
        } else {
            ExitCode::SUCCESS
        })
    }

    fn either(&self, text: &str) -> Result<Package, String> {
        let path = Path::new(text);
        if path.exists() || text.ends_with(".plug") {
            return read(path);
        }
        let plugins = plugins(&self.at.config()?)?;
        match plugins.installed(text) {
            Some(install) => plugins.package(text, &install.current),
            None => plugins.bundled(text),
        }
    }
}
