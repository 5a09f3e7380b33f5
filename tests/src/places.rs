//! Where things are: found from the test itself, or named by the environment.

use std::path::{Path, PathBuf};

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ has a parent")
        .to_owned()
}

/// The program under test: `JACKFIELD_BIN`, or `jackfield` beside the folder of this test's own executable.
pub fn jackfield() -> PathBuf {
    if let Some(named) = std::env::var_os("JACKFIELD_BIN") {
        return named.into();
    }
    let own = std::env::current_exe().expect("a running test has an executable");
    // target/PROFILE/deps/kill-0123456789abcdef -> target/PROFILE/jackfield
    let found = own
        .parent()
        .and_then(Path::parent)
        .map(|profile| profile.join("jackfield"));
    match found {
        Some(path) if path.is_file() => path,
        other => panic!(
            "there is no program at {}: run `cargo build -p jackfield` with the same profile, or set JACKFIELD_BIN",
            other.unwrap_or_default().display()
        ),
    }
}

/// What `cargo xtask build` makes: the panel, the bundled plugins, the demo pages.
pub fn dist() -> PathBuf {
    let dist = root().join("dist");
    let plugin = dist.join("plugins/mastodon/plugin.wasm");
    assert!(
        plugin.is_file(),
        "{} is missing: run `cargo xtask build --plugins-only`",
        plugin.display()
    );
    dist
}

/// The Python environment with the third-party counterparties (`tests/requirements.txt`): `JACKFIELD_VENV`, or
/// `.venv` at the root. Else what is missing, in words.
pub fn venv() -> Result<PathBuf, String> {
    let venv = std::env::var_os("JACKFIELD_VENV").map_or_else(|| root().join(".venv"), PathBuf::from);
    let python = venv.join("bin/python");
    if python.is_file() {
        Ok(venv)
    } else {
        Err(format!(
            "no Python at {}: python3 -m venv .venv && .venv/bin/pip install -r tests/requirements.txt",
            python.display()
        ))
    }
}
