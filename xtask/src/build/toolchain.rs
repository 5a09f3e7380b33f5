//! Which compiler makes WebAssembly.
//!
//! Either rustup's own (a target is one download), or, where rustup cannot fetch it, Debian's `rustc-web` with the
//! library source beside it: cargo then compiles the standard library itself, once. `JACKFIELD_WASM=rustup` or
//! `=debian` insists on one of them.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::place::Place;
use crate::{apt, run};

/// The one target of the panel and of the plugins.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// Debian's packages with a compiler, its cargo, the source of its standard library and the linker.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];
/// What those packages put down.
const PIECES: [&str; 4] = [
    "/usr/bin/rustc",
    "/usr/bin/cargo",
    "/usr/lib/rustlib/src/rust/library/Cargo.lock",
    "/usr/bin/wasm-ld-19",
];
/// The standard library is compiled on the way, for size.
const LIBRARY: [&str; 2] = ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];
/// rustup answers at once or takes one small download; a network that swallows packets is not waited for.
const PATIENCE_SECS: &str = "120";

/// A compiler that can make WebAssembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The toolchain in use, with the target's library installed.
    Rustup,
    /// Debian's, which compiles the library on the way.
    Debian,
}

impl Toolchain {
    /// Finds a compiler, installing what is missing where that is allowed.
    pub(crate) fn find(place: &Place) -> Result<Self> {
        let asked = std::env::var("JACKFIELD_WASM").unwrap_or_default();
        match asked.as_str() {
            "rustup" if rustup_has_target() || rustup_adds_target(place) => Ok(Self::Rustup),
            "rustup" => bail!("JACKFIELD_WASM=rustup, but the target is not there. Type: rustup target add {TARGET}"),
            "debian" if debian_is_complete() || debian_installs(place) => Ok(Self::Debian),
            "debian" => bail!(
                "JACKFIELD_WASM=debian, but its packages are not there. Type: {}",
                by_hand()
            ),
            "" => Self::first_that_works(place),
            other => bail!("JACKFIELD_WASM={other}: say rustup or debian, or leave it out"),
        }
    }

    fn first_that_works(place: &Place) -> Result<Self> {
        if rustup_has_target() {
            Ok(Self::Rustup)
        } else if debian_is_complete() {
            Ok(Self::Debian)
        } else if rustup_adds_target(place) {
            Ok(Self::Rustup)
        } else if debian_installs(place) {
            Ok(Self::Debian)
        } else {
            bail!(
                "no compiler here makes {TARGET}. Type one of these, then start again:\n  rustup target add {TARGET}\n  {}",
                by_hand()
            )
        }
    }

    /// The same for the panel. It says nothing about a panic but that it broke, so neither the texts of panics nor the
    /// code that prints them travel; a trap tells its shell. Plugins keep theirs: their authors read them.
    pub(crate) fn cargo_build_quiet(self, place: &Place) -> Result<Command> {
        let mut command = self.cargo_build();
        if self == Self::Rustup {
            if !rustup_has_source() && !rustup_adds_source(place) {
                bail!(
                    "the panel's standard library is compiled without the texts of panics, and its source is not there. Type one of these, then start again:\n  rustup component add rust-src\n  {}",
                    by_hand()
                );
            }
            command.args(LIBRARY).env("RUSTC_BOOTSTRAP", "1");
        }
        let flags = "-Zlocation-detail=none -Zfmt-debug=none -Zunstable-options -Cpanic=immediate-abort";
        command.env("RUSTFLAGS", flags);
        Ok(command)
    }

    /// The beginning of a `cargo build` for the target.
    pub(crate) fn cargo_build(self) -> Command {
        let mut command = match self {
            Self::Rustup => Command::new("cargo"),
            Self::Debian => Command::new("/usr/bin/cargo"),
        };
        command.args(["build", "--target", TARGET]);
        // Flags and wrappers meant for the host compiler have no business here.
        command
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTC_WRAPPER");
        if self == Self::Debian {
            command
                .args(LIBRARY)
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19")
                .env_remove("RUSTUP_TOOLCHAIN")
                .env_remove("CARGO");
        }
        command
    }
}

fn rustup_has_target() -> bool {
    rustup_has(&format!("{TARGET}/lib"))
}

fn rustup_has_source() -> bool {
    rustup_has("src/rust/library")
}

fn rustup_has(folder: &str) -> bool {
    let Ok(sysroot) = run::quiet(Command::new("rustc").args(["--print", "sysroot"])) else {
        return false;
    };
    Path::new(sysroot.trim()).join("lib/rustlib").join(folder).is_dir()
}

fn rustup_adds_target(place: &Place) -> bool {
    rustup_adds(place, ["target", "add", TARGET]) && rustup_has_target()
}

fn rustup_adds_source(place: &Place) -> bool {
    rustup_adds(place, ["component", "add", "rust-src"]) && rustup_has_source()
}

fn rustup_adds(place: &Place, what: [&str; 3]) -> bool {
    if !run::answers("rustup", "--version") {
        return false;
    }
    let mut command = Command::new("timeout");
    command.args([PATIENCE_SECS, "rustup"]).args(what);
    run::step(
        place,
        &format!("rustup {} add", what.first().unwrap_or(&"")),
        &mut command,
    )
    .is_ok()
}

fn debian_is_complete() -> bool {
    PIECES.iter().all(|piece| Path::new(piece).exists())
}

fn debian_installs(place: &Place) -> bool {
    match apt::install(place, &PACKAGES) {
        Ok(()) => debian_is_complete(),
        Err(error) => {
            println!("  {error:#}");
            false
        }
    }
}

fn by_hand() -> String {
    apt::by_hand(&PACKAGES)
}
