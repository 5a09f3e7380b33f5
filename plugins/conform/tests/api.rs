//! The stand-in by HTTP, as a client meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod client;

use client::Client;
use jackfield_conform::Config;
use serde_json::{Value, json};

async fn started() -> Client {
    Client::start(Config::default()).await
}

#[tokio::test]
async fn a_mention_is_notified_and_an_answer_is_in_its_context() {
    let api = started().await;
    let post = api
        .speak("ana@social.example", "@northwind my lid is broken", json!({}))
        .await;
    let notices = api.get("/api/v1/notifications?types[]=mention").await.json();
    assert_eq!(notices[0]["status"]["id"], post["id"]);
    assert_eq!(notices[0]["account"]["acct"], "ana@social.example");

    let body = json!({"status": "@ana@social.example sorry!", "in_reply_to_id": post["id"], "visibility": "unlisted"});
    let answer = api.post("/api/v1/statuses", &body, Some("key-1")).await.json();
    assert_eq!(answer["visibility"], "unlisted");
    assert_eq!(answer["in_reply_to_id"], post["id"]);
    let context = api
        .get(&format!("/api/v1/statuses/{}/context", post["id"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(context["descendants"][0]["id"], answer["id"]);
    let context = api
        .get(&format!("/api/v1/statuses/{}/context", answer["id"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(context["ancestors"][0]["id"], post["id"]);
}

#[tokio::test]
async fn the_same_key_posts_once() {
    let api = started().await;
    let body = json!({"status": "hello"});
    let first = api.post("/api/v1/statuses", &body, Some("k")).await.json();
    let second = api.post("/api/v1/statuses", &body, Some("k")).await.json();
    let third = api.post("/api/v1/statuses", &body, Some("other")).await.json();
    assert_eq!(first["id"], second["id"]);
    assert_ne!(first["id"], third["id"]);
    assert_eq!(api.all().await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn nobody_sees_what_is_not_for_them() {
    let api = started().await;
    for (visibility, stranger, brand) in [
        ("public", 200, 200),
        ("unlisted", 200, 200),
        ("private", 404, 404),
        ("direct", 404, 404),
    ] {
        let post = api.speak("ana", "not for you", json!({"visibility": visibility})).await;
        let path = format!("/api/v1/statuses/{}", post["id"].as_str().unwrap());
        assert_eq!(api.anonymous(&path).await.status, stranger, "{visibility}");
        assert_eq!(api.get(&path).await.status, brand, "{visibility}");
    }
    let named = api
        .speak("ana", "@northwind for you", json!({"visibility": "direct"}))
        .await;
    let path = format!("/api/v1/statuses/{}", named["id"].as_str().unwrap());
    assert_eq!(api.get(&path).await.status, 200);
    assert_eq!(api.anonymous(&path).await.status, 404);
    assert_eq!(
        api.get("/api/v1/conversations").await.json()[0]["last_status"]["id"],
        named["id"]
    );
}

#[tokio::test]
async fn edits_keep_their_history_and_deletions_leave_nothing() {
    let api = started().await;
    let post = api.speak("ana", "@northwind frist", json!({})).await;
    let path = format!("/api/v1/statuses/{}", post["id"].as_str().unwrap());
    let answer = api
        .post(
            "/api/v1/statuses",
            &json!({"status": "yes?", "in_reply_to_id": post["id"]}),
            None,
        )
        .await
        .json();
    api.admin(
        "PUT",
        &path.replace("/api/v1", "/_standin"),
        &json!({"status": "@northwind first"}),
    )
    .await;
    let now = api.get(&path).await.json();
    assert!(now["content"].as_str().unwrap().contains("first"));
    assert!(now["edited_at"].is_string());
    let history = api.get(&format!("{path}/history")).await.json();
    assert_eq!(history.as_array().unwrap().len(), 2);
    assert_eq!(history[1]["created_at"], now["edited_at"]);
    assert_eq!(history[0]["created_at"], now["created_at"]);

    api.admin("DELETE", &path.replace("/api/v1", "/_standin"), &json!({}))
        .await;
    assert_eq!(api.get(&path).await.status, 404);
    assert_eq!(api.get("/api/v1/notifications").await.json(), json!([]));
    let orphan = api
        .get(&format!("/api/v1/statuses/{}", answer["id"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(orphan["in_reply_to_id"], Value::Null, "as on Mastodon");
}

#[tokio::test]
async fn pages_follow_their_links_and_lose_nothing() {
    let api = started().await;
    for n in 0..25 {
        api.speak("ana", &format!("@northwind {n}"), json!({})).await;
    }
    let mut seen: Vec<u64> = Vec::new();
    let mut next = Some("/api/v1/notifications?limit=10&min_id=0".to_owned());
    while let Some(path) = next {
        let page = api.get(&path).await;
        let ids: Vec<u64> = page
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n["id"].as_str().unwrap().parse().unwrap())
            .collect();
        assert!(ids.is_sorted_by(|a, b| a > b), "newest first");
        seen.extend(ids.iter().rev());
        next = page.link("prev").filter(|_| !ids.is_empty());
    }
    assert_eq!(seen, (1..=25).collect::<Vec<u64>>());
}

#[tokio::test]
async fn what_mastodon_refuses_is_refused_in_its_words() {
    let api = started().await;
    let long = "x".repeat(501);
    let cases = [
        (json!({"status": ""}), 422, "Validation failed: Text can't be blank"),
        (
            json!({"status": long}),
            422,
            "Validation failed: Text character limit of 500 exceeded",
        ),
        (json!({"status": "x", "in_reply_to_id": "1"}), 404, "Record not found"),
        (
            json!({"status": "x", "visibility": "loud"}),
            422,
            "Validation failed: Visibility is not included in the list",
        ),
    ];
    for (body, status, words) in cases {
        let answer = api.post("/api/v1/statuses", &body, None).await;
        assert_eq!(
            (answer.status, answer.json()["error"].as_str().unwrap()),
            (status, words)
        );
    }
    assert_eq!(api.all().await, json!([]));
    assert_eq!(api.anonymous("/api/v1/notifications").await.status, 401);
    let token = api.standin.token().to_owned();
    api.admin("DELETE", &format!("/_standin/tokens/{token}"), &json!({}))
        .await;
    let answer = api.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!(
        (answer.status, answer.json()["error"].as_str().unwrap()),
        (401, "The access token is invalid")
    );
}

#[tokio::test]
async fn the_rate_limit_is_told_and_kept() {
    let api = Client::start(Config {
        rate_limit: 2,
        ..Config::default()
    })
    .await;
    let first = api.get("/api/v2/instance").await;
    assert_eq!(first.header("x-ratelimit-remaining"), Some("1"));
    assert_eq!(first.json()["configuration"]["statuses"]["max_characters"], 500);
    assert_eq!(api.get("/api/v1/instance/").await.status, 200);
    let third = api.get("/api/v1/instance").await;
    assert_eq!(third.status, 429);
    assert!(third.header("x-ratelimit-reset").unwrap().ends_with('Z'));
}
