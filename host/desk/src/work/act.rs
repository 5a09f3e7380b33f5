//! What an agent may do about the work, and what the floor and rules tell of it.

use super::stage_of;
use crate::ladder::{Act, Rung};
use crate::stage::{Cause, Happened, Stage};
use crate::{Conversation, DoneWhat, Event, Refusal, ReplyState, Rules};
use jackfield_protocol::{AgentId, Millis, WorkAct, WorkRequest};

/// A reason is a sentence or two.
const WHY_MAX: usize = 1_000;

/// What an agent wants.
pub(crate) fn act(
    state: &Conversation,
    by: AgentId,
    request: WorkRequest,
    rules: &Rules<'_>,
    now: Millis,
) -> Result<Vec<Event>, Refusal> {
    let WorkRequest { id, work } = request;
    if !crate::decide::is_command_id(id.as_str()) {
        return Err(Refusal::CommandIdMalformed(id.0));
    }
    if let Some(done) = state.commands.get(&id) {
        let same = done.by == by && done.what == DoneWhat::Work { act: work.clone() };
        return if same {
            Ok(Vec::new())
        } else {
            Err(Refusal::CommandIdReused(id))
        };
    }
    check_words(&work)?;
    let also = check(state, &by, &work, rules, now)?;
    let mut events = vec![Event::Worked {
        command: id,
        by,
        act: work,
    }];
    events.extend(also);
    Ok(events)
}

fn check_words(work: &WorkAct) -> Result<(), Refusal> {
    let (WorkAct::Release { why }
    | WorkAct::WaitFor { why }
    | WorkAct::Queue { why, .. }
    | WorkAct::Tier { why, .. }
    | WorkAct::Escalated { words: why, .. }
    | WorkAct::Waive { why, .. }) = work
    else {
        return Ok(());
    };
    let length = why.chars().count();
    if length > WHY_MAX {
        return Err(Refusal::WhyTooLong { length, max: WHY_MAX });
    }
    if why.contains('\0') {
        return Err(Refusal::TextUnstorable);
    }
    Ok(())
}

/// What stands against it, and what it does beside moving the stage.
fn check(
    state: &Conversation,
    by: &AgentId,
    work: &WorkAct,
    rules: &Rules<'_>,
    now: Millis,
) -> Result<Option<Event>, Refusal> {
    let stands = stage_of(state);
    match work {
        WorkAct::Accept | WorkAct::Decline => {
            if stands.stage != Stage::Offered || stands.agent.as_ref() != Some(by) {
                return Err(Refusal::NotOffered { agent: by.clone() });
            }
            Ok(None)
        }
        WorkAct::Release { why } => theirs_or_why(state, by, why).map(|()| None),
        WorkAct::Snooze { until } => {
            crate::decide::is_free(state, by)?;
            if *until <= now {
                return Err(Refusal::SnoozeOver);
            }
            Ok(None)
        }
        WorkAct::WaitFor { why } => {
            crate::decide::is_free(state, by)?;
            if why.trim().is_empty() {
                return Err(Refusal::ReasonMissing);
            }
            Ok(None)
        }
        WorkAct::Resume if !matches!(stands.stage, Stage::Snoozed | Stage::WaitingForOthers) => Err(Refusal::NotNow {
            why: format!(
                "It is {}: only what is put away or waits for others can be resumed.",
                stands.stage.as_str()
            ),
        }),
        WorkAct::Resume | WorkAct::Noise => crate::decide::is_free(state, by).map(|_| None),
        WorkAct::Queue { queue, why } => {
            let queues = &rules.policies.current.house.queues;
            if queues.named(queue).is_none() {
                return Err(Refusal::QueueUnknown {
                    queue: queue.clone(),
                    known: listed(&queues.names()),
                });
            }
            theirs_or_why(state, by, why)?;
            let (queue, by) = (Some(queue.clone()), Some(by.clone()));
            Ok(Some(Event::Queued { queue, by }))
        }
        WorkAct::Tier { tier, desk, why } => {
            theirs_or_why(state, by, why)?;
            moved(state, tier, desk.clone(), by, why, rules, now).map(Some)
        }
        WorkAct::Escalated { owed, words } => {
            let words = words.clone();
            owe(state, *owed, by, Act::Escalate { words }, now).map(Some)
        }
        WorkAct::FollowedUp { owed, reply } => {
            let sent = state
                .replies
                .get(reply)
                .ok_or_else(|| Refusal::ReplyUnknown(reply.clone()))?;
            if !matches!(sent.state, ReplyState::Sent { .. }) {
                return Err(Refusal::NotNow {
                    why: format!("The network does not have the reply {reply} yet: nobody was told anything by it."),
                });
            }
            let reply = reply.0.clone();
            owe(state, *owed, by, Act::FollowUp { reply }, now).map(Some)
        }
        WorkAct::Waive { owed, why } => {
            let why = why.clone();
            owe(state, *owed, by, Act::Waive { why }, now).map(Some)
        }
    }
}

/// Anybody may, so that work is not locked by somebody who went home; who does not have it says why.
fn theirs_or_why(state: &Conversation, by: &AgentId, why: &str) -> Result<(), Refusal> {
    match &state.owner {
        Some(owner) if owner != by && why.trim().is_empty() => Err(Refusal::WhyMissing { owner: owner.clone() }),
        _ => Ok(()),
    }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "none: the policy has no queues".to_owned()
    } else {
        names.join(", ")
    }
}

fn moved(
    state: &Conversation,
    tier: &str,
    desk: Option<String>,
    by: &AgentId,
    why: &str,
    rules: &Rules<'_>,
    now: Millis,
) -> Result<Event, Refusal> {
    let applied = &rules.policies.current;
    let ladder = &applied.house.ladder;
    let standing = state.work.tier.as_ref();
    let from = standing.map_or(tier, |standing| standing.tier.as_str());
    let way = ladder.way(from, tier).unwrap_or(crate::ladder::Way::Up);
    let rung = ladder.move_to(standing, way, tier, desk, by.clone(), why, &applied.calendars, now);
    rung.map(Event::Rung).map_err(|refused| Refusal::TierRefused {
        why: refused.to_string(),
    })
}

fn owe(state: &Conversation, number: Option<u32>, by: &AgentId, act: Act, now: Millis) -> Result<Event, Refusal> {
    let owing = &state.work.owing;
    let open = || owing.iter().position(|owing| !owing.obligation.phase.is_end());
    let at = match number {
        Some(number) => usize::try_from(number).ok(),
        None => open(),
    };
    let found = at.and_then(|at| Some((u32::try_from(at).ok()?, owing.get(at)?)));
    let (number, owing) = found.ok_or(Refusal::NothingOwed)?;
    let mut tried = owing.obligation.clone();
    tried
        .act(act.clone(), by.clone(), now)
        .map_err(|refused| Refusal::Owed {
            why: refused.to_string(),
        })?;
    let by = by.clone();
    Ok(Event::Owed { number, by, act })
}

/// Matching asks an agent. None where it is not to be offered any more.
pub(crate) fn offer(
    state: &Conversation,
    agent: AgentId,
    until: Millis,
    because: Vec<String>,
    now: Millis,
) -> Result<Vec<Event>, Refusal> {
    // What nobody could accept any more is no offer.
    if until <= now {
        return Ok(Vec::new());
    }
    let mut work = stage_of(state);
    let happened = Happened::Offered { agent, until };
    work.hear(&happened, now).map_err(|not_now| Refusal::NotNow {
        why: not_now.to_string(),
    })?;
    Ok(vec![staged(&work, Cause::Offered, because)])
}

/// An agent let an offer pass, or was not heard of for too long.
pub(crate) fn lapsed(
    state: &Conversation,
    agent: &AgentId,
    vanished: bool,
    because: String,
    now: Millis,
) -> Result<Vec<Event>, Refusal> {
    let mut work = stage_of(state);
    if work.agent.as_ref() != Some(agent) {
        return Ok(Vec::new());
    }
    let cause = match (vanished, work.stage) {
        (_, Stage::Offered) if !vanished => Cause::PassedOn,
        (true, _) => Cause::Vanished,
        (false, _) => return Ok(Vec::new()),
    };
    let changed = work
        .hear(&Happened::Plain(cause), now)
        .map_err(|not_now| Refusal::NotNow {
            why: not_now.to_string(),
        })?;
    Ok(if changed {
        vec![staged(&work, cause, vec![because])]
    } else {
        Vec::new()
    })
}

fn staged(work: &crate::stage::Work, cause: Cause, because: Vec<String>) -> Event {
    Event::Staged {
        cause,
        to: work.stage,
        agent: work.agent.clone(),
        until: work.until,
        because,
    }
}

/// A rule moves it up to a tier; none where it cannot.
pub fn escalate(state: &Conversation, tier: &str, why: &str, rules: &Rules<'_>, now: Millis) -> Option<Event> {
    let rule = AgentId("rule".to_owned());
    if state.work.tier.is_some() {
        return moved(state, tier, None, &rule, why, rules, now).ok();
    }
    let applied = &rules.policies.current;
    let named = applied.house.ladder.names().contains(&tier);
    let due = applied.house.ladder.due(tier, &applied.calendars, now);
    let tier = tier.to_owned();
    named.then_some(Event::Rung(Rung::Began { tier, due }))
}

/// A rule puts it away; none where it cannot.
pub fn snooze(state: &Conversation, until: Millis, why: &str, now: Millis) -> Option<Event> {
    let mut work = stage_of(state);
    work.hear(&Happened::Snoozed { until }, now).ok()?;
    Some(staged(&work, Cause::Snoozed, vec![why.to_owned()]))
}

/// A rule finds that it needs nobody; none where somebody has found otherwise.
pub fn noise(state: &Conversation, why: &str, now: Millis) -> Option<Event> {
    super::carry::may_end(state).ok()?;
    let mut work = stage_of(state);
    let changed = work.hear(&Happened::Plain(Cause::JudgedNoise), now).ok()?;
    changed.then(|| staged(&work, Cause::JudgedNoise, vec![why.to_owned()]))
}
