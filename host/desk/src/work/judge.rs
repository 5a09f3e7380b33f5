//! What triage makes of work: a need, or nothing that needs anybody.

use crate::condition::Stage;
use crate::{Conversation, Message};

/// What triage says of all that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// It needs nobody.
    Noise,
    /// It needs somebody, or nobody knows.
    Work,
}

/// Labels of what needs nobody.
const NOISE: &[&str] = &["noise", "spam"];
/// And of what is no work once it was done: "thank you" leaves it done.
const AFTERWARDS: &[&str] = &["thanks"];

/// None where nothing is to be judged, or not all of it has been.
pub(super) fn judged(state: &Conversation, stage: Stage) -> Option<Judged> {
    if !matches!(stage, Stage::New | Stage::Noise | Stage::Waiting | Stage::Reopened) {
        return None;
    }
    let newest = || state.addressed().into_iter().rev().find(|(_, m)| m.deleted.is_none());
    let mut asked = state.waiting();
    if asked.is_empty() {
        asked.extend(newest());
    }
    if asked.is_empty() {
        return None;
    }
    let mut noise = true;
    for (_, message) in asked {
        match of_one(message, stage)? {
            Judged::Noise => {}
            Judged::Work => noise = false,
        }
    }
    match (noise, stage) {
        (true, _) => Some(Judged::Noise),
        (false, Stage::Waiting) => None,
        (false, _) => Some(Judged::Work),
    }
}

/// Who abstains says that somebody should look. Of several plugins one that finds work is enough.
fn of_one(message: &Message, stage: Stage) -> Option<Judged> {
    let revision = message.newest.as_ref()?.revision;
    let mut read = message.verdicts.values().filter(|v| v.revision == revision).peekable();
    read.peek()?;
    let needs_nobody =
        |label: &str| NOISE.contains(&label) || (stage == Stage::Reopened && AFTERWARDS.contains(&label));
    let noise = read.all(|verdict| {
        let mut labels = verdict
            .opinions
            .iter()
            .filter(|opinion| opinion.margin > 0.0)
            .peekable();
        labels.peek().is_some() && labels.all(|opinion| needs_nobody(&opinion.label))
    });
    Some(if noise { Judged::Noise } else { Judged::Work })
}
