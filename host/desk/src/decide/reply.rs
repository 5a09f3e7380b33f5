//! Writing to the person. What is refused here was never on its way.

use super::agent::is_free;
use crate::{Conversation, Event, LineRules, Refusal, Rules, publish_key, view};
use jackfield_protocol::{AgentId, CommandId, Millis, RemoteId, Status, Visibility};

/// What an agent wants to send.
pub(super) struct Asked {
    pub(super) by: AgentId,
    pub(super) id: CommandId,
    pub(super) text: String,
    pub(super) visibility: Visibility,
    pub(super) parent: Option<RemoteId>,
}

pub(super) fn reply(state: &Conversation, asked: Asked, rules: &Rules<'_>, now: Millis) -> Result<Vec<Event>, Refusal> {
    let Asked {
        by,
        id,
        text,
        visibility,
        parent,
    } = asked;
    is_free(state, &by)?;
    let line = rules.line;
    if let Some(reason) = &line.closed {
        return Err(Refusal::LineClosed(reason.clone()));
    }
    let parent = match parent {
        Some(parent) => parent,
        None => state.default_parent().cloned().ok_or(Refusal::NothingToAnswer)?,
    };
    check_parent(state, &parent, &visibility, line)?;
    check_window(state, line, now)?;
    check_text(&text, &view::prefix(state, Some(&parent), line), line)?;
    let key = publish_key(&state.id(), &id);
    let mut events = take_up(state, &by, &id)?;
    events.push(Event::ReplyAsked {
        command: id,
        by,
        text,
        visibility,
        parent: Some(parent),
        key,
    });
    Ok(events)
}

/// Whoever writes has the conversation, and it is open.
pub(super) fn take_up(state: &Conversation, by: &AgentId, command: &CommandId) -> Result<Vec<Event>, Refusal> {
    let mut events = Vec::new();
    if state.status == Status::Resolved {
        events.push(Event::Reopened {
            command: Some(command.clone()),
            by: Some(by.clone()),
        });
    }
    if is_free(state, by)? {
        events.push(Event::Taken {
            command: command.clone(),
            by: by.clone(),
        });
    }
    Ok(events)
}

fn check_parent(state: &Conversation, parent: &RemoteId, wanted: &Visibility, line: &LineRules) -> Result<(), Refusal> {
    if *wanted == Visibility::Internal {
        return Err(Refusal::VisibilityInternal);
    }
    // A reply of ours is part of the conversation as soon as the network has it, told of or not.
    let known = match (state.messages.get(parent), state.reply_known_as(parent)) {
        (Some(message), _) if message.deleted.is_some() => return Err(Refusal::ParentDeleted(parent.clone())),
        (Some(message), _) => message.visibility(),
        (None, Some((_, reply))) => Some(&reply.visibility),
        (None, None) => None,
    };
    let known = known.ok_or_else(|| Refusal::ParentUnknown(parent.clone()))?;
    if *known == Visibility::Internal {
        return Err(Refusal::VisibilityInternal);
    }
    if !view::may_answer(known, wanted) {
        return Err(Refusal::VisibilityTooWide {
            wanted: wanted.clone(),
            parent: known.clone(),
        });
    }
    if !view::can_publish(wanted, line) {
        return Err(Refusal::VisibilityImpossible(wanted.clone()));
    }
    Ok(())
}

fn check_window(state: &Conversation, line: &LineRules, now: Millis) -> Result<(), Refusal> {
    match line.reply_window_ms {
        Some(window) if view::window_is_over(state, window, now) => Err(Refusal::WindowClosed {
            hours: window / 3_600_000,
        }),
        _ => Ok(()),
    }
}

fn check_text(text: &str, prefix: &str, line: &LineRules) -> Result<(), Refusal> {
    let words = text.trim();
    if words.is_empty() || words == prefix.trim() {
        return Err(Refusal::ReplyEmpty);
    }
    if text.contains('\0') {
        return Err(Refusal::TextUnstorable);
    }
    let length = line.counting.length(text);
    match line.max_length {
        Some(max) if length > max as usize => Err(Refusal::ReplyTooLong {
            length,
            max: max as usize,
        }),
        _ => Ok(()),
    }
}
