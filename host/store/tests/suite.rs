//! Every claim of the suite, on SQLite, as a test of its own name.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may say "this cannot be"

use jackfield_store::{SqliteOptions, SqliteStore, suite};
use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let trials = suite::CLAIMS.iter().map(|claim| {
        Trial::test(format!("sqlite::{}", claim.name), move || {
            let folder = tempfile::tempdir().expect("a folder");
            let store = SqliteStore::open(&folder.path().join("desk.db"), &SqliteOptions::default())?;
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .build()
                .expect("a runtime");
            runtime.block_on(claim.check(Arc::new(store)))?;
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
