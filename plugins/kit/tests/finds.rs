//! The kit finds what is wrong: a plugin that misbehaves gets no grade, and each fault is named by the case it is
//! against.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use jackfield_engine::Manifest;
use jackfield_kit::{Options, Outcome, Report, Subject, run};
use std::path::PathBuf;

/// The guest that misbehaves on order, in this mode, beside a guestbook.
async fn hostile(mode: &str, more: &str, only: &[&str]) -> Report {
    let made = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests/dist/hostile");
    let missing = "run `cargo xtask build --plugins-only`";
    let component = std::fs::read(made.join("plugin.wasm")).expect(missing);
    let manifest = Manifest::parse(&std::fs::read_to_string(made.join("plugin.toml")).expect(missing)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let conform = format!(
        "stand-in = \"guestbook\"\n{more}\n[settings]\nmode = \"{mode}\"\nurl = \"{{server}}/book/changes\"\n\n[secrets]\ntoken = \"{{token}}\"\n"
    );
    std::fs::write(folder.path().join("conform.toml"), conform).unwrap();
    let subject = Subject::of(folder.path().to_owned(), manifest, component).unwrap();
    let options = Options {
        cache: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cwasm")),
        only: only.iter().map(|case| (*case).to_owned()).collect(),
    };
    run(&subject, &options).await.unwrap()
}

fn failed<'a>(report: &'a Report, case: &str) -> &'a str {
    let found = report.cases.iter().find(|one| one.case == case).unwrap();
    match &found.outcome {
        Outcome::Failed(why) => why,
        other => panic!("{case}: {other:?}"),
    }
}

#[tokio::test]
async fn a_plugin_that_takes_no_notice_of_its_network_gets_no_grade() {
    // It hands over whatever it is told as one message, and is happy.
    let report = Box::pin(hostile("fetch", "", &[])).await;
    assert_eq!(report.grade, None);
    assert!(report.failed());
    for (case, word) in [
        ("describe", "`url` has no `description`"),
        ("lifecycle", "never handed over"),
        ("max-events", "never handed over"),
        ("resume-after-kill", "never handed over"),
        ("unicode", "was not handed over"),
    ] {
        let why = failed(&report, case);
        assert!(why.contains(word) || case == "describe", "{case}: {why}");
    }
    let text = report.text();
    assert!(
        text.contains("no grade, in") && text.contains("for bronze: describe"),
        "{text}"
    );
}

#[tokio::test]
async fn each_fault_is_named_by_the_case_it_is_against() {
    for (mode, case, word) in [
        ("many", "max-events", "events where"),
        ("panic", "lifecycle", "it gave up"),
        ("log", "ceilings", "host calls"),
        // It counts its calls in memory, and puts that into the cursor.
        ("good", "determinism", "field `cursor`"),
        ("cursor", "lifecycle", "`cursor` has"),
        ("later", "lifecycle", "`check` fails against a network that is well"),
    ] {
        let report = Box::pin(hostile(mode, "", &[case])).await;
        let why = failed(&report, case);
        assert!(why.contains(word), "{mode}, {case}: {why}");
    }
}

#[tokio::test]
async fn a_skip_is_shown_with_its_reason() {
    let more = "[[skip]]\ncase = \"threads\"\nreason = \"The network has no threads at all.\"\n";
    let report = Box::pin(hostile("fetch", more, &["threads", "lifecycle"])).await;
    let found = report.cases.iter().find(|one| one.case == "threads").unwrap();
    assert_eq!(
        found.outcome,
        Outcome::Skipped("The network has no threads at all.".to_owned())
    );
    assert!(report.text().contains("The network has no threads at all."));
}

/// The channel by mapping file beside a guestbook, with these changes to its `conform.toml`.
async fn mapped(changes: &[(&str, &str)], only: &[&str]) -> Report {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let missing = "run `cargo xtask build --plugins-only`";
    let made = root.join("dist/plugins/http-json");
    let component = std::fs::read(made.join("plugin.wasm")).expect(missing);
    let manifest = Manifest::parse(&std::fs::read_to_string(made.join("plugin.toml")).expect(missing)).unwrap();
    let mut conform = std::fs::read_to_string(root.join("plugins/channels/http-json/conform.toml")).unwrap();
    for (from, to) in changes {
        assert!(conform.contains(from), "{from}");
        conform = conform.replace(from, to);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("conform.toml"), conform).unwrap();
    let subject = Subject::of(folder.path().to_owned(), manifest, component).unwrap();
    let options = Options {
        cache: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cwasm")),
        only: only.iter().map(|case| (*case).to_owned()).collect(),
    };
    run(&subject, &options).await.unwrap()
}

#[tokio::test]
async fn the_kit_answers_in_the_thread_that_the_plugin_named() {
    let threads = [
        ("thread = \"$.entry.thread\"", "thread = \"{$.entry.thread}/entries\""),
        ("thread = \"$.thread\"", "thread = \"{$.thread}/entries\""),
        // The way out is in the name of the thread: in the thread of any other name nothing is published.
        (
            "url = \"/book/entries\"\nheaders",
            "url = \"/book/{thread:last}\"\nheaders",
        ),
    ];
    let cases = ["publish-once", "publish-doubt", "reconcile-honest"];
    let report = Box::pin(mapped(&threads, &cases)).await;
    for case in &report.cases {
        let ran = cases.contains(&case.case.as_str());
        assert!(!ran || matches!(case.outcome, Outcome::Passed(_)), "{case:?}");
    }
}

#[tokio::test]
async fn threads_are_held_against_the_depth_that_the_network_is_said_to_have() {
    let report = Box::pin(mapped(&[], &["threads"])).await;
    let threads = report.cases.iter().find(|one| one.case == "threads").unwrap();
    assert!(matches!(threads.outcome, Outcome::Passed(_)), "{threads:?}");
    // The guestbook has threads of any depth: as one of two levels it is not described.
    let flat = [("stand-in = \"guestbook\"", "stand-in = \"guestbook\"\nlevels = 2")];
    let report = Box::pin(mapped(&flat, &["threads"])).await;
    let why = failed(&report, "threads");
    assert!(why.contains("belongs below") && why.contains("`levels`"), "{why}");
}
