//! The people who live in the stand-in: reproducible, and reacting to what the brand answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod client;

use client::Client;
use jackfield_conform::people::Character;
use jackfield_conform::{Config, Standin};
use serde_json::{Value, json};
use std::time::Duration;

/// What everybody said after so many steps.
async fn said(seed: u64, steps: usize) -> Vec<(String, String)> {
    let standin = Standin::start(Config {
        seed,
        ..Config::default()
    })
    .await
    .unwrap();
    for _ in 0..steps {
        standin.step();
    }
    let said = standin.with_world(|world| {
        let acct = |id| world.account(id).unwrap().acct();
        world.posts().map(|p| (acct(p.author), p.now().text)).collect()
    });
    standin.stop().await;
    said
}

#[tokio::test]
async fn the_same_seed_gives_the_same_people_and_words() {
    let (first, again, other) = (said(7, 40).await, said(7, 40).await, said(8, 40).await);
    assert!(first.len() > 20, "{first:?}");
    assert_eq!(first, again);
    assert_ne!(first, other);
}

/// A stand-in in which one person of this character has begun to write; the post.
async fn with(character: Character) -> (Client, Value) {
    let people = Character::ALL.iter().position(|c| *c == character).unwrap() + 1;
    let api = Client::start(Config {
        people,
        seed: 3,
        ..Config::default()
    })
    .await;
    for _ in 0..200 {
        api.standin.step();
        let all = api.all().await;
        let who = api.admin("GET", "/_standin/", &json!({})).await["people"][people - 1]["acct"].clone();
        if let Some(post) = all.as_array().unwrap().iter().find(|p| p["account"]["acct"] == who) {
            return (api, post.clone());
        }
    }
    panic!("{character:?} never writes");
}

/// The brand answers; steps until the person has done something about it; every post then.
async fn answered(api: &Client, post: &Value, words: &str) -> Vec<Value> {
    let text = format!("@{} {words}", post["account"]["acct"].as_str().unwrap());
    let body = json!({"status": text, "in_reply_to_id": post["id"], "visibility": post["visibility"]});
    let answer = api.post("/api/v1/statuses", &body, None).await.json();
    for _ in 0..50 {
        let did = api.standin.step().unwrap();
        let all = api.all().await.as_array().unwrap().clone();
        let reacted = all.iter().any(|p| p["in_reply_to_id"] == answer["id"]);
        if reacted || did.contains("MarkSolved") || did.contains("TakeAway") {
            return all;
        }
    }
    panic!("no reaction to {words:?}");
}

fn answer_of<'a>(all: &'a [Value], post: &Value) -> &'a Value {
    let who = &post["account"]["id"];
    all.iter().rfind(|p| p["account"]["id"] == *who).unwrap()
}

#[tokio::test]
async fn a_solution_is_thanked_for_and_a_putting_off_is_not() {
    let (api, post) = with(Character::Impatient).await;
    let all = answered(&api, &post, "We are looking into it, please wait.").await;
    let complaint = answer_of(&all, &post).clone();
    assert!(
        !complaint["text"].as_str().unwrap().to_lowercase().contains("thank"),
        "{complaint}"
    );
    let all = answered(&api, &complaint, "Sorry! A new one is on its way.").await;
    let thanks = answer_of(&all, &post)["text"].as_str().unwrap().to_lowercase();
    assert!(
        ["thank", "dank", "gracias", "obrigad", "merci"]
            .iter()
            .any(|t| thanks.contains(t)),
        "{thanks}"
    );
}

#[tokio::test]
async fn who_is_asked_for_a_private_word_gives_it_in_private() {
    let (api, post) = with(Character::Grateful).await;
    let all = answered(&api, &post, "Could you send us the order number by direct message?").await;
    assert_eq!(answer_of(&all, &post)["visibility"], "direct");
    let notices = api.get("/api/v1/notifications").await.json();
    assert_eq!(notices[0]["status"]["visibility"], "direct");
}

#[tokio::test]
async fn who_mends_edits_and_who_regrets_takes_away() {
    let (api, post) = with(Character::Mender).await;
    let all = answered(&api, &post, "It is fixed now.").await;
    let now = all.iter().find(|p| p["id"] == post["id"]).unwrap();
    assert!(
        now["edited_at"].is_string() && now["text"].as_str().unwrap().contains("Edit: solved."),
        "{now}"
    );

    let (api, post) = with(Character::Regretful).await;
    let all = answered(&api, &post, "It is fixed now.").await;
    assert!(all.iter().all(|p| p["id"] != post["id"]));
}

#[tokio::test]
async fn spam_is_never_followed_up() {
    let (api, post) = with(Character::Spammer).await;
    let body = json!({"status": "@x no thank you", "in_reply_to_id": post["id"]});
    api.post("/api/v1/statuses", &body, None).await;
    for _ in 0..60 {
        api.standin.step();
    }
    let who = &post["account"]["id"];
    assert!(
        api.all()
            .await
            .as_array()
            .unwrap()
            .iter()
            .all(|p| p["account"]["id"] != *who || p["in_reply_to_id"].is_null())
    );
}

#[tokio::test]
async fn with_a_pace_people_write_by_themselves() {
    let api = Client::start(Config {
        pace: Some(Duration::from_millis(20)),
        ..Config::default()
    })
    .await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while api.get("/api/v1/notifications").await.json().as_array().unwrap().len() < 5 {
        assert!(tokio::time::Instant::now() < deadline, "nobody writes");
        tokio::task::yield_now().await;
    }
    let addr = api.standin.addr();
    api.standin.stop().await;
    assert!(
        tokio::net::TcpStream::connect(addr).await.is_err(),
        "nothing listens after the end"
    );
}

#[tokio::test]
async fn it_listens_on_this_machine_only() {
    let error = Standin::start(Config {
        listen: "0.0.0.0:0".parse().unwrap(),
        ..Config::default()
    })
    .await
    .unwrap_err();
    assert!(error.to_string().contains("loopback"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_token_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(
        &path,
        "an older and much longer token than the one that comes, for everybody to read",
    )
    .unwrap();
    let standin = Standin::start(Config {
        token_file: Some(path.clone()),
        ..Config::default()
    })
    .await
    .unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), standin.token());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
