//! `apply` for the work: what an event means for it. It never fails and asks no policy.

use super::{Dossier, InQueue, Owing, stage_of};
use crate::clocks::{What, Why};
use crate::stage::{Cause, Stage, Work};
use crate::{Conversation, Event, Recorded};
use jackfield_protocol::{FactKind, InboundFact, Millis, Visibility};

/// Learns from an event, after the rest of the conversation has.
pub(crate) fn learn(state: &mut Conversation, recorded: &Recorded) {
    let at = recorded.at;
    match &recorded.event {
        Event::Inbound(fact) => told(&mut state.work, at, fact),
        Event::ReplySent {
            command,
            remote_id,
            at: accepted,
            ..
        } => {
            let parent = state.replies.get(command).and_then(|reply| reply.parent.as_ref());
            let answered = parent.and_then(|parent| state.work.asked.get(parent)).copied();
            let when = (*accepted).min(at).max(answered.unwrap_or(Millis::MIN));
            state.work.ours.insert(remote_id.clone());
            replied(&mut state.work, when);
        }
        Event::Resolved { .. } => state.work.history.push(at, What::Resolved),
        Event::Reopened { by: Some(_), .. } => state.work.history.push(at, What::TakenBack),
        Event::Staged {
            cause,
            to,
            agent,
            until,
            because,
        } => {
            let before = stage_of(state);
            staged(state, recorded, &before, (*cause, *to, *until));
            let held = |agent: &Option<_>| agent.clone().filter(|_| *to != Stage::Offered);
            let work = Work {
                stage: *to,
                since: if *to == before.stage { before.since } else { at },
                last: held(agent).or(before.last),
                agent: agent.clone(),
                until: *until,
            };
            state.owner = work.owner().cloned();
            state.status = work.status();
            state.work.stage = Some(work);
            state.work.because.clone_from(because);
        }
        Event::Queued { queue, by } => {
            state.work.queue = queue.clone().map(|name| InQueue {
                name,
                by: by.clone(),
                since: at,
            });
        }
        Event::Chosen(chosen) => state.work.history.push(at, What::Chosen(chosen.clone())),
        Event::Rang(ring) => state.work.history.push(at, What::Rang(*ring)),
        Event::Clocks { changed } => {
            for clock in changed {
                let same = |known: &&mut crate::clocks::Clock| known.kind == clock.kind && known.round == clock.round;
                match state.work.clocks.iter_mut().find(same) {
                    Some(known) => *known = clock.clone(),
                    None => state.work.clocks.push(clock.clone()),
                }
            }
        }
        Event::Rung(rung) => crate::ladder::hear(&mut state.work.tier, at, rung),
        Event::Owes(obligation) => state.work.owing.push(Owing {
            obligation: (**obligation).clone(),
            late: Default::default(),
        }),
        Event::Owed { number, by, act } => {
            if let Some(owing) = at_number(&mut state.work, *number) {
                // It was found possible before it was written.
                let _ = owing.obligation.act(act.clone(), by.clone(), at);
            }
        }
        Event::OwedLate { number, phase, .. } => {
            if let Some(owing) = at_number(&mut state.work, *number) {
                owing.late.insert(*phase);
            }
        }
        _ => {}
    }
}

fn at_number(work: &mut Dossier, number: u32) -> Option<&mut Owing> {
    work.owing.get_mut(usize::try_from(number).ok()?)
}

/// What a stage means for what waits and for the clocks.
fn staged(
    state: &mut Conversation,
    recorded: &Recorded,
    before: &Work,
    (cause, to, until): (Cause, Stage, Option<Millis>),
) {
    let at = recorded.at;
    let history = &mut state.work.history;
    match to {
        Stage::Snoozed => {
            if before.stage == Stage::Snoozed {
                history.push(at, What::Resumed);
            }
            history.push(at, What::Snoozed(until.unwrap_or(Millis::MAX)));
        }
        Stage::WaitingForOthers => history.push(at, What::Waits(Why::WaitingForOthers)),
        Stage::Noise | Stage::Resolved if cause == Cause::JudgedNoise => {
            history.push(at, What::Resolved);
            state.settled_before = state.settled;
            state.settled = recorded.seq;
        }
        _ => {}
    }
    let was_away = matches!(before.stage, Stage::Snoozed | Stage::WaitingForOthers) && before.stage != to;
    // What the person says ends it by itself, and what is done has nothing that stands still.
    if was_away
        && !matches!(
            to,
            Stage::Snoozed | Stage::WaitingForOthers | Stage::Resolved | Stage::Noise
        )
    {
        state.work.history.push(at, What::Resumed);
    }
    if before.stage == Stage::Noise && cause == Cause::JudgedWork {
        state.work.history.push(at, What::TakenBack);
        state.settled = state.settled_before;
    }
    if to == Stage::Waiting && !matches!(cause, Cause::PassedOn | Cause::Vanished) {
        state.work.waits_since = Some(at);
    }
}

fn told(work: &mut Dossier, learned: Millis, fact: &InboundFact) {
    // A network's clock that is fast does not give us time.
    let at = fact.at.min(learned);
    match &fact.kind {
        FactKind::Deleted => {
            if work.asked.contains_key(&fact.remote_id) {
                work.history.push(at, What::Withdrawn(fact.remote_id.clone()));
            }
        }
        FactKind::Said(_) if fact.ours => {
            if fact.visibility != Visibility::Internal && work.ours.insert(fact.remote_id.clone()) {
                replied(work, at);
            }
        }
        FactKind::Said(_) if fact.context => {}
        FactKind::Said(_) => {
            let known = work.asked.entry(fact.remote_id.clone()).or_insert(Millis::MAX);
            if at < *known {
                *known = at;
                work.history.push(at, What::Asked(fact.remote_id.clone()));
            }
        }
    }
}

fn replied(work: &mut Dossier, at: Millis) {
    let (human, answers) = (true, true);
    work.history.push(at, What::Replied { human, answers });
}
