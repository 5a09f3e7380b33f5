//! One poll: notifications with the threads above them, our own answers, known posts looked for again.
//!
//! Notifications come newest first and are walked back to what was handed over; then they are handed over from the other
//! end. A part of a batch goes with a cursor that stands exactly behind it.

use crate::api::Api;
use crate::kept::{Seen, Watch, hash};
use crate::map::{self, POSTS};
use crate::wire::{Actor, Held, Notification, Notifications, PostView, Posts, Profiles, Records};
use jackfield_sdk::channel::{Batch, Event, Host, Kind, Trouble};
use jackfield_sdk::time::parse_ms;
use jackfield_sdk::warning;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

const DAY_MS: u64 = 86_400_000;
/// A notification may be found a little below one that we have.
const LATE_MS: u64 = 10_000;
/// Notifications that are remembered as handed over, besides the time of the last.
const RECENT: usize = 60;
/// Pages that one poll walks back: 2000 notifications.
const PAGES: u32 = 20;
/// Posts above an answer that are shown with it; JSON that is deeper than 128 is not read.
const ABOVE: &str = "40";
/// Posts, or people, that one request may ask for.
const TOGETHER: usize = 25;

/// Where the next poll goes on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Cursor {
    /// When the last notification was found that was handed over.
    #[serde(rename = "n", default)]
    last: Option<u64>,
    /// The last that were handed over, with the time in which each was found, in order.
    #[serde(rename = "r", default)]
    recent: Vec<(u64, u64)>,
    /// The key of the newest own post that was looked at; keys are times.
    #[serde(rename = "o", default)]
    own: Option<String>,
    #[serde(rename = "q", default)]
    own_recent: Vec<u64>,
}

struct Gather<'a> {
    api: &'a Api<'a>,
    me: String,
    seen: Seen<'a>,
    watch: Watch<'a>,
    events: Vec<Event>,
    room: usize,
    more: bool,
}

pub(crate) fn poll(
    host: &dyn Host,
    settings: &str,
    cursor: Option<Vec<u8>>,
    max_events: u32,
) -> Result<Batch, Trouble> {
    let api = Api::new(host, settings)?;
    let cursor: Option<Cursor> = cursor.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let mut cursor = cursor.unwrap_or_default();
    let mut gather = Gather {
        api: &api,
        me: api.me()?.did,
        seen: Seen::load(host),
        watch: Watch::load(host),
        events: Vec::new(),
        room: usize::try_from(max_events).unwrap_or(usize::MAX),
        more: false,
    };
    let before = cursor.clone();
    let ended = gather.steps(&mut cursor);
    if let Err(trouble) = &ended {
        if gather.events.is_empty() && cursor == before {
            return Err(trouble.clone());
        }
        warning!(host, "the poll ended early: {trouble:?}");
    }
    gather.reach();
    let Gather {
        seen,
        watch,
        mut events,
        more,
        ..
    } = gather;
    seen.save();
    watch.save(host.now_ms());
    events.sort_by_key(|event| event.at);
    let wait = match ended {
        Err(Trouble::Later(Some(ms))) => Some(ms),
        _ => api.pause_ms(),
    };
    let batch = Batch::new(events).more(more).not_before(wait);
    Ok(match serde_json::to_vec(&cursor) {
        Ok(json) => batch.cursor(json),
        Err(_) => batch,
    })
}

impl Gather<'_> {
    fn steps(&mut self, cursor: &mut Cursor) -> Result<(), Trouble> {
        self.notices(cursor)?;
        if !self.more {
            self.own(cursor)?;
        }
        if !self.more {
            self.again()?;
        }
        Ok(())
    }

    fn horizon(&self) -> u64 {
        let history = self.api.settings.history_days.saturating_mul(DAY_MS);
        self.api.host.now_ms().saturating_sub(history)
    }

    /// Who named, answered or quoted us.
    fn notices(&mut self, cursor: &mut Cursor) -> Result<(), Trouble> {
        let mut horizon = cursor.last.unwrap_or_else(|| self.horizon()).saturating_sub(LATE_MS);
        if let (Some((oldest, _)), true) = (cursor.recent.first(), cursor.recent.len() >= RECENT) {
            // What was found before these is no longer known to have been handed over, but it was.
            horizon = horizon.max(oldest + 1);
        }
        let mut fresh: Vec<(u64, Notification)> = Vec::new();
        let mut next: Option<String> = None;
        for number in 0.. {
            let mut pairs = vec![("limit", "100")];
            pairs.extend(["mention", "reply", "quote"].map(|reason| ("reasons", reason)));
            pairs.extend(next.as_deref().map(|next| ("cursor", next)));
            let page: Notifications = self.api.read("app.bsky.notification.listNotifications", &pairs)?;
            let mut old = page.notifications.is_empty();
            for notice in page.notifications {
                let at = notice
                    .get("indexedAt")
                    .and_then(Value::as_str)
                    .and_then(parse_ms)
                    .unwrap_or(0);
                old |= at < horizon;
                let Ok(notice) = serde_json::from_value::<Notification>(notice) else {
                    warning!(self.api.host, "a notification cannot be read and is left out");
                    continue;
                };
                let wanted = matches!(notice.reason.as_str(), "mention" | "reply" | "quote");
                let twice = cursor.recent.iter().any(|(_, known)| *known == hash(&notice.uri))
                    || fresh.iter().any(|(_, one)| one.uri == notice.uri);
                if wanted && at >= horizon && !twice {
                    fresh.push((at, notice));
                }
            }
            if old || page.cursor.is_none() || page.cursor == next {
                break;
            }
            if number >= PAGES || !self.api.may_ask() {
                warning!(
                    self.api.host,
                    "more notifications than one poll can walk back; the oldest of them are left out"
                );
                break;
            }
            next = page.cursor;
        }
        fresh.reverse();
        fresh.sort_by_key(|(at, _)| *at);
        for (at, notice) in fresh {
            if !self.take(&notice)? {
                self.more = true;
                return Ok(());
            }
            cursor.last = Some(cursor.last.unwrap_or(0).max(at));
            cursor.recent.push((at, hash(&notice.uri)));
            cursor.recent.sort_unstable();
            let over = cursor.recent.len().saturating_sub(RECENT);
            cursor.recent.drain(..over);
        }
        if cursor.last.is_none() {
            cursor.last = Some(horizon + LATE_MS);
        }
        Ok(())
    }

    /// One post that is for us, below those that it answers. False where there is no room.
    fn take(&mut self, notice: &Notification) -> Result<bool, Trouble> {
        let free = self.room.saturating_sub(self.events.len());
        if free == 0 || !self.api.may_ask() {
            return Ok(false);
        }
        let mut above = Vec::new();
        if map::parent(&notice.record).is_some_and(|parent| !self.seen.has(&parent)) {
            above = self.above(&notice.uri)?;
        }
        if above.len() + 1 > free {
            if !self.events.is_empty() {
                return Ok(false);
            }
            // A thread longer than a whole batch: what stands nearest.
            above.drain(..above.len() + 1 - free);
        }
        for post in above {
            let ours = post.author.did == self.me;
            self.push(map::said(
                &post.uri,
                &post.author,
                &post.record,
                &post.indexed_at,
                ours,
                true,
            ));
        }
        let ours = notice.author.did == self.me;
        self.push(map::said(
            &notice.uri,
            &notice.author,
            &notice.record,
            &notice.indexed_at,
            ours,
            false,
        ));
        Ok(true)
    }

    fn push(&mut self, event: Event) {
        self.seen.put(&event.remote_id);
        self.watch.add(&event, self.api.host.now_ms());
        self.events.push(event);
    }

    /// The posts above this one that we do not have, root first.
    fn above(&self, uri: &str) -> Result<Vec<PostView>, Trouble> {
        let pairs = [("uri", uri), ("depth", "0"), ("parentHeight", ABOVE)];
        let found: Option<Value> = self.api.find("app.bsky.feed.getPostThread", &pairs)?;
        let mut posts = Vec::new();
        let mut node = found.as_ref().and_then(|found| found.pointer("/thread/parent"));
        while let Some(here) = node {
            let post = here
                .get("post")
                .cloned()
                .and_then(|post| serde_json::from_value::<PostView>(post).ok());
            match post {
                Some(post) if self.seen.has(&post.uri) => break,
                Some(post) => posts.push(post),
                // Deleted, or blocked: what stands above it is another matter.
                None => break,
            }
            node = here.get("parent");
        }
        posts.reverse();
        Ok(posts)
    }

    /// Our own answers, by whatever program. They stand in our repository, whoever shows them.
    fn own(&mut self, cursor: &mut Cursor) -> Result<(), Trouble> {
        let me = self.api.me()?;
        let horizon = self.horizon();
        let first = cursor.own.is_none();
        let last = cursor.own.clone().unwrap_or_default();
        let mut fresh: Vec<(String, Held)> = Vec::new();
        let mut next: Option<String> = None;
        while self.api.may_ask() {
            let mut pairs = vec![("repo", me.did.as_str()), ("collection", POSTS), ("limit", "50")];
            pairs.extend(next.as_deref().map(|next| ("cursor", next)));
            let page: Records = self.api.read("com.atproto.repo.listRecords", &pairs)?;
            let mut old = page.records.is_empty();
            for record in page.records {
                let key = record.uri.rsplit('/').next().unwrap_or_default().to_owned();
                let age = map::at(&record.value, "");
                let behind = key <= last || (first && age < horizon);
                old |= behind;
                if (!behind || late(cursor, &key)) && !fresh.iter().any(|(known, _)| *known == key) {
                    fresh.push((key, record));
                }
            }
            if old || page.cursor.is_none() || page.cursor == next {
                break;
            }
            next = page.cursor;
        }
        fresh.sort_by(|(one, _), (other, _)| one.cmp(other));
        let actor = Actor {
            did: me.did.clone(),
            handle: me.handle.clone(),
            ..Actor::default()
        };
        for (key, record) in fresh {
            if self.events.len() >= self.room {
                self.more = true;
                return Ok(());
            }
            // What answers nobody is a post to the world: it is shown when somebody answers it.
            if map::parent(&record.value).is_some() && !self.seen.has(&record.uri) {
                self.push(map::said(&record.uri, &actor, &record.value, "", true, false));
            }
            cursor.own_recent.push(hash(&key));
            let over = cursor.own_recent.len().saturating_sub(40);
            cursor.own_recent.drain(..over);
            cursor.own = Some(
                cursor
                    .own
                    .take()
                    .map_or_else(|| key.clone(), |own| own.max(key.clone())),
            );
        }
        if cursor.own.is_none() {
            cursor.own = Some(String::new());
        }
        Ok(())
    }

    /// Known posts: those that are missing twice in a row are gone.
    fn again(&mut self) -> Result<(), Trouble> {
        let now = self.api.host.now_ms();
        let free = self.room.saturating_sub(self.events.len());
        let due = self.watch.due(now, TOGETHER.min(free));
        if due.is_empty() || !self.api.may_ask() {
            return Ok(());
        }
        let pairs: Vec<(&str, &str)> = due.iter().map(|known| ("uris", known.uri.as_str())).collect();
        let found: Posts = self.api.read("app.bsky.feed.getPosts", &pairs)?;
        for known in due {
            let there = found.posts.iter().any(|post| post.uri == known.uri);
            if there || !known.missing {
                self.watch.looked(&known.uri, !there, now);
            } else {
                self.events.push(known.deleted(now));
                self.watch.drop(&known.uri);
            }
        }
        Ok(())
    }

    /// How many people would see a post of each author. Nice to have: no trouble of it stops a poll.
    fn reach(&mut self) {
        let mut people: Vec<String> = Vec::new();
        for event in &self.events {
            if let Kind::Said(content) = &event.kind {
                let id = &content.author.id;
                if *id != self.me && !people.contains(id) && !id.is_empty() {
                    people.push(id.clone());
                }
            }
        }
        let mut known: BTreeMap<String, u64> = BTreeMap::new();
        for some in people.chunks(TOGETHER) {
            let pairs: Vec<(&str, &str)> = some.iter().map(|did| ("actors", did.as_str())).collect();
            let Ok(found) = self.api.read::<Profiles>("app.bsky.actor.getProfiles", &pairs) else {
                return;
            };
            let counts = found.profiles.into_iter();
            known.extend(counts.filter_map(|one| Some((one.did, one.followers_count?))));
        }
        for event in &mut self.events {
            if let Kind::Said(content) = &mut event.kind {
                content.author.reach = content.author.reach.or_else(|| known.get(&content.author.id).copied());
            }
        }
    }
}

/// An own post whose key is below the newest that we have, and which we have not had: its key is the time of the wish.
fn late(cursor: &Cursor, key: &str) -> bool {
    let young = cursor
        .own
        .as_deref()
        .is_some_and(|own| crate::publish::tid_ms(key) + DAY_MS / 24 > crate::publish::tid_ms(own));
    young && !cursor.own_recent.is_empty() && !cursor.own_recent.contains(&hash(key))
}
