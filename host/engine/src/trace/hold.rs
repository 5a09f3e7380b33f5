//! What must hold when something went wrong, said of one call of a replay.

use super::{
    fault::Fault,
    replay::{Gave, Outcome},
};
use crate::{CallError, PublishError};
use std::collections::BTreeSet;

/// A promise of the contract, and whether it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What is promised.
    pub promise: &'static str,
    /// What happened instead; none where it held.
    pub broken: Option<String>,
}

/// Looks at a call that met `fault`.
pub fn held(fault: Fault, outcome: &Outcome) -> Vec<Held> {
    let mut all = vec![
        Held {
            promise: "the plugin itself did not break",
            broken: match &outcome.result {
                Err(PublishError::Call(CallError::Broken(breakdown))) => Some(breakdown.to_string()),
                _ => None,
            },
        },
        Held {
            promise: "the trouble is of the right kind",
            broken: wrong_kind(fault, outcome),
        },
    ];
    match outcome.function.as_str() {
        "publish" => all.push(Held {
            promise: "nothing is said to be published that the network did not confirm",
            broken: unconfirmed(fault, outcome),
        }),
        "reconcile" => all.push(Held {
            promise: "nothing is said to be missing that the network was not asked for",
            broken: (outcome.result == Ok(Gave::NotThere) && fault.hides())
                .then(|| "it said that the network does not have the message".to_owned()),
        }),
        "poll" => {
            all.push(Held {
                promise: "no message is passed over by a cursor that moved",
                broken: passed_over(fault, outcome),
            });
            all.push(Held {
                promise: "no message is handed over twice",
                broken: twice(outcome),
            });
        }
        _ => {}
    }
    all
}

impl Fault {
    /// Whether the network's answer did not arrive.
    fn hides(self) -> bool {
        !matches!(self, Self::DuplicatePage | Self::ClockJump)
    }
}

fn trouble(outcome: &Outcome) -> Option<&CallError> {
    match &outcome.result {
        Err(PublishError::Call(error)) => Some(error),
        _ => None,
    }
}

fn wrong_kind(fault: Fault, outcome: &Outcome) -> Option<String> {
    let said = trouble(outcome)?;
    let right = match fault {
        Fault::RateLimited => matches!(said, CallError::Later { after_ms } if after_ms.is_some_and(|ms| ms >= 30_000)),
        Fault::ServerError | Fault::CutBody | Fault::SlowBody => matches!(said, CallError::Later { .. }),
        // Half a JSON is a broken network to one plugin and a broken promise of it to another.
        Fault::HalfBody => matches!(said, CallError::Later { .. } | CallError::Unexpected(_)),
        Fault::ExpiredToken => matches!(said, CallError::Credential(_)),
        // These are no trouble at all.
        Fault::DuplicatePage | Fault::ClockJump => false,
    };
    let wanted = match fault {
        Fault::RateLimited => "`later`, not before the 30 s that the network asked for",
        Fault::ServerError | Fault::CutBody | Fault::SlowBody => "`later`",
        Fault::HalfBody => "`later` or `unexpected`",
        Fault::ExpiredToken => "`credential`",
        Fault::DuplicatePage | Fault::ClockJump => "no trouble",
    };
    (!right).then(|| format!("it said: {said}; {wanted} is right"))
}

fn unconfirmed(fault: Fault, outcome: &Outcome) -> Option<String> {
    match &outcome.result {
        // Another request of the call may have met the fault: a limit that could not be asked for, for instance.
        Ok(Gave::There(id)) if fault.lasts() => Some(format!("it gave a receipt ({id})")),
        _ => None,
    }
}

fn passed_over(fault: Fault, outcome: &Outcome) -> Option<String> {
    let Ok(Gave::Polled { events, .. }) = &outcome.result else {
        return None;
    };
    // What the plugin asks from a cursor in the middle of a trace was often never asked before. Where the trace could
    // not answer by itself, what is missing proves nothing.
    let (then, sure) = outcome.then.as_ref()?;
    if !sure || !outcome.met || !fault.hides() {
        return None;
    }
    let came = |id: &(String, u64)| {
        then.contains(id)
            || events
                .iter()
                .any(|event| event.remote_id == id.0 && event.revision == id.1)
    };
    let lost: Vec<&str> = outcome
        .recorded
        .iter()
        .filter(|id| !came(id))
        .map(|(id, _)| id.as_str())
        .collect();
    (!lost.is_empty()).then(|| {
        format!(
            "it moved the cursor, and {} of {} messages never came after that: {}",
            lost.len(),
            outcome.recorded.len(),
            lost.join(", ")
        )
    })
}

fn twice(outcome: &Outcome) -> Option<String> {
    let Ok(Gave::Polled { events, .. }) = &outcome.result else {
        return None;
    };
    let mut seen = BTreeSet::new();
    events
        .iter()
        .find(|event| !seen.insert((&event.remote_id, event.revision)))
        .map(|event| {
            format!(
                "{} (revision {}) is in the batch twice",
                event.remote_id, event.revision
            )
        })
}
