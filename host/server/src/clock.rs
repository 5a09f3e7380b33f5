//! The time, as something that a test can hold still.
//!
//! Waiting is always done with tokio's timers; a test pauses those, and [`TokioClock`] walks along with them.

use jackfield_protocol::Millis;
use std::time::{SystemTime, UNIX_EPOCH};

/// Says what time it is.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> Millis;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
    }
}

/// A clock that starts at a given time and walks with tokio's timers, paused or not.
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    start: Millis,
    since: tokio::time::Instant,
}

impl TokioClock {
    /// It is `start` now.
    pub fn starting_at(start: Millis) -> Self {
        Self {
            start,
            since: tokio::time::Instant::now(),
        }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Millis {
        let passed = Millis::try_from(self.since.elapsed().as_millis()).unwrap_or(Millis::MAX);
        self.start.saturating_add(passed)
    }
}
