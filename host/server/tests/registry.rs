//! Installing, upgrading, taking back, with real components: what is refused and why, and what is written down.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod shop;
mod stage;

use jackfield_engine::package::{Package, SigningKey, TrustedKey};
use jackfield_protocol::PluginAction;
use jackfield_server::registry::By;
use shop::{HOSTILE, Shop, code, configuration, hostile, made, mia, patched};
use std::sync::Arc;

#[tokio::test]
async fn a_package_that_nobody_here_trusts_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::with(&folder, &[]);
    let parts = made(HOSTILE.0, HOSTILE.1);
    let plain = Package::new(&parts.0, &parts.1, None).unwrap();
    let stranger = plain.clone().sign(&SigningKey::generate()).bytes();
    let mut changed = shop.signed(&parts);
    let at = changed.windows(5).position(|five| five == b"tests").unwrap();
    changed[at] ^= 1;
    for (bytes, expected, words) in [
        (plain.bytes(), "package-unsigned", "jackfield plugin sign"),
        (stranger, "package-untrusted", "trusted-keys"),
        (changed, "package-changed", "does not hold"),
        (b"nothing".to_vec(), "package-broken", "jackfield plugin pack"),
    ] {
        let (code, why) = code(shop.registry.install(&bytes, &mia()).await);
        assert_eq!(code, expected, "{why}");
        assert!(why.contains(words), "{why}");
    }
    assert!(shop.store.plugin_log().await.unwrap().is_empty());
    assert!(!shop.folder.join("plugins").exists(), "no file was kept");
}

#[tokio::test]
async fn an_upgrade_that_gains_something_needs_the_approval_of_just_that() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::with(&folder, &[HOSTILE]);
    let line = shop.line("main", "hostile", r#"{"mode":"fine"}"#).await;
    assert_eq!(shop.works("hostile"), "0.1.0");
    let (wasm, toml) = hostile("0.2.0");
    let wider = shop.signed(&(
        wasm,
        toml.replace("[egress]", "[egress]\nhosts = [\"api.example.org\"]"),
    ));
    let diff = shop.registry.diff(&wider).await.unwrap();
    assert_eq!(diff.gains, ["talks to api.example.org, once you grant it"]);
    for approve in [None, Some("0000000000000000".to_owned())] {
        let (code, why) = code(shop.registry.upgrade(&wider, &By { approve, ..mia() }).await);
        assert_eq!(code, "needs-approval");
        assert!(why.contains(diff.digest()) && why.contains("api.example.org"), "{why}");
    }
    assert_eq!(shop.works("hostile"), "0.1.0", "a refusal changes nothing");
    let agreed = By {
        approve: Some(diff.digest().to_owned()),
        ..mia()
    };
    let done = shop.registry.upgrade(&wider, &agreed).await.unwrap();
    assert_eq!(shop.works("hostile"), "0.2.0", "without a restart");
    assert_eq!(done.deed.approved.as_deref(), Some(diff.digest()));
    assert_eq!(
        (done.deed.signer.as_deref(), done.deed.who.as_str()),
        (Some("acme"), "mia")
    );
    assert!(shop.plugins.connect(&line).is_ok());

    // Another process sees the same.
    let other = Shop::open(folder.path(), &[], Arc::new(|_| ()));
    other.registry.follow().await.unwrap();
    assert_eq!(other.works("hostile"), "0.2.0");

    shop.registry.rollback("hostile", &mia()).await.unwrap();
    assert_eq!(shop.works("hostile"), "0.1.0");
    shop.registry.rollback("hostile", &mia()).await.unwrap();
    assert_eq!(shop.works("hostile"), "0.2.0", "what was taken back can be had again");
    let actions: Vec<_> = shop
        .registry
        .log()
        .await
        .unwrap()
        .iter()
        .map(|entry| entry.deed.action)
        .collect();
    assert_eq!(
        actions,
        [PluginAction::Upgrade, PluginAction::Rollback, PluginAction::Rollback]
    );
    shop.is_sound().await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_changes_naming_function_or_field() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::with(&folder, &[HOSTILE]);
    shop.line("main", "hostile", r#"{"mode":"fine"}"#).await;
    let (wasm, toml) = hostile("0.2.0");
    type Case<'a> = (&'a str, Vec<u8>, String, &'a str, &'a [&'a str]);
    let cases: Vec<Case<'_>> = vec![
        (
            "a function is missing",
            patched(&wasm, "reconcile", "reconcilx"),
            toml.clone(),
            "plugin-does-not-fit",
            &["reconcile", "build the plugin against the contract"],
        ),
        (
            "a setting that the line does not have",
            patched(&wasm, r#""required":["mode"]"#, r#""required":["text"]"#),
            toml.clone(),
            "line-does-not-fit",
            &["main", "text", "jackfield connection add"],
        ),
        (
            "a secret that the line does not have",
            wasm.clone(),
            toml.replace("meaning = ", "required = true\nmeaning = "),
            "line-does-not-fit",
            &["main", "token", "--secret"],
        ),
        (
            "it says another version than its manifest",
            made(HOSTILE.0, HOSTILE.1).0,
            toml.clone(),
            "plugin-does-not-fit",
            &["0.1.0", "0.2.0", "make them equal"],
        ),
        (
            "it is of another world",
            wasm.clone(),
            toml.replace("channel-plugin", "triage-plugin"),
            "other-world",
            &["triage-plugin", "channel-plugin"],
        ),
    ];
    for (what, wasm, toml, expected, words) in cases {
        let bytes = shop.signed(&(wasm, toml));
        // Whatever it would gain is agreed to: that is not why it is refused.
        let approve = Some(shop.registry.diff(&bytes).await.unwrap().digest().to_owned());
        let (code, why) = code(shop.registry.upgrade(&bytes, &By { approve, ..mia() }).await);
        assert_eq!(code, expected, "{what}: {why}");
        for word in words {
            assert!(why.contains(word), "{what}: {word}: {why}");
        }
        assert_eq!(shop.works("hostile"), "0.1.0", "{what}");
    }
    assert!(shop.store.plugin_installs().await.unwrap().is_empty());
    assert!(shop.store.plugin_log().await.unwrap().is_empty());
}

#[tokio::test]
async fn versions_only_go_up_and_each_means_one_package() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::with(&folder, &[HOSTILE]);
    let (wasm, toml) = hostile("0.3.0");
    shop.registry
        .upgrade(&shop.signed(&(wasm.clone(), toml.clone())), &mia())
        .await
        .unwrap();
    let refused = async |bytes: Vec<u8>| code(shop.registry.upgrade(&bytes, &mia()).await).0;
    assert_eq!(refused(shop.signed(&hostile("0.2.0"))).await, "older-version");
    assert_eq!(
        refused(shop.signed(&(wasm.clone(), toml.clone()))).await,
        "same-version"
    );
    let other = toml.replace("for tests alone", "for nobody");
    assert_eq!(refused(shop.signed(&(wasm, other))).await, "same-version");
    assert_eq!(
        code(shop.registry.install(&shop.signed(&hostile("0.4.0")), &mia()).await).0,
        "plugin-there"
    );
    assert_eq!(code(shop.registry.rollback("poster", &mia()).await).0, "plugin-unknown");
}

#[tokio::test]
async fn a_bad_upgrade_is_taken_back_by_the_rule_and_only_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::with(&folder, &[HOSTILE]);
    shop.line("main", "hostile", r#"{"mode":"fine"}"#).await;
    shop.registry
        .upgrade(&shop.signed(&hostile("0.2.0")), &mia())
        .await
        .unwrap();
    let revision = shop.plugins.revision("hostile");
    shop.registry
        .broke("hostile", revision - 1, &"main".into(), "the old one broke")
        .await;
    shop.registry
        .broke("another", revision, &"main".into(), "another broke")
        .await;
    assert_eq!(shop.works("hostile"), "0.2.0");
    shop.registry
        .broke("hostile", revision, &"main".into(), "it divided by zero")
        .await;
    assert_eq!(shop.works("hostile"), "0.1.0");
    let last = shop.registry.log().await.unwrap().pop().unwrap().deed;
    assert_eq!(
        (last.action, last.who.as_str()),
        (PluginAction::AutoRollback, "the host")
    );
    assert!(
        last.why.contains("it divided by zero") && last.why.contains("main"),
        "{}",
        last.why
    );
    let now = shop.plugins.revision("hostile");
    shop.registry.broke("hostile", now, &"main".into(), "again").await;
    assert_eq!(shop.works("hostile"), "0.1.0", "there is nothing before it");
    shop.is_sound().await;
}

#[tokio::test]
async fn a_plugin_in_use_is_not_removed_and_a_changed_file_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::with(&folder, &[]);
    let parts = made(HOSTILE.0, HOSTILE.1);
    shop.registry.install(&shop.signed(&parts), &mia()).await.unwrap();
    assert_eq!(shop.works("hostile"), "0.1.0");
    shop.line("main", "hostile", r#"{"mode":"fine"}"#).await;
    let (code_, why) = code(shop.registry.remove("hostile", &mia()).await);
    assert_eq!(code_, "plugin-in-use");
    assert!(why.contains("jackfield connection remove main"), "{why}");

    let install = shop.store.plugin_installs().await.unwrap().pop().unwrap();
    let file = shop.folder.join("plugins").join(install.current.file.unwrap());
    let whole = std::fs::read(&file).unwrap();
    let mut changed = whole.clone();
    let last = changed.len() / 2;
    changed[last] ^= 1;
    std::fs::write(&file, &changed).unwrap();
    let fresh = Shop::open(folder.path(), &[], Arc::new(|_| ()));
    fresh.registry.follow().await.unwrap();
    let why = fresh.plugins.channel("hostile").err().unwrap();
    assert!(
        why.contains("changed after it was installed") && why.contains("rollback"),
        "{why}"
    );
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(fresh.works("hostile"), "0.1.0");

    // A key that the operator takes away takes its plugins along.
    std::fs::remove_file(folder.path().join("acme.key")).unwrap();
    let strict = Shop::open(folder.path(), &[], Arc::new(|_| ()));
    strict.registry.follow().await.unwrap();
    let why = strict.plugins.channel("hostile").err().unwrap();
    assert!(why.contains("not trusted here"), "{why}");

    shop.store.remove_connection(&"main".into()).await.unwrap();
    shop.registry.remove("hostile", &mia()).await.unwrap();
    assert!(shop.plugins.channel("hostile").is_err());
    assert!(!file.exists());
    shop.is_sound().await;
}

#[test]
fn a_trusted_key_is_a_name_and_a_key() {
    let key = SigningKey::generate();
    let folder = tempfile::tempdir().unwrap();
    let config = configuration(folder.path(), &key);
    assert_eq!(
        config.plugins.trusted,
        [TrustedKey {
            name: "acme".to_owned(),
            key: key.public()
        }]
    );
    assert!(!config.plugins.allow_unsigned, "strict unless told");
}
