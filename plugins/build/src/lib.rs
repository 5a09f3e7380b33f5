//! From the folder of a plugin to a WebAssembly component.
//!
//! `cargo xtask build` makes the bundled plugins by it, `jackfield plugin build` and `jackfield plugin dev` those of
//! somebody else. It starts the compilers of three languages and knows nothing of the host: whether the component fits
//! is the sandbox's to say.
//!
//! | module | what is in it |
//! |---|---|
//! | [`project`] | which language a folder is written in |
//! | `rust`, `js`, `python` | the way to a component in each |
//! | [`toolchain`] | which Rust compiler makes WebAssembly here, and what to type where none does |
//! | [`component`] | a core module to a component |
//! | [`steps`] | how the programs that take long are run and shown: the caller's choice |
//! | [`stamp`] | what was made from what, so that nothing is made twice |
//!
//! A precondition that fails is a [`Problem`], and its text ends with what to type.

pub mod component;
mod js;
pub mod project;
mod python;
mod rust;
pub mod stamp;
pub mod steps;
pub mod toolchain;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use project::{Language, Project};
pub use steps::{Captured, Steps};

/// What kept a plugin from being built: what, where, why, and what to type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Problem(pub String);

impl Problem {
    /// A problem with a file or a folder.
    pub(crate) fn at(path: &Path, what: impl std::fmt::Display) -> Self {
        Self(format!("{}: {what}", path.display()))
    }
}

/// A component that was made.
#[derive(Debug, Clone)]
pub struct Built {
    /// The file, `plugin.wasm` in the project's folder.
    pub component: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// False where nothing had changed since it was last made.
    pub fresh: bool,
    /// How long it took.
    pub took: Duration,
}

/// Builds the component of a project into its folder. An old component stays where the build fails.
pub fn build(project: &Project, steps: &mut dyn Steps) -> Result<Built, Problem> {
    let began = Instant::now();
    let component = project.component();
    let fresh = match project.language {
        // cargo knows best what has changed.
        Language::Rust => stamp::write(&component, &rust::component(project, steps)?)?,
        Language::JavaScript | Language::Python => {
            let stamp = project.stamp()?;
            let current = stamp.is_current(&[&component]);
            if !current {
                if project.language == Language::Python {
                    python::component(project, steps)?;
                } else {
                    js::component(project, steps)?;
                }
                stamp.keep()?;
            }
            !current
        }
    };
    let bytes = std::fs::metadata(&component)
        .map_err(|error| Problem::at(&component, error))?
        .len();
    Ok(Built {
        component,
        bytes,
        fresh,
        took: began.elapsed(),
    })
}
