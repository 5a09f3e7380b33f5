//! Death before a chosen step: see `tests/steps/steps.c`, which is compiled here and put under the program.

use std::path::PathBuf;

/// The library, and the file that arms it.
#[derive(Debug)]
pub struct Steps {
    dir: tempfile::TempDir,
}

impl Steps {
    /// Compiles the library with the C compiler that building SQLite needs anyway.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        let made = std::process::Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"])
            .arg(dir.path().join("steps.so"))
            .arg(crate::places::root().join("tests/steps/steps.c"))
            .arg("-ldl")
            .status()
            .expect("there is a C compiler, for SQLite is built with it");
        assert!(made.success(), "steps.c compiles");
        Self { dir }
    }

    /// Puts the library under a program that is about to start.
    pub(crate) fn arrange(&self, command: &mut tokio::process::Command, step: u32, port: u16) {
        command
            .env("LD_PRELOAD", self.dir.path().join("steps.so"))
            .env("STEPS_ARM", self.armed())
            .env("STEPS_DIE", step.to_string())
            .env("STEPS_PORT", port.to_string());
    }

    /// Steps count from now on.
    pub fn arm(&self) {
        std::fs::write(self.armed(), "").expect("the folder can be written");
    }

    /// Steps count no more.
    pub fn disarm(&self) {
        let _ = std::fs::remove_file(self.armed());
    }

    fn armed(&self) -> PathBuf {
        self.dir.path().join("armed")
    }
}

impl Default for Steps {
    fn default() -> Self {
        Self::new()
    }
}
