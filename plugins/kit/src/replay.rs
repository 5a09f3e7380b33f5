//! Runs a trace again, in the deterministic engine.

use crate::{Options, stage::Stage, subject::Subject};
use jackfield_engine::trace::{Fault, Held, Matching, Replayed, Replaying, Trace, held};

/// What came of a replay, and how it was matched.
#[derive(Debug, Clone)]
pub struct Again {
    /// Whether each import had to be the very one that was recorded.
    pub exact: bool,
    /// Call by call.
    pub replayed: Replayed,
    /// Where a fault was asked for: of each call that met it, its number from 1 and what had to hold.
    pub held: Vec<(usize, Vec<Held>)>,
}

/// Replays `trace` with the component of `subject`. Exactly where it is the very component that was recorded, by what
/// requests ask for where it is another; `exact` says otherwise. A fault meets each call at its request number `at`.
pub async fn replay(
    subject: &Subject,
    options: &Options,
    trace: &Trace,
    exact: Option<bool>,
    fault: Option<(Fault, usize)>,
) -> Result<Again, String> {
    let stage = Stage::channel(subject, options)?;
    let same = stage.counted.trace_header("{}").component == trace.header.component;
    let exact = exact.unwrap_or(same && fault.is_none());
    let how = Replaying {
        matching: if exact { Matching::Exact } else { Matching::Tolerant },
        fault,
        fresh: fault.is_some(),
    };
    let replayed = Box::pin(stage.counted.replay(trace, how))
        .await
        .map_err(|error| error.to_string())?;
    let held = match fault {
        None => Vec::new(),
        Some((fault, _)) => replayed
            .calls
            .iter()
            .enumerate()
            .filter(|(_, call)| call.met)
            .map(|(number, call)| (number + 1, held(fault, call)))
            .collect(),
    };
    Ok(Again { exact, replayed, held })
}
