//! The live feed: numbered, without gap or repetition, whoever comes when; behind walls; bounded; with an end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use jackfield_protocol::{Command as Wish, FeedMessage, Health};
use jackfield_store::Store;
use serde_json::json;
use stage::ask::{Door, claims, claims_with, request, token};
use stage::network::Fault;
use stage::{House, START, thread_id};
use std::time::Duration;

const FEED: &str = "/api/v1/feed";

/// A house with some notes in one conversation: `notes + 2` entries of the feed.
async fn door(notes: usize) -> Door {
    let house = House::open().await;
    house.network.post("1", "a", "Where is my parcel?");
    house.until("stored", |h| h.messages() == ["1"]).await;
    let door = Door::new(house);
    write(&door, 0..notes).await;
    door
}

async fn write(door: &Door, notes: std::ops::Range<usize>) {
    for number in notes {
        let note = Wish::Note {
            text: format!("note {number}"),
        };
        let done = door.house.wish("a", &format!("n{number}"), note).await;
        assert!(done.is_ok());
    }
}

async fn head(door: &Door) -> u64 {
    door.house
        .store
        .feed_head(&"demo".into(), &"northwind".into())
        .await
        .unwrap()
}

fn mia() -> String {
    token(&claims())
}

#[tokio::test(start_paused = true)]
async fn the_feed_says_hello_with_the_newest_number_and_then_what_happens() {
    let door = door(3).await;
    let mut feed = door.feed(FEED, &mia(), None).await;
    assert_eq!(feed.next().await, Some(FeedMessage::Hello { n: 5 }));
    let Some(FeedMessage::Connection(line)) = feed.next().await else {
        panic!("the state of the lines comes with it");
    };
    assert_eq!(line.health, Health::Healthy);
    write(&door, 3..4).await;
    let Some(FeedMessage::Entry(entry)) = feed.next().await else {
        panic!("an entry comes");
    };
    assert_eq!((entry.n, entry.conversation, entry.items.len()), (6, thread_id("a"), 1));
    assert_eq!((entry.items[0].key.as_str(), entry.summary.version), ("n:n3", 6));
}

#[tokio::test(start_paused = true)]
async fn a_client_goes_on_from_its_last_number_by_header_or_parameter() {
    let door = door(8).await;
    let mut feed = door.feed("/api/v1/feed?after=7", &mia(), None).await;
    assert_eq!(feed.entries(3).await, [8, 9, 10]);
    // The header is the browser's and newer than the address.
    let mut feed = door.feed("/api/v1/feed?after=2", &mia(), Some("8")).await;
    assert_eq!(feed.entries(2).await, [9, 10]);
    assert!(feed.is_silent(Duration::from_secs(5)).await);
    write(&door, 8..10).await;
    assert_eq!(feed.entries(2).await, [11, 12]);
}

#[tokio::test(start_paused = true)]
async fn whoever_joins_while_much_is_written_sees_every_number_once() {
    let door = door(0).await;
    let writing = write(&door, 0..400);
    let reading = async {
        let mut feeds = Vec::new();
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            feeds.push(door.feed("/api/v1/feed?after=0", &mia(), None).await);
        }
        for feed in &mut feeds {
            assert_eq!(feed.entries(402).await, (1..=402).collect::<Vec<_>>());
        }
    };
    tokio::join!(writing, reading);
}

#[tokio::test(start_paused = true)]
async fn who_is_more_than_a_thousand_behind_or_ahead_reads_everything_again() {
    let door = door(1100).await;
    let newest = head(&door).await;
    for after in ["0", "101", "999999"] {
        let mut feed = door.feed(&format!("{FEED}?after={after}"), &mia(), None).await;
        assert_eq!(feed.next().await, Some(FeedMessage::Hello { n: newest }));
        assert_eq!(
            feed.next().await,
            Some(FeedMessage::Resync { n: newest }),
            "after {after}"
        );
        assert!(feed.is_silent(Duration::from_secs(5)).await);
    }
    let mut feed = door.feed("/api/v1/feed?after=102", &mia(), None).await;
    assert_eq!(feed.entries(1000).await, (103..=1102).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn who_reads_too_slowly_is_told_to_resync_and_goes_on_from_there() {
    let door = door(0).await;
    let mut feed = door.feed(FEED, &mia(), None).await;
    assert_eq!(feed.next().await, Some(FeedMessage::Hello { n: 2 }));
    write(&door, 0..1500).await;
    let mut last = 2;
    let resync = loop {
        match feed.next().await.expect("it goes on") {
            FeedMessage::Entry(entry) => {
                assert_eq!(entry.n, last + 1, "no hole before the resync");
                last = entry.n;
            }
            FeedMessage::Resync { n } => break n,
            _ => {}
        }
    };
    assert_eq!(resync, 1502);
    assert!(
        last < 200,
        "what waited for a slow client was bounded, and it had {last}"
    );
    write(&door, 1500..1501).await;
    assert_eq!(feed.entries(1).await, [1503]);
}

#[tokio::test(start_paused = true)]
async fn nothing_of_another_brand_is_ever_told() {
    let door = door(5).await;
    let south = token(&claims_with(&json!({"brand": "southwind"})));
    let mut feed = door.feed("/api/v1/feed?after=0", &south, None).await;
    assert_eq!(feed.next().await, Some(FeedMessage::Hello { n: 0 }));
    write(&door, 5..20).await;
    door.house.network.always(Some(Fault::Later(None)));
    door.house.until_health(Health::Degraded).await;
    let more = tokio::time::timeout(Duration::from_secs(60), feed.next()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test(start_paused = true)]
async fn a_line_that_fails_is_told_with_its_words() {
    let door = door(0).await;
    let mut feed = door.feed(FEED, &mia(), None).await;
    door.house.network.always(Some(Fault::Credential));
    let told = loop {
        if let FeedMessage::Connection(view) = feed.next().await.unwrap()
            && view.health != Health::Healthy
        {
            break view;
        }
    };
    assert_eq!(told.health, Health::CredentialNeeded);
    assert!(told.action.contains("credential"), "{}", told.action);
}

#[tokio::test(start_paused = true)]
async fn a_feed_is_kept_open_with_comments_and_ends_with_its_token() {
    let door = door(0).await;
    let short = token(&claims_with(&json!({"exp": START / 1000 + 100})));
    let mut feed = door.feed(FEED, &short, None).await;
    let begun = door.house.clock.now();
    loop {
        match feed.next().await {
            Some(FeedMessage::TokenExpired) => break,
            Some(FeedMessage::Entry(_)) | None => panic!("nothing happened, and the end is said"),
            Some(_) => {}
        }
    }
    let passed = door.house.clock.now() - begun;
    assert!(
        passed <= 101_000 && door.house.clock.now() >= START + 100_000,
        "{passed}"
    );
    assert!((5..=8).contains(&feed.comments), "{} comments", feed.comments);
    assert_eq!(feed.next().await, None, "and nothing comes after the end");
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_every_feed() {
    let door = door(0).await;
    let mut feed = door.feed(FEED, &mia(), None).await;
    assert!(feed.next().await.is_some());
    door.stop.cancel();
    while feed.next().await.is_some() {}
}

#[tokio::test(start_paused = true)]
async fn when_all_places_are_taken_the_next_is_told_and_a_place_that_is_left_is_free() {
    let door = door(0).await;
    let feeds = [
        door.feed(FEED, &mia(), None).await,
        door.feed(FEED, &mia(), None).await,
        door.feed(FEED, &mia(), None).await,
    ];
    let answer = door.send(request(Method::GET, FEED, &mia(), Body::empty())).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::SERVICE_UNAVAILABLE, "feeds-full")
    );
    drop(feeds);
    // Nothing is said in between: whoever goes is noticed by itself.
    tokio::time::sleep(Duration::from_millis(10)).await;
    let mut feed = door.feed("/api/v1/feed?after=0", &mia(), None).await;
    assert_eq!(feed.entries(2).await, [1, 2]);
}
