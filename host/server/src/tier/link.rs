//! The host's end: one running tier, its requests under way, and how it ends.

use super::wire::{self, Answer, Ask, Down, Hello, Up};
use crate::config::Confine;
use jackfield_engine::{LogSink, Seal, Takes, TracingSink};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// From its start until it is ready; it reads certificates and reserves address space.
const READY: Duration = Duration::from_secs(60);
/// Log lines of a tier that are taken in a second. What a plugin may write in a call is bounded there; this bounds a
/// tier that is no longer ours.
const LINES: u32 = 2_000;

type Reply = Box<dyn FnOnce(Option<Answer>) + Send>;
type Frame = (Zeroizing<Vec<u8>>, Vec<u8>);

/// A tier that runs.
pub(super) struct Link {
    /// A number that no other start has.
    pub(super) generation: u64,
    /// The process.
    pub(super) pid: u32,
    pub(super) takes: Takes,
    pub(super) seal: Seal,
    /// What the kernel does not hold of it.
    pub(super) missing: Vec<String>,
    line: Arc<Line>,
}

/// What both threads and everybody who asks share.
struct Line {
    out: mpsc::Sender<Frame>,
    /// None once it has ended.
    pending: Mutex<Option<HashMap<u64, Reply>>>,
    next: AtomicU64,
    child: Mutex<Child>,
    alive: AtomicBool,
}

/// What a tier is started with.
pub(super) struct Start<'a> {
    pub(super) program: &'a Path,
    pub(super) generation: u64,
    pub(super) instances: u32,
    pub(super) max_memory: usize,
    pub(super) confine: Confine,
}

impl Link {
    /// Starts one and waits until it is ready. `ended` is called once when it ends, with the reason; not where it never
    /// became ready.
    pub(super) fn start(start: &Start<'_>, ended: impl FnOnce(String) + Send + 'static) -> Result<Self, String> {
        let no = |what: &str, error: std::io::Error| format!("the plugin tier was not started: {what}: {error}");
        let (ours, theirs) = UnixStream::pair().map_err(|error| no("no socket", error))?;
        let child = jackfield_confine::start(start.program, &[OsStr::new(super::apart::COMMAND)], theirs.into());
        let child = child.map_err(|error| no(&start.program.display().to_string(), error))?;
        let pid = child.id();
        let (out, frames) = mpsc::channel();
        let line = Arc::new(Line {
            out,
            pending: Mutex::new(Some(HashMap::new())),
            next: AtomicU64::new(1),
            child: Mutex::new(child),
            alive: AtomicBool::new(true),
        });
        let from = ours.try_clone().map_err(|error| no("its socket", error))?;
        let writer = std::thread::Builder::new().name("tier-write".to_owned());
        writer
            .spawn(move || write(ours, &frames))
            .map_err(|error| no("no thread", error))?;
        let (reads, became) = (Arc::clone(&line), mpsc::channel());
        let (ready, waited) = became;
        let reader = std::thread::Builder::new().name("tier-read".to_owned());
        reader
            .spawn(move || {
                let why = reads.read(from);
                let why = reads.end(&why);
                // Dropped without a word where it never became ready.
                if waited.recv().is_ok() {
                    ended(why);
                }
            })
            .map_err(|error| no("no thread", error))?;
        let seal = Seal::fresh();
        let hello = Ask::Hello(Hello {
            seal: seal.bytes().to_vec(),
            instances: start.instances,
            max_memory: start.max_memory,
            required: start.confine == Confine::Required,
            level: tracing::level_filters::LevelFilter::current()
                .into_level()
                .map_or(0, super::apart::number),
        });
        match line.ask_now(hello, Vec::new(), READY) {
            Some(Answer::Ready { takes, missing }) => {
                let _ = ready.send(());
                Ok(Self {
                    generation: start.generation,
                    pid,
                    takes,
                    seal,
                    missing,
                    line,
                })
            }
            Some(Answer::Refused(why)) => {
                line.kill();
                Err(format!("the plugin tier does not start: {why}"))
            }
            _ => {
                line.kill();
                Err(format!(
                    "the plugin tier does not start: it ended, or was not ready within {} s",
                    READY.as_secs()
                ))
            }
        }
    }

    pub(super) fn alive(&self) -> bool {
        self.line.alive.load(Ordering::Acquire)
    }

    /// A number for a plugin, a connection or a lane.
    pub(super) fn number(&self) -> u64 {
        self.line.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Asks and waits on this thread, which must not be one of a runtime's.
    pub(super) fn ask_now(&self, ask: Ask, code: Vec<u8>, wait: Duration) -> Option<Answer> {
        self.line.ask_now(ask, code, wait)
    }

    /// Asks and waits; who stops waiting stops the call. None: the tier ended before it answered, or was ended because
    /// it did not answer in time.
    pub(super) async fn ask(&self, ask: Ask, wait: Duration) -> Option<Answer> {
        let (told, answer) = oneshot::channel();
        let reply = Box::new(move |said| drop(told.send(said)));
        let id = self.line.send(ask, Vec::new(), Some(reply))?;
        let mut waits = Waits {
            line: &self.line,
            id: Some(id),
        };
        let answered = tokio::time::timeout(wait, answer).await;
        waits.id = None;
        match answered {
            Ok(said) => said.ok().flatten(),
            Err(_) => {
                tracing::error!(pid = self.pid, "the plugin tier does not answer and is ended");
                self.line.kill();
                None
            }
        }
    }

    /// Tells it something that it need not answer.
    pub(super) fn tell(&self, ask: Ask) {
        let _ = self.line.send(ask, Vec::new(), None);
    }

    /// Ends it: what it said cannot be what a plugin said.
    pub(super) fn distrust(&self, what: &str) {
        tracing::error!(
            pid = self.pid,
            what,
            "the plugin tier said something that the sandbox would have stopped, and is ended"
        );
        self.line.kill();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.line.kill();
    }
}

/// A call that is waited for.
struct Waits<'a> {
    line: &'a Line,
    id: Option<u64>,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id.take()
            && self.line.forget(id)
        {
            let _ = self.line.send(Ask::Stop(id), Vec::new(), None);
        }
    }
}

impl Line {
    fn pending(&self) -> MutexGuard<'_, Option<HashMap<u64, Reply>>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a request on its way. None where the tier has ended.
    fn send(&self, ask: Ask, code: Vec<u8>, reply: Option<Reply>) -> Option<u64> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let frame = match wire::frame(&Down { id, ask }, &code) {
            Ok(frame) => frame,
            Err(error) => {
                tracing::error!(%error, "a message to the plugin tier could not be written");
                return None;
            }
        };
        if let Some(reply) = reply {
            self.pending().as_mut()?.insert(id, reply);
        }
        if self.out.send((frame, code)).is_err() {
            self.forget(id);
            return None;
        }
        Some(id)
    }

    fn forget(&self, id: u64) -> bool {
        self.pending()
            .as_mut()
            .is_some_and(|pending| pending.remove(&id).is_some())
    }

    fn ask_now(&self, ask: Ask, code: Vec<u8>, wait: Duration) -> Option<Answer> {
        let (told, answer) = mpsc::channel();
        self.send(ask, code, Some(Box::new(move |said| drop(told.send(said)))))?;
        answer.recv_timeout(wait).ok().flatten()
    }

    /// Takes what comes until nothing more does. Answers why.
    fn read(&self, mut from: UnixStream) -> String {
        let (mut second, mut lines) = (std::time::Instant::now(), 0_u32);
        loop {
            let up = match wire::read::<Up>(&mut from, 0) {
                Ok((up, _)) => up,
                Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                    return format!("it said what nobody says: {error}");
                }
                Err(_) => return String::new(),
            };
            match up {
                Up::Answer(id, answer) => {
                    let reply = self.pending().as_mut().and_then(|pending| pending.remove(&id));
                    // Without one nobody waits for it any more.
                    if let Some(reply) = reply {
                        reply(Some(answer));
                    }
                    continue;
                }
                Up::Log { .. } | Up::Line { .. } if second.elapsed() < Duration::from_secs(1) => lines += 1,
                Up::Log { .. } | Up::Line { .. } => (second, lines) = (std::time::Instant::now(), 1),
            }
            if lines > LINES {
                continue;
            }
            match up {
                Up::Line { who, level, line } => TracingSink.line(&who, level, &line),
                Up::Log { level, text } => match level {
                    1 => tracing::error!(target: "jackfield::tier", "{text}"),
                    2 => tracing::warn!(target: "jackfield::tier", "{text}"),
                    3 => tracing::info!(target: "jackfield::tier", "{text}"),
                    _ => tracing::debug!(target: "jackfield::tier", "{text}"),
                },
                Up::Answer(..) => {}
            }
        }
    }

    /// It has ended: whoever waits hears it.
    fn end(&self, why: &str) -> String {
        self.kill();
        let status = self.child.lock().unwrap_or_else(PoisonError::into_inner).wait();
        self.alive.store(false, Ordering::Release);
        let pending = self.pending().take();
        for (_, reply) in pending.into_iter().flatten() {
            reply(None);
        }
        match (why, status) {
            ("", Ok(status)) => format!("it ended with {status}"),
            ("", Err(error)) => format!("how it ended is not known: {error}"),
            (why, _) => why.to_owned(),
        }
    }

    fn kill(&self) {
        // One that has ended already is no fault.
        let _ = self.child.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }
}

/// Writes until nobody sends or nobody reads.
fn write(mut to: UnixStream, frames: &mpsc::Receiver<Frame>) {
    while let Ok((frame, code)) = frames.recv() {
        if to.write_all(&frame).and_then(|()| to.write_all(&code)).is_err() {
            return;
        }
    }
}
