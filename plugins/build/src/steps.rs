//! Programs that take long: run, watched and shown in the way of whoever asked for the build.

use crate::Problem;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Lines of a failed step that are shown: the reason stands at the end.
const TAIL: usize = 60;

/// How the steps of a build are done.
pub trait Steps {
    /// Runs a program that may take minutes. An error carries the end of what it said.
    fn run(&mut self, name: &str, command: &mut Command) -> Result<(), Problem>;

    /// A line for whoever waits.
    fn say(&mut self, line: &str);

    /// Packages of a Debian machine are missing: install them, or say what to type.
    fn packages(&mut self, packages: &[&str]) -> Result<(), Problem> {
        Err(Problem(format!("type: {}", apt_by_hand(packages))))
    }
}

/// What a person types for packages of Debian or Ubuntu.
pub fn apt_by_hand(packages: &[&str]) -> String {
    format!(
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    )
}

/// How often a program that runs is asked whether it has ended: a person does not notice.
const ASK: Duration = Duration::from_millis(20);

/// Steps that say one line each to a function of the caller's; what a program said is shown only where it failed.
pub struct Captured<'a> {
    tell: Box<dyn FnMut(&str) + 'a>,
    ending: Arc<AtomicBool>,
}

impl std::fmt::Debug for Captured<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Captured").finish_non_exhaustive()
    }
}

impl<'a> Captured<'a> {
    /// Tells each line to `tell`.
    pub fn new(tell: impl FnMut(&str) + 'a) -> Self {
        Self {
            tell: Box::new(tell),
            ending: Arc::default(),
        }
    }

    /// When `ending` becomes true, a program that runs is ended, with what it started.
    #[must_use]
    pub fn until(mut self, ending: Arc<AtomicBool>) -> Self {
        self.ending = ending;
        self
    }
}

impl Steps for Captured<'_> {
    fn run(&mut self, name: &str, command: &mut Command) -> Result<(), Problem> {
        self.say(name);
        // A group of its own: a compiler starts others, and all of them have to be ended together.
        let spawned = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn();
        let mut child = spawned.map_err(|error| unstartable(command, &error))?;
        let said = [collect(child.stdout.take()), collect(child.stderr.take())];
        let status = loop {
            if let Some(status) = child.try_wait().map_err(|error| Problem(error.to_string()))? {
                break status;
            }
            if self.ending.load(Ordering::Relaxed) {
                end(&mut child);
                return Err(Problem(format!("{name} was told to end")));
            }
            std::thread::sleep(ASK);
        };
        if status.success() {
            return Ok(());
        }
        let said: Vec<String> = said.into_iter().map(|part| part.join().unwrap_or_default()).collect();
        Err(Problem(format!("{name} failed ({status}):\n{}", tail(&said.concat()))))
    }

    fn say(&mut self, line: &str) {
        (self.tell)(line);
    }
}

/// Reads a pipe to its end, so that the program is never held up by it.
fn collect(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was said until it broke off is what there is to show.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Ends a program and its group, and waits for it.
fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended in this very moment.
        let _ = kill_process_group(group, Signal::TERM);
    }
    let _ = child.wait();
}

/// The last lines of a text, indented.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL);
    let last: Vec<String> = lines.iter().skip(from).map(|line| format!("    {line}")).collect();
    last.join("\n")
}

fn unstartable(command: &Command, error: &std::io::Error) -> Problem {
    let program = command.get_program().to_string_lossy().into_owned();
    if error.kind() != ErrorKind::NotFound {
        return Problem(format!("{program} could not be started: {error}"));
    }
    Problem(missing(&program))
}

/// What to type where a program is not there.
pub(crate) fn missing(program: &str) -> String {
    let way = match program {
        "cargo" | "rustc" | "rustup" => "install Rust: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh",
        "node" | "npm" => {
            "install Node.js 20 or later: https://nodejs.org/en/download, or on Debian 13: sudo apt-get install -y nodejs npm"
        }
        "python3" => "install Python 3.11 or later: sudo apt-get install -y python3 python3-venv",
        _ => return format!("{program} is not on this machine, or not in PATH; install it and start again"),
    };
    format!("{program} is not on this machine, or not in PATH; {way}")
}

/// What a short program printed; none where it is not there or failed.
pub(crate) fn asked(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_carries_its_last_words_and_a_good_one_is_quiet() {
        let mut told = Vec::new();
        let mut steps = Captured::new(|line| told.push(line.to_owned()));
        steps.run("fine", Command::new("sh").args(["-c", "echo much"])).unwrap();
        let problem = steps
            .run(
                "try it",
                Command::new("sh").args(["-c", "echo why; echo and how >&2; exit 3"]),
            )
            .unwrap_err();
        assert!(
            problem.to_string().contains("why") && problem.to_string().contains("and how"),
            "{problem}"
        );
        drop(steps);
        assert_eq!(told, ["fine", "try it"]);
    }

    #[test]
    fn a_program_is_ended_with_what_it_started() {
        let ending = Arc::new(AtomicBool::new(false));
        let dir = tempfile::tempdir().unwrap();
        let mark = dir.path().join("begun");
        let script = format!("sleep 60 & echo $! > {}; wait", mark.display());
        let (told, began) = (Arc::clone(&ending), std::time::Instant::now());
        let running = std::thread::spawn(move || {
            let mut steps = Captured::new(|_| {}).until(told);
            steps.run("long", Command::new("sh").args(["-c", &script]))
        });
        let child = loop {
            match std::fs::read_to_string(&mark) {
                Ok(text) if text.ends_with('\n') => break text.trim().to_owned(),
                _ => assert!(began.elapsed() < Duration::from_secs(30), "it never began"),
            }
        };
        ending.store(true, Ordering::Relaxed);
        assert!(running.join().unwrap().unwrap_err().to_string().contains("told to end"));
        // A zombie that nobody has collected yet has no command line any more.
        let alive = || std::fs::read(format!("/proc/{child}/cmdline")).is_ok_and(|line| !line.is_empty());
        while alive() {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "the child of the child lives on"
            );
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_named_with_what_to_type() {
        let mut steps = Captured::new(|_| {});
        let problem = steps.run("x", &mut Command::new("no-such-program")).unwrap_err();
        assert!(problem.to_string().contains("no-such-program"), "{problem}");
        for program in ["cargo", "npm", "python3"] {
            assert!(missing(program).contains("install"), "{program}");
        }
    }
}
