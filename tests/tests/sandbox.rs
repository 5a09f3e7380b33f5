//! The real components in the real sandbox against a network with state: what a connector must do when pages come
//! twice, answers are spoilt or lost, and the host starts again from any cursor it has.
//!
//! No server and no store here: the test plays the host with a cursor and a map, so each promise is seen by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud

use jackfield_conform::mastodon::{AccountId, NewAccount, NewPost, PostId};
use jackfield_conform::{Config, Standin};
use jackfield_engine::bindings::{Author, Content, Draft, Event, Kind, Subject, Visibility};
use jackfield_engine::egress::{Grants, SystemResolver};
use jackfield_engine::{
    CallError, ChannelConnection, ConnectionSpec, Engine, EngineConfig, Limits, Manifest, PublishError, Secret,
    SystemClock, SystemRandom, TracingSink, TriageLane,
};
use jackfield_tests::wait::{eventually, seconds};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn engine() -> Arc<Engine> {
    let config = EngineConfig {
        cache: None,
        instances: 8,
        max_memory: 64 << 20,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        log: Arc::new(TracingSink),
        extra_roots: Vec::new(),
    };
    Engine::new(config).expect("a sandbox starts")
}

fn plugin(name: &str) -> (Vec<u8>, Manifest) {
    let folder = jackfield_tests::places::dist().join("plugins").join(name);
    let manifest = std::fs::read_to_string(folder.join("plugin.toml")).expect("a manifest lies beside its component");
    let component = std::fs::read(folder.join("plugin.wasm")).expect("a component lies beside its manifest");
    (
        component,
        Manifest::parse(&manifest).expect("the bundled manifest is good"),
    )
}

/// The host's part, played by the test.
struct Line {
    standin: Standin,
    connection: ChannelConnection,
    cursor: Option<Vec<u8>>,
    kv: BTreeMap<String, Vec<u8>>,
    ana: AccountId,
}

impl Line {
    async fn new() -> Self {
        let standin = Standin::start(Config {
            people: 0,
            ..Config::default()
        })
        .await
        .expect("a stand-in starts");
        let ana = standin.with_world(|world| {
            world.add_account(
                NewAccount {
                    username: "ana".to_owned(),
                    ..NewAccount::default()
                },
                now_ms(),
            )
        });
        let (component, manifest) = plugin("mastodon");
        let grants = Grants::parse(&[format!("private:{}", standin.url())]).expect("a grant");
        let secret = Secret::new("access-token", standin.token().to_owned().into(), grants.clone()).expect("a secret");
        let spec = ConnectionSpec {
            id: "north".to_owned(),
            settings: json!({ "server": standin.url() }).to_string(),
            grants,
            secrets: vec![secret],
            // A network that is silent for a second is silent; the test has no ten seconds to spare.
            limits: Limits {
                request_time: Duration::from_secs(1),
                ..Limits::channel()
            },
            resolver: Arc::new(SystemResolver),
            recorder: None,
        };
        let plugin = engine()
            .load_channel(&component, manifest)
            .expect("the bundled plugin fits");
        let connection = plugin.connect(spec).expect("the settings fit");
        Self {
            standin,
            connection,
            cursor: None,
            kv: BTreeMap::new(),
            ana,
        }
    }

    fn kv(&self) -> Vec<(String, Vec<u8>)> {
        self.kv
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    fn keep(&mut self, writes: Vec<(String, Option<Vec<u8>>)>) {
        for (key, value) in writes {
            match value {
                Some(value) => self.kv.insert(key, value),
                None => self.kv.remove(&key),
            };
        }
    }

    /// Polls until nothing more is said to wait, keeping batch, cursor and values together as the host does.
    async fn poll(&mut self) -> Result<Vec<Event>, CallError> {
        let mut events = Vec::new();
        loop {
            let polled = self.connection.poll(self.cursor.clone(), self.kv(), 200).await?;
            self.cursor = polled.cursor.or(self.cursor.take());
            self.keep(polled.kv_writes);
            events.extend(polled.events);
            if !polled.more {
                return Ok(events);
            }
        }
    }

    /// Polls until an event is as wanted: the connector looks at what it knows again after some seconds.
    async fn until(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        eventually(what, seconds(60), async || {
            let found = self.poll().await.map_err(|e| e.to_string())?;
            found.into_iter().find(&wanted).ok_or_else(|| "not yet".to_owned())
        })
        .await
    }

    fn say(&self, text: &str) -> PostId {
        self.standin
            .with_world(|world| world.publish(self.ana, NewPost::public(text), None, now_ms()))
            .expect("it is short")
    }

    async fn fault(&self, fault: Value) {
        let url = format!("{}/_standin/faults", self.standin.url());
        let answer = jackfield_tests::http()
            .post(url)
            .json(&fault)
            .send()
            .await
            .expect("the stand-in answers");
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap_or_default()
        );
    }

    /// Texts that the brand has published, with what they answer.
    fn published(&self) -> Vec<(String, Option<PostId>)> {
        self.standin.with_world(|world| {
            let brand = world.by_acct("northwind").expect("the brand lives there").id;
            world
                .posts()
                .filter(|p| p.author == brand)
                .map(|p| (p.now().text, p.in_reply_to))
                .collect()
        })
    }
}

fn texts(events: &[Event]) -> Vec<&str> {
    let said = events.iter().filter_map(|event| match &event.kind {
        Kind::Said(content) => Some(content.text.as_str()),
        _ => None,
    });
    said.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_goes_on_from_any_cursor_and_a_page_that_comes_twice_adds_nothing_new() {
    let mut line = Line::new().await;
    let account = line.connection.check().await.expect("the token is good");
    assert!(account.contains("northwind"), "{account}");
    line.say("@northwind one");
    line.say("@northwind two");
    assert_eq!(texts(&line.poll().await.unwrap()), ["@northwind one", "@northwind two"]);

    // From the same cursor the same answer: a host that died before its commit asks again.
    line.say("@northwind three");
    let (cursor, kv) = (line.cursor.clone(), line.kv.clone());
    let first = line.poll().await.unwrap();
    (line.cursor, line.kv) = (cursor, kv);
    line.connection.rest().await; // and with a fresh instance, as after a start
    let again = line.poll().await.unwrap();
    assert_eq!(texts(&first), ["@northwind three"]);
    let pairs = |events: &[Event]| {
        events
            .iter()
            .map(|e| (e.remote_id.clone(), e.revision))
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(pairs(&first), pairs(&again), "nothing kept in memory was needed");

    // A server that hands out an old page makes no message new, and hides none for good.
    line.say("@northwind four");
    line.fault(json!({"kind": "duplicate-page", "method": "GET", "path": "/api/v1/notifications"}))
        .await;
    let mut known = pairs(&first);
    let mut fresh: Vec<Event> = Vec::new();
    for _ in 0..3 {
        let found = line.poll().await.unwrap();
        fresh.extend(
            found
                .into_iter()
                .filter(|e| known.insert((e.remote_id.clone(), e.revision))),
        );
    }
    let fresh = texts(&fresh).into_iter().filter(|t| t.contains("four")).count();
    assert_eq!(fresh, 1, "once, in spite of the page that came twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edits_arrive_as_revisions_and_deletions_as_such() {
    let mut line = Line::new().await;
    let id = line.say("@northwind brokn");
    let posted = line.until("the post", |e| e.remote_id == id.0.to_string()).await;
    let ana = line.ana;
    line.standin
        .with_world(|world| world.edit(ana, id, "@northwind broken", "", now_ms()))
        .expect("her own post");
    let edited = line
        .until("the edit", |e| {
            e.remote_id == id.0.to_string() && e.revision > posted.revision
        })
        .await;
    assert_eq!(texts(std::slice::from_ref(&edited)), ["@northwind broken"]);
    assert_eq!((edited.thread.as_str(), edited.ours), (posted.thread.as_str(), false));
    line.standin
        .with_world(|world| world.delete(ana, id, now_ms()))
        .expect("her own post");
    let gone = line.until("the deletion", |e| matches!(e.kind, Kind::Deleted)).await;
    assert_eq!((gone.remote_id, gone.thread), (id.0.to_string(), posted.thread));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_an_answer_reconcile_tells_and_a_second_try_posts_nothing_twice() {
    let mut line = Line::new().await;
    let id = line.say("@northwind where is it?");
    let mention = line.until("the mention", |e| e.remote_id == id.0.to_string()).await;
    let path = "/api/v1/statuses";
    // (what goes wrong, whether the network has the post all the same)
    let faults = [
        (
            json!({"kind": "ratelimit", "method": "POST", "path": path, "retry_after": 1}),
            false,
        ),
        (
            json!({"kind": "status", "status": 503, "method": "POST", "path": path}),
            false,
        ),
        (json!({"kind": "malformed", "method": "POST", "path": path}), false),
        (
            json!({"kind": "timeout", "ms": 3000, "method": "POST", "path": path}),
            false,
        ),
        (json!({"kind": "cut-body", "method": "POST", "path": path}), true),
        (
            json!({"kind": "accept-then-timeout", "ms": 3000, "method": "POST", "path": path}),
            true,
        ),
    ];
    for (n, (fault, arrived)) in faults.into_iter().enumerate() {
        let draft = Draft {
            key: format!("00000000-0000-4000-8000-{n:012}"),
            thread: Some(mention.thread.clone()),
            parent: Some(mention.remote_id.clone()),
            visibility: Visibility::Public,
            text: format!("Answer {n}: on its way."),
            language: None,
            asked_at: now_ms(),
            attachments: Vec::new(),
        };
        line.fault(fault.clone()).await;
        let failed = line.connection.publish(draft.clone(), line.kv()).await;
        assert!(
            matches!(failed, Err(PublishError::Call(CallError::Later { .. }))),
            "{fault}: {failed:?}"
        );
        let found = line
            .connection
            .reconcile(draft.clone(), line.kv())
            .await
            .expect("the network answers again");
        line.keep(found.kv_writes);
        assert_eq!(found.receipt.is_some(), arrived, "{fault}");
        // Sent again it is there once, and the receipt is the same.
        let published = line
            .connection
            .publish(draft.clone(), line.kv())
            .await
            .expect("it is well again");
        line.keep(published.kv_writes);
        if let Some(receipt) = found.receipt {
            assert_eq!(receipt.remote_id, published.receipt.remote_id, "{fault}");
        }
        let own: Vec<_> = line
            .published()
            .into_iter()
            .filter(|(text, _)| *text == draft.text)
            .collect();
        assert_eq!(own, [(draft.text, Some(id))], "{fault}");
    }
    // What we published comes back as ours, each once, in the thread of the mention.
    let mut ours = BTreeSet::new();
    eventually("our own posts to come back", seconds(30), async || {
        for event in line
            .poll()
            .await
            .map_err(|e| e.to_string())?
            .into_iter()
            .filter(|e| e.ours)
        {
            assert_eq!(event.thread, mention.thread);
            ours.insert(event.remote_id);
        }
        if ours.len() == 6 {
            Ok(())
        } else {
            Err(format!("{} of 6", ours.len()))
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_triage_lane_judges_with_the_bundled_keywords_and_gives_its_reason() {
    let (component, manifest) = plugin("keywords");
    let judge = engine()
        .load_triage(&component, manifest)
        .expect("the bundled plugin fits");
    let labels: BTreeSet<String> = judge
        .description()
        .labels
        .iter()
        .map(|label| label.name.clone())
        .collect();
    let lane = TriageLane::new(judge, Limits::triage(), 1).expect("one thread");
    let texts = [
        "@northwind where is my parcel?",
        "@northwind thank you so much!",
        "lalala",
    ];
    let verdicts = lane
        .classify(texts.iter().map(|text| subject(text)).collect())
        .await
        .expect("it judges");
    assert_eq!(verdicts.len(), texts.len(), "one list for each message");
    let surest = |n: usize| verdicts[n].iter().max_by(|a, b| a.margin.total_cmp(&b.margin));
    assert_eq!(surest(0).map(|v| v.label.as_str()), Some("question"));
    assert_eq!(surest(1).map(|v| v.label.as_str()), Some("thanks"));
    assert!(
        verdicts[2].is_empty(),
        "nothing speaks, so it abstains: {:?}",
        verdicts[2]
    );
    for (text, list) in texts.iter().zip(&verdicts) {
        for verdict in list {
            assert!(labels.contains(&verdict.label));
            let (start, end) = verdict.because.expect("a reason");
            assert!(
                text.get(start as usize..end as usize)
                    .is_some_and(|reason| !reason.is_empty())
            );
        }
    }
}

fn subject(text: &str) -> Subject {
    let author = Author {
        id: "1".to_owned(),
        handle: "ana".to_owned(),
        display_name: None,
        profile_url: None,
        reach: None,
        automated: false,
    };
    let content = Content {
        author,
        title: None,
        text: text.to_owned(),
        spans: Vec::new(),
        attachments: Vec::new(),
        language: None,
        warning: None,
    };
    Subject {
        content,
        visibility: Visibility::Public,
        thread_age_ms: 0,
        thread_length: 1,
        answered: false,
        parent_text: None,
        brand_terms: vec!["northwind".to_owned()],
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is past 1970");
    u64::try_from(since.as_millis()).expect("it fits")
}
