//! Nothing of one brand is seen by another, whatever is asked.

use super::stage::{Outcome, all, ensure, hear, id, place, said, told};
use crate::{Store, StoreError};
use jackfield_desk::Place;
use jackfield_protocol::ConnectionRecord;
use std::sync::Arc;

pub(super) async fn a_brand_sees_nothing_of_another_brand_or_workspace(store: Arc<dyn Store>) -> Outcome {
    let other = Place {
        workspace: "other".into(),
        connection: "line-other".into(),
        ..place("a", "t")
    };
    let places = [place("a", "t"), place("b", "t"), other];
    for (n, place) in (0..).zip(&places) {
        hear(
            &store,
            place,
            vec![said("t", &format!("m{n}"), 10, "the secret word is heron")],
            100,
        )
        .await?;
    }
    for seen_by in &places {
        let (workspace, brand) = (&seen_by.workspace, &seen_by.brand);
        for place in &places {
            let found = store.conversation(workspace, brand, &id(place)).await;
            let right = match &found {
                Ok((state, _)) => state.place == *place && place == seen_by,
                Err(StoreError::NotFound(_)) => place != seen_by,
                Err(_) => false,
            };
            ensure!(right, "{workspace}/{brand} asked for {place:?}: {found:?}");
        }
        let mut filter = all(brand.as_str());
        filter.workspace = workspace.clone();
        for words in [None, Some("heron".to_owned())] {
            filter.words = words;
            filter.handles = vec!["ana@example.org".to_owned()];
            let page = store.list(filter.clone()).await.map_err(told)?;
            ensure!(
                page.total == 1,
                "{workspace}/{brand} lists {} conversations",
                page.total
            );
            ensure!(
                page.items.iter().all(|(_, state)| state.place == *seen_by),
                "{workspace}/{brand} lists another's"
            );
        }
        let hits = store.search(workspace, brand, "heron", 50).await.map_err(told)?;
        let own = hits.iter().all(|hit| hit.conversation == id(seen_by));
        ensure!(hits.len() == 1 && own, "{workspace}/{brand} finds {hits:?}");
        let feed = store.feed(workspace, brand, 0, 50).await.map_err(told)?;
        let own = feed.iter().all(|entry| entry.state.place == *seen_by);
        ensure!(feed.len() == 2 && own, "{workspace}/{brand} hears {feed:?}");
    }
    let nobody = store.list(all("nobody")).await.map_err(told)?;
    ensure!(nobody.total == 0 && nobody.feed == 0, "a brand without work has some");
    Ok(())
}

pub(super) async fn a_connection_does_not_move_to_another_brand(store: Arc<dyn Store>) -> Outcome {
    let record = |brand: &str| ConnectionRecord {
        id: "line-a".into(),
        workspace: "demo".into(),
        brand: brand.into(),
        plugin: "mastodon".to_owned(),
        name: "A".to_owned(),
        settings: "{}".to_owned(),
        hosts: Vec::new(),
        secrets: Vec::new(),
        paused: false,
        touched_at: 1,
        closing: false,
    };
    store.put_connection(record("a")).await.map_err(told)?;
    hear(&store, &place("a", "t"), vec![said("t", "1", 10, "hello")], 100).await?;
    let moved = store.put_connection(record("b")).await;
    ensure!(matches!(moved, Err(StoreError::Other(_))), "it moved: {moved:?}");
    ensure!(
        store.connections().await.map_err(told)? == [record("a")],
        "the record changed"
    );
    Ok(())
}
