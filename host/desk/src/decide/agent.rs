//! What an agent wants, apart from writing to the person.

use super::write::{self, Writing};
use super::{delivery::name, reply};
use crate::authority::{Duty, Writer};
use crate::gate::join;
use crate::{Conversation, DoneWhat, Event, Refusal, ReplyState, Rules};
use jackfield_protocol::{AgentId, Command, CommandId, CommandRequest, Millis, Status};

/// A note is for people to read; past this it is a document.
const NOTE_MAX: usize = 10_000;
/// A reason is a sentence or two.
const WHY_MAX: usize = 1_000;
/// As long as a token's `sub` may be.
const AGENT_MAX: usize = 128;

pub(super) fn agent(
    state: &Conversation,
    who: Writer,
    request: CommandRequest,
    rules: &Rules<'_>,
    now: Millis,
) -> Result<Vec<Event>, Refusal> {
    let CommandRequest { id, command } = request;
    let by = who.agent.clone();
    if again(state, &by, &id, &command)? {
        return Ok(Vec::new());
    }
    match command {
        // Who may read may say that they have; writing asks by itself.
        Command::Seen { .. } | Command::Reply { .. } => {}
        Command::Retry { .. } => super::duty(state, &who, Duty::Reply, rules, now)?,
        _ => super::duty(state, &who, Duty::Work, rules, now)?,
    }
    match command {
        Command::Take => take(state, by, id),
        Command::HandOver { to, why } => hand_over(state, by, id, to, why),
        Command::Note { text } => note(by, id, text),
        Command::Reply {
            text,
            visibility,
            parent,
        } => write::write(
            state,
            Writing {
                by: who,
                id,
                text,
                visibility,
                parent,
                meant: Vec::new(),
                seen: None,
                elsewhere: Vec::new(),
            },
            rules,
            now,
        ),
        Command::Retry { reply } => retry(state, by, id, reply, rules),
        Command::Resolve => resolve(state, by, id),
        Command::Reopen if state.status == Status::Open => Ok(Vec::new()),
        Command::Reopen => Ok(vec![Event::Reopened {
            command: Some(id),
            by: Some(by),
        }]),
        Command::Seen { version } => seen(state, by, version),
    }
}

/// The command had its effect already; its id is checked along.
pub(super) fn again(state: &Conversation, by: &AgentId, id: &CommandId, command: &Command) -> Result<bool, Refusal> {
    if !is_command_id(id.as_str()) {
        return Err(Refusal::CommandIdMalformed(id.0.clone()));
    }
    was_done(state, by, id, command)
}

/// A command's id is the client's: what it may hold is said in the API.
pub(crate) fn is_command_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The same command again has no effect; another one under a used id is a mistake that would lose its words.
fn was_done(state: &Conversation, by: &AgentId, id: &CommandId, command: &Command) -> Result<bool, Refusal> {
    let Some(done) = state.commands.get(id) else {
        return Ok(false);
    };
    let same = done.by == *by
        && match (&done.what, command) {
            (DoneWhat::Take, Command::Take)
            | (DoneWhat::Resolve, Command::Resolve)
            | (DoneWhat::Reopen, Command::Reopen) => true,
            (DoneWhat::HandOver { to: then }, Command::HandOver { to, .. }) => then == to,
            (DoneWhat::Note, Command::Note { text }) => state.notes.get(id).is_some_and(|note| note.text == *text),
            (
                DoneWhat::Reply,
                Command::Reply {
                    text,
                    visibility,
                    parent,
                },
            ) => state.replies.get(id).is_some_and(|r| {
                let signature = r.pass.as_ref().map_or("", |pass| &pass.signature);
                (r.text == *text || !signature.is_empty() && r.text == join(text, signature))
                    && r.visibility == *visibility
                    && (parent.is_none() || r.parent == *parent)
            }),
            (DoneWhat::Retry { reply: then }, Command::Retry { reply }) => then == reply,
            _ => false,
        };
    if same {
        Ok(true)
    } else {
        Err(Refusal::CommandIdReused(id.clone()))
    }
}

/// Refused while somebody else has the conversation; true where nobody has.
pub(crate) fn is_free(state: &Conversation, by: &AgentId) -> Result<bool, Refusal> {
    match &state.owner {
        None => Ok(true),
        Some(owner) if owner == by => Ok(false),
        Some(owner) => Err(Refusal::OwnedBy { owner: owner.clone() }),
    }
}

fn take(state: &Conversation, by: AgentId, command: CommandId) -> Result<Vec<Event>, Refusal> {
    Ok(if is_free(state, &by)? {
        vec![Event::Taken { command, by }]
    } else {
        Vec::new()
    })
}

/// Anybody may hand over, so that work is not locked by an owner who went home; who is not the owner says why.
pub(super) fn hand_over(
    state: &Conversation,
    by: AgentId,
    command: CommandId,
    to: Option<AgentId>,
    why: String,
) -> Result<Vec<Event>, Refusal> {
    let length = why.chars().count();
    if length > WHY_MAX {
        return Err(Refusal::WhyTooLong { length, max: WHY_MAX });
    }
    if why.contains('\0') {
        return Err(Refusal::TextUnstorable);
    }
    if let Some(to) = to.as_ref()
        && (to.as_str().trim().is_empty() || to.as_str().len() > AGENT_MAX || to.as_str().contains(char::is_control))
    {
        return Err(Refusal::AgentMalformed(to.0.clone()));
    }
    if state.owner == to {
        return Ok(Vec::new());
    }
    if let Some(owner) = state.owner.as_ref()
        && *owner != by
        && why.trim().is_empty()
    {
        return Err(Refusal::WhyMissing { owner: owner.clone() });
    }
    Ok(vec![Event::HandedOver { command, by, to, why }])
}

pub(super) fn note(by: AgentId, command: CommandId, text: String) -> Result<Vec<Event>, Refusal> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        return Err(Refusal::NoteEmpty { max: NOTE_MAX });
    }
    if length > NOTE_MAX {
        return Err(Refusal::NoteTooLong { length, max: NOTE_MAX });
    }
    if text.contains('\0') {
        return Err(Refusal::TextUnstorable);
    }
    Ok(vec![Event::Noted { command, by, text }])
}

fn retry(
    state: &Conversation,
    by: AgentId,
    command: CommandId,
    reply: CommandId,
    rules: &Rules<'_>,
) -> Result<Vec<Event>, Refusal> {
    let known = state
        .replies
        .get(&reply)
        .ok_or_else(|| Refusal::ReplyUnknown(reply.clone()))?;
    if !matches!(known.state, ReplyState::Failed { .. }) {
        return Err(Refusal::ReplyNotFailed {
            state: name(&known.state),
        });
    }
    if let Some(reason) = &rules.line.closed {
        return Err(Refusal::LineClosed(reason.clone()));
    }
    let mut events = reply::take_up(state, &by, &command)?;
    events.push(Event::ReplyRetried { command, reply, by });
    Ok(events)
}

fn resolve(state: &Conversation, by: AgentId, command: CommandId) -> Result<Vec<Event>, Refusal> {
    if state.status == Status::Resolved {
        return Ok(Vec::new());
    }
    is_free(state, &by)?;
    if let Some(pending) = state
        .replies
        .values()
        .find(|reply| reply.is_pending() || reply.is_held())
    {
        return Err(Refusal::ReplyPending {
            state: name(&pending.state),
        });
    }
    Ok(vec![Event::Resolved { command, by }])
}

/// Kept only where it makes something read that was not.
fn seen(state: &Conversation, by: AgentId, version: u64) -> Result<Vec<Event>, Refusal> {
    if version > state.version {
        return Err(Refusal::VersionUnknown {
            version,
            known: state.version,
        });
    }
    let before = state.seen.get(&by).copied().unwrap_or(0);
    let news = state
        .messages
        .values()
        .any(|m| m.addressed && m.addressed_seq > before && m.addressed_seq <= version);
    Ok(if news {
        vec![Event::Seen { by, version }]
    } else {
        Vec::new()
    })
}
