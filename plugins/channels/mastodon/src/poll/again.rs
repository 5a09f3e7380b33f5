//! Known posts looked at again: edits become revisions, what is gone becomes a deletion.
//!
//! Mastodon since 4.3 gives twenty posts in one request; older servers and others are asked for each. A post that is
//! missing from such a list is asked for by itself before it is called deleted.

use super::gather::{Gather, Taken};
use crate::map::revision;
use crate::watch::Watched;
use crate::wire::Status;
use jackfield_sdk::channel::Trouble;

/// Posts that are asked for one by one in a poll.
const SINGLY: usize = 6;
/// Posts that one request may ask for, by Mastodon's own bound.
const TOGETHER: usize = 20;

/// Where it is remembered that a server does not know the request for several.
const KEY: &str = "no-lists-until";
const AGAIN_AFTER_MS: u64 = 7 * 86_400_000;

pub(super) fn look(gather: &mut Gather<'_>) -> Result<(), Trouble> {
    let now = gather.api.host.now_ms();
    let singly = may_not_list(gather, now);
    let due = gather.watch.due(now, if singly { SINGLY } else { TOGETHER });
    if due.is_empty() || !gather.api.may_ask_idly() {
        return Ok(());
    }
    let mut left = due;
    if !singly && left.len() > 1 {
        let Some(found) = list(gather, &left)? else {
            return Ok(());
        };
        for status in &found {
            let Some(at) = left.iter().position(|w| w.id == status.id) else {
                continue;
            };
            let watched = left.swap_remove(at);
            if one(gather, &watched, status, now)? == Taken::NoRoom {
                return Ok(());
            }
        }
    }
    for watched in left.into_iter().take(SINGLY) {
        if !gather.api.may_ask_idly() || gather.full() {
            return Ok(());
        }
        let path = format!("/api/v1/statuses/{}", watched.id);
        let answer = gather.api.get(&path, &[])?;
        match answer.status() {
            404 | 410 => {
                gather.events.push(watched.deleted(now));
                gather.watch.drop(&watched.id);
            }
            _ => {
                gather.api.good(&answer)?;
                let status: Status = crate::api::parse(&path, answer.bytes())?;
                if one(gather, &watched, &status, now)? == Taken::NoRoom {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

fn one(gather: &mut Gather<'_>, watched: &Watched, status: &Status, now: u64) -> Result<Taken, Trouble> {
    let taken = gather.update(status, watched.revision, &watched.thread)?;
    if taken == Taken::Yes {
        gather.watch.looked(&watched.id, revision(status), now);
    }
    Ok(taken)
}

fn may_not_list(gather: &Gather<'_>, now: u64) -> bool {
    let until = gather
        .api
        .host
        .get(KEY)
        .and_then(|b| String::from_utf8(b).ok())
        .and_then(|t| t.parse::<u64>().ok());
    until.is_some_and(|until| now < until)
}

/// Those of the posts that the server gives in one answer; none where it does not know such a request.
fn list(gather: &Gather<'_>, due: &[Watched]) -> Result<Option<Vec<Status>>, Trouble> {
    let pairs: Vec<(&str, &str)> = due.iter().map(|w| ("id[]", w.id.as_str())).collect();
    let answer = gather.api.get("/api/v1/statuses", &pairs)?;
    match answer.status() {
        200..=299 => crate::api::parse("/api/v1/statuses", answer.bytes()).map(Some),
        400 | 404 | 405 | 406 | 410 | 422 | 501 => {
            let until = gather.api.host.now_ms() + AGAIN_AFTER_MS;
            let _ = gather.api.host.set(KEY, until.to_string().as_bytes());
            Ok(None)
        }
        _ => {
            gather.api.good(&answer)?;
            Ok(None)
        }
    }
}
