//! The thread that writes, and how commits share one flush to the disk.

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
use tokio::sync::oneshot;

/// Pieces of work in one transaction: past this, the first of them would wait too long for its answer.
const GROUP: usize = 256;
/// Work that may wait before callers are held up: their tasks sleep, nothing is lost.
const QUEUE: usize = 1024;

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

/// Tells the caller, once it is known how the transaction ended.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A piece of work that shares its transaction with others.
trait Piece: Send {
    /// Runs in a savepoint of its own. An answer where it succeeded; where it did not, its caller knows already.
    /// An error ends the whole transaction.
    fn run(
        self: Box<Self>,
        conn: &Connection,
        cache: &Cache,
        group: &mut Group,
        path: &str,
    ) -> Result<Option<Answer>, StoreError>;

    /// It never ran, and this is why.
    fn refuse(self: Box<Self>, why: StoreError);
}

struct Work<T, F> {
    tell: oneshot::Sender<Result<T, StoreError>>,
    work: F,
}

impl<T, F> Piece for Work<T, F>
where
    T: Send + 'static,
    F: FnOnce(&mut At<'_>) -> Result<T, Fault> + Send,
{
    fn run(
        self: Box<Self>,
        conn: &Connection,
        cache: &Cache,
        group: &mut Group,
        path: &str,
    ) -> Result<Option<Answer>, StoreError> {
        let Self { tell, work } = *self;
        let mut at = At {
            conn,
            cache,
            fresh: &group.fresh,
            wrote: Fresh::new(),
            words: Vec::new(),
        };
        let result = savepoint(conn, "SAVEPOINT piece").and_then(|()| work(&mut at));
        let (wrote, words) = (at.wrote, at.words);
        let undo = match result.and_then(|value| savepoint(conn, "RELEASE piece").map(|()| value)) {
            Ok(value) => {
                group.fresh.extend(wrote);
                group.words.extend(words);
                // Where nobody waits any more, the work is done all the same.
                return Ok(Some(Box::new(move |end| drop(tell.send(end.map(|()| value))))));
            }
            Err(fault) if fault.ends_the_group() => Err(fault.at(path)),
            Err(fault) => {
                let error = fault.at(path);
                savepoint(conn, "ROLLBACK TO piece; RELEASE piece")
                    .map(|()| error)
                    .map_err(|fault| fault.at(path))
            }
        };
        let (Ok(error) | Err(error)) = undo.clone();
        drop(tell.send(Err(error)));
        undo.map(|_| None)
    }

    fn refuse(self: Box<Self>, why: StoreError) {
        drop(self.tell.send(Err(why)));
    }
}

fn savepoint(conn: &Connection, sql: &str) -> Result<(), Fault> {
    conn.execute_batch(sql)?;
    Ok(())
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
        work: impl FnOnce(&mut At<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        self.send(Job::Grouped(Box::new(Work { tell, work }))).await?;
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
    while let Some(job) = queue.blocking_recv() {
        let mut alone = None;
        let mut group = Vec::new();
        match job {
            Job::Alone(run) => alone = Some(run),
            Job::Grouped(run) => group.push(run),
        }
        while alone.is_none() && group.len() < GROUP {
            match queue.try_recv() {
                Ok(Job::Grouped(run)) => group.push(run),
                Ok(Job::Alone(run)) => alone = Some(run),
                Err(_) => break,
            }
        }
        if !group.is_empty() {
            run_group(&conn, group, cache, path);
        }
        if let Some(run) = alone {
            run(&mut conn, cache);
        }
    }
}

fn run_group(conn: &Connection, pieces: Vec<Box<dyn Piece>>, cache: &Cache, path: &str) {
    let mut group = Group::default();
    let mut answers: Vec<Answer> = Vec::with_capacity(pieces.len());
    let mut trouble = savepoint(conn, "BEGIN IMMEDIATE").map_err(|fault| fault.at(path)).err();
    for piece in pieces {
        if let Some(why) = &trouble {
            // The transaction is lost, and with it the turn of this one.
            piece.refuse(why.clone());
            continue;
        }
        match piece.run(conn, cache, &mut group, path) {
            Ok(answer) => answers.extend(answer),
            Err(error) => trouble = Some(error),
        }
    }
    if trouble.is_none() {
        trouble = project::index(conn, &group.words).map_err(|fault| fault.at(path)).err();
    }
    if trouble.is_none() {
        trouble = conn
            .execute_batch("COMMIT")
            .map_err(|error| Fault::from(error).at(path))
            .err();
    }
    match trouble {
        None => {
            for (id, state) in &group.fresh {
                cache.put(id, state);
            }
            answers.into_iter().for_each(|answer| answer(Ok(())));
        }
        Some(error) => {
            // The engine may have rolled back by itself; then this has nothing to do.
            if !conn.is_autocommit()
                && let Err(error) = conn.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "a failed transaction could not be rolled back");
            }
            answers.into_iter().for_each(|answer| answer(Err(error.clone())));
        }
    }
}
