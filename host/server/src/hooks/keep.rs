//! Raw input is kept for a time after it was ingested, so that it can be ingested again; then it goes.

use crate::work::Desk;
use jackfield_protocol::Millis;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(3600);
/// Rows of one transaction: others write between two of them.
const STEP: u32 = 500;

/// Throws away what was ingested and is older than `keep`, now and every hour, until it is stopped.
pub async fn sweep(desk: Desk, keep: Duration, stop: CancellationToken) {
    let keep = Millis::try_from(keep.as_millis()).unwrap_or(Millis::MAX);
    loop {
        let before = desk.clock.now().saturating_sub(keep);
        loop {
            match desk.store.forget(before, STEP).await {
                Ok(gone) if gone < u64::from(STEP) => break,
                Ok(_) if stop.is_cancelled() => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "old webhooks could not be thrown away; it is tried again in an hour");
                    break;
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => return,
        }
    }
}
