//! Every seed of the fuzz targets, and every input that once broke one, against what the targets claim: what
//! `cargo xtask fuzz` looks for with drawn bytes holds for these in each test run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a claim that fails says so

#[path = "../fuzz/src/lib.rs"]
#[allow(missing_docs, unreachable_pub, reason = "a library of the workspace beside this one")]
mod fuzz;

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn inputs(kept: &str, target: &str) -> Vec<PathBuf> {
    let folder = root().join(kept).join(target);
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn each(kept: &str) {
    let mut tried = 0;
    for (target, claims) in fuzz::TARGETS {
        for file in inputs(kept, target) {
            let bytes = std::fs::read(&file).unwrap();
            // The name of the file is what a reader of a failure needs first.
            let held = std::panic::catch_unwind(|| claims(&bytes));
            assert!(held.is_ok(), "{target}: {}", file.display());
            tried += 1;
        }
    }
    assert!(tried > 0, "no input under tests/fuzz/{kept}");
}

#[test]
fn what_is_claimed_of_every_input_holds_for_the_seeds() {
    each("seeds");
}

#[test]
fn what_once_broke_does_not_break_again() {
    each("found");
}

#[test]
fn an_input_is_kept_under_the_name_of_a_target() {
    for kept in ["seeds", "found"] {
        for entry in std::fs::read_dir(root().join(kept)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(
                fuzz::TARGETS.iter().any(|(target, _)| *target == name),
                "tests/fuzz/{kept}/{name}"
            );
        }
    }
}
