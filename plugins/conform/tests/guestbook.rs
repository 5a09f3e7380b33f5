//! The guestbook's face of the stand-in, as a connector meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod client;

use client::Client;
use jackfield_conform::Config;
use serde_json::{Value, json};

async fn started() -> Client {
    Client::start(Config {
        people: 0,
        ..Config::default()
    })
    .await
}

/// What happened after a number: the words for it and the ids.
async fn changes(api: &Client, query: &str) -> (Vec<(String, String)>, Value) {
    let page = api.get(&format!("/book/changes?{query}")).await.json();
    let told = page["changes"].as_array().unwrap().iter();
    let told = told.map(|one| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&one["what"]), text(&one["entry"]["id"]))
    });
    (told.collect(), page)
}

#[tokio::test]
async fn what_happened_is_one_numbered_list_and_a_gone_entry_is_told_once() {
    let api = started().await;
    let first = api.speak("ana", "Is it open on Monday?", json!({})).await;
    let first = first["id"].as_str().unwrap().to_owned();
    let gone = api.speak("ben", "never mind", json!({})).await;
    let gone = gone["id"].as_str().unwrap().to_owned();
    api.admin(
        "PUT",
        &format!("/_standin/statuses/{first}"),
        &json!({"status": "Is it open on Tuesday?"}),
    )
    .await;
    api.admin("DELETE", &format!("/_standin/statuses/{gone}"), &json!({}))
        .await;

    let (told, page) = changes(&api, "after=0").await;
    let expected = [("posted", &first), ("edited", &first), ("deleted", &gone)];
    let expected: Vec<_> = expected.map(|(what, id)| (what.to_owned(), id.clone())).to_vec();
    assert_eq!(told, expected);
    assert_eq!((&page["last"], &page["more"]), (&json!(4), &json!(false)));
    assert_eq!(page["changes"][0]["entry"]["text"], "Is it open on Tuesday?");
    assert_eq!(changes(&api, "after=4").await.0, []);
}

#[tokio::test]
async fn a_page_has_a_limit_and_says_that_there_is_more() {
    let api = started().await;
    for n in 0..7 {
        api.speak("ana", &format!("number {n}"), json!({})).await;
    }
    let (told, page) = changes(&api, "after=0&limit=3").await;
    assert_eq!((told.len(), &page["last"], &page["more"]), (3, &json!(3), &json!(true)));
    let (told, page) = changes(&api, "after=6&limit=3").await;
    assert_eq!((told.len(), &page["more"]), (1, &json!(false)));
}

#[tokio::test]
async fn an_answer_stays_in_its_thread_and_its_key_gives_it_back() {
    let api = started().await;
    let asked = api
        .speak("ana", "@northwind Where is my parcel?", json!({"visibility": "direct"}))
        .await;
    let asked = asked["id"].as_str().unwrap().to_owned();
    let answer = json!({"text": "On its way.", "answers": asked, "private": true});
    let written = api.post("/book/entries", &answer, Some("key-1")).await;
    assert_eq!(written.status, 201);
    let again = api.post("/book/entries", &answer, Some("key-1")).await;
    assert_eq!((again.status, again.json()), (200, written.json()));

    let page = changes(&api, "after=0").await.1;
    let entry = |n: usize| page["changes"][n]["entry"].clone();
    assert_eq!(entry(0)["thread"], entry(1)["thread"]);
    assert_eq!(entry(1)["answers"], json!(asked));
    assert_eq!(
        (&entry(0)["private"], &entry(1)["private"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(entry(1)["author"]["name"], "northwind");

    let found = api.get("/book/entries?key=key-1").await.json();
    assert_eq!(found["entries"], json!([written.json()]));
    assert_eq!(api.get("/book/entries?key=other").await.json()["entries"], json!([]));
}

#[tokio::test]
async fn refusals_say_why() {
    let api = started().await;
    assert_eq!(api.anonymous("/book/me").await.status, 401);
    assert_eq!(api.get("/book/me").await.json()["name"], "northwind");
    let long = api.post("/book/entries", &json!({"text": "x".repeat(501)}), None).await;
    assert_eq!(long.status, 422);
    assert!(long.json()["error"].as_str().unwrap().contains("500"));
    let lost = api
        .post("/book/entries", &json!({"text": "x", "answers": "12"}), None)
        .await;
    assert_eq!(lost.status, 404);
    api.fault(json!({"kind": "ratelimit", "retry_after": 9, "path": "/book/"}))
        .await;
    let limited = api.get("/book/changes").await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("9")));
}
