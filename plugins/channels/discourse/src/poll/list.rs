//! A list of posts over all topics, read upwards. The forum gives the newest 50 at or below an id.

use super::{Gather, Place, Step};
use crate::wire::{Latest, Post};
use jackfield_sdk::channel::Trouble;
use jackfield_sdk::time::parse_ms;
use serde_json::Value;

/// Posts in one answer.
const PAGE: usize = 50;
/// Ids that are remembered below the last one.
const RECENT: usize = 40;
const DAY_MS: u64 = 86_400_000;

pub(super) fn bring(gather: &mut Gather<'_>, path: &str, place: &mut Place, private: bool) -> Result<Step, Trouble> {
    if place.last.is_none() && begin(gather, path, place)? == Step::More {
        return Ok(Step::More);
    }
    let mut last = place.last.unwrap_or(0);
    if gather.full() || !gather.api.may_ask() {
        return Ok(Step::More);
    }
    let newest = page(gather, path, None)?;
    let top = newest.last().map_or(0, id_of);
    let low = newest.first().map_or(0, id_of);
    if newest.len() < PAGE || low <= last.saturating_add(1) {
        return take(gather, place, newest, u64::MAX, private);
    }
    // More than one page is new. A window of as many ids as a page has posts leaves nothing out; where nothing is new
    // the window grows, for ids are counted over what we do not see, too.
    let mut width = PAGE as u64;
    while last < top {
        if gather.full() || !gather.api.may_ask() {
            return Ok(Step::More);
        }
        let end = last.saturating_add(width);
        let found = page(gather, path, Some(end))?;
        let fresh = found
            .iter()
            .filter(|post| id_of(post) > last && id_of(post) <= end)
            .count();
        if fresh >= PAGE && width > PAGE as u64 {
            width = PAGE as u64;
            continue;
        }
        if take(gather, place, found, end, private)? == Step::More {
            return Ok(Step::More);
        }
        // One less: servers differ in whether the id itself is in the answer.
        last = end.min(top).saturating_sub(u64::from(end < top));
        place.last = Some(place.last.unwrap_or(0).max(last));
        width = if fresh == 0 {
            width.saturating_mul(4)
        } else {
            PAGE as u64
        };
    }
    Ok(Step::Done)
}

/// Where the first poll begins: behind the newest post that is older than the history of the settings.
fn begin(gather: &mut Gather<'_>, path: &str, place: &mut Place) -> Result<Step, Trouble> {
    let history = gather.api.settings.history_days.saturating_mul(DAY_MS);
    let horizon = gather.api.host.now_ms().saturating_sub(history);
    let old = |post: &Value| created(post).is_some_and(|at| at <= horizon);
    while place.last.is_none() {
        if !gather.api.may_ask() {
            return Ok(Step::More);
        }
        let found = page(gather, path, place.seek)?;
        let low = found.first().map_or(0, id_of);
        let older = found.iter().filter(|post| old(post)).map(id_of).max();
        let back = low.saturating_sub(1);
        place.last = match older {
            Some(id) => Some(id),
            None if found.len() < PAGE || place.seek.is_some_and(|before| back >= before) => Some(back),
            None => None,
        };
        place.seek = place.last.is_none().then_some(back);
    }
    Ok(Step::Done)
}

/// The posts at or below an id, in order of their ids.
fn page(gather: &Gather<'_>, path: &str, before: Option<u64>) -> Result<Vec<Value>, Trouble> {
    let before = before.map(|id| id.to_string());
    let pairs: Vec<(&str, &str)> = before.iter().map(|id| ("before", id.as_str())).collect();
    let mut posts = gather.api.read::<Latest>(path, &pairs)?.posts;
    posts.retain(|post| id_of(post) > 0);
    posts.sort_by_key(id_of);
    Ok(posts)
}

/// Hands over what is new of these, up to an id.
fn take(
    gather: &mut Gather<'_>,
    place: &mut Place,
    posts: Vec<Value>,
    end: u64,
    private: bool,
) -> Result<Step, Trouble> {
    for post in posts {
        let id = id_of(&post);
        let last = place.last.unwrap_or(0);
        let late = place.recent.first().is_some_and(|first| id > *first) && !place.recent.contains(&id);
        if (id <= last && !late) || id > end || place.recent.contains(&id) {
            continue;
        }
        if gather.full() {
            return Ok(Step::More);
        }
        match serde_json::from_value::<Post>(post) {
            Ok(post) => gather.take(&post, private)?,
            Err(_) => gather.unreadable(id),
        }
        place.last = Some(last.max(id));
        place.recent.push(id);
        place.recent.sort_unstable();
        let over = place.recent.len().saturating_sub(RECENT);
        place.recent.drain(..over);
    }
    Ok(Step::Done)
}

fn id_of(post: &Value) -> u64 {
    post.get("id").and_then(Value::as_u64).unwrap_or(0)
}

fn created(post: &Value) -> Option<u64> {
    post.get("created_at").and_then(Value::as_str).and_then(parse_ms)
}
