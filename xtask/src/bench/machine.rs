//! On what was measured: a figure without its machine says nothing.

use std::fmt;
use std::process::Command;

use serde::Serialize;

use crate::place::Place;
use crate::run;

/// The machine and the code.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    commit: String,
    changed: bool,
    processor: String,
    cores: usize,
    memory_gib: u64,
    system: String,
    compiler: String,
}

/// This one, now. What cannot be found out is `unknown`.
pub(super) fn here(place: &Place) -> Machine {
    let said = |command: &mut Command| {
        run::quiet(command).map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
    };
    let file = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let git = |arguments: &[&str]| said(Command::new("git").args(arguments).current_dir(&place.root));
    Machine {
        commit: git(&["rev-parse", "--short=12", "HEAD"]),
        changed: !git(&["status", "--porcelain"]).is_empty(),
        processor: after(&file("/proc/cpuinfo"), "model name"),
        cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        memory_gib: after(&file("/proc/meminfo"), "MemTotal")
            .trim_end_matches(" kB")
            .parse::<u64>()
            .unwrap_or(0)
            >> 20,
        system: said(Command::new("uname").args(["-sr"])),
        compiler: said(Command::new("rustc").arg("--version")),
    }
}

/// The value of the first `key : value` line.
fn after(text: &str, key: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(key));
    line.and_then(|line| line.split_once(':'))
        .map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changed = if self.changed { " with changes" } else { "" };
        writeln!(f, "commit {}{changed}, {}", self.commit, self.compiler)?;
        write!(
            f,
            "{}, {} cores, {} GiB, {}",
            self.processor, self.cores, self.memory_gib, self.system
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_from_what_linux_tells() {
        assert_eq!(
            after("MemTotal:       24646500 kB\nMemFree: 1 kB", "MemTotal"),
            "24646500 kB"
        );
        assert_eq!(after("", "model name"), "unknown");
    }
}
