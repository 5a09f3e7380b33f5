//! The plugins that ship reach the highest grade. What the kit took is printed; no test asserts a time.

// A test may say "this cannot be".
#![allow(clippy::print_stdout, reason = "what the kit took is read in the log of a run")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use jackfield_kit::{Grade, Options, Subject, run};
use std::path::PathBuf;

async fn reaches(shelf: &str, name: &str) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let subject = Subject::open(&root.join("plugins").join(shelf).join(name), None)
        .expect("run `cargo xtask build --plugins-only` first");
    let options = Options {
        cache: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cwasm")),
        only: Vec::new(),
    };
    let report = run(&subject, &options).await.unwrap();
    println!("{}", report.text());
    assert_eq!(report.grade, Some(Grade::Platinum), "{}", report.text());
}

#[tokio::test]
async fn mastodon_reaches_platinum() {
    Box::pin(reaches("channels", "mastodon")).await;
}

#[tokio::test]
async fn http_json_reaches_platinum_with_a_mapping_of_the_guestbook() {
    Box::pin(reaches("channels", "http-json")).await;
}

#[tokio::test]
async fn keywords_reaches_platinum() {
    Box::pin(reaches("triage", "keywords")).await;
}
