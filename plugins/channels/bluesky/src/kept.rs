//! What is remembered in `kv`, each with its bound: which posts were handed over, and which are looked at again.

use jackfield_sdk::channel::{Event, Host, Kind, Visibility};
use serde::{Deserialize, Serialize};

/// FNV-1a: the same on every machine.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Posts in one of the two halves: about 42 KB of the greatest value, 64 KiB.
const MOST_SEEN: usize = 2_000;

/// The posts that were handed over, as far as anybody asks for them.
pub(crate) struct Seen<'a> {
    host: &'a dyn Host,
    new: Vec<u64>,
    old: Vec<u64>,
    changed: bool,
}

impl<'a> Seen<'a> {
    pub(crate) fn load(host: &'a dyn Host) -> Self {
        let half = |key: &str| {
            host.get(key)
                .and_then(|json| serde_json::from_slice(&json).ok())
                .unwrap_or_default()
        };
        let (new, old) = (half("seen/new"), half("seen/old"));
        Self {
            host,
            new,
            old,
            changed: false,
        }
    }

    pub(crate) fn has(&self, uri: &str) -> bool {
        let hash = hash(uri);
        self.new.contains(&hash) || self.old.contains(&hash)
    }

    pub(crate) fn put(&mut self, uri: &str) {
        if self.has(uri) {
            return;
        }
        if self.new.len() >= MOST_SEEN {
            self.old = core::mem::take(&mut self.new);
        }
        self.new.push(hash(uri));
        self.changed = true;
    }

    pub(crate) fn save(self) {
        if !self.changed {
            return;
        }
        for (key, half) in [("seen/new", &self.new), ("seen/old", &self.old)] {
            if let Ok(json) = serde_json::to_vec(half) {
                let _ = self.host.set(key, &json);
            }
        }
    }
}

const WATCH: &str = "watch";
const MOST_WATCHED: usize = 250;
const MOST_BYTES: usize = 60 * 1024;
/// After two weeks we stop to look.
const LONGEST_MS: u64 = 14 * 86_400_000;
/// A post is looked at again after a tenth of its age, within these.
const SOONEST_MS: u64 = 8_000;
const LATEST_MS: u64 = 6 * 3_600_000;

/// What is needed to say that a post is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Watched {
    #[serde(rename = "u")]
    pub(crate) uri: String,
    #[serde(rename = "c")]
    created: u64,
    #[serde(rename = "n")]
    next: u64,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    thread: Option<String>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(rename = "o", default, skip_serializing_if = "core::ops::Not::not")]
    ours: bool,
    #[serde(rename = "x", default, skip_serializing_if = "core::ops::Not::not")]
    context: bool,
    /// It was missing when it was looked for last.
    #[serde(rename = "m", default, skip_serializing_if = "core::ops::Not::not")]
    pub(crate) missing: bool,
}

impl Watched {
    pub(crate) fn deleted(&self, now: u64) -> Event {
        Event {
            remote_id: self.uri.clone(),
            revision: 0,
            at: now,
            kind: Kind::Deleted,
            thread: self.thread.clone().unwrap_or_else(|| self.uri.clone()),
            parent: self.parent.clone(),
            visibility: Visibility::Public,
            ours: self.ours,
            context: self.context,
            url: None,
        }
    }
}

/// Posts that are looked at again for being gone: the younger, the oftener.
pub(crate) struct Watch<'a> {
    host: &'a dyn Host,
    list: Vec<Watched>,
    changed: bool,
}

impl<'a> Watch<'a> {
    pub(crate) fn load(host: &'a dyn Host) -> Self {
        let list = host.get(WATCH).and_then(|json| serde_json::from_slice(&json).ok());
        Self {
            host,
            list: list.unwrap_or_default(),
            changed: false,
        }
    }

    pub(crate) fn add(&mut self, event: &Event, now: u64) {
        if now.saturating_sub(event.at) > LONGEST_MS || self.list.iter().any(|known| known.uri == event.remote_id) {
            return;
        }
        self.changed = true;
        self.list.push(Watched {
            uri: event.remote_id.clone(),
            created: event.at,
            next: next(event.at, now),
            thread: Some(event.thread.clone()).filter(|thread| *thread != event.remote_id),
            parent: event.parent.clone(),
            ours: event.ours,
            context: event.context,
            missing: false,
        });
    }

    /// Those whose time has come, the longest overdue first.
    pub(crate) fn due(&self, now: u64, most: usize) -> Vec<Watched> {
        let mut due: Vec<&Watched> = self.list.iter().filter(|known| known.next <= now).collect();
        due.sort_by_key(|known| known.next);
        due.into_iter().take(most).cloned().collect()
    }

    /// It was looked for: it is there, or missing for the first time.
    pub(crate) fn looked(&mut self, uri: &str, missing: bool, now: u64) {
        if let Some(known) = self.list.iter_mut().find(|known| known.uri == uri) {
            known.missing = missing;
            known.next = if missing {
                now + SOONEST_MS
            } else {
                next(known.created, now)
            };
            self.changed = true;
        }
    }

    pub(crate) fn drop(&mut self, uri: &str) {
        self.list.retain(|known| known.uri != uri);
        self.changed = true;
    }

    pub(crate) fn save(mut self, now: u64) {
        if !self.changed {
            return;
        }
        self.list
            .retain(|known| now.saturating_sub(known.created) <= LONGEST_MS);
        self.list
            .sort_by_key(|known| (known.context, core::cmp::Reverse(known.created)));
        self.list.truncate(MOST_WATCHED);
        while let Ok(json) = serde_json::to_vec(&self.list) {
            if json.len() <= MOST_BYTES {
                let _ = self.host.set(WATCH, &json);
                return;
            }
            self.list.truncate(self.list.len() * 9 / 10);
        }
    }
}

fn next(created: u64, now: u64) -> u64 {
    now.saturating_add((now.saturating_sub(created) / 10).clamp(SOONEST_MS, LATEST_MS))
}
