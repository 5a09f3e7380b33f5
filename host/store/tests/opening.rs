//! Which files are opened, and what is said of the others. A file that is not opened is not touched.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod stage;

use jackfield_store::{SqliteOptions, SqliteStore, Store, StoreError};
use stage::{hear, id, open, refused, some_work, tamper};
use std::path::Path;

async fn filled(path: &Path) {
    some_work(&open(path)).await;
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    filled(&path).await;
    let files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(files, ["desk.db"], "a store that is closed is one file");
    let store = open(&path);
    assert_eq!(store.load(&id("t0")).await.unwrap().unwrap().messages.len(), 3);
    assert_eq!(store.rebuild(false).await.unwrap().differences, Vec::<String>::new());
}

#[test]
fn a_file_that_is_not_there_is_made_only_where_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let found = SqliteStore::open(
        &path,
        &SqliteOptions {
            create: false,
            ..SqliteOptions::default()
        },
    )
    .unwrap_err();
    assert!(
        matches!(&found, StoreError::NotFound(_)) && found.to_string().contains("jackfield init"),
        "{found}"
    );
    assert!(!path.exists());
    std::fs::write(&path, "").unwrap();
    let found = SqliteStore::open(
        &path,
        &SqliteOptions {
            create: false,
            ..SqliteOptions::default()
        },
    )
    .unwrap_err();
    assert!(
        matches!(&found, StoreError::Corrupt { detail, .. } if detail == "it is empty"),
        "{found}"
    );
    let found = refused(&folder.path().join("none").join("desk.db"));
    assert!(found.to_string().contains("the folder must exist"), "{found}");
    drop(open(&path));
    assert!(path.exists());
}

#[test]
fn files_that_are_not_ours_are_told_apart_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    std::fs::write(&path, "this is a letter, not a database. ".repeat(100)).unwrap();
    let letter = std::fs::read(&path).unwrap();
    let found = refused(&path);
    assert!(matches!(found, StoreError::Corrupt { .. }), "{found}");
    assert!(found.to_string().contains("not a SQLite file"), "{found}");
    assert_eq!(std::fs::read(&path).unwrap(), letter);

    let path = folder.path().join("other.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE recipe (name)")
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    let found = refused(&path);
    assert!(found.to_string().contains("another program"), "{found}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_of_a_newer_jackfield_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    filled(&path).await;
    tamper(&path, "PRAGMA user_version = 99");
    let before = std::fs::read(&path).unwrap();
    let found = refused(&path);
    assert!(matches!(found, StoreError::TooNew { found: 99, .. }), "{found}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn projections_of_another_shape_are_made_anew_from_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    filled(&path).await;
    tamper(
        &path,
        "UPDATE meta SET value = 0; DROP TABLE outbox; ALTER TABLE conversation RENAME COLUMN owner TO had;",
    );
    let store = open(&path);
    assert_eq!(store.rebuild(false).await.unwrap().differences, Vec::<String>::new());
    assert_eq!(
        store
            .search(&"demo".into(), &"northwind".into(), "regular", 9)
            .await
            .unwrap()
            .len(),
        3
    );
    assert_eq!(store.outbox(&"line".into(), 1000, 9).await.unwrap().len(), 3);
}

/// Flips bytes all over the file. Each time the file is refused as damaged and not touched, or the damage is found by
/// `verify` or `rebuild`, or the bytes were not in use: then everything is as it was.
#[tokio::test]
async fn flipped_bytes_are_found_and_a_refused_file_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    filled(&whole).await;
    let bytes = std::fs::read(&whole).unwrap();
    let (mut refusals, mut found) = (0, 0);
    // A step that is no part of a page, or it would be the same places of each.
    for at in (0..bytes.len()).step_by(bytes.len() / 250 + 1) {
        let path = folder.path().join("flipped.db");
        let mut flipped = bytes.clone();
        let end = (at + 16).min(flipped.len());
        flipped[at..end].iter_mut().for_each(|byte| *byte ^= 0xa5);
        std::fs::write(&path, &flipped).unwrap();
        match SqliteStore::open(&path, &SqliteOptions::default()) {
            Err(error) => {
                refusals += 1;
                let named = error.to_string();
                let ours = matches!(
                    error,
                    StoreError::Corrupt { .. } | StoreError::TooNew { .. } | StoreError::Other(_)
                );
                assert!(ours && named.contains("flipped.db"), "bytes {at}: {named}");
                assert!(
                    std::fs::read(&path).unwrap() == flipped,
                    "bytes {at}: a refused file was written"
                );
            }
            Ok(store) => {
                let read = match (store.verify().await, store.rebuild(false).await) {
                    (Ok(verified), Ok(rebuilt)) => [verified.faults, rebuilt.differences].concat(),
                    (Err(error), _) | (_, Err(error)) => {
                        assert!(matches!(error, StoreError::Corrupt { .. }), "bytes {at}: {error}");
                        vec![error.to_string()]
                    }
                };
                found += usize::from(!read.is_empty());
                if read.is_empty() {
                    drop(store);
                    let store = open(&path);
                    let all = open(&whole);
                    for thread in ["t0", "t1", "t2"] {
                        let (a, b) = (
                            store.load(&id(thread)).await.unwrap(),
                            all.load(&id(thread)).await.unwrap(),
                        );
                        assert_eq!(a, b, "bytes {at}: changed and not found");
                    }
                }
            }
        }
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.path().join(format!("flipped.db{ending}")));
        }
    }
    assert!(
        refusals >= 3 && found >= 5,
        "{refusals} refused, {found} found: the test reaches too little"
    );
}

#[tokio::test]
async fn a_cut_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    filled(&path).await;
    let bytes = std::fs::read(&path).unwrap();
    for cut in [1, 100, 512, bytes.len() / 2, bytes.len() - 1000] {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let found = refused(&path);
        assert!(matches!(found, StoreError::Corrupt { .. }), "cut at {cut}: {found}");
        assert!(found.to_string().contains("newest backup"), "{found}");
        assert!(
            std::fs::read(&path).unwrap() == bytes[..cut],
            "cut at {cut}: it was written"
        );
    }
}

#[tokio::test]
async fn a_backup_is_whole_while_work_goes_on_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = std::sync::Arc::new(open(&folder.path().join("desk.db")));
    some_work(&store).await;
    let (busy, to) = (std::sync::Arc::clone(&store), folder.path().join("copy.db"));
    let work = tokio::spawn(async move {
        for n in 0..50 {
            hear(&busy, "busy", &format!("b{n}"), "while it is copied")
                .await
                .unwrap();
        }
    });
    store.backup(&to).await.unwrap();
    work.await.unwrap();
    let again = store.backup(&to).await.unwrap_err();
    assert!(again.to_string().contains("is there already"), "{again}");
    let mut files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|f| f.unwrap().file_name())
        .collect();
    files.retain(|name| name.to_string_lossy().starts_with("copy"));
    assert_eq!(files, ["copy.db"], "the copy is one file");
    let copy = open(&to);
    let verified = copy.verify().await.unwrap();
    assert!(verified.faults.is_empty() && verified.events >= 21, "{verified:?}");
    assert_eq!(copy.rebuild(false).await.unwrap().differences, Vec::<String>::new());
    assert_eq!(
        copy.load(&id("t0")).await.unwrap(),
        store.load(&id("t0")).await.unwrap()
    );
}
