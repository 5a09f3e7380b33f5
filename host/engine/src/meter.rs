//! What a connection has used in all, whatever became of its calls: for the operator, who wants to know who uses the
//! machine, and for whoever shares the machine out.

use crate::Usage;
use std::sync::{Arc, Mutex, PoisonError};

/// What all calls of one connection have used together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Calls begun.
    pub calls: u64,
    /// Milliseconds in which guest code was running, in steps of the 10 ms tick.
    pub cpu_ms: u64,
    /// Calls of imports.
    pub host_calls: u64,
    /// HTTP requests, redirects included, and streams opened.
    pub requests: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes of log lines.
    pub log_bytes: u64,
    /// Log lines dropped because a budget was used up.
    pub log_dropped: u64,
    /// The most memory that an instance has had.
    pub memory: usize,
}

/// The totals in the making, shared by the connection and its instances.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<Mutex<Totals>>);

impl Meter {
    pub(crate) fn read(&self) -> Totals {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).calls += 1;
    }

    pub(crate) fn add(&self, usage: &Usage, log_bytes: usize) {
        let mut totals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tick = u64::try_from(crate::ticker::TICK.as_millis()).unwrap_or(1);
        totals.cpu_ms = totals.cpu_ms.saturating_add(usage.cpu_ticks.saturating_mul(tick));
        totals.host_calls = totals.host_calls.saturating_add(usage.host_calls.into());
        totals.requests = totals.requests.saturating_add(usage.requests.into());
        totals.bytes_out = totals.bytes_out.saturating_add(usage.bytes_out);
        totals.bytes_in = totals.bytes_in.saturating_add(usage.bytes_in);
        totals.log_bytes = totals.log_bytes.saturating_add(log_bytes as u64);
        totals.log_dropped = totals.log_dropped.saturating_add(usage.log_dropped.into());
        totals.memory = totals.memory.max(usage.memory);
    }
}
