//! Programs that the demo starts, and only those, are ended by it: by their own process id, asked first.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// A host with open calls to a network ends within this, or is ended.
const GRACE: Duration = Duration::from_secs(10);

/// A running program whose lines are shown behind its name.
#[derive(Debug)]
pub(super) struct Running {
    name: &'static str,
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// Starts it.
    pub(super) fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{name} could not be started ({})", command.get_program().display()))?;
        let (tell, lines) = channel();
        if let Some(out) = child.stdout.take() {
            show(name, out, tell.clone());
        }
        if let Some(err) = child.stderr.take() {
            show(name, err, tell);
        }
        Ok(Self { name, child, lines })
    }

    /// The first line that `wanted` accepts, within a time.
    pub(super) fn line(&mut self, within: Duration, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let until = Instant::now() + within;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) if wanted(&line) => return Ok(line),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => bail!("{} said nothing of use for {} s", self.name, within.as_secs()),
                Err(RecvTimeoutError::Disconnected) => bail!("{} ended at once; its words are above", self.name),
            }
        }
    }

    /// An error when it has ended by itself.
    pub(super) fn still_runs(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended by itself ({status}); its last words are above", self.name),
        }
    }

    /// Asks it to stop, waits, and insists in the end. True when it went by itself and without an error.
    pub(super) fn stop(&mut self) -> bool {
        if let Ok(Some(status)) = self.child.try_wait() {
            return status.success();
        }
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let until = Instant::now() + GRACE;
        while Instant::now() < until {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        println!("{} did not stop within {} s and was ended", self.name, GRACE.as_secs());
        let _ = self.child.kill();
        let _ = self.child.wait();
        false
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

fn show(name: &'static str, from: impl Read + Send + 'static, tell: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            println!("{name:>9} | {line}");
            let _ = tell.send(line);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_asked_before_it_is_ended() {
        let script = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done";
        let mut asked = Running::start("polite", Command::new("sh").args(["-c", script])).unwrap();
        asked.line(Duration::from_secs(10), |line| line == "ready").unwrap();
        asked.still_runs().unwrap();
        assert!(asked.stop());
        assert!(asked.still_runs().is_err());
    }

    #[test]
    fn a_program_that_dies_is_told_from_one_that_is_slow() {
        let mut dead = Running::start("dead", Command::new("sh").args(["-c", "exit 3"])).unwrap();
        let error = dead.line(Duration::from_secs(10), |_| true).unwrap_err();
        assert!(error.to_string().contains("ended"), "{error}");
    }
}
