//! Components are compiled by this program in a child that may do nothing but compute: no file, no socket, no other
//! program, so much memory and so much time. What it gives back is code and nothing else; the host authenticates it into
//! the cache.

use crate::config::Confine;
use jackfield_confine::{Bounds, Ended, Room};
use jackfield_engine::{Compiler, Order, compile};
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::Duration;

/// The name of the subcommand.
pub const COMMAND: &str = "confined-compile";
/// By the clock. A Python component of 18 MB takes some twenty seconds on two cores, and may have to share them.
const TIME: Duration = Duration::from_secs(300);
/// Of the processors together.
const PROCESSOR_SECONDS: u64 = 300;
/// Address space: the compiler takes about fifty times the component on its way, and threads reserve what they never use.
const MEMORY_MIB: u64 = 6 << 10;
/// Bytes of code; the largest that was seen has 90 MB.
const CODE: u64 = 512 << 20;
/// Bytes of a component: what a package may have, and some.
const COMPONENT: u64 = 128 << 20;

/// What a child is told before the component.
#[derive(Debug, Serialize, Deserialize)]
struct Work {
    order: Order,
    memory: u64,
    seconds: u64,
    /// Without the kernel's help it compiles nothing.
    required: bool,
}

/// Compiles in a child.
pub struct ConfinedCompiler {
    program: PathBuf,
    required: bool,
    time: Duration,
    memory_mib: u64,
}

impl ConfinedCompiler {
    /// The program is this one, or one of the same version.
    pub fn new(program: PathBuf, confine: Confine) -> Self {
        Self {
            program,
            required: confine == Confine::Required,
            time: TIME,
            memory_mib: MEMORY_MIB,
        }
    }

    /// The same within other bounds.
    #[must_use]
    pub fn within(mut self, time: Duration, memory_mib: u64) -> Self {
        self.time = time;
        self.memory_mib = memory_mib;
        self
    }
}

impl Compiler for ConfinedCompiler {
    fn compile(&self, order: &Order, component: &[u8]) -> Result<Vec<u8>, String> {
        let work = Work {
            order: *order,
            memory: self.memory_mib << 20,
            seconds: PROCESSOR_SECONDS,
            required: self.required,
        };
        let mut input = serde_json::to_vec(&work).map_err(|error| error.to_string())?;
        input.push(b'\n');
        input.extend_from_slice(component);
        let bounds = Bounds {
            time: self.time,
            answer: CODE,
        };
        let answer = jackfield_confine::run(&self.program, &[OsStr::new(COMMAND)], &input, bounds);
        answer.map_err(|ended| self.words(ended))
    }
}

impl ConfinedCompiler {
    fn words(&self, ended: Ended) -> String {
        let mib = self.memory_mib;
        match ended {
            Ended::Io(error) => format!(
                "the compiler ({}) could not be started or heard: {error}",
                self.program.display()
            ),
            Ended::TooLong => format!("its compilation took more than {:?}", self.time),
            Ended::TooMuch => format!("its machine code has more than {} MB", CODE >> 20),
            Ended::Badly(status, words) => {
                let signal = std::os::unix::process::ExitStatusExt::signal(&status);
                let words = words.strip_prefix("jackfield: ").unwrap_or(&words);
                let short = ["memory allocation of", "Cannot allocate memory", "out of memory"];
                if short.iter().any(|word| words.contains(word)) {
                    return format!("its compilation took more than {mib} MB of memory");
                }
                match signal {
                    // What the kernel sends when the processor time is used up.
                    Some(9 | 24) => format!("its compilation took more than {PROCESSOR_SECONDS} s of processor time"),
                    Some(signal) => format!("the compiler was ended by signal {signal}: {words}"),
                    None => words.to_owned(),
                }
            }
        }
    }
}

/// The child: confined before it reads a byte of the component.
pub fn child() -> Result<(), String> {
    let mut input = std::io::stdin().lock();
    let work = first_line(&mut input)?;
    let work: Work = serde_json::from_slice(&work).map_err(|error| format!("no order to compile: {error}"))?;
    let room = Room::Compiler {
        memory: work.memory,
        seconds: work.seconds,
    };
    let held = jackfield_confine::enter(&room).map_err(|error| error.to_string())?;
    if let Some(missing) = held.words().filter(|_| work.required) {
        return Err(format!("`confine = \"required\"`, and {missing}"));
    }
    let mut component = Vec::new();
    let read = input.take(COMPONENT).read_to_end(&mut component);
    read.map_err(|error| format!("the component could not be read: {error}"))?;
    let code = compile(&work.order, &component)?;
    let mut out = std::io::stdout().lock();
    out.write_all(&code)
        .and_then(|()| out.flush())
        .map_err(|error| error.to_string())
}

/// A byte at a time: nothing of the component is read with it.
fn first_line(from: &mut impl Read) -> Result<Vec<u8>, String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < 4096 {
        from.read_exact(&mut byte)
            .map_err(|error| format!("no order to compile: {error}"))?;
        if byte == *b"\n" {
            return Ok(line);
        }
        line.extend(byte);
    }
    Err("no order to compile".to_owned())
}
