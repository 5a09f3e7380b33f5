//! What becomes of replies whose line is taken away: they end as failed, with the reason, and their conversations can be
//! resolved. Were they left in the outbox, a line that is added again under the same id would publish them, perhaps
//! months later and by another account.

use crate::work::{Desk, Undone};
use jackfield_desk::{Command, LineRules, ReplyState};
use jackfield_protocol::{ConnectionId, Millis, Unsent};
use jackfield_store::{OutboxItem, Store, StoreError};

/// Replies looked at in one go.
const BATCH: u32 = 500;

/// Replies of a line that are on their way, due or not; at most `limit`.
pub async fn pending(store: &dyn Store, id: &ConnectionId, limit: u32) -> Result<Vec<OutboxItem>, StoreError> {
    store.outbox(id, Millis::MAX, limit).await
}

/// Ends every reply of a line that is on its way. Answers how many there were.
pub async fn give_up(desk: &Desk, id: &ConnectionId) -> Result<u32, Undone> {
    let mut given_up = 0;
    loop {
        let some = pending(desk.store.as_ref(), id, BATCH).await?;
        let mut ended = 0;
        for item in some {
            ended += u32::from(end(desk, &item).await?);
        }
        given_up += ended;
        // What cannot be ended stays as it is; asking for it again would be a circle.
        if ended == 0 {
            return Ok(given_up);
        }
    }
}

/// Ends the replies of a line and takes its record away. Its calls have ended.
pub async fn close(desk: &Desk, id: &ConnectionId) -> Result<u32, Undone> {
    let given_up = give_up(desk, id).await?;
    match desk.store.remove_connection(id).await {
        Ok(()) | Err(StoreError::NotFound(_)) => Ok(given_up),
        Err(error) => Err(error.into()),
    }
}

async fn end(desk: &Desk, item: &OutboxItem) -> Result<bool, Undone> {
    let state = desk.store.load(&item.conversation).await?;
    let reply = state.as_ref().and_then(|state| state.replies.get(&item.command));
    let doubt = matches!(
        reply.map(|reply| &reply.state),
        Some(ReplyState::Sending | ReplyState::Unknown { .. })
    );
    let reason = if doubt {
        "The line was taken away before the network said whether it has this reply. Look at the thread on the network."
    } else {
        "The line was taken away before this reply was sent. Reach the person by another line."
    };
    let failed = Command::Failed {
        reply: item.command.clone(),
        reason: reason.to_owned(),
        cause: Some(Unsent::LineRemoved),
    };
    match desk.act(&item.conversation, failed, LineRules::default()).await {
        Ok(done) => Ok(!done.events.is_empty()),
        // It was sent in the meantime.
        Err(Undone::Refused(_)) => Ok(false),
        Err(undone) => Err(undone),
    }
}
