//! Posts that are looked at again for edits, deletions, solutions and likes: the younger, the oftener. Webhooks bring the
//! same at once; this is what is left without them, and the net below them.

use crate::map::{self, Around};
use crate::wire::Post;
use jackfield_sdk::channel::{Event, Host, Kind, Visibility};
use jackfield_sdk::time::parse_ms;
use serde::{Deserialize, Serialize};

const KEY: &str = "watch";
const MOST: usize = 300;
/// The value is kept below this; the greatest is 64 KiB.
const MOST_BYTES: usize = 60 * 1024;
/// After two weeks we stop to look.
const LONGEST_MS: u64 = 14 * 86_400_000;
/// A post is looked at again after a tenth of its age, within these.
const SOONEST_MS: u64 = 8_000;
const LATEST_MS: u64 = 6 * 3_600_000;

/// What is needed to say that a post changed or is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Watched {
    #[serde(rename = "i")]
    pub(crate) id: u64,
    #[serde(rename = "t")]
    pub(crate) topic: u64,
    #[serde(rename = "r")]
    pub(crate) revision: u64,
    /// Of the words: right after posting an edit leaves the version as it is.
    #[serde(rename = "h")]
    pub(crate) hash: u64,
    #[serde(rename = "c")]
    created: u64,
    #[serde(rename = "n")]
    next: u64,
    #[serde(rename = "s", default, skip_serializing_if = "core::ops::Not::not")]
    pub(crate) solved: bool,
    /// How often it became the solution or ceased to be.
    #[serde(rename = "k", default)]
    pub(crate) turns: u64,
    #[serde(rename = "l", default)]
    pub(crate) likes: u64,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    parent: Option<u64>,
    #[serde(rename = "m", default, skip_serializing_if = "core::ops::Not::not")]
    private: bool,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    restricted: Option<String>,
    /// Of a first post: the title of its topic, which the post alone does not tell.
    #[serde(rename = "h1", default, skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(rename = "o", default, skip_serializing_if = "core::ops::Not::not")]
    ours: bool,
    #[serde(rename = "x", default, skip_serializing_if = "core::ops::Not::not")]
    context: bool,
}

impl Watched {
    pub(crate) fn around(&self) -> Around {
        Around {
            parent: self.parent,
            private: self.private,
            restricted: self.restricted.clone(),
        }
    }

    /// The event that it is gone.
    pub(crate) fn deleted(&self, now: u64) -> Event {
        let visibility = match &self.restricted {
            _ if self.private => Visibility::Direct,
            Some(category) => Visibility::Other(format!("who may read {category}")),
            None => Visibility::Public,
        };
        Event {
            remote_id: self.id.to_string(),
            revision: self.revision,
            at: now,
            kind: Kind::Deleted,
            thread: map::thread(self.topic),
            parent: self.parent.map(|id| id.to_string()),
            visibility,
            ours: self.ours,
            context: self.context,
            url: None,
        }
    }

    fn plan(&mut self, now: u64) {
        let age = now.saturating_sub(self.created);
        self.next = now.saturating_add((age / 10).clamp(SOONEST_MS, LATEST_MS));
    }
}

/// FNV-1a: the same on every machine, and nobody gains by making two texts alike.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

pub(crate) struct Watch<'a> {
    host: &'a dyn Host,
    list: Vec<Watched>,
    changed: bool,
}

impl<'a> Watch<'a> {
    pub(crate) fn load(host: &'a dyn Host) -> Self {
        let kept = host.get(KEY).and_then(|json| serde_json::from_slice(&json).ok());
        Self {
            host,
            list: kept.unwrap_or_default(),
            changed: false,
        }
    }

    /// Looks at this post again from now on.
    pub(crate) fn add(&mut self, post: &Post, event: &Event, around: &Around, now: u64) {
        let created = parse_ms(&post.created_at).unwrap_or(now);
        if post.gone() || now.saturating_sub(created) > LONGEST_MS {
            return;
        }
        let first = post.post_number == 1;
        let mut entry = Watched {
            id: post.id,
            topic: post.topic_id,
            revision: event.revision,
            hash: hash(&post.cooked),
            created,
            next: 0,
            solved: post.accepted_answer,
            turns: u64::from(post.accepted_answer),
            likes: post.likes(),
            parent: around.parent,
            private: around.private,
            restricted: around.restricted.clone(),
            title: post.topic_title.clone().filter(|title| first && title.len() < 300),
            ours: event.ours,
            context: event.context,
        };
        entry.plan(now);
        self.changed = true;
        match self.list.iter_mut().find(|known| known.id == entry.id) {
            Some(known) => {
                entry.title = entry.title.or_else(|| known.title.clone());
                entry.turns = known.turns;
                entry.solved = known.solved;
                *known = entry;
            }
            None => self.list.push(entry),
        }
    }

    /// Those whose time has come, the longest overdue first.
    pub(crate) fn due(&self, now: u64, most: usize) -> Vec<Watched> {
        let mut due: Vec<&Watched> = self.list.iter().filter(|known| known.next <= now).collect();
        due.sort_by_key(|known| known.next);
        due.into_iter().take(most).cloned().collect()
    }

    /// It was looked at: again later.
    pub(crate) fn looked(&mut self, mut seen: Watched, now: u64) {
        seen.plan(now);
        self.changed = true;
        if let Some(known) = self.list.iter_mut().find(|known| known.id == seen.id) {
            *known = seen;
        }
    }

    /// It is gone.
    pub(crate) fn drop(&mut self, id: u64) {
        self.list.retain(|known| known.id != id);
        self.changed = true;
    }

    /// Keeps what has changed, within the bounds: the oldest go first.
    pub(crate) fn save(&mut self, now: u64) {
        if !core::mem::take(&mut self.changed) {
            return;
        }
        self.list
            .retain(|known| now.saturating_sub(known.created) <= LONGEST_MS);
        self.list
            .sort_by_key(|known| (known.context, core::cmp::Reverse(known.created)));
        self.list.truncate(MOST);
        while let Ok(json) = serde_json::to_vec(&self.list) {
            if json.len() <= MOST_BYTES {
                let _ = self.host.set(KEY, &json);
                return;
            }
            self.list.truncate(self.list.len() * 9 / 10);
        }
    }
}
