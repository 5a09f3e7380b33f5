//! The operator's door: shut unless a token is configured, open to nothing else, every route documented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fall"
)]

mod stage;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use jackfield_server::admin::{self, Admin, AdminKey};
use jackfield_server::config::SecretRef;
use jackfield_store::{Commit, Intake, NewRaw, RawId, RawKind, RawRequest, Reason, Store};
use serde_json::{Value, json};
use stage::ask::{claims, private, token};
use stage::raw::Is;
use stage::{House, LINE, START, record};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;

const TOKEN: &str = "an-admin-token-of-the-tests-0123456789";

fn key(folder: &Path, token: &str) -> Result<AdminKey, String> {
    let path = folder.join("admin.token");
    std::fs::write(&path, token).unwrap();
    private(&path);
    AdminKey::open(&SecretRef::File(path))
}

fn door(key: Option<AdminKey>) -> Router {
    door_of(&House::dark(), key)
}

fn door_of(house: &House, key: Option<AdminKey>) -> Router {
    admin::routes(Arc::new(Admin {
        key,
        desk: house.desk.clone(),
        board: Arc::clone(&house.board),
        registry: None,
    }))
}

async fn ask(door: &Router, method: Method, path: &str, token: Option<&str>) -> (StatusCode, Value) {
    send(door, method, path, token, None).await
}

async fn send(
    door: &Router,
    method: Method,
    path: &str,
    token: Option<&str>,
    body: Option<&str>,
) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_owned()));
    let response = door.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test]
async fn no_route_is_reached_without_the_admin_token() {
    let folder = tempfile::tempdir().unwrap();
    let door = door(Some(key(folder.path(), TOKEN).unwrap()));
    let agent = token(&claims());
    for (method, path) in admin::paths()
        .into_iter()
        .filter(|(_, path)| path.starts_with("/admin/v1"))
    {
        let path = path.replace("{name}", "poster").replace("{id}", "main");
        for (token, code) in [
            (None, "admin-token-missing"),
            (Some("wrong"), "admin-token-wrong"),
            (Some(agent.as_str()), "admin-token-wrong"),
            (Some(&TOKEN[1..]), "admin-token-wrong"),
        ] {
            let (status, body) = ask(&door, method.clone(), &path, token).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}: {body}");
            assert_eq!(body["code"], code, "{method} {path}");
        }
    }
    let (status, body) = ask(&door, Method::GET, "/admin/v1/nothing", Some(TOKEN)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(
        body["message"].as_str().unwrap().contains("/admin/openapi.json"),
        "{body}"
    );
}

#[tokio::test]
async fn without_a_token_in_the_configuration_the_door_is_shut_and_says_how_to_open_it() {
    let door = door(None);
    for (method, path) in admin::paths()
        .into_iter()
        .filter(|(_, path)| path.starts_with("/admin/v1"))
    {
        let path = path.replace("{name}", "poster").replace("{id}", "main");
        let (status, body) = ask(&door, method, &path, Some(TOKEN)).await;
        assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &"admin-off".into()));
        assert!(body["message"].as_str().unwrap().contains("[admin]"), "{body}");
    }
}

#[test]
fn a_token_that_can_be_guessed_or_read_by_others_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let why = key(folder.path(), "secret").err().unwrap();
    assert!(why.contains("openssl rand"), "{why}");
    let path = folder.path().join("admin.token");
    std::fs::write(&path, TOKEN).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let why = AdminKey::open(&SecretRef::File(path)).err().unwrap();
    assert!(why.contains("chmod 600"), "{why}");
}

#[test]
fn every_route_is_in_the_document_with_its_refusal_and_nothing_else_is() {
    let document = serde_json::to_value(admin::document()).unwrap();
    let mut told = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            told.insert(format!("{} {path}", method.to_uppercase()));
            let words = operation["summary"].as_str().unwrap_or("");
            assert!(words.len() > 10, "{method} {path}: {operation}");
            if path.starts_with("/admin/v1") {
                assert_eq!(
                    operation["security"][0]["admin"],
                    serde_json::json!([]),
                    "{method} {path}"
                );
                assert!(
                    operation["responses"]["401"].to_string().contains("Problem"),
                    "{method} {path}"
                );
            }
        }
    }
    let served: BTreeSet<String> = admin::paths()
        .iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert_eq!(told, served);
}

/// A house with a line that was sent something at 1, 2 and 3 seconds of its life: one done, one set aside, one waiting.
async fn sent() -> (House, Router, tempfile::TempDir) {
    let house = House::dark();
    house.store.put_connection(record(LINE)).await.unwrap();
    for n in 1..=3 {
        let raw = NewRaw {
            connection: LINE.into(),
            received_at: START + n * 1_000,
            mark: vec![n as u8],
            kind: RawKind::Request,
            request: RawRequest {
                method: "POST".to_owned(),
                path: String::new(),
                query: String::new(),
                headers: Vec::new(),
                body: SAID.to_vec(),
            },
        };
        house.store.keep(raw).await.unwrap();
    }
    let done = Commit {
        now: START,
        ..Commit::default()
    };
    house.store.commit_ingested(done, RawId(1)).await.unwrap();
    let reason = Reason {
        words: "it does not read it".to_owned(),
        ..Reason::default()
    };
    house.store.failed(RawId(2), reason, true).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let door = door_of(&house, Some(key(folder.path(), TOKEN).unwrap()));
    (house, door, folder)
}

/// What a person wrote.
const SAID: &[u8] = b"my parcel, PNR-77812, is wet";

fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap().to_string()
}

#[tokio::test(start_paused = true)]
async fn a_span_of_time_is_ingested_again_and_nothing_else() {
    let (house, door, _folder) = sent().await;
    let (from, to) = (time(START + 1_000), time(START + 1_500));
    let path = format!("/admin/v1/connections/{LINE}/reingest?from={from}&to={to}");
    for dry in ["&dry-run=true", "&dry-run=true", ""] {
        let (status, body) = ask(&door, Method::POST, &format!("{path}{dry}"), Some(TOKEN)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let again = u64::from(dry.is_empty());
        assert_eq!(
            body,
            json!({"all": 1, "done": 1, "set_aside": 0, "waiting": 0, "again": again})
        );
    }
    let stand: Vec<_> = house
        .store
        .inputs()
        .into_iter()
        .map(|(is, _, _)| is == Is::Waiting)
        .collect();
    assert_eq!(stand, [true, false, true]);
    let whole = format!("/admin/v1/connections/{LINE}/reingest?from={}", time(START));
    let (_, body) = ask(&door, Method::POST, &whole, Some(TOKEN)).await;
    assert_eq!(body["all"], 0, "until now, when nothing had come yet: {body}");
}

#[tokio::test(start_paused = true)]
async fn what_was_set_aside_is_listed_without_its_words_and_replayed_by_number() {
    let (house, door, _folder) = sent().await;
    for path in ["/admin/v1/poison", &format!("/admin/v1/poison?connection={LINE}")] {
        let (status, body) = ask(&door, Method::GET, path, Some(TOKEN)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let [one] = body.as_array().unwrap().as_slice() else {
            panic!("{body}");
        };
        assert_eq!((&one["item"], &one["from"]), (&json!(2), &json!("webhook")));
        assert_eq!((&one["tries"], &one["bytes"]), (&json!(1), &json!(SAID.len())));
        assert_eq!(one["reason"], "it does not read it");
        assert!(!body.to_string().contains("PNR-77812"), "{body}");
    }
    let replay = format!("/admin/v1/connections/{LINE}/poison/replay");
    let (status, body) = send(&door, Method::POST, &replay, Some(TOKEN), Some(r#"{"items": [2]}"#)).await;
    assert_eq!((status, &body["again"]), (StatusCode::OK, &json!(1)), "{body}");
    assert!(house.store.inputs().iter().all(|(is, _, _)| *is != Is::Aside));
    let (_, body) = ask(&door, Method::GET, "/admin/v1/poison", Some(TOKEN)).await;
    assert_eq!(body, json!([]));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_ingested_again_is_refused_in_words_and_changes_nothing() {
    let (house, door, _folder) = sent().await;
    let before = house.store.inputs();
    let reingest = |query: &str| format!("/admin/v1/connections/{LINE}/reingest{query}");
    let replay = format!("/admin/v1/connections/{LINE}/poison/replay");
    let post = Method::POST;
    for (path, body, status, code, words) in [
        (reingest(""), None, 400, "query-field", "from"),
        (reingest("?from=yesterday"), None, 400, "query-field", "36h"),
        (reingest("?from=1h&to=soon"), None, 400, "query-field", "`to`"),
        (reingest("?from=1h&to=2h"), None, 400, "query-field", "Swap the two"),
        (reingest("?from=1h&until=2h"), None, 400, "query-field", "until"),
        (
            "/admin/v1/connections/other/reingest?from=1h".to_owned(),
            None,
            404,
            "connection-unknown",
            LINE,
        ),
        (replay.clone(), None, 415, "body-not-json", "Content-Type"),
        (replay.clone(), Some(r#"{"items": ["2"]}"#), 400, "body-field", "items"),
        (replay.clone(), Some(r#"{"item": 2}"#), 400, "body-field", "item"),
        (
            replay.clone(),
            Some(r#"{"items": [1, 99]}"#),
            404,
            "poison-unknown",
            "poison?connection=",
        ),
        (
            "/admin/v1/connections/other/poison/replay".to_owned(),
            Some("{}"),
            404,
            "connection-unknown",
            LINE,
        ),
    ] {
        let (answered, said) = send(&door, post.clone(), &path, Some(TOKEN), body).await;
        assert_eq!(
            (answered.as_u16(), said["code"].as_str()),
            (status, Some(code)),
            "{path}: {said}"
        );
        assert!(said["message"].as_str().unwrap().contains(words), "{path}: {said}");
    }
    let (status, said) = ask(&door, Method::GET, "/admin/v1/poison?connection=other", Some(TOKEN)).await;
    assert_eq!(
        (status.as_u16(), said["code"].as_str()),
        (404, Some("connection-unknown"))
    );
    assert_eq!(house.store.inputs(), before);
}
