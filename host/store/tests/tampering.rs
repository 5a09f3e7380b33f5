//! Whoever alters the file is found out, and the row is named.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may say "this cannot be"

mod stage;

use jackfield_store::Store;
use stage::{id, open, some_work, tamper};

/// A file with 21 events (7 in each of three conversations, written one after the other), sealed after the second.
async fn check(what: &str, sql: &str, named: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let store = open(&path);
    some_work(&store).await;
    store.seal(200).await.unwrap();
    stage::hear(&store, "t9", "last", "not yet sealed").await.unwrap();
    assert_eq!(
        store.verify().await.unwrap().faults,
        Vec::<String>::new(),
        "{what}: before"
    );
    drop(store);
    tamper(&path, sql);
    let faults = open(&path).verify().await.unwrap().faults;
    assert!(!faults.is_empty(), "{what}: not found");
    for name in named {
        assert!(
            faults.iter().any(|fault| fault.contains(name)),
            "{what}: {name:?} is not named in {faults:#?}"
        );
    }
}

#[tokio::test]
async fn an_altered_row_is_found_and_named() {
    let row = format!("log row 3 (conversation {}, event 3)", id("t0"));
    for (what, sql) in [
        (
            "the words",
            "UPDATE log SET body = replace(body, 'message', 'massage') WHERE id = 3",
        ),
        ("the salt", "UPDATE log SET salt = x'00' WHERE id = 3"),
        ("the time", "UPDATE log SET at = at + 1 WHERE id = 3"),
        ("the digest", "UPDATE log SET body_digest = zeroblob(32) WHERE id = 3"),
        ("the link", "UPDATE log SET hash = zeroblob(32) WHERE id = 3"),
        ("the stream", "UPDATE log SET stream = 99 WHERE id = 3"),
        ("the brand", "UPDATE log SET brand = 'other' WHERE id = 3"),
        (
            "the words taken away",
            "UPDATE log SET body = NULL, salt = NULL WHERE id = 3",
        ),
    ] {
        check(what, sql, &[&row]).await;
    }
}

#[tokio::test]
async fn rows_that_change_places_are_found_and_named() {
    let swap_words = "UPDATE log SET body = (SELECT body FROM log WHERE id = 4) WHERE id = 3";
    check("the words of another", swap_words, &["log row 3 "]).await;
    let swap =
        "UPDATE log SET id = -1 WHERE id = 3; UPDATE log SET id = 3 WHERE id = 4; UPDATE log SET id = 4 WHERE id = -1;";
    check("two rows", swap, &["log row 3 (", "event 3 is missing or out of order"]).await;
    let renumber =
        "UPDATE log SET n = -1 WHERE n = 3; UPDATE log SET n = 3 WHERE n = 4; UPDATE log SET n = 4 WHERE n = -1;";
    check(
        "two numbers of the feed",
        renumber,
        &["its feed number is 4, 3 comes next"],
    )
    .await;
}

#[tokio::test]
async fn a_row_that_is_taken_away_is_found_and_named() {
    check(
        "in the middle",
        "DELETE FROM log WHERE id = 3",
        &["log row 3 is missing", "event 3 is missing"],
    )
    .await;
    check(
        "several",
        "DELETE FROM log WHERE id IN (3, 4)",
        &["log rows 3 to 4 are missing"],
    )
    .await;
    check("the first", "DELETE FROM log WHERE id = 1", &["log row 1 is missing"]).await;
    let last = format!("conversation {}: the list knows event 2, the log ends at 1", id("t9"));
    check(
        "the last",
        "DELETE FROM log WHERE id = (SELECT max(id) FROM log)",
        &[&last],
    )
    .await;
}

#[tokio::test]
async fn a_chain_that_was_made_anew_does_not_fit_its_seal() {
    // Who knows how links are made can alter the last event of a conversation without a trace in its chain.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let store = open(&path);
    some_work(&store).await;
    store.seal(200).await.unwrap();
    drop(store);
    let digest = |parts: &[&[u8]]| {
        use sha2::{Digest as _, Sha256};
        parts
            .iter()
            .fold(Sha256::new(), |hasher, part| hasher.chain_update(part))
            .finalize()
            .to_vec()
    };
    let conn = rusqlite::Connection::open(&path).unwrap();
    let prev: Vec<u8> = conn
        .query_row("SELECT hash FROM log WHERE id = 6", [], |row| row.get(0))
        .unwrap();
    let (salt, at, body): (Vec<u8>, i64, String) = conn
        .query_row("SELECT salt, at, body FROM log WHERE id = 7", [], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })
        .unwrap();
    let forged = body.replace("good day", "go away!");
    assert_ne!(forged, body);
    let body_digest = digest(&[&salt, forged.as_bytes()]);
    let conversation = id("t0");
    let link = digest(&[
        &prev,
        &33_u64.to_be_bytes(),
        conversation.as_str().as_bytes(),
        &7_u64.to_be_bytes(),
        &at.to_be_bytes(),
        &body_digest,
    ]);
    conn.execute_batch("DROP TRIGGER log_is_final").unwrap();
    let forge = "UPDATE log SET body = ?1, body_digest = ?2, hash = ?3 WHERE id = 7";
    conn.execute(forge, rusqlite::params![forged, body_digest, link])
        .unwrap();
    drop(conn);
    let faults = open(&path).verify().await.unwrap().faults;
    assert_eq!(faults.len(), 1, "{faults:#?}");
    assert!(
        faults
            .iter()
            .all(|fault| fault.starts_with("seal 1 of workspace demo does not fit")),
        "{faults:#?}"
    );
}

#[tokio::test]
async fn an_altered_seal_is_found_and_named() {
    let seal = "seal 1 of workspace demo";
    check("its root", "UPDATE seal SET root = zeroblob(32)", &[seal]).await;
    check("its count", "UPDATE seal SET events = events - 1", &[seal]).await;
    check("its time", "UPDATE seal SET at = at + 1", &[seal]).await;
    check(
        "its workspace",
        "UPDATE seal SET workspace = 'other'",
        &["workspace demo: rows from log row 1 on are under no seal"],
    )
    .await;
    check(
        "its number",
        "UPDATE seal SET number = 2",
        &["seal 1 of workspace demo is missing"],
    )
    .await;
}

#[tokio::test]
async fn the_log_takes_no_change_but_an_erasure_and_the_chain_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let store = open(&path);
    some_work(&store).await;
    store.seal(200).await.unwrap();
    let conn = rusqlite::Connection::open(&path).unwrap();
    for sql in [
        "DELETE FROM log WHERE id = 3",
        "UPDATE log SET body = 'x' WHERE id = 3",
        "UPDATE log SET at = 0 WHERE id = 3",
        "UPDATE log SET erased = 1 WHERE id = 3",
        "UPDATE log SET erased = 1, body = NULL, salt = NULL, hash = zeroblob(32) WHERE id = 3",
        "DELETE FROM seal",
        "UPDATE seal SET events = 0",
    ] {
        let refused = conn.execute_batch(sql).expect_err(sql).to_string();
        assert!(refused.contains("only appended to"), "{sql}: {refused}");
    }
    conn.execute_batch("UPDATE log SET erased = 1, body = NULL, salt = NULL WHERE id = 3")
        .unwrap();
    let verified = store.verify().await.unwrap();
    assert_eq!(
        verified.faults,
        Vec::<String>::new(),
        "an erasure leaves the chain verifiable"
    );
    assert_eq!(verified.erased, 1, "and is told");
    // What was erased is gone from the projections once they are made anew, and from there on all is well.
    assert!(!store.rebuild(true).await.unwrap().differences.is_empty());
    assert_eq!(store.rebuild(false).await.unwrap().differences, Vec::<String>::new());
    let state = store.load(&id("t0")).await.unwrap().unwrap();
    assert_eq!((state.version, state.messages.len()), (7, 2));
    assert_eq!(
        store
            .search(&"demo".into(), &"northwind".into(), "t0", 9)
            .await
            .unwrap()
            .len(),
        2
    );
    stage::hear(&store, "t0", "t0-9", "and on it goes").await.unwrap();
    assert_eq!(store.verify().await.unwrap().faults, Vec::<String>::new());
}

#[tokio::test]
async fn projections_that_were_altered_are_named_and_mended() {
    let cases = [
        (
            "UPDATE conversation SET owner = 'eve' WHERE id = (SELECT min(id) FROM conversation)",
            "`owner` is \"eve\"",
        ),
        (
            "UPDATE conversation SET state = replace(state, 'message 1', 'message 9')",
            "`state` is not what the log makes",
        ),
        (
            "DELETE FROM message WHERE remote_id = 't1-1'",
            "`message` with connection \"line\", remote_id \"t1-1\"",
        ),
        (
            "INSERT INTO handle VALUES ('eve', 99)",
            "is there, but the log does not know it",
        ),
        ("DELETE FROM outbox", "the row of `outbox`"),
        (
            "UPDATE untriaged SET revision = 7",
            "`revision` is 7, the log makes it 0",
        ),
        ("UPDATE feed SET n = 3", "`n` is 3, the log makes it 21"),
        ("UPDATE entry SET text = 'x' WHERE key = 'n:n'", "`text` is \"x\""),
        (
            "INSERT INTO words (words) VALUES ('delete-all')",
            "the index of words does not fit",
        ),
    ];
    for (sql, named) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        let store = open(&path);
        some_work(&store).await;
        drop(store);
        tamper(&path, sql);
        let store = open(&path);
        let found = store.rebuild(false).await.unwrap().differences;
        assert!(
            found.iter().any(|difference| difference.contains(named)),
            "{sql}: {found:#?}"
        );
        assert_eq!(
            store.rebuild(false).await.unwrap().differences,
            found,
            "{sql}: looking changed something"
        );
        assert_eq!(
            store.rebuild(true).await.unwrap().differences,
            found,
            "{sql}: mending tells the same"
        );
        assert_eq!(
            store.rebuild(false).await.unwrap().differences,
            Vec::<String>::new(),
            "{sql}: not mended"
        );
        let hits = store
            .search(&"demo".into(), &"northwind".into(), "regular", 9)
            .await
            .unwrap();
        assert_eq!(hits.len(), 3, "{sql}: search is not mended");
        stage::hear(&store, "t0", "t0-9", "work goes on").await.unwrap();
        assert_eq!(
            store.rebuild(false).await.unwrap().differences,
            Vec::<String>::new(),
            "{sql}: work after it"
        );
    }
}
