//! The live feed inside the host: committed events, in the order of their numbers, to whoever listens.
//!
//! Commits of different conversations end in any order, their numbers do not: what comes early waits for what comes
//! before it. Numbers are dense within a brand because the store gives them in the transaction that uses them. A
//! listener that is too slow loses its place and is told to resync; it never costs memory beyond its window.

use jackfield_protocol::{BrandId, ConnectionView, FeedNumber, WorkspaceId};
use jackfield_store::Committed;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;

/// Entries that a listener may lag behind. At 200 messages a second, some five seconds.
const WINDOW: usize = 1024;

/// Entries that the host's own work may lag behind: it answers some of them with a commit. A minute of 150 a second.
const WATCHED: usize = 8192;

/// What listeners get.
#[derive(Debug, Clone)]
pub enum Told {
    /// An event, in order.
    Entry(Arc<Committed>),
    /// A line to a network is in another state.
    Connection(ConnectionView),
}

type Place = (WorkspaceId, BrandId);

/// All brands.
pub struct Hub {
    brands: Mutex<HashMap<Place, Brand>>,
    all: broadcast::Sender<Arc<Committed>>,
}

struct Brand {
    told: broadcast::Sender<Told>,
    /// The number that comes next; none until the first event of this process.
    next: Option<FeedNumber>,
    early: BTreeMap<FeedNumber, Arc<Committed>>,
}

impl Hub {
    /// Nobody listens yet.
    pub fn new() -> Self {
        Self {
            brands: Mutex::new(HashMap::new()),
            all: broadcast::channel(WATCHED).0,
        }
    }

    /// From here on, everything of a brand.
    pub fn listen(&self, workspace: &WorkspaceId, brand: &BrandId) -> broadcast::Receiver<Told> {
        self.with(workspace, brand, |brand| brand.told.subscribe())
    }

    /// From here on, everything of every brand, in the order of telling: for the host's own work. Each event has its
    /// conversation as it was after the whole commit.
    pub fn watch(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.all.subscribe()
    }

    /// Says where a brand's numbers stand, so that the first event is not held back. Called at the start, before any work.
    pub fn begin(&self, workspace: &WorkspaceId, brand: &BrandId, head: FeedNumber) {
        self.with(workspace, brand, |brand| brand.next = brand.next.or(Some(head + 1)));
    }

    /// What was committed. May be called in any order and from any task.
    pub fn tell(&self, events: &[Committed]) {
        for event in events {
            let event = Arc::new(event.clone());
            // Nobody watching is no fault.
            let _ = self.all.send(Arc::clone(&event));
            self.with(&event.workspace, &event.brand, |brand| brand.put(Arc::clone(&event)));
        }
    }

    /// A line's new state.
    pub fn tell_connection(&self, workspace: &WorkspaceId, brand: &BrandId, view: ConnectionView) {
        self.with(workspace, brand, |brand| {
            // Nobody listening is no fault.
            let _ = brand.told.send(Told::Connection(view));
        });
    }

    fn with<T>(&self, workspace: &WorkspaceId, brand: &BrandId, work: impl FnOnce(&mut Brand) -> T) -> T {
        let mut brands = self.brands.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (workspace.clone(), brand.clone());
        work(brands.entry(place).or_insert_with(|| Brand {
            told: broadcast::channel(WINDOW).0,
            next: None,
            early: BTreeMap::new(),
        }))
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl Brand {
    fn put(&mut self, event: Arc<Committed>) {
        // The first event of a brand that nobody knew at the start is the first of all.
        let mut next = *self.next.get_or_insert(1);
        if event.n < next {
            return;
        }
        self.early.insert(event.n, event);
        // A number that never comes (its task was ended between commit and telling) must not hold the rest for ever:
        // the listeners see the gap and resync.
        if self.early.len() > WINDOW / 2
            && let Some(first) = self.early.keys().next()
        {
            next = *first;
        }
        while let Some(event) = self.early.remove(&next) {
            let _ = self.told.send(Told::Entry(event));
            next += 1;
        }
        self.next = Some(next);
    }
}
