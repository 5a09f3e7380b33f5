//! Every fault that can be ordered, as a client meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod client;

use client::Client;
use jackfield_conform::Config;
use serde_json::{Value, json};
use std::time::Duration;

/// As long as a client waits in these tests for an answer that does not come.
const SHORT: Duration = Duration::from_millis(1500);

async fn started() -> Client {
    Client::start(Config {
        people: 0,
        ..Config::default()
    })
    .await
}

#[tokio::test]
async fn a_status_is_answered_so_often_and_nothing_is_done() {
    let api = started().await;
    api.fault(json!({"kind": "status", "status": 503, "times": 2, "method": "POST", "path": "/api/v1/statuses", "retry_after": 4})).await;
    for _ in 0..2 {
        let answer = api.post("/api/v1/statuses", &json!({"status": "x"}), None).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("4")));
        assert_eq!(
            api.get("/api/v1/notifications").await.status,
            200,
            "only what was ordered"
        );
    }
    assert_eq!(api.all().await, json!([]));
    assert_eq!(
        api.post("/api/v1/statuses", &json!({"status": "x"}), None).await.status,
        200
    );
}

#[tokio::test]
async fn a_rate_limit_says_how_long() {
    let api = started().await;
    api.fault(json!({"kind": "ratelimit", "retry_after": 9})).await;
    let answer = api.get("/api/v1/notifications").await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("9")));
}

#[tokio::test]
async fn a_malformed_answer_is_no_json() {
    let api = started().await;
    api.fault(json!({"kind": "malformed"})).await;
    let answer = api.get("/api/v1/notifications").await;
    assert_eq!(answer.status, 200);
    assert!(serde_json::from_str::<Value>(&answer.body).is_err());
}

#[tokio::test]
async fn a_cut_answer_is_an_error_of_the_connection_and_it_was_done() {
    let api = started().await;
    api.fault(json!({"kind": "cut-body"})).await;
    let request = api.request("POST", "/api/v1/statuses").json(&json!({"status": "x"}));
    assert!(api.send(request).await.is_err());
    assert_eq!(api.all().await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn after_a_time_out_it_was_done_or_not_as_ordered() {
    for (kind, done) in [("timeout", 0), ("accept-then-timeout", 1)] {
        let api = started().await;
        api.fault(json!({"kind": kind})).await;
        let request = api
            .request("POST", "/api/v1/statuses")
            .json(&json!({"status": "x"}))
            .timeout(SHORT);
        assert!(api.send(request).await.unwrap_err().is_timeout(), "{kind}");
        assert_eq!(api.all().await.as_array().unwrap().len(), done, "{kind}");
    }
}

#[tokio::test]
async fn a_slow_answer_is_whole() {
    let api = started().await;
    api.fault(json!({"kind": "latency", "ms": 300})).await;
    let begin = std::time::Instant::now();
    assert_eq!(api.get("/api/v1/notifications").await.status, 200);
    assert!(begin.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_page_can_come_twice() {
    let api = started().await;
    for n in 0..4 {
        api.speak("ana", &format!("@northwind {n}"), json!({})).await;
    }
    let first = api.get("/api/v1/notifications?min_id=0&limit=2").await.json();
    api.fault(json!({"kind": "duplicate-page"})).await;
    assert_eq!(api.get("/api/v1/notifications?min_id=2&limit=2").await.json(), first);
    assert_ne!(api.get("/api/v1/notifications?min_id=2&limit=2").await.json(), first);
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused_in_words() {
    let api = started().await;
    let cases = [
        (json!({"kind": "status"}), "needs the field `status`"),
        (json!({"kind": "status", "status": 200}), "must be 400 to 599"),
        (json!({"kind": "malformed", "times": 0}), "at least 1"),
    ];
    for (order, words) in cases {
        let answer = api.post("/_standin/faults", &order, None).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains(words), "{}", answer.body);
    }
    assert_eq!(
        api.post("/_standin/faults", &json!({"kind": "gremlins"}), None)
            .await
            .status,
        422
    );
    api.fault(json!({"kind": "malformed", "times": 5})).await;
    api.admin("DELETE", "/_standin/faults", &json!({})).await;
    assert_eq!(api.get("/api/v1/notifications").await.json(), json!([]));
}
