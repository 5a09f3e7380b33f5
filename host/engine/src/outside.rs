//! What the sandbox takes from outside, as traits, so that tests and replay put in their own: the time, the
//! random source and the place where log lines go. The resolver of names is in [`egress`](crate::egress).

use crate::bindings::Level;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time that plugins see.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> u64;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The random bytes that plugins see.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's random source.
#[derive(Debug, Clone, Copy)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes);
    }
}

/// Where the lines of plugins go. They are cut, made visible and scrubbed before they come here.
pub trait LogSink: Send + Sync {
    /// One line. `who` is the connection's id, or the plugin's name in the triage lane.
    fn line(&self, who: &str, level: Level, line: &str);
}

/// Lines become `tracing` events of the target `jackfield::plugin`.
#[derive(Debug, Clone, Copy)]
pub struct TracingSink;

impl LogSink for TracingSink {
    fn line(&self, who: &str, level: Level, line: &str) {
        match level {
            Level::Debug => tracing::debug!(target: "jackfield::plugin", connection = who, "{line}"),
            Level::Info => tracing::info!(target: "jackfield::plugin", connection = who, "{line}"),
            Level::Warn => tracing::warn!(target: "jackfield::plugin", connection = who, "{line}"),
            Level::Error => tracing::error!(target: "jackfield::plugin", connection = who, "{line}"),
        }
    }
}
