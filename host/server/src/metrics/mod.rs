//! Figures for Prometheus. What is counted of a line is in its ledger (`lines::ledger`) and read from there when somebody
//! asks; what is counted of the whole host is here. No label holds anything that a person wrote or a network said:
//! connection ids, plugin names, and words of closed lists.
//!
//! What is of the process is counted for the process: a host is one.

mod encode;

pub use encode::{Scrape, TYPE};

use crate::lines::Histogram;
use jackfield_protocol::ConnectionId;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

static COMMITS: Mutex<Histogram> = Mutex::new(Histogram::new());
static WEBHOOKS: Mutex<BTreeMap<(String, &'static str), u64>> = Mutex::new(BTreeMap::new());
static FEEDS: AtomicU64 = AtomicU64::new(0);

/// A commit was made durable, and took this long.
pub fn committed(took: Duration) {
    COMMITS.lock().unwrap_or_else(PoisonError::into_inner).add(took);
}

/// A webhook of a connection was not taken. `reason` is a word of a closed list.
pub fn webhook_refused(connection: &ConnectionId, reason: &'static str) {
    let mut refused = WEBHOOKS.lock().unwrap_or_else(PoisonError::into_inner);
    *refused.entry((connection.0.clone(), reason)).or_default() += 1;
}

/// Somebody who listens to a live feed, for as long as this lives.
#[derive(Debug)]
pub struct Listener(());

impl Listener {
    /// One more.
    pub fn new() -> Self {
        FEEDS.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Default for Listener {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        FEEDS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The figures of the whole host.
#[derive(Debug, Clone)]
pub struct HostFigures {
    /// How long commits took until they were durable.
    pub commits: Histogram,
    /// Webhooks that were not taken, by connection and reason.
    pub webhooks: BTreeMap<(String, &'static str), u64>,
    /// Listeners to live feeds.
    pub feeds: u64,
}

/// The figures as they are now.
pub fn figures() -> HostFigures {
    HostFigures {
        commits: COMMITS.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        webhooks: WEBHOOKS.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        feeds: FEEDS.load(Ordering::Relaxed),
    }
}
