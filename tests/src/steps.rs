//! Death before a chosen step: see `tests/steps/steps.c`, which is compiled here and put under the program.

use std::cell::Cell;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// Bytes of `struct arms` there, of a name in it, and where in it stands that a process dies.
const ARMS: usize = 224;
const NAME: usize = 64;
const HELD: u64 = 88;

/// The library, the file of its arms, and what it said.
#[derive(Debug)]
pub struct Steps {
    dir: tempfile::TempDir,
    counts: Counts,
    round: Cell<u64>,
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
        std::fs::write(dir.path().join("arms"), [0; ARMS]).expect("a temporary folder can be written");
        Self { dir, counts, round }
    }

    /// Puts the library under a program that is about to start. It listens on that port, where it does.
    pub(crate) fn arrange(&self, command: &mut tokio::process::Command, port: u16) {
        command
            .env("LD_PRELOAD", self.dir.path().join("steps.so"))
            .env("STEPS_ARM", self.arms())
            .env("STEPS_SAID", self.dir.path().join("said"))
            .env("STEPS_PORT", port.to_string())
            .env("STEPS_INWARD", self.counts.inward)
            .env("STEPS_OUTWARD", u8::from(self.counts.outward).to_string());
    }

    /// Steps count from now on, from 1, and the program dies before this one. Where a moment is named, only moments count
    /// whose name begins so.
    pub fn arm(&self, die: u32, moment: &str) {
        self.round.set(self.round.get() + 1);
        let mut arms = Vec::new();
        for number in [0, u64::from(die), 0] {
            arms.extend(number.to_ne_bytes());
        }
        assert!(moment.len() < NAME, "the name of a moment: {moment:?}");
        arms.extend(moment.as_bytes());
        arms.resize(ARMS, 0);
        let file = File::options().write(true).open(self.arms());
        let file = file.expect("it was written when these steps were made");
        // The program has it in its memory. The round is written last: until then nothing counts.
        let written = file
            .write_all_at(&arms, 0)
            .and_then(|()| file.write_all_at(&self.round.get().to_ne_bytes(), 0));
        written.expect("the folder can be written");
    }

    /// Steps count no more. Whether the program is at its step by now, and dies.
    pub fn disarm(&self) -> bool {
        let file = File::options().read(true).write(true).open(self.arms());
        let mut held = [0; 4];
        let read = file.and_then(|file| {
            file.write_all_at(&0_u64.to_ne_bytes(), 0)?;
            file.read_exact_at(&mut held, HELD)
        });
        read.expect("the folder can be read and written");
        held != [0; 4]
    }

    /// The moments of death, in order.
    pub fn said(&self) -> Vec<String> {
        let said = std::fs::read_to_string(self.dir.path().join("said")).unwrap_or_default();
        said.lines().map(str::to_owned).collect()
    }

    fn arms(&self) -> PathBuf {
        self.dir.path().join("arms")
    }
}
