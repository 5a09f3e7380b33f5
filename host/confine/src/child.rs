//! Starting this program again: an empty environment, the descriptors that are named, and nothing else.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// What the environment says of certificates is no secret, and another machine's roots are not this one's.
const KEPT: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
/// What a failing child may say.
const WORDS: u64 = 8 << 10;

/// What a child may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// By the clock.
    pub time: Duration,
    /// Bytes that it may answer.
    pub answer: u64,
}

/// How a child ended that gave no answer.
#[derive(Debug)]
pub enum Ended {
    /// It was not started, or its ends broke.
    Io(io::Error),
    /// It took too long and was killed.
    TooLong,
    /// It answered too much and was killed.
    TooMuch,
    /// It ended by itself or by the kernel's hand, with these last words.
    Badly(ExitStatus, String),
}

/// A command that starts a program with nothing of ours.
fn bare(program: &Path, arguments: &[&OsStr]) -> Command {
    // What somebody left open for us is not for them. Ours are closed on exec anyway.
    #[cfg(target_os = "linux")]
    close_fds::set_fds_cloexec_threadsafe(3, &[]);
    let mut command = Command::new(program);
    command.args(arguments).env_clear().current_dir("/");
    for name in KEPT {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// Starts a program that goes on: `link` is its standard input, and the one descriptor that leads anywhere.
pub fn start(program: &Path, arguments: &[&OsStr], link: OwnedFd) -> io::Result<Child> {
    bare(program, arguments)
        .stdin(Stdio::from(link))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// Gives a program its input and takes its answer.
pub fn run(program: &Path, arguments: &[&OsStr], input: &[u8], bounds: Bounds) -> Result<Vec<u8>, Ended> {
    let mut child = bare(program, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Ended::Io)?;
    let ends = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut to), Some(from), Some(words)) = ends else {
        return Err(Ended::Io(io::Error::other("it has no ends")));
    };
    let (told, answers) = mpsc::channel();
    thread::scope(|scope| {
        // Who dies early takes no more input: how it died is the news, not that.
        scope.spawn(move || to.write_all(input).and_then(|()| to.flush()));
        scope.spawn(move || told.send(at_most(from, bounds.answer.saturating_add(1))));
        let words = scope.spawn(move || at_most(words, WORDS).unwrap_or_default());
        let answer = match answers.recv_timeout(bounds.time) {
            Ok(answer) => answer.map_err(Ended::Io),
            Err(RecvTimeoutError::Timeout) => Err(Ended::TooLong),
            Err(RecvTimeoutError::Disconnected) => Err(Ended::Io(io::Error::other("nobody reads its answer"))),
        };
        let answer = answer.and_then(|answer| match answer.len() as u64 > bounds.answer {
            true => Err(Ended::TooMuch),
            false => Ok(answer),
        });
        if answer.is_err() {
            // Its ends close with it, and the threads above end.
            let _ = child.kill();
        }
        let status = child.wait().map_err(Ended::Io);
        let words = words.join().unwrap_or_default();
        match (answer, status?) {
            (Ok(answer), status) if status.success() => Ok(answer),
            (Ok(_), status) => Err(Ended::Badly(status, String::from_utf8_lossy(&words).trim().to_owned())),
            (Err(ended), _) => Err(ended),
        }
    })
}

fn at_most(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The descriptors that are open in this process above the standard three, as text; for a process that is to have none.
pub fn descriptors() -> Vec<String> {
    let Ok(all) = fs::read_dir("/proc/self/fd") else {
        return Vec::new();
    };
    // Collected first: the folder that is read is a descriptor itself, and leads to nothing once it is closed.
    let all: Vec<_> = all.filter_map(Result::ok).map(|entry| entry.path()).collect();
    let open = all.into_iter().filter_map(|path| {
        let number: u32 = path.file_name()?.to_str()?.parse().ok()?;
        let target = fs::read_link(&path).ok()?;
        (number > 2).then(|| format!("{number} -> {}", target.display()))
    });
    open.collect()
}
