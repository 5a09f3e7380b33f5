//! The record proves itself, and is enough to make everything else anew.

use super::stage::{
    Outcome, act, answer, deleted, edited, ensure, hear, id, place, publish, said, told, verdict, wish,
};
use crate::Store;
use jackfield_desk::Command;
use jackfield_protocol::Command as Wish;
use std::sync::Arc;

pub(super) async fn the_log_verifies_and_seals_cover_it(store: Arc<dyn Store>) -> Outcome {
    let empty = store.verify().await.map_err(told)?;
    ensure!(empty.events == 0 && empty.faults.is_empty(), "an empty log: {empty:?}");
    store.seal(1).await.map_err(told)?;
    for round in 0..3 {
        for brand in ["a", "b"] {
            for n in 0..5 {
                let thread = format!("t{n}");
                let remote = format!("m{round}-{n}");
                hear(
                    &store,
                    &place(brand, &thread),
                    vec![said(&thread, &remote, n, "hello")],
                    100,
                )
                .await?;
            }
        }
        store.seal(100 + round).await.map_err(told)?;
        // Nothing new: nothing to seal.
        store.seal(200 + round).await.map_err(told)?;
    }
    hear(
        &store,
        &place("a", "after"),
        vec![said("after", "x", 9, "not yet sealed")],
        300,
    )
    .await?;
    let found = store.verify().await.map_err(told)?;
    ensure!(found.faults.is_empty(), "nobody touched it: {:?}", found.faults);
    // 10 openings, 30 messages, and the two that are not yet sealed; both brands are of one workspace.
    ensure!(
        found.events == 42 && found.conversations == 11 && found.seals == 3,
        "read: {found:?}"
    );
    Ok(())
}

pub(super) async fn projections_equal_their_rebuild_after_all_kinds_of_work(store: Arc<dyn Store>) -> Outcome {
    for n in 0..12_i64 {
        let thread = format!("t{n}");
        let at = place(if n % 3 == 0 { "a" } else { "b" }, &thread);
        let first = said(&thread, &format!("m{n}"), n, "hello there");
        hear(&store, &at, vec![first.clone()], 100).await?;
        let judge = Command::Judge {
            remote_id: first.remote_id.clone(),
            verdict: verdict(0),
        };
        act(&store, &id(&at), judge, 110).await?;
        if n % 2 == 0 {
            hear(&store, &at, vec![edited(&first, 9, "hello again")], 120).await?;
        }
        wish(
            &store,
            &at,
            "mia",
            "n",
            Wish::Note {
                text: format!("note {n}"),
            },
            130,
        )
        .await?;
        answer(&store, &at, "mia", "r", "good day", 140).await?;
        match n % 4 {
            0 => publish(&store, &at, "r", &format!("r{n}"), 150).await?,
            1 => {
                let waits = Command::Waits {
                    reply: "r".into(),
                    reason: "busy".to_owned(),
                    not_before: 900,
                };
                act(&store, &id(&at), waits, 150).await.map(drop)?;
            }
            2 => {
                act(
                    &store,
                    &id(&at),
                    Command::Failed {
                        reply: "r".into(),
                        reason: "no".to_owned(),
                        cause: None,
                    },
                    150,
                )
                .await?;
                wish(&store, &at, "mia", "done", Wish::Resolve, 160).await.map(drop)?;
            }
            _ => hear(&store, &at, vec![deleted(&first)], 150).await.map(drop)?,
        }
        wish(&store, &at, "mia", "seen", Wish::Seen { version: 2 }, 170).await?;
    }
    for mend in [false, true, false] {
        let rebuilt = store.rebuild(mend).await.map_err(told)?;
        ensure!(rebuilt.differences.is_empty(), "mend {mend}: {:?}", rebuilt.differences);
        ensure!(rebuilt.events > 60, "only {} events were read", rebuilt.events);
    }
    Ok(())
}
