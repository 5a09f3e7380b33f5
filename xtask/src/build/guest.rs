//! Plugins: from a cargo package to a component in `dist/plugins/`.
//!
//! `dist/` is what ships. Guests that misbehave are for tests, so they are put beside their source instead: nothing that
//! was made to do harm can come into a binary that somebody runs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use jackfield_build::component::component_of;
use jackfield_build::stamp;
use jackfield_build::toolchain::machine_paths;
use serde::Deserialize;

use super::module;
use crate::place::Place;

/// Where the guests of the tests live, plugins that misbehave.
const FOR_TESTS: &str = "tests/guests";
/// Where plugins live.
const SHELVES: [&str; 3] = ["plugins/channels", "plugins/triage", FOR_TESTS];

/// A plugin of this checkout.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    /// The name of its folder.
    pub(crate) name: String,
    /// Its cargo package.
    pub(crate) package: String,
    folder: PathBuf,
}

/// Every folder with a `Cargo.toml` on a shelf, by name.
pub(crate) fn all(place: &Place) -> Result<Vec<Guest>> {
    let mut guests = Vec::new();
    for shelf in SHELVES {
        let Ok(entries) = std::fs::read_dir(place.root.join(shelf)) else {
            continue;
        };
        for entry in entries {
            let folder = entry?.path();
            if folder.join("Cargo.toml").is_file() {
                guests.push(read(&folder)?);
            }
        }
    }
    guests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(guests)
}

fn read(folder: &Path) -> Result<Guest> {
    #[derive(Deserialize)]
    struct Cargo {
        package: Package,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
    }
    let file = folder.join("Cargo.toml");
    let text = std::fs::read_to_string(&file)?;
    let cargo: Cargo = toml::from_str(&text).with_context(|| format!("{} cannot be read", file.display()))?;
    let name = folder
        .file_name()
        .and_then(|name| name.to_str())
        .context("a plugin folder needs a plain name")?;
    Ok(Guest {
        name: name.to_owned(),
        package: cargo.package.name,
        folder: folder.to_path_buf(),
    })
}

impl Guest {
    /// Where its component goes.
    fn made(&self, place: &Place) -> PathBuf {
        if self.folder.starts_with(place.root.join(FOR_TESTS)) {
            place.root.join(FOR_TESTS).join("dist").join(&self.name)
        } else {
            shipped(place).join(&self.name)
        }
    }
}

fn shipped(place: &Place) -> PathBuf {
    place.dist().join("plugins")
}

/// Takes away what an earlier build put there and this checkout does not ship.
pub(crate) fn sweep(place: &Place, guests: &[Guest]) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(shipped(place)) else {
        return Ok(());
    };
    for entry in entries {
        let folder = entry?.path();
        if !guests.iter().any(|guest| guest.made(place) == folder) {
            std::fs::remove_dir_all(&folder)?;
        }
    }
    Ok(())
}

/// Makes the component and puts the manifest beside it.
pub(crate) fn encode(place: &Place, guest: &Guest) -> Result<()> {
    let to = guest.made(place);
    std::fs::create_dir_all(&to)?;
    let manifest = guest.folder.join("plugin.toml");
    if !manifest.is_file() {
        bail!(
            "{} is missing: a plugin says there what it is and which hosts it needs",
            place.short(&manifest)
        );
    }
    stamp::copy(&manifest, &to.join("plugin.toml"))?;

    let file = module(place, "guest", &guest.package);
    let bytes = std::fs::read(&file).with_context(|| {
        format!(
            "{} was not made: does {} have crate-type = [\"cdylib\"]?",
            file.display(),
            guest.package
        )
    })?;
    if let Some(path) = told(&bytes, &folders(place)) {
        bail!(
            "the module of {} holds the path {path}, which is of this machine and nobody else's; plugins/build/src/toolchain.rs has to map it away",
            guest.package
        );
    }
    let component = to.join("plugin.wasm");
    let stamp = stamp::Stamp::of(
        &place.memory(),
        &format!("plugin-{}", guest.name),
        &[b"component 1", &bytes],
    );
    if stamp.is_current(&[&component]) {
        return Ok(());
    }
    let encoded = component_of(&bytes).with_context(|| format!("{} is no component", guest.package))?;
    stamp::write(&component, &encoded)?;
    println!("  plugin {}: {} bytes", guest.name, encoded.len());
    Ok(stamp.keep()?)
}

/// Folders that no component may name.
fn folders(place: &Place) -> Vec<String> {
    let mut all: Vec<String> = machine_paths().into_iter().map(|(path, _)| path).collect();
    all.extend([&place.root, &place.target].map(|path| path.display().to_string()));
    all
}

/// The first of these that stands in a module.
fn told<'a>(module: &[u8], folders: &'a [String]) -> Option<&'a str> {
    let holds = |folder: &&String| {
        // With what is behind it: a folder may be called like a word.
        let path = format!("{folder}/");
        module.windows(path.len()).any(|window| window == path.as_bytes())
    };
    folders.iter().find(holds).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_that_names_a_folder_of_this_machine_is_found() {
        let folders = ["/build/ana/jackfield".to_owned(), "/build/ana/.cargo".to_owned()];
        let module = b"\0asm cargo/registry/src/a.rs /build/ana/jackfield-else /rustc/1/library/core";
        assert_eq!(told(module, &folders), None);
        let module = b"\0asm /build/ana/.cargo/registry/src/a.rs";
        assert_eq!(told(module, &folders), Some("/build/ana/.cargo"));
    }

    #[test]
    fn the_shelves_of_this_checkout_hold_the_bundled_plugins() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let place = Place {
            root: root.to_path_buf(),
            target: root.join("target"),
        };
        let names: Vec<String> = all(&place).unwrap().into_iter().map(|guest| guest.name).collect();
        for name in ["hostile", "keywords", "mastodon"] {
            assert!(names.iter().any(|n| n == name), "{names:?}");
        }
    }

    #[test]
    fn what_misbehaves_is_not_put_where_it_would_ship() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let place = Place {
            root: root.to_path_buf(),
            target: root.join("target"),
        };
        for guest in all(&place).unwrap() {
            let ships = guest.made(&place).starts_with(place.dist());
            assert_eq!(ships, guest.folder.starts_with(root.join("plugins")), "{}", guest.name);
        }
    }
}
