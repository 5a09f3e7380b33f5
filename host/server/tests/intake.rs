//! Stored input in virtual time: in order, once, through trouble and kills; what cannot be ingested is set aside and
//! holds nobody up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use jackfield_protocol::Health;
use jackfield_store::{Intake, NewRaw, RawKind, RawRequest, Store, Which};
use stage::network::{Call, Fault};
use stage::raw::Is;
use stage::{House, LINE, record};
use std::time::Duration;

/// A verified request came in, and its bytes are durable.
async fn sent(house: &House, text: &str) {
    let raw = NewRaw {
        connection: LINE.into(),
        received_at: house.clock.now(),
        mark: text.as_bytes().to_vec(),
        kind: RawKind::Request,
        request: RawRequest {
            method: "POST".to_owned(),
            path: String::new(),
            query: String::new(),
            headers: Vec::new(),
            body: text.as_bytes().to_vec(),
        },
    };
    house.store.keep(raw).await.unwrap();
    house.board.wake(&LINE.into());
}

fn all_done(house: &House) -> bool {
    house.store.inputs().iter().all(|(is, ..)| *is == Is::Done)
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_wakes_the_line_and_is_ingested_in_order() {
    let house = House::open().await;
    house
        .until("the first poll", |h| !h.network.calls(Call::Poll).is_empty())
        .await;
    let begun = house.clock.now();
    for number in 0..100 {
        sent(&house, &format!("{number:03} a hello")).await;
    }
    house
        .until("all ingested", |h| h.messages().len() == 100 && all_done(h))
        .await;
    assert!(house.clock.now() - begun < 1_000, "it waited for the next poll");
    let state = house.conversation("a").unwrap();
    let ids: Vec<String> = state.messages.keys().map(ToString::to_string).collect();
    assert_eq!(ids.len(), 100);
    assert_eq!(house.network.calls(Call::Ingest).len(), 100, "one call for each");
    assert_eq!(
        house.store.cursor(&LINE.into()).await.unwrap(),
        Some(b"0".to_vec()),
        "the cursor is the poll's"
    );
}

#[tokio::test(start_paused = true)]
async fn a_kill_between_answer_and_ingest_loses_nothing_and_doubles_nothing() {
    let mut house = House::dark();
    house.store.put_connection(record(LINE)).await.unwrap();
    for number in 0..20 {
        // The host is killed with the answer given and nothing ingested, or with some of it ingested.
        sent(&house, &format!("{number:02} a hello")).await;
        house.start();
        if number % 2 == 0 {
            house.until("something", |h| !h.messages().is_empty()).await;
        }
        house = house.after_a_kill();
    }
    house.start();
    house
        .until("all ingested", |h| h.messages().len() == 20 && all_done(h))
        .await;
    let kv = house.store.kv(&LINE.into()).await.unwrap();
    let ingested = kv.iter().find(|(key, _)| key == "ingested").unwrap();
    assert_eq!(ingested.1, [20], "a write of kv was lost or doubled");
}

#[tokio::test(start_paused = true)]
async fn poison_is_set_aside_with_its_reason_and_what_came_after_it_goes_on() {
    let house = House::open().await;
    house.network.poison(Some("bad"));
    sent(&house, "1 a good").await;
    sent(&house, "2 a bad").await;
    sent(&house, "3 a good").await;
    house.until("the good ones", |h| h.messages() == ["1", "3"]).await;
    house.until("set aside", |h| h.store.inputs()[1].0 == Is::Aside).await;
    let (_, tries, why) = &house.store.inputs()[1];
    assert_eq!(*tries, 3);
    assert!(why.contains("divided by zero"), "{why}");
    assert_eq!(
        house.line().unwrap().health,
        Health::Healthy,
        "it is the input's trouble, not the line's"
    );

    // After a repair it is ingested again.
    house.network.poison(None);
    let which = Which::SetAside {
        connection: None,
        items: Vec::new(),
    };
    house.store.again(which).await.unwrap();
    house
        .until("all of it", |h| h.messages() == ["1", "2", "3"] && all_done(h))
        .await;
}

#[tokio::test(start_paused = true)]
async fn patience_sets_nothing_aside_however_long_it_lasts() {
    let house = House::open().await;
    house.network.once(Call::Ingest, Fault::Later(Some(60_000)));
    sent(&house, "1 a first").await;
    sent(&house, "2 a second").await;
    house
        .until("the second is not held up", |h| h.messages() == ["2"])
        .await;
    house
        .until("the first after its time", |h| h.messages() == ["1", "2"])
        .await;
    let calls = house.network.calls(Call::Ingest);
    assert!(calls.last().unwrap() - calls[0] >= 60_000, "{calls:?}");

    // The network is down for hours: nothing is tried in a circle, and nothing is set aside.
    house.network.always(Some(Fault::Later(None)));
    for number in 3..40 {
        sent(&house, &format!("{number} a more")).await;
    }
    let before = house.network.calls(Call::Ingest).len();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let tried = house.network.calls(Call::Ingest).len() - before;
    assert!(tried < 600, "{tried} calls in an hour");
    house.network.always(None);
    house
        .until("all of it", |h| h.messages().len() == 39 && all_done(h))
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_comes_in_while_the_network_does_not_answer_polls() {
    let house = House::open().await;
    for _ in 0..8 {
        house.network.once(Call::Poll, Fault::Later(None));
    }
    house.until_health(Health::Degraded).await;
    let begun = house.clock.now();
    sent(&house, "1 a hello").await;
    house.until("ingested", |h| h.messages() == ["1"]).await;
    assert!(house.clock.now() - begun < 1_000, "it waited for the network");
    assert_eq!(house.line().unwrap().health, Health::Degraded);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_holds_input_back_and_loses_none() {
    let house = House::open().await;
    house
        .until("the first poll", |h| !h.network.calls(Call::Poll).is_empty())
        .await;
    sent(&house, "1 a hello").await;
    house.store.full(true);
    house.until_health(Health::Degraded).await;
    house.store.full(false);
    house.until("ingested", |h| h.messages() == ["1"] && all_done(h)).await;
}

#[tokio::test(start_paused = true)]
async fn an_event_of_a_poll_that_cannot_be_kept_is_set_aside_and_the_line_goes_on() {
    let house = House::open().await;
    // The conversation belongs to another network by now: the desk refuses what comes for it.
    house.network.post("1", "a", "Where is my parcel?");
    house.until("stored", |h| h.messages() == ["1"]).await;
    house.network.renamed("another");
    house
        .store
        .put_connection(jackfield_protocol::ConnectionRecord {
            name: "Renamed".to_owned(),
            ..record(LINE)
        })
        .await
        .unwrap();
    house
        .until("the line is another", |h| {
            h.line().is_some_and(|line| line.name == "Renamed")
        })
        .await;
    house.network.post("2", "a", "Hello?");
    house.network.post("3", "b", "Thanks");
    house.until("what can be kept", |h| h.messages() == ["1", "3"]).await;
    let inputs = house.store.inputs();
    assert_eq!(inputs.len(), 1);
    assert!(
        inputs[0].0 == Is::Aside && inputs[0].2.contains("cannot keep it"),
        "{}",
        inputs[0].2
    );
    house.network.post("4", "c", "More");
    house
        .until("the line goes on", |h| h.messages() == ["1", "3", "4"])
        .await;
    assert_eq!(house.line().unwrap().health, Health::Healthy);
}
