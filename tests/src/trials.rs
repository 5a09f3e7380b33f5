//! Tests that need something this machine may not have.

use libtest_mimic::{Failed, Trial};
use std::future::Future;

/// A named test of its own runtime. Where `missing` says why it cannot run here, it counts as ignored, and the
/// reason stands beside its name and on standard error.
pub fn trial<F, A>(name: &str, missing: Option<&str>, body: F) -> Trial
where
    F: FnOnce() -> A + Send + 'static,
    A: Future<Output = ()>,
{
    if let Some(reason) = missing {
        report(name, reason);
    }
    Trial::test(name, move || {
        run(body());
        Ok::<(), Failed>(())
    })
    .with_ignored_flag(missing.is_some())
}

/// Runs one test to its end on a runtime of its own, so that nothing of one test lives on in the next.
pub fn run<A: Future<Output = ()>>(body: A) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be built")
        .block_on(body);
}

#[allow(clippy::print_stderr)] // the one way a test program has to speak
fn report(name: &str, reason: &str) {
    eprintln!("skipped: {name}: {reason}");
}
