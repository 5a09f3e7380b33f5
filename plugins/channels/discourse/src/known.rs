//! What is remembered of the forum: which post stands at which place of a topic, who may read a category, and how much
//! the forum trusts people. All of it can be asked for again; it is kept so that it need not be.

use crate::api::Api;
use crate::map::Around;
use crate::wire::{Post, Shown};
use jackfield_sdk::channel::{Host, Trouble};
use std::collections::BTreeMap;

/// Places in one of the two halves: about 40 KB of the greatest value, 64 KiB.
const MOST_PLACES: usize = 1500;
/// People in one of the two halves.
const MOST_PEOPLE: usize = 2000;

/// A map of two halves: the older is forgotten when the newer is full.
struct Halves<'a> {
    host: &'a dyn Host,
    name: &'static str,
    most: usize,
    new: BTreeMap<String, u64>,
    old: BTreeMap<String, u64>,
    changed: bool,
}

impl<'a> Halves<'a> {
    fn load(host: &'a dyn Host, name: &'static str, most: usize) -> Self {
        let half = |which: &str| {
            let kept = host.get(&format!("{name}/{which}"));
            kept.and_then(|json| serde_json::from_slice(&json).ok())
                .unwrap_or_default()
        };
        let (new, old) = (half("new"), half("old"));
        Self {
            host,
            name,
            most,
            new,
            old,
            changed: false,
        }
    }

    fn get(&self, key: &str) -> Option<u64> {
        self.new.get(key).or_else(|| self.old.get(key)).copied()
    }

    fn put(&mut self, key: String, value: u64) {
        if self.get(&key) == Some(value) {
            return;
        }
        if self.new.len() >= self.most {
            self.old = core::mem::take(&mut self.new);
        }
        self.new.insert(key, value);
        self.changed = true;
    }

    fn save(&mut self) {
        if !core::mem::take(&mut self.changed) {
            return;
        }
        for (which, half) in [("new", &self.new), ("old", &self.old)] {
            if let Ok(json) = serde_json::to_vec(half) {
                // Not kept is asked again.
                let _ = self.host.set(&format!("{}/{which}", self.name), &json);
            }
        }
    }
}

/// What is known of the forum.
pub(crate) struct Known<'a> {
    host: &'a dyn Host,
    places: Halves<'a>,
    trust: Halves<'a>,
}

impl<'a> Known<'a> {
    pub(crate) fn load(host: &'a dyn Host) -> Self {
        Self {
            host,
            places: Halves::load(host, "places", MOST_PLACES),
            trust: Halves::load(host, "trust", MOST_PEOPLE),
        }
    }

    /// Remembers where a post stands.
    pub(crate) fn place(&mut self, post: &Post) {
        if post.topic_id > 0 && post.post_number > 0 {
            self.places
                .put(format!("{}:{}", post.topic_id, post.post_number), post.id);
        }
    }

    /// What is around a post. May ask the forum for the post that it answers, and for its category.
    pub(crate) fn around(&mut self, api: &Api<'_>, post: &Post, private: bool) -> Result<Around, Trouble> {
        self.place(post);
        let answered = post.reply_to_post_number.filter(|number| *number > 0).unwrap_or(1);
        let parent = match post.post_number {
            0 | 1 => None,
            _ => self.at(api, post.topic_id, answered)?,
        };
        let restricted = match post.category_id {
            Some(category) if !private => self.restricted(api, category)?,
            _ => None,
        };
        Ok(Around {
            parent: parent.filter(|id| *id != post.id),
            private,
            restricted,
        })
    }

    /// The post at this place; none where it was taken away.
    fn at(&mut self, api: &Api<'_>, topic: u64, number: u64) -> Result<Option<u64>, Trouble> {
        let key = format!("{topic}:{number}");
        if let Some(id) = self.places.get(&key) {
            return Ok(Some(id).filter(|id| *id > 0));
        }
        let found: Option<Post> = api.find(&format!("/posts/by_number/{topic}/{number}.json"), &[])?;
        let id = found.map(|post| post.id);
        self.places.put(key, id.unwrap_or(0));
        Ok(id)
    }

    /// The name of a category that not everybody may read.
    fn restricted(&self, api: &Api<'_>, category: u64) -> Result<Option<String>, Trouble> {
        let key = format!("category/{category}");
        if let Some(kept) = self.host.get(&key) {
            return Ok(String::from_utf8(kept).ok().filter(|name| !name.is_empty()));
        }
        let shown: Option<Shown> = api.find(&format!("/c/{category}/show.json"), &[])?;
        // A category that is not shown to us, though its posts are, is not for everybody.
        let name = match shown {
            Some(shown) if !shown.category.read_restricted => String::new(),
            Some(shown) if !shown.category.name.is_empty() => shown.category.name,
            _ => format!("category {category}"),
        };
        let name: String = name.chars().take(100).collect();
        let _ = self.host.set(&key, name.as_bytes());
        Ok(Some(name).filter(|name| !name.is_empty()))
    }

    /// The level at which the forum trusts the author, where that is news: another than before, or from the start one
    /// of those who help others (3 and 4).
    pub(crate) fn trusted(&mut self, post: &Post) -> Option<u8> {
        let (level, user) = (post.trust_level?, post.user_id.filter(|id| *id > 0)?);
        self.risen(user, level)
    }

    /// The same by number.
    pub(crate) fn risen(&mut self, user: i64, level: u8) -> Option<u8> {
        let key = user.to_string();
        let before = self.trust.get(&key);
        self.trust.put(key, level.into());
        match before {
            Some(before) if before == u64::from(level) => None,
            None if level < 3 => None,
            _ => Some(level),
        }
    }

    pub(crate) fn save(&mut self) {
        self.places.save();
        self.trust.save();
    }
}
