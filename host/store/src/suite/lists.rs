//! What is listed and found.

use super::stage::{
    Outcome, all, answer, deleted, edited, ensure, hear, id, place, publish, said, threads, told, wish,
};
use crate::{Filter, OwnerFilter, Store};
use jackfield_protocol::{Command as Wish, Status};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) async fn the_longest_waiting_comes_first_and_the_answered_come_after(store: Arc<dyn Store>) -> Outcome {
    for (thread, at) in [
        ("young", 300),
        ("old", 100),
        ("middle", 200),
        ("done-old", 50),
        ("done-new", 60),
    ] {
        hear(
            &store,
            &place("a", thread),
            vec![said(thread, thread, at, "hello")],
            1000,
        )
        .await?;
    }
    for thread in ["done-old", "done-new"] {
        answer(&store, &place("a", thread), "mia", "r", "done", 1100).await?;
        publish(&store, &place("a", thread), "r", &format!("{thread}-r"), 1200).await?;
    }
    let order = threads(&store, all("a")).await?;
    ensure!(
        order == ["old", "middle", "young", "done-new", "done-old"],
        "the order is {order:?}"
    );
    hear(
        &store,
        &place("a", "done-old"),
        vec![said("done-old", "again", 1300, "one more thing")],
        1301,
    )
    .await?;
    let order = threads(&store, all("a")).await?;
    ensure!(
        order == ["old", "middle", "young", "done-old", "done-new"],
        "after one more message it is {order:?}"
    );
    Ok(())
}

pub(super) async fn pages_show_each_row_once_while_work_goes_on(store: Arc<dyn Store>) -> Outcome {
    for n in 0..25 {
        let thread = format!("t{n:02}");
        // Ties in time, so that the order needs more than time.
        hear(
            &store,
            &place("a", &thread),
            vec![said(&thread, &thread, n / 5, "hello")],
            100,
        )
        .await?;
    }
    let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = store
            .list(Filter {
                limit: 4,
                after,
                ..all("a")
            })
            .await
            .map_err(told)?;
        ensure!(page.items.len() <= 4, "a page of 4 has {} rows", page.items.len());
        seen.extend(page.items.into_iter().map(|(id, _)| id));
        pages += 1;
        // New work at the front, and at the end, moves no row of the pages that are still to come.
        for at in [-1, 100] {
            let thread = format!("new{pages}{at}");
            hear(
                &store,
                &place("a", &thread),
                vec![said(&thread, &thread, at, "hello")],
                100,
            )
            .await?;
        }
        match page.next {
            Some(next) if pages < 40 => after = Some(next),
            Some(_) => return Err("the pages do not end".to_owned()),
            None => break,
        }
    }
    let once: BTreeSet<_> = seen.iter().collect();
    ensure!(once.len() == seen.len(), "a row was shown twice");
    let missed = (0..25)
        .filter(|n| !once.contains(&id(&place("a", &format!("t{n:02}")))))
        .count();
    ensure!(missed == 0, "{missed} rows were not shown");
    let wrong = store
        .list(Filter {
            after: Some("elsewhere".to_owned()),
            ..all("a")
        })
        .await;
    ensure!(wrong.is_err(), "`after` may be anything");
    Ok(())
}

pub(super) async fn a_list_is_narrowed_by_status_owner_handle_and_words(store: Arc<dyn Store>) -> Outcome {
    for (thread, text) in [
        ("one", "my parcel is late"),
        ("two", "the parcel is broken"),
        ("three", "thank you"),
    ] {
        let mut fact = said(thread, thread, 10, text);
        if let jackfield_protocol::FactKind::Said(content) = &mut fact.kind {
            content.author.handle = format!("{}@Example.org", thread.to_uppercase());
        }
        hear(&store, &place("a", thread), vec![fact], 100).await?;
    }
    wish(&store, &place("a", "one"), "mia", "k", Wish::Take, 200).await?;
    wish(&store, &place("a", "three"), "bea", "k", Wish::Resolve, 200).await?;
    let cases: [(&str, Filter, &[&str]); 9] = [
        (
            "open",
            Filter {
                status: Some(Status::Open),
                ..all("a")
            },
            &["one", "two"],
        ),
        (
            "resolved",
            Filter {
                status: Some(Status::Resolved),
                ..all("a")
            },
            &["three"],
        ),
        (
            "of mia",
            Filter {
                owner: Some(OwnerFilter::Agent("mia".into())),
                ..all("a")
            },
            &["one"],
        ),
        (
            "of nobody",
            Filter {
                owner: Some(OwnerFilter::Nobody),
                ..all("a")
            },
            &["three", "two"],
        ),
        (
            "by handle",
            Filter {
                handles: vec!["two@example.org".to_owned()],
                ..all("a")
            },
            &["two"],
        ),
        (
            "by no one's handle",
            Filter {
                handles: vec!["two".to_owned()],
                ..all("a")
            },
            &[],
        ),
        (
            "by a word",
            Filter {
                words: Some("parcel".to_owned()),
                ..all("a")
            },
            &["one", "two"],
        ),
        (
            "by two words",
            Filter {
                words: Some("broken parcel".to_owned()),
                ..all("a")
            },
            &["two"],
        ),
        (
            "by no word",
            Filter {
                words: Some("?!".to_owned()),
                ..all("a")
            },
            &[],
        ),
    ];
    for (what, filter, expected) in cases {
        let page = store.list(filter.clone()).await.map_err(told)?;
        let mut found = threads(&store, filter).await?;
        found.sort_unstable();
        ensure!(found == expected, "{what}: {found:?} instead of {expected:?}");
        ensure!(page.total == expected.len() as u64, "{what}: a total of {}", page.total);
    }
    Ok(())
}

pub(super) async fn a_thread_that_addresses_nobody_is_kept_but_not_listed(store: Arc<dyn Store>) -> Outcome {
    let mut around = said("t", "1", 10, "I wonder about herons");
    around.context = true;
    let mut own = said("t", "2", 20, "we like herons");
    own.ours = true;
    hear(&store, &place("a", "t"), vec![around, own], 100).await?;
    ensure!(store.list(all("a")).await.map_err(told)?.total == 0, "it is listed");
    ensure!(
        store.load(&id(&place("a", "t"))).await.map_err(told)?.is_some(),
        "it is not kept"
    );
    hear(&store, &place("a", "t"), vec![said("t", "3", 30, "can you help?")], 200).await?;
    ensure!(
        store.list(all("a")).await.map_err(told)?.total == 1,
        "it is not listed once somebody asks"
    );
    Ok(())
}

pub(super) async fn search_finds_words_and_takes_no_syntax(store: Arc<dyn Store>) -> Outcome {
    let at = place("a", "t");
    hear(
        &store,
        &at,
        vec![said("t", "1", 10, "Où est mon café? AND it was a \"gift\" (really)")],
        100,
    )
    .await?;
    wish(
        &store,
        &at,
        "mia",
        "n1",
        Wish::Note {
            text: "a regular customer".to_owned(),
        },
        110,
    )
    .await?;
    answer(&store, &at, "mia", "r1", "we are looking into it", 120).await?;
    let cases: [(&str, &[&str]); 18] = [
        ("cafe", &["m:1"]),
        ("CAFÉ mon", &["m:1"]),
        ("caf", &["m:1"]),
        ("mon cafe elephant", &[]),
        ("regular", &["n:n1"]),
        ("looking", &["r:r1"]),
        ("and", &["m:1"]),
        ("AND", &["m:1"]),
        ("AND OR NOT", &[]),
        ("\"gift\"", &["m:1"]),
        ("\"", &[]),
        ("gift\" OR \"regular", &[]),
        ("text:gift", &[]),
        ("gift*", &["m:1"]),
        ("NEAR(mon cafe)", &[]),
        ("(really)", &["m:1"]),
        ("^gift -really", &["m:1"]),
        ("  ", &[]),
    ];
    for (words, expected) in cases {
        let hits = store
            .search(&"demo".into(), &"a".into(), words, 10)
            .await
            .map_err(|e| format!("{words:?}: {e}"))?;
        let keys: Vec<_> = hits.iter().map(|hit| hit.key.as_str()).collect();
        ensure!(keys == expected, "{words:?} finds {keys:?} instead of {expected:?}");
    }
    let hits = store
        .search(&"demo".into(), &"a".into(), "cafe", 10)
        .await
        .map_err(told)?;
    ensure!(
        hits.iter().all(|hit| hit.excerpt.contains("café") && hit.at == 10),
        "the excerpt is {hits:?}"
    );
    let odd = "\0 \u{202e} \u{1F469} ' ; DROP TABLE log -- \\ %";
    store
        .search(&"demo".into(), &"a".into(), odd, 10)
        .await
        .map_err(told)
        .map(drop)
}

pub(super) async fn search_follows_edits_and_deletions(store: Arc<dyn Store>) -> Outcome {
    let at = place("a", "t");
    let find = async |words: &str| -> Result<Vec<String>, String> {
        let hits = store
            .search(&"demo".into(), &"a".into(), words, 10)
            .await
            .map_err(told)?;
        Ok(hits.into_iter().map(|hit| hit.key).collect())
    };
    let first = said("t", "1", 10, "a heron");
    hear(&store, &at, vec![first.clone()], 100).await?;
    hear(&store, &at, vec![edited(&first, 3, "a stork")], 110).await?;
    ensure!(
        find("heron").await?.is_empty() && find("stork").await? == ["m:1"],
        "an edit is not followed"
    );
    hear(&store, &at, vec![deleted(&first), said("t", "2", 20, "an egret")], 120).await?;
    ensure!(find("stork").await?.is_empty(), "what was taken away is still offered");
    // Our own reply, and the network's word about it, are one.
    answer(&store, &at, "mia", "r1", "an ibis, madam", 130).await?;
    let mut told_of = said("t", "9", 140, "an ibis, madam");
    told_of.ours = true;
    hear(&store, &at, vec![told_of], 141).await?;
    publish(&store, &at, "r1", "9", 140).await?;
    let found = find("ibis").await?;
    ensure!(found == ["r:r1"], "our reply is found as {found:?}");
    Ok(())
}
