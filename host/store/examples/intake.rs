//! Durable intake, beside a raw SQLite insert of the same bytes with the same durability, in one run.
//!
//! `cargo run --release -p jackfield-store --example intake [-- MESSAGES] [--json]`
//!
//! Both sides write the event log's own bytes with `synchronous = FULL` and are asked by as many writers at once:
//! - floor: one table of one column, one thread, as many inserts in a transaction as the store had commits in one;
//! - floor, alone: the same with a transaction for each message;
//! - store: commits of one message each through the whole store: log, chain, projections, index of words.
#![allow(clippy::print_stdout)] // its output is its purpose

use jackfield_desk::{Command, Place, Rules, conversation_id, decide};
use jackfield_protocol::{Author, Content, FactKind, InboundFact, Visibility};
use jackfield_store::{Append, Commit, SqliteOptions, SqliteStore, Store};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Callers at once: webhooks and polls of as many connections.
const WRITERS: usize = 64;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let messages = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(20_000_usize);
    let folder = tempfile::tempdir()?;
    let appends = (0..messages).map(append).collect::<Outcome<Vec<_>>>()?;
    let bodies = appends
        .iter()
        .map(|append| Ok(serde_json::to_string(&append.events)?))
        .collect::<Outcome<Vec<_>>>()?;
    let bytes: usize = bodies.iter().map(String::len).sum();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let store = runtime.block_on(through_the_store(&folder.path().join("store.db"), appends))?;
    let floor = raw(&folder.path().join("floor.db"), &bodies, WRITERS)?;
    let alone = raw(
        &folder.path().join("alone.db"),
        bodies.get(..messages.min(2_000)).unwrap_or(&bodies),
        1,
    )?;
    let rate = |count: usize, time: Duration| count as f64 / time.as_secs_f64();
    let (store, floor, alone) = (
        rate(messages, store),
        rate(messages, floor),
        rate(messages.min(2_000), alone),
    );
    if std::env::args().any(|word| word == "--json") {
        println!(
            "{}",
            serde_json::json!({
                "what": format!("durable intake, {messages} messages, {WRITERS} writers"),
                "value": store, "unit": "/s", "floor": floor, "ratio": store / floor, "goal": ">= 0.4 x",
                "bytes": bytes, "floor_alone": alone, "ratio_alone": store / alone,
            })
        );
    } else {
        println!("durable intake, {messages} messages, {bytes} bytes, {WRITERS} writers");
        println!("  store                           {store:>9.0} a second");
        println!(
            "  raw insert, {WRITERS} in a transaction  {floor:>9.0} a second   ratio {:.2}, goal 0.4",
            store / floor
        );
        println!(
            "  raw insert, each by itself      {alone:>9.0} a second   ratio {:.2}",
            store / alone
        );
    }
    Ok(())
}

/// A mention of ordinary size that opens a conversation.
fn append(n: usize) -> Outcome<Append> {
    let author = Author {
        id: format!("10937{n}"),
        handle: format!("ana{n}@example.org"),
        display_name: Some("Ana".to_owned()),
        profile_url: Some(format!("https://example.org/@ana{n}")),
        reach: Some(120),
        automated: false,
    };
    let text =
        format!("@northwind my parcel {n} should have been here on Tuesday, and nobody picks up the phone. What now?");
    let content = Content {
        author,
        title: None,
        text,
        spans: Vec::new(),
        attachments: Vec::new(),
        language: Some("en".to_owned()),
        warning: None,
    };
    let fact = InboundFact {
        remote_id: format!("1093{n}").into(),
        revision: 0,
        at: 1_700_000_000_000 + i64::try_from(n)?,
        thread: format!("t{n}"),
        parent: None,
        visibility: Visibility::Public,
        ours: false,
        context: false,
        url: Some(format!("https://example.org/@ana{n}/1093{n}")),
        kind: FactKind::Said(Box::new(content)),
    };
    let place = Place {
        workspace: "demo".into(),
        brand: "northwind".into(),
        connection: "line".into(),
        network: "mastodon".to_owned(),
        thread: fact.thread.clone(),
    };
    let conversation = conversation_id(&place.connection, &place.thread);
    let events = decide(
        None,
        Command::Ingest {
            place,
            facts: vec![fact],
        },
        &Rules::free(),
        0,
    )?;
    Ok(Append {
        conversation,
        expected: 0,
        events,
    })
}

async fn through_the_store(path: &Path, appends: Vec<Append>) -> Outcome<Duration> {
    let store = Arc::new(SqliteStore::open(path, &SqliteOptions::default())?);
    let queue = Arc::new(std::sync::Mutex::new(appends.into_iter()));
    let begun = Instant::now();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let (store, queue) = (Arc::clone(&store), Arc::clone(&queue));
        writers.spawn(async move {
            loop {
                let next = queue.lock().map_err(|error| error.to_string())?.next();
                let Some(append) = next else { return Ok::<_, String>(()) };
                let commit = Commit {
                    now: 1,
                    appends: vec![append],
                    progress: None,
                };
                store.commit(commit).await.map_err(|error| error.to_string())?;
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    Ok(begun.elapsed())
}

fn raw(path: &Path, bodies: &[String], together: usize) -> Outcome<Duration> {
    let conn = rusqlite::Connection::open(path)?;
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    conn.execute_batch("PRAGMA synchronous = FULL; CREATE TABLE raw (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")?;
    let begun = Instant::now();
    for group in bodies.chunks(together) {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for body in group {
            conn.prepare_cached("INSERT INTO raw (body) VALUES (?1)")?
                .execute([body])?;
        }
        conn.execute_batch("COMMIT")?;
    }
    Ok(begun.elapsed())
}
