//! Tables from data without a licence are no part of this project. Where `JACKFIELD_EXTRA_TABLES` names a folder that
//! holds them, they are built in; elsewhere an empty file stands for each.

use std::path::PathBuf;

/// Their files.
const TABLES: &[&str] = &["offensive.table"];

fn main() {
    println!("cargo::rerun-if-env-changed=JACKFIELD_EXTRA_TABLES");
    let from = std::env::var_os("JACKFIELD_EXTRA_TABLES").map(PathBuf::from);
    let to = std::env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    for name in TABLES {
        let bytes = from.as_ref().map(|folder| folder.join(name)).and_then(|file| {
            println!("cargo::rerun-if-changed={}", file.display());
            std::fs::read(file).ok()
        });
        if let Err(error) = std::fs::write(to.join(name), bytes.unwrap_or_default()) {
            println!("cargo::error={name} cannot be put into the build: {error}");
        }
    }
}
