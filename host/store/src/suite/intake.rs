//! Raw input: kept once, ingested once, never lost between the two.

use super::stage::{Outcome, ensure, id, place, said, told};
use crate::{Append, Commit, Kept, NewRaw, Progress, RawId, RawKind, RawRequest, Reason, Store, StoreError, Which};
use jackfield_desk::{Command, Rules, decide};
use jackfield_protocol::Millis;
use std::sync::Arc;

const LINE: &str = "line-a";

fn raw(line: &str, mark: &str, received_at: Millis) -> NewRaw {
    NewRaw {
        connection: line.into(),
        received_at,
        mark: mark.as_bytes().to_vec(),
        kind: RawKind::Request,
        request: RawRequest {
            method: "POST".to_owned(),
            path: "/x".to_owned(),
            query: "a=1".to_owned(),
            headers: vec![("x-a".to_owned(), "1".to_owned()), ("x-a".to_owned(), "2".to_owned())],
            body: vec![0, 255, 10],
        },
    }
}

async fn kept(store: &Arc<dyn Store>, raw: NewRaw) -> Result<RawId, String> {
    match store.keep(raw).await.map_err(told)? {
        Kept::New(id) => Ok(id),
        Kept::Known => Err("something new was taken for something known".to_owned()),
    }
}

async fn waiting(store: &Arc<dyn Store>, line: &str) -> Result<Vec<RawId>, String> {
    let all = store.waiting(&line.into(), RawId(0), 100).await.map_err(told)?;
    Ok(all.iter().map(|raw| raw.id).collect())
}

/// A message in a thread of its own, and a small value along with it.
fn commit(remote: &str) -> Result<Commit, String> {
    let place = place("a", remote);
    let command = Command::Ingest {
        place: place.clone(),
        facts: vec![said(remote, remote, 10, "hello")],
    };
    let events = decide(None, command, &Rules::free(), 0).map_err(told)?;
    Ok(Commit {
        now: 1,
        appends: vec![Append {
            conversation: id(&place),
            expected: 0,
            events,
        }],
        progress: Some(Progress {
            connection: LINE.into(),
            from: None,
            to: None,
            kv: vec![("seen".to_owned(), Some(remote.as_bytes().to_vec()))],
        }),
    })
}

pub(super) async fn raw_input_is_kept_once_and_waits_in_order_of_arrival(store: Arc<dyn Store>) -> Outcome {
    let first = kept(&store, raw(LINE, "1", 10)).await?;
    let second = kept(&store, raw(LINE, "2", 5)).await?;
    let other = kept(&store, raw("line-b", "1", 10)).await?;
    let again = store.keep(raw(LINE, "1", 99)).await.map_err(told)?;
    ensure!(again == Kept::Known, "the same request was kept twice");
    ensure!(
        waiting(&store, LINE).await? == [first, second],
        "a line's input is not in its order of arrival"
    );
    ensure!(
        waiting(&store, "line-b").await? == [other],
        "lines see each other's input"
    );
    let backlog = store.backlog().await.map_err(told)?;
    let backlog: Vec<_> = backlog
        .iter()
        .map(|one| (one.connection.as_str(), one.waiting, one.oldest_at))
        .collect();
    ensure!(
        backlog == [(LINE, 2, 5), ("line-b", 1, 10)],
        "what waits is counted as {backlog:?}"
    );
    let behind = store.waiting(&LINE.into(), first, 100).await.map_err(told)?;
    ensure!(
        behind.len() == 1,
        "what is behind a number holds {} inputs",
        behind.len()
    );
    let all = store.waiting(&LINE.into(), RawId(0), 1).await.map_err(told)?;
    let same = all
        .first()
        .is_some_and(|kept| kept.request == raw(LINE, "1", 10).request && kept.received_at == 10);
    ensure!(same, "input is not given back as it came: {all:?}");
    Ok(())
}

pub(super) async fn messages_and_the_end_of_their_input_become_true_together(store: Arc<dyn Store>) -> Outcome {
    let first = kept(&store, raw(LINE, "1", 10)).await?;
    // A commit that is refused leaves the input waiting.
    let mut stale = commit("m")?;
    stale.appends.iter_mut().for_each(|append| append.expected = 7);
    let refused = store.commit_ingested(stale, first).await;
    ensure!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "a stale append went through: {refused:?}"
    );
    ensure!(
        waiting(&store, LINE).await? == [first],
        "input is done without its messages"
    );

    let committed = store.commit_ingested(commit("m")?, first).await.map_err(told)?;
    ensure!(committed.len() == 2, "{} events instead of two", committed.len());
    ensure!(
        waiting(&store, LINE).await?.is_empty(),
        "input that is done still waits"
    );
    let kv = store.kv(&LINE.into()).await.map_err(told)?;
    ensure!(kv == [("seen".to_owned(), b"m".to_vec())], "the values are {kv:?}");

    // The same input a second time, as after a crash that nobody heard of: nothing of it becomes true.
    let twice = store.commit_ingested(commit("n")?, first).await;
    ensure!(
        matches!(twice, Err(StoreError::NotFound(_))),
        "input was ingested twice: {twice:?}"
    );
    let there = store.load(&id(&place("a", "n"))).await.map_err(told)?;
    ensure!(there.is_none(), "a message of input that was done came in");
    Ok(())
}

pub(super) async fn what_fails_is_set_aside_with_its_reason_and_goes_on_when_asked(store: Arc<dyn Store>) -> Outcome {
    let first = kept(&store, raw(LINE, "1", 10)).await?;
    let reason = Reason {
        words: "it broke".to_owned(),
        host_calls: vec!["kv.get".to_owned()],
        stack: vec!["parse".to_owned()],
    };
    store.failed(first, reason.clone(), false).await.map_err(told)?;
    let tries = store.waiting(&LINE.into(), RawId(0), 9).await.map_err(told)?;
    ensure!(
        tries.first().map(|raw| raw.tries) == Some(1),
        "a failed try is not counted: {tries:?}"
    );
    store.failed(first, reason.clone(), true).await.map_err(told)?;
    ensure!(
        waiting(&store, LINE).await?.is_empty(),
        "what was set aside still waits"
    );
    ensure!(
        store.keep(raw(LINE, "1", 99)).await.map_err(told)? == Kept::Known,
        "what was set aside is forgotten"
    );

    // Facts that a poll brought along are set aside together with the rest of their batch.
    let facts = NewRaw {
        kind: RawKind::Facts,
        ..raw(LINE, "facts", 20)
    };
    store
        .commit_aside(commit("m")?, facts, reason.clone())
        .await
        .map_err(told)?;
    let aside = store.set_aside(Some(&LINE.into())).await.map_err(told)?;
    let shown: Vec<_> = aside.iter().map(|one| (one.kind, one.tries, one.bytes)).collect();
    ensure!(
        shown == [(RawKind::Request, 2, 3), (RawKind::Facts, 1, 3)],
        "set aside is {aside:?}"
    );
    ensure!(
        aside.iter().all(|one| one.reason == reason),
        "a reason is lost: {aside:?}"
    );
    ensure!(
        store.set_aside(Some(&"line-b".into())).await.map_err(told)?.is_empty(),
        "lines see what others set aside"
    );
    ensure!(
        store.set_aside(None).await.map_err(told)? == aside,
        "of all lines it is something else"
    );

    let which = |items| Which::SetAside {
        connection: None,
        items,
    };
    ensure!(
        store.again(which(vec![RawId(999)])).await.map_err(told)? == 0,
        "a number that is not there was found"
    );
    ensure!(
        store.again(which(vec![first])).await.map_err(told)? == 1,
        "it does not go on"
    );
    let tries = store.waiting(&LINE.into(), RawId(0), 9).await.map_err(told)?;
    ensure!(
        tries.iter().map(|raw| (raw.id, raw.tries)).collect::<Vec<_>>() == [(first, 0)],
        "{tries:?}"
    );
    ensure!(
        store.drop_aside(None, Vec::new()).await.map_err(told)? == 1,
        "what was set aside is not dropped"
    );
    ensure!(
        waiting(&store, LINE).await? == [first],
        "something that waits was dropped"
    );
    Ok(())
}

pub(super) async fn a_span_of_time_is_ingested_again_and_nothing_else(store: Arc<dyn Store>) -> Outcome {
    let mut ids = Vec::new();
    for (mark, at) in [("1", 10), ("2", 20), ("3", 30)] {
        let id = kept(&store, raw(LINE, mark, at)).await?;
        store.commit_ingested(commit(mark)?, id).await.map_err(told)?;
        ids.push(id);
    }
    let other = kept(&store, raw("line-b", "2", 20)).await?;
    store.failed(other, Reason::default(), true).await.map_err(told)?;
    let range = |from, to| Which::Range {
        connection: LINE.into(),
        from,
        to,
    };
    let counted = store.count(range(20, 30)).await.map_err(told)?;
    ensure!((counted.all, counted.done) == (2, 2), "{counted:?}");
    ensure!(waiting(&store, LINE).await?.is_empty(), "counting changed something");
    ensure!(store.again(range(20, 30)).await.map_err(told)? == 2, "not two");
    let now = waiting(&store, LINE).await?;
    ensure!(Some(now.as_slice()) == ids.get(1..), "{now:?} wait");
    ensure!(
        waiting(&store, "line-b").await?.is_empty(),
        "another line's input goes on"
    );
    Ok(())
}

pub(super) async fn only_old_input_that_is_done_is_forgotten(store: Arc<dyn Store>) -> Outcome {
    for (mark, at) in [("1", 10), ("2", 20), ("3", 30)] {
        let id = kept(&store, raw(LINE, mark, at)).await?;
        store.commit_ingested(commit(mark)?, id).await.map_err(told)?;
    }
    let waits = kept(&store, raw(LINE, "4", 5)).await?;
    let aside = kept(&store, raw(LINE, "5", 5)).await?;
    store.failed(aside, Reason::default(), true).await.map_err(told)?;
    ensure!(
        store.forget(30, 1).await.map_err(told)? == 1,
        "it forgets more than it was told"
    );
    ensure!(
        store.forget(30, 100).await.map_err(told)? == 1,
        "it forgets what is young, waits or is set aside"
    );
    ensure!(waiting(&store, LINE).await? == [waits], "what waits is gone");
    ensure!(
        store.set_aside(None).await.map_err(told)?.len() == 1,
        "what was set aside is gone"
    );
    ensure!(
        store.keep(raw(LINE, "3", 40)).await.map_err(told)? == Kept::Known,
        "what is young is forgotten"
    );
    Ok(())
}
