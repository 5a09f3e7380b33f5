//! Policies of a host: read at the start, applied while it works, taken back; never half, never with a mistake.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use jackfield_desk::{Command, Conversation};
use jackfield_protocol::{Command as Wish, CommandRequest};
use jackfield_server::admin::{self, Admin, AdminKey};
use jackfield_server::alarm::Alarm;
use jackfield_server::config::{PolicyConfig, SecretRef};
use jackfield_server::house::begin;
use jackfield_store::Store as _;
use serde_json::{Value, json};
use stage::ask::private;
use stage::{House, thread_id};
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;

const TOKEN: &str = "an-admin-token-of-the-tests-0123456789";

fn rule(points: i64) -> String {
    format!("[rules.vip]\non = 'message'\ndo = [{{ priority = {points} }}]\n")
}

async fn started(house: &House, folder: &Path) -> Result<(), String> {
    let config = PolicyConfig {
        folder: Some(folder.to_owned()),
        dictionaries: None,
    };
    begin(&house.desk.policies, house.store.as_ref(), &config, 1).await
}

fn version(house: &House) -> String {
    house.desk.policies.now().current.version.clone()
}

#[tokio::test(start_paused = true)]
async fn the_folder_is_read_at_the_start_and_what_was_taken_back_stays_so() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("rules.toml"), text).unwrap();
    let house = House::dark();
    write(&rule(5));
    started(&house, folder.path()).await.unwrap();
    let one = version(&house);
    // A mistake is an error of the start, with its place, and changes nothing.
    write("[rules.vip]\non = 'mesage'\ndo = []\n");
    let why = started(&house, folder.path()).await.unwrap_err();
    assert!(
        why.contains("rules.toml:2: rules.vip.on: ") && why.contains("write \"message\""),
        "{why}"
    );
    assert_eq!(version(&house), one);
    // A new one comes into force by a start.
    write(&rule(7));
    started(&house, folder.path()).await.unwrap();
    let two = version(&house);
    assert_ne!(one, two);
    // Taken back, it stays taken back whatever the folder says.
    house
        .desk
        .policies
        .back_to(house.store.as_ref(), &one, ("mia", "too many"), 2)
        .await
        .unwrap();
    started(&house, folder.path()).await.unwrap();
    assert_eq!(version(&house), one);
    let log = house.store.policies().await.unwrap();
    let all: Vec<_> = log
        .iter()
        .map(|entry| (entry.entry.version.as_str(), entry.entry.who.as_str()))
        .collect();
    assert_eq!(
        all,
        [
            (one.as_str(), "the host"),
            (two.as_str(), "the host"),
            (one.as_str(), "mia")
        ]
    );
}

async fn ask(door: &axum::Router, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/json")
        .header("jackfield-operator", "ops");
    let body = if body.is_null() {
        Body::empty()
    } else {
        Body::from(body.to_string())
    };
    let response = door.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test(start_paused = true)]
async fn an_operator_applies_reads_and_takes_back_and_it_counts_from_the_next_decision_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admin.token");
    std::fs::write(&path, TOKEN).unwrap();
    private(&path);
    let house = House::open().await;
    let door = admin::routes(Arc::new(Admin {
        key: Some(AdminKey::open(&SecretRef::File(path)).unwrap()),
        desk: house.desk.clone(),
        board: Arc::clone(&house.board),
        registry: None,
    }));
    let files = |text: &str| json!({"files": [{"name": "rules.toml", "text": text}], "why": "a test"});
    house.network.post("1", "a", "Where is it?");
    house.until("stored", |h| h.messages() == ["1"]).await;

    let (status, looked) = ask(&door, Method::POST, "/admin/v1/policy/check", files(&rule(5))).await;
    assert_eq!(status, StatusCode::OK, "{looked}");
    assert!(
        looked["changes"][0].as_str().unwrap().starts_with("+ rule vip: "),
        "{looked}"
    );
    assert!(house.desk.policies.now().is_none(), "looking changes nothing");
    let (status, wrong) = ask(&door, Method::PUT, "/admin/v1/policy", files("[rulez.a]\n")).await;
    assert_eq!(
        (status, &wrong["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("policy-faults"))
    );
    assert_eq!(
        (&wrong["faults"][0]["line"], &wrong["faults"][0]["at"]),
        (&json!(1), &json!("rulez")),
        "{wrong}"
    );
    let (_, applied) = ask(&door, Method::PUT, "/admin/v1/policy", files(&rule(5))).await;
    assert_eq!(applied["applied"]["who"], "ops, operator", "{applied}");
    let one = applied["version"].as_str().unwrap().to_owned();

    house.network.post("2", "a", "And now?");
    house.until("stored", |h| h.messages().len() == 2).await;
    let weights = |state: &Conversation| state.weights.get("vip").copied();
    assert_eq!(
        weights(&house.conversation("a").unwrap()),
        Some(5),
        "once for the message after it, not for the one before"
    );

    let mut late = files(&rule(7));
    late["expected"] = json!("0000000000000000");
    let (status, moved) = ask(&door, Method::PUT, "/admin/v1/policy", late).await;
    assert_eq!((status, &moved["code"]), (StatusCode::CONFLICT, &json!("policy-moved")));
    ask(&door, Method::PUT, "/admin/v1/policy", files(&rule(7))).await;
    let (status, back) = ask(
        &door,
        Method::POST,
        "/admin/v1/policy/rollback",
        json!({"version": one}),
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{back}");
    let (_, unknown) = ask(
        &door,
        Method::POST,
        "/admin/v1/policy/rollback",
        json!({"version": "none"}),
    )
    .await;
    assert_eq!(unknown["code"], "policy-unknown");
    let (_, log) = ask(&door, Method::GET, "/admin/v1/policy-log", Value::Null).await;
    assert_eq!(log.as_array().unwrap().len(), 3, "{log}");
    let (_, now) = ask(&door, Method::GET, "/admin/v1/policy", Value::Null).await;
    assert_eq!(
        (&now["version"], &now["applied"]["number"]),
        (&json!(one), &json!(3)),
        "{now}"
    );
    let trying = json!({"workspace": "demo", "brand": "northwind", "what": {"since": 0}});
    let (_, tried) = ask(&door, Method::POST, "/admin/v1/policy/dry-run", trying).await;
    assert_eq!((&tried["count"], &tried["seen"]), (&json!(2), &json!(2)), "{tried}");
}

#[tokio::test(start_paused = true)]
async fn time_alone_wakes_a_rule_and_a_reply_that_nobody_read_expires() {
    let folder = tempfile::tempdir().unwrap();
    let policy = "[rules.forgotten]\non = 'time-passed'\nwhen = { waited = { at-least = '1h' } }\ndo = [{ tag = 'forgotten' }]\n\
                  [voices.northwind]\nexpires = '2h'\nrisk = { public = 4 }\n";
    std::fs::write(folder.path().join("a.toml"), policy).unwrap();
    let house = House::open().await;
    house.network.post("1", "a", "Where is it?");
    house.until("stored", |h| h.messages() == ["1"]).await;
    started(&house, folder.path()).await.unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let worker = tokio::spawn(Alarm::new(house.desk.clone()).run(stop.clone()));
    let tagged = |house: &House| house.conversation("a").unwrap().tags.contains("forgotten");
    let begun = house.clock.now();
    house.until("tagged", tagged).await;
    let waited = house.clock.now() - begun;
    assert!((3_590_000..3_600_100).contains(&waited), "{waited} ms");
    let request = CommandRequest {
        id: "r1".into(),
        command: Wish::Reply {
            text: "It comes.".to_owned(),
            visibility: jackfield_protocol::Visibility::Public,
            parent: None,
        },
    };
    let reply = Command::Agent {
        by: "mia".into(),
        request,
    };
    house
        .desk
        .act(&thread_id("a"), reply, jackfield_desk::LineRules::default())
        .await
        .unwrap();
    assert!(house.replied("a", "r1").unwrap().is_held());
    let begun = house.clock.now();
    tokio::time::sleep(std::time::Duration::from_secs(7100)).await;
    assert!(house.replied("a", "r1").unwrap().is_held());
    house
        .until("expired", |house| !house.replied("a", "r1").unwrap().is_held())
        .await;
    assert!((7_200_000..7_300_000).contains(&(house.clock.now() - begun)));
    assert!(house.network.published().is_empty());
    stop.cancel();
    worker.await.unwrap();
}

/// What a command said, and whether it went well.
fn type_in(folder: &Path, words: &[&str]) -> (bool, String) {
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_jackfield"))
        .current_dir(folder)
        .args(words)
        .output()
        .unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn at_the_command_line_a_policy_is_compared_applied_listed_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| type_in(folder.path(), words);
    let origin = "https://crm.example";
    let init = [
        "init",
        "--dir",
        ".",
        "--workspace",
        "demo",
        "--brand",
        "northwind",
        "--origin",
        origin,
    ];
    assert!(run(&init).0, "{}", run(&init).1);
    std::fs::create_dir(folder.path().join("policies")).unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("policies/rules.toml"), text).unwrap();
    write(&rule(5));
    assert_eq!(
        run(&["policy", "log"]),
        (true, "No policy was ever applied.\n".to_owned())
    );
    let (well, said) = run(&["policy", "diff", "policies"]);
    assert!(
        well && said.starts_with("+ rule vip: ") && said.ends_with("not applied.\n"),
        "{said}"
    );
    let (well, said) = run(&["policy", "apply", "policies", "--why", "a beginning"]);
    assert!(well && said.ends_with("in force as number 1.\n"), "{said}");
    let one = said
        .rsplit(" -> ")
        .next()
        .unwrap()
        .split(':')
        .next()
        .unwrap()
        .to_owned();
    write(&rule(7));
    let (well, said) = run(&["policy", "apply", "policies"]);
    assert!(well && said.contains("rule vip, do 1, priority: 5 -> 7"), "{said}");
    write("[rules.vip]\non = 'mesage'\ndo = []\n");
    let (well, said) = run(&["policy", "apply", "policies"]);
    assert!(
        !well && said.contains("policies/rules.toml:2: rules.vip.on: "),
        "{said}"
    );
    let (well, said) = run(&["policy", "apply", "--version", &one, "--why", "seven was too much"]);
    assert!(well && said.ends_with("in force as number 3.\n"), "{said}");
    let (_, log) = run(&["policy", "log"]);
    assert_eq!(log.lines().count(), 3, "{log}");
    assert!(
        log.ends_with(": seven was too much\n") && log.contains(", command line: a beginning"),
        "{log}"
    );
    let (well, said) = run(&["policy", "apply"]);
    assert!(!well && said.contains("[policy] folder"), "{said}");
    let (well, said) = run(&["policy", "apply", "policies", "--to", "https://desk.example"]);
    assert!(!well && said.contains("http://HOST:PORT"), "{said}");
}
