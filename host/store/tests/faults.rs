//! Killed, and out of room: nothing that was acknowledged is lost, nothing half-written is left.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may say "this cannot be"

mod stage;

use jackfield_store::{Commit, Progress, SqliteOptions, SqliteStore, Store, StoreError};
use stage::{hear, id, open, place, said};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command as Program, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Names the file for the process that is to be killed.
const CHILD: &str = "JACKFIELD_STORE_CHILD";
const KILLS: u64 = 20;

/// This test again, as a process of its own that writes for as long as it lives.
fn start(path: &Path) -> Child {
    Program::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "killed_at_any_moment_it_keeps_what_it_acknowledged",
            "--nocapture",
        ])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Four writers, each with a line of its own: a message, its cursor and a value, over and over. Says what was acknowledged.
async fn write_for_ever(path: &Path) {
    let store = Arc::new(open(path));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4_u64 {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            let line = format!("line-{writer}");
            let mut cursor = store.cursor(&line.as_str().into()).await.unwrap();
            loop {
                let n = cursor
                    .as_deref()
                    .map_or(0, |bytes| String::from_utf8_lossy(bytes).parse::<u64>().unwrap())
                    + 1;
                let mut place = place(&format!("t{}", n % 5));
                place.connection = line.as_str().into();
                let id = jackfield_desk::conversation_id(&place.connection, &place.thread);
                let state = store.load(&id).await.unwrap();
                let expected = state.as_ref().map_or(0, |state| state.version);
                let fact = said(&place.thread, &format!("m{n}"), n.cast_signed(), "hello");
                let command = jackfield_desk::Command::Ingest {
                    place,
                    facts: vec![fact],
                };
                let events = jackfield_desk::decide(state.as_deref(), command, &Default::default(), 1).unwrap();
                assert!(!events.is_empty(), "the cursor is behind its messages");
                let to = Some(n.to_string().into_bytes());
                let kv = vec![("last".to_owned(), to.clone())];
                let progress = Progress {
                    connection: line.as_str().into(),
                    from: cursor.clone(),
                    to: to.clone(),
                    kv,
                };
                let appends = vec![jackfield_store::Append {
                    conversation: id,
                    expected,
                    events,
                }];
                store
                    .commit(Commit {
                        now: 1,
                        appends,
                        progress: Some(progress),
                    })
                    .await
                    .unwrap();
                cursor = to;
                // One write of one short line: it is there whole, or not at all.
                let mut out = std::io::stdout().lock();
                out.write_all(format!("done {writer} {n}\n").as_bytes()).unwrap();
                out.flush().unwrap();
            }
        });
    }
    // A writer never ends; where one does, it has met something that it should not.
    let ended: Option<Result<(), _>> = writers.join_next().await;
    panic!("a writer ended: {ended:?}");
}

#[test]
fn killed_at_any_moment_it_keeps_what_it_acknowledged() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Some(path) = std::env::var_os(CHILD) {
        runtime.block_on(write_for_ever(Path::new(&path)));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let mut acknowledged: BTreeMap<u64, u64> = BTreeMap::new();
    for round in 0..KILLS {
        let mut child = start(&path);
        let mut out = BufReader::new(child.stdout.take().unwrap());
        // The moment is a number of acknowledged commits, and then some microseconds into the next ones.
        let (mut left, mut line) = (1 + round * 7 % 23, String::new());
        let mut read = |line: &mut String, out: &mut BufReader<_>| {
            line.clear();
            if out.read_line(line).unwrap() == 0 {
                return None;
            }
            // The harness prints words of its own, even on the same line.
            let words = line.trim_end().rsplit_once("done ").map(|(_, words)| words.to_owned());
            if let Some((writer, n)) = words.as_deref().and_then(|words| words.split_once(' ')) {
                acknowledged.insert(writer.parse().unwrap(), n.parse().unwrap());
                return Some(true);
            }
            Some(false)
        };
        while left > 0 {
            left -= u64::from(read(&mut line, &mut out).expect("the child ended by itself"));
        }
        let moment = Instant::now() + Duration::from_micros(round * 397 % 5_000);
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        while read(&mut line, &mut out).is_some() {}

        let store = open(&path);
        runtime.block_on(async {
            for (writer, n) in &acknowledged {
                let line = format!("line-{writer}");
                let cursor = store.cursor(&line.as_str().into()).await.unwrap().unwrap();
                let kept: u64 = String::from_utf8(cursor.clone()).unwrap().parse().unwrap();
                assert!(kept >= *n, "round {round}: {line} acknowledged {n}, kept {kept}");
                assert_eq!(
                    store.kv(&line.as_str().into()).await.unwrap(),
                    [("last".to_owned(), cursor)]
                );
                let mut messages = 0;
                for thread in 0..5 {
                    let id = jackfield_desk::conversation_id(&line.as_str().into(), &format!("t{thread}"));
                    messages += store
                        .load(&id)
                        .await
                        .unwrap()
                        .map_or(0, |state| state.messages.len() as u64);
                }
                assert_eq!(
                    messages, kept,
                    "round {round}: {line} has a cursor without its messages, or the reverse"
                );
            }
            assert_eq!(
                store.verify().await.unwrap().faults,
                Vec::<String>::new(),
                "round {round}"
            );
            assert_eq!(
                store.rebuild(false).await.unwrap().differences,
                Vec::<String>::new(),
                "round {round}"
            );
        });
    }
    assert_eq!(acknowledged.len(), 4, "every writer got something done");
}

/// The file is held at its present size: the engine then says what it says on a full disk.
#[tokio::test]
async fn a_full_disk_stops_writers_alone_and_they_go_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let store = Arc::new(open(&path));
    hear(&store, "before", "b", "there was room").await.unwrap();
    store.limit_bytes(Some(0)).await.unwrap();

    let text = "x".repeat(10_000);
    let mut kept = Vec::new();
    let refused = loop {
        let thread = format!("t{}", kept.len());
        match hear(&store, &thread, &thread, &text).await {
            Ok(_) => kept.push(thread),
            Err(error) => break error,
        }
        assert!(kept.len() < 1000, "the file grows past its limit");
    };
    assert!(matches!(refused, StoreError::Full { .. }), "{refused}");
    let words = refused.to_string();
    assert!(
        words.contains("desk.db") && words.contains("free some space"),
        "{words}"
    );
    // Several at once: all are told, none is half there.
    let many = (0..8).map(|n| {
        let (store, text) = (Arc::clone(&store), text.clone());
        tokio::spawn(async move { hear(&store, &format!("many{n}"), &format!("many{n}"), &text).await })
    });
    for task in many.collect::<Vec<_>>() {
        assert!(matches!(task.await.unwrap(), Err(StoreError::Full { .. })));
    }
    // Readers go on.
    assert_eq!(store.load(&id("before")).await.unwrap().unwrap().messages.len(), 1);
    assert_eq!(
        store
            .search(&"demo".into(), &"northwind".into(), "room", 9)
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(store.load(&id("many0")).await.unwrap().is_none());
    assert_eq!(store.verify().await.unwrap().faults, Vec::<String>::new());

    store.limit_bytes(None).await.unwrap();
    hear(&store, "after", "a", "there is room again").await.unwrap();
    assert_eq!(store.verify().await.unwrap().faults, Vec::<String>::new());
    assert_eq!(store.rebuild(false).await.unwrap().differences, Vec::<String>::new());
    for thread in kept.iter().map(String::as_str).chain(["before", "after"]) {
        assert!(store.load(&id(thread)).await.unwrap().is_some(), "{thread} is gone");
    }
    drop(store);
    assert_eq!(open(&path).verify().await.unwrap().faults, Vec::<String>::new());
}

#[tokio::test]
async fn a_file_held_by_another_program_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let options = SqliteOptions {
        patience: Duration::from_millis(50),
        ..SqliteOptions::default()
    };
    let store = SqliteStore::open(&path, &options).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let held = hear(&store, "t", "1", "hello");
    let (held, read) = tokio::join!(held, store.connections());
    assert!(matches!(held, Err(StoreError::Busy { .. })), "{held:?}");
    assert!(read.is_ok(), "readers wait for nobody");
    other.execute_batch("ROLLBACK").unwrap();
    hear(&store, "t", "1", "hello").await.unwrap();
}
