//! What a call gives besides an error: the plugin's answer, checked, and what it cost.

use crate::bindings::{Event, Receipt};
use serde::{Deserialize, Serialize};

/// What one `poll` found. Stored as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Polled {
    /// Oldest first.
    pub events: Vec<Event>,
    /// Where to go on; none keeps the cursor there is.
    pub cursor: Option<Vec<u8>>,
    /// Writes of `kv` in order of key; none deletes.
    pub kv_writes: Vec<(String, Option<Vec<u8>>)>,
    /// More is waiting.
    pub more: bool,
    /// Not before this many milliseconds from now, at most one hour.
    pub not_before_ms: Option<u64>,
    /// Spans that were out of range or inside a character, and were left out.
    pub dropped_spans: u32,
    /// What the call used.
    pub usage: Usage,
}

/// An event of a poll that is outside the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spared {
    /// The field, and what is wrong with it.
    pub what: String,
    /// The event as a developer reads it, without secrets, cut.
    pub looks: String,
}

/// What one stored request held. Stored as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ingested {
    /// Oldest first.
    pub events: Vec<Event>,
    /// Writes of `kv` in order of key; none deletes.
    pub kv_writes: Vec<(String, Option<Vec<u8>>)>,
    /// Spans that were out of range or inside a character, and were left out.
    pub dropped_spans: u32,
    /// What the call used.
    pub usage: Usage,
}

/// What one `publish` did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// What the network gave back.
    pub receipt: Receipt,
    /// Writes of `kv`.
    pub kv_writes: Vec<(String, Option<Vec<u8>>)>,
    /// What the call used.
    pub usage: Usage,
}

/// What one `reconcile` found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reconciled {
    /// The receipt, where the network has the draft.
    pub receipt: Option<Receipt>,
    /// Writes of `kv`.
    pub kv_writes: Vec<(String, Option<Vec<u8>>)>,
    /// What the call used.
    pub usage: Usage,
}

/// What a call used of its budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Ticks of 10 ms in which guest code was running.
    pub cpu_ticks: u64,
    /// Calls of imports.
    pub host_calls: u32,
    /// HTTP requests, redirects included.
    pub requests: u32,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Log lines dropped because the budget was used up.
    pub log_dropped: u32,
    /// The most memory the instance has had.
    pub memory: usize,
}
