//! Another version of a plugin under a line that works: calls in flight end on the old one, nothing is lost, nothing is
//! doubled, and a version that breaks is told to who can take it back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use async_trait::async_trait;
use jackfield_desk::LineRules;
use jackfield_engine::bindings::Draft;
use jackfield_engine::{BreakKind, Breakdown, CallError, Polled, PublishError, Published, Reconciled};
use jackfield_protocol::{ConnectionRecord, Health};
use jackfield_server::lines::{Channel, Opened, Opener};
use stage::network::Network;
use stage::{House, LINE, is_sent, record};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A plugin with versions, all of one network.
struct Versions {
    network: Arc<Network>,
    works: AtomicU64,
    /// This version traps.
    bad: AtomicU64,
    /// Milliseconds that a poll takes.
    slow: AtomicU64,
    /// Calls that began and ended, by version.
    calls: Mutex<Vec<(&'static str, u64)>>,
    /// What was said about a version that broke.
    told: Mutex<Vec<(u64, String)>>,
}

impl Versions {
    fn house() -> (Arc<Self>, House) {
        let mut made = None;
        let house = House::lit_by(|network| {
            let versions = Arc::new(Self {
                network: Arc::clone(network),
                works: AtomicU64::new(1),
                bad: AtomicU64::new(0),
                slow: AtomicU64::new(0),
                calls: Mutex::default(),
                told: Mutex::default(),
            });
            made = Some(Arc::clone(&versions));
            Arc::new(Known(versions))
        });
        (made.unwrap(), house)
    }

    fn put(&self, version: u64) {
        self.works.store(version, Ordering::SeqCst);
    }

    fn of(&self, version: u64) -> usize {
        self.calls
            .lock()
            .unwrap()
            .iter()
            .filter(|(what, by)| *what == "ended" && *by == version)
            .count()
    }
}

struct Known(Arc<Versions>);

#[async_trait]
impl Opener for Known {
    fn plugin(&self, _: &ConnectionRecord) -> Result<Opened, String> {
        let version = self.0.works.load(Ordering::SeqCst);
        let (open, now) = (Arc::clone(&self.0), Arc::clone(&self.0));
        Ok(Opened {
            network: "scripted".to_owned(),
            policy: LineRules {
                max_length: Some(100 * u32::try_from(version).unwrap()),
                ..LineRules::default()
            },
            open: Box::new(move || {
                let version = open.works.load(Ordering::SeqCst);
                Ok(Arc::new(Of(Arc::clone(&open), version)) as Arc<dyn Channel>)
            }),
            secrets: Box::new(Vec::new),
            version: Box::new(move || now.works.load(Ordering::SeqCst)),
        })
    }

    fn version(&self, _: &ConnectionRecord) -> u64 {
        self.0.works.load(Ordering::SeqCst)
    }

    async fn broke(&self, _: &ConnectionRecord, version: u64, why: &str) {
        if version == self.0.works.load(Ordering::SeqCst) {
            self.0.told.lock().unwrap().push((version, why.to_owned()));
            self.0.put(version - 1);
        }
    }
}

/// A connection of one version.
struct Of(Arc<Versions>, u64);

impl Of {
    async fn call<T>(&self, work: impl Future<Output = T>) -> Result<T, CallError> {
        self.0.calls.lock().unwrap().push(("began", self.1));
        tokio::time::sleep(Duration::from_millis(self.0.slow.load(Ordering::SeqCst))).await;
        if self.1 == self.0.bad.load(Ordering::SeqCst) {
            return Err(CallError::from(Breakdown {
                kind: BreakKind::Trap,
                plugin: format!("scripted 0.{}.0", self.1),
                function: "poll".to_owned(),
                detail: "it divided by zero".to_owned(),
                stack: Vec::new(),
                host_calls: Vec::new(),
            }));
        }
        let done = work.await;
        self.0.calls.lock().unwrap().push(("ended", self.1));
        Ok(done)
    }
}

#[async_trait]
impl Channel for Of {
    async fn poll(&self, cursor: Option<Vec<u8>>, kv: Vec<(String, Vec<u8>)>, most: u32) -> Result<Polled, CallError> {
        self.call(self.0.network.poll(cursor, kv, most)).await?
    }

    async fn publish(&self, draft: Draft, kv: Vec<(String, Vec<u8>)>) -> Result<Published, PublishError> {
        self.call(self.0.network.publish(draft, kv)).await?
    }

    async fn reconcile(&self, draft: Draft, kv: Vec<(String, Vec<u8>)>) -> Result<Reconciled, CallError> {
        self.call(self.0.network.reconcile(draft, kv)).await?
    }

    fn grants_used(&self) -> Vec<(String, u64)> {
        vec![(format!("v{}.example", self.1), 2)]
    }
}

async fn open() -> (Arc<Versions>, House) {
    use jackfield_store::Store;
    let (versions, mut house) = Versions::house();
    house.store.put_connection(record(LINE)).await.unwrap();
    house.start();
    (versions, house)
}

#[tokio::test(start_paused = true)]
async fn upgraded_and_rolled_back_under_load_nothing_is_lost_and_nothing_is_doubled() {
    let (versions, house) = open().await;
    versions.slow.store(40, Ordering::SeqCst);
    let mut expected = Vec::new();
    for n in 0..400_u32 {
        house
            .network
            .post(&format!("{n:03}"), &format!("t{}", n % 40), "Where is my parcel?");
        expected.push(format!("{n:03}"));
        tokio::time::sleep(Duration::from_millis(700)).await;
        if n >= 40 && n % 4 == 0 {
            let thread = format!("t{}", n % 40);
            house
                .until("the thread is there", |house| house.conversation(&thread).is_some())
                .await;
            house.reply(&thread, &format!("r{n}"), "On its way").await;
        }
        if n % 7 == 3 {
            // Upgrade, rollback, upgrade, ... at every phase of the line's turn.
            versions.put(if n % 2 == 0 { 1 } else { 2 });
        }
    }
    house
        .until("all are there", |house| house.messages().len() >= expected.len())
        .await;
    assert_eq!(house.messages(), expected, "each message once");
    for n in (40..400).filter(|n| n % 4 == 0) {
        house
            .until_reply(&format!("t{}", n % 40), &format!("r{n}"), is_sent)
            .await;
    }
    let published = house.network.published();
    let mut keys: Vec<_> = published.iter().map(|draft| draft.key.clone()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!((published.len(), keys.len()), (90, 90), "each reply once");
    assert!(
        versions.of(1) > 20 && versions.of(2) > 20,
        "both versions worked: {} {}",
        versions.of(1),
        versions.of(2)
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_in_flight_ends_on_the_version_that_it_began_with() {
    let (versions, house) = open().await;
    house.until("polled", |_| versions.of(1) > 0).await;
    versions.slow.store(20_000, Ordering::SeqCst);
    house.network.post("1", "a", "Hello?");
    let begun = || {
        versions
            .calls
            .lock()
            .unwrap()
            .iter()
            .filter(|(what, _)| *what == "began")
            .count()
    };
    let before = begun();
    house.until("a slow poll began", |_| begun() > before).await;
    versions.put(2);
    house
        .until("the message is there", |house| house.messages() == ["1"])
        .await;
    assert_eq!(versions.of(2), 0, "the old version brought it");
    house.until("the new one works", |_| versions.of(2) > 0).await;
    let calls = versions.calls.lock().unwrap().clone();
    let first = calls.iter().position(|(_, version)| *version == 2).unwrap();
    assert!(calls[first..].iter().all(|(_, version)| *version == 2), "{calls:?}");
    assert_eq!(calls[first - 1], ("ended", 1), "one call at a time: {calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_version_that_breaks_is_told_and_the_one_before_goes_on_where_it_was() {
    let (versions, house) = open().await;
    house.network.post("1", "a", "First");
    house.until("first", |house| house.messages() == ["1"]).await;
    versions.bad.store(2, Ordering::SeqCst);
    versions.put(2);
    house.network.post("2", "a", "Second");
    house.until("told", |_| !versions.told.lock().unwrap().is_empty()).await;
    let (version, why) = versions.told.lock().unwrap()[0].clone();
    assert_eq!(version, 2);
    assert!(why.contains("it divided by zero"), "{why}");
    house.until("second", |house| house.messages() == ["1", "2"]).await;
    house.until_health(Health::Healthy).await;
    assert_eq!(versions.told.lock().unwrap().len(), 1, "it is told once");
}

#[tokio::test(start_paused = true)]
async fn a_line_that_was_set_aside_works_again_with_a_repaired_version() {
    let (versions, house) = open().await;
    versions.bad.store(1, Ordering::SeqCst);
    // Nobody takes version 1 back: there is none before it that works.
    versions.put(1);
    house.network.post("1", "a", "Hello?");
    house.until("told", |_| !versions.told.lock().unwrap().is_empty()).await;
    versions.put(3);
    house.until("there", |house| house.messages() == ["1"]).await;
    house.until_health(Health::Healthy).await;
}

#[tokio::test(start_paused = true)]
async fn the_grants_that_a_line_used_are_written_down_and_the_others_listed_as_unused() {
    use jackfield_store::Store;
    let (versions, house) = open().await;
    house.until("polled", |_| versions.of(1) > 0).await;
    let line = ConnectionRecord {
        hosts: vec!["v1.example".to_owned(), "never.example".to_owned()],
        ..record(LINE)
    };
    house.store.put_connection(line).await.unwrap();
    tokio::time::sleep(Duration::from_secs(130)).await;
    let all = jackfield_server::lines::grants(house.store.as_ref()).await.unwrap();
    let told: Vec<_> = all.iter().map(|one| (one.grant.as_str(), one.times > 0)).collect();
    assert_eq!(told, [("never.example", false), ("v1.example", true)]);
}

#[tokio::test(start_paused = true)]
async fn what_may_be_written_is_the_new_version_s_word() {
    let (versions, house) = open().await;
    house.until("polled", |_| versions.of(1) > 0).await;
    assert_eq!(house.board.policy(&LINE.into()).max_length, Some(100));
    versions.put(2);
    house
        .until("learnt", |house| {
            house.board.policy(&LINE.into()).max_length == Some(200)
        })
        .await;
}
