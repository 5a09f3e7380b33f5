//! Statuses that are looked at again for edits and deletions: the younger, the oftener.

use crate::map::visibility;
use crate::wire::Status;
use jackfield_sdk::channel::{Event, Host, Kind};
use jackfield_sdk::time::parse_ms;
use serde::{Deserialize, Serialize};

const KEY: &str = "watch";
/// About 45 KB with Mastodon's ids; the greatest value is 64 KiB.
const MOST: usize = 300;
/// The value is kept below this, whatever the length of the ids.
const MOST_BYTES: usize = 60 * 1024;
/// People edit and delete within minutes or never; after two weeks we stop to look.
const LONGEST_MS: u64 = 14 * 86_400_000;
/// A status is looked at again after a tenth of its age, within these.
const SOONEST_MS: u64 = 5_000;
const LATEST_MS: u64 = 6 * 3_600_000;

/// What is needed to say that a status changed or is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Watched {
    #[serde(rename = "i")]
    pub(crate) id: String,
    #[serde(rename = "r")]
    pub(crate) revision: u64,
    #[serde(rename = "c")]
    created: u64,
    #[serde(rename = "n")]
    next: u64,
    #[serde(rename = "t")]
    pub(crate) thread: String,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(rename = "v")]
    visibility: String,
    #[serde(rename = "o", default, skip_serializing_if = "core::ops::Not::not")]
    ours: bool,
    #[serde(rename = "x", default, skip_serializing_if = "core::ops::Not::not")]
    context: bool,
}

impl Watched {
    /// The event that it is gone.
    pub(crate) fn deleted(&self, now: u64) -> Event {
        Event {
            remote_id: self.id.clone(),
            revision: self.revision,
            at: now,
            kind: Kind::Deleted,
            thread: self.thread.clone(),
            parent: self.parent.clone(),
            visibility: visibility(&self.visibility),
            ours: self.ours,
            context: self.context,
            url: None,
        }
    }

    fn plan(&mut self, now: u64) {
        let age = now.saturating_sub(self.created);
        let wait = (age / 10).clamp(SOONEST_MS, LATEST_MS);
        // What was only fetched to be shown matters less.
        self.next = now + if self.context { wait * 4 } else { wait };
    }
}

pub(crate) struct Watch<'a> {
    host: &'a dyn Host,
    list: Vec<Watched>,
    changed: bool,
}

impl<'a> Watch<'a> {
    pub(crate) fn load(host: &'a dyn Host) -> Self {
        let list = host
            .get(KEY)
            .and_then(|json| serde_json::from_slice(&json).ok())
            .unwrap_or_default();
        Self {
            host,
            list,
            changed: false,
        }
    }

    /// Looks at this status again from now on.
    pub(crate) fn add(&mut self, status: &Status, event: &Event, now: u64) {
        let created = parse_ms(&status.created_at).unwrap_or(now);
        if now.saturating_sub(created) > LONGEST_MS {
            return;
        }
        let mut entry = Watched {
            id: status.id.clone(),
            revision: event.revision,
            created,
            next: 0,
            thread: event.thread.clone(),
            parent: event.parent.clone(),
            visibility: status.visibility.clone(),
            ours: event.ours,
            context: event.context,
        };
        entry.plan(now);
        self.changed = true;
        match self.list.iter_mut().find(|w| w.id == entry.id) {
            Some(known) => known.revision = known.revision.max(entry.revision),
            None => self.list.push(entry),
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Watched> {
        self.list.iter().find(|w| w.id == id)
    }

    /// Those whose time has come, the longest overdue first.
    pub(crate) fn due(&self, now: u64, most: usize) -> Vec<Watched> {
        let mut due: Vec<&Watched> = self.list.iter().filter(|w| w.next <= now).collect();
        due.sort_by_key(|w| w.next);
        due.into_iter().take(most).cloned().collect()
    }

    /// It was looked at: again later.
    pub(crate) fn looked(&mut self, id: &str, revision: u64, now: u64) {
        if let Some(watched) = self.list.iter_mut().find(|w| w.id == id) {
            watched.revision = watched.revision.max(revision);
            watched.plan(now);
            self.changed = true;
        }
    }

    /// It is gone.
    pub(crate) fn drop(&mut self, id: &str) {
        self.list.retain(|w| w.id != id);
        self.changed = true;
    }

    /// Keeps what has changed, within the bounds: what only stands around goes first, then the oldest.
    pub(crate) fn save(&mut self, now: u64) {
        if !core::mem::take(&mut self.changed) {
            return;
        }
        self.list.retain(|w| now.saturating_sub(w.created) <= LONGEST_MS);
        self.list.sort_by_key(|w| (w.context, core::cmp::Reverse(w.created)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::said;
    use jackfield_sdk::testing::{Scripted, response};
    use jackfield_sdk::time::format_ms;
    use serde_json::json;

    const NOW: u64 = 1_785_600_000_000;

    fn status(id: &str, created: u64, mentioned: bool) -> Status {
        let mentions = if mentioned {
            json!([{"id": "me", "acct": "me"}])
        } else {
            json!([])
        };
        let account = json!({"id": "2", "acct": "ana"});
        serde_json::from_value(json!({
            "id": id, "created_at": format_ms(created), "visibility": "direct", "account": account, "mentions": mentions,
        }))
        .unwrap()
    }

    #[test]
    fn the_younger_the_oftener_and_the_old_never() {
        let host = Scripted::new(NOW, |_| Ok(response(500, "")));
        let mut watch = Watch::load(&host);
        for (id, age, mentioned) in [
            ("young", 10_000, true),
            ("hour", 3_600_000, true),
            ("around", 10_000, false),
            ("old", 15 * 86_400_000, true),
        ] {
            let status = status(id, NOW - age, mentioned);
            watch.add(&status, &said(&status, "t", "me"), NOW);
        }
        watch.save(NOW);
        let due = |after: u64| {
            let list = Watch::load(&host).due(NOW + after, 10);
            list.into_iter().map(|w| w.id).collect::<Vec<_>>()
        };
        assert!(due(4_000).is_empty());
        assert_eq!(due(6_000), ["young"]);
        assert_eq!(due(30_000), ["young", "around"]);
        assert_eq!(due(400_000), ["young", "around", "hour"]);
    }

    #[test]
    fn the_list_is_bounded_and_what_stands_around_goes_first() {
        let host = Scripted::new(NOW, |_| Ok(response(500, "")));
        let mut watch = Watch::load(&host);
        for n in 0..500 {
            // Ids as long as any server makes them.
            let status = status(&format!("{n:0>200}"), NOW - n, n % 2 == 0);
            watch.add(&status, &said(&status, "thread", "me"), NOW);
        }
        watch.save(NOW);
        assert!(host.kv.borrow()[KEY].len() <= MOST_BYTES);
        let kept = Watch::load(&host).list;
        assert!(kept.len() > 150 && kept.iter().all(|w| !w.context), "{}", kept.len());
        let gone = kept[0].deleted(NOW);
        assert_eq!(
            (gone.visibility, gone.thread.as_str()),
            (jackfield_sdk::channel::Visibility::Direct, "thread")
        );
    }
}
