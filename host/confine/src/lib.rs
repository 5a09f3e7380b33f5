//! How a process of ours gives up what it does not need, before it touches what somebody else wrote.
//!
//! Two processes do: the compiler, which reads components of strangers, and the plugin tier, which runs them. Both are
//! this very program, started again with an empty environment and no descriptor but the ones named here, and both call
//! [`enter`] before they read a byte. From then on the kernel holds them: landlock says which files there are, seccomp
//! which system calls, limits how much. Whoever breaks out of the sandbox finds themselves in that room, not in the one
//! with the database key.
//!
//! Knows nothing of WebAssembly, of plugins or of the host: what is in a room is told by its [`Room`].

#[cfg(target_os = "linux")]
mod calls;
mod child;
#[cfg(target_os = "linux")]
mod files;

pub use child::{Bounds, Ended, descriptors, run, start};

use std::path::PathBuf;

/// What a process keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Room {
    /// Memory, threads, the two ends it was given. No file, no socket.
    Compiler {
        /// Bytes of address space.
        memory: u64,
        /// Seconds of processor time.
        seconds: u64,
    },
    /// The same, and connections out; these files and folders may be read, none written.
    Tier {
        /// What may be read. What is not there is left out.
        read: Vec<PathBuf>,
    },
}

/// How much of a room the kernel holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// What it does not hold, and why; a sentence each.
    pub missing: Vec<String>,
}

impl Held {
    /// Whether all of it is held.
    pub fn whole(&self) -> bool {
        self.missing.is_empty()
    }

    /// What is missing, as one sentence; none where nothing is.
    pub fn words(&self) -> Option<String> {
        (!self.whole()).then(|| self.missing.join("; "))
    }
}

/// Why a room cannot be entered although the kernel knows how. A sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the process cannot be confined: {0}")]
pub struct ConfineError(String);

/// Puts this thread, and every thread that it starts from now on, into a room for good. To be called before there is
/// another thread. What the kernel does not know is told and not an error: the caller says whether that is enough.
#[cfg(target_os = "linux")]
pub fn enter(room: &Room) -> Result<Held, ConfineError> {
    let mut held = Held::default();
    limits(room).map_err(|error| ConfineError(format!("its limits are not taken: {error}")))?;
    let read = match room {
        Room::Compiler { .. } => &[][..],
        Room::Tier { read } => read.as_slice(),
    };
    held.missing.extend(files::restrict(read).map_err(ConfineError)?);
    held.missing.extend(calls::restrict(room).map_err(ConfineError)?);
    Ok(held)
}

/// Elsewhere nothing holds a process, and this says so.
#[cfg(not(target_os = "linux"))]
pub fn enter(_room: &Room) -> Result<Held, ConfineError> {
    Ok(Held {
        missing: vec![format!(
            "{} has no landlock and no seccomp; only Linux confines a process",
            std::env::consts::OS
        )],
    })
}

/// What this kernel would not hold of a room. Asked on a thread that is thrown away: only that one is confined.
pub fn available() -> Held {
    let asked = std::thread::Builder::new().name("confine-probe".to_owned()).spawn(|| {
        #[cfg(target_os = "linux")]
        {
            let mut held = Held::default();
            let nothing = Room::Tier { read: Vec::new() };
            for asked in [files::restrict(&[]), calls::restrict(&nothing)] {
                match asked {
                    Ok(missing) => held.missing.extend(missing),
                    Err(why) => held.missing.push(why),
                }
            }
            held
        }
        #[cfg(not(target_os = "linux"))]
        enter(&Room::Tier { read: Vec::new() }).unwrap_or_default()
    });
    let thread = asked.map(std::thread::JoinHandle::join);
    match thread {
        Ok(Ok(held)) => held,
        _ => Held {
            missing: vec!["the kernel could not be asked".to_owned()],
        },
    }
}

/// What a subverted process could use up.
#[cfg(target_os = "linux")]
fn limits(room: &Room) -> rustix::io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let at_most = |most: u64| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    // A core would hold what the memory holds: secrets. And no other process of this user looks into it either.
    setrlimit(Resource::Core, at_most(0))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    if let Room::Compiler { memory, seconds } = room {
        setrlimit(Resource::As, at_most(*memory))?;
        setrlimit(Resource::Cpu, at_most(*seconds))?;
        setrlimit(Resource::Fsize, at_most(0))?;
    }
    Ok(())
}
