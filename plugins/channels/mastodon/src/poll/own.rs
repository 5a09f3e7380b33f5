//! Our own answers, by whatever program they were written. The host joins those it published with what it knows.

use super::{Cursor, Step, gather::Gather, gather::Taken};
use crate::api::newer;
use crate::wire::Status;
use jackfield_sdk::channel::Trouble;

const PAGE: usize = 40;

pub(super) fn bring(gather: &mut Gather<'_>, cursor: &mut Cursor) -> Result<Step, Trouble> {
    let path = format!("/api/v1/accounts/{}/statuses", gather.me);
    while gather.api.may_ask() && !gather.full() {
        let since = cursor.own.clone().unwrap_or_default();
        let limit = PAGE.to_string();
        let pairs = [
            ("limit", limit.as_str()),
            ("min_id", &since),
            ("exclude_reblogs", "true"),
        ];
        let mut page: Vec<Status> = gather.api.read(&path, &pairs)?;
        let whole = page.len();
        page.retain(|s| newer(&s.id, &since));
        page.sort_by(|a, b| (a.id.len(), &a.id).cmp(&(b.id.len(), &b.id)));
        let fresh = page.len();
        for status in page {
            // What answers nobody is a post to the world: it is shown when somebody answers it.
            if answers(gather, &status) && gather.take(&status)? == Taken::NoRoom {
                return Ok(Step::More);
            }
            cursor.own = Some(status.id);
        }
        if whole < PAGE || fresh == 0 {
            return Ok(Step::Done);
        }
    }
    Ok(Step::More)
}

/// It answers somebody, or did before that was deleted. A post that goes on with one of our own is a post to the
/// world as well, unless its thread is one that we know.
fn answers(gather: &Gather<'_>, status: &Status) -> bool {
    let known = |id: &str| gather.threads.get(id).is_some();
    let to_ourselves = status.in_reply_to_account_id.as_deref() == Some(gather.me);
    match &status.in_reply_to_id {
        Some(parent) if to_ourselves => known(parent),
        Some(_) => true,
        None => known(&status.id),
    }
}
