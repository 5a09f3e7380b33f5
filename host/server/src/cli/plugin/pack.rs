//! `jackfield plugin pack`: a component, its plugin.toml and its page as one file.

use super::super::say;
use clap::Args;
use jackfield_engine::package::Package;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(in super::super) struct Pack {
    /// The plugin's folder, with plugin.toml and perhaps README.md.
    folder: PathBuf,
    /// The component; `plugin.wasm` in the folder unless given.
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
    /// The package; NAME-VERSION.plug here unless given.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Pack {
    pub(super) fn run(&self) -> Result<(), String> {
        let package = packed(&self.folder, self.component.as_deref())?;
        let manifest = package.manifest();
        let usual = || PathBuf::from(format!("{}-{}.plug", manifest.name, manifest.version));
        let out = self.out.clone().unwrap_or_else(usual);
        write(&out, &package.bytes())?;
        say(&format!(
            "{} is in {}, sha256 {}",
            manifest.title(),
            out.display(),
            package.digest()
        ))?;
        say(&format!(
            "It is not signed yet: jackfield plugin sign {} --key KEY",
            out.display()
        ))
    }
}

/// The package of a folder.
pub(super) fn packed(folder: &Path, component: Option<&Path>) -> Result<Package, String> {
    let read = |path: &Path, repair: &str| {
        std::fs::read(path).map_err(|error| format!("{}: {error}. {repair}", path.display()))
    };
    let text = |path: &Path, bytes: Vec<u8>| {
        String::from_utf8(bytes)
            .map_err(|_| format!("{}: this is not UTF-8 text. Save the file as UTF-8", path.display()))
    };
    let manifest = folder.join("plugin.toml");
    let manifest_text = text(
        &manifest,
        read(&manifest, "Name the folder of a plugin: it holds plugin.toml")?,
    )?;
    let beside = folder.join("plugin.wasm");
    let component = component.unwrap_or(&beside);
    let wasm = read(
        component,
        "Build the plugin first, or name its component with --component FILE",
    )?;
    let page = folder.join("README.md");
    let readme = if page.exists() {
        Some(text(&page, read(&page, "")?)?)
    } else {
        None
    };
    Package::new(&wasm, &manifest_text, readme.as_deref()).map_err(|error| format!("{}: {error}", component.display()))
}

/// Written beside and renamed: a file of that name is whole.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    std::fs::write(&beside, bytes)
        .and_then(|()| std::fs::rename(&beside, path))
        .map_err(|error| {
            format!(
                "{}: {error}. Name a file in a folder that this user may write",
                path.display()
            )
        })
}

/// Reads a package file.
pub(super) fn read(path: &Path) -> Result<Package, String> {
    let bytes = bytes(path)?;
    Package::read(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// The bytes of a package file; a larger one than any package is not read.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let no = |error: std::io::Error| {
        format!(
            "{}: {error}. Name the file that `jackfield plugin pack` made",
            path.display()
        )
    };
    let length = std::fs::metadata(path).map_err(no)?.len();
    if length > jackfield_engine::package::PACKAGE_BYTES as u64 {
        return Err(format!("{}: {length} bytes are too many for a package", path.display()));
    }
    std::fs::read(path).map_err(no)
}
