//! Publish, and find out afterwards.
//!
//! The host's key is the transaction id: a server makes one event of it however often it is sent. Servers forget those
//! after a while, and know them for one device only; so the key stands in the message, too, in a field of its own that
//! clients do not show, and [`reconcile`] looks for it there.

use crate::api::{Api, parse};
use crate::wire::{Event, Messages};
use crate::{rooms, roots};
use jackfield_sdk::channel::{Draft, Host, HttpFailure, Receipt, Refusal, Request, Trouble, Visibility, trouble_of};
use serde::Deserialize;
use serde_json::{Value, json};

/// An event has at most 65 536 bytes of JSON, names and hashes included; a text's bytes may need an escape each.
pub(crate) const LONGEST: u32 = 30_000;
/// How far the clocks of host and network may be apart.
const SKEW_MS: u64 = 600_000;
/// Pages of a room that are looked through: 1 000 messages of ours since the draft was asked for.
const PAGES: u32 = 10;
/// Where the key stands.
const KEY: &str = "jackfield.key";

pub(crate) fn publish(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Receipt, Refusal> {
    let api = Api::new(host, settings)?;
    let room = place(draft)?;
    check(draft)?;
    // What was private when we came in may be public today: a private answer is never put where anybody reads.
    let public = rooms::known(&api, &room)?.public || rooms::is_public(&api, &room)?;
    if rooms::is_encrypted(&api, &room)? {
        let words = "This room is encrypted, and an answer from here would stand in it in the clear; write from a client that has its keys.";
        return Err(Refusal::Rule(words.to_owned()));
    }
    let fits = matches!(
        (&draft.visibility, public),
        (Visibility::Public, true) | (Visibility::Direct, false)
    );
    if !fits {
        let words = if public {
            "This room is public, and everything in it is; choose public, or write to the person in a direct chat."
        } else {
            "This room is for those who are in it; choose direct."
        };
        return Err(Refusal::Rule(words.to_owned()));
    }
    let mut content = json!({"msgtype": "m.text", "body": draft.text, (KEY): draft.key});
    if let (Some(parent), Some(map)) = (&draft.parent, content.as_object_mut()) {
        let Some(above) = roots::ask(&api, &room, parent)? else {
            let words = format!("The message it answers is not on {} any more.", api.server());
            return Err(Trouble::Refused(words).into());
        };
        map.insert("m.relates_to".to_owned(), relation(&above, parent));
        map.insert("m.mentions".to_owned(), json!({"user_ids": [above.sender]}));
    }
    let url = api.url(&["rooms", &room, "send", "m.room.message", &draft.key], &[]);
    let request = Request::new("PUT", url).body("application/json", content.to_string());
    let answer = match api.send(request) {
        Ok(answer) => answer,
        Err(failure @ (HttpFailure::NotGranted(_) | HttpFailure::Invalid(_))) => {
            return Err(trouble_of(&failure).into());
        }
        // It may have arrived.
        Err(_) => return Err(Trouble::Later(None).into()),
    };
    if (300..400).contains(&answer.status()) {
        return Err(Trouble::Later(None).into());
    }
    api.good(&answer)?;
    #[derive(Deserialize)]
    struct Sent {
        event_id: String,
    }
    let sent: Sent = parse(answer.bytes()).map_err(|_| Trouble::Later(None))?;
    Ok(receipt(&room, &sent.event_id, host.now_ms()))
}

fn receipt(room: &str, id: &str, at: u64) -> Receipt {
    Receipt {
        remote_id: id.to_owned(),
        url: Some(format!("https://matrix.to/#/{room}/{id}")),
        at,
    }
}

/// How an answer is tied to what it answers: in the thread, where a client made one.
fn relation(above: &Event, parent: &str) -> Value {
    let answers = json!({"event_id": parent});
    match above.thread() {
        Some(root) => {
            json!({"rel_type": "m.thread", "event_id": root, "is_falling_back": false, "m.in_reply_to": answers})
        }
        None => json!({"m.in_reply_to": answers}),
    }
}

/// The room of the conversation; what stands behind it is the conversation's first message.
fn place(draft: &Draft) -> Result<String, Trouble> {
    let thread = draft.thread.as_deref().unwrap_or_default();
    let room = thread.split("/$").next().unwrap_or_default();
    if !room.starts_with('!') {
        return Err(Trouble::Refused(format!("The conversation {thread:?} is in no room.")));
    }
    Ok(room.to_owned())
}

/// What can be known before anything is sent.
fn check(draft: &Draft) -> Result<(), Refusal> {
    let rule = |words: String| Err(Refusal::Rule(words));
    if draft.text.trim().is_empty() {
        return rule("The message is empty; write something.".to_owned());
    }
    if !draft.attachments.is_empty() {
        return rule("This channel cannot send files yet; take the attachment off and send the text.".to_owned());
    }
    let (length, most) = (draft.text.len(), LONGEST as usize);
    if length > most {
        return rule(format!(
            "The message has {length} bytes and {most} are the most; take {} away.",
            length - most
        ));
    }
    Ok(())
}

/// Looks through what we said in the room since the draft was asked for.
pub(crate) fn reconcile(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
    let api = Api::new(host, settings)?;
    let me = api.me()?;
    let room = place(draft)?;
    let since = draft.asked_at.saturating_sub(SKEW_MS);
    let filter = json!({"senders": [me], "types": ["m.room.message"]}).to_string();
    let mut from: Option<String> = None;
    for _ in 0..PAGES {
        let mut pairs = vec![("dir", "b"), ("limit", "100"), ("filter", filter.as_str())];
        pairs.extend(from.as_deref().map(|from| ("from", from)));
        let page: Messages = api.read(&api.url(&["rooms", &room, "messages"], &pairs))?;
        let events: Vec<Event> = page.chunk.iter().filter_map(Event::read).collect();
        let is_this = |event: &&Event| {
            let marked = event.content.get(KEY).and_then(Value::as_str);
            let sent_as = event.unsigned.get("transaction_id").and_then(Value::as_str);
            event.sender == me && [marked, sent_as].contains(&Some(draft.key.as_str()))
        };
        if let Some(event) = events.iter().find(is_this) {
            return Ok(Some(receipt(&room, &event.event_id, event.origin_server_ts)));
        }
        let passed = events.last().is_some_and(|event| event.origin_server_ts < since);
        match page.end {
            Some(end) if !passed && from.as_ref() != Some(&end) => from = Some(end),
            _ => return Ok(None),
        }
    }
    // Too many messages since to be sure: the host asks again, and does not publish in the meantime.
    Err(Trouble::Later(None))
}
