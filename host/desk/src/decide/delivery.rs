//! What became of a reply on its way to the network. From "sent" there is no way back.

use crate::{Conversation, Event, Refusal, Reply, ReplyState};
use jackfield_protocol::{CommandId, Millis, RemoteId, Unsent};

pub(super) fn sending(state: &Conversation, command: CommandId) -> Result<Vec<Event>, Refusal> {
    match find(state, &command)?.state {
        ReplyState::Queued { .. } => Ok(vec![Event::ReplySending { command }]),
        ReplyState::Sending => Ok(Vec::new()),
        ref other => Err(out_of_order(command, other, "sending")),
    }
}

/// A receipt is the network's word: it is believed wherever the reply was thought to be.
pub(super) fn sent(
    state: &Conversation,
    command: CommandId,
    remote_id: RemoteId,
    url: Option<String>,
    at: Millis,
) -> Result<Vec<Event>, Refusal> {
    match &find(state, &command)?.state {
        ReplyState::Sent { remote_id: known, .. } if *known == remote_id => Ok(Vec::new()),
        other @ ReplyState::Sent { .. } => Err(out_of_order(command, other, "sent under another id")),
        held @ ReplyState::Held => Err(out_of_order(command, held, "sent")),
        _ if let Some((reply, _)) = state.reply_known_as(&remote_id) => Err(Refusal::ReceiptTaken {
            reply: reply.clone(),
            remote_id,
        }),
        _ => Ok(vec![Event::ReplySent {
            command,
            remote_id,
            url,
            at,
        }]),
    }
}

pub(super) fn waits(
    state: &Conversation,
    command: CommandId,
    reason: String,
    not_before: Millis,
) -> Result<Vec<Event>, Refusal> {
    let to = ReplyState::Queued {
        reason: Some(reason.clone()),
        not_before,
    };
    match &find(state, &command)?.state {
        same if *same == to => Ok(Vec::new()),
        other @ (ReplyState::Held | ReplyState::Sent { .. } | ReplyState::Failed { .. }) => {
            Err(out_of_order(command, other, "waiting"))
        }
        _ => Ok(vec![Event::ReplyWaits {
            command,
            reason,
            not_before,
        }]),
    }
}

pub(super) fn publish_again(state: &Conversation, command: CommandId, now: Millis) -> Result<Vec<Event>, Refusal> {
    match &find(state, &command)?.state {
        ReplyState::Queued { .. } => Ok(Vec::new()),
        ReplyState::Sending | ReplyState::Unknown { .. } => {
            let reason = "The network was asked and does not have it; it is sent again.".to_owned();
            Ok(vec![Event::ReplyWaits {
                command,
                reason,
                not_before: now,
            }])
        }
        other => Err(out_of_order(command, other, "queued again")),
    }
}

pub(super) fn failed(
    state: &Conversation,
    command: CommandId,
    reason: String,
    cause: Option<Unsent>,
) -> Result<Vec<Event>, Refusal> {
    match &find(state, &command)?.state {
        ReplyState::Failed { reason: same, .. } if *same == reason => Ok(Vec::new()),
        other @ (ReplyState::Held | ReplyState::Sent { .. }) => Err(out_of_order(command, other, "failed")),
        _ => Ok(vec![Event::ReplyFailed { command, reason, cause }]),
    }
}

pub(super) fn unknown(state: &Conversation, command: CommandId, reason: String) -> Result<Vec<Event>, Refusal> {
    match &find(state, &command)?.state {
        ReplyState::Unknown { reason: same } if *same == reason => Ok(Vec::new()),
        ReplyState::Sending | ReplyState::Unknown { .. } => Ok(vec![Event::ReplyUnknown { command, reason }]),
        other => Err(out_of_order(command, other, "unknown")),
    }
}

fn find<'a>(state: &'a Conversation, command: &CommandId) -> Result<&'a Reply, Refusal> {
    state
        .replies
        .get(command)
        .ok_or_else(|| Refusal::ReplyUnknown(command.clone()))
}

fn out_of_order(reply: CommandId, state: &ReplyState, wanted: &'static str) -> Refusal {
    Refusal::DeliveryOutOfOrder {
        reply,
        state: name(state),
        wanted,
    }
}

/// A state as people say it.
pub(super) fn name(state: &ReplyState) -> &'static str {
    match state {
        ReplyState::Held => "waiting for readers",
        ReplyState::Queued { .. } => "queued",
        ReplyState::Sending => "being sent",
        ReplyState::Sent { .. } => "sent",
        ReplyState::Failed { .. } => "failed",
        ReplyState::Unknown { .. } => "in doubt",
    }
}
