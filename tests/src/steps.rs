//! Death before a chosen step: see `tests/steps/steps.c`, which is compiled here and put under the program.

use std::cell::Cell;
use std::path::PathBuf;

/// The library, the file that arms it, and what it said.
#[derive(Debug)]
pub struct Steps {
    dir: tempfile::TempDir,
    counts: Counts,
    round: Cell<u32>,
}

/// What counts as a step besides what happens to files.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// Requests to paths that begin so, on the port of the program; none where it is empty.
    pub inward: &'static str,
    /// Talk to networks.
    pub outward: bool,
}

impl Steps {
    /// Compiles the library with the C compiler that building SQLite needs anyway.
    pub fn new(counts: Counts) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        let made = std::process::Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"])
            .arg(dir.path().join("steps.so"))
            .arg(crate::places::root().join("tests/steps/steps.c"))
            .args(["-ldl", "-lpthread"])
            .status()
            .expect("there is a C compiler, for SQLite is built with it");
        assert!(made.success(), "steps.c compiles");
        let round = Cell::new(0);
        Self { dir, counts, round }
    }

    /// Puts the library under a program that is about to start. It listens on that port, where it does.
    pub(crate) fn arrange(&self, command: &mut tokio::process::Command, port: u16) {
        command
            .env("LD_PRELOAD", self.dir.path().join("steps.so"))
            .env("STEPS_ARM", self.armed())
            .env("STEPS_SAID", self.dir.path().join("said"))
            .env("STEPS_PORT", port.to_string())
            .env("STEPS_INWARD", self.counts.inward)
            .env("STEPS_OUTWARD", u8::from(self.counts.outward).to_string());
    }

    /// Steps count from now on, from 1, and the program dies before this one. Where a moment is named, only moments count
    /// whose name begins so.
    pub fn arm(&self, die: u32, moment: &str) {
        let beside = self.dir.path().join("arming");
        self.round.set(self.round.get() + 1);
        std::fs::write(&beside, format!("{} {die} {moment}", self.round.get())).expect("the folder can be written");
        // Whole or not at all: the program may look at any moment.
        std::fs::rename(beside, self.armed()).expect("the folder can be written");
    }

    /// Steps count no more.
    pub fn disarm(&self) {
        let _ = std::fs::remove_file(self.armed());
    }

    /// The moments of death, in order.
    pub fn said(&self) -> Vec<String> {
        let said = std::fs::read_to_string(self.dir.path().join("said")).unwrap_or_default();
        said.lines().map(str::to_owned).collect()
    }

    fn armed(&self) -> PathBuf {
        self.dir.path().join("armed")
    }
}
