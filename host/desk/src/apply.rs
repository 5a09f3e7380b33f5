//! `apply`: one event more. It never fails: what the log holds has happened.

use crate::approval;
use crate::automation::Action;
use crate::{
    Conversation, Deletion, Done, DoneWhat, Event, Message, Note, Recorded, Reply, ReplyState, RuleDid, Said, TurnTaken,
};
use jackfield_protocol::{AgentId, CommandId, FactKind, InboundFact, Millis, RemoteId, Status, Turn, Verdict};

/// What rules did, as far as the state remembers it.
const RULED: usize = 50;

/// Adds an event to a conversation.
pub fn apply(state: &mut Conversation, recorded: &Recorded) {
    let Recorded { seq, at, event } = recorded;
    let (seq, at) = (*seq, *at);
    state.version = seq;
    match event {
        Event::Opened(place) => state.place = place.clone(),
        Event::Inbound(fact) => inbound(state, seq, fact),
        Event::Judged { remote_id, verdict } => judged(state, remote_id, verdict),
        Event::Taken { command, by } => {
            state.owner = Some(by.clone());
            done(state, command, by, DoneWhat::Take);
            turn(state, seq, at, Some(by), Turn::Taken);
        }
        Event::HandedOver { command, by, to, why } => {
            state.owner.clone_from(to);
            done(state, command, by, DoneWhat::HandOver { to: to.clone() });
            turn(
                state,
                seq,
                at,
                Some(by),
                Turn::HandedOver {
                    to: to.clone(),
                    why: why.clone(),
                },
            );
        }
        Event::Noted { command, by, text } => {
            done(state, command, by, DoneWhat::Note);
            state.notes.insert(
                command.clone(),
                Note {
                    by: by.clone(),
                    at,
                    text: text.clone(),
                },
            );
        }
        Event::ReplyAsked {
            command,
            by,
            text,
            visibility,
            parent,
            key,
            pass,
        } => {
            let queued = ReplyState::Queued {
                reason: None,
                not_before: at,
            };
            let known = state.replies.get(command);
            let approval = known.and_then(|reply| reply.approval.clone());
            if known.is_none_or(|reply| reply.state == ReplyState::Held) {
                let reply = Reply {
                    by: by.clone(),
                    asked_at: at,
                    asked_seq: seq,
                    text: text.clone(),
                    visibility: visibility.clone(),
                    parent: parent.clone(),
                    key: key.clone(),
                    state: queued,
                    attempts: 0,
                    tried_at: None,
                    pass: pass.clone(),
                    approval,
                    first: known.and_then(|reply| reply.first.clone()),
                };
                state.replies.insert(command.clone(), reply);
            }
            done(state, command, by, DoneWhat::Reply);
        }
        Event::ReplyHeld {
            command,
            by,
            text,
            visibility,
            parent,
            key,
            pass,
        } => {
            done(state, command, by, DoneWhat::Reply);
            state.replies.entry(command.clone()).or_insert_with(|| Reply {
                by: by.clone(),
                asked_at: at,
                asked_seq: seq,
                text: text.clone(),
                visibility: visibility.clone(),
                parent: parent.clone(),
                key: key.clone(),
                state: ReplyState::Held,
                attempts: 0,
                tried_at: None,
                pass: Some(pass.clone()),
                approval: None,
                first: None,
            });
        }
        Event::ReplyRead {
            command,
            by,
            reply,
            what,
            pass,
        } => {
            if let Some(held) = state.replies.get_mut(reply) {
                let before = held.approval.take().map(|approval| *approval);
                held.approval = approval::apply(before, what).map(Box::new);
                if let Some(pass) = pass {
                    held.pass = Some(pass.clone());
                }
                if let Some(now) = &held.approval {
                    let before = std::mem::replace(&mut held.text, now.text.clone());
                    if matches!(what, approval::Event::Superseded { .. }) {
                        held.first.get_or_insert(before);
                    }
                }
            }
            if let (Some(command), Some(by)) = (command, by) {
                let reply = reply.clone();
                let said = crate::passage::said(what);
                done(state, command, by, DoneWhat::Read { reply, said });
            }
        }
        Event::Ruled { rule, did, refused, .. } => ruled(state, at, rule, did, refused.as_ref()),
        Event::RulesHold { rules } => state.holding.clone_from(rules),
        Event::ReplySending { command } => {
            if let Some(reply) = unsent(state, command) {
                reply.state = ReplyState::Sending;
                reply.attempts = reply.attempts.saturating_add(1);
                reply.tried_at.get_or_insert(at);
            }
        }
        Event::ReplySent {
            command,
            remote_id,
            url,
            at,
        } => {
            set(
                state,
                command,
                ReplyState::Sent {
                    remote_id: remote_id.clone(),
                    url: url.clone(),
                    at: *at,
                },
            );
        }
        Event::ReplyWaits {
            command,
            reason,
            not_before,
        } => {
            set(
                state,
                command,
                ReplyState::Queued {
                    reason: Some(reason.clone()),
                    not_before: *not_before,
                },
            );
        }
        Event::ReplyFailed { command, reason, cause } => {
            let (reason, cause) = (reason.clone(), *cause);
            set(state, command, ReplyState::Failed { reason, cause });
        }
        Event::ReplyUnknown { command, reason } => {
            set(state, command, ReplyState::Unknown { reason: reason.clone() });
        }
        Event::ReplyRetried { command, reply, by } => {
            done(state, command, by, DoneWhat::Retry { reply: reply.clone() });
            set(
                state,
                reply,
                ReplyState::Queued {
                    reason: None,
                    not_before: at,
                },
            );
        }
        Event::Resolved { command, by } => {
            state.status = Status::Resolved;
            state.settled_before = state.settled;
            state.settled = seq;
            done(state, command, by, DoneWhat::Resolve);
            turn(state, seq, at, Some(by), Turn::Resolved);
        }
        Event::Reopened { command, by } => {
            state.status = Status::Open;
            if let (Some(command), Some(by)) = (command, by) {
                state.settled = state.settled_before;
                done(state, command, by, DoneWhat::Reopen);
            }
            turn(state, seq, at, by.as_ref(), Turn::Reopened);
        }
        Event::Seen { by, version } => {
            let seen = state.seen.entry(by.clone()).or_insert(0);
            *seen = (*seen).max(*version);
        }
        Event::Worked { command, by, act } => done(state, command, by, DoneWhat::Work { act: act.clone() }),
        // What only the work learns from.
        Event::Staged { .. }
        | Event::Queued { .. }
        | Event::Chosen(_)
        | Event::Rang(_)
        | Event::Clocks { .. }
        | Event::Rung(_)
        | Event::Owes(_)
        | Event::Owed { .. }
        | Event::OwedLate { .. } => {}
    }
    crate::work::learn(state, recorded);
}

/// The conversation that these events make; none where there are none.
pub fn fold<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Option<Conversation> {
    let mut state = None;
    for recorded in events {
        apply(state.get_or_insert_with(Conversation::new), recorded);
    }
    state
}

/// Every field is a maximum, a minimum, an "ever" or belongs to the greatest revision, so facts may come in any order.
fn inbound(state: &mut Conversation, seq: u64, fact: &InboundFact) {
    if !fact.ours {
        state.heard = seq;
    }
    let message = state.messages.entry(fact.remote_id.clone()).or_default();
    message.heard = seq;
    match &fact.kind {
        FactKind::Said(content) => said(message, seq, fact, content),
        FactKind::Deleted => {
            if message.newest.is_none() {
                message.posted_at = fact.at;
                message.ours |= fact.ours;
            }
            message.deleted.get_or_insert_with(|| Deletion {
                at: fact.at,
                parent: fact.parent.clone(),
                visibility: fact.visibility.clone(),
                url: fact.url.clone(),
            });
        }
    }
}

fn said(message: &mut Message, seq: u64, fact: &InboundFact, content: &jackfield_protocol::Content) {
    if !message.revisions.insert(fact.revision) {
        return;
    }
    if message.revisions.first() == Some(&fact.revision) {
        message.posted_at = fact.at;
    }
    // What a deletion alone claimed gives way to what was said.
    message.ours = fact.ours || (message.ours && message.newest.is_some());
    if !fact.ours && !fact.context && !message.addressed {
        message.addressed = true;
        message.addressed_seq = seq;
    }
    if message.revisions.last() == Some(&fact.revision) {
        message.newest = Some(Said {
            revision: fact.revision,
            parent: fact.parent.clone(),
            visibility: fact.visibility.clone(),
            url: fact.url.clone(),
            content: content.clone(),
        });
    }
}

fn ruled(state: &mut Conversation, at: Millis, rule: &str, did: &Action, refused: Option<&String>) {
    state.ruled.push(RuleDid {
        at,
        rule: rule.to_owned(),
        what: did.words(),
        refused: refused.cloned(),
    });
    // A long life of a conversation is not read in the state but in the log.
    if state.ruled.len() > RULED {
        state.ruled.remove(0);
    }
    if refused.is_some() {
        return;
    }
    match did {
        Action::Tag(tag) => drop(state.tags.insert(tag.clone())),
        Action::Untag(tag) => drop(state.tags.remove(tag)),
        Action::Priority(points) => {
            let weight = state.weights.entry(rule.to_owned()).or_insert(0);
            *weight = weight.saturating_add(*points);
        }
        Action::Queue(queue) => state.queue = Some(queue.clone()),
        Action::Draft(canned) => state.laid_out = Some(canned.clone()),
        // These have events of their own beside this one.
        Action::Assign(_)
        | Action::Note(_)
        | Action::Escalate(_)
        | Action::Snooze(_)
        | Action::Notify(_)
        | Action::CloseAsNoise => {}
    }
}

fn judged(state: &mut Conversation, remote_id: &RemoteId, verdict: &Verdict) {
    if let Some(message) = state.messages.get_mut(remote_id)
        && message
            .verdicts
            .get(&verdict.by)
            .is_none_or(|old| old.revision <= verdict.revision)
    {
        message.verdicts.insert(verdict.by.clone(), verdict.clone());
    }
}

/// The reply, unless the network has it already: from there is no way back.
fn unsent<'a>(state: &'a mut Conversation, command: &CommandId) -> Option<&'a mut Reply> {
    state
        .replies
        .get_mut(command)
        .filter(|reply| !matches!(reply.state, ReplyState::Sent { .. }))
}

fn set(state: &mut Conversation, command: &CommandId, to: ReplyState) {
    if let Some(reply) = unsent(state, command) {
        reply.state = to;
    }
}

/// The last event of a command says what it was: a reply that takes first is a reply.
fn done(state: &mut Conversation, command: &CommandId, by: &AgentId, what: DoneWhat) {
    state.commands.insert(command.clone(), Done { by: by.clone(), what });
}

fn turn(state: &mut Conversation, seq: u64, at: Millis, by: Option<&AgentId>, what: Turn) {
    state.turns.push(TurnTaken {
        seq,
        at,
        by: by.cloned(),
        what,
    });
}
