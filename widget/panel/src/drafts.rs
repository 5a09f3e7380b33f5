//! Drafts and commands on their way, kept where a reload of the page finds them again. A browser that forbids storage
//! costs only this: nothing else depends on it.

use jackfield_panel_core::{Draft, Mode, wire};
use jackfield_protocol::{CommandRequest, ConversationId};
use web_sys::Storage;

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}

fn put(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = if value.is_empty() {
            storage.remove_item(key)
        } else {
            storage.set_item(key, value)
        };
    }
}

fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Whose drafts: server, workspace, brand and agent. One person's words never show up for another.
pub(crate) fn place(parts: [&str; 4]) -> String {
    format!("jackfield/{}", parts.join("/"))
}

/// Keeps a draft; one in which nothing is written is forgotten.
pub(crate) fn keep(place: &str, id: &ConversationId, draft: &Draft, written: bool) {
    let value = if written {
        format!("{}\u{1f}{}\u{1f}{}", draft.mode.word(), draft.reply, draft.note)
    } else {
        String::new()
    };
    put(&format!("{place}/draft/{id}"), &value);
}

/// The draft of a conversation.
pub(crate) fn find(place: &str, id: &ConversationId) -> Option<Draft> {
    let value = get(&format!("{place}/draft/{id}"))?;
    let mut parts = value.splitn(3, '\u{1f}');
    let mode = Mode::from_word(parts.next()?)?;
    let (reply, note) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    Some(Draft {
        mode,
        reply,
        note,
        ..Draft::default()
    })
}

/// Keeps a command that is on its way.
pub(crate) fn keep_command(place: &str, conversation: &ConversationId, request: &CommandRequest) {
    put(
        &format!("{place}/out/{}", request.id),
        &format!("{conversation}\u{1f}{}", wire::write(request)),
    );
}

/// Forgets it.
pub(crate) fn forget_command(place: &str, id: &str) {
    put(&format!("{place}/out/{id}"), "");
}

/// Commands that were on their way when the page went.
pub(crate) fn commands(place: &str) -> Vec<(ConversationId, CommandRequest)> {
    let Some(storage) = storage() else { return Vec::new() };
    let prefix = format!("{place}/out/");
    let mut found = Vec::new();
    for at in 0..storage.length().unwrap_or(0) {
        let Some(key) = storage.key(at).ok().flatten().filter(|key| key.starts_with(&prefix)) else {
            continue;
        };
        let value = get(&key).unwrap_or_default();
        let Some((conversation, json)) = value.split_once('\u{1f}') else {
            continue;
        };
        if let Ok(request) = wire::read(json) {
            found.push((conversation.into(), request));
        }
    }
    found
}
