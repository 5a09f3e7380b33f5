//! Notifications: who addressed us.

use super::{Cursor, Step, gather::Gather, gather::Taken};
use crate::api::newer;
use crate::wire::Notification;
use jackfield_sdk::channel::Trouble;
use jackfield_sdk::debug;
use serde_json::Value;

/// Notifications in one page.
const PAGE: usize = 40;

pub(super) fn bring(gather: &mut Gather<'_>, cursor: &mut Cursor) -> Result<Step, Trouble> {
    while gather.api.may_ask() && !gather.full() {
        let since = cursor.notice.clone().unwrap_or_default();
        let limit = PAGE.to_string();
        // `min_id` gives those that come next, `since_id` would give the newest and leave a gap.
        let pairs = [
            ("limit", limit.as_str()),
            ("min_id", &since),
            ("types[]", "mention"),
            ("types[]", "update"),
        ];
        let mut page: Vec<Value> = gather.api.read("/api/v1/notifications", &pairs)?;
        let whole = page.len();
        // A server (or a cache before it) may answer with a page that we have: nothing is taken from it twice.
        page.retain(|n| newer(id_of(n), &since));
        page.sort_by(|a, b| (id_of(a).len(), id_of(a)).cmp(&(id_of(b).len(), id_of(b))));
        let fresh = page.len();
        for notice in page {
            let id = id_of(&notice).to_owned();
            if one(gather, notice, &id)? == Taken::NoRoom {
                return Ok(Step::More);
            }
            cursor.notice = Some(id);
        }
        if whole < PAGE || fresh == 0 {
            return Ok(Step::Done);
        }
    }
    Ok(Step::More)
}

fn id_of(notice: &Value) -> &str {
    notice.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn one(gather: &mut Gather<'_>, notice: Value, id: &str) -> Result<Taken, Trouble> {
    if gather.full() {
        return Ok(Taken::NoRoom);
    }
    let kind = notice
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    // Likes, follows and the like are not messages.
    if !matches!(kind.as_str(), "mention" | "update" | "status") {
        return Ok(Taken::Yes);
    }
    let Ok(notice) = serde_json::from_value::<Notification>(notice) else {
        gather.unreadable("notification", id, gather.api.host.now_ms());
        return Ok(Taken::Yes);
    };
    let Some(status) = notice.status else {
        debug!(gather.api.host, "notification {id} is about a status that is gone");
        return Ok(Taken::Yes);
    };
    if let Some(known) = gather.watch.get(&status.id).cloned() {
        return gather.update(&status, known.revision, &known.thread);
    }
    // `status` and `update` also speak of posts that do not concern us.
    if kind == "mention" || gather.concerns_us(&status) {
        return gather.take(&status);
    }
    Ok(Taken::Yes)
}
