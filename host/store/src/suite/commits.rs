//! What becomes true, together or not at all.

use super::stage::{Outcome, answer, deleted, edited, ensure, hear, id, place, said, told, wish};
use crate::{Append, Commit, Progress, Store, StoreError};
use jackfield_desk::{Command, Event, Place, Rules, decide, fold};
use jackfield_protocol::{Command as Wish, ConnectionRecord, InboundFact};
use std::sync::Arc;

/// The append that these facts make of a conversation that is not there yet.
fn opening(place: &Place, facts: Vec<InboundFact>) -> Result<Append, String> {
    let command = Command::Ingest {
        place: place.clone(),
        facts,
    };
    let events = decide(None, command, &Rules::free(), 0).map_err(told)?;
    Ok(Append {
        conversation: id(place),
        expected: 0,
        events,
    })
}

fn progress(from: Option<&[u8]>, to: Option<&[u8]>) -> Progress {
    Progress {
        connection: "line-a".into(),
        from: from.map(<[u8]>::to_vec),
        to: to.map(<[u8]>::to_vec),
        kv: Vec::new(),
    }
}

pub(super) async fn a_commit_is_read_back_as_it_was_decided(store: Arc<dyn Store>) -> Outcome {
    let place = place("a", "t");
    let mut log = hear(
        &store,
        &place,
        vec![said("t", "1", 10, "hello"), said("t", "2", 20, "again")],
        100,
    )
    .await?;
    log.extend(answer(&store, &place, "mia", "r1", "good day", 200).await?);
    let events: Vec<_> = log.iter().map(|entry| entry.recorded.clone()).collect();
    let seqs: Vec<_> = events.iter().map(|recorded| recorded.seq).collect();
    ensure!(seqs == [1, 2, 3, 4, 5], "events are numbered {seqs:?}, not 1 to 5");
    let loaded = store.load(&id(&place)).await.map_err(told)?;
    ensure!(
        loaded.as_deref() == fold(&events).as_ref(),
        "what is loaded is not what the events make: {loaded:?}"
    );
    let last = log.last().map(|entry| Arc::clone(&entry.state));
    ensure!(
        loaded == last,
        "a commit answers with another state than the one that is loaded"
    );
    ensure!(
        store.load(&"c0".into()).await.map_err(told)?.is_none(),
        "a conversation that nobody wrote is there"
    );
    Ok(())
}

pub(super) async fn an_append_to_another_version_is_a_conflict_and_changes_nothing(store: Arc<dyn Store>) -> Outcome {
    let place = place("a", "t");
    hear(&store, &place, vec![said("t", "1", 10, "hello")], 100).await?;
    let before = store.load(&id(&place)).await.map_err(told)?;
    for expected in [0, 1, 3] {
        let events = vec![Event::Taken {
            command: "x".into(),
            by: "mia".into(),
        }];
        let append = Append {
            conversation: id(&place),
            expected,
            events,
        };
        let result = store
            .commit(Commit {
                now: 200,
                appends: vec![append],
                progress: None,
            })
            .await;
        ensure!(
            matches!(result, Err(StoreError::Conflict(_))),
            "version {expected} of 2: {result:?}"
        );
    }
    ensure!(
        store.load(&id(&place)).await.map_err(told)? == before,
        "a refused append changed the conversation"
    );
    ensure!(
        store.feed_head(&"demo".into(), &"a".into()).await.map_err(told)? == 2,
        "a refused append took a number"
    );
    Ok(())
}

pub(super) async fn of_two_racing_appends_exactly_one_wins(store: Arc<dyn Store>) -> Outcome {
    let place = place("a", "t");
    hear(&store, &place, vec![said("t", "1", 10, "hello")], 100).await?;
    for round in 0..20 {
        let expected = store
            .load(&id(&place))
            .await
            .map_err(told)?
            .map_or(0, |state| state.version);
        let write = |who: &str| {
            let events = vec![Event::HandedOver {
                command: format!("{who}{round}").into(),
                by: who.into(),
                to: Some(who.into()),
                why: String::new(),
            }];
            let append = Append {
                conversation: id(&place),
                expected,
                events,
            };
            store.commit(Commit {
                now: 200,
                appends: vec![append],
                progress: None,
            })
        };
        let (a, b) = tokio::join!(write("mia"), write("bea"));
        ensure!(
            a.is_ok() != b.is_ok(),
            "round {round}: both or neither won: {a:?} and {b:?}"
        );
    }
    Ok(())
}

pub(super) async fn messages_and_cursor_become_true_together(store: Arc<dyn Store>) -> Outcome {
    let line = "line-a".into();
    let mut first = progress(None, Some(b"one"));
    first.kv = vec![("key".to_owned(), Some(b"value".to_vec()))];
    let appends = vec![opening(&place("a", "t"), vec![said("t", "1", 10, "hello")])?];
    store
        .commit(Commit {
            now: 1,
            appends,
            progress: Some(first),
        })
        .await
        .map_err(told)?;
    ensure!(
        store.cursor(&line).await.map_err(told)?.as_deref() == Some(b"one"),
        "the cursor did not move"
    );

    // A stale append takes the cursor and the values of its commit with it, and every other append.
    let stale = Append {
        expected: 7,
        ..opening(&place("a", "t"), vec![said("t", "2", 20, "more")])?
    };
    let appends = vec![opening(&place("a", "u"), vec![said("u", "3", 30, "else")])?, stale];
    let mut second = progress(Some(b"one"), Some(b"two"));
    second.kv = vec![("key".to_owned(), None)];
    let result = store
        .commit(Commit {
            now: 2,
            appends,
            progress: Some(second),
        })
        .await;
    ensure!(
        matches!(result, Err(StoreError::Conflict(_))),
        "a stale append went through: {result:?}"
    );
    ensure!(
        store.cursor(&line).await.map_err(told)?.as_deref() == Some(b"one"),
        "the cursor moved without its messages"
    );
    ensure!(
        store.kv(&line).await.map_err(told)?.len() == 1,
        "a value went without its messages"
    );
    ensure!(
        store.load(&id(&place("a", "u"))).await.map_err(told)?.is_none(),
        "half a commit became true"
    );
    Ok(())
}

pub(super) async fn a_cursor_from_elsewhere_is_a_conflict_and_stores_no_message(store: Arc<dyn Store>) -> Outcome {
    let line = "line-a".into();
    store
        .commit(Commit {
            now: 1,
            appends: Vec::new(),
            progress: Some(progress(None, Some(b"one"))),
        })
        .await
        .map_err(told)?;
    for from in [None, Some(b"other".as_slice())] {
        let appends = vec![opening(&place("a", "t"), vec![said("t", "1", 10, "hello")])?];
        let result = store
            .commit(Commit {
                now: 2,
                appends,
                progress: Some(progress(from, Some(b"two"))),
            })
            .await;
        ensure!(
            matches!(result, Err(StoreError::Conflict(_))),
            "a poll from {from:?} went through: {result:?}"
        );
    }
    ensure!(
        store.load(&id(&place("a", "t"))).await.map_err(told)?.is_none(),
        "a message came without its cursor"
    );
    // None keeps the cursor there is.
    store
        .commit(Commit {
            now: 3,
            appends: Vec::new(),
            progress: Some(progress(Some(b"one"), None)),
        })
        .await
        .map_err(told)?;
    ensure!(
        store.cursor(&line).await.map_err(told)?.as_deref() == Some(b"one"),
        "no new cursor is not \"no cursor\""
    );
    Ok(())
}

pub(super) async fn small_values_are_set_replaced_and_taken_away(store: Arc<dyn Store>) -> Outcome {
    let write = |kv: &[(&str, Option<&str>)]| {
        let kv = kv
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.map(|v| v.as_bytes().to_vec())))
            .collect();
        store.commit(Commit {
            now: 1,
            appends: Vec::new(),
            progress: Some(Progress {
                kv,
                ..progress(None, None)
            }),
        })
    };
    write(&[("b", Some("1")), ("a", Some("2")), ("c", Some(""))])
        .await
        .map_err(told)?;
    write(&[("b", Some("3")), ("a", None), ("never", None)])
        .await
        .map_err(told)?;
    let kept = store.kv(&"line-a".into()).await.map_err(told)?;
    ensure!(
        kept == [("b".to_owned(), b"3".to_vec()), ("c".to_owned(), Vec::new())],
        "kept: {kept:?}"
    );
    ensure!(
        store.kv(&"line-b".into()).await.map_err(told)?.is_empty(),
        "a connection sees another's values"
    );
    Ok(())
}

pub(super) async fn a_message_revision_is_unique_on_its_connection(store: Arc<dyn Store>) -> Outcome {
    let first = said("t", "1", 10, "hello");
    let facts = vec![first.clone(), edited(&first, 5, "hello!"), deleted(&first)];
    hear(&store, &place("a", "t"), facts, 100).await?;
    let again = said("u", "1", 10, "hello");
    for (what, fact) in [
        ("0", again.clone()),
        ("5", edited(&again, 5, "hello!")),
        ("deletion", deleted(&again)),
    ] {
        let append = opening(&place("a", "u"), vec![fact])?;
        let result = store
            .commit(Commit {
                now: 200,
                appends: vec![append],
                progress: None,
            })
            .await;
        let named = matches!(&result, Err(StoreError::Duplicate { remote_id, revision, conversation, .. })
            if remote_id.as_str() == "1" && revision == what && *conversation == id(&place("a", "t")));
        ensure!(named, "revision {what} went into a second conversation: {result:?}");
    }
    ensure!(
        store.load(&id(&place("a", "u"))).await.map_err(told)?.is_none(),
        "the second conversation is there"
    );
    // Another connection has ids of its own, and another revision is another fact.
    hear(&store, &place("b", "t"), vec![said("t", "1", 10, "hello")], 300).await?;
    hear(&store, &place("a", "t"), vec![edited(&first, 6, "hello?")], 400)
        .await
        .map(drop)
}

pub(super) async fn a_commit_that_makes_no_sense_is_refused_and_changes_nothing(store: Arc<dyn Store>) -> Outcome {
    let good = opening(&place("a", "t"), vec![said("t", "1", 10, "hello")])?;
    let cases = [
        (
            "no event",
            vec![Append {
                events: Vec::new(),
                ..good.clone()
            }],
        ),
        (
            "not opened",
            vec![Append {
                events: good.events.iter().skip(1).cloned().collect(),
                ..good.clone()
            }],
        ),
        (
            "opened twice",
            vec![Append {
                events: [good.events.clone(), good.events.clone()].concat(),
                ..good.clone()
            }],
        ),
        (
            "the id of another thread",
            vec![Append {
                conversation: id(&place("a", "u")),
                ..good.clone()
            }],
        ),
        ("one conversation twice", vec![good.clone(), good.clone()]),
    ];
    for (what, appends) in cases {
        let result = store
            .commit(Commit {
                now: 1,
                appends,
                progress: None,
            })
            .await;
        ensure!(matches!(result, Err(StoreError::Other(_))), "{what}: {result:?}");
    }
    ensure!(
        store.feed_head(&"demo".into(), &"a".into()).await.map_err(told)? == 0,
        "something was written"
    );
    Ok(())
}

pub(super) async fn commits_at_the_same_time_all_become_true(store: Arc<dyn Store>) -> Outcome {
    let mut running = Vec::new();
    for n in 0..200 {
        let (store, place) = (Arc::clone(&store), place("a", &format!("t{n}")));
        let thread = place.thread.clone();
        running.push(tokio::spawn(async move {
            hear(&store, &place, vec![said(&thread, &format!("m{n}"), n, "hello")], n).await
        }));
    }
    let mut numbers = Vec::new();
    for task in running {
        numbers.extend(task.await.map_err(told)??.into_iter().map(|entry| entry.n));
    }
    numbers.sort_unstable();
    ensure!(
        numbers == (1..=400).collect::<Vec<u64>>(),
        "feed numbers are not 1 to 400: {numbers:?}"
    );
    let total = store.list(super::stage::all("a")).await.map_err(told)?.total;
    ensure!(total == 200, "{total} conversations of 200 are there");
    Ok(())
}

pub(super) async fn connections_are_added_replaced_and_removed(store: Arc<dyn Store>) -> Outcome {
    let record = |id: &str, name: &str| ConnectionRecord {
        id: id.into(),
        workspace: "demo".into(),
        brand: "a".into(),
        plugin: "mastodon".to_owned(),
        name: name.to_owned(),
        settings: "{}".to_owned(),
        hosts: vec!["example.org".to_owned()],
        secrets: Vec::new(),
        paused: false,
        touched_at: 1,
        closing: false,
    };
    for (id, name) in [("line-b", "B"), ("line-a", "A"), ("line-b", "B, renamed")] {
        store.put_connection(record(id, name)).await.map_err(told)?;
    }
    let kept = store.connections().await.map_err(told)?;
    ensure!(
        kept == [record("line-a", "A"), record("line-b", "B, renamed")],
        "kept: {kept:?}"
    );

    let mut moved = progress(None, Some(b"one"));
    moved.kv = vec![("key".to_owned(), Some(b"value".to_vec()))];
    let appends = vec![opening(&place("a", "t"), vec![said("t", "1", 10, "hello")])?];
    store
        .commit(Commit {
            now: 1,
            appends,
            progress: Some(moved),
        })
        .await
        .map_err(told)?;
    store.remove_connection(&"line-a".into()).await.map_err(told)?;
    ensure!(
        store.connections().await.map_err(told)?.len() == 1,
        "a removed connection is there"
    );
    ensure!(
        store.cursor(&"line-a".into()).await.map_err(told)?.is_none(),
        "its cursor stayed"
    );
    ensure!(
        store.kv(&"line-a".into()).await.map_err(told)?.is_empty(),
        "its values stayed"
    );
    ensure!(
        store.load(&id(&place("a", "t"))).await.map_err(told)?.is_some(),
        "its conversations went with it"
    );
    let again = store.remove_connection(&"line-a".into()).await;
    ensure!(
        matches!(again, Err(StoreError::NotFound(_))),
        "removed twice: {again:?}"
    );
    wish(
        &store,
        &place("a", "t"),
        "mia",
        "n1",
        Wish::Note {
            text: "still here".to_owned(),
        },
        2,
    )
    .await
    .map(drop)
}
