//! What a network sends by itself, over a socket and into a real file: verified, durable, answered, ingested once; and
//! whoever is refused learns nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use hmac::{Hmac, KeyInit, Mac};
use jackfield_desk::conversation_id;
use jackfield_server::auth::Keyring;
use jackfield_server::clock::{Clock, SystemClock};
use jackfield_server::hooks::End;
use jackfield_server::serve::{Host, Judges, Parts};
use jackfield_store::{SqliteOptions, SqliteStore, Store};
use sha2::Sha256;
use stage::ask::config;
use stage::network::{Network, ToNetwork};
use stage::{LINE, record, thread_id};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

struct House {
    host: Host,
    store: Arc<dyn Store>,
    network: Arc<Network>,
}

async fn house(folder: &Path) -> House {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut config = config(folder);
    config.limits.poll_interval = Duration::from_millis(50);
    config.webhooks.most_bytes = 64 << 10;
    let store = SqliteStore::open(&folder.join("jackfield.db"), &SqliteOptions::default()).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    store.put_connection(record(LINE)).await.unwrap();
    store.put_connection(record("timed")).await.unwrap();
    let network = Network::new(Arc::clone(&clock));
    let parts = Parts {
        store: Arc::clone(&store),
        opener: Arc::new(ToNetwork(Arc::clone(&network))),
        registry: None,
        judges: Judges::Fixed(Vec::new()),
        keyring: Keyring::open(&config, Arc::clone(&clock)).unwrap(),
        clock,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = Host::with(&config, parts, listener, None).await.unwrap();
    House { host, store, network }
}

/// What the network would sign with its secret.
fn signature(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"webhook-secret").unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

impl House {
    /// Sends bytes; the whole answer but for its date.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.host.address).await.unwrap();
        // A server that has refused may close before everything was sent or read.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let lines = answer.split("\r\n").filter(|line| !line.starts_with("date:"));
        lines.collect::<Vec<_>>().join("\r\n")
    }

    async fn send(&self, path: &str, signature: Option<&str>, body: &[u8]) -> String {
        let signed = signature
            .map(|signature| format!("X-Signature: {signature}\r\n"))
            .unwrap_or_default();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{signed}content-length: {}\r\n\r\n",
            body.len()
        );
        self.raw(&[head.as_bytes(), body].concat()).await
    }

    fn count(&self, end: End) -> u64 {
        self.host.hooks.counts.of(end)
    }

    async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < Duration::from_secs(30), "never: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn messages(&self, thread: &str) -> usize {
        let state = self.store.load(&thread_id(thread)).await.unwrap();
        state.map_or(0, |state| state.messages.len())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_request_is_answered_with_its_length_and_becomes_a_message_once() {
    let folder = tempfile::tempdir().unwrap();
    let house = house(folder.path()).await;
    let body = b"m1 a Where is my parcel?";
    let answer = house.send("/hooks/main/deeper?x=1", Some(&signature(body)), body).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\ncontent-length: 0\r\n"), "{answer}");
    house.until("ingested", async || house.messages("a").await == 1).await;

    // The same again, as from a network that missed the answer or from somebody who overheard it.
    let again = house
        .send("/hooks/main", Some(&signature(body).to_uppercase()), body)
        .await;
    assert_eq!(again, answer);
    let other = b"m2 a Hello?";
    house.send("/hooks/main", Some(&signature(other)), other).await;
    house.until("the next", async || house.messages("a").await == 2).await;
    assert_eq!((house.count(End::Taken), house.count(End::Replayed)), (2, 1));
    let kv = house.store.kv(&LINE.into()).await.unwrap();
    let ingested = kv.iter().find(|(key, _)| key == "ingested").unwrap();
    assert_eq!(ingested.1, [2], "a replay reached the plugin");
    house.host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_gets_the_same_answer_and_is_counted_by_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let house = house(folder.path()).await;
    let body = b"m1 a Where is my parcel?";
    let right = signature(body);
    let refusals = [
        (End::Unknown, house.send("/hooks/nobody", Some(&right), body).await),
        (
            End::Tampered,
            house
                .send("/hooks/main", Some(&right), b"m1 a Where is your parcel?")
                .await,
        ),
        (
            End::Tampered,
            house.send("/hooks/main", Some(&"0".repeat(64)), body).await,
        ),
        (End::Malformed, house.send("/hooks/main", None, body).await),
        (End::Malformed, house.send("/hooks/main", Some("zz"), body).await),
        (
            End::Malformed,
            house
                .raw(b"DELETE /hooks/main HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                .await,
        ),
    ];
    for (end, answer) in &refusals {
        assert!(answer.starts_with("HTTP/1.1 404 "), "{end:?}: {answer}");
        assert!(answer.contains("\r\ncontent-length: "), "{end:?}: {answer}");
        assert_eq!(answer, &refusals[0].1, "{end:?}");
    }
    assert_eq!(
        (
            house.count(End::Unknown),
            house.count(End::Tampered),
            house.count(End::Malformed)
        ),
        (1, 2, 3)
    );

    // Too large is told before anything else, for lines that are there and lines that are not.
    let large = vec![b'x'; (64 << 10) + 1];
    let known = house.send("/hooks/main", Some(&right), &large).await;
    let unknown = house.send("/hooks/nobody", None, &large).await;
    assert!(known.is_empty() || known.starts_with("HTTP/1.1 413 "), "{known}");
    assert!(
        known.is_empty() || unknown.is_empty() || known == unknown,
        "{known} {unknown}"
    );
    // And where the length is not told beforehand.
    let chunks = [
        b"POST /hooks/main HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n10001\r\n"
            .as_slice(),
        &large,
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    house.raw(&chunks).await;
    assert_eq!(house.count(End::Oversized), 3);
    assert_eq!(house.messages("a").await, 0);
    let waiting = house
        .store
        .waiting(&LINE.into(), jackfield_store::RawId(0), 9)
        .await
        .unwrap();
    assert!(waiting.is_empty(), "something that was refused is kept");
    house.host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_signature_was_in_is_not_kept_and_the_rest_is() {
    let folder = tempfile::tempdir().unwrap();
    let house = house(folder.path()).await;
    house.network.poison(Some("m1"));
    let body = b"m1 a hello";
    let head = format!(
        "POST /hooks/main/in/here?x=%20y HTTP/1.1\r\nhost: x\r\nconnection: close\r\nX-Signature: {}\r\nCookie: a=b\r\nAuthorization: Basic eA==\r\nX-Forwarded-For: 192.0.2.1\r\nX-Event: post\r\ncontent-length: {}\r\n\r\n",
        signature(body),
        body.len()
    );
    house.raw(&[head.as_bytes(), body].concat()).await;
    let waiting = house
        .store
        .waiting(&LINE.into(), jackfield_store::RawId(0), 9)
        .await
        .unwrap();
    let request = &waiting[0].request;
    assert_eq!(
        (request.method.as_str(), request.path.as_str(), request.query.as_str()),
        ("POST", "/in/here", "x=%20y")
    );
    let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x-event", "content-length"]);
    assert_eq!(request.body, body);
    house.host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_late_is_refused_and_what_is_out_of_order_makes_the_same_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let house = house(folder.path()).await;
    let now = SystemClock.now() / 1000;
    let send = async |at: i64, body: &str| {
        let signature = signature(format!("{at}.{body}").as_bytes());
        let head = format!(
            "POST /hooks/timed HTTP/1.1\r\nhost: x\r\nconnection: close\r\nX-Signature: {signature}\r\nX-Time: {at}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        house.raw(head.as_bytes()).await
    };
    let late = send(now - 3600, "m0 a too late").await;
    assert!(late.starts_with("HTTP/1.1 404 "), "{late}");
    let early = send(now + 3600, "m0 a too early").await;
    assert_eq!(early, late);
    assert_eq!(house.count(End::Late), 2);
    for (age, body) in [(0, "m3 a third"), (20, "m1 a first"), (10, "m2 a second")] {
        let answer = send(now - age, body).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    let id = conversation_id(&"timed".into(), "a");
    house
        .until("all three", async || {
            let state = house.store.load(&id).await.unwrap();
            state.is_some_and(|state| state.messages.len() == 3)
        })
        .await;
    // The same request at another time is another request of the network; its message is one all the same.
    send(now, "m1 a first").await;
    assert_eq!(house.count(End::Replayed), 0);
    house
        .until("it to be ingested", async || {
            let waiting = house
                .store
                .waiting(&"timed".into(), jackfield_store::RawId(0), 9)
                .await
                .unwrap();
            waiting.is_empty()
        })
        .await;
    assert_eq!(house.store.load(&id).await.unwrap().unwrap().messages.len(), 3);
    house.host.stop().await;
}
