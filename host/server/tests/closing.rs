//! A line that is taken away leaves no reply on its way, and one that is added again under its id sends none of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use jackfield_desk::{Command as Act, LineRules, ReplyState, conversation_id};
use jackfield_protocol::{Author, Content};
use jackfield_protocol::{
    Command as Wish, CommandRequest, ConnectionRecord, FactKind, InboundFact, Status, Unsent, Visibility,
};
use jackfield_server::clock::{Clock, SystemClock};
use jackfield_server::feed::Hub;
use jackfield_server::work::{Desk, PlaceOf};
use jackfield_store::{Progress, SqliteOptions, SqliteStore, Store};
use stage::network::{Call, Fault};
use stage::{House, LINE, is_failed, record};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

fn closing() -> ConnectionRecord {
    ConnectionRecord {
        closing: true,
        ..record(LINE)
    }
}

#[tokio::test(start_paused = true)]
async fn a_running_host_ends_the_replies_of_a_line_that_goes_and_never_sends_them() {
    let house = House::open().await;
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    house.network.always(Some(Fault::Later(None)));
    house.reply("a", "r1", "Hello Ana").await;
    house
        .until("tried", |h| !h.network.calls(Call::Publish).is_empty())
        .await;
    house.reply("a", "r2", "And one more thing").await;

    house.store.put_connection(closing()).await.unwrap();
    let doubted = house.until_reply("a", "r1", is_failed).await.state;
    let waited = house.until_reply("a", "r2", is_failed).await.state;
    let words = |state| match state {
        ReplyState::Failed {
            reason,
            cause: Some(Unsent::LineRemoved),
        } => reason,
        other => panic!("{other:?}"),
    };
    assert!(words(doubted).contains("Look at the thread"));
    assert!(words(waited).contains("taken away before this reply was sent"));
    let store = Arc::clone(&house.store);
    house.until("gone", |h| h.line().is_none() && h.clock.now() > 0).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(store.connections().await.unwrap(), []);
    house
        .wish("a", "done", Wish::Resolve)
        .await
        .map_err(|u| u.to_string())
        .unwrap();
    assert_eq!(house.conversation("a").unwrap().status, Status::Resolved);

    house.network.always(None);
    let publishes = house.network.calls(Call::Publish).len();
    house.store.put_connection(record(LINE)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(house.line().is_some());
    assert_eq!(house.network.calls(Call::Publish).len(), publishes);
    assert!(house.network.published().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_given_up_is_given_up_after_the_last_call_has_ended() {
    let house = House::open().await;
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    // The network takes it and the answer hangs: the call is dropped after its grace, and the reply is a doubt.
    house.network.once(Call::Publish, Fault::Hang);
    house.reply("a", "r1", "Hello Ana").await;
    house
        .until("asked", |h| !h.network.calls(Call::Publish).is_empty())
        .await;
    house.store.put_connection(closing()).await.unwrap();
    let begun = house.clock.now();
    house.until_reply("a", "r1", is_failed).await;
    assert!(house.clock.now() - begun >= 8_000, "the call had its grace first");
}

/// A database with one line, one conversation and one queued reply, and no host.
async fn queued(folder: &Path) -> Arc<SqliteStore> {
    let store = SqliteStore::open(&folder.join("jackfield.db"), &SqliteOptions::default()).unwrap();
    let store = Arc::new(store);
    store.put_connection(record(LINE)).await.unwrap();
    let desk = Desk {
        store: Arc::clone(&store) as Arc<dyn Store>,
        clock: Arc::new(SystemClock) as Arc<dyn Clock>,
        hub: Arc::new(Hub::new()),
        policies: Arc::default(),
        telemetry: Default::default(),
    };
    let place = PlaceOf {
        workspace: "demo".into(),
        brand: "northwind".into(),
        connection: LINE.into(),
        network: "scripted".to_owned(),
    };
    let content = Content {
        author: Author {
            id: "7".to_owned(),
            handle: "ana@example.org".to_owned(),
            display_name: None,
            profile_url: None,
            reach: None,
            automated: false,
        },
        title: None,
        text: "hi".to_owned(),
        spans: Vec::new(),
        attachments: Vec::new(),
        language: None,
        warning: None,
    };
    let fact = InboundFact {
        remote_id: "1".to_owned().into(),
        revision: 0,
        at: SystemClock.now(),
        thread: "a".to_owned(),
        parent: None,
        visibility: Visibility::Public,
        ours: false,
        context: false,
        url: None,
        kind: FactKind::Said(Box::new(content)),
    };
    let progress = Progress {
        connection: LINE.into(),
        from: None,
        to: Some(b"1".to_vec()),
        kv: Vec::new(),
    };
    desk.ingest(place, vec![fact], progress).await.unwrap();
    let command = Wish::Reply {
        text: "Hello".to_owned(),
        visibility: Visibility::Public,
        parent: None,
    };
    let request = CommandRequest {
        id: "r1".into(),
        command,
    };
    let wish = Act::Agent {
        by: "mia".into(),
        request,
    };
    let id = conversation_id(&LINE.into(), "a");
    desk.act(&id, wish, LineRules::default())
        .await
        .map_err(|u| u.to_string())
        .unwrap();
    store
}

fn run(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jackfield"));
    command.args(arguments).current_dir(folder);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("JACKFIELD_")) {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn the_command_refuses_while_replies_are_on_their_way_and_the_flag_ends_them() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["init"]).0);
    let store = queued(folder.path()).await;
    let (good, said) = run(folder.path(), &["connection", "remove", LINE]);
    assert!(
        !good && said.contains("1 reply is on the way by main, in 1 conversation."),
        "{said}"
    );
    assert!(
        said.contains("jackfield connection remove main --give-up-replies"),
        "{said}"
    );
    assert_eq!(store.connections().await.unwrap().len(), 1);
    assert_eq!(store.outbox(&LINE.into(), i64::MAX, 9).await.unwrap().len(), 1);

    let (good, said) = run(folder.path(), &["connection", "remove", LINE, "--give-up-replies"]);
    assert!(good && said.contains("1 reply ended as failed"), "{said}");
    drop(store);
    let store = SqliteStore::open(&folder.path().join("jackfield.db"), &SqliteOptions::default()).unwrap();
    assert!(store.connections().await.unwrap().is_empty());
    assert!(store.outbox(&LINE.into(), i64::MAX, 9).await.unwrap().is_empty());
    let id = conversation_id(&LINE.into(), "a");
    let state = store.load(&id).await.unwrap().unwrap();
    assert!(is_failed(&state.replies[&"r1".into()].state));
}
