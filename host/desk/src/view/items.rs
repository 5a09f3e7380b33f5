//! The thread of a conversation. A reply of ours and the network's word about it are one entry.

use crate::{Conversation, Event, Message, Note, Recorded, Reply, ReplyState, TurnTaken};
use jackfield_protocol::{
    CommandId, Delivery, Item, ItemKind, MessageItem, NoteItem, RemoteId, ReplyItem, TurnItem, Verdict,
};

/// The whole thread, oldest first.
pub fn items(state: &Conversation) -> Vec<Item> {
    let known: std::collections::BTreeSet<_> = state.replies.values().filter_map(Reply::remote_id).collect();
    let messages = state
        .messages
        .iter()
        .filter(|(id, m)| m.addressed || !known.contains(id))
        .map(|(id, m)| message(id, m));
    let replies = state.replies.iter().map(|(id, r)| reply(state, id, r));
    let notes = state.notes.iter().map(|(id, n)| note(id, n));
    let mut all: Vec<Item> = messages
        .chain(replies)
        .chain(notes)
        .chain(state.turns.iter().map(turn))
        .collect();
    all.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    all
}

/// What an event changed in the thread, as it is now.
pub fn items_for(state: &Conversation, recorded: &Recorded) -> Vec<Item> {
    match &recorded.event {
        Event::Opened(_)
        | Event::Seen { .. }
        | Event::Worked { .. }
        | Event::Staged { .. }
        | Event::Queued { .. }
        | Event::Chosen(_)
        | Event::Rang(_)
        | Event::Clocks { .. }
        | Event::Rung(_)
        | Event::Owes(_)
        | Event::Owed { .. }
        | Event::OwedLate { .. } => Vec::new(),
        Event::Inbound(fact) => message_or_reply(state, &fact.remote_id),
        Event::Judged { remote_id, .. } => message_or_reply(state, remote_id),
        Event::Taken { .. } | Event::HandedOver { .. } | Event::Resolved { .. } | Event::Reopened { .. } => {
            state.turns.iter().filter(|t| t.seq == recorded.seq).map(turn).collect()
        }
        Event::Noted { command, .. } => state.notes.get(command).map(|n| note(command, n)).into_iter().collect(),
        Event::ReplySent {
            command, remote_id, at, ..
        } => {
            let mut changed: Vec<Item> = one_reply(state, command).into_iter().collect();
            if state.messages.get(remote_id).is_some_and(|m| !m.addressed) {
                changed.push(Item {
                    key: message_key(remote_id),
                    at: *at,
                    kind: ItemKind::Gone,
                });
            }
            changed
        }
        Event::Ruled { .. } | Event::RulesHold { .. } => Vec::new(),
        Event::ReplyRetried { reply: command, .. }
        | Event::ReplyHeld { command, .. }
        | Event::ReplyRead { reply: command, .. }
        | Event::ReplyAsked { command, .. }
        | Event::ReplySending { command }
        | Event::ReplyWaits { command, .. }
        | Event::ReplyFailed { command, .. }
        | Event::ReplyUnknown { command, .. } => one_reply(state, command).into_iter().collect(),
    }
}

fn message_key(id: &RemoteId) -> String {
    format!("m:{id}")
}

/// What the network told of a reply of ours is shown with the reply. What addresses us is never hidden behind one,
/// whatever id a plugin gives it.
fn message_or_reply(state: &Conversation, id: &RemoteId) -> Vec<Item> {
    let known = state.reply_known_as(id);
    let told = state.messages.get(id).filter(|m| m.addressed || known.is_none());
    let reply = known.map(|(command, known)| reply(state, command, known));
    told.map(|m| message(id, m)).into_iter().chain(reply).collect()
}

fn one_reply(state: &Conversation, command: &CommandId) -> Option<Item> {
    state.replies.get(command).map(|r| reply(state, command, r))
}

fn message(id: &RemoteId, message: &Message) -> Item {
    let said = message.newest.as_ref();
    let gone = message.deleted.as_ref();
    let kind = MessageItem {
        remote_id: id.clone(),
        parent: said.map_or_else(|| gone.and_then(|g| g.parent.clone()), |s| s.parent.clone()),
        visibility: message
            .visibility()
            .cloned()
            .unwrap_or(jackfield_protocol::Visibility::Public),
        ours: message.ours,
        context: !message.ours && !message.addressed,
        url: said.map_or_else(|| gone.and_then(|g| g.url.clone()), |s| s.url.clone()),
        content: said.map(|s| s.content.clone()),
        edits: u32::try_from(message.revisions.iter().filter(|r| **r > 0).count()).unwrap_or(u32::MAX),
        deleted: gone.is_some(),
        verdict: verdict(message),
    };
    Item {
        key: message_key(id),
        at: message.posted_at,
        kind: ItemKind::Message(kind),
    }
}

/// What all plugins said of the newest revision, as one verdict.
fn verdict(message: &Message) -> Option<Verdict> {
    let revision = message.newest.as_ref()?.revision;
    let mut all = message.verdicts.values().filter(|v| v.revision == revision).cloned();
    let mut merged = all.next()?;
    for next in all {
        merged.by = format!("{}, {}", merged.by, next.by);
        merged.opinions.extend(next.opinions);
        merged.trouble = merged.trouble.or(next.trouble);
    }
    merged.opinions.sort_by(|a, b| b.margin.total_cmp(&a.margin));
    Some(merged)
}

fn reply(state: &Conversation, command: &CommandId, reply: &Reply) -> Item {
    let told = reply
        .remote_id()
        .and_then(|id| state.messages.get(id))
        .filter(|m| !m.addressed);
    let delivery = match reply.state.clone() {
        ReplyState::Held => held(reply),
        ReplyState::Queued { reason, .. } => Delivery::Queued { reason },
        ReplyState::Sending => Delivery::Sending,
        ReplyState::Sent { remote_id, url, at } => Delivery::Sent { remote_id, url, at },
        ReplyState::Failed { reason, cause } => Delivery::Failed { reason, cause },
        ReplyState::Unknown { reason } => Delivery::Unknown { reason },
    };
    // Revision 0 is what we sent, however the network shows it; what comes after is an edit.
    let edited = told.and_then(|m| m.newest.as_ref()).filter(|said| said.revision > 0);
    let at = if let ReplyState::Sent { at, .. } = reply.state {
        at
    } else {
        reply.asked_at
    };
    let kind = ReplyItem {
        command: command.clone(),
        by: reply.by.clone(),
        text: reply.text.clone(),
        visibility: reply.visibility.clone(),
        parent: reply.parent.clone(),
        delivery,
        deleted: told.is_some_and(|m| m.deleted.is_some()),
        edited_text: edited.map(|said| said.content.text.clone()),
    };
    Item {
        key: format!("r:{command}"),
        at,
        kind: ItemKind::Reply(kind),
    }
}

/// What is read by others waits; what they said no to will not be sent without somebody's help.
fn held(reply: &Reply) -> Delivery {
    let words = reply
        .approval
        .as_ref()
        .map_or_else(String::new, |approval| approval.words());
    if reply.is_held() {
        Delivery::Queued { reason: Some(words) }
    } else {
        Delivery::Failed {
            reason: words,
            cause: None,
        }
    }
}

fn note(command: &CommandId, note: &Note) -> Item {
    let kind = NoteItem {
        by: note.by.clone(),
        text: note.text.clone(),
    };
    Item {
        key: format!("n:{command}"),
        at: note.at,
        kind: ItemKind::Note(kind),
    }
}

fn turn(turn: &TurnTaken) -> Item {
    // Twelve digits: keys of one instant sort as they happened.
    let kind = TurnItem {
        by: turn.by.clone(),
        what: turn.what.clone(),
    };
    Item {
        key: format!("t:{:012}", turn.seq),
        at: turn.at,
        kind: ItemKind::Turn(kind),
    }
}
