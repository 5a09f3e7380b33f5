//! Waiting for something to become true.

use std::time::{Duration, Instant};

/// Asks `probe` until it answers `Ok`, and gives that; past `within` the test fails with what was awaited and the
/// last reason why it was not so.
pub async fn eventually<T>(what: &str, within: Duration, mut probe: impl AsyncFnMut() -> Result<T, String>) -> T {
    let begun = Instant::now();
    // Short at first, because most things are true at once; bounded, because the machine has other work.
    let mut pause = Duration::from_millis(5);
    loop {
        let reason = match probe().await {
            Ok(found) => return found,
            Err(reason) => reason,
        };
        assert!(
            begun.elapsed() < within,
            "waited {:.1} s for {what}; at last: {reason}",
            begun.elapsed().as_secs_f32()
        );
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// Seconds, the unit in which tests think.
pub const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}
