//! When something happens to a conversation by itself. Of the state alone: the store keeps it in an index, and a rebuild
//! finds the same.

use super::owed;
use crate::Conversation;
use crate::clocks::next_wake;
use crate::stage::{Stage, Work};
use jackfield_protocol::Millis;

/// Triage answers within a second or not at all; after this somebody looks at what it has not read.
const JUDGED_WITHIN: Millis = 5_000;
/// Matching takes an offer back at its end. Where no matching runs any more, the desk does so this much later.
const GRACE: Millis = 5_000;
/// What was done for so long is closed: thirty days.
const RESTS: Millis = 30 * 24 * 3_600_000;

pub(super) fn judged_by(work: &Work) -> Option<Millis> {
    matches!(work.stage, Stage::New | Stage::Reopened).then(|| work.since.saturating_add(JUDGED_WITHIN))
}

pub(super) fn offered_until(work: &Work) -> Option<Millis> {
    let until = work.until.filter(|_| work.stage == Stage::Offered)?;
    Some(until.saturating_add(GRACE))
}

pub(super) fn closed_at(work: &Work) -> Option<Millis> {
    matches!(work.stage, Stage::Resolved | Stage::Noise).then(|| work.since.saturating_add(RESTS))
}

/// The first instant at which [`crate::Command::TimePassed`] has something to do; none where nothing happens by itself.
pub fn wake_at(state: &Conversation) -> Option<Millis> {
    let work = &state.work;
    let stage = work.stage.as_ref().and_then(|work| match work.stage {
        Stage::Snoozed => work.until,
        _ => judged_by(work).or(offered_until(work)).or(closed_at(work)),
    });
    let tier = work
        .tier
        .as_ref()
        .and_then(|standing| standing.due.as_ref())
        .map(|due| due.at);
    let owed = owed::deadlines(state).map(|(_, _, at)| at).min();
    [stage, tier, owed, next_wake(&work.clocks)].into_iter().flatten().min()
}
