//! What is next: for those who listen, for the outbox, for triage.

use super::stage::{Outcome, act, answer, deleted, edited, ensure, hear, id, place, said, told, verdict, wish};
use crate::{OutboxState, Store};
use jackfield_desk::Command;
use jackfield_desk::authority::Writer;
use jackfield_protocol::{Command as Wish, Millis, WorkAct, WorkRequest};
use std::sync::Arc;

pub(super) async fn a_feed_is_numbered_without_gaps_and_resumes_anywhere(store: Arc<dyn Store>) -> Outcome {
    let mut told_of = Vec::new();
    for n in 0..6 {
        for brand in ["a", "b"] {
            let thread = format!("t{}", n % 2);
            let facts = vec![said(&thread, &format!("m{n}"), n, "hello")];
            told_of.extend(hear(&store, &place(brand, &thread), facts, 100 + n).await?);
        }
    }
    for brand in ["a", "b"] {
        let (workspace, brand) = ("demo".into(), brand.into());
        let sent: Vec<_> = told_of.iter().filter(|entry| entry.brand == brand).collect();
        let head = store.feed_head(&workspace, &brand).await.map_err(told)?;
        ensure!(
            head == sent.len() as u64,
            "brand {brand}: the head is {head} after {} events",
            sent.len()
        );
        for after in 0..=head {
            let feed = store.feed(&workspace, &brand, after, 3).await.map_err(told)?;
            let numbers: Vec<_> = feed.iter().map(|entry| entry.n).collect();
            let expected: Vec<_> = (after + 1..=head).take(3).collect();
            ensure!(numbers == expected, "brand {brand} after {after}: {numbers:?}");
            for entry in feed {
                let first = sent
                    .iter()
                    .find(|sent| sent.n == entry.n)
                    .map(|sent| (&sent.conversation, &sent.recorded));
                let same = first == Some((&entry.conversation, &entry.recorded));
                ensure!(
                    same,
                    "number {} is another event than the one that was told of",
                    entry.n
                );
                let now = store.load(&entry.conversation).await.map_err(told)?;
                ensure!(
                    now.as_ref() == Some(&entry.state),
                    "number {} comes with an old state",
                    entry.n
                );
            }
        }
        let beyond = store.feed(&workspace, &brand, u64::MAX, 3).await.map_err(told)?;
        ensure!(beyond.is_empty(), "there is something after the end");
    }
    Ok(())
}

pub(super) async fn replies_of_one_moment_are_due_in_the_order_of_their_asking(store: Arc<dyn Store>) -> Outcome {
    let at = place("a", "t");
    hear(&store, &at, vec![said("t", "1", 10, "hello")], 100).await?;
    let asked = ["r9", "r10", "b", "a"];
    for command in asked {
        answer(&store, &at, "mia", command, command, 200).await?;
    }
    let items = store.outbox(&at.connection, 200, 10).await.map_err(told)?;
    let found: Vec<&str> = items.iter().map(|item| item.command.0.as_str()).collect();
    ensure!(found == asked, "asked for as {asked:?}, due as {found:?}");
    Ok(())
}

pub(super) async fn a_reply_is_due_until_its_end_is_known(store: Arc<dyn Store>) -> Outcome {
    let at = place("a", "t");
    let line = at.connection.clone();
    let due = async |now: Millis| -> Result<Vec<(String, OutboxState, u32)>, String> {
        let items = store.outbox(&line, now, 10).await.map_err(told)?;
        Ok(items
            .into_iter()
            .map(|item| (item.command.0, item.state, item.attempts))
            .collect())
    };
    let is = |name: &str, state, attempts| (name.to_owned(), state, attempts);
    let then = async |command: Command, now: Millis| act(&store, &id(&at), command, now).await.map(drop);
    hear(&store, &at, vec![said("t", "1", 10, "hello")], 100).await?;
    answer(&store, &at, "mia", "r1", "first", 200).await?;
    answer(&store, &at, "mia", "r2", "second", 300).await?;
    let found = due(300).await?;
    ensure!(
        found == [is("r1", OutboxState::Queued, 0), is("r2", OutboxState::Queued, 0)],
        "asked for: {found:?}"
    );
    ensure!(
        store.outbox(&line, 300, 1).await.map_err(told)?.len() == 1,
        "more than asked for"
    );
    ensure!(
        store.outbox(&"line-b".into(), 300, 9).await.map_err(told)?.is_empty(),
        "another line has our replies"
    );

    then(Command::Sending { reply: "r1".into() }, 310).await?;
    let waits = Command::Waits {
        reply: "r2".into(),
        reason: "the network is busy".to_owned(),
        not_before: 1000,
    };
    then(waits, 310).await?;
    let found = due(999).await?;
    ensure!(
        found == [is("r1", OutboxState::Sending, 1)],
        "before its time: {found:?}"
    );
    let found = due(1000).await?;
    ensure!(
        found.last() == Some(&is("r2", OutboxState::Queued, 0)),
        "at its time: {found:?}"
    );

    then(
        Command::Unknown {
            reply: "r1".into(),
            reason: "no answer".to_owned(),
        },
        320,
    )
    .await?;
    let found = due(500).await?;
    ensure!(found == [is("r1", OutboxState::Unknown, 1)], "in doubt: {found:?}");
    then(Command::PublishAgain { reply: "r1".into() }, 600).await?;
    let found = due(600).await?;
    ensure!(
        found == [is("r1", OutboxState::Queued, 1)],
        "to be published again: {found:?}"
    );
    then(Command::Sending { reply: "r1".into() }, 610).await?;
    then(
        Command::Sent {
            reply: "r1".into(),
            remote_id: "9".into(),
            url: None,
            at: 611,
        },
        612,
    )
    .await?;
    then(
        Command::Failed {
            reply: "r2".into(),
            reason: "refused".to_owned(),
            cause: None,
        },
        613,
    )
    .await?;
    let found = due(Millis::MAX).await?;
    ensure!(found.is_empty(), "nothing is left to do: {found:?}");
    Ok(())
}

pub(super) async fn a_message_is_untriaged_until_its_newest_revision_is_judged(store: Arc<dyn Store>) -> Outcome {
    let at = place("a", "t");
    let waiting = async || -> Result<Vec<(String, u64)>, String> {
        let found = store.untriaged(10).await.map_err(told)?;
        Ok(found
            .into_iter()
            .map(|message| (message.remote_id.0, message.revision))
            .collect())
    };
    let judge = async |remote: &str, revision: u64| {
        let command = Command::Judge {
            remote_id: remote.into(),
            verdict: verdict(revision),
        };
        act(&store, &id(&at), command, 500).await.map(drop)
    };
    let (mut around, mut own) = (said("t", "7", 5, "around"), said("t", "8", 6, "own"));
    (around.context, own.ours) = (true, true);
    let (second, first) = (said("t", "2", 20, "second"), said("t", "1", 10, "first"));
    hear(&store, &at, vec![second.clone(), first.clone(), around, own], 100).await?;
    let found = waiting().await?;
    ensure!(
        found == [("1".to_owned(), 0), ("2".to_owned(), 0)],
        "oldest first, and only what addresses us: {found:?}"
    );
    judge("1", 0).await?;
    ensure!(
        waiting().await? == [("2".to_owned(), 0)],
        "a judged message is still there"
    );
    hear(&store, &at, vec![edited(&first, 4, "first, edited")], 200).await?;
    let found = waiting().await?;
    ensure!(
        found == [("1".to_owned(), 4), ("2".to_owned(), 0)],
        "an edit is to be read anew: {found:?}"
    );
    judge("1", 4).await?;
    hear(&store, &at, vec![deleted(&second)], 300).await?;
    let found = waiting().await?;
    ensure!(found.is_empty(), "what was taken away needs no verdict: {found:?}");
    Ok(())
}

pub(super) async fn what_happens_by_itself_is_found_by_its_time_and_open_ones_one_by_one(
    store: Arc<dyn Store>,
) -> Outcome {
    for (thread, until) in [("a", 5_000), ("b", 3_000), ("c", 0)] {
        let at = place("a", thread);
        hear(&store, &at, vec![said(thread, thread, 10, "hello")], 100).await?;
        if until == 0 {
            continue;
        }
        wish(&store, &at, "mia", "take", Wish::Take, 200).await?;
        let work = WorkAct::Snooze { until };
        let request = WorkRequest {
            id: "snooze".into(),
            work,
        };
        let by = Writer::bare("mia".into());
        act(&store, &id(&at), Command::Work { by, request }, 300).await?;
    }
    let due = async |now| store.due(now, 10).await.map_err(told);
    let (a, b) = (id(&place("a", "a")), id(&place("a", "b")));
    ensure!(due(2_999).await?.is_empty(), "nothing is due before its time");
    let found = due(9_000).await?;
    ensure!(
        found == [b.clone(), a.clone()],
        "the longest overdue comes first: {found:?}"
    );
    let next = store.next_due(3_000).await.map_err(told)?;
    ensure!(next == Some(5_000), "after 3000 comes {next:?}");
    act(&store, &b, Command::TimePassed, 3_000).await?;
    let found = due(9_000).await?;
    ensure!(found == [a], "what happened is due no more: {found:?}");
    let (mut after, mut open) = (None, Vec::new());
    while let Some((id, state)) = store.open_ones(after.clone(), 1).await.map_err(told)?.pop() {
        open.push(state.place.thread.clone());
        after = Some(id);
    }
    open.sort();
    ensure!(open == ["a", "b", "c"], "open are {open:?}");
    Ok(())
}
