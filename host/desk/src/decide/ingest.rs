//! What a network told, and what triage said of it.

use crate::{Conversation, Event, Place, Refusal};
use jackfield_protocol::{FactKind, InboundFact, Millis, RemoteId, Status, Verdict};
use std::collections::BTreeSet;

/// Facts that are new, what they make of replies that wait for readers, and "reopened" where one of them addresses us after somebody said that it was done.
pub(super) fn ingest(
    state: Option<&Conversation>,
    place: Place,
    facts: Vec<InboundFact>,
    now: Millis,
) -> Result<Vec<Event>, Refusal> {
    if state.is_some_and(|state| state.place != place) {
        return Err(Refusal::PlaceMismatch);
    }
    if let Some(stray) = facts.iter().find(|fact| fact.thread != place.thread) {
        return Err(Refusal::ThreadMismatch {
            found: stray.thread.clone(),
            expected: place.thread,
        });
    }
    let mut told = BTreeSet::new();
    let fresh: Vec<InboundFact> = facts
        .into_iter()
        .filter(|fact| !is_known(state, fact) && told.insert((fact.remote_id.clone(), revision(fact))))
        .collect();
    if fresh.is_empty() {
        return Ok(Vec::new());
    }
    let reopens = state.is_some_and(|state| state.status == Status::Resolved && addresses_anew(state, &fresh));
    let mut events = Vec::with_capacity(fresh.len() + 1);
    if state.is_none() {
        events.push(Event::Opened(place));
    }
    events.extend(fresh.into_iter().map(Event::Inbound));
    if let Some(state) = state {
        let heard = |event: &Event| matches!(event, Event::Inbound(fact) if !fact.ours);
        let last = (1..).zip(&events).filter(|(_, event)| heard(event)).last();
        if let Some((place, _)) = last {
            events.extend(super::read::overtaken(state, state.version + place, now));
        }
    }
    if reopens {
        events.push(Event::Reopened {
            command: None,
            by: None,
        });
    }
    Ok(events)
}

/// What makes a fact unique within its message; a deletion has no revision.
fn revision(fact: &InboundFact) -> Option<u64> {
    matches!(fact.kind, FactKind::Said(_)).then_some(fact.revision)
}

fn is_known(state: Option<&Conversation>, fact: &InboundFact) -> bool {
    state
        .and_then(|state| state.messages.get(&fact.remote_id))
        .is_some_and(|message| match revision(fact) {
            Some(revision) => message.revisions.contains(&revision),
            None => message.deleted.is_some(),
        })
}

/// Some message addresses us that did not before, and still stands after the whole batch.
fn addresses_anew(state: &Conversation, fresh: &[InboundFact]) -> bool {
    let gone = |id: &RemoteId| {
        state.messages.get(id).is_some_and(|m| m.deleted.is_some())
            || fresh
                .iter()
                .any(|f| &f.remote_id == id && matches!(f.kind, FactKind::Deleted))
    };
    fresh.iter().any(|fact| {
        revision(fact).is_some()
            && !fact.ours
            && !fact.context
            && !state.messages.get(&fact.remote_id).is_some_and(|m| m.addressed)
            && !gone(&fact.remote_id)
    })
}

/// A verdict on the newest revision. Opinions that are not numbers say nothing and are left out.
pub(super) fn judge(state: &Conversation, remote_id: RemoteId, mut verdict: Verdict) -> Result<Vec<Event>, Refusal> {
    let Some(message) = state.messages.get(&remote_id) else {
        return Err(Refusal::MessageUnknown(remote_id));
    };
    verdict.opinions.retain(|opinion| opinion.margin.is_finite());
    let newest = message
        .newest
        .as_ref()
        .is_some_and(|said| said.revision == verdict.revision);
    let judged = message
        .verdicts
        .get(&verdict.by)
        .is_some_and(|old| old.revision == verdict.revision);
    if !newest || judged {
        return Ok(Vec::new());
    }
    Ok(vec![Event::Judged { remote_id, verdict }])
}
