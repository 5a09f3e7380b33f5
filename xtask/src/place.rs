//! Where things are: the checkout, cargo's target folder, `dist/`.
//!
//! xtask is started by cargo from the checkout, so nothing here is written down at compile time:
//! a binary that was built in one folder keeps working when the folder is moved.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The folders that every command needs.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The root of the checkout.
    pub(crate) root: PathBuf,
    /// Cargo's target folder of the host build.
    pub(crate) target: PathBuf,
}

impl Place {
    /// Finds the checkout above the working folder and the target folder above this program.
    pub(crate) fn find() -> Result<Self> {
        let here = std::env::current_dir().context("the working folder cannot be read")?;
        let Some(root) = here.ancestors().find(|dir| dir.join("xtask/Cargo.toml").is_file()) else {
            bail!(
                "run this inside the Jackfield checkout: no folder above {} has xtask/Cargo.toml",
                here.display()
            );
        };
        // <target>/<profile>/xtask: right for --target-dir, CARGO_TARGET_DIR and build.target-dir alike.
        let program = std::env::current_exe().context("the path of xtask cannot be read")?;
        let target = program
            .ancestors()
            .nth(2)
            .context("xtask must be started by `cargo xtask`")?
            .to_path_buf();
        Ok(Self {
            root: root.to_path_buf(),
            target,
        })
    }

    /// What is built for browsers and for the host to serve.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The target folder of the wasm32 build: another compiler may be at work there, and two would evict one another.
    pub(crate) fn wasm_target(&self) -> PathBuf {
        self.target.join("wasm")
    }

    /// A folder for what xtask itself remembers: times, stamps, logs.
    pub(crate) fn memory(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// A host program built with the dev profile.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// A path as a reader of the terminal wants it: from the checkout where possible.
    pub(crate) fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}
