//! A host that is told to stop stops by itself, whenever it is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud

use jackfield_tests::host::Folder;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_told_to_stop_the_moment_it_is_ready_stops_gracefully() {
    let folder = Folder::new().await;
    // The gap between "ready" and listening for the signal was narrow: one stop in twelve fell into it.
    for n in 0..30 {
        let ended = folder.start().await.stop().await;
        assert!(ended.success(), "stop {n}: {ended}");
    }
}
