//! The whole host over a socket and a real file: it serves, keeps, tells, and stops when it is told to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use jackfield_server::auth::Keyring;
use jackfield_server::clock::{Clock, SystemClock};
use jackfield_server::serve::{Host, Judges, Parts};
use jackfield_store::{SqliteOptions, SqliteStore, Store};
use serde_json::{Value, json};
use stage::ask::{claims_with, config, token};
use stage::network::{Network, ToNetwork};
use stage::{LINE, record, thread_id};
use std::net::SocketAddr;
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
    let store = SqliteStore::open(&folder.join("jackfield.db"), &SqliteOptions::default()).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    store.put_connection(record(LINE)).await.unwrap();
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

/// A token of now, for a program.
fn mia() -> String {
    let now = SystemClock.now() / 1000;
    token(&claims_with(&json!({"iat": now, "exp": now + 600, "origin": null})))
}

/// Sends bytes, reads to the end.
async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A server that has refused may close before everything was read.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn ask(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, Value) {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        mia(),
        body.len()
    );
    let answer = raw(address, request.as_bytes()).await;
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_comes_in_a_reply_goes_out_and_a_stop_leaves_a_log_that_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let House { host, store, network } = house(folder.path()).await;
    let at = host.address;
    network.post("1", "a", "Where is my parcel?");
    until("listed", async || {
        ask(at, "GET", "/api/v1/conversations", "").await.1["total"] == json!(1)
    })
    .await;

    let path = format!("/api/v1/conversations/{}/commands", thread_id("a"));
    let reply = json!({"id": "r1", "command": {"do": "reply", "text": "On its way", "visibility": "public"}});
    assert_eq!(ask(at, "POST", &path, &reply.to_string()).await.0, 200);
    until("sent", async || {
        let view = ask(at, "GET", &format!("/api/v1/conversations/{}", thread_id("a")), "")
            .await
            .1;
        view["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|item| item["delivery"]["state"] == "sent")
    })
    .await;
    assert_eq!(network.published().len(), 1);
    let found = ask(at, "GET", "/api/v1/search?q=parcel", "").await.1;
    assert_eq!(found.as_array().unwrap().len(), 1);

    let begun = Instant::now();
    let feed = format!(
        "GET /api/v1/feed HTTP/1.1\r\nhost: {at}\r\nauthorization: Bearer {}\r\n\r\n",
        mia()
    );
    let reading = tokio::spawn(async move { raw(at, feed.as_bytes()).await });
    until("the feed is open", async || {
        !reading.is_finished() && begun.elapsed() > Duration::from_millis(50)
    })
    .await;
    host.stop().await;
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "a stop is bounded, an open feed too"
    );
    assert!(reading.await.unwrap().contains("event: hello"));
    assert!(TcpStream::connect(at).await.is_err(), "nobody listens any more");
    let found = store.verify().await.unwrap();
    assert_eq!(found.faults, Vec::<String>::new());
    assert!(found.seals > 0, "a stop seals");
    assert_eq!(store.rebuild(false).await.unwrap().differences, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_and_readiness_are_said_without_a_token_and_without_words_of_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let House { host, .. } = house(folder.path()).await;
    let at = host.address;
    let get = async |path: &str| {
        raw(
            at,
            format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes(),
        )
        .await
    };
    assert!(get("/healthz").await.starts_with("HTTP/1.1 200"));
    let ready = get("/readyz").await;
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    let told: Value = serde_json::from_str(ready.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(told, json!({"storage": "ok", "lines": {"healthy": 1}}), "and not whose");
    assert!(ready.to_lowercase().contains("x-content-type-options: nosniff"));
    let nothing = get("/wp-admin").await;
    assert!(
        nothing.starts_with("HTTP/1.1 404") && nothing.contains("/api/openapi.json"),
        "{nothing}"
    );
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_on_the_socket_is_refused_and_the_host_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let House { host, store, .. } = house(folder.path()).await;
    let at = host.address;
    let token = mia();
    let before = store.feed_head(&"demo".into(), &"northwind".into()).await.unwrap();
    let long = format!(
        "GET /api/v1/me HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n",
        "y".repeat(1 << 20)
    );
    let huge = format!(
        "POST /api/v1/conversations/c/commands HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n{{"
    );
    for (bytes, status) in [
        (&b"\x00\xff\xfe nonsense\r\n\r\n"[..], "400"),
        (b"GET / HTTP/9.9\r\n\r\n", "400"),
        (long.as_bytes(), "431"),
        (
            b"GET /api/v1/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer \xff\xfe\r\n\r\n",
            "401",
        ),
    ] {
        let answer = raw(at, bytes).await;
        assert!(
            answer.is_empty() || answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
    // A body that claims to be endless is refused by its claim or by its first surplus byte, never awaited for ever.
    let claim = tokio::time::timeout(Duration::from_secs(25), raw(at, huge.as_bytes()))
        .await
        .unwrap();
    assert!(claim.starts_with("HTTP/1.1 4"), "{claim}");
    assert_eq!(ask(at, "GET", "/api/v1/me", "").await.0, 200);
    assert_eq!(
        store.feed_head(&"demo".into(), &"northwind".into()).await.unwrap(),
        before
    );
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_host_on_the_same_file_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let host = Host::start(&config, false).await.unwrap();
    let why = Host::start(&config, false).await.err().unwrap();
    assert!(why.contains("another jackfield serves"), "{why}");
    host.stop().await;
    Host::start(&config, false).await.unwrap().stop().await;
}
