//! Whoever dies between two steps of an install or upgrade leaves a plugin that works; and the life of a trial.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod shop;
mod stage;

use jackfield_server::registry::{Refused, STEPS, Steps};
use jackfield_store::Trial;
use shop::{HOSTILE, Shop, code, hostile, made, mia, version};
use std::path::Path;
use std::sync::Arc;

/// Names the folder for the process that is to die, and the step where it does.
const CHILD: &str = "JACKFIELD_REGISTRY_CHILD";

#[tokio::test]
async fn a_triage_version_is_tried_given_a_share_and_promoted_or_ended_by_its_rule() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::with(&folder, &[("dist/plugins", "keywords"), HOSTILE]);
    let next = shop.signed(&version("dist/plugins", "keywords", "0.2.0"));
    let (refused, _) = code(shop.registry.trial_begin(&shop.signed(&hostile("0.2.0")), &mia()).await);
    assert_eq!(refused, "not-triage");
    assert_eq!(
        code(shop.registry.trial_share("keywords", 10, &mia()).await).0,
        "no-trial"
    );
    shop.registry.trial_begin(&next, &mia()).await.unwrap();
    let title = || shop.plugins.judge("keywords").map(|judge| judge.title()).unwrap();
    assert_eq!(title(), "keywords@0.1.0", "it only looks on");
    assert_eq!(
        code(shop.registry.trial_share("keywords", 101, &mia()).await).0,
        "share"
    );
    shop.registry.trial_share("keywords", 20, &mia()).await.unwrap();
    let digest = shop
        .plugins
        .installed("keywords")
        .unwrap()
        .candidate
        .unwrap()
        .version
        .digest;
    shop.store
        .keep_trials(vec![Trial {
            plugin: "keywords".to_owned(),
            digest: digest.clone(),
            conversation: "c".into(),
            remote_id: "1".into(),
            revision: 0,
            at: 1,
            decided: false,
            before: vec!["question".to_owned()],
            after: Vec::new(),
            trouble: None,
            micros: 9,
        }])
        .await
        .unwrap();
    let report = shop.registry.trial_report("keywords").await.unwrap();
    assert_eq!((report.share, report.judged, report.changed.len()), (20, 1, 1));

    shop.registry
        .trial_failed("keywords", "of another version", "it is slow")
        .await;
    assert!(shop.plugins.installed("keywords").unwrap().candidate.is_some());
    shop.registry.trial_failed("keywords", &digest, "it is slow").await;
    assert!(shop.plugins.installed("keywords").unwrap().candidate.is_none());
    assert_eq!(title(), "keywords@0.1.0");

    shop.registry.trial_begin(&next, &mia()).await.unwrap();
    shop.registry.trial_promote("keywords", &mia()).await.unwrap();
    assert_eq!(title(), "keywords@0.2.0");
    shop.registry.rollback("keywords", &mia()).await.unwrap();
    assert_eq!(title(), "keywords@0.1.0");
    let actions: Vec<_> = shop
        .registry
        .log()
        .await
        .unwrap()
        .iter()
        .map(|entry| entry.deed.action.word())
        .collect();
    assert_eq!(
        actions,
        ["shadow", "share", "auto-unshadow", "shadow", "promote", "rollback"]
    );
    shop.is_sound().await;
}

/// This test again, as a process of its own that dies at a step.
fn die(folder: &Path, what: &str, step: &str) {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "whoever_dies_between_two_steps_leaves_the_old_version_or_the_new_one",
            "--nocapture",
        ])
        .env(CHILD, format!("{what} {step} {}", folder.display()))
        .output()
        .unwrap();
    assert!(
        !child.status.success(),
        "{what} did not die at {step}: {}",
        String::from_utf8_lossy(&child.stderr)
    );
}

async fn install_or_upgrade(shop: &Shop, what: &str) -> Result<(), Refused> {
    match what {
        "install" => shop
            .registry
            .install(&shop.signed(&made(HOSTILE.0, HOSTILE.1)), &mia())
            .await
            .map(drop),
        _ => shop
            .registry
            .upgrade(&shop.signed(&hostile("0.2.0")), &mia())
            .await
            .map(drop),
    }
}

#[test]
fn whoever_dies_between_two_steps_leaves_the_old_version_or_the_new_one() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    if let Ok(order) = std::env::var(CHILD) {
        let mut words = order.splitn(3, ' ').map(str::to_owned);
        let (what, at, folder) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let steps: Steps = Arc::new(move |step| {
            if step == at {
                // As if the power went: nothing is unwound, nothing flushed.
                std::process::abort();
            }
        });
        let shop = Shop::open(Path::new(&folder), &[], steps);
        runtime.block_on(install_or_upgrade(&shop, &what)).unwrap();
        return;
    }
    for what in ["install", "upgrade"] {
        for step in STEPS {
            let folder = tempfile::tempdir().unwrap();
            let bundled: &[(&str, &str)] = if what == "install" { &[] } else { &[HOSTILE] };
            // The bundle and the key are there before.
            drop(Shop::open(folder.path(), bundled, Arc::new(|_| ())));
            die(folder.path(), what, step);
            let shop = Shop::open(folder.path(), &[], Arc::new(|_| ()));
            runtime.block_on(async {
                shop.registry.follow().await.unwrap();
                let recorded = step == "recorded";
                match (what, recorded) {
                    ("install", false) => {
                        assert!(shop.plugins.channel("hostile").is_err(), "{step}: nobody installed it")
                    }
                    ("install", true) => assert_eq!(shop.works("hostile"), "0.1.0", "{step}"),
                    (_, false) => assert_eq!(shop.works("hostile"), "0.1.0", "{step}"),
                    (_, true) => assert_eq!(shop.works("hostile"), "0.2.0", "{step}"),
                }
                shop.is_sound().await;
                // Whoever tries again after that gets what they wanted.
                if !recorded {
                    install_or_upgrade(&shop, what).await.unwrap();
                }
                let expected = if what == "install" { "0.1.0" } else { "0.2.0" };
                assert_eq!(shop.works("hostile"), expected, "{step}");
                assert_eq!(
                    shop.store.plugin_log().await.unwrap().len(),
                    1,
                    "{step}: written down once"
                );
                shop.is_sound().await;
            });
        }
    }
}
