//! What is remembered in `kv`, each with its bound: which drafts became which messages, and when a person wrote last.

use jackfield_sdk::channel::{Host, Receipt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const SENT: &str = "sent";
/// More answers than one account gives in the time in which a try may end unknown.
const MOST_SENT: usize = 150;
const LAST: &str = "last";
/// People who wrote in the last 24 hours, as far as 64 KiB hold them.
const MOST_PEOPLE: usize = 900;
const DAY_MS: u64 = 86_400_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sent {
    key: String,
    id: String,
    at: u64,
}

fn load(host: &dyn Host) -> Vec<Sent> {
    host.get(SENT)
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default()
}

pub(crate) fn receipt(host: &dyn Host, key: &str) -> Option<Receipt> {
    let sent = load(host).into_iter().find(|sent| sent.key == key)?;
    Some(Receipt {
        remote_id: sent.id,
        url: None,
        at: sent.at,
    })
}

/// Does this message belong to the draft of another key?
pub(crate) fn belongs_to_another(host: &dyn Host, id: &str, key: &str) -> bool {
    load(host).iter().any(|sent| sent.id == id && sent.key != key)
}

pub(crate) fn remember(host: &dyn Host, key: &str, id: &str, at: u64) {
    let mut list = load(host);
    list.retain(|sent| sent.key != key);
    list.push(Sent {
        key: key.chars().take(64).collect(),
        id: id.to_owned(),
        at,
    });
    let over = list.len().saturating_sub(MOST_SENT);
    list.drain(..over);
    if let Ok(json) = serde_json::to_vec(&list) {
        let _ = host.set(SENT, &json);
    }
}

fn people(host: &dyn Host) -> BTreeMap<String, u64> {
    host.get(LAST)
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default()
}

/// A person wrote in this conversation.
pub(crate) fn wrote(host: &dyn Host, thread: &str, at: u64) {
    if thread.len() > 60 {
        return;
    }
    let mut people = people(host);
    let last = people.entry(thread.to_owned()).or_default();
    *last = at.max(*last);
    if people.len() > MOST_PEOPLE {
        let mut order: Vec<u64> = people.values().copied().collect();
        order.sort_unstable();
        let least = order.get(people.len() - MOST_PEOPLE).copied().unwrap_or(0);
        people.retain(|_, at| *at >= least);
        while people.len() > MOST_PEOPLE {
            people.pop_first();
        }
    }
    if let Ok(json) = serde_json::to_vec(&people) {
        let _ = host.set(LAST, &json);
    }
}

/// The 24 hours since their last message are surely over. Where nobody knows, Meta does.
pub(crate) fn window_is_closed(host: &dyn Host, thread: &str, now: u64) -> bool {
    people(host)
        .get(thread)
        .is_some_and(|last| now.saturating_sub(*last) > DAY_MS)
}
