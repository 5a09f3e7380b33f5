//! Where the first poll begins: behind the newest notification that is older than the history the settings ask for.
//!
//! The ids of notifications say nothing about time, so the list is walked back. A long way back is walked in several
//! polls.

use super::{Cursor, Step, gather::Gather};
use crate::wire::Status;
use jackfield_sdk::channel::Trouble;
use jackfield_sdk::time::parse_ms;
use serde::Deserialize;

const DAY_MS: u64 = 86_400_000;

/// Pages of own posts that are walked back at most: 200 posts.
const OWN_PAGES: u32 = 5;

/// Nothing is older than this id.
const FIRST: &str = "0";

/// As much of a notification as the way back needs.
#[derive(Deserialize)]
struct Dated {
    id: String,
    created_at: String,
}

pub(super) fn find(gather: &mut Gather<'_>, cursor: &mut Cursor) -> Result<Step, Trouble> {
    let history = gather.api.settings.history_days.saturating_mul(DAY_MS);
    let horizon = gather.api.host.now_ms().saturating_sub(history);
    let old = |at: &str| parse_ms(at).is_some_and(|at| at <= horizon);
    while cursor.notice.is_none() {
        if !gather.api.may_ask() {
            return Ok(Step::More);
        }
        let mut pairs = vec![("limit", "80"), ("types[]", "mention"), ("types[]", "update")];
        if let Some(id) = &cursor.seek {
            pairs.push(("max_id", id));
        }
        let page: Vec<Dated> = gather.api.read("/api/v1/notifications", &pairs)?;
        let last = page.last().map(|n| n.id.clone());
        match (page.into_iter().find(|n| old(&n.created_at)), last) {
            (Some(older), _) => cursor.notice = Some(older.id),
            // A page that does not go on would be walked for ever.
            (None, Some(last)) if cursor.seek.as_ref() != Some(&last) => cursor.seek = Some(last),
            _ => cursor.notice = Some(FIRST.to_owned()),
        }
    }
    cursor.seek = None;
    if cursor.own.is_none() {
        cursor.own = Some(own(gather, &old)?);
    }
    Ok(Step::Done)
}

/// The newest own post older than the horizon, or the oldest that is reached.
fn own(gather: &Gather<'_>, old: &dyn Fn(&str) -> bool) -> Result<String, Trouble> {
    let path = format!("/api/v1/accounts/{}/statuses", gather.me);
    let mut reached: Option<String> = None;
    for _ in 0..OWN_PAGES {
        let mut pairs = vec![("limit", "40"), ("exclude_reblogs", "true")];
        if let Some(id) = &reached {
            pairs.push(("max_id", id));
        }
        let page: Vec<Status> = gather.api.read(&path, &pairs)?;
        let last = page.last().map(|s| s.id.clone());
        if let Some(older) = page.into_iter().find(|s| old(&s.created_at)) {
            return Ok(older.id);
        }
        match last {
            Some(last) if reached.as_ref() != Some(&last) => reached = Some(last),
            _ => return Ok(FIRST.to_owned()),
        }
    }
    Ok(reached.unwrap_or_else(|| FIRST.to_owned()))
}
