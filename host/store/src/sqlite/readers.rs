//! Threads that read, each with a connection of its own. Every read sees one snapshot of the whole file.

use super::fault::Fault;
use super::stopped;
use crate::StoreError;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

type Read = Box<dyn FnOnce(&mut Connection) + Send>;

/// See the module.
pub(super) struct Readers {
    reads: Option<mpsc::Sender<Read>>,
    threads: Vec<JoinHandle<()>>,
    shown: Arc<str>,
}

impl Readers {
    pub(super) fn start(connections: Vec<Connection>, shown: &Arc<str>) -> Result<Self, StoreError> {
        let (reads, queue) = mpsc::channel::<Read>();
        let queue = Arc::new(Mutex::new(queue));
        let mut threads = Vec::with_capacity(connections.len());
        for mut conn in connections {
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new()
                .name("store-reader".to_owned())
                .spawn(move || {
                    // The lock is held while waiting for work, never while working.
                    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    while let Ok(read) = next() {
                        read(&mut conn);
                    }
                });
            threads.push(thread.map_err(|error| StoreError::Other(format!("no thread could be started: {error}")))?);
        }
        Ok(Self {
            reads: Some(reads),
            threads,
            shown: Arc::clone(shown),
        })
    }

    /// Runs a read in a snapshot of its own.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        let shown = Arc::clone(&self.shown);
        let job = move |conn: &mut Connection| {
            let snapshot = conn.transaction().map_err(Fault::from);
            let result = snapshot.and_then(|snapshot| read(&snapshot));
            // Nobody waits any more where this fails.
            let _ = tell.send(result.map_err(|fault| fault.at(&shown)));
        };
        self.reads
            .as_ref()
            .ok_or_else(stopped)?
            .send(Box::new(job))
            .map_err(|_| stopped())?;
        told.await.unwrap_or_else(|_| Err(stopped()))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.reads = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread that reads the store ended by a panic");
            }
        }
    }
}
