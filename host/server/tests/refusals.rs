//! Bad input gets a clear answer and changes nothing: tables of requests with the status, the code, the field and the
//! words of each answer, and after every table a look at whether anything was written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use stage::ask::{Answer, Row, check, claims, claims_with, door, request, token};
use stage::thread_id;

#[tokio::test(start_paused = true)]
async fn a_bad_body_is_refused_with_its_field_and_changes_nothing() {
    let door = door().await;
    let path = format!("/api/v1/conversations/{}/commands", thread_id("a"));
    let json_of = |value: Value| value.to_string().into_bytes();
    let note = |text: &str| json!({"id": "n1", "command": {"do": "note", "text": text}});
    let mut not_utf8 = json_of(note("caf"));
    let at = not_utf8.windows(3).position(|three| three == b"caf").unwrap();
    not_utf8[at + 2] = 0xe9;
    #[rustfmt::skip] // a table is read by its columns
    let rows: Vec<Row<'_, Vec<u8>>> = vec![
        ("empty", Vec::new(), 400, "body-not-json", None, "not JSON"),
        ("cut off", b"{\"id\": \"n1\",".to_vec(), 400, "body-not-json", None, "line 1, column"),
        ("something behind it", b"{\"id\":\"n1\",\"command\":{\"do\":\"take\"}} x".to_vec(), 400, "body-not-json", None, "trailing"),
        ("too large", json_of(note(&"n".repeat(70_000))), 413, "body-too-large", None, "64 KiB"),
        ("not UTF-8", not_utf8, 400, "body-not-utf8", None, "byte"),
        ("an unknown field", json_of(json!({"id": "n1", "command": {"do": "take"}, "force": true})), 400, "body-field", Some("force"), "unknown field"),
        ("an unknown field inside", json_of(json!({"id": "n1", "command": {"do": "note", "text": "x", "colour": 1}})), 400, "body-field", Some("command.colour"), "unknown field"),
        ("an unknown field beside a bare word", json_of(json!({"id": "n1", "command": {"do": "take", "force": true}})), 400, "body-field", Some("command.force"), "no field `command.force`"),
        ("no command", json_of(json!({"id": "n1"})), 400, "body-field", Some("command"), "missing field"),
        ("no text", json_of(json!({"id": "n1", "command": {"do": "note"}})), 400, "body-field", Some("command.text"), "missing field"),
        ("an unknown command", json_of(json!({"id": "n1", "command": {"do": "explode"}})), 400, "body-field", Some("command.do"), "explode"),
        ("a number for an id", json_of(json!({"id": 7, "command": {"do": "take"}})), 400, "body-field", Some("id"), "invalid type"),
        ("an id that cannot be one", json_of(json!({"id": "a b", "command": {"do": "take"}})), 409, "command-id-malformed", Some("id"), "A-Z a-z 0-9"),
        ("an empty note", json_of(note("")), 409, "note-empty", Some("command.text"), "write a note"),
        ("an empty reply", json_of(json!({"id": "r1", "command": {"do": "reply", "text": " ", "visibility": "public"}})), 409, "reply-empty", Some("command.text"), "write a text"),
        ("a reply that is too long", json_of(json!({"id": "r1", "command": {"do": "reply", "text": "x".repeat(501), "visibility": "public"}})), 409, "reply-too-long", Some("command.text"), "1 too long"),
        ("a note for the public", json_of(json!({"id": "r1", "command": {"do": "reply", "text": "x", "visibility": "internal"}})), 409, "visibility-internal", Some("command.visibility"), "never published"),
        ("an answer to nothing", json_of(json!({"id": "r1", "command": {"do": "reply", "text": "x", "visibility": "public", "parent": "99"}})), 409, "parent-unknown", Some("command.parent"), "not part of this conversation"),
        ("a version from the future", json_of(json!({"id": "s1", "command": {"do": "seen", "version": 99}})), 409, "version-unknown", Some("command.version"), "read it again"),
    ];
    let (commits, before) = (door.house.store.commits(), door.house.conversation("a"));
    for (name, body, status, code, field, words) in rows {
        let answer = door
            .send(request(Method::POST, &path, &token(&claims()), Body::from(body)))
            .await;
        check(name, &answer, status, code, field, words);
    }
    let mut form = request(Method::POST, &path, &token(&claims()), Body::from("do=take"));
    form.headers_mut()
        .insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    check(
        "a form",
        &door.send(form).await,
        415,
        "body-not-json",
        None,
        "Content-Type",
    );
    assert_eq!(
        (door.house.store.commits(), door.house.conversation("a")),
        (commits, before)
    );
}

#[tokio::test(start_paused = true)]
async fn a_bad_address_is_refused_with_its_field() {
    let door = door().await;
    let get = Method::GET;
    #[rustfmt::skip] // a table is read by its columns
    let rows: &[Row<'_, &Method>] = &[
        ("/api/v1/conversations?colour=red", &get, 400, "query-field", Some("colour"), "unknown field"),
        ("/api/v1/conversations?status=shut", &get, 400, "query-field", Some("status"), "`open`, `resolved` or `all`"),
        ("/api/v1/conversations?limit=0", &get, 400, "query-field", Some("limit"), "1 to 200"),
        ("/api/v1/conversations?limit=201", &get, 400, "query-field", Some("limit"), "1 to 200"),
        ("/api/v1/conversations?limit=many", &get, 400, "query-field", Some("limit"), "invalid digit"),
        ("/api/v1/conversations?owner=", &get, 400, "query-field", Some("owner"), "`me`"),
        ("/api/v1/conversations?q=caf%E9", &get, 400, "query-not-utf8", Some("q"), "not UTF-8"),
        ("/api/v1/conversations?limit=1&limit=2", &get, 400, "query-field", Some("limit"), "duplicate field"),
        ("/api/v1/search", &get, 400, "query-field", Some("q"), "missing field"),
        ("/api/v1/search?q=%20", &get, 400, "query-field", Some("q"), "empty"),
        ("/api/v1/feed?after=-1", &get, 400, "query-field", Some("after"), "invalid digit"),
        ("/api/v1/conversations/%FF", &get, 400, "path-not-utf8", Some("id"), "not UTF-8"),
        ("/api/v1/nothing", &get, 404, "route-unknown", None, "/api/openapi.json"),
        ("/api/v1/nothing", &Method::PUT, 404, "route-unknown", None, "/api/openapi.json"),
        ("/api/v1/me", &Method::DELETE, 405, "method-unknown", None, "DELETE"),
    ];
    let commits = door.house.store.commits();
    for (path, method, status, code, field, words) in rows {
        let answer = door
            .send(request((*method).clone(), path, &token(&claims()), Body::empty()))
            .await;
        check(path, &answer, *status, code, *field, words);
    }
    let mut last = request(Method::GET, "/api/v1/feed", &token(&claims()), Body::empty());
    last.headers_mut().insert("last-event-id", "yesterday".parse().unwrap());
    check(
        "a word",
        &door.send(last).await,
        400,
        "query-field",
        Some("Last-Event-ID"),
        "a number",
    );
    assert_eq!(door.house.store.commits(), commits);
}

#[tokio::test(start_paused = true)]
async fn what_is_another_brands_is_answered_like_what_does_not_exist() {
    let door = door().await;
    let other = token(&claims_with(&json!({"brand": "southwind"})));
    let (theirs, nobodys) = (thread_id("a"), thread_id("never seen"));
    let body = || Body::from(json!({"id": "x1", "command": {"do": "take"}}).to_string());
    let commits = door.house.store.commits();
    for (method, tail, with_body) in [(Method::GET, "", false), (Method::POST, "/commands", true)] {
        let ask = async |id: &str| {
            let body = if with_body { body() } else { Body::empty() };
            let path = format!("/api/v1/conversations/{id}{tail}");
            door.send(request(method.clone(), &path, &other, body)).await
        };
        let (there, absent) = (ask(theirs.as_str()).await, ask(nobodys.as_str()).await);
        check(
            "another brand's",
            &there,
            404,
            "conversation-unknown",
            Some("id"),
            "There is no conversation",
        );
        assert_eq!(
            there.body.to_string().replace(theirs.as_str(), "ID"),
            absent.body.to_string().replace(nobodys.as_str(), "ID")
        );
        let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&there), names(&absent));
    }
    assert_eq!(door.house.store.commits(), commits);
    let page = door
        .send(request(
            Method::GET,
            "/api/v1/conversations?status=all",
            &other,
            Body::empty(),
        ))
        .await;
    assert_eq!((&page.body["total"], &page.body["feed"]), (&json!(0), &json!(0)));
    let me = door
        .send(request(Method::GET, "/api/v1/me", &other, Body::empty()))
        .await;
    assert_eq!(me.body["connections"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_is_said_and_reading_goes_on() {
    let door = door().await;
    let path = format!("/api/v1/conversations/{}/commands", thread_id("a"));
    let note = json!({"id": "n1", "command": {"do": "note", "text": "call back"}});
    let before = door.house.conversation("a");
    door.house.store.full(true);
    let answer = door.post(&path, &note).await;
    check("full", &answer, 507, "storage-full", None, "disk is full");
    assert!(!answer.message().contains("/somewhere"), "paths are the operator's");
    assert_eq!(door.house.conversation("a"), before);
    assert_eq!(
        door.get(&format!("/api/v1/conversations/{}", thread_id("a")))
            .await
            .status,
        StatusCode::OK
    );
    door.house.store.full(false);
    assert_eq!(door.post(&path, &note).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn the_same_command_twice_has_one_effect_and_the_same_answer() {
    let door = door().await;
    let path = format!("/api/v1/conversations/{}/commands", thread_id("a"));
    let reply = json!({"id": "r1", "command": {"do": "reply", "text": "On its way", "visibility": "public"}});
    let first = door.post(&path, &reply).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    door.house.until_reply("a", "r1", stage::is_sent).await;
    let second = door.post(&path, &reply).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.body);
    let key = |answer: &Answer| {
        answer.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["key"].to_string())
            .collect::<Vec<_>>()
    };
    assert!(key(&first).contains(&"\"r:r1\"".to_owned()));
    assert_eq!(key(&second), ["\"r:r1\""]);
    assert_eq!(door.house.network.published().len(), 1);
    let other = json!({"id": "r1", "command": {"do": "note", "text": "something else"}});
    let answer = door.post(&path, &other).await;
    check(
        "another use of the id",
        &answer,
        409,
        "command-id-reused",
        Some("id"),
        "new id",
    );
}
