//! Runs other programs and says how it goes.
//!
//! A long step says what it does, how long it took before, and every few seconds where it is. Its full output
//! goes to a log file in `target/xtask/`; on failure the end of it is shown, because that is where the reason is.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::place::Place;

/// How often a silent step says that it is still at work.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Output that is still in the pipe after the program has ended is waited for this long; a grandchild that keeps
/// the pipe open must not keep xtask.
const DRAIN: Duration = Duration::from_millis(500);
/// Lines of a failed step that are shown.
const TAIL: usize = 60;

/// What is done with the lines of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// To the log only, with a heartbeat.
    Progress,
    /// To the log and to the terminal.
    All,
}

/// What a program said and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) lines: Vec<String>,
}

/// Runs `command` as the step `name` and fails with the end of its output when it fails.
pub(crate) fn step(place: &Place, name: &str, command: &mut Command) -> Result<Vec<String>> {
    let ran = watch(place, name, command, Show::Progress)?;
    if !ran.status.success() {
        let from = ran.lines.len().saturating_sub(TAIL);
        for line in ran.lines.iter().skip(from) {
            eprintln!("    {line}");
        }
        bail!(
            "{name} failed ({}); the whole output is in {}",
            ran.status,
            place.short(&log_file(place, name))
        );
    }
    Ok(ran.lines)
}

/// Runs `command` as the step `name`, whatever its exit code.
pub(crate) fn watch(place: &Place, name: &str, command: &mut Command, show: Show) -> Result<Ran> {
    let times = Times::load(place);
    match times.last(name) {
        Some(last) => println!("> {name} (up to {})", spell(last)),
        None => println!("> {name}"),
    }
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} could not be started", command.get_program().display()))?;
    let lines = listen(&mut child);
    let (status, lines) = follow(&mut child, &lines, started, show)?;
    let took = started.elapsed();
    write_log(place, name, &lines)?;
    if status.success() {
        Times::keep(place, name, took)?;
    }
    if took >= Duration::from_secs(2) {
        println!(
            "  {} in {}",
            if status.success() { "done" } else { "FAILED" },
            spell(took)
        );
    }
    Ok(Ran { status, lines })
}

/// Runs a short program silently; its standard output, or an error that quotes its standard error.
pub(crate) fn quiet(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} could not be started", command.get_program().display()))?;
    if !output.status.success() {
        bail!(
            "{:?} failed: {}",
            command,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program answers at all.
pub(crate) fn answers(program: &str, argument: &str) -> bool {
    Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn listen(child: &mut Child) -> Receiver<String> {
    let (tell, lines) = channel();
    if let Some(out) = child.stdout.take() {
        read(out, tell.clone());
    }
    if let Some(err) = child.stderr.take() {
        read(err, tell);
    }
    lines
}

fn read(from: impl Read + Send + 'static, tell: Sender<String>) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(from);
        let mut line = Vec::new();
        while let Ok(1..) = reader.read_until(b'\n', &mut line) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if tell.send(text).is_err() {
                return;
            }
        }
    });
}

fn follow(
    child: &mut Child,
    from: &Receiver<String>,
    started: Instant,
    show: Show,
) -> Result<(ExitStatus, Vec<String>)> {
    let mut lines: Vec<String> = Vec::new();
    let mut spoke = Instant::now();
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        match from.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => {
                if show == Show::All {
                    println!("{line}");
                    spoke = Instant::now();
                }
                lines.push(line);
            }
            Err(RecvTimeoutError::Disconnected) => return Ok((child.wait()?, lines)),
            Err(RecvTimeoutError::Timeout) => {
                if ended.is_none() {
                    ended = child.try_wait()?.map(|status| (status, Instant::now()));
                }
            }
        }
        if let Some((status, at)) = ended
            && at.elapsed() > DRAIN
        {
            return Ok((status, lines));
        }
        if spoke.elapsed() >= HEARTBEAT {
            spoke = Instant::now();
            match lines.iter().rev().find(|line| !line.trim().is_empty()) {
                Some(doing) if show == Show::Progress => {
                    println!(
                        "  {} so far: {}",
                        spell(started.elapsed()),
                        doing.trim().chars().take(90).collect::<String>()
                    );
                }
                _ => println!("  {} so far", spell(started.elapsed())),
            }
            std::io::stdout().flush()?;
        }
    }
}

/// The log of a step.
pub(crate) fn log_file(place: &Place, name: &str) -> std::path::PathBuf {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    place.memory().join(format!("{plain}.log"))
}

fn write_log(place: &Place, name: &str, lines: &[String]) -> Result<()> {
    std::fs::create_dir_all(place.memory())?;
    std::fs::write(log_file(place, name), lines.join("\n"))?;
    Ok(())
}

/// How long each step took when it last succeeded.
#[derive(Debug, Default)]
struct Times(BTreeMap<String, f64>);

impl Times {
    fn load(place: &Place) -> Self {
        let text = std::fs::read_to_string(place.memory().join("times.json")).unwrap_or_default();
        Self(serde_json::from_str(&text).unwrap_or_default())
    }

    fn last(&self, name: &str) -> Option<Duration> {
        // A step that takes a moment needs no promise.
        self.0
            .get(name)
            .filter(|secs| (2.0..1e6).contains(*secs))
            .map(|secs| Duration::from_secs_f64(*secs))
    }

    fn keep(place: &Place, name: &str, took: Duration) -> Result<()> {
        let mut times = Self::load(place);
        // A warm run must not hide what a cold one costs: the longer of the new and half of the old.
        let old = times.0.get(name).copied().unwrap_or(0.0);
        times.0.insert(name.to_owned(), took.as_secs_f64().max(old / 2.0));
        std::fs::write(place.memory().join("times.json"), serde_json::to_vec_pretty(&times.0)?)?;
        Ok(())
    }
}

/// A length of time in words: `3 m 05 s`, `12 s`, `0.4 s`.
pub(crate) fn spell(time: Duration) -> String {
    let secs = time.as_secs();
    if secs >= 60 {
        format!("{} m {:02} s", secs / 60, secs % 60)
    } else if secs >= 10 {
        format!("{secs} s")
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, Place) {
        let dir = tempfile::tempdir().unwrap();
        let place = Place {
            root: dir.path().to_path_buf(),
            target: dir.path().join("target"),
        };
        (dir, place)
    }

    #[test]
    fn times_are_spelled_for_people() {
        for (millis, text) in [(400, "0.4 s"), (9_900, "9.9 s"), (12_345, "12 s"), (65_000, "1 m 05 s")] {
            assert_eq!(spell(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn a_failed_step_names_its_log_and_the_log_has_its_words() {
        let (_dir, place) = place();
        let error = step(
            &place,
            "try it",
            Command::new("sh").args(["-c", "echo why; echo and how >&2; exit 3"]),
        )
        .unwrap_err();
        assert!(error.to_string().contains("target/xtask/try-it.log"), "{error}");
        let log = std::fs::read_to_string(log_file(&place, "try it")).unwrap();
        assert!(log.contains("why") && log.contains("and how"), "{log}");
    }

    #[test]
    fn a_grandchild_that_keeps_the_pipe_open_does_not_keep_us() {
        let (_dir, place) = place();
        let started = Instant::now();
        let ran = watch(
            &place,
            "fork",
            Command::new("sh").args(["-c", "sleep 20 & echo $!"]),
            Show::Progress,
        )
        .unwrap();
        assert!(started.elapsed() < Duration::from_secs(10));
        quiet(Command::new("kill").arg(ran.lines.first().unwrap())).unwrap();
    }
}
