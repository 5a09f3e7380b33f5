//! This crate has a lint table of its own because one place must be unsafe; it stays the workspace's otherwise.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{fs, path::Path};
use toml::{Table, Value};

fn lints(file: &str, keys: &[&str]) -> Table {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let mut table: Table = text.parse().unwrap();
    for key in keys {
        let Some(Value::Table(inner)) = table.remove(*key) else {
            panic!("{file} has no {key}")
        };
        table = inner;
    }
    table
}

#[test]
fn the_lint_table_differs_from_the_workspaces_by_unsafe_code_alone() {
    let mut ours = lints("Cargo.toml", &["lints"]);
    let theirs = lints("../../Cargo.toml", &["workspace", "lints"]);
    let rust = ours["rust"].as_table_mut().unwrap();
    assert_eq!(rust["unsafe_code"].as_str(), Some("deny"));
    rust.insert("unsafe_code".to_owned(), Value::String("forbid".to_owned()));
    assert_eq!(ours, theirs);
}

#[test]
fn unsafe_code_is_in_one_place() {
    let mut places = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::read_to_string(&path).unwrap().contains("unsafe {") {
                places.push(path.file_name().unwrap().to_owned());
            }
        }
    }
    assert_eq!(places, ["cache.rs"]);
}
