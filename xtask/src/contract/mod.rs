//! Released versions of the contract stay as they are: a plugin that was built once is loaded for ever.
//!
//! A version is a folder of `plugins/wit`. When it is released (`cargo xtask freeze v0.2`), its package is recorded in
//! binary form under `plugins/wit/released/`, and the digest of its files in `plugins/wit/released.toml`. From then on
//! `cargo xtask lint contract` holds three things: no byte of the folder is another one; the record still says what the
//! folder says; and every later version of the same line has all of it in the same shape. What differs is named item by
//! item from the two parsed packages, because a digest alone would only say that something does.

mod compare;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{PackageId, Resolve};

use crate::place::Place;
use compare::{Contract, changes};

const LIST: &str = "released.toml";
const RECORDS: &str = "released";
const HEAD: &str = "# Released versions of the contract. Written by `cargo xtask freeze FOLDER`, never by hand.\n\n";

/// The versions that are released.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Released {
    #[serde(default)]
    version: Vec<Version>,
}

/// One of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Version {
    /// Below `plugins/wit`.
    folder: String,
    /// `jackfield:plugin@0.1.0`.
    package: String,
    /// SHA-256 over names and bytes of its files.
    files: String,
    /// SHA-256 of its record.
    record: String,
}

/// A package, parsed or decoded.
struct Parsed {
    resolve: Resolve,
    package: PackageId,
}

impl Parsed {
    fn of_folder(folder: &Path) -> Result<Self> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(folder)?;
        Ok(Self { resolve, package })
    }

    fn of_record(bytes: &[u8]) -> Result<Self> {
        match decode(bytes)? {
            DecodedWasm::WitPackage(resolve, package) => Ok(Self { resolve, package }),
            DecodedWasm::Component(..) => bail!("it holds a component and no contract"),
        }
    }

    fn contract(&self) -> Contract<'_> {
        Contract {
            resolve: &self.resolve,
            package: self.package,
        }
    }

    fn name(&self) -> String {
        let package = self.resolve.packages.get(self.package);
        package.map(|package| package.name.to_string()).unwrap_or_default()
    }

    /// `(0, 1, 1)` of `jackfield:plugin@0.1.1`.
    fn version(&self) -> Option<(u64, u64, u64)> {
        let version = self.resolve.packages.get(self.package)?.name.version.as_ref()?;
        Some((version.major, version.minor, version.patch))
    }
}

/// What a version is called as a folder: `v0.1` of 0.1.0, `v0.1.1` of 0.1.1.
fn folder_name((major, minor, patch): (u64, u64, u64)) -> String {
    match patch {
        0 => format!("v{major}.{minor}"),
        _ => format!("v{major}.{minor}.{patch}"),
    }
}

/// Versions between which nothing may break: before 1.0 those of one minor number, as semver has it.
fn one_line(a: (u64, u64, u64), b: (u64, u64, u64)) -> bool {
    a.0 == b.0 && (a.0 > 0 || a.1 == b.1)
}

fn shelf(place: &Place) -> PathBuf {
    place.root.join("plugins/wit")
}

/// The part `contract` of the lint.
pub(crate) fn check(place: &Place) -> Result<()> {
    let faults = faults(&shelf(place))?;
    if faults.is_empty() {
        return Ok(());
    }
    bail!("{}\ncontract: {} faults", faults.join("\n"), faults.len())
}

/// Everything that is wrong below a folder like `plugins/wit`.
fn faults(shelf: &Path) -> Result<Vec<String>> {
    let released = list(shelf)?;
    let mut faults = Vec::new();
    let mut folders = BTreeMap::new();
    for name in folder_names(shelf)? {
        let parsed = Parsed::of_folder(&shelf.join(&name)).with_context(|| format!("plugins/wit/{name}"))?;
        let version = parsed.version().with_context(|| {
            format!("plugins/wit/{name}: its package has no version; write `package jackfield:plugin@0.1.0;`")
        })?;
        if folder_name(version) != name {
            let right = folder_name(version);
            faults.push(format!(
                "plugins/wit/{name} holds {}: name the folder {right}, or correct the version in its files",
                parsed.name()
            ));
        }
        folders.insert(name, (version, parsed));
    }
    for one in &released.version {
        let Some(record) = record(shelf, one, &mut faults) else {
            continue;
        };
        match folders.get(&one.folder) {
            None => faults.push(format!(
                "plugins/wit/{}: it was released and is gone; take it back out of the history",
                one.folder
            )),
            Some((_, now)) => frozen(shelf, one, &record, now, &mut faults)?,
        }
        let Some(version) = record.version() else { continue };
        let later = folders
            .iter()
            .filter(|(_, (other, _))| *other > version && one_line(*other, version));
        for (name, (_, later)) in later {
            let broken = changes(record.contract(), later.contract());
            faults.extend(
                broken
                    .iter()
                    .filter(|change| change.repair.is_some())
                    .map(|change| format!("plugins/wit/{name} breaks plugins built for {}: {change}", one.package)),
            );
        }
    }
    Ok(faults)
}

/// A released folder against its record.
fn frozen(shelf: &Path, one: &Version, record: &Parsed, now: &Parsed, faults: &mut Vec<String>) -> Result<()> {
    if digest_of(&shelf.join(&one.folder))? == one.files {
        return Ok(());
    }
    let take_back = "a released version never changes: take the change back (`git checkout`) and put it into a new folder, \
                     as plugins/wit/README.md says";
    let mut found = changes(record.contract(), now.contract());
    found.iter_mut().for_each(|change| change.repair = None);
    if found.is_empty() {
        faults.push(format!(
            "plugins/wit/{}: its words changed, though no declaration did; {take_back}",
            one.folder
        ));
    }
    faults.extend(
        found
            .iter()
            .map(|change| format!("plugins/wit/{}: {change}; {take_back}", one.folder)),
    );
    Ok(())
}

fn record(shelf: &Path, one: &Version, faults: &mut Vec<String>) -> Option<Parsed> {
    let path = format!("{RECORDS}/{}.wasm", one.folder);
    let read = std::fs::read(shelf.join(&path)).map_err(anyhow::Error::from);
    let read = read.and_then(|bytes| match hex::encode(Sha256::digest(&bytes)) == one.record {
        true => Parsed::of_record(&bytes),
        false => bail!("it is not the one that was recorded"),
    });
    match read {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            faults.push(format!(
                "plugins/wit/{path}: {error:#}; take it back out of the history"
            ));
            None
        }
    }
}

/// `cargo xtask freeze FOLDER`: from now on this version is released.
pub(crate) fn freeze(place: &Place, folder: &str) -> Result<()> {
    freeze_in(&shelf(place), folder)?;
    println!("plugins/wit/{folder} is released; commit plugins/wit/{LIST} and plugins/wit/{RECORDS}/{folder}.wasm");
    Ok(())
}

fn freeze_in(shelf: &Path, folder: &str) -> Result<()> {
    let mut released = list(shelf)?;
    if released.version.iter().any(|one| one.folder == folder) {
        bail!("plugins/wit/{folder} is released already and never changes; a change goes into a new folder");
    }
    let parsed = Parsed::of_folder(&shelf.join(folder)).with_context(|| format!("plugins/wit/{folder}"))?;
    let faults = faults(shelf)?;
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    let bytes = wit_component::encode(&parsed.resolve, parsed.package, false)?;
    std::fs::create_dir_all(shelf.join(RECORDS))?;
    std::fs::write(shelf.join(RECORDS).join(format!("{folder}.wasm")), &bytes)?;
    released.version.push(Version {
        folder: folder.to_owned(),
        package: parsed.name(),
        files: digest_of(&shelf.join(folder))?,
        record: hex::encode(Sha256::digest(&bytes)),
    });
    std::fs::write(shelf.join(LIST), format!("{HEAD}{}", toml::to_string(&released)?))?;
    Ok(())
}

fn list(shelf: &Path) -> Result<Released> {
    let file = shelf.join(LIST);
    if !file.exists() {
        return Ok(Released::default());
    }
    let text = std::fs::read_to_string(&file)?;
    toml::from_str(&text).with_context(|| format!("plugins/wit/{LIST}: take it back out of the history"))
}

/// Folders that begin with `v` and a digit, by name.
fn folder_names(shelf: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(shelf)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let numbered = name
            .strip_prefix('v')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if numbered && entry.path().is_dir() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Every file's name and bytes, with their lengths, so that no two folders have one digest.
fn digest_of(folder: &Path) -> Result<String> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        files.insert(name.unwrap_or_default(), std::fs::read(&path)?);
    }
    let mut digest = Sha256::new();
    for (name, bytes) in files {
        digest.update((name.len() as u64).to_le_bytes());
        digest.update(name);
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    }
    Ok(hex::encode(digest.finalize()))
}
