//! Components that were built once with a released SDK run in today's engine, for ever: `plugins/golden`.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use jackfield_engine::bindings::{Author, Content, Kind, Level, RawRequest, Subject as Message, Visibility};
use jackfield_engine::egress::{Grants, SystemResolver};
use jackfield_engine::manifest::World;
use jackfield_engine::{
    ConnectionSpec, Engine, EngineConfig, Limits, LogSink, Manifest, Secret, SystemClock, SystemRandom,
};
use jackfield_kit::{Options, Subject, run};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

const SECRET: &str = "the-secret-of-the-golden-hook";

fn golden() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../golden")
}

/// The golden components, by the version of the contract they were built for.
fn folders() -> Vec<PathBuf> {
    let sub = |folder: &Path| -> Vec<PathBuf> {
        let mut found: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        found.retain(|path| path.is_dir());
        found.sort();
        found
    };
    sub(&golden()).iter().flat_map(|version| sub(version)).collect()
}

struct Silent;
impl LogSink for Silent {
    fn line(&self, _: &str, _: Level, _: &str) {}
}

fn engine() -> Arc<Engine> {
    Engine::new(EngineConfig {
        cache: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cwasm")),
        instances: 8,
        max_memory: Limits::channel().memory.max(Limits::triage().memory),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        log: Arc::new(Silent),
        extra_roots: Vec::new(),
    })
    .unwrap()
}

fn read(folder: &Path) -> (Vec<u8>, Manifest) {
    let manifest = fs::read_to_string(folder.join("plugin.toml")).unwrap();
    (
        fs::read(folder.join("plugin.wasm")).unwrap(),
        Manifest::parse(&manifest).unwrap(),
    )
}

#[test]
fn every_released_version_has_golden_components_of_each_world() {
    let released = fs::read_to_string(golden().join("../wit/released.toml")).unwrap();
    let released: toml::Table = released.parse().unwrap();
    for version in released["version"].as_array().unwrap() {
        let name = version["folder"].as_str().unwrap();
        let of_it: Vec<PathBuf> = folders()
            .into_iter()
            .filter(|folder| folder.parent().unwrap().ends_with(name))
            .collect();
        for world in [World::ChannelPlugin, World::TriagePlugin] {
            assert!(
                of_it.iter().any(|folder| read(folder).1.world == world),
                "{name}: {world:?}"
            );
        }
        assert!(
            of_it.iter().any(|folder| folder.join("ingest.json").exists()),
            "{name}: no webhooks"
        );
    }
}

#[test]
fn every_golden_component_is_put_to_use() {
    for folder in folders() {
        let uses = ["conform.toml", "classify.json", "ingest.json"];
        assert!(
            uses.iter().any(|file| folder.join(file).exists()),
            "{}",
            folder.display()
        );
    }
}

/// Those that have a network: every case of the kit that is about what a host can count on.
#[tokio::test]
async fn golden_channels_poll_publish_and_reconcile_as_they_did() {
    let mut some = false;
    for folder in folders().iter().filter(|folder| folder.join("conform.toml").exists()) {
        let subject = Subject::open(folder, Some(&folder.join("plugin.wasm"))).unwrap();
        let options = Options {
            cache: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cwasm")),
            only: Vec::new(),
        };
        let report = Box::pin(run(&subject, &options)).await.unwrap();
        assert!(
            !report.failed() && report.grade.is_some(),
            "{}: {}",
            folder.display(),
            report.text()
        );
        some = true;
    }
    assert!(some);
}

#[derive(Deserialize)]
struct Judged {
    text: String,
    labels: Vec<String>,
}

#[test]
fn golden_judges_say_what_they_said() {
    for folder in folders().iter().filter(|folder| folder.join("classify.json").exists()) {
        let (component, manifest) = read(folder);
        let plugin = engine().load_triage(&component, manifest).unwrap();
        let mut judge = plugin.instance(Limits::triage()).unwrap();
        let cases: Vec<Judged> = serde_json::from_slice(&fs::read(folder.join("classify.json")).unwrap()).unwrap();
        assert!(!cases.is_empty());
        let messages: Vec<Message> = cases.iter().map(|case| message(&case.text)).collect();
        for (case, verdicts) in cases.iter().zip(judge.classify(&messages).unwrap()) {
            let threshold = |label: &str| {
                let labels = &plugin.description().labels;
                labels
                    .iter()
                    .find(|known| known.name == label)
                    .unwrap()
                    .suggested_threshold
            };
            let mut labels: Vec<String> = verdicts
                .into_iter()
                .filter(|verdict| verdict.margin >= threshold(&verdict.label))
                .map(|verdict| verdict.label)
                .collect();
            labels.sort();
            assert_eq!(labels, case.labels, "{}: {:?}", folder.display(), case.text);
        }
    }
}

fn message(text: &str) -> Message {
    Message {
        content: Content {
            author: Author {
                id: "1".into(),
                handle: "ana".into(),
                display_name: None,
                profile_url: None,
                reach: None,
                automated: false,
            },
            title: None,
            text: text.into(),
            spans: vec![],
            attachments: vec![],
            language: None,
            warning: None,
        },
        visibility: Visibility::Public,
        thread_age_ms: 0,
        thread_length: 1,
        answered: false,
        parent_text: None,
        brand_terms: vec![],
    }
}

#[derive(Deserialize)]
struct Sent {
    /// What `kv` holds before.
    with: BTreeMap<String, String>,
    body: String,
    /// `ID in THREAD by HANDLE: TEXT`
    gives: Vec<String>,
    writes: BTreeMap<String, String>,
    /// A header with the HMAC-SHA256 of the body under the secret, for plugins that verify by themselves.
    signed: Option<(String, String)>,
}

#[tokio::test]
async fn golden_hooks_ingest_and_verify_as_they_did() {
    for folder in folders().iter().filter(|folder| folder.join("ingest.json").exists()) {
        let (component, manifest) = read(folder);
        let plugin = engine().load_channel(&component, manifest).unwrap();
        assert!(plugin.takes_webhooks(), "{}", folder.display());
        let connection = plugin
            .connect(ConnectionSpec {
                id: "golden".to_owned(),
                settings: "{}".to_owned(),
                grants: Grants::default(),
                secrets: Secret::lines("signing-secret", SECRET, &Grants::default()).unwrap(),
                limits: Limits::channel(),
                resolver: Arc::new(SystemResolver),
                recorder: None,
            })
            .unwrap();
        let sent: Sent = serde_json::from_slice(&fs::read(folder.join("ingest.json")).unwrap()).unwrap();
        let request = |header: Option<&(String, String)>| RawRequest {
            method: "POST".to_owned(),
            path: String::new(),
            query: String::new(),
            headers: header.cloned().into_iter().collect(),
            body: sent.body.clone().into_bytes(),
            received_at: 1_795_510_800_000,
        };
        let bytes = |(key, value): (&String, &String)| (key.clone(), value.clone().into_bytes());
        let kv: Vec<_> = sent.with.iter().map(bytes).collect();
        // Asked again with what was stored before, it gives the same.
        for _ in 0..2 {
            let found = connection.ingest(request(None), kv.clone()).await.unwrap();
            let lines: Vec<String> = found
                .events
                .iter()
                .map(|event| match &event.kind {
                    Kind::Said(content) => {
                        let who = &content.author.handle;
                        format!("{} in {} by {who}: {}", event.remote_id, event.thread, content.text)
                    }
                    other => format!("{other:?}"),
                })
                .collect();
            assert_eq!(lines, sent.gives);
            let writes: Vec<_> = sent
                .writes
                .iter()
                .map(bytes)
                .map(|(key, value)| (key, Some(value)))
                .collect();
            assert_eq!(found.kv_writes, writes);
        }
        if let Some((name, value)) = &sent.signed {
            let right = (name.clone(), value.clone());
            assert_eq!(connection.verify(request(Some(&right))).await.unwrap(), Ok(()));
            let wrong = (name.clone(), value.replace('a', "b"));
            assert!(connection.verify(request(Some(&wrong))).await.unwrap().is_err());
            assert!(connection.verify(request(None)).await.unwrap().is_err());
        }
    }
}
