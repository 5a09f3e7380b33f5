//! Publish, and find out afterwards: as far as a bot can.

use crate::api::Api;
use jackfield_sdk::channel::{Draft, Event, Host, HttpFailure, Receipt, Refusal, Trouble, Visibility, trouble_of};
use serde::Deserialize;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// In characters.
pub(crate) const LONGEST: u32 = 4096;
/// Receipts that are kept; some 60 bytes each.
const RECEIPTS: usize = 500;
const KEY: &str = "sent";

thread_local! {
    /// Answers that Telegram surely did not take: those need no looking for.
    static UNSENT: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

pub(crate) fn publish(host: &dyn Host, settings: &str, draft: &Draft) -> Result<Receipt, Refusal> {
    let api = Api::new(host, settings)?;
    if let Some(receipt) = kept(host, &draft.key) {
        return Ok(receipt);
    }
    let (chat, topic) = check(host, draft)?;
    let mut asked = json!({"chat_id": chat, "text": draft.text});
    if let Some(map) = asked.as_object_mut() {
        map.extend(topic.map(|topic| ("message_thread_id".to_owned(), json!(topic))));
        let parent = draft
            .parent
            .as_deref()
            .and_then(|id| id.rsplit_once(':')?.1.parse::<i64>().ok());
        map.extend(parent.map(|parent| ("reply_parameters".to_owned(), json!({"message_id": parent}))));
    }
    let answer = match api.send("sendMessage", &asked) {
        Ok(answer) => answer,
        Err(failure @ (HttpFailure::NotGranted(_) | HttpFailure::Invalid(_))) => {
            return Err(trouble_of(&failure).into());
        }
        // It may have arrived.
        Err(_) => return Err(Trouble::Later(None).into()),
    };
    #[derive(Deserialize)]
    struct Sent {
        message_id: i64,
        #[serde(default)]
        date: u64,
    }
    let sent: Sent = match (answer.status(), api.good(&answer)) {
        (_, Ok(sent)) => sent,
        (429, Err(trouble)) => {
            UNSENT.with_borrow_mut(|unsent| unsent.insert(draft.key.clone()));
            return Err(trouble.into());
        }
        (200..=399, Err(_)) => return Err(Trouble::Later(None).into()),
        (_, Err(trouble)) => return Err(trouble.into()),
    };
    let receipt = Receipt {
        remote_id: format!("{chat}:{}", sent.message_id),
        url: None,
        at: sent.date.saturating_mul(1000),
    };
    keep(host, &draft.key, &receipt);
    Ok(receipt)
}

/// A bot cannot read what it sent. What Telegram answered is kept; what it surely refused is known.
pub(crate) fn reconcile(host: &dyn Host, draft: &Draft) -> Result<Option<Receipt>, Trouble> {
    if let Some(receipt) = kept(host, &draft.key) {
        return Ok(Some(receipt));
    }
    if UNSENT.with_borrow_mut(|unsent| unsent.remove(&draft.key)) {
        return Ok(None);
    }
    Err(Trouble::Unexpected(
        "A Telegram bot cannot be told whether a message of its own arrived. Look into the chat.".to_owned(),
    ))
}

/// What can be known before anything is sent; chat and topic.
fn check(host: &dyn Host, draft: &Draft) -> Result<(i64, Option<i64>), Refusal> {
    let rule = |words: String| Err(Refusal::Rule(words));
    let thread = draft.thread.as_deref().unwrap_or_default();
    let (chat, topic) = match thread.split_once('/') {
        Some((chat, topic)) => (chat, topic.parse().ok()),
        None => (thread, None),
    };
    let Ok(chat) = chat.parse::<i64>() else {
        return rule(format!("The conversation {thread:?} is no chat of Telegram's."));
    };
    if !matches!(draft.visibility, Visibility::Public | Visibility::Direct) {
        return rule("On Telegram a message is public or for those in the chat; choose one of these.".to_owned());
    }
    if draft.visibility == Visibility::Direct && host.get(&public(chat)).is_some() {
        return rule("Everybody can read this group; choose public.".to_owned());
    }
    if draft.text.trim().is_empty() {
        return rule("The message is empty; write something.".to_owned());
    }
    if !draft.attachments.is_empty() {
        return rule("This channel cannot send files yet; take the attachment off and send the text.".to_owned());
    }
    let (length, most) = (draft.text.chars().count(), LONGEST as usize);
    if length > most {
        return rule(format!(
            "The message has {length} characters and {most} are the most; take {} away.",
            length - most
        ));
    }
    Ok((chat, topic))
}

/// Where it is kept that everybody can read a chat.
fn public(chat: i64) -> String {
    format!("public:{chat}")
}

/// Keeps what is learnt of a chat.
pub(crate) fn learn(host: &dyn Host, event: &Event) {
    let chat = event.remote_id.split(':').next().and_then(|chat| chat.parse().ok());
    if let (Visibility::Public, Some(chat)) = (&event.visibility, chat)
        && host.get(&public(chat)).is_none()
    {
        let _ = host.set(&public(chat), b"1");
    }
}

fn lines(host: &dyn Host) -> Vec<String> {
    let bytes = host.get(KEY).unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
}

fn kept(host: &dyn Host, key: &str) -> Option<Receipt> {
    lines(host).iter().find_map(|line| {
        let mut words = line.split(' ');
        (words.next()? == key).then_some(())?;
        Some(Receipt {
            remote_id: words.next()?.to_owned(),
            url: None,
            at: words.next()?.parse().ok()?,
        })
    })
}

fn keep(host: &dyn Host, key: &str, receipt: &Receipt) {
    let mut all = lines(host);
    all.push(format!("{key} {} {}", receipt.remote_id, receipt.at));
    let from = all.len().saturating_sub(RECEIPTS);
    // Where it cannot be kept, the receipt itself is still the host's.
    let _ = host.set(KEY, all.get(from..).unwrap_or_default().join("\n").as_bytes());
}
