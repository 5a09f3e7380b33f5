//! What the tests of the SQLite store share.
#![allow(dead_code)] // each test takes what it needs

use jackfield_desk::{Command, Place, Rules, conversation_id, decide};
use jackfield_protocol::{CommandRequest, ConversationId, Visibility};
pub(crate) use jackfield_store::suite::said;
use jackfield_store::{Append, Commit, Committed, SqliteOptions, SqliteStore, Store, StoreError};
use std::path::Path;

pub(crate) fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, &SqliteOptions::default()).expect("the store opens")
}

pub(crate) fn refused(path: &Path) -> StoreError {
    SqliteStore::open(path, &SqliteOptions::default()).expect_err("the store does not open")
}

pub(crate) fn place(thread: &str) -> Place {
    Place {
        workspace: "demo".into(),
        brand: "northwind".into(),
        connection: "line".into(),
        network: "mastodon".to_owned(),
        thread: thread.to_owned(),
    }
}

pub(crate) fn id(thread: &str) -> ConversationId {
    let place = place(thread);
    conversation_id(&place.connection, &place.thread)
}

/// One message that arrives.
pub(crate) async fn hear(
    store: &SqliteStore,
    thread: &str,
    remote: &str,
    text: &str,
) -> Result<Vec<Committed>, StoreError> {
    let command = Command::Ingest {
        place: place(thread),
        facts: vec![said(thread, remote, 10, text)],
    };
    act(store, thread, command).await
}

pub(crate) async fn act(store: &SqliteStore, thread: &str, command: Command) -> Result<Vec<Committed>, StoreError> {
    let state = store.load(&id(thread)).await?;
    let events = decide(state.as_deref(), command, &Rules::free(), 100).expect("the desk takes it");
    let expected = state.map_or(0, |state| state.version);
    let append = Append {
        conversation: id(thread),
        expected,
        events,
    };
    store
        .commit(Commit {
            now: 100,
            appends: vec![append],
            progress: None,
        })
        .await
}

/// An agent wants something.
pub(crate) fn wish(command: &str, wish: jackfield_protocol::Command) -> Command {
    Command::Agent {
        by: "mia".into(),
        request: CommandRequest {
            id: command.into(),
            command: wish,
        },
    }
}

/// Three conversations of three messages each, with notes and replies.
pub(crate) async fn some_work(store: &SqliteStore) {
    use jackfield_protocol::Command as Wish;
    for thread in ["t0", "t1", "t2"] {
        for message in 0..3 {
            hear(
                store,
                thread,
                &format!("{thread}-{message}"),
                &format!("message {message} of {thread}"),
            )
            .await
            .expect("a message is taken in");
        }
        act(
            store,
            thread,
            wish(
                "n",
                Wish::Note {
                    text: "a regular customer".to_owned(),
                },
            ),
        )
        .await
        .expect("a note");
        let reply = Wish::Reply {
            text: "good day".to_owned(),
            visibility: Visibility::Public,
            parent: None,
        };
        act(store, thread, wish("r", reply)).await.expect("a reply");
    }
}

/// The file as a stranger with an editor reaches it: no trigger, no check.
pub(crate) fn tamper(path: &Path, sql: &str) {
    let conn = rusqlite::Connection::open(path).expect("the file opens");
    conn.execute_batch(
        "DROP TRIGGER IF EXISTS log_is_kept; DROP TRIGGER IF EXISTS log_is_final;
         DROP TRIGGER IF EXISTS seal_is_kept; DROP TRIGGER IF EXISTS seal_is_final;",
    )
    .expect("the triggers go");
    conn.execute_batch(sql).expect("the file is altered");
}
