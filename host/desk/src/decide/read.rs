//! Reading what others wrote, before it goes out.

use super::write::{Writing, asking, has_seen, judged, publish};
use crate::approval::{self, Approval};
use crate::authority::{Duty, Writer};
use crate::gate::{PassRecord, Thread};
use crate::passage::{Meant, said_of};
use crate::{Conversation, DoneWhat, Event, Refusal, Rules};
use jackfield_protocol::{CommandId, Millis};

/// Something that is said about a reply that waits for readers.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Who.
    pub by: Writer,
    /// The command.
    pub id: CommandId,
    /// The reply.
    pub reply: CommandId,
    /// What.
    pub what: ReadAct,
}

/// What is said about it.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadAct {
    /// It may go out.
    Approve {
        /// The edition that they read.
        edition: u32,
        /// The version of the conversation that was before them.
        seen: u64,
    },
    /// They would rather write this.
    Suggest {
        /// The edition that they read.
        edition: u32,
        /// The text.
        text: String,
        /// Why.
        why: String,
    },
    /// It may not go out so.
    Return {
        /// Why.
        why: String,
    },
    /// Its author writes another text.
    Supersede {
        /// The text, unsigned.
        text: String,
        /// Findings that are meant.
        meant: Vec<Meant>,
        /// The version of the conversation that was before them.
        seen: u64,
        /// What else they have open.
        elsewhere: Vec<Thread>,
    },
    /// Its author takes it back.
    Withdraw,
}

pub(super) fn read(
    state: &Conversation,
    reading: Reading,
    rules: &Rules<'_>,
    now: Millis,
) -> Result<Vec<Event>, Refusal> {
    let Reading { by, id, reply, what } = reading;
    if !super::agent::is_command_id(id.as_str()) {
        return Err(Refusal::CommandIdMalformed(id.0));
    }
    if let Some(done) = state.commands.get(&id) {
        let same = DoneWhat::Read {
            reply: reply.clone(),
            said: said_of(&what),
        };
        return if done.by == by.agent && done.what == same {
            Ok(Vec::new())
        } else {
            Err(Refusal::CommandIdReused(id))
        };
    }
    let duty = match what {
        ReadAct::Approve { .. } | ReadAct::Suggest { .. } | ReadAct::Return { .. } => Duty::Approve,
        ReadAct::Supersede { .. } | ReadAct::Withdraw => Duty::Reply,
    };
    super::duty(state, &by, duty, rules, now)?;
    let held = state
        .replies
        .get(&reply)
        .ok_or_else(|| Refusal::ReplyUnknown(reply.clone()))?;
    let known = held.approval.as_deref();
    // What somebody saw of the conversation is what they saw of the thread, unless the person said something after it.
    let thread = |seen: u64| if seen >= state.heard { state.heard } else { seen };
    let mut pass: Option<PassRecord> = None;
    let command = match what {
        ReadAct::Approve { edition, seen } => {
            has_seen(state, Some(seen))?;
            approval::Command::Approve {
                by: by.agent.clone(),
                edition,
                thread: thread(seen),
            }
        }
        ReadAct::Suggest { edition, text, why } => approval::Command::Suggest {
            by: by.agent.clone(),
            edition,
            text,
            why,
        },
        ReadAct::Return { why } => approval::Command::Reject {
            by: by.agent.clone(),
            why,
        },
        ReadAct::Withdraw => approval::Command::Withdraw { by: by.agent.clone() },
        ReadAct::Supersede {
            text,
            meant,
            seen,
            elsewhere,
        } => {
            has_seen(state, Some(seen))?;
            let parent = held.parent.clone().ok_or(Refusal::NothingToAnswer)?;
            let asked = Writing {
                by: by.clone(),
                id: reply.clone(),
                text,
                visibility: held.visibility.clone(),
                parent: Some(parent.clone()),
                meant,
                seen: Some(seen),
                elsewhere,
            };
            let judged = judged(state, &asked, &parent, rules, now)?;
            pass = Some(judged.pass());
            approval::Command::Supersede(asking(state, &by.agent, &judged, rules, now))
        }
    };
    let mut made = approval::decide(known, command, now).map_err(Refusal::Approval)?;
    let mut after: Option<Approval> = known.cloned();
    for what in &made {
        after = approval::apply(after, what);
    }
    let ready = made.contains(&approval::Event::Ready);
    let mut out = None;
    if let (true, Some(approval)) = (ready, &after) {
        let thread = state.heard;
        made.extend(
            approval::decide(Some(approval), approval::Command::Publish { thread }, now).map_err(Refusal::Approval)?,
        );
        out = Some(publish(state, &reply, held, approval, pass.as_ref(), (rules, now))?);
    }
    let mut events: Vec<Event> = Vec::new();
    for (at, what) in made.into_iter().enumerate() {
        let first = at == 0;
        events.push(Event::ReplyRead {
            command: first.then(|| id.clone()),
            by: first.then(|| by.agent.clone()),
            reply: reply.clone(),
            what,
            pass: if first { pass.take().map(Box::new) } else { None },
        });
    }
    events.extend(out);
    Ok(events)
}

/// What becomes of replies that wait for readers where the person said something: `heard` is where the thread is then.
pub(super) fn overtaken(state: &Conversation, heard: u64, now: Millis) -> Vec<Event> {
    each(state, now, |_| approval::Command::Moved { thread: heard })
}

/// What becomes of them when time has passed.
pub(super) fn expired(state: &Conversation, now: Millis) -> Vec<Event> {
    let due = |approval: &Approval| now >= approval.expires_at;
    each(state, now, |approval| {
        if due(approval) {
            approval::Command::Expire
        } else {
            approval::Command::Moved {
                thread: approval.thread,
            }
        }
    })
}

fn each(state: &Conversation, now: Millis, command: impl Fn(&Approval) -> approval::Command) -> Vec<Event> {
    let mut events = Vec::new();
    for (reply, held) in state.replies.iter().filter(|(_, reply)| reply.is_held()) {
        let Some(approval) = held.approval.as_deref() else {
            continue;
        };
        let made = approval::decide(Some(approval), command(approval), now).unwrap_or_default();
        events.extend(made.into_iter().map(|what| Event::ReplyRead {
            command: None,
            by: None,
            reply: reply.clone(),
            what,
            pass: None,
        }));
    }
    events
}
