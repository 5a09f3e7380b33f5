//! Which compiler makes WebAssembly.
//!
//! Either rustup's own (a target is one download), or, where rustup cannot fetch it, Debian's `rustc-web` or rustup's
//! compiler with the source of its library: cargo then compiles the standard library itself, once.
//! `JACKFIELD_WASM=rustup`, `=debian` or `=source` insists on one of them.

use crate::steps::{apt_by_hand, asked, missing};
use crate::{Problem, Steps};
use std::path::Path;
use std::process::Command;

/// The one target of the panel and of the plugins.
pub const TARGET: &str = "wasm32-unknown-unknown";
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
pub enum Toolchain {
    /// The toolchain in use, with the target's library installed.
    Rustup,
    /// Debian's, which compiles the library on the way.
    Debian,
    /// The toolchain in use, which compiles the library from its source on the way.
    Source,
}

impl Toolchain {
    /// Finds a compiler, installing what is missing where that is allowed.
    pub fn find(steps: &mut dyn Steps) -> Result<Self, Problem> {
        let asked = std::env::var("JACKFIELD_WASM").unwrap_or_default();
        let no = |text: String| Err(Problem(text));
        match asked.as_str() {
            "rustup" if has_target() || adds_target(steps) => Ok(Self::Rustup),
            "rustup" => no(format!(
                "JACKFIELD_WASM=rustup, but the target is not there. Type: rustup target add {TARGET}"
            )),
            "debian" if debian_is_complete() || debian_installs(steps) => Ok(Self::Debian),
            "debian" => no(format!(
                "JACKFIELD_WASM=debian, but its packages are not there. Type: {}",
                apt_by_hand(&PACKAGES)
            )),
            "source" if has_source() || adds_source(steps) => Ok(Self::Source),
            "source" => no(
                "JACKFIELD_WASM=source, but the source of the library is not there. Type: rustup component add rust-src"
                    .to_owned(),
            ),
            "" => Self::first_that_works(steps),
            other => no(format!(
                "JACKFIELD_WASM={other}: say rustup, debian or source, or leave it out"
            )),
        }
    }

    fn first_that_works(steps: &mut dyn Steps) -> Result<Self, Problem> {
        if has_target() {
            return Ok(Self::Rustup);
        }
        if debian_is_complete() {
            return Ok(Self::Debian);
        }
        if sysroot().is_none() {
            return Err(Problem(missing("rustc")));
        }
        if adds_target(steps) {
            Ok(Self::Rustup)
        } else if has_source() || adds_source(steps) {
            Ok(Self::Source)
        } else if debian_installs(steps) {
            Ok(Self::Debian)
        } else {
            Err(Problem(format!(
                "no compiler here makes {TARGET}. Type one of these, then start again:\n  rustup target add {TARGET}\n  {}",
                apt_by_hand(&PACKAGES)
            )))
        }
    }

    /// The same for the panel. It says nothing about a panic but that it broke, so neither the texts of panics nor the
    /// code that prints them travel; a trap tells its shell. Plugins keep theirs: their authors read them.
    pub fn cargo_build_quiet(self, steps: &mut dyn Steps) -> Result<Command, Problem> {
        let mut command = self.cargo_build();
        if self == Self::Rustup {
            if !has_source() && !adds_source(steps) {
                return Err(Problem(format!(
                    "the panel's standard library is compiled without the texts of panics, and its source is not there. Type one of these, then start again:\n  rustup component add rust-src\n  {}",
                    apt_by_hand(&PACKAGES)
                )));
            }
            command.args(LIBRARY).env("RUSTC_BOOTSTRAP", "1");
        }
        let flags = "-Zlocation-detail=none -Zfmt-debug=none -Zunstable-options -Cpanic=immediate-abort";
        command.env("RUSTFLAGS", flags);
        Ok(command)
    }

    /// The beginning of a `cargo build` for the target.
    pub fn cargo_build(self) -> Command {
        let mut command = match self {
            Self::Rustup | Self::Source => Command::new("cargo"),
            Self::Debian => Command::new("/usr/bin/cargo"),
        };
        command.args(["build", "--target", TARGET]);
        // A panic names its file, and a plugin that ships names none of this machine. As configuration and not as a
        // variable: flags that a project has written for itself stay beside it.
        let remap = machine_paths()
            .into_iter()
            .map(|(path, name)| format!("--remap-path-prefix={path}={name}"));
        let flags: Vec<String> = remap.map(|flag| format!("\"{flag}\"")).collect();
        command
            .arg("--config")
            .arg(format!("target.{TARGET}.rustflags=[{}]", flags.join(", ")));
        // Flags and wrappers meant for the host compiler have no business here.
        command
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTC_WRAPPER");
        match self {
            Self::Rustup => {}
            Self::Source => {
                command.args(LIBRARY).env("RUSTC_BOOTSTRAP", "1");
            }
            Self::Debian => {
                command
                    .args(LIBRARY)
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19")
                    .env_remove("RUSTUP_TOOLCHAIN")
                    .env_remove("CARGO");
            }
        }
        command
    }
}

/// Folders of this machine from which code of others is compiled, and what they are called in a module. The code of the
/// project itself is compiled under paths that begin in its own folder.
pub fn machine_paths() -> Vec<(String, &'static str)> {
    let home = std::env::var("HOME").unwrap_or_default();
    let cargo = std::env::var("CARGO_HOME").unwrap_or_else(|_| format!("{home}/.cargo"));
    let rust = sysroot().unwrap_or_default();
    let all = [(cargo, "cargo"), (rust.trim().to_owned(), "rust")];
    // `/usr` is no place of somebody's. What TOML or the compiler would read as something else stays as it is.
    let plain = |path: &str| path.split('/').count() > 2 && !path.contains(['"', '\\', '=']);
    all.into_iter().filter(|(path, _)| plain(path)).collect()
}

fn has_target() -> bool {
    sysroot_has(&format!("{TARGET}/lib"))
}

fn has_source() -> bool {
    sysroot_has("src/rust/library")
}

fn sysroot() -> Option<String> {
    asked(Command::new("rustc").args(["--print", "sysroot"]))
}

fn sysroot_has(folder: &str) -> bool {
    sysroot().is_some_and(|root| Path::new(root.trim()).join("lib/rustlib").join(folder).is_dir())
}

fn adds_target(steps: &mut dyn Steps) -> bool {
    rustup_adds(steps, ["target", "add", TARGET]) && has_target()
}

fn adds_source(steps: &mut dyn Steps) -> bool {
    rustup_adds(steps, ["component", "add", "rust-src"]) && has_source()
}

fn rustup_adds(steps: &mut dyn Steps, what: [&str; 3]) -> bool {
    if asked(Command::new("rustup").arg("--version")).is_none() {
        return false;
    }
    let mut command = Command::new("timeout");
    command.args([PATIENCE_SECS, "rustup"]).args(what);
    let name = format!("rustup {}", what.join(" "));
    steps.run(&name, &mut command).is_ok()
}

fn debian_is_complete() -> bool {
    PIECES.iter().all(|piece| Path::new(piece).exists())
}

fn debian_installs(steps: &mut dyn Steps) -> bool {
    match steps.packages(&PACKAGES) {
        Ok(()) => debian_is_complete(),
        Err(problem) => {
            steps.say(&format!("  {problem}"));
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_the_host_compiler_stay_outside_and_debian_gets_its_own_linker() {
        let of = |toolchain: Toolchain| {
            let command = toolchain.cargo_build();
            let set: Vec<String> = command
                .get_envs()
                .map(|(name, value)| format!("{}={}", name.display(), value.unwrap_or_default().display()))
                .collect();
            set.join(" ")
        };
        for toolchain in [Toolchain::Rustup, Toolchain::Debian, Toolchain::Source] {
            assert!(
                of(toolchain).contains("RUSTFLAGS= "),
                "{toolchain:?}: {}",
                of(toolchain)
            );
        }
        assert!(of(Toolchain::Debian).contains("LINKER=wasm-ld-19"));
        let said: Vec<_> = Toolchain::Source
            .cargo_build()
            .get_args()
            .map(|one| one.display().to_string())
            .collect();
        for (path, name) in machine_paths() {
            assert!(
                said.iter().any(|one| one.contains(&format!("{path}={name}"))),
                "{said:?}"
            );
        }
        assert!(of(Toolchain::Source).contains("RUSTC_BOOTSTRAP=1"));
        assert!(!of(Toolchain::Rustup).contains("RUSTC_BOOTSTRAP"));
    }
}
