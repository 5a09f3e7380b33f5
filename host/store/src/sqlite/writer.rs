//! The thread that writes, and how commits share one flush to the disk.
//!
//! No savepoints: at each of them the engine would copy aside every page that a commit touches, which was measured at
//! 22 pages, twice the bytes that reach the file. Instead, work is refused before it has written anything, and then the
//! others do not notice. Where it fails after it wrote, which two conversations of one commit can bring about, the whole
//! transaction is taken back and each piece of work is done again in one of its own.

use super::cache::Cache;
use super::fault::Fault;
use super::project::{self, Word};
use super::stopped;
use crate::StoreError;
use jackfield_desk::Conversation;
use rusqlite::Connection;
use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Pieces of work in one transaction: past this, the first of them would wait too long for its answer.
const GROUP: usize = 256;
/// Work that may wait before callers are held up: their tasks sleep, nothing is lost.
const QUEUE: usize = 1024;

/// A fraction of one flush to an ordinary disk (3 to 6 ms were measured).
const GATHER: Duration = Duration::from_millis(1);

/// States that were written but are not yet committed.
type Fresh = HashMap<String, Arc<Conversation>>;

/// Where a piece of work runs: inside a transaction that others share.
pub(super) struct At<'a> {
    pub(super) conn: &'a Connection,
    pub(super) cache: &'a Cache,
    /// What earlier work of the same transaction wrote.
    pub(super) fresh: &'a Fresh,
    /// What this work wrote; it joins `fresh` if the work succeeds.
    pub(super) wrote: Fresh,
    /// What the index of words has to learn from this work, if it succeeds.
    pub(super) words: Vec<Word>,
}

/// What the successful work of one transaction has written so far.
#[derive(Default)]
struct Group {
    fresh: Fresh,
    words: Vec<Word>,
}

/// How a piece of work ended.
enum Ran {
    /// It is done, or was refused before it wrote.
    Clean,
    /// It failed after it wrote.
    Dirty,
    /// The transaction is lost.
    Lost(StoreError),
}

/// A piece of work that shares its transaction with others. It may be run again after the transaction was taken back.
trait Piece: Send {
    fn run(&mut self, conn: &Connection, cache: &Cache, group: &mut Group, path: &str) -> Ran;

    /// Tells the caller: how the transaction ended, or why the work was refused.
    fn tell(self: Box<Self>, end: Result<(), StoreError>);
}

struct Work<T, F> {
    tell: oneshot::Sender<Result<T, StoreError>>,
    work: F,
    result: Option<Result<T, StoreError>>,
}

impl<T, F> Piece for Work<T, F>
where
    T: Send + 'static,
    F: FnMut(&mut At<'_>) -> Result<T, Fault> + Send,
{
    fn run(&mut self, conn: &Connection, cache: &Cache, group: &mut Group, path: &str) -> Ran {
        let before = conn.total_changes();
        let mut at = At {
            conn,
            cache,
            fresh: &group.fresh,
            wrote: Fresh::new(),
            words: Vec::new(),
        };
        let result = (self.work)(&mut at);
        let (wrote, words) = (at.wrote, at.words);
        match result {
            Ok(value) => {
                group.fresh.extend(wrote);
                group.words.extend(words);
                self.result = Some(Ok(value));
                Ran::Clean
            }
            Err(fault) if fault.ends_the_group() => Ran::Lost(fault.at(path)),
            Err(fault) => {
                self.result = Some(Err(fault.at(path)));
                if conn.total_changes() == before {
                    Ran::Clean
                } else {
                    Ran::Dirty
                }
            }
        }
    }

    fn tell(self: Box<Self>, end: Result<(), StoreError>) {
        let answer = match (self.result, end) {
            (Some(Err(refused)), _) => Err(refused),
            (_, Err(lost)) => Err(lost),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(stopped()),
        };
        // Where nobody waits any more, the work is done all the same.
        drop(self.tell.send(answer));
    }
}

/// Runs with no other work around it, and tells the caller itself.
type Alone = Box<dyn FnOnce(&mut Connection, &Cache) + Send>;

enum Job {
    Grouped(Box<dyn Piece>),
    Alone(Alone),
}

/// See the module.
pub(super) struct Writer {
    jobs: Option<tokio::sync::mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    shown: Arc<str>,
}

impl Writer {
    pub(super) fn start(conn: Connection, shown: &Arc<str>, cache: &Arc<Cache>) -> Result<Self, StoreError> {
        let (jobs, queue) = tokio::sync::mpsc::channel(QUEUE);
        let (path, cache) = (Arc::clone(shown), Arc::clone(cache));
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || work(conn, queue, &cache, &path))
            .map_err(|error| StoreError::Other(format!("no thread could be started: {error}")))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            shown: Arc::clone(shown),
        })
    }

    /// Runs a piece of work; it is durable when this returns.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut At<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        self.send(Job::Grouped(Box::new(Work {
            tell,
            work,
            result: None,
        })))
        .await?;
        told.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Runs something that begins and ends its own transaction.
    pub(super) async fn run_alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        let shown = Arc::clone(&self.shown);
        let job = move |conn: &mut Connection, cache: &Cache| {
            let result = work(conn).map_err(|fault| fault.at(&shown));
            cache.clear();
            // Nobody waits any more where this fails.
            let _ = tell.send(result);
        };
        self.send(Job::Alone(Box::new(job))).await?;
        told.await.unwrap_or_else(|_| Err(stopped()))
    }

    async fn send(&self, job: Job) -> Result<(), StoreError> {
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(job).await.map_err(|_| stopped())
    }
}

impl Drop for Writer {
    /// What was asked for before is done first.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes to the store ended by a panic");
        }
    }
}

fn work(mut conn: Connection, mut queue: tokio::sync::mpsc::Receiver<Job>, cache: &Cache, path: &str) {
    let mut answered = 0;
    while let Some(job) = queue.blocking_recv() {
        let mut next = Next::default();
        next.add(job);
        next.take(&mut queue, GROUP);
        // Who was just answered is about to ask again: to wait for them a moment makes fewer, larger groups. Where
        // nobody shared the last one, nobody waits.
        let (expected, deadline) = ((next.group.len() + answered).min(GROUP), Instant::now() + GATHER);
        while answered > 1 && next.alone.is_none() && next.group.len() < expected && Instant::now() < deadline {
            std::thread::yield_now();
            next.take(&mut queue, expected);
        }
        answered = next.group.len();
        if !next.group.is_empty() {
            run_group(&conn, next.group, cache, path);
        }
        if let Some(run) = next.alone {
            run(&mut conn, cache);
        }
    }
}

/// What is done next: a group, and after it perhaps something that runs alone.
#[derive(Default)]
struct Next {
    group: Vec<Box<dyn Piece>>,
    alone: Option<Alone>,
}

impl Next {
    fn add(&mut self, job: Job) {
        match job {
            Job::Grouped(piece) => self.group.push(piece),
            Job::Alone(run) => self.alone = Some(run),
        }
    }

    /// Whatever waits, up to so many, and nothing past what runs alone.
    fn take(&mut self, queue: &mut tokio::sync::mpsc::Receiver<Job>, most: usize) {
        while self.alone.is_none()
            && self.group.len() < most
            && let Ok(job) = queue.try_recv()
        {
            self.add(job);
        }
    }
}

fn run_group(conn: &Connection, mut pieces: Vec<Box<dyn Piece>>, cache: &Cache, path: &str) {
    match transaction(conn, &mut pieces, cache, path) {
        Ran::Clean => pieces.into_iter().for_each(|piece| piece.tell(Ok(()))),
        Ran::Lost(error) => pieces.into_iter().for_each(|piece| piece.tell(Err(error.clone()))),
        Ran::Dirty => {
            for piece in pieces {
                let mut alone = vec![piece];
                let end = match transaction(conn, &mut alone, cache, path) {
                    Ran::Lost(error) => Err(error),
                    // Dirty: it was taken back, and tells its own error.
                    Ran::Clean | Ran::Dirty => Ok(()),
                };
                alone.into_iter().for_each(|piece| piece.tell(end.clone()));
            }
        }
    }
}

/// All of it is true and durable, or, where the end is not clean, nothing of it.
fn transaction(conn: &Connection, pieces: &mut [Box<dyn Piece>], cache: &Cache, path: &str) -> Ran {
    let sql = |sql: &str| {
        conn.execute_batch(sql)
            .map_err(|error| Ran::Lost(Fault::from(error).at(path)))
    };
    let mut group = Group::default();
    let work = || {
        sql("BEGIN IMMEDIATE")?;
        for piece in pieces {
            match piece.run(conn, cache, &mut group, path) {
                Ran::Clean => {}
                end => return Err(end),
            }
        }
        project::index(conn, &group.words).map_err(|fault| Ran::Lost(fault.at(path)))?;
        sql("COMMIT")
    };
    match work() {
        Ok(()) => {
            group.fresh.iter().for_each(|(id, state)| cache.put(id, state));
            Ran::Clean
        }
        Err(end) => {
            // The engine may have rolled back by itself; then there is nothing to do.
            if !conn.is_autocommit()
                && let Err(error) = conn.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "a failed transaction could not be rolled back");
            }
            end
        }
    }
}
