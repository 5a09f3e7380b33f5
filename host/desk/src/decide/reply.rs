//! What a line allows of a reply. What is refused here was never on its way.

use super::agent::is_free;
use crate::{Conversation, Event, LineRules, Refusal, view};
use jackfield_protocol::{AgentId, CommandId, Millis, RemoteId, Status, Visibility};

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

pub(super) fn check_parent(
    state: &Conversation,
    parent: &RemoteId,
    wanted: &Visibility,
    line: &LineRules,
) -> Result<(), Refusal> {
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

pub(super) fn check_window(state: &Conversation, line: &LineRules, now: Millis) -> Result<(), Refusal> {
    match line.reply_window_ms {
        Some(window) if view::window_is_over(state, window, now) => Err(Refusal::WindowClosed {
            hours: window / 3_600_000,
        }),
        _ => Ok(()),
    }
}

pub(super) fn check_text(text: &str, prefix: &str, line: &LineRules) -> Result<(), Refusal> {
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
