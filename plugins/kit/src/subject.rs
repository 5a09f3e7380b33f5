//! What is tested: a plugin's folder, a component with its manifest beside it, or a package (`.plug`) that has both.

use crate::conform::Conform;
use jackfield_engine::{Manifest, package::Package, trace::Trace};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A plugin with what its folder says of testing it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The folder that holds `plugin.toml`.
    pub folder: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// The component.
    pub component: Vec<u8>,
    /// Its `conform.toml`; empty where there is none.
    pub conform: Conform,
    /// Its traces, by path from the folder.
    pub traces: Vec<(String, Trace)>,
}

impl Subject {
    /// Reads a folder, or the folder around a component file. `component` says where the component is when it is not
    /// where a build puts it.
    pub fn open(path: &Path, component: Option<&Path>) -> Result<Self, String> {
        let (folder, given) = if path.is_dir() {
            (path.to_owned(), component.map(Path::to_owned))
        } else if path.is_file() {
            let folder = path.parent().map(Path::to_owned).unwrap_or_default();
            let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            if let Ok(package) = Package::read(&bytes) {
                // Its manifest is inside it, whatever stands beside it.
                return Self::of(folder, package.manifest().clone(), package.component().to_vec());
            }
            (folder, Some(component.unwrap_or(path).to_owned()))
        } else {
            return Err(format!(
                "{} is not there; give the plugin's folder, or its component beside its plugin.toml",
                path.display()
            ));
        };
        let manifest = folder.join("plugin.toml");
        let text = fs::read_to_string(&manifest)
            .map_err(|error| format!("{}: {error}; a plugin's folder holds a plugin.toml", manifest.display()))?;
        let manifest = Manifest::parse(&text).map_err(|error| format!("{}: {error}", folder.display()))?;
        let file = match given {
            Some(file) => file,
            None => find(&folder, &manifest.name)?,
        };
        let component = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::of(folder, manifest, component)
    }

    /// A plugin whose component is in memory, with `conform.toml` and traces from `folder`.
    pub fn of(folder: PathBuf, manifest: Manifest, component: Vec<u8>) -> Result<Self, String> {
        let file = folder.join("conform.toml");
        let conform = match fs::read_to_string(&file) {
            Ok(text) => Conform::parse(&text).map_err(|error| format!("{}: {error}", folder.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Conform::default(),
            Err(error) => return Err(format!("{}: {error}", file.display())),
        };
        let named = if conform.traces.is_empty() {
            found(&folder)
        } else {
            conform.traces.clone()
        };
        let mut traces = Vec::new();
        for name in named {
            let file = folder.join(&name);
            let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            let trace = Trace::parse(&text).map_err(|error| format!("{}: {error}", file.display()))?;
            if trace.header.plugin != manifest.name {
                return Err(format!(
                    "{} is a trace of the plugin `{}`, not of `{}`; take it out of the folder, or name the traces in conform.toml",
                    file.display(),
                    trace.header.plugin,
                    manifest.name
                ));
            }
            traces.push((name, trace));
        }
        Ok(Self {
            folder,
            manifest,
            component,
            conform,
            traces,
        })
    }
}

/// Where builds put a component: beside the manifest, in its `dist`, or in the checkout's.
fn find(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let absolute = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let near = [absolute.join("plugin.wasm"), absolute.join("dist/plugin.wasm")];
    let above = absolute
        .ancestors()
        .skip(1)
        .map(|above| above.join("dist/plugins").join(name).join("plugin.wasm"));
    near.into_iter().chain(above).find(|file| file.is_file()).ok_or_else(|| {
        format!(
            "there is no component in {} (plugin.wasm or dist/plugin.wasm); build it first with `jackfield plugin build`, or name it with --component FILE",
            folder.display()
        )
    })
}

fn found(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.join("fixtures"))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".trace"))
        .map(|name| format!("fixtures/{name}"))
        .collect();
    names.sort();
    names
}
