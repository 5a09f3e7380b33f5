//! What is installed, its log, and which grants were used.

use super::stage::{Outcome, ensure, told};
use crate::{Installation, PolicyChange, Spent, Store, StoreError, Trial};
use jackfield_protocol::{ConnectionId, ConnectionRecord, PluginAction, PluginDeed, PluginInstall, PluginVersion};
use std::sync::Arc;

fn change(expected: u64, version: Option<&str>, action: PluginAction) -> Installation {
    let current = |version: &str| PluginVersion {
        version: version.to_owned(),
        digest: format!("digest of {version}"),
        file: Some(format!("poster/{version}.plug")),
        signer: Some("acme".to_owned()),
    };
    Installation {
        name: "poster".to_owned(),
        expected,
        install: version.map(|version| PluginInstall {
            name: "poster".to_owned(),
            current: current(version),
            previous: None,
            watched_until: Some(60),
            candidate: None,
            revision: 0,
        }),
        deed: PluginDeed {
            at: 5,
            who: "mia".to_owned(),
            action,
            plugin: "poster".to_owned(),
            version: version.unwrap_or("").to_owned(),
            digest: "d".to_owned(),
            signer: None,
            approved: Some("a1".to_owned()),
            why: String::new(),
        },
    }
}

pub(super) async fn what_is_installed_and_the_log_of_it_become_true_together(store: Arc<dyn Store>) -> Outcome {
    ensure!(
        store.plugin_installs().await.map_err(told)?.is_empty(),
        "a fresh store has plugins"
    );
    let one = store
        .install_plugin(change(0, Some("0.1.0"), PluginAction::Install))
        .await
        .map_err(told)?;
    let two = store
        .install_plugin(change(1, Some("0.2.0"), PluginAction::Upgrade))
        .await
        .map_err(told)?;
    ensure!(
        (one.number, two.number) == (1, 2),
        "rows {} and {}",
        one.number,
        two.number
    );
    let installs = store.plugin_installs().await.map_err(told)?;
    let [install] = installs.as_slice() else {
        return Err(format!("installed: {installs:?}"));
    };
    ensure!(install.current.version == "0.2.0", "installed: {install:?}");
    ensure!(install.revision == 2, "revision {}", install.revision);
    ensure!(install.watched_until == Some(60), "installed: {install:?}");
    let log = store.plugin_log().await.map_err(told)?;
    ensure!(log == [one, two], "log: {log:?}");
    let found = store.verify().await.map_err(told)?;
    ensure!(found.faults.is_empty(), "{:?}", found.faults);
    Ok(())
}

pub(super) async fn a_change_decided_on_an_old_state_is_a_conflict_and_is_not_written_down(
    store: Arc<dyn Store>,
) -> Outcome {
    let first = change(0, Some("0.1.0"), PluginAction::Install);
    store.install_plugin(first.clone()).await.map_err(told)?;
    for late in [first, change(7, Some("0.3.0"), PluginAction::Upgrade)] {
        let refused = store.install_plugin(late).await;
        ensure!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    }
    ensure!(
        store.plugin_log().await.map_err(told)?.len() == 1,
        "a refusal was written down"
    );
    Ok(())
}

pub(super) async fn revisions_go_on_after_a_removal(store: Arc<dyn Store>) -> Outcome {
    for one in [
        change(0, Some("0.1.0"), PluginAction::Install),
        change(1, None, PluginAction::Remove),
        change(0, Some("0.1.0"), PluginAction::Install),
    ] {
        store.install_plugin(one).await.map_err(told)?;
    }
    let installs = store.plugin_installs().await.map_err(told)?;
    ensure!(
        installs.len() == 1 && installs.iter().all(|one| one.revision == 3),
        "{installs:?}"
    );
    ensure!(
        store.verify().await.map_err(told)?.faults.is_empty(),
        "the log does not verify"
    );
    Ok(())
}

pub(super) async fn the_use_of_grants_adds_up(store: Arc<dyn Store>) -> Outcome {
    let line = "line-a".into();
    for (times, now) in [(2, 10), (3, 20)] {
        store
            .use_grants(&line, vec![("a.example".to_owned(), times)], now)
            .await
            .map_err(told)?;
    }
    let uses = store.grant_uses().await.map_err(told)?;
    let [used] = uses.as_slice() else {
        return Err(format!("{uses:?}"));
    };
    ensure!((used.times, used.first, used.last) == (5, 10, 20), "{used:?}");
    ensure!(used.grant == "a.example" && used.connection == line, "{used:?}");
    Ok(())
}

pub(super) async fn what_was_used_of_a_budget_is_kept_until_the_connection_goes(store: Arc<dyn Store>) -> Outcome {
    let spent = |unit: &str, hour: u64, day: u64| Spent {
        unit: unit.to_owned(),
        hour,
        day,
        at: 7,
    };
    let line = ConnectionId::from("line-a");
    let record = ConnectionRecord {
        id: line.clone(),
        workspace: "demo".into(),
        brand: "a".into(),
        plugin: "mastodon".to_owned(),
        name: "A".to_owned(),
        settings: "{}".to_owned(),
        hosts: Vec::new(),
        secrets: Vec::new(),
        paused: false,
        touched_at: 1,
        closing: false,
    };
    store.put_connection(record).await.map_err(told)?;
    for hour in [1, u64::MAX >> 1] {
        let all = vec![spent("bytes", hour, 9), spent("requests", 2, 3)];
        store.keep_spent(&line, all.clone()).await.map_err(told)?;
        let found = store.spent(&line).await.map_err(told)?;
        ensure!(found == all, "{found:?}");
    }
    ensure!(
        store.spent(&"line-b".into()).await.map_err(told)?.is_empty(),
        "another line has used nothing"
    );
    store.remove_connection(&line).await.map_err(told)?;
    ensure!(
        store.spent(&line).await.map_err(told)?.is_empty(),
        "it went with its connection"
    );
    Ok(())
}

pub(super) async fn what_a_tried_version_said_is_kept_apart_the_newest_first(store: Arc<dyn Store>) -> Outcome {
    let trial = |digest: &str, remote: &str, after: &[&str]| Trial {
        plugin: "poster".to_owned(),
        digest: digest.to_owned(),
        conversation: "c".into(),
        remote_id: remote.into(),
        revision: 1,
        at: 7,
        decided: remote == "2",
        before: vec!["question".to_owned()],
        after: after.iter().map(|label| (*label).to_owned()).collect(),
        trouble: after.is_empty().then(|| "it trapped".to_owned()),
        micros: 12,
    };
    let (one, two) = (trial("a", "1", &["question"]), trial("a", "2", &[]));
    let other = trial("b", "1", &["complaint", "question"]);
    store
        .keep_trials(vec![
            trial("a", "1", &["noise"]),
            one.clone(),
            two.clone(),
            other.clone(),
        ])
        .await
        .map_err(told)?;
    let kept = store.trials("poster", "a", 10).await.map_err(told)?;
    ensure!(kept == [two.clone(), one], "kept: {kept:?}");
    ensure!(
        store.trials("poster", "a", 1).await.map_err(told)? == [two],
        "a limit was not kept"
    );
    ensure!(
        store.trials("poster", "b", 10).await.map_err(told)? == [other],
        "another version"
    );
    Ok(())
}

pub(super) async fn policies_are_kept_in_the_order_in_which_they_came_into_force(store: Arc<dyn Store>) -> Outcome {
    let change = |expected: u64, version: &str| PolicyChange {
        expected,
        at: 5,
        who: "mia".to_owned(),
        version: version.to_owned(),
        why: "a test".to_owned(),
        text: format!("# {version}\n"),
    };
    ensure!(
        store.policies().await.map_err(told)?.is_empty(),
        "a fresh store has policies"
    );
    store.apply_policy(change(0, "a")).await.map_err(told)?;
    store.apply_policy(change(1, "b")).await.map_err(told)?;
    let late = store.apply_policy(change(1, "c")).await;
    ensure!(
        matches!(late, Err(StoreError::Conflict(_))),
        "decided on an old state: {late:?}"
    );
    let again = store.apply_policy(change(2, "a")).await.map_err(told)?;
    ensure!((again.number, again.who.as_str()) == (3, "mia"), "{again:?}");
    let all = store.policies().await.map_err(told)?;
    let versions: Vec<&str> = all.iter().map(|one| one.entry.version.as_str()).collect();
    ensure!(versions == ["a", "b", "a"], "{versions:?}");
    ensure!(all.first().is_some_and(|one| one.text == "# a\n"), "{all:?}");
    let found = store.verify().await.map_err(told)?;
    ensure!(found.faults.is_empty(), "{:?}", found.faults);
    Ok(())
}
